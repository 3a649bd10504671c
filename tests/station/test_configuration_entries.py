from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import NOTHING

from ocppkit.errors import ConfigurationError
from ocppkit.station.settings import (
    KeyValue,
    Origin,
    Sourced,
    StationSettings,
    configuration_values,
    effective,
    initial_configuration,
    parse,
    variable_values,
)
from ocppkit.station.settings.about import About, rows
from ocppkit.station.settings.toml_text import value_text
from ocppkit.station.settings.values import VariableId
from ocppkit.v16.configuration import KEYS
from ocppkit.v201.device_model import VARIABLES
from ocppkit.variable import DataType, KeyType, Mutability

_LEAST = '[station]\nidentity = "CS001"\n[csms]\nurl = "ws://localhost:9000"\n'
_ELSEWHERE = {"AuthorizationKey", "NumberOfConnectors"}


def _keys(text: str) -> tuple[KeyValue, ...]:
    return parse(f"{_LEAST}[v16.configuration]\n{text}\n").v16.configuration


def _mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        parse(_LEAST + text)
    return [str(problem) for problem in raised.value.problems]


def _key_mistakes(text: str) -> list[str]:
    found = _mistakes(f"[v16.configuration]\n{text}\n")
    return [one.removeprefix("v16.configuration.") for one in found]


def _variable_mistakes(text: str) -> list[str]:
    found = _mistakes(f"[v201.variables]\n{text}\n")
    return [one.removeprefix("v201.variables.") for one in found]


def test_a_key_is_said_by_value_or_by_table() -> None:
    found = _keys(
        'connectiontimeout = 90\nMeterValuesSampledData = ["SoC", "Voltage.L1"]\n'
        'LocalPreAuthorize = { mutability = "ReadOnly" }\n'
        'Mine = { value = 1.5, custom = true }\nTimeOffset = "+01:00"\n'
        'DefaultPrice = { value = { priceText = "0.30" } }'
    )

    assert [(key.name, key.value) for key in found] == [
        ("ConnectionTimeOut", "90"),
        ("MeterValuesSampledData", "SoC,Voltage.L1"),
        ("LocalPreAuthorize", None),
        ("Mine", "1.5"),
        ("TimeOffset", "+01:00"),
        ("DefaultPrice", '{"priceText":"0.30"}'),
    ]
    assert found[2].mutability is Mutability.READ_ONLY
    assert found[3].custom


_SAMPLES: dict[KeyType | DataType, Any] = {
    KeyType.BOOLEAN: True,
    KeyType.INTEGER: 1,
    KeyType.JSON: '{"a":1}',
    KeyType.STRING: "x",
    DataType.BOOLEAN: False,
    DataType.DATE_TIME: "2026-01-01T00:00:00Z",
    DataType.DECIMAL: 1.5,
    DataType.INTEGER: 1,
    DataType.STRING: "x",
    DataType.OPTION_LIST: "x",
}


@pytest.mark.parametrize("name", sorted(KEYS.keys() - _ELSEWHERE))
def test_any_key_and_its_mutability_can_be_set(name: str) -> None:
    key = KEYS[name]
    item = f"1.{key.values[0]}" if key.numbered else (*key.values, "x")[0]
    value = [item] if key.type is KeyType.CSL else _SAMPLES[key.type]

    (found,) = _keys(f'{name} = {{ value = {value_text(value)}, mutability = "WriteOnly" }}')

    assert found.value is not None
    assert found.mutability is Mutability.WRITE_ONLY


