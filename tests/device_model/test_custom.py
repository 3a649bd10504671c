"""Components of the integrator's own are read, ours and libocpp's."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from ocppkit.device_model.custom import read_components
from ocppkit.device_model.model import Attribute, Characteristics, Entry
from ocppkit.device_model.names import VariableId
from ocppkit.v201 import AttributeEnumType
from ocppkit.variable import DataType, Mutability

LIBOCPP: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "name": "Cooler",
    "instance": "left",
    "evse_id": 1,
    "connector_id": 2,
    "properties": {
        "CoolerSpeed": {
            "variable_name": "Speed",
            "instance": "inner",
            "characteristics": {
                "unit": "RPM",
                "minLimit": 0,
                "maxLimit": 900,
                "supportsMonitoring": True,
                "dataType": "decimal",
            },
            "attributes": [
                {"type": "Actual", "mutability": "ReadOnly", "value": 12.5},
                {"type": "MaxSet", "mutability": "ReadWrite"},
            ],
            "monitors": [{"type": "Delta", "value": 1}],
            "description": "How fast it turns.",
            "type": "number",
        },
        "CoolerMode": {
            "variable_name": "Mode",
            "characteristics": {
                "supportsMonitoring": False,
                "dataType": "OptionList",
                "maxLimit": 10,
                "valuesList": "Quiet, Strong",
            },
            "attributes": [{"type": "Actual"}],
            "default": "Quiet",
            "type": "string",
        },
    },
    "required": ["CoolerSpeed"],
}


def read(text: str) -> tuple[list[Entry], list[str]]:
    entries, wrong = read_components(tomllib.loads(text), "a.toml")
    return entries, [str(each) for each in wrong]


def test_a_component_of_libocpp_is_read() -> None:
    entries, wrong = read_components(LIBOCPP, "cooler.json")

    speed, mode = entries
    assert wrong == []
    assert speed.id == VariableId(
        component="Cooler",
        component_instance="left",
        evse=1,
        connector=2,
        variable="Speed",
        instance="inner",
    )
    assert speed.characteristics == Characteristics(
        data_type=DataType.DECIMAL,
        unit="RPM",
        min_limit=0,
        max_limit=900,
        supports_monitoring=True,
    )
    assert speed.attributes == (
        Attribute(value="12.5", mutability=Mutability.READ_ONLY),
        Attribute(type=AttributeEnumType.MAX_SET, mutability=Mutability.READ_WRITE),
    )
    assert mode.actual == "Quiet"
    assert mode.characteristics.values == ("Quiet", "Strong")
    assert mode.characteristics.max_length == 10


def test_a_default_of_what_the_station_measures_says_nothing() -> None:
    state = {
        "variable_name": "AvailabilityState",
        "characteristics": {"dataType": "OptionList"},
        "attributes": [{"type": "Actual", "mutability": "ReadOnly"}],
        "default": "Unavailable",
    }
    document = {"name": "EVSE", "evse_id": 1, "properties": {"State": state}}
    entries, wrong = read_components(document, "evse.json")

    assert wrong == []
    assert entries[0].actual is None


def test_a_component_of_ours_is_read() -> None:
    entries, wrong = read(
        """
        [[component]]
        name = "Fan"
        evse = 2

        [[component.variable]]
        name = "FanSpeed"
        min_limit = 1.5
        monitoring = true
        summary = true
        actual = 3
        target = { value = 4, mutability = "WriteOnly", persistent = true, constant = true }

        [[component.variable]]
        name = "Labels"
        instance = "short"
        data_type = "MemberList"
        values = ["a", "b"]
        actual = ["a", "b"]
        """
    )

    speed, labels = entries
    assert wrong == []
    assert speed.characteristics.data_type is DataType.DECIMAL
    assert speed.summary
    assert speed.attributes[1] == Attribute(
        type=AttributeEnumType.TARGET,
        value="4",
        mutability=Mutability.WRITE_ONLY,
        persistent=True,
        constant=True,
    )
    assert (labels.id.instance, labels.actual) == ("short", "a,b")


def test_everything_that_cannot_be_read_is_reported_and_the_rest_is_read() -> None:
    entries, wrong = read(
        """
        component = [
            { name = "", variable = [] },
            { name = "Empty" },
            { name = "Off", evse = 0, variable = [{ name = "Enabled" }] },
            { name = "Loose", connector = 1, variable = [{ name = "Enabled" }] },
            { name = "Fan", colour = "red", variable = [
                { name = "Enabled", actual = true },
                { name = "Own" },
                { name = "Own", data_type = "number" },
                { name = "FanSpeed", data_typ = "decimal" },
                { name = "FanSpeed", actual = { values = 3 } },
                { name = "FanSpeed", actual = { mutability = "Sometimes" } },
                { name = "FanSpeed", min_limit = "3" },
                { name = "FanSpeed", values = "3" },
                { name = "FanSpeed", unit = 3 },
                { name = "FanSpeed", summary = 1 },
                { data_type = "string" },
                3,
            ] },
        ]
        """
    )

    assert [each.id.described() for each in entries] == ["Fan.Enabled", "Fan.FanSpeed"]
    assert wrong == [
        "a.toml: component 1: name: expected a text of 1 to 50 characters",
        "a.toml: component 1: expected an array of tables `variable`",
        "a.toml: component 2: Empty: expected an array of tables `variable`",
        "a.toml: component 3: evse: expected an integer of at least 1",
        "a.toml: Loose.Enabled: a connector needs the number of its EVSE",
        "a.toml: Fan: there is no setting colour",
        "a.toml: Fan.Own: expected a data type: the specification has no such variable",
        (
            "a.toml: Fan.Own: data_type: expected one of boolean, dateTime, decimal, integer, "
            "MemberList, OptionList, SequenceList, string"
        ),
        "a.toml: Fan.FanSpeed: there is no setting data_typ",
        "a.toml: Fan.FanSpeed: actual: there is no setting values",
        "a.toml: Fan.FanSpeed: mutability: expected one of ReadOnly, ReadWrite, WriteOnly",
        "a.toml: Fan.FanSpeed: min_limit: expected a number",
        "a.toml: Fan.FanSpeed: values: expected an array of texts",
        "a.toml: Fan.FanSpeed: unit: expected a text of at most 16 characters",
        "a.toml: Fan.FanSpeed: summary: expected true or false",
        "a.toml: Fan: variable 11: name: expected a text of 1 to 50 characters",
        "a.toml: Fan: variable 12: expected a table",
    ]


@pytest.mark.parametrize("document", [{}, [], 3, None, {"component": 3}, {"component": [3]}])
def test_another_document_is_reported(document: Any) -> None:
    entries, wrong = read_components(document, "a.json")

    assert entries == []
    assert len(wrong) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"properties": 3},
        {"properties": {"A": 3}},
        {"properties": {"A": {}}},
        {"properties": {"A": {"variable_name": "B", "attributes": 3}}},
        {"properties": {"A": {"variable_name": "B", "attributes": [3]}}},
        {"properties": {"A": {"variable_name": "B", "attributes": [{"type": "C"}]}}},
        {"properties": {"Enabled": {"variable_name": "B", "characteristics": {"valuesList": 3}}}},
        {"properties": {"A": {"variable_name": "Enabled", "attributes": [{"value": {}}]}}},
        {"properties": {"A": {"variable_name": "Enabled", "attributes": [{}, {}]}}},
        {"properties": {"A": {"variable_name": "Enabled", "instance": 5}}},
        {
            "properties": {
                "Enabled": {"variable_name": "Enabled", "characteristics": {"dataType": [1]}}
            }
        },
        {"evse_id": "1"},
        {"name": None},
    ],
)
def test_a_broken_component_of_libocpp_is_reported(changed: dict[str, Any]) -> None:
    entries, wrong = read_components({**LIBOCPP, **changed}, "a.json")

    assert entries == []
    assert wrong


def test_all_that_is_wrong_with_one_variable_is_reported_at_once() -> None:
    entries, wrong = read(
        """
        [[component]]
        name = ""
        evse = 0

        [[component.variable]]
        name = "Own"
        data_type = "number"
        unit = 3
        min_limit = "a"
        max_limit = nan
        values = ["a,b"]
        summary = 1
        actual = { value = { }, mutability = "Sometimes", persistent = 1 }
        target = { values = 3, colour = 4 }
        """
    )

    assert entries == []
    assert wrong == [
        "a.toml: component 1: name: expected a text of 1 to 50 characters",
        "a.toml: component 1: evse: expected an integer of at least 1",
        (
            "a.toml: component 1.Own: value: expected a text, a number, true or false, "
            "or an array of texts"
        ),
        "a.toml: component 1.Own: mutability: expected one of ReadOnly, ReadWrite, WriteOnly",
        "a.toml: component 1.Own: persistent: expected true or false",
        "a.toml: component 1.Own: target: there is no setting colour",
        "a.toml: component 1.Own: target: there is no setting values",
        "a.toml: component 1.Own: unit: expected a text of at most 16 characters",
        "a.toml: component 1.Own: min_limit: expected a number",
        "a.toml: component 1.Own: max_limit: expected a number of at most 1e+15",
        (
            "a.toml: component 1.Own: data_type: expected one of boolean, dateTime, decimal, "
            "integer, MemberList, OptionList, SequenceList, string"
        ),
        (
            "a.toml: component 1.Own: values: expected texts without commas, and without spaces "
            "around them"
        ),
        "a.toml: component 1.Own: summary: expected true or false",
    ]


@pytest.mark.parametrize(
    "limits",
    [
        "min_limit = nan",
        "max_limit = inf",
        "max_limit = 10000000000000000",
        "min_limit = 2\nmax_limit = 1",
        "max_length = -1",
        "max_length = inf",
    ],
)
def test_a_limit_that_no_report_could_tell_is_reported(limits: str) -> None:
    entries, wrong = read(
        f"""
        [[component]]
        name = "Fan"

        [[component.variable]]
        name = "Own"
        data_type = "decimal"
        {limits}
        """
    )

    assert entries == []
    assert len(wrong) == 1


@pytest.mark.parametrize("options", [["", "a"], ["a", " b"], ["a" * 500, "b" * 500]])
def test_a_list_of_values_that_no_report_could_tell_is_reported(options: list[str]) -> None:
    variable = {"name": "Own", "data_type": "MemberList", "values": options}
    document = {"component": [{"name": "Fan", "variable": [variable]}]}
    entries, wrong = read_components(document, "a.json")

    assert entries == []
    assert len(wrong) == 1
