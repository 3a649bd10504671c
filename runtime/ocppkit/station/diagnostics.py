"""What diagnostics hold: the equipment's log, the messages, and how the station is."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ocppkit.message_log.files import series_of
from ocppkit.value import Value

if TYPE_CHECKING:
    from ocppkit.message_log.entry import Entry
    from ocppkit.message_log.reader import Flaw

__all__ = ["Period", "log_files", "write_diagnostics", "write_security_log"]

_logger = logging.getLogger(__name__)


@frozen(kw_only=True, eq=False, repr=False)
class Period(Value):
    """From when to when; None for no bound."""

    oldest: datetime | None = None
    latest: datetime | None = None

    def __contains__(self, at: datetime) -> bool:
        after = self.oldest is None or at >= self.oldest
        return after and (self.latest is None or at <= self.latest)

    def begins_by(self, now: datetime) -> bool:
        """Whether anything that has happened by now can be in it."""
        begun = self.oldest is None or self.oldest <= now
        never = self.oldest and self.latest and self.latest < self.oldest
        return begun and not never


def log_files(log: Path | None, period: Period) -> list[Path]:
    """The files of a message log that may hold something of a period.

    Args:
        log: the file that is written to; None where there is none.
        period: what is looked for.
    """
    if log is None or not log.parent.is_dir():
        return []
    since = None if period.oldest is None else period.oldest.timestamp()
    files = [each for each in log.parent.iterdir() if series_of(each) == log and each.is_file()]
    return sorted(each for each in files if _written_since(each, since))


def _written_since(file: Path, since: float | None) -> bool:
    try:
        about = file.stat()
    except FileNotFoundError:  # the log was turned over meanwhile
        return False
    return about.st_size > 0 and (since is None or about.st_mtime >= since)


def write_diagnostics(
    target: Path,
    *,
    state: Mapping[str, Any],
    equipment_log: Path | None,
    messages: list[Path],
    period: Period,
) -> None:
    """Put everything into one file, a zip.

    Args:
        target: the file.
        state: how the station is; any JSON.
        equipment_log: what the equipment has written; None for nothing.
        messages: the files of the message log.
        period: which of the messages are wanted.

    Raises:
        OSError: a file cannot be read or written.
    """
    import zipfile  # noqa: PLC0415  # for an upload only

    from ocppkit.message_log.entry import to_line  # noqa: PLC0415  # as above

    # Clocks that were never set are before 1980, where the times of a zip begin.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        with archive.open("state.json", "w") as states:
            states.write(json.dumps(state, indent=2).encode())
        if equipment_log is not None:
            archive.write(equipment_log, "equipment.log")
        if messages:
            with archive.open("messages.jsonl", "w", force_zip64=True) as lines:
                for entry in _entries(messages):
                    if entry.time in period:
                        lines.write(f"{to_line(entry)}\n".encode())


def write_security_log(target: Path, own: str, equipment_log: Path | None) -> None:
    """Put the station's security log and the equipment's into one file.

    Args:
        target: the file.
        own: the station's.
        equipment_log: what the equipment has written; None for nothing.

    Raises:
        OSError: a file cannot be read or written.
    """
    more = b"" if equipment_log is None else equipment_log.read_bytes()
    target.write_bytes(own.encode() + more)


def _entries(messages: list[Path]) -> Iterator[Entry]:
    from ocppkit.message_log.reader import NotALog, read_logs  # noqa: PLC0415  # loads gzip

    def skip(flaw: Flaw) -> None:
        _logger.debug("%s", flaw)

    try:
        yield from read_logs(messages, skip)
    except NotALog as error:
        _logger.warning("the message log cannot be read: %s", error)
