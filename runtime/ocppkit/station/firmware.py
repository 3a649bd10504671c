"""Updates of the firmware: fetched in time, installed when nobody charges (L01; 1.6 §5.19)."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve, field, frozen

from ocppkit.station.announcing import Announcer
from ocppkit.station.boot import BootReason
from ocppkit.station.capabilities import Capability, InstallOutcome
from ocppkit.station.file_place import FilePlace
from ocppkit.station.hardware import RebootReason
from ocppkit.station.pausing import ended, pause
from ocppkit.station.records import UNREADABLE, converter
from ocppkit.station.transaction import Cause
from ocppkit.transfer import TransferFailed, Transfers

if TYPE_CHECKING:
    from ocppkit.station.core import StationCore

__all__ = ["FirmwareJob", "FirmwareStatus", "FirmwareUpdates"]

_logger = logging.getLogger(__name__)

_NAMESPACE: Final = "firmware"
_JOB, _UNTOLD = "job", "untold"
_FILE: Final = "firmware.bin"
_ANSWER_TIME: Final = 1.0  # seconds, within which the request is answered, if at all


class FirmwareStatus(StrEnum):
    """How far an update is (FirmwareStatusEnumType)."""

    DOWNLOADED = "Downloaded"
    DOWNLOAD_FAILED = "DownloadFailed"
    DOWNLOADING = "Downloading"
    DOWNLOAD_SCHEDULED = "DownloadScheduled"
    IDLE = "Idle"
    INSTALLATION_FAILED = "InstallationFailed"
    INSTALLED = "Installed"
    INSTALLING = "Installing"
    INSTALL_REBOOTING = "InstallRebooting"
    INSTALL_SCHEDULED = "InstallScheduled"
    INSTALL_VERIFICATION_FAILED = "InstallVerificationFailed"


_FETCHED: Final = frozenset({FirmwareStatus.DOWNLOADED, FirmwareStatus.INSTALL_SCHEDULED})
_BEYOND_RECALL: Final = frozenset({FirmwareStatus.INSTALLING, FirmwareStatus.INSTALL_REBOOTING})
_FAILURES: Final = {
    InstallOutcome.FAILED: FirmwareStatus.INSTALLATION_FAILED,
    InstallOutcome.VERIFICATION_FAILED: FirmwareStatus.INSTALL_VERIFICATION_FAILED,
}


@frozen(kw_only=True)
class FirmwareJob:
    """A firmware that is to be installed.

    Attributes:
        location: its URL, which may hold credentials.
        retrieve_at: not to be fetched before.
        retries: of the download; None where the station decides.
        retry_interval: between its attempts, in seconds; None where the station decides.
        status: how far it is.
        version_before: what the equipment said it had when the installation began.
    """

    location: str = field(repr=False)
    retrieve_at: datetime
    retries: int | None = None
    retry_interval: int | None = None
    status: FirmwareStatus = FirmwareStatus.DOWNLOAD_SCHEDULED
    version_before: str | None = None


class FirmwareUpdates:
    """The update that is under way, of which there is one; it outlasts a restart.

    Attributes:
        announcer: tells the CSMS how far it is.
        transfers: fetches the files.
    """

    def __init__(self, core: StationCore, *, transfers: Transfers, place: FilePlace) -> None:
        """Update nothing yet.

        Args:
            core: the station.
            transfers: fetches the files.
            place: where to.
        """
        self.transfers = transfers
        self.announcer: Announcer[FirmwareStatus] = Announcer(
            link=core.link, version=lambda: core.dialect.version, keep=self._keep
        )
        self._core = core
        self._place = place
        self._job: FirmwareJob | None = None
        self._loaded = asyncio.Event()
        self._wanted = asyncio.Event()
        self._answered = asyncio.Event()
        self._clock_set = asyncio.Event()
        self._work: asyncio.Task[None] | None = None
        core.link.on_clock_set(lambda _: self._clock_set.set())

    @property
    def status(self) -> FirmwareStatus:
        """How far the update is; Idle where there is none."""
        return FirmwareStatus.IDLE if self._job is None else self._job.status

    async def request(self, job: FirmwareJob) -> bool:
        """Take a job in place of the one under way; once this returns it outlasts a restart.

        Returns:
            Whether it is taken: not while another is being installed.
        """
        await self._loaded.wait()
        if self.status in _BEYOND_RECALL:
            return False
        if self._work is not None and not self._work.done():
            _logger.info("another firmware is asked for: the one under way is given up")
            await ended(self._work)
        self._job = job
        self._answered.clear()
        await self._keep()
        self._wanted.set()
        return True

    def begin(self) -> None:
        """The request has been answered: what follows may be told."""
        self._answered.set()

    async def run(self) -> None:
        """Work on jobs for ever."""
        if not self._loaded.is_set():
            await self._load()
        if self._job is not None and self._job.status in _BEYOND_RECALL:
            await self._conclude(self._job)
        elif self._job is not None:
            self._answered.set()
            self._wanted.set()
        self._loaded.set()
        telling = asyncio.ensure_future(self.announcer.run())
        try:
            while True:
                await self._wanted.wait()
                self._wanted.clear()
                if self._job is None:
                    continue
                self._work = asyncio.ensure_future(self._do(self._job))
                await asyncio.wait({self._work, telling}, return_when=asyncio.FIRST_COMPLETED)
                if telling.done():
                    break
                if not self._work.cancelled():
                    self._work.result()
        finally:
            if self._work is not None:
                await ended(self._work)
            await ended(telling)

    async def _load(self) -> None:
        kept = await self._core.store.key_values.all(_NAMESPACE)
        try:
            untold = json.loads(kept.get(_UNTOLD, "[]"))
            self.announcer.restore(FirmwareStatus(each) for each in untold)
            if _JOB in kept:
                self._job = converter().structure(json.loads(kept[_JOB]), FirmwareJob)
        except UNREADABLE:
            _logger.exception("the firmware update that was under way cannot be read")

    async def _conclude(self, job: FirmwareJob) -> None:
        """Say what became of an installation that nobody saw the end of."""
        version = self._core.hardware.description.firmware_version
        another = version != job.version_before
        if job.status is FirmwareStatus.INSTALL_REBOOTING and not another:
            _logger.warning("after the update the firmware is still %s", version)
        rebooted = job.status is FirmwareStatus.INSTALL_REBOOTING
        done = rebooted or another
        await self._end(FirmwareStatus.INSTALLED if done else FirmwareStatus.INSTALLATION_FAILED)

    async def _do(self, job: FirmwareJob) -> None:
        environment, now = self._core.environment, self._core.link.now
        await pause(_ANSWER_TIME, self._answered, sleep=environment.sleep)
        while (left := job.retrieve_at - now()) > timedelta():
            await pause(left.total_seconds(), self._clock_set, sleep=environment.sleep)
        try:
            path = await self._fetched(job)
        except (TransferFailed, OSError) as error:
            _logger.warning("the firmware could not be fetched: %s", error)
            await self._end(FirmwareStatus.DOWNLOAD_FAILED)
            return
        except Exception:  # it would fail the same way after each restart
            _logger.exception("the firmware could not be fetched")
            await self._end(FirmwareStatus.DOWNLOAD_FAILED)
            return
        try:
            await self._idle()
            await self._turn(FirmwareStatus.INSTALLING)
            outcome = await self._core.hardware.install_firmware(path, lambda _: None)
            with suppress(OSError):
                await asyncio.to_thread(path.unlink, missing_ok=True)
            if outcome is InstallOutcome.REBOOT_NEEDED:
                await self._turn(FirmwareStatus.INSTALL_REBOOTING)
                await self._core.reset(
                    RebootReason.FIRMWARE_UPDATE, Cause.SOFT_RESET, BootReason.FIRMWARE_UPDATE
                )
            await self._end(_FAILURES.get(outcome, FirmwareStatus.INSTALLED))
        finally:
            self._withhold(withheld=False)

    async def _fetched(self, job: FirmwareJob) -> Path:
        """Fetch the firmware, unless it is there from before a restart.

        Raises:
            TransferFailed: it did not come.
            OSError: there is no place for it.
        """
        path = await asyncio.to_thread(self._place.folder) / _FILE
        if job.status in _FETCHED and await asyncio.to_thread(path.is_file):
            return path
        await self._turn(FirmwareStatus.DOWNLOADING)
        await self.transfers.download(
            job.location,
            path,
            retries=job.retries,
            retry_interval=job.retry_interval,
            limit=await asyncio.to_thread(self._place.room),
        )
        await self._turn(FirmwareStatus.DOWNLOADED)
        return path

    async def _idle(self) -> None:
        """Wait until nobody charges; nobody begins to meanwhile (errata §3.49)."""
        changed = asyncio.Event()
        unsubscribe = self._core.changes.subscribe(lambda _: changed.set())
        try:
            self._withhold(withheld=True)
            if self._busy:
                await self._turn(FirmwareStatus.INSTALL_SCHEDULED)
            while self._busy:
                await changed.wait()
                changed.clear()
        finally:
            unsubscribe()

    @property
    def _busy(self) -> bool:
        evses = self._core.evses.values()
        return any(each.transaction or each.authorization for each in evses)

    def _withhold(self, *, withheld: bool) -> None:
        operability = self._core.operability
        if operability.withheld is not withheld:
            operability.withheld = withheld
            for evse in (0, *self._core.evses):
                self._core.changed(evse)

    async def _turn(self, status: FirmwareStatus) -> None:
        """Go on to a status, which the CSMS is told once it is kept."""
        job = self._job
        if job is None or job.status is status:
            return
        if status is FirmwareStatus.INSTALLING:
            job = evolve(job, version_before=self._core.hardware.description.firmware_version)
        self._job = evolve(job, status=status)
        self.announcer.add(status)
        await self._keep()

    async def _end(self, status: FirmwareStatus) -> None:
        self._job = None
        self.announcer.add(status)
        await self._keep()

    async def _keep(self) -> None:
        job = self._job
        text = None if job is None else json.dumps(converter().unstructure(job))
        untold = self.announcer.untold
        values = {_JOB: text, _UNTOLD: json.dumps(untold) if untold else None}
        await self._core.store.key_values.put(_NAMESPACE, values)

    @property
    def possible(self) -> bool:
        """Whether the equipment takes new firmware."""
        return self._core.hardware.can(Capability.FIRMWARE)
