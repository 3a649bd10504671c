"""What the durable outbox takes: messages a second, one message, a million of them; beside SQLite.

Wall-clock time: the disk is what is measured. ``python -m benchmarks.outbox`` from the root of the
repository; ``--folder`` chooses the disk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.report import (
    RESULTS,
    Measurement,
    Target,
    judge,
    save,
    table,
    write_line,
)
from ocppkit.store import Draft, Store
from ocppkit.store.migrations import migrate

__all__ = ["TARGETS", "main"]

_SIZE = 400  # octets of a TransactionEvent with one meter value
_NOW = datetime(2026, 3, 14, 8, tzinfo=UTC)
_DISTRIBUTIONS = ("ocppkit", "attrs")
_UNITS = {"time": "µs", "memory": "MB"}

TARGETS = (
    Target(
        part="time", payload="one of many at once", contender="ocppkit", against=None, at_most=200
    ),
    Target(part="time", payload="one", contender="ocppkit", against=None, at_most=5000),
    Target(part="time", payload="open, many wait", contender="ocppkit", against=None, at_most=1e6),
)  # 5,000 a second; 5 ms; 1 s


def _draft(number: int) -> Draft:
    return Draft(
        lane="transaction",
        name="TransactionEvent",
        payload=json.dumps({"seqNo": number, "filler": "x" * (_SIZE - 40)}),
        created_at=_NOW,
        reference=f"T{number // 100}",
        sequence=number % 100,
        thinnable=True,
    )


async def _together(folder: Path, count: int) -> float:
    """Seconds for one of many appended at once."""
    drafts = [_draft(number) for number in range(count)]
    async with Store(folder / "together.db") as store:
        begin = time.perf_counter()
        await asyncio.gather(*map(store.journal.append, drafts))
        return (time.perf_counter() - begin) / count


async def _alone(folder: Path, count: int) -> float:
    """Median of seconds for one, appended after the one before lasts."""
    taken = []
    async with Store(folder / "alone.db") as store:
        for number in range(count):
            begin = time.perf_counter()
            await store.journal.append(_draft(number))
            taken.append(time.perf_counter() - begin)
    return median(taken)


async def _answered(folder: Path, count: int) -> float:
    """Median of seconds to look at the oldest and to remove it."""
    taken = []
    async with Store(folder / "answered.db") as store:
        await asyncio.gather(*(store.journal.append(_draft(number)) for number in range(count)))
        for _ in range(count):
            begin = time.perf_counter()
            head = await store.journal.head("transaction")
            if head is not None:
                await store.journal.remove(head.id)
            taken.append(time.perf_counter() - begin)
    return median(taken)


def _bare(folder: Path, count: int) -> float:
    """Median of seconds for SQLite to commit a row of the size: what the disk itself takes."""
    taken = []
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, payload TEXT)")
        for _ in range(count):
            begin = time.perf_counter()
            connection.execute("INSERT INTO rows (payload) VALUES (?)", ("x" * _SIZE,))
            taken.append(time.perf_counter() - begin)
    return median(taken)


def _fsync(folder: Path, count: int) -> float:
    """Median of seconds for the disk to take a page."""
    taken = []
    with (folder / "page").open("wb", buffering=0) as file:
        for _ in range(count):
            begin = time.perf_counter()
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - begin)
    return median(taken)


def _fill(path: Path, count: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        migrate(connection)
        connection.execute("BEGIN")
        connection.execute("DROP TRIGGER outbox_inserted")  # else a million updates of one row
        connection.execute(
            "WITH RECURSIVE numbers (n) AS"
            " (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
            " INSERT INTO outbox (lane, name, topic, reference, sequence, created_at, essential,"
            " thinnable, final, size, payload) SELECT 'transaction', 'TransactionEvent', '',"
            " 'T' || (n / 100), n % 100, n, 0, 1, 0, ?, printf('%0*d', ?, n) FROM numbers",
            (count, _SIZE, _SIZE),
        )
        connection.execute("UPDATE outbox_totals SET entries = ?, size = ?", (count, count * _SIZE))
        connection.execute("COMMIT")


_PROBE = """
import asyncio, resource, sys, time
from pathlib import Path
from ocppkit.store import Store

