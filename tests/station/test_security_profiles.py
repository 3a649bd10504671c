from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
import trustme
from attrs import field, frozen
from cryptography import x509

from ocppkit.clock import SystemClock
from ocppkit.connection import Backoff, NetworkProfile, Session
from ocppkit.csms import CsmsServer, names_station, tls_from_files
from ocppkit.errors import NegotiationFailed
from ocppkit.message import Version
from ocppkit.security import (
    CertificateStore,
    ChangeRefusal,
    OwnUse,
    RootUse,
    Secret,
    ValidChain,
    read_key,
    spelled,
)
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, StationConfig
from ocppkit.station.connection_events import (
    Connected,
    ConnectionEvent,
    ConnectionFailed,
)
from ocppkit.station.security_change import SecurityChange
from ocppkit.station.security_events import SecurityEvents
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.settings.network import Certificates
from ocppkit.station.settings.values import VariableId, VariableValue

IDENTITY, CSO = "CS001", "Example Charging"
PASSWORD = b"correct-horse-\xff\x00-battery"
AT_ONCE = Backoff(wait_minimum_s=0.0, random_range_s=0.0, repeat_times=0)

REPLACE = VariableValue(
    id=VariableId(component="SecurityCtrlr", variable="AdditionalRootCertificateCheck"),
    value="true",
)
"""Of CSMS roots a newer one takes the place of the one before (M05.FR.09)."""

E = TypeVar("E", bound=ConnectionEvent)


@frozen
class Pki:
    """A CSO with its root, and the folders that a station and a CSMS are given."""

    folder: Path
    root: trustme.CA = field(factory=lambda: trustme.CA(organization_name=CSO))

    def __attrs_post_init__(self) -> None:
        for name in ("ca", "own"):
            (self.folder / name).mkdir(parents=True)
        self.root.cert_pem.write_to_path(str(self.folder / "ca" / "root.pem"))
        self.write("csms", self.root.issue_cert("localhost", common_name="localhost"))

    def write(self, name: str, leaf: trustme.LeafCert) -> None:
        leaf.cert_chain_pems[0].write_to_path(str(self.folder / f"{name}.pem"))
        leaf.private_key_pem.write_to_path(str(self.folder / f"{name}.key"))

    def station(self, organization: str = CSO) -> trustme.LeafCert:
        return self.root.issue_cert(
            "cs001.invalid", common_name=IDENTITY, organization_name=organization
        )

    def context(self, profile: int) -> ssl.SSLContext | None:
        if profile < 2:
            return None
        return tls_from_files(
            profile,
            chain=self.folder / "csms.pem",
            key=self.folder / "csms.key",
            station_ca=self.folder / "ca",
        )

    @property
    def certificates(self) -> Certificates:
        return Certificates(csms_ca=self.folder / "ca", own=self.folder / "own")


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    made = Pki(tmp_path_factory.mktemp("pki"))
    made.write("own/station", made.station())
    return made


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("stranger"))


@asynccontextmanager
async def csms(pki: Pki, profile: int, port: int = 0, **changed: Any) -> AsyncIterator[CsmsServer]:
    """A CSMS at which stations use a security profile."""
    checks: dict[str, Any] = {}
    if profile in {1, 2}:
        checks["authenticate"] = lambda _, password: password == PASSWORD
    if profile == 3:
        checks["verify_certificate"] = names_station(CSO)
    async with CsmsServer(port=port, ssl=pki.context(profile), **{**checks, **changed}) as server:
        yield server


def way(server: CsmsServer, slot: int, profile: int | None, version: Version) -> NetworkProfile:
    url = server.url.replace("127.0.0.1", "localhost")
    return NetworkProfile(slot=slot, url=url, security_profile=profile, versions=(version,))


class Watched:
    """A station with what happens to its connection."""

    def __init__(self, pki: Pki, *profiles: NetworkProfile, **changed: Any) -> None:
        told: dict[str, Any] = {
            "password": PASSWORD,
            "certificates": pki.certificates,
            "connection_attempts": 2,
            "backoff": AT_ONCE,
            **changed,
        }
        config = StationConfig(
            identity=IDENTITY, profiles=profiles, versions=profiles[0].versions, **told
        )
        self.station = ChargingStation(config, hardware=SimulatedHardware())
        self._happened: asyncio.Queue[ConnectionEvent] = asyncio.Queue()
        self.station.events.subscribe(self._happened.put_nowait)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Watched]:
        async with asyncio.timeout(10), self.station:
            yield self

    async def next(self, kind: type[E]) -> E:
        """The next event of a kind."""
        while True:
            event = await self._happened.get()
            if isinstance(event, kind):
                return event

    @property
    def reported(self) -> list[str]:
        """What happened, each kind once, beside the start."""
        log = self.station.core.security.log
        happened = dict.fromkeys(event.type for event in log.entries())
        return [each for each in happened if each != "StartupOfTheDevice"]


