"""Cost and price, as a station that shows them ("OCPP & California Pricing Requirements")."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final, assert_never

from attrs import define, field

from ocppkit.message import Response, Version
from ocppkit.station.capabilities import DisplayText
from ocppkit.station.core import StationCore
from ocppkit.station.data_transfer import (
    DataTransferAnswer,
    DataTransferMessage,
    DataTransferOutcome,
)
from ocppkit.station.evse import Evse
from ocppkit.station.pausing import pause
from ocppkit.station.transaction import Authorization, RecordKind, Sample, TransactionRecord
from ocppkit.station.v16.connectors import Connectors
from ocppkit.station.v16.cost_keys import CostSettings
from ocppkit.station.v16.cost_messages import (
    VENDOR,
    FinalCost,
    RunningCost,
    UserPrice,
    read_message,
)
from ocppkit.station.v16.cost_texts import best_text, final_text, running_text
from ocppkit.station.v16.meter_triggers import MeterTriggers, Watched
from ocppkit.station.v16.meter_values import Measurands, meter_value
from ocppkit.station.v16.unplugging import Unplugging, UnpluggingNotice
from ocppkit.v16 import (
    Measurand,
    MeterValuesRequest,
    ReadingContext,
    StartTransactionResponse,
)

__all__ = ["CostAndPrice"]

_logger = logging.getLogger(__name__)

_PRICE_KEPT: Final = 60.0  # seconds: a driver gives up after that
_FINAL_SHOWN: Final = 60.0  # seconds after the EV is gone
_MOST: Final = 20  # prices of drivers who never came; transactions that are over
_REJECTED: Final = DataTransferAnswer(outcome=DataTransferOutcome.REJECTED)


@define(kw_only=True, eq=False)
class _Use:
    """Somebody who may charge, and the transaction that comes of it.

    Attributes:
        evse: where.
        authorization: who; None after a restart.
        transaction_id: the station's own.
        number: the CSMS's.
        connector: of the EVSE.
        told: whether the CSMS has told of cost or price.
        priced: set once the driver's own price has been shown.
        cost: as the CSMS told last.
        stopped: whether the CSMS knows that the transaction is over.
        unplugged_at: when the cable was gone, after the transaction.
        settled: whether the CSMS learns of that.
    """

    evse: Evse
    authorization: Authorization | None
    transaction_id: str | None = None
    number: int | None = None
    connector: int = 1
    told: bool = False
    priced: asyncio.Event = field(factory=asyncio.Event)
    cost: RunningCost | None = None
    stopped: bool = False
    unplugged_at: datetime | None = None
    settled: bool = False


class CostAndPrice:
    """Shows drivers what they pay, and tells the CSMS what it reckons with."""

    def __init__(
        self,
        *,
        core: StationCore,
        connectors: Connectors,
        measurands: Measurands,
        settings: CostSettings,
        told: Callable[[str], str],
    ) -> None:
        """Answer the CSMS, and watch the EVSEs.

        Args:
            core: the station.
            connectors: as 1.6 counts them.
            measurands: what MeterValues tell.
            settings: what the keys say.
            told: what a key says that is read only.
        """
        self._core = core
        self._connectors = connectors
        self._measurands = measurands
        self._settings = settings
        self._told = told
        self._triggers = MeterTriggers(core=core, connectors=connectors, tell=self._tell_meter)
        self._unplugging = Unplugging(core)
        self._uses: dict[int, _Use] = {}
        self._over: list[_Use] = []
        self._prices: dict[str, tuple[float, UserPrice]] = {}
        self._shown: dict[int, DisplayText | None] = {}
        self._showing: set[int] = set()
        _ = core.data_transfers.handle(self._answer, vendor_id=VENDOR)
        _ = core.changes.subscribe(self._note)

    @property
    def _enabled(self) -> bool:
        spoken = self._core.dialect.version is Version.V16
        return spoken and self._told("CustomDisplayCostAndPrice") == "true"

    async def resume(self) -> None:
        """Take up what a restart interrupted."""
        if self._enabled:
            await self._unplugging.resume()

    async def learn(self, record: TransactionRecord, response: Response) -> None:
        """Take note of the CSMS's answer to a record: of a transaction's number, or its end."""
        use = self._of_transaction(record.transaction_id)
        if use is None:
            return
        if isinstance(response, StartTransactionResponse):
            use.number = response.transaction_id
        self._settle(use, ended=record.kind is RecordKind.ENDED)

    async def _answer(self, message: DataTransferMessage) -> DataTransferAnswer | None:
        if not self._enabled:
            return None
        try:
            told = read_message(message.message_id or "", message.data)
        except (TypeError, ValueError) as error:
            _logger.warning("%s of the CSMS is refused: %s", message.message_id, error)
            return _REJECTED
        match told:
            case None:
                return DataTransferAnswer(outcome=DataTransferOutcome.UNKNOWN_MESSAGE_ID)
            case UserPrice():
                self._take_price(told)
                return DataTransferAnswer()
            case RunningCost():
                return self._take_running(told)
            case FinalCost():
                return self._take_final(told)
            case _:
                assert_never(told)

    def _take_price(self, price: UserPrice) -> None:
        token = price.id_token.lower()
        waiting = [
            use
            for use in self._uses.values()
            if use.authorization is not None and use.authorization.token.value.lower() == token
        ]
        for use in waiting:
            self._show_price(use, price)
        if not waiting:
            self._prices.pop(token, None)
            self._prices[token] = (self._core.environment.monotonic(), price)
            while len(self._prices) > _MOST:
                del self._prices[next(iter(self._prices))]

    def _take_running(self, cost: RunningCost) -> DataTransferAnswer:
        use = self._numbered(cost.transaction)
        if use is None or use.transaction_id is None or use in self._over:
            return _REJECTED
        use.told, use.cost = True, cost
        self._settle(use)
        self._show_running(use)
        if cost.next_period is not None:
            self._core.launch(self._turn(use, cost, cost.next_period.at), name="next prices")
        self._triggers.watch(
            evse=use.evse.id,
            connector=self._connectors.number(use.evse.id, use.connector),
            transaction_id=use.transaction_id,
            number=cost.transaction,
            triggers=cost.triggers,
        )
        return DataTransferAnswer()

    def _take_final(self, cost: FinalCost) -> DataTransferAnswer:
        use = self._numbered(cost.transaction)
        if use is None:
            return _REJECTED
        use.told = True
        self._settle(use)
        if self._uses.get(use.evse.id, use) is use:
            text = final_text(
                cost, language=self._language, several=self._several, decimals=self._decimals
            )
            self._show(use.evse.id, text)
            if use in self._over:
                self._core.launch(self._clear_later(use), name="display of what is over")
        return DataTransferAnswer()

    def _note(self, number: int) -> None:
        """See who uses an EVSE by now."""
        evse = self._core.evses.get(number)
        if evse is None or not self._enabled:
            return
        self._unplugging.note(number)
        use = self._uses.get(number)
        transaction = evse.transaction
        over = use is not None and use.transaction_id is not None and transaction is None
        another = evse.authorization is not None and (
            use is None or use.authorization not in {evse.authorization, None} or over
        )
        if another and (transaction is None or use is None):
            use = self._begin(evse)
        elif use is None and transaction is not None:
            use = self._uses[number] = _Use(evse=evse, authorization=evse.authorization)
        if use is None:
            return
        if transaction is not None and use.transaction_id is None:
            use.transaction_id = transaction.id
            use.number = self._core.delivery.numbers.get(transaction.id)
        if transaction is not None and transaction.connector is not None:
            use.connector = transaction.connector
        self._triggers.note(number)
        if transaction is None and evse.authorization is None:
            self._leave(use)

    def _begin(self, evse: Evse) -> _Use:
        before = self._uses.get(evse.id)
        if before is not None:
            self._finish(before)
            before.settled = True
            self._unplugging.drop(before.transaction_id or "")
        self._triggers.forget(evse.id)
        use = self._uses[evse.id] = _Use(evse=evse, authorization=evse.authorization)
        self._core.launch(self._price(use), name=f"price at EVSE {evse.id}")
        return use

    def _leave(self, use: _Use) -> None:
        """Nobody may charge here any more: is the cable gone as well?"""
        if use.transaction_id is None:
            self._finish(use)
            if use.evse.id in self._shown:
                self._show(use.evse.id, None)
        elif not use.evse.connectors[use.connector].plugged:
            use.unplugged_at = self._core.now()
            self._finish(use)
            self._settle(use)
            self._core.launch(self._clear_later(use), name="display of what is over")

    def _finish(self, use: _Use) -> None:
        if self._uses.get(use.evse.id) is use:
            del self._uses[use.evse.id]
        self._triggers.forget(use.evse.id)
        use.priced.set()
        if use.transaction_id is not None:
            self._over.append(use)
            del self._over[:-_MOST]

    def _settle(self, use: _Use, *, ended: bool = False) -> None:
        """See to it that the CSMS learns when the cable is gone, after the end, and once."""
        use.stopped = use.stopped or ended
        wanted = use.told or self._settings.idle_fee_after_stop
        ready = use.stopped and wanted and not use.settled
        if ready and use.number is not None and use.transaction_id is not None:
            use.settled = use.unplugged_at is not None
            self._unplugging.take(
                UnpluggingNotice(
                    transaction_id=use.transaction_id,
                    number=use.number,
                    evse=use.evse.id,
                    connector=use.connector,
                    at=use.unplugged_at,
                )
            )

    async def _price(self, use: _Use) -> None:
        """Show the driver's own price, or the default one where none comes."""
        authorization = use.authorization
        token = authorization.token.value.lower() if authorization else ""
        since, price = self._prices.pop(token, (0.0, None))
        environment = self._core.environment
        if price is not None and environment.monotonic() - since <= _PRICE_KEPT:
            self._show_price(use, price)
            return
        online = self._core.online
        wait = self._settings.wait_ms / 1000
        if online and wait:
            await pause(wait, use.priced, sleep=environment.sleep)
        if self._uses.get(use.evse.id) is not use or use.told:
            return
        texts = self._settings.default_texts(self._language, online=online)
        text = best_text(texts, self._language)
        if text is not None:
            self._show(use.evse.id, text)

    def _show_price(self, use: _Use, price: UserPrice) -> None:
        use.told = True
        use.priced.set()
        if use.cost is None:  # what it costs by now tells more
            self._show(use.evse.id, best_text(price.texts, self._language, several=self._several))

    def _show_running(self, use: _Use) -> None:
        if use.cost is not None:
            text = running_text(
                use.cost,
                now=self._core.now(),
                decimals=self._decimals,
                local=self._settings.local,
            )
            self._show(use.evse.id, text)

    async def _turn(self, use: _Use, cost: RunningCost, at: datetime) -> None:
        """Show other prices when their time comes, unless the CSMS has told of the next ones."""
        while (left := (at - self._core.now()).total_seconds()) > 0:
            await self._core.environment.sleep(min(left, 60.0))
            if use.cost is not cost or self._uses.get(use.evse.id) is not use:
                return
        if use.cost is cost and use.evse.transaction is not None:
            self._show_running(use)

    async def _clear_later(self, use: _Use) -> None:
        shown = self._shown.get(use.evse.id)
        if shown is None:
            return
        await self._core.environment.sleep(_FINAL_SHOWN)
        if self._shown.get(use.evse.id) is shown:
            self._show(use.evse.id, None)

    def _show(self, evse: int, text: DisplayText | None) -> None:
        """Have the display show this; where it is slow, only the latest is shown."""
        self._shown[evse] = text
        if evse not in self._showing:
            self._showing.add(evse)
            self._core.launch(self._display(evse), name=f"display of EVSE {evse}")

    async def _display(self, evse: int) -> None:
        try:
            while True:
                text = self._shown.get(evse)
                await self._core.hardware.show(text, evse=evse)
                if text is self._shown.get(evse):
                    return
        finally:
            self._showing.discard(evse)

    async def _tell_meter(self, watched: Watched) -> None:
        at = self._core.now()
        reading = await self._core.hardware.meter(watched.evse)
        if reading is None:
            return
        measurands = self._measurands.sampled or (Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,)
        sample = Sample(at=reading.at or at, reading=reading)
        value = meter_value(sample, measurands, ReadingContext.OTHER)
        if value is not None:
            request = MeterValuesRequest(
                connector_id=watched.connector,
                transaction_id=watched.number,
                meter_value=[value],
            )
            _ = await self._core.delivery.post(request, version=Version.V16)

    def _of_transaction(self, transaction_id: str) -> _Use | None:
        uses = [*self._uses.values(), *reversed(self._over)]
        return next((each for each in uses if each.transaction_id == transaction_id), None)

    def _numbered(self, number: int) -> _Use | None:
        uses = [*self._uses.values(), *reversed(self._over)]
        return next((each for each in uses if each.number == number), None)

    @property
    def _language(self) -> str:
        return self._told("Language")

    @property
    def _several(self) -> bool:
        return self._told("CustomMultiLanguageMessages") == "true"

    @property
    def _decimals(self) -> int:
        told = self._told("NumberOfDecimalsForCostValues")
        return int(told) if told.isascii() and told.isdigit() and len(told) == 1 else 2
