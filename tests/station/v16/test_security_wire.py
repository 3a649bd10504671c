"""The security extension over real connections with TLS (whitepaper A01, A02, A05, M04, M05)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from cryptography import x509

from ocppkit import v16
from ocppkit.connection import Backoff, NetworkProfile
from ocppkit.csms import CsmsServer, Memory, tls_from_files
from ocppkit.csms.v16 import AcceptingHandler
from ocppkit.message import Version
from ocppkit.security import CertificateStore, OwnUse, RootUse, ValidChain
from ocppkit.security.hash_data import HashData
from ocppkit.security.keys import key_to_pem
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, StationConfig
from ocppkit.station.connection_events import Connected, ConnectionEvent
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.settings.network import Certificates

from ...security.pki import Holder, new_root

CSO, IDENTITY = "Example Charging", "CS001"
DAY = timedelta(days=1)
OLD, NEW = bytes(16), bytes(range(20))
AT_ONCE = Backoff(wait_minimum_s=0.0, random_range_s=0.0, repeat_times=0)


def now() -> datetime:
    return datetime.now(UTC)


def made(name: str) -> Holder:
    return new_root(name, not_before=now() - DAY, not_after=now() + 99 * DAY)


@frozen
class Operator:
    """A CSO with its root and the certificate of its CSMS."""

    folder: Path
    root: Holder

    def context(self, profile: int, by: Holder | None = None) -> ssl.SSLContext:
        """The TLS settings of a CSMS whose certificate a root has signed."""
        names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        shown = (by or self.root).issue(
            "localhost",
            not_before=now() - DAY,
            not_after=now() + DAY,
            extensions=[(names, False)],
        )
        chain, key = self.folder / "csms.pem", self.folder / "csms.key"
        chain.write_text(shown.chain_pem)
        key.write_bytes(key_to_pem(shown.key, None))
        ca = self.folder / "ca.pem"
        ca.write_text(self.root.pem)
        return tls_from_files(profile, chain=chain, key=key, station_ca=ca)

    def store(self) -> CertificateStore:
        store = CertificateStore(self.folder / "certificates")
        store.open()
        return store

    def config(self, server: CsmsServer, profile: int, **changed: Any) -> StationConfig:
        url = server.url.replace("127.0.0.1", "localhost")
        way = NetworkProfile(slot=1, url=url, security_profile=profile, versions=(Version.V16,))
        told: dict[str, Any] = {
            "password": OLD,
            "certificates": Certificates(organization=CSO),
            **changed,
        }
        return StationConfig(
            identity=IDENTITY,
            profiles=(way,),
            versions=(Version.V16,),
            storage=Storage(state_dir=self.folder),
            backoff=AT_ONCE,
            connection_attempts=2,
            **told,
        )


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path, made("Root"))


@asynccontextmanager
async def live(
    config: StationConfig,
) -> AsyncIterator[tuple[ChargingStation, asyncio.Queue[Connected]]]:
    """A station that has connected, and when it connects again."""
    station = ChargingStation(config, hardware=SimulatedHardware())
    connections: asyncio.Queue[Connected] = asyncio.Queue()

    def note(event: ConnectionEvent) -> None:
        if isinstance(event, Connected):
            connections.put_nowait(event)

    station.events.subscribe(note)
    async with asyncio.timeout(20), station:
        _ = await connections.get()
        await station.wait_online()
        yield station, connections


@pytest.mark.requirement("1.6-SEC A01.FR.03")
async def test_a01_the_new_password_is_shown_from_then_on(operator: Operator) -> None:
    shown: list[bytes | None] = []

    def note(_: str, password: bytes | None) -> bool:
        shown.append(password)
        return True

    async with CsmsServer(port=0, ssl=operator.context(2), authenticate=note) as server:
        operator.store().install_root(operator.root.pem, RootUse.CSMS, now())
        config = operator.config(server, 2)
        async with live(config) as (_, connections):
            answer = await (await server.wait_for(IDENTITY)).call(
                v16.ChangeConfigurationRequest(key="AuthorizationKey", value=NEW.hex())
            )
            _ = await connections.get()
        async with live(config):
            pass

    assert answer.status is v16.ConfigurationStatus.ACCEPTED
    assert shown == [OLD, NEW, NEW]


@pytest.mark.requirement("1.6-SEC A02.FR.08")
@pytest.mark.requirement("1.6-SEC A02.FR.10")
async def test_a02_the_renewed_certificate_is_shown_at_once(operator: Operator) -> None:
    csrs: asyncio.Queue[str] = asyncio.Queue()
    serials: list[int] = []

    class Signing(AcceptingHandler):
        async def on_sign_certificate(
            self, request: v16.SignCertificateRequest
        ) -> v16.SignCertificateResponse:
            csrs.put_nowait(request.csr)
            return v16.SignCertificateResponse(status=v16.GenericStatusEnumType.ACCEPTED)

    def note(_: str, certificate: bytes | None) -> bool:
        assert certificate is not None
        serials.append(x509.load_der_x509_certificate(certificate).serial_number)
        return True

    store = operator.store()
    store.install_root(operator.root.pem, RootUse.CSMS, now())
    first = operator.root.issue(IDENTITY, not_before=now() - DAY, not_after=now() + 60 * DAY)
    chain = ValidChain(chain=(first.certificate,), root=operator.root.certificate)
    store.import_own(OwnUse.CHARGING_STATION, chain, first.key)
    memory = Memory()
    server = CsmsServer(
        port=0,
        ssl=operator.context(3),
        verify_certificate=note,
        handlers=lambda session: [Signing(session.identity, memory)],
    )
    async with server, live(operator.config(server, 3)) as (_, connections):
        handle = await server.wait_for(IDENTITY)
        sign = v16.MessageTriggerEnumType.SIGN_CHARGE_POINT_CERTIFICATE
        await handle.call(v16.ExtendedTriggerMessageRequest(requested_message=sign))
        asked = x509.load_pem_x509_csr((await csrs.get()).encode())
        second = operator.root.issue(
            IDENTITY,
            public_key=asked.public_key(),
            not_before=now() - DAY,
            not_after=now() + 99 * DAY,
        )
        await handle.call(v16.CertificateSignedRequest(certificate_chain=second.chain_pem))
        _ = await connections.get()

    assert serials == [first.certificate.serial_number, second.certificate.serial_number]
    installed = store.read().own_for(OwnUse.CHARGING_STATION)
    assert [entry.certificate for entry in installed] == [second.certificate]


@pytest.mark.requirement("1.6-SEC M04.FR.06")
async def test_m04_only_the_root_that_checks_the_connection_cannot_be_deleted(
    operator: Operator,
) -> None:
    other, sub = (
        made("Other"),
        operator.root.issue("Sub", ca=True, not_before=now() - DAY, not_after=now() + DAY),
    )
    store = operator.store()
    for root in (operator.root, other):
        store.install_root(root.pem, RootUse.CSMS, now())
    async with (
        CsmsServer(port=0, ssl=operator.context(2, by=sub)) as server,
        live(operator.config(server, 2)),
    ):
        handle = await server.wait_for(IDENTITY)
        answers = [
            await handle.call(
                v16.DeleteCertificateRequest(certificate_hash_data=HashData.of(each, each).to_v16())
            )
            for each in (operator.root.certificate, other.certificate)
        ]

    assert [answer.status for answer in answers] == ["Failed", "Accepted"]


@pytest.mark.requirement("1.6-SEC A05.FR.07")
async def test_a05_a_station_rises_to_tls_by_what_the_central_system_installs(
    operator: Operator,
) -> None:
    async with (
        CsmsServer(port=0) as plain,
        CsmsServer(port=0, ssl=operator.context(2)) as secured,
    ):
        way = NetworkProfile(
            slot=2,
            url=secured.url.replace("127.0.0.1", "localhost"),
            security_profile=2,
            versions=(Version.V16,),
        )
        low = operator.config(plain, 1)
        both = StationConfig(
            identity=IDENTITY,
            profiles=(*low.profiles, way),
            versions=low.versions,
            password=OLD,
            storage=low.storage,
            backoff=AT_ONCE,
        )
        async with live(both) as (station, connections):
            handle = await plain.wait_for(IDENTITY)
            central = v16.CertificateUseEnumType.CENTRAL_SYSTEM_ROOT_CERTIFICATE
            installed = await handle.call(
                v16.InstallCertificateRequest(
                    certificate_type=central, certificate=operator.root.pem
                )
            )
            rise = v16.ChangeConfigurationRequest(key="SecurityProfile", value="2")
            raised = await handle.call(rise)
            connected = await connections.get()

            assert (installed.status, raised.status) == ("Accepted", "Accepted")
            assert connected.profile == way
            assert station.security_profile == 2
