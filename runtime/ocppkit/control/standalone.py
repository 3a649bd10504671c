"""A station that runs by itself: its equipment, its control, its clean end."""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from ocppkit.control.actions import StationActions, WorldActions
from ocppkit.control.controller import Controller, actions_of
from ocppkit.control.host import HostDesk
from ocppkit.control.host_handlers import serve_hosts
from ocppkit.control.hub import Hub
from ocppkit.control.outgoing import Outgoing
from ocppkit.control.technician import Technician
from ocppkit.control.watch import Watch
from ocppkit.message import Version
from ocppkit.simulation.happening import Happening
from ocppkit.simulation.hardware import SimulatedHardware
from ocppkit.simulation.world import SimulatedWorld
from ocppkit.station.capabilities import InstallOutcome
from ocppkit.station.config import StationConfig
from ocppkit.station.hardware import Hardware
from ocppkit.station.station import ChargingStation

__all__ = ["AttachFailed", "Standalone"]

_HOST_PATIENCE: Final = 10.0  # seconds, at most: the CSMS waits for the answer, too


class AttachFailed(Exception):
    """The equipment's ``attach`` raised; the text says what and where."""


class Standalone:
    """A station with a `Controller`; its world is played if its equipment is simulated.

    Attributes:
        controller: takes the commands.
        station: the station itself.
    """

    def __init__(
        self, config: StationConfig, *, hardware: Hardware, exit_on_reset: bool = False
    ) -> None:
        """Make a station; call it inside a running event loop.

        Args:
            config: what the station is told.
            hardware: its equipment; what is not a `SimulatedHardware` plays its own world. Its
                method ``attach``, if there is one, is called with the running station, to which
                it may report from then on.
            exit_on_reset: whether a Reset from the CSMS ends the station, with everything due
                delivered, instead of restarting it.
        """
        hub = Hub()
        host = HostDesk(timeout=min(_HOST_PATIENCE, config.call_timeout / 3))
        self._hardware = hardware
        self._exit_on_reset = exit_on_reset
        self._watch = Watch(hub)
        self.station = ChargingStation(config, hardware=hardware, observer=self._watch.passed)
        simulated = hardware if isinstance(hardware, SimulatedHardware) else None
        if simulated is not None:  # as most real ones
            simulated.system.firmware_outcome = InstallOutcome.REBOOT_NEEDED
        world = None if simulated is None else SimulatedWorld(simulated)
        if world is not None:
            _ = world.listen(self._happened)
        _ = self.station.events.subscribe(self._watch.connection)
        core = self.station.core
        self._watch.follow(core.files)
        self._actions = StationActions(self.station, core, world)
        played = () if world is None else (WorldActions(world), world)
        outgoing = Outgoing(core, hub, hardware=simulated)
        self.controller = Controller(
            actions_of(self._actions, *played, outgoing, Technician(self.station)),
            places={
                number: len(evse.connectors)
                for number, evse in enumerate(hardware.description.evses, start=1)
            },
            hub=hub,
            host=host,
            host_handlers=serve_hosts(self.station, host),
            reasons=_reasons(config, simulated),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the station inside the block; it ends cleanly when the block is left.

        Raises:
            AttachFailed: the equipment's ``attach`` raised.
        """
        if isinstance(self._hardware, SimulatedHardware):
            self._hardware.attach(self.station)
        async with self.station:
            attach = getattr(self._hardware, "attach", None)
            if attach is not None and not isinstance(self._hardware, SimulatedHardware):
                try:
                    attach(self.station)
                except Exception as error:
                    raise AttachFailed(_told(error)) from error
            self._watch.begin(self.station.core)
            self.controller.begin()
            try:
                yield
            finally:
                if isinstance(self._hardware, SimulatedHardware):
                    self._hardware.close()

    def _happened(self, happening: Happening) -> None:
        self._watch.happened(happening)
        if happening.kind == "reboot" and self._exit_on_reset and not self._actions.rebooting:
            self.controller.quit()


def _told(error: Exception) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"attach of the hardware: {error!r} ({place.filename}:{place.lineno})"


def _reasons(config: StationConfig, simulated: SimulatedHardware | None) -> dict[str, str]:
    """Which commands no version that is spoken has, or the equipment nothing for, and why."""
    versions = {*config.versions, *(each for way in config.network for each in way.versions)}
    found = {}
    if Version.V16 not in versions:
        found["configuration"] = "the station does not speak 1.6: variable is for 2.0.1"
    if Version.V201 not in versions:
        found["variable"] = "the station does not speak 2.0.1: configuration is for 1.6"
    if simulated is not None and not simulated.stop_menu:
        found["select"] = "station.toml does not set simulation.stop_menu"
    return found
