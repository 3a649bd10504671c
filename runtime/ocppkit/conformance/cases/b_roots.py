"""Block B, provisioning: migrations to a CSMS below another root."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._migration import ATTEMPTS, booted_there, moved
from ocppkit.conformance.states import certificate_installed, get_installed_certificates
from ocppkit.conformance.states_security import needs_profile, trusted_pki
from ocppkit.conformance.verdict import NotApplicable
from ocppkit.v201 import GetCertificateIdUseEnumType, InstallCertificateUseEnumType

__all__ = ["tc_b_47_cs", "tc_b_50_cs"]

_CSMS_ROOT: Final = InstallCertificateUseEnumType.CSMS_ROOT_CERTIFICATE
_INSTALLED: Final = GetCertificateIdUseEnumType.CSMS_ROOT_CERTIFICATE
_ONE_ROOT: Final = "SecurityCtrlr.AdditionalRootCertificateCheck"


@case
async def tc_b_47_cs(t: Case) -> None:
    """The other CSMS is not below the new root: the station comes back, and keeps the old root."""
    needs_profile(t, 2, 3)
    pki = trusted_pki(t)
    await t.configure({_ONE_ROOT: True, ATTEMPTS: 1})  # without it the old root stays good
    await certificate_installed(t, _CSMS_ROOT, pki.csms_new.pem)

    begin = len(t.kit.second.attempts)
    async with moved(t, t.settings.security_profile):
        await booted_there(t, 10, at="first")
        tried = t.kit.second.attempts[begin:]
        if not tried:
            t.deviate(8, "connection", "an attempt at the other address", "none")
        if any(attempt.failure is None for attempt in tried):
            t.deviate(8, "TLS", "none: the certificate is below the old root", "a connection")
        installed = await get_installed_certificates(t, _INSTALLED, 12)
        if not any(pki.csms.is_named_by(each.certificate_hash_data) for each in installed):
            named = ", ".join(each.certificate_hash_data.serial_number for each in installed)
            t.deviate(12, "certificateHashDataChain", "the old CSMS root", named or "nothing")


@case
async def tc_b_50_cs(t: Case) -> None:
    """The station moves to a CSMS below the new root."""
    needs_profile(t, 2, 3)
    pki = trusted_pki(t)
    tls = t.kit.second.tls
    if tls is None:
        raise NotApplicable("needs TLS at the second endpoint")
    await certificate_installed(t, _CSMS_ROOT, pki.csms_new.pem)

    tls.by = pki.csms_new
    async with moved(t, t.settings.security_profile):
        t.kit.at = t.kit.second
        await booted_there(t, 9, at="second")
        # A station may trust the new root only, from now on: all that is shown is below it.
        tls.reset()
        pki.succeed(t.kit.clock.utc_now())
