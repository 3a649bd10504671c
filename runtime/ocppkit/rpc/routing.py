"""Which handler method answers which action."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from inspect import iscoroutinefunction
from typing import Any

from attrs import frozen

from ocppkit.errors import CallError, ErrorCode
from ocppkit.message import Action, Handler, Side, is_stub
from ocppkit.value import Value

__all__ = ["HandlerMistake", "Route", "Router"]

_PREFIX = "on_"


class HandlerMistake(TypeError, ValueError):
    """The handlers of a session cannot be what was meant; the text says why."""


def _name(handler: Handler) -> str:
    return type(handler).__qualname__


@frozen(kw_only=True, eq=False, repr=False)
class Route(Value):
    """Where a CALL goes.

    Attributes:
        action: the row of the table of actions.
        method: the bound handler method; takes the request.
    """

    action: Action
    method: Callable[[Any], Awaitable[Any]]


class Router:
    """The actions that one side receives, each bound to at most one handler method."""

    __slots__ = ("_actions", "_routes", "_side")

    def __init__(
        self, *, side: Side, actions: Mapping[str, Action], handlers: Iterable[Handler]
    ) -> None:
        """Bind handlers to the actions of a side.

        Args:
            side: the side that we are.
            actions: the version's table, by name.
            handlers: any number; together they answer what they implement, nothing twice.

        Raises:
            HandlerMistake: a handler has an ``on_...`` method for no action of this side or one
                that is no coroutine function, or no method for any action of this side; or is a
                class; or two handlers implement the same action. It is a TypeError and a
                ValueError.
        """
        if not isinstance(handlers, Iterable):
            msg = f"handlers: a list of them is expected, not {type(handlers).__name__}"
            raise HandlerMistake(msg)
        self._side = side
        self._actions = actions
        self._routes: dict[str, Route] = {}
        owners: dict[str, Handler] = {}
        by_method = {row.method: row for row in actions.values() if side in row.receivers}
        for handler in handlers:
            for name in self._methods(handler, by_method):
                action, method = by_method[name], getattr(handler, name)
                if is_stub(method):
                    continue
                if not iscoroutinefunction(method):
                    msg = f"{_name(handler)}.{name} is not a coroutine function (async def)"
                    raise HandlerMistake(msg)
                if action.name in owners:
                    both = f"{_name(owners[action.name])} and {_name(handler)}"
                    msg = f"{action.name} is implemented twice: by {both}"
                    raise HandlerMistake(msg)
                owners[action.name] = handler
                self._routes[action.name] = Route(action=action, method=method)

    def _methods(self, handler: Handler, known: Mapping[str, Action]) -> list[str]:
        """The names of the handler's methods for actions of this side."""
        if isinstance(handler, type):
            msg = f"{handler.__qualname__} is a class: an instance is expected"
            raise HandlerMistake(msg)
        names = [
            name
            for name in dir(handler)
            if name.startswith(_PREFIX) and callable(getattr(handler, name))
        ]
        for name in names:
            if name not in known:
                from difflib import get_close_matches  # noqa: PLC0415  # for a mistake only

                near = get_close_matches(name, known, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                msg = f"{_name(handler)}.{name} fits no action that a {self._side} receives{hint}"
                raise HandlerMistake(msg)
        if not names:
            msg = f"{_name(handler)} has no method for any action that a {self._side} receives"
            raise HandlerMistake(msg)
        return names

    def route(self, action_name: str) -> Route:
        """Find the method for an action as it stands in a CALL.

        Raises:
            CallError: NotImplemented where this side does not receive such an action,
                NotSupported where no handler implements it (2.0.1 Part 4 §4.3).
        """
        route = self._routes.get(action_name)
        if route is not None:
            return route
        action = self._actions.get(action_name)
        if action is not None and self._side in action.receivers:
            msg = f"{action_name} is not supported"
            raise CallError(ErrorCode.NOT_SUPPORTED, msg)
        msg = f"{action_name} is not an action that a {self._side} receives"
        raise CallError(ErrorCode.NOT_IMPLEMENTED, msg)
