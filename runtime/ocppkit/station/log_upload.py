"""Uploads of logs and diagnostics that the CSMS asks for (N01; 1.6 §5.9)."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from contextlib import suppress
from datetime import UTC
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve, field, frozen

from ocppkit.station.announcing import Announcer
from ocppkit.station.capabilities import Capability, LogKind
from ocppkit.station.diagnostics import (
    Period,
    log_files,
    write_diagnostics,
    write_security_log,
)
from ocppkit.station.file_place import FilePlace
from ocppkit.station.file_work import LOG_UPLOADS
from ocppkit.station.messages import message_log_file
from ocppkit.station.pausing import ended, pause
from ocppkit.station.records import UNREADABLE, converter
from ocppkit.transfer import AccessRefused, TransferFailed, Transfers, UnfitLocation
from ocppkit.transfer.threads import to_its_end
from ocppkit.value import Value

if TYPE_CHECKING:
    from ocppkit.station.core import StationCore

__all__ = ["LogOrder", "LogTaken", "LogUploads", "UploadNotice", "UploadStatus"]

_logger = logging.getLogger(__name__)

_NAMESPACE: Final = LOG_UPLOADS
_BEGUN, _UNTOLD = "begun", "untold"
_ANSWER_TIME: Final = 1.0  # seconds, within which the request is answered, if at all
_UNFIT = re.compile(r"[^A-Za-z0-9-]+")
_LONGEST_IDENTITY: Final = 40
_NAMES: Final = {LogKind.DIAGNOSTICS: ("diagnostics", "zip"), LogKind.SECURITY: ("security", "log")}


class UploadStatus(StrEnum):
    """How far an upload is (UploadLogStatusEnumType)."""

    IDLE = "Idle"
    NOT_SUPPORTED_OPERATION = "NotSupportedOperation"
    PERMISSION_DENIED = "PermissionDenied"
    UPLOADED = "Uploaded"
    UPLOADING = "Uploading"
    UPLOAD_FAILURE = "UploadFailure"


@frozen(kw_only=True, eq=False, repr=False)
class LogOrder(Value):
    """What the CSMS asks for.

    Attributes:
        location: the URL of a directory, which may hold credentials.
        kind: which log.
        request_id: the number of the request, where it has one.
        period: of what is wanted.
        retries: of the upload; None where the station decides.
        retry_interval: between its attempts, in seconds; None where the station decides.
        name: that the file has, once the order is taken.
    """

    location: str = field(repr=False)
    kind: LogKind = LogKind.DIAGNOSTICS
    request_id: int | None = None
    period: Period = field(factory=Period)
    retries: int | None = None
    retry_interval: int | None = None
    name: str = ""


@frozen(kw_only=True, eq=False, repr=False)
class LogTaken(Value):
    """What was made of an order.

    Attributes:
        name: that the file will have.
        canceled: whether another upload is given up for it.
    """

    name: str
    canceled: bool


@frozen(kw_only=True, eq=False, repr=False)
class UploadNotice(Value):
    """How far an upload is.

    Attributes:
        status: that.
        request_id: of the upload; None where its request had no number, and with Idle.
        name: of its file; empty after a restart, and with Idle.
    """

    status: UploadStatus
    request_id: int | None = None
    name: str = ""


class LogUploads:
    """The upload that is under way, of which there is one.

    A restart ends it: the CSMS is told that it failed, as nobody can ask for the rest of it.

    Attributes:
        announcer: tells the CSMS how far it is.
        transfers: sends the files.
    """

    def __init__(self, core: StationCore, *, transfers: Transfers, place: FilePlace) -> None:
        """Send nothing yet.

        Args:
            core: the station.
            transfers: sends the files.
            place: where they are made.
        """
        self.transfers = transfers
        self.announcer: Announcer[UploadNotice] = Announcer(
            link=core.link, version=lambda: core.dialect.version, keep=self._keep
        )
        self._core = core
        self._place = place
        self._log = message_log_file(core.config)
        self._work: asyncio.Task[None] | None = None
        self._order: LogOrder | None = None
        self._begun: list[LogOrder] = []  # whose end the CSMS will be told
        self._loaded = asyncio.Event()
        self._answered = asyncio.Event()

    @property
    def under_way(self) -> LogOrder | None:
        """What is being sent; None for nothing."""
        busy = self._work is not None and not self._work.done()
        return self._order if busy else None

    async def request(self, order: LogOrder) -> LogTaken | None:
        """Send a log, in place of the one under way, if there is any.

        Returns:
            None where there is nothing to send: what is under way goes on then.
        """
        core = self._core
        await self._loaded.wait()
        if not order.period.begins_by(core.now()) or not await self._is_there(order):
            return None
        at = core.now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        identity = _UNFIT.sub("-", core.config.identity)[:_LONGEST_IDENTITY]
        unique = _UNFIT.sub("-", core.environment.new_id())[:8]
        what, ending = _NAMES[order.kind]
        name = f"{what}-{identity}-{at}-{unique}.{ending}"
        order = evolve(order, name=name)
        self._begun.append(order)
        await self._keep()
        before, others, self._order = self._work, self.under_way, order
        self._answered = asyncio.Event()
        doing = self._do(order, self._answered, before=before, others=others)
        self._work = core.spawn(doing, name="log upload")
        return LogTaken(name=name, canceled=others is not None)

    def begin(self) -> None:
        """The request has been answered: what follows may be told."""
        self._answered.set()

    async def run(self) -> None:
        """Tell the CSMS for ever."""
        if not self._loaded.is_set():
            await self._load()
            self._loaded.set()
        await self.announcer.run()

    async def _load(self) -> None:
        """Take up what was to be told before the restart, and what that ended."""
        kept = await self._core.store.key_values.all(_NAMESPACE)
        if not kept:
            return
        try:
            untold = converter().structure(json.loads(kept.get(_UNTOLD, "[]")), list[UploadNotice])
            begun = converter().structure(json.loads(kept.get(_BEGUN, "[]")), list[int | None])
        except UNREADABLE:
            _logger.exception("the log uploads that were under way cannot be read")
            return
        failed = UploadStatus.UPLOAD_FAILURE
        ended_by_it = [UploadNotice(status=failed, request_id=number) for number in begun]
        self.announcer.restore([*untold, *ended_by_it])
        await self._keep()

    async def _keep(self) -> None:
        begun = [order.request_id for order in self._begun]
        untold = converter().unstructure(self.announcer.untold)
        values = {
            _BEGUN: json.dumps(begun) if begun else None,
            _UNTOLD: json.dumps(untold) if untold else None,
        }
        await self._core.store.key_values.put(_NAMESPACE, values)

    async def _is_there(self, order: LogOrder) -> bool:
        """Whether there is something to send."""
        if self._core.hardware.can(Capability.LOGS):
            return True
        period = order.period
        if order.kind is LogKind.SECURITY:
            log = self._core.security.log
            return bool(log.entries(oldest=period.oldest, latest=period.latest))
        return bool(await asyncio.to_thread(log_files, self._log, period))

    async def _do(
        self,
        order: LogOrder,
        answered: asyncio.Event,
        *,
        before: asyncio.Task[None] | None,
        others: LogOrder | None,
    ) -> None:
        try:
            await pause(_ANSWER_TIME, answered, sleep=self._core.environment.sleep)
        finally:  # also where this one is given up before its turn came
            if before is not None and others is not None and not before.done():
                _logger.info("another log is asked for: the one under way is given up")
                try:
                    await ended(before)
                finally:  # also where this one is given up meanwhile
                    await self._end(others, UploadStatus.UPLOAD_FAILURE)
        self._tell(order, UploadStatus.UPLOADING)
        await self._keep()
        try:
            await self._send(order)
        except (TransferFailed, OSError) as error:
            _logger.warning("the log could not be sent: %s", error)
            await self._end(order, _failure(error))
        except Exception:
            _logger.exception("the log could not be sent")
            await self._end(order, UploadStatus.UPLOAD_FAILURE)
        else:
            await self._end(order, UploadStatus.UPLOADED)

    async def _end(self, order: LogOrder, status: UploadStatus) -> None:
        begun = [each for each in self._begun if each is not order]
        if len(begun) == len(self._begun):  # its end was told already
            return
        self._begun = begun
        self._tell(order, status)
        await self._keep()

    def _tell(self, order: LogOrder, status: UploadStatus) -> None:
        notice = UploadNotice(status=status, request_id=order.request_id, name=order.name)
        self.announcer.add(notice)

    async def _send(self, order: LogOrder) -> None:
        folder, name = await to_its_end(self._cleared), order.name
        file, log = folder / name, folder / f"{name}.log"
        try:
            await self._collect(order, file, log)
            await self.transfers.upload(
                file,
                order.location,
                name=name,
                retries=order.retries,
                retry_interval=order.retry_interval,
            )
        finally:
            with suppress(OSError):
                file.unlink(missing_ok=True)
                log.unlink(missing_ok=True)

    def _cleared(self) -> Path:
        """The folder, without what a power cut left of earlier uploads.

        Raises:
            OSError: it cannot be made.
        """
        folder = self._place.folder()
        for what, _ in _NAMES.values():
            for left in folder.glob(f"{what}-*"):
                with suppress(OSError):
                    left.unlink()
        return folder

    async def _collect(self, order: LogOrder, file: Path, log: Path) -> None:
        core, period = self._core, order.period
        there = core.hardware.can(Capability.LOGS) and await core.hardware.collect_log(
            order.kind, log, oldest=period.oldest, latest=period.latest
        )
        if order.kind is LogKind.SECURITY:
            own = core.security.log.text(
                core.dialect.version, oldest=period.oldest, latest=period.latest
            )
            await to_its_end(write_security_log, file, own, log if there else None)
            return
        await to_its_end(
            write_diagnostics,
            file,
            state=self._state(),
            equipment_log=log if there else None,
            messages=await asyncio.to_thread(log_files, self._log, period),
            period=period,
        )

    def _state(self) -> dict[str, Any]:
        core = self._core
        description = core.hardware.description
        return {
            "identity": core.config.identity,
            "time": core.now().isoformat(),
            "version": core.dialect.version.value,
            "vendor": description.vendor,
            "model": description.model,
            "firmware": description.firmware_version,
            "online": core.online,
            "registration": core.link.registration.value,
            "operative": core.operative,
            "evses": [
                {
                    "evse": evse.id,
                    "operative": evse.operative,
                    "state": evse.state.value,
                    "transaction": evse.transaction.id if evse.transaction else None,
                    "connectors": [
                        {
                            "connector": each.id,
                            "plugged": each.plugged,
                            "operative": each.operative,
                            "fault": each.fault.kind.value if each.fault else None,
                        }
                        for each in evse.connectors.values()
                    ],
                }
                for evse in core.evses.values()
            ],
            "incidents": [
                {"time": each.at.isoformat(), "kind": each.kind.value, "reason": each.reason}
                for each in core.incidents
            ],
        }


def _failure(error: Exception) -> UploadStatus:
    """Why an upload failed, as precisely as the CSMS has a word for it (N01.FR.10)."""
    match error:
        case AccessRefused():
            return UploadStatus.PERMISSION_DENIED
        case UnfitLocation():
            return UploadStatus.NOT_SUPPORTED_OPERATION
        case _:
            return UploadStatus.UPLOAD_FAILURE