async def main():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.perf_counter()
    async with Store(Path(sys.argv[1])) as store:
        head = await store.journal.head("transaction")
        placed = await store.journal.placed()
        took = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert head.id == 1 and placed.entries > 0
    print(took, (after - before) * 1024)

asyncio.run(main())
"""


def _open(path: Path) -> tuple[float, float]:
    """Seconds to open a store and see the oldest message, and the octets that it takes."""
    done = subprocess.run(  # noqa: S603  # our own code, by our own interpreter
        [sys.executable, "-c", _PROBE, str(path)], capture_output=True, check=True, text=True
    )
    took, octets = done.stdout.split()
    return float(took), float(octets)


def _measure(folder: Path, *, rounds: int, count: int, million: int) -> list[Measurement]:
    runs: list[tuple[str, str, Callable[[Path], float]]] = [
        ("one of many at once", "ocppkit", lambda at: asyncio.run(_together(at, count * 20))),
        ("one", "ocppkit", lambda at: asyncio.run(_alone(at, count))),
        ("one", "SQLite", lambda at: _bare(at, count)),
        ("one", "fdatasync", lambda at: _fsync(at, count)),
        ("answer one", "ocppkit", lambda at: asyncio.run(_answered(at, count))),
    ]
    taken: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for (_, _, run), seconds in zip(runs, taken, strict=True):
            with TemporaryDirectory(dir=folder) as at:
                seconds.append(run(Path(at)))
    measured = [
        _measurement("time", payload, contender, seconds, scale=1e6, calls=count)
        for (payload, contender, _), seconds in zip(runs, taken, strict=True)
    ]
    with TemporaryDirectory(dir=folder) as at:
        path = Path(at) / "many.db"
        _fill(path, million)
        opened = [_open(path) for _ in range(rounds)]
    return [
        *measured,
        *(
            _measurement(part, "open, many wait", "ocppkit", values, scale=scale, calls=million)
            for part, values, scale in (
                ("time", [took for took, _ in opened], 1e6),
                ("memory", [octets for _, octets in opened], 1e-6),
            )
        ),
    ]


def _measurement(
    part: str, payload: str, contender: str, values: Sequence[float], *, scale: float, calls: int
) -> Measurement:
    return Measurement(
        part=part,
        payload=payload,
        contender=contender,
        median=median(values) * scale,
        fastest=min(values) * scale,
        unit=_UNITS[part],
        batches=len(values),
        calls=calls,
    )


def _table(measurements: Sequence[Measurement]) -> str:
    limits = {(each.part, each.payload, each.contender): each.at_most for each in TARGETS}
    rows = []
    for each in measurements:
        limit = limits.get((each.part, each.payload, each.contender))
        rows.append(
            [
                f"{each.payload} ({each.contender})",
                f"{each.median:,.4g} {each.unit}",
                f"{each.fastest:,.4g} {each.unit}",
                "" if limit is None else f"≤ {limit:,.0f} {each.unit}",
            ]
        )
    return table(["", "median", "fastest", "target"], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="benchmarks.outbox", description="Measure the outbox.")
    parser.add_argument("--folder", type=Path, help="on the disk to measure")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--quick", action="store_true", help="few messages, one round")
    parser.add_argument(
        "--record", action="store_true", help="write benchmarks/results/outbox.json"
    )
    options = parser.parse_args(arguments)
    if options.record and options.quick:
        parser.error("--record wants the whole benchmark")
    sizes = (
        {"rounds": 1, "count": 20, "million": 1000}
        if options.quick
        else {"rounds": 5, "count": 500, "million": 1_000_000}
    )
    with TemporaryDirectory(dir=options.folder) as folder:
        measurements = _measure(Path(folder), **sizes)
    write_line(_table(measurements))
    for path in (options.json, RESULTS / "outbox.json" if options.record else None):
        if path is not None:
            save(
                path,
                benchmark="outbox",
                settings={"octets": _SIZE, **sizes},
                distributions=_DISTRIBUTIONS,
                measurements=measurements,
                verdicts=judge(measurements, TARGETS),
            )


if __name__ == "__main__":
    main()
