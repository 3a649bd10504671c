"""Block F, remote control: starting, stopping and unlocking from afar."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._e_helpers import starts_at, timed_out
from ocppkit.conformance.checks import PRESENT, fields, optional
from ocppkit.conformance.places import place_of
from ocppkit.conformance.points import AUTHORIZING
from ocppkit.conformance.states import (
    REMOTE,
    authorized,
    energy_transfer_started,
    ev_connected_pre_session,
    parking_bay_occupied,
    stop_authorized,
)
from ocppkit.conformance.verdict import NotApplicable
from ocppkit.v201 import (
    RequestStartStopStatusEnumType,
    RequestStopTransactionRequest,
    TransactionEventEnumType,
    UnlockConnectorRequest,
    UnlockStatusEnumType,
)

__all__ = [
    "tc_f_01_cs",
    "tc_f_02_cs",
    "tc_f_03_cs",
    "tc_f_04_cs",
    "tc_f_05_cs",
    "tc_f_06_cs",
    "tc_f_07_cs",
    "tc_f_08_cs",
    "tc_f_09_cs",
    "tc_f_10_cs",
]

_TIMEOUT: Final = "TxCtrlr.EVConnectionTimeOut"
_ASKS: Final = "AuthCtrlr.AuthorizeRemoteStart"
_NO_CONNECTOR: Final = 999
_NO_TRANSACTION: Final = "no-transaction-of-this-station"


@case
async def tc_f_01_cs(t: Case) -> None:
    """Cable first, then the CSMS starts: energy flows."""
    await t.configure(AUTHORIZING, optional=AUTHORIZING)
    await ev_connected_pre_session(t)

    await authorized(t, by=REMOTE)
    await energy_transfer_started(t)


@case
async def tc_f_02_cs(t: Case) -> None:
    """The CSMS starts, and is asked about the token; then the cable: energy flows."""
    await t.configure({**AUTHORIZING, _ASKS: True}, optional=AUTHORIZING)
    await parking_bay_occupied(t)

    await authorized(t, by=REMOTE)
    await energy_transfer_started(t)


@case
async def tc_f_03_cs(t: Case) -> None:
    """The CSMS starts, and is not asked about the token; then the cable: energy flows."""
    await t.configure({**AUTHORIZING, _ASKS: False}, optional=AUTHORIZING)
    await parking_bay_occupied(t)

    await authorized(t, by=REMOTE)
    await energy_transfer_started(t)


@case
async def tc_f_04_cs(t: Case) -> None:
    """The CSMS starts, and no cable comes; the next driver is served all the same."""
    await t.configure(
        {_TIMEOUT: t.settings.ev_connection_timeout, **AUTHORIZING}, optional=AUTHORIZING
    )
    with suppress(NotApplicable):  # "if supported" (errata 6.2.56, 6.2.57)
        await starts_at(t, "Authorized", "ParkingBayOccupancy")
    await authorized(t, by=REMOTE)

    since = t.kit.clock.monotonic()
    if t.session().running:
        ended = TransactionEventEnumType.ENDED
        _ = await timed_out(t, 1, since, event_type=ended, reason=optional(PRESENT))
    else:
        await t.kit.clock.sleep(t.settings.ev_connection_timeout + t.settings.time_deviation)
        t.session().forget()
    await authorized(t, by=REMOTE)


@case
async def tc_f_05_cs(t: Case) -> None:
    """A connector at which a driver charges is not unlocked."""
    await energy_transfer_started(t)

    await _unlock(t, UnlockStatusEnumType.ONGOING_AUTHORIZED_TRANSACTION)


@case
async def tc_f_06_cs(t: Case) -> None:
    """A connector at which nobody charges is unlocked."""
    await _unlock(t, UnlockStatusEnumType.UNLOCKED)


@case
async def tc_f_07_cs(t: Case) -> None:
    """A connector without a cable is unlocked."""
    await _unlock(t, UnlockStatusEnumType.UNLOCKED)


@case
async def tc_f_08_cs(t: Case) -> None:
    """The CSMS stops a driver's transaction."""
    await energy_transfer_started(t)

    await stop_authorized(t, by=REMOTE)


@case
async def tc_f_09_cs(t: Case) -> None:
    """A transaction that does not exist cannot be stopped."""
    await energy_transfer_started(t)

    request = RequestStopTransactionRequest(transaction_id=_NO_TRANSACTION)
    _ = await t.call(request, 2, check=fields(status=RequestStartStopStatusEnumType.REJECTED))


@case
async def tc_f_10_cs(t: Case) -> None:
    """A connector that does not exist is not unlocked."""
    await _unlock(t, UnlockStatusEnumType.UNKNOWN_CONNECTOR, connector=_NO_CONNECTOR)


async def _unlock(t: Case, status: UnlockStatusEnumType, *, connector: int | None = None) -> None:
    evse, number = place_of(t, connector=connector)
    request = UnlockConnectorRequest(evse_id=evse, connector_id=number)
    _ = await t.call(request, 2, check=fields(status=status))
