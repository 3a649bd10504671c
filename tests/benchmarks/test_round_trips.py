"""The round trips run over the loopback and report as promised; nothing here depends on time."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

LOOPS = ["", *([", uvloop"] if find_spec("uvloop") else [])]


@pytest.fixture(scope="module")
def results(results_of: Any) -> tuple[str, dict[str, Any]]:
    shown, document = results_of("round_trips")
    return shown, document


def test_every_contender_is_measured_at_both_payloads_by_both_clocks(
    results: tuple[str, dict[str, Any]],
) -> None:
    _, document = results

    assert {
        (each["part"], each["payload"], each["contender"]) for each in document["measurements"]
    } == {
        (part, payload, f"{contender}{loop}")
        for part in ("clock", "processor")
        for payload in ("Heartbeat", "MeterValues")
        for contender in ("ocppkit", "ocpp", "ocpp, executor off", "echo")
        for loop in LOOPS
    }
    assert all(each["median"] > 0 for each in document["measurements"])


def test_every_target_is_judged(results: tuple[str, dict[str, Any]]) -> None:
    _, document = results

    assert [
        (each["payload"], each["against"], each["at_least"]) for each in document["verdicts"]
    ] == [
        (payload, f"{against}{loop}", at_least)
        for _ in ("clock", "processor")
        for loop in LOOPS
        for payload, against, at_least in (
            ("Heartbeat", "echo", 0.8),
            ("Heartbeat", "ocpp", 3.5),
            ("MeterValues", "ocpp", 17),
        )
    ]


def test_people_see_tables(results: tuple[str, dict[str, Any]]) -> None:
    shown, _ = results

    assert "**Round trips a second**" in shown
    assert "**Targets**" in shown


def test_a_part_of_the_benchmark_is_not_recorded(run_benchmark: Any) -> None:
    done = run_benchmark("round_trips", "--only", "*/Heartbeat/echo", "--record")

    assert done.returncode == 2
    assert "--record wants the whole benchmark" in done.stderr


@pytest.mark.usefixtures("root")
def test_a_process_that_does_not_get_ready_is_told_of() -> None:
    child = import_module("benchmarks.processes").Child("peers", "nobody")

    with child, pytest.raises(RuntimeError, match="ended"):
        child.order()


def test_the_page_has_a_place_for_the_results(root: Path) -> None:
    page = (root / "docs" / "reference" / "performance.md").read_text(encoding="utf-8")

    assert "<!-- round_trips: begin -->" in page
    assert "<!-- round_trips: end -->" in page
