"""Writes TOML, which the standard library only reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

from attrs import define, field

__all__ = ["TomlText", "key_text", "value_text"]

_BARE = re.compile(r"[A-Za-z0-9_-]+").fullmatch


def key_text(key: str) -> str:
    """A key, quoted where it must be."""
    return key if _BARE(key) else value_text(key)


def value_text(value: Any) -> str:
    """A value in one line: texts, numbers, booleans, arrays, and tables as inline tables.

    Raises:
        TypeError: TOML has nothing for it.
    """
    match value:
        case bool():
            text = "true" if value else "false"
        case Enum():
            text = value_text(value.value)
        case int() | float():
            text = repr(value)
        case str():
            text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case frozenset():
            text = value_text(sorted(value))
        case list() | tuple():
            text = f"[{', '.join(map(value_text, value))}]"
        case Mapping():
            inner = [f"{key_text(key)} = {value_text(each)}" for key, each in value.items()]
            text = f"{{ {', '.join(inner)} }}"
        case _:
            msg = f"TOML has nothing for {type(value).__name__}"
            raise TypeError(msg)
    return text


@define
class TomlText:
    """A TOML text as it grows, a line at a time."""

    _lines: list[str] = field(factory=list)

    def comment(self, text: str) -> None:
        """Add a line for people."""
        self._lines.append(f"# {text}")

    def table(self, name: str, *, many: bool = False, off: bool = False) -> None:
        """Begin a table.

        Args:
            name: with its dots and quotes.
            many: whether it is one of an array.
            off: whether it is commented out.
        """
        header = f"[[{name}]]" if many else f"[{name}]"
        self._lines.append(f"#{header}" if off else header)

    def value(self, key: str, value: Any, *, off: bool = False) -> None:
        """Add a key; `off` comments it out."""
        line = f"{key_text(key)} = {value_text(value)}"
        self._lines.append(f"#{line}" if off else line)

    def gap(self) -> None:
        """Add an empty line unless there is one, or nothing yet."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def __str__(self) -> str:
        return "\n".join(self._lines).rstrip("\n") + "\n"
