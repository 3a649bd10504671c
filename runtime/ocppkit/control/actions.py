"""Commands to the station itself."""

from __future__ import annotations

import logging
from typing import Any

from ocppkit.control.view import station_view
from ocppkit.simulation.world import SimulatedWorld
from ocppkit.station.boot import BootReason
from ocppkit.station.core import StationCore
from ocppkit.station.hardware import RebootReason
from ocppkit.station.station import ChargingStation
from ocppkit.station.transaction import Cause

__all__ = ["StationActions", "WorldActions"]

_logger = logging.getLogger(__name__)


class StationActions:
    """What a station can be told, beside what happens around it.

    Attributes:
        rebooting: whether it restarts because somebody here said so.
    """

    def __init__(
        self, station: ChargingStation, core: StationCore, world: SimulatedWorld | None
    ) -> None:
        """Command a station.

        Args:
            station: which.
            core: its inside.
            world: around it, where that is simulated.
        """
        self.rebooting = False
        self._station = station
        self._core = core
        self._world = world

    async def status(self) -> dict[str, Any]:
        """Everything about the station, and about the world where that is simulated."""
        view = await station_view(self._core)
        return {**view, "world": None if self._world is None else self._world.status()}

    async def go_offline(self) -> None:
        """Drop the connection and stay away."""
        self._station.go_offline()

    async def go_online(self) -> None:
        """Connect at once, without back-off."""
        self._station.go_online()

    async def reboot(self, *, reason: str | None = None) -> None:
        """Start anew: transactions end, the CSMS is told, the station boots again.

        Raises:
            ValueError: that is under way already.
        """
        if self.rebooting or self._core.resetting:
            msg = "the station restarts already"
            raise ValueError(msg)
        _logger.info("a restart is asked for: %s", reason or "no reason is given")
        self.rebooting = True
        self._core.launch(self._reboot(), name="reboot")

    async def _reboot(self) -> None:
        try:
            await self._core.reset(
                RebootReason.SOFT_RESET, Cause.SOFT_RESET, BootReason.LOCAL_RESET
            )
        finally:
            self.rebooting = False


class WorldActions:
    """Where a command says more than the simulated world wants to know."""

    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world

    async def clear_fault(
        self,
        *,
        evse: int,
        connector: int | None = None,
        fault: str | None = None,  # noqa: ARG002  # a connector has one fault at most
    ) -> None:
        """Mend what is broken."""
        await self._world.clear_fault(evse=evse, connector=connector)
