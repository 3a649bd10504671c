"""Block B, provisioning: resets of the station and of single EVSEs."""

from __future__ import annotations

from collections.abc import Mapping

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._stopping import until_ended
from ocppkit.conformance.checks import ABSENT, fields, one_of
from ocppkit.conformance.places import Place, connectors_are, place_of
from ocppkit.conformance.states import (
    STARTUP_EVENTS,
    energy_transfer_started,
    leave,
    reserved,
    unavailable,
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
    "tc_b_23_cs",
    "tc_b_24_cs",
    "tc_b_25_cs",
    "tc_b_26_cs",
    "tc_b_27_cs",
    "tc_b_28_cs",
    "tc_b_29_cs",
    "tc_b_41_cs",
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
        boot = await t.expect(BootNotificationRequest, 3, within=t.settings.reboot_timeout)
        await connectors_are(t, 5, since=boot)


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
        await connectors_are(t, 9, {place_of(t): now}, since=boot)
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
        await connectors_are(t, 7, {place_of(t): _OCCUPIED}, since=boot)


@case
async def tc_b_23_cs(t: Case) -> None:
    """A connector stays inoperative over a restart."""
    evse, connector = place_of(t)
    await unavailable(t, evse=evse, connector=connector)

    states = {(evse, connector): ConnectorStatusEnumType.UNAVAILABLE}
    await _restarts(t, _ON_IDLE, states)


@case
async def tc_b_24_cs(t: Case) -> None:
    """An EVSE stays reserved over a restart, which is not put off for that (errata 6.2.16)."""
    evse, _ = place_of(t)
    _ = await reserved(t, evse=evse)

    states = {
        place: ConnectorStatusEnumType.RESERVED for place in t.kit.connectors if place[0] == evse
    }
    await _restarts(t, _IMMEDIATE, states)


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


@case
async def tc_b_41_cs(t: Case) -> None:
    """A station that is to restart on idle waits until the last of its transactions has ended."""
    first, second = place_of(t)[0], _other_evse(t)
    other = t.settings.valid_idtoken2
    await energy_transfer_started(t, evse=first)
    await energy_transfer_started(t, evse=second, token=other)

    async with t.reboot():
        await _reset(t, _ON_IDLE, _Status.SCHEDULED)
        async with t.never(BootNotificationRequest, 3):
            await _leaves(t, first)
            await t.kit.clock.sleep(t.settings.transaction_duration)
        await until_ended(t, 9, evse=second, token=other)
        boot = await t.expect(BootNotificationRequest, 11, within=t.settings.reboot_timeout)
        t.check(11, boot, reason=BootReasonEnumType.SCHEDULED_RESET)
        now = _OCCUPIED if t.session(second).plugged else _AVAILABLE
        await connectors_are(t, 13, {place_of(t, second): now}, since=boot)


async def _leaves(t: Case, evse: int) -> None:
    """The driver stops, and the EV goes; its connector may be Unavailable until the restart (B12).

    Raises:
        Missing: the station does not tell of the transaction.
    """
    await until_ended(t, 5, evse=evse)
    session = t.session(evse)
    if session.plugged:
        number, connector = place_of(t, evse)
        await t.do("plug_out", evse=number, connector=connector)
        session.plugged = session.authorized = False
    if session.bay:
        await t.do("bay", evse=evse, occupied=False)
        session.bay = False


def _other_evse(t: Case) -> int:
    """An EVSE that is not the configured one."""
    others = [evse for evse in t.inventory.evses if evse != t.settings.evse_id]
    return t.settings.evse_id2 if t.settings.evse_id2 in others else others[0]


async def _restarts(
    t: Case, kind: ResetEnumType, states: Mapping[Place, ConnectorStatusEnumType]
) -> None:
    """The station restarts at once, and tells these states of connectors, and Available of others.

    Raises:
        Missing: it does not.
    """
    async with t.reboot():
        await _reset(t, kind, _Status.ACCEPTED)
        boot = await t.expect(BootNotificationRequest, 3, within=t.settings.reboot_timeout)
        t.check(3, boot, reason=BootReasonEnumType.REMOTE_RESET)
        await connectors_are(t, 5, states, since=boot)


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
