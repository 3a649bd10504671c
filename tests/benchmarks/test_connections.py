"""What connections take is measured and reported as promised; nothing here depends on time."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

LOOPS = ["", *([", uvloop"] if find_spec("uvloop") else [])]
BEATS = "1,000 Heartbeats a second"
STATIONS = [
    f"{station}{how}"
    for station in ("a 1.6 station", "a 2.0.1 station")
    for how in (
        "",
        " that keeps state",
        " that keeps state, as an EV charges",
        " that keeps state and has charged",
    )
]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")


@pytest.fixture(scope="module")
def results(results_of: Any) -> tuple[str, dict[str, Any]]:
    shown, document = results_of("connections")
    return shown, document


def test_connections_beats_and_stations_are_measured(results: tuple[str, dict[str, Any]]) -> None:
    _, document = results

    assert {
        (each["part"], each["payload"], each["contender"], each["unit"])
        for each in document["measurements"]
    } == {
        *(
            (part, payload, f"{contender}{loop}", unit)
            for part, payload, unit in (("memory", "a connection", "KB"), ("processor", BEATS, "%"))
            for contender in ("ocppkit", "ocpp")
            for loop in LOOPS
        ),
        *(("memory", station, "ocppkit", "MB") for station in STATIONS),
    }


def test_every_target_is_judged(results: tuple[str, dict[str, Any]]) -> None:
    _, document = results

    assert sorted((each["payload"], each["at_most"]) for each in document["verdicts"]) == sorted(
        [
            *([("a connection", 18), (BEATS, 15)] * len(LOOPS)),
            *((station, 40) for station in STATIONS),
        ]
    )


def test_people_see_a_table(results: tuple[str, dict[str, Any]]) -> None:
    shown, _ = results

    assert "| memory, a connection " in shown


def test_a_quick_run_is_not_recorded(run_benchmark: Any) -> None:
    done = run_benchmark("connections", "--quick", "--record")

    assert done.returncode == 2
    assert "--record wants the whole benchmark" in done.stderr


def test_the_page_has_a_place_for_the_results(root: Path) -> None:
    page = (root / "docs" / "reference" / "performance.md").read_text(encoding="utf-8")

    assert "<!-- connections: begin -->" in page
    assert "<!-- connections: end -->" in page
