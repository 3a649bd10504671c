"""Files that the station fetches and sends: firmware, diagnostics."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ocppkit.station.file_clients import missing_client

if TYPE_CHECKING:
    from ocppkit.station.core import StationCore
    from ocppkit.station.file_jobs import FileJobs
    from ocppkit.station.firmware import FirmwareUpdates
    from ocppkit.station.firmware_job import FirmwareNotice
    from ocppkit.station.log_upload import LogOrder, LogUploads
    from ocppkit.transfer import Transfers

__all__ = ["FIRMWARE", "LOG_UPLOADS", "FileWork"]

_logger = logging.getLogger(__name__)

FIRMWARE: Final = "firmware"
LOG_UPLOADS: Final = "log_upload"
"""Where the store has what outlasts a restart."""


class FileWork:
    """What a station does with files, whatever version it speaks; most of the time nothing.

    What it takes is loaded once the CSMS asks for some of it, or a restart left some of it.
    """

    def __init__(self, core: StationCore) -> None:
        """Do nothing yet."""
        self._core = core
        self._jobs: FileJobs | None = None
        self._lent = False
        self._wanted = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []

    @property
    def firmware(self) -> FirmwareUpdates:
        """Updates it."""
        return self._made().firmware

    @property
    def logs(self) -> LogUploads:
        """Sends them."""
        return self._made().logs

    @property
    def installing(self) -> bool:
        """Whether firmware is being installed: the equipment must not be reset (B11.FR.06)."""
        return self._jobs is not None and self._jobs.firmware.installing

    @property
    def upload(self) -> LogOrder | None:
        """What is being sent now."""
        return None if self._jobs is None else self._jobs.logs.under_way

    @property
    def last_firmware(self) -> FirmwareNotice | None:
        """How far the last update got; None without one."""
        return None if self._jobs is None else self._jobs.firmware.last

    def use(self, transfers: Transfers) -> None:
        """Transfer files in another way from now on."""
        self._lent = True
        self._made().use(transfers)

    def lacks(self, url: str) -> str | None:
        """What has to be installed before files go to or come from a URL; None for nothing."""
        lacking = None if self._lent else missing_client(url)
        if lacking is not None:
            _logger.warning("a file transfer is refused: %s", lacking)
        return lacking

    def when_made(self, listener: Callable[[], None]) -> None:
        """Tell a version, so that it can say how it tells the CSMS of such work."""
        self._listeners.append(listener)
        if self._jobs is not None:
            listener()

    async def run(self) -> None:
        """Work for ever."""
        key_values = self._core.store.key_values
        for namespace in (FIRMWARE, LOG_UPLOADS):
            if await key_values.all(namespace):
                self._made()
        await self._wanted.wait()
        await self._made().run()

    def _made(self) -> FileJobs:
        if self._jobs is None:
            from ocppkit.station.file_jobs import FileJobs  # noqa: PLC0415  # large, and rare

            self._jobs = FileJobs(self._core)
            self._wanted.set()
            for listener in self._listeners:
                listener()
        return self._jobs