@pytest.mark.parametrize("row", VARIABLES.values(), ids=str)
def test_any_variable_and_its_mutability_can_be_set(row: Any) -> None:
    if str(row) in {"SecurityCtrlr.BasicAuthPassword", "SecurityCtrlr.Identity"}:
        pytest.skip("has a setting of its own")
    component = "EVSE" if row.component == "<generic>" else row.component
    instance = row.instance or (row.placeholder and "1")
    name = f"{row.name}[{instance}]" if instance else row.name
    item = (*row.values, "x")[0]
    lists = {DataType.MEMBER_LIST, DataType.SEQUENCE_LIST}
    value: Any = [item] if row.data_type in lists else _SAMPLES[row.data_type]
    if row.values and row.data_type not in lists:
        value = item
    if row.minimum is not None and row.data_type is DataType.DECIMAL:
        value = row.minimum

    settings = parse(
        f"{_LEAST}[v201.variables.{component}]\n"
        f'"{name}" = {{ value = {value_text(value)}, mutability = "ReadOnly" }}'
    )

    (found,) = settings.v201.variables
    assert found.id == VariableId(component=component, variable=row.name, instance=instance or None)
    assert found.mutability is Mutability.READ_ONLY


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("HeartbeatIntervall = 3", "HeartbeatIntervall: unknown: did you mean HeartbeatInterval?"),
        ("Qwxz = 3", "Qwxz: unknown. One of your own needs `custom = true`"),
        ("ConnectionTimeOut = 'x'", "ConnectionTimeOut: expected an integer of 32 bits"),
        ("ConnectionTimeOut = {}", "ConnectionTimeOut: expected a value, or a table with `value`"),
        ("CpoName = 3", "CpoName: expected a text, got 3"),
        (
            "SecurityProfile = {value = 7, mutability = 'RO'}",
            "SecurityProfile.mutability: expected",
        ),
        (
            "SecurityProfile = {value = 7, mutability = 'RO'}",
            "SecurityProfile.value: expected at m",
        ),
        (
            "SecurityProfile = {value = 1, custom = true}",
            "SecurityProfile.custom: SecurityProfile ",
        ),
        ("Mine = {value = 1, custom = 1}", "Mine: unknown."),
        ("Mine = {value = {}, custom = true}", "Mine.value: expected a text, a number, true or"),
        ("CpoName = {valu = 'x'}", "CpoName.valu: unknown: did you mean value?"),
        ("CpoName = 'a'\ncponame = 'b'", "CpoName: is set twice"),
        ("AuthorizationKey = 'geheim'", "AuthorizationKey: expected in csms.password, not here"),
        ("NumberOfConnectors = 3", "NumberOfConnectors: expected in [[evse]]"),
        (f"CpoName = '{'x' * 501}'", "CpoName: expected at most 500 characters, got 501"),
    ],
)
def test_a_mistake_in_a_key_says_what_was_expected(text: str, mistake: str) -> None:
    assert [one for one in _key_mistakes(text) if one.startswith(mistake)]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("TxCtrlr = 3", "TxCtrlr: expected a table, got 3"),
        ("TxCtlr.X = 3", "TxCtlr.X: component TxCtlr is unknown: did you mean TxCtrlr?"),
        ("TxCtrlr.TxStart = 'x'", "TxCtrlr.TxStart: unknown: did you mean TxStartPoint?"),
        ("TxCtrlr.TxStartPoint = 'x'", "TxCtrlr.TxStartPoint: expected one of ParkingBay"),
        ("DeviceDataCtrlr.ItemsPerMessage = 3", "DeviceDataCtrlr.ItemsPerMessage: unknown: did "),
        ("'a[b'.X = 3", '"a[b": expected a component\'s name, perhaps with an instance'),
        ("TxCtrlr.'X[' = 3", 'TxCtrlr."X[": expected a variable\'s name, perhaps with an inst'),
        ("EVSE.Power = {value = 3, evse = 0}", "EVSE.Power.evse: expected an integer of at least"),
        ("EVSE.Power = {value = 3, evse = 2}", "EVSE.Power: expected an EVSE of 1 to 1, got 2"),
        ("EVSE.Power = {value = 3, connector = 1}", "EVSE.Power.connector: expected an `evse` "),
        (
            "Connector.Power = {value = 3, evse = 1, connector = 2}",
            "Connector.Power: expected a connector of 1 to 1, got 2",
        ),
        ("EVSE.Power = [{value = 3}, {value = 'x'}]", "EVSE.Power[1]: expected a number without"),
        ("EVSE.Power = [{value = 3}, {value = 4}]", "EVSE.Power: is set twice"),
        ("SecurityCtrlr.Identity = 'x'", "SecurityCtrlr.Identity: expected in station.identity"),
        ("SecurityCtrlr.BasicAuthPassword = 'x'", "SecurityCtrlr.BasicAuthPassword: expected in"),
    ],
)
def test_a_mistake_in_a_variable_says_what_was_expected(text: str, mistake: str) -> None:
    found = _variable_mistakes(text)

    assert [one for one in found if one.startswith(mistake)]


def test_a_variable_may_differ_from_evse_to_evse() -> None:
    settings = parse(
        _LEAST
        + """
        [[evse]]
        [[evse]]
        [v201.variables.evse]
        SupplyPhases = [{ value = 3, evse = 1 }, { value = 1, evse = 2 }]
        [v201.variables."Mine[left]"]
        "Thing[a]" = { value = true, custom = true }
        """
    )

    assert [(one.id.component, one.id.evse, one.value) for one in settings.v201.variables] == [
        ("EVSE", 1, "3"),
        ("EVSE", 2, "1"),
        ("Mine", None, "true"),
    ]
    assert settings.v201.variables[2].id.words() == ("Mine[left]", "Thing[a]")


def test_a_value_that_may_be_secret_is_not_shown() -> None:
    (found,) = _keys('Pin = { value = "4711", custom = true, mutability = "WriteOnly" }')

    assert found.value == "4711"
    assert "4711" not in repr(found)


def test_what_ocpp_set_wins_over_what_was_told() -> None:
    told = {"a": Sourced("1", Origin.FILE), "b": Sourced("2", Origin.ENVIRONMENT)}

    assert effective(told, {"b": "3", "c": "4"}) == {
        "a": Sourced("1", Origin.FILE),
        "b": Sourced("3", Origin.OCPP),
        "c": Sourced("4", Origin.OCPP),
    }
    assert told["b"] == Sourced("2", Origin.ENVIRONMENT)


