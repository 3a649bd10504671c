"""What it costs to import OCPP 2.0.1, in time and memory: ocppkit beside ``ocpp``.

Every measurement is a fresh interpreter that has loaded the modules of the standard library and
attrs already. ``python -m benchmarks.imports`` from the root of the repository.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from attrs import frozen

from benchmarks.payloads import PAYLOADS
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

__all__ = ["MESSAGES", "TARGETS", "main"]

_PROBE = Path(__file__).with_name("import_probe.py")
_DISTRIBUTIONS = ("ocppkit", "attrs", "jsonschema", "ocpp")
_READY = frozenset({"attr", "attrs"})


def _large(name: str) -> dict[str, Any]:
    return next(payload.value for payload in PAYLOADS if payload.name == name)


MESSAGES: dict[str, dict[str, Any]] = {
    "BootNotification": {
        "chargingStation": {"model": "Post 22", "vendorName": "Example"},
        "reason": "PowerUp",
    },
    "Heartbeat": {},
    "StatusNotification": {
        "timestamp": "2026-03-14T08:00:00Z",
        "connectorStatus": "Available",
        "evseId": 1,
        "connectorId": 1,
    },
    "Authorize": {"idToken": {"idToken": "04E1A2B3C4D580", "type": "ISO14443"}},
    "TransactionEvent": _large("TransactionEvent"),
    "MeterValues": {
        "evseId": 1,
        "meterValue": [{"timestamp": "2026-03-14T08:00:00Z", "sampledValue": [{"value": 230.1}]}],
    },
    "GetVariables": {
        "getVariableData": [
            {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
        ]
    },
    "SetVariables": {
        "setVariableData": [
            {
                "attributeValue": "300",
                "component": {"name": "OCPPCommCtrlr"},
                "variable": {"name": "HeartbeatInterval"},
            }
        ]
    },
    "GetBaseReport": {"requestId": 1, "reportBase": "FullInventory"},
    "NotifyReport": _large("NotifyReport"),
    "Reset": {"type": "OnIdle"},
    "RequestStartTransaction": {
        "remoteStartId": 1,
        "idToken": {"idToken": "04E1A2B3C4D580", "type": "ISO14443"},
    },
    "RequestStopTransaction": {"transactionId": "b1f8a1de-6d8c-4f7e-9a52-d7c3b9a1e480"},
    "SetChargingProfile": {
        "evseId": 1,
        "chargingProfile": {
            "id": 158,
            "stackLevel": 2,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": [
                {
                    "id": 1,
                    "chargingRateUnit": "A",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.1}],
                }
            ],
        },
    },
    "TriggerMessage": {"requestedMessage": "StatusNotification"},
}
"""Fifteen requests that a station meets in its first hour; one payload of each."""


@frozen(kw_only=True)
class _Import:
    """What a fresh interpreter does.

    Attributes:
        name: in tables.
        contender: who.
        imports: the modules.
        messages: whether the fifteen messages are used as well.
    """

    name: str
    contender: str
    imports: tuple[str, ...]
    messages: bool = False


_IMPORTS = (
    _Import(name="the package", contender="ocppkit", imports=("ocppkit.v201",)),
    _Import(name="15 messages used", contender="ocppkit", imports=(), messages=True),
    _Import(name="the package", contender="ocpp", imports=("ocpp.v201",)),
)

TARGETS = (
    Target(part="time", payload="the package", contender="ocppkit", against=None, at_most=2),
    Target(part="time", payload="15 messages used", contender="ocppkit", against=None, at_most=35),
    Target(part="memory", payload="15 messages used", contender="ocppkit", against=None, at_most=3),
)
_UNITS = {"time": "ms", "memory": "MB"}


def _probe(each: _Import, before: Sequence[str], environment: dict[str, str]) -> dict[str, Any]:
    order = {
        "before": before,
        "imports": each.imports,
        "messages": list(MESSAGES.items()) if each.messages else [],
    }
    done = subprocess.run(  # noqa: S603  # our own file, by our own interpreter
        [sys.executable, "-P", str(_PROBE)],
        input=json.dumps(order),
        capture_output=True,
        check=True,
        env=environment,
        text=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _ready(modules: Sequence[str]) -> list[str]:
    """The modules that do not count: the standard library's, and attrs."""
    return [name for name in modules if name.partition(".")[0] in sys.stdlib_module_names | _READY]


def _measure(rounds: int, bytecode: str) -> list[Measurement]:
    # compiled anew by the first run of each, whatever state the repository's own cache is in
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    } | {"PYTHONPYCACHEPREFIX": bytecode}
    before = [_ready(_probe(each, (), environment)["modules"]) for each in _IMPORTS]
    taken: list[list[dict[str, Any]]] = [[] for _ in _IMPORTS]
    for _ in range(rounds):
        for each, ready, answers in zip(_IMPORTS, before, taken, strict=True):
            answers.append(_probe(each, ready, environment))
    return [
        Measurement(
            part=part,
            payload=each.name,
            contender=each.contender,
            median=median(values),
            fastest=min(values),
            unit=_UNITS[part],
            batches=rounds,
            calls=1,
        )
        for part, key, scale in (("time", "seconds", 1e3), ("memory", "bytes", 1e-6))
        for each, answers in zip(_IMPORTS, taken, strict=True)
        for values in [[answer[key] * scale for answer in answers]]
    ]


def _table(measurements: Sequence[Measurement]) -> str:
    limits = {(each.part, each.payload, each.contender): each.at_most for each in TARGETS}
    medians = {(each.part, each.payload, each.contender): each.median for each in measurements}

    def cells(part: str, each: _Import) -> list[str]:
        key = (part, each.name, each.contender)
        limit = limits.get(key)
        return [f"{medians[key]:.3g} {_UNITS[part]}", "" if limit is None else f"≤ {limit:g}"]

    return table(
        ["", "", "time", "target", "memory", "target"],
        [
            [each.contender, each.name, *cells("time", each), *cells("memory", each)]
            for each in _IMPORTS
        ],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="benchmarks.imports", description="Measure imports.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--quick", action="store_true", help="one interpreter each")
    parser.add_argument(
        "--record",
        action="store_true",
        help="write benchmarks/results/imports.json and its table of docs/reference/performance.md",
    )
    options = parser.parse_args(arguments)
    if options.record and options.quick:
        parser.error("--record wants the whole benchmark")
    rounds = 1 if options.quick else 15
    with TemporaryDirectory() as bytecode:
        measurements = _measure(rounds, bytecode)
    text = _table(measurements)
    write_line(text)
    for path in (options.json, RESULTS / "imports.json" if options.record else None):
        if path is not None:
            save(
                path,
                benchmark="imports",
                settings={"rounds": rounds},
                distributions=_DISTRIBUTIONS,
                measurements=measurements,
                verdicts=judge(measurements, TARGETS),
            )
    if options.record:
        put_between_markers(DOCUMENT, "imports", text)


if __name__ == "__main__":
    main()
