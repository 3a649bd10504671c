"""E: transactions as TransactionEvents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from ocppkit.message import Response
from ocppkit.station.core import StationCore
from ocppkit.station.hardware import FaultKind
from ocppkit.station.transaction import Cause, RecordKind, Sample, TransactionRecord
from ocppkit.station.v201.tokens import written
from ocppkit.v201 import (
    AuthorizationStatusEnumType,
    ChargingStateEnumType,
    EVSEType,
    GetTransactionStatusRequest,
    GetTransactionStatusResponse,
    MeterValueType,
    ReadingContextEnumType,
    ReasonEnumType,
    StationTransactionsHandler,
    TransactionEventEnumType,
    TransactionEventRequest,
    TransactionEventResponse,
    TransactionType,
    TriggerReasonEnumType,
)

__all__ = ["Metered", "Transactions"]

Metered: TypeAlias = Callable[[RecordKind, Sample, ReadingContextEnumType], MeterValueType | None]
"""A sample as it goes into an event of a kind; None where nothing does."""

_TRIGGERS: Mapping[Cause, TriggerReasonEnumType] = {
    Cause.AUTHORIZED: TriggerReasonEnumType.AUTHORIZED,
    Cause.CABLE_PLUGGED_IN: TriggerReasonEnumType.CABLE_PLUGGED_IN,
    Cause.CHARGING_RATE_CHANGED: TriggerReasonEnumType.CHARGING_RATE_CHANGED,
    Cause.CHARGING_STATE_CHANGED: TriggerReasonEnumType.CHARGING_STATE_CHANGED,
    Cause.DEAUTHORIZED: TriggerReasonEnumType.DEAUTHORIZED,
    Cause.EMERGENCY_STOP: TriggerReasonEnumType.ABNORMAL_CONDITION,
    Cause.ENERGY_LIMIT: TriggerReasonEnumType.ENERGY_LIMIT_REACHED,
    Cause.EV_CONNECT_TIMEOUT: TriggerReasonEnumType.EV_CONNECT_TIMEOUT,
    Cause.EV_DEPARTED: TriggerReasonEnumType.EV_DEPARTED,
    Cause.EV_DETECTED: TriggerReasonEnumType.EV_DETECTED,
    Cause.EV_DISCONNECTED: TriggerReasonEnumType.EV_COMMUNICATION_LOST,
    Cause.FAULT: TriggerReasonEnumType.ABNORMAL_CONDITION,
    Cause.HARD_RESET: TriggerReasonEnumType.RESET_COMMAND,
    Cause.MASTER_PASS: TriggerReasonEnumType.STOP_AUTHORIZED,
    Cause.METER_CLOCK: TriggerReasonEnumType.METER_VALUE_CLOCK,
    Cause.METER_PERIODIC: TriggerReasonEnumType.METER_VALUE_PERIODIC,
    Cause.OUT_OF_CREDIT: TriggerReasonEnumType.ENERGY_LIMIT_REACHED,
    Cause.POWER_LOSS: TriggerReasonEnumType.ABNORMAL_CONDITION,
    Cause.REBOOT: TriggerReasonEnumType.ABNORMAL_CONDITION,
    Cause.REMOTE_START: TriggerReasonEnumType.REMOTE_START,
    Cause.REMOTE_STOP: TriggerReasonEnumType.REMOTE_STOP,
    Cause.SIGNED_DATA: TriggerReasonEnumType.SIGNED_DATA_RECEIVED,
    Cause.SOC_LIMIT: TriggerReasonEnumType.ENERGY_LIMIT_REACHED,
    Cause.SOFT_RESET: TriggerReasonEnumType.RESET_COMMAND,
    Cause.STOPPED_BY_EV: TriggerReasonEnumType.STOP_AUTHORIZED,  # (E15.FR.04, FR.05)
    Cause.STOP_AUTHORIZED: TriggerReasonEnumType.STOP_AUTHORIZED,
    Cause.TIME_LIMIT: TriggerReasonEnumType.TIME_LIMIT_REACHED,
    Cause.TRIGGER: TriggerReasonEnumType.TRIGGER,
    Cause.UNLOCK_COMMAND: TriggerReasonEnumType.UNLOCK_COMMAND,
}

_REASONS: Mapping[Cause, ReasonEnumType] = {
    Cause.DEAUTHORIZED: ReasonEnumType.DE_AUTHORIZED,
    Cause.EMERGENCY_STOP: ReasonEnumType.EMERGENCY_STOP,
    Cause.ENERGY_LIMIT: ReasonEnumType.ENERGY_LIMIT_REACHED,
    Cause.EV_CONNECT_TIMEOUT: ReasonEnumType.TIMEOUT,
    Cause.EV_DEPARTED: ReasonEnumType.EV_DISCONNECTED,
    Cause.EV_DISCONNECTED: ReasonEnumType.EV_DISCONNECTED,
    Cause.HARD_RESET: ReasonEnumType.IMMEDIATE_RESET,
    Cause.MASTER_PASS: ReasonEnumType.MASTER_PASS,  # (C16.FR.07)
    Cause.OUT_OF_CREDIT: ReasonEnumType.LOCAL_OUT_OF_CREDIT,
    Cause.POWER_LOSS: ReasonEnumType.POWER_LOSS,
    Cause.REBOOT: ReasonEnumType.REBOOT,
    Cause.REMOTE_STOP: ReasonEnumType.REMOTE,
    Cause.SOC_LIMIT: ReasonEnumType.SOC_LIMIT_REACHED,
    Cause.SOFT_RESET: ReasonEnumType.IMMEDIATE_RESET,
    Cause.STOPPED_BY_EV: ReasonEnumType.STOPPED_BY_EV,
    Cause.STOP_AUTHORIZED: ReasonEnumType.LOCAL,
    Cause.TIME_LIMIT: ReasonEnumType.TIME_LIMIT_REACHED,
}

_FAULT_REASONS: Mapping[FaultKind, ReasonEnumType] = {
    FaultKind.GROUND_FAILURE: ReasonEnumType.GROUND_FAULT,
    FaultKind.OVER_CURRENT_FAILURE: ReasonEnumType.OVERCURRENT_FAULT,
    FaultKind.OVER_VOLTAGE: ReasonEnumType.POWER_QUALITY,
    FaultKind.UNDER_VOLTAGE: ReasonEnumType.POWER_QUALITY,
}


class Transactions(StationTransactionsHandler):
    """Writes the records of transactions as 2.0.1 sends them."""

    def __init__(
        self,
        *,
        core: StationCore,
        metered: Metered,
    ) -> None:
        """Write records.

        Args:
            core: the station.
            metered: a sample as it goes into an event of a kind; None where nothing does.
        """
        self._core = core
        self._metered = metered

    def translate(self, record: TransactionRecord) -> TransactionEventRequest:
        """The TransactionEvent of a record."""
        ended = record.kind is RecordKind.ENDED
        return TransactionEventRequest(
            event_type=TransactionEventEnumType(record.kind.value),
            timestamp=record.at,
            trigger_reason=_TRIGGERS[record.cause],
            seq_no=record.seq_no,
            offline=True if record.offline else None,
            number_of_phases_used=record.phases,
            cable_max_current=record.cable_max_current_a,
            reservation_id=record.reservation_id,
            transaction_info=TransactionType(
                transaction_id=record.transaction_id,
                charging_state=ChargingStateEnumType(record.state.value),
                time_spent_charging=round(record.charged_s) or None,
                remote_start_id=record.remote_start_id,
                stopped_reason=_stopped_reason(record) if ended else None,
            ),
            evse=(
                EVSEType(id=record.evse, connector_id=record.connector)
                # Told once (E01.FR.16), and to whoever asks about all.
                if record.place_is_news or record.cause is Cause.TRIGGER
                else None
            ),
            id_token=written(record.token) if record.token else None,
            meter_value=self._meter_values(record) or None,
        )

    def refuses(self, record: TransactionRecord, response: Response) -> bool:
        """Whether the CSMS refuses the driver of a transaction (E05); not one who only stops it."""
        if not isinstance(response, TransactionEventResponse):
            return False
        info = response.id_token_info
        refused = info is not None and info.status is not AuthorizationStatusEnumType.ACCEPTED
        return refused and record.cause not in {Cause.MASTER_PASS, Cause.STOP_AUTHORIZED}

    async def delivered(self, record: TransactionRecord, response: Response) -> None:
        """Act on what the CSMS says of the driver (E05)."""
        if not isinstance(response, TransactionEventResponse):
            return
        if response.charging_priority is not None:  # (K03.FR.05)
            self._core.limits.prioritise(record.transaction_id, response.charging_priority)
        evse = self._core.evses.get(record.evse)
        if evse is not None and self.refuses(record, response):
            await evse.refuse(record.transaction_id)

    async def send_now(self, evse: int | None) -> None:
        """Send an event for each transaction under way, or that of one EVSE (F06.FR.07)."""
        for each in self._core.evses.values():
            if evse in {None, each.id}:
                await each.sample_now(Cause.TRIGGER)

    async def on_get_transaction_status(
        self, request: GetTransactionStatusRequest
    ) -> GetTransactionStatusResponse:
        """Tell whether a transaction goes on, and whether messages wait (E14)."""
        wanted = request.transaction_id
        waiting = await self._core.delivery.holds(wanted)
        ongoing = None
        if wanted is not None:  # (E14.FR.06)
            ongoing = any(evse.runs(wanted) for evse in self._core.evses.values())
        return GetTransactionStatusResponse(messages_in_queue=waiting, ongoing_indicator=ongoing)

    def _meter_values(self, record: TransactionRecord) -> list[MeterValueType]:
        begin, end = (
            ReadingContextEnumType.TRANSACTION_BEGIN,
            ReadingContextEnumType.TRANSACTION_END,
        )
        samples: Sequence[tuple[Sample | None, ReadingContextEnumType]]
        match record.kind:
            case RecordKind.STARTED:
                samples = [(record.sample, begin)]
            case RecordKind.ENDED:
                periodic = ReadingContextEnumType.SAMPLE_PERIODIC
                series = [(each, periodic) for each in record.sampled]
                series += [(each, ReadingContextEnumType.SAMPLE_CLOCK) for each in record.aligned]
                series.sort(key=lambda told: told[0].order)
                samples = [(record.first_sample, begin), *series, (record.sample, end)]
            case RecordKind.UPDATED if record.cause is Cause.METER_CLOCK:
                samples = [(record.sample, ReadingContextEnumType.SAMPLE_CLOCK)]
            case RecordKind.UPDATED if record.cause is Cause.TRIGGER:
                samples = [(record.sample, ReadingContextEnumType.TRIGGER)]
            case RecordKind.UPDATED:
                samples = [(record.sample, ReadingContextEnumType.SAMPLE_PERIODIC)]
        values = [
            self._metered(record.kind, sample, context) for sample, context in samples if sample
        ]
        return [value for value in values if value is not None]


def _stopped_reason(record: TransactionRecord) -> ReasonEnumType:
    """Why the transaction ended (E06.FR.08)."""
    if record.fault is not None:
        return _FAULT_REASONS.get(record.fault.kind, ReasonEnumType.OTHER)
    return _REASONS.get(record.stop_cause or record.cause, ReasonEnumType.OTHER)
