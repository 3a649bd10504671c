from __future__ import annotations

import subprocess
import sys

import pytest

from ocppkit.v201 import device_model
from ocppkit.v201.device_model import (
    COMPONENTS,
    VARIABLES,
    AnyComponent,
    ClockCtrlr,
    CustomizationCtrlr,
    DeviceDataCtrlr,
    OCPPCommCtrlr,
    SampledDataCtrlr,
    SecurityCtrlr,
    TxCtrlr,
)
from ocppkit.variable import DataType, Mutability, Variable


def test_every_constant_stands_in_the_table_once() -> None:
    constants = [
        constant
        for name in device_model.__all__
        if isinstance(component := getattr(device_model, name), type)
        for constant in vars(component).values()
        if isinstance(constant, Variable)
    ]

    assert len(constants) == len(VARIABLES) == 254
    for (component, name, instance), variable in VARIABLES.items():
        assert (variable.component, variable.name, variable.instance) == (component, name, instance)


def test_every_variable_has_words_and_a_component() -> None:
    for variable in VARIABLES.values():
        assert variable.component in COMPONENTS
        assert variable.doc
        assert variable.doc != "As the specification has it."


def test_every_default_can_be_written_and_read_back() -> None:
    defaults = [variable for variable in VARIABLES.values() if variable.default is not None]

    assert len(defaults) == 4
    for variable in defaults:
        assert variable.parse(variable.format(variable.default)) == variable.default


def test_every_value_of_a_list_is_taken() -> None:
    for variable in VARIABLES.values():
        for value in variable.values:
            listed = variable.data_type in {DataType.MEMBER_LIST, DataType.SEQUENCE_LIST}

            assert variable.parse(value) == ((value,) if listed else value)


def test_a_variable_says_what_the_specification_says_of_it() -> None:
    heartbeat = OCPPCommCtrlr.HEARTBEAT_INTERVAL

    assert (heartbeat.component, heartbeat.name) == ("OCPPCommCtrlr", "HeartbeatInterval")
    assert (heartbeat.units, heartbeat.mutability) == (("s",), Mutability.READ_WRITE)
    with pytest.raises(ValueError, match=r"OCPPCommCtrlr\.HeartbeatInterval: expected at least 1"):
        heartbeat.parse("0")


def test_the_priority_of_networks_is_a_sequence() -> None:
    priority = OCPPCommCtrlr.NETWORK_CONFIGURATION_PRIORITY

    assert priority.data_type is DataType.SEQUENCE_LIST
    assert priority.parse("2,1") == ("2", "1")


def test_data_signed_starts_a_transaction_and_stops_none() -> None:
    assert TxCtrlr.TX_START_POINT.parse("DataSigned") == ("DataSigned",)
    with pytest.raises(ValueError, match="got 'DataSigned'"):
        TxCtrlr.TX_STOP_POINT.parse("DataSigned")


def test_instances_are_told_apart() -> None:
    report = DeviceDataCtrlr.ITEMS_PER_MESSAGE_GET_REPORT

    assert report.instance == "GetReport"
    assert VARIABLES["DeviceDataCtrlr", "ItemsPerMessage", "GetReport"] is report
    assert ClockCtrlr.TIME_OFFSET.instance is None
    assert ClockCtrlr.TIME_OFFSET_NEXT_TRANSITION.instance == "NextTransition"
    assert CustomizationCtrlr.CUSTOM_IMPLEMENTATION_ENABLED.instance is None
    assert CustomizationCtrlr.CUSTOM_IMPLEMENTATION_ENABLED.placeholder == "<vendorId>"


def test_alternative_units_are_kept() -> None:
    assert AnyComponent.ENERGY.units == ("Wh", "kWh")
    assert AnyComponent.ENERGY.component == "<generic>"


def test_defaults_are_typed() -> None:
    assert OCPPCommCtrlr.QUEUE_ALL_MESSAGES.default is False
    assert SampledDataCtrlr.TX_UPDATED_MEASURANDS.default == ("Energy.Active.Import.Register",)


def test_a_password_is_write_only() -> None:
    assert SecurityCtrlr.BASIC_AUTH_PASSWORD.mutability is Mutability.WRITE_ONLY


@pytest.mark.parametrize(
    ("version", "name", "modules"),
    [
        ("v201", "OCPPCommCtrlr", ("device_model", "codes")),
        ("v16", "Core", ("configuration", "codes")),
    ],
)
def test_the_tables_load_when_first_used(version: str, name: str, modules: tuple[str, str]) -> None:
    code = (
        f"import sys, ocppkit.{version} as face\n"
        f"loaded = [m for m in {modules} if f'ocppkit.{version}.{{m}}' in sys.modules]\n"
        "assert not loaded and 'ocppkit.variable' not in sys.modules, loaded\n"
        f"face.{name}\n"
        f"loaded = [m for m in {modules} if f'ocppkit.{version}.{{m}}' in sys.modules]\n"
        f"assert loaded == ['{modules[0]}'], loaded\n"
    )

    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