def test_a_setting_is_the_factory_default_of_its_key_and_variable() -> None:
    settings = parse(
        _LEAST + "priority = [0]\n[transactions]\nev_connection_timeout = 45\n"
        'start_points = ["EVConnected", "Authorized"]\n'
    )

    keys, variables = configuration_values(settings), variable_values(settings)

    timeout = VariableId(component="TxCtrlr", variable="EVConnectionTimeOut")
    points = VariableId(component="TxCtrlr", variable="TxStartPoint")
    priority = VariableId(component="OCPPCommCtrlr", variable="NetworkConfigurationPriority")
    assert keys["ConnectionTimeOut"] == variables[timeout] == Sourced("45", Origin.FILE)
    assert keys["HeartbeatInterval"] == Sourced("300", Origin.DEFAULT)
    assert variables[points].value == "Authorized,EVConnected"
    assert variables[priority].value == "0"
    assert "CpoName" not in keys


def test_the_environment_is_the_origin_of_what_it_says() -> None:
    settings = parse(_LEAST, {"OCPPKIT_CSMS__HEARTBEAT_INTERVAL": "300"})

    assert configuration_values(settings)["HeartbeatInterval"].origin is Origin.ENVIRONMENT


def test_a_key_by_name_wins_over_the_setting_of_the_same_meaning() -> None:
    settings = parse(
        _LEAST + "[transactions]\nev_connection_timeout = 45\n"
        "[v16.configuration]\nConnectionTimeOut = 90\n"
        "[v201.variables.TxCtrlr]\nEVConnectionTimeOut = 91\n"
    )

    timeout = VariableId(component="TxCtrlr", variable="EVConnectionTimeOut")
    assert configuration_values(settings)["ConnectionTimeOut"] == Sourced("90", Origin.FILE)
    assert variable_values(settings)[timeout] == Sourced("91", Origin.FILE)


def _settings(cls: type, path: str = "") -> Iterator[tuple[str, Any, About]]:
    for attribute, said in rows(cls):
        here = f"{path}.{attribute.name}".removeprefix(".")
        if said.kind.table is not None:
            yield from _settings(said.kind.table, here)
        else:
            yield here, attribute.default, said


def test_keys_and_variables_of_settings_are_standard_ones() -> None:
    for path, _, said in _settings(StationSettings):
        if said.key is not None:
            assert said.key in KEYS, path
        if said.variable is not None:
            known = (said.variable.component, said.variable.variable, said.variable.instance)
            assert known in VARIABLES, path


def test_the_first_file_says_only_the_defaults() -> None:
    text = initial_configuration(identity="CS7", csms_url="wss://csms")

    assert parse(text) == parse('[station]\nidentity = "CS7"\n[csms]\nurl = "wss://csms"\n')


def test_the_first_file_has_every_setting() -> None:
    text = initial_configuration()

    for path, _, _ in _settings(StationSettings):
        if not path.startswith(("v16.", "v201.")):
            name = path.rpartition(".")[2]
            assert f"\n#{name} = " in text or f"\n{name} = " in text, path


def test_the_defaults_of_the_first_file_are_the_defaults() -> None:
    with_default = {
        path
        for path, default, _ in _settings(StationSettings)
        if default not in (None, NOTHING, ())
    }
    lines = initial_configuration().splitlines()
    uncommented: list[str] = []
    table = ""
    for line in lines:
        table = line.strip("#[]") if line.strip("#").startswith("[") else table
        path = f"{table}.{line[1:].partition(' ')[0]}"
        uncommented.append(line.removeprefix("#") if path in with_default else line)

    assert sum(a != b for a, b in zip(lines, uncommented, strict=True)) > 40
    assert parse("\n".join(uncommented)) == parse("\n".join(lines))


def test_nothing_stands_between_a_commented_header_and_its_keys() -> None:
    blocks = initial_configuration().split("\n\n")
    off = [block for block in blocks if "\n#[" in block]

    assert any("#[[csms.profiles]]" in block for block in off)
    for block in off:
        lines = block.splitlines()
        first = next(n for n, line in enumerate(lines) if line.startswith("#["))
        assert not any(line.startswith("# ") for line in lines[first:]), block
        assert not any(" = " in line and line[1] != " " for line in lines[:first]), block


def test_the_examples_of_the_first_file_are_right() -> None:
    text = initial_configuration().replace('\nurl = "ws', '\n#url = "ws')
    lines = [
        line.removeprefix("#")
        for line in text.splitlines()
        if not line.startswith("# ") and "ws://localhost" not in line
    ]
    lines.remove('password_file = "password.txt"')

    settings = parse("\n".join(lines))

    assert settings.csms.profiles[0].slot == 1
    assert settings.station.serial_number == "SN-0001"
    assert len(settings.v16.configuration) == 3
    assert len(settings.v201.variables) == 3
