"""Prints the reference page of ``station.toml`` from the table classes.

``python -m ocppkit.station.settings.reference docs/reference/station-toml.md`` writes it anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import NOTHING, Attribute

from ocppkit.station.settings.about import About, rows
from ocppkit.station.settings.document import StationSettings
from ocppkit.station.settings.overrides import FILE_SUFFIX
from ocppkit.station.settings.toml_text import value_text
from ocppkit.station.settings.writing import as_written

__all__ = ["reference_page"]

_HEAD = """\
<!-- Printed by `python -m ocppkit.station.settings.reference` from the classes. Do not edit. -->

# The settings of station.toml

How the file is used is told in {doc}`../how-to/configure-a-station`. The last two columns name the
1.6 configuration key and the 2.0.1 variable that a setting is the factory default of.
"""
_COLUMNS = ("setting", "what it is", "unit", "expected", "default", "1.6 key", "2.0.1 variable")


def reference_page() -> str:
    """The page, in Markdown."""
    lines = [_HEAD]
    for attribute, said in rows(StationSettings):
        lines += _section(attribute.name, said)
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(name: str, said: About) -> Iterator[str]:
    if said.kind.table is None:
        return
    heading = f"[[{name}]]" if said.kind.many else f"[{name}]"
    yield f"## `{heading}`\n\n{said.doc}\n"
    plain = [row for row in rows(said.kind.table) if row[1].kind.table is None]
    yield f"| {' | '.join(_COLUMNS)} |\n|{' --- |' * len(_COLUMNS)}"
    for each, about in plain:
        yield f"| {' | '.join(_cells(each, about))} |"
    yield ""
    for each, about in rows(said.kind.table):
        yield from _section(f"{name}.{each.name}", about)


def _cells(attribute: Attribute[Any], said: About) -> Iterator[str]:
    name = f"`{attribute.name}`"
    yield f"{name}, `{attribute.name}{FILE_SUFFIX}`" if said.kind.secret else name
    yield said.doc
    yield said.unit or ""
    yield said.kind.expected
    if attribute.default is NOTHING:
        yield "required"
    elif attribute.default is None or attribute.default == ():
        yield ""
    else:
        yield f"`{value_text(as_written(attribute.default))}`"
    yield f"`{said.key}`" if said.key else ""
    yield f"`{'.'.join(said.variable.words())}`" if said.variable else ""


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference_page(), encoding="utf-8")
