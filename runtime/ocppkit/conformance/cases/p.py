"""Block P, vendors' own data."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.checks import fields, one_of, optional
from ocppkit.conformance.inventory import Key, key_of
from ocppkit.conformance.places import place_of
from ocppkit.v201 import (
    AttributeEnumType,
    ChargingProfileKindEnumType,
    ChargingProfilePurposeEnumType,
    ChargingProfileStatusEnumType,
    ChargingProfileType,
    ChargingRateUnitEnumType,
    ChargingSchedulePeriodType,
    ChargingScheduleType,
    CustomDataType,
    DataTransferRequest,
    DataTransferStatusEnumType,
    GetVariableDataType,
    GetVariablesRequest,
    GetVariableStatusEnumType,
    OCPPCommCtrlr,
    SetChargingProfileRequest,
    SetVariableDataType,
    SetVariablesRequest,
    SetVariableStatusEnumType,
)

__all__ = ["tc_p_01_cs", "tc_p_03_cs", "tc_p_04_cs"]

_Status = DataTransferStatusEnumType
_THRESHOLD: Final = key_of(OCPPCommCtrlr.OFFLINE_THRESHOLD)
_WANTED: Final = "200"
_LIMITS: Final = {ChargingRateUnitEnumType.A: 6.0, ChargingRateUnitEnumType.W: 6000.0}
_DURATION: Final = 300  # seconds


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
    custom = _custom(t)
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


@case
async def tc_p_04_cs(t: Case) -> None:
    """A vendor's own data in a charging profile does no harm."""
    evse, _ = place_of(t)
    unit = ChargingRateUnitEnumType(t.settings.charging_rate_unit)
    phases = t.inventory.value(Key(component="EVSE", name="SupplyPhases", evse=evse))
    period = ChargingSchedulePeriodType(
        start_period=0,
        limit=_LIMITS[unit],
        number_phases=int(phases) if phases in ("1", "2", "3") else None,
        custom_data=_custom(t),
    )
    number = t.kit.new_number()
    schedule = ChargingScheduleType(
        id=number, duration=_DURATION, charging_rate_unit=unit, charging_schedule_period=[period]
    )
    profile = ChargingProfileType(
        id=number,
        stack_level=0,
        charging_profile_purpose=ChargingProfilePurposeEnumType.TX_DEFAULT_PROFILE,
        charging_profile_kind=ChargingProfileKindEnumType.RELATIVE,
        charging_schedule=[schedule],
        custom_data=_custom(t),
    )
    request = SetChargingProfileRequest(evse_id=evse, charging_profile=profile)
    _ = await t.call(request, 2, check=fields(status=ChargingProfileStatusEnumType.ACCEPTED))


def _custom(t: Case) -> CustomDataType:
    return CustomDataType(vendor_id=t.settings.vendor_id, extra={"note": "anything"})
