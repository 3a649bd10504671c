from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocppkit.connection import Direction, Kind, Passed
from ocppkit.message_log import EntryKind
from ocppkit.message_log.summary import facts, registers_wh, said

from .conftest import MakeEntry

SAMPLES = [
    {"value": "12.5", "unit": "kWh"},
    {"value": "7", "measurand": "Power.Active.Import", "phase": "L1"},
    {"value": 110, "measurand": "Power.Active.Import", "unitOfMeasure": {"multiplier": 2}},
    {"value": "55", "measurand": "SoC"},
    {"value": "signed", "measurand": "SoC"},
    {"value": "20", "measurand": "Temperature"},
]


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        ({}, ""),
        ({"status": "Accepted", "interval": 300}, "Accepted, every 300 s"),
        (
            {"chargePointVendor": "Acme", "chargePointModel": "X1", "iccid": "1"},
            "Acme X1",
        ),
        (
            {"chargingStation": {"vendorName": "Acme", "model": "X2"}, "reason": "PowerUp"},
            "Acme X2, PowerUp",
        ),
        ({"connectorId": 1, "errorCode": "NoError", "status": "Charging"}, "Charging, connector 1"),
        ({"connectorId": 0, "errorCode": "GroundFailure", "status": "Faulted"},
         "Faulted, GroundFailure, connector 0"),
        (
            {
                "eventType": "Updated",
                "triggerReason": "MeterValuePeriodic",
                "transactionInfo": {"transactionId": "T1", "chargingState": "Charging"},
                "meterValue": [{"sampledValue": []}, {"sampledValue": SAMPLES}],
                "evse": {"id": 2, "connectorId": 1},
                "seqNo": 4,
            },
            (
                "MeterValuePeriodic, 12.500 kWh, 11.0 kW, 55 %, Charging, EVSE 2, connector 1, "
                "#4, transaction T1"
            ),
        ),
        ({"meterStart": 1500, "idTag": "…A2B3"}, "1.500 kWh, token …A2B3"),
        ({"key": "HeartbeatInterval", "value": "60"}, "HeartbeatInterval = 60"),
        ({"key": ["A", "B"]}, "A, B"),
        (
            {
                "setVariableData": [
                    {
                        "component": {"name": "OCPPCommCtrlr"},
                        "variable": {"name": "HeartbeatInterval"},
                        "attributeValue": "60",
                    },
                    {},
                ]
            },
            "OCPPCommCtrlr.HeartbeatInterval = 60, and 1 more",
        ),
        (
            {
                "setVariableResult": [
                    {
                        "component": {"name": "C"},
                        "variable": {"name": "V"},
                        "attributeStatus": "Rejected",
                    }
                ]
            },
            "C.V: Rejected",
        ),
        ({"requestId": 7, "seqNo": 0, "reportData": [{}, {}]}, "request 7, #0, 2 reportData"),
        ({"csChargingProfiles": {"chargingProfilePurpose": "TxProfile"}}, "TxProfile"),
        ({"currentTime": "2026-05-01T12:00:00Z"}, "2026-05-01T12:00:00Z"),
        ({"odd": True, "more": 2, "nested": {}, "third": "x", "fourth": 4},
         "odd yes, more 2, third x"),
    ],
)  # fmt: skip
def test_what_matters_is_told_in_a_few_words(payload: Any, told: str) -> None:
    assert ", ".join(said(payload)) == told


def test_an_empty_answer_is_ok_and_an_error_tells_its_code(entry: MakeEntry) -> None:
    refused = entry(EntryKind.CALLERROR, code="NotSupported", description="no")

    assert facts(entry(EntryKind.CALLRESULT, payload={})) == "ok"
    assert facts(entry(EntryKind.CALL, payload={})) == ""
    assert facts(refused) == "NotSupported no"


def test_an_observed_message_is_told_like_one_of_a_log() -> None:
    passed = Passed(
        identity="CS001",
        direction=Direction.SENT,
        kind=Kind.CALL,
        size=2,
        payload={"type": "Immediate"},
    )

    assert facts(passed) == "Immediate"


def test_nothing_gets_to_a_terminal_that_it_might_obey() -> None:
    assert said({"status": "a\x1b[2Jb\n\u202ec"}) == ["a·[2Jb··c"]


def test_long_texts_are_cut() -> None:
    assert said({"status": "x" * 100}) == ["x" * 59 + "…"]


NAMES = st.sampled_from(
    [
        "meterValue", "sampledValue", "value", "unitOfMeasure", "multiplier", "unit", "key",
        "setVariableData", "variable", "component", "name", "transactionInfo", "transactionId",
        "chargingProfile", "evse", "id", "idToken", "meterStart", "measurand", "chargingStation",
    ]
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)


@given(
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
        max_leaves=12,
    )
)
def test_no_payload_is_too_odd(payload: Any) -> None:
    words = ", ".join(said(payload))

    assert not words or words.isprintable()
    assert all(isinstance(value, float) for value in registers_wh(payload))


def test_the_register_is_read_wherever_a_version_puts_it() -> None:
    assert registers_wh({"meterStart": 100}) == [100.0]
    assert registers_wh({"meterStop": 300, "transactionData": [{"sampledValue": SAMPLES}]}) == [
        300.0,
        12_500.0,
    ]
