"""The file of a message log: lines are appended, and full files are set aside.

``messages.jsonl`` is written to; when it is full it becomes ``messages.000001.jsonl.gz`` and so
on. The numbers only grow, whatever the clock does, so setting aside is one rename, and file names
sort in the order in which they were written.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path

from attrs import field, frozen, validators

__all__ = ["RotatingFile", "Rotation", "number_of", "series_of"]

_logger = logging.getLogger(__name__)

_NUMBERED = re.compile(r"(?P<stem>.+)\.(?P<number>\d{6,})(?P<suffix>\.[^.]+)(?:\.gz)?")
_TAIL = 1 << 16  # how much is looked at at a time for the last line end


@frozen(kw_only=True)
class Rotation:
    """When a file is set aside, and how many are kept.

    Attributes:
        max_size: of a file, in bytes; a single longer line still gets into one.
        keep: how many files are kept beside the one that is written to.
        daily: whether each day (UTC) gets a file of its own.
        compress: whether files that are set aside are compressed with gzip.
    """

    max_size: int = field(default=10_000_000, validator=validators.gt(0))
    keep: int = field(default=5, validator=validators.ge(0))
    daily: bool = False
    compress: bool = True


def series_of(path: Path) -> Path:
    """The file that is written to, of one that was set aside; any other file is its own."""
    match = _NUMBERED.fullmatch(path.name)
    if match:
        return path.with_name(match["stem"] + match["suffix"])
    return path.with_suffix("") if path.suffix == ".gz" else path


def number_of(path: Path) -> int | None:
    """The number of a file that was set aside; None for the one that is written to."""
    match = _NUMBERED.fullmatch(path.name)
    return int(match["number"]) if match else None


class RotatingFile:
    """The file that is written to, with those set aside; for one thread of one process."""

    def __init__(self, path: Path, rotation: Rotation) -> None:
        """Say where; nothing is opened before the first line."""
        self._path = path
        self._rotation = rotation
        self._descriptor: int | None = None
        self._size = 0
        self._day: date | None = None
        self._written = False

    def write(self, line: bytes, day: date) -> None:
        """Append a line, which ends with a line end, as a whole or not at all.

        Args:
            line: what to write.
            day: of the line, for a daily log.

        Raises:
            OSError: it could not be written; the file is closed, another call tries anew.
        """
        with self._closed_on_error():
            descriptor = self._open(day)
            if self._is_full(len(line), day):
                self._set_aside()
                descriptor = self._open(day)
            self._append(descriptor, line)
            self._day = day
            self._written = True

    def sync(self) -> None:
        """Have the disk hold what was written.

        Raises:
            OSError: the disk does not.
        """
        if self._written and self._descriptor is not None:
            with self._closed_on_error():
                os.fsync(self._descriptor)
                self._written = False

    def close(self) -> None:
        """Close the file; it may be written to again."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            with suppress(OSError):
                os.close(descriptor)

    def repair(self) -> int:
        """Cut off a last line that was not finished, as a power cut leaves it.

        Returns:
            How many bytes were cut off.

        Raises:
            OSError: the file cannot be read or written.
        """
        try:
            file = self._path.open("r+b")
        except FileNotFoundError:
            return 0
        with file:
            size = whole = file.seek(0, os.SEEK_END)
            while whole > 0:
                start = max(0, whole - _TAIL)
                file.seek(start)
                end = file.read(whole - start).rfind(b"\n")
                if end >= 0:
                    whole = start + end + 1
                    break
                whole = start
            if whole < size:
                file.truncate(whole)
            return size - whole

    def tidy(self) -> None:
        """Finish what a power cut left half done, and remove files beyond what is kept.

        Raises:
            OSError: a file cannot be removed.
        """
        for part in self._path.parent.glob(f"{_escaped(self._path.stem)}.*.part"):
            part.unlink(missing_ok=True)
        numbered = self._numbered()
        names = {path.name for _, path in numbered}
        for number, path in numbered[:]:
            if path.suffix != ".gz" and f"{path.name}.gz" in names:
                path.unlink(missing_ok=True)
                numbered.remove((number, path))
        for _, path in numbered[: max(0, len(numbered) - self._rotation.keep)]:
            path.unlink(missing_ok=True)

    @contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            self.close()
            raise

    def _open(self, day: date) -> int:
        if self._descriptor is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            existed = self._path.exists()
            # Messages are nobody else's business.
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, 0o600)
            status = os.fstat(self._descriptor)
            self._size = status.st_size
            if self._size:
                self._day = datetime.fromtimestamp(status.st_mtime, UTC).date()
            else:
                self._day = day
            if not existed:
                self._sync_folder()
        return self._descriptor

    def _is_full(self, more: int, day: date) -> bool:
        if self._size == 0:
            return False
        another_day = self._rotation.daily and day != self._day
        return another_day or self._size + more > self._rotation.max_size

    def _append(self, descriptor: int, line: bytes) -> None:
        done = 0
        try:
            while done < len(line):
                done += os.write(descriptor, line[done:])
        except OSError:
            with suppress(OSError):  # what is left is cut off when the log is next started
                os.ftruncate(descriptor, self._size)
            raise
        self._size += done

    def _set_aside(self) -> None:
        self.sync()
        self.close()
        numbered = self._numbered()
        number = numbered[-1][0] + 1 if numbered else 1
        aside = self._path.with_name(f"{self._path.stem}.{number:06}{self._path.suffix}")
        self._path.replace(aside)
        self._sync_folder()
        if self._rotation.compress and self._rotation.keep:
            try:
                self._compress(aside)
            except OSError as error:
                _logger.warning("%s stays uncompressed: %s", aside, error)
        self.tidy()

    def _compress(self, path: Path) -> None:
        import gzip  # noqa: PLC0415  # for files that are set aside only

        part = path.with_name(f"{path.name}.part")
        with path.open("rb") as source, part.open("wb") as sink:
            os.fchmod(sink.fileno(), 0o600)
            with gzip.GzipFile(fileobj=sink, mode="wb", filename="", mtime=0) as packed:
                shutil.copyfileobj(source, packed)
            sink.flush()
            os.fsync(sink.fileno())
        part.replace(path.with_name(f"{path.name}.gz"))
        self._sync_folder()
        path.unlink()

    def _numbered(self) -> list[tuple[int, Path]]:
        """The files that were set aside, oldest first."""
        found = [
            (number, path)
            for path in self._path.parent.glob(f"{_escaped(self._path.stem)}.*")
            if series_of(path) == self._path and (number := number_of(path)) is not None
        ]
        return sorted(found)

    def _sync_folder(self) -> None:
        descriptor = os.open(self._path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _escaped(stem: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", stem)
