"""Whose certificate it is: the names in certificates of stations and of a CSMS."""

from __future__ import annotations

import ipaddress
import re
from enum import StrEnum

from cryptography import x509
from cryptography.x509.oid import NameOID

from ocppkit.security.chain import common_name
from ocppkit.security.pem import UNUSABLE

__all__ = ["IdentityProblem", "common_name_problem", "station_certificate_problem"]

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class IdentityProblem(StrEnum):
    """Why a certificate is not that of the station that shows it."""

    NO_CERTIFICATE = "the station shows no certificate"
    UNREADABLE = "the station's certificate cannot be read"
    NO_COMMON_NAME = "the certificate has not exactly one common name"
    LOOKS_LIKE_A_HOST = "the common name is a URL or an address, not a serial number"
    OTHER_STATION = "the certificate belongs to another station"
    OTHER_ORGANIZATION = "the certificate belongs to another organization"


def common_name_problem(name: str) -> IdentityProblem | None:
    """Why a station cannot bear this common name: it reads as a URL or an address (A00.FR.511)."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return IdentityProblem.LOOKS_LIKE_A_HOST if _URL.match(name) else None
    return IdentityProblem.LOOKS_LIKE_A_HOST


def station_certificate_problem(  # noqa: PLR0911  # a return a rule
    certificate: bytes | None, *, serial_number: str, organization: str
) -> IdentityProblem | None:
    """Why a CSMS does not take a certificate for that of a station (A00.FR.404, A00.FR.405).

    The chain is TLS's business.

    Args:
        certificate: what the station showed, DER; None where it showed none.
        serial_number: of the station, as its certificate must say; upper and lower case are one.
        organization: the name of the CSO, or of one that it trusts.

    Returns:
        None where nothing is wrong.
    """
    if certificate is None:
        return IdentityProblem.NO_CERTIFICATE
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        name, subject = common_name(parsed), parsed.subject
    except UNUSABLE:
        return IdentityProblem.UNREADABLE
    if name is None:
        return IdentityProblem.NO_COMMON_NAME
    problem = common_name_problem(name)
    if problem is not None:
        return problem
    if name.casefold() != serial_number.casefold():
        return IdentityProblem.OTHER_STATION
    organizations = subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    if organization not in {attribute.value for attribute in organizations}:
        return IdentityProblem.OTHER_ORGANIZATION
    return None
