"""The database of a store as its thread knows it: on the disk, or in memory while that fails."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from ocppkit.clock import SystemClock
from ocppkit.store.checking import OutboxCheck
from ocppkit.store.files import (
    Connect,
    Ruined,
    close_quietly,
    is_disk_fault,
    is_large,
    is_ruin,
    open_to_read,
    open_to_write,
    set_aside,
)
from ocppkit.store.image import Image, connect_memory
from ocppkit.store.incident import Incident, IncidentKind, StoreInUse
from ocppkit.store.migrations import migrate
from ocppkit.store.work import Job
from ocppkit.value import Value

__all__ = ["Database", "Outcome"]

_clock = SystemClock()

_logger = logging.getLogger(__name__)

_TRIES: Final = 3  # of a group: on the file, on another in its place, in memory


@frozen(eq=False, repr=False)
class Outcome(Value):
    """What came of a job.

    Attributes:
        result: what it returned.
        error: what it raised; then nothing of it was written.
    """

    result: Any = None
    error: BaseException | None = None


class Database:
    """Runs jobs, each group in one commit; all calls come from one thread.

    Attributes:
        degraded: whether the disk takes no writes, so that what is new is in memory only.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        report: Callable[[Incident], None],
        patience: float,
        connect: Connect = sqlite3.connect,
        utc_now: Callable[[], datetime] = _clock.utc_now,
    ) -> None:
        """Prepare a database; `open` it before anything else.

        Args:
            path: of its file; None for one that lasts as long as the process.
            report: is told what happens to it.
            patience: how long to wait for another process at opening, in seconds.
            connect: makes connections to files.
            utc_now: the time of day.
        """
        self.degraded = False
        self._path = path
        self._report = report
        self._patience = patience
        self._connect = connect
        self._utc_now = utc_now
        self._disk: sqlite3.Connection | None = None
        self._writable = False  # whether the connection is; the disk may be full all the same
        self._image: Image | None = None
        self._check: OutboxCheck | None = None  # what of a large file is still to be checked
        self._fresh = False  # whether the file is another than the one that the image was made of

    def open(self) -> None:
        """Open the file, or what can be had instead.

        Raises:
            StoreInUse: another process has it open.
        """
        if self._path is None:
            self._disk = connect_memory()
            migrate(self._disk)
            return
        try:
            self._open_or_start_anew(self._path)
        except (sqlite3.Error, OSError, Ruined) as error:
            self._disk = open_to_read(self._path, connect=self._connect)
            _ = self._degrade(error)

    def close(self) -> None:
        """Write what can be written, and close the file."""
        if self.degraded and not self.recover():
            _logger.error("the disk takes no writes: what was kept in memory is lost")
        if self._image is not None:
            self._image.connection.close()
        close_quietly(self._disk)
        self._disk = self._image = None

    def transact(self, jobs: Sequence[Job[Any]]) -> list[Outcome]:
        """Run jobs in one commit; a job that raises does not disturb the others."""
        for number in range(_TRIES):
            connection = self._connection()
            try:
                connection.execute("BEGIN")
                outcomes = [_attempt(connection, job) for job in jobs]
                connection.execute("COMMIT")
            except (sqlite3.Error, OSError, Ruined) as error:
                self._after(error, again=number > 0)
            else:
                return outcomes
        msg = "the store cannot write, not even in memory"
        raise RuntimeError(msg)

    def check_some(self) -> bool:
        """Check some more of a large file that was opened; whether any of it is left."""
        check = self._check
        if check is None or self.degraded:
            return False
        outcome = self.transact([check.step])[0]
        if self._check is check and not outcome.result:
            self._check = None
            _logger.info("the messages of a large store have been checked")
        return self._check is not None

    def recover(self) -> bool:
        """Bring what is in memory to the disk, if that takes it now; whether it did."""
        image = self._image
        if image is None or self._path is None:
            return True
        try:
            self._reopen(self._path, image)
            disk = self._opened()
            disk.execute("BEGIN IMMEDIATE")
            image.write_back(disk, fresh=self._fresh)
            disk.execute("COMMIT")
        except (sqlite3.Error, OSError, StoreInUse, Ruined) as error:
            _logger.debug("the disk still takes no writes: %s", error)
            self._give_up_recovery(self._path, image, error)
            return False
        self._image = None
        self._fresh = self.degraded = False
        self._tell(IncidentKind.RECOVERED, "the disk takes writes again, and took what waited")
        image.connection.close()
        return True

    def _connection(self) -> sqlite3.Connection:
        if self._image is not None:
            try:
                self._image.refill()
            except sqlite3.Error:
                _logger.exception("messages on the disk cannot be read for now")
                self._image.disk = None
            return self._image.connection
        return self._opened()

    def _opened(self) -> sqlite3.Connection:
        if self._disk is None:
            msg = "the store is not open"
            raise RuntimeError(msg)
        return self._disk

    def _after(self, error: Exception, *, again: bool) -> None:
        """Find another place to write to; raises what no other place helps against."""
        if self._image is not None or self._path is None:
            _roll_back(self._image.connection if self._image else self._disk)
            raise error
        _roll_back(self._disk)
        if not (is_disk_fault(error) or is_ruin(error)):
            raise error
        image = self._degrade(error)
        if is_ruin(error) and not again:  # what can be read goes along into another file
            self._give_up_recovery(self._path, image, error)
            self.recover()

    def _open_or_start_anew(self, path: Path) -> None:
        try:
            self._open_to_write(path)
        except Ruined as error:
            if self._fresh:  # what stands here has only just been made: the disk is at fault
                raise
            self._start_anew(path, error)

    def _start_anew(self, path: Path, error: BaseException) -> None:
        """Set the file aside and open another in its place."""
        self._let_go()
        kept = set_aside(path, self._utc_now())
        self._tell(IncidentKind.SET_ASIDE, str(error), kept_as=kept)
        self._fresh = self._image is not None
        self._open_to_write(path)

    def _open_to_write(self, path: Path) -> None:
        self._disk = open_to_write(path, connect=self._connect, patience=self._patience)
        self._writable = True
        self._check = OutboxCheck() if is_large(self._disk) else None

    def _let_go(self) -> None:
        self._check = None
        close_quietly(self._disk)
        self._disk = None
        self._writable = False
        if self._image is not None:
            self._image.disk = None

    def _reopen(self, path: Path, image: Image) -> None:
        """Get a connection that may write, also where there was only one to read."""
        if self._disk is not None and self._writable:
            return
        self._let_go()
        self._open_or_start_anew(path)
        if not (image.blind or self._fresh):
            image.disk = self._disk

    def _give_up_recovery(self, path: Path, image: Image, error: BaseException) -> None:
        """Go back to reading, so that the next attempt can be made."""
        _roll_back(self._disk)
        if is_ruin(error) and not self._fresh:
            try:
                self._start_anew(path, error)
            except (sqlite3.Error, OSError, Ruined) as worse:
                _logger.debug("no file can be made in place of a corrupt one: %s", worse)
        elif self._disk is None:
            self._disk = open_to_read(path, connect=self._connect)
            if not (image.blind or self._fresh):
                image.disk = self._disk

    def _degrade(self, error: BaseException) -> Image:
        """Go on in memory, with what can be read."""
        first_id = int(self._utc_now().timestamp() * 1e6)
        try:
            image = Image(self._disk, first_id=first_id)
        except sqlite3.Error:
            _logger.exception("what is in the store cannot be read")
            image = Image(None, first_id=first_id)
        self._image = image
        self.degraded = True
        self._tell(IncidentKind.DEGRADED, str(error))
        return image

    def _tell(self, kind: IncidentKind, reason: str, *, kept_as: Path | None = None) -> None:
        _logger.log(
            logging.INFO if kind is IncidentKind.RECOVERED else logging.ERROR,
            "store %s: %s",
            kind,
            reason,
        )
        self._report(Incident(kind=kind, at=self._utc_now(), reason=reason, kept_as=kept_as))


def _attempt(connection: sqlite3.Connection, job: Job[Any]) -> Outcome:
    """Run a job so that its failure takes only its own writes back.

    Raises:
        sqlite3.Error: the file or the disk is at fault, which concerns all jobs.
    """
    connection.execute("SAVEPOINT job")
    try:
        outcome = Outcome(job(connection))
    except Exception as error:
        if is_disk_fault(error) or is_ruin(error):
            raise
        connection.execute("ROLLBACK TO job")
        outcome = Outcome(error=error)
    connection.execute("RELEASE job")
    return outcome


def _roll_back(connection: sqlite3.Connection | None) -> None:
    if connection is not None and connection.in_transaction:
        try:
            connection.execute("ROLLBACK")
        except sqlite3.Error:
            _logger.debug("the store could not be rolled back", exc_info=True)
