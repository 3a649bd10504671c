"""ConnectorUnplugged: that the cable of a transaction is gone, which outlasts a restart."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import datetime

from attrs import evolve, frozen

from ocppkit.errors import ConnectionLost, OcppError
from ocppkit.station.core import StationCore
from ocppkit.station.kept import UNPLUGGING
from ocppkit.station.records import UNREADABLE, converter
from ocppkit.station.v16.cost_messages import VENDOR
from ocppkit.v16 import DataTransferRequest, DataTransferStatus

__all__ = ["Unplugging", "UnpluggingNotice"]

_logger = logging.getLogger(__name__)


@frozen(kw_only=True)
class UnpluggingNotice:
    """A transaction that is over, and its cable.

    Attributes:
        transaction_id: the station's own.
        number: the CSMS's.
        evse: where.
        connector: of the EVSE.
        at: when its cable was gone; None while it is there.
    """

    transaction_id: str
    number: int
    evse: int
    connector: int
    at: datetime | None = None


class Unplugging:
    """Tells the CSMS once that a cable is gone, however long it is away itself."""

    def __init__(self, core: StationCore) -> None:
        """Know of no cable yet; see `resume`."""
        self._core = core
        self._lock = asyncio.Lock()  # one is written after another
        self._before: dict[int, tuple[UnpluggingNotice, bool]] = {}
        self._resumed = False

    async def resume(self) -> None:
        """Take up what was not told before the restart; does so once."""
        if self._resumed:
            return
        self._resumed = True
        for key, text in self._core.kept.all(UNPLUGGING).items():
            try:
                notice = converter().structure(json.loads(text), UnpluggingNotice)
                connector = self._core.evses[notice.evse].connectors[notice.connector]
            except UNREADABLE:
                _logger.exception("the cable of transaction %s is unknown", key)
                continue
            if notice.at is None:
                state = await self._core.hardware.connector_state(notice.evse, notice.connector)
                if state.plugged is not False:
                    self._before[notice.evse] = (notice, connector.plugged)
                    continue
                notice = evolve(notice, at=self._core.now())
            self.take(notice)

    def note(self, evse: int) -> None:
        """Look at a cable of before the restart: once it has been seen it can go."""
        notice, seen = self._before.get(evse, (None, False))
        if notice is None:
            return
        place = self._core.evses[evse]
        if place.transaction is not None:
            del self._before[evse]
            self.drop(notice.transaction_id)
        elif place.connectors[notice.connector].plugged:
            self._before[evse] = (notice, True)
        elif seen:
            del self._before[evse]
            self.take(evolve(notice, at=self._core.now()))

    def take(self, notice: UnpluggingNotice) -> None:
        """Keep it; tell it, if the cable is gone by now."""
        self._core.launch(self._take(notice), name="ConnectorUnplugged")

    def drop(self, transaction_id: str) -> None:
        """Forget a cable: it serves the next transaction."""
        if transaction_id in self._core.kept.all(UNPLUGGING):
            self._core.launch(self._keep(transaction_id, None), name="ConnectorUnplugged")

    async def _take(self, notice: UnpluggingNotice) -> None:
        await self._keep(notice.transaction_id, json.dumps(converter().unstructure(notice)))
        if notice.at is not None:
            await self._tell(notice.number, notice.at)
            await self._keep(notice.transaction_id, None)

    async def _keep(self, transaction_id: str, text: str | None) -> None:
        async with self._lock:
            await self._core.kept.put(UNPLUGGING, {transaction_id: text})

    async def _tell(self, number: int, at: datetime) -> None:
        data = {"transactionId": number, "timestamp": at.isoformat().replace("+00:00", "Z")}
        request = DataTransferRequest(
            vendor_id=VENDOR, message_id="ConnectorUnplugged", data=json.dumps(data)
        )
        link = self._core.link
        while True:
            await link.wait_online()
            session = link.session
            try:
                response = await link.call(request)
            except ConnectionLost:  # it has not come: it goes again
                await link.wait_gone(session)
                continue
            except OcppError as error:
                _logger.warning("the CSMS does not take ConnectorUnplugged: %s", error)
                return
            if response.status is not DataTransferStatus.ACCEPTED:
                _logger.warning("the CSMS answers ConnectorUnplugged: %s", response.status)
            return
