"""The messages that the benchmarks measure: as a station in the field sends them, and valid."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from attrs import frozen
from jsonschema import Draft4Validator, Draft6Validator

from ocppkit.message import Version

__all__ = ["PAYLOADS", "Payload", "check_payloads"]

_SCHEMAS = Path(__file__).parents[1] / "schemas"
_MESSAGE_ID = "3f2c8a54-9d0e-4b7a-8c61-5e1d7f9a2b30"
_START = "2026-03-14T08:00:00Z"


@frozen(kw_only=True)
class Payload:
    """A message of a benchmark.

    Attributes:
        name: in tables; the action, unless it is an answer.
        version: the protocol version that it belongs to.
        action: as on the wire.
        value: the payload as parsed JSON.
        answer: whether it is the payload of a CALLRESULT.
        large: whether the targets for large payloads count.
    """

    name: str
    version: Version
    action: str
    value: dict[str, Any]
    answer: bool = False
    large: bool = True

    @property
    def schema(self) -> str:
        """The name of its schema, and of its class."""
        return f"{self.action}{'Response' if self.answer else 'Request'}"

    @property
    def frame(self) -> list[Any]:
        """The whole message: a CALL or CALLRESULT."""
        if self.answer:
            return [3, _MESSAGE_ID, self.value]
        return [2, _MESSAGE_ID, self.action, self.value]

    @property
    def text(self) -> str:
        """The whole message as text."""
        return json.dumps(self.frame, separators=(",", ":"))


def _time(minute: int) -> str:
    return f"2026-03-14T{8 + minute // 60:02}:{minute % 60:02}:00Z"


def _meter_values_16() -> dict[str, Any]:
    """Six readings of five samples each."""
    readings = []
    for number in range(6):
        samples: list[dict[str, Any]] = [
            {
                "value": str(1_204_310 + 370 * number),
                "context": "Sample.Periodic",
                "measurand": "Energy.Active.Import.Register",
                "location": "Outlet",
                "unit": "Wh",
            },
            {
                "value": f"{22_010 + 13 * number}.5",
                "context": "Sample.Periodic",
                "measurand": "Power.Active.Import",
                "location": "Outlet",
                "unit": "W",
            },
        ]
        samples += [
            {
                "value": f"31.{number + phase}",
                "context": "Sample.Periodic",
                "measurand": "Current.Import",
                "phase": f"L{phase}",
                "location": "Outlet",
                "unit": "A",
            }
            for phase in (1, 2, 3)
        ]
        readings.append({"timestamp": _time(number), "sampledValue": samples})
    return {"connectorId": 1, "transactionId": 80_412, "meterValue": readings}


def _set_charging_profile_16() -> dict[str, Any]:
    """A day in hours, in amperes with one decimal."""
    return {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 158,
            "transactionId": 80_412,
            "stackLevel": 2,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Absolute",
            "validFrom": _START,
            "validTo": "2026-03-15T08:00:00Z",
            "chargingSchedule": {
                "duration": 86_400,
                "startSchedule": _START,
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [
                    {"startPeriod": 3600 * hour, "limit": (81 + 10 * hour) / 10, "numberPhases": 3}
                    for hour in range(24)
                ],
                "minChargingRate": 6.5,
            },
        },
    }


def _transaction_event() -> dict[str, Any]:
    """A periodic update with two readings of five samples each."""

    def sample(value: float, measurand: str, unit: str, **more: str) -> dict[str, Any]:
        return {
            "value": value,
            "context": "Sample.Periodic",
            "measurand": measurand,
            **more,
            "location": "Outlet",
            "unitOfMeasure": {"unit": unit},
        }

    def reading(number: int) -> dict[str, Any]:
        return {
            "timestamp": _time(number),
            "sampledValue": [
                sample(1_204_310.0 + 370 * number, "Energy.Active.Import.Register", "Wh"),
                sample(22_010.5, "Power.Active.Import", "W"),
                *(sample(31.4, "Current.Import", "A", phase=f"L{phase}") for phase in (1, 2, 3)),
            ],
        }

    return {
        "eventType": "Updated",
        "timestamp": _time(2),
        "triggerReason": "MeterValuePeriodic",
        "seqNo": 17,
        "offline": False,
        "numberOfPhasesUsed": 3,
        "cableMaxCurrent": 32,
        "transactionInfo": {
            "transactionId": "b1f8a1de-6d8c-4f7e-9a52-d7c3b9a1e480",
            "chargingState": "Charging",
            "timeSpentCharging": 1020,
        },
        "evse": {"id": 1, "connectorId": 1},
        "idToken": {"idToken": "04E1A2B3C4D580", "type": "ISO14443"},
        "meterValue": [reading(0), reading(1)],
    }


def _notify_report() -> dict[str, Any]:
    """Fifty variables of a device model, one of three with a second attribute."""

    def entry(number: int) -> dict[str, Any]:
        attributes: list[dict[str, Any]] = [
            {
                "type": "Actual",
                "value": str(100 + number),
                "mutability": "ReadWrite",
                "persistent": True,
                "constant": False,
            }
        ]
        if number % 3 == 0:
            attributes.append({"type": "MaxSet", "value": "400", "mutability": "ReadOnly"})
        return {
            "component": {
                "name": "Connector",
                "instance": f"outlet-{number // 10}",
                "evse": {"id": 1 + number // 25, "connectorId": 1 + number % 2},
            },
            "variable": {"name": f"Variable{number}", "instance": "Default"},
            "variableAttribute": attributes,
            "variableCharacteristics": {
                "unit": "V",
                "dataType": "decimal",
                "minLimit": 0.0,
                "maxLimit": 400.5,
                "supportsMonitoring": number % 2 == 0,
            },
        }

    return {
        "requestId": 4711,
        "generatedAt": _START,
        "tbc": True,
        "seqNo": 3,
        "reportData": [entry(number) for number in range(50)],
    }


PAYLOADS = (
    Payload(
        name="Heartbeat",
        version=Version.V16,
        action="Heartbeat",
        value={"currentTime": "2026-03-14T08:00:00.500Z"},
        answer=True,
        large=False,
    ),
    Payload(
        name="MeterValues", version=Version.V16, action="MeterValues", value=_meter_values_16()
    ),
    Payload(
        name="SetChargingProfile",
        version=Version.V16,
        action="SetChargingProfile",
        value=_set_charging_profile_16(),
    ),
    Payload(
        name="TransactionEvent",
        version=Version.V201,
        action="TransactionEvent",
        value=_transaction_event(),
    ),
    Payload(
        name="NotifyReport", version=Version.V201, action="NotifyReport", value=_notify_report()
    ),
)
"""A small answer and four large requests."""


def check_payloads() -> None:
    """Check every payload against its schema, in decimals.

    Raises:
        jsonschema.ValidationError: one of them breaks its schema.
    """
    for payload in PAYLOADS:
        folder = _SCHEMAS / payload.version.name.lower()
        text = (folder / f"{payload.schema}.json").read_text(encoding="utf-8")
        validator = Draft4Validator if payload.version is Version.V16 else Draft6Validator
        validator(_decimals(text)).validate(_decimals(payload.text)[-1])


def _decimals(text: str) -> Any:
    """Read JSON as jsonschema wants it: a binary float is no multiple of 0.1."""
    return json.loads(text, parse_float=Decimal)
