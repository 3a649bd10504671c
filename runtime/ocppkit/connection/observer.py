"""What an onlooker sees of a session: each message as it passes."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeAlias

from attrs import evolve, frozen

from ocppkit.codec.jsontext import UnreadableJson, loads
from ocppkit.connection.logs import SessionLog
from ocppkit.value import Value

__all__ = ["Direction", "Kind", "MessageObserver", "Passed", "Watch", "together"]


class Direction(StrEnum):
    """Which way a message went, seen from this side."""

    RECEIVED = "received"
    SENT = "sent"


class Kind(StrEnum):
    """What a message is."""

    CALL = "CALL"
    CALLRESULT = "CALLRESULT"
    CALLERROR = "CALLERROR"
    UNREADABLE = "unreadable"


@frozen(kw_only=True, eq=False, repr=False)
class Passed(Value):
    """A message that was received or handed to the connection, with its payload as on the wire.

    The payload is not masked: whoever writes it somewhere answers for the id tokens and passwords.

    Attributes:
        identity: the station's.
        direction: which way it went.
        kind: what it is.
        size: in characters; in bytes where it is no text.
        action: the action of the CALL, or of the CALL that it answers; None where nobody knows.
        message_id: its id; None where it has none that can be read.
        payload: of a CALL or CALLRESULT; the details of a CALLERROR.
        code: of a CALLERROR, as on the wire.
        description: of a CALLERROR; of an unreadable message, what is wrong with it.
        latency_s: of an answer, how long after its CALL it passed.
    """

    identity: str
    direction: Direction
    kind: Kind
    size: int
    action: str | None = None
    message_id: str | None = None
    payload: Any = None
    code: str = ""
    description: str = ""
    latency_s: float | None = None


MessageObserver: TypeAlias = Callable[[Passed], None]
"""Called with each message, in order, on the session's event loop: has to be quick."""


def together(*observers: MessageObserver | None) -> MessageObserver | None:
    """An observer that tells all of these, in this order; None where there is none."""
    found = [observer for observer in observers if observer is not None]
    if len(found) < 2:
        return found[0] if found else None

    def told(passed: Passed) -> None:
        for observer in found:
            observer(passed)

    return told


_REMEMBERED = 256  # CALLs a direction that may still be answered


@frozen(eq=False, repr=False)
class _Asked(Value):
    action: str
    at: float


class Watch:
    """Tells an observer of a session's messages; what the observer raises is logged, no more."""

    def __init__(self, observer: MessageObserver, *, identity: str, log: SessionLog) -> None:
        self._observer = observer
        self._identity = identity
        self._log = log
        self._asked: dict[Direction, dict[str, _Asked]] = {way: {} for way in Direction}

    def sent(self, text: str, now: float) -> None:
        """Tell of a message that was handed to the connection."""
        self._tell(self._read(Direction.SENT, text, now))

    def received(self, data: str | bytes, now: float, *, fault: str | None) -> None:
        """Tell of a message that came.

        Args:
            data: as it came.
            now: when.
            fault: why it cannot be taken; None where it can.
        """
        if fault is None:
            self._tell(self._read(Direction.RECEIVED, data, now))
            return
        self._tell(self._blank(Direction.RECEIVED, data, fault))

    def _blank(self, direction: Direction, data: str | bytes, description: str) -> Passed:
        return Passed(
            identity=self._identity,
            direction=direction,
            kind=Kind.UNREADABLE,
            size=len(data),
            description=description,
        )

    def _read(self, direction: Direction, data: str | bytes, now: float) -> Passed:
        blank = self._blank(direction, data, "")
        try:
            frame = loads(data)
        except UnreadableJson as error:
            return evolve(blank, description=str(error))
        match frame:
            case [2, str(message_id), str(action), payload]:
                self._remember(direction, message_id, _Asked(action, now))
                return evolve(
                    blank, kind=Kind.CALL, action=action, message_id=message_id, payload=payload
                )
            case [3, str(message_id), payload]:
                answer = evolve(blank, kind=Kind.CALLRESULT, message_id=message_id, payload=payload)
                return self._matched(answer, now)
            case [4, str(message_id), str(code), *rest]:
                description, details, *_ = (*rest, "", {}) if len(rest) != 1 else (*rest, {})
                answer = evolve(
                    blank,
                    kind=Kind.CALLERROR,
                    message_id=message_id,
                    payload=details,
                    code=code,
                    description=description if isinstance(description, str) else "",
                )
                return self._matched(answer, now)
        return blank

    def _remember(self, direction: Direction, message_id: str, asked: _Asked) -> None:
        calls = self._asked[direction]
        calls[message_id] = asked
        if len(calls) > _REMEMBERED:
            del calls[next(iter(calls))]

    def _matched(self, answer: Passed, now: float) -> Passed:
        way = Direction.SENT if answer.direction is Direction.RECEIVED else Direction.RECEIVED
        asked = self._asked[way].pop(answer.message_id or "", None)
        if asked is None:
            return answer
        return evolve(answer, action=asked.action, latency_s=now - asked.at)

    def _tell(self, passed: Passed) -> None:
        try:
            self._observer(passed)
        except Exception:
            self._log.exception("the message observer failed")
