"""Block P, vendors' own data."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.checks import fields, one_of, optional
from ocppkit.conformance.inventory import key_of
from ocppkit.v201 import (
    AttributeEnumType,
    CustomDataType,
    DataTransferRequest,
    DataTransferStatusEnumType,
    GetVariableDataType,
    GetVariablesRequest,
    GetVariableStatusEnumType,
    OCPPCommCtrlr,
    SetVariableDataType,
    SetVariablesRequest,
    SetVariableStatusEnumType,
)

__all__ = ["tc_p_01_cs", "tc_p_03_cs"]

_Status = DataTransferStatusEnumType
_THRESHOLD: Final = key_of(OCPPCommCtrlr.OFFLINE_THRESHOLD)
_WANTED: Final = "200"


@case
async def tc_p_01_cs(t: Case) -> None:
    """Data of a vendor whom the station does not know is refused."""
    request = DataTransferRequest(vendor_id=t.settings.vendor_id, message_id=t.settings.message_id)
    refused = one_of(_Status.UNKNOWN_VENDOR_ID, _Status.UNKNOWN_MESSAGE_ID, _Status.REJECTED)
    _ = await t.call(request, 2, check=fields(status=refused))


@case
async def tc_p_03_cs(t: Case) -> None:
    """A vendor's own data in requests does no harm."""
    t.variables.keep(_THRESHOLD)

    actual = AttributeEnumType.ACTUAL
    custom = CustomDataType(vendor_id=t.settings.vendor_id, extra={"note": "anything"})
    component, variable = _THRESHOLD.component_type, _THRESHOLD.variable_type
    wanted = SetVariableDataType(
        component=component,
        variable=variable,
        attribute_type=actual,
        attribute_value=_WANTED,
        custom_data=custom,
    )
    asked = GetVariableDataType(
        component=component, variable=variable, attribute_type=actual, custom_data=custom
    )
    _ = await t.call(
        SetVariablesRequest(set_variable_data=[wanted], custom_data=custom),
        2,
        check=fields(set_variable_result__0__attribute_status=SetVariableStatusEnumType.ACCEPTED),
    )
    _ = await t.call(
        GetVariablesRequest(get_variable_data=[asked], custom_data=custom),
        4,
        check=fields(
            get_variable_result__0__attribute_status=GetVariableStatusEnumType.ACCEPTED,
            get_variable_result__0__attribute_type=optional(actual),
            get_variable_result__0__attribute_value=_WANTED,
        ),
    )
