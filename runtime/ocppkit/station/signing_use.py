"""Which certificate of the station is renewed, and what is particular about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, Protocol

from attrs import field, frozen

from ocppkit.security import at_need
from ocppkit.security.uses import OwnUse, RootUse
from ocppkit.station.certificates import StationCertificates
from ocppkit.station.signing_policy import SigningPolicy, V2GSubject
from ocppkit.station.signing_state import V2G_KEPT
from ocppkit.value import Value

if TYPE_CHECKING:
    from cryptography import x509

    from ocppkit.security.chain import Usage
    from ocppkit.security.keys import PrivateKey

__all__ = ["CombinedUse", "SigningUse", "StationUse", "V2GUse"]

_CPO: Final = "CPO"  # the domain component of a station's certificate (ISO 15118-2 annex F)


class SigningUse(Protocol):
    """What `CertificateSigning` needs to know of a certificate."""

    @property
    def use(self) -> OwnUse:
        """Which one it is."""
        ...

    @property
    def usage(self) -> Usage:
        """What it is used for."""
        ...

    @property
    def kept_as(self) -> str:
        """Where its open request is kept."""
        ...

    @property
    def able(self) -> bool:
        """Whether it can be asked for: its subject is known."""
        ...

    @property
    def shown(self) -> bool:
        """Whether it is used at present, so that it is renewed in time."""
        ...

    async def roots(self) -> tuple[x509.Certificate, ...]:
        """What vouches for it; raises OSError."""
        ...

    async def present(self) -> list[x509.Certificate]:
        """Those in use; raises OSError and ValueError."""
        ...

    async def request(self, key: PrivateKey) -> str:
        """A request to sign a key, PEM; raises ValueError where the names do not fit."""
        ...

    async def installed(self) -> None:
        """Another one has been installed."""
        ...

    def adopt(self) -> None:
        """Use the one that has been installed."""
        ...


@frozen(kw_only=True, eq=False, repr=False)
class StationUse(Value):
    """The certificate that the station shows to the CSMS.

    Attributes:
        policy: what the configuration says.
        certificates: of the station.
        name: the station's serial number; what its present certificate says wins.
        shows: whether the present connection shows a certificate of the station.
        reconnect: ends the present connection for one with the new certificate.
    """

    policy: SigningPolicy
    certificates: StationCertificates = field(repr=False)
    name: str
    shows: Callable[[], bool] = field(repr=False)
    reconnect: Callable[[], None] = field(repr=False)
    use: OwnUse = OwnUse.CHARGING_STATION
    kept_as: str = "state"

    @property
    def usage(self) -> Usage:
        """A client's of TLS."""
        return at_need.Usage.TLS_CLIENT

    @property
    def able(self) -> bool:
        """Whether the organization is known."""
        return bool(self.policy.organization)

    @property
    def shown(self) -> bool:
        """Whether the present connection shows it."""
        return self.shows()

    async def roots(self) -> tuple[x509.Certificate, ...]:
        """The roots of the operator."""
        return await self.certificates.csms_roots()

    async def present(self) -> list[x509.Certificate]:
        """The one that is shown first."""
        own = await self.certificates.own()
        return [] if own is None else [own]

    async def request(self, key: PrivateKey) -> str:
        """A request for what the present certificate says, which the CSMS knows."""
        return at_need.signing_request(
            key, common_name=await self.common_name(), organization=self.policy.organization
        )

    async def installed(self) -> None:
        """Nothing else depends on it."""

    def adopt(self) -> None:
        """Connect with it, where one is shown."""
        if self.shows():
            self.reconnect()

    async def common_name(self) -> str:
        """What the present certificate says, or else the station's serial number."""
        try:
            own = await self.certificates.own()
        except (OSError, ValueError):
            own = None
        present = None if own is None else at_need.common_name(own)
        if present is None or at_need.common_name_problem(present) is not None:
            return self.name
        return present


