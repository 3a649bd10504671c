"""What fetches firmware and sends diagnostics; `FileWork` loads it once there is such work."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

from ocppkit.security.profile import PROFILES
from ocppkit.security.tls import client_context
from ocppkit.station.file_place import FilePlace
from ocppkit.station.firmware import FirmwareUpdates
from ocppkit.station.log_upload import LogUploads
from ocppkit.station.settings.behaviour import Transfer, UploadMethod
from ocppkit.transfer import FileTransfers, Transfers, TransferSettings

if TYPE_CHECKING:
    from ocppkit.station.core import StationCore

__all__ = ["FileJobs", "transfer_settings"]

_TLS_WITHOUT_CERTIFICATE = PROFILES[2]


def transfer_settings(told: Transfer) -> TransferSettings:
    """How files are transferred, as the configuration has it."""
    return TransferSettings(
        schemes=frozenset(each.value.lower() for each in told.protocols),
        connect_timeout=told.connect_timeout,
        idle_timeout=told.idle_timeout,
        retries=told.retries,
        retry_interval=told.retry_interval,
        ftp_passive=told.ftp_passive,
        post=told.upload_method is UploadMethod.POST,
        max_redirects=told.max_redirects,
        min_throughput=told.min_throughput,
        known_hosts=told.known_hosts,
    )


class FileJobs:
    """The jobs that have to do with files.

    Attributes:
        firmware: updates it.
        logs: sends them.
    """

    def __init__(self, core: StationCore) -> None:
        """Do nothing yet."""
        self._core = core
        transfers = FileTransfers(
            transfer_settings(core.config.transfer),
            tls=self._tls,
            sleep=core.environment.sleep,
        )
        place = FilePlace(core.config.storage.state_dir)
        self.firmware = FirmwareUpdates(core, transfers=transfers, place=place)
        self.logs = LogUploads(core, transfers=transfers, place=place)

    def use(self, transfers: Transfers) -> None:
        """Transfer files in another way from now on."""
        self.firmware.transfers = self.logs.transfers = transfers

    async def run(self) -> None:
        """Work for ever."""
        async with asyncio.TaskGroup() as tasks:
            _ = tasks.create_task(self.firmware.run(), name="firmware")
            _ = tasks.create_task(self.logs.run(), name="log uploads")

    async def _tls(self) -> ssl.SSLContext:
        """The TLS settings with a file server: the station's own roots, or the system's.

        Raises:
            ValueError: TLS cannot be set up.
            OSError: a root cannot be read.
        """
        ways = await self._core.security.certificates.ways(
            _TLS_WITHOUT_CERTIFICATE, system_roots=True
        )
        roots = [root for way in ways for root in way.roots]
        also_system = self._core.config.certificates.system_roots or not roots

        def make() -> ssl.SSLContext:
            context = client_context(
                _TLS_WITHOUT_CERTIFICATE,
                roots=roots,
                system_roots=also_system,
                allow_wildcards=True,  # what is said of wildcards is said of the CSMS
            )
            if context is None:
                msg = "there is no TLS"
                raise ValueError(msg)
            return context

        return await asyncio.to_thread(make)
