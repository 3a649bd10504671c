"""Installs, lists and deletes roots at the wish of the CSMS (M03-M05).

Roots that the operator laid out in folders count as installed: the first of a kind that the CSMS
installs, and a deletion, take them into the store, which holds that kind from then on, for good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from cryptography import x509

from ocppkit.security.entries import RootUse
from ocppkit.security.hash_data import HashAlgorithm, HashData
from ocppkit.security.pem import read_certificates
from ocppkit.security.results import Deletion, Installation, Status
from ocppkit.security.rules import InstallRefusal, read_root
from ocppkit.station.certificates import StationCertificates

__all__ = ["CertificateManagement"]


class CertificateManagement:
    """The roots of a station, in the words that both versions share."""

    def __init__(
        self,
        *,
        certificates: StationCertificates,
        now: Callable[[], datetime],
        secured: Callable[[], bool],
    ) -> None:
        """Manage certificates.

        Args:
            certificates: of the station.
            now: the time of day.
            secured: whether there is a connection with TLS.
        """
        self._certificates = certificates
        self._now = now
        self._secured = secured

    async def install(self, pem: str, use: RootUse) -> Installation:
        """Install a root; without a store that fails (M05).

        Args:
            pem: as the CSMS sent it.
            use: what it is to be trusted for.
        """
        store = self._certificates.store
        if store is None:
            return Installation(status=Status.FAILED)
        now = self._now()
        new = read_root(pem, now)
        if isinstance(new, InstallRefusal):
            return Installation(status=Status.REJECTED, refusal=new)
        try:
            await self._certificates.take_over(use)
        except OSError:
            return Installation(status=Status.FAILED)
        return await store.install_root(pem, use, now)

    async def delete(self, data: HashData, *, keep_last: bool) -> Deletion:
        """Delete what the CSMS names, unless the connection is checked with it (M04).

        Args:
            data: the name.
            keep_last: whether the last CSMS root stays also where it is not in use.
        """
        store = self._certificates.store
        if store is None:
            return Deletion(status=Status.NOT_FOUND)
        try:
            for use in RootUse:
                counting = await self._certificates.trusted_roots(use)
                if any(_named(root, data.algorithm) == data for root in counting):
                    await self._certificates.take_over(use)  # or it comes back, or others do
        except OSError:
            return Deletion(status=Status.FAILED)
        return await store.delete(data, in_use=self._in_use(), keep_last=keep_last)

    async def roots(self, uses: Iterable[RootUse]) -> list[HashData]:
        """What the roots of some uses are called (M03).

        Raises:
            OSError: they cannot be read.
        """
        store = self._certificates.store
        found: list[HashData] = []
        for use in uses:
            if store is not None:
                installed = (await store.read()).roots_for(use)
                found += [entry.hash_data() for entry in installed]
            laid_out = await self._laid_out(use)
            found += [_named(root, HashAlgorithm.SHA256) for root in laid_out]
        return found

    async def _laid_out(self, use: RootUse) -> tuple[x509.Certificate, ...]:
        """The roots in a use's folder, where they count."""
        store = self._certificates.store
        if store is not None and (await store.read()).roots_for(use):
            return ()
        return await self._certificates.folder_roots(use)

    def _in_use(self) -> list[x509.Certificate]:
        """The root that the present connection is checked with; all where nobody knows which."""
        way = self._certificates.in_use
        if way is None or not self._secured():
            return []
        if way.context.root is not None:
            return [x509.load_der_x509_certificate(way.context.root)]
        return [read_certificates(root)[0] for root in way.roots]


def _named(root: x509.Certificate, algorithm: HashAlgorithm) -> HashData:
    return HashData.of(root, root, algorithm)
