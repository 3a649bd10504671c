"""Updates of the firmware: fetched in time, installed when nobody charges (L01; 1.6 §5.19)."""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve

from ocppkit.station.announcing import Announcer
from ocppkit.station.boot import BootReason
from ocppkit.station.capabilities import InstallOutcome
from ocppkit.station.file_place import FilePlace
from ocppkit.station.file_work import FIRMWARE
from ocppkit.station.firmware_job import (
    BEYOND_RECALL,
    FETCHED,
    VERIFIED,
    FirmwareJob,
    FirmwareNotice,
    FirmwareSignature,
    FirmwareStatus,
    FirmwareTaken,
)
from ocppkit.station.hardware import RebootReason, SecurityEvent
from ocppkit.station.pausing import ended, pause, within
from ocppkit.station.records import UNREADABLE, converter
from ocppkit.station.transaction import Cause
from ocppkit.transfer import TransferFailed, Transfers
from ocppkit.v201.codes import SecurityEvent as Event

if TYPE_CHECKING:
    from ocppkit.station.core import StationCore

__all__ = ["FirmwareUpdates"]

_logger = logging.getLogger(__name__)

_NAMESPACE: Final = FIRMWARE
_JOB, _LAST, _UNTOLD = "job", "last", "untold"
_FILE: Final = "firmware.bin"
_ANSWER_TIME: Final = 1.0  # seconds, within which the request is answered, if at all
_LOOK_AGAIN: Final = 10.0  # seconds, for what nobody tells of
_LONGEST_INFO: Final = 255


_FAILURES: Final = {
    InstallOutcome.FAILED: FirmwareStatus.INSTALLATION_FAILED,
    InstallOutcome.VERIFICATION_FAILED: FirmwareStatus.INSTALL_VERIFICATION_FAILED,
}


