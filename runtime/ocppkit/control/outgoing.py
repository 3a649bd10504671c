"""What a program has the station send, without waiting for what the CSMS says to it."""

from __future__ import annotations

from typing import Any, assert_never

from ocppkit import v16, v201
from ocppkit.control.hub import Hub
from ocppkit.errors import OcppError
from ocppkit.message import Version
from ocppkit.station.core import StationCore

__all__ = ["Outgoing"]


class Outgoing:
    """Commands whose effect is a message."""

    def __init__(self, core: StationCore, hub: Hub) -> None:
        """Send for a station.

        Args:
            core: the station.
            hub: where the answers are told.
        """
        self._core = core
        self._hub = hub

    async def data_transfer(
        self, *, vendor_id: str, message_id: str | None = None, data: Any = None
    ) -> None:
        """Send a DataTransfer; the answer is told as an event (P02; 1.6 §4.3).

        Raises:
            ValueError: the station is offline.
        """
        if not self._core.online:
            msg = "the station is offline"
            raise ValueError(msg)
        self._core.launch(self._transfer(vendor_id, message_id, data), name="data transfer")

    async def _transfer(self, vendor_id: str, message_id: str | None, data: Any) -> None:
        try:
            answer = await self._ask(vendor_id, message_id, data)
        except OcppError as error:
            self._hub.publish("data_transfer", vendor_id=vendor_id, error=str(error))
            return
        self._hub.publish("data_transfer", vendor_id=vendor_id, **answer)

    async def _ask(self, vendor_id: str, message_id: str | None, data: Any) -> dict[str, Any]:
        link, version = self._core.link, self._core.dialect.version
        match version:
            case Version.V16:
                old = await link.call(
                    v16.DataTransferRequest(vendor_id=vendor_id, message_id=message_id, data=data)
                )
                return {"status": old.status, "data": old.data}
            case Version.V201:
                new = await link.call(
                    v201.DataTransferRequest(vendor_id=vendor_id, message_id=message_id, data=data)
                )
                return {"status": new.status, "data": new.data}
            case _:
                assert_never(version)
