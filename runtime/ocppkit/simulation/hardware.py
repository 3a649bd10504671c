"""Simulated equipment: a `Hardware` whose cables and EVs are moved by a program."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from attrs import evolve

from ocppkit.simulation.ev import EvKind, SimulatedEv
from ocppkit.simulation.happening import Happening, Listeners
from ocppkit.simulation.menu import Chooser, StopMenu
from ocppkit.simulation.place import Place
from ocppkit.simulation.signing import MeterSigner
from ocppkit.simulation.system import SimulatedSystem, next_version
from ocppkit.simulation.visits import AttachedStation, Visits
from ocppkit.station.capabilities import (
    Capability,
    ConnectorState,
    DisplayText,
    InstallOutcome,
    LogKind,
    Recovery,
)
from ocppkit.station.environment import Environment
from ocppkit.station.hardware import (
    Fault,
    MeterReading,
    Offer,
    RebootReason,
    SecurityEvent,
    StartReason,
    StationDescription,
)
from ocppkit.station.id_token import IdToken
from ocppkit.station.local_stop import LocalStop
from ocppkit.station.metering import Occasion

__all__ = ["DEFAULT_DESCRIPTION", "SimulatedHardware"]

DEFAULT_DESCRIPTION = StationDescription(
    vendor="ocppkit", model="Simulated", serial_number="SIM-0001", firmware_version="1.0"
)
"""One EVSE with one connector."""


class SimulatedHardware:
    """A `Hardware` without any: EVs arrive, take what they are offered, and depart.

    Attributes:
        description: what the station is; an update of the firmware changes its version.
        capabilities: what it can do: all but what was left out.
        system: what is not the EVSEs'.
    """

    def __init__(
        self,
        description: StationDescription = DEFAULT_DESCRIPTION,
        *,
        environment: Environment | None = None,
        step: float = 1.0,
        meter_start_wh: float = 0.0,
        signer: MeterSigner | None = None,
        without: frozenset[Capability] = frozenset(),
        lockless: frozenset[tuple[int, int]] = frozenset(),
        main_meter: bool = False,
        languages: frozenset[str] = frozenset(),
        stop_menu: bool = False,
        chooses: Chooser | None = None,
    ) -> None:
        """Make equipment.

        Args:
            description: what the station is.
            environment: whose clock everything goes by; the real one unless told otherwise.
            step: how often the EV's power is reckoned anew, in seconds.
            meter_start_wh: what each meter shows at first, in Wh.
            signer: signs what the meters show; without it they cannot.
            without: what it cannot do.
            lockless: the connectors, by EVSE and number, whose cables are never locked.
            main_meter: whether there is a meter for all EVSEs together.
            languages: that its displays speak, as ``nl``.
            stop_menu: whether a master pass opens a screen to `select` on what to stop.
            chooses: whoever stands at another such user interface, if it has one: told where
                something can be stopped, they say where it shall be.
        """
        self.description = description
        unable = without if signer else without | {Capability.SIGNED_METER}
        unable = unable if main_meter else unable | {Capability.MAIN_METER}
        unable = unable if languages else unable | {Capability.LANGUAGES}
        unable = unable if stop_menu or chooses else unable | {Capability.MASTER_PASS}
        self.capabilities = frozenset(Capability) - unable
        self._environment = environment or Environment()
        self._listeners = Listeners()
        self._menu = StopMenu(self._listeners, self._environment.sleep) if stop_menu else None
        self._chooses = self._menu.choose if self._menu else chooses
        self.system = SimulatedSystem(
            environment=self._environment,
            listeners=self._listeners,
            step=step,
            languages=languages,
        )
        self._signer = signer
        self._lockless = lockless
        self._places = {
            number: Place(
                number,
                described,
                environment=self._environment,
                step=step,
                meter_start_wh=meter_start_wh,
                listeners=self._listeners,
            )
            for number, described in enumerate(description.evses, start=1)
        }
        self._station: AttachedStation | None = None
        self._visits = Visits(self._listeners)

    @property
    def evses(self) -> Mapping[int, int]:
        """How many connectors each EVSE has."""
        counts = {number: len(place.connectors) for number, place in self._places.items()}
        return MappingProxyType(counts)

    @property
    def stop_menu(self) -> bool:
        """Whether a master pass opens a screen to `select` on."""
        return self._menu is not None

    @property
    def reboots(self) -> list[RebootReason]:
        """Why it was rebooted, in order."""
        return self.system.reboots

    def attach(self, station: AttachedStation) -> None:
        """Report to a station from now on."""
        self._station = station
        for number, place in self._places.items():
            place.reports = station.evse(number)

    def close(self) -> None:
        """Let nothing happen any more."""
        for place in self._places.values():
            place.close()
        self._visits.close()

    def listen(self, listener: Callable[[Happening], None]) -> Callable[[], None]:
        """Have somebody told what happens; returns what ends that."""
        return self._listeners.add(listener)

    # What a program does to it.

    def ev(self, evse: int) -> SimulatedEv | None:
        """The EV at an EVSE."""
        return self._places[evse].ev

    def locked(self, evse: int, connector: int = 1) -> bool:
        """Whether a cable is locked."""
        return connector in self._places[evse].locked

    def has_lock(self, evse: int, connector: int = 1) -> bool:
        """Whether there is a lock for a cable."""
        return not self.fixed(evse, connector) and (evse, connector) not in self._lockless

    def fixed(self, evse: int, connector: int = 1) -> bool:
        """Whether a cable is fixed to the station."""
        return connector in self._places[evse].fixed

    def cable_waits(self, evse: int, connector: int = 1) -> bool:
        """Whether a cable hangs in its socket that no EV is at."""
        return connector in self._places[evse].cables

    async def arrive(self, ev: SimulatedEv, *, evse: int = 1, connector: int = 1) -> None:
        """An EV comes and is plugged in; one that speaks ISO 15118 says what it has to say."""
        await self._places[evse].arrive(ev, connector)
        if self._station is not None and ev.kind is EvKind.ISO15118:
            self._visits.talk(ev, evse, self._station)

    async def depart(self, *, evse: int = 1, connector: int = 1, force: bool = False) -> None:
        """The EV and its cable, what there is of them, go; by force even if it is locked.

        Raises:
            RuntimeError: its cable is locked.
        """
        place = self._places[evse]
        if self.locked(evse, connector) and not force:
            msg = "the cable is locked"
            raise RuntimeError(msg)
        if place.connects(connector):
            await place.depart()
        else:
            place.take_cable(connector)

    async def leave(self, *, evse: int = 1, connector: int = 1) -> None:
        """The EV, if there is one, is unplugged at its own side: a cable stays in its socket.

        All that the equipment can tell is that the pilot is lost.
        """
        place = self._places[evse]
        if place.connects(connector):
            await place.depart(leaves_cable=connector not in place.fixed)

    def present(self, token: IdToken, *, evses: Sequence[int]) -> None:
        """Show a token to the reader of some EVSEs, after those that were shown before."""
        if self._menu is not None and not self._visits.judging:
            self._menu.clear()
        if self._station is not None:
            self._visits.present(token, evses, self._station)

    def select(self, evse: int) -> None:
        """Select a transaction on the screen that a master pass opens, or is about to open.

        Raises:
            ValueError: there is no such screen, or nothing there to stop.
        """
        if self._menu is None:
            msg = "there is no screen to select transactions on"
            raise ValueError(msg)
        self._menu.select(evse, early=self._visits.judging)

    async def set_fault(self, fault: Fault, *, evse: int, connector: int | None = None) -> None:
        """Let something be wrong: at all connectors without one, with the station at EVSE 0."""
        if evse == 0:
            if self._station is not None:
                await self._station.fault(fault)
            return
        await self._places[evse].fail(fault, connector)

    async def clear_fault(self, *, evse: int, connector: int | None = None) -> None:
        """Let everything be right again, in the same place."""
        if evse == 0:
            if self._station is not None:
                await self._station.fault_cleared()
            return
        await self._places[evse].fail(None, connector)

    def set_meter(
        self,
        evse: int,
        *,
        energy_wh: float | None = None,
        power_w: float | None = None,
        at: datetime | None = None,
    ) -> None:
        """Let a meter show something else, as `SimulatedMeter.show`."""
        place = self._places[evse]
        place.count()
        place.meter.show(energy_wh=energy_wh, power_w=power_w, at=at)

    async def pause(self, evse: int) -> None:
        """Let the station's side suspend."""
        await self._places[evse].pause(paused=True)

    async def resume(self, evse: int) -> None:
        """Let the station's side go on."""
        await self._places[evse].pause(paused=False)

    async def ev_power(self, evse: int, power_w: float) -> None:
        """Let the EV want this much from now on, in W."""
        await self._places[evse].set_demand(power_w)

    async def bay(self, evse: int, *, occupied: bool) -> None:
        """Let an EV drive into a parking bay, or out of it."""
        await self._places[evse].occupy(occupied=occupied)

    async def ev_stops(self, evse: int) -> None:
        """Let the EV end the session, as by SessionStopReq(Terminate) of ISO 15118."""
        place = self._places[evse]
        if place.reports is not None:
            await place.reports.stopped_locally(LocalStop.STOPPED_BY_EV)

    def lock_behaviour(self, *, evse: int, connector: int = 1, works: bool) -> None:
        """Let a lock obey, or not."""
        stubborn = self._places[evse].stubborn
        (stubborn.discard if works else stubborn.add)(connector)

    async def security_event(self, occurred: SecurityEvent) -> None:
        """Notice something."""
        self._listeners.tell("security", type=occurred.type)
        if self._station is not None:
            await self._station.security_event(occurred)

    def status(self) -> dict[str, Any]:
        """How everything is, fit for JSON."""
        shown = self.system.shown.get(None)
        return {
            "evses": [place.status() for place in self._places.values()],
            "reboots": [reason.value for reason in self.system.reboots],
            "display": shown.content if shown else None,
        }

    # What the station asks of it.

    async def allow_charging(self, evse: int, offer: Offer) -> None:
        """Offer energy to the EV, which takes it after its delay."""
        await self._places[evse].allow(offer)

    async def stop_charging(self, evse: int) -> None:
        """Open the power path."""
        await self._places[evse].stop()

    async def meter(self, evse: int) -> MeterReading:
        """Read the meter of an EVSE."""
        return self._places[evse].read()

    async def signed_meter(self, evse: int, occasion: Occasion) -> MeterReading:
        """Read the meter of an EVSE, signed."""
        reading = self._places[evse].read()
        if self._signer is None:
            return reading
        return self._signer.signed(reading, now=self._environment.utc_now(), occasion=occasion)

    async def main_meter(self) -> MeterReading:
        """Read the meter that all EVSEs hang on."""
        readings = [place.read() for place in self._places.values()]
        return MeterReading(
            energy_wh=sum(each.energy_wh for each in readings),
            power_w=sum(each.power_w or 0.0 for each in readings),
        )

    async def lock(self, evse: int, connector: int) -> bool:
        """Lock a cable, if the lock obeys."""
        return self._move_lock(evse, connector, locked=True)

    async def unlock(self, evse: int, connector: int) -> bool:
        """Release a cable, if the lock obeys."""
        return self._move_lock(evse, connector, locked=False)

    async def connector_state(self, evse: int, connector: int) -> ConnectorState:
        """How a connector is."""
        return self._places[evse].state(connector)

    async def bay_occupied(self, evse: int) -> bool:
        """Whether an EV stands in a parking bay."""
        return self._places[evse].occupied

    async def recover(self, evse: int, transaction_id: str) -> Recovery:  # noqa: ARG002  # EVs here know no transactions
        """Tell what became of an EV: one that is here has been here."""
        return Recovery(ev_connected=self._places[evse].ev is not None, energy_delivered=False)

    async def reboot(self, reason: RebootReason) -> None:
        """Let nothing flow, and start anew or end the process."""
        for place in self._places.values():
            place.cut()
        if reason is RebootReason.FIRMWARE_UPDATE:
            following = next_version(self.description.firmware_version)
            self.description = evolve(self.description, firmware_version=following)
        self.system.reboot(reason)

    async def reset_evse(self, evse: int) -> None:
        """Let nothing flow at an EVSE, and start it anew."""
        self._places[evse].cut()

    async def start_reason(self) -> StartReason:
        """Why it started."""
        return self.system.reason

    async def install_firmware(
        self, path: Path, progress: Callable[[float | None], None]
    ) -> InstallOutcome:
        """Take a firmware."""
        return await self.system.install_firmware(path, progress)

    async def collect_log(
        self, kind: LogKind, path: Path, *, oldest: datetime | None, latest: datetime | None
    ) -> None:
        """Write down what happened."""
        await self.system.collect_log(kind, path, oldest=oldest, latest=latest)

    async def set_time(self, now: datetime) -> None:
        """Set the clock."""
        self.system.set_time(now)

    async def show(self, text: DisplayText | None, *, evse: int | None) -> None:
        """Show a text."""
        self.system.show(text, evse=evse)

    async def speak(self, language: str | None, *, evse: int | None) -> bool:
        """Speak a language, if that is one of its own."""
        return self.system.speak(language, evse=evse)

    async def choose_to_stop(self, evses: Sequence[int]) -> Collection[int]:
        """Let somebody with a master pass choose."""
        return () if self._chooses is None else await self._chooses(evses)

    async def bring_up(self, interface: str) -> None:
        """Bring an interface up."""
        self.system.bring_up(interface)

    def _move_lock(self, evse: int, connector: int, *, locked: bool) -> bool:
        if not self.has_lock(evse, connector):
            return True
        return self._places[evse].move_lock(connector, locked=locked)
