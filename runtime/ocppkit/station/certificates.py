"""What the station trusts and what it shows: of its certificate store, or else of folders."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from ocppkit.security import at_need
from ocppkit.security.folders import read_own, read_roots
from ocppkit.security.profile import SecurityProfile
from ocppkit.security.tls import OwnCertificate, StationContext, client_context
from ocppkit.security.uses import OwnUse, RootUse, holds_anything, prepare_folders
from ocppkit.station.settings.network import Certificates
from ocppkit.value import Value

if TYPE_CHECKING:
    from cryptography import x509

    from ocppkit.security.async_store import AsyncCertificateStore
    from ocppkit.security.entries import Contents, OwnEntry
    from ocppkit.station.laid_out import LaidOut

__all__ = ["StationCertificates", "TlsWay"]

_logger = logging.getLogger(__name__)


@frozen(kw_only=True, eq=False, repr=False)
class _Shown(Value):
    """A certificate to show; the entry where it is the store's."""

    files: OwnCertificate
    entry: OwnEntry | None = None


@frozen(kw_only=True, eq=False, repr=False)
class TlsWay(Value):
    """One way to make TLS with the CSMS.

    Attributes:
        context: the settings.
        roots: what is trusted, PEM.
        newest: whether the newest root is among them.
        shown: the file of what the station shows; None for nothing.
        entry: the same, where it is the store's.
    """

    context: StationContext
    roots: tuple[str, ...] = field(repr=False)
    newest: bool
    shown: Path | None
    entry: OwnEntry | None


