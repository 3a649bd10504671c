"""Stations that are wrong about transactions and meter values on purpose: the kit catches each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import pytest

from .harness import at_work
from .tampering import Payload, Tamper, event, is_caught, lost, sampled, says
from .test_cases_elsewhere import fixed_cables, signing_meters


def _late(_: str, payload: Payload) -> Payload | None:
    """Every other moment is 3 s late."""
    for value in payload.get("meterValue", ()):
        at = datetime.fromisoformat(value["timestamp"])
        if at.second % 20 >= 10 or at.second % 10 >= 5:
            value["timestamp"] = (at + timedelta(seconds=3)).isoformat()
    return payload


def _one_measurand(_: str, payload: Payload) -> Payload | None:
    for value in payload.get("meterValue", ()):
        del value["sampledValue"][1:]
    return payload


def _aligned_while_charging(event: Payload) -> None:
    value = {"value": 1, "context": "Sample.Clock"}
    event["meterValue"] = [{"timestamp": event["timestamp"], "sampledValue": [value]}]


def _after_it_left(event: Payload) -> None:
    if event["seqNo"] > 2:
        event["triggerReason"] = "ChargingStateChanged"


WRONG: Final[dict[str, tuple[str, Tamper, str]]] = {
    "the power path is no reason": (
        "TC_E_02_CS",
        event(says(triggerReason="CablePluggedIn"), eventType="Started"),
        "trigger_reason: expected ChargingStateChanged or Authorized, came CablePluggedIn",
    ),
    "a cable is told as a token": (
        "TC_E_09_CS",
        event(says(triggerReason="Authorized"), triggerReason="CablePluggedIn"),
        "trigger_reason: expected CablePluggedIn or ChargingStateChanged, came Authorized",
    ),
    "a beginning without an EVSE": (
        "TC_E_09_CS",
        event(says(evse=None), eventType="Started"),
        "evse.id: expected any value, came nothing",
    ),
    "a beginning in another state": (
        "TC_E_09_CS",
        event(says(chargingState="Idle"), eventType="Started"),
        "charging_state: expected EVConnected, came Idle",
    ),
    "a beginning without its token": (
        "TC_E_10_CS",
        event(says(idToken=None), eventType="Started"),
        "id_token.id_token: expected '0A1B2C3D', came nothing",
    ),
    "a remote start without its number": (
        "TC_E_13_CS",
        event(says(remoteStartId=None)),
        "remote_start_id: expected any value, came nothing",
    ),
    "a parking bay that is no reason": (
        "TC_E_12_CS",
        event(says(triggerReason="CablePluggedIn"), triggerReason="EVDetected"),
        "trigger_reason: expected EVDetected",
    ),
    "a timeout that is not told": (
        "TC_E_05_CS",
        lost(triggerReason="EVConnectTimeout"),
        "step 1: TransactionEvent: expected such a message",
    ),
    "a timeout for another reason": (
        "TC_E_39_CS",
        event(says(stoppedReason="Local"), eventType="Ended"),
        "stopped_reason: expected Timeout, came Local",
    ),
    "energy for a cable that is late": (
        "TC_E_39_CS",
        event(says(chargingState="Charging"), triggerReason="CablePluggedIn"),
        "step 5: TransactionEvent: expected none",
    ),
    "energy for a token that is not known": (
        "TC_E_52_CS",
        event(says(chargingState="Charging"), triggerReason="CablePluggedIn"),
        "step 3: TransactionEvent: expected none",
    ),
    "a driver's stop that is the CSMS's": (
        "TC_E_15_CS",
        event(says(stoppedReason="Remote"), eventType="Ended"),
        "stopped_reason: expected Local or nothing, came Remote",
    ),
    "a stop after which it goes on": (
        "TC_E_21_CS",
        event(says(eventType="Updated"), eventType="Ended"),
        "event_type: expected Ended, came Updated",
    ),
    "a remote stop that is not told": (
        "TC_E_35_CS",
        event(says(triggerReason="ChargingStateChanged"), triggerReason="RemoteStop"),
        "step 3: TransactionEvent: expected such a message",
    ),
    "a stop by the EV for another reason": (
        "TC_E_22_CS",
        event(says(stoppedReason="Other"), eventType="Ended"),
        "stopped_reason: expected StoppedByEV, came Other",
    ),
    "a stop at the plug in another state": (
        "TC_E_14_CS",
        event(says(chargingState="EVConnected"), eventType="Ended"),
        "charging_state: expected Idle, came EVConnected",
    ),
    "events of a queue that do not say so": (
        "TC_E_16_CS",
        event(says(offline=None)),
        "step 1: TransactionEventRequest.offline: expected True",
    ),
    "a refusal that ends nothing": (
        "TC_E_16_CS",
        event(says(eventType="Updated"), triggerReason="Deauthorized"),
        "step 3: TransactionEventRequest.event_type: expected Ended, came Updated",
    ),
    "an EV that left for another reason": (
        "TC_E_20_CS",
        event(says(stoppedReason="Local"), eventType="Ended"),
        "stopped_reason: expected EVDisconnected, came Local",
    ),
    "an EV that comes back without a word": (
        "TC_E_26_CS",
        event(_after_it_left, triggerReason="CablePluggedIn"),
        "step 5: TransactionEvent: expected such a message",
    ),
    "an EV that is awaited for ever": (
        "TC_E_27_CS",
        lost(triggerReason="EVConnectTimeout"),
        "step 5: TransactionEvent: expected such a message",
    ),
    "aligned values that are triggered": (
        "TC_J_01_CS",
        sampled(lambda each: each.update(context="Trigger")),
        "sampledValue[0].context: expected Sample.Clock, came Trigger",
    ),
    "aligned values at odd times": ("TC_J_01_CS", _late, "10 s from one to the next"),
    "aligned values of one measurand": ("TC_J_01_CS", _one_measurand, "Power.Active.Import"),
    "aligned values that are not told": (
        "TC_J_02_CS",
        lost(triggerReason="MeterValueClock"),
        "the values of the EVSE that charges",
    ),
    "an end without values": (
        "TC_J_03_CS",
        event(says(meterValue=None), eventType="Ended"),
        "TransactionEvent Ended: expected meterValue, came nothing",
    ),
    "aligned values while it charges": (
        "TC_J_06_CS",
        event(_aligned_while_charging, chargingState="Charging"),
        "no value aligned to the clock",
    ),
    "a beginning with a mere sample": (
        "TC_J_07_CS",
        sampled(lambda each: each.update(context="Sample.Periodic")),
        "expected Transaction.Begin, came Sample.Periodic",
    ),
    "a beginning of another measurand": (
        "TC_J_08_CS",
        sampled(lambda each: each.update(measurand="Voltage")),
        "Energy.Active.Import.Register",
    ),
    "samples in the EV": (
        "TC_J_09_CS",
        sampled(lambda each: each.update(location="EV")),
        "expected EV for SoC only",
    ),
    "samples at odd times": ("TC_J_09_CS", _late, "5 s from one to the next"),
    "a transaction without an end": (
        "TC_J_10_CS",
        sampled(lambda each: each.update(context="Other"), context="Transaction.End"),
        "Transaction.End once",
    ),
    "samples that are not signed": (
        "TC_J_11_CS",
        sampled(lambda each: each.pop("signedMeterValue", None)),
        "signedMeterValue: expected a signature",
    ),
    "aligned values with a broken key": (
        "TC_J_04_CS",
        sampled(lambda each: each.get("signedMeterValue", {}).update(publicKey="?")),
        "publicKey: expected what EveryMeterValue asks for",
    ),
}
_AT_FIXED_CABLES: Final = {"TC_E_20_CS", "TC_E_26_CS", "TC_E_27_CS"}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_station_is_caught(name: str) -> None:
    case, tamper, expected = WRONG[name]
    station = fixed_cables() if case in _AT_FIXED_CABLES else signing_meters()
    async with at_work(tamper=tamper, **station) as runner:
        await is_caught(runner, case, expected)
