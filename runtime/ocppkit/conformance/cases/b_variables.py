"""Block B, provisioning: several variables at once, and variables that cannot be had."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._b_helpers import NO_ERROR
from ocppkit.conformance.checks import fields
from ocppkit.conformance.inventory import Key, key_of
from ocppkit.conformance.verdict import Missing
from ocppkit.v201 import (
    AttributeEnumType,
    AuthCtrlr,
    GetVariableDataType,
    GetVariableResultType,
    GetVariablesRequest,
    GetVariableStatusEnumType,
    OCPPCommCtrlr,
    SetVariableDataType,
    SetVariableResultType,
    SetVariablesRequest,
    SetVariableStatusEnumType,
)

__all__ = [
    "tc_b_07_cs",
    "tc_b_10_cs",
    "tc_b_32_cs",
    "tc_b_33_cs",
    "tc_b_34_cs",
    "tc_b_35_cs",
    "tc_b_36_cs",
    "tc_b_37_cs",
    "tc_b_39_cs",
]

_ACTUAL: Final = AttributeEnumType.ACTUAL
_TARGET: Final = AttributeEnumType.TARGET
_Got = GetVariableStatusEnumType
_Set = SetVariableStatusEnumType

_THRESHOLD: Final = key_of(OCPPCommCtrlr.OFFLINE_THRESHOLD)
_OFFLINE: Final = key_of(AuthCtrlr.LOCAL_AUTHORIZE_OFFLINE)
_TIMEOUT: Final = key_of(OCPPCommCtrlr.MESSAGE_TIMEOUT_DEFAULT)
_NO_COMPONENT: Final = Key(component="UnknownComponent", name=_THRESHOLD.name)
_NO_VARIABLE: Final = Key(component=_THRESHOLD.component, name="UnknownVariable")
_VALUES: Final = {_THRESHOLD: "300", _OFFLINE: "true"}


@case
async def tc_b_07_cs(t: Case) -> None:
    """Two variables are read at once."""
    await t.configure({_THRESHOLD: _VALUES[_THRESHOLD], _OFFLINE: _VALUES[_OFFLINE]})

    asked = [_asked(key, _ACTUAL) for key in _VALUES]
    answer = await t.call(GetVariablesRequest(get_variable_data=asked), 2)
    for key, value in _VALUES.items():
        t.check(
            2,
            _of(t, key, answer.get_variable_result),
            attribute_status=_Got.ACCEPTED,
            attribute_type=_ACTUAL,
            attribute_value=value,
            attribute_status_info=NO_ERROR,
        )


@case
async def tc_b_10_cs(t: Case) -> None:
    """Two variables are set at once."""
    t.variables.keep(*_VALUES)

    wanted = [_wanted(key, value, _ACTUAL) for key, value in _VALUES.items()]
    answer = await t.call(SetVariablesRequest(set_variable_data=wanted), 2)
    for key in _VALUES:
        t.check(
            2,
            _of(t, key, answer.set_variable_result),
            attribute_status=_Set.ACCEPTED,
            attribute_type=_ACTUAL,
            attribute_status_info=NO_ERROR,
        )


@case
async def tc_b_32_cs(t: Case) -> None:
    """A component that there is not cannot be read."""
    await _not_read(t, _NO_COMPONENT, _Got.UNKNOWN_COMPONENT)


@case
async def tc_b_33_cs(t: Case) -> None:
    """A variable that there is not cannot be read."""
    await _not_read(t, _NO_VARIABLE, _Got.UNKNOWN_VARIABLE)


@case
async def tc_b_34_cs(t: Case) -> None:
    """An attribute that there is not cannot be read."""
    await _not_read(t, _THRESHOLD, _Got.NOT_SUPPORTED_ATTRIBUTE_TYPE, _TARGET)


@case
async def tc_b_35_cs(t: Case) -> None:
    """A component that there is not cannot be set."""
    await _not_set(t, _NO_COMPONENT, _Set.UNKNOWN_COMPONENT)


@case
async def tc_b_36_cs(t: Case) -> None:
    """A variable that there is not cannot be set."""
    await _not_set(t, _NO_VARIABLE, _Set.UNKNOWN_VARIABLE)


@case
async def tc_b_37_cs(t: Case) -> None:
    """An attribute that there is not cannot be set."""
    await _not_set(t, _THRESHOLD, _Set.NOT_SUPPORTED_ATTRIBUTE_TYPE, _TARGET)


@case
async def tc_b_39_cs(t: Case) -> None:
    """A variable that is read-only cannot be set."""
    t.variables.keep(_TIMEOUT)

    await _not_set(t, _TIMEOUT, _Set.REJECTED)


async def _not_read(
    t: Case, key: Key, status: GetVariableStatusEnumType, attribute: AttributeEnumType | None = None
) -> None:
    named = {} if attribute is None else {"get_variable_result__0__attribute_type": attribute}
    refused = fields(
        get_variable_result__0__attribute_status=status,
        get_variable_result__0__component__name=key.component,
        get_variable_result__0__variable__name=key.name,
        **named,
    )
    request = GetVariablesRequest(get_variable_data=[_asked(key, attribute)])
    _ = await t.call(request, 2, check=refused)


async def _not_set(
    t: Case, key: Key, status: SetVariableStatusEnumType, attribute: AttributeEnumType | None = None
) -> None:
    named: dict[str, object] = {}
    if attribute is not None:
        named["set_variable_result__0__attribute_type"] = attribute
    if key.instance is not None:
        named["set_variable_result__0__variable__instance"] = key.instance
    refused = fields(
        set_variable_result__0__attribute_status=status,
        set_variable_result__0__component__name=key.component,
        set_variable_result__0__variable__name=key.name,
        **named,
    )
    request = SetVariablesRequest(set_variable_data=[_wanted(key, "300", attribute)])
    _ = await t.call(request, 2, check=refused)


def _asked(key: Key, attribute: AttributeEnumType | None) -> GetVariableDataType:
    return GetVariableDataType(
        component=key.component_type, variable=key.variable_type, attribute_type=attribute
    )


def _wanted(key: Key, value: str, attribute: AttributeEnumType | None) -> SetVariableDataType:
    return SetVariableDataType(
        component=key.component_type,
        variable=key.variable_type,
        attribute_type=attribute,
        attribute_value=value,
    )


def _of(t: Case, key: Key, results: Iterable[GetVariableResultType | SetVariableResultType]) -> Any:
    """The result for a variable: they come in any order.

    Raises:
        Missing: there is none.
    """
    for result in results:
        if (result.component.name, result.variable.name) == (key.component, key.name):
            return result
    t.deviate(2, str(key), "a result", "none")
    raise Missing(str(key))
