"""Simulated equipment: a `Hardware` whose cables and EVs are moved by a program."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from attrs import evolve

from ocppkit.simulation.ev import EvKind, SimulatedEv
from ocppkit.simulation.happening import Happening, Listeners
from ocppkit.simulation.iso15118 import Talking, talk
from ocppkit.simulation.place import Place, Reports
from ocppkit.simulation.signing import MeterSigner
from ocppkit.simulation.system import SimulatedSystem
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
from ocppkit.station.metering import Occasion
from ocppkit.station.token import TokenOutcome

if TYPE_CHECKING:
    from ocppkit.v201 import Get15118EVCertificateRequest, Get15118EVCertificateResponse

__all__ = ["DEFAULT_DESCRIPTION", "SimulatedHardware"]

_logger = logging.getLogger(__name__)

DEFAULT_DESCRIPTION = StationDescription(
    vendor="ocppkit", model="Simulated", serial_number="SIM-0001", firmware_version="1.0"
)
"""One EVSE with one connector."""


class _Evse(Reports, Talking, Protocol):
    """An EVSE that the equipment, and the EV, report to: `ocppkit.station.Evse`."""


class _Station(Protocol):
    """What the equipment reports to: `ocppkit.station.ChargingStation`."""

    def evse(self, number: int) -> _Evse: ...
    async def token_presented(
        self, token: IdToken, *, evses: Sequence[int] | None = None
    ) -> TokenOutcome: ...
    async def security_event(self, occurred: SecurityEvent) -> None: ...
    async def fault(self, fault: Fault) -> None: ...
    async def fault_cleared(self) -> None: ...
    async def ev_certificate(
        self, request: Get15118EVCertificateRequest
    ) -> Get15118EVCertificateResponse: ...


class SimulatedHardware:
    """A `Hardware` without any: EVs arrive, take what they are offered, and depart.

    Attributes:
        description: what the station is.
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
        """
        self.description = description
        unable = without if signer else without | {Capability.SIGNED_METER}
        self.capabilities = frozenset(Capability) - unable
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
        self._station: _Station | None = None
        self._presenting: set[asyncio.Task[None]] = set()

    @property
    def evses(self) -> Mapping[int, int]:
        """How many connectors each EVSE has."""
        counts = {number: len(place.connectors) for number, place in self._places.items()}
        return MappingProxyType(counts)

    @property
    def reboots(self) -> list[RebootReason]:
        """Why it was rebooted, in order."""
        return self.system.reboots

    def attach(self, station: _Station) -> None:
        """Report to a station from now on."""
        self._station = station
        for number, place in self._places.items():
            place.reports = station.evse(number)

    def close(self) -> None:
        """Let nothing happen any more."""
        for place in self._places.values():
            place.close()
        for task in list(self._presenting):
            task.cancel()

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
            self._start(self._talk(ev, evse, self._station))

    async def depart(self, *, evse: int = 1, connector: int = 1, force: bool = False) -> None:
        """The EV is unplugged and goes; nothing happens where there is none.

        Args:
            evse: where.
            connector: where.
            force: even if its cable is locked.

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
        self._start(self._present(token, evses))

    async def set_fault(self, fault: Fault, *, evse: int, connector: int | None = None) -> None:
        """Let something be wrong, at all of an EVSE's connectors unless told.

        Args:
            fault: what.
            evse: where; 0 for the station as a whole.
            connector: where.
        """
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

    async def recover(self, evse: int, transaction_id: str) -> Recovery:  # noqa: ARG002  # EVs here know no transactions
        """Tell what became of an EV: one that is here has been here."""
        return Recovery(ev_connected=self._places[evse].ev is not None, energy_delivered=False)

    async def reboot(self, reason: RebootReason) -> None:
        """Let nothing flow, and start anew or end the process."""
        for place in self._places.values():
            place.cut()
        self.system.reboot(reason)

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

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._presenting.add(task)
        task.add_done_callback(self._presenting.discard)

    async def _talk(self, ev: SimulatedEv, evse: int, station: _Station) -> None:
        try:
            await talk(
                ev,
                evse,
                station=station.evse(evse),
                exchange=station.ev_certificate,
                tell=self._listeners.tell,
            )
        except Exception:
            _logger.exception("what the EV said was not understood")

    async def _present(self, token: IdToken, evses: Sequence[int]) -> None:
        if self._station is None:
            return
        try:
            outcome = await self._station.token_presented(token, evses=evses)
        except Exception:
            _logger.exception("a token was not judged")
            return
        self._listeners.tell("token", None, evses=list(evses), outcome=outcome.value)
