"""Codes that drivers enter: whoever tries many of them has to wait (C04.FR.06)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

__all__ = ["KeyCodes"]

_FREE: Final = 3
_FIRST_WAIT: Final = 5.0  # seconds; doubles with each wrong code
_LONGEST_WAIT: Final = 300.0


class KeyCodes:
    """Counts wrong codes in a row; a right one begins anew."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Count from none.

        Args:
            monotonic: a clock that nobody sets, in seconds.
        """
        self._monotonic = monotonic
        self._wrong = 0
        self._next = 0.0

    @property
    def exhausted(self) -> bool:
        """Whether no code is tried now."""
        return self._wrong >= _FREE and self._monotonic() < self._next

    def tried(self, *, right: bool) -> None:
        """Take note of a code that was tried."""
        self._wrong = 0 if right else self._wrong + 1
        wait = _FIRST_WAIT * 2.0 ** min(self._wrong - _FREE, 10)
        self._next = self._monotonic() + min(wait, _LONGEST_WAIT)
