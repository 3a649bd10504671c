"""What charging profiles and grid say of an instant, in the terms of the hardware."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil

from attrs import evolve, frozen

from ocppkit.smart_charging.instant import Allowed, evse_allowed, station_allowed
from ocppkit.smart_charging.layers import Conditions, Layers
from ocppkit.smart_charging.model import Supply, Unit
from ocppkit.smart_charging.prepared import Prepared
from ocppkit.smart_charging.track import blocks
from ocppkit.station.hardware import EvseDescription, Offer
from ocppkit.station.power_sharing import Amount, Capacity, Feed
from ocppkit.station.settings.equipment import Limits
from ocppkit.value import Value

__all__ = ["Grid", "StationLimits", "evse_offer", "least_rate", "station_limits"]


@frozen(kw_only=True, eq=False, repr=False)
class Grid(Value):
    """What the station hangs on.

    Attributes:
        supply: its voltage and phases.
        max_current_a: what its connection bears on a phase; None for no limit (K04.FR.02).
        max_power_w: the same, in W on all phases.
        own: what the station itself uses (K04.FR.05).
    """

    supply: Supply
    max_current_a: Decimal | None
    max_power_w: Decimal | None
    own: Amount

    @classmethod
    def configured(cls, limits: Limits) -> Grid:
        """As the configuration has it."""
        own_w = Decimal(str(limits.own_power_w))
        voltage = Decimal(str(limits.voltage_v))
        return cls(
            supply=Supply(voltage=voltage, phases=limits.phases),
            max_current_a=_decimal(limits.max_current_a),
            max_power_w=_decimal(limits.max_power_w),
            own=Amount(ceil(own_w * 10 / (voltage * limits.phases)), ceil(own_w * 10)),
        )

    def feed(self, described: EvseDescription) -> Feed:
        """How an EVSE hangs on it."""
        return Feed(
            voltage=Fraction(self.supply.voltage),
            grid_phases=self.supply.phases,
            phases=min(described.phases, self.supply.phases),
            max_power_w=described.max_power_w,
            dc_voltage=None if described.dc_voltage_v is None else Fraction(described.dc_voltage_v),
        )

    def of(self, feed: Feed) -> Supply:
        """The grid as an EVSE has it."""
        phases = feed.phases or self.supply.phases
        voltage = self.supply.voltage
        if feed.dc and feed.dc_voltage is not None:
            voltage = Decimal(str(float(feed.dc_voltage)))
        return Supply(voltage=voltage, phases=phases, dc=feed.dc)


@frozen(kw_only=True, eq=False, repr=False)
class StationLimits(Value):
    """What the station as a whole may draw at an instant.

    Attributes:
        allowed: as its profiles have it, without the limit of its connection.
        capacity: what its EVSEs share.
    """

    allowed: Allowed
    capacity: Capacity

    def offer(self, feed: Feed) -> Offer:
        """What it means for one EVSE, were it the only one."""
        if not feed.dc:
            return feed.offer(self.allowed)
        power = self.allowed.power
        return Offer(power_w=None if power is None else float(power))


def station_limits(prepared: Prepared, conditions: Conditions, at: int) -> StationLimits:
    """What holds for the station as a whole.

    EVSEs share the amperes of limits in A, and the watts of limits in W: the amperes that follow
    from watts hold for balanced phases, and would keep EVSEs of one phase from what there is.
    """
    _, numbers = Layers(prepared, conditions, session=at).station(at, at + 1)
    cap = prepared.caps.table[numbers[0]]
    profiles_only = evolve(conditions, station_a=None, station_w=None)
    return StationLimits(
        allowed=station_allowed(prepared, profiles_only, at=at),
        capacity=Capacity(amperes=cap.amperes, watts=cap.watts),
    )


def evse_offer(
    prepared: Prepared, conditions: Conditions, feed: Feed, *, place: int, at: int
) -> tuple[Offer, int | None]:
    """What an EVSE's own profiles allow it, and when that changes, in epoch s."""
    allowed = evse_allowed(prepared, conditions, evse=place, at=at)
    if not feed.dc:
        return feed.offer(allowed), allowed.until
    # The amperes that follow from watts hold for one voltage; of direct current only those count
    # that a profile gives.
    _, numbers = Layers(prepared, conditions, session=at).own(place, at, at + 1)
    amperes = prepared.caps.table[numbers[0]].amperes
    power = None if allowed.power is None else float(allowed.power)
    return Offer(power_w=power, current_a=None if amperes is None else amperes / 10), allowed.until


def least_rate(
    prepared: Prepared, conditions: Conditions, *, place: int, at: int
) -> tuple[Unit, Decimal] | None:
    """The minChargingRate of the schedule that decides now (K01.FR.21)."""
    layers = Layers(prepared, conditions, session=at)
    for ready in layers.transactional(place):
        choice = layers.choices([ready], place)[0]
        if any(blocks(ready, choice, at, at + 1)):
            schedules = ready.installed.profile.schedules
            schedule = schedules[min(choice.variant, len(schedules) - 1)]
            return None if schedule.min_rate is None else (schedule.unit, schedule.min_rate)
    return None


def _decimal(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))
