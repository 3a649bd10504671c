"""The benchmark of smart charging runs and reports in the form that it promises."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own module, by our own interpreter
        [sys.executable, "-m", "benchmarks.smart_charging", *arguments],
        cwd=_ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )


def test_every_target_is_measured_and_judged(tmp_path: Path) -> None:
    path = tmp_path / "smart_charging.json"

    done = run("--quick", "--json", str(path))

    assert done.returncode == 0, done.stderr
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["benchmark"] == "smart_charging"
    assert len(document["verdicts"]) == 6
    assert {each["part"] for each in document["measurements"]} == {
        "composite", "instant", "prepare", "periods", "occurrences", "growth",
    }  # fmt: skip
    assert "| growth: occurrences" in done.stdout


def test_a_part_is_not_recorded() -> None:
    done = run("--quick", "--record")

    assert done.returncode == 2
    assert "whole benchmark" in done.stderr
