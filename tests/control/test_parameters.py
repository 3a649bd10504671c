from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ocppkit.control.commands import COMMANDS
from ocppkit.control.errors import CommandFailed, ErrorCode
from ocppkit.control.parameters import Kind, Parameter, read_arguments, typed

# Arguments that are right, for each command that takes some.
GOOD: dict[str, dict[str, Any]] = {
    "plug_in": {"evse": 1, "connector": 1, "ev": {"kind": "basic", "current_a": 16.5}},
    "plug_out": {"evse": 1, "connector": 1, "side": "ev"},
    "present_token": {"token": "04E1A2B3", "type": "eMAID", "evses": [1]},
    "set_fault": {"evse": 1, "connector": 1, "fault": "ground"},
    "clear_fault": {"evse": 1, "connector": 1, "fault": "ground"},
    "set_meter": {"evse": 0, "energy_wh": 1, "power_w": 2.5, "timestamp": "2030-01-01T00:00:00Z"},
    "pause_charging": {"evse": 1, "connector": 1},
    "resume_charging": {"evse": 1, "connector": 1},
    "ev_power": {"evse": 1, "power_w": 0},
    "stop_from_ev": {"evse": 1},
    "select": {"evse": 1},
    "bay": {"evse": 1, "occupied": False},
    "lock_behaviour": {"evse": 1, "connector": 1, "works": False},
    "data_transfer": {"vendor_id": "v", "message_id": "m", "data": {"any": [1]}},
    "security_event": {"type": "SettingSystemTime", "tech_info": "t"},
    "ev_certificate_request": {
        "evse": 1,
        "action": "Install",
        "schema_version": "urn:iso:15118:2:2013:MsgDef",
        "exi_request": "AAAA",
    },
    "set_host_handler": {"name": "data_transfer", "enabled": True},
    "host_reply": {"request": 3, "result": {"status": "Accepted"}},
    "subscribe": {"events": ["status"]},
    "variable": {"action": "get", "name": "OCPPCommCtrlr.HeartbeatInterval"},
    "configuration": {"action": "set", "name": "HeartbeatInterval", "value": "60"},
    "reboot": {"reason": "maintenance"},
}
# What no parameter of a kind takes.
WRONG: dict[Kind, list[Any]] = {
    Kind.INTEGER: ["1", 1.5, True, [], {}, float("nan")],
    Kind.NUMBER: ["1", True, [], {}, float("inf"), float("nan")],
    Kind.TEXT: [1, "", True, [], {}, "x" * 1_000_001],
    Kind.BOOLEAN: [0, "true", []],
    Kind.INTEGERS: [1, [], ["1"], [True], [1.5], {}],
    Kind.TEXTS: ["status", [1], {}],
    Kind.TIME: [1, "", "yesterday", "2030-13-01T00:00:00Z"],
    Kind.OBJECT: [1, "x", []],
    Kind.NAME: [1, "", True, [], {}, {"component": "EVSE"}, {"variable": 1}],
    Kind.VALUE: [[], {}, float("nan")],
    Kind.ANY: [],
}


def cases() -> list[tuple[str, str, Any]]:
    found = [
        (command.name, parameter.name, value)
        for command in COMMANDS.values()
        for parameter in command.parameters
        for value in WRONG[parameter.kind]
    ]
    found += [
        (command.name, parameter.name, "no such word" if parameter.kind is Kind.TEXT else ["no"])
        for command in COMMANDS.values()
        for parameter in command.parameters
        if parameter.choices
    ]
    found += [
        (command.name, parameter.name, parameter.minimum - 1)
        for command in COMMANDS.values()
        for parameter in command.parameters
        if parameter.minimum is not None and parameter.kind is not Kind.INTEGERS
    ]
    return found


def refusal(command: str, args: dict[str, Any]) -> CommandFailed:
    with pytest.raises(CommandFailed) as raised:
        read_arguments(COMMANDS[command].parameters, args)
    assert raised.value.code is ErrorCode.BAD_ARGS
    return raised.value


@pytest.mark.parametrize(("command", "name", "value"), cases())
def test_a_wrong_argument_is_refused_by_its_name(command: str, name: str, value: Any) -> None:
    assert name in refusal(command, {**GOOD[command], name: value}).message


@pytest.mark.parametrize("command", COMMANDS)
def test_right_arguments_are_taken(command: str) -> None:
    args = GOOD.get(command, {})

    assert read_arguments(COMMANDS[command].parameters, args).keys() >= args.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_argument_is_refused(command: str) -> None:
    assert "evze" in refusal(command, {**GOOD.get(command, {}), "evze": 1}).message


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (command.name, parameter.name)
        for command in COMMANDS.values()
        for parameter in command.parameters
        if parameter.required
    ],
)
def test_a_required_argument_is_missed(command: str, name: str) -> None:
    args = {key: value for key, value in GOOD[command].items() if key != name}

    assert "missing" in refusal(command, args).message
    assert "missing" in refusal(command, {**args, name: None}).message


def test_defaults_are_added_also_inside_objects() -> None:
    read = read_arguments(COMMANDS["plug_in"].parameters, {"evse": 1, "connector": 1, "ev": {}})

    assert read["ev"] == {
        "kind": "basic",
        "start_delay_s": 1,
        "current_a": 32,
        "phases": 1,
        "battery_wh": 60_000,
    }
    assert read_arguments(COMMANDS["present_token"].parameters, {"token": "A"}) == {
        "token": "A",
        "type": "ISO14443",
        "evses": (1,),
    }


def test_a_wrong_field_of_an_object_is_refused_by_its_path() -> None:
    assert "ev.phases" in refusal("plug_in", {**GOOD["plug_in"], "ev": {"phases": "3"}}).message
    assert "from 1 to 3" in refusal("plug_in", {**GOOD["plug_in"], "ev": {"phases": 4}}).message
    assert "ev.colour" in refusal("plug_in", {**GOOD["plug_in"], "ev": {"colour": 1}}).message


def test_a_time_becomes_a_datetime() -> None:
    read = read_arguments(COMMANDS["set_meter"].parameters, GOOD["set_meter"])

    assert read["timestamp"] == datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.INTEGER, "7", 7),
        (Kind.NUMBER, "7.5", 7.5),
        (Kind.TEXT, "7", "7"),
        (Kind.BOOLEAN, "Off", False),
        (Kind.BOOLEAN, "yes", True),
        (Kind.INTEGERS, "1,2", [1, 2]),
        (Kind.TEXTS, "a,b", ["a", "b"]),
        (Kind.OBJECT, '{"a":1}', {"a": 1}),
        (Kind.ANY, "[1]", [1]),
        (Kind.ANY, "hello there", "hello there"),
    ],
)
def test_what_is_typed_is_read_by_the_kind(kind: Kind, text: str, value: Any) -> None:
    assert typed(Parameter(name="p", kind=kind, about="x"), text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [(Kind.INTEGER, "x"), (Kind.NUMBER, "x"), (Kind.INTEGERS, "1,x"), (Kind.OBJECT, "{")],
)
def test_what_cannot_be_read_is_refused(kind: Kind, text: str) -> None:
    with pytest.raises(CommandFailed, match="p: "):
        typed(Parameter(name="p", kind=kind, about="x"), text)


@pytest.mark.parametrize("command", ["set_fault", "clear_fault"])
@pytest.mark.parametrize("fault", ["internal", "InternalError"])
def test_a_fault_is_taken_as_it_is_told_and_needs_no_connector(command: str, fault: str) -> None:
    read = read_arguments(COMMANDS[command].parameters, {"evse": 0, "fault": fault})

    assert read == {"evse": 0, "fault": fault}
