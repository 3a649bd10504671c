"""What can transfer files, as those see it who have files to transfer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, TypeAlias

__all__ = ["Progress", "Transfers", "Wait"]

Progress: TypeAlias = Callable[[int, int | None], None]
"""Told how many bytes there are by now, and of how many, where that is known."""


Wait: TypeAlias = Callable[[float], Awaitable[None]]
"""Waits so many seconds for the next attempt."""


class Transfers(Protocol):
    """Transfers files; may be cancelled at any time."""

    async def download(
        self,
        url: str,
        target: Path,
        *,
        retries: int | None = None,
        retry_interval: float | None = None,
        limit: int | None = None,
        progress: Progress | None = None,
        wait: Wait | None = None,
    ) -> None:
        """Fetch a file.

        What there is of it already, also from before a restart, is not fetched again where the
        server can tell that it is the same file.

        Args:
            url: from where; may hold credentials.
            target: where to; there is nothing until all of it is there.
            retries: after the first attempt.
            retry_interval: between attempts, in seconds.
            limit: how large it may be, in bytes; None for as large as it is.
            progress: told how far it is.
            wait: waits between attempts, where somebody has to know of it.

        Raises:
            TransferFailed: it did not come; the last attempt says why.
        """
        ...

    async def upload(
        self,
        source: Path,
        url: str,
        *,
        name: str,
        retries: int | None = None,
        retry_interval: float | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Send a file.

        Args:
            source: the file.
            url: of the directory that it goes to; may hold credentials.
            name: of the file there.
            retries: after the first attempt.
            retry_interval: between attempts, in seconds.
            progress: told how far it is.

        Raises:
            TransferFailed: it was not taken; the last attempt says why.
        """
        ...
