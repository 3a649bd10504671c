"""Put texts on the disk: all or nothing a file, and only what changed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

__all__ = ["Difference", "compare", "write"]


@frozen
class Difference:
    """How a folder differs from what it should hold.

    Attributes:
        missing: relative paths that should be there.
        changed: relative paths whose text is another.
        stale: relative paths that should not be there.
    """

    missing: list[str]
    changed: list[str]
    stale: list[str]

    def __bool__(self) -> bool:
        return bool(self.missing or self.changed or self.stale)


def compare(root: Path, texts: Mapping[str, str], owned: Mapping[str, str]) -> Difference:
    """Compare a folder with the texts that it should hold.

    Args:
        root: the folder.
        texts: relative path → text.
        owned: the sub-folders (relative) that belong to these texts alone, each with the ending
            of the files that belong to them: other files of that ending in them are stale.
    """
    missing, changed = [], []
    for path, text in texts.items():
        target = root / path
        if not target.is_file():
            missing.append(path)
        elif target.read_bytes() != text.encode():
            changed.append(path)
    present = {
        found.relative_to(root).as_posix()
        for folder, ending in owned.items()
        for found in (root / folder).rglob(f"*{ending}")
    }
    return Difference(sorted(missing), sorted(changed), sorted(present - set(texts)))


def write(root: Path, texts: Mapping[str, str], owned: Mapping[str, str]) -> Difference:
    """Make a folder hold these texts; returns what had to be done.

    Each file appears whole or not at all; files that are right are not touched.
    """
    difference = compare(root, texts, owned)
    for path in difference.missing + difference.changed:
        _replace(root / path, texts[path].encode())
    for path in difference.stale:
        (root / path).unlink()
    return difference


def _replace(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
