"""A simulated EV: how much power it takes, and when it is full."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from attrs import define, field, fields, frozen, validators

from ocppkit.station.hardware import Offer
from ocppkit.value import Value

__all__ = ["Draw", "EvKind", "Payment", "SimulatedEv", "Supply", "Transfer"]

_FULL_POWER_BELOW = 0.8  # of the battery; above, the power falls to nothing at full
_LEAST_POWER_W = 100.0


class EvKind(StrEnum):
    """How an EV talks to the station."""

    BASIC = "basic"
    ISO15118 = "iso15118"


class Payment(StrEnum):
    """How the driver of an ISO 15118 EV is identified."""

    AUTO = "auto"
    CONTRACT = "contract"
    EXTERNAL = "external"


class Transfer(StrEnum):
    """Which current an EV takes."""

    AC = "AC"
    DC = "DC"


@frozen(kw_only=True, eq=False, repr=False)
class Supply(Value):
    """What an EVSE can give.

    Attributes:
        max_power_w: on all phases together, in W.
        phases: how many it is fed with; 0 for DC.
        voltage_v: of a phase against neutral, or of the DC, in V.
    """

    max_power_w: float = 22_000.0
    phases: int = 3
    voltage_v: float = 230.0


@frozen(kw_only=True, eq=False, repr=False)
class Draw(Value):
    """What an EV takes.

    Attributes:
        power_w: on all phases together, in W.
        phases: on how many it flows; 0 for none, and for DC.
        first_phase: the first of them, 1 to 3.
    """

    power_w: float = 0.0
    phases: int = 0
    first_phase: int = 1


_ALIASES: Final[Mapping[str, str]] = {
    "auto_unplug_s": "auto_unplug",
    "current_a": "max_current_a",
    "start_delay_s": "start_delay",
}
_optional_text = validators.optional(validators.instance_of(str))


@define(kw_only=True)
class SimulatedEv:
    """An EV with a battery.

    Attributes:
        kind: how it talks to the station.
        battery_wh: what the battery holds, in Wh.
        stored_wh: what is in the battery, in Wh.
        max_power_w: what it takes at most, on all phases together, in W.
        max_current_a: what it takes at most on each phase, in A.
        min_current_a: offered less, it takes nothing, in A.
        phases: how many it charges with.
        start_delay: between the offer of energy and the first of it, in seconds.
        auto_unplug: how long after the end of the offer it leaves, in seconds; None for never.
        demand_w: what it wants at most now, in W; None for all that it can take.
        payment: of an ISO 15118 EV.
        transfer: of an ISO 15118 EV.
        emaid: the contract's, of an ISO 15118 EV.
        evcc_id: its communication controller's id.
        contract_chain_pem: the contract's certificates.
        exi_certificate_request: what it asks the station to have a contract certificate for.
    """

    kind: EvKind = field(default=EvKind.BASIC, converter=EvKind)
    battery_wh: float = field(default=60_000.0, validator=validators.gt(0))
    stored_wh: float = field(default=24_000.0, validator=validators.ge(0))
    max_power_w: float = field(default=11_000.0, validator=validators.gt(0))
    max_current_a: float = field(default=32.0, validator=validators.ge(0))
    min_current_a: float = field(default=6.0, validator=validators.ge(0))
    phases: int = field(default=3, validator=validators.in_({1, 2, 3}))
    start_delay: float = field(default=1.0, validator=validators.ge(0))
    auto_unplug: float | None = field(default=None, validator=validators.optional(validators.ge(0)))
    demand_w: float | None = field(default=None, validator=validators.optional(validators.ge(0)))
    payment: Payment = field(default=Payment.AUTO, converter=Payment)
    transfer: Transfer = field(default=Transfer.AC, converter=Transfer)
    emaid: str | None = field(default=None, validator=_optional_text)
    evcc_id: str | None = field(default=None, validator=_optional_text)
    contract_chain_pem: str | None = field(default=None, validator=_optional_text, repr=False)
    exi_certificate_request: str | None = field(default=None, validator=_optional_text, repr=False)

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

    @classmethod
    def described(cls, description: Mapping[str, Any]) -> SimulatedEv:
        """The EV of the control protocol's ``ev``: one phase, 32 A and a delay of 1 s unless told.

        Raises:
            ValueError: a key is unknown, or a value makes no sense.
        """
        if not isinstance(description, Mapping):
            msg = f"ev: an object, not {description!r}"
            raise ValueError(msg)  # noqa: TRY004  # it comes over the wire
        told = {_ALIASES.get(key, key): value for key, value in description.items()}
        known = {each.name for each in fields(cls)}
        unknown = sorted(set(told) - known)
        if unknown:
            names = ", ".join(sorted((known - set(_ALIASES.values())) | set(_ALIASES)))
            msg = f"ev: no {', '.join(unknown)}; there are {names}"
            raise ValueError(msg)
        wrong = [key for key, value in told.items() if not _plausible(key, value)]
        if wrong:
            msg = f"ev: {', '.join(f'{key} cannot be {told[key]!r}' for key in wrong)}"
            raise ValueError(msg)
        battery_wh = told.get("battery_wh", 60_000.0)
        defaults = {
            "phases": 1,
            "max_power_w": 400_000.0,
            "battery_wh": battery_wh,
            "stored_wh": battery_wh * 0.2,
        }
        try:
            return cls(**{**defaults, **told})
        except (TypeError, ValueError) as error:
            msg = f"ev: {error.args[0] if error.args else error}"
            raise ValueError(msg) from error

    @property
    def soc(self) -> float:
        """The state of charge, in percent."""
        return min(100.0, 100 * self.stored_wh / self.battery_wh)

    @property
    def full(self) -> bool:
        """Whether it takes no more."""
        return self.stored_wh >= self.battery_wh

    def power(self, offered_w: float) -> float:
        """What it takes of what is offered, in W; less and less as it gets full."""
        if self.full:
            return 0.0
        left = (1 - self.stored_wh / self.battery_wh) / (1 - _FULL_POWER_BELOW)
        wanted = max(self.max_power_w * min(1.0, left), min(_LEAST_POWER_W, self.max_power_w))
        if self.demand_w is not None:
            wanted = min(wanted, self.demand_w)
        return min(wanted, offered_w)

    def draw(self, offer: Offer, supply: Supply) -> Draw:
        """What it takes of an offer; never more than any of its limits."""
        offered_w = supply.max_power_w
        if offer.power_w is not None:
            offered_w = min(offered_w, offer.power_w)
        if supply.phases == 0:
            current = self.max_current_a if self.kind is EvKind.BASIC else float("inf")
            if offer.current_a is not None:
                current = min(current, offer.current_a)
            return Draw(power_w=self.power(min(offered_w, current * supply.voltage_v)))
        phases = min(self.phases, supply.phases, offer.phases or 3)
        if offer.phase_to_use is not None:
            phases = 1
        offered_a = offered_w / (supply.voltage_v * phases)
        if offer.current_a is not None:
            offered_a = min(offered_a, offer.current_a)
        if offered_a < self.min_current_a:
            return Draw()
        current = min(offered_a, self.max_current_a)
        power = self.power(min(offered_w, current * supply.voltage_v * phases))
        first = (offer.phase_to_use or 1) if phases == 1 else 1
        return Draw(power_w=power, phases=phases, first_phase=first) if power > 0 else Draw()

    def charge(self, energy_wh: float) -> float:
        """Take in energy; returns how much of it fits, in Wh."""
        taken = max(0.0, min(energy_wh, self.battery_wh - self.stored_wh))
        self.stored_wh += taken
        return taken


_NUMBERS = {
    "battery_wh",
    "stored_wh",
    "max_power_w",
    "max_current_a",
    "min_current_a",
    "phases",
    "start_delay",
    "auto_unplug",
    "demand_w",
}


def _plausible(key: str, value: object) -> bool:
    if key not in _NUMBERS:
        return isinstance(value, str) or value is None
    if value is None:
        return key in {"auto_unplug", "demand_w"}
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)
