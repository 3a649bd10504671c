"""Measuring side by side, and what comes of it: medians, verdicts, JSON, tables."""

from __future__ import annotations

import gc
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from importlib.metadata import version
from itertools import repeat
from pathlib import Path
from statistics import median
from typing import Any

from attrs import asdict, frozen

__all__ = [
    "DOCUMENT",
    "RESULTS",
    "Case",
    "Measurement",
    "Target",
    "Verdict",
    "batches_of",
    "judge",
    "machine",
    "matching",
    "measure",
    "put_between_markers",
    "save",
    "table",
    "write_line",
]

_ROOT = Path(__file__).parents[1]
RESULTS = _ROOT / "benchmarks" / "results"
DOCUMENT = _ROOT / "docs" / "reference" / "performance.md"


@frozen(kw_only=True)
class Case:
    """One contender at one payload.

    Attributes:
        part: what is done: ``"decode"``.
        payload: to what.
        contender: by whom.
        batch: does it so many times; returns the seconds that it took.
    """

    part: str
    payload: str
    contender: str
    batch: Callable[[int], float]

    @property
    def path(self) -> str:
        """What ``--only`` is compared with."""
        return f"{self.part}/{self.payload}/{self.contender}"


@frozen(kw_only=True)
class Measurement:
    """What a case took.

    Attributes:
        part: as in its case.
        payload: as in its case.
        contender: as in its case.
        median: over the batches, for one time.
        fastest: of the batches, for one time.
        unit: of both.
        batches: how many.
        calls: times a batch.
    """

    part: str
    payload: str
    contender: str
    median: float
    fastest: float
    unit: str
    batches: int
    calls: int


@frozen(kw_only=True)
class Target:
    """How many times as fast as another a contender is to be, or how much longer it may take.

    Attributes:
        part: of the cases.
        payload: of the cases.
        contender: who.
        against: whom; None for a limit in the unit of the measurement.
        at_least: how many times as fast; None where there is no such target.
        at_most: how many times as long, or the limit; None where there is no such target.
    """

    part: str
    payload: str
    contender: str
    against: str | None
    at_least: float | None = None
    at_most: float | None = None


@frozen(kw_only=True)
class Verdict:
    """A target beside what was measured."""

    part: str
    payload: str
    contender: str
    against: str | None
    measured: float
    at_least: float | None
    at_most: float | None
    met: bool


def batches_of(run: Callable[[], object]) -> Callable[[int], float]:
    """Time a function that never waits in batches, by the processor's time.

    Other programs interrupt a long batch more often than a short one: by the clock on the wall, the
    slowest contenders would look slower than they are.
    """

    def batch(times: int) -> float:
        begin = time.process_time()
        for _ in repeat(None, times):
            run()
        return time.process_time() - begin

    return batch


def matching(cases: Iterable[Case], only: Sequence[str]) -> list[Case]:
    """The cases whose ``part/payload/contender`` fits one of the patterns; all where none is given.

    Raises:
        SystemExit: nothing fits.
    """
    chosen = [
        case for case in cases if not only or any(fnmatchcase(case.path, each) for each in only)
    ]
    if not chosen:
        raise SystemExit("--only fits no part/payload/contender")
    return chosen


def measure(cases: Sequence[Case], *, rounds: int, batch_s: float) -> list[Measurement]:
    """Measure all cases in turn, round after round: what disturbs the machine hits all alike.

    Args:
        cases: what to measure.
        rounds: how many batches of each.
        batch_s: how long a batch takes at least, in seconds.
    """
    times = [_calibrated(case, batch_s) for case in cases]
    taken: list[list[float]] = [[] for _ in cases]
    gc.collect()
    gc.freeze()
    try:
        for number in range(rounds):
            for place in range(len(cases)):
                index = (place + number) % len(cases)
                taken[index].append(_undisturbed(cases[index], times[index]) / times[index])
            gc.collect()
    finally:
        gc.unfreeze()
    return [
        Measurement(
            part=case.part,
            payload=case.payload,
            contender=case.contender,
            median=median(seconds) * 1e6,
            fastest=min(seconds) * 1e6,
            unit="µs",
            batches=rounds,
            calls=calls,
        )
        for case, calls, seconds in zip(cases, times, taken, strict=True)
    ]


def _calibrated(case: Case, batch_s: float) -> int:
    case.batch(1)  # what is loaded or cached at first use
    times = 1
    while case.batch(times) < batch_s:
        times *= 2
    return times


def _undisturbed(case: Case, times: int) -> float:
    gc.disable()
    try:
        return case.batch(times)
    finally:
        gc.enable()


def judge(measurements: Iterable[Measurement], targets: Iterable[Target]) -> list[Verdict]:
    """Compare with the targets; those are left out of which a side was not measured."""
    medians = {(each.part, each.payload, each.contender): each.median for each in measurements}
    verdicts = []
    for target in targets:
        own = medians.get((target.part, target.payload, target.contender))
        other = 1.0
        if target.against is not None:
            other = medians.get((target.part, target.payload, target.against), 0.0)
        if own is None or not other:
            continue
        measured = own / other if target.at_least is None else other / own
        verdicts.append(
            Verdict(
                **asdict(target),
                measured=measured,
                met=(target.at_least is None or measured >= target.at_least)
                and (target.at_most is None or measured <= target.at_most),
            )
        )
    return verdicts


def machine(distributions: Iterable[str]) -> dict[str, Any]:
    """What it was measured on; nothing that tells one machine from its like."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": {name: version(name) for name in distributions},
    }


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.machine()


def save(
    path: Path,
    *,
    benchmark: str,
    settings: dict[str, Any],
    distributions: Iterable[str],
    measurements: Sequence[Measurement],
    verdicts: Sequence[Verdict],
) -> None:
    """Write what was measured as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "benchmark": benchmark,
        "machine": machine(distributions),
        "settings": settings,
        "measurements": [_rounded(asdict(each)) for each in measurements],
        "verdicts": [_rounded(asdict(each)) for each in verdicts],
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: float(f"{value:.4g}") if isinstance(value, float) else value
        for name, value in values.items()
    }


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table that can be read as text, too."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = [f"{'-' * (width - 1)}{':' if column else '-'}" for column, width in enumerate(widths)]
    return "\n".join([line(head), line(rule), *(line(row) for row in rows)])


def put_between_markers(page: Path, name: str, text: str) -> None:
    """Replace what stands between ``<!-- NAME: begin -->`` and ``<!-- NAME: end -->`` of a page.

    Raises:
        ValueError: the page lacks the markers.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        msg = f"{page.name} has no place for the results of {name}"
        raise ValueError(msg)
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")


def write_line(text: str = "") -> None:
    """Write for people."""
    sys.stdout.write(f"{text}\n")
