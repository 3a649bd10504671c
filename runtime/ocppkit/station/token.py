"""What a token means at an EVSE: to start, to stop, or to get one's cable back."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Final, Protocol

from ocppkit.station.connector import Connector
from ocppkit.station.id_token import IdToken, same_group
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.station.token_refusal import RefusalReason, TokenRefusal
from ocppkit.station.transaction import Authorization, Cause, Transaction

__all__ = ["MasterPass", "TokenJudge", "TokenOutcome", "TokenPlace", "judge"]

_REFUSED: Final = TokenRefusal(reason=RefusalReason.CSMS)
_OTHERS: Final = TokenRefusal(reason=RefusalReason.OTHERS_TRANSACTION)
_ELSEWHERE: Final = TokenRefusal(reason=RefusalReason.OTHER_EVSE)
_GONE: Final = TokenRefusal(reason=RefusalReason.EV_GONE)


class TokenOutcome(StrEnum):
    """What came of a token that was presented: what the driver is to be shown."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    STOPPED = "stopped"


class MasterPass(Enum):
    """A token that starts nothing, and may stop everything (C16)."""

    VALID = True


class TokenPlace(Protocol):
    """Where a token is presented: `ocppkit.station.Evse`."""

    id: int

    @property
    def authorization(self) -> Authorization | None:
        """Who may charge here now."""
        ...

    @property
    def transaction(self) -> Transaction | None:
        """The transaction under way."""
        ...

    def others(self, token: IdToken) -> bool:
        """Whether a transaction is under way whose driver is, or was, another one."""
        ...

    @property
    def usable(self) -> bool:
        """Whether somebody may start to charge here."""
        ...

    @property
    def connectors(self) -> Mapping[int, Connector]:
        """By their number."""
        ...

    @property
    def departures(self) -> int:
        """How many EVs have gone."""
        ...

    async def authorize(
        self, authorization: Authorization, cause: Cause, *, departures: int | None = None
    ) -> bool:
        """Let somebody charge, if no EV has gone since; whether that is possible by now."""
        ...

    async def withdraw(
        self, cause: Cause, *, token: IdToken | None = None, only: Authorization | None = None
    ) -> bool:
        """End the permission to charge, where only one is meant that one; whether it did."""
        ...

    async def release(self, token: IdToken, *, group_id: str | None = None) -> bool:
        """Release the cable that is held for a token's owner, or group; whether there was one."""
        ...


class TokenJudge(Protocol):
    """Who knows what a token is worth."""

    @property
    def knows_masters(self) -> bool:
        """Whether there are master passes."""
        ...

    def is_master(self, answer: AuthorizationAnswer) -> bool:
        """Whether an answer is about a master pass that is valid."""
        ...

    async def authorize(self, token: IdToken) -> AuthorizationAnswer:
        """Ask whether its driver may charge."""
        ...

    def recall(self, token: IdToken) -> AuthorizationAnswer | None:
        """What is known of it, where it may stop by that and nobody need be asked."""
        ...

    def hindrance(self, authorization: Authorization | None) -> TokenRefusal:
        """What keeps somebody, or anybody for None, from charging there."""
        ...


async def judge(  # noqa: PLR0911  # a return a rule
    token: IdToken, *, evse: TokenPlace, by: TokenJudge, departures: int | None = None
) -> TokenOutcome | TokenRefusal | MasterPass:
    """Decide what a token does, or why it does nothing.

    Args:
        token: the driver's.
        evse: where it is presented.
        by: who knows what it is worth.
        departures: of the EVSE, where the token is only for the EV that is there.
    """
    if await evse.release(token):
        return TokenOutcome.STOPPED
    current = evse.authorization
    if current is not None:
        return await _stop(token, current, evse=evse, by=by)
    obstacle = _obstacle(token, evse, by)
    if obstacle is not None and not by.knows_masters:
        return obstacle
    answer = await by.authorize(token)
    if by.is_master(answer):
        return MasterPass.VALID
    if obstacle is not None:
        return obstacle
    valid = answer.accepted or answer.concurrent
    if valid and await evse.release(token, group_id=answer.group_id):  # (1.6 errata §3.5)
        return TokenOutcome.STOPPED
    if not answer.accepted:
        return answer.refusal or _REFUSED
    if answer.evses and evse.id not in answer.evses:  # (C01.FR.21)
        return _ELSEWHERE
    authorization = Authorization(token=token, group_id=answer.group_id, priority=answer.priority)
    if await evse.authorize(authorization, Cause.AUTHORIZED, departures=departures):
        return TokenOutcome.ACCEPTED
    gone = departures is not None and departures != evse.departures
    return _GONE if gone else by.hindrance(authorization)


def _obstacle(token: IdToken, evse: TokenPlace, by: TokenJudge) -> TokenRefusal | None:
    """What keeps a driver from starting, whoever it is."""
    if evse.others(token):
        return _OTHERS
    return None if evse.usable else by.hindrance(None)


async def _stop(
    token: IdToken, current: Authorization, *, evse: TokenPlace, by: TokenJudge
) -> TokenOutcome | TokenRefusal | MasterPass:
    if token != current.token:  # (C09; 1.6 §4.1)
        transaction = evse.transaction
        group_id = current.group_id
        if transaction is not None:
            group_id = transaction.group_id or group_id
        recalled = by.recall(token)
        if recalled is not None and same_group(recalled.group_id, group_id):  # (C09.FR.07)
            answer = recalled
        else:
            answer = await by.authorize(token)
        if by.is_master(answer):
            return MasterPass.VALID
        # Who charges elsewhere may not start here, but stop here (1.6 §7.2).
        valid = answer.accepted or answer.concurrent
        if not valid:
            return answer.refusal or _REFUSED
        if not same_group(answer.group_id, group_id):
            return _OTHERS
    stopped = await evse.withdraw(Cause.STOP_AUTHORIZED, token=token, only=current)
    return TokenOutcome.STOPPED if stopped else by.hindrance(None)
