"""What users see of our types: by mypy and by pyright, each strict, without our configuration."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_GOOD = sorted(_HERE.glob("good_*.py"))
_BAD = sorted(_HERE.glob("bad_*.py"))

Errors = dict[str, set[int]]
"""The lines with errors, by file name."""


def _marked(file: Path) -> set[int]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith("  # error")}


def _run(*command: str, cwd: Path) -> str:
    finished = subprocess.run(  # noqa: S603  # the command is ours
        [sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert finished.returncode in {0, 1}, finished.stdout + finished.stderr
    return finished.stdout


def _mypy(tmp_path: Path, cache: Path) -> Errors:
    output = _run(
        "mypy",
        "--strict",
        "--config-file=",
        f"--cache-dir={cache}",
        "--no-error-summary",
        "--hide-error-context",
        *map(str, _GOOD + _BAD),
        cwd=tmp_path,
    )
    found: Errors = {}
    for line in output.splitlines():
        match = re.match(r"(?P<file>.+\.py):(?P<line>\d+): error: ", line)
        if match:
            found.setdefault(Path(match["file"]).name, set()).add(int(match["line"]))
    return found


def _pyright(tmp_path: Path, _cache: Path) -> Errors:
    settings = {
        "include": [str(file) for file in _GOOD + _BAD],
        "typeCheckingMode": "strict",
        "reportUnusedClass": False,
        "reportUnusedFunction": False,
        "reportUnusedExpression": False,
        "reportUnusedVariable": False,
    }
    config = tmp_path / "pyrightconfig.json"
    config.write_text(json.dumps(settings), encoding="utf-8")
    output = _run(
        "basedpyright",
        "--outputjson",
        f"--project={config}",
        f"--pythonpath={sys.executable}",
        cwd=tmp_path,
    )
    found: Errors = {}
    for diagnostic in json.loads(output)["generalDiagnostics"]:
        if diagnostic["severity"] == "error":
            line = diagnostic["range"]["start"]["line"] + 1
            found.setdefault(Path(diagnostic["file"]).name, set()).add(line)
    return found


@pytest.fixture(scope="module", params=[_mypy, _pyright], ids=["mypy", "pyright"])
def errors(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
) -> Errors:
    assert pytestconfig.cache is not None
    cache = pytestconfig.cache.mkdir("consumer-mypy")
    check: Callable[[Path, Path], Errors] = request.param
    return check(tmp_path_factory.mktemp("typing"), cache)


def test_there_is_something_to_check() -> None:
    assert _GOOD
    assert all(len(_marked(file)) > 5 for file in _BAD)


@pytest.mark.parametrize("file", _GOOD, ids=lambda file: file.stem)
def test_what_is_right_passes(errors: Errors, file: Path) -> None:
    assert errors.get(file.name, set()) == set()


@pytest.mark.parametrize("file", _BAD, ids=lambda file: file.stem)
def test_what_is_wrong_fails_where_it_is_wrong_and_nowhere_else(errors: Errors, file: Path) -> None:
    assert errors.get(file.name, set()) == _marked(file)
