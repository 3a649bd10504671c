"""What EVSEs may draw reaches the equipment in the second in which it changes."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.smart_charging.balance import Demand
from ocppkit.smart_charging.collection import Change, install_v201
from ocppkit.smart_charging.model import (
    Installed,
    Kind,
    Period,
    Profile,
    Purpose,
    Recurrency,
    Schedule,
    Unit,
)
from ocppkit.smart_charging.plain import to_plain
from ocppkit.station import (
    ConnectorDescription,
    EvseDescription,
    IdToken,
    Offer,
    StationDescription,
)
from ocppkit.station.hardware import Fault, FaultKind, SecurityEvent
from ocppkit.station.settings.behaviour import SmartCharging
from ocppkit.station.settings.equipment import Limits
from ocppkit.station.transaction import Authorization, Cause
from ocppkit.store import ProfileChange, SavedProfile
from ocppkit.testing import START, advance, run_virtual, settle

from .power import Plant

ABC = IdToken("ABC")
VERSIONS = pytest.mark.parametrize("version", list(Version))
TWO = StationDescription(vendor="v", model="m", evses=(EvseDescription(), EvseDescription()))


def profile(
    *limits: tuple[int, float],
    id: int = 1,
    evse: int = 1,
    purpose: Purpose = Purpose.TX_DEFAULT,
    kind: Kind = Kind.ABSOLUTE,
    start: datetime | None = START,
    unit: Unit = Unit.A,
    duration: int | None = None,
    min_rate: int | None = None,
    **more: Any,
) -> Installed:
    schedule = Schedule(
        unit=unit,
        start=None if kind is Kind.RELATIVE else start,
        duration=duration,
        min_rate=None if min_rate is None else Decimal(min_rate),
        periods=tuple(Period(start=at, limit=Decimal(str(limit))) for at, limit in limits),
    )
    made = Profile(
        id=id, purpose=purpose, kind=kind, schedules=(schedule,), **{"stack_level": 0, **more}
    )
    return Installed(evse=evse, profile=made)


async def install(station: Any, *news: Installed) -> None:
    for new in news:

        def changing(held: tuple[Installed, ...], new: Installed = new) -> Any:
            return install_v201(held, new)

        await station.core.limits.profiles.update(changing)
    await settle()


probes: list[Probe] = []


@pytest.fixture(autouse=True)
def fuse() -> Iterator[None]:
    yield
    broken = [each.broken for each in probes if each.broken]
    probes.clear()
    assert broken == []


class Probe:
    """Writes down what the equipment is told, and when."""

    def __init__(self, it: Any) -> None:
        self.told: list[tuple[float, int, Offer | None]] = []
        self.now: dict[int, Offer] = {}
        self.fails: set[int] = set()
        self.hangs: set[int] = set()
        self.broken: list[dict[int, Offer]] = []
        self.most = float("inf")
        probes.append(self)
        self._hardware, self._clock = it.hardware, it.clock
        self._allow, self._stop = it.hardware.allow_charging, it.hardware.stop_charging
        it.hardware.allow_charging, it.hardware.stop_charging = self.allow, self.stop

    async def allow(self, evse: int, offer: Offer) -> None:
        self.told.append((self._clock.monotonic(), evse, offer))
        if evse in self.hangs:
            await asyncio.Event().wait()
        if evse in self.fails:
            raise OSError("no answer from the contactor")
        self.now[evse] = offer
        total = sum(each.current_a or (0 if each.nothing else 1000) for each in self.now.values())
        if total > self.most:
            self.broken.append(dict(self.now))
        await self._allow(evse, offer)

    async def stop(self, evse: int) -> None:
        self.told.append((self._clock.monotonic(), evse, None))
        self.now.pop(evse, None)
        await self._stop(evse)

    def currents(self, evse: int = 1) -> list[tuple[float, float | None]]:
        """When which current was offered; None for no limit."""
        return [(at, offer.current_a) for at, who, offer in self.told if who == evse and offer]

    def never_above(self, current_a: float) -> None:
        """From now on; looked at after the test, as what equipment raises goes no further."""
        self.most = current_a


async def charge(it: Any, evse: int = 1, token: IdToken = ABC) -> None:
    await it.hardware.arrive(SimulatedEv(start_delay=1), evse=evse)
    await it.station.evse(evse).token_presented(token)
    await it.settle()


@VERSIONS
async def test_limits_reach_the_equipment_at_the_second_they_change(
    world: Any, version: Version
) -> None:
    it = world(version)
    async with it.running():
        probe = Probe(it)
        await install(it.station, profile((0, 16), (600, 10.5), (900, 20)))
        await charge(it)
        await it.advance(1000)

    assert probe.currents() == [(0, 16), (600, 10.5), (900, 20)]


@VERSIONS
@pytest.mark.requirement("K01.FR.42")
async def test_a_relative_schedule_counts_from_when_energy_could_flow(
    world: Any, version: Version
) -> None:
    it = world(version)
    async with it.running():
        probe = Probe(it)
        await install(it.station, profile((0, 8), (60, 12), kind=Kind.RELATIVE))
        await it.advance(100)
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        await it.advance(50)
        await it.station.evse(1).token_presented(ABC)
        await it.advance(100)

    assert probe.currents() == [(150, 8), (210, 12)]


@VERSIONS
@pytest.mark.requirement("1.6 errata 3.8")
async def test_a_profile_that_is_installed_or_cleared_holds_at_once(
    world: Any, version: Version
) -> None:
    it = world(version)
    async with it.running():
        probe = Probe(it)
        await charge(it)
        await it.advance(10)
        await install(it.station, profile((0, 11000), unit=Unit.W))
        await it.advance(10)
        profiles = it.station.core.limits.profiles
        removed = await profiles.update(lambda held: Change((), held))
        await it.settle()

    offers = [(at, offer) for at, _, offer in probe.told if offer]
    assert offers == [
        (0, Offer()),
        (10, Offer(power_w=11000, current_a=15.9)),
        (20, Offer()),
    ]
    assert [each.profile.id for each in removed] == [1]


@pytest.mark.parametrize("limit", [10, 10.0])
async def test_an_equal_limit_is_not_told_twice(world: Any, limit: float) -> None:
    it = world(Version.V201)
    async with it.running():
        probe = Probe(it)
        await install(it.station, profile((0, 10), (60, limit), (120, 12)))
        await charge(it)
        await it.advance(30)
        await install(it.station, profile((0, 10), id=2, stack_level=1, duration=100))
        await it.drop()
        await it.advance(120)

    assert probe.currents() == [(0, 10), (120, 12)]


async def test_nothing_at_all_suspends_and_more_than_that_resumes(world: Any) -> None:
    it = world(Version.V201)
    async with it.running():
        await install(it.station, profile((0, 16), (60, 0), (120, 16)))
        await charge(it)
        evse = it.station.evse(1)
        states = []
        for _ in range(3):
            await it.advance(50)
            states.append((evse.state.value, evse.energized))

    assert states == [("Charging", True), ("SuspendedEVSE", False), ("Charging", True)]


async def test_who_may_draw_nothing_from_the_start_is_never_offered_anything(world: Any) -> None:
    it = world(Version.V201)
    async with it.running():
        probe = Probe(it)
        await install(it.station, profile((0, 0), (100, 6)))
        await charge(it)
        await it.advance(99)
        before, state = list(probe.told), it.station.evse(1).state
        await it.advance(1)

    assert ([each for each in before if each[2]], state.value) == ([], "SuspendedEVSE")
    assert probe.currents() == [(100, 6)]


@VERSIONS
async def test_two_evses_share_what_the_station_has(world: Any, version: Version) -> None:
    it = world(version, TWO, limits=Limits(max_current_a=40.0))
    async with it.running():
        probe = Probe(it)
        probe.never_above(40)
        await charge(it, 1)
        await it.advance(10)
        await charge(it, 2, IdToken("DEF"))
        await it.advance(10)
        await it.hardware.depart(evse=1, force=True)
        await it.advance(10)

    assert probe.currents(1) == [(0, 32), (10, 20)]
    assert probe.currents(2)[-2:] == [(10, 20), (20, 32)]


@pytest.mark.requirement("K04.FR.05")
async def test_what_the_station_uses_itself_is_left_to_it(world: Any) -> None:
    it = world(Version.V201, limits=Limits(max_current_a=20.0, own_power_w=690.0))
    async with it.running():
        probe = Probe(it)
        await charge(it)

    assert probe.currents() == [(0, 19)]


async def test_who_finds_no_room_waits_until_the_others_have_less(world: Any) -> None:
    it = world(Version.V201, TWO, limits=Limits(max_current_a=32.0))
    async with it.running():
        probe = Probe(it)
        probe.never_above(32)
        await charge(it, 1)
        await it.advance(10)
        await charge(it, 2, IdToken("DEF"))
        await it.advance(5)

    assert probe.currents(1) == [(0, 32), (10, 16)]
    assert probe.currents(2) == [(10, 16)]


async def test_an_evse_that_suspends_leaves_its_share_to_the_others(world: Any) -> None:
    it = world(Version.V201, TWO, limits=Limits(max_current_a=32.0))
    async with it.running():
        probe = Probe(it)
        probe.never_above(32)
        await charge(it, 1)
        await charge(it, 2, IdToken("DEF"))
        await it.advance(10)
        await it.hardware.pause(1)
        await it.advance(10)
        await it.hardware.resume(1)
        await it.advance(10)

    assert probe.currents(2)[-2:] == [(10, 32), (20, 16)]
    assert probe.currents(1)[-1] == (20, 16)


async def test_a_station_maximum_that_falls_is_lowered_before_another_rises(world: Any) -> None:
    it = world(Version.V201, TWO)
    async with it.running():
        probe = Probe(it)
        await install(
            it.station,
            profile((0, 40), evse=0, id=1, purpose=Purpose.STATION_MAX),
            profile((0, 6), (60, 30), evse=1, id=2),
            profile((0, 32), (60, 8), evse=2, id=3),
        )
        probe.never_above(40)
        await charge(it, 1)
        await charge(it, 2, IdToken("DEF"))
        await it.advance(60)

    at_sixty = [(evse, offer.current_a) for at, evse, offer in probe.told if at == 60 and offer]
    assert at_sixty == [(2, 8), (1, 30)]


async def test_two_that_swap_their_phases_give_way_to_each_other(world: Any) -> None:
    it = world(Version.V201, TWO, limits=Limits(max_current_a=46.0, max_power_w=17_940.0))

    def swap(evse: int, *steps: tuple[int, int, int]) -> Installed:
        made = profile((0, 0), id=evse, evse=evse)
        (schedule,) = made.profile.schedules
        periods = tuple(
            Period(start=at, limit=Decimal(limit), phases=phases) for at, limit, phases in steps
        )
        changed = evolve(made.profile, schedules=(evolve(schedule, periods=periods),))
        return evolve(made, profile=changed)

    async with it.running():
        probe = Probe(it)
        probe.never_above(46)
        await install(
            it.station, swap(1, (0, 16, 3), (60, 30, 1)), swap(2, (0, 30, 1), (60, 16, 3))
        )
        await charge(it, 1)
        await charge(it, 2, IdToken("DEF"))
        await it.advance(60)

    last = {evse: (offer.current_a, offer.phases) for _, evse, offer in probe.told if offer}
    assert last[1] == (30, 1)
    assert last[2][0] == 16


async def test_while_one_evse_hangs_nobody_gets_what_it_still_has(world: Any) -> None:
    it = world(Version.V201, TWO, hardware_timeout=5.0)
    async with it.running():
        probe = Probe(it)
        await install(
            it.station,
            profile((0, 40), evse=0, id=1, purpose=Purpose.STATION_MAX),
            profile((0, 6), (60, 30), evse=1, id=2),
            profile((0, 32), (60, 8), evse=2, id=3),
        )
        await charge(it, 1)
        await charge(it, 2, IdToken("DEF"))
        await it.advance(30)
        probe.hangs.add(2)
        await it.advance(34)
        waits = probe.currents(1)[-1]
        await it.advance(2)

        assert not it.station.evse(2).energized
    assert waits == (0, 6)
    assert probe.currents(1)[-1] == (65, 30)


async def test_equipment_that_failed_is_told_again_at_the_next_change_only(world: Any) -> None:
    it = world(Version.V201, sample_interval=0)
    async with it.running():
        probe = Probe(it)
        await install(it.station, profile((0, 16), (60, 10), (120, 12)))
        await charge(it)
        probe.fails.add(1)
        await it.advance(90)
        failed, offered = probe.currents(), it.station.evse(1).energized
        probe.fails.clear()
        await it.advance(60)

        assert it.station.evse(1).energized
    assert (failed, offered) == ([(0, 16), (60, 10)], False)
    assert probe.currents()[-1] == (120, 12)


async def test_a_power_path_that_does_not_open_keeps_its_share(world: Any) -> None:
    it = world(Version.V201, TWO, limits=Limits(max_current_a=32.0))
    async with it.running():
        probe = Probe(it)
        await charge(it, 1)
        await charge(it, 2, IdToken("DEF"))
        stop = it.hardware.stop_charging

        async def stuck(evse: int) -> None:
            if evse == 1:
                raise OSError("welded")
            await stop(evse)

        it.hardware.stop_charging = stuck
        await it.station.evse(1).token_presented(ABC)
        await it.advance(10)
        stays = probe.currents(2)[-1]
        await it.station.evse(1).fault_cleared()
        await it.advance(10)

    assert stays == (0, 16)
    assert probe.currents(2)[-1] == (10, 32)


@pytest.mark.requirement("K03.FR.04")
@pytest.mark.requirement("K03.FR.05")
async def test_a_higher_priority_is_served_first(world: Any) -> None:
    it = world(Version.V201, TWO, limits=Limits(max_current_a=32.0))
    it.script["Authorize"] = lambda payload: {
        "idTokenInfo": {
            "status": "Accepted",
            "chargingPriority": 5 if payload["idToken"]["idToken"] == "DEF" else 0,
        }
    }
    async with it.running():
        probe = Probe(it)
        probe.never_above(32)
        await charge(it, 1)
        await it.advance(10)
        await charge(it, 2, IdToken("DEF"))
        await it.advance(10)
        suspended = it.station.evse(1).state
        transaction = it.station.evse(1).transaction
        assert transaction is not None
        it.station.core.limits.prioritise(transaction.id, 9)
        await it.advance(10)

        assert it.station.evse(1).state == "Charging"
        assert it.station.evse(2).state == "SuspendedEVSE"
    assert suspended == "SuspendedEVSE"
    assert probe.currents(2) == [(10, 32)]
    assert probe.currents(1) == [(0, 32), (20, 32)]


@pytest.mark.requirement("K01.FR.21")
async def test_who_would_fall_below_its_minimum_rate_is_suspended(world: Any) -> None:
    it = world(Version.V201, TWO, limits=Limits(max_current_a=32.0))
    async with it.running():
        probe = Probe(it)
        await install(it.station, profile((0, 32), evse=0, min_rate=20))
        await charge(it, 1)
        await it.advance(10)
        await charge(it, 2, IdToken("DEF"))
        await it.advance(10)

        assert it.station.evse(2).state == "SuspendedEVSE"
    assert (probe.currents(1), probe.currents(2)) == ([(0, 32)], [])


class Greedy:
    """Gives everybody everything, or fails."""

    def __init__(self, *, fails: bool) -> None:
        self.fails = fails

    def share(
        self,
        capacity: int | None,  # noqa: ARG002  # that is what is wrong with it
        demands: Sequence[Demand],
    ) -> dict[int, int]:
        if self.fails:
            raise ZeroDivisionError
        return {each.evse: each.wants for each in demands}


@pytest.mark.parametrize("fails", [False, True])
async def test_a_strategy_that_breaks_its_word_does_not_break_the_fuse(
    world: Any, fails: bool, caplog: pytest.LogCaptureFixture
) -> None:
    it = world(Version.V201, TWO, limits=Limits(max_current_a=32.0))
    async with it.running():
        it.station.core.limits.strategy = Greedy(fails=fails)
        probe = Probe(it)
        probe.never_above(32)
        await charge(it, 1)
        await charge(it, 2, IdToken("DEF"))

    assert (probe.currents(1)[-1][1], probe.currents(2)[-1][1]) == (16, 16)
    assert "strategy" in caplog.text


async def test_watts_of_the_station_are_shared_also_by_evses_of_one_phase(world: Any) -> None:
    single = EvseDescription(phases=1, max_power_w=7400.0)
    described = StationDescription(vendor="v", model="m", evses=(single, EvseDescription(phases=0)))
    it = world(Version.V201, described, limits=Limits(max_power_w=12000.0))
    async with it.running():
        probe = Probe(it)
        await charge(it, 1)
        await charge(it, 2, IdToken("DEF"))

    last = {evse: offer for _, evse, offer in probe.told if offer}
    assert [last[1].power_w, last[2].power_w] == [6000, 6000]
    assert last[2].current_a is None


@VERSIONS
@pytest.mark.requirement("K06.FR.01")
@pytest.mark.requirement("K07.FR.01")
@pytest.mark.requirement("1.6 §3.13.6")
async def test_offline_profiles_stay_in_force_but_those_to_be_ignored(
    world: Any, version: Version
) -> None:
    settings = SmartCharging(ignored_offline=frozenset({Purpose.STATION_MAX}))
    it = world(version, smart_charging=settings)
    async with it.running():
        probe = Probe(it)
        await install(
            it.station,
            profile((0, 10), evse=0, id=1, purpose=Purpose.STATION_MAX),
            profile((0, 12), id=2),
        )
        await charge(it)
        await it.advance(10)
        it.down = True
        await it.drop()
        away = probe.currents()[-1]
        it.down = False
        await it.advance(600)

    assert away == (10, 12)
    assert [current for _, current in probe.currents()] == [10, 12, 10]


async def test_what_is_ignored_offline_is_a_key_of_1_6(world: Any) -> None:
    it = world(Version.V16)
    async with it.running():
        key = "IgnoredProfilePurposesOffline"
        refused = await it.call("ChangeConfiguration", key=key, value="Nothing")
        taken = await it.call("ChangeConfiguration", key=key, value="ChargePointMaxProfile")
        keys = await it.call("GetConfiguration", key=[key, "ChargeProfileMaxStackLevel"])

    assert (refused, taken) == ({"status": "Rejected"}, {"status": "Accepted"})
    assert [each["value"] for each in keys["configurationKey"]] == ["ChargePointMaxProfile", "20"]


async def test_what_is_ignored_offline_is_a_variable_of_2_0_1(world: Any) -> None:
    it = world(Version.V201)
    async with it.running():
        name = "IgnoredProfilePurposesOffline"
        taken = await it.set_variable("SmartChargingCtrlr", name, "ChargingStationMaxProfile")
        refused = await it.set_variable("SmartChargingCtrlr", name, "Nothing")
        policy = it.station.core.policy

    assert (taken, refused) == ("Accepted", "Rejected")
    assert policy.ignored_offline == {Purpose.STATION_MAX}


async def test_smart_charging_that_is_switched_off_ignores_profiles(world: Any) -> None:
    it = world(
        Version.V201, smart_charging=SmartCharging(enabled=False), limits=Limits(max_current_a=20.0)
    )
    async with it.running():
        probe = Probe(it)
        await install(it.station, profile((0, 6)))
        await charge(it)

    assert probe.currents() == [(0, 20)]


@VERSIONS
async def test_a_clock_that_the_csms_sets_moves_absolute_schedules_only(
    world: Any, version: Version
) -> None:
    it = world(version)
    async with it.running():
        probe = Probe(it)
        await install(
            it.station,
            profile((0, 30), (100, 10), kind=Kind.RELATIVE, id=1),
            profile((0, 20), (3600, 8), evse=0, id=2, purpose=Purpose.STATION_MAX),
        )
        await charge(it)
        await it.advance(50)
        it.station.core.link.set_clock(it.station.core.now() + timedelta(hours=1))
        await it.advance(20)
        set_forward = probe.currents()[-1]
        it.station.core.link.set_clock(it.station.core.now() - timedelta(hours=1))
        await it.advance(100)

    assert set_forward == (50, 8)
    assert probe.currents()[-2:] == [(70, 20), (100, 10)]


async def test_a_clock_of_the_machine_that_is_set_is_noticed(world: Any) -> None:
    it = world(Version.V201)
    jump = [timedelta()]
    clock = it.environment.utc_now
    it.environment = evolve(it.environment, utc_now=lambda: clock() + jump[0])
    async with it.running():
        probe = Probe(it)
        await install(it.station, profile((0, 20), (86_400, 8)))
        await charge(it)
        it.station.go_offline()
        jump[0] = timedelta(days=1)
        await it.advance(60)

    assert [current for _, current in probe.currents()] == [20, 8]


async def test_a_recurring_profile_goes_on_for_days(world: Any) -> None:
    it = world(Version.V201)
    it.equipment = it.hardware = SimulatedHardware(environment=it.environment, step=60)
    async with it.running():
        probe = Probe(it)
        daily = profile((0, 16), (7200, 6), kind=Kind.RECURRING, recurrency=Recurrency.DAILY)
        await install(it.station, daily)
        await charge(it)
        await it.advance(2 * 86_400)

    day = 86_400
    assert probe.currents() == [(0, 16), (7200, 6), (day, 16), (day + 7200, 6), (2 * day, 16)]


async def test_what_the_equipment_can_give_now_holds_below_all_else(world: Any) -> None:
    it = world(Version.V201)
    async with it.running():
        probe = Probe(it)
        await install(it.station, profile((0, 16)))
        await charge(it)
        await it.station.evse(1).limit(Offer(current_a=10))
        await it.advance(1)
        await it.station.evse(1).limit(Offer(current_a=20))
        await it.advance(1)

    assert probe.currents() == [(0, 16), (0, 10), (1, 16)]


@pytest.mark.requirement("K04.FR.02")
@pytest.mark.parametrize("turns", range(4))
async def test_equipment_that_can_give_less_for_a_moment_keeps_its_share(
    world: Any, turns: int
) -> None:
    it = world(Version.V201, TWO, limits=Limits(max_current_a=40.0))
    async with it.running():
        probe = Probe(it)
        probe.never_above(40)
        await charge(it, 1)
        await charge(it, 2, IdToken("DEF"))
        await it.station.evse(1).limit(Offer(current_a=6))
        for _ in range(turns):
            await asyncio.sleep(0)
        await it.station.evse(1).limit(Offer())
        await it.advance(10)

        assert [offer.current_a for offer in probe.now.values()] == [20, 20]


async def test_a_fault_frees_its_share(world: Any) -> None:
    it = world(Version.V201, TWO, limits=Limits(max_current_a=32.0))
    async with it.running():
        probe = Probe(it)
        probe.never_above(32)
        await charge(it, 1)
        await charge(it, 2, IdToken("DEF"))
        await it.advance(5)
        await it.hardware.set_fault(Fault(kind=FaultKind.GROUND_FAILURE), evse=1)
        await it.advance(5)

    assert probe.currents(2)[-1] == (5, 32)


@pytest.mark.requirement("K02.FR.05")
@VERSIONS
async def test_a_tx_profile_goes_with_its_transaction(world: Any, version: Version) -> None:
    it = world(version)
    async with it.running():
        probe = Probe(it)
        await charge(it)
        await it.advance(5)
        core = it.station.core
        (transaction,) = core.limits.situation.transactions
        mine = profile((0, 9), purpose=Purpose.TX, transaction_id=transaction.id)
        other = profile((0, 7), id=2, purpose=Purpose.TX, transaction_id="other", stack_level=1)
        await install(it.station, mine, other, profile((0, 11), id=3))
        limited = probe.currents()[-1]
        await it.station.evse(1).token_presented(ABC)
        await it.hardware.depart(force=True)
        await it.advance(5)

        assert limited == (5, 9)
        assert transaction.id == ("7" if version is Version.V16 else "tx-1")
        assert [each.profile.id for each in core.limits.profiles.all] == [3]
        assert len(await core.store.charging_profiles.all()) == 1


async def test_what_a_remote_start_brings_is_bound_to_its_transaction(world: Any) -> None:
    it = world(Version.V201)
    async with it.running():
        probe = Probe(it)
        core = it.station.core
        permitted = Authorization(token=ABC, remote_start_id=3)

        def bound(held: tuple[Installed, ...]) -> Any:
            (transaction,) = core.limits.situation.transactions
            return install_v201(
                held, profile((0, 9), purpose=Purpose.TX, transaction_id=transaction.id)
            )

        core.limits.profiles.hold(1, permitted, bound)
        await it.station.evse(1).authorize(permitted, Cause.REMOTE_START)
        (row,) = await core.store.charging_profiles.all()
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        await it.settle()

        assert row.reference == "tx-1"
    assert probe.currents() == [(0, 9)]


async def test_what_a_remote_start_brings_is_of_nobody_else(world: Any) -> None:
    it = world(Version.V201)
    async with it.running():
        core = it.station.core
        permitted = Authorization(token=ABC)
        core.limits.profiles.hold(1, permitted, lambda held: install_v201(held, profile((0, 9))))
        await charge(it)

        assert core.limits.profiles.all == ()


async def test_what_a_remote_start_brings_never_costs_the_record(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    it = world(Version.V201)
    async with it.running():
        permitted = Authorization(token=ABC)

        def fails(_: object) -> Any:
            raise LookupError

        it.station.core.limits.profiles.hold(1, permitted, fails)
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        await it.station.evse(1).authorize(permitted, Cause.REMOTE_START)
        await it.settle()

        assert it.station.evse(1).energized
    assert [kind for kind, _ in it.events()][:2] == ["Started", "Updated"]
    assert "is not installed" in caplog.text


async def test_a_new_profile_is_checked_against_the_station_as_it_is(world: Any) -> None:
    described = StationDescription(
        vendor="v",
        model="m",
        evses=(
            EvseDescription(connectors=(ConnectorDescription(),) * 2),
            EvseDescription(phases=0),
        ),
    )
    it = world(Version.V16, described, smart_charging=SmartCharging(max_profiles=3))
    async with it.running():
        await charge(it, 2)
        await install(it.station, profile((0, 9)))
        limits = it.station.core.limits
        view = limits.situation.view(limits.profiles.all)
        other = limits.reckoning.composite(2, duration=10, unit=Unit.A)

    assert {number: facts.dc for number, facts in view.evses.items()} == {
        1: False,
        2: False,
        3: True,
    }
    assert view.evses[1].fewest_phases == 3
    assert [each.evse for each in view.transactions] == [3]
    assert (len(view.installed), view.limits.max_profiles) == (1, 3)
    assert [each.limit for each in other.periods] == [None]


async def test_the_composite_schedule_of_now(world: Any) -> None:
    it = world(Version.V201, TWO, limits=Limits(max_current_a=50.0))
    async with it.running():
        await install(it.station, profile((0, 16), (600, 10)))
        await it.advance(300)
        limits = it.station.core.limits
        one = limits.reckoning.composite(1, duration=600, unit=Unit.A)
        whole = limits.reckoning.composite(0, duration=600, unit=Unit.A)

        with pytest.raises(ValueError, match="3"):
            limits.reckoning.composite(3, duration=600, unit=Unit.A)

    assert [(each.start, each.limit) for each in one.periods] == [(0, 16), (300, 10)]
    assert [each.limit for each in whole.periods] == [50]


@pytest.mark.requirement("K02.FR.05")
@VERSIONS
async def test_a_tx_profile_that_comes_while_its_transaction_ends_is_not_the_next_ones(
    world: Any, version: Version
) -> None:
    it = world(version)
    async with it.running():
        probe, core = Probe(it), it.station.core
        change = core.store.charging_profiles.change
        late: list[asyncio.Task[None]] = []

        async def install_another(held: ProfileChange) -> None:
            await change(held)
            if held.removed and not late:  # as the transaction ends; it goes on for who looks
                assert core.limits.situation.transactions
                late.append(asyncio.create_task(install(it.station, replace)))
                await asyncio.sleep(0)

        await charge(it)
        (transaction,) = core.limits.situation.transactions
        known = {} if version is Version.V16 else {"transaction_id": transaction.id}
        replace = profile((0, 1), id=2, purpose=Purpose.TX, stack_level=1, **known)
        await install(it.station, profile((0, 9), purpose=Purpose.TX, **known))
        core.store.charging_profiles.change = install_another
        await it.station.evse(1).token_presented(ABC)
        await it.hardware.depart(force=True)
        await charge(it)

        assert len(late) == 1
        assert probe.currents()[-1] == (0, None)
        assert core.limits.profiles.all == ()
        assert await core.store.charging_profiles.all() == []


@pytest.mark.requirement("K02.FR.05")
@VERSIONS
async def test_transactions_that_end_at_the_same_time_do_not_wait_for_one_another_for_ever(
    world: Any, version: Version
) -> None:
    it = world(version, TWO)
    async with it.running():
        core = it.station.core
        change = core.store.charging_profiles.change
        written: list[ProfileChange] = []

        async def slowly(held: ProfileChange) -> None:
            await asyncio.sleep(0.05)
            await change(held)
            written.append(held)

        for evse, token in ((1, ABC), (2, IdToken("DEF"))):
            await charge(it, evse, token)
            going_on = [each for each in core.limits.situation.transactions if each.evse == evse]
            known = {} if version is Version.V16 else {"transaction_id": going_on[0].id}
            news = profile((0, 9), id=evse, evse=evse, purpose=Purpose.TX, **known)
            await install(it.station, news)
        core.store.charging_profiles.change = slowly

        async with asyncio.timeout(10):
            await asyncio.gather(
                it.station.evse(1).token_presented(ABC),
                it.station.evse(2).token_presented(IdToken("DEF")),
            )

        assert core.limits.profiles.all == ()
        assert await core.store.charging_profiles.all() == []
        assert len(written) <= 2


async def test_a_change_goes_on_when_who_asked_for_it_goes_away(world: Any) -> None:
    it = world(Version.V201)
    async with it.running():
        core = it.station.core
        asking = asyncio.ensure_future(install(it.station, profile((0, 9))))
        await asyncio.sleep(0)
        asking.cancel()
        await it.settle()

        assert len(core.limits.profiles.all) == len(await core.store.charging_profiles.all()) == 1


async def test_a_change_that_is_refused_changes_nothing(world: Any) -> None:
    it = world(Version.V201)
    async with it.running():
        core = it.station.core
        await install(it.station, profile((0, 9)))

        def refused(_: object) -> Any:
            raise KeyError("gone meanwhile")

        with pytest.raises(KeyError):
            await core.limits.profiles.update(refused)

        assert len(core.limits.profiles.all) == 1


async def _after_power_cut(folder: Path, version: Version, *, resume: bool) -> list[Any]:
    plant = Plant(folder, version)
    async with plant.live() as station:
        await station.wait_online()
        await plant.hardware.arrive(SimulatedEv(start_delay=1))
        await station.evse(1).token_presented(ABC)
        await advance(10)
        (transaction,) = station.core.limits.situation.transactions
        await install(
            station,
            profile(
                *((0, 9), (100, 7)),
                kind=Kind.RELATIVE,
                purpose=Purpose.TX,
                transaction_id=transaction.id,
            ),
            profile((0, 12), id=2),
        )
    offers: list[tuple[float, float | None]] = []
    allow = plant.hardware.allow_charging

    async def probed(evse: int, offer: Offer) -> None:
        offers.append((plant.clock.monotonic(), offer.current_a))
        await allow(evse, offer)

    plant.hardware.allow_charging = probed  # type: ignore[method-assign]  # a probe
    if not resume:
        await plant.hardware.depart(force=True)
    async with plant.live() as station:
        await advance(120)
        kept = [each.profile.id for each in station.core.limits.profiles.all]
        rows = await station.core.store.charging_profiles.all()
    return [kept, len(rows), offers]


@VERSIONS
@pytest.mark.requirement("K01.FR.27")
@pytest.mark.requirement("1.6 errata 3.37")
def test_a_tx_profile_goes_on_with_its_transaction_after_a_restart(
    tmp_path: Path, version: Version
) -> None:
    kept, rows, offers = run_virtual(_after_power_cut(tmp_path, version, resume=True))

    assert (sorted(kept), rows) == ([1, 2], 2)
    assert [current for _, current in offers] == [9, 7]
    assert offers[-1][0] == 100


@VERSIONS
@pytest.mark.requirement("K02.FR.05")
def test_a_tx_profile_whose_transaction_does_not_go_on_goes(
    tmp_path: Path, version: Version
) -> None:
    kept, rows, offers = run_virtual(_after_power_cut(tmp_path, version, resume=False))

    assert (kept, rows, offers) == ([2], 1, [])


async def _with_spoiled_rows(folder: Path) -> tuple[list[int], list[str], list[SecurityEvent]]:
    plant = Plant(folder, Version.V201)
    async with plant.live() as station:
        await install(station, profile((0, 9)))
        spoiled = [
            SavedProfile(evse=1, profile=2, reference=None, state="{"),
            SavedProfile(evse=1, profile=3, reference=None, state=json.dumps({"format": 9})),
            SavedProfile(
                evse=1, profile=4, reference=None, state=json.dumps(to_plain(profile((0, 9), id=5)))
            ),
        ]
        await station.core.store.charging_profiles.change(ProfileChange(added=spoiled))
    told: list[SecurityEvent] = []

    async def tell(event: SecurityEvent) -> None:
        told.append(event)

    plant.sinks.append(tell)
    async with plant.live() as station:
        await station.wait_online()
        await advance(5)
        kept = [each.profile.id for each in station.core.limits.profiles.all]
        reasons = [each.reason for each in station.incidents]
    return kept, reasons, told


def test_rows_that_cannot_be_read_are_set_aside_and_told(tmp_path: Path) -> None:
    kept, reasons, told = run_virtual(_with_spoiled_rows(tmp_path))

    assert kept == [1]
    assert [reason.split(":")[0] for reason in reasons] == [
        "charging profile 2 of EVSE 1",
        "charging profile 3 of EVSE 1",
        "charging profile 4 of EVSE 1",
    ]
    assert [(each.type, each.tech_info) for each in told] == [
        ("StoreSetAside", reason) for reason in reasons
    ]


async def _cut_at(folder: Path, version: Version, cut_at: int) -> tuple[bool, list[int]]:
    """Install a profile in place of two others, and cut the power at a step of it."""
    plant = Plant(folder, version)
    async with plant.live() as station:
        await station.wait_online()
        await install(station, profile((0, 9), id=1), profile((0, 9), id=2, stack_level=1))
    async with plant.live(10_000) as station:
        await station.wait_online()
        await advance(60)  # nothing else is being written then
        plant.mains.cut_at = plant.mains.steps + cut_at
        new = profile((0, 5), id=3)

        async def work() -> None:
            await station.core.limits.profiles.update(lambda held: Change((new,), held))

        await plant.until_cut(work)
        cut = plant.mains.off
    async with plant.live() as station:
        return cut, sorted(each.profile.id for each in station.core.limits.profiles.all)


def test_a_power_cut_leaves_the_old_profiles_or_the_new_ones(tmp_path: Path) -> None:
    cut_at, seen = 0, set()
    while True:
        cut, left = run_virtual(_cut_at(tmp_path / str(cut_at), Version.V201, cut_at))
        if not cut:
            break
        seen.add(tuple(left))
        cut_at += 1

    assert cut_at > 4
    assert seen == {(1, 2), (3,)}


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_the_fuse_holds_and_everything_settles(
    world: Any, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # a test
    three = StationDescription(vendor="v", model="m", evses=(EvseDescription(),) * 3)
    it = world(Version.V201, three, limits=Limits(max_current_a=40.0), hardware_timeout=3.0)
    async with it.running():
        probe = Probe(it)
        probe.never_above(40)
        numbers = range(1, 4)
        for step in range(80):
            evse = chance.choice(numbers)
            match chance.randrange(8):
                case 0 | 1 if it.hardware.ev(evse) is None:
                    it.hardware.present(IdToken(f"E{step}"), evses=[evse])
                    await it.hardware.arrive(SimulatedEv(start_delay=1), evse=evse)
                case 2:
                    await it.hardware.depart(evse=evse, force=True)
                case 3:
                    limits = [(at, chance.randrange(0, 45)) for at in (0, 40, 90)]
                    kind = chance.choice([Kind.RELATIVE, Kind.ABSOLUTE])
                    new = profile(*limits, id=evse, evse=evse, kind=kind, start=it.clock.utc_now())
                    await install(it.station, new)
                case 4:
                    most = profile(
                        *((0, chance.randrange(5, 60)), (60, 30)),
                        id=9,
                        evse=0,
                        purpose=Purpose.STATION_MAX,
                        start=it.clock.utc_now(),
                    )
                    await install(it.station, most)
                case 5:
                    (probe.hangs.discard if evse in probe.hangs else probe.hangs.add)(evse)
                case 6:
                    (probe.fails.discard if evse in probe.fails else probe.fails.add)(evse)
                case _:
                    await (it.hardware.pause if chance.random() < 0.3 else it.hardware.resume)(evse)
            await it.advance(chance.choice([0, 1, 7, 40]))
        probe.hangs.clear()
        probe.fails.clear()
        await it.advance(200)
        it.station.core.limits.wake()
        await it.advance(10)

        limits = it.station.core.limits
        plan = limits.reckoning.plan(strategy=None)
        for evse in it.station.core.evses.values():
            if evse.draws:
                assert evse.granted == plan.offers[evse.id]
                assert evse.energized is not evse.offer.nothing
                assert evse.offer.nothing or probe.now[evse.id] == evse.offer
            else:
                assert evse.id not in probe.now
        drawing = {evse.id for evse in it.station.core.evses.values() if evse.energized}
        assert limits.reckoning._held.keys() == drawing
