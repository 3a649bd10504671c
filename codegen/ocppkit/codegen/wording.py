"""Texts as they stand in Python: filled, quoted, without empty lines."""

from __future__ import annotations

import re
import textwrap

__all__ = ["docstring", "opening", "tight", "wrap"]

_WIDTH = 100
_QUOTES = re.compile(r'""+|"$')  # where they could end a docstring


def wrap(text: str, indent: int) -> str:
    """Fill a text that starts at a column to the line width; what follows hangs four further."""
    return textwrap.fill(
        _escaped(text),
        width=_WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 4),
        break_long_words=False,
        break_on_hyphens=False,
    ).lstrip()


def docstring(text: str, indent: int) -> str:
    """A text as a docstring that starts at a column."""
    text = _escaped(text)
    if indent + len(text) + 6 <= _WIDTH:
        return f'"""{text}"""'
    margin = " " * indent
    return f'{_opening(text, margin)}\n{margin}"""'


def opening(text: str, indent: int) -> str:
    """A text as the first paragraph of a docstring that goes on."""
    return _opening(_escaped(text), " " * indent)


def _opening(text: str, margin: str) -> str:
    return textwrap.fill(
        f'"""{text}',
        width=_WIDTH,
        initial_indent=margin,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    ).lstrip()


def _escaped(text: str) -> str:
    """A text that can stand anywhere in a docstring."""
    return _QUOTES.sub(lambda found: r"\"" * len(found[0]), text.replace("\\", r"\\"))


def tight(text: str) -> str:
    """A text without its empty lines."""
    return "\n".join(line for line in text.splitlines() if line.strip())
