"""A station that runs by itself: its equipment, its control, its clean end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any

from ocppkit.control.actions import StationActions, WorldActions
from ocppkit.control.controller import Action, Controller, actions_of
from ocppkit.control.hub import Hub
from ocppkit.control.outgoing import Outgoing
from ocppkit.control.watch import Watch
from ocppkit.simulation.happening import Happening
from ocppkit.simulation.hardware import SimulatedHardware
from ocppkit.simulation.world import SimulatedWorld
from ocppkit.station.config import StationConfig
from ocppkit.station.hardware import Hardware
from ocppkit.station.station import ChargingStation

__all__ = ["Standalone"]


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
        self._hardware = hardware
        self._exit_on_reset = exit_on_reset
        self._watch = Watch(hub)
        self.station = ChargingStation(config, hardware=hardware, observer=self._watch.passed)
        self._core = self.station._core  # noqa: SLF001  # the control sees all of its station
        world = SimulatedWorld(hardware) if isinstance(hardware, SimulatedHardware) else None
        if world is not None:
            _ = world.listen(self._happened)
        _ = self.station.events.subscribe(self._watch.connection)
        self._actions = StationActions(self.station, self._core, world)
        outgoing = Outgoing(self._core, hub)
        played = () if world is None else (WorldActions(world), world)
        found = actions_of(self._actions, *played, outgoing)
        self.controller = Controller(
            {name: self._watched(action) for name, action in found.items()},
            places={
                number: len(evse.connectors)
                for number, evse in enumerate(hardware.description.evses, start=1)
            },
            hub=hub,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the station inside the block; it ends cleanly when the block is left."""
        if isinstance(self._hardware, SimulatedHardware):
            self._hardware.attach(self.station)
        async with self.station:
            attach = getattr(self._hardware, "attach", None)
            if attach is not None and not isinstance(self._hardware, SimulatedHardware):
                attach(self.station)
            self._watch.begin(self._core)
            self.controller.begin()
            watching = asyncio.ensure_future(self._watch.run())
            try:
                yield
            finally:
                watching.cancel()
                if isinstance(self._hardware, SimulatedHardware):
                    self._hardware.close()
        self._watch.look()

    def _happened(self, happening: Happening) -> None:
        self._watch.happened(happening)
        if happening.kind == "reboot" and self._exit_on_reset and not self._actions.rebooting:
            self.controller.quit()

    def _watched(self, action: Action) -> Action:
        @wraps(action)
        async def acted(**arguments: Any) -> Any:
            try:
                return await action(**arguments)
            finally:
                self._watch.look()

        return acted
