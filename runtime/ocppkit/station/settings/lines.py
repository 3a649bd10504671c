"""Where in a TOML text a key stands, which ``tomllib`` does not tell."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from ocppkit.station.settings.mistakes import KeyPath

__all__ = ["line_of", "lines_of"]

_HEADER = re.compile(r"\s*(\[\[?)(.+?)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")


def lines_of(text: str) -> dict[KeyPath, int]:
    """The lines of the tables and keys, from 1, as far as a simple reader finds them.

    What stands inside an inline table, or an array over several lines, is not among them; a line
    of a multi-line text may be taken for a key.
    """
    found: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            keys = _keys(f"[{header[2]}]")
            if keys is None:
                continue
            path = _placed(keys[:-1], counts) + keys[-1:]
            if header[1] == "[[":
                counts[path] = counts.get(path, -1) + 1
                found.setdefault(path, number)
                path = (*path, counts[path])
            elif path in counts:
                path = (*path, counts[path])
            table = path
            found.setdefault(table, number)
        elif (assigned := _KEY.match(line)) and (keys := _keys(f"{assigned[1]} = 0")):
            found.setdefault(table + keys, number)
    return found


def line_of(path: KeyPath, lines: dict[KeyPath, int]) -> int | None:
    """The line of a key, or of what it is in; None where not even that was found."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def _keys(line: str) -> tuple[str, ...] | None:
    """The keys of a dotted name, which TOML itself reads."""
    try:
        inner: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None
    keys: list[str] = []
    while isinstance(inner, dict) and inner:
        key, inner = next(iter(inner.items()))
        keys.append(key)
    return tuple(keys) or None


def _placed(keys: tuple[str, ...], counts: dict[KeyPath, int]) -> KeyPath:
    """The path with the numbers of the arrays' last items put in."""
    path: KeyPath = ()
    for key in keys:
        path = (*path, key)
        if path in counts:
            path = (*path, counts[path])
    return path
