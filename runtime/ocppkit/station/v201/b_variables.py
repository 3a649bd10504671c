"""B05, B06: variables are set and read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ocppkit.codec import codec_for
from ocppkit.codec.jsontext import dumps
from ocppkit.device_model.names import VariableKey
from ocppkit.errors import CallError, ErrorCode
from ocppkit.message import Answer, Request, Then, Version
from ocppkit.station.v201.variable_change import Changed, FollowUp, VariableStatus
from ocppkit.station.v201.variables import Variable, Variables, named
from ocppkit.v201 import (
    AttributeEnumType,
    GetVariableDataType,
    GetVariableResultType,
    GetVariablesRequest,
    GetVariablesResponse,
    GetVariableStatusEnumType,
    SetVariableDataType,
    SetVariableResultType,
    SetVariablesRequest,
    SetVariablesResponse,
    SetVariableStatusEnumType,
    StationProvisioningHandler,
    StatusInfoType,
)

__all__ = ["VariablesBlock", "refuse_large", "shortened"]

_DEVICE: Final = "DeviceDataCtrlr"
_MOST_INFO: Final = 512  # characters (2.0.1 StatusInfoType.additionalInfo)


def refuse_large(variables: Variables, request: Request[Any], items: Sequence[object]) -> None:
    """Refuse a request with more than the station takes at once (ItemsPerMessage, BytesPerMessage).

    Args:
        variables: the station's.
        request: what came.
        items: what it asks for.

    Raises:
        CallError: OccurrenceConstraintViolation or FormatViolation (B06.FR.16, FR.17; B08.FR.17,
            FR.18).
    """
    action = request.ACTION
    if (most := _limit(variables, "ItemsPerMessage", action)) and len(items) > most:
        msg = f"{action}: at most {most} items, not {len(items)}"
        raise CallError(ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, msg)
    if most := _limit(variables, "BytesPerMessage", action):
        _, payload = codec_for(Version.V201).encode_request(request)
        if (size := len(dumps(payload).encode())) > most:
            msg = f"{action}: at most {most} bytes, not {size}"
            raise CallError(ErrorCode.FORMAT_VIOLATION, msg)


def shortened(variables: Variables, value: str) -> str:
    """As much of a value as is told (ReportingValueSize)."""
    most = _limit(variables, "ReportingValueSize")
    return value[:most] if most else value


def _limit(variables: Variables, name: str, instance: str | None = None) -> int | None:
    told = variables.value(_DEVICE, name, instance)
    return int(told) if told else None


class VariablesBlock(StationProvisioningHandler):
    """Lets variables be set and read."""

    def __init__(self, *, variables: Variables) -> None:
        self._variables = variables

    async def on_get_variables(self, request: GetVariablesRequest) -> GetVariablesResponse:
        """Read variables (B06)."""
        refuse_large(self._variables, request, request.get_variable_data)
        results = [self._read(data) for data in request.get_variable_data]
        return GetVariablesResponse(get_variable_result=results)

    async def on_set_variables(self, request: SetVariablesRequest) -> Answer[SetVariablesResponse]:
        """Set variables (B05), one after the other; of what is set twice the first counts."""
        refuse_large(self._variables, request, request.set_variable_data)
        seen: set[tuple[VariableKey, AttributeEnumType]] = set()
        results: list[SetVariableResultType] = []
        following: list[FollowUp] = []
        for data in request.set_variable_data:
            attribute = data.attribute_type or AttributeEnumType.ACTUAL
            target = (named(data.component, data.variable).key, attribute)
            again = target in seen
            seen.add(target)
            changed = await self._set(data, attribute, again=again)
            results.append(_result(data, attribute, changed))
            if changed.then is not None:
                following.append(changed.then)
        response = SetVariablesResponse(set_variable_result=results)

        async def follow() -> None:
            for then in following:
                await then()

        return Then(response, follow) if following else response

    def _read(self, data: GetVariableDataType) -> GetVariableResultType:
        attribute = data.attribute_type or AttributeEnumType.ACTUAL
        result = GetVariableResultType(
            attribute_status=GetVariableStatusEnumType.ACCEPTED,
            attribute_type=attribute,
            component=data.component,
            variable=data.variable,
        )
        row = self._variables.find(data.component, data.variable, attribute)
        if not isinstance(row, Variable):
            result.attribute_status = GetVariableStatusEnumType(row.value)
        elif not row.readable:  # (B06.FR.09)
            result.attribute_status = GetVariableStatusEnumType.REJECTED
            result.attribute_status_info = StatusInfoType(reason_code="WriteOnly")
        else:
            result.attribute_value = shortened(self._variables, row.read())
        return result

    async def _set(
        self, data: SetVariableDataType, attribute: AttributeEnumType, *, again: bool
    ) -> Changed:
        most = _limit(self._variables, "ConfigurationValueSize")
        if again:  # (B05.FR.13)
            return _rejected("InvalidValue", "the request sets it twice")
        if most and len(data.attribute_value) > most:
            return _rejected("TooLargeElement", f"expected at most {most} characters")
        return await self._variables.change(
            data.component, data.variable, data.attribute_value, attribute
        )


def _result(
    data: SetVariableDataType, attribute: AttributeEnumType, changed: Changed
) -> SetVariableResultType:
    """How the CSMS is told what came of it."""
    info = None
    if changed.reason_code is not None:
        more = changed.info and changed.info[:_MOST_INFO]
        info = StatusInfoType(reason_code=changed.reason_code, additional_info=more or None)
    return SetVariableResultType(
        attribute_status=SetVariableStatusEnumType(changed.status.value),
        attribute_type=attribute,
        component=data.component,
        variable=data.variable,
        attribute_status_info=info,
    )


def _rejected(reason_code: str, info: str) -> Changed:
    return Changed(status=VariableStatus.REJECTED, reason_code=reason_code, info=info)
