"""What a token means at an EVSE: to start, to stop, or to get one's cable back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Protocol

from ocppkit.station.id_token import IdToken, same_group
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.station.transaction import Authorization, Cause, Transaction

__all__ = ["TokenOutcome", "TokenPlace", "judge"]


class TokenOutcome(StrEnum):
    """What came of a token that was presented: what the driver is to be shown."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    STOPPED = "stopped"


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

    @property
    def usable(self) -> bool:
        """Whether somebody may start to charge here."""
        ...

    async def authorize(self, authorization: Authorization, cause: Cause) -> bool:
        """Let somebody charge; whether that is possible by now."""
        ...

    async def withdraw(
        self, cause: Cause, *, token: IdToken | None = None, only: Authorization | None = None
    ) -> bool:
        """End the permission to charge, where only one is meant that one; whether it did."""
        ...

    async def release(self, token: IdToken, *, group_id: str | None = None) -> bool:
        """Release the cable that is held for a token's owner, or group; whether there was one."""
        ...


async def judge(
    token: IdToken,
    *,
    evse: TokenPlace,
    authorize: Callable[[IdToken], Awaitable[AuthorizationAnswer]],
) -> TokenOutcome:
    """Decide what a token does.

    Args:
        token: the driver's.
        evse: where it is presented.
        authorize: asks whether its driver may charge.
    """
    if await evse.release(token):
        return TokenOutcome.STOPPED
    current = evse.authorization
    if current is not None:
        return await _stop(token, current, evse=evse, authorize=authorize)
    transaction = evse.transaction
    stranger = transaction is not None and transaction.token not in {None, token}
    if stranger or not evse.usable:  # (C01.FR.23)
        return TokenOutcome.REFUSED
    answer = await authorize(token)
    valid = answer.accepted or answer.concurrent
    if valid and await evse.release(token, group_id=answer.group_id):  # (1.6 errata §3.5)
        return TokenOutcome.STOPPED
    if not answer.accepted or (answer.evses and evse.id not in answer.evses):  # (C01.FR.21)
        return TokenOutcome.REFUSED
    authorization = Authorization(token=token, group_id=answer.group_id, priority=answer.priority)
    accepted = await evse.authorize(authorization, Cause.AUTHORIZED)
    return TokenOutcome.ACCEPTED if accepted else TokenOutcome.REFUSED


async def _stop(
    token: IdToken,
    current: Authorization,
    *,
    evse: TokenPlace,
    authorize: Callable[[IdToken], Awaitable[AuthorizationAnswer]],
) -> TokenOutcome:
    if token != current.token:  # (C09; 1.6 §4.1)
        transaction = evse.transaction
        answer = await authorize(token)
        group_id = current.group_id
        if transaction is not None:
            group_id = transaction.group_id or group_id
        # Who charges elsewhere may not start here, but stop here (1.6 §7.2).
        valid = answer.accepted or answer.concurrent
        if not valid or not same_group(answer.group_id, group_id):
            return TokenOutcome.REFUSED
    stopped = await evse.withdraw(Cause.STOP_AUTHORIZED, token=token, only=current)
    return TokenOutcome.STOPPED if stopped else TokenOutcome.REFUSED
