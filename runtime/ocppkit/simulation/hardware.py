"""Simulated equipment: a `Hardware` whose cables and EVs are moved by a program."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from attrs import evolve

from ocppkit.simulation.ev import EvKind, SimulatedEv
from ocppkit.simulation.happening import Happening, Listeners
from ocppkit.simulation.place import Place
from ocppkit.simulation.signing import MeterSigner
from ocppkit.simulation.system import Chooser, SimulatedSystem, next_version
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

if TYPE_CHECKING:
    pass

__all__ = ["DEFAULT_DESCRIPTION", "SimulatedHardware"]

_logger = logging.getLogger(__name__)

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
            chooses: whoever stands at its user interface with a master pass, if it has one: told
                where something can be stopped, they say where it shall be.
        """
        self.description = description
        unable = without if signer else without | {Capability.SIGNED_METER}
        unable = unable if main_meter else unable | {Capability.MAIN_METER}
        unable = unable if languages else unable | {Capability.LANGUAGES}
        unable = unable if chooses else unable | {Capability.MASTER_PASS}
        self.capabilities = frozenset(Capability) - unable
        self._languages = languages
        self._chooses = chooses
        self._environment = environment or Environment()
        self._listeners = Listeners()
        self.system = SimulatedSystem(
            environment=self._environment, listeners=self._listeners, step=step
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
        tethered = self.description.evses[evse - 1].connectors[connector - 1].tethered
        return not tethered and (evse, connector) not in self._lockless

    async def arrive(self, ev: SimulatedEv, *, evse: int = 1, connector: int = 1) -> None:
        """An EV comes and is plugged in; one that speaks ISO 15118 says what it has to say."""
        await self._places[evse].arrive(ev, connector)
        if self._station is not None and ev.kind is EvKind.ISO15118:
            self._visits.talk(ev, evse, self._station)

    async def depart(self, *, evse: int = 1, connector: int = 1, force: bool = False) -> None:
        """The EV, if there is one, is unplugged and goes; by force even if its cable is locked.

        Raises:
            RuntimeError: its cable is locked.
        """
        place = self._places[evse]
        if self.locked(evse, connector) and not force:
            msg = "the cable is locked"
            raise RuntimeError(msg)
        if place.ev is not None and place.connector == connector:
            await place.depart()

    def present(self, token: IdToken, *, evses: Sequence[int]) -> None:
        """Show a token to the reader of some EVSEs, after those that were shown before."""
        if self._station is not None:
            self._visits.present(token, evses, self._station)

    async def set_fault(self, fault: Fault, *, evse: int, connector: int | None = None) -> None:
        """Let something be wrong: at all connectors without one, with the station at EVSE 0."""
        if evse == 0:
            if self._station is not None:
                await self._station.fault(fault)
            return
        place = self._places[evse]
        for number in place.connectors if connector is None else (connector,):
            place.faults[number] = fault
        if place.reports is not None:
            await place.reports.fault(fault, connector=connector)

    async def clear_fault(self, *, evse: int, connector: int | None = None) -> None:
        """Let everything be right again, in the same place."""
        if evse == 0:
            if self._station is not None:
                await self._station.fault_cleared()
            return
        place = self._places[evse]
        for number in place.connectors if connector is None else (connector,):
            place.faults.pop(number, None)
        if place.reports is not None:
            await place.reports.fault_cleared(connector=connector)

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
        place = self._places[evse]
        if not place.paused:
            place.paused = True
            if place.reports is not None:
                await place.reports.station_suspended()

    async def resume(self, evse: int) -> None:
        """Let the station's side go on."""
        place = self._places[evse]
        if place.paused:
            place.paused = False
            if place.reports is not None:
                await place.reports.station_resumed()

    async def ev_power(self, evse: int, power_w: float) -> None:
        """Let the EV want this much from now on, in W."""
        await self._places[evse].set_demand(power_w)

    async def bay(self, evse: int, *, occupied: bool) -> None:
        """Let an EV drive into a parking bay, or out of it."""
        place = self._places[evse]
        place.occupied = occupied
        if place.reports is not None:
            await (place.reports.bay_occupied() if occupied else place.reports.bay_free())

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
        at = reading.at or self._environment.utc_now()
        signed = self._signer.sign(reading.energy_wh, at=at, occasion=occasion)
        return evolve(reading, signed=signed)

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
        place = self._places[evse]
        return ConnectorState(
            plugged=place.ev is not None and place.connector == connector,
            locked=connector in place.locked,
            fault=place.faults.get(connector),
        )

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
        knows = language is None or not self._languages.isdisjoint(
            {language.lower(), language.lower().partition("-")[0]}
        )
        if knows:
            self._listeners.tell("language", evse, language=language)
        return knows

    async def choose_to_stop(self, evses: Sequence[int]) -> Collection[int]:
        """Let somebody with a master pass choose."""
        return () if self._chooses is None else await self._chooses(evses)

    async def bring_up(self, interface: str) -> None:
        """Bring an interface up."""
        self.system.bring_up(interface)

    def _move_lock(self, evse: int, connector: int, *, locked: bool) -> bool:
        place = self._places[evse]
        if not self.has_lock(evse, connector):
            return True
        if connector in place.stubborn:
            return (connector in place.locked) is locked
        (place.locked.add if locked else place.locked.discard)(connector)
        self._listeners.tell("lock", evse, connector=connector, locked=locked)
        return True
