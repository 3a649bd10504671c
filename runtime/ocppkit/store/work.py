"""What repositories ask of the store: run this in the thread of the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Protocol, TypeAlias, TypeVar

__all__ = ["Job", "Worker"]

T = TypeVar("T")

Job: TypeAlias = Callable[[sqlite3.Connection], T]
"""Reads and writes in one transaction; may be run again on another connection, so it does nothing
but that."""


class Worker(Protocol):
    """Who runs jobs."""

    async def run(self, job: Job[T]) -> T:
        """Run a job; once this returns, what it wrote lasts."""
        ...
