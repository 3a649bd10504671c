"""Block A, security: the station's own certificates are renewed."""

from __future__ import annotations

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.checks import fields, one_of
from ocppkit.conformance.csr import fit_csr
from ocppkit.conformance.states import (
    certificate_installed,
    charging_station_certificate_renewed,
    v2g_certificates_renewed,
)
from ocppkit.conformance.states_security import (
    certificate_asked_for,
    certificate_signed,
    needs_profile,
    reconnected,
    trusted_pki,
)
from ocppkit.v201 import (
    BootNotificationRequest,
    CertificateSignedStatusEnumType,
    GenericStatusEnumType,
    InstallCertificateUseEnumType,
    SecurityEvent,
    SecurityEventNotificationRequest,
    SignCertificateRequest,
    SignCertificateResponse,
)

__all__ = ["tc_a_11_cs", "tc_a_12_cs", "tc_a_14_cs", "tc_a_15_cs", "tc_a_23_cs"]

_V2G_ROOT = InstallCertificateUseEnumType.V2G_ROOT_CERTIFICATE
_REJECTED = CertificateSignedStatusEnumType.REJECTED
_ACCEPTED = CertificateSignedStatusEnumType.ACCEPTED
_INVALID = fields(type=SecurityEvent.INVALID_CHARGING_STATION_CERTIFICATE.value)
_SLACK = 0.5  # seconds that a message may take longer than the one before


@case
async def tc_a_11_cs(t: Case) -> None:
    """The station asks for a new certificate, and uses it."""
    needs_profile(t, 3)

    await charging_station_certificate_renewed(t)


@case
async def tc_a_12_cs(t: Case) -> None:
    """The station asks for a V2G certificate for each of its SECCs."""
    await certificate_installed(t, _V2G_ROOT, t.kit.pki.v2g.pem)

    await v2g_certificates_renewed(t)


@case
async def tc_a_14_cs(t: Case) -> None:
    """A certificate that leads to no root of the station's is rejected, and told of."""
    needs_profile(t, 3)
    pki = trusted_pki(t)

    request = await certificate_asked_for(t)
    invalid = pki.foreign.sign(request.csr, now=t.kit.clock.utc_now())
    _ = await certificate_signed(t, invalid.chain_pem, 6, status=_REJECTED)
    _ = await t.expect(SecurityEventNotificationRequest, 7, where=_INVALID)


@case
async def tc_a_15_cs(t: Case) -> None:
    """The CSMS refuses to have a certificate signed."""
    needs_profile(t, 3)

    rejected = SignCertificateResponse(status=GenericStatusEnumType.REJECTED)
    t.answer(SignCertificateRequest, rejected)
    _ = await certificate_asked_for(t)


@case
async def tc_a_23_cs(t: Case) -> None:
    """No certificate comes: the station asks again, later each time (errata 6.2.5)."""
    needs_profile(t, 3)
    pki = trusted_pki(t)
    wait = t.settings.cert_signing_wait_minimum
    await t.configure(
        {"SecurityCtrlr.CertSigningWaitMinimum": wait, "SecurityCtrlr.CertSigningRepeatTimes": 1}
    )

    requests = [await certificate_asked_for(t)]
    for step, least in ((6, wait), (9, 2 * wait)):
        within = least + t.settings.message_timeout
        again = await t.expect(SignCertificateRequest, step, check=fit_csr(), within=within)
        passed = t.came(again).at - t.came(requests[-1]).at
        if passed < least - _SLACK:
            t.deviate(step - 1, "SignCertificate", f"not before {least} s", f"after {passed:.1f} s")
        requests.append(again)
    t.allow(BootNotificationRequest)
    answers = []
    for step, request in zip((12, 14, 16), requests, strict=True):
        issued = pki.sign_station(request.csr, now=t.kit.clock.utc_now())
        connection = t.kit.at.connection
        answers.append(
            await certificate_signed(t, issued.chain_pem, step, status=one_of(_ACCEPTED, _REJECTED))
        )
        if answers[-1] is _ACCEPTED:
            await reconnected(t, connection)
    if _ACCEPTED not in answers:
        t.deviate(16, "CertificateSignedResponse.status", "Accepted once", "Rejected each time")
