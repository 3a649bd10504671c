"""P: data transfer, both ways (P01, P02)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from ocppkit.codec import codec_for
from ocppkit.message import Answer, Then, Version
from ocppkit.station.data_transfer import (
    DataTransferAnswer,
    DataTransferMessage,
    DataTransferOutcome,
)
from ocppkit.station.link import Link
from ocppkit.v201 import (
    CustomDataType,
    DataTransferRequest,
    DataTransferResponse,
    DataTransferStatusEnumType,
    StationDataTransferHandler,
)

__all__ = ["DataTransfer"]

_logger = logging.getLogger(__name__)

_LONGEST_VENDOR: Final = 255  # characters (CustomDataType)
_VENDOR: Final = "vendorId"


class DataTransfer(StationDataTransferHandler):
    """Passes on what vendors say to who knows them, and says what these have to say."""

    def __init__(
        self,
        *,
        link: Link,
        answer: Callable[[DataTransferMessage], Awaitable[DataTransferAnswer]],
    ) -> None:
        """Pass on.

        Args:
            link: the way to the CSMS.
            answer: asks who knows a vendor.
        """
        self._link = link
        self._answer = answer

    async def on_data_transfer(self, request: DataTransferRequest) -> Answer[DataTransferResponse]:
        """Answer a vendor's message (P01)."""
        answer = await self._answer(
            DataTransferMessage(
                vendor_id=request.vendor_id,
                message_id=request.message_id,
                data=request.data,
                custom_data=_read(request.custom_data),
            )
        )
        try:
            custom_data = _written(answer.custom_data)
        except ValueError as error:
            _logger.error("the answer to %s cannot be sent: %s", request.vendor_id, error)  # noqa: TRY400  # no traceback helps
            return DataTransferResponse(status=DataTransferStatusEnumType.REJECTED)
        response = DataTransferResponse(
            status=DataTransferStatusEnumType(answer.outcome.value),
            data=answer.data,
            custom_data=custom_data,
        )
        return response if answer.then is None else Then(response, answer.then)

    async def send(self, message: DataTransferMessage) -> DataTransferAnswer:
        """Send a vendor's message to the CSMS (P02); raises OcppError."""
        response = await self._link.call(
            DataTransferRequest(
                vendor_id=message.vendor_id,
                message_id=message.message_id,
                data=message.data,
                custom_data=_written(message.custom_data),
            )
        )
        return DataTransferAnswer(
            outcome=DataTransferOutcome(response.status.value),
            data=response.data,
            custom_data=_read(response.custom_data),
        )


def _read(custom_data: CustomDataType | None) -> Mapping[str, Any] | None:
    if custom_data is None:
        return None
    read: Mapping[str, Any] = codec_for(Version.V201).unstructure(custom_data)
    return read


def _written(custom_data: Mapping[str, Any] | None) -> CustomDataType | None:
    """As it is sent; raises ValueError where nobody is named whose it is."""
    if custom_data is None:
        return None
    vendor = custom_data.get(_VENDOR)
    if not isinstance(vendor, str) or len(vendor) > _LONGEST_VENDOR:
        msg = f"custom_data: a vendorId of at most {_LONGEST_VENDOR} characters is expected"
        raise ValueError(msg)
    extra = {name: value for name, value in custom_data.items() if name != _VENDOR}
    return CustomDataType(vendor_id=vendor, extra=extra)
