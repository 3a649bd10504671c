from __future__ import annotations

import pytest
from attrs import evolve

from ocppkit.conformance import CaseSettings, all_facts
from ocppkit.conformance.features import Features, unmet
from ocppkit.conformance.inventory import Inventory, Key
from ocppkit.v201 import (
    DataEnumType,
    MutabilityEnumType,
    ReportDataType,
    VariableAttributeType,
    VariableCharacteristicsType,
)


def report(
    key: Key, value: str, *, fixed: bool = False, values: str | None = None
) -> ReportDataType:
    mutability = MutabilityEnumType.READ_ONLY if fixed else MutabilityEnumType.READ_WRITE
    return ReportDataType(
        component=key.component_type,
        variable=key.variable_type,
        variable_attribute=[VariableAttributeType(value=value, mutability=mutability)],
        variable_characteristics=VariableCharacteristicsType(
            data_type=DataEnumType.MEMBER_LIST, supports_monitoring=False, values_list=values
        ),
    )


def features(*reports: ReportDataType, settings: CaseSettings | None = None) -> Features:
    return Features(Inventory([*reports]), settings or CaseSettings())


START = Key(component="TxCtrlr", name="TxStartPoint")


def test_a_fixed_start_point_is_what_it_says_whatever_the_list_allows() -> None:
    it = features(report(START, "EVConnected", fixed=True, values="EVConnected,Authorized"))

    assert it.has("C-09.1")
    assert not it.has("C-09.2")
    assert not it.has("C-51")


def test_a_start_point_that_can_be_set_is_all_that_the_list_allows() -> None:
    it = features(report(START, "EVConnected", values="EVConnected,Authorized"))

    assert it.has("C-09.2")
    assert not it.has("C-09.4")
    assert it.has("C-51")


def test_names_of_variables_do_not_differ_by_case() -> None:
    shouted = Key(component="TXCTRLR", name="txstartpoint")

    assert features(report(shouted, "Authorized", fixed=True)).has("C-09.2")


def test_the_settings_win_over_the_inventory() -> None:
    told = CaseSettings(features=frozenset({"C-13"}), lacks=frozenset({"C-30"}))
    it = features(settings=told)

    assert it.has("C-13")
    assert not it.has("C-30")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("", True),
        ("A", True),
        ("B", False),
        ("not B", True),
        ("A and B", False),
        ("B or A and A", True),
        ("not (A or B)", False),
        ("A and (B or not B)", True),
        ("HFS-8 > 1", False),
    ],
)
def test_conditions_are_weighed(condition: str, holds: bool) -> None:
    it = features(settings=CaseSettings(features=frozenset({"A"})))

    assert (unmet(condition, it) is None) is holds


def test_a_condition_that_does_not_hold_says_what_is_lacking() -> None:
    assert unmet("B and C", features()) == "needs B and C; the station lacks B, C"


@pytest.mark.parametrize("condition", ["A and", "(A", "A B", "A and and B)"])
def test_what_is_no_condition_is_refused(condition: str) -> None:
    with pytest.raises(ValueError, match="A"):
        unmet(condition, features())


def test_every_condition_of_the_table_can_be_read() -> None:
    for facts in all_facts().values():
        unmet(facts.condition, features())


def test_two_evses_are_counted() -> None:
    key = Key(component="EVSE", name="Available")
    it = features(report(key.at(1), "true"), report(key.at(2), "true"))

    assert unmet("HFS-8 > 1", it) is None
    assert it.evse_count == 2


def test_a_setting_changes_no_other() -> None:
    assert evolve(CaseSettings(), evse_id=2).connector_id == 1