class FirmwareUpdates:
    """The update that is under way, of which there is one; it outlasts a restart.

    Attributes:
        announcer: tells the CSMS how far it is.
        last: what the CSMS was told last, also of an update that is over; None for nothing.
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
        self.announcer: Announcer[FirmwareNotice] = Announcer(
            link=core.link, version=lambda: core.dialect.version, keep=self._keep
        )
        self.last: FirmwareNotice | None = None
        self._core = core
        self._place = place
        self._job: FirmwareJob | None = None
        self._loaded = asyncio.Event()
        self._taking = asyncio.Lock()
        self._wanted = asyncio.Event()
        self._answered = asyncio.Event()
        self._clock_set = asyncio.Event()
        self._work: asyncio.Task[None] | None = None
        core.link.on_clock_set(lambda _: self._clock_set.set())

    @property
    def status(self) -> FirmwareStatus:
        """How far the update is; Idle where there is none."""
        return FirmwareStatus.IDLE if self._job is None else self._job.status

    @property
    def signed(self) -> bool:
        """Whether the update under way is of a signed firmware."""
        return self._job is not None and self._job.signature is not None

    @property
    def installing(self) -> bool:
        """Whether the equipment is at work: it must not be reset (B11.FR.06)."""
        return self.status in BEYOND_RECALL

    async def request(self, job: FirmwareJob) -> FirmwareTaken | None:
        """Take a job in place of the one under way; once this returns it outlasts a restart.

        Returns:
            None where it is not taken, as another is being installed.
        """
        await self._loaded.wait()
        async with self._taking:
            if self.installing:
                return None
            canceled = self._job is not None
            self._wanted.clear()  # or the old job would begin anew as soon as it has ended
            try:
                if self._work is not None and not self._work.done():
                    _logger.info("another firmware is asked for: the one under way is given up")
                    await ended(self._work)
                self._job = job
                self._answered.clear()
                await self._keep()
            finally:  # where this is given up meanwhile, one of them goes on
                self._wanted.set()
            return FirmwareTaken(canceled=canceled)

    async def signer_problem(self, certificate: str) -> str | None:
        """Why firmware of a signer is not taken; None where it is. Needs the extra ``security``.

        Args:
            certificate: the signer's, PEM.
        """
        from ocppkit.station.firmware_signature import signer_problem  # noqa: PLC0415  # an extra

        core = self._core
        return await signer_problem(
            certificate, certificates=core.security.certificates, now=core.now()
        )

    async def refuse_signer(self, problem: str) -> None:
        """Have the CSMS told that a signer is not trusted (L01.FR.02)."""
        await self._event(Event.INVALID_FIRMWARE_SIGNING_CERTIFICATE, problem)

    async def knows_manufacturer(self) -> bool:
        """Whether there are roots to check signers with, as far as can be told."""
        core = self._core
        if find_spec("cryptography") is None:
            return core.config.certificates.manufacturer_ca is not None
        from ocppkit.station.firmware_signature import (  # noqa: PLC0415  # an extra
            manufacturer_roots,
        )

        try:
            return bool(await manufacturer_roots(core.security.certificates))
        except OSError:
            return True

    def begin(self) -> None:
        """The request has been answered: what follows may be told."""
        self._answered.set()

    async def run(self) -> None:
        """Work on jobs for ever."""
        if not self._loaded.is_set():
            await self._load()
        if self._job is not None and self.installing:
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
            if _JOB in kept:
                self._job = converter().structure(json.loads(kept[_JOB]), FirmwareJob)
            if _LAST in kept:
                self.last = converter().structure(json.loads(kept[_LAST]), FirmwareNotice)
            if _UNTOLD in kept:
                untold = json.loads(kept[_UNTOLD])
                self.announcer.restore(converter().structure(untold, list[FirmwareNotice]))
        except UNREADABLE:
            _logger.exception("the firmware update that was under way cannot be read")

    async def _conclude(self, job: FirmwareJob) -> None:
        """Say what became of an installation that nobody saw the end of."""
        version = self._core.hardware.description.firmware_version
        another = version != job.version_before
        if job.status is FirmwareStatus.INSTALL_REBOOTING and not another:
            _logger.warning("after the update the firmware is still %s", version)
        await self._remove_file()
        rebooted = job.status is FirmwareStatus.INSTALL_REBOOTING
        done = rebooted or another
        await self._end(FirmwareStatus.INSTALLED if done else FirmwareStatus.INSTALLATION_FAILED)

    async def _do(self, job: FirmwareJob) -> None:
        await pause(_ANSWER_TIME, self._answered, sleep=self._core.environment.sleep)
        # Without a clock of its own it is 1970 after a restart, and the file may be there already.
        if job.status not in FETCHED and job.retrieve_at > self._core.now():
            await self._turn(FirmwareStatus.DOWNLOAD_SCHEDULED)
            await self._until(job.retrieve_at)
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
        if job.signature is not None and not await self._verified(path, job.signature):
            await self._remove_file()
            await self._event(Event.INVALID_FIRMWARE_SIGNATURE)
            await self._end(FirmwareStatus.INVALID_SIGNATURE)
            return
        if job.install_at is not None and job.install_at > self._core.now():
            await self._turn(FirmwareStatus.INSTALL_SCHEDULED)
            await self._until(job.install_at)
        try:
            await self._install(path)
        finally:
            self._withhold(withheld=False)

    async def _until(self, at: datetime) -> None:
        """Wait for a time of day, which comes at once where the clock is set to a later one."""
        while (left := at - self._core.now()) > timedelta():
            sleep = self._core.environment.sleep
            await pause(left.total_seconds(), self._clock_set, sleep=sleep)

    async def _install(self, path: Path) -> None:
        core = self._core
        await self._idle()
        await self._turn(FirmwareStatus.INSTALLING)
        outcome = await core.hardware.install_firmware(path, lambda _: None)
        await self._remove_file()
        if outcome is InstallOutcome.REBOOT_NEEDED:
            await self._turn(FirmwareStatus.INSTALL_REBOOTING)
            if core.online:  # (L01.FR.15)
                told = self.announcer.wait_told()
                await within(core.config.call_timeout, told, sleep=core.environment.sleep)
            await core.reset(
                RebootReason.FIRMWARE_UPDATE, Cause.SOFT_RESET, BootReason.FIRMWARE_UPDATE
            )
        await self._end(_FAILURES.get(outcome, FirmwareStatus.INSTALLED))

    async def _fetched(self, job: FirmwareJob) -> Path:
        """Fetch the firmware, unless it is there from before a restart.

        Raises:
            TransferFailed: it did not come.
            OSError: there is no place for it.
        """
        path = await asyncio.to_thread(self._place.folder) / _FILE
        if job.status in FETCHED and await asyncio.to_thread(path.is_file):
            return path
        await self._remove_file()  # of an update that was given up
        arrived = 0

        def progress(done: int, _: int | None) -> None:
            nonlocal arrived
            arrived = done

        async def wait(seconds: float) -> None:
            if arrived:  # else there is nothing that could pause (L01.FR.14)
                await self._turn(FirmwareStatus.DOWNLOAD_PAUSED)
            await self._core.environment.sleep(seconds)
            await self._turn(FirmwareStatus.DOWNLOADING)

        await self._turn(FirmwareStatus.DOWNLOADING)
        await self.transfers.download(
            job.location,
            path,
            retries=job.retries,
            retry_interval=job.retry_interval,
            limit=await asyncio.to_thread(self._place.room),
            progress=progress,
            wait=wait,
        )
        await self._turn(FirmwareStatus.DOWNLOADED)
        return path

    async def _remove_file(self) -> None:
        def remove() -> None:
            (self._place.folder() / _FILE).unlink(missing_ok=True)

        with suppress(OSError):
            await asyncio.to_thread(remove)

    async def _verified(self, path: Path, signature: FirmwareSignature) -> bool:
        """Check the signature, also again after a restart: the file lay on the disk meanwhile."""
        from ocppkit.station.firmware_signature import is_signed  # noqa: PLC0415  # an extra

        try:
            good = await is_signed(path, signature)
        except OSError as error:
            _logger.warning("the firmware cannot be read: %s", error)
            return False
        if good and self.status not in VERIFIED:
            await self._turn(FirmwareStatus.SIGNATURE_VERIFIED)
        return good

    async def _idle(self) -> None:
        """Wait until nobody charges; nobody begins to meanwhile (L01.FR.06; errata §3.49)."""
        changed = asyncio.Event()
        unsubscribe = self._core.changes.subscribe(lambda _: changed.set())
        try:
            self._withhold(withheld=True)
            for evse in self._core.evses.values():
                await evse.reconsider()  # who was about to begin has begun by then, or does not
            if self._busy:
                await self._turn(FirmwareStatus.INSTALL_SCHEDULED)
            while self._busy:
                await pause(_LOOK_AGAIN, changed, sleep=self._core.environment.sleep)
        finally:
            unsubscribe()

    @property
    def _busy(self) -> bool:
        """Whether anything has to end first; a driver without transaction can begin none now."""
        return self._core.awaits_reset or self._core.charging

    def _withhold(self, *, withheld: bool) -> None:
        core = self._core
        if core.operability.withheld is withheld:
            return
        core.operability.withheld = withheld
        for evse in (0, *core.evses):
            core.changed(evse)
        if not withheld:
            with suppress(RuntimeError):  # the station ends: there is nobody to begin
                for each in core.evses.values():
                    core.launch(each.reconsider(), name=f"EVSE {each.id} may be used again")

    async def _turn(self, status: FirmwareStatus) -> None:
        """Go on to a status, which the CSMS is told once it is kept."""
        job = self._job
        if job is None or job.status is status:
            return
        if status is FirmwareStatus.INSTALLING:
            job = evolve(job, version_before=self._core.hardware.description.firmware_version)
        self._job = evolve(job, status=status)
        self._announce(job, status)
        await self._keep()

    async def _end(self, status: FirmwareStatus) -> None:
        if status is FirmwareStatus.INSTALLED:  # (2.0.1 L01.FR.31)
            await self._event(Event.FIRMWARE_UPDATED)
        job, self._job = self._job, None
        if job is not None:
            self._announce(job, status)
        await self._keep()

    def _announce(self, job: FirmwareJob, status: FirmwareStatus) -> None:
        self.last = FirmwareNotice(status=status, request_id=job.request_id)
        untold = self.announcer.untold  # the first of which may be on its way
        paused = evolve(self.last, status=FirmwareStatus.DOWNLOAD_PAUSED)
        if len(untold) > 2 and untold[-2:] == [self.last, paused]:
            del untold[-1]  # else pauses would pile up while the CSMS is away
        else:
            self.announcer.add(self.last)

    async def _event(self, kind: Event, info: str | None = None) -> None:
        told = SecurityEvent(type=kind, tech_info=info and info[:_LONGEST_INFO])
        await self._core.security.events.add(told)

    async def _keep(self) -> None:
        def text(kept: object) -> str | None:
            return json.dumps(converter().unstructure(kept)) if kept else None

        values = {
            _JOB: text(self._job),
            _LAST: text(self.last),
            _UNTOLD: text(self.announcer.untold),
        }
        await self._core.store.key_values.put(_NAMESPACE, values)
