"""What the equipment reports that belongs to no one EVSE."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

from ocppkit.station.calling import event, refuse_inside
from ocppkit.station.evse import Evse
from ocppkit.station.hardware import Fault, FaultKind, SecurityEvent
from ocppkit.station.id_token import IdToken
from ocppkit.station.site import Site
from ocppkit.station.token import TokenOutcome
from ocppkit.station.token_refusal import TokenRefusal

__all__ = ["StationEvents"]

_logger = logging.getLogger(__name__)

_TAMPER = "TamperDetectionActivated"


class StationEvents:
    """Readers that serve several EVSEs, faults of all, doors, temperatures.

    Reports may be repeated; those from inside a method of the hardware take effect once it has
    returned.

    Attributes:
        temperature_c: what was last reported, by EVSE; None for the station itself.
        door_open: whether its door was last reported to be open.
        last_refusal: why the last token at a reader was refused; None where it was not.
    """

    def __init__(self, *, evses: Mapping[int, Evse], faults: list[Fault], site: Site) -> None:
        """Take reports.

        Args:
            evses: by their number.
            faults: what is wrong with the station as a whole; is kept up to date.
            site: the station around the EVSEs.
        """
        self._faults = faults
        self.temperature_c: dict[int | None, float] = {}
        self.door_open = False
        self.last_refusal: TokenRefusal | None = None
        self._evses = evses
        self._site = site
        self._sinks: list[Callable[[SecurityEvent], Awaitable[None]]] = []
        self._reading: dict[tuple[int, ...], asyncio.Lock] = {}

    def on_security_event(self, sink: Callable[[SecurityEvent], Awaitable[None]]) -> None:
        """Have security events told to somebody, in order."""
        self._sinks.append(sink)

    async def token_presented(
        self, token: IdToken, *, evses: Sequence[int] | None = None
    ) -> TokenOutcome:
        """A driver shows a token at a reader.

        It stops or releases what this token started; otherwise it starts where an EV waits, or
        else where one may be plugged in. Tokens at one reader are judged one after another.

        Args:
            token: the driver's.
            evses: which the reader serves; None for all.

        Raises:
            ValueError: there is no such EVSE.
            TokenFromInside: as `Evse.token_presented`.
        """
        refuse_inside()
        numbers = tuple(self._evses) if evses is None else tuple(evses)
        unknown = [number for number in numbers if number not in self._evses]
        if unknown or not numbers:
            msg = f"a reader serves some of the EVSEs 1 to {len(self._evses)}, not {numbers!r}"
            raise ValueError(msg)
        async with self._reading.setdefault(numbers, asyncio.Lock()):
            served = [self._evses[number] for number in numbers]
            evse = _meant(token, served)
            outcome = await evse.token_presented(token)
            self.last_refusal = evse.last_refusal
            return outcome

    @event
    async def security_event(self, occurred: SecurityEvent) -> None:
        """The equipment noticed something that concerns security (A04)."""
        if not self._sinks:
            _logger.warning("security event: %s", occurred.type)
        for sink in self._sinks:
            await sink(occurred)

    @event
    async def fault(self, fault: Fault) -> None:
        """Something is wrong with the station as a whole: nobody charges until it is cleared.

        In 1.6 connector 0 is Faulted; in both versions all connectors are (1.6 §4.9; G01). It
        counts besides faults of EVSEs, and instead of one of its own kind.
        """
        if fault in self._faults:
            return
        self._recover(fault.kind)
        self._faults.append(fault)
        self._site.changed(0)
        await asyncio.gather(*(evse.station_fault(fault) for evse in self._evses.values()))

    @event
    async def fault_cleared(self, *, kind: FaultKind | None = None) -> None:
        """What was wrong with the station as a whole is right again; all faults, or one kind."""
        self._recover(kind)
        for number in self._evses:
            self._site.supplied(number)
        for number in (0, *self._evses):
            self._site.changed(number)
        await asyncio.gather(*(evse.reconsider() for evse in self._evses.values()))

    def _recover(self, kind: FaultKind | None) -> None:
        self._faults[:] = [each for each in self._faults if kind not in {None, each.kind}]

    @event
    async def door(self, *, open: bool) -> None:
        """The door of the housing is open, or is not; opening it is tampering."""
        was, self.door_open = self.door_open, open
        if open and not was:
            await self.security_event(SecurityEvent(type=_TAMPER, tech_info="door opened"))

    @event
    async def temperature(self, celsius: float, *, evse: int | None = None) -> None:
        """How warm it is, in degrees Celsius; too warm is a fault, which is reported as such."""
        self.temperature_c[evse] = celsius

    def defer(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Do something as soon as the method of the hardware that is running has returned."""
        _ = self._site.spawn(work, name=name)


def _meant(token: IdToken, served: Sequence[Evse]) -> Evse:
    """Which EVSE the driver means."""

    def rank(evse: Evse) -> int:
        authorization, transaction = evse.authorization, evse.transaction
        if authorization is not None:
            return 0 if authorization.token == token else 6
        if evse.holds_cable_of(token):
            return 1
        if not evse.usable or (transaction is not None and transaction.token not in {None, token}):
            return 5
        if evse.unclaimed:  # (1.6 errata 3.20)
            return 4
        return 2 if evse.plugged is not None else 3

    return min(served, key=rank)
