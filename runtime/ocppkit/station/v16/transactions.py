"""Records of transactions as 1.6 sends them (1.6 §3.7, §4.7, §4.8, §4.10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ocppkit.message import Request, Response
from ocppkit.station.core import StationCore
from ocppkit.station.transaction import Cause, RecordKind, TransactionRecord
from ocppkit.station.v16.connectors import Connectors
from ocppkit.station.v16.id_tags import IdTags
from ocppkit.station.v16.meter_values import Measurands, meter_value
from ocppkit.v16 import (
    AuthorizationStatus,
    MeterValue,
    MeterValuesRequest,
    ReadingContext,
    Reason,
    StartTransactionRequest,
    StartTransactionResponse,
    StopTransactionRequest,
    StopTransactionResponse,
)

__all__ = ["Transactions"]

_NOT_TAKEN = -1
"""The number of a transaction whose start the CSMS never took (1.6 errata §3.18)."""

_REASONS: Mapping[Cause, Reason] = {
    Cause.DEAUTHORIZED: Reason.DE_AUTHORIZED,
    Cause.EMERGENCY_STOP: Reason.EMERGENCY_STOP,
    Cause.EV_DISCONNECTED: Reason.EV_DISCONNECTED,
    Cause.HARD_RESET: Reason.HARD_RESET,
    Cause.POWER_LOSS: Reason.POWER_LOSS,
    Cause.REBOOT: Reason.POWER_LOSS,
    Cause.REMOTE_STOP: Reason.REMOTE,
    Cause.SOFT_RESET: Reason.SOFT_RESET,
    Cause.STOP_AUTHORIZED: Reason.LOCAL,
    Cause.UNLOCK_COMMAND: Reason.UNLOCK_COMMAND,
}


class Transactions:
    """Writes records; numbers come with the answer to a transaction's start."""

    def __init__(
        self,
        *,
        core: StationCore,
        connectors: Connectors,
        measurands: Measurands,
        id_tags: IdTags,
    ) -> None:
        self._core = core
        self._id_tags = id_tags
        self._connectors = connectors
        self._measurands = measurands

    def number(self, transaction_id: str) -> int | None:
        """The CSMS's number of a transaction; None while it has given none."""
        return self._core.delivery.numbers.get(transaction_id)

    def find(self, number: int) -> str | None:
        """The transaction that the CSMS has given a number."""
        numbers = self._core.delivery.numbers
        return next((own for own, known in numbers.items() if known == number), None)

    def translate(self, record: TransactionRecord, number: int | None) -> Request[Any] | None:
        """The message for a record; None where 1.6 has none."""
        connector = self._connectors.number(record.evse, record.connector)
        if record.kind is RecordKind.STARTED:
            return StartTransactionRequest(
                connector_id=connector,
                id_tag=record.token.value if record.token else "",
                meter_start=_register(record),
                timestamp=record.at,
                reservation_id=record.reservation_id,
            )
        if number is None:
            number = _NOT_TAKEN
        if record.kind is RecordKind.ENDED:
            return StopTransactionRequest(
                transaction_id=number,
                id_tag=record.token.value if record.token else None,
                meter_stop=_register(record),
                timestamp=record.at,
                reason=_REASONS.get(record.stop_cause or record.cause, Reason.OTHER),
                transaction_data=self._data(record) or None,
            )
        if record.sample is None:
            return None
        match record.cause:
            case Cause.METER_PERIODIC:
                wanted, context = self._measurands.sampled, ReadingContext.SAMPLE_PERIODIC
            case Cause.METER_CLOCK:
                wanted, context = self._measurands.aligned, ReadingContext.SAMPLE_CLOCK
            case _:
                return None  # a StatusNotification tells it
        value = meter_value(record.sample, wanted, context)
        if value is None:
            return None
        return MeterValuesRequest(
            connector_id=connector, transaction_id=number, meter_value=[value]
        )

    def _data(self, record: TransactionRecord) -> list[MeterValue]:
        """What the end of a transaction tells of its course (1.6 §3.16; errata §3.14)."""
        sampled, aligned = self._measurands.stop_sampled, self._measurands.stop_aligned
        series = [(each, sampled, ReadingContext.SAMPLE_PERIODIC) for each in record.sampled]
        series += [(each, aligned, ReadingContext.SAMPLE_CLOCK) for each in record.aligned]
        series.sort(key=lambda told: told[0].order)
        both = tuple(dict.fromkeys((*sampled, *aligned)))
        if record.first_sample is not None:
            series.insert(0, (record.first_sample, both, ReadingContext.TRANSACTION_BEGIN))
        if record.sample is not None:
            series.append((record.sample, both, ReadingContext.TRANSACTION_END))
        values = [meter_value(sample, wanted, context) for sample, wanted, context in series]
        return [value for value in values if value is not None]

    def refuses(self, response: Response) -> bool:
        """Whether the CSMS refuses the driver of a transaction that has started (1.6 §4.8)."""
        if not isinstance(response, StartTransactionResponse):
            return False
        return response.id_tag_info.status is not AuthorizationStatus.ACCEPTED

    async def delivered(self, record: TransactionRecord, response: Response) -> None:
        """Learn of the id tag, and whether its driver may go on (1.6 §4.8, §4.10)."""
        if not isinstance(response, StartTransactionResponse | StopTransactionResponse):
            return
        if isinstance(response, StartTransactionResponse):
            await self._started(record, response)
        info = response.id_tag_info
        if info is not None and record.token is not None:
            await self._id_tags.learn(record.token, info)

    async def _started(self, record: TransactionRecord, response: StartTransactionResponse) -> None:
        evse = self._core.evses.get(record.evse)
        if evse is None:
            return
        transaction = evse.transaction
        if transaction is not None and transaction.id == record.transaction_id:
            transaction.group_id = response.id_tag_info.parent_id_tag
            self._core.changed(evse.id)  # the CSMS has given it a number
        if self.refuses(response):
            await evse.refuse(record.transaction_id)


def _register(record: TransactionRecord) -> int:
    return round(record.sample.reading.energy_wh) if record.sample else 0
