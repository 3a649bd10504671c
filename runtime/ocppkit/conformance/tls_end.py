"""How an endpoint shows itself: plain or in TLS, with which certificates; a case may change it."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from attrs import define, field

from ocppkit.clock import Clock
from ocppkit.conformance.settings import CaseSettings
from ocppkit.conformance.verdict import NotApplicable
from ocppkit.security.tls import TLS12_CIPHERS

if TYPE_CHECKING:
    from ocppkit.conformance.authority import Authority, Issued
    from ocppkit.conformance.pki import Flaw, Pki

__all__ = ["Chains", "TlsEnd"]

# Level 1 lets stations with short keys in: the case says then what is wrong with them.
_CIPHERS: Final = ":".join((*TLS12_CIPHERS, "ECDHE+CHACHA20", "ECDHE+AES", "@SECLEVEL=1"))


@define(kw_only=True, eq=False)
class Chains:
    """The certificates that endpoints can show, and what stations have to show.

    Attributes:
        settings: of the cases.
        host: the name or address in the certificates.
        clock: of the kit.
        pki: the kit's authority; None where the settings name files instead.
    """

    settings: CaseSettings
    host: str
    clock: Clock
    pki: Pki | None = None
    _made: dict[object, ssl.SSLContext] = field(factory=dict, init=False)

    def context(
        self, profile: int, *, flaw: Flaw | None = None, by: Authority | None = None
    ) -> ssl.SSLContext:
        """The TLS settings of a server under security profile 2 or 3.

        Args:
            profile: under 3 stations have to show a certificate.
            flaw: what is to be wrong with the server's certificates.
            by: above them; the present CSMS root unless told otherwise.

        Raises:
            NotApplicable: there is no authority to make that.
            OSError: a certificate or key cannot be read, or is none.
            ValueError: no wildcard name fits the host, or a file is missing in the settings.
        """
        root = by or (None if self.pki is None else self.pki.csms)
        key = (profile, flaw, None if root is None else root.pem)
        if key not in self._made:
            self._made[key] = self._make(profile, flaw, root)
        return self._made[key]

    @property
    def has_wildcard(self) -> bool:
        """Whether a wildcard name fits the host."""
        from ocppkit.conformance.pki import wildcard  # noqa: PLC0415  # an extra

        try:
            _ = wildcard(self.host)
        except ValueError:
            return False
        return True

    def first(self) -> tuple[bytes, ...]:
        """The chain with an RSA key, in DER; nothing where the settings name a file."""
        if self.pki is None:
            return ()
        issued = self.pki.servers(self.host, now=self.clock.utc_now())[1]
        from ocppkit.security.pem import to_pem  # noqa: PLC0415  # an extra

        chain = (issued.certificate, *issued.above)
        return tuple(ssl.PEM_cert_to_DER_cert(to_pem([each])) for each in chain)

    def _make(self, profile: int, flaw: Flaw | None, by: Authority | None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(_CIPHERS)
        context.options |= ssl.OP_NO_TICKET  # a session taken up again shows no certificate
        context.num_tickets = 0
        given = self.settings.server_chain
        if self.pki is not None and not (given and flaw is None and by is self.pki.csms):
            _load(context, self._issued(self.pki, flaw, by))
        elif given is not None and flaw is None:
            context.load_cert_chain(given)
        elif flaw is None:
            raise ValueError("security profiles 2 and 3 need authority or server_chain")
        else:
            raise NotApplicable("needs authority, to make certificates that are wrong")
        if profile == 3:
            self._demand(context)
        return context

    def _issued(self, pki: Pki, flaw: Flaw | None, by: Authority | None) -> Sequence[Issued]:
        from ocppkit.conformance.pki import Flaw as Flaws  # noqa: PLC0415  # an extra

        above = None if flaw is Flaws.FOREIGN_ROOT else by
        return pki.servers(self.host, now=self.clock.utc_now(), flaw=flaw, by=above)

    def _demand(self, context: ssl.SSLContext) -> None:
        """Have stations show a certificate."""
        roots = "" if self.pki is None else self.pki.station_roots
        file = self.settings.station_root
        if not roots and file is None:
            raise ValueError("security profile 3 needs authority or station_root")
        context.load_verify_locations(cafile=file, cadata=roots or None)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.verify_mode = ssl.CERT_REQUIRED


@define(kw_only=True, eq=False)
class TlsEnd:
    """How one endpoint shows itself to the next station that connects.

    Attributes:
        chains: what it can show.
        profile: the security profile: under 1 it speaks without TLS.
        flaw: what is wrong with its certificates.
        by: the authority above them, where it is not the present CSMS root.
        too_old: whether it speaks no TLS but 1.1.
    """

    chains: Chains
    profile: int
    flaw: Flaw | None = None
    by: Authority | None = None
    too_old: bool = False
    _usual: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Remember what is usual."""
        self._usual = self.profile

    def context(self) -> ssl.SSLContext:
        """As `Chains.context`."""
        return self.chains.context(self.profile, flaw=self.flaw, by=self.by)

    def settle(self, profile: int) -> None:
        """Keep to another security profile from now on."""
        self._usual = profile
        self.reset()

    def reset(self) -> None:
        """Show itself as usual."""
        self.profile, self.flaw, self.by, self.too_old = self._usual, None, None, False


def _load(context: ssl.SSLContext, chains: Sequence[Issued]) -> None:
    with TemporaryDirectory() as folder:  # `ssl` reads keys from files only
        for number, issued in enumerate(chains):
            context.load_cert_chain(issued.write(Path(folder) / f"{number}.pem"))
