"""What a contract means at an EVSE: it only ever starts (C07; Plug & Charge of 1.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from ocppkit.authorization import Status
from ocppkit.station.contract import Contract, ContractAnswer, ContractOutcome
from ocppkit.station.token import TokenOutcome
from ocppkit.station.transaction import Authorization, Cause, Transaction

__all__ = ["present"]


class _Evse(Protocol):
    """Where a contract is presented: `ocppkit.station.Evse`."""

    id: int

    @property
    def authorization(self) -> Authorization | None: ...
    @property
    def transaction(self) -> Transaction | None: ...
    @property
    def usable(self) -> bool: ...
    @property
    def departures(self) -> int: ...
    async def authorize(
        self, authorization: Authorization, cause: Cause, *, departures: int | None = None
    ) -> bool: ...


async def present(  # noqa: PLR0911  # a return a rule
    contract: Contract,
    *,
    evse: _Evse,
    authorize: Callable[[Contract], Awaitable[ContractAnswer]],
    departures: int,
) -> ContractOutcome:
    """Let the EV of a contract charge, where it may.

    Args:
        contract: the EV's.
        evse: where it is.
        authorize: asks whether it may charge.
        departures: how many EVs had gone when it was presented: the next must not charge by it.
    """
    token, current, transaction = contract.token, evse.authorization, evse.transaction
    if current is not None and current.token == token:
        return ContractOutcome(outcome=TokenOutcome.ACCEPTED, status=Status.ACCEPTED)
    taken = transaction is not None and transaction.token not in {None, token}
    if current is not None or taken:
        return _refused(Status.NOT_AT_THIS_TIME, "somebody else charges here")
    if not evse.usable:
        return _refused(Status.NOT_AT_THIS_TIME, "the EVSE cannot be used")
    said = await authorize(contract)
    answer = said.answer
    if not answer.accepted:
        return ContractOutcome(
            outcome=TokenOutcome.REFUSED,
            status=said.status,
            certificate=said.certificate,
            reason=said.reason,
        )
    if answer.evses and evse.id not in answer.evses:
        return _refused(Status.NOT_AT_THIS_LOCATION, "the contract is for other EVSEs")
    authorization = Authorization(token=token, group_id=answer.group_id, priority=answer.priority)
    if not await evse.authorize(authorization, Cause.AUTHORIZED, departures=departures):
        if departures != evse.departures:
            return _refused(Status.NOT_AT_THIS_TIME, "the EV has gone")
        return _refused(Status.NOT_AT_THIS_TIME, "the EVSE cannot be used, or is reserved")
    return ContractOutcome(
        outcome=TokenOutcome.ACCEPTED, status=said.status, certificate=said.certificate
    )


def _refused(status: Status, reason: str) -> ContractOutcome:
    return ContractOutcome(outcome=TokenOutcome.REFUSED, status=status, reason=reason)
