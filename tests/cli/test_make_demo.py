"""`make demo`, as a newcomer runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(
    Path(sys.prefix) != _ROOT / ".venv", reason="the environment that make sets up is not this one"
)
def test_make_demo_shows_a_charge_in_both_versions() -> None:
    done = subprocess.run(
        ["make", "--no-print-directory", "demo"],  # noqa: S607  # whatever make is on the PATH
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    for version, stop in (("1.6", "StopTransaction"), ("2.0.1", "TransactionEvent")):
        part = done.stdout.partition(f"OCPP {version}:")[2]
        assert "BootNotification" in part
        assert "04E1A2B3" in part
        assert stop in part
    summary = done.stdout.splitlines()[-2:]
    assert [line.split("  ")[0] for line in summary] == ["OCPP 1.6", "OCPP 2.0.1"]
    assert all("messages" in line and "kWh" in line for line in summary)
