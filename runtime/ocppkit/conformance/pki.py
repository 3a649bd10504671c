"""All the certificates that the kit plays with: made anew, or as a folder keeps them.

Needs the extra ``security``.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

from attrs import define, field
from cryptography import x509

from ocppkit.conformance.authority import Authority, Issued, Span
from ocppkit.security.hash_data import HashData
from ocppkit.security.keys import KeyKind, PrivateKey, generate_key, key_to_pem, read_key
from ocppkit.security.pem import read_certificates, to_pem
from ocppkit.v201 import CertificateHashDataType, OCSPRequestDataType

__all__ = ["ORGANIZATION", "Flaw", "Pki"]

ORGANIZATION: Final = "ocppkit conformance"
RESPONDER: Final = "http://ocsp.example"
"""Nothing answers there: a station asks its CSMS (M06)."""

_ROOTS: Final = ("csms", "v2g", "mo", "manufacturer", "foreign")
_SUBS: Final = {"v2g_sub1": "v2g", "v2g_sub2": "v2g_sub1", "mo_sub1": "mo", "mo_sub2": "mo_sub1"}


class Flaw(StrEnum):
    """What is wrong with a server's certificate; the value completes "the certificate ..."."""

    EXPIRED = "has expired"
    NOT_YET_VALID = "is not valid yet"
    FOREIGN_ROOT = "leads to a root that the station does not know"
    WRONG_NAME = "is for another host"
    WILDCARD = "is for a wildcard name"


