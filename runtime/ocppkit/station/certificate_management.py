"""Installs, lists and deletes roots at the wish of the CSMS (M03-M05).

Roots that the operator laid out in folders count as installed: the first of a kind that the CSMS
installs, and a deletion, take them into the store, which holds that kind from then on, for good.
What is trusted by now, and what not any more, is in the security log (A04.FR.04).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from ocppkit.security import at_need
from ocppkit.security.hash_data import HashAlgorithm, HashData
from ocppkit.security.results import Deletion, Installation, InstallRefusal, Status
from ocppkit.security.uses import RootUse
from ocppkit.station.certificates import StationCertificates
from ocppkit.station.hardware import SecurityEvent
from ocppkit.station.security_events import SecurityEvents
from ocppkit.v201.codes import SecurityEvent as Named

if TYPE_CHECKING:
    from cryptography import x509

__all__ = ["CertificateManagement"]


class CertificateManagement:
    """The roots of a station, in the words that both versions share."""

    def __init__(
        self,
        *,
        certificates: StationCertificates,
        events: SecurityEvents,
        now: Callable[[], datetime],
        secured: Callable[[], bool],
    ) -> None:
        """Manage certificates.

        Args:
            certificates: of the station.
            events: hear of what changes.
            now: the time of day.
            secured: whether there is a connection with TLS.
        """
        self._certificates = certificates
        self._events = events
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
        new = at_need.read_root(pem, now)
        if isinstance(new, InstallRefusal):
            return Installation(status=Status.REJECTED, refusal=new)
        try:
            await self._certificates.take_over(use)
        except OSError:
            return Installation(status=Status.FAILED)
        done = await store.install_root(pem, use, now)
        if done.status is Status.ACCEPTED:
            await self._note(f"another {use.value}")
        return done

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
        done = await store.delete(data, in_use=self._in_use(), keep_last=keep_last)
        if done.status is Status.ACCEPTED:
            serial = data.serial_number
            await self._note(f"the certificate with the serial number {serial} is deleted")
        return done

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

    async def _note(self, changed: str) -> None:
        kind = Named.RECONFIGURATION_OF_SECURITY_PARAMETERS
        await self._events.add(SecurityEvent(type=kind, tech_info=changed))

    def _in_use(self) -> list[x509.Certificate]:
        """The root that the present connection is checked with; all where nobody knows which."""
        way = self._certificates.in_use
        if way is None or not self._secured():
            return []
        if way.context.root is not None:
            return [at_need.read_der(way.context.root)]
        return [at_need.read_certificates(root)[0] for root in way.roots]


def _named(root: x509.Certificate, algorithm: HashAlgorithm) -> HashData:
    return HashData.of(root, root, algorithm)
