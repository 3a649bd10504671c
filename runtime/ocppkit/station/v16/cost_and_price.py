"""Cost and price, as a station that shows them ("OCPP & California Pricing Requirements")."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, assert_never

from attrs import evolve

from ocppkit.message import Response, Version
from ocppkit.station.core import StationCore
from ocppkit.station.data_transfer import (
    DataTransferAnswer,
    DataTransferMessage,
    DataTransferOutcome,
)
from ocppkit.station.evse import Evse
from ocppkit.station.pausing import pause
from ocppkit.station.transaction import RecordKind, Sample, TransactionRecord
from ocppkit.station.v16.connectors import Connectors
from ocppkit.station.v16.cost_display import CostDisplay
from ocppkit.station.v16.cost_keys import CostSettings
from ocppkit.station.v16.cost_messages import (
    FinalCost,
    NextPeriod,
    RunningCost,
    UserPrice,
    read_message,
)
from ocppkit.station.v16.cost_uses import KeptUse, KeptUses, Use
from ocppkit.station.v16.meter_triggers import MeterTriggers, Watched
from ocppkit.station.v16.meter_values import Measurands, meter_value
from ocppkit.station.v16.unplugging import Unplugging
from ocppkit.v16 import (
    Measurand,
    MeterValuesRequest,
    ReadingContext,
    StartTransactionResponse,
)

__all__ = ["CostAndPrice"]

_logger = logging.getLogger(__name__)

_PRICE_KEPT: Final = 60.0  # seconds: a driver gives up after that
_MOST: Final = 20  # prices of drivers who never came; transactions that are over
_MOST_UNTOLD: Final = 1000  # transactions that are over, while the CSMS is away
_REJECTED: Final = DataTransferAnswer(outcome=DataTransferOutcome.REJECTED)


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
        """Know of nobody yet; `Cost` says who comes, and what the CSMS tells.

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
        self._triggers = MeterTriggers(core=core, connectors=connectors, tell=self._tell_meter)
        self._unplugging = Unplugging(core)
        self._display = CostDisplay(core, settings=settings, told=told)
        self._kept = KeptUses(core)
        self._before: dict[str, KeptUse] | None = None  # what was kept, as far as it is not used
        self._uses: dict[int, Use] = {}
        self._over: list[Use] = []
        self._prices: dict[str, tuple[float, UserPrice]] = {}

    async def resume(self) -> None:
        """Take up what a restart interrupted."""
        for number in self._core.evses:
            self.note(number)  # those that go on
        before = self._restored()
        while before:
            await self._take_up(before.pop(next(iter(before))))

    async def learn(self, record: TransactionRecord, response: Response) -> None:
        """Take note of the CSMS's answer to a record: of a transaction's number, or its end."""
        use = self._of_transaction(record.transaction_id)
        if use is None:
            return
        if isinstance(response, StartTransactionResponse):
            use.number = response.transaction_id
        await self._keep(use)
        self._settle(use, ended=record.kind is RecordKind.ENDED)

    def abandon(self, record: TransactionRecord) -> None:
        """The CSMS never took a record: of its end it learns when the cable is gone."""
        use = self._of_transaction(record.transaction_id)
        if use is not None:
            self._settle(use, ended=record.kind is RecordKind.ENDED)

    def _restored(self) -> dict[str, KeptUse]:
        """What was kept before the restart, read when it is first asked for."""
        if self._before is None:
            self._before = self._kept.load()
        return self._before

    async def _take_up(self, kept: KeptUse) -> None:
        """Take up a use whose transaction is over, or about to be taken up itself."""
        evse = self._core.evses[kept.evse]
        if kept.at is None:
            state = await self._core.hardware.connector_state(kept.evse, kept.connector)
            if state.plugged is False:
                kept = evolve(kept, at=self._core.now())
        use = kept.restored(evse)
        use.stopped = not await self._core.delivery.holds(kept.transaction_id)
        if use.number is None:
            use.number = self._core.delivery.numbers.get(kept.transaction_id)
        if kept.at is not None:
            self._finish(use)
            await self._keep(use)
        elif self._uses.get(kept.evse) is None:
            self._uses[kept.evse] = use
            self._show_again(use)
        else:  # its cable serves the next driver
            self._kept.forget(use)
            return
        if use.stopped and (use.number is None or not self._wanted(use)):
            self._kept.forget(use)
        self._settle(use)

    async def answer(self, message: DataTransferMessage) -> DataTransferAnswer:
        """Take what the CSMS tells."""
        try:
            told = read_message(message.message_id or "", message.data)
        except (TypeError, ValueError) as error:
            _logger.warning("%s of the CSMS is refused: %s", message.message_id, error)
            return _REJECTED
        match told:
            case None:
                return DataTransferAnswer(outcome=DataTransferOutcome.UNKNOWN_MESSAGE_ID)
            case UserPrice():
                await self._take_price(told)
                return DataTransferAnswer()
            case RunningCost():
                return await self._take_running(told)
            case FinalCost():
                return await self._take_final(told)
            case _:
                assert_never(told)

    async def _take_price(self, price: UserPrice) -> None:
        token = price.id_token.lower()
        waiting = [
            use
            for use in self._uses.values()
            if use.authorization is not None and use.authorization.token.value.lower() == token
        ]
        for use in waiting:
            self._show_price(use, price)
            await self._keep(use)
        if not waiting:
            self._prices.pop(token, None)
            self._prices[token] = (self._core.environment.monotonic(), price)
            while len(self._prices) > _MOST:
                del self._prices[next(iter(self._prices))]

    async def _take_running(self, cost: RunningCost) -> DataTransferAnswer:
        use = self._numbered(cost.transaction)
        if use is None or use.transaction_id is None or use in self._over:
            return _REJECTED
        use.told, use.cost = True, cost
        self._settle(use)
        self._display.running(use.evse.id, cost)
        self._watch(use, cost)
        await self._keep(use)
        return DataTransferAnswer()

    async def _take_final(self, cost: FinalCost) -> DataTransferAnswer:
        use = self._numbered(cost.transaction)
        if use is None:
            return _REJECTED
        use.told, use.final = True, cost
        self._settle(use)
        if self._uses.get(use.evse.id, use) is use:
            self._display.final(use.evse.id, cost)
            if use in self._over:
                self._display.clear_later(use.evse.id)
        await self._keep(use)
        return DataTransferAnswer()

    def _watch(self, use: Use, cost: RunningCost) -> None:
        """Wait for what the CSMS wants to be told of, and for its next prices."""
        if cost.next_period is not None:
            self._core.launch(self._turn(use, cost.next_period), name="next prices")
        if use.transaction_id is not None:
            self._triggers.watch(
                evse=use.evse.id,
                connector=self._connectors.number(use.evse.id, use.connector),
                transaction_id=use.transaction_id,
                number=cost.transaction,
                triggers=cost.triggers,
            )

    def note(self, number: int) -> None:
        """See who uses an EVSE by now."""
        evse = self._core.evses.get(number)
        if evse is None:
            return
        use = self._uses.get(number)
        transaction = evse.transaction
        if use is None and transaction is not None:
            use = self._go_on(evse, transaction.id)
        over = use is not None and use.transaction_id is not None and transaction is None
        another = evse.authorization is not None and (
            use is None or use.authorization not in {evse.authorization, None} or over
        )
        if another and (transaction is None or use is None):
            use = self._begin(evse)
        elif use is None and transaction is not None:
            use = self._uses[number] = Use(evse=evse, authorization=evse.authorization)
        if use is None:
            return
        if transaction is not None and use.transaction_id is None:
            use.transaction_id = transaction.id
            use.number = self._core.delivery.numbers.get(transaction.id)
            if self._wanted(use):
                self._kept.note(use)
        if transaction is not None and transaction.connector is not None:
            use.connector = transaction.connector
        use.seen = use.seen or use.evse.connectors[use.connector].plugged
        self._triggers.note(number)
        if transaction is None and evse.authorization is None:
            self._leave(use)

    def _go_on(self, evse: Evse, transaction_id: str) -> Use | None:
        """The use of a transaction that goes on after a restart, if anything is known of it."""
        kept = self._restored().pop(transaction_id, None)
        if kept is None:
            return None
        use = self._uses[evse.id] = kept.restored(evse)
        use.seen = True
        if use.number is None:
            use.number = self._core.delivery.numbers.get(transaction_id)
        self._show_again(use)
        if use.cost is not None:
            self._watch(use, use.cost)
        return use

    def _begin(self, evse: Evse) -> Use:
        before = self._uses.get(evse.id)
        if before is not None:
            self._finish(before)
            before.settled = True
            self._kept.forget(before)
        self._triggers.forget(evse.id)
        use = self._uses[evse.id] = Use(evse=evse, authorization=evse.authorization)
        self._core.launch(self._price(use), name=f"price at EVSE {evse.id}")
        return use

    def _leave(self, use: Use) -> None:
        """Nobody may charge here any more: is the cable gone as well?"""
        if use.transaction_id is None:
            self._finish(use)
            self._display.clear(use.evse.id)
        elif use.seen and not use.evse.connectors[use.connector].plugged:
            use.unplugged_at = self._core.now()
            self._finish(use)
            if self._wanted(use):
                self._kept.note(use)
            self._settle(use)
            self._display.clear_later(use.evse.id)

    def _finish(self, use: Use) -> None:
        if self._uses.get(use.evse.id) is use:
            del self._uses[use.evse.id]
        self._triggers.forget(use.evse.id)
        use.priced.set()
        if use.transaction_id is None:
            return
        self._over.append(use)
        done = [each for each in self._over if each.settled or not self._wanted(each)]
        if len(done) > _MOST:
            self._over.remove(done[0])
        del self._over[:-_MOST_UNTOLD]

    def _wanted(self, use: Use) -> bool:
        """Whether the CSMS has to learn when the cable is gone."""
        return use.told or self._settings.idle_fee_after_stop

    async def _keep(self, use: Use) -> None:
        """Have what is known of a use outlast a restart, where the CSMS has to do with it."""
        if self._wanted(use):
            await self._kept.keep(use)

    def _settle(self, use: Use, *, ended: bool = False) -> None:
        """See to it that the CSMS learns when the cable is gone, after the end, and once."""
        use.stopped = use.stopped or ended
        if not use.stopped or use.settled or not self._wanted(use):
            return
        if use.unplugged_at is None:
            self._kept.note(use)
            return
        use.settled = True
        if use.number is None:  # the CSMS never took the start
            self._kept.forget(use)
            return
        self._unplugging.tell(use.number, at=use.unplugged_at, told=lambda: self._kept.forget(use))

    async def _price(self, use: Use) -> None:
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
        self._display.default_price(use.evse.id, online=online)

    def _show_again(self, use: Use) -> None:
        """Show what was shown before a restart."""
        if use.final is not None:
            self._display.final(use.evse.id, use.final)
        elif use.cost is not None:
            self._display.running(use.evse.id, use.cost)
        elif use.price is not None:
            self._show_price(use, use.price)

    def _show_price(self, use: Use, price: UserPrice) -> None:
        use.told, use.price = True, price
        use.priced.set()
        if use.cost is None:  # what it costs by now tells more
            self._display.price(use.evse.id, price)

    async def _turn(self, use: Use, period: NextPeriod) -> None:
        """Show other prices when their time comes, unless the CSMS has told of the next ones."""
        while (left := (period.at - self._core.now()).total_seconds()) > 0:
            await self._core.environment.sleep(min(left, 60.0))
            told = use.cost is not None and use.cost.next_period is period
            if not told or self._uses.get(use.evse.id) is not use:
                return
        cost = use.cost
        if cost is not None and cost.next_period is period and use.evse.transaction is not None:
            self._display.running(use.evse.id, cost)

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
        use = self._of_transaction(watched.transaction_id)
        if use is not None and use.cost is not None:  # what is spent comes no more
            use.cost = evolve(use.cost, triggers=watched.triggers)
            await self._keep(use)

    def _of_transaction(self, transaction_id: str) -> Use | None:
        uses = [*self._uses.values(), *reversed(self._over)]
        return next((each for each in uses if each.transaction_id == transaction_id), None)

    def _numbered(self, number: int) -> Use | None:
        uses = [*self._uses.values(), *reversed(self._over)]
        return next((each for each in uses if each.number == number), None)
