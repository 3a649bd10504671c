"""Which roots of folders count no more, because the store holds their use from now on.

A root that the CSMS has deleted must not come back with the next start: a file of the store's
folder says that a use is the store's, for good. While the roots move over it says that they do, so
that a power cut among them loses none.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ocppkit.security.async_store import AsyncCertificateStore
from ocppkit.security.files import write_file
from ocppkit.security.folders import read_roots
from ocppkit.security.uses import RootUse

__all__ = ["LaidOut"]

_logger = logging.getLogger(__name__)

_MOVING: Final = b"moving\n"
_MOVED: Final = b"moved\n"
_ANY_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)  # what is laid out is taken as it is


class LaidOut:
    """The roots that an operator laid out in folders, on their way into the store."""

    def __init__(
        self,
        *,
        store: AsyncCertificateStore,
        folder: Path,
        laid_out: Callable[[RootUse], Path | None],
    ) -> None:
        """Know nothing yet; see `open`.

        Args:
            store: takes them over.
            folder: of the store.
            laid_out: the folder of a use; None for none.
        """
        self._store = store
        self._folder = folder
        self._laid_out = laid_out
        self._moved: set[RootUse] = set()

    def counts(self, use: RootUse) -> bool:
        """Whether the roots in a use's folder count, where the store has none."""
        return use not in self._moved

    async def open(self) -> None:
        """Take up what was moved before the restart, or was being moved; the store is open.

        Raises:
            OSError: the disk cannot be used.
        """
        for use in RootUse:
            state = await asyncio.to_thread(self._read, use)
            if state == _MOVING:
                await self._move(use)
            elif state is not None:
                self._moved.add(use)

    async def take_over(self, use: RootUse) -> None:
        """Have the store hold the roots of a use from now on, those of its folder among them.

        Raises:
            OSError: the disk does not take it.
        """
        if self._laid_out(use) is None or use in self._moved:
            return
        if not (await self._store.read()).roots_for(use):
            await self._write(use, _MOVING)
            await self._move(use)
            return
        await self._write(use, _MOVED)
        self._moved.add(use)

    async def _move(self, use: RootUse) -> None:
        folder = self._laid_out(use)
        roots = () if folder is None else await asyncio.to_thread(read_roots, folder)
        for root in roots:
            installation = await self._store.install_root(root, use, _ANY_TIME)
            if installation.refusal is not None:
                _logger.warning("a root of %s is left out: %s", folder, installation.refusal)
        await self._write(use, _MOVED)
        self._moved.add(use)

    def _marker(self, use: RootUse) -> Path:
        return self._folder / f"folder-{use.value}"

    def _read(self, use: RootUse) -> bytes | None:
        try:
            return self._marker(use).read_bytes()
        except FileNotFoundError:
            return None

    async def _write(self, use: RootUse, state: bytes) -> None:
        await asyncio.to_thread(write_file, self._marker(use), state)