class StationCertificates:
    """The certificates of a station.

    What the store has wins over the folders, for roots and for the station's own certificate each.

    Attributes:
        has_store: whether there is a place for what OCPP installs: there is none without a folder
            or without the extra ``security``.
        in_use: the way of the last connection with TLS.
        allow_wildcards: AllowCSMSTLSWildcards; counts from the next connection on.
    """

    def __init__(
        self,
        settings: Certificates,
        *,
        state_dir: Path | None,
        replace_csms_root: bool = False,
        max_roots: int | None = None,
        max_entries: int | None = None,
    ) -> None:
        """Say where they are; touches no file.

        Args:
            settings: the folders.
            state_dir: where the store has its folder; None for no store.
            replace_csms_root: AdditionalRootCertificateCheck.
            max_roots: how many roots can be installed (CertificateStoreMaxLength); any number
                unless told otherwise.
            max_entries: how many certificates in all (maxLimit of CertificateEntries); as above.
        """
        self.has_store = state_dir is not None and find_spec("cryptography") is not None
        self.in_use: TlsWay | None = None
        self.allow_wildcards = settings.allow_wildcards
        self._made: tuple[AsyncCertificateStore, LaidOut] | None = None
        self._folder = (state_dir or Path()) / "certificates"
        self._laid_out_roots = 0
        self._settings = settings
        self._replace = replace_csms_root
        self._max_roots = max_roots
        self._max_entries = max_entries
        if state_dir is not None and not self.has_store:
            _logger.warning("no certificates can be installed: that needs ocppkit[security]")

    @property
    def store(self) -> AsyncCertificateStore | None:
        """What OCPP installs, made by now; None without a place for that."""
        return self._parts[0] if self.has_store else None

    @property
    def _parts(self) -> tuple[AsyncCertificateStore, LaidOut]:
        if self._made is None:
            from ocppkit.security.async_store import (  # noqa: PLC0415  # once there is something
                AsyncCertificateStore,
            )
            from ocppkit.security.entries import Limits  # noqa: PLC0415  # as above
            from ocppkit.security.store import CertificateStore  # noqa: PLC0415  # as above
            from ocppkit.station.laid_out import LaidOut  # noqa: PLC0415  # as above

            limits = Limits(roots=self._max_roots, entries=self._max_entries)
            store = AsyncCertificateStore(
                CertificateStore(self._folder, limits=limits, replace_csms_root=self._replace)
            )
            laid_out = LaidOut(store=store, folder=self._folder, laid_out=self._folder_of)
            self._made = store, laid_out
        return self._made

    @property
    def _laid_out(self) -> LaidOut | None:
        """What folders count no more; while nothing was ever installed there is none of it."""
        return None if self._made is None else self._made[1]

    async def open(self) -> None:
        """Make the store usable; without a disk that takes it, there is none."""
        if not self.has_store:
            return
        try:
            if await asyncio.to_thread(prepare_folders, self._folder):
                store, laid_out = self._parts
                await store.open()
                await laid_out.open()
            await self._count()
        except OSError as error:
            _logger.error("the certificate store cannot be used: %s", error)  # noqa: TRY400  # the disk
            self.has_store = False

    async def can_show(self, *, at: datetime | None = None) -> bool:
        """Whether there is a certificate of the station.

        Args:
            at: when it is to be valid; at any time unless told otherwise.
        """
        shown = await self._own(await self._contents())
        if at is None or not shown or find_spec("cryptography") is None:
            return bool(shown)
        return any([_is_valid(await _leaf(own), at) for own in shown])

    async def can_trust(self, *, at: datetime | None = None) -> bool:
        """Whether there is a root to check the CSMS with.

        Args:
            at: when it is to be valid; at any time unless told otherwise.
        """
        trusted = await self._trust(await self._contents())
        if self._settings.system_roots or at is None or find_spec("cryptography") is None:
            return self._settings.system_roots or any(trusted)
        return any(_is_valid(_parsed(root), at) for roots in trusted for root in roots)

    async def own(self) -> x509.Certificate | None:
        """The certificate of the station that is shown first; needs the extra ``security``.

        Raises:
            OSError: it cannot be read.
            ValueError: it is none.
        """
        shown = await self._own(await self._contents())
        return await _leaf(shown[0]) if shown else None

    async def csms_roots(self) -> tuple[x509.Certificate, ...]:
        """The roots of the operator; needs the extra ``security``.

        Raises:
            OSError: they cannot be read.
        """
        trusted = await self._trust(await self._contents())
        return tuple(_parsed(root) for roots in trusted for root in roots)

    async def folder_roots(self, use: RootUse) -> tuple[x509.Certificate, ...]:
        """The roots of a use that are in its folder, while that counts (see `take_over`).

        They need the extra ``security``.

        Raises:
            OSError: they cannot be read.
        """
        return tuple(_parsed(pem) for pem in await self._folder_pems(use))

    async def _folder_pems(self, use: RootUse) -> tuple[str, ...]:
        if self._laid_out is not None and not self._laid_out.counts(use):
            return ()
        folder = self._folder_of(use)
        return () if folder is None else await asyncio.to_thread(read_roots, folder)

    async def take_over(self, use: RootUse) -> None:
        """Have the store hold the roots of a use from now on, for good, instead of its folder.

        Raises:
            OSError: the disk does not take it.
        """
        if self.has_store:
            await self._parts[1].take_over(use)
            await self._count()

    @property
    def entries(self) -> int:
        """How many certificates are installed (CertificateEntries), with the roots in folders."""
        installed = 0 if self._made is None or not self.has_store else self._made[0].entries
        return self._laid_out_roots + installed

    async def _count(self) -> None:
        contents = await self._contents()
        found = 0
        for use in RootUse:
            if contents is None or not contents.roots_for(use):
                try:
                    found += len(await self._folder_pems(use))
                except OSError as error:
                    _logger.error("roots in a folder cannot be read: %s", error)  # noqa: TRY400  # their files
        self._laid_out_roots = found

    async def trusted_roots(self, *uses: RootUse) -> tuple[x509.Certificate, ...]:
        """The roots that count for some uses; needs the extra ``security``.

        Raises:
            OSError: they cannot be read.
        """
        contents = await self._contents()
        found: list[x509.Certificate] = []
        for use in uses:
            installed = () if contents is None else contents.roots_for(use)
            counting = [entry.certificate for entry in installed]
            found += counting or await self.folder_roots(use)
        return tuple(found)

    async def ways(self, profile: SecurityProfile, *, system_roots: bool = False) -> list[TlsWay]:
        """The ways to make TLS, best first.

        Of the station's certificates the newest comes first (A02.FR.08, A02.FR.28), of roots that
        replace one another the newest (M05.FR.14).

        Args:
            profile: of the connection, one with TLS.
            system_roots: whether to trust what the system trusts where nothing else is.

        Raises:
            ValueError: there is nothing to trust, or to show where the profile needs it.
            OSError: a certificate cannot be read or used; what TLS says is an OSError, too.
        """
        contents = await self._contents()
        trusted = await self._trust(contents)
        shown: list[_Shown | None] = [None]
        if profile.client_certificate:
            shown = [*await self._own(contents)] or shown
        use_system = self._settings.system_roots or (system_roots and not any(trusted))

        def make() -> list[TlsWay]:
            ways = []
            for own, roots in product(shown, trusted):
                context = client_context(
                    profile,
                    roots=roots,
                    own=None if own is None else own.files,
                    allow_wildcards=self.allow_wildcards,
                    system_roots=use_system,
                )
                if context is not None:
                    way = TlsWay(
                        context=context,
                        roots=roots,
                        newest=roots == trusted[0],
                        shown=None if own is None else own.files.chain,
                        entry=None if own is None else own.entry,
                    )
                    ways.append(way)
            return ways

        return await asyncio.to_thread(make)

    async def worked(self, way: TlsWay) -> bool:
        """A connection was made: what it made superfluous goes (A02.FR.10, M05.FR.13).

        Returns:
            Whether a newer certificate of the station went because it did not work (A02.FR.29).
        """
        self.in_use = way
        discarded = False
        if self._made is None or not self.has_store:
            return discarded
        store = self._made[0]
        try:
            if self._replace and way.newest:
                await store.confirm_csms_root()
            if way.entry is not None:
                gone = await store.confirm_own(way.entry)
                discarded = any(other.number > way.entry.number for other in gone)
        except OSError as error:
            _logger.error("certificates cannot be cleared up: %s", error)  # noqa: TRY400  # the disk
        return discarded

    async def _contents(self) -> Contents | None:
        if not self.has_store:
            return None
        if self._made is None and not await asyncio.to_thread(holds_anything, self._folder):
            return None  # nothing was ever installed
        return await self._parts[0].read()

    async def _trust(self, contents: Contents | None) -> list[tuple[str, ...]]:
        """The sets of roots to try; one that is empty where there are none."""
        if contents is not None:
            sets = contents.csms_trust(replace=self._replace)
            if sets:
                return [tuple(at_need.to_pem([root]) for root in roots) for roots in sets]
            if self._laid_out is not None and not self._laid_out.counts(RootUse.CSMS):
                return [()]
        folder = self._settings.csms_ca
        return [() if folder is None else await asyncio.to_thread(read_roots, folder)]

    def _folder_of(self, use: RootUse) -> Path | None:
        return {
            RootUse.CSMS: self._settings.csms_ca,
            RootUse.MANUFACTURER: self._settings.manufacturer_ca,
            RootUse.V2G: self._settings.v2g_ca,
            RootUse.MO: self._settings.mo_ca,
        }[use]

    async def _own(self, contents: Contents | None) -> list[_Shown]:
        if contents is not None:
            installed = contents.own_for(OwnUse.CHARGING_STATION)
            if installed:
                return [_Shown(files=entry.files, entry=entry) for entry in installed]
        folder = self._settings.own
        found = () if folder is None else await asyncio.to_thread(read_own, folder)
        return [_Shown(files=files) for files in found]


def _parsed(pem: str) -> x509.Certificate:
    return at_need.read_certificates(pem)[0]


async def _leaf(own: _Shown) -> x509.Certificate:
    if own.entry is not None:
        return own.entry.certificate
    return _parsed(await asyncio.to_thread(own.files.chain.read_text))


def _is_valid(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
