"""How long a station's CALL takes on a connection over the loopback: ocppkit beside others.

Client and server are a process each. The clock on the wall tells how many fit into a second, the
processor's time of both processes what they cost wherever others want the processor, too.
``python -m benchmarks.round_trips`` from the root of the repository; ``--help`` tells the rest.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from benchmarks.callers import REQUESTS
from benchmarks.processes import LOOPS, Child, named
from benchmarks.report import (
    DOCUMENT,
    RESULTS,
    Case,
    Measurement,
    Target,
    Verdict,
    judge,
    matching,
    measure,
    put_between_markers,
    save,
    table,
    write_line,
)

__all__ = ["CONTENDERS", "TARGETS", "main"]

CONTENDERS: Final = ("ocppkit", "ocpp", "ocpp, executor off", "echo")
_CLOCKS = {
    "clock": "Round trips a second",
    "processor": "Processor time of client and server for a round trip (µs)",
}
_DISTRIBUTIONS = ("ocppkit", "attrs", "ocpp", "orjson", "websockets")

TARGETS = tuple(
    Target(
        part=part,
        payload=payload,
        contender=named("ocppkit", loop),
        against=named(against, loop),
        at_least=at_least,
    )
    for part in _CLOCKS
    for loop in LOOPS
    for payload, against, at_least in (
        ("Heartbeat", "echo", 0.8),
        ("Heartbeat", "ocpp", 3.5),
        ("MeterValues", "ocpp", 17),
    )
)


def _batches(client: Child, server: Child, payload: str) -> dict[str, Callable[[int], float]]:
    def clock(times: int) -> float:
        return float(client.order(payload=payload, times=times)["clock"])

    def processor(times: int) -> float:
        before = server.order()["processor"]
        took = client.order(payload=payload, times=times)["processor"]
        return float(took + server.order()["processor"] - before)

    return {"clock": clock, "processor": processor}


@contextmanager
def _cases() -> Iterator[list[Case]]:
    with ExitStack() as stack:
        servers = {
            (contender, loop): stack.enter_context(Child("peers", contender, "--loop", loop))
            for loop in LOOPS
            for contender in CONTENDERS
        }
        clients = {
            (contender, loop): stack.enter_context(
                Child("callers", contender, str(server.ready()["port"]), "--loop", loop)
            )
            for (contender, loop), server in servers.items()
        }
        yield [
            Case(part=part, payload=payload.name, contender=named(*key), batch=batch)
            for key, client in clients.items()
            for payload in REQUESTS
            for part, batch in _batches(client, servers[key], payload.name).items()
        ]


def _tables(measurements: Sequence[Measurement], verdicts: Sequence[Verdict]) -> str:
    texts = []
    for part, title in _CLOCKS.items():
        own = [each for each in measurements if each.part == part]
        if own:
            texts += [f"**{title}**", _figures(own, a_second=part == "clock")]
    if verdicts:
        texts += ["**Targets**", _targets(verdicts)]
    return "\n\n".join(texts)


def _figures(own: Sequence[Measurement], *, a_second: bool) -> str:
    medians = {(each.payload, each.contender): each.median for each in own}
    payloads = list(dict.fromkeys(each.payload for each in own))

    def cell(payload: str, contender: str) -> str:
        value = medians.get((payload, contender))
        return "—" if value is None else f"{1e6 / value if a_second else value:,.0f}"

    return table(
        ["", *payloads],
        [
            [contender, *(cell(payload, contender) for payload in payloads)]
            for contender in dict.fromkeys(each.contender for each in own)
        ],
    )


def _targets(verdicts: Sequence[Verdict]) -> str:
    rows = [
        [
            f"{each.payload}, {each.part}",
            each.contender,
            each.against or "",
            f"{each.measured:.2f}" if each.measured < 10 else f"{each.measured:.1f}",
            f"≥ {each.at_least:g}",
            "yes" if each.met else "no",
        ]
        for each in verdicts
    ]
    return table(["", "who", "against", "times as many", "target", "met"], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.round_trips", description="Measure calls over the loopback."
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--quick", action="store_true", help="a few short rounds")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PART/PAYLOAD/CONTENDER",
        help="measure what fits, such as '*/Heartbeat/ocppkit*'; may be repeated",
    )
    parser.add_argument(
        "--record",
        action="store_true",
        help="write benchmarks/results/round_trips.json and its tables of"
        " docs/reference/performance.md",
    )
    options = parser.parse_args(arguments)
    if options.record and (options.quick or options.only):
        parser.error("--record wants the whole benchmark")
    rounds, batch_s = (2, 0.002) if options.quick else (15, 0.08)
    with _cases() as cases:
        measurements = measure(matching(cases, options.only), rounds=rounds, batch_s=batch_s)
    verdicts = judge(measurements, TARGETS)
    tables = _tables(measurements, verdicts)
    write_line(tables)
    for path in (options.json, RESULTS / "round_trips.json" if options.record else None):
        if path is not None:
            save(
                path,
                benchmark="round_trips",
                settings={"rounds": rounds, "batch_s": batch_s, "loops": LOOPS},
                distributions=(*_DISTRIBUTIONS, *(set(LOOPS) - {"asyncio"})),
                measurements=measurements,
                verdicts=verdicts,
            )
    if options.record:
        put_between_markers(DOCUMENT, "round_trips", tables)


if __name__ == "__main__":
    main()