@frozen(kw_only=True, eq=False, repr=False)
class V2GUse(Value):
    """The certificate that the station shows to EVs (SECC leaf).

    Attributes:
        subject: says whose name it bears.
        certificates: of the station.
        enabled: whether it is used at all.
        renewed: called once another one has been installed.
    """

    subject: Callable[[], V2GSubject] = field(repr=False)
    certificates: StationCertificates = field(repr=False)
    enabled: Callable[[], bool] = field(repr=False)
    renewed: Callable[[], Awaitable[None]] = field(repr=False)
    use: OwnUse = OwnUse.V2G
    kept_as: str = V2G_KEPT

    @property
    def usage(self) -> Usage:
        """A server's of TLS."""
        return at_need.Usage.TLS_SERVER

    @property
    def able(self) -> bool:
        """Whether the subject is known."""
        return bool(self.subject().organization)

    @property
    def shown(self) -> bool:
        """Whether it is used."""
        return self.enabled()

    async def roots(self) -> tuple[x509.Certificate, ...]:
        """The V2G roots."""
        return await self.certificates.trusted_roots(RootUse.V2G)

    async def present(self) -> list[x509.Certificate]:
        """Of each root the newest."""
        store = self.certificates.store
        if store is None:
            return []
        return [entry.certificate for entry in (await store.read()).v2g_in_use()]

    async def request(self, key: PrivateKey) -> str:
        """A request as ISO 15118-2 wants it."""
        subject = self.subject()
        return at_need.signing_request(
            key,
            common_name=subject.common_name,
            organization=subject.organization,
            country=subject.country,
            domain_component=_CPO,
        )

    async def installed(self) -> None:
        """Drop those of the same root that it takes the place of."""
        await _confirm_v2g(self.certificates)
        await self.renewed()

    def adopt(self) -> None:
        """EVs see it from their next connection on."""


@frozen(kw_only=True, eq=False, repr=False)
class CombinedUse(Value):
    """One certificate for the CSMS and for EVs (A00.FR.428); EVs have to trust its root.

    Attributes:
        station: the same for the CSMS alone, under whose name this is asked for.
        country: two letters (ISO 3166-1); None to leave it out.
        enabled: whether EVs are shown certificates at all.
        renewed: called once another one has been installed.
    """

    station: StationUse
    country: Callable[[], str | None] = field(repr=False)
    enabled: Callable[[], bool] = field(repr=False)
    renewed: Callable[[], Awaitable[None]] = field(repr=False)
    use: OwnUse = OwnUse.COMBINED
    kept_as: str = "combined"
    shown: bool = False
    """By itself each use is renewed alone."""

    @property
    def usage(self) -> Usage:
        """A client's of TLS."""
        return at_need.Usage.TLS_CLIENT

    @property
    def able(self) -> bool:
        """Whether the organization is known, and EVs are shown something."""
        return self.station.able and self.enabled()

    async def roots(self) -> tuple[x509.Certificate, ...]:
        """The V2G roots."""
        return await self.station.certificates.trusted_roots(RootUse.V2G)

    async def present(self) -> list[x509.Certificate]:
        """None: see `shown`."""
        return []

    async def request(self, key: PrivateKey) -> str:
        """A request for what both need."""
        return at_need.signing_request(
            key,
            common_name=await self.station.common_name(),
            organization=self.station.policy.organization,
            country=self.country(),
            domain_component=_CPO,
        )

    async def installed(self) -> None:
        """Drop what it takes the place of for EVs; for the CSMS that needs a connection."""
        await _confirm_v2g(self.station.certificates)
        await self.renewed()

    def adopt(self) -> None:
        """Connect with it, where one is shown."""
        self.station.adopt()


async def _confirm_v2g(certificates: StationCertificates) -> None:
    store = certificates.store
    if store is not None:
        for entry in (await store.read()).own_for(OwnUse.V2G)[:1]:
            _ = await store.confirm_own(entry)
