from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def test_the_benchmark_of_the_outbox_measures_and_judges_what_it_promises(tmp_path: Path) -> None:
    path = tmp_path / "outbox.json"
    subprocess.run(  # noqa: S603  # our own module, by our own interpreter
        [sys.executable, "-m", "benchmarks.outbox", "--quick", "--json", str(path)],
        cwd=_ROOT,
        capture_output=True,
        check=True,
        timeout=120,
    )

    document = json.loads(path.read_text(encoding="utf-8"))

    assert [
        (each["part"], each["payload"], each["contender"]) for each in document["measurements"]
    ] == [
        ("time", "one of many at once", "ocppkit"),
        ("time", "one", "ocppkit"),
        ("time", "one", "SQLite"),
        ("time", "one", "fdatasync"),
        ("time", "answer one", "ocppkit"),
        ("time", "open, many wait", "ocppkit"),
        ("memory", "open, many wait", "ocppkit"),
    ]
    assert len(document["verdicts"]) == 3
