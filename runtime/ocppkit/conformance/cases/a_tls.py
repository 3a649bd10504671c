"""Block A, security: TLS, and the certificates of both ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._migration import ATTEMPTS, PRIORITY, slots_of
from ocppkit.conformance.cases._tls import attempted, boots_over_tls, check_offer, tls_of
from ocppkit.conformance.checks import fields, one_of
from ocppkit.conformance.csr import key_problem
from ocppkit.conformance.places import connectors_are
from ocppkit.conformance.relay import WENT_ON
from ocppkit.conformance.states import STARTUP_EVENTS, booting
from ocppkit.conformance.states_security import (
    needs_profile,
    needs_security,
    trusted_pki,
)
from ocppkit.conformance.verdict import Missing
from ocppkit.v201 import (
    BootNotificationRequest,
    SecurityEvent,
    SecurityEventNotificationRequest,
)

if TYPE_CHECKING:
    from ocppkit.conformance.pki import Flaw

__all__ = ["tc_a_04_cs", "tc_a_05_cs", "tc_a_06_cs", "tc_a_07_cs"]

_WILDCARDS: Final = "SecurityCtrlr.AllowCSMSTLSWildcards"
_INVALID: Final = fields(type=SecurityEvent.INVALID_CSMS_CERTIFICATE.value)
_TOO_LOW: Final = fields(type=SecurityEvent.INVALID_TLS_VERSION.value)


@case
async def tc_a_04_cs(t: Case) -> None:
    """The station connects over TLS to a CSMS whose certificate is right."""
    needs_profile(t, 2, 3)

    _ = await boots_over_tls(t, 2)


@case
async def tc_a_05_cs(t: Case) -> None:
    """A CSMS whose certificate is wrong, in five ways, is left, and told of (errata 6.2.2 - 4)."""
    needs_profile(t, 2, 3)
    _ = trusted_pki(t)
    from ocppkit.conformance.pki import Flaw  # noqa: PLC0415  # an extra, which is there by now

    _, active = await slots_of(t)
    await t.configure(
        {ATTEMPTS: 3, PRIORITY: str(active), _WILDCARDS: False}, optional=(_WILDCARDS,)
    )

    measured = await _reconnection(t)
    for flaw in Flaw:
        if flaw is Flaw.WILDCARD and not tls_of(t).chains.has_wildcard:
            t.kit.note("kit", "no wildcard name fits the kit's host: that certificate is left out")
            continue
        await _leaves(t, flaw, max(2 * measured, t.settings.optional_wait))


@case
async def tc_a_06_cs(t: Case) -> None:
    """A CSMS that speaks no TLS above 1.1 is left."""
    needs_profile(t, 2, 3)
    await t.configure({ATTEMPTS: 1})

    tls_of(t).too_old = True
    begin = len(t.kit.at.attempts)
    await booting(t)
    came = await attempted(t, begin, t.settings.reboot_timeout)
    tls_of(t).reset()
    if not came:
        t.deviate(1, "TLS", "a ClientHello", f"none within {t.settings.reboot_timeout:g} s")
        raise Missing("ClientHello")
    for attempt in came:
        if attempt.failure in (None, *WENT_ON):
            t.deviate(3, "TLS", "that the station ends it", attempt.failure or "a connection")
    within = t.settings.long_operation_timeout
    _ = await t.expect(BootNotificationRequest, 10, within=within)
    await t.connected()
    await connectors_are(t, 12)
    startup = fields(type=one_of(*STARTUP_EVENTS))
    _ = await t.expect(SecurityEventNotificationRequest, 14, where=startup)
    _ = await t.optional(SecurityEventNotificationRequest, 16, where=_TOO_LOW)


@case
async def tc_a_07_cs(t: Case) -> None:
    """The station shows a certificate of its own."""
    needs_profile(t, 3)
    needs_security()

    attempt, boot = await boots_over_tls(t, 4)
    if attempt.certificate is None:
        t.deviate(3, "certificate", "one of the station", "none")
        return
    _check_own(t, attempt.certificate, boot)


async def _reconnection(t: Case) -> float:
    """Drop the station; how long it takes to come back, in seconds."""
    at, begun = t.kit.at, t.kit.clock.monotonic()
    connection = at.connection
    await at.close(1001, "going away")
    within = t.settings.long_operation_timeout
    if not await t.kit.mailbox.until(lambda: at.connection > connection, within):
        t.deviate(2, "connection", "the station to connect", f"nothing within {within:g} s")
        raise Missing("connection")
    return t.kit.clock.monotonic() - begun


async def _leaves(t: Case, flaw: Flaw, seconds: float) -> None:
    """Steps 4 to 11: the station meets a wrong certificate, then the right one."""
    tls = tls_of(t)
    while await t.optional(SecurityEventNotificationRequest, where=_INVALID, within=0):
        pass  # of the certificate before: a station may have tried it more than once
    begin = len(t.kit.at.attempts)
    tls.flaw = flaw
    await t.kit.at.close(1001, "going away")
    # The text has it that not every refusal can be seen: then nothing has to come by this time.
    came = await attempted(t, begin, seconds)
    tls.reset()
    if any(attempt.failure is None for attempt in came):
        t.deviate(7, "connection", f"none: the certificate {flaw.value}", "a connection")
        return
    await t.connected(t.settings.long_operation_timeout)
    told = await t.expect(SecurityEventNotificationRequest, 10, where=_INVALID)
    t.kit.note("kit", f"the certificate {flaw.value}: {told.tech_info or 'the station says so'}")
    if t.kit.at.attempts[-1].handshake is not None:
        check_offer(t, 8, t.kit.at.attempts[-1])


def _check_own(t: Case, certificate: bytes, boot: BootNotificationRequest) -> None:
    from cryptography import x509  # noqa: PLC0415  # an extra
    from cryptography.x509.oid import NameOID  # noqa: PLC0415  # an extra

    shown = x509.load_der_x509_certificate(certificate)
    problem = key_problem(shown.public_key())
    if problem is not None:
        t.deviate(4, f"certificate: {problem.path}", problem.expected, problem.came)
    if not shown.serial_number:
        t.deviate(4, "certificate: serial number", "one", "0")
    names = [str(each.value) for each in shown.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    expected = boot.charging_station.serial_number
    if expected is None and len(names) == 1:
        return
    if [each.casefold() for each in names] != [(expected or "").casefold()]:
        wanted = expected or "the station's serial number"
        t.deviate(4, "certificate: commonName", wanted, ", ".join(names) or "none")
