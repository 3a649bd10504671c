from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ocppkit.conformance import CASES, all_facts, select
from ocppkit.conformance.cases import load

ROOT = Path(__file__).parents[2]


def test_the_table_holds_every_case_of_the_blocks() -> None:
    counted = dict.fromkeys("ABCDEFGJP", 0)
    for facts in all_facts().values():
        counted[facts.block] += 1

    assert counted == {
        "A": 17, "B": 48, "C": 53, "D": 9, "E": 47, "F": 24, "G": 21, "J": 10, "P": 3,
    }  # fmt: skip


def test_every_requirement_in_it_exists() -> None:
    with (ROOT / "schemas/v201/requirements.csv").open(encoding="utf-8", newline="") as file:
        known = {row["id"] for row in csv.DictReader(file)}

    assert {one for facts in all_facts().values() for one in facts.requirements} <= known


def test_every_case_that_is_written_stands_in_it() -> None:
    load()

    assert CASES.keys() <= all_facts().keys()


def test_cases_are_chosen_by_profile_block_and_id_however_they_are_written() -> None:
    assert {facts.block for facts in select(blocks=["e"])} == {"E"}
    assert {facts.profile for facts in select(profiles=["core"])} == {"Core"}
    assert [facts.id for facts in select(ids=["e_03", "TC_B_06_CS"])] == [
        "TC_B_06_CS",
        "TC_E_03_CS",
    ]
    assert select(blocks=["E"], ids=["B_06"]) == []


def test_what_does_not_exist_cannot_be_chosen() -> None:
    with pytest.raises(ValueError, match="no profile bore: Advanced Device Management"):
        select(profiles=["Bore"])
    with pytest.raises(ValueError, match="no case TC_Z_99_CS"):
        select(ids=["Z_99"])
