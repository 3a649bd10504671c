"""Texts of a peer as they may stand before people: in a log, on a terminal, in an error."""

from __future__ import annotations

from typing import Final

__all__ = ["cut", "printable"]

_LONGEST: Final = 100  # characters


def printable(text: str) -> str:
    """A text that does nothing to a terminal and makes no lines: the unprintable is replaced."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else "·" for letter in text)


def cut(text: str, longest: int = _LONGEST) -> str:
    """The printable start of a text.

    Args:
        text: whatever a peer made up.
        longest: how many characters may stay.
    """
    return printable(text if len(text) <= longest else f"{text[: longest - 1]}…")
