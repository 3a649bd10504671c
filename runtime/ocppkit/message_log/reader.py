"""Reads message logs: whole files, compressed ones, and one that is still written to."""

from __future__ import annotations

import gzip
import heapq
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, TypeAlias, cast

from attrs import frozen

from ocppkit.message_log.entry import BrokenLine, Entry, from_line
from ocppkit.message_log.files import number_of, series_of

__all__ = ["Flaw", "NotALog", "Report", "follow", "read_log", "read_logs"]

_BLOCK = 1 << 16


class NotALog(ValueError):
    """A file in which no line is one of a message log; the text says what is wrong with it."""


@frozen(kw_only=True)
class Flaw:
    """What was skipped.

    Attributes:
        path: the file.
        line: its number, from 1.
        reason: what is wrong with it.
        last: whether it is an unfinished last line: what a power cut leaves, or a log that is
            being written.
    """

    path: Path
    line: int
    reason: str
    last: bool

    def __str__(self) -> str:
        what = "the last line is unfinished" if self.last else f"broken line {self.line}"
        return f"{self.path}: {what}, skipped: {self.reason}"


Report: TypeAlias = Callable[[Flaw], None]
"""Told of what was skipped."""


def read_logs(paths: Iterable[Path], report: Report) -> Iterator[Entry]:
    """Read several files as one: those of one log as written, different logs merged by time.

    Raises:
        NotALog: a file is no message log.
        OSError: a file cannot be read.
    """
    series: dict[Path, list[Path]] = {}
    for path in paths:
        series.setdefault(series_of(path), []).append(path)
    streams = [_chained(sorted(group, key=_age), report) for group in series.values()]
    return heapq.merge(*streams, key=lambda entry: entry.time)


def read_log(path: Path, report: Report) -> Iterator[Entry]:
    """Read one file, compressed or not.

    Raises:
        NotALog: it is no message log.
        OSError: it cannot be read.
    """
    good = False
    number = 0
    broken: Flaw | None = None
    with _opened(path) as file:
        for number, line in _lines(file, path, report):
            if broken is not None:
                if not good:
                    raise NotALog(f"{path}: not a message log: line {broken.line}: {broken.reason}")
                report(broken)
                broken = None
            if not line.strip():
                continue
            try:
                entry = from_line(line)
            except BrokenLine as error:
                # What a cut leaves begins like a line, or is nothing but zeros.
                last = not line.endswith(b"\n") and (good or line[:1] in {b"{", b"\0"})
                broken = Flaw(path=path, line=number, reason=str(error), last=last)
                continue
            good = True
            yield entry
    if broken is not None:
        if not good and not broken.last:
            raise NotALog(f"{path}: not a message log: line {broken.line}: {broken.reason}")
        report(broken)


def follow(path: Path, report: Report, wait: Callable[[], None]) -> Iterator[Entry]:
    """Read a log that is being written, for ever, also when its file is set aside.

    Args:
        path: the file that is written to.
        report: told of broken lines.
        wait: called when there is nothing more at the moment; ends it by raising.

    Raises:
        OSError: the file cannot be read.
    """
    while True:
        with path.open("rb") as file:
            yield from _followed(file, path, report, wait)
        while not path.exists():
            wait()


def _followed(
    file: IO[bytes], path: Path, report: Report, wait: Callable[[], None]
) -> Iterator[Entry]:
    """The entries of a file until another one has its name."""
    number = 0
    rest = b""
    replaced = False
    while True:
        block = file.read(_BLOCK)
        if not block:
            if replaced:
                return
            # What was written before the file was set aside is still to be read.
            replaced = _is_replaced(file, path)
            if replaced:
                continue
            size = os.fstat(file.fileno()).st_size
            if size < file.tell():  # an unfinished line was cut off
                rest = b""
                file.seek(size)
            wait()
            continue
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            number += 1
            if not line.strip():
                continue
            try:
                yield from_line(line)
            except BrokenLine as error:
                report(Flaw(path=path, line=number, reason=str(error), last=False))


def _is_replaced(file: IO[bytes], path: Path) -> bool:
    try:
        return not os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return True


def _age(path: Path) -> float:
    number = number_of(path)
    return float("inf") if number is None else number


def _chained(paths: list[Path], report: Report) -> Iterator[Entry]:
    for path in paths:
        yield from read_log(path, report)


def _opened(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def _lines(file: IO[bytes], path: Path, report: Report) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        for number, line in enumerate(file, start=1):
            yield number, line
    except gzip.BadGzipFile as error:
        raise NotALog(f"{path}: {error}") from error
    except (EOFError, zlib.error) as error:
        report(Flaw(path=path, line=number + 1, reason=str(error), last=False))
