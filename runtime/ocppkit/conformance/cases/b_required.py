"""Block B, provisioning: whole inventories, and what must be in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._b_helpers import name_of, reported
from ocppkit.conformance.checks import ABSENT, PRESENT, Check, fields, one_of
from ocppkit.conformance.inventory import Inventory, Key
from ocppkit.v201 import (
    COMPONENTS,
    VARIABLES,
    DataEnumType,
    GetBaseReportRequest,
    MutabilityEnumType,
    ReportBaseEnumType,
    ReportDataType,
    VariableAttributeType,
)
from ocppkit.variable import Mutability, Variable

__all__ = ["tc_b_12_cs", "tc_b_13_cs", "tc_b_53_cs"]

_Base = ReportBaseEnumType
_WRITE_ONLY: Final = MutabilityEnumType.WRITE_ONLY
_LISTS: Final = {DataEnumType.OPTION_LIST, DataEnumType.SEQUENCE_LIST, DataEnumType.MEMBER_LIST}
_CORE: Final = {
    "AlignedDataCtrlr",
    "AuthCtrlr",
    "ClockCtrlr",
    "DeviceDataCtrlr",
    "OCPPCommCtrlr",
    "SampledDataCtrlr",
    "SecurityCtrlr",
    "TxCtrlr",
}
"""The components that every station has, beside the equipment itself."""

_EQUIPMENT: Final = {"ChargingStation", "EVSE", "Connector"}
_GENERIC: Final = "<generic>"


@case
async def tc_b_12_cs(t: Case) -> None:
    """All that can be set is reported, and nothing else."""
    reports = await _inventory(t, _Base.CONFIGURATION_INVENTORY)
    _check_lists(t, reports)
    _writable(t, reports)
    _check_required(t, reports, writable_only=True)


@case
async def tc_b_13_cs(t: Case) -> None:
    """All variables are reported."""
    reports = await _inventory(t, _Base.FULL_INVENTORY)
    _check_lists(t, reports)
    _check_required(t, reports)


@case
async def tc_b_53_cs(t: Case) -> None:
    """All variables are reported, with values that fit."""
    reports = await _inventory(t, _Base.FULL_INVENTORY)
    _check_lists(t, reports)
    _check_values(t, reports)
    _check_required(t, reports)


async def _inventory(t: Case, base: ReportBaseEnumType) -> list[ReportDataType]:
    request = GetBaseReportRequest(request_id=t.kit.new_number(), report_base=base)
    return await reported(t, request)


def _check_lists(t: Case, reports: Iterable[ReportDataType]) -> None:
    """See that every variable has characteristics, and every list all that may be in it."""
    for data in reports:
        name = str(name_of(data))
        facts = data.variable_characteristics
        if facts is None:
            t.deviate(3, f"{name}: variableCharacteristics", "any value", "nothing")
        elif facts.data_type in _LISTS and not facts.values_list:
            t.deviate(3, f"{name}: valuesList", "any value", "nothing")


def _check_values(t: Case, reports: Iterable[ReportDataType]) -> None:
    """See that what is told of values fits (errata 6.2.19)."""
    for data in reports:
        key = name_of(data)
        standard = _is_standard(key)
        for attribute in data.variable_attribute:
            if attribute.mutability is _WRITE_ONLY:
                _note(t, key, attribute, fields(value=ABSENT))
            elif standard and (key.component, key.name) != ("EVSE", "Power"):
                _note(t, key, attribute, fields(value=PRESENT))
            facts = data.variable_characteristics
            if facts is None or facts.data_type not in _LISTS or not attribute.value:
                continue
            chosen = _parts(attribute.value)
            if facts.data_type is DataEnumType.OPTION_LIST:
                chosen = [attribute.value]
            listed = _parts(facts.values_list or "")
            if not {*chosen} <= {*listed}:
                t.deviate(3, f"{key}: value", f"of {facts.values_list}", attribute.value)


def _writable(t: Case, reports: Iterable[ReportDataType]) -> None:
    """See that every variable can be set; what is not said is ReadWrite by the schema."""
    can_be_set = fields(mutability=one_of(ABSENT, MutabilityEnumType.READ_WRITE, _WRITE_ONLY))
    for data in reports:
        for attribute in data.variable_attribute:
            _note(t, name_of(data), attribute, can_be_set)


def _check_required(
    t: Case, reports: Iterable[ReportDataType], *, writable_only: bool = False
) -> None:
    """See that every variable is there that the specification requires of such a station."""
    inventory = Inventory(list(reports))
    for variable in VARIABLES.values():
        can_be_set = variable.mutability in (Mutability.READ_WRITE, Mutability.WRITE_ONLY)
        if not variable.required or (writable_only and not can_be_set):
            continue
        for key in _lacking(t, inventory, variable):
            t.deviate("", str(key), "this required variable", "none")


def _lacking(t: Case, inventory: Inventory, variable: Variable[Any]) -> Iterator[Key]:
    key = Key(component=variable.component, name=variable.name, instance=variable.instance)
    if variable.component in _EQUIPMENT:
        places: dict[str, Callable[[], Iterable[Key]]] = {
            "ChargingStation": lambda: [key],
            "EVSE": lambda: [key.at(evse) for evse in t.inventory.evses],
            "Connector": lambda: [key.at(*place) for place in t.kit.connectors],
        }
        for place in places[variable.component]():
            if inventory.get(place) is None:
                yield place
    elif _is_implemented(t, variable.component) and not any(
        (item.key.component.lower(), item.key.name.lower(), item.key.instance)
        == (key.component.lower(), key.name.lower(), key.instance)
        for item in inventory
    ):
        yield key


def _is_implemented(t: Case, component: str) -> bool:
    """Whether the station has what a component stands for."""
    if component in _CORE:
        return True
    of_it = [item for item in t.inventory if item.key.component.lower() == component.lower()]
    lacking = [item for item in of_it if item.key.name == "Available" and item.value == "false"]
    return bool(of_it) and not lacking


def _is_standard(key: Key) -> bool:
    if key.component not in COMPONENTS:
        return False
    return any(
        (each.component in (key.component, _GENERIC)) and each.name == key.name
        for each in VARIABLES.values()
    )


def _note(t: Case, key: Key, attribute: VariableAttributeType, check: Check) -> None:
    for found in check(attribute):
        t.deviate(3, f"{key}: {found.path}", found.expected, found.came)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
