"""Files and folders that are there as a whole or not at all, also after a power cut.

What is written goes to a temporary name first, is flushed to the disk, renamed, and the folder is
flushed too. What was on its way when the power went is removed by `sweep`. One process at a time.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["discard", "private_folder", "publish_folder", "sweep", "write_file"]

_FILE_MODE: Final = 0o600
_FOLDER_MODE: Final = 0o700
_TEMPORARY: Final = ".tmp-"
_DISCARDED: Final = ".old-"


def private_folder(path: Path) -> None:
    """Make a folder, and those above it, that only the owner may enter; there may be one already.

    Raises:
        OSError: the disk does not take it.
    """
    missing = [p for p in (path, *path.parents) if not p.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        _flush(folder.parent)
    path.chmod(_FOLDER_MODE)


def write_file(path: Path, data: bytes) -> None:
    """Write a file that only the owner may read; replaces what was there in one step.

    Raises:
        OSError: the disk does not take it; what was there is untouched.
    """
    temporary = path.with_name(_TEMPORARY + path.name)
    try:
        _write(temporary, data)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _flush(path.parent)


def publish_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Make a new folder that appears with all its files at once.

    Args:
        path: of the folder, which must not exist.
        files: name → content.

    Raises:
        OSError: the disk does not take it; nothing is left.
    """
    temporary = path.with_name(_TEMPORARY + path.name)
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(mode=_FOLDER_MODE)
        for name, data in files.items():
            _write(temporary / name, data)
        _flush(temporary)
        temporary.rename(path)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    _flush(path.parent)


def discard(path: Path) -> None:
    """Remove a file, or a folder in one step with all that is in it.

    Raises:
        OSError: the disk does not do it, or does not say that it did.
    """
    if path.is_dir():
        gone = path.with_name(_DISCARDED + path.name)
        shutil.rmtree(gone, ignore_errors=True)
        path.rename(gone)
        _flush(path.parent)
        shutil.rmtree(gone, ignore_errors=True)
    else:
        path.unlink()
    _flush(path.parent)


def sweep(folder: Path) -> None:
    """Remove what a power cut left behind in a folder.

    Raises:
        OSError: the disk does not do it.
    """
    for path in folder.iterdir():
        if path.name.startswith((_TEMPORARY, _DISCARDED)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _write(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    # Never readable by others, not even for a moment.
    with _opened(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as descriptor:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)


def _flush(folder: Path) -> None:
    with _opened(folder, os.O_RDONLY) as descriptor:
        os.fsync(descriptor)


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    descriptor = os.open(path, flags, _FILE_MODE)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
