"""Which requirements the cases of the conformance kit show: those that our station passes."""

from __future__ import annotations

import ast
import csv
import tomllib
from collections.abc import Iterator
from pathlib import Path

from .markers import Shown

_TEST = "tests/conformance/test_cases.py"


def shown_by_cases(root: Path) -> set[Shown]:
    """What the cases show that are written, and that our station has to pass.

    Part 6 lists for a case also requirements of alternatives, and such as its steps only touch: a
    reason in ``not_applicable.toml`` counts for more.
    """
    reasons = tomllib.loads(
        (root / "tests" / "ledger" / "not_applicable.toml").read_text(encoding="utf-8")
    )
    explained = {name for entry in reasons.get("v201", []) for name in entry["ids"]}
    kit = root / "runtime" / "ocppkit" / "conformance"
    left_out = tomllib.loads(
        (root / "tests" / "conformance" / "not_run.toml").read_text(encoding="utf-8")
    )["reasons"]
    written = {name for path in (kit / "cases").glob("*.py") for name in _written(path)}
    with (kit / "test_cases.csv").open(encoding="utf-8", newline="") as file:
        return {
            Shown(requirement=requirement, test=f"{_TEST}::{row['id']}")
            for row in csv.DictReader(file)
            if row["id"] in written and row["id"] not in left_out
            for requirement in filter(None, row["requirements"].split("|"))
            if requirement not in explained
        }


def _written(path: Path) -> Iterator[str]:
    """The ids of the functions of a module that are registered as cases."""
    for node in ast.parse(path.read_text(encoding="utf-8"), filename=path.as_posix()).body:
        if isinstance(node, ast.AsyncFunctionDef):
            marks = {mark.id for mark in node.decorator_list if isinstance(mark, ast.Name)}
            if "case" in marks:
                yield node.name.upper()
