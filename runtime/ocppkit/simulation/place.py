"""A simulated EVSE: its connectors, its meter, the EV at it, and the energy that flows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from ocppkit.simulation.ev import Draw, SimulatedEv, Supply
from ocppkit.simulation.happening import Listeners
from ocppkit.simulation.meter import SimulatedMeter
from ocppkit.simulation.reports import Reports
from ocppkit.station.capabilities import ConnectorState
from ocppkit.station.environment import Environment
from ocppkit.station.hardware import EvseDescription, Fault, MeterReading, Offer

__all__ = ["Place"]

_logger = logging.getLogger(__name__)

_DC_VOLTAGE = 400.0
_AC_VOLTAGE = 230.0


class Place:
    """What is at an EVSE, and what flows there.

    Attributes:
        fixed: the connectors whose cables are fixed to the station.
        ev: that is there.
        connector: at which.
        offer: what is offered to it.
        occupied: whether an EV stands in its parking bay.
        paused: whether the station's side suspends.
        cables: the connectors in whose sockets a cable hangs that no EV is at.
        locked: the connectors whose cables are locked.
        stubborn: the connectors whose locks do not obey.
        faults: by connector.
        meter: of the EVSE.
        reports: to which it reports; None while no station is attached.
    """

    def __init__(
        self,
        number: int,
        described: EvseDescription,
        *,
        environment: Environment,
        step: float,
        meter_start_wh: float,
        listeners: Listeners,
    ) -> None:
        self.number = number
        self.connectors = range(1, len(described.connectors) + 1)
        self.fixed = frozenset(
            connector
            for connector, each in enumerate(described.connectors, start=1)
            if each.tethered
        )
        self.ev: SimulatedEv | None = None
        self.connector = 1
        self.offer: Offer | None = None
        self.occupied = False
        self.paused = False
        self.cables: set[int] = set()
        self.locked: set[int] = set()
        self.stubborn: set[int] = set()
        self.faults: dict[int, Fault] = {}
        self.reports: Reports | None = None
        voltage = _AC_VOLTAGE if described.phases else _DC_VOLTAGE
        self.supply = Supply(
            max_power_w=described.max_power_w, phases=described.phases, voltage_v=voltage
        )
        self.meter = SimulatedMeter(
            monotonic=environment.monotonic,
            energy_wh=meter_start_wh,
            voltage_v=voltage,
            supply_phases=described.phases,
        )
        self._environment = environment
        self._step = step
        self._listeners = listeners
        self._flowing: bool | None = None
        self._told_w = 0.0
        self._task: asyncio.Task[None] | None = None
        self._departure: asyncio.Task[None] | None = None

    @property
    def power_w(self) -> float:
        """What flows, in W."""
        return self._draw().power_w if self._flowing else 0.0

    def connects(self, connector: int) -> bool:
        """Whether the EV is at a connector."""
        return self.ev is not None and self.connector == connector

    def read(self) -> MeterReading:
        """What the meter shows."""
        self.count()
        return self.meter.read(soc=self.ev.soc if self.ev else None, offer=self.offer)

    def count(self) -> None:
        """Let what has flowed so far arrive in the EV."""
        added = self.meter.add_up()
        if self.ev is not None:
            self.ev.charge(added)

    async def arrive(self, ev: SimulatedEv, connector: int) -> None:
        """An EV is plugged in."""
        self._stop_tasks()
        self.ev, self.connector = ev, connector
        self.cables.discard(connector)
        self._listeners.tell("plug", self.number, connector=connector, plugged=True)
        if self.reports is not None:
            await self.reports.plugged_in(connector)

    def take_cable(self, connector: int) -> None:
        """A cable that hangs in its socket is taken away."""
        self.cables.discard(connector)
        self.locked.discard(connector)

    async def depart(self, *, leaves_cable: bool = False) -> None:
        """The EV goes, and its cable with it, or it leaves that in its socket."""
        self.cut()
        self._stop_tasks()
        connector = self.connector
        self.ev = None
        if leaves_cable:
            self.cables.add(connector)
        else:
            self.take_cable(connector)
        self._listeners.tell("plug", self.number, connector=connector, plugged=False)
        if self.reports is not None:
            await self.reports.unplugged(connector)

    async def allow(self, offer: Offer) -> None:
        """Offer energy; an EV takes it after its delay, or another amount at once."""
        self._tell_offer(offer)
        self.offer = offer
        if self._departure is not None:
            self._departure.cancel()
            self._departure = None
        if self.ev is None:
            return
        if self._task is None:
            self._task = self._start(self._charge(self.ev))
        elif self._flowing is not None:
            await self.flow()

    async def stop(self) -> None:
        """Open the power path; the EV may leave then."""
        offered = self.offer is not None
        self.cut()
        if offered:
            self._tell_offer(None)
        ev = self.ev
        if offered and ev is not None and ev.auto_unplug is not None and not self.paused:
            self._departure = self._start(self._leave(ev, ev.auto_unplug))

    def cut(self) -> None:
        """Let nothing flow any more."""
        self.count()
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._tell_power(0.0)
        self._flowing = None
        self.meter.set_power(0.0, phases=0)
        self.offer = None

    async def flow(self) -> None:
        """Reckon anew what the EV takes; report where that begins or ends."""
        if self.ev is None or self.offer is None:
            return
        self.count()
        draw = self._draw()
        self.meter.set_power(draw.power_w, phases=draw.phases, first_phase=draw.first_phase)
        self._tell_power(draw.power_w)
        flows = draw.power_w > 0
        if flows is self._flowing:
            return
        self._flowing = flows
        if self.reports is not None:
            await (self.reports.ev_resumed() if flows else self.reports.ev_suspended())

    async def set_demand(self, power_w: float) -> None:
        """Let the EV want this much."""
        if self.ev is not None:
            self.count()
            self.ev.demand_w = power_w
            if self._flowing is not None:
                await self.flow()

    async def pause(self, *, paused: bool) -> None:
        """Let the station's side suspend, or go on."""
        if paused is self.paused:
            return
        self.paused = paused
        if self.reports is not None:
            await (self.reports.station_suspended() if paused else self.reports.station_resumed())

    async def occupy(self, *, occupied: bool) -> None:
        """Let an EV stand in the parking bay, or none."""
        self.occupied = occupied
        if self.reports is not None:
            await (self.reports.bay_occupied() if occupied else self.reports.bay_free())

    async def fail(self, fault: Fault | None, connector: int | None) -> None:
        """Let something be wrong, or nothing, at one connector or all."""
        for number in self.connectors if connector is None else (connector,):
            if fault is None:
                self.faults.pop(number, None)
            else:
                self.faults[number] = fault
        if self.reports is None:
            return
        if fault is None:
            await self.reports.fault_cleared(connector=connector)
        else:
            await self.reports.fault(fault, connector=connector)

    def move_lock(self, connector: int, *, locked: bool) -> bool:
        """Lock or release a cable; whether the lock is so now."""
        if connector in self.stubborn:
            return (connector in self.locked) is locked
        (self.locked.add if locked else self.locked.discard)(connector)
        self._listeners.tell("lock", self.number, connector=connector, locked=locked)
        return True

    def state(self, connector: int) -> ConnectorState:
        """How a connector is."""
        return ConnectorState(
            plugged=self.connects(connector),
            locked=connector in self.locked,
            fault=self.faults.get(connector),
        )

    def status(self) -> dict[str, Any]:
        """How everything is, fit for JSON."""
        self.count()
        reading = self.meter.read(keep_time=True)
        ev, offer = self.ev, self.offer
        return {
            "evse": self.number,
            "meter": {"energy_wh": reading.energy_wh, "power_w": reading.power_w},
            "offer": None
            if offer is None
            else {"power_w": offer.power_w, "current_a": offer.current_a, "phases": offer.phases},
            "paused": self.paused,
            "ev": None
            if ev is None
            else {
                "kind": ev.kind.value,
                "soc": round(ev.soc, 3),
                "power_w": self.power_w,
                "phases": ev.phases,
                "emaid": ev.emaid,
            },
            "connectors": [
                {
                    "connector": number,
                    "plugged": self.connects(number),
                    "cable": self.connects(number) or number in self.cables | self.fixed,
                    "locked": number in self.locked,
                    "lock_works": number not in self.stubborn,
                    "fault": self.faults[number].kind.value if number in self.faults else None,
                }
                for number in self.connectors
            ],
        }

    def close(self) -> None:
        """Let nothing happen any more."""
        self.cut()
        self._stop_tasks()

    def _draw(self) -> Draw:
        if self.ev is None or self.offer is None or self.paused:
            return Draw()
        return self.ev.draw(self.offer, self.supply)

    def _tell_power(self, power_w: float) -> None:
        if power_w != self._told_w:
            self._told_w = power_w
            self._listeners.tell("drawing", self.number, power_w=power_w)

    def _tell_offer(self, offer: Offer | None) -> None:
        if offer == self.offer:
            return
        details = (
            {"power_w": 0.0, "current_a": 0.0, "phases": None}
            if offer is None
            else {
                "power_w": offer.power_w,
                "current_a": offer.current_a,
                "phases": offer.phases,
            }
        )
        self._listeners.tell("offer", self.number, **details)

    async def _charge(self, ev: SimulatedEv) -> None:
        await self._environment.sleep(ev.start_delay)
        while True:
            await self.flow()
            await self._environment.sleep(self._step)

    async def _leave(self, ev: SimulatedEv, after: float) -> None:
        await self._environment.sleep(after)
        if self.ev is ev:
            self._departure = None  # who departs does not cancel themselves
            await self.depart()

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        async def guarded() -> None:
            try:
                await work
            except Exception:
                _logger.exception("the simulated EVSE %d failed", self.number)

        task = asyncio.get_running_loop().create_task(guarded())
        task.add_done_callback(lambda _: work.close())  # one cancelled at once never began it
        return task

    def _stop_tasks(self) -> None:
        for task in (self._task, self._departure):
            if task is not None:
                task.cancel()
        self._task = self._departure = None
