"""P: data transfer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ocppkit.message import Answer, Then
from ocppkit.station.data_transfer import DataTransferAnswer, DataTransferMessage
from ocppkit.v201 import (
    DataTransferRequest,
    DataTransferResponse,
    DataTransferStatusEnumType,
    StationDataTransferHandler,
)

__all__ = ["DataTransfer"]


class DataTransfer(StationDataTransferHandler):
    """Passes on what vendors say to who knows them."""

    def __init__(
        self, *, answer: Callable[[DataTransferMessage], Awaitable[DataTransferAnswer]]
    ) -> None:
        self._answer = answer

    async def on_data_transfer(self, request: DataTransferRequest) -> Answer[DataTransferResponse]:
        """Answer a vendor's message (P01)."""
        answer = await self._answer(
            DataTransferMessage(
                vendor_id=request.vendor_id, message_id=request.message_id, data=request.data
            )
        )
        status = DataTransferStatusEnumType(answer.outcome.value)
        response = DataTransferResponse(status=status, data=answer.data)
        return response if answer.then is None else Then(response, answer.then)
