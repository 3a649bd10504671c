"""What composite schedules and limits of the moment take, and how that grows.

Processor time. ``python -m benchmarks.smart_charging`` from the root of the repository.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from math import log2
from pathlib import Path

from attrs import evolve

from benchmarks.report import (
    DOCUMENT,
    RESULTS,
    Case,
    Measurement,
    Target,
    batches_of,
    judge,
    measure,
    put_between_markers,
    save,
    table,
    write_line,
)
from ocppkit.smart_charging import (
    Conditions,
    Installed,
    Kind,
    Period,
    Prepared,
    Profile,
    Purpose,
    Recurrency,
    Schedule,
    Supply,
    Unit,
    composite,
    evse_allowed,
    explain,
    prepare,
    station_allowed,
)
from ocppkit.smart_charging.model import DAY

__all__ = ["TARGETS", "main"]

_DISTRIBUTIONS = ("ocppkit", "attrs")
_MIDNIGHT = datetime(2026, 1, 5, tzinfo=UTC)
_START = int(_MIDNIGHT.timestamp()) + 100
_YEAR = 365 * DAY
_EVSES = tuple(range(1, 9))

_STACKED = "3 stacked x 24 periods, a day"
_YEARLY = "20 x 1,024 periods daily, a year, each of 8 EVSEs"

TARGETS = (
    Target(part="composite", payload=_STACKED, contender="ocppkit", against=None, at_most=25),
    Target(part="composite", payload=_YEARLY, contender="ocppkit", against=None, at_most=250e3),
    Target(part="instant", payload="EVSE", contender="ocppkit", against=None, at_most=50),
    Target(part="instant", payload="station", contender="ocppkit", against=None, at_most=50),
    Target(part="growth", payload="periods", contender="ocppkit", against=None, at_most=1.5),
    Target(part="growth", payload="occurrences", contender="ocppkit", against=None, at_most=1.5),
)


def _installed(
    id: int, *, periods: int, step: int, purpose: Purpose = Purpose.TX_DEFAULT, evse: int = 0
) -> Installed:
    """A profile that recurs each day, and of which no two periods in a row are equal."""
    schedule = Schedule(
        unit=Unit.A,
        start=_MIDNIGHT,
        periods=tuple(
            Period(start=number * step, limit=Decimal(6 + (number * 7 + id) % 26))
            for number in range(periods)
        ),
    )
    profile = Profile(
        id=id,
        stack_level=id,
        purpose=purpose,
        kind=Kind.RECURRING,
        recurrency=Recurrency.DAILY,
        schedules=(schedule,),
    )
    return Installed(evse=evse, profile=profile)


def _for(installed: Installed, duration: int) -> Installed:
    """The same with a duration: what is below shines through."""
    (schedule,) = installed.profile.schedules
    schedules = (evolve(schedule, duration=duration),)
    return evolve(installed, profile=evolve(installed.profile, schedules=schedules))


def _stacked() -> Prepared:
    return prepare(
        [
            _installed(1, periods=24, step=3600),
            _for(_installed(2, periods=24, step=1800), 12 * 3600),
            _for(_installed(3, periods=24, step=900), 6 * 3600),
        ],
        Supply(),
    )


def _purposes() -> Prepared:
    purposes = (Purpose.TX_DEFAULT, Purpose.STATION_MAX, Purpose.EXTERNAL_CONSTRAINTS)
    return prepare(
        [
            _installed(number, periods=24, step=3600, purpose=purpose)
            for number, purpose in enumerate(purposes, 1)
        ],
        Supply(),
    )


def _yearly() -> Prepared:
    """Two profiles for all EVSEs, two for each, one of which leaves gaps, and two for the station.

    All change at the same instants, so that a day has 1,024 periods in the end, too.
    """
    grid = partial(_installed, periods=1024, step=84)
    return prepare(
        [
            *(grid(number) for number in (1, 2)),
            *(grid(2 * evse + 1, evse=evse) for evse in _EVSES),
            *(_for(grid(2 * evse + 2, evse=evse), DAY // 2) for evse in _EVSES),
            *(grid(number, purpose=Purpose.STATION_MAX) for number in (19, 20)),
        ],
        Supply(),
    )


def _composing(prepared: Prepared, *, evse: int, duration: int) -> Callable[[], object]:
    conditions = Conditions(evses=_EVSES)
    return lambda: composite(
        prepared, conditions, evse=evse, start=_START, duration=duration, unit=Unit.A
    )


def _composing_all(prepared: Prepared) -> Callable[[], object]:
    runs = [_composing(prepared, evse=evse, duration=_YEAR) for evse in _EVSES]
    return lambda: [bool(run()) for run in runs]


def _cases() -> list[Case]:
    stacked, purposes, yearly = _stacked(), _purposes(), _yearly()
    conditions = Conditions()
    runs: list[tuple[str, str, Callable[[], object]]] = [
        ("composite", _STACKED, _composing(stacked, evse=1, duration=DAY)),
        ("composite", "3 purposes x 24, a day", _composing(purposes, evse=1, duration=DAY)),
        ("composite", _YEARLY, _composing_all(yearly)),
        ("composite", "the same of the station", _composing(yearly, evse=0, duration=_YEAR)),
        ("composite", "68 years asked for", _composing(yearly, evse=0, duration=2**31 - 1)),
        ("instant", "EVSE", lambda: evse_allowed(purposes, conditions, evse=1, at=_START)),
        ("instant", "station", lambda: station_allowed(purposes, conditions, at=_START)),
        ("instant", "explain", lambda: explain(purposes, conditions, evse=1, at=_START)),
        ("prepare", "3 x 24 periods", _stacked),
        ("prepare", "20 x 1,024 periods", _yearly),
    ]
    return [_case(part, payload, run) for part, payload, run in runs]


def _case(part: str, payload: str, run: Callable[[], object]) -> Case:
    return Case(part=part, payload=payload, contender="ocppkit", batch=batches_of(run))


def _growing(kind: str, size: int) -> Case:
    """Twice as much of one thing, with all else the same."""
    if kind == "periods":
        prepared = prepare(
            [
                _installed(1, periods=size, step=5),
                _installed(2, periods=size, step=5, purpose=Purpose.STATION_MAX),
            ],
            Supply(),
        )
        run = _composing(prepared, evse=1, duration=DAY)
    else:
        run = _composing(_purposes(), evse=1, duration=size * DAY)
    return _case(kind, f"{size:,}", run)


def _growth(kind: str, sizes: Sequence[int], measurements: Sequence[Measurement]) -> Measurement:
    """How many times as much the largest takes as n log n would have it, after the smallest."""
    few, many = sizes[0], sizes[-1]
    fair = (many * log2(many)) / (few * log2(few))
    ratios = [
        getattr(measurements[-1], name) / getattr(measurements[0], name) / fair
        for name in ("median", "fastest")
    ]
    return Measurement(
        part="growth",
        payload=kind,
        contender="ocppkit",
        median=max(ratios),
        fastest=min(ratios),
        unit="times n log n",
        batches=measurements[0].batches,
        calls=len(sizes),
    )


def _table(measurements: Sequence[Measurement]) -> str:
    limits = {(each.part, each.payload): each.at_most for each in TARGETS}
    rows = []
    for each in measurements:
        limit = limits.get((each.part, each.payload))
        rows.append(
            [
                f"{each.part}: {each.payload}",
                f"{each.median:,.4g}",
                f"{each.fastest:,.4g}",
                each.unit,
                "" if limit is None else f"≤ {limit:,.6g}",
            ]
        )
    return table(["", "median", "fastest", "", "target"], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.smart_charging", description="Measure smart charging."
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--quick", action="store_true", help="small sizes, one round")
    parser.add_argument(
        "--record",
        action="store_true",
        help="write benchmarks/results/smart_charging.json and its table of"
        " docs/reference/performance.md",
    )
    options = parser.parse_args(arguments)
    if options.record and options.quick:
        parser.error("--record wants the whole benchmark")
    rounds, batch_s = (1, 0.0) if options.quick else (25, 0.002)
    top = 64 if options.quick else 4096
    sizes = [top // 16, top // 8, top // 4, top // 2, top]
    measurements = measure(_cases(), rounds=rounds, batch_s=batch_s)
    growths = []
    for kind in ("periods", "occurrences"):
        grown = measure([_growing(kind, size) for size in sizes], rounds=rounds, batch_s=batch_s)
        measurements += grown
        growths.append(_growth(kind, sizes, grown))
    measurements += growths
    text = _table(measurements)
    write_line(text)
    for path in (options.json, RESULTS / "smart_charging.json" if options.record else None):
        if path is not None:
            save(
                path,
                benchmark="smart_charging",
                settings={"rounds": rounds, "batch_s": batch_s, "sizes": sizes},
                distributions=_DISTRIBUTIONS,
                measurements=measurements,
                verdicts=judge(measurements, TARGETS),
            )
    if options.record:
        put_between_markers(DOCUMENT, "smart_charging", text)


if __name__ == "__main__":
    main()
