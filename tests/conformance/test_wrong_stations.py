"""Stations that are wrong on purpose, at least one a block: the kit catches each."""

from __future__ import annotations

import pytest

from .harness import at_work
from .tampering import Payload, Tamper, always, event, inside, is_caught, lost, never, says

WRONG: dict[str, tuple[str, Tamper, str]] = {
    "B: it boots without a word of its connectors": (
        "TC_B_01_CS",
        never("StatusNotification"),
        "status of connector 1 of EVSE 1",
    ),
    "B: it refuses a restart": (
        "TC_B_01_CS",
        always("ResetResponse", status="Rejected"),
        "ResetResponse.status: expected Accepted, came Rejected",
    ),
    "B: it tells another value": (
        "TC_B_06_CS",
        inside("GetVariablesResponse", "getVariableResult", attributeValue="299"),
        "attribute_value: expected '300', came '299'",
    ),
    "B: it leaves the attribute's type out": (
        "TC_B_09_CS",
        inside("SetVariablesResponse", "setVariableResult", attributeType="Target"),
        "attribute_type: expected Actual, came Target",
    ),
    "C: it asks about another token": (
        "TC_C_02_CS",
        inside("Authorize", "idToken", idToken="FFFF"),
        "id_token.id_token: expected '0BADC0DE', came 'FFFF'",
    ),
    "C: it asks nobody": ("TC_C_02_CS", never("Authorize"), "Authorize: expected such a message"),
    "C: it does not clear its cache": (
        "TC_C_37_CS",
        always("ClearCacheResponse", status="Rejected"),
        "ClearCacheResponse.status: expected Accepted, came Rejected",
    ),
    "C: it clears a cache that is switched off": (
        "TC_C_38_CS",
        always("ClearCacheResponse", status="Accepted"),
        "ClearCacheResponse.status: expected Rejected, came Accepted",
    ),
    "C: it takes a master for any driver": (
        "TC_C_49_CS",
        event(says(stoppedReason="Local"), eventType="Ended"),
        "stopped_reason: expected MasterPass, came Local",
    ),
    "C: it does not say that nobody listened": (
        "TC_C_16_CS",
        always("TransactionEvent", offline=False),
        "step 3: TransactionEvent",
    ),
    "E: it begins with an update": (
        "TC_E_03_CS",
        always("TransactionEvent", eventType="Updated"),
        "event_type: expected Started, came Updated",
    ),
    "E: it skips a sequence number": (
        "TC_E_06_CS",
        lambda said, payload: (
            {**payload, "seqNo": payload["seqNo"] + 1}
            if said == "TransactionEvent" and payload["seqNo"] > 1
            else payload
        ),
        "seq_no: expected numbers without a gap",
    ),
    "E: it lives in the future": (
        "TC_E_03_CS",
        always("TransactionEvent", timestamp="2036-01-01T00:00:00Z"),
        "timestamp: expected no later than now",
    ),
    "E: it never charges": (
        "TC_E_03_CS",
        lost(chargingState="Charging"),
        "step 9: TransactionEvent: expected such a message",
    ),
    "E: it breaks the schema": (
        "TC_E_03_CS",
        always("TransactionEvent", seqNo="one"),
        "TransactionEventRequest.seqNo",
    ),
    "G: its connectors are never Occupied": (
        "TC_E_03_CS",
        always("StatusNotification", connectorStatus="Available"),
        "status of connector 1 of EVSE 1: expected Occupied",
    ),
    "D: it tells another version of its list": (
        "TC_D_02_CS",
        always("GetLocalListVersionResponse", versionNumber=7),
        "",
    ),
    "D: it takes a list of the wrong version": (
        "TC_D_06_CS",
        always("SendLocalListResponse", status="Accepted"),
        "status: expected VersionMismatch, came Accepted",
    ),
    "F: it says that a cable is free while somebody charges": (
        "TC_F_05_CS",
        always("UnlockConnectorResponse", status="Unlocked"),
        "status: expected OngoingAuthorizedTransaction, came Unlocked",
    ),
    "F: it stops what it does not know": (
        "TC_F_09_CS",
        always("RequestStopTransactionResponse", status="Accepted"),
        "status: expected Rejected, came Accepted",
    ),
    "F: it triggers nothing": ("TC_F_20_CS", never("Heartbeat"), "Heartbeat"),
    "G: it refuses to be out of use": (
        "TC_G_09_CS",
        always("ChangeAvailabilityResponse", status="Rejected"),
        "status: expected Accepted, came Rejected",
    ),
    "G: it is out of use at once though somebody charges": (
        "TC_G_11_CS",
        always("ChangeAvailabilityResponse", status="Accepted"),
        "status: expected Scheduled, came Accepted",
    ),
    "P: it understands a vendor that nobody knows": (
        "TC_P_01_CS",
        always("DataTransferResponse", status="Accepted"),
        "came Accepted",
    ),
    "B: it has always just got power": (
        "TC_B_22_CS",
        always("BootNotification", reason="PowerUp"),
        "came PowerUp",
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_station_is_caught(name: str) -> None:
    case, tamper, expected = WRONG[name]
    wrong = False

    def from_then_on(said: str, payload: Payload) -> Payload | None:
        return tamper(said, payload) if wrong else payload

    async with at_work(tamper=from_then_on) as runner:
        wrong = True
        await is_caught(runner, case, expected)
