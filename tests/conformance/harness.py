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
    features=frozenset({"HFS-1"}),
)


class InProcess:
    """The world of a station in this process: what `ControlWorld` is for one in another."""

    def __init__(self, station: ChargingStation, hardware: SimulatedHardware) -> None:
        world = SimulatedWorld(hardware)
        self._doors: dict[str, Callable[..., Awaitable[None]]] = {
            name: getattr(world, name) for name in COMMANDS
        }
        self._hardware = hardware
        self._doors["reboot"] = StationActions(station, station.core, world).reboot

    def can(self, action: str) -> bool:
        return action in self._doors

    async def perform(self, action: str, **args: Any) -> None:
        door = self._doors.get(action)
        if door is None:
            raise Impossible(f"no way to {action}")
        if args.pop("side", None) == "ev" and not self._at_ev(args):
            raise Impossible("no way to plug_out at the EV: no lock holds the cable")
        try:
            await door(**args)
        except TypeError as error:
            raise Impossible(f"no way to {action}: {error}") from error
        except ValueError as error:
            raise CommandRefused(str(error)) from error

    def _at_ev(self, args: dict[str, Any]) -> bool:
        """Whether a cable stays in the station: where it is locked, the car pulls it off itself."""
        ev, place = self._hardware.ev(args["evse"]), (args["evse"], args["connector"])
        return ev is None or self._hardware.locked(*place)


@asynccontextmanager
async def at_work(
    *,
    settings: CaseSettings = SETTINGS,
    description: StationDescription = DESCRIPTION,
    tamper: Tamper | None = None,
    signer: MeterSigner | None = None,
    **config: Any,
) -> AsyncIterator[Runner]:
    """A runner with the station connected and known.

    Args:
        settings: of the cases.
        description: of the equipment.
        tamper: makes the station a wrong one: see `tampering`.
        signer: signs what its meters show.
        **config: what is other than in the station's usual configuration.
    """
    clock = VirtualClock()
    environment = virtual_environment(clock)
    hardware = SimulatedHardware(description, environment=environment, signer=signer)
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
        return await way.dial(told)(profile, handlers)

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
