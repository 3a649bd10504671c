"""A cable has two ends: what happens when it is pulled at either."""

from __future__ import annotations

from typing import Any

import pytest

from ocppkit.station import ConnectorDescription, EvseDescription, StationDescription
from ocppkit.testing import advance

from .test_world import Bench

FIXED = StationDescription(
    vendor="ocppkit",
    model="Fixed",
    evses=(EvseDescription(connectors=(ConnectorDescription(tethered=True, type="cType2"),)),),
)


def place(it: Bench) -> dict[str, Any]:
    found: dict[str, Any] = it.world.status()["evses"][0]["connectors"][0]
    return {name: found[name] for name in ("plugged", "cable", "locked")}


@pytest.fixture
async def it() -> Any:
    bench = Bench()
    yield bench
    bench.hardware.close()


@pytest.fixture
async def fixed() -> Any:
    bench = Bench(FIXED)
    yield bench
    bench.hardware.close()


async def test_a_cable_that_is_pulled_at_the_car_stays_locked_in_its_socket(it: Bench) -> None:
    await it.world.plug_in()
    await it.hardware.lock(1, 1)
    await it.offer()
    await advance(2)
    await it.world.plug_out(side="ev")

    assert it.reports[-1] == (1, "unplugged", 1)
    assert await it.power() == 0
    assert place(it) == {"plugged": False, "cable": True, "locked": True}
    assert (await it.hardware.connector_state(1, 1)).plugged is False


async def test_a_cable_that_is_locked_cannot_be_pulled_at_the_station(it: Bench) -> None:
    await it.world.plug_in()
    await it.hardware.lock(1, 1)
    with pytest.raises(ValueError, match="connector 1 of EVSE 1 is locked"):
        await it.world.plug_out(side="station")
    await it.world.plug_out(side="ev")
    with pytest.raises(ValueError, match="connector 1 of EVSE 1 is locked"):
        await it.world.plug_out(side="station")
    await it.hardware.unlock(1, 1)
    await it.world.plug_out(side="station")

    assert place(it) == {"plugged": False, "cable": False, "locked": False}
    assert it.reports == [(1, "plugged in", 1), (1, "unplugged", 1)]


async def test_a_cable_that_is_not_locked_takes_the_car_along_at_the_station(it: Bench) -> None:
    await it.world.plug_in()
    await it.world.plug_out(side="station")

    assert it.reports[-1] == (1, "unplugged", 1)
    assert place(it) == {"plugged": False, "cable": False, "locked": False}


async def test_without_a_side_car_and_cable_are_gone_whatever_holds_them(it: Bench) -> None:
    await it.world.plug_in()
    await it.hardware.lock(1, 1)
    await it.world.plug_out(side="ev")
    await it.world.plug_out()
    await it.world.plug_in()

    assert place(it) == {"plugged": True, "cable": True, "locked": False}


async def test_a_car_comes_back_to_the_cable_that_it_left(it: Bench) -> None:
    await it.world.plug_in()
    await it.hardware.lock(1, 1)
    await it.world.plug_out(side="ev")
    with pytest.raises(ValueError, match="a cable hangs in connector 1"):
        await it.world.plug_in()
    await it.world.plug_in(side="ev")

    assert it.reports[-1] == (1, "plugged in", 1)
    assert place(it) == {"plugged": True, "cable": True, "locked": True}


async def test_where_no_cable_hangs_no_car_comes_to_it(it: Bench) -> None:
    with pytest.raises(ValueError, match="no cable hangs in connector 1"):
        await it.world.plug_in(side="ev")

    assert it.reports == []


async def test_where_there_is_no_car_none_is_unplugged_at_its_side(it: Bench) -> None:
    await it.world.plug_in(evse=1, connector=2)
    await it.world.plug_out(evse=1, connector=1, side="ev")

    assert it.reports == [(1, "plugged in", 2)]


async def test_a_side_is_one_of_two(it: Bench) -> None:
    with pytest.raises(ValueError, match="side: one of station, ev, not 'middle'"):
        await it.world.plug_out(side="middle")


async def test_a_fixed_cable_comes_and_goes_at_the_car_only(fixed: Bench) -> None:
    await fixed.world.plug_in(side="ev")
    with pytest.raises(ValueError, match="fixed to it"):
        await fixed.world.plug_out(side="station")
    await fixed.world.plug_out(side="ev")
    with pytest.raises(ValueError, match="fixed to it"):
        await fixed.world.plug_in(side="station")
    await fixed.world.plug_in()
    await fixed.world.plug_out()

    assert [each[1] for each in fixed.reports] == ["plugged in", "unplugged"] * 2
    assert place(fixed) == {"plugged": False, "cable": True, "locked": False}
