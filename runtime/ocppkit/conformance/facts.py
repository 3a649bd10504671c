"""The table of Part 6's cases: facts from 2.0.1 Part 5, Part 6 and the errata of 2025-09."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from attrs import frozen

__all__ = ["Facts", "all_facts"]


@frozen(kw_only=True)
class Facts:
    """What is known of a case without running it.

    Attributes:
        id: ``TC_E_03_CS``.
        name: as printed.
        block: its functional block.
        profile: the certification profile: ``Core``.
        mark: ``M`` mandatory, ``C`` conditional.
        condition: on the station's features, as `ocppkit.conformance.features.unmet` reads it.
        requirements: ids of Part 2.
        withdrawn: which erratum took it away; empty for none.
    """

    id: str
    name: str
    block: str
    profile: str
    mark: str
    condition: str
    requirements: tuple[str, ...]
    withdrawn: str = ""


@cache
def all_facts() -> Mapping[str, Facts]:
    """Every case of the blocks A to G, J and P, by its id."""
    table = files("ocppkit.conformance").joinpath("test_cases.csv").read_text(encoding="utf-8")
    return {
        row["id"]: Facts(
            id=row["id"],
            name=row["name"],
            block=row["id"].split("_")[1],
            profile=row["profile"],
            mark=row["mark"],
            condition=row["condition"],
            requirements=tuple(filter(None, row["requirements"].split("|"))),
            withdrawn=row["withdrawn"],
        )
        for row in csv.DictReader(table.splitlines())
    }
