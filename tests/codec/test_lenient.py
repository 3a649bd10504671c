"""Decoding for peers that break the schema."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from ocppkit.codec import codec_for
from ocppkit.codec.lenient import LenientCodec, SchemaDeviation
from ocppkit.errors import Rule, ValidationError
from ocppkit.message import Version
from ocppkit.v16 import (
    ChargePointStatus,
    HeartbeatResponse,
    MeterValuesRequest,
    SetChargingProfileRequest,
    StatusNotificationRequest,
)
from ocppkit.v201 import (
    BootNotificationRequest,
    DataTransferRequest,
    NotifyEventRequest,
    TransactionEventRequest,
)

Heard = list[tuple[SchemaDeviation, ValidationError]]


def lenient(version: Version) -> tuple[LenientCodec, Heard]:
    heard: Heard = []
    codec = LenientCodec(
        codec_for(version), report=lambda deviation, error: heard.append((deviation, error))
    )
    return codec, heard


def decode(codec: LenientCodec, action: str, payload: Any) -> Any:
    return codec.decode_request(codec.actions[action], payload)


STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
SAMPLE = {"value": "50.01", "unit": "Hz"}


def test_a_payload_that_is_right_is_decoded_as_ever_and_nothing_is_reported() -> None:
    codec, heard = lenient(Version.V16)

    request = decode(codec, "StatusNotification", STATUS)

    assert isinstance(request, StatusNotificationRequest)
    assert heard == []
    assert not codec.deviations


def test_an_unknown_property_is_left_out_and_told() -> None:
    codec, heard = lenient(Version.V16)

    request = decode(codec, "StatusNotification", STATUS | {"mood": "good"})

    assert request == decode(codec, "StatusNotification", STATUS)
    [(deviation, error)] = heard
    assert deviation == SchemaDeviation(
        message="StatusNotificationRequest", path="$.*", rule=Rule.ADDITIONAL_PROPERTIES
    )
    assert error.path == "$.mood"
    assert error.value == "'good'"


def test_a_string_that_is_too_long_is_kept_whole() -> None:
    codec, heard = lenient(Version.V16)

    request = decode(codec, "StatusNotification", STATUS | {"info": "i" * 80})

    assert request.info == "i" * 80
    assert [deviation.rule for deviation, _ in heard] == [Rule.MAX_LENGTH]


def test_an_enum_value_in_another_case_is_the_member_that_was_meant() -> None:
    codec, heard = lenient(Version.V16)

    request = decode(codec, "StatusNotification", STATUS | {"status": "AVAILABLE"})

    assert request.status is ChargePointStatus.AVAILABLE
    assert [(deviation.path, deviation.rule) for deviation, _ in heard] == [("$.status", Rule.ENUM)]


def test_an_enum_value_that_does_not_exist_is_kept_as_a_string() -> None:
    codec, heard = lenient(Version.V16)
    payload = {
        "connectorId": 1,
        "meterValue": [
            {"timestamp": "2024-05-01T12:00:00Z", "sampledValue": [{"value": "230"}, SAMPLE]},
            {"timestamp": "2024-05-01T12:00:01Z", "sampledValue": [SAMPLE, SAMPLE]},
        ],
    }

    request = decode(codec, "MeterValues", payload)

    assert isinstance(request, MeterValuesRequest)
    assert request.meter_value[1].sampled_value[0].unit == "Hz"
    [(deviation, error)] = heard
    assert deviation.path == "$.meterValue[].sampledValue[].unit"
    assert error.path == "$.meterValue[0].sampledValue[1].unit"
    assert codec.deviations[deviation] == 3


@pytest.mark.parametrize(("given", "kept"), [("1", 1), ("-1", -1), ("1.0", 1), (1.0, 1)], ids=repr)
def test_an_integer_given_otherwise_is_the_integer(given: Any, kept: int) -> None:
    codec, heard = lenient(Version.V16)

    request = decode(codec, "StatusNotification", STATUS | {"connectorId": given})

    assert request.connector_id == kept
    assert type(request.connector_id) is int
    assert Rule.TYPE in {deviation.rule for deviation, _ in heard}


def test_numbers_and_booleans_given_as_strings_are_numbers_and_booleans() -> None:
    codec, heard = lenient(Version.V201)
    payload = {
        "eventType": "Updated",
        "timestamp": "2024-05-01T12:00:00Z",
        "triggerReason": "MeterValuePeriodic",
        "seqNo": "3",
        "offline": "True",
        "transactionInfo": {"transactionId": "t"},
        "meterValue": [{"timestamp": "2024-05-01T12:00:00Z", "sampledValue": [{"value": "17.5"}]}],
    }

    request = decode(codec, "TransactionEvent", payload)

    assert isinstance(request, TransactionEventRequest)
    assert (request.seq_no, request.offline) == (3, True)
    assert request.meter_value is not None
    assert request.meter_value[0].sampled_value[0].value == 17.5
    assert len(heard) == 3


def test_a_time_without_a_zone_is_utc_and_told_wherever_it_stands() -> None:
    codec, heard = lenient(Version.V16)
    payload = {
        "connectorId": 1,
        "meterValue": [
            {"timestamp": "2024-05-01T12:00:00", "sampledValue": [{"value": "1"}]},
            {"timestamp": "2024-05-01T12:00:00+02:00", "sampledValue": [{"value": "1"}]},
        ],
    }

    request = decode(codec, "MeterValues", payload)
    decode(codec, "StatusNotification", STATUS | {"timestamp": "2024-05-01T12:00:00", "x": 1})

    assert request.meter_value[0].timestamp == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert request.meter_value[1].timestamp == datetime(2024, 5, 1, 10, tzinfo=UTC)
    assert [(deviation.path, deviation.rule) for deviation, _ in heard] == [
        ("$.meterValue[].timestamp", Rule.FORMAT),
        ("$.timestamp", Rule.FORMAT),
        ("$.*", Rule.ADDITIONAL_PROPERTIES),
    ]


def test_a_number_out_of_range_or_off_its_grid_is_kept() -> None:
    codec, heard = lenient(Version.V16)
    period = {"startPeriod": 0, "limit": 8.15}
    payload = {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]},
        },
    }

    request = decode(codec, "SetChargingProfile", payload)

    assert isinstance(request, SetChargingProfileRequest)
    schedule = request.cs_charging_profiles.charging_schedule
    assert schedule.charging_schedule_period[0].limit == 8.15
    assert [deviation.rule for deviation, _ in heard] == [Rule.MULTIPLE_OF]


def test_a_null_or_an_empty_array_for_what_may_be_absent_is_absent() -> None:
    codec, heard = lenient(Version.V201)
    payload = {
        "eventType": "Started",
        "timestamp": "2024-05-01T12:00:00Z",
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "t", "remoteStartId": None},
        "meterValue": [],
    }

    request = decode(codec, "TransactionEvent", payload)

    assert request.meter_value is None
    assert request.transaction_info.remote_start_id is None
    assert {deviation.rule for deviation, _ in heard} == {Rule.TYPE, Rule.MIN_ITEMS}


def test_custom_data_keeps_what_it_carries_beside_a_deviation() -> None:
    codec, _ = lenient(Version.V201)
    payload = {
        "reason": "powerup",
        "chargingStation": {"model": "m", "vendorName": "v"},
        "customData": {"vendorId": "acme", "shelf": [1, None]},
    }

    request = decode(codec, "BootNotification", payload)

    assert isinstance(request, BootNotificationRequest)
    assert request.custom_data is not None
    assert request.custom_data.extra == {"shelf": [1, None]}


def test_data_of_no_type_stays_as_it_is() -> None:
    codec, _ = lenient(Version.V201)

    request = decode(codec, "DataTransfer", {"vendorId": "v" * 300, "data": {"a": [None]}})

    assert isinstance(request, DataTransferRequest)
    assert request.data == {"a": [None]}


@pytest.mark.parametrize(
    ("change", "path", "rule"),
    [
        ({"connectorId": None}, "$.connectorId", Rule.TYPE),
        ({"connectorId": "one"}, "$.connectorId", Rule.TYPE),
        ({"connectorId": "nan"}, "$.connectorId", Rule.TYPE),
        ({"connectorId": 1.5}, "$.connectorId", Rule.TYPE),
        ({"connectorId": True}, "$.connectorId", Rule.TYPE),
        ({"info": 5}, "$.info", Rule.TYPE),
        ({"timestamp": "yesterday"}, "$.timestamp", Rule.FORMAT),
        ({"timestamp": 5}, "$.timestamp", Rule.TYPE),
    ],
    ids=repr,
)
def test_what_has_no_plain_meaning_is_refused(
    change: dict[str, Any], path: str, rule: Rule
) -> None:
    codec, _ = lenient(Version.V16)

    with pytest.raises(ValidationError) as caught:
        decode(codec, "StatusNotification", STATUS | change)

    assert (caught.value.path, caught.value.rule) == (path, rule)


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        ([], Rule.TYPE),
        ({"connectorId": 1, "errorCode": "NoError"}, Rule.REQUIRED),
    ],
    ids=repr,
)
def test_what_is_missing_cannot_be_borne_with(payload: Any, rule: Rule) -> None:
    codec, _ = lenient(Version.V16)

    with pytest.raises(ValidationError) as caught:
        decode(codec, "StatusNotification", payload)

    assert caught.value.rule is rule


def test_a_required_array_must_be_one_and_hold_something() -> None:
    codec, _ = lenient(Version.V201)
    payload: dict[str, Any] = {"generatedAt": "2024-05-01T12:00:00Z", "seqNo": 0}

    with pytest.raises(ValidationError, match="expected an array"):
        decode(codec, "NotifyEvent", payload | {"eventData": {}})
    with pytest.raises(ValidationError, match="at least 1"):
        decode(codec, "NotifyEvent", payload | {"eventData": []})
    assert NotifyEventRequest.ACTION == "NotifyEvent"


def test_a_boolean_that_is_none_is_refused() -> None:
    codec, _ = lenient(Version.V201)
    payload = {
        "eventType": "Updated",
        "timestamp": "2024-05-01T12:00:00Z",
        "triggerReason": "MeterValuePeriodic",
        "seqNo": 3,
        "offline": "perhaps",
        "transactionInfo": {"transactionId": "t"},
    }

    with pytest.raises(ValidationError, match=r"\$\.offline: expected a boolean"):
        decode(codec, "TransactionEvent", payload)


def test_responses_are_borne_with_too() -> None:
    codec, heard = lenient(Version.V16)
    action = codec.actions["Heartbeat"]

    response = codec.decode_response(action, {"currentTime": "2024-05-01T12:00:00"})

    assert response == HeartbeatResponse(current_time=datetime(2024, 5, 1, 12, tzinfo=UTC))
    assert len(heard) == 1


def test_what_is_sent_stays_strict() -> None:
    codec, _ = lenient(Version.V16)
    request = decode(codec, "StatusNotification", STATUS)
    request.info = "i" * 80

    with pytest.raises(ValidationError):
        codec.encode_request(request)


def test_each_kind_of_deviation_is_logged_once_a_peer(caplog: pytest.LogCaptureFixture) -> None:
    codec = LenientCodec(codec_for(Version.V16), peer="CS001")

    with caplog.at_level(logging.WARNING):
        for n in range(3):
            decode(codec, "StatusNotification", STATUS | {"info": "i" * (51 + n)})
        decode(codec, "StatusNotification", STATUS | {"mood": 1})

    assert len(caplog.records) == 2
    assert "CS001" in caplog.text
    assert "$.info" in caplog.text
    assert sum(codec.deviations.values()) == 4


def test_names_that_a_peer_makes_up_are_one_kind_an_object() -> None:
    codec, heard = lenient(Version.V16)
    values = [{"timestamp": "2024-05-01T12:00:00Z", "sampledValue": [{"value": "1", "a[0]": 1}]}]

    for number in range(20):
        decode(codec, "StatusNotification", STATUS | {f"made-up-{number}": 1})
    decode(codec, "MeterValues", {"connectorId": 1, "meterValue": values})

    assert {kind.path: count for kind, count in codec.deviations.items()} == {
        "$.*": 20,
        "$.meterValue[].sampledValue[].*": 1,
    }
    assert [error.path for _, error in heard] == [
        "$.made-up-0",
        "$.meterValue[0].sampledValue[0].a[0]",
    ]


def test_the_kinds_of_deviations_are_counted_up_to_a_bound() -> None:
    codec, heard = lenient(Version.V16)
    for number in range(1000):
        kind = SchemaDeviation(message="Made", path=f"$.{number}", rule=Rule.TYPE)
        codec.deviations[kind] += 1

    request = decode(codec, "StatusNotification", STATUS | {"mood": "good"})

    assert isinstance(request, StatusNotificationRequest)
    assert len(codec.deviations) == 1000
    assert heard == []


def test_the_log_tells_neither_the_value_nor_the_name_that_a_peer_made_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    codec = LenientCodec(codec_for(Version.V16), peer="CS001")

    decode(codec, "Authorize", {"idTag": "04E1A2B3C4D5E6F70809AA", "forged\nline": 1})

    assert [record.getMessage() for record in caplog.records] == [
        "CS001: bears with AuthorizeRequest: $.idTag: expected at most 20 characters (maxLength)",
        "CS001: bears with AuthorizeRequest: $.*: expected no such property (additionalProperties)",
    ]
