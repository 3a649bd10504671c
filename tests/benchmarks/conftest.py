"""Benchmarks as their users run them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[2]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `benchmarks` can be imported from, and is."""
    monkeypatch.syspath_prepend(str(_ROOT))
    return _ROOT


@pytest.fixture(scope="session")
def run_benchmark() -> Run:
    """Runs a benchmark with arguments."""

    def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603  # our own module, by our own interpreter
            [sys.executable, "-m", f"benchmarks.{name}", *arguments],
            cwd=_ROOT,
            capture_output=True,
            check=False,
            text=True,
            timeout=180,
        )

    return run


@pytest.fixture(scope="session")
def results_of(run_benchmark: Run, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Runs a benchmark quickly; gives what it shows and what it writes."""

    def results(name: str, *arguments: str) -> tuple[str, dict[str, Any]]:
        path = tmp_path_factory.mktemp(name) / f"{name}.json"
        done = run_benchmark(name, "--quick", "--json", str(path), *arguments)
        assert done.returncode == 0, done.stderr
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return done.stdout, document

    return results
