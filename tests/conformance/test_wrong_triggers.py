"""Stations that are wrong about triggers, locks and availability: the kit catches each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from ocppkit.conformance import Outcome, all_facts

from .harness import at_work
from .tampering import Tamper

Payload = dict[str, Any]


def _says(name: str, **changes: Any) -> Tamper:
    """Every message of this name says something else."""
    return lambda said, payload: {**payload, **changes} if said == name else payload


def _lost(name: str, which: Callable[[Payload], bool] = lambda _: True) -> Tamper:
    """Messages of this name, or such of them, never come."""
    return lambda said, payload: None if said == name and which(payload) else payload


def _of_second_evse(payload: Payload) -> bool:
    return bool(payload["evseId"] == 2)


def _timed_out(said: str, payload: Payload) -> Payload:
    """Drivers who do not plug in in time are told of as if they had been refused."""
    late = said == "TransactionEvent" and payload["triggerReason"] == "EVConnectTimeout"
    return {**payload, "triggerReason": "Deauthorized"} if late else payload


def _one_only(said: str, payload: Payload) -> Payload:
    """Reports of a few variables tell the first one only."""
    data = payload.get("reportData", ())
    return (
        {**payload, "reportData": data[:1]} if said == "NotifyReport" and len(data) < 9 else payload
    )


_UNLOCK: Final = "UnlockConnectorResponse"
_STATUS: Final = "StatusNotification"
WRONG: Final[dict[str, tuple[str, Tamper, str]]] = {
    "a connector that is not unlocked": (
        "TC_F_06_CS",
        _says(_UNLOCK, status="UnlockFailed"),
        "status: expected Unlocked, came UnlockFailed",
    ),
    "a connector that there is not, and that is not unlocked": (
        "TC_F_10_CS",
        _says(_UNLOCK, status="UnlockFailed"),
        "status: expected UnknownConnector, came UnlockFailed",
    ),
    "a driver who is late and told of as refused": (
        "TC_F_04_CS",
        _timed_out,
        "expected EVConnectTimeout",
    ),
    "meter values that are not told": ("TC_F_11_CS", _lost("MeterValues"), "step 3: MeterValues"),
    "meter values of one EVSE that are not told": (
        "TC_F_12_CS",
        _lost("MeterValues", _of_second_evse),
        "step 3: MeterValues",
    ),
    "a log that is through though none was asked for": (
        "TC_F_15_CS",
        _says("LogStatusNotification", status="Uploaded"),
        "status: expected Idle, came Uploaded",
    ),
    "a status that is triggered and not told": (
        "TC_F_23_CS",
        _lost(_STATUS),
        "connector 1 of EVSE 1: expected Available",
    ),
    "a boot that can be triggered at any time": (
        "TC_F_26_CS",
        _says("TriggerMessageResponse", status="Accepted"),
        "status: expected Rejected, came Accepted",
    ),
    "an EVSE that does not become inoperative": (
        "TC_G_14_CS",
        _lost(_STATUS, _of_second_evse),
        "connector 1 of EVSE 2: expected Unavailable",
    ),
    "an EVSE that is operative again": (
        "TC_G_18_CS",
        _says(_STATUS, connectorStatus="Available"),
        "connector 1 of EVSE 1: expected Unavailable, came last Available",
    ),
    "an idle station that puts its restart off": (
        "TC_B_20_CS",
        _says("ResetResponse", status="Scheduled"),
        "status: expected Accepted, came Scheduled",
    ),
    "a restart without its reason": (
        "TC_B_21_CS",
        _says("BootNotification", reason="PowerUp"),
        "reason: expected ScheduledReset, came PowerUp",
    ),
    "instances that are not reported": (
        "TC_B_54_CS",
        _one_only,
        "DeviceDataCtrlr.ItemsPerMessage: expected the instance",
    ),
    "EVSEs that are not reported": (
        "TC_B_56_CS",
        _one_only,
        "expected EVSE@1.AvailabilityState, EVSE@2.AvailabilityState",
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_station_is_caught(name: str) -> None:
    case, tamper, expected = WRONG[name]
    async with at_work(tamper=tamper) as runner:
        verdict = await runner.run_case(all_facts()[case])

    assert verdict.outcome is Outcome.FAILED, verdict.reason
    assert any(expected in str(found) for found in verdict.deviations), verdict.deviations
