"""Why a token is refused, for the driver and for whoever looks after the station."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from ocppkit.authorization import Status
from ocppkit.value import Value

__all__ = ["RefusalReason", "TokenRefusal"]


class RefusalReason(StrEnum):
    """Why somebody may not start, or stop, with a token; the value is for people."""

    CSMS = "the CSMS refuses it"
    NO_ANSWER = "the CSMS gives no answer"
    OFFLINE_UNKNOWN = "it is not known here, and the CSMS cannot be asked"
    OFFLINE = "the CSMS cannot be asked"
    EV_GONE = "the EV has gone"
    KEY_CODES = "too many wrong codes were entered"
    MASTER_PASS = "a master pass starts nothing"  # noqa: S105  # no password
    OTHER_EVSE = "it is for other EVSEs"
    OTHERS_TRANSACTION = "somebody else charges here"
    RESERVED = "it is reserved for somebody else"
    LOCK_FAILED = "the cable cannot be locked"
    RESETTING = "the station restarts"
    FAULTED = "something is wrong with the EVSE"
    OUT_OF_USE = "the EVSE is out of use"
    NOT_POSSIBLE = "it is not possible now"


@frozen(kw_only=True, eq=False, repr=False)
class TokenRefusal(Value):
    """Why a token was refused; as text it is fit to be shown.

    Attributes:
        reason: why.
        status: of the token, as the CSMS says now, or said when it was last there; None where it
            says nothing of this one.
    """

    reason: RefusalReason
    status: Status | None = None

    def __str__(self) -> str:
        return self.reason if self.status is None else f"{self.reason}: {self.status}"
