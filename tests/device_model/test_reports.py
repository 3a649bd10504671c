"""What a report tells, and how much of it goes into a message."""

from __future__ import annotations

import json

import pytest

from ocppkit.device_model.catalogue import required_of, standard
from ocppkit.device_model.model import Attribute, Characteristics, Entry
from ocppkit.device_model.names import VariableId
from ocppkit.device_model.reports import Wanted, base_report, custom_report, parts, weight
from ocppkit.v201 import AttributeEnumType, ComponentCriterionEnumType, ReportBaseEnumType
from ocppkit.variable import DataType, Mutability

ACTIVE = ComponentCriterionEnumType.ACTIVE
ENABLED = ComponentCriterionEnumType.ENABLED
PROBLEM = ComponentCriterionEnumType.PROBLEM


def entry(component: str, variable: str, value: str = "", instance: str | None = None) -> Entry:
    return Entry(
        id=VariableId(component=component, variable=variable, instance=instance),
        characteristics=Characteristics(data_type=DataType.STRING),
        attributes=(Attribute(value=value, mutability=Mutability.READ_ONLY),),
    )


def words(entries: list[Entry]) -> list[str]:
    return [each.id.described() for each in entries]


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([], []),
        ([1], [[1]]),
        ([1, 2, 3, 4], [[1, 2, 3], [4]]),
        ([5, 5, 5], [[5, 5], [5]]),
        ([99, 1, 99], [[99], [1], [99]]),
        ([10, 1], [[10], [1]]),
    ],
)
def test_messages_take_so_many_items_and_bytes(
    weights: list[int], expected: list[list[int]]
) -> None:
    assert [weights[each] for each in parts(weights, items=3, bytes=10)] == expected


def test_an_entry_never_takes_more_than_it_weighs() -> None:
    told = Entry(
        id=VariableId(component="Ü" * 9, variable='"' * 9, component_instance="x", instance="\n"),
        characteristics=Characteristics(
            data_type=DataType.SEQUENCE_LIST, unit="RPM", values=("a", "b"), max_limit=1000
        ),
        attributes=tuple(Attribute(type=each, value="é\\") for each in AttributeEnumType),
    )
    written = {
        "component": {"name": "Ü" * 9, "instance": "x", "evse": {"id": 1, "connectorId": 1}},
        "variable": {"name": '"' * 9, "instance": "\n"},
        "variableAttribute": [
            {
                "type": each,
                "value": "é\\",
                "mutability": "ReadWrite",
                "persistent": True,
                "constant": True,
            }
            for each in AttributeEnumType
        ],
        "variableCharacteristics": {
            "unit": "RPM",
            "dataType": "SequenceList",
            "maxLimit": 1000.0,
            "minLimit": 0.0,
            "valuesList": "a,b",
            "supportsMonitoring": False,
        },
    }

    assert len(json.dumps(written, separators=(",", ":")).encode()) <= weight(told, 2500)


@pytest.mark.requirement("B07.FR.09")
def test_a_summary_tells_of_what_is_flagged_and_of_what_is_wrong() -> None:
    entries = [entry("A", "Problem", "true"), entry("A", "Mode"), entry("B", "Problem", "false")]

    assert words(base_report(entries, ReportBaseEnumType.SUMMARY_INVENTORY)) == ["A.Problem"]


@pytest.mark.requirement("B08.FR.07", "B08.FR.09", "B08.FR.10", "B08.FR.13")
def test_components_meet_criteria_by_being_so_or_by_not_saying_so() -> None:
    entries = [
        entry("On", "Enabled", "true"),
        entry("On", "Mode"),
        entry("Off", "Enabled", "false"),
        entry("Off", "Problem", "true"),
        entry("Mute", "Mode"),
        entry("Two", "Enabled", "true", "a"),
        entry("Two", "Enabled", "false", "b"),
    ]

    assert words(custom_report(entries, [ENABLED], [])) == [
        "On.Enabled",
        "Mute.Mode",
        "Two.Enabled[a]",
    ]
    assert words(custom_report(entries, [PROBLEM], [])) == ["Off.Problem"]
    assert words(custom_report(entries, [PROBLEM, ENABLED], [])) == [
        "On.Enabled",
        "Off.Problem",
        "Mute.Mode",
        "Two.Enabled[a]",
    ]
    assert words(custom_report(entries, [ENABLED], [Wanted(component="on")])) == [
        "On.Enabled",
        "On.Mode",
    ]
    assert custom_report(entries, [PROBLEM], [Wanted(component="On")]) == []
    assert len(custom_report(entries, [ACTIVE], [])) == len(entries)


def test_the_catalogue_is_found_in_any_case_and_by_any_instance() -> None:
    speed = standard("Fan", "fanspeed", "left")
    items = standard("devicedatactrlr", "ItemsPerMessage", "getreport")

    assert speed is not None
    assert speed.name == "FanSpeed"
    assert items is not None
    assert items.instance == "GetReport"
    assert standard("Fan", "Nonsense") is None
    assert {str(each) for each in required_of(["ClockCtrlr"])} == {
        "ClockCtrlr.DateTime",
        "ClockCtrlr.TimeSource",
    }
