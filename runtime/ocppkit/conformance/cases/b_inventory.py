"""Block B, provisioning: summaries, and reports by criteria."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._b_helpers import name_of, reported, with_reason
from ocppkit.conformance.checks import PRESENT, each, fields, matching, one_of
from ocppkit.conformance.inventory import Key
from ocppkit.v201 import (
    AttributeEnumType,
    ComponentCriterionEnumType,
    ComponentType,
    ComponentVariableType,
    DataEnumType,
    EVSEType,
    GenericDeviceModelStatusEnumType,
    GetBaseReportRequest,
    GetReportRequest,
    GetVariableDataType,
    GetVariablesRequest,
    GetVariableStatusEnumType,
    MutabilityEnumType,
    ReportBaseEnumType,
    ReportDataType,
    VariableType,
)

__all__ = ["tc_b_14_cs", "tc_b_16_cs", "tc_b_18_cs"]

_STATE: Final = "AvailabilityState"
_STATES: Final = {"Available", "Occupied", "Reserved", "Unavailable", "Faulted"}
_LISTS: Final = (DataEnumType.OPTION_LIST, DataEnumType.SEQUENCE_LIST, DataEnumType.MEMBER_LIST)
_ABNORMAL: Final = ("Problem", "Tripped", "Overload", "Fallback")
_ENABLED: Final = "Enabled"
_ITEMS: Final = "DeviceDataCtrlr.ItemsPerMessage[GetVariables]"
_TRUE: Final = matching("true", lambda value: value is not None and value.lower() == "true")


def _lists_states(text: str | None) -> bool:
    return text is not None and {part.strip() for part in text.split(",")} == _STATES


@case
async def tc_b_14_cs(t: Case) -> None:
    """A summary tells how available the station and its parts are, and what is wrong with them."""
    request = GetBaseReportRequest(
        request_id=t.kit.new_number(), report_base=ReportBaseEnumType.SUMMARY_INVENTORY
    )
    reports = await reported(t, request)
    for data in reports:
        t.check(3, data, variable_characteristics=PRESENT)
        characteristics = data.variable_characteristics
        if characteristics is not None and characteristics.data_type in _LISTS:
            t.check(3, characteristics, values_list=PRESENT)
    told = {name_of(data) for data in reports}
    _check_told(t, told, _places(t))
    _check_told(t, told, _abnormal(t))


@case
async def tc_b_16_cs(t: Case) -> None:
    """All components that are enabled are reported, and GetVariables agrees."""
    request = GetBaseReportRequest(
        request_id=t.kit.new_number(), report_base=ReportBaseEnumType.FULL_INVENTORY
    )
    everything = await reported(t, request)

    criteria = [ComponentCriterionEnumType.ENABLED]
    reports = await reported(
        t, GetReportRequest(request_id=t.kit.new_number(), component_criteria=criteria)
    )
    attribute = fields(value=_TRUE, type=one_of(None, AttributeEnumType.ACTUAL))
    for data in reports:
        t.check(3, data, variable_characteristics=PRESENT, variable__name=_ENABLED)
        if not _is_write_only(data):
            t.check(3, data, each("variable_attribute", attribute))
    enabled = [data for data in everything if _says_true(data)]
    _check_told(t, {name_of(data) for data in reports}, map(name_of, enabled))
    await _compare(t, reports)


@case
async def tc_b_18_cs(t: Case) -> None:
    """A variable of an EVSE is reported where that is available, and not where it has a problem."""
    reports = await reported(t, _of_evse(t, ComponentCriterionEnumType.AVAILABLE))
    _check_told(
        t, {name_of(data) for data in reports}, [Key(component="EVSE", name=_STATE, evse=1)]
    )
    one = fields(
        component__name="EVSE",
        component__evse__id=1,
        variable__name=_STATE,
        variable_characteristics__data_type=DataEnumType.OPTION_LIST,
        variable_characteristics__values_list=matching("all five states", _lists_states),
    )
    attribute = fields(
        mutability=MutabilityEnumType.READ_ONLY, type=one_of(None, AttributeEnumType.ACTUAL)
    )
    for data in reports:
        t.check(3, data, one, each("variable_attribute", attribute))

    empty = fields(
        status=GenericDeviceModelStatusEnumType.EMPTY_RESULT_SET,
        status_info=with_reason("NotFound"),
    )
    _ = await t.call(_of_evse(t, ComponentCriterionEnumType.PROBLEM), 6, check=empty)


def _of_evse(t: Case, criterion: ComponentCriterionEnumType) -> GetReportRequest:
    asked = ComponentVariableType(
        component=ComponentType(name="EVSE", evse=EVSEType(id=1)),
        variable=VariableType(name=_STATE),
    )
    return GetReportRequest(
        request_id=t.kit.new_number(), component_criteria=[criterion], component_variable=[asked]
    )


def _places(t: Case) -> list[Key]:
    """The states that a summary has to tell; a connector's only if it differs from its EVSE's."""
    keys = [Key(component="ChargingStation", name=_STATE)]
    keys += [Key(component="EVSE", name=_STATE, evse=evse) for evse in t.inventory.evses]
    for evse, connector in t.kit.connectors:
        key = Key(component="Connector", name=_STATE, evse=evse, connector=connector)
        if t.inventory.value(key) != t.inventory.value(
            Key(component="EVSE", name=_STATE, evse=evse)
        ):
            keys.append(key)
    return keys


def _abnormal(t: Case) -> list[Key]:
    return [item.key for item in t.inventory if item.key.name in _ABNORMAL and item.value == "true"]


def _check_told(t: Case, told: set[Key], wanted: Iterable[Key]) -> None:
    names = {str(key).lower() for key in told}
    for key in wanted:
        if str(key).lower() not in names:
            t.deviate(3, "NotifyReport", str(key), "not in the report")


def _is_write_only(data: ReportDataType) -> bool:
    return data.variable_attribute[0].mutability is MutabilityEnumType.WRITE_ONLY


def _says_true(data: ReportDataType) -> bool:
    value = data.variable_attribute[0].value or ""
    return data.variable.name == _ENABLED and value.lower() == "true"


async def _compare(t: Case, reports: Sequence[ReportDataType]) -> None:
    """Ask for what was reported, as many at a time as the station takes (errata 6.2.12)."""
    size = int(t.inventory.value(_ITEMS, "1"))
    for start in range(0, len(reports), size):
        chunk = reports[start : start + size]
        asked = [GetVariableDataType(component=it.component, variable=it.variable) for it in chunk]
        answer = await t.call(GetVariablesRequest(get_variable_data=asked), 6)
        if len(answer.get_variable_result) != len(chunk):
            came = f"{len(answer.get_variable_result)}"
            t.deviate(6, "GetVariablesResponse", f"{len(chunk)} results", came)
        for data in chunk:
            result = next(
                (
                    it
                    for it in answer.get_variable_result
                    if (it.component, it.variable) == (data.component, data.variable)
                ),
                None,
            )
            if result is None:
                t.deviate(6, "GetVariablesResponse", str(name_of(data)), "no result")
            elif _is_write_only(data):
                rejected = GetVariableStatusEnumType.REJECTED
                t.check(6, result, attribute_status=rejected, attribute_value=None)
            else:
                accepted = GetVariableStatusEnumType.ACCEPTED
                t.check(6, result, attribute_status=accepted, attribute_value=_TRUE)
