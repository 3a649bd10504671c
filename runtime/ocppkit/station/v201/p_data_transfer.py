"""P: data transfer."""

from __future__ import annotations

from ocppkit.v201 import (
    DataTransferRequest,
    DataTransferResponse,
    DataTransferStatusEnumType,
    StationDataTransferHandler,
)

__all__ = ["DataTransfer"]


class DataTransfer(StationDataTransferHandler):
    """Knows no vendor."""

    async def on_data_transfer(self, request: DataTransferRequest) -> DataTransferResponse:  # noqa: ARG002  # no vendor is known
        """Say so (P01.FR.05)."""
        return DataTransferResponse(status=DataTransferStatusEnumType.UNKNOWN_VENDOR_ID)
