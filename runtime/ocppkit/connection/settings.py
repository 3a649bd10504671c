"""What the sessions of a program have in common, and what each is made with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from attrs import Attribute, field, frozen, validators

from ocppkit.connection.handling import MessageCodec
from ocppkit.connection.observer import MessageObserver
from ocppkit.message import Version
from ocppkit.rpc import MAX_SIZE
from ocppkit.value import Value

__all__ = ["CodecFor", "KeepAlive", "SessionSettings", "check_versions"]

CodecFor: TypeAlias = Callable[[Version], MessageCodec]
"""Gives the codec of the version that was agreed on."""


def check_versions(versions: Iterable[object]) -> None:
    """Check that protocol versions are some.

    Raises:
        TypeError: they are no collection of `Version`.
        ValueError: there is none.
    """
    if isinstance(versions, str) or not isinstance(versions, Iterable):
        wrong: list[object] = [versions]
    else:
        wrong = [each for each in versions if not isinstance(each, Version)]
        if not wrong and not list(versions):
            msg = "versions: at least one is needed"
            raise ValueError(msg)
    if wrong:
        msg = f"versions: a list like [Version.V201, Version.V16] is expected, not {wrong[0]!r}"
        raise TypeError(msg)


@frozen(kw_only=True, eq=False, repr=False)
class SessionSettings(Value):
    """How sessions behave.

    Attributes:
        call_timeout: how long a call waits for its answer unless it says otherwise, in seconds.
        max_size: how large a message of the peer may be, in bytes.
        max_handlers: how many of the peer's CALLs are handled at a time.
        max_waiting: how many more wait for that; what comes on top is refused.
        grace: how long handlers, and what follows them, may go on once the connection is gone, and
            how long a close waits for what is being written; in seconds.
        observer: sees every message as it passes.
        now: the clock, in seconds; the event loop's unless told otherwise.
    """

    call_timeout: float = field(default=30.0, validator=validators.gt(0))
    max_size: int = field(default=MAX_SIZE, validator=validators.gt(0))
    max_handlers: int = field(default=16, validator=validators.ge(1))
    max_waiting: int = field(default=64, validator=validators.ge(0))
    grace: float = field(default=10.0, validator=validators.ge(0))
    observer: MessageObserver | None = None
    now: Callable[[], float] | None = None


def _positive_or_none(_: object, attribute: Attribute[Any], value: float | None) -> None:
    if value is not None and value <= 0:
        msg = f"{attribute.name} must be more than 0 s, got {value}"
        raise ValueError(msg)


@frozen(kw_only=True, eq=False, repr=False)
class KeepAlive(Value):
    """How a dead peer is found out (2.0.1 Part 4 §5.2, WebSocketPingInterval).

    Attributes:
        interval: between pings, in seconds; None to send none.
        timeout: how long to wait for a pong before the connection counts as lost, in seconds.
        close_timeout: how long to wait for the peer's part of the closing handshake, in seconds.
    """

    interval: float | None = field(default=20.0, validator=_positive_or_none)
    timeout: float = field(default=20.0, validator=validators.gt(0))
    close_timeout: float = field(default=5.0, validator=validators.gt(0))
