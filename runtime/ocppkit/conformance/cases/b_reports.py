"""Block B, provisioning: reports of the device model."""

from __future__ import annotations

from typing import Any, Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._b_helpers import name_of, reported, with_reason
from ocppkit.conformance.checks import each, fields, matching, said
from ocppkit.conformance.inventory import Key
from ocppkit.errors import CallRefused
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
    MutabilityEnumType,
    NotifyReportRequest,
    ReportBaseEnumType,
    ReportDataType,
    VariableType,
)

__all__ = [
    "tc_b_15_cs",
    "tc_b_17_cs",
    "tc_b_19_cs",
    "tc_b_54_cs",
    "tc_b_55_cs",
    "tc_b_56_cs",
]

_DEVICE_DATA: Final = "DeviceDataCtrlr"
_ITEMS: Final = "ItemsPerMessage"
_STATE: Final = "AvailabilityState"
_STATES: Final = {"Available", "Occupied", "Reserved", "Unavailable", "Faulted"}
_NO_CRITERION: Final = "Unknown"
_NOT_SUPPORTED: Final = GenericDeviceModelStatusEnumType.NOT_SUPPORTED
_REASONS: Final = (None, "UnsupportedParam", "InvalidValue")


def _lists_states(text: str | None) -> bool:
    return text is not None and {part.strip() for part in text.split(",")} == _STATES


@case
async def tc_b_15_cs(t: Case) -> None:
    """A station that makes no summaries says so."""
    request = GetBaseReportRequest(
        request_id=t.kit.new_number(), report_base=ReportBaseEnumType.SUMMARY_INVENTORY
    )
    refused = fields(
        status=_NOT_SUPPORTED,
        status_info=with_reason("UnsupportedParam"),
    )
    _ = await t.call(request, 2, check=refused)
    await t.nothing(NotifyReportRequest, 2)


@case
async def tc_b_17_cs(t: Case) -> None:
    """One variable of an EVSE is reported."""
    place = EVSEType(id=1)
    asked = ComponentType(name="EVSE", evse=place)
    reports = await _report(t, asked, VariableType(name=_STATE))
    _check_names(t, reports, [Key(component="EVSE", name=_STATE, evse=1)])
    one = fields(
        variable_characteristics__data_type=DataEnumType.OPTION_LIST,
        variable_characteristics__values_list=matching("all five states", _lists_states),
    )
    attribute = fields(mutability=MutabilityEnumType.READ_ONLY, type=AttributeEnumType.ACTUAL)
    for data in reports:
        t.check(3, data, one, each("variable_attribute", attribute))


@case
async def tc_b_19_cs(t: Case) -> None:
    """A report by a criterion that there is not is refused."""
    asked = {
        "requestId": t.kit.new_number(),
        "componentCriteria": [ComponentCriterionEnumType.AVAILABLE, _NO_CRITERION],
    }
    async with t.never(NotifyReportRequest, 2):
        answer = await t.call_json(GetReportRequest.ACTION, asked, 2)
        if not isinstance(answer, CallRefused):  # what the schema does not know may be an error
            _check_refused(t, answer)
        await t.kit.clock.sleep(t.settings.optional_wait)


@case
async def tc_b_54_cs(t: Case) -> None:
    """A variable is reported with its instances where none is named."""
    reports = await _report(t, ComponentType(name=_DEVICE_DATA), VariableType(name=_ITEMS))
    for data in reports:
        t.check(3, data, component__name=_DEVICE_DATA, variable__name=_ITEMS)
    instances = {data.variable.instance for data in reports}
    for instance in ("GetReport", "GetVariables"):
        if instance not in instances:
            t.deviate(3, f"{_DEVICE_DATA}.{_ITEMS}", f"the instance {instance}", "none")


@case
async def tc_b_55_cs(t: Case) -> None:
    """One instance of a variable is reported."""
    asked = VariableType(name=_ITEMS, instance="GetReport")
    reports = await _report(t, ComponentType(name=_DEVICE_DATA), asked)
    wanted = Key(component=_DEVICE_DATA, name=_ITEMS, instance="GetReport")
    _check_names(t, reports, [wanted])


@case
async def tc_b_56_cs(t: Case) -> None:
    """A variable is reported of every EVSE where none is named."""
    reports = await _report(t, ComponentType(name="EVSE"), VariableType(name=_STATE))
    wanted = Key(component="EVSE", name=_STATE)
    _check_names(t, reports, [wanted.at(evse) for evse in t.inventory.evses])


async def _report(
    t: Case, component: ComponentType, variable: VariableType
) -> list[ReportDataType]:
    asked = ComponentVariableType(component=component, variable=variable)
    request = GetReportRequest(request_id=t.kit.new_number(), component_variable=[asked])
    return await reported(t, request)


def _check_refused(t: Case, answer: Any) -> None:
    status, reason = answer.get("status"), answer.get("statusInfo", {}).get("reasonCode")
    if status != _NOT_SUPPORTED:
        t.deviate(2, "GetReportResponse.status", _NOT_SUPPORTED, said(status))
    if reason not in _REASONS:
        allowed = "nothing, UnsupportedParam or InvalidValue"
        t.deviate(2, "GetReportResponse.status_info.reason_code", allowed, said(reason))


def _check_names(t: Case, reports: list[ReportDataType], wanted: list[Key]) -> None:
    """See that exactly these variables are reported, in any order."""
    came = sorted(str(name_of(data)) for data in reports)
    expected = sorted(map(str, wanted))
    if came != expected:
        t.deviate(3, "reportData", ", ".join(expected), ", ".join(came) or "nothing")
