"""What a test may say of the requests of a station: checked before it waits for them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from attrs import fields

from ocppkit.codec import Codec
from ocppkit.errors import CallError
from ocppkit.message import Action, Request, Side

__all__ = ["asked_by_stations", "check_answer", "shown", "wanted_text"]


def asked_by_stations(codec: Codec, request: type[Request[Any]]) -> Action:
    """The action of a class.

    Raises:
        TypeError: it is no class of a request, of another version, or asked by CSMSs only.
    """
    given: object = request
    if not (isinstance(given, type) and issubclass(given, Request)):
        msg = f"the class of a request is expected, not {given!r}"
        raise TypeError(msg)
    action = codec.actions.get(request.ACTION)
    if action is None or action.request is not request:
        msg = f"{request.__module__}.{request.__name__} is of another version than the CSMS"
        raise TypeError(msg)
    if Side.CSMS not in action.receivers:
        msg = f"no station asks {action.name}: a CSMS does, by call()"
        raise TypeError(msg)
    return action


def check_answer(action: Action, answer: object) -> None:
    """See that an action can be answered so.

    Raises:
        TypeError: it cannot.
    """
    if answer is None or isinstance(answer, (CallError, action.response)):
        return
    function = callable(answer) and not isinstance(answer, type)
    if not function or inspect.iscoroutinefunction(answer):
        fit = f"a {action.response.__name__}, a CallError, SILENCE or a plain function"
        msg = f"{action.name} is answered with {fit}, not with {answer!r}"
        raise TypeError(msg)


def wanted_text(codec: Codec, request: type[Request[Any]], said: Mapping[str, object]) -> str:
    """A request that is expected, for people.

    Raises:
        TypeError: no station asks that, or it has no such field.
    """
    _ = asked_by_stations(codec, request)
    known = [attribute.name for attribute in fields(request)]  # type: ignore[arg-type]  # attrs makes the heirs
    for name in said:
        if name not in known:
            msg = f"{request.__name__} has no field {name!r}: it has {', '.join(known)}"
            raise TypeError(msg)
    return shown(request, said)


def shown(request: type[Request[Any]], said: Mapping[str, object]) -> str:
    """A request and some of what it says, for people."""
    inner = ", ".join(f"{name}={value}" for name, value in said.items())
    return f"{request.ACTION}({inner})" if inner else request.ACTION
