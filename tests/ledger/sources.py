"""Where requirements are implemented: the sources that docstrings and comments of the runtime name.

A message of 1.6 stands where a module of the station speaks of its class, a configuration key where
one speaks of its constant or its name.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from token import COMMENT
from tokenize import generate_tokens

_FUNCTIONAL = re.compile(r"\b(whitepaper |1\.6-SEC |1\.6 )?([A-P]\d\d\.FR\.\d{2,3})\b")
_SECTIONS = re.compile(r"1\.6(-J)? (§\d[\d.]*\d(?:(?:, | and |-)§\d[\d.]*\d)*)")
_ERRATA = re.compile(r"(?<!-J )\berrata §?(3\.\d+)\b")
_SECTION = re.compile(r"§([\d.]+)")


def words_of(tree: ast.Module, text: str) -> Iterator[str]:
    """What is said: docstrings, also of constants, and comments."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield " ".join(str(node.value.value).split())
    for token in generate_tokens(StringIO(text).readline):
        if token.type == COMMENT:
            yield token.string


def named_in(text: str) -> Iterator[str]:
    """The ids that a docstring or a comment names as its sources."""
    for paper, identifier in _FUNCTIONAL.findall(text):
        yield f"1.6-SEC {identifier}" if paper else identifier
    for json, sections in _SECTIONS.findall(text):
        for section in _SECTION.findall(sections):
            yield f"1.6{json} §{section}"
    for number in _ERRATA.findall(text):
        yield f"1.6 errata {number}"


def _spoken_of(tree: ast.Module, words: Mapping[str, str]) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.Constant(value=str(word)):
                pass
            case _:
                continue
        if word in words:
            yield words[word]


def scan(root: Path, words: Mapping[str, str]) -> dict[str, set[str]]:
    """The modules that implement a requirement, by its id.

    Args:
        root: of the repository.
        words: ids by what stands for each in the station: a class, a constant, a name.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in sorted((root / "runtime").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text, filename=path.as_posix())
        place = path.relative_to(root / "runtime" / "ocppkit").as_posix()
        for said in words_of(tree, text):
            for identifier in named_in(said):
                found[identifier].add(place)
        if place.startswith("station/") and not place.startswith("station/v201/"):
            for identifier in _spoken_of(tree, words):
                found[identifier].add(place)
    return dict(found)
