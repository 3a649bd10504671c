"""Which tests show which requirement: markers and names, read without running anything."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from attrs import frozen

_SECTION = re.compile(r"test_(?:1_6_)?(errata_|j_)?(?!2_0_1_|1_6_)(\d+(?:_\d+)+)_")
_STARTS = {None: "1.6 §", "errata_": "1.6 errata ", "j_": "1.6-J §"}
_MARK = "requirement"
_SKIPS = frozenset({"skip", "skipif"})
_PAPER = ("1.6-SEC ", "whitepaper ")
"""The whitepaper has numbers of its own, so that a name like ``test_5_5_...`` tells nothing."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@frozen(kw_only=True, order=True)
class Shown:
    """That a test shows a requirement, as the marker or the name says."""

    requirement: str
    test: str


@frozen(kw_only=True)
class UnreadableMarker(Exception):
    """A marker whose ids are not written out."""

    place: str

    def __str__(self) -> str:
        """Where it stands."""
        return f"{self.place}: a requirement marker takes ids as plain strings"


def _named(node: ast.expr, place: str) -> Iterator[str]:
    """The ids in a mark, or in a list of marks; other marks name none."""
    if isinstance(node, ast.List | ast.Tuple):
        for element in node.elts:
            yield from _named(element, place)
        return
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return
    if node.func.attr == _MARK:
        if not node.args or node.keywords:
            raise UnreadableMarker(place=f"{place}:{node.lineno}")
        for argument in node.args:
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                raise UnreadableMarker(place=f"{place}:{node.lineno}")
            yield argument.value
    elif node.func.attr == "parametrize":
        for inner in ast.walk(node):
            if isinstance(inner, ast.keyword) and inner.arg == "marks":
                yield from _named(inner.value, place)


def _of_module(tree: ast.Module, place: str) -> list[str]:
    return [
        identifier
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and any(isinstance(at, ast.Name) and at.id == "pytestmark" for at in statement.targets)
        for identifier in _named(statement.value, place)
    ]


def _decorated(node: ast.ClassDef | _Function, place: str) -> list[str]:
    return [name for decorator in node.decorator_list for name in _named(decorator, place)]


def _skips(nodes: Iterable[ast.AST]) -> bool:
    """Whether some mark may leave a test out."""
    return any(
        isinstance(inner, ast.Attribute)
        and inner.attr in _SKIPS
        and isinstance(inner.value, ast.Attribute)
        and inner.value.attr == "mark"
        for node in nodes
        for inner in ast.walk(node)
    )


def _skips_module(tree: ast.Module) -> bool:
    return _skips(
        statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and any(isinstance(at, ast.Name) and at.id == "pytestmark" for at in statement.targets)
    )


def _of_name(name: str) -> list[str]:
    match = _SECTION.match(name)
    if match is None:
        return []
    number = match[2].replace("_", ".")
    return [f"{_STARTS[match[1]]}{number}"]


def _tests(
    body: list[ast.stmt], place: str, inherited: list[str], path: str, *, named: bool
) -> Iterator[tuple[str, list[str]]]:
    for node in body:
        if isinstance(node, ast.ClassDef | _Function) and _skips(node.decorator_list):
            continue
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            marked = [*inherited, *_decorated(node, path)]
            yield from _tests(node.body, f"{place}::{node.name}", marked, path, named=named)
        elif isinstance(node, _Function) and node.name.startswith("test_"):
            yield (
                f"{place}::{node.name}",
                [*inherited, *_decorated(node, path), *(_of_name(node.name) if named else ())],
            )


def scan_text(text: str, path: str) -> set[Shown]:
    """What the tests of one module show; one that may be skipped shows nothing.

    Raises:
        UnreadableMarker: an id is not a plain string.
    """
    tree = ast.parse(text, filename=path)
    if _skips_module(tree):
        return set()
    named = not any(start in text for start in _PAPER)
    return {
        Shown(requirement=identifier, test=test)
        for test, identifiers in _tests(tree.body, path, _of_module(tree, path), path, named=named)
        for identifier in identifiers
    }


def scan(root: Path) -> set[Shown]:
    """What all tests of a repository show, by their paths in it."""
    return {
        shown
        for path in sorted((root / "tests").rglob("test_*.py"))
        for shown in scan_text(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix())
    }
