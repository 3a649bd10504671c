"""What the station shows to EVs: for whoever speaks ISO 15118 with them."""

from __future__ import annotations

from attrs import field, frozen

from ocppkit.security.tls import OwnCertificate
from ocppkit.value import Value

__all__ = ["V2GCredentials"]


@frozen(kw_only=True, eq=False, repr=False)
class V2GCredentials(Value):
    """A V2G certificate of the station.

    Attributes:
        files: its chain, without the root, and its key.
        ocsp: what a responder said of each certificate of the chain, DER, to be stapled; None where
            nothing is known that is still good.
    """

    files: OwnCertificate
    ocsp: tuple[bytes | None, ...] = field(default=(), repr=False)
