"""What 1,000 stations take of a CSMS, and what a station takes: memory and processor time.

The stations send Heartbeats over the loopback, on connections that compress; CSMS and stations are
a process each. A station by itself is measured as people run it, too: with a folder for what
outlasts a restart, with the extra ``security`` installed, as an EV charges. Linux only: it reads
``/proc``. ``python -m benchmarks.connections`` from the root
of the repository; ``--help`` tells the rest.
"""

from __future__ import annotations

import argparse
import resource
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

from attrs import frozen

from benchmarks.processes import LOOPS, Child, named
from benchmarks.report import (
    DOCUMENT,
    RESULTS,
    Measurement,
    Target,
    judge,
    put_between_markers,
    save,
    table,
    write_line,
)
from ocppkit.message import Version

__all__ = ["CONTENDERS", "TARGETS", "main"]

CONTENDERS: Final = ("ocppkit", "ocpp")
_DISTRIBUTIONS = ("ocppkit", "attrs", "cryptography", "ocpp", "orjson", "websockets")
_CONNECTION, _BEATS = "a connection", "1,000 Heartbeats a second"
_RATE = 1000  # Heartbeats a second
_SPARE = 100  # files that a process has open besides its connections
_STATIONS = {Version.V16: "a 1.6 station", Version.V201: "a 2.0.1 station"}
_KEEPS, _CHARGES, _HAS_CHARGED = " that keeps state", ", as an EV charges", " and has charged"

TARGETS = (
    *(
        Target(
            part=part,
            payload=payload,
            contender=named("ocppkit", loop),
            against=None,
            at_most=at_most,
        )
        for part, payload, at_most in (("memory", _CONNECTION, 18), ("processor", _BEATS, 15))
        for loop in LOOPS
    ),
    *(
        Target(part="memory", payload=f"{name}{how}", contender="ocppkit", against=None, at_most=40)
        for name in _STATIONS.values()
        for how in ("", _KEEPS, _KEEPS + _CHARGES, _KEEPS + _HAS_CHARGED)
    ),
)

_Key: TypeAlias = tuple[str, str, str, str]
"""Part, payload, contender, unit."""


@frozen(kw_only=True)
class _Size:
    """How much is measured.

    Attributes:
        rounds: how often.
        count: connections.
        seconds: for which they beat.
    """

    rounds: int
    count: int
    seconds: float


def _crowd(contender: str, loop: str, size: _Size) -> dict[_Key, float]:
    """A fresh CSMS with its stations, until all is measured."""
    with Child("peers", contender, "--loop", loop, "--compression") as server:
        port = str(server.ready()["port"])
        with Child("fleet", port, "1") as first:
            first.ready()  # now the CSMS has loaded what it loads at first use
        empty = server.order(memory=True)
        with Child("fleet", port, str(size.count)) as fleet:
            fleet.ready()
            full = server.order(memory=True)
            before = server.order()
            answered = fleet.order(rate=_RATE, seconds=size.seconds)["answered"]
            after = server.order()
    if answered < 0.99 * _RATE * size.seconds:
        msg = f"{contender} answered {answered} Heartbeats in {size.seconds} s"
        raise RuntimeError(msg)
    busy = (after["processor"] - before["processor"]) / size.seconds  # all that is due is in it
    name = named(contender, loop)
    return {
        ("memory", _CONNECTION, name, "KB"): (full["octets"] - empty["octets"]) / 1e3 / size.count,
        ("processor", _BEATS, name, "%"): 100 * busy,
    }


def _station(version: Version) -> dict[_Key, float]:
    """A fresh station that is connected and has booted."""
    with (
        Child("peers", "booting") as server,
        Child("station", str(server.ready()["port"]), version.value) as station,
    ):
        return _taken(station, _STATIONS[version])


def _keeping_station(version: Version) -> dict[_Key, float]:
    """The same with a folder; then as it charges, and when that is over."""
    name = f"{_STATIONS[version]}{_KEEPS}"
    with (
        TemporaryDirectory() as folder,
        Child("peers", "booting") as server,
        Child(
            *("station", str(server.ready()["port"]), version.value, "--state-dir", folder)
        ) as station,
    ):
        taken = _taken(station, name)
        station.order(charge=True)
        taken |= _taken(station, f"{name}{_CHARGES}")
        station.order(charge=False)
        return taken | _taken(station, f"{name}{_HAS_CHARGED}")


def _taken(station: Child, name: str) -> dict[_Key, float]:
    return {("memory", name, "ocppkit", "MB"): station.order(memory=True)["octets"] / 1e6}


def _measure(size: _Size) -> list[Measurement]:
    runs: list[Callable[[], dict[_Key, float]]] = [
        *(partial(_crowd, each, loop, size) for loop in LOOPS for each in CONTENDERS),
        *(partial(each, version) for each in (_station, _keeping_station) for version in _STATIONS),
    ]
    taken: defaultdict[_Key, list[float]] = defaultdict(list)
    for number in range(size.rounds):
        for place in range(len(runs)):
            for key, value in runs[(place + number) % len(runs)]().items():
                taken[key].append(value)
    return [
        Measurement(
            part=part,
            payload=payload,
            contender=contender,
            median=median(values),
            fastest=min(values),
            unit=unit,
            batches=size.rounds,
            calls=1,
        )
        for (part, payload, contender, unit), values in sorted(taken.items())
    ]


def _table(measurements: Sequence[Measurement]) -> str:
    limits = {(each.part, each.payload, each.contender): each.at_most for each in TARGETS}
    rows = []
    for each in measurements:
        limit = limits.get((each.part, each.payload, each.contender))
        rows.append(
            [
                f"{each.part}, {each.payload}",
                each.contender,
                f"{each.median:.3g} {each.unit}",
                "" if limit is None else f"≤ {limit:g}",
                "" if limit is None else ("yes" if each.median <= limit else "no"),
            ]
        )
    return table(["", "", "median", "target", "met"], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.connections", description="Measure what connections take."
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--quick", action="store_true", help="few connections, one short round")
    parser.add_argument(
        "--record",
        action="store_true",
        help="write benchmarks/results/connections.json and its table of"
        " docs/reference/performance.md",
    )
    options = parser.parse_args(arguments)
    if options.record and options.quick:
        parser.error("--record wants the whole benchmark")
    size = (
        _Size(rounds=1, count=20, seconds=0.2)
        if options.quick
        else _Size(rounds=3, count=1000, seconds=4.0)
    )
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if allowed != resource.RLIM_INFINITY and allowed < size.count + _SPARE:
        parser.error(f"{size.count} connections need as many open files; {allowed} are allowed")
    measurements = _measure(size)
    text = _table(measurements)
    write_line(text)
    for path in (options.json, RESULTS / "connections.json" if options.record else None):
        if path is not None:
            save(
                path,
                benchmark="connections",
                settings={
                    "rounds": size.rounds,
                    "connections": size.count,
                    "seconds": size.seconds,
                    "rate": _RATE,
                    "loops": LOOPS,
                },
                distributions=(*_DISTRIBUTIONS, *(set(LOOPS) - {"asyncio"})),
                measurements=measurements,
                verdicts=judge(measurements, TARGETS),
            )
    if options.record:
        put_between_markers(DOCUMENT, "connections", text)


if __name__ == "__main__":
    main()
