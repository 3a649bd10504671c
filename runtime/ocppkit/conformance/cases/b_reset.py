"""Block B, provisioning: resets of the station and of single EVSEs."""

from __future__ import annotations

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._stopping import until_ended
from ocppkit.conformance.checks import ABSENT, fields, one_of
from ocppkit.conformance.places import connectors_are, place_of
from ocppkit.conformance.states import (
    STARTUP_EVENTS,
    energy_transfer_started,
    leave,
)
from ocppkit.v201 import (
    BootNotificationRequest,
    BootReasonEnumType,
    ChargingStateEnumType,
    ConnectorStatusEnumType,
    ReasonEnumType,
    ResetEnumType,
    ResetRequest,
    ResetStatusEnumType,
    SecurityEventNotificationRequest,
    TransactionEventEnumType,
    TransactionEventRequest,
    TriggerReasonEnumType,
)

__all__ = [
    "tc_b_20_cs",
    "tc_b_21_cs",
    "tc_b_22_cs",
    "tc_b_25_cs",
    "tc_b_26_cs",
    "tc_b_27_cs",
    "tc_b_28_cs",
    "tc_b_29_cs",
]

_ON_IDLE = ResetEnumType.ON_IDLE
_IMMEDIATE = ResetEnumType.IMMEDIATE
_Status = ResetStatusEnumType
_OCCUPIED = ConnectorStatusEnumType.OCCUPIED
_AVAILABLE = ConnectorStatusEnumType.AVAILABLE


@case
async def tc_b_20_cs(t: Case) -> None:
    """An idle station restarts when it is to do so on idle."""
    async with t.reboot():
        await _reset(t, _ON_IDLE, _Status.ACCEPTED)
        _ = await t.expect(BootNotificationRequest, 3, within=t.settings.reboot_timeout)
        await connectors_are(t, 5)


@case
async def tc_b_21_cs(t: Case) -> None:
    """A station that is to restart on idle waits until the transaction has ended."""
    await energy_transfer_started(t)

    async with t.reboot():
        await _reset(t, _ON_IDLE, _Status.SCHEDULED)
        async with t.never(BootNotificationRequest, 2):
            await t.kit.clock.sleep(t.settings.transaction_duration)
        await until_ended(t, 5)
        boot = await t.expect(BootNotificationRequest, 7, within=t.settings.reboot_timeout)
        t.check(7, boot, reason=BootReasonEnumType.SCHEDULED_RESET)
        now = _OCCUPIED if t.session().plugged else _AVAILABLE
        await connectors_are(t, 9, {place_of(t): now})
        _ = await t.expect(
            SecurityEventNotificationRequest, 11, where=fields(type=one_of(*STARTUP_EVENTS))
        )


@case
async def tc_b_22_cs(t: Case) -> None:
    """A station that is to restart at once ends the transaction before."""
    await energy_transfer_started(t)

    async with t.reboot():
        await _reset(t, _IMMEDIATE, _Status.ACCEPTED)
        ended = await _ended_by_reset(t)
        t.check(3, ended, id_token=ABSENT)
        boot = await t.expect(BootNotificationRequest, 5, within=t.settings.reboot_timeout)
        t.check(5, boot, reason=BootReasonEnumType.REMOTE_RESET)
        t.in_order(5, ended, boot)
        await connectors_are(t, 7, {place_of(t): _OCCUPIED})


@case
async def tc_b_25_cs(t: Case) -> None:
    """An idle EVSE restarts."""
    await _reset(t, _ON_IDLE, _Status.ACCEPTED, evse=place_of(t)[0])


@case
async def tc_b_26_cs(t: Case) -> None:
    """An EVSE that is to restart on idle waits until the transaction has ended."""
    await energy_transfer_started(t)

    await _reset(t, _ON_IDLE, _Status.SCHEDULED, evse=place_of(t)[0])
    await leave(t)


@case
async def tc_b_27_cs(t: Case) -> None:
    """An EVSE that is to restart at once ends the transaction before."""
    await energy_transfer_started(t)

    await _reset(t, _IMMEDIATE, _Status.ACCEPTED, evse=place_of(t)[0])
    _ = await _ended_by_reset(t)


@case
async def tc_b_28_cs(t: Case) -> None:
    """A station that cannot restart an EVSE refuses."""
    await _reset(t, _ON_IDLE, _Status.REJECTED, evse=place_of(t)[0])


@case
async def tc_b_29_cs(t: Case) -> None:
    """A station that cannot restart an EVSE refuses while a driver charges, too."""
    await energy_transfer_started(t)

    await _reset(t, _ON_IDLE, _Status.REJECTED, evse=place_of(t)[0])


async def _reset(
    t: Case, kind: ResetEnumType, status: ResetStatusEnumType, *, evse: int | None = None
) -> None:
    _ = await t.call(ResetRequest(type=kind, evse_id=evse), 2, check=fields(status=status))


async def _ended_by_reset(t: Case) -> TransactionEventRequest:
    return await t.expect(
        TransactionEventRequest,
        3,
        where=fields(trigger_reason=TriggerReasonEnumType.RESET_COMMAND),
        check=fields(
            event_type=TransactionEventEnumType.ENDED,
            transaction_info__charging_state=ChargingStateEnumType.EV_CONNECTED,
            transaction_info__stopped_reason=ReasonEnumType.IMMEDIATE_RESET,
        ),
    )
