"""Read a version's folder under ``schemas/``: normalised schemas and the tables beside them."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from ocppkit.codegen.bundle import parsed
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.names import Names
from ocppkit.codegen.normalise import normalise
from ocppkit.codegen.tables import Tables, read_tables

__all__ = ["ActionRow", "Sources", "read_sources", "versions"]

JsonObject = dict[str, Any]
_RECEIVERS = {"station": ("station",), "csms": ("csms",), "both": ("csms", "station")}


@frozen
class ActionRow:
    """A line of ``actions.csv``."""

    action: str
    receivers: tuple[str, ...]
    block: str


@frozen(kw_only=True)
class Sources:
    """All inputs of one version.

    Attributes:
        folder: the name of its folder: ``v201``.
        messages: message → (file, normalised schema).
        actions: action → its row.
        names: the naming exceptions.
        docs: ``docs.toml`` as it stands; empty where there is none.
        docs_file: where that is.
        tables: the device model, the configuration keys, the codes.
    """

    folder: str
    messages: Mapping[str, tuple[str, JsonObject]]
    actions: Mapping[str, ActionRow]
    names: Names
    docs: JsonObject | None
    docs_file: str
    tables: Tables = field(factory=Tables)


def versions(schemas: Path) -> list[str]:
    """The versions that a schemas folder holds: its sub-folders that have an ``actions.csv``.

    Raises:
        CodegenError: there is none.
    """
    found = sorted(path.parent.name for path in schemas.glob("*/actions.csv"))
    if not found:
        raise CodegenError.at(str(schemas), "no version in it: a folder with an actions.csv")
    return found


def read_sources(schemas: Path, folder: str) -> Sources:
    """Read one version.

    Raises:
        CodegenError: with every problem found, each with file and place.
    """
    root = schemas / folder
    problems: list[str] = []

    def shown(path: Path) -> str:
        return path.relative_to(schemas.parent).as_posix()

    messages = {}
    for path in sorted(root.glob("*.json")):
        try:
            schema = normalise(parsed(path.read_bytes()), shown(path))
        except ValueError as error:
            problems.append(f"{shown(path)}: not JSON: {error}")
        except CodegenError as error:
            problems += error.problems
        else:
            messages[path.stem] = (shown(path), schema)
    table = root / "actions.csv"
    actions, wrong = _read_actions(table, shown(table))
    names_file = root / "names.toml"
    docs_file = root / "docs.toml"
    names, docs = Names(), None
    try:
        names = _names(_read_toml(names_file, shown(names_file)), shown(names_file))
        docs = _read_toml(docs_file, shown(docs_file)) if docs_file.exists() else None
    except CodegenError as error:
        wrong += error.problems
    files = {path.stem: shown(path) for path in sorted(root.glob("*.json"))}
    problems += wrong or _unpaired(files, actions, shown(table))
    tables = read_tables(root, shown(root), names, problems)
    if problems:
        raise CodegenError(problems)
    return Sources(
        folder=folder,
        messages=messages,
        actions=actions,
        names=names,
        docs=docs,
        docs_file=shown(docs_file),
        tables=tables,
    )


def _read_toml(path: Path, shown: str) -> JsonObject:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # its text names line and column
        raise CodegenError.at(shown, str(error)) from error


def _names(table: JsonObject, shown: str) -> Names:
    problems = [
        f"{shown}: [{key}]: unknown table"
        for key in table
        if key not in {"words", "members", "lift"}
    ]

    def texts(of: Any, where: str) -> dict[str, str]:
        if isinstance(of, dict) and all(isinstance(value, str) for value in of.values()):
            return of
        problems.append(f"{shown}: [{where}]: expected names as keys and strings as values")
        return {}

    words = texts(table.get("words", {}), "words")
    lift = texts(table.get("lift", {}), "lift")
    enums = table.get("members", {})
    if not isinstance(enums, dict):
        problems.append(f"{shown}: [members]: expected a table an enum")
        enums = {}
    members = {enum: texts(values, f"members.{enum}") for enum, values in enums.items()}
    if problems:
        raise CodegenError(problems)
    return Names(words, members, lift)


def _read_actions(path: Path, shown: str) -> tuple[dict[str, ActionRow], list[str]]:
    rows: dict[str, ActionRow] = {}
    problems = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        return {}, [f"{shown}: {error}"]
    reader = csv.reader(lines)
    header = next(reader, [])
    columns = ["action", "receiver", "block"]
    if header != columns:
        return {}, [f"{shown}: line 1: expected the columns {','.join(columns)}"]
    for row in reader:
        place = f"{shown}: line {reader.line_num}"
        if len(row) != len(columns):
            problems.append(f"{place}: expected {len(columns)} columns, got {len(row)}")
            continue
        action, receiver, block = row
        if action in rows:
            problems.append(f"{place}, column 1: {action} stands here twice")
        if receiver not in _RECEIVERS:
            problems.append(
                f"{place}, column 2: expected {', '.join(_RECEIVERS)}, got {receiver!r}"
            )
            continue
        if not block.isidentifier():
            problems.append(f"{place}, column 3: {block!r} cannot be a module's name")
        rows[action] = ActionRow(action, _RECEIVERS[receiver], block)
    if not rows and not problems:
        problems.append(f"{shown}: no action in it")
    return rows, problems


def _unpaired(files: Mapping[str, str], actions: Mapping[str, Any], shown: str) -> list[str]:
    wanted = {f"{action}{side}": action for action in actions for side in ("Request", "Response")}
    return [
        f"{shown}: {action} has no schema {name}.json"
        for name, action in wanted.items()
        if name not in files
    ] + [
        f"{shown}: no row for the action of {file}"
        for name, file in files.items()
        if name not in wanted
    ]
