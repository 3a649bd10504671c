"""The benchmark of the device model runs and reports in the form that it promises."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def test_the_full_inventory_is_measured_and_judged(tmp_path: Path) -> None:
    path = tmp_path / "device_model.json"

    done = subprocess.run(  # noqa: S603  # our own module, by our own interpreter
        [sys.executable, "-m", "benchmarks.device_model", "--quick", "--json", str(path)],
        cwd=_ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    document = json.loads(path.read_text(encoding="utf-8"))
    (measured,) = document["measurements"]
    (verdict,) = document["verdicts"]
    assert (measured["part"], measured["unit"]) == ("full inventory", "ms")
    assert verdict["at_most"] == 100
    assert "2,000 variables" in done.stdout