class Memory:
    """Key values that outlast a station."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, str]] = {}

    async def all(self, namespace: str) -> dict[str, str]:
        return dict(sorted(self.values.get(namespace, {}).items()))

    async def put(self, namespace: str, values: Mapping[str, str | None]) -> None:
        kept = self.values.setdefault(namespace, {})
        for key, value in values.items():
            if value is None:
                kept.pop(key, None)
            else:
                kept[key] = value


@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize("profile", [1, 2, 3])
async def test_a_station_connects_as_its_security_profile_asks(
    pki: Pki, profile: int, version: Version
) -> None:
    async with csms(pki, profile) as server:
        watched = Watched(pki, way(server, 1, profile, version))
        async with watched.running():
            await watched.station.wait_online()

            assert watched.station.security_profile == profile
            assert watched.reported == []


async def test_under_profile_3_no_password_is_sent(pki: Pki) -> None:
    shown: list[bytes | None] = []

    def note(_: str, password: bytes | None) -> bool:
        shown.append(password)
        return True

    async with csms(pki, 3, authenticate=note) as server:
        watched = Watched(pki, way(server, 1, 3, Version.V201))
        async with watched.running():
            await watched.next(Connected)

    assert shown == [None]


@pytest.mark.parametrize(
    ("profile", "version", "config", "reason"),
    [
        (0, Version.V16, {}, "must be allowed explicitly"),
        (0, Version.V201, {"allow_unsecured": True}, "exists in 1.6 only"),
        (1, Version.V16, {"password": None}, "needs a password"),
        (2, Version.V201, {}, "needs a wss URL"),
        (3, Version.V201, {}, "needs a wss URL"),
    ],
)
@pytest.mark.requirement("1.6-SEC A00.FR.004", "A00.FR.004")
async def test_what_the_profile_does_not_allow_is_not_even_dialled(
    pki: Pki, profile: int, version: Version, config: dict[str, Any], reason: str
) -> None:
    asked: list[str] = []

    def accept(identity: str) -> bool:
        asked.append(identity)
        return True

    async with csms(pki, 0, accept=accept) as server:
        watched = Watched(pki, way(server, 1, profile, version), **config)
        async with watched.running():
            assert reason in (await watched.next(ConnectionFailed)).reason

    assert asked == []


async def test_profile_0_is_for_1_6_where_it_is_allowed(pki: Pki) -> None:
    async with csms(pki, 0) as server:
        watched = Watched(pki, way(server, 1, 0, Version.V16), allow_unsecured=True)
        async with watched.running():
            await watched.station.wait_online()

            assert watched.station.security_profile == 0


@pytest.mark.parametrize(
    ("profile", "certificates", "reason"),
    [
        (2, Certificates(), "trusts at least one CSMS root"),
        (2, Certificates(csms_ca=Path("/no/such/folder")), "No such file"),
        (3, Certificates(own=Path("/no/such/folder")), "No such file"),
        (3, Certificates(), "needs a certificate of the station"),
    ],
)
async def test_certificates_that_are_not_there_are_a_reason_and_no_end(
    pki: Pki, profile: int, certificates: Certificates, reason: str
) -> None:
    async with csms(pki, profile) as server:
        watched = Watched(pki, way(server, 1, profile, Version.V201), certificates=certificates)
        async with watched.running():
            assert reason in (await watched.next(ConnectionFailed)).reason
            assert reason in (await watched.next(ConnectionFailed)).reason


@pytest.mark.requirement("A00.FR.310")
async def test_a_csms_that_cannot_be_trusted_is_left_for_the_next_profile(
    pki: Pki, stranger: Pki
) -> None:
    async with csms(stranger, 2) as wrong, csms(pki, 2) as right:
        ways = (way(wrong, 1, 2, Version.V201), way(right, 2, 2, Version.V201))
        watched = Watched(pki, *ways)
        async with watched.running():
            failed = [await watched.next(ConnectionFailed) for _ in range(2)]
            connected = await watched.next(Connected)

            assert "leads to no root that is trusted here" in failed[0].reason
            assert [event.profile.slot for event in failed] == [1, 1]
            assert connected.profile.slot == 2
            assert watched.reported == ["InvalidCsmsCertificate"]


async def test_credentials_that_the_csms_turns_down_are_told_once(pki: Pki) -> None:
    async with csms(pki, 1) as server:
        watched = Watched(pki, way(server, 1, 1, Version.V16), password=b"wrong")
        async with watched.running():
            failed = [await watched.next(ConnectionFailed) for _ in range(3)]

    assert "401" in failed[0].reason
    assert watched.reported == ["FailedToAuthenticateAtCsms"]


@pytest.mark.parametrize(
    ("words", "event"),
    [
        ("UNSUPPORTED_PROTOCOL", "InvalidTLSVersion"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "InvalidTLSCipherSuite"),
    ],
)
@pytest.mark.requirement("A00.FR.316")
async def test_a_csms_with_weak_tls_only_is_told_of(pki: Pki, words: str, event: str) -> None:
    broken = ssl.SSLError(1, words)
    broken.reason = words

    async def fail(*_: object) -> Session:
        raise NegotiationFailed("no connection") from broken

    watched = Watched(pki, NetworkProfile(slot=1, url="wss://x", security_profile=2))
    watched.station._dial = fail
    async with watched.running():
        for _ in range(3):
            await watched.next(ConnectionFailed)

    assert watched.reported == [event]


@pytest.mark.parametrize("version", Version)
@pytest.mark.requirement("A05.FR.06", "A00.FR.005")
async def test_the_security_profile_rises_and_never_falls(pki: Pki, version: Version) -> None:
    async with csms(pki, 1) as plain, csms(pki, 2) as with_tls, csms(pki, 3) as strict:
        ways = [way(server, n, n, version) for n, server in enumerate((plain, with_tls, strict), 1)]
        watched = Watched(pki, *ways)
        station = watched.station
        async with watched.running():
            await watched.next(Connected)
            for wanted in (2, 3):
                assert await station.change_security_profile(wanted) is None
                assert (await watched.next(Connected)).profile == ways[wanted - 1]
                assert station.security_profile == wanted

            assert watched.reported == ["ReconfigurationOfSecurityParameters"]
            refused = await station.change_security_profile(2)
            lower = {Version.V16: ChangeRefusal.NOT_HIGHER, Version.V201: ChangeRefusal.DOWNGRADE}
            assert refused is lower[version]
            station.switch_network(ways[0])
            assert "lower than 3" in (await watched.next(ConnectionFailed)).reason
            assert (await watched.next(Connected)).profile == ways[2]

            await station.allow_lower_security_profile()
            station.switch_network(ways[0])
            assert (await watched.next(Connected)).profile == ways[0]


@pytest.mark.requirement("A05.FR.05")
async def test_a_profile_that_does_not_connect_is_given_up(pki: Pki, stranger: Pki) -> None:
    async with csms(pki, 2) as good, csms(stranger, 3) as bad:
        before, target = way(good, 1, 2, Version.V201), way(bad, 2, 3, Version.V201)
        watched = Watched(pki, before)
        async with watched.running():
            await watched.next(Connected)
            assert await watched.station.change_security_profile(3, profile=target) is None
            failed = [await watched.next(ConnectionFailed) for _ in range(2)]
            back = await watched.next(Connected)

            assert [event.profile for event in failed] == [target, target]
            assert back.profile == before
            assert watched.station.security_profile == 2
            assert watched.reported == ["InvalidCsmsCertificate"]
            assert watched.station._core.security.change.change is None


async def test_without_a_network_profile_for_it_the_scheme_of_the_present_one_changes(
    pki: Pki,
) -> None:
    async with csms(pki, 1) as server:
        watched = Watched(pki, way(server, 1, None, Version.V16))
        async with watched.running():
            await watched.next(Connected)
            assert await watched.station.change_security_profile(2) is None
            tried = (await watched.next(ConnectionFailed)).profile

            assert tried.url == way(server, 1, None, Version.V16).url.replace("ws:", "wss:")
            assert tried.security_profile == 2


@pytest.mark.parametrize(
    ("wanted", "changed", "refusal"),
    [
        (2, {"password": None}, ChangeRefusal.NO_PASSWORD),
        (2, {"certificates": Certificates()}, ChangeRefusal.NO_CSMS_ROOT),
        (4, {}, ChangeRefusal.UNKNOWN),
    ],
)
async def test_a_change_that_cannot_work_is_refused(
    pki: Pki, wanted: int, changed: dict[str, Any], refusal: ChangeRefusal
) -> None:
    plain = NetworkProfile(slot=1, url="ws://localhost:9", versions=(Version.V16,))
    watched = Watched(pki, plain, **changed)

    assert await watched.station.change_security_profile(wanted) is refusal


def _keys(store: CertificateStore, pki: Pki, leaf: trustme.LeafCert) -> None:
    """Install a certificate of the station."""
    certificate = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())
    root = x509.load_pem_x509_certificate(pki.root.cert_pem.bytes())
    chain = ValidChain(chain=(certificate,), root=root)
    store.import_own(OwnUse.CHARGING_STATION, chain, read_key(leaf.private_key_pem.bytes(), None))


@pytest.mark.requirement("A02.FR.10", "A02.FR.28", "A02.FR.29")
@pytest.mark.requirement("A03.FR.10", "A03.FR.24", "A03.FR.25")
async def test_a_renewed_certificate_that_the_csms_refuses_gives_way_to_the_old_one(
    pki: Pki, stranger: Pki, tmp_path: Path
) -> None:
    store = CertificateStore(tmp_path / "certificates")
    store.open()
    _keys(store, pki, pki.station())
    _keys(store, stranger, stranger.station())
    before = store.read().own_for(OwnUse.CHARGING_STATION)

    async with csms(pki, 3) as server:
        watched = Watched(pki, way(server, 1, 3, Version.V201), storage=Storage(state_dir=tmp_path))
        async with watched.running():
            for _ in range(2):  # the renewed one has its turn
                await watched.next(ConnectionFailed)
            await watched.next(Connected)

            assert watched.reported[-1] == "DiscardedRenewedClientCertificate"
    assert store.read().own_for(OwnUse.CHARGING_STATION) == before[1:]


@pytest.mark.requirement("M05.FR.13")
@pytest.mark.requirement("M05.FR.14")
@pytest.mark.parametrize("moved", [False, True])
async def test_a_root_that_replaces_another_is_tried_first_and_stays_if_it_works(
    pki: Pki, stranger: Pki, tmp_path: Path, moved: bool
) -> None:
    store = CertificateStore(tmp_path / "certificates")
    store.open()
    for owner in (pki, stranger):
        _trust(store, owner)

    async with csms(stranger if moved else pki, 2) as server:
        watched = Watched(
            pki,
            way(server, 1, 2, Version.V201),
            storage=Storage(state_dir=tmp_path),
            variables=(REPLACE,),
        )
        async with watched.running():
            await watched.next(Connected)
            assert watched.reported == []

    assert len(store.read().roots_for(RootUse.CSMS)) == (1 if moved else 2)


@pytest.mark.requirement("M05.FR.14", "M05.FR.15", "M05.FR.16")
@pytest.mark.parametrize("version", Version)
async def test_a_root_that_was_replaced_is_good_for_the_csms_that_is_left_only(
    pki: Pki, stranger: Pki, tmp_path: Path, version: Version
) -> None:
    store = CertificateStore(tmp_path / "certificates")
    store.open()
    _trust(store, pki)
    kept = Storage(state_dir=tmp_path)
    async with csms(pki, 2) as old, csms(pki, 2) as new:
        home, elsewhere = way(old, 1, 2, version), way(new, 2, 2, version)
        before = Watched(pki, home, elsewhere, storage=kept)
        async with before.running():
            await before.next(Connected)
        _trust(store, stranger)
        watched = Watched(pki, elsewhere, home, storage=kept, variables=(REPLACE,))
        async with watched.running():
            failed = [(await watched.next(ConnectionFailed)).profile for _ in range(2)]
            back = (await watched.next(Connected)).profile

    assert failed == [elsewhere, elsewhere]
    assert back == home
    assert len(store.read().roots_for(RootUse.CSMS)) == 2


async def test_what_a_change_has_led_to_outlasts_a_restart(pki: Pki, tmp_path: Path) -> None:
    kept = Storage(state_dir=tmp_path)
    async with csms(pki, 1) as plain, csms(pki, 2) as with_tls:
        low, high = way(plain, 1, 1, Version.V201), way(with_tls, 2, 2, Version.V201)
        watched = Watched(pki, low, storage=kept)
        async with watched.running():
            await watched.next(Connected)
            await watched.station.change_security_profile(2, profile=high)
            await watched.next(Connected)

        again = Watched(pki, low, storage=kept)
        async with again.running():
            assert (await again.next(Connected)).profile == high
            assert again.reported == ["ReconfigurationOfSecurityParameters"]


def _trust(store: CertificateStore, owner: Pki) -> None:
    pem = owner.root.cert_pem.bytes().decode()
    now = x509.load_pem_x509_certificate(pem.encode()).not_valid_before_utc
    store.install_root(pem, RootUse.CSMS, now)


def _change(memory: Memory) -> SecurityChange:
    return SecurityChange(events=_events(memory), key_values=memory)


def _events(memory: Memory | None, **changed: Any) -> SecurityEvents:
    return SecurityEvents(now=SystemClock().utc_now, key_values=memory, **changed)


LOW = NetworkProfile(slot=1, url="ws://x", security_profile=1)
HIGH = NetworkProfile(slot=2, url="wss://x", security_profile=2)


async def test_a_change_goes_on_where_a_restart_broke_it_off() -> None:
    memory = Memory()
    before = _change(memory)
    await before.begin(HIGH, current=1, wanted=2, attempts=2)
    await before.failed(HIGH, None)

    after = _change(memory)
    await after.load()
    assert after.network((LOW,)) == (HIGH, LOW)
    await after.failed(HIGH, None)
    assert after.refusal(HIGH, 2) is not None

    last = _change(memory)
    await last.load()
    assert last.network((LOW,)) == (LOW,)
    assert await last.connected(LOW, 1) is None
    assert last.change is None
    assert memory.values["security_profile"] == {}


async def test_a_connection_by_the_way_before_does_not_end_a_change() -> None:
    change = _change(Memory())
    await change.begin(HIGH, current=1, wanted=2, attempts=2)

    assert await change.connected(LOW, 1) is None
    assert change.change is not None
    assert await change.connected(HIGH, 2) == HIGH


async def test_a_state_that_cannot_be_read_is_no_state() -> None:
    memory = Memory()
    await memory.put("security_profile", {"committed": "{", "change": "[]"})
    await memory.put("security_events", {"000000000001": "{}", "x": "{}"})

    change, events = _change(memory), _events(memory)
    await change.load()
    await events.load()

    assert (change.committed, change.change, dict(events.waiting)) == (None, None, {})


async def test_security_events_wait_in_order_also_over_a_restart() -> None:
    memory = Memory()
    before = _events(memory, limit=2)
    for each in ("First", "Second", "Third"):
        await before.add_once(each)
        await before.add_once(each)

    after = _events(memory)
    await after.load()
    number, event = await after.wait()
    assert (event.type, event.at is not None) == ("Second", True)
    await after.told(number)
    await after.told(number)
    assert (await after.wait())[1].type == "Third"
    await after.add_once("Fourth")
    assert [one.type for one in after.waiting.values()] == ["Third", "Fourth"]


async def test_whoever_waits_for_a_security_event_gets_the_next_one() -> None:
    events = _events(None)
    waiting = asyncio.ensure_future(events.wait())
    await asyncio.sleep(0)

    await events.add_once("First", "more about it")

    assert (await waiting)[1].tech_info == "more about it"


@pytest.mark.parametrize(
    ("type", "old"),
    [
        ("InvalidCsmsCertificate", "InvalidCentralSystemCertificate"),
        ("FailedToAuthenticateAtCsms", "FailedToAuthenticateAtCentralSystem"),
        ("InvalidTLSVersion", "InvalidTLSVersion"),
        ("OurOwn", "OurOwn"),
    ],
)
def test_security_events_are_spelled_as_the_version_has_them(type: str, old: str) -> None:
    assert spelled(type, Version.V16) == old
    assert spelled(type, Version.V201) == type


def test_a_password_is_a_secret_also_where_bytes_are_given() -> None:
    config = StationConfig(identity=IDENTITY, csms_url="ws://x", password=PASSWORD)

    assert config.password == Secret(PASSWORD)
    assert hash(config)
