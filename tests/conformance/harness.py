"""Our own station before the kit: in memory, in virtual time, its world played in process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from attrs import evolve

from ocppkit.conformance import CaseSettings, Kit, Runner
from ocppkit.conformance.verdict import Impossible
from ocppkit.conformance.world import CommandRefused
from ocppkit.connection import Handlers, NetworkProfile, Session
from ocppkit.control.actions import StationActions
from ocppkit.control.ev_fields import EV
from ocppkit.message import Version
from ocppkit.simulation import SimulatedHardware
from ocppkit.simulation.signing import MeterSigner
from ocppkit.simulation.world import COMMANDS, SimulatedWorld
from ocppkit.station import (
    ChargingStation,
    ConnectorDescription,
    EvseDescription,
    StationConfig,
    StationDescription,
)
from ocppkit.station.capabilities import Capability
from ocppkit.testing import MemoryNetwork, VirtualClock, virtual_environment

from .tampering import Tamper, Tampering

FIRST: Final = "ws://first.test"
SECOND: Final = "ws://second.test"
PASSWORD: Final = b"0123456789abcdef"

DESCRIPTION: Final = StationDescription(
    vendor="ocppkit",
    model="Simulated",
    serial_number="SIM-0001",
    firmware_version="1.0",
    evses=(
        EvseDescription(connectors=(ConnectorDescription(),)),
        EvseDescription(connectors=(ConnectorDescription(),)),
    ),
)
"""Two EVSEs, as some cases need."""

SETTINGS: Final = CaseSettings(
    identity="CS001",
    csms_url=FIRST,
    csms_url2=SECOND,
    basic_auth_password=PASSWORD,
    features=frozenset({"HFS-1", "AQ-1", "AQ-3"}),
    lacks=frozenset({"firmware", "log", "smart"}),
)


class InProcess:
    """The world of a station in this process: what `ControlWorld` is for one in another."""

    def __init__(self, station: ChargingStation, hardware: SimulatedHardware) -> None:
        world = SimulatedWorld(hardware)
        self._doors: dict[str, Callable[..., Awaitable[None]]] = {
            name: getattr(world, name) for name in COMMANDS
        }
        if not hardware.stop_menu:
            del self._doors["select"]
        self._doors["reboot"] = StationActions(station, station.core, world).reboot

    def can(self, action: str) -> bool:
        return action in self._doors

    async def perform(self, action: str, **args: Any) -> None:
        door = self._doors.get(action)
        if door is None:
            raise Impossible(f"no way to {action}")
        if unknown := {*args.get("ev", ())} - {each.name for each in EV}:
            raise Impossible(f"the control protocol has no ev.{' or ev.'.join(unknown)}")
        try:
            await door(**args)
        except TypeError as error:
            raise Impossible(f"no way to {action}: {error}") from error
        except ValueError as error:
            raise CommandRefused(str(error)) from error


@asynccontextmanager
async def at_work(
    *,
    settings: CaseSettings = SETTINGS,
    description: StationDescription = DESCRIPTION,
    tamper: Tamper | None = None,
    signer: MeterSigner | None = None,
    stop_menu: bool = False,
    without: frozenset[Capability] = frozenset(),
    **config: Any,
) -> AsyncIterator[Runner]:
    """A runner with the station connected and known.

    Args:
        settings: of the cases.
        description: of the equipment.
        tamper: makes the station a wrong one: see `tampering`.
        signer: signs what its meters show.
        stop_menu: whether it has a screen to select transactions on.
        without: what its equipment cannot do.
        **config: what is other than in the station's usual configuration.
    """
    clock = VirtualClock()
    environment = virtual_environment(clock)
    hardware = SimulatedHardware(
        description,
        environment=environment,
        signer=signer,
        stop_menu=stop_menu,
        without=without,
    )
    told = StationConfig(
        identity=settings.identity,
        csms_url=settings.csms_url,
        versions=(Version.V201,),
        password=PASSWORD,
        **{"sample_interval": 0, "ping_interval": 0, **config},
    )
    ways = {FIRST: MemoryNetwork(), SECOND: MemoryNetwork()}

    async def dial(profile: NetworkProfile, handlers: Handlers) -> Session:
        way = ways[SECOND if profile.url.startswith(SECOND) else FIRST]
        present = evolve(told, password=station.core.security.password)
        return await way.dial(present)(profile, handlers)

    station = ChargingStation(told, hardware=hardware, environment=environment, dial=dial)
    hardware.attach(station)
    kit = Kit(settings=settings, world=InProcess(station, hardware), clock=clock)
    first = kit.first if tamper is None else Tampering(kit.first, tamper)
    async with ways[FIRST].listen(first), ways[SECOND].listen(kit.second), station:
        runner = Runner(kit)
        await runner.begin()
        yield runner


def with_settings(**changes: Any) -> CaseSettings:
    """The usual settings, changed."""
    return evolve(SETTINGS, **changes)
