"""The security extension over real websockets: profiles change, certificates are renewed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ocppkit.message import Version
from ocppkit.station import SecurityEvent
from ocppkit.testing import ScriptedCsms

from ...security.pki import Holder
from .driver import BASIC, CSO, IDENTITY, MUTUAL, TLS, Pki, bench, config, running

ACCEPTED = {"status": "Accepted"}


def sign(ca: trustme.CA, csr: str) -> str:
    """The certificate that the operator makes of a request."""
    key = load_pem_private_key(ca.private_key_pem.bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    holder = Holder(certificate=x509.load_pem_x509_certificate(ca.cert_pem.bytes()), key=key)
    now, day = datetime.now(UTC), timedelta(days=1)
    asked = x509.load_pem_x509_csr(csr.encode())
    return holder.issue(
        IDENTITY,
        organization=CSO,
        public_key=asked.public_key(),
        not_before=now - day,
        not_after=now + 9 * day,
    ).chain_pem


def pki_in(folder: Path) -> Pki:
    (folder / "pki").mkdir()
    return Pki(folder / "pki")


@pytest.mark.requirement("1.6-SEC A05", "1.6 key SecurityProfile")
async def test_a05_a_station_rises_to_tls_and_does_not_fall_back(tmp_path: Path) -> None:
    pki, plain, secured = pki_in(tmp_path), ScriptedCsms(Version.V16), ScriptedCsms(Version.V16)
    async with plain.serve(**pki.listening(BASIC)), secured.serve(**pki.listening(TLS)):
        low = config(plain.url, tmp_path, BASIC)
        way = evolve(
            low.profiles[0],
            slot=2,
            url=secured.url.replace("127.0.0.1", "localhost"),
            security_profile=TLS,
        )
        async with running(plain, evolve(low, profiles=(*low.profiles, way))) as it:
            await it.begin()
            raised = await it.ask("ChangeConfiguration", key="SecurityProfile", value="2")
            connected = await it.connections.get()
            up = evolve(it, csms=secured)
            told = await up.ask("GetConfiguration", key=["SecurityProfile"])
            lowered = await up.ask("ChangeConfiguration", key="SecurityProfile", value="1")

    assert raised == ACCEPTED
    assert connected.profile == way
    assert told["configurationKey"][0]["value"] == "2"
    assert lowered == {"status": "Rejected"}


@pytest.mark.requirement("1.6-SEC A05")
async def test_a05_a_profile_that_does_not_connect_is_left_again(tmp_path: Path) -> None:
    pki, plain, secured = pki_in(tmp_path), ScriptedCsms(Version.V16), ScriptedCsms(Version.V16)
    (tmp_path / "other").mkdir()
    stranger = Pki(tmp_path / "other")
    async with plain.serve(**pki.listening(BASIC)), secured.serve(**stranger.listening(TLS)):
        low = config(plain.url, tmp_path, BASIC)
        way = evolve(
            low.profiles[0],
            slot=2,
            url=secured.url.replace("127.0.0.1", "localhost"),
            security_profile=TLS,
        )
        async with running(plain, evolve(low, profiles=(*low.profiles, way))) as it:
            await it.begin()
            raised = await it.ask("ChangeConfiguration", key="SecurityProfile", value="2")
            back = await it.connections.get()
            log = it.station.core.security.log.text(Version.V16)

            assert it.station.security_profile == BASIC
    assert "InvalidCentralSystemCertificate" in log
    assert raised == ACCEPTED
    assert back.profile == low.profiles[0]
    assert not secured.received


@pytest.mark.requirement("1.6-SEC A02")
async def test_a02_a_certificate_is_asked_for_signed_and_shown(tmp_path: Path) -> None:
    shown: list[int] = []

    def note(_: str, certificate: bytes | None) -> bool:
        assert certificate is not None
        shown.append(x509.load_der_x509_certificate(certificate).serial_number)
        return True

    pki, csms = pki_in(tmp_path), ScriptedCsms(Version.V16)
    listening = {**pki.listening(MUTUAL), "verify_certificate": note}
    async with csms.serve(**listening), running(csms, config(csms.url, tmp_path, MUTUAL)) as it:
        await it.begin()
        trigger = "SignChargePointCertificate"
        await it.ask("ExtendedTriggerMessage", requestedMessage=trigger)
        csr = (await it.told("SignCertificate")).csr
        signed = await it.ask("CertificateSigned", certificateChain=sign(pki.root, csr))
        _ = await it.connections.get()
        again = await it.ask("CertificateSigned", certificateChain=sign(pki.root, csr))

    assert signed == ACCEPTED
    assert len(set(shown)) == 2
    assert again == {"status": "Rejected"}


@pytest.mark.requirement("1.6-SEC A04")
async def test_a04_security_events_are_told_and_wait_for_the_connection(tmp_path: Path) -> None:
    async with bench(tmp_path, TLS) as it:
        await it.told("SecurityEventNotification", type="StartupOfTheDevice")
        event = SecurityEvent(type="TamperDetectionActivated", tech_info="lid")
        await it.hardware.security_event(event)
        told = await it.told("SecurityEventNotification", type="TamperDetectionActivated")
        it.station.go_offline()
        await it.hardware.security_event(SecurityEvent(type="MemoryExhaustion"))
        it.station.go_online()
        await it.told("SecurityEventNotification", type="MemoryExhaustion")

    assert told.tech_info == "lid"


@pytest.mark.requirement("1.6-SEC A01")
async def test_a01_a_wrong_password_keeps_the_station_out(tmp_path: Path) -> None:
    pki, csms = pki_in(tmp_path), ScriptedCsms(Version.V16)
    tried = asyncio.Event()

    def refuse(*_: object) -> bool:
        tried.set()
        return False

    listening = {**pki.listening(TLS), "authenticate": refuse}
    async with csms.serve(**listening):
        told = config(csms.url, tmp_path, TLS)
        async with running(csms, told, connect=False) as it:
            await tried.wait()

            assert not it.station.connected
    assert not csms.received


@pytest.mark.requirement("1.6-SEC M03", "1.6-SEC M04", "1.6-SEC M05")
async def test_m05_a_root_is_installed_listed_and_deleted(tmp_path: Path) -> None:
    central = "CentralSystemRootCertificate"
    pem = trustme.CA(organization_name="Other").cert_pem.bytes().decode()
    async with bench(tmp_path, TLS) as it:
        put = await it.ask("InstallCertificate", certificateType=central, certificate=pem)
        ids = await it.ask("GetInstalledCertificateIds", certificateType=central)
        outcomes = [
            await it.ask("DeleteCertificate", certificateHashData=data)
            for data in ids["certificateHashData"]
        ]
        left = await it.ask("GetInstalledCertificateIds", certificateType=central)

    assert put == ACCEPTED
    assert sorted(each["status"] for each in outcomes) == ["Accepted", "Failed"]
    assert len(left["certificateHashData"]) == 1
