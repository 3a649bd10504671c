"""Keys and variables on site, through a station in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ocppkit import v16, v201
from ocppkit.csms import CsmsServer
from ocppkit.message import Version

from .driver import driven, write_file

NOWHERE = "ws://127.0.0.1:9"  # the discard port: nobody listens there
KEYS = """
[v16.configuration]
ConnectionTimeOut = { value = 60, mutability = "ReadOnly" }
NumberOfConnectors = { mutability = "ReadOnly" }
Pin = { value = "4711", custom = true, mutability = "WriteOnly" }
"""
VARIABLES = """
[v201.variables.TxCtrlr]
EVConnectionTimeOut = { value = 60, mutability = "ReadOnly" }

[v201.variables.Acme]
Pin = { value = "4711", custom = true, mutability = "WriteOnly" }
"""


def told(name: str, value: str | None, mutability: str) -> dict[str, Any]:
    return {"name": name, "value": value, "mutability": mutability}


async def test_a_key_is_read_and_set_and_outlasts_a_power_cut(tmp_path: Path) -> None:
    more = f'{KEYS}\n[storage]\nstate_dir = "state"\n'
    file = write_file(tmp_path, url=NOWHERE, version="1.6", more=more)

    async with driven(file) as (station, driver):
        before = await driver.do("configuration", action="get", name="heartbeatinterval")
        changed = await driver.do("configuration", action="set", name="HeartbeatInterval", value=77)
        locked = await driver.do("configuration", action="set", name="ConnectionTimeOut", value=9)
        station.kill()
        await station.exit_code()
    async with driven(file) as (_, driver):
        after = [
            await driver.do("configuration", action="get", name=name)
            for name in ("HeartbeatInterval", "ConnectionTimeOut")
        ]

    assert before == told("HeartbeatInterval", "300", "ReadWrite")
    assert changed == told("HeartbeatInterval", "77", "ReadWrite")
    assert locked == told("ConnectionTimeOut", "9", "ReadOnly")
    assert after == [changed, locked]


async def test_a_variable_is_read_and_set_and_outlasts_a_power_cut(tmp_path: Path) -> None:
    more = f'{VARIABLES}\n[storage]\nstate_dir = "state"\n'
    file = write_file(tmp_path, url=NOWHERE, version="2.0.1", more=more)
    timeout = "TxCtrlr.EVConnectionTimeOut"
    place = {"component": "EVSE", "variable": "SupplyPhases", "evse": 1}
    items = "DeviceDataCtrlr.ItemsPerMessage[GetReport]"

    async with driven(file) as (station, driver):
        by_object = await driver.do("variable", action="get", name=place)
        by_text = await driver.do("variable", action="get", name="evse.supplyphases", evse=1)
        instance = await driver.do("variable", action="get", name=items, attribute="Actual")
        changed = await driver.do(
            "variable", action="set", name="OCPPCommCtrlr.QueueAllMessages", value=True
        )
        locked = await driver.do("variable", action="set", name=timeout, value="9")
        station.kill()
        await station.exit_code()
    async with driven(file) as (_, driver):
        after = [
            await driver.do("variable", action="get", name=each["name"])
            for each in (changed, locked)
        ]

    assert by_object == by_text == told("EVSE.SupplyPhases (EVSE 1)", "3", "ReadOnly")
    assert instance == told(items, "50", "ReadOnly")
    assert changed == told("OCPPCommCtrlr.QueueAllMessages", "true", "ReadWrite")
    assert locked == told(timeout, "9", "ReadOnly")
    assert after == [changed, locked]


async def test_a_target_is_read_and_set(tmp_path: Path) -> None:
    (tmp_path / "fan.toml").write_text(
        '[[component]]\nname = "Fan"\n[[component.variable]]\nname = "Speed"\n'
        'data_type = "integer"\nactual = 250\ntarget = 200\n'
    )
    more = '\n[device_model]\nfiles = ["fan.toml"]\n'
    file = write_file(tmp_path, url=NOWHERE, version="2.0.1", more=more)
    name = {"component": "Fan", "variable": "Speed", "attribute": "Target"}

    async with driven(file) as (_, driver):
        before = await driver.do("variable", action="get", name="Fan.Speed", attribute="Target")
        changed = await driver.do("variable", action="set", name=name, value=300)
        actual = await driver.do("variable", action="get", name="Fan.Speed")

    assert before == told("Fan.Speed, Target", "200", "ReadWrite")
    assert changed == told("Fan.Speed, Target", "300", "ReadWrite")
    assert actual == told("Fan.Speed", "250", "ReadWrite")


async def test_the_csms_sees_what_was_set_on_site_and_cannot_set_what_is_read_only(
    tmp_path: Path,
) -> None:
    async with CsmsServer(port=0) as csms:
        file = write_file(tmp_path, url=csms.url, version="1.6", more=KEYS)
        async with driven(file) as (_, driver):
            await driver.event("registration", status="Accepted")
            await driver.do("configuration", action="set", name="ConnectionTimeOut", value="9")
            csms_side = csms.station("CS001")
            found = await csms_side.call(v16.GetConfigurationRequest(key=["ConnectionTimeOut"]))
            refused = await csms_side.call(
                v16.ChangeConfigurationRequest(key="ConnectionTimeOut", value="5")
            )

    assert found.configuration_key is not None
    (key,) = found.configuration_key
    assert (key.value, key.readonly) == ("9", True)
    assert refused.status is v16.ConfigurationStatus.REJECTED


async def test_the_csms_sees_a_variable_that_was_set_on_site(tmp_path: Path) -> None:
    named: dict[str, Any] = {
        "component": v201.ComponentType(name="TxCtrlr"),
        "variable": v201.VariableType(name="EVConnectionTimeOut"),
    }
    async with CsmsServer(port=0) as csms:
        file = write_file(tmp_path, url=csms.url, version="2.0.1", more=VARIABLES)
        async with driven(file) as (_, driver):
            await driver.event("registration", status="Accepted")
            name = "TxCtrlr.EVConnectionTimeOut"
            await driver.do("variable", action="set", name=name, value=9)
            csms_side = csms.station("CS001")
            found = await csms_side.call(
                v201.GetVariablesRequest(get_variable_data=[v201.GetVariableDataType(**named)])
            )
            refused = await csms_side.call(
                v201.SetVariablesRequest(
                    set_variable_data=[v201.SetVariableDataType(attribute_value="5", **named)]
                )
            )

    assert found.get_variable_result[0].attribute_value == "9"
    status = refused.set_variable_result[0].attribute_status
    assert status is v201.SetVariableStatusEnumType.REJECTED


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ({"action": "get", "name": "HeartbeatIntervall"}, "bad_args", "did you mean Heartbeat"),
        ({"action": "get", "name": "Nonsense.At.All"}, "bad_args", "there is no key"),
        ({"action": "set", "name": "HeartbeatInterval"}, "bad_args", "value: missing"),
        (
            {"action": "get", "name": "HeartbeatInterval", "value": "1"},
            "bad_args",
            "value: it is for set only",
        ),
        (
            {"action": "set", "name": "HeartbeatInterval", "value": "soon"},
            "bad_args",
            "HeartbeatInterval: expected an integer",
        ),
        (
            {"action": "set", "name": "MeterValuesSampledData", "value": "Mood"},
            "bad_args",
            "Mood",
        ),
        ({"action": "set", "name": "Pin", "value": "x" * 501}, "bad_args", "500 characters"),
        ({"action": "set", "name": "NumberOfConnectors", "value": 7}, "failed", "nobody can set"),
        ({"action": "get", "name": "Pin"}, "failed", "never shown"),
    ],
)
async def test_what_is_no_key_or_no_value_of_one_is_said(
    tmp_path: Path, args: dict[str, Any], code: str, said: str
) -> None:
    file = write_file(tmp_path, url=NOWHERE, version="1.6", more=KEYS)

    async with driven(file) as (_, driver):
        error = (await driver.ask("configuration", **args))["error"]

    assert error["code"] == code
    assert said in error["message"]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ({"action": "get", "name": "TxCtrlr"}, "bad_args", "Component.Variable is expected"),
        (
            {"action": "get", "name": "TxCtrlr.EVConnectionTimeout2"},
            "bad_args",
            "did you mean TxCtrlr.EVConnectionTimeOut?",
        ),
        ({"action": "get", "name": "EVSE.Power"}, "bad_args", "there is none at the station"),
        ({"action": "get", "name": "EVSE.Power", "evse": 2}, "bad_args", "there is no EVSE 2"),
        (
            {"action": "get", "name": "EVSE.Power", "connector": 1},
            "bad_args",
            "the evse is missing",
        ),
        (
            {"action": "get", "name": {"component": "EVSE", "variable": "Power"}, "evse": 1},
            "bad_args",
            "evse: it belongs into the object",
        ),
        (
            {"action": "get", "name": "EVSE.Power", "evse": 1, "attribute": "Target"},
            "bad_args",
            "EVSE.Power (EVSE 1) has no Target, but Actual",
        ),
        (
            {"action": "set", "name": "TxCtrlr.TxStartPoint", "value": "Whenever"},
            "bad_args",
            "expected a list of Authorized, ",
        ),
        (
            {"action": "set", "name": "OCPPCommCtrlr.QueueAllMessages", "value": 1},
            "bad_args",
            "expected true or false, got '1'",
        ),
        (
            {"action": "set", "name": "OCPPCommCtrlr.HeartbeatInterval", "value": 0},
            "bad_args",
            "expected at least 1, got '0'",
        ),
        (
            {"action": "set", "name": "EVSE.Power", "evse": 1, "value": 1},
            "failed",
            "nobody can set",
        ),
        ({"action": "get", "name": "Acme.Pin"}, "failed", "never shown"),
    ],
)
async def test_what_is_no_variable_or_no_value_of_one_is_said(
    tmp_path: Path, args: dict[str, Any], code: str, said: str
) -> None:
    file = write_file(tmp_path, url=NOWHERE, version="2.0.1", more=VARIABLES)

    async with driven(file) as (_, driver):
        error = (await driver.ask("variable", **args))["error"]

    assert error["code"] == code
    assert said in error["message"]


async def test_what_may_only_be_written_is_set_and_shown_nowhere(tmp_path: Path) -> None:
    file = write_file(tmp_path, url=NOWHERE, version="1.6", more=KEYS)

    async with driven(file, "--log-level", "debug") as (station, driver):
        result = await driver.do("configuration", action="set", name="Pin", value="8899-secret")
        error = (await driver.ask("configuration", action="set", name="Pin", value="s" * 501))[
            "error"
        ]
        await driver.do("quit")
        await station.exit_code()

    assert result == told("Pin", None, "WriteOnly")
    assert "sss" not in error["message"]
    assert "8899-secret" not in station.log


@pytest.mark.parametrize(
    ("version", "missing", "there"),
    [("1.6", "variable", "configuration"), ("2.0.1", "configuration", "variable")],
)
async def test_the_other_versions_command_is_not_supported(
    tmp_path: Path, version: str, missing: str, there: str
) -> None:
    async with driven(write_file(tmp_path, url=NOWHERE, version=version)) as (_, driver):
        error = (await driver.ask(missing, action="get", name="x.y"))["error"]

    assert error["code"] == "not_supported"
    assert there in error["message"]
    assert missing not in driver.ready["capabilities"]
    assert there in driver.ready["capabilities"]


async def test_where_both_are_spoken_the_version_of_the_connection_counts(tmp_path: Path) -> None:
    async with CsmsServer(port=0, versions=[Version.V16]) as csms:
        file = write_file(tmp_path, url=csms.url, version="1.6")
        file.write_text(file.read_text().replace('["1.6"]', '["2.0.1", "1.6"]'))
        async with driven(file) as (_, driver):
            await driver.event("registration", status="Accepted")
            error = (await driver.ask("variable", action="get", name="TxCtrlr.TxStartPoint"))[
                "error"
            ]
            key = await driver.do("configuration", action="get", name="NumberOfConnectors")

    assert (error["code"], "use configuration" in error["message"]) == ("not_supported", True)
    assert key["value"] == "1"
