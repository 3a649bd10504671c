"""Block B, provisioning: booting, and variables one by one."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._b_helpers import NO_ERROR
from ocppkit.conformance.checks import fields
from ocppkit.conformance.inventory import key_of
from ocppkit.conformance.states import booted
from ocppkit.v201 import (
    AttributeEnumType,
    GetVariableDataType,
    GetVariablesRequest,
    GetVariableStatusEnumType,
    OCPPCommCtrlr,
    SetVariableDataType,
    SetVariablesRequest,
    SetVariableStatusEnumType,
)

__all__ = ["tc_b_01_cs", "tc_b_06_cs", "tc_b_09_cs"]

THRESHOLD: Final = key_of(OCPPCommCtrlr.OFFLINE_THRESHOLD)


@case
async def tc_b_01_cs(t: Case) -> None:
    """The station starts anew, and tells of all its connectors."""
    _ = await booted(t)


@case
async def tc_b_06_cs(t: Case) -> None:
    """A variable is read."""
    await t.configure({THRESHOLD: 300})

    asked = GetVariableDataType(
        component=THRESHOLD.component_type,
        variable=THRESHOLD.variable_type,
        attribute_type=AttributeEnumType.ACTUAL,
    )
    answer = await t.call(GetVariablesRequest(get_variable_data=[asked]), 2)
    t.check(
        2,
        answer.get_variable_result[0],
        attribute_status=GetVariableStatusEnumType.ACCEPTED,
        attribute_type=AttributeEnumType.ACTUAL,
        attribute_value="300",
        component__name=THRESHOLD.component,
        variable__name=THRESHOLD.name,
        attribute_status_info=NO_ERROR,
    )


@case
async def tc_b_09_cs(t: Case) -> None:
    """A variable is set."""
    t.variables.keep(THRESHOLD)

    wanted = SetVariableDataType(
        component=THRESHOLD.component_type,
        variable=THRESHOLD.variable_type,
        attribute_type=AttributeEnumType.ACTUAL,
        attribute_value="300",
    )
    set_well = fields(
        set_variable_result__0__attribute_status=SetVariableStatusEnumType.ACCEPTED,
        set_variable_result__0__attribute_type=AttributeEnumType.ACTUAL,
        set_variable_result__0__component__name=THRESHOLD.component,
        set_variable_result__0__variable__name=THRESHOLD.name,
        set_variable_result__0__attribute_status_info=NO_ERROR,
    )
    _ = await t.call(SetVariablesRequest(set_variable_data=[wanted]), 2, check=set_well)
