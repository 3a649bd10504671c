"""The files of a store: opened, checked, set aside."""

from __future__ import annotations

import glob
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias
from urllib.parse import quote

from ocppkit.store.image import connect_memory
from ocppkit.store.incident import StoreInUse
from ocppkit.store.migrations import MIGRATIONS, migrate, version

__all__ = [
    "Connect",
    "Ruined",
    "close_quietly",
    "is_disk_fault",
    "is_large",
    "is_ruin",
    "open_to_read",
    "open_to_write",
    "set_aside",
]

Connect: TypeAlias = Callable[..., sqlite3.Connection]
"""`sqlite3.connect`, or what a test puts in its place."""

_DISK_FAULTS: Final = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    }
)
_RUIN: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_IN_USE: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_CHECKED_WHOLE: Final = 64 << 20  # octets; a larger file would hold up the start: see `checking`
_LOGS: Final = ("-wal", "-shm", "-journal")
_KEPT: Final = 3  # files that were set aside
_COPIED: Final = 64 << 20  # octets, of which a copy can be spared


class Ruined(Exception):
    """A file is there but no store of ours: corrupt, foreign, or of a newer program."""


def _primary(error: BaseException) -> int | None:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def is_disk_fault(error: BaseException) -> bool:
    """Whether the disk, not the data, is at fault: full, read-only, broken."""
    return isinstance(error, OSError) or _primary(error) in _DISK_FAULTS


def is_ruin(error: BaseException) -> bool:
    """Whether the data in the file is at fault."""
    return isinstance(error, Ruined) or _primary(error) in _RUIN


def _text(octets: bytes) -> str:
    return octets.decode(errors="replace")  # one flipped bit must not hold up the queue for ever


def open_to_write(path: Path, *, connect: Connect, patience: float) -> sqlite3.Connection:
    """Open a file, check it, and bring it to the newest schema; without one, make one.

    No other process can open it until it is closed.

    Args:
        path: of the file; its folder is made where it is missing.
        connect: makes the connection.
        patience: how long to wait for another process, in seconds.

    Raises:
        Ruined: the file is no store of ours.
        StoreInUse: another process has it open.
        OSError: the folder cannot be made.
        sqlite3.Error: `is_disk_fault`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)  # it holds id tokens and passwords; its log takes the same mode
    connection = connect(path, isolation_level=None, timeout=patience)
    try:
        connection.text_factory = _text
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # and so without shared memory
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA journal_size_limit = 4194304")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("COMMIT")
        _check(connection)
        migrate(connection)
    except BaseException as error:
        connection.close()
        if _primary(error) in _IN_USE:
            raise StoreInUse(path) from error
        if isinstance(error, sqlite3.Error) and not is_disk_fault(error):
            raise Ruined(str(error)) from error
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    """Check what the file says: whole where it is small, else all but the messages.

    Raises:
        Ruined: it makes no sense, or was written by a newer program.
    """
    found = version(connection)
    if found > len(MIGRATIONS):
        msg = f"schema {found} is newer than this program, which knows {len(MIGRATIONS)}"
        raise Ruined(msg)
    checks = ["PRAGMA quick_check(1)"]
    if is_large(connection):
        checks = [
            f"PRAGMA quick_check({name})"
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name not in {"outbox", "sqlite_sequence"}
        ]
    for check in checks:
        said = connection.execute(check).fetchone()[0]
        if said != "ok":
            raise Ruined(said)


def is_large(connection: sqlite3.Connection) -> bool:
    """Whether a file is so large that its messages are not checked before it is used."""
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    return bool(pages * size > _CHECKED_WHOLE)


def open_to_read(path: Path, *, connect: Connect) -> sqlite3.Connection | None:
    """Open a file that cannot be written; None where it cannot be read either, or there is none."""
    wal = path.with_name(f"{path.name}-wal")
    ways: list[Callable[[], sqlite3.Connection]] = [
        lambda: _read_only(path, "mode=ro", connect),
        lambda: _without_its_log(path, wal, connect),
    ]
    for way in ways:
        try:
            return way()
        except (sqlite3.Error, OSError, Ruined):
            continue
    return None


def _without_its_log(path: Path, wal: Path, connect: Connect) -> sqlite3.Connection:
    # A disk that fails may refuse even these two questions.
    if wal.exists() and wal.stat().st_size:
        return _copied(path, wal)
    return _read_only(path, "immutable=1", connect)


def _read_only(path: Path, how: str, connect: Connect) -> sqlite3.Connection:
    uri = f"file:{quote(str(path.absolute()))}?{how}"
    connection = connect(uri, isolation_level=None, uri=True)
    try:
        connection.text_factory = _text
        _check(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _copied(path: Path, wal: Path) -> sqlite3.Connection:
    """Read a file whose log can only be read where files can be made: in another folder."""
    if path.stat().st_size + wal.stat().st_size > _COPIED:
        msg = "too large"
        raise Ruined(msg)
    with TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        shutil.copyfile(path, copy)
        shutil.copyfile(wal, copy.with_name(wal.name))
        with closing(sqlite3.connect(copy)) as connection:
            _check(connection)
            memory = connect_memory()
            memory.text_factory = _text
            connection.backup(memory)
            return memory


def set_aside(path: Path, at: datetime) -> Path:
    """Give a file that cannot be used, and its log, another name; returns it.

    Raises:
        OSError: the folder takes no changes.
    """
    stamp = f"{at:%Y%m%dT%H%M%SZ}"
    kept = path.with_name(f"{path.name}.corrupt-{stamp}")
    again = 1
    while kept.exists():
        again += 1
        kept = path.with_name(f"{path.name}.corrupt-{stamp}-{again}")
    for suffix in _LOGS:  # first: a new file must never meet an old log
        beside = path.with_name(f"{path.name}{suffix}")
        if beside.exists():
            beside.rename(kept.with_name(f"{kept.name}{suffix}"))
    path.rename(kept)
    _forget_old(path)
    return kept


def _forget_old(path: Path) -> None:
    """Keep only the newest of what was set aside: a dying disk must not fill up with it."""
    beside = sorted(path.parent.glob(f"{glob.escape(path.name)}.corrupt-*"))
    for old in [each for each in beside if not each.name.endswith(_LOGS)][:-_KEPT]:
        for suffix in ("", *_LOGS):
            old.with_name(f"{old.name}{suffix}").unlink(missing_ok=True)


def close_quietly(connection: sqlite3.Connection | None) -> None:
    """Close a connection whose disk may be gone."""
    if connection is None:
        return
    try:
        connection.close()
    except sqlite3.Error:
        return
