"""What a certificate store holds, and how a CSMS sees it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen, validators

from ocppkit.security import at_need
from ocppkit.security.hash_data import HashAlgorithm, HashData
from ocppkit.security.tls import OwnCertificate
from ocppkit.security.uses import OwnUse, RootUse
from ocppkit.value import Value

if TYPE_CHECKING:
    from cryptography import x509

__all__ = [
    "Contents",
    "Damage",
    "Limits",
    "NamedChain",
    "OwnEntry",
    "OwnUse",
    "RootEntry",
    "RootUse",
]


@frozen(kw_only=True, eq=False, repr=False)
class Limits(Value):
    """How much a store takes.

    Attributes:
        roots: how many roots (CertificateStoreMaxLength of 1.6).
        entries: how many certificates in all (the maxLimit of CertificateEntries of 2.0.1).
    """

    roots: int | None = field(default=None, validator=validators.optional(validators.ge(1)))
    entries: int | None = field(default=None, validator=validators.optional(validators.ge(1)))


@frozen(kw_only=True, eq=False, repr=False)
class RootEntry(Value):
    """A trusted root.

    Attributes:
        use: what it is trusted for.
        number: in the order of installation.
        certificate: the root.
        issuer: who signed it, where it did not itself and that is known.
        path: of its file.
    """

    use: RootUse
    number: int
    certificate: x509.Certificate = field(repr=False)
    issuer: x509.Certificate | None = field(default=None, repr=False)
    path: Path

    def hash_data(self, algorithm: HashAlgorithm = HashAlgorithm.SHA256) -> HashData:
        """What a CSMS calls it; where its issuer is not known, its own key stands in."""
        return HashData.of(self.certificate, self.issuer or self.certificate, algorithm)


@frozen(kw_only=True, eq=False, repr=False)
class OwnEntry(Value):
    """One generation of a certificate of the station.

    Attributes:
        use: what it is for.
        number: in the order of installation.
        chain: the certificate, then those above it, without the root.
        root: above the last one.
        files: chain and key, for TLS.
    """

    use: OwnUse
    number: int
    chain: tuple[x509.Certificate, ...] = field(repr=False)
    root: x509.Certificate = field(repr=False)
    files: OwnCertificate

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate itself."""
        return self.chain[0]

    def hash_data(self, algorithm: HashAlgorithm = HashAlgorithm.SHA256) -> tuple[HashData, ...]:
        """What a CSMS calls the certificates of the chain, in its order."""
        issuers = (*self.chain[1:], self.root)
        return tuple(
            HashData.of(certificate, issuer, algorithm)
            for certificate, issuer in zip(self.chain, issuers, strict=True)
        )


@frozen(kw_only=True, eq=False, repr=False)
class Damage(Value):
    """Something in the store that cannot be used.

    Attributes:
        path: of the file or folder.
        reason: for people; never shows a key.
    """

    path: Path
    reason: str


@frozen(kw_only=True, eq=False, repr=False)
class NamedChain(Value):
    """An installed certificate as GetInstalledCertificateIds lists it.

    Attributes:
        kind: a GetCertificateIdUseEnumType of 2.0.1, by value.
        certificate: its name.
        children: the names of the sub-CAs above a V2G certificate (M03.FR.05).
    """

    kind: str
    certificate: HashData
    children: tuple[HashData, ...] = ()


@frozen(kw_only=True, eq=False, repr=False)
class Contents(Value):
    """What a store holds at one moment.

    Attributes:
        roots: by use, in the order of installation.
        own: by use, in the order of installation.
        damaged: what is skipped.
    """

    roots: tuple[RootEntry, ...] = ()
    own: tuple[OwnEntry, ...] = ()
    damaged: tuple[Damage, ...] = ()

    @property
    def entries(self) -> int:
        """How many certificates are installed (CertificateEntries): roots and own ones."""
        return len(self.roots) + len(self.own)

    def roots_for(self, use: RootUse) -> tuple[RootEntry, ...]:
        """The roots of a use, in the order of installation."""
        return tuple(entry for entry in self.roots if entry.use is use)

    def own_for(self, use: OwnUse) -> tuple[OwnEntry, ...]:
        """The generations of a use: the one to try first, first (A02.FR.08, A02.FR.28)."""
        if use is OwnUse.COMBINED:
            shown = {entry.certificate for entry in self.own_for(OwnUse.V2G)}
            found = self.own_for(OwnUse.CHARGING_STATION)
            return tuple(entry for entry in found if entry.certificate in shown)
        return tuple(entry for entry in reversed(self.own) if entry.use is use)

    def v2g_in_use(self) -> tuple[OwnEntry, ...]:
        """The V2G certificates to show to EVs: of each root the newest (A02.FR.15)."""
        newest: dict[x509.Certificate, OwnEntry] = {}
        for entry in self.own_for(OwnUse.V2G):
            known = newest.get(entry.root)
            start = entry.certificate.not_valid_before_utc
            if known is None or start > known.certificate.not_valid_before_utc:
                newest[entry.root] = entry
        return tuple(newest.values())

    def csms_trust(self, *, replace: bool) -> tuple[tuple[x509.Certificate, ...], ...]:
        """The sets of roots to check a CSMS with, to be tried in this order.

        Args:
            replace: AdditionalRootCertificateCheck: the newest root alone, then the one that it
                replaced (M05.FR.14); else all of them at once.
        """
        roots = [entry.certificate for entry in self.roots_for(RootUse.CSMS)]
        if replace:
            return tuple((root,) for root in reversed(roots))
        return (tuple(roots),) if roots else ()

    def named(self, algorithm: HashAlgorithm = HashAlgorithm.SHA256) -> Iterator[NamedChain]:
        """What GetInstalledCertificateIds lists, of all kinds (M03.FR.04, M03.FR.05)."""
        for root in self.roots:
            yield NamedChain(kind=root.use.value, certificate=root.hash_data(algorithm))
        for own in self.own:
            if own.use is OwnUse.V2G:
                leaf, *children = own.hash_data(algorithm)
                yield NamedChain(
                    kind="V2GCertificateChain", certificate=leaf, children=tuple(children)
                )

    def issuer_of(self, certificate: x509.Certificate) -> x509.Certificate | None:
        """Who signed a root, among the roots; None where it did itself or nobody knows."""
        if at_need.is_issued_by(certificate, certificate):
            return None
        roots = (root.certificate for root in self.roots)
        return next((root for root in roots if at_need.is_issued_by(certificate, root)), None)
