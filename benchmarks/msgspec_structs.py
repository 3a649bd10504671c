"""The payloads of the benchmarks as msgspec structs, with every limit that msgspec can check.

It cannot check ``multipleOf`` on binary floats exactly, so that rule is left out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from benchmarks.msgspec_enums import Context, Measurand16, Measurand201, Phase, Place, Unit16

__all__ = ["FRAMES"]

Text20 = Annotated[str, Meta(max_length=20)]
Text36 = Annotated[str, Meta(max_length=36)]
Text50 = Annotated[str, Meta(max_length=50)]
Utc = Annotated[datetime, Meta(tz=True)]


class Closed(Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    """The base: no unknown properties, nothing sent that is absent."""


class Open(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """The base of what vendors may add to."""


class HeartbeatResponse(Closed, kw_only=True):
    """1.6."""

    current_time: Utc


class SampledValue16(Closed, kw_only=True):
    """1.6."""

    value: str
    context: Context | None = None
    format: Literal["Raw", "SignedData"] | None = None
    measurand: Measurand16 | None = None
    phase: Phase | None = None
    location: Place | None = None
    unit: Unit16 | None = None


class MeterValue16(Closed, kw_only=True):
    """1.6."""

    timestamp: Utc
    sampled_value: list[SampledValue16]


class MeterValuesRequest(Closed, kw_only=True):
    """1.6."""

    connector_id: int
    meter_value: list[MeterValue16]
    transaction_id: int | None = None


class ChargingSchedulePeriod(Closed, kw_only=True):
    """1.6."""

    start_period: int
    limit: float
    number_phases: int | None = None


class ChargingSchedule(Closed, kw_only=True):
    """1.6."""

    charging_rate_unit: Literal["A", "W"]
    charging_schedule_period: list[ChargingSchedulePeriod]
    duration: int | None = None
    start_schedule: Utc | None = None
    min_charging_rate: float | None = None


class ChargingProfile(Closed, kw_only=True):
    """1.6."""

    charging_profile_id: int
    stack_level: int
    charging_profile_purpose: Literal["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"]
    charging_profile_kind: Literal["Absolute", "Recurring", "Relative"]
    charging_schedule: ChargingSchedule
    transaction_id: int | None = None
    recurrency_kind: Literal["Daily", "Weekly"] | None = None
    valid_from: Utc | None = None
    valid_to: Utc | None = None


class SetChargingProfileRequest(Closed, kw_only=True):
    """1.6."""

    connector_id: int
    cs_charging_profiles: ChargingProfile


class CustomData(Open, kw_only=True):
    """2.0.1."""

    vendor_id: Annotated[str, Meta(max_length=255)]


class Closed201(Closed, kw_only=True):
    """The base of 2.0.1."""

    custom_data: CustomData | None = None


class UnitOfMeasure(Closed201, kw_only=True):
    """2.0.1."""

    unit: Text20 | None = None
    multiplier: int | None = None


class SignedMeterValue(Closed201, kw_only=True):
    """2.0.1."""

    signed_meter_data: Annotated[str, Meta(max_length=2500)]
    signing_method: Text50
    encoding_method: Text50
    public_key: Annotated[str, Meta(max_length=2500)]


class SampledValue201(Closed201, kw_only=True):
    """2.0.1."""

    value: float
    context: Context | None = None
    measurand: Measurand201 | None = None
    phase: Phase | None = None
    location: Place | None = None
    signed_meter_value: SignedMeterValue | None = None
    unit_of_measure: UnitOfMeasure | None = None


class MeterValue201(Closed201, kw_only=True):
    """2.0.1."""

    timestamp: Utc
    sampled_value: Annotated[list[SampledValue201], Meta(min_length=1)]


class Transaction(Closed201, kw_only=True):
    """2.0.1."""

    transaction_id: Text36
    charging_state: (
        Literal["Charging", "EVConnected", "SuspendedEV", "SuspendedEVSE", "Idle"] | None
    ) = None
    time_spent_charging: int | None = None
    stopped_reason: (
        Literal[
            "DeAuthorized",
            "EmergencyStop",
            "EnergyLimitReached",
            "EVDisconnected",
            "GroundFault",
            "ImmediateReset",
            "Local",
            "LocalOutOfCredit",
            "MasterPass",
            "Other",
            "OvercurrentFault",
            "PowerLoss",
            "PowerQuality",
            "Reboot",
            "Remote",
            "SOCLimitReached",
            "StoppedByEV",
            "TimeLimitReached",
            "Timeout",
        ]
        | None
    ) = None
    remote_start_id: int | None = None


class Evse(Closed201, kw_only=True):
    """2.0.1."""

    id: int
    connector_id: int | None = None


class AdditionalInfo(Closed201, kw_only=True):
    """2.0.1."""

    additional_id_token: Text36
    type: Text50


class IdToken(Closed201, kw_only=True):
    """2.0.1."""

    id_token: Text36
    type: Literal[
        "Central",
        "eMAID",
        "ISO14443",
        "ISO15693",
        "KeyCode",
        "Local",
        "MacAddress",
        "NoAuthorization",
    ]
    additional_info: Annotated[list[AdditionalInfo], Meta(min_length=1)] | None = None


class TransactionEventRequest(Closed201, kw_only=True):
    """2.0.1."""

    event_type: Literal["Ended", "Started", "Updated"]
    timestamp: Utc
    trigger_reason: Literal[
        "Authorized",
        "CablePluggedIn",
        "ChargingRateChanged",
        "ChargingStateChanged",
        "Deauthorized",
        "EnergyLimitReached",
        "EVCommunicationLost",
        "EVConnectTimeout",
        "MeterValueClock",
        "MeterValuePeriodic",
        "TimeLimitReached",
        "Trigger",
        "UnlockCommand",
        "StopAuthorized",
        "EVDeparted",
        "EVDetected",
        "RemoteStop",
        "RemoteStart",
        "AbnormalCondition",
        "SignedDataReceived",
        "ResetCommand",
    ]
    seq_no: int
    transaction_info: Transaction
    meter_value: Annotated[list[MeterValue201], Meta(min_length=1)] | None = None
    offline: bool | None = None
    number_of_phases_used: int | None = None
    cable_max_current: int | None = None
    reservation_id: int | None = None
    evse: Evse | None = None
    id_token: IdToken | None = None


class Component(Closed201, kw_only=True):
    """2.0.1."""

    name: Text50
    instance: Text50 | None = None
    evse: Evse | None = None


class Variable(Closed201, kw_only=True):
    """2.0.1."""

    name: Text50
    instance: Text50 | None = None


class VariableAttribute(Closed201, kw_only=True):
    """2.0.1."""

    type: Literal["Actual", "Target", "MinSet", "MaxSet"] | None = None
    value: Annotated[str, Meta(max_length=2500)] | None = None
    mutability: Literal["ReadOnly", "WriteOnly", "ReadWrite"] | None = None
    persistent: bool | None = None
    constant: bool | None = None


class VariableCharacteristics(Closed201, kw_only=True):
    """2.0.1."""

    data_type: Literal[
        "string",
        "decimal",
        "integer",
        "dateTime",
        "boolean",
        "OptionList",
        "SequenceList",
        "MemberList",
    ]
    supports_monitoring: bool
    unit: Annotated[str, Meta(max_length=16)] | None = None
    min_limit: float | None = None
    max_limit: float | None = None
    values_list: Annotated[str, Meta(max_length=1000)] | None = None


class ReportData(Closed201, kw_only=True):
    """2.0.1."""

    component: Component
    variable: Variable
    variable_attribute: Annotated[list[VariableAttribute], Meta(min_length=1, max_length=4)]
    variable_characteristics: VariableCharacteristics | None = None


class NotifyReportRequest(Closed201, kw_only=True):
    """2.0.1."""

    request_id: int
    generated_at: Utc
    seq_no: int
    tbc: bool | None = None
    report_data: Annotated[list[ReportData], Meta(min_length=1)] | None = None


FRAMES: dict[str, object] = {
    "Heartbeat": tuple[Literal[3], Text36, HeartbeatResponse],
    "MeterValues": tuple[Literal[2], Text36, str, MeterValuesRequest],
    "SetChargingProfile": tuple[Literal[2], Text36, str, SetChargingProfileRequest],
    "TransactionEvent": tuple[Literal[2], Text36, str, TransactionEventRequest],
    "NotifyReport": tuple[Literal[2], Text36, str, NotifyReportRequest],
}
"""The name of a payload → the type of its whole message."""
