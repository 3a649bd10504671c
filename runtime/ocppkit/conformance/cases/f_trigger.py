"""Block F, remote control: messages that the CSMS triggers."""

from __future__ import annotations

from typing import Any, TypeVar

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.checks import Check, fields, optional
from ocppkit.conformance.places import connector_is, place_of
from ocppkit.conformance.states import (
    energy_transfer_started,
    ev_connected_pre_session,
    transaction_event,
)
from ocppkit.message import Request
from ocppkit.v201 import (
    ChargingStateEnumType,
    ConnectorStatusEnumType,
    EVSEType,
    FirmwareStatusEnumType,
    FirmwareStatusNotificationRequest,
    HeartbeatRequest,
    LogStatusNotificationRequest,
    MessageTriggerEnumType,
    MeterValuesRequest,
    ReadingContextEnumType,
    TransactionEventRequest,
    TriggerMessageRequest,
    TriggerMessageStatusEnumType,
    TriggerReasonEnumType,
    UploadLogStatusEnumType,
)

__all__ = [
    "tc_f_11_cs",
    "tc_f_12_cs",
    "tc_f_13_cs",
    "tc_f_14_cs",
    "tc_f_15_cs",
    "tc_f_17_cs",
    "tc_f_18_cs",
    "tc_f_20_cs",
    "tc_f_23_cs",
    "tc_f_24_cs",
    "tc_f_26_cs",
    "tc_f_27_cs",
]

Q = TypeVar("Q", bound=Request[Any])

_Status = TriggerMessageStatusEnumType
_Trigger = MessageTriggerEnumType
_TRIGGERED = ReadingContextEnumType.TRIGGER
_IDLE_LOG = fields(status=UploadLogStatusEnumType.IDLE)
_IDLE_FIRMWARE = fields(status=FirmwareStatusEnumType.IDLE)


@case
async def tc_f_11_cs(t: Case) -> None:
    """Meter values of one EVSE are triggered."""
    evse, _ = place_of(t)
    await _trigger(t, _Trigger.METER_VALUES, evse=evse)
    await _meter_values(t, evse)


@case
async def tc_f_12_cs(t: Case) -> None:
    """Meter values of all EVSEs are triggered."""
    await _trigger(t, _Trigger.METER_VALUES)
    for evse in t.inventory.evses:
        await _meter_values(t, evse)


@case
async def tc_f_13_cs(t: Case) -> None:
    """An event of the transaction of one EVSE is triggered."""
    await energy_transfer_started(t)

    evse, _ = place_of(t)
    await _trigger(t, _Trigger.TRANSACTION_EVENT, evse=evse)
    event = await _event(t, evse)
    t.check(3, event, evse__id=optional(evse))


@case
async def tc_f_14_cs(t: Case) -> None:
    """Events of the transactions of all EVSEs are triggered."""
    tokens = (t.settings.valid_idtoken, t.settings.valid_idtoken2, t.settings.masterpass_idtoken)
    for number, evse in enumerate(t.inventory.evses):
        await energy_transfer_started(t, evse=evse, token=tokens[number % len(tokens)])

    await _trigger(t, _Trigger.TRANSACTION_EVENT)
    for evse in t.inventory.evses:
        event = await _event(t, evse)
        t.check(3, event, evse__id=evse)


@case
async def tc_f_15_cs(t: Case) -> None:
    """Where no log is sent, a triggered LogStatusNotification says Idle."""
    trigger = _Trigger.LOG_STATUS_NOTIFICATION
    _ = await _triggered(t, LogStatusNotificationRequest, trigger, check=_IDLE_LOG)


@case
async def tc_f_17_cs(t: Case) -> None:
    """A triggered FirmwareStatusNotification comes though an EVSE is named."""
    evse, _ = place_of(t)
    trigger = _Trigger.FIRMWARE_STATUS_NOTIFICATION
    _ = await _triggered(
        t, FirmwareStatusNotificationRequest, trigger, evse=evse, check=_IDLE_FIRMWARE
    )


@case
async def tc_f_18_cs(t: Case) -> None:
    """Where no firmware is fetched, a triggered FirmwareStatusNotification says Idle."""
    trigger = _Trigger.FIRMWARE_STATUS_NOTIFICATION
    _ = await _triggered(t, FirmwareStatusNotificationRequest, trigger, check=_IDLE_FIRMWARE)


@case
async def tc_f_20_cs(t: Case) -> None:
    """A heartbeat is triggered."""
    _ = await _triggered(t, HeartbeatRequest, _Trigger.HEARTBEAT)


@case
async def tc_f_23_cs(t: Case) -> None:
    """A free connector's status is triggered."""
    await _connector(t, ConnectorStatusEnumType.AVAILABLE)


@case
async def tc_f_24_cs(t: Case) -> None:
    """An occupied connector's status is triggered."""
    await ev_connected_pre_session(t)

    await _connector(t, ConnectorStatusEnumType.OCCUPIED)


@case
async def tc_f_26_cs(t: Case) -> None:
    """A station that is accepted does not tell again that it has booted."""
    await _trigger(t, _Trigger.BOOT_NOTIFICATION, status=_Status.REJECTED)


@case
async def tc_f_27_cs(t: Case) -> None:
    """A message that the station never sends cannot be triggered."""
    await _trigger(t, _Trigger.SIGN_COMBINED_CERTIFICATE, status=_Status.NOT_IMPLEMENTED)


async def _trigger(
    t: Case,
    message: MessageTriggerEnumType,
    *,
    evse: int | None = None,
    connector: int | None = None,
    status: TriggerMessageStatusEnumType = _Status.ACCEPTED,
) -> None:
    place = None if evse is None else EVSEType(id=evse, connector_id=connector)
    request = TriggerMessageRequest(requested_message=message, evse=place)
    _ = await t.call(request, 2, check=fields(status=status))


async def _triggered(
    t: Case,
    of: type[Q],
    message: MessageTriggerEnumType,
    *,
    evse: int | None = None,
    check: Check | None = None,
) -> Q:
    """Trigger a message, and wait for it; what came of its kind before does not count."""
    for came in t.log:
        came.taken = came.taken or came.action == of.ACTION
    await _trigger(t, message, evse=evse)
    return await t.expect(of, 3, check=check)


async def _meter_values(t: Case, evse: int) -> None:
    """Wait for the meter values of an EVSE; others of it are told apart by their context."""
    triggered = fields(evse_id=evse, meter_value__0__sampled_value__0__context=_TRIGGERED)
    _ = await t.expect(MeterValuesRequest, 3, where=triggered)


async def _event(t: Case, evse: int) -> TransactionEventRequest:
    return await transaction_event(
        t,
        3,
        TriggerReasonEnumType.TRIGGER,
        evse=evse,
        transaction_info__charging_state=ChargingStateEnumType.CHARGING,
        meter_value__0__sampled_value__0__context=_TRIGGERED,
    )


async def _connector(t: Case, status: ConnectorStatusEnumType) -> None:
    """Trigger the status of the configured connector; what was told before does not count."""
    evse, connector = place_of(t)
    t.looked_at[evse, connector] = len(t.kit.mailbox.received)
    await _trigger(t, _Trigger.STATUS_NOTIFICATION, evse=evse, connector=connector)
    _ = await connector_is(t, 3, status)
