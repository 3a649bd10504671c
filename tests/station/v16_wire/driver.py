"""A bench for whole scenarios: our station and a scripted CSMS over a real websocket, or TLS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from attrs import define, field

from ocppkit import v16
from ocppkit.connection import Backoff, NetworkProfile
from ocppkit.csms import names_station, tls_from_files
from ocppkit.errors import CallRefused
from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import ChargingStation, IdToken, StationConfig, StationDescription
from ocppkit.station.connection_events import Connected, ConnectionEvent
from ocppkit.station.settings.behaviour import Storage, Transfer
from ocppkit.station.settings.network import Certificates
from ocppkit.station.settings.values import KeyValue
from ocppkit.station.token import TokenOutcome
from ocppkit.testing import ScriptedCsms

IDENTITY, CSO, PASSWORD = "CS001", "Example Charging", b"0123456789ABCDEF"
PLAIN, BASIC, TLS, MUTUAL = range(4)  # the security profiles
ONE = StationDescription(vendor="ocppkit", model="Wire", serial_number=IDENTITY)

_PATIENCE = 10.0  # seconds for what takes milliseconds
_AT_ONCE = Backoff(wait_minimum_s=0.05, random_range_s=0.0, repeat_times=0)


@define
class Pki:
    """The operator's root, with what it signed."""

    folder: Path
    root: trustme.CA = field(factory=lambda: trustme.CA(organization_name=CSO))

    def __attrs_post_init__(self) -> None:
        """Write everything where servers and stations find it."""
        for name in ("ca", "own", "csms"):
            (self.folder / name).mkdir()
        self.root.cert_pem.write_to_path(str(self.folder / "ca" / "root.pem"))
        for place, leaf in (
            ("csms", self.root.issue_cert("localhost", common_name="localhost")),
            ("own", self.root.issue_cert("x.invalid", common_name=IDENTITY, organization_name=CSO)),
        ):
            leaf.cert_chain_pems[0].write_to_path(str(self.folder / place / "one.pem"))
            leaf.private_key_pem.write_to_path(str(self.folder / place / "one.key"))

    def listening(self, profile: int) -> dict[str, Any]:
        """How a CSMS listens under a security profile."""
        if profile == PLAIN:
            return {}
        told: dict[str, Any] = {}
        if profile in {TLS, MUTUAL}:
            chain, key = (self.folder / "csms" / f"one.{end}" for end in ("pem", "key"))
            ca = self.folder / "ca" if profile == MUTUAL else None
            told["ssl"] = tls_from_files(profile, chain=chain, key=key, station_ca=ca)
        if profile == MUTUAL:
            return {**told, "verify_certificate": names_station(CSO)}
        return {**told, "authenticate": lambda who, word: (who, word) == (IDENTITY, PASSWORD)}


@define
class Bench:
    """What a scenario moves: the CSMS, the equipment, the driver.

    Attributes:
        csms: the CSMS, led by the scenario.
        station: runs already.
        hardware: its equipment.
        connections: each connection that the station made and nobody waited for yet.
    """

    csms: ScriptedCsms
    station: ChargingStation
    hardware: SimulatedHardware
    connections: asyncio.Queue[Connected]

    async def ask(self, action: str, **payload: Any) -> Any:
        """Have the CSMS ask the station; the answer's payload."""
        return await self.csms.call_json(action, payload, timeout=_PATIENCE)

    async def refused(self, action: str, **payload: Any) -> str:
        """Have the CSMS ask what the station refuses; the error code."""
        with pytest.raises(CallRefused) as caught:
            await self.ask(action, **payload)
        return caught.value.code

    async def told(self, action: str, **fields: object) -> Any:
        """Wait until the station tells something."""
        request = getattr(v16, f"{action}Request")
        return await self.csms.expect_eventually(request, within=_PATIENCE, **fields)

    async def status(self, status: str, connector: int = 1, **fields: object) -> None:
        """Wait until a connector is told to be so."""
        await self.told("StatusNotification", connector_id=connector, status=status, **fields)

    async def begin(self) -> None:
        """See the station boot, and its connector available."""
        await self.told("BootNotification")
        await self.status("Available")
        await self.station.wait_online()

    def count(self, action: str) -> int:
        """How many requests of an action came in all."""
        asked = (each.request for each in self.csms.received)
        return sum(request is not None and action == request.ACTION for request in asked)

    async def plug(self, evse: int = 1, **ev: Any) -> None:
        """A car comes that charges at once."""
        await self.hardware.arrive(SimulatedEv(start_delay=0, **ev), evse=evse)

    async def card(self, id_tag: str, evse: int = 1) -> TokenOutcome:
        """A driver shows a card."""
        return await self.station.evse(evse).token_presented(IdToken(id_tag))

    async def charge(self, id_tag: str = "ABC") -> int:
        """A visit up to where it charges; the transaction's number."""
        before = self.count("StartTransaction")
        await self.plug()
        await self.card(id_tag)
        await self.told("StartTransaction", id_tag=id_tag)
        await self.status("Charging")
        return before + 1


def config(
    csms_url: str, folder: Path, profile: int = PLAIN, keys: Mapping[str, str] | None = None
) -> StationConfig:
    """A station that waits for nothing, with some 1.6 keys."""
    url = csms_url.replace("127.0.0.1", "localhost")
    way = NetworkProfile(slot=1, url=url, security_profile=profile, versions=(Version.V16,))
    return StationConfig(
        identity=IDENTITY,
        profiles=(way,),
        versions=(Version.V16,),
        allow_unsecured=profile == PLAIN,
        password=PASSWORD if profile in {BASIC, TLS} else None,
        certificates=Certificates(
            csms_ca=folder / "pki" / "ca", own=folder / "pki" / "own", organization=CSO
        ),
        storage=Storage(state_dir=folder / "state"),
        transfer=Transfer(retries=0, retry_interval=0),
        sample_interval=0,
        backoff=_AT_ONCE,
        message_retry_interval=0,
        connection_attempts=2,
        configuration=tuple(KeyValue(name=name, value=of) for name, of in (keys or {}).items()),
    )


@asynccontextmanager
async def running(
    csms: ScriptedCsms,
    told: StationConfig,
    *,
    description: StationDescription = ONE,
    connect: bool = True,
) -> AsyncIterator[Bench]:
    """A bench around a CSMS that listens already."""
    hardware = SimulatedHardware(description, step=0.01)
    station = ChargingStation(told, hardware=hardware)
    hardware.attach(station)
    connections: asyncio.Queue[Connected] = asyncio.Queue()

    def note(event: ConnectionEvent) -> None:
        if isinstance(event, Connected):
            connections.put_nowait(event)

    station.events.subscribe(note)
    async with asyncio.timeout(30), station:
        bench = Bench(csms, station, hardware, connections)
        if connect:
            await connections.get()
        yield bench
        hardware.close()


@asynccontextmanager
async def bench(
    folder: Path,
    profile: int = PLAIN,
    keys: Mapping[str, str] | None = None,
    *,
    csms: ScriptedCsms | None = None,
    begin: bool = True,
    description: StationDescription = ONE,
) -> AsyncIterator[Bench]:
    """A station that booted under a security profile."""
    led = csms or ScriptedCsms(Version.V16)
    (folder / "pki").mkdir()
    pki = Pki(folder / "pki")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(led.serve(**pki.listening(profile)))
        wanted = config(led.url, folder, profile, keys)
        it = await stack.enter_async_context(running(led, wanted, description=description))
        if begin:
            await it.begin()
        yield it
