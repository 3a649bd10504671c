"""The security profiles: what each asks of a connection."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from attrs import frozen

from ocppkit.message import Version
from ocppkit.value import Value

__all__ = ["PROFILES", "SecurityProfile", "security_profile"]


@frozen(kw_only=True, eq=False, repr=False)
class SecurityProfile(Value):
    """What a security profile asks of a connection (A00).

    Attributes:
        number: 0 to 3, as SecurityProfile gives it.
        tls: whether the channel is TLS, and so whether the CSMS shows a certificate.
        password: whether the station shows itself by HTTP basic authentication.
        client_certificate: whether the station shows itself by a TLS client certificate.
    """

    number: int
    tls: bool
    password: bool
    client_certificate: bool

    @property
    def scheme(self) -> str:
        """The scheme of the CSMS's URL."""
        return "wss" if self.tls else "ws"

    def mismatch(self, url: str, *, password: bool, client_certificate: bool) -> str | None:
        """Why a connection with these settings is not of this profile; None where it is.

        A station uses one profile at a time and never falls back to plain text on its own
        (A00.FR.001).

        Args:
            url: of the CSMS.
            password: whether there is one to send.
            client_certificate: whether there is one to show.
        """
        if urlsplit(url).scheme != self.scheme:
            return f"security profile {self.number} needs a {self.scheme} URL"
        if self.password and not password:
            return f"security profile {self.number} needs a password"
        if self.client_certificate and not client_certificate:
            return f"security profile {self.number} needs a certificate of the station"
        return None


PROFILES: Final = (
    SecurityProfile(number=0, tls=False, password=False, client_certificate=False),
    SecurityProfile(number=1, tls=False, password=True, client_certificate=False),
    SecurityProfile(number=2, tls=True, password=True, client_certificate=False),
    SecurityProfile(number=3, tls=True, password=False, client_certificate=True),
)
"""By number. The first is no profile of the whitepaper's: 1.6 without any security."""


def security_profile(
    number: int, version: Version, *, allow_unsecured: bool = False
) -> SecurityProfile:
    """The profile of a number.

    Args:
        number: 0 to 3.
        version: 2.0.1 has no profile 0.
        allow_unsecured: whether 1.6 may go without any security.

    Raises:
        ValueError: there is no such profile, or it is not allowed.
    """
    if not 0 <= number < len(PROFILES):
        msg = f"there is no security profile {number}"
        raise ValueError(msg)
    if number == 0 and version is not Version.V16:
        msg = "security profile 0 exists in 1.6 only"
        raise ValueError(msg)
    if number == 0 and not allow_unsecured:
        msg = "security profile 0 authenticates nobody: it must be allowed explicitly"
        raise ValueError(msg)
    return PROFILES[number]
