"""Why so much may flow: who decides, and why each other one does not."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from ocppkit.smart_charging import (
    Conditions,
    Decider,
    Explanation,
    Installed,
    Purpose,
    Reason,
    Supply,
    Unit,
    Verdict,
    composite,
    explain,
    prepare,
)
from ocppkit.smart_charging.model import DAY

from .builders import (
    AT,
    DAILY,
    RELATIVE,
    asked,
    default,
    external,
    going,
    highest,
    moment,
    ready,
    schedule,
    several,
    tx,
)
from .strategies import some_case


def explained(
    *installed: Installed,
    at: int = 0,
    evse: int = 1,
    unit: Unit = Unit.A,
    supply: Supply | None = None,
    **conditions: Any,
) -> Explanation:
    return explain(
        ready(*installed, supply=supply), Conditions(**conditions), evse=evse, at=AT + at, unit=unit
    )


def verdict(*installed: Installed, of: int = 0, **more: Any) -> Verdict:
    """The verdict on one of the profiles."""
    found = explained(*installed, **more)
    return next(each for each in found.verdicts if each.installed is installed[of])


def test_the_deciding_profile_is_named_with_its_schedule_and_period() -> None:
    installed = default((0, 16), (60, 10), (90, 8))

    found = explained(installed, at=75)

    (decides,) = found.deciding
    assert (found.limit, found.phases, found.decider) == (Decimal(10), None, Decider.PROFILE)
    assert decides.reason is Reason.DECIDES
    assert decides.schedule is installed.profile.schedules[0]
    assert decides.period is installed.profile.schedules[0].periods[1]
    assert decides.limit == Decimal(10)
    assert decides.text == (
        "profile 1 (TxDefaultProfile, stack level 0) decides: 10 A from its period at 60 s"
    )


def test_all_who_have_the_lowest_limit_decide() -> None:
    found = explained(default((0, 16)), highest((0, 16), id=2), external((0, 20), id=3))

    assert [each.installed.profile.id for each in found.deciding] == [1, 2]


@pytest.mark.parametrize(
    ("profile", "reason", "since", "until", "says"),
    [
        ({"valid": (60, None)}, Reason.NOT_YET_VALID, None, 60, "is not valid until"),
        ({"valid": (None, -60)}, Reason.EXPIRED, -60, None, "is not valid any more since"),
        ({"valid": (None, 0)}, Reason.EXPIRED, 0, None, "is not valid any more since"),
        ({"start": 60}, Reason.BEFORE_START, None, 60, "does not start until"),
        ({"start": 60, "every": DAILY}, Reason.BEFORE_START, None, 60, "does not start until"),
        ({"start": -90, "duration": 60}, Reason.PAST_DURATION, -30, None, "its duration since"),
        ({"duration": 0}, Reason.PAST_DURATION, 0, None, "its duration since"),
        (
            {"start": -90, "duration": 60, "every": DAILY},
            Reason.BETWEEN_OCCURRENCES, -30, DAY - 90, "between two occurrences since",
        ),
        (
            {"start": -90 - 5 * DAY, "duration": 60, "every": DAILY},
            Reason.BETWEEN_OCCURRENCES, -30, DAY - 90, "between two occurrences since",
        ),
    ],
)  # fmt: skip
def test_a_profile_whose_time_it_is_not_says_since_when_or_until_when(
    profile: dict[str, Any], reason: Reason, since: int | None, until: int | None, says: str
) -> None:
    found = verdict(default((0, 16), **profile))

    assert found.reason is reason
    assert found.since == (None if since is None else AT + since)
    assert found.until == (None if until is None else AT + until)
    assert says in found.text
    when = moment(since if since is not None else until or 0)
    assert f"{when:%Y-%m-%dT%H:%M:%SZ}" in found.text


def test_a_gap_before_the_first_period_lies_between_two_occurrences() -> None:
    late = default((60, 16), every=DAILY, duration=600)

    first, second = verdict(late), verdict(late, at=DAY + 5)

    assert (first.reason, first.until) == (Reason.BEFORE_START, AT + 60)
    assert second.reason is Reason.BETWEEN_OCCURRENCES
    assert (second.since, second.until) == (AT + 600, AT + DAY + 60)


def test_a_profile_without_periods_is_past_its_duration() -> None:
    assert verdict(several(schedule())).reason is Reason.PAST_DURATION


def test_a_time_after_the_year_9999_can_be_told() -> None:
    century = 3_155_760_000
    found = verdict(default((80 * century, 16)))

    assert found.text.endswith(f"does not start until {AT + 80 * century} s after 1970")


def test_a_relative_schedule_is_past_its_duration_by_its_transaction() -> None:
    found = verdict(default((0, 6), kind=RELATIVE, duration=60), transactions=[going(-90)])

    assert (found.reason, found.since) == (Reason.PAST_DURATION, AT - 30)


@pytest.mark.requirement("K01.FR.17")
def test_a_lower_stack_level_names_the_higher_one() -> None:
    top = default((0, 32), level=3, id=7)

    found = verdict(default((0, 6)), top)

    assert (found.reason, found.other) == (Reason.LOWER_STACK_LEVEL, top)
    assert "lower stack level than profile 7" in found.text


@pytest.mark.requirement("K02.FR.04")
def test_an_overruled_default_names_the_tx_profile() -> None:
    profile = tx((0, 32), id=7)

    found = verdict(default((0, 6), level=9), profile, transactions=[going()])

    assert (found.reason, found.other) == (Reason.OVERRULED, profile)
    assert "overruled by profile 7" in found.text


@pytest.mark.requirement("K08.FR.04")
def test_a_higher_limit_names_the_lower_one_and_what_it_comes_to_itself() -> None:
    low = highest((0, 6900), unit=Unit.W, id=7)

    found = verdict(default((0, 16)), low)
    watts = verdict(default((0, 16)), low, unit=Unit.W)

    assert (found.reason, found.other, found.limit) == (Reason.HIGHER, low, Decimal(16))
    assert (watts.reason, watts.other, watts.limit) == (Reason.HIGHER, low, Decimal(11040))
    assert "allows 11040 W from its period at 0 s, more than profile 7" in watts.text


def test_in_watts_amperes_count_on_the_phases_that_another_profile_leaves() -> None:
    installed = default((0, 16)), highest((0, 20, 1), id=2)

    found = verdict(*installed, unit=Unit.W)

    assert (found.reason, found.limit) == (Reason.DECIDES, Decimal(3680))


@pytest.mark.parametrize(
    ("installed", "conditions", "reason", "says"),
    [
        (default((0, 6), evse=2), {"evses": [1, 2]}, Reason.OTHER_EVSE, "for EVSE 2"),
        (tx((0, 6)), {"transactions": [going(id="U")]}, Reason.OTHER_TRANSACTION, "transaction T"),
        (tx((0, 6)), {}, Reason.NO_TRANSACTION, "waits for a transaction"),
        (default((0, 6)), {"ignored": [Purpose.TX_DEFAULT]}, Reason.IGNORED, "is ignored"),
        (tx((0, 6), evse=0), {}, Reason.MISPLACED, "no meaning at EVSE 0"),
        (highest((0, 6), evse=1), {}, Reason.MISPLACED, "no meaning at EVSE 1"),
        (default((0, 6)), {"evse": 0}, Reason.WITHIN_EVSE, "adds to the sum"),
    ],
)
def test_a_profile_that_does_not_count_says_why(
    installed: Installed, conditions: dict[str, Any], reason: Reason, says: str
) -> None:
    found = verdict(installed, **conditions)

    assert found.reason is reason
    assert (found.period, found.limit, found.other) == (None, None, None)
    assert says in found.text


def test_two_who_ask_for_different_phases_name_one_another() -> None:
    one = default((0, 16, 1), phase_to_use=1)
    two = highest((0, 20, 1), id=2, phase_to_use=2)

    found = explained(one, two, external((0, 5), id=3))

    assert found.limit == 0
    assert [(each.reason, each.other) for each in found.deciding] == [
        (Reason.PHASE_CONFLICT, two),
        (Reason.PHASE_CONFLICT, one),
    ]
    assert "another phase than profile 2" in found.deciding[0].text


@pytest.mark.parametrize(
    ("conditions", "decider", "limit"),
    [
        ({}, Decider.NOTHING, None),
        ({"default_a": Decimal(13)}, Decider.DEFAULT, 13),
        ({"station_a": Decimal(25), "default_a": Decimal(13)}, Decider.CONNECTION, 25),
        ({"station_w": Decimal(6900)}, Decider.CONNECTION, 10),
    ],
)
def test_where_no_profile_decides_it_is_told_what_does(
    conditions: dict[str, Any], decider: Decider, limit: int | None
) -> None:
    found = explained(default((0, 16), start=60), **conditions)

    assert (found.decider, found.limit) == (decider, limit)
    assert found.deciding == ()


def test_a_profile_above_the_connection_is_higher_than_another_limit() -> None:
    found = verdict(default((0, 32)), station_a=Decimal(25))

    assert (found.reason, found.other) == (Reason.HIGHER, None)
    assert "more than another limit" in found.text


@pytest.mark.requirement("K08.FR.03")
def test_of_the_station_it_is_told_what_each_evse_adds() -> None:
    installed = [
        default((0, 6), evse=1), default((0, 10), evse=2, id=2), highest((0, 20), id=3),
    ]  # fmt: skip

    found = explained(*installed, evse=0, evses=[1, 2, 3], default_a=Decimal(3))
    ceiling = next(each for each in found.verdicts if each.installed is installed[2])

    assert (found.limit, found.decider) == (Decimal(19), Decider.EVSES)
    assert [each.limit for each in found.evses] == [Decimal(6), Decimal(10), Decimal(3)]
    assert [each.decider for each in found.evses] == [
        Decider.PROFILE, Decider.PROFILE, Decider.DEFAULT,
    ]  # fmt: skip
    assert (ceiling.reason, ceiling.limit) == (Reason.HIGHER, Decimal(20))
    within = next(each for each in found.evses[0].verdicts if each.installed is installed[2])
    assert within.reason is Reason.FOR_STATION
    assert "limits the station as a whole" in within.text


def test_of_the_station_its_own_profile_may_decide() -> None:
    found = explained(default((0, 16), evse=0), highest((0, 20), id=2), evse=0, evses=[1, 2])

    assert (found.limit, found.decider) == (Decimal(20), Decider.PROFILE)
    assert [each.installed.profile.id for each in found.deciding] == [2]


def test_of_several_schedules_the_lowest_is_told_or_the_one_that_the_ev_chose() -> None:
    installed = several(schedule((0, 16), id=1), schedule((0, 6), id=2), schedule((0, 8), id=3))

    lowest = verdict(installed)
    chosen = verdict(installed, selected={1: 3})

    assert (lowest.limit, lowest.schedule) == (Decimal(6), installed.profile.schedules[1])
    assert (chosen.limit, chosen.schedule) == (Decimal(8), installed.profile.schedules[2])


def test_a_profile_in_force_in_one_schedule_only_is_in_force() -> None:
    upper = several(schedule((0, 10), duration=60), schedule((0, 20)), level=1)
    lower = default((0, 16), id=2)

    found = explained(upper, lower, at=90)

    assert [each.installed.profile.id for each in found.deciding] == [2]
    assert [(each.reason, each.limit) for each in found.verdicts] == [
        (Reason.HIGHER, Decimal(20)),
        (Reason.DECIDES, Decimal(16)),
    ]


def test_a_profile_that_is_behind_in_one_schedule_and_over_in_another_is_behind() -> None:
    behind = several(schedule((0, 10), duration=60), schedule((0, 20)))
    top = default((0, 16), level=1, id=2)

    found = verdict(behind, top, at=90)

    assert (found.reason, found.other) == (Reason.LOWER_STACK_LEVEL, top)


def test_an_unknown_evse_is_an_error() -> None:
    with pytest.raises(ValueError, match="EVSE 9"):
        explained(evse=9)


def consistent(found: Explanation) -> None:
    """What an explanation says fits together."""
    assert all(each.text for each in found.verdicts)
    assert bool(found.deciding) == (found.decider is Decider.PROFILE)
    assert (found.limit is None) == (found.decider is Decider.NOTHING)
    conflict = any(each.reason is Reason.PHASE_CONFLICT for each in found.deciding)
    for each in found.verdicts:
        if each.limit is None:
            continue
        assert found.limit is not None
        if each.reason is Reason.DECIDES:
            assert each.limit == found.limit
        elif not conflict:
            assert (each.reason is Reason.HIGHER) == (each.limit > found.limit)


def test_an_explanation_is_about_what_the_composite_schedule_says() -> None:
    rng = Random("explain")  # noqa: S311  # the same cases each time
    seen: Counter[str] = Counter()
    for _ in range(2500):
        case = some_case(rng)
        profiles = prepare(case.installed, case.supply)
        at = rng.randrange(case.start, case.end)

        found = explain(profiles, case.conditions, evse=case.evse, at=at, unit=case.unit)

        (period,) = composite(
            profiles, case.conditions, evse=case.evse, start=at, duration=0, unit=case.unit
        ).periods
        assert (found.limit, found.phases) == (period.limit, period.phases)
        assert sorted(each.installed.profile.id for each in found.verdicts) == sorted(
            each.profile.id for each in case.installed
        )
        consistent(found)
        for part in found.evses:
            consistent(part)
        if found.decider is Decider.EVSES:
            assert sum(part.limit or 0 for part in found.evses) == found.limit
        seen.update(each.reason for each in found.verdicts)
        seen[found.decider] += 1
    assert {*seen} >= {*Reason, *Decider} - {Reason.FOR_STATION, Reason.MISPLACED}


def test_what_is_explained_is_what_was_asked() -> None:
    installed = default((0, 6), (60, 8), every=DAILY), highest((0, 7), id=2)
    whole = asked(*installed)

    for period in whole.periods:
        found = explained(*installed, at=period.start)

        assert (found.evse, found.at, found.unit) == (1, AT + period.start, Unit.A)
        assert (found.limit, found.phases) == (period.limit, period.phases)
