"""How long messages take to decode, to encode and to be answered: ocppkit beside others.

``python -m benchmarks.codec`` from the root of the repository; ``--help`` tells the rest.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import ocpp.messages

from benchmarks.calls import call_cases
from benchmarks.contenders import CONTENDERS, check_contender
from benchmarks.payloads import PAYLOADS, check_payloads
from benchmarks.report import (
    DOCUMENT,
    RESULTS,
    Case,
    Measurement,
    Target,
    Verdict,
    batches_of,
    judge,
    matching,
    measure,
    put_between_markers,
    save,
    table,
    write_line,
)

__all__ = ["TARGETS", "main"]

_DISTRIBUTIONS = ("ocppkit", "attrs", "cattrs", "jsonschema", "msgspec", "ocpp", "orjson")
_PARTS = {
    "decode": "Decode: text to checked object (µs; in brackets: times orjson.loads)",
    "encode": "Encode: object, checked, to text (µs; in brackets: times orjson.dumps)",
    "call": "A CALL in process: text in, handler, text out (µs)",
}


def _codec_targets() -> Iterator[Target]:
    for payload in PAYLOADS:
        name = payload.name
        for part, over_ocpp, over_floor in (
            ("decode", 65 if payload.large else 25, 3.2),
            ("encode", 120 if payload.large else 40, 6),
        ):
            yield Target(
                part=part, payload=name, contender="ocppkit", against="ocpp", at_least=over_ocpp
            )
            yield Target(
                part=part, payload=name, contender="ocppkit", against="orjson", at_most=over_floor
            )
        if payload.large:
            yield Target(
                part="decode",
                payload=name,
                contender="ocppkit, no orjson",
                against="ocpp",
                at_least=50,
            )


def _call_targets() -> Iterator[Target]:
    for name in ("Heartbeat", "MeterValues", "TransactionEvent"):
        for against, at_least in (("ocpp", 80), ("ocpp, executor off", 20)):
            # `ocpp` is driven without its queue and socket too: the core is its counterpart, the
            # session with its tasks stands beside it for comparison.
            yield Target(
                part="call",
                payload=name,
                contender="ocppkit, core",
                against=against,
                at_least=at_least,
            )


TARGETS = (*_codec_targets(), *_call_targets())


@contextmanager
def _cases() -> Iterator[list[Case]]:
    check_payloads()
    ocpp.messages.ASYNC_VALIDATION = False  # where an executor counts, the case turns it on
    cases = []
    for payload in PAYLOADS:
        for contender in CONTENDERS:
            check_contender(contender, payload)
            for part, run in (
                ("decode", contender.decoder(payload)),
                ("encode", contender.encoder(payload)),
            ):
                batch = batches_of(run)
                cases.append(
                    Case(part=part, payload=payload.name, contender=contender.name, batch=batch)
                )
    with call_cases() as calls:
        yield [*cases, *calls]


def _tables(measurements: Sequence[Measurement], verdicts: Sequence[Verdict]) -> str:
    texts = []
    for part, title in _PARTS.items():
        own = [each for each in measurements if each.part == part]
        if own:
            texts += [f"**{title}**", _times(own)]
    if verdicts:
        texts += ["**Targets**", _targets(verdicts)]
    return "\n\n".join(texts)


def _times(own: Sequence[Measurement]) -> str:
    medians = {(each.payload, each.contender): each.median for each in own}
    payloads = list(dict.fromkeys(each.payload for each in own))

    def cell(payload: str, contender: str) -> str:
        value, floor = medians.get((payload, contender)), medians.get((payload, "orjson"))
        if value is None:
            return "—"
        shown = f"{value:.3g}" if value < 100 else f"{value:.0f}"
        return shown if floor is None else f"{shown} ({value / floor:.1f})"

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
            f"{each.part} {each.payload}",
            each.contender,
            each.against or "",
            f"{each.measured:.2f}" if each.measured < 10 else f"{each.measured:.1f}",
            f"≥ {each.at_least:g}" if each.at_least is not None else f"≤ {each.at_most:g}",
            "yes" if each.met else "no",
        ]
        for each in verdicts
    ]
    return table(["", "who", "against", "ratio", "target", "met"], rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="benchmarks.codec", description="Measure the codec.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--quick", action="store_true", help="a few short rounds")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PART/PAYLOAD/CONTENDER",
        help="measure what fits, such as 'decode/*/ocppkit*'; may be repeated",
    )
    parser.add_argument(
        "--record",
        action="store_true",
        help="write benchmarks/results/codec.json and the tables of docs/reference/performance.md",
    )
    options = parser.parse_args(arguments)
    if options.record and (options.quick or options.only):
        parser.error("--record wants the whole benchmark")
    rounds, batch_s = (3, 0.0002) if options.quick else (61, 0.002)
    with _cases() as cases:
        measurements = measure(matching(cases, options.only), rounds=rounds, batch_s=batch_s)
    verdicts = judge(measurements, TARGETS)
    tables = _tables(measurements, verdicts)
    write_line(tables)
    for path in (options.json, RESULTS / "codec.json" if options.record else None):
        if path is not None:
            save(
                path,
                benchmark="codec",
                settings={"rounds": rounds, "batch_s": batch_s},
                distributions=_DISTRIBUTIONS,
                measurements=measurements,
                verdicts=verdicts,
            )
    if options.record:
        put_between_markers(DOCUMENT, "codec", tables)


if __name__ == "__main__":
    main()
