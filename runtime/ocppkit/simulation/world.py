"""The world around a simulated station, one method a command of the control protocol.

Each method is a thin, checked door to `SimulatedHardware`: it takes the command's arguments by
their names, takes effect before it returns, never waits for an exchange with the CSMS, and raises
`ValueError`, whose text is fit to be shown, where an argument makes no sense.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from ocppkit.simulation.arguments import (
    FAULTS,
    Side,
    are_numbers,
    is_text,
    listed,
    read_fault,
    read_number,
    read_side,
    read_time,
)
from ocppkit.simulation.ev import SimulatedEv
from ocppkit.simulation.happening import Happening
from ocppkit.simulation.hardware import SimulatedHardware
from ocppkit.station.hardware import Fault, SecurityEvent
from ocppkit.station.id_token import IdToken, IdTokenKind

__all__ = ["COMMANDS", "FAULTS", "SimulatedWorld"]

COMMANDS: Final = (
    "plug_in",
    "plug_out",
    "present_token",
    "set_fault",
    "clear_fault",
    "set_meter",
    "pause_charging",
    "resume_charging",
    "ev_power",
    "stop_from_ev",
    "select",
    "bay",
    "lock_behaviour",
    "security_event",
)
"""The commands that `SimulatedWorld` has a method of the same name for."""


class SimulatedWorld:
    """The driver, the car, the cable and the faults around a simulated station.

    Attributes:
        hardware: what all of it happens to.
    """

    def __init__(self, hardware: SimulatedHardware) -> None:
        """Play the world.

        Args:
            hardware: attached to its station.
        """
        self.hardware = hardware

    def listen(self, listener: Callable[[Happening], None]) -> Callable[[], None]:
        """Hear what happens in the world: tokens judged, limits, locks, displays, reboots, ...

        Args:
            listener: called at once, in order, from the event loop; must not raise.

        Returns:
            What ends it.
        """
        return self.hardware.listen(listener)

    async def plug_in(
        self,
        *,
        evse: int = 1,
        connector: int = 1,
        ev: Mapping[str, Any] | None = None,
        side: str | None = None,
    ) -> None:
        """Connect a car; once authorized and enabled it draws after its delay.

        Args:
            evse: where.
            connector: where; the EVSE has no other car.
            ev: the car's peculiarities: the fields of `SimulatedEv`, and ``current_a`` for its
                ``max_current_a``; as ``start_delay_s`` 1, ``current_a`` 32, ``phases`` 1.
            side: ``ev`` where the cable is at the station already, ``station`` where the driver
                brings one; whichever it is unless given.

        Raises:
            ValueError: there is no such place, it is taken, the cable is elsewhere, or the car
                makes no sense.
        """
        self._check_place(evse, connector)
        handled = read_side(side)
        if self.hardware.ev(evse) is not None:
            msg = f"EVSE {evse} has a car already: plug_out first"
            raise ValueError(msg)
        self._check_cable(evse, connector, handled)
        await self.hardware.arrive(SimulatedEv.described(ev or {}), evse=evse, connector=connector)

    async def plug_out(self, *, evse: int = 1, connector: int = 1, side: str | None = None) -> None:
        """Take the car away at once, and its cable, if it is not fixed to the station.

        Nothing happens where there is neither.

        Args:
            evse: where.
            connector: where.
            side: ``ev`` to pull the cable at the car: it stays in its socket, and locked, until it
                is pulled there, too; ``station`` to pull it there, which takes that it is not
                locked. Unless given, car and cable are gone whatever holds them.

        Raises:
            ValueError: there is no such place, or the cable cannot be pulled at the station.
        """
        self._check_place(evse, connector)
        match read_side(side):
            case Side.EV:
                await self.hardware.leave(evse=evse, connector=connector)
            case Side.STATION:
                self._check_loose(evse, connector)
                await self.hardware.depart(evse=evse, connector=connector)
            case None:
                await self.hardware.depart(evse=evse, connector=connector, force=True)

    async def present_token(
        self, *, token: str, type: str = IdTokenKind.ISO14443.value, evses: Sequence[int] = (1,)
    ) -> None:
        """Show a token to the reader that serves these EVSEs: starts, or stops.

        Tokens at one reader are judged one after another, so a second may be shown at once; the
        verdict comes as a happening of kind ``token``.

        Args:
            token: what is read.
            type: what sort of token it is, in 2.0.1's words.
            evses: which EVSEs the reader serves.

        Raises:
            ValueError: there is no such EVSE or type, or no token.
        """
        if not is_text(token):
            msg = f"token: a text that is not empty, not {token!r}"
            raise ValueError(msg)
        kinds = {kind.value.lower(): kind for kind in IdTokenKind}
        kind = kinds.get(str(type).lower())
        if kind is None:
            msg = f"type: one of {listed(kind.value for kind in IdTokenKind)}, not {type!r}"
            raise ValueError(msg)
        if not are_numbers(evses):
            msg = f"evses: a list of EVSE numbers that is not empty, not {evses!r}"
            raise ValueError(msg)
        for evse in evses:
            self._check_evse(evse)
        self.hardware.present(IdToken(token, kind), evses=tuple(evses))

    async def set_fault(
        self,
        *,
        evse: int = 1,
        connector: int | None = None,
        fault: str = "other",
        info: str | None = None,
    ) -> None:
        """Let something go wrong.

        Args:
            evse: where; 0 for the station as a whole.
            connector: where; all of the EVSE's unless given.
            fault: one of `FAULTS`, or 1.6's error code.
            info: for people, at most 50 characters.

        Raises:
            ValueError: there is no such place or fault.
        """
        self._check_fault_place(evse, connector)
        wanted = Fault(kind=read_fault(fault), info=info)
        await self.hardware.set_fault(wanted, evse=evse, connector=connector)

    async def clear_fault(self, *, evse: int = 1, connector: int | None = None) -> None:
        """Make right what is wrong; nothing happens where nothing is.

        Args:
            evse: where; 0 for the station as a whole.
            connector: where; all of the EVSE's unless given.

        Raises:
            ValueError: there is no such place.
        """
        self._check_fault_place(evse, connector)
        await self.hardware.clear_fault(evse=evse, connector=connector)

    async def set_meter(
        self,
        *,
        evse: int = 0,
        energy_wh: float | None = None,
        power_w: float | None = None,
        timestamp: str | datetime | None = None,
    ) -> None:
        """Let the meter show this.

        Args:
            evse: whose meter; 0 for all.
            energy_wh: the register; a car goes on from there.
            power_w: shown, whatever flows, until a car begins or ceases to draw.
            timestamp: when the meter says it measured, once; ISO 8601 with an offset.

        Raises:
            ValueError: there is no such EVSE, nothing is to be shown, or a value makes no sense.
        """
        numbers = list(self.hardware.evses) if evse == 0 else [self._check_evse(evse)]
        if energy_wh is None and power_w is None and timestamp is None:
            msg = "give energy_wh, power_w or timestamp"
            raise ValueError(msg)
        energy = None if energy_wh is None else read_number("energy_wh", energy_wh)
        power = None if power_w is None else read_number("power_w", power_w)
        at = None if timestamp is None else read_time("timestamp", timestamp)
        for number in numbers:
            self.hardware.set_meter(number, energy_wh=energy, power_w=power, at=at)

    async def pause_charging(self, *, evse: int = 1, connector: int = 1) -> None:
        """Let the station's side suspend (SuspendedEVSE).

        Raises:
            ValueError: there is no such place.
        """
        self._check_place(evse, connector)
        await self.hardware.pause(evse)

    async def resume_charging(self, *, evse: int = 1, connector: int = 1) -> None:
        """Let the station's side go on; nothing happens where it did not suspend.

        Raises:
            ValueError: there is no such place.
        """
        self._check_place(evse, connector)
        await self.hardware.resume(evse)

    async def ev_power(self, *, evse: int = 1, power_w: float) -> None:
        """Let the car want this much, of which it gets what is offered; 0 suspends it.

        Raises:
            ValueError: there is no such EVSE, no car at it, or the power makes no sense.
        """
        self._check_evse(evse)
        wanted = read_number("power_w", power_w)
        if self.hardware.ev(evse) is None:
            msg = f"EVSE {evse} has no car: plug_in first"
            raise ValueError(msg)
        await self.hardware.ev_power(evse, wanted)

    async def stop_from_ev(self, *, evse: int = 1) -> None:
        """Let the car end the session, as by SessionStopReq(Terminate) of ISO 15118.

        Raises:
            ValueError: there is no such EVSE, or no car at it.
        """
        self._check_evse(evse)
        if self.hardware.ev(evse) is None:
            msg = f"EVSE {evse} has no car: plug_in first"
            raise ValueError(msg)
        await self.hardware.ev_stops(evse)

    async def select(self, *, evse: int) -> None:
        """Select a transaction to be stopped, on the screen that a master pass opens.

        While the pass is being judged it counts as soon as the screen is there.

        Raises:
            ValueError: there is no such EVSE, nothing at it to be stopped, or no such screen.
        """
        self._check_evse(evse)
        self.hardware.select(evse)

    async def bay(self, *, evse: int = 1, occupied: bool = True) -> None:
        """Let a car drive into a parking bay, or out of it; its cable is another matter.

        Raises:
            ValueError: there is no such EVSE, or ``occupied`` is no boolean.
        """
        self._check_evse(evse)
        if not isinstance(occupied, bool):
            msg = f"occupied: true or false, not {occupied!r}"
            raise ValueError(msg)  # noqa: TRY004  # it comes over the wire
        await self.hardware.bay(evse, occupied=occupied)

    async def lock_behaviour(
        self, *, evse: int = 1, connector: int = 1, works: bool = True
    ) -> None:
        """Choose whether the cable lock obeys from now on.

        Raises:
            ValueError: there is no such place, it has no lock, or ``works`` is no boolean.
        """
        self._check_place(evse, connector)
        if not isinstance(works, bool):
            msg = f"works: true or false, not {works!r}"
            raise ValueError(msg)  # noqa: TRY004  # it comes over the wire
        if not self.hardware.has_lock(evse, connector):
            msg = f"connector {connector} of EVSE {evse} has no lock"
            raise ValueError(msg)
        self.hardware.lock_behaviour(evse=evse, connector=connector, works=works)

    async def security_event(self, *, type: str, tech_info: str | None = None) -> None:
        """Let the hardware see something that concerns security.

        Args:
            type: one of the specification's security events, or a vendor's own.
            tech_info: more about it.

        Raises:
            ValueError: the type is empty or longer than 50 characters.
        """
        if not is_text(type) or len(type) > 50:
            msg = f"type: a text of 1 to 50 characters, not {type!r}"
            raise ValueError(msg)
        await self.hardware.security_event(SecurityEvent(type=type, tech_info=tech_info))

    def status(self) -> dict[str, Any]:
        """Everything about the simulated world as one object, fit for JSON.

        Returns:
            ``{"evses": [{"evse", "meter": {"energy_wh", "power_w"}, "offer", "paused", "ev",
            "connectors": [{"connector", "plugged", "cable", "locked", "lock_works", "fault"}]}],
            "reboots": [...], "display": text or None}``; what is not there is None.
        """
        return self.hardware.status()

    def _check_evse(self, evse: object) -> int:
        numbers = self.hardware.evses
        if not isinstance(evse, int) or isinstance(evse, bool) or evse not in numbers:
            msg = f"evse: one of {listed(numbers)}, not {evse!r}"
            raise ValueError(msg)
        return evse

    def _check_cable(self, evse: int, connector: int, side: Side | None) -> None:
        """See that a car that comes is plugged in at the end of the cable that is free."""
        waits, fixed = (
            self.hardware.cable_waits(evse, connector),
            self.hardware.fixed(evse, connector),
        )
        place = f"connector {connector} of EVSE {evse}"
        if side is Side.EV and not (waits or fixed):
            msg = f"no cable hangs in {place}: leave side out"
        elif side is Side.STATION and fixed:
            msg = f"the cable of {place} is fixed to it: the side is ev"
        elif side is not Side.EV and waits:
            msg = f"a cable hangs in {place}: plug_in with the side ev, or plug_out first"
        else:
            return
        raise ValueError(msg)

    def _check_loose(self, evse: int, connector: int) -> None:
        """See that a cable can be pulled out of the station."""
        place = f"connector {connector} of EVSE {evse}"
        if self.hardware.fixed(evse, connector):
            msg = f"the cable of {place} is fixed to it: the side is ev"
            raise ValueError(msg)
        if self.hardware.locked(evse, connector):
            msg = f"the cable of {place} is locked"
            raise ValueError(msg)

    def _check_fault_place(self, evse: object, connector: object) -> None:
        whole = evse == 0 and not isinstance(evse, bool)
        if not whole:
            self._check_place(evse, connector)

    def _check_place(self, evse: object, connector: object) -> None:
        number = self._check_evse(evse)
        if connector is None:
            return
        count = self.hardware.evses[number]
        if not isinstance(connector, int) or isinstance(connector, bool):
            valid = False
        else:
            valid = 1 <= connector <= count
        if not valid:
            numbers = listed(range(1, count + 1))
            msg = f"connector: one of {numbers} at EVSE {number}, not {connector!r}"
            raise ValueError(msg)
