"""The configuration keys of the security extension (whitepaper §7; Plug & Charge note)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ocppkit.connection.network import NetworkProfile
from ocppkit.message import Version
from ocppkit.security.passwords import key_from_hex
from ocppkit.station.core import StationCore
from ocppkit.station.signing_policy import SigningPolicy
from ocppkit.station.v16.configuration import Key, Ordered
from ocppkit.v16 import ConfigurationStatus

__all__ = ["security_keys"]

_LONGEST_ORGANIZATION: Final = 64  # octets, as ours encode it (RFC 5280, ub-organization-name)
_YEAR: Final = 366 * 86_400  # seconds
_MOST_REPEATS: Final = 1000
_REJECTED: Final = Ordered(status=ConfigurationStatus.REJECTED)


def security_keys(
    core: StationCore, policy: SigningPolicy, *, wake: Callable[[], None]
) -> list[Key]:
    """The keys of a station.

    Args:
        core: the station.
        policy: of renewals; changed in place.
        wake: called when it is another.
    """
    security = core.security

    async def order_password(text: str) -> Ordered:
        try:
            password = key_from_hex(text)
        except ValueError:
            return _REJECTED

        async def reconnect() -> None:
            core.keeper.reconnect("the password is another")

        used = await security.set_password(password)
        return Ordered(status=ConfigurationStatus.ACCEPTED, then=reconnect if used else None)

    async def order_profile(text: str) -> Ordered:
        targets: list[NetworkProfile] = []
        if not (text.isascii() and text.isdigit() and len(text) == 1):
            return _REJECTED
        refused = await security.request(int(text), version=Version.V16, switch=targets.append)
        if refused is not None:
            return _REJECTED

        async def switch() -> None:
            for target in targets:
                core.keeper.switch(target)

        return Ordered(status=ConfigurationStatus.ACCEPTED, then=switch)

    def take_organization(text: str) -> None:
        if not 0 < len(text.encode()) <= _LONGEST_ORGANIZATION or not text.isprintable():
            raise ValueError(text)
        policy.organization = text
        wake()

    def number(name: str, attribute: str, maximum: int) -> Key:
        def take(text: str) -> None:
            if not (text.isascii() and text.isdigit()) or int(text) > maximum:
                raise ValueError(text)
            setattr(policy, attribute, int(text))
            wake()

        return Key(name=name, get=lambda: str(getattr(policy, attribute)), set=take)

    def fixed(name: str, value: str) -> Key:
        return Key(name=name, get=lambda: value)

    return [
        fixed("AdditionalRootCertificateCheck", str(security.replaces_csms_root).lower()),
        Key(name="AuthorizationKey", get=lambda: "", readable=False, order=order_password),
        fixed("CertificateSignedMaxChainSize", str(policy.max_chain_size)),
        fixed("CertificateStoreMaxLength", str(security.max_roots)),
        Key(name="CpoName", get=lambda: policy.organization, set=take_organization),
        Key(name="SecurityProfile", get=lambda: str(security.current), order=order_profile),
        number("CertSigningWaitMinimum", "wait_minimum", _YEAR),
        number("CertSigningRepeatTimes", "repeat_times", _MOST_REPEATS),
    ]