@define(kw_only=True, eq=False)
class Pki:
    """The kit's authorities, with all their keys: for tests, never for stations in the field.

    Attributes:
        organization: the O of every certificate that names one.
        csms: the root above the CSMS's certificates and the stations' own.
        csms_new: the root that may succeed it, which it signed (AdditionalRootCertificateCheck).
        v2g: the V2G root.
        v2g_sub1: below it.
        v2g_sub2: below that; signs the V2G certificates of stations.
        mo: the root of the mobility operator.
        mo_sub1: below it.
        mo_sub2: below that; signs contracts.
        manufacturer: the root above those who sign firmware.
        foreign: a root that no station knows.
        former: the CSMS roots that were succeeded; they stay above stations' certificates.
        server_keys: of the CSMS: one for elliptic curves, one for RSA.
        folder: where all this is kept.
        issued: what was signed since, for `ocsp_result`.
    """

    organization: str
    csms: Authority
    csms_new: Authority
    v2g: Authority
    v2g_sub1: Authority
    v2g_sub2: Authority
    mo: Authority
    mo_sub1: Authority
    mo_sub2: Authority
    manufacturer: Authority
    foreign: Authority
    server_keys: tuple[PrivateKey, PrivateKey] = field(repr=False)
    former: tuple[x509.Certificate, ...] = ()
    folder: Path | None = None
    issued: list[Issued] = field(factory=list)

    @classmethod
    def make(cls, now: datetime, *, organization: str = ORGANIZATION) -> Self:
        """Make everything anew; takes about a second, as RSA does."""
        made: dict[str, Any] = {}
        for name in _ROOTS:
            made[name] = Authority.root(_spoken(name), organization=organization, now=now)
        for name, above in _SUBS.items():
            made[name] = made[above].sub(_spoken(name), now=now, responder=RESPONDER)
        made["csms_new"] = _successor(made["csms"], organization, now)
        keys = generate_key(KeyKind.ECDSA_P256), generate_key(KeyKind.RSA_2048)
        return cls(organization=organization, server_keys=keys, **made)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what `write` wrote.

        Raises:
            OSError: it cannot be read.
            ValueError: something else stands there.
        """
        roots = (*_ROOTS, "csms_new")
        read: dict[str, Any] = {
            name: Authority.read(folder / _file(name), root=name in roots)
            for name in (*roots, *_SUBS)
        }
        ec, rsa = (read_key((folder / name).read_bytes(), None) for name in _KEYS)
        former = folder / _FORMER
        if former.exists():
            read["former"] = read_certificates(former.read_text(encoding="ascii"))
        organization = ", ".join(read["csms"].organizations)
        return cls(organization=organization, server_keys=(ec, rsa), folder=folder, **read)

    def write(self, folder: Path) -> None:
        """Keep everything, keys included.

        Raises:
            OSError: it cannot be written.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (*_ROOTS, "csms_new", *_SUBS):
            authority: Authority = getattr(self, name)
            _ = authority.write(folder / _file(name))
        for name, key in zip(_KEYS, self.server_keys, strict=True):
            path = folder / name
            path.touch(mode=0o600)
            _ = path.write_bytes(key_to_pem(key, None))
        if self.former:
            _ = (folder / _FORMER).write_text(to_pem(self.former), encoding="ascii")
        self.folder = folder

    @property
    def station_roots(self) -> str:
        """What may stand above the certificates of stations, PEM."""
        return to_pem((self.csms.certificate, *self.former))

    def servers(
        self,
        host: str,
        *,
        now: datetime,
        flaw: Flaw | None = None,
        by: Authority | None = None,
    ) -> tuple[Issued, Issued]:
        """The certificates of the CSMS: one with an elliptic curve, one with RSA (A00.FR.318).

        Args:
            host: where stations find it.
            now: the present time, aware.
            flaw: what is to be wrong with them.
            by: above them; the present CSMS root unless told otherwise.

        Raises:
            ValueError: no wildcard name fits an address, or a name without a dot.
        """
        root = by or (self.foreign if flaw is Flaw.FOREIGN_ROOT else self.csms)
        spans = {Flaw.EXPIRED: Span.past(now), Flaw.NOT_YET_VALID: Span.future(now)}
        span = spans.get(flaw, Span.around(now)) if flaw else Span.around(now)
        name: str | None = None
        if flaw is Flaw.WRONG_NAME:
            name = "another-csms.example"
        elif flaw is Flaw.WILDCARD:
            name = wildcard(host)
        ec, rsa = (
            root.server(host, organization=self.organization, span=span, key=key, name=name)
            for key in self.server_keys
        )
        return ec, rsa

    def contract(self, emaid: str, *, now: datetime, span: Span | None = None) -> Issued:
        """The certificate of a contract, below `mo_sub2`; it names a responder."""
        return self._noted(self.mo_sub2.contract(emaid, now=now, responder=RESPONDER, span=span))

    def sign_station(self, csr: str, *, now: datetime) -> Issued:
        """Sign the request of a station for its own certificate, with the CSMS root.

        Raises:
            ValueError: it cannot be read.
        """
        return self._noted(self.csms.sign(csr, now=now))

    def sign_v2g(self, csr: str, *, now: datetime) -> Issued:
        """Sign the request of a station for a V2G certificate, with `v2g_sub2`.

        Raises:
            ValueError: it cannot be read.
        """
        return self._noted(self.v2g_sub2.sign(csr, now=now, responder=RESPONDER))

    def ocsp_result(self, asked: OCSPRequestDataType, *, now: datetime) -> str | None:
        """The answer about a certificate that the kit issued: it is good; None about others."""
        data = CertificateHashDataType(
            hash_algorithm=asked.hash_algorithm,
            issuer_name_hash=asked.issuer_name_hash,
            issuer_key_hash=asked.issuer_key_hash,
            serial_number=asked.serial_number,
        )
        wanted = HashData.from_wire(data)
        for issued in (*self.issued, *self._subs()):
            by = issued.issuer.certificate
            if HashData.of(issued.certificate, by, wanted.algorithm) == wanted:
                return issued.ocsp_result(now)
        return None

    def succeed(self, now: datetime) -> None:
        """The new CSMS root takes the old one's place, and has a successor itself.

        Raises:
            OSError: it cannot be kept.
        """
        self.former = (*self.former, self.csms.certificate)
        self.csms = self.csms_new
        self.csms_new = _successor(self.csms, self.organization, now)
        if self.folder is not None:
            self.write(self.folder)

    def _noted(self, issued: Issued) -> Issued:
        self.issued.append(issued)
        return issued

    def _subs(self) -> list[Issued]:
        return [
            Issued(certificate=getattr(self, name).certificate, issuer=getattr(self, above))
            for name, above in _SUBS.items()
        ]


_FORMER: Final = "csms-former.pem"
_KEYS: Final = ("server-ec.key", "server-rsa.key")


def wildcard(host: str) -> str:
    """A wildcard name that fits a host.

    Raises:
        ValueError: there is none for an address, or a name without a dot.
    """
    _, dot, rest = host.partition(".")
    if not dot or ":" in host or host.replace(".", "").isdigit():
        msg = f"no wildcard name fits {host}"
        raise ValueError(msg)
    return f"*.{rest}"


def _successor(root: Authority, organization: str, now: datetime) -> Authority:
    name = f"Conformance CSMS root of {now:%Y-%m-%d %H:%M:%S.%f}"  # each has a name of its own
    return Authority.root(name, organization=organization, now=now, signed_by=root)


def _spoken(name: str) -> str:
    kind, _, sub = name.partition("_")
    what = f"sub CA {sub[-1]}" if sub else "root"
    return f"Conformance {kind.upper() if len(kind) < 5 else kind} {what}"


def _file(name: str) -> str:
    return f"{name.replace('_', '-')}.pem"
