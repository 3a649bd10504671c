"""A simulated meter: it adds up power over time."""

from __future__ import annotations

from collections.abc import Callable

from ocppkit.station.hardware import MeterReading

__all__ = ["SimulatedMeter"]


class SimulatedMeter:
    """A meter with a register that never goes back."""

    def __init__(
        self,
        *,
        monotonic: Callable[[], float],
        energy_wh: float = 0.0,
        voltage_v: float = 230.0,
    ) -> None:
        """Make a meter.

        Args:
            monotonic: the clock, in seconds.
            energy_wh: what its register shows at first, in Wh.
            voltage_v: of each phase, in V.
        """
        self._monotonic = monotonic
        self._energy_wh = energy_wh
        self._voltage_v = voltage_v
        self._power_w = 0.0
        self._phases = 0
        self._since = monotonic()

    def add_up(self) -> float:
        """Bring the register up to now; returns what was added, in Wh."""
        now = self._monotonic()
        added = self._power_w * (now - self._since) / 3600
        self._since = now
        self._energy_wh += added
        return added

    def set_power(self, power_w: float, *, phases: int) -> None:
        """Let another power flow from now on.

        Args:
            power_w: on all phases together, in W.
            phases: how many it flows on.
        """
        self.add_up()
        self._power_w = power_w
        self._phases = phases

    def read(self, *, soc: float | None = None) -> MeterReading:
        """What the meter shows now."""
        self.add_up()
        phases = self._phases if self._power_w else 0
        current = self._power_w / (phases * self._voltage_v) if phases else 0.0
        return MeterReading(
            energy_wh=self._energy_wh,
            power_w=self._power_w,
            current_a=tuple(current if phase < phases else 0.0 for phase in range(3)),
            voltage_v=(self._voltage_v,) * 3,
            soc=soc,
        )
