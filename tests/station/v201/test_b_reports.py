"""B07, B08: what variables there are is reported."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station import Fault, FaultKind
from ocppkit.station.settings.values import VariableId, VariableValue
from ocppkit.station.v201.variables import Variable

V201 = Version.V201
PIN = "1234-5678"
FAULT = Fault(kind=FaultKind.GROUND_FAILURE)
OWN = """
[[component]]
name = "Fan"
instance = "left"

[[component.variable]]
name = "FanSpeed"
data_type = "decimal"
unit = "RPM"
actual = { value = 250, mutability = "ReadOnly" }
target = {}
min_set = { value = 200, constant = true }
max_set = { value = 500, persistent = true }

[[component.variable]]
name = "Pin"
data_type = "string"
actual = { value = "1234-5678", mutability = "WriteOnly" }

[[component.variable]]
name = "Mode"
data_type = "OptionList"
values = ["Quiet", "Strong"]
actual = "Quiet"

[[component]]
name = "Fan"
instance = "right"

[[component.variable]]
name = "Active"
actual = { value = false, mutability = "ReadOnly" }

[[component.variable]]
name = "Tripped"
actual = { value = true, mutability = "ReadOnly" }
"""


@pytest.fixture
async def it(world: Any, tmp_path: Path) -> AsyncIterator[Any]:
    file = tmp_path / "own.toml"
    file.write_text(OWN)
    async with world(V201, components=(file,)).running() as running:
        yield running


def reported(it: Any) -> list[dict[str, Any]]:
    return [each for part in it.sent("NotifyReport") for each in part["reportData"]]


def name(each: dict[str, Any]) -> str:
    """In short: ``EVSE 1.Power``, ``Fan[left].Mode``."""
    component, variable = each["component"], each["variable"]
    text: str = component["name"]
    if "instance" in component:
        text += f"[{component['instance']}]"
    if "evse" in component:
        text += f" {component['evse']['id']}"
        if "connectorId" in component["evse"]:
            text += f".{component['evse']['connectorId']}"
    text += f".{variable['name']}"
    return text + (f"[{variable['instance']}]" if "instance" in variable else "")


def names(it: Any) -> set[str]:
    return {name(each) for each in reported(it)}


def of(it: Any, wanted: str) -> dict[str, Any]:
    (found,) = [each for each in reported(it) if name(each) == wanted]
    return found


async def base(it: Any, report: str = "FullInventory", request_id: int = 1) -> Any:
    return await it.call("GetBaseReport", requestId=request_id, reportBase=report)


async def custom(it: Any, *wanted: dict[str, Any], criteria: tuple[str, ...] = ()) -> Any:
    more: dict[str, Any] = {}
    if wanted:
        more["componentVariable"] = list(wanted)
    if criteria:
        more["componentCriteria"] = list(criteria)
    return await it.call("GetReport", requestId=2, **more)


def some(component: str, variable: str | None = None, **more: Any) -> dict[str, Any]:
    at: dict[str, Any] = {"name": component}
    if "of" in more:
        at["instance"] = more["of"]
    if "evse" in more:
        at["evse"] = {"id": more["evse"]}
        if "connector" in more:
            at["evse"]["connectorId"] = more["connector"]
    found: dict[str, Any] = {"component": at}
    if variable is not None:
        found["variable"] = {"name": variable}
        if "instance" in more:
            found["variable"]["instance"] = more["instance"]
    return found


@pytest.mark.requirement("B07.FR.01", "B07.FR.03", "B07.FR.04", "B07.FR.10", "B07.FR.12")
async def test_a_full_inventory_comes_after_the_answer_in_numbered_parts(it: Any) -> None:
    answer = await base(it, request_id=77)

    parts = it.sent("NotifyReport")
    assert answer == {"status": "Accepted"}
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part.get("tbc", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    assert {part["requestId"] for part in parts} == {77}
    assert len({part["generatedAt"] for part in parts}) == 1
    everything = it.station.core.dialect._variables.entries()
    assert len(reported(it)) == len(everything)


@pytest.mark.requirement("B07.FR.08", "B07.FR.11")
async def test_all_attributes_are_reported_with_or_without_a_value(it: Any) -> None:
    await base(it)

    found = of(it, "Fan[left].FanSpeed")
    assert found["variableAttribute"] == [
        {"type": "Actual", "value": "250", "mutability": "ReadOnly"},
        {"type": "Target", "value": "", "mutability": "ReadWrite", "persistent": True},
        {
            "type": "MinSet",
            "value": "200",
            "mutability": "ReadWrite",
            "persistent": True,
            "constant": True,
        },
        {"type": "MaxSet", "value": "500", "mutability": "ReadWrite", "persistent": True},
    ]
    assert found["variableCharacteristics"] == {
        "dataType": "decimal",
        "unit": "RPM",
        "supportsMonitoring": False,
    }
    power = of(it, "EVSE 1.Power")["variableCharacteristics"]
    assert (power["unit"], power["maxLimit"]) == ("W", 22_000)


@pytest.mark.requirement("B07.FR.03", "B08.FR.03", "B08.FR.12")
async def test_what_may_only_be_written_is_reported_without_its_value(it: Any) -> None:
    told = {}
    for report in ("FullInventory", "ConfigurationInventory"):
        it.calls.clear()
        await base(it, report)
        told[report] = (of(it, "Fan[left].Pin"), str(it.calls))
    it.calls.clear()
    await custom(it, some("Fan"))
    told["custom"] = (of(it, "Fan[left].Pin"), str(it.calls))

    for found, everything in told.values():
        (attribute,) = found["variableAttribute"]
        assert attribute["mutability"] == "WriteOnly"
        assert "value" not in attribute
        assert PIN not in everything
        assert found["variableCharacteristics"]["dataType"] == "string"


@pytest.mark.requirement("B07.FR.07")
async def test_the_configuration_holds_what_the_operator_can_set(it: Any) -> None:
    await base(it, "ConfigurationInventory")

    told = reported(it)
    assert {"Fan[left].Mode", "Fan[left].Pin", "OCPPCommCtrlr.OfflineThreshold"} <= names(it)
    assert "EVSE 1.AvailabilityState" not in names(it)
    assert all(
        any(each["mutability"] != "ReadOnly" for each in one["variableAttribute"]) for one in told
    )


@pytest.mark.requirement("B07.FR.09")
async def test_the_summary_tells_of_availability_and_of_what_is_wrong(it: Any) -> None:
    await base(it, "SummaryInventory")
    fine = names(it)
    await it.station.evse(1).fault(FAULT)
    await it.settle()
    it.calls.clear()
    await base(it, "SummaryInventory", request_id=2)

    states = {
        f"{part}.AvailabilityState" for part in ("ChargingStation", "EVSE 1", "Connector 1.1")
    }
    assert fine == states | {"Fan[right].Tripped"}
    assert names(it) - fine == {"EVSE 1.Problem", "Connector 1.1.Problem"}
    assert of(it, "EVSE 1.AvailabilityState")["variableAttribute"][0]["value"] == "Faulted"


async def test_a_base_report_that_nobody_knows_is_no_message(it: Any) -> None:
    answer = await base(it, "Everything")

    assert answer == "PropertyConstraintViolation"
    assert it.sent("NotifyReport") == []


@pytest.mark.requirement("B07.FR.13", "B08.FR.16")
async def test_a_report_under_way_keeps_its_number_and_a_fifth_is_rejected(it: Any) -> None:
    it.script["NotifyReport"] = lambda _: None

    first = await base(it)
    again = await base(it)
    more = [await base(it, request_id=number) for number in (2, 3, 4, 5)]
    chosen = await it.call("GetReport", requestId=1)

    assert [first["status"], again["status"]] == ["Accepted", "Rejected"]
    assert again["statusInfo"]["reasonCode"] == "DuplicateRequestId"
    assert [each["status"] for each in more] == ["Accepted"] * 3 + ["Rejected"]
    assert chosen["status"] == "Rejected"


async def test_a_number_can_be_used_again_once_its_report_is_over(it: Any) -> None:
    await base(it)
    again = await base(it)

    assert again["status"] == "Accepted"


@pytest.mark.requirement("B07.FR.03", "B08.FR.03")
async def test_a_report_goes_on_after_the_connection_was_lost(it: Any) -> None:
    many(it, 300)
    answers: Iterator[dict[str, Any] | None] = iter([{}, None])
    it.script["NotifyReport"] = lambda _: next(answers, {})
    await base(it)
    before = [part["seqNo"] for part in it.sent("NotifyReport")]
    await it.drop()
    await it.advance(120)

    numbers = [part["seqNo"] for part in it.sent("NotifyReport")]
    assert before == [0, 1]
    assert numbers == [0, 1, *range(1, numbers[-1] + 1)]
    assert it.sent("NotifyReport")[-1]["tbc"] is False
    assert numbers[-1] > 2


async def test_a_part_that_the_csms_does_not_take_keeps_nothing_from_it(it: Any) -> None:
    many(it, 300)
    it.script["NotifyReport"] = lambda part: "InternalError" if part["seqNo"] == 1 else {}

    await base(it)

    numbers = [part["seqNo"] for part in it.sent("NotifyReport")]
    assert numbers == list(range(len(numbers)))
    assert numbers[-1] > 2


async def test_a_report_is_given_while_the_boot_is_pending(world: Any) -> None:
    pending = world(V201)
    pending.boot = {"status": "Pending", "interval": 300}
    async with pending.running() as it:
        answer = await base(it)

    assert answer["status"] == "Accepted"
    assert it.sent("NotifyReport")[-1]["tbc"] is False


async def test_two_thousand_variables_are_reported_in_messages_of_bounded_size(it: Any) -> None:
    many(it, 2_000)
    await base(it)

    parts = it.sent("NotifyReport")
    assert len(reported(it)) > 2_000
    assert max(len(str(part)) for part in parts) < 33_000
    assert max(len(part["reportData"]) for part in parts) <= 100
    assert len(parts) < 60


def many(it: Any, count: int) -> None:
    variables = it.station.core.dialect._variables
    for number in range(count):
        variables.put(
            Variable(
                component="Panel", component_instance=str(number % 20), name=f"V{number}", get=str
            )
        )


@pytest.mark.requirement("B08.FR.01", "B08.FR.04", "B08.FR.11", "B08.FR.14")
async def test_a_custom_report_is_limited_to_what_is_wanted(it: Any) -> None:
    answer = await custom(it, some("EVSE", "AvailabilityState", evse=1))

    (part,) = it.sent("NotifyReport")
    assert answer == {"status": "Accepted"}
    assert (part["requestId"], part["seqNo"], part.get("tbc", False)) == (2, 0, False)
    (found,) = part["reportData"]
    assert found["component"] == {"name": "EVSE", "evse": {"id": 1}}
    assert found["variableAttribute"] == [
        {"type": "Actual", "value": "Available", "mutability": "ReadOnly"}
    ]
    listed = found["variableCharacteristics"]["valuesList"]
    assert sorted(listed.split(",")) == sorted(
        ["Available", "Occupied", "Reserved", "Unavailable", "Faulted"]
    )


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param(
            some("fan", of="LEFT"),
            {"Fan[left].FanSpeed", "Fan[left].Mode", "Fan[left].Pin", "Fan[left].Enabled"}
            - {"Fan[left].Enabled"},
            marks=pytest.mark.requirement("B08.FR.20", "B08.FR.24"),
        ),
        pytest.param(
            some("DeviceDataCtrlr", "ItemsPerMessage"),
            {
                f"DeviceDataCtrlr.ItemsPerMessage[{each}]"
                for each in ("GetReport", "GetVariables", "SetVariables")
            },
            marks=pytest.mark.requirement("B08.FR.21"),
        ),
        pytest.param(
            some("DeviceDataCtrlr", "ItemsPerMessage", instance="GetReport"),
            {"DeviceDataCtrlr.ItemsPerMessage[GetReport]"},
            marks=pytest.mark.requirement("B08.FR.11"),
        ),
        pytest.param(
            some("Connector", "Available", evse=1),
            {"Connector 1.1.Available"},
            marks=pytest.mark.requirement("B08.FR.22"),
        ),
        pytest.param(
            some("Connector", "Available", evse=1, connector=1),
            {"Connector 1.1.Available"},
            marks=pytest.mark.requirement("B08.FR.22"),
        ),
        pytest.param(
            some("EVSE", "Problem"),
            {"EVSE 1.Problem"},
            marks=pytest.mark.requirement("B08.FR.23"),
        ),
        pytest.param(
            some("Fan", "Tripped"),
            {"Fan[right].Tripped"},
            marks=pytest.mark.requirement("B08.FR.25"),
        ),
    ],
)
async def test_what_is_left_out_stands_for_all(
    it: Any, wanted: dict[str, Any], expected: set[str]
) -> None:
    answer = await custom(it, wanted)

    assert answer["status"] == "Accepted"
    assert names(it) == expected


@pytest.mark.requirement("B08.FR.15")
@pytest.mark.parametrize(
    ("wanted", "criteria"),
    [
        ((some("Nonsense"),), ()),
        ((some("EVSE", "Nonsense"),), ()),
        ((some("EVSE", "AvailabilityState", evse=9),), ()),
        ((some("Fan", of="middle"),), ()),
        ((some("DeviceDataCtrlr", "ItemsPerMessage", instance="Nonsense"),), ()),
        ((some("EVSE", "AvailabilityState", evse=1),), ("Problem",)),
        ((), ("Problem",)),
    ],
)
async def test_what_fits_nothing_is_an_empty_set(
    it: Any, wanted: tuple[dict[str, Any], ...], criteria: tuple[str, ...]
) -> None:
    answer = await custom(it, *wanted, criteria=criteria)

    assert answer == {"status": "EmptyResultSet", "statusInfo": {"reasonCode": "NotFound"}}
    assert it.sent("NotifyReport") == []


@pytest.mark.requirement("B08.FR.09")
async def test_enabled_components_are_told_by_that_variable(world: Any) -> None:
    async with world(V201).running() as it:
        await it.set_variable("AlignedDataCtrlr", "Enabled", "false")
        await custom(it, criteria=("Enabled",))
        told = reported(it)

    assert {each["variable"]["name"] for each in told} == {"Enabled"}
    assert {each["variableAttribute"][0]["value"] for each in told} == {"true"}
    assert {"EVSE 1.Enabled", "ClockCtrlr.Enabled"} <= {name(each) for each in told}
    assert "AlignedDataCtrlr.Enabled" not in {name(each) for each in told}


@pytest.mark.requirement("B08.FR.07")
async def test_a_component_without_the_variable_counts_as_active(it: Any) -> None:
    await custom(it, some("Fan"), criteria=("Active",))

    assert names(it) == {"Fan[left].FanSpeed", "Fan[left].Mode", "Fan[left].Pin"}


@pytest.mark.requirement("B08.FR.08", "B08.FR.05")
async def test_criteria_and_variables_limit_one_another(it: Any) -> None:
    await custom(it, some("EVSE", "AvailabilityState", evse=1), criteria=("Available",))

    assert names(it) == {"EVSE 1.AvailabilityState"}


@pytest.mark.requirement("B08.FR.10")
async def test_only_components_with_a_problem_are_told_as_such(it: Any) -> None:
    await it.station.evse(1).fault(FAULT)
    await it.settle()
    await custom(it, criteria=("Problem",))

    assert names(it) == {"EVSE 1.Problem", "Connector 1.1.Problem"}


@pytest.mark.requirement("B08.FR.13")
async def test_one_of_several_criteria_is_enough(it: Any) -> None:
    await it.station.evse(1).fault(FAULT)
    await it.settle()
    await custom(it, some("Fan"), some("EVSE"), criteria=("Problem", "Active"))

    assert {"EVSE 1.Problem", "EVSE 1.AvailabilityState", "Fan[left].Mode"} <= names(it)
    assert "Fan[right].Active" not in names(it)


async def test_without_any_limit_everything_is_told(it: Any) -> None:
    await custom(it)

    assert len(reported(it)) == len(it.station.core.dialect._variables.entries())


@pytest.mark.requirement("B08.FR.06", "B08.FR.17", "B08.FR.18")
@pytest.mark.parametrize(
    ("variable", "value", "error"),
    [
        ("ItemsPerMessage", "1", "OccurrenceConstraintViolation"),
        ("BytesPerMessage", "90", "FormatViolation"),
    ],
)
async def test_more_than_is_taken_is_refused(
    world: Any, variable: str, value: str, error: str
) -> None:
    named = VariableId(component="DeviceDataCtrlr", variable=variable, instance="GetReport")
    async with world(V201, variables=(VariableValue(id=named, value=value),)).running() as it:
        refused = await custom(it, some("EVSE"), some("Connector"))
        taken = await custom(it, some("EVSE"))

    assert refused == error
    assert taken["status"] == "Accepted"
