"""Something is tried that may fail in one way only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

__all__ = ["attempted"]

T = TypeVar("T")
E = TypeVar("E", bound=Exception)


def attempted(kind: type[E], do: Callable[[], T]) -> T | E:
    """What came of it, or the error of the kind that may come; any other fails the test."""
    try:
        return do()
    except kind as error:
        return error
