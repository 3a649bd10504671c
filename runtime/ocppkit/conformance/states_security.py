"""Part 6's reusable states about certificates."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from ocppkit.conformance.case import ALL, Case
from ocppkit.conformance.checks import fields
from ocppkit.conformance.csr import fit_csr, is_readable
from ocppkit.conformance.verdict import Missing, NotApplicable
from ocppkit.v201 import (
    BootNotificationRequest,
    CertificateSignedRequest,
    CertificateSignedStatusEnumType,
    CertificateSigningUseEnumType,
    EVSEType,
    MessageTriggerEnumType,
    SignCertificateRequest,
    TriggerMessageRequest,
    TriggerMessageStatusEnumType,
)

if TYPE_CHECKING:
    from ocppkit.conformance.pki import Pki

__all__ = [
    "certificate_asked_for",
    "certificate_signed",
    "charging_station_certificate_renewed",
    "needs_profile",
    "needs_security",
    "reconnected",
    "trusted_pki",
    "v2g_certificates_renewed",
]

_STATION: Final = CertificateSigningUseEnumType.CHARGING_STATION_CERTIFICATE
_V2G: Final = CertificateSigningUseEnumType.V2G_CERTIFICATE
_ACCEPTED: Final = CertificateSignedStatusEnumType.ACCEPTED
_TRIGGER: Final = MessageTriggerEnumType.SIGN_CHARGING_STATION_CERTIFICATE
_WITH_CERTIFICATE: Final = 3


def needs_profile(t: Case, *profiles: int) -> None:
    """See that the station is connected under one of these security profiles.

    Raises:
        NotApplicable: it is not.
    """
    present = t.settings.security_profile
    if present not in profiles:
        wanted = " or ".join(map(str, profiles))
        raise NotApplicable(f"needs security profile {wanted}: it is {present}")
    if present > 1 and not t.kit.secure:
        raise NotApplicable("needs TLS")


def needs_security() -> None:
    """See that certificates can be read.

    Raises:
        NotApplicable: what does that is not installed.
    """
    if find_spec("cryptography") is None:
        raise NotApplicable("needs ocppkit[security]")


def trusted_pki(t: Case) -> Pki:
    """The kit's authorities, where the station trusts them.

    Raises:
        NotApplicable: it does not.
    """
    if t.settings.authority is None:
        raise NotApplicable("needs authority, whose root the station trusts")
    return t.kit.pki


async def charging_station_certificate_renewed(t: Case) -> None:
    """RenewChargingStationCertificate (errata 6.2.122, 6.2.123).

    Under security profile 3 the station has to connect again, and to show the new certificate.

    Raises:
        NotApplicable: the station does not trust the kit's authority.
        Missing: the station does not go along.
    """
    pki = trusted_pki(t)
    request = await certificate_asked_for(t)
    issued = pki.sign_station(request.csr, now=t.kit.clock.utc_now())
    begin, connection = len(t.kit.at.attempts), t.kit.at.connection
    t.allow(BootNotificationRequest)
    _ = await certificate_signed(t, issued.chain_pem, 6)
    if t.settings.security_profile != _WITH_CERTIFICATE:
        return
    await reconnected(t, connection)
    shown = [each.certificate for each in t.kit.at.attempts[begin:] if each.certificate]
    if not shown or shown[-1] != issued.der:
        t.deviate(7, "connection", "the new certificate", "another one" if shown else "none")


async def v2g_certificates_renewed(t: Case) -> None:
    """RenewV2GChargingStationCertificate, for each EVSE with a SeccId.

    The station has to trust the kit's V2G root: `certificate_installed` comes first.

    Raises:
        NotApplicable: the kit lacks what it needs to sign.
        Missing: the station does not go along.
    """
    pki = t.kit.pki
    component = "ISO15118Ctrlr"
    await t.configure(
        {
            f"{component}.V2GCertificateInstallationEnabled": True,
            f"{component}.CountryName": "NL",
            f"{component}.OrganizationName": t.settings.vendor_id,
        },
        optional=ALL,
    )
    for evse, name in _secc_ids(t) or [(None, None)]:
        request = await certificate_asked_for(
            t, MessageTriggerEnumType.SIGN_V2G_CERTIFICATE, evse=evse, common_name=name
        )
        issued = pki.sign_v2g(request.csr, now=t.kit.clock.utc_now())
        _ = await certificate_signed(t, issued.chain_pem, 6, kind=_V2G)


async def certificate_asked_for(
    t: Case,
    message: MessageTriggerEnumType = _TRIGGER,
    *,
    evse: int | None = None,
    common_name: str | None = None,
) -> SignCertificateRequest:
    """Have the station ask for a certificate, and check what it asks; steps 1 to 4.

    Raises:
        NotApplicable: the kit cannot read requests.
        Missing: it does not ask, or nothing that can be read.
    """
    needs_security()
    place = None if evse is None else EVSEType(id=evse)
    _ = await t.call(
        TriggerMessageRequest(requested_message=message, evse=place),
        2,
        check=fields(status=TriggerMessageStatusEnumType.ACCEPTED),
    )
    fit = fit_csr(v2g=message is not _TRIGGER, common_name=common_name)
    request = await t.expect(SignCertificateRequest, 3, check=fit)
    if not is_readable(request.csr):
        raise Missing("csr")  # as noted by now
    return request


async def certificate_signed(
    t: Case,
    chain: str,
    step: int | str,
    *,
    kind: CertificateSigningUseEnumType = _STATION,
    status: object = _ACCEPTED,
) -> CertificateSignedStatusEnumType:
    """Send a signed certificate, and see what the station makes of it.

    Args:
        t: the case.
        chain: PEM.
        step: of the case's text.
        kind: what it is for.
        status: what the station has to answer.

    Raises:
        Missing: it does not answer.
    """
    request = CertificateSignedRequest(certificate_chain=chain, certificate_type=kind)
    answer = await t.call(request, step, check=fields(status=status))
    return answer.status


async def reconnected(t: Case, connection: int) -> None:
    """Wait until the station has connected again; where it does not by itself, it is dropped.

    Args:
        t: the case.
        connection: the number of the one before (`Endpoint.connection`).

    Raises:
        Missing: it does not come back.
    """
    at = t.kit.at
    again = await t.kit.mailbox.until(lambda: at.connection > connection, t.settings.optional_wait)
    if not again:
        await at.close(1001, "connect again, please")
        within = t.settings.long_operation_timeout
        _ = await t.kit.mailbox.until(lambda: at.connection > connection, within)
    await t.connected()


def _secc_ids(t: Case) -> list[tuple[int | None, str | None]]:
    """The EVSEs that have an id of their own for EVs, and that id."""
    return [
        (item.key.evse, item.value)
        for item in t.inventory
        if item.key.component == "ISO15118Ctrlr" and item.key.name == "SeccId" and item.value
    ]
