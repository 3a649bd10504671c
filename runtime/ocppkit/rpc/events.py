"""What an endpoint has to tell: frozen values to ``match``."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeAlias

from attrs import frozen

__all__ = [
    "Answered",
    "CallReceived",
    "Deviation",
    "DeviationKind",
    "Dropped",
    "Event",
    "Malformed",
    "Refused",
    "TimedOut",
    "Unmatched",
    "UnmatchedReason",
]


@frozen(kw_only=True)
class CallReceived:
    """The peer asks: answer or refuse this id exactly once."""

    message_id: str
    action: str
    payload: dict[str, Any]


@frozen(kw_only=True)
class Answered:
    """The peer answered our CALL."""

    message_id: str
    action: str
    payload: dict[str, Any]


@frozen(kw_only=True)
class Refused:
    """The peer answered our CALL with a CALLERROR.

    Attributes:
        message_id: that of our CALL.
        action: that of our CALL.
        code: as on the wire, also one that no version defines.
        description: for people; may be empty.
        details: may be empty.
    """

    message_id: str
    action: str
    code: str
    description: str
    details: dict[str, Any]


@frozen(kw_only=True)
class TimedOut:
    """Nobody answered our CALL in time.

    Attributes:
        message_id: that of our CALL.
        action: that of our CALL.
        timeout: how long we waited since it was sent, in seconds.
    """

    message_id: str
    action: str
    timeout: float


@frozen(kw_only=True)
class Dropped:
    """The connection closed before our CALL was answered, perhaps before it was sent."""

    message_id: str
    action: str
    reason: str


class UnmatchedReason(StrEnum):
    """Why an answer belongs to no CALL that waits for one."""

    DUPLICATE = "duplicate"
    LATE = "late"
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class Unmatched:
    """An answer of the peer belongs to no CALL that waits for one; it is ignored.

    Attributes:
        message_id: that of the answer; "-1" where a 2.0.1 peer could not read one of our frames.
        reason: why.
    """

    message_id: str
    reason: UnmatchedReason


@frozen(kw_only=True)
class Malformed:
    """A frame could not be taken; what has to go back, if anything, is on its way.

    Attributes:
        reason: why, for people.
        text: the beginning of the frame; it may hold secrets as any frame may.
    """

    reason: str
    text: str


class DeviationKind(StrEnum):
    """What a peer does against the rules of the framework, and is borne with."""

    CONCURRENT_CALLS = "sends a CALL before its last one is answered"
    REPEATED_CALL = "sends a CALL again while it is being answered"


@frozen(kw_only=True)
class Deviation:
    """The peer breaks a rule and is borne with; reported once a kind and endpoint.

    Attributes:
        kind: which rule.
        message_id: that of the first CALL that did.
        action: that of the first CALL that did.
    """

    kind: DeviationKind
    message_id: str
    action: str


Event: TypeAlias = (
    CallReceived | Answered | Refused | TimedOut | Dropped | Unmatched | Malformed | Deviation
)
