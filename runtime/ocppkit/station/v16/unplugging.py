"""ConnectorUnplugged: that the cable of a transaction is gone."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from ocppkit.errors import CallRefused, ConnectionLost, InvalidAnswer, OcppError, ValidationError
from ocppkit.message import Version
from ocppkit.station.core import StationCore
from ocppkit.station.v16.cost import VENDOR
from ocppkit.v16 import DataTransferRequest, DataTransferStatus

__all__ = ["Unplugging"]

_logger = logging.getLogger(__name__)

_UNKNOWN: Final = frozenset({"NotImplemented", "NotSupported"})


class Unplugging:
    """Tells the CSMS of cables that are gone, in order, each until it has answered.

    What it does not answer, or fails to process, goes again as messages of transactions do (1.6
    §3.7.1), and is given up as they are.
    """

    def __init__(self, core: StationCore) -> None:
        """Tell of nothing yet."""
        self._core = core
        self._lock = asyncio.Lock()  # one after another

    def tell(self, number: int, *, at: datetime, told: Callable[[], None]) -> None:
        """Tell of a cable, however long that takes.

        Args:
            number: that the CSMS gave to the transaction.
            at: when the cable was gone.
            told: is called once the CSMS knows, or does not want to.
        """
        self._core.launch(self._tell(number, at, told), name=f"ConnectorUnplugged of {number}")

    async def _tell(self, number: int, at: datetime, told: Callable[[], None]) -> None:
        data = {"transactionId": number, "timestamp": at.isoformat().replace("+00:00", "Z")}
        request = DataTransferRequest(
            vendor_id=VENDOR, message_id="ConnectorUnplugged", data=json.dumps(data)
        )
        async with self._lock:
            failures = 0
            while (failed := await self._settled(request, failures)) is not None:
                if failed > failures:
                    policy = self._core.policy
                    await self._core.environment.sleep(policy.message_retry_interval * failed)
                failures = failed
        told()

    async def _settled(self, request: DataTransferRequest, failures: int) -> int | None:
        """Try once; how often it has failed by now, or None where it is settled."""
        link = self._core.link
        await link.wait_online()
        session = link.session
        if session is None or session.version is not Version.V16:
            await link.wait_gone(session)
            return failures
        try:
            response = await link.call(request)
        except ConnectionLost:  # it has not come: it goes again
            await link.wait_gone(session)
            return failures
        except (InvalidAnswer, ValidationError) as error:  # another time would be no better
            _logger.warning("ConnectorUnplugged does not go again: %s", error)
            return None
        except OcppError as error:
            failures += 1
            unknown = isinstance(error, CallRefused) and error.code in _UNKNOWN
            if unknown or failures >= self._core.policy.message_attempts:
                _logger.error("the CSMS does not take ConnectorUnplugged: %s", error)  # noqa: TRY400  # its own words
                return None
            _logger.warning("ConnectorUnplugged goes again: %s", error)
            return failures
        if response.status is not DataTransferStatus.ACCEPTED:
            _logger.warning("the CSMS answers ConnectorUnplugged: %s", response.status)
        return None
