"""Read the appendices of an official bundle: the variables of the standard components.

The table lists component, variable, instance, whether it is required, data type and unit, each
with a description, which is dropped.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from ocppkit.codegen.bundle import files
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.rows import Row
from ocppkit.codegen.tables import DATA_TYPES, DEVICE_MODEL_COLUMNS

__all__ = ["device_model_text", "has_device_model"]

_FILE = "dm_components_vars.csv"
_HEADINGS = {
    "Specific Component": "component",
    "Variable": "variable",
    "Instance": "instance",
    "Required?": "required",
    "DataType": "data_type",
    "Unit": "unit",
}
# The table knows two more kinds of text than DataEnumType; on the wire both are strings.
_NO_DATA_TYPES = {"identifierString": "string", "passwordString": "string"}


def has_device_model(bundle: Path) -> bool:
    """Whether a bundle holds the table.

    Raises:
        CodegenError: the bundle cannot be read.
    """
    return any(True for _ in _found([bundle]))


def device_model_text(bundles: list[Path]) -> str | None:
    """The normalised ``device_model.csv`` of some bundles; None where none of them has the table.

    Raises:
        CodegenError: a bundle cannot be read, several hold the table, or it is not as it should
            be; all problems are named.
    """
    found = list(_found(bundles))
    if not found:
        return None
    if len(found) > 1:
        raise CodegenError.at(found[1][0], f"{_FILE} stands in {found[0][0]} too")
    problems: list[str] = []
    rows = [_normalised(row) for row in _rows(*found[0], problems)]
    if problems:
        raise CodegenError(problems)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(DEVICE_MODEL_COLUMNS)
    writer.writerows(rows)
    return out.getvalue()


def _found(bundles: Iterable[Path]) -> Iterable[tuple[str, bytes]]:
    for bundle in bundles:
        for origin, data in files(bundle, ".csv"):
            if PurePosixPath(origin.replace("!", "/")).name == _FILE:
                yield origin, data


def _rows(origin: str, data: bytes, problems: list[str]) -> Iterable[Row]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(f"{origin}: {error}")
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    headings = [heading.strip() for heading in next(reader, [])]
    if missing := [heading for heading in _HEADINGS if heading not in headings]:
        problems.append(f"{origin}: line 1: no column {', '.join(missing)}")
        return
    names = [_HEADINGS.get(heading, heading) for heading in headings]
    try:
        for cells in reader:
            place = f"{origin}: line {reader.line_num}"
            if len(cells) != len(names):
                problems.append(f"{place}: expected {len(names)} columns, got {len(cells)}")
                continue
            stripped = (cell.strip() for cell in cells)
            yield Row(place, dict(zip(names, stripped, strict=True)), problems)
    except csv.Error as error:
        problems.append(f"{origin}: line {reader.line_num}: {error}")


def _normalised(row: Row) -> list[str]:
    row.needed("component")
    row.needed("variable")
    row.choice("required", ("yes", "no"))
    cells = {column: row[column] for column in DEVICE_MODEL_COLUMNS}
    cells["data_type"] = _NO_DATA_TYPES.get(row["data_type"], row["data_type"])
    if cells["data_type"] not in DATA_TYPES:
        row.choice("data_type", (*DATA_TYPES, *_NO_DATA_TYPES))
    cells["unit"] = "|".join(unit.strip() for unit in row["unit"].split(","))
    return list(cells.values())
