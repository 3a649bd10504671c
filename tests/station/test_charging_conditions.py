"""What profiles and grid say of an instant, for an EVSE of direct current."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from ocppkit.smart_charging import (
    Conditions,
    Installed,
    Kind,
    Period,
    Profile,
    Purpose,
    Schedule,
    Unit,
    composite,
    prepare,
)
from ocppkit.station.charging_conditions import Grid, evse_offer
from ocppkit.station.hardware import EvseDescription, Offer
from ocppkit.station.settings.equipment import Limits

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
AT = int(NOON.timestamp())
ONE = Conditions(evses=(1,))
GRID = Grid.configured(Limits())


def limited(id: int, purpose: Purpose, unit: Unit, limit: int) -> Installed:
    schedule = Schedule(unit=unit, start=NOON, periods=(Period(start=0, limit=Decimal(limit)),))
    return Installed(
        evse=1,
        profile=Profile(
            id=id, stack_level=0, purpose=purpose, kind=Kind.ABSOLUTE, schedules=(schedule,)
        ),
    )


def test_direct_current_keeps_a_limit_in_amperes_beside_one_in_watts() -> None:
    feed = GRID.feed(EvseDescription(phases=0, max_power_w=150_000))
    both = [
        limited(1, Purpose.TX_DEFAULT, Unit.A, 250),
        limited(2, Purpose.EXTERNAL_CONSTRAINTS, Unit.W, 50_000),
    ]

    def offer(*installed: Installed) -> Offer:
        prepared = prepare(installed, GRID.of(feed))
        return evse_offer(prepared, ONE, feed, place=1, at=AT)[0]

    assert offer(*both) == Offer(power_w=50_000.0, current_a=250.0)
    assert offer(both[1]) == Offer(power_w=50_000.0)
    assert offer() == Offer()


def test_amperes_of_direct_current_become_watts_by_its_own_voltage() -> None:
    feed = GRID.feed(EvseDescription(phases=0, max_power_w=150_000, dc_voltage_v=920))
    prepared = prepare([limited(1, Purpose.TX_DEFAULT, Unit.A, 125)], GRID.of(feed))

    found = composite(prepared, ONE, evse=1, start=AT, duration=60, unit=Unit.W)

    assert [period.limit for period in found.periods] == [Decimal(115_000)]
