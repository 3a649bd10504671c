"""The certificate store for an event loop: each call runs in a thread, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from ocppkit.security import at_need
from ocppkit.security.entries import Contents, OwnEntry
from ocppkit.security.hash_data import HashData
from ocppkit.security.results import Deletion, Installation
from ocppkit.security.store import CertificateStore
from ocppkit.security.uses import OwnUse, RootUse

if TYPE_CHECKING:
    from cryptography import x509

    from ocppkit.security.chain import ValidChain
    from ocppkit.security.keys import KeyKind, PrivateKey

__all__ = ["AsyncCertificateStore"]

_T = TypeVar("_T")


class AsyncCertificateStore:
    """The methods of a `CertificateStore`, to be awaited; see there.

    A call that is cancelled is done to its end before the next begins.

    Attributes:
        entries: how many certificates are installed, since it is open.
    """

    def __init__(self, store: CertificateStore) -> None:
        self.entries = 0
        self._store = store
        self._lock = asyncio.Lock()

    async def open(self) -> Contents:
        """Make the folders, clean up after a power cut, look at what is there."""
        return await self._run(self._store.open, changes=True)

    async def read(self) -> Contents:
        """Look at what is there."""
        return await self._run(self._store.read)

    async def install_root(self, pem: str, use: RootUse, now: datetime) -> Installation:
        """Install what InstallCertificate brings."""
        return await self._run(lambda: self._store.install_root(pem, use, now), changes=True)

    async def delete(
        self,
        data: HashData,
        *,
        in_use: Collection[x509.Certificate] = (),
        keep_last: bool = True,
    ) -> Deletion:
        """Delete what DeleteCertificate names."""
        return await self._run(
            lambda: self._store.delete(data, in_use=in_use, keep_last=keep_last), changes=True
        )

    async def confirm_csms_root(self) -> None:
        """The CSMS was checked with the newest root."""
        await self._run(self._store.confirm_csms_root, changes=True)

    async def new_pending_key(self, use: OwnUse, kind: KeyKind | None = None) -> PrivateKey:
        """Make a key pair, as `generate_key` does, and keep it until its certificate comes."""

        def make() -> PrivateKey:
            key = at_need.generate_key() if kind is None else at_need.generate_key(kind)
            self._store.put_pending_key(use, key)
            return key

        return await self._run(make)

    async def pending_key(self, use: OwnUse) -> PrivateKey | None:
        """The key of the request that is open."""
        return await self._run(lambda: self._store.pending_key(use))

    async def install_own(self, use: OwnUse, chain: ValidChain) -> OwnEntry:
        """Put a certificate that fits the pending key beside the one in use."""
        return await self._run(lambda: self._store.install_own(use, chain), changes=True)

    async def confirm_own(self, entry: OwnEntry) -> tuple[OwnEntry, ...]:
        """A connection was made with a certificate: the others go."""
        return await self._run(lambda: self._store.confirm_own(entry), changes=True)

    async def _run(self, work: Callable[[], _T], *, changes: bool = False) -> _T:
        def counted() -> _T:
            try:
                return work()
            finally:
                with suppress(OSError):  # what was done counts, whatever comes of counting
                    self.entries = self._store.read().entries

        async with self._lock:
            running = asyncio.ensure_future(asyncio.to_thread(counted if changes else work))
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                await asyncio.wait([running])  # the thread goes on: the next must not overtake it
                if not running.cancelled():
                    running.exception()  # nobody is left to be told
                raise
