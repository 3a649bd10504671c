"""B05, B06: variables are set and read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from ocppkit.device_model.catalogue import required_of
from ocppkit.message import Version
from ocppkit.station.on_site import UnfitValue, UnknownSetting
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.settings.values import VariableId, VariableValue
from ocppkit.station.v201.variables import Variable
from ocppkit.v201 import AttributeEnumType
from ocppkit.variable import Mutability

COMM = "OCPPCommCtrlr"
FAN = """
[[component]]
name = "Fan"
instance = "left"

[[component.variable]]
name = "FanSpeed"
data_type = "decimal"
unit = "RPM"
min_limit = 0
max_limit = 1000
actual = { value = 250, mutability = "ReadOnly" }
target = { }
min_set = 200
max_set = 500

[[component.variable]]
name = "Pin"
data_type = "string"
max_length = 4
actual = { value = "1234", mutability = "WriteOnly" }

[[component.variable]]
name = "Enabled"
actual = true
"""


@pytest.fixture
async def it(world: Any, tmp_path: Path) -> AsyncIterator[Any]:
    file = tmp_path / "fan.toml"
    file.write_text(FAN)
    async with world(Version.V201, components=(file,)).running() as running:
        yield running


def data(component: str, variable: str, **more: Any) -> dict[str, Any]:
    """An item of a request; ``of`` is the component's instance, ``instance`` the variable's."""
    at: dict[str, Any] = {"name": component}
    if "of" in more:
        at["instance"] = more.pop("of")
    if "evse" in more:
        at["evse"] = {"id": more.pop("evse")}
    named: dict[str, Any] = {"name": variable}
    if "instance" in more:
        named["instance"] = more.pop("instance")
    return {"component": at, "variable": named, **more}


def fan(variable: str = "FanSpeed", **more: Any) -> dict[str, Any]:
    return data("Fan", variable, of="left", **more)


async def get(it: Any, *items: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await it.call("GetVariables", getVariableData=list(items))
    results: list[dict[str, Any]] = answer["getVariableResult"]
    return results


async def put(it: Any, *items: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await it.call("SetVariables", setVariableData=list(items))
    results: list[dict[str, Any]] = answer["setVariableResult"]
    return results


def statuses(results: list[dict[str, Any]]) -> list[str]:
    return [each["attributeStatus"] for each in results]


def reason(result: dict[str, Any]) -> str:
    code: str = result["attributeStatusInfo"]["reasonCode"]
    return code


def speed(value: str, type_: str = "Target") -> dict[str, Any]:
    return fan(attributeType=type_, attributeValue=value)


@pytest.mark.requirement("B05.FR.01", "B05.FR.02", "B05.FR.03", "B05.FR.10", "B05.FR.12")
async def test_each_variable_that_is_set_has_its_result(it: Any) -> None:
    results = await put(
        it,
        data(COMM, "OfflineThreshold", attributeValue="7"),
        speed("300"),
    )
    read = await get(it, data(COMM, "offlinethreshold"), fan(attributeType="Target"))

    assert results == [
        {
            "attributeStatus": "Accepted",
            "attributeType": "Actual",
            "component": {"name": COMM},
            "variable": {"name": "OfflineThreshold"},
        },
        {
            "attributeStatus": "Accepted",
            "attributeType": "Target",
            "component": {"name": "Fan", "instance": "left"},
            "variable": {"name": "FanSpeed"},
        },
    ]
    assert [each["attributeValue"] for each in read] == ["7", "300"]


@pytest.mark.requirement("B05.FR.04", "B05.FR.05", "B05.FR.06")
@pytest.mark.requirement("B06.FR.01", "B06.FR.06", "B06.FR.07", "B06.FR.08", "B06.FR.15")
@pytest.mark.parametrize(
    ("item", "status"),
    [
        (data("Nonsense", "Enabled"), "UnknownComponent"),
        (data("Fan", "FanSpeed"), "UnknownComponent"),
        (data("Fan", "FanSpeed", of=""), "UnknownComponent"),
        (data("EVSE", "Problem"), "UnknownComponent"),
        (data("EVSE", "Problem", evse=9), "UnknownComponent"),
        (data(COMM, "Nonsense"), "UnknownVariable"),
        (data("DeviceDataCtrlr", "ItemsPerMessage"), "UnknownVariable"),
        (data("DeviceDataCtrlr", "ItemsPerMessage", instance=""), "UnknownVariable"),
        (data("DeviceDataCtrlr", "ItemsPerMessage", instance="Get"), "UnknownVariable"),
        (data(COMM, "OfflineThreshold", attributeType="Target"), "NotSupportedAttributeType"),
        (fan("Enabled", attributeType="MaxSet"), "NotSupportedAttributeType"),
    ],
)
async def test_what_is_unknown_is_said_so(it: Any, item: dict[str, Any], status: str) -> None:
    (read,) = await get(it, item)
    (changed,) = await put(it, {**item, "attributeValue": "1"})

    assert read["attributeStatus"] == changed["attributeStatus"] == status
    assert "attributeValue" not in read
    assert read["component"] == item["component"]
    assert read["attributeType"] == item.get("attributeType", "Actual")


@pytest.mark.requirement("B05.FR.07", "B05.FR.08", "B05.FR.09")
@pytest.mark.parametrize(
    ("item", "code"),
    [
        (data(COMM, "OfflineThreshold", attributeValue="soon"), "InvalidValue"),
        (data(COMM, "OfflineThreshold", attributeValue="1.5"), "InvalidValue"),
        (data(COMM, "OfflineThreshold", attributeValue=""), "InvalidValue"),
        (data(COMM, "OfflineThreshold", attributeValue="-1"), "ValueOutOfRange"),
        (data(COMM, "HeartbeatInterval", attributeValue="0"), "ValueOutOfRange"),
        (data(COMM, "QueueAllMessages", attributeValue="TRUE"), "InvalidValue"),
        (data("TxCtrlr", "TxStartPoint", attributeValue="Nonsense"), "InvalidValue"),
        (data("TxCtrlr", "TxStartPoint", attributeValue=""), "InvalidValue"),
        (data("ClockCtrlr", "DateTime", attributeValue="now"), "ReadOnly"),
        (data("EVSE", "SupplyPhases", evse=1, attributeValue="1"), "ReadOnly"),
        (speed("1001", "MaxSet"), "ValueOutOfRange"),
        (speed("600"), "ValueOutOfRange"),
        (speed("199.5"), "ValueOutOfRange"),
        (speed("501", "MinSet"), "ValueOutOfRange"),
        (speed("199", "MaxSet"), "ValueOutOfRange"),
        (speed("1e2"), "InvalidValue"),
        (speed("300", "Actual"), "ReadOnly"),
        (fan("Pin", attributeValue="12345"), "TooLargeElement"),
    ],
)
async def test_a_value_that_does_not_fit_is_rejected(
    it: Any, item: dict[str, Any], code: str
) -> None:
    (result,) = await put(it, item)

    assert result["attributeStatus"] == "Rejected"
    assert reason(result) == code


@pytest.mark.requirement("B05.FR.08")
async def test_a_target_may_be_set_up_to_the_limits_and_the_limits_moved(it: Any) -> None:
    results = await put(it, speed("500"), speed("700", "MaxSet"))
    after = await put(it, speed("700"))

    assert statuses(results) == statuses(after) * 2 == ["Accepted", "Accepted"]


async def test_the_actual_value_of_equipment_stays_as_it_is_when_a_target_is_set(it: Any) -> None:
    await put(it, speed("300"))
    (actual,) = await get(it, fan())

    assert actual["attributeValue"] == "250"


@pytest.mark.requirement("B05.FR.13")
async def test_of_what_a_request_sets_twice_the_first_counts(it: Any) -> None:
    results = await put(
        it,
        data(COMM, "OfflineThreshold", attributeValue="7"),
        data(COMM.lower(), "offlineThreshold", attributeType="Actual", attributeValue="8"),
        speed("300"),
        speed("150", "MinSet"),
    )
    (read,) = await get(it, data(COMM, "OfflineThreshold"))

    assert statuses(results) == ["Accepted", "Rejected", "Accepted", "Accepted"]
    assert read["attributeValue"] == "7"


@pytest.mark.requirement("B05.FR.11", "B06.FR.05", "B06.FR.16")
@pytest.mark.parametrize("action", ["GetVariables", "SetVariables"])
async def test_more_items_than_are_taken_are_refused_and_nothing_is_set(
    world: Any, action: str
) -> None:
    of = VariableId(component="DeviceDataCtrlr", variable="ItemsPerMessage", instance=action)
    told = (VariableValue(id=of, value="2"),)
    item = data(COMM, "OfflineThreshold")
    key = action[0].lower() + action[1:-1] + "Data"
    if action == "SetVariables":
        item["attributeValue"] = "7"
    async with world(Version.V201, variables=told).running() as it:
        refused = await it.call(action, **{key: [item] * 3})
        (after,) = await get(it, data(COMM, "OfflineThreshold"))
        taken = await it.call(action, **{key: [item] * 2})
        (most,) = await get(it, data("DeviceDataCtrlr", "ItemsPerMessage", instance=action))

    assert refused == "OccurrenceConstraintViolation"
    assert len(taken[action[0].lower() + action[1:-1] + "Result"]) == 2
    assert after["attributeValue"] != "7"
    assert most["attributeValue"] == "2"


@pytest.mark.requirement("B06.FR.17")
@pytest.mark.parametrize("action", ["GetVariables", "SetVariables"])
async def test_a_request_of_more_bytes_than_are_taken_is_refused(world: Any, action: str) -> None:
    of = VariableId(component="DeviceDataCtrlr", variable="BytesPerMessage", instance=action)
    told = (VariableValue(id=of, value="200"),)
    item = data(COMM, "OfflineThreshold", instance="x" * 40)
    if action == "SetVariables":
        item["attributeValue"] = "7"
    key = action[0].lower() + action[1:-1] + "Data"
    async with world(Version.V201, variables=told).running() as it:
        refused = await it.call(action, **{key: [item] * 2})
        taken = await it.call(action, **{key: [item]})

    assert refused == "FormatViolation"
    assert isinstance(taken, dict)


async def test_a_value_longer_than_configured_values_may_be_is_rejected(world: Any) -> None:
    of = VariableId(component="DeviceDataCtrlr", variable="ConfigurationValueSize")
    own = VariableValue(id=VariableId(component="Own", variable="Text"), value="", custom=True)
    told = (VariableValue(id=of, value="5"), own)
    async with world(Version.V201, variables=told).running() as it:
        results = await put(it, data("Own", "Text", attributeValue="123456"))
        results += await put(it, data("Own", "Text", attributeValue="12345"))

    assert statuses(results) == ["Rejected", "Accepted"]
    assert reason(results[0]) == "TooLargeElement"


async def test_a_value_is_told_as_far_as_reported_values_may_be_long(world: Any) -> None:
    of = VariableId(component="DeviceDataCtrlr", variable="ReportingValueSize")
    own = VariableId(component="Own", variable="Text")
    told = (
        VariableValue(id=of, value="4"),
        VariableValue(id=own, value="123456", custom=True),
    )
    async with world(Version.V201, variables=told).running() as it:
        (read,) = await get(it, data("Own", "Text"))
        await it.call("GetBaseReport", requestId=1, reportBase="ConfigurationInventory")

    reported = [
        each["variableAttribute"][0]["value"]
        for part in it.sent("NotifyReport")
        for each in part["reportData"]
        if each["component"]["name"] == "Own"
    ]
    assert read["attributeValue"] == "1234"
    assert reported == ["1234"]


@pytest.mark.requirement("B06.FR.02", "B06.FR.03", "B06.FR.04", "B06.FR.10", "B06.FR.11")
@pytest.mark.requirement("B06.FR.14")
async def test_what_is_asked_for_is_told_under_the_same_names(it: Any) -> None:
    items = [
        data("DeviceDataCtrlr", "ItemsPerMessage", instance="GetReport"),
        data("EVSE", "SupplyPhases", evse=1, attributeType="Actual"),
        fan(),
    ]
    results = await get(it, *items)

    assert statuses(results) == ["Accepted"] * 3
    assert [each["attributeValue"] for each in results] == ["50", "3", "250"]
    assert [each["attributeType"] for each in results] == ["Actual"] * 3
    told = [(each["component"], each["variable"]) for each in results]
    assert told == [(each["component"], each["variable"]) for each in items]


@pytest.mark.requirement("B06.FR.13")
async def test_on_site_every_attribute_is_read_and_set_within_its_bounds(it: Any) -> None:
    target = it.station.setting("Fan[left].FanSpeed", attribute="Target")
    before = target.read()
    await target.set("300")
    with pytest.raises(UnfitValue, match="Target: expected at most 500"):
        await target.set("600")
    await it.station.setting("Fan[left].FanSpeed", attribute="MaxSet").set("700")
    await target.set("600")
    told = await get(it, fan(attributeType="Target"), fan())

    assert before == ""
    assert [each["attributeValue"] for each in told] == ["600", "250"]
    assert it.station.setting("Fan[left].FanSpeed").read() == "250"


@pytest.mark.parametrize(
    ("name", "attribute", "said"),
    [
        ("Fan[left].Pin", "Target", r"Fan\[left\].Pin has no Target, but Actual"),
        ("Fan[left].FanSpeed", "target", "there is no attribute 'target', but Actual, Target, Min"),
    ],
)
async def test_on_site_an_attribute_that_is_not_there_is_named(
    it: Any, name: str, attribute: str, said: str
) -> None:
    with pytest.raises(UnknownSetting, match=said):
        it.station.setting(name, attribute=attribute)


async def test_a_target_that_was_never_set_is_empty(it: Any) -> None:
    (result,) = await get(it, fan(attributeType="Target"))

    assert result["attributeStatus"] == "Accepted"
    assert result["attributeValue"] == ""


@pytest.mark.requirement("B06.FR.09")
async def test_what_may_only_be_written_is_never_told(it: Any, caplog: Any) -> None:
    (read,) = await get(it, fan("Pin"))
    (refused,) = await put(it, fan("Pin", attributeValue="98765"))

    assert read["attributeStatus"] == "Rejected"
    assert reason(read) == "WriteOnly"
    assert "attributeValue" not in read
    assert "98765" not in str(refused)
    assert "98765" not in caplog.text


async def test_what_counts_after_a_reboot_only_is_said_so(it: Any) -> None:
    taken: list[str] = []
    variables = it.station.core.dialect._variables
    variables.put(
        Variable(component="Own", name="Mode", get=lambda: "a", set=taken.append, reboot=True)
    )

    (result,) = await put(it, data("Own", "Mode", attributeValue="b"))

    assert result["attributeStatus"] == "RebootRequired"
    assert taken == ["b"]


async def test_why_a_variable_does_not_take_a_value_is_told_unless_it_is_secret(it: Any) -> None:
    def refuse(text: str) -> None:
        raise ValueError(f"{text} is too loud")

    variables = it.station.core.dialect._variables
    for name, readable in (("Open", True), ("Secret", False)):
        variables.put(Variable(component="Own", name=name, get=str, set=refuse, readable=readable))

    results = await put(
        it,
        data("Own", "Open", attributeValue="x"),
        data("Own", "Secret", attributeValue="x"),
    )

    assert statuses(results) == ["Rejected", "Rejected"]
    assert results[0]["attributeStatusInfo"]["additionalInfo"] == "x is too loud"
    assert results[1]["attributeStatusInfo"] == {"reasonCode": "InvalidValue"}


async def test_what_the_csms_sets_outlasts_a_restart_and_a_change_of_the_catalogue(
    world: Any, tmp_path: Path, caplog: Any
) -> None:
    file = tmp_path / "fan.toml"
    file.write_text(FAN)
    more = {"storage": Storage(state_dir=tmp_path), "components": (file,)}
    async with world(Version.V201, **more).running() as it:
        await put(it, speed("300"), data(COMM, "OfflineThreshold", attributeValue="7"))
    file.write_text(FAN.replace("max_limit = 1000", "max_limit = 290"))
    caplog.clear()
    async with world(Version.V201, **more).running() as it:
        without = await get(it, fan(attributeType="Target"), data(COMM, "OfflineThreshold"))
        told = caplog.text
    file.write_text(FAN)
    async with world(Version.V201, **more).running() as it:
        again = await get(it, fan(attributeType="Target"))

    assert [each["attributeValue"] for each in without] == ["", "7"]
    assert "does not fit any more" in told
    assert again[0]["attributeValue"] == "300"


async def test_everything_that_does_not_agree_is_logged_at_once_and_the_station_boots(
    world: Any, tmp_path: Path, caplog: Any
) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(
        FAN.replace("value = 250", "value = 9999")
        + """
