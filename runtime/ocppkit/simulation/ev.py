"""A simulated EV: how much power it takes, and when it is full."""

from __future__ import annotations

import random

from attrs import define, field, validators

__all__ = ["SimulatedEv"]

_FULL_POWER_BELOW = 0.8  # of the battery; above, the power falls to nothing at full
_LEAST_POWER_W = 100.0


@define(kw_only=True)
class SimulatedEv:
    """An EV with a battery.

    Attributes:
        battery_wh: what the battery holds, in Wh.
        max_power_w: what it takes at most, on all phases together, in W.
        phases: how many it charges with.
        start_delay: between the offer of energy and the first of it, in seconds.
        stored_wh: what is in the battery, in Wh.
    """

    battery_wh: float = field(default=60_000.0, validator=validators.gt(0))
    max_power_w: float = field(default=11_000.0, validator=validators.gt(0))
    phases: int = field(default=3, validator=validators.in_({1, 2, 3}))
    start_delay: float = field(default=1.0, validator=validators.ge(0))
    stored_wh: float = field(default=24_000.0, validator=validators.ge(0))

    @classmethod
    def arriving(cls, seed: int) -> SimulatedEv:
        """Some EV; the same seed brings the same one."""
        dice = random.Random(seed)  # noqa: S311  # not for secrets
        battery_wh = dice.choice([40_000.0, 60_000.0, 77_000.0])
        phases, max_power_w = dice.choice([(1, 7_400.0), (3, 11_000.0), (3, 22_000.0)])
        return cls(
            battery_wh=battery_wh,
            max_power_w=max_power_w,
            phases=phases,
            start_delay=round(dice.uniform(0.5, 3.0), 1),
            stored_wh=round(battery_wh * dice.uniform(0.1, 0.7)),
        )

    @property
    def soc(self) -> float:
        """The state of charge, in percent."""
        return 100 * self.stored_wh / self.battery_wh

    @property
    def full(self) -> bool:
        """Whether it takes no more."""
        return self.stored_wh >= self.battery_wh

    def power(self, offered_w: float) -> float:
        """What it takes of what is offered, in W; less and less as it gets full."""
        if self.full:
            return 0.0
        left = (1 - self.stored_wh / self.battery_wh) / (1 - _FULL_POWER_BELOW)
        wanted = max(self.max_power_w * min(1.0, left), _LEAST_POWER_W)
        return min(wanted, offered_w)

    def charge(self, energy_wh: float) -> float:
        """Take in energy; returns how much of it fits, in Wh."""
        taken = min(energy_wh, self.battery_wh - self.stored_wh)
        self.stored_wh += taken
        return taken
