"""What the configuration says of the renewal of the station's certificate."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from attrs import define, frozen

from ocppkit.value import Value

__all__ = ["LARGEST_CHAIN", "SigningPolicy", "V2GSubject"]

LARGEST_CHAIN: Final = 10_000  # characters of CertificateSigned's chain, in both versions


@define(kw_only=True)
class SigningPolicy:
    """What the configuration says of renewals; durations in seconds.

    Attributes:
        organization: in the subject (CpoName, OrganizationName); empty while unknown.
        wait_minimum: before a request goes again (CertSigningWaitMinimum); 0 for never.
        repeat_times: how often that wait doubles (CertSigningRepeatTimes).
        max_chain_size: of what the CSMS sends, in characters.
        renew_before: how long before its end a certificate is renewed.
        awaits_start: whether a certificate that is not valid yet is kept until it is (whitepaper
            A02.FR.08), and not rejected (2.0.1 A02.FR.06, errata 2025-09 §2.9).
    """

    organization: str = ""
    wait_minimum: int = 0
    repeat_times: int = 0
    max_chain_size: int = LARGEST_CHAIN
    renew_before: timedelta = timedelta(days=30)
    awaits_start: bool = True


@frozen(kw_only=True, eq=False, repr=False)
class V2GSubject(Value):
    """Whose name the certificate bears that the station shows to EVs (SECC leaf).

    Attributes:
        common_name: the id of the SECC.
        organization: of the operator; empty while unknown.
        country: two letters (ISO 3166-1); None to leave it out.
    """

    common_name: str
    organization: str
    country: str | None = None
