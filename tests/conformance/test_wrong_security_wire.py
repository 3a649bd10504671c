"""Stations that are wrong about TLS and certificates on purpose: the kit catches each."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from ocppkit.clock import SystemClock
from ocppkit.conformance import Outcome, relay
from ocppkit.conformance.certificates import LaidOut, lay_out
from ocppkit.conformance.relay import WENT_ON
from ocppkit.security import at_need, tls
from ocppkit.station import certificates as own_certificates
from ocppkit.station.certificates import StationCertificates
from ocppkit.station.dialing import Dialer
from ocppkit.station.network_profiles import NetworkProfiles
from ocppkit.station.security import StationSecurity

from .secure import HOST, ONE_ROOT, laid_out, secured, told, verdict_of
from .tampering import Tamper

pytestmark = pytest.mark.long  # `make conformance` runs them

__all__ = ["laid_out"]

Spoil = Callable[[pytest.MonkeyPatch], None]


def _says(name: str, **changes: Any) -> Tamper:
    """Every message of this name says something else, at its top."""
    return lambda said, payload: {**payload, **changes} if said == name else payload


def _never(name: str, **having: Any) -> Tamper:
    """No message of this name, with these fields, comes."""
    return lambda said, payload: (
        None if said == name and having.items() <= payload.items() else payload
    )


def _short_csr() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  # on purpose
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SIM-0001")])
    built = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return built.public_bytes(serialization.Encoding.PEM).decode()


def _trusts_all(patch: pytest.MonkeyPatch) -> None:
    """It looks at no certificate of the CSMS."""
    made = tls.client_context

    def context(*args: Any, **more: Any) -> ssl.SSLContext | None:
        trusting = made(*args, **more)
        if trusting is not None:
            trusting.check_hostname = False
            trusting.verify_mode = ssl.CERT_NONE
        return trusting

    patch.setattr(own_certificates, "client_context", context)
    patch.setattr(tls, "_refuse_wildcards", lambda _: None)


def _takes_wildcards(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tls, "_refuse_wildcards", lambda _: None)


def _offers_one_suite(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tls, "TLS12_CIPHERS", ("ECDHE-ECDSA-AES128-GCM-SHA256",))


def _bears_with_old_tls(patch: pytest.MonkeyPatch) -> None:
    """No library here speaks it any more: see test_relay_wire.py."""

    async def went_on(*_: Any) -> str:
        return WENT_ON[0]

    patch.setattr(relay.Relay, "_answer_old", went_on)


def _keeps_its_certificate(patch: pytest.MonkeyPatch) -> None:
    shown = StationCertificates._own

    async def of_the_folder(self: StationCertificates, _: Any) -> Sequence[Any]:
        return await shown(self, None)

    patch.setattr(StationCertificates, "_own", of_the_folder)


def _keeps_its_password(patch: pytest.MonkeyPatch) -> None:
    async def forgotten(*_: Any) -> bool:
        return True

    patch.setattr(StationSecurity, "set_password", forgotten)


def _asks_again_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(at_need, "retry_delay", lambda *_, **__: 0)


def _never_asks_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(at_need, "retry_delay", lambda *_, **__: None)


def _keeps_old_ways(patch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: Any, **__: Any) -> None:
        pass

    patch.setattr(NetworkProfiles, "connected", nothing)


def _checks_with_any_root(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Dialer, "_migrates", lambda *_: False)


EVENT: Final = "SecurityEventNotification"
SAYS_WRONG: Final[dict[str, tuple[int, str, Tamper, str]]] = {
    "it does not tell of a wrong certificate": (
        2,
        "A_05",
        _never(EVENT, type="InvalidCsmsCertificate"),
        "SecurityEventNotification: expected such a message",
    ),
    "it asks for a certificate with a short key": (
        3,
        "A_11",
        _says("SignCertificate", csr=_short_csr()),
        "key: expected at least 2048 bits, came 1024",
    ),
    "it asks for no certificate": (3, "A_15", _never("SignCertificate"), "SignCertificate: exp"),
    "it takes a certificate of anybody's": (
        3,
        "A_14",
        _says("CertificateSignedResponse", status="Accepted"),
        "expected Rejected, came Accepted",
    ),
    "it does not tell of it": (
        3,
        "A_14",
        _never(EVENT, type="InvalidChargingStationCertificate"),
        "SecurityEventNotification: expected such a message",
    ),
    "it goes back to profile 1": (
        2,
        "A_22",
        _says("SetNetworkProfileResponse", status="Accepted"),
        "expected Rejected, came Accepted",
    ),
    "it takes no root": (
        2,
        "B_50",
        _says("InstallCertificateResponse", status="Rejected"),
        "InstallCertificateResponse.status: expected Accepted, came Rejected",
    ),
}
"""What it is: its security profile, the case, what it says wrong, what the kit says of it."""

DOES_WRONG: Final[dict[str, tuple[int, str, Spoil, str]]] = {
    "it shows the old password": (
        2,
        "A_09",
        _keeps_its_password,
        "expected the configured password, came another",
    ),
    "it offers one of the cipher suites": (
        2,
        "A_04",
        _offers_one_suite,
        "ClientHello: cipher suites",
    ),
    "it looks at no certificate of the CSMS": (
        2,
        "A_05",
        _trusts_all,
        "none: the certificate has expired, came a connection",
    ),
    "it trusts any root": (
        3,
        "A_05",
        _trusts_all,
        "none: the certificate leads to a root that the station does not know, came a connection",
    ),
    "it takes a wildcard name": (
        2,
        "A_05",
        _takes_wildcards,
        "none: the certificate is for a wildcard name, came a connection",
    ),
    "it puts up with TLS 1.1": (
        2,
        "A_06",
        _bears_with_old_tls,
        "came the station went on with TLS 1.1",
    ),
    "it goes on with the old certificate": (
        3,
        "A_11",
        _keeps_its_certificate,
        "expected the new certificate, came another one",
    ),
    "it keeps the less secure way": (2, "A_19", _keeps_old_ways, "expected no slot 1"),
    "it asks again too soon": (3, "A_23", _asks_again_at_once, "expected not before 1 s"),
    "it never asks again": (3, "A_23", _never_asks_again, "SignCertificate: expected such"),
    "it checks another CSMS with the old root": (
        2,
        "B_47",
        _checks_with_any_root,
        "none: the certificate is below the old root, came a connection",
    ),
}
"""The same of those that do something wrong."""


@pytest.mark.parametrize("what", SAYS_WRONG)
async def test_what_a_wrong_station_says_is_caught(what: str, laid_out: LaidOut) -> None:
    profile, case, tamper, part = SAYS_WRONG[what]
    async with secured(laid_out, profile, tamper=tamper) as runner:
        verdict = await verdict_of(runner, case)

    assert verdict.outcome is Outcome.FAILED, told(verdict)
    assert any(part in str(each) for each in verdict.deviations), told(verdict)


@pytest.mark.parametrize("what", DOES_WRONG)
async def test_what_a_wrong_station_does_is_caught(
    what: str, laid_out: LaidOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile, case, spoil, part = DOES_WRONG[what]
    spoil(monkeypatch)
    variables = ONE_ROOT if case == "B_47" else ()
    async with secured(laid_out, profile, variables=variables) as runner:
        verdict = await verdict_of(runner, case)

    assert verdict.outcome is Outcome.FAILED, told(verdict)
    assert any(part in str(each) for each in verdict.deviations), told(verdict)


async def test_a_certificate_in_another_name_is_caught(laid_out: LaidOut) -> None:
    other = lay_out(
        laid_out.authority.parent,
        identity="CS001",
        host=HOST,
        now=SystemClock().utc_now(),
        serial_number="ANOTHER",
    )
    async with secured(other, 3) as runner:
        verdict = await verdict_of(runner, "A_07")

    assert verdict.outcome is Outcome.FAILED, told(verdict)
    assert "commonName: expected SIM-0001, came ANOTHER" in told(verdict)