[[component]]
name = "EVSE"
evse = 7

[[component.variable]]
name = "AllowReset"

[[component]]
name = "OCPPCommCtrlr"

[[component.variable]]
name = "OfflineThreshold"
data_type = "string"
"""
    )
    missing = tmp_path / "missing.json"
    async with world(Version.V201, components=(file, missing)).running() as it:
        booted = it.station.online
        logged = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]

    assert booted
    (told,) = logged
    assert "Fan[left].FanSpeed: Actual: expected at most 1000" in told
    assert "EVSE.AllowReset (EVSE 7): is left out: there is no EVSE 7" in told
    assert "OCPPCommCtrlr.OfflineThreshold: is of type integer, not string" in told
    assert "missing.json: cannot be read: No such file or directory" in told


async def test_a_file_may_lock_and_preset_what_the_station_has_itself(
    world: Any, tmp_path: Path
) -> None:
    file = tmp_path / "more.toml"
    file.write_text(
        """
[[component]]
name = "OCPPCommCtrlr"

[[component.variable]]
name = "OfflineThreshold"
max_limit = 60
actual = { value = 40, mutability = "ReadOnly" }

[[component.variable]]
name = "HeartbeatInterval"
max_limit = 600
actual = 500
"""
    )
    async with world(Version.V201, components=(file,)).running() as it:
        policy = it.station.core.policy
        preset = policy.offline_threshold
        results = await put(
            it,
            data(COMM, "OfflineThreshold", attributeValue="7"),
            data(COMM, "HeartbeatInterval", attributeValue="601"),
            data(COMM, "HeartbeatInterval", attributeType="Actual", attributeValue="600"),
        )

    assert preset == 40
    assert [reason(each) for each in results] == ["ReadOnly", "ValueOutOfRange", "InvalidValue"]


@pytest.mark.requirement("B07.FR.08")
async def test_every_required_variable_of_the_components_that_are_there_is_there(it: Any) -> None:
    rows = it.station.core.dialect._variables.all()
    there = {(row.component, row.name, row.instance) for row in rows}
    required = required_of({row.component for row in rows})

    missing = {str(row) for row in required if (row.component, row.name, row.instance) not in there}
    # It comes with the limits that the CSMS is told of (K12).
    assert missing <= {"SmartChargingCtrlr.LimitChangeSignificance"}


async def test_what_all_variables_are_fits_what_they_may_be(it: Any) -> None:
    wrong = []
    for entry in it.station.core.dialect._variables.entries():
        told = entry.characteristics
        listed = {"OptionList", "MemberList", "SequenceList"}
        if told.data_type in listed and not told.values:
            wrong.append(f"{entry.id.described()} has no list of values")
        held = (entry.actual or "").split(",") if told.values else []
        wrong += [
            f"{entry.id.described()} cannot be {value}"
            for value in held
            if value and value not in told.values
        ]

    assert wrong == []


def test_mutability_follows_from_what_can_be_done() -> None:
    row = Variable(component="A", name="B", get=str, set=print, readable=False)

    assert row.mutability is Mutability.WRITE_ONLY
    assert row.outlasts
    assert row.attribute is AttributeEnumType.ACTUAL
    assert Variable(component="A", name="B", get=str).mutability is Mutability.READ_ONLY


@pytest.mark.requirement("B06.FR.04")
async def test_the_version_of_the_firmware_is_that_which_runs_after_an_update(it: Any) -> None:
    of = data("ChargingStation", "FirmwareVersion")
    (before,) = await get(it, of)
    it.hardware.description = evolve(it.hardware.description, firmware_version="9.9")
    await it.call("Reset", type="Immediate")
    await it.settle()
    (after,) = await get(it, of)

    assert before["attributeValue"] == "1.0"
    assert after["attributeValue"] == "9.9"
    assert it.sent("BootNotification")[-1]["chargingStation"]["firmwareVersion"] == "9.9"
