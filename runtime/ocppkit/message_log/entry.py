"""What one line of a message log says, and how it is spelled as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from attrs import field, frozen

from ocppkit.codec.jsontext import UnreadableJson, dumps, loads
from ocppkit.connection.masking import bounded
from ocppkit.connection.observer import Direction, Passed
from ocppkit.message import Side
from ocppkit.scalars import parse_time

__all__ = ["MESSAGES", "BrokenLine", "Entry", "EntryKind", "from_line", "from_passed", "to_line"]


class BrokenLine(ValueError):
    """A line of a message log that cannot be read; the text says why."""


class EntryKind(StrEnum):
    """What a line tells of: a message, or what happened to the connection or to the log."""

    CALL = "CALL"
    CALLRESULT = "CALLRESULT"
    CALLERROR = "CALLERROR"
    UNREADABLE = "unreadable"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    GAP = "gap"


MESSAGES = frozenset(
    {EntryKind.CALL, EntryKind.CALLRESULT, EntryKind.CALLERROR, EntryKind.UNREADABLE}
)


def _to_milliseconds(time: datetime) -> datetime:
    utc = time.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


@frozen(kw_only=True)
class Entry:
    """One line of a message log.

    Attributes:
        time: when it was seen, by the clock of the side that writes; whole milliseconds.
        kind: what it tells of.
        identity: the station's; empty for a gap.
        side: the side that writes the log.
        version: the protocol version, as its websocket subprotocol; None where nobody said.
        direction: of a message, seen from the writing side.
        action: of the CALL, or of the CALL that it answers; None where nobody knows.
        message_id: its id; None where it has none that can be read.
        payload: of a CALL or CALLRESULT; the details of a CALLERROR.
        latency_ms: of an answer, how long after its CALL it passed.
        code: of a CALLERROR, as on the wire.
        description: of a CALLERROR; what is wrong with an unreadable message; the peer's address;
            why the connection is gone; why lines were lost.
        size: of a message, in characters; in bytes where it is no text.
        dropped: of a gap, how many lines were lost.
    """

    time: datetime = field(converter=_to_milliseconds)
    kind: EntryKind
    identity: str = ""
    side: Side | None = None
    version: str | None = None
    direction: Direction | None = None
    action: str | None = None
    message_id: str | None = None
    payload: Any = None
    latency_ms: float | None = None
    code: str = ""
    description: str = ""
    size: int | None = None
    dropped: int | None = None

    @property
    def sender(self) -> Side | None:
        """Which end sent the message; None for what is no message."""
        if self.side is None or self.direction is None:
            return None
        return self.side if self.direction is Direction.SENT else self.side.peer


def from_passed(passed: Passed, *, time: datetime, side: Side, version: str | None) -> Entry:
    """The entry of a message that passed; its payload is not masked yet."""
    latency = passed.latency_s
    return Entry(
        time=time,
        kind=EntryKind(passed.kind.value),
        identity=passed.identity,
        side=side,
        version=version,
        direction=passed.direction,
        action=passed.action,
        message_id=passed.message_id,
        payload=passed.payload,
        latency_ms=None if latency is None else round(latency * 1000, 3),
        code=passed.code,
        description=passed.description,
        size=passed.size,
    )


def to_line(entry: Entry) -> str:
    """An entry as one line of JSON, without the line end; what is None or empty is left out.

    Raises:
        UnwritableJson: the payload holds something that JSON cannot carry.
    """
    said = {
        "time": entry.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "identity": entry.identity or None,
        "side": entry.side,
        "version": entry.version,
        "direction": entry.direction,
        "kind": entry.kind,
        "action": entry.action,
        "id": entry.message_id,
        "payload": entry.payload,
        "latency_ms": entry.latency_ms,
        "code": entry.code or None,
        "description": entry.description or None,
        "size": entry.size,
        "dropped": entry.dropped,
    }
    return dumps({name: value for name, value in said.items() if value is not None})


def from_line(text: str | bytes) -> Entry:
    """Read a line; names that it does not know are ignored.

    Raises:
        BrokenLine: it is no line of a message log.
    """
    try:
        said = loads(text)
    except UnreadableJson as error:
        msg = f"no JSON: {error}"
        raise BrokenLine(msg) from error
    if not isinstance(said, dict):
        msg = "no JSON object"
        raise BrokenLine(msg)
    kind = _member(said, "kind", EntryKind)
    if kind is None:
        msg = "'kind' is missing"
        raise BrokenLine(msg)
    entry = Entry(
        time=_time(said),
        kind=kind,
        identity=_text(said, "identity") or "",
        side=_member(said, "side", Side),
        version=_text(said, "version"),
        direction=_member(said, "direction", Direction),
        action=_text(said, "action"),
        message_id=_text(said, "id"),
        payload=bounded(said.get("payload")),
        latency_ms=_number(said, "latency_ms"),
        code=_text(said, "code") or "",
        description=_text(said, "description") or "",
        size=_count(said, "size"),
        dropped=_count(said, "dropped"),
    )
    if kind in MESSAGES and entry.sender is None:
        msg = "a message has a 'side' and a 'direction'"
        raise BrokenLine(msg)
    return entry


T = TypeVar("T", bound=StrEnum)


def _time(said: Mapping[str, Any]) -> datetime:
    text = said.get("time")
    try:
        return parse_time(text)
    except (TypeError, ValueError) as error:
        msg = f"'time' is no date-time: {text!r:.40}"
        raise BrokenLine(msg) from error


def _member(said: Mapping[str, Any], name: str, kind: type[T]) -> T | None:
    value = _text(said, name)
    try:
        return None if value is None else kind(value)
    except ValueError as error:
        msg = f"{name!r} is none of {', '.join(kind)}: {value!r:.40}"
        raise BrokenLine(msg) from error


def _text(said: Mapping[str, Any], name: str) -> str | None:
    value = said.get(name)
    if value is None or isinstance(value, str):
        return value
    msg = f"{name!r} is no text: {value!r:.40}"
    raise BrokenLine(msg)


def _number(said: Mapping[str, Any], name: str) -> float | None:
    value = said.get(name)
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    msg = f"{name!r} is no number: {value!r:.40}"
    raise BrokenLine(msg)


def _count(said: Mapping[str, Any], name: str) -> int | None:
    value = _number(said, name)
    if value is None or isinstance(value, int):
        return value
    msg = f"{name!r} is no integer: {value!r:.40}"
    raise BrokenLine(msg)
