"""Cost and price, loaded once there is a driver to show them to, or the CSMS tells of some."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ocppkit.message import Response, Version
from ocppkit.station.core import StationCore
from ocppkit.station.data_transfer import DataTransferAnswer, DataTransferMessage
from ocppkit.station.kept import UNPLUGGING
from ocppkit.station.transaction import TransactionRecord
from ocppkit.station.v16.connectors import Connectors
from ocppkit.station.v16.cost_keys import CostSettings
from ocppkit.station.v16.meter_values import Measurands

if TYPE_CHECKING:
    from ocppkit.station.v16.cost_and_price import CostAndPrice

__all__ = ["VENDOR", "Cost"]

VENDOR: Final = "org.openchargealliance.costmsg"


class Cost:
    """What stands for `CostAndPrice` until that has something to do."""

    def __init__(
        self,
        *,
        core: StationCore,
        connectors: Connectors,
        measurands: Measurands,
        settings: CostSettings,
        told: Callable[[str], str],
    ) -> None:
        """Answer the CSMS, and watch the EVSEs; the arguments are those of `CostAndPrice`."""
        self._core = core
        self._connectors = connectors
        self._measurands = measurands
        self._settings = settings
        self._told = told
        self._made: CostAndPrice | None = None
        _ = core.data_transfers.handle(self._answer, vendor_id=VENDOR)
        _ = core.changes.subscribe(self._note)

    async def resume(self) -> None:
        """Take up what a restart interrupted."""
        used = any(evse.transaction is not None for evse in self._core.evses.values())
        if self._enabled and (used or self._core.kept.all(UNPLUGGING)):
            await self._make().resume()

    async def learn(self, record: TransactionRecord, response: Response) -> None:
        """Take note of the CSMS's answer to a record."""
        if self._made is not None:
            await self._made.learn(record, response)

    def abandon(self, record: TransactionRecord) -> None:
        """The CSMS never took a record."""
        if self._made is not None:
            self._made.abandon(record)

    @property
    def _enabled(self) -> bool:
        spoken = self._core.dialect.version is Version.V16
        return spoken and self._told("CustomDisplayCostAndPrice") == "true"

    async def _answer(self, message: DataTransferMessage) -> DataTransferAnswer | None:
        return await self._make().answer(message) if self._enabled else None

    def _note(self, number: int) -> None:
        """See who uses an EVSE by now; where nobody ever has, there is nothing to see."""
        evse = self._core.evses.get(number)
        if evse is None or not self._enabled:
            return
        if self._made is not None or evse.authorization is not None or evse.transaction is not None:
            self._make().note(number)

    def _make(self) -> CostAndPrice:
        if self._made is None:
            from ocppkit.station.v16.cost_and_price import (  # noqa: PLC0415  # at need
                CostAndPrice,
            )

            self._made = CostAndPrice(
                core=self._core,
                connectors=self._connectors,
                measurands=self._measurands,
                settings=self._settings,
                told=self._told,
            )
        return self._made
