"""What an endpoint has to tell: values to ``match``, which nobody changes.

They are not frozen: that would double what they cost, and there is one a message.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeAlias

from attrs import define

from ocppkit.rpc.frames import Call
from ocppkit.value import Value

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


CallReceived: TypeAlias = Call
"""The peer asks: answer or refuse this id exactly once."""


@define(kw_only=True, eq=False, repr=False)
class Answered(Value):
    """The peer answered our CALL."""

    message_id: str
    action: str
    payload: dict[str, Any]


@define(kw_only=True, eq=False, repr=False)
class Refused(Value):
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


@define(kw_only=True, eq=False, repr=False)
class TimedOut(Value):
    """Nobody answered our CALL in time.

    Attributes:
        message_id: that of our CALL.
        action: that of our CALL.
        timeout: how long we waited since it was sent, in seconds.
    """

    message_id: str
    action: str
    timeout: float


@define(kw_only=True, eq=False, repr=False)
class Dropped(Value):
    """The connection closed before our CALL was answered.

    Attributes:
        message_id: that of our CALL.
        action: that of our CALL.
        reason: why the connection closed.
        sent: whether the CALL was sent; if not, the peer knows nothing of it.
    """

    message_id: str
    action: str
    reason: str
    sent: bool


class UnmatchedReason(StrEnum):
    """Why an answer belongs to no CALL that waits for one."""

    DUPLICATE = "duplicate"
    LATE = "late"
    UNKNOWN = "unknown"


@define(kw_only=True, eq=False, repr=False)
class Unmatched(Value):
    """An answer of the peer belongs to no CALL that waits for one; it is ignored.

    Attributes:
        message_id: that of the answer; "-1" where a 2.0.1 peer could not read one of our frames.
        reason: why.
    """

    message_id: str
    reason: UnmatchedReason


@define(kw_only=True, eq=False, repr=False)
class Malformed(Value):
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


@define(kw_only=True, eq=False, repr=False)
class Deviation(Value):
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
