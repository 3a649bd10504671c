"""A file that is not all there yet, and what it takes to go on with it after a restart."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Any

from ocppkit.transfer.errors import TooLarge, TransferFailed
from ocppkit.transfer.location import Location

__all__ = ["PartialFile", "opened"]


@asynccontextmanager
async def opened(source: Path) -> AsyncIterator[IO[bytes]]:
    """A file to send; closed also where whoever reads it is cancelled meanwhile.

    Raises:
        OSError: it cannot be read.
    """
    opening = asyncio.ensure_future(asyncio.to_thread(source.open, "rb"))
    try:
        file = await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close)
        raise
    with file:
        yield file


def _close(opening: asyncio.Future[Any]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


class PartialFile:
    """What is there of a file: ``name.part`` beside it, and ``name.part.json`` about that.

    Its methods block: they are not for the thread of an event loop.

    Attributes:
        size: how much is there, in bytes.
        validator: what tells this content from a later one under the same name; None for nothing.
        total: how large the whole is; None where nobody said.
    """

    def __init__(self, target: Path, source: Location, *, limit: int | None) -> None:
        """Look at nothing yet.

        Args:
            target: where the whole goes.
            source: from where; what is there from elsewhere does not count.
            limit: how large the whole may be, in bytes.
        """
        self.size = 0
        self.validator: str | None = None
        self.total: int | None = None
        self._target = target
        self._source = hashlib.sha256(source.url.encode()).hexdigest()
        self._limit = limit
        self._part = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")
        self._file: IO[bytes] | None = None

    def look(self) -> None:
        """See what is there.

        Raises:
            OSError: the disk does not let us.
        """
        self.size, self.validator, self.total = 0, None, None
        try:
            note = json.loads(self._note.read_text())
            size = self._part.stat().st_size
        except (FileNotFoundError, ValueError):
            return
        if isinstance(note, dict) and note.get("source") == self._source:
            self.size = size
            self.validator = note.get("validator")
            self.total = note.get("total")

    def begin(self, *, at: int, validator: str | None, total: int | None) -> None:
        """Take what comes from now on.

        Args:
            at: where it goes on: at 0, or at `size`.
            validator: of the content.
            total: how large the whole is.

        Raises:
            TooLarge: the whole is larger than allowed.
            OSError: the disk does not take it.
        """
        self._check(total or 0)
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self.size, self.validator, self.total = at, validator, total
        if at == 0:
            self._part.unlink(missing_ok=True)
        note = {"source": self._source, "validator": validator, "total": total}
        self._note.write_text(json.dumps(note))
        self._file = self._part.open("ab")

    def write(self, data: bytes) -> None:
        """Append what came.

        Raises:
            TooLarge: there is more than allowed.
            TransferFailed: there is more than was said.
            OSError: the disk does not take it.
        """
        if self._file is None:
            msg = "begin first"
            raise RuntimeError(msg)
        self._check(self.size + len(data))
        if self.total is not None and self.size + len(data) > self.total:
            self.discard()
            raise TransferFailed("more came than the server had said")
        self._file.write(data)
        self.size += len(data)

    def finish(self) -> None:
        """Put the whole where it belongs, so that it is there at once or not at all.

        Raises:
            TransferFailed: it is not the whole.
            OSError: the disk does not take it.
        """
        if self._file is None:
            msg = "begin first"
            raise RuntimeError(msg)
        if self.total is not None and self.size < self.total:
            raise TransferFailed(f"only {self.size} of {self.total} bytes came")
        self._file.flush()
        os.fsync(self._file.fileno())
        self.close()
        self._part.replace(self._target)
        self._note.unlink(missing_ok=True)
        if os.name == "posix":
            folder = os.open(self._target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def discard(self) -> None:
        """Forget what is there."""
        self.close()
        with suppress(OSError):
            self._part.unlink(missing_ok=True)
            self._note.unlink(missing_ok=True)
        self.size, self.validator, self.total = 0, None, None

    def close(self) -> None:
        """Leave it as it is."""
        if self._file is not None:
            file, self._file = self._file, None
            with suppress(OSError):
                file.close()

    def _check(self, size: int) -> None:
        if self._limit is not None and size > self._limit:
            self.discard()
            raise TooLarge(f"the file is larger than the {self._limit} bytes that it may have")
