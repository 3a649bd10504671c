"""A simulated meter: it adds up power over time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ocppkit.simulation.ev import Draw
from ocppkit.station.hardware import MeterReading, Offer
from ocppkit.station.metering import Measured, Quantity

__all__ = ["SimulatedMeter"]

_FREQUENCY_HZ = 50.0


class SimulatedMeter:
    """A meter that counts what flows, and shows otherwise only what it is told to."""

    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        energy_wh: float = 0.0,
        voltage_v: float = 230.0,
        supply_phases: int = 3,
    ) -> None:
        """Make a meter.

        Args:
            monotonic: the clock, in seconds.
            energy_wh: what its register shows at first, in Wh.
            voltage_v: of each phase, or of the DC, in V.
            supply_phases: how many it is connected to; 0 for DC.
        """
        self._monotonic = monotonic
        self._energy_wh = energy_wh
        self._voltage_v = voltage_v
        self._lines = supply_phases or 1
        self._dc = supply_phases == 0
        self._draw = Draw()
        self._since = monotonic()
        self._shown_w: float | None = None
        self._at: datetime | None = None

    def add_up(self) -> float:
        """Bring the register up to now; returns what was added, in Wh."""
        now = self._monotonic()
        added = self._draw.power_w * (now - self._since) / 3600
        self._since = now
        self._energy_wh += added
        return added

    def set_power(self, power_w: float, *, phases: int, first_phase: int = 1) -> None:
        """Let another power flow from now on.

        Args:
            power_w: on all phases together, in W.
            phases: how many it flows on.
            first_phase: the first of them, 1 to 3.
        """
        self.add_up()
        if (power_w > 0) is not (self._draw.power_w > 0):
            self._shown_w = None
        self._draw = Draw(power_w=power_w, phases=phases, first_phase=first_phase)

    def show(
        self,
        *,
        energy_wh: float | None = None,
        power_w: float | None = None,
        at: datetime | None = None,
    ) -> None:
        """Show something else.

        Args:
            energy_wh: the register, which goes on from there.
            power_w: whatever flows, until a flow begins or ends.
            at: when the next reading was measured.
        """
        self.add_up()
        if energy_wh is not None:
            self._energy_wh = energy_wh
        if power_w is not None:
            self._shown_w = power_w
        if at is not None:
            self._at = at

    def read(
        self, *, soc: float | None = None, offer: Offer | None = None, keep_time: bool = False
    ) -> MeterReading:
        """What the meter shows now.

        Args:
            soc: the EV's state of charge, in percent.
            offer: what is offered to it; None for nothing.
            keep_time: whether the time that it was told is still for the next reading.
        """
        self.add_up()
        power_w = self._draw.power_w if self._shown_w is None else self._shown_w
        phases = (self._draw.phases or 1) if power_w else 0
        first = self._draw.first_phase
        each = [
            power_w / phases if first <= line < first + phases else 0.0
            for line in range(1, self._lines + 1)
        ]
        at = self._at
        if not keep_time:
            self._at = None
        return MeterReading(
            energy_wh=self._energy_wh,
            power_w=power_w,
            power_phases_w=() if self._dc else tuple(each),
            current_a=tuple(power / self._voltage_v for power in each),
            voltage_v=(self._voltage_v,) * self._lines,
            soc=soc,
            others=self._others(offer),
            at=at,
        )

    def _others(self, offer: Offer | None) -> tuple[Measured, ...]:
        offered = Offer(power_w=0.0, current_a=0.0) if offer is None else offer
        values = {
            Quantity.CURRENT_OFFERED: offered.current_a,
            Quantity.POWER_OFFERED: offered.power_w,
            Quantity.ENERGY_ACTIVE_EXPORT_REGISTER: 0.0,
            Quantity.ENERGY_REACTIVE_EXPORT_REGISTER: 0.0,
            Quantity.ENERGY_REACTIVE_IMPORT_REGISTER: 0.0,
            Quantity.ENERGY_ACTIVE_NET: self._energy_wh,
            Quantity.FREQUENCY: None if self._dc else _FREQUENCY_HZ,
            Quantity.POWER_ACTIVE_EXPORT: 0.0,
            Quantity.POWER_FACTOR: 1.0,
            Quantity.POWER_REACTIVE_EXPORT: 0.0,
            Quantity.POWER_REACTIVE_IMPORT: 0.0,
        }
        return tuple(
            Measured(quantity=quantity, value=value)
            for quantity, value in values.items()
            if value is not None
        )
