"""Simulated equipment: a `Hardware` whose cables and EVs are moved by a program."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from attrs import define

from ocppkit.simulation.ev import SimulatedEv
from ocppkit.simulation.meter import SimulatedMeter
from ocppkit.station.environment import Environment
from ocppkit.station.hardware import MeterReading, RebootReason, StationDescription

__all__ = ["SimulatedHardware"]

DEFAULT_DESCRIPTION = StationDescription(
    vendor="ocppkit", model="Simulated", serial_number="SIM-0001", firmware_version="1.0"
)


class _Reports(Protocol):
    """What the equipment of an EVSE reports: `ocppkit.station.Evse`."""

    async def plugged_in(self, connector: int = 1) -> None: ...
    async def unplugged(self, connector: int = 1) -> None: ...
    async def ev_suspended(self) -> None: ...
    async def ev_resumed(self) -> None: ...


class _Station(Protocol):
    def evse(self, number: int) -> _Reports: ...


@define(kw_only=True)
class _Place:
    """What is at an EVSE."""

    meter: SimulatedMeter
    max_power_w: float
    ev: SimulatedEv | None = None
    offered_w: float | None = None
    drawing: asyncio.Task[None] | None = None
    locked: bool = False


class SimulatedHardware:
    """A `Hardware` without any: EVs arrive, take what they are offered, and depart.

    Attributes:
        description: what the station is.
        reboots: why it was rebooted, in order.
    """

    def __init__(
        self,
        description: StationDescription = DEFAULT_DESCRIPTION,
        *,
        environment: Environment | None = None,
        step: float = 1.0,
        meter_start_wh: float = 1_000_000.0,
    ) -> None:
        """Make equipment.

        Args:
            description: what the station is.
            environment: whose clock the meters go by; the real one unless told otherwise.
            step: how often the EV's power is reckoned anew, in seconds.
            meter_start_wh: what each meter shows at first, in Wh.
        """
        self.description = description
        self.reboots: list[RebootReason] = []
        self._environment = environment or Environment()
        self._step = step
        self._places = {
            number: _Place(
                meter=SimulatedMeter(
                    monotonic=self._environment.monotonic, energy_wh=meter_start_wh
                ),
                max_power_w=evse.max_power_w,
            )
            for number, evse in enumerate(description.evses, start=1)
        }
        self._station: _Station | None = None

    def attach(self, station: _Station) -> None:
        """Report to a station from now on."""
        self._station = station

    def locked(self, evse: int) -> bool:
        """Whether the cable is locked."""
        return self._places[evse].locked

    async def arrive(self, ev: SimulatedEv, *, evse: int = 1, connector: int = 1) -> None:
        """An EV comes and is plugged in."""
        self._places[evse].ev = ev
        await self._reports(evse).plugged_in(connector)

    async def depart(self, *, evse: int = 1, connector: int = 1) -> None:
        """The EV is unplugged and goes.

        Raises:
            RuntimeError: its cable is locked.
        """
        place = self._places[evse]
        if place.locked:
            msg = "the cable is locked"
            raise RuntimeError(msg)
        self._let_draw(place, None)
        place.ev = None
        await self._reports(evse).unplugged(connector)

    async def allow_charging(self, evse: int, limit: float | None) -> None:
        """Offer energy to the EV, which takes it after its delay."""
        place = self._places[evse]
        place.offered_w = place.max_power_w if limit is None else min(limit, place.max_power_w)
        if place.drawing is None and place.ev is not None:
            self._let_draw(place, lambda: self._draw(evse, place))

    async def stop_charging(self, evse: int) -> None:
        """Open the power path."""
        self._let_draw(self._places[evse], None)

    async def meter(self, evse: int) -> MeterReading:
        """Read the meter of an EVSE."""
        place = self._places[evse]
        self._charge(place)
        return place.meter.read(soc=place.ev.soc if place.ev else None)

    async def lock(self, evse: int, connector: int) -> None:  # noqa: ARG002  # there is one lock
        """Lock the cable."""
        self._places[evse].locked = True

    async def unlock(self, evse: int, connector: int) -> None:  # noqa: ARG002  # there is one lock
        """Release the cable."""
        self._places[evse].locked = False

    async def reboot(self, reason: RebootReason) -> None:
        """Take note."""
        self.reboots.append(reason)

    def _reports(self, evse: int) -> _Reports:
        if self._station is None:
            msg = "attach a station first"
            raise RuntimeError(msg)
        return self._station.evse(evse)

    def _let_draw(self, place: _Place, draw: Callable[[], Awaitable[None]] | None) -> None:
        if place.drawing is not None:
            place.drawing.cancel()
            place.drawing = None
        self._charge(place)
        place.meter.set_power(0.0, phases=0)
        if draw is None:
            place.offered_w = None
            return
        place.drawing = asyncio.ensure_future(draw())

    def _charge(self, place: _Place) -> None:
        added = place.meter.add_up()
        if place.ev is not None:
            place.ev.charge(added)

    async def _draw(self, evse: int, place: _Place) -> None:
        ev = place.ev
        if ev is None:
            return
        await self._environment.sleep(ev.start_delay)
        flowing: bool | None = None
        while True:
            self._charge(place)
            power = ev.power(place.offered_w or 0.0)
            place.meter.set_power(power, phases=ev.phases)
            if flowing is not (power > 0):
                flowing = power > 0
                reports = self._reports(evse)
                await (reports.ev_resumed() if flowing else reports.ev_suspended())
            await self._environment.sleep(self._step)
