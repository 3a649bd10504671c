"""The engine gives what the naive reference gives, for thousands of random stations."""

from __future__ import annotations

import os
import time
from bisect import bisect_right
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from random import Random, SystemRandom

import pytest
from attrs import evolve

from ocppkit.smart_charging.composition import Composite, composite, composites
from ocppkit.smart_charging.layers import Conditions
from ocppkit.smart_charging.model import (
    Installed,
    Kind,
    Period,
    Profile,
    Purpose,
    Schedule,
    Supply,
    Transaction,
    Unit,
)
from ocppkit.smart_charging.prepared import prepare

from .reference import Reference, Total, moments
from .strategies import Case, from_json, seeded, some_case, to_json

_CASES = 20_000
_SHARES = 4  # of the cases, each a test
_LOOKS = 48  # seconds looked at in one case, at most
_SECONDS = float(os.environ.get("OCPPKIT_FUZZ_SECONDS", "540"))  # for all long looks together


def looked_at(case: Case, reference: Reference, starts: list[int], rng: Random) -> list[int]:
    """The seconds to compare: all of a short window, else those where something may change."""
    if case.end - case.start <= _LOOKS:
        return list(range(case.start, case.end))
    edges = {*moments(reference, case.end), *starts}
    if len(edges) > _LOOKS // 3:
        edges = set(rng.sample(sorted(edges), _LOOKS // 3))
    near = {at + step for at in edges for step in (-1, 0, 1)}
    some = {rng.randrange(case.start, case.end) for _ in range(4)}
    return sorted(at for at in near | some if case.start <= at < case.end)


def reference_of(case: Case, number: int | None = None) -> Reference:
    return Reference(
        installed=case.installed,
        supply=case.supply,
        conditions=case.conditions,
        start=case.start,
        number=number,
    )


def difference(case: Case, reference: Reference, found: Composite, rng: Random) -> str | None:
    """Where the engine and the reference differ first; None where nowhere."""
    periods = list(found.periods)
    starts = [case.start + period.start for period in periods]
    for at in looked_at(case, reference, starts, rng):
        period = periods[bisect_right(starts, at) - 1]
        limit = None if period.limit is None else Fraction(period.limit)
        given = Total(limit=limit, phases=period.phases)
        expected = reference.total(case.evse, at, case.unit)
        if given != expected:
            return f"at {at - case.start} s: {given}, but by the reference {expected}"
    return None


def check(case: Case, rng: Random) -> None:
    """Compare all that the engine gives for a case.

    Raises:
        AssertionError: it differs; with the case as JSON, for `check(from_json(text), seeded(""))`.
    """
    ready = prepare(case.installed, case.supply)
    found = composite(
        ready,
        case.conditions,
        evse=case.evse,
        start=case.start,
        duration=case.duration,
        unit=case.unit,
    )
    differs = difference(case, reference_of(case), found, rng)
    assert differs is None, f"{differs}; replay: {to_json(case)}"


def check_choices(case: Case, rng: Random) -> int:
    """Compare the schedules that an EV is given to choose from (K15.FR.22); how many there are."""
    choices = composites(
        prepare(case.installed, case.supply),
        case.conditions,
        evse=case.evse,
        start=case.start,
        duration=case.duration,
        unit=case.unit,
    )
    for number, found in enumerate(choices):
        differs = difference(case, reference_of(case, number), found, rng)
        assert differs is None, f"number {number}: {differs}; replay: {to_json(case)}"
    return len(choices)


@pytest.mark.parametrize("share", range(_SHARES))
def test_the_composite_schedule_is_what_the_reference_says_at_each_second(share: int) -> None:
    rng = seeded(f"composite {share}")

    for _ in range(_CASES // _SHARES):
        check(some_case(rng), rng)


def test_each_schedule_that_an_ev_may_choose_is_what_the_reference_says() -> None:
    rng = seeded("choices")
    counts = Counter(
        check_choices(evolve(case, evse=rng.choice(case.conditions.evses)), rng)
        for case in (some_case(rng) for _ in range(2_000))
    )

    assert set(counts) == {1, 2, 3}


@pytest.mark.long
def test_no_station_is_found_where_the_engine_and_the_reference_differ(
    request: pytest.FixtureRequest,
) -> None:
    long = sum(item.get_closest_marker("long") is not None for item in request.session.items)
    seed = request.config.getoption("--hypothesis-seed", default=None)
    if seed in (None, "random"):
        seed = SystemRandom().getrandbits(64)
    rng = seeded(f"long {seed}")
    end = time.monotonic() + _SECONDS / long

    while time.monotonic() < end:
        case = some_case(rng)
        check(case, rng)
        check_choices(evolve(case, evse=rng.choice(case.conditions.evses)), rng)


def test_a_case_is_replayed_from_its_json() -> None:
    rng = seeded("replay")

    for _ in range(300):
        case = some_case(rng)
        assert from_json(to_json(case)) == case


def combining_purposes() -> Case:
    """What TC_K_41_CS installs, in the numbers of the 2025-09 errata, asked 10 s later."""
    start = 1_700_000_000
    steps = {
        Purpose.STATION_MAX: (0, 86_400, {0: 10}),
        Purpose.TX_DEFAULT: (1, 300, {0: 6, 60: 10, 120: 8, 180: 15, 260: 8}),
        Purpose.TX: (1, 260, {0: 8, 50: 11, 140: 16, 200: 6, 240: 12}),
    }
    began = datetime.fromtimestamp(start, UTC)
    installed = tuple(
        Installed(
            evse=evse,
            profile=Profile(
                id=number,
                stack_level=0,
                purpose=purpose,
                kind=Kind.ABSOLUTE,
                transaction_id="tx" if purpose is Purpose.TX else None,
                schedules=(
                    Schedule(
                        id=number,
                        unit=Unit.A,
                        start=began,
                        duration=duration,
                        periods=tuple(
                            Period(start=at, limit=Decimal(limit), phases=3)
                            for at, limit in limits.items()
                        ),
                    ),
                ),
            ),
        )
        for number, (purpose, (evse, duration, limits)) in enumerate(steps.items(), 1)
    )
    return Case(
        installed=installed,
        supply=Supply(),
        conditions=Conditions(transactions=(Transaction(evse=1, id="tx", start=began),)),
        evse=1,
        start=start + 10,
        duration=400,
        unit=Unit.A,
    )


def test_the_reference_gives_the_numbers_of_the_test_case_that_combines_purposes() -> None:
    case = combining_purposes()
    reference = reference_of(case)
    expected = {0: 8, 40: 10, 190: 6, 230: 10, 250: 8, 290: 10}  # TC_K_41_CS, x = 10 s

    limits = [reference.total(1, at, Unit.A).limit for at in range(case.start, case.end)]
    changes = {at: limit for at, limit in enumerate(limits) if at == 0 or limits[at - 1] != limit}

    assert changes == expected
    check(case, seeded("TC_K_41_CS"))
