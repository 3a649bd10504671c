"""P01, P02: data transfer both ways, and customData."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ocppkit.errors import ConnectionLost
from ocppkit.message import Version
from ocppkit.station import IdToken
from ocppkit.station.data_transfer import (
    DataTransferAnswer,
    DataTransferMessage,
    DataTransferOutcome,
)

CUSTOM = {"vendorId": "com.example", "deep": {"list": [1, None, "x"]}, "flag": True}


@pytest.fixture
async def it(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V201).running() as running:
        yield running


@pytest.mark.requirement("P01.FR.05")
async def test_p01_a_vendor_that_nobody_knows_is_unknown(it: Any) -> None:
    assert await it.call("DataTransfer", vendorId="x") == {"status": "UnknownVendorId"}


@pytest.mark.requirement("P01.FR.06", "P01.FR.03")
async def test_p01_a_message_that_its_handler_does_not_know_is_unknown(it: Any) -> None:
    async def answer(message: DataTransferMessage) -> DataTransferAnswer:
        known = message.message_id in {None, "known"}
        outcome = DataTransferOutcome.ACCEPTED if known else DataTransferOutcome.UNKNOWN_MESSAGE_ID
        return DataTransferAnswer(outcome=outcome)

    it.station.on_data_transfer(answer, vendor_id="com.example")
    known = await it.call("DataTransfer", vendorId="com.example", messageId="known")
    none = await it.call("DataTransfer", vendorId="com.example")
    other = await it.call("DataTransfer", vendorId="com.example", messageId="other")

    assert known == none == {"status": "Accepted"}
    assert other == {"status": "UnknownMessageId"}


@pytest.mark.requirement("P01.FR.04", "P01.FR.07")
@pytest.mark.parametrize(
    "data", ["text", 4, 0.5, True, [1, {"a": None}], {"k": [{}]}, "x" * 50_000]
)
async def test_p01_any_data_goes_in_and_out_as_it_is(it: Any, data: Any) -> None:
    heard: list[Any] = []

    async def answer(message: DataTransferMessage) -> DataTransferAnswer:
        heard.append(message.data)
        return DataTransferAnswer(outcome=DataTransferOutcome.REJECTED, data=message.data)

    it.station.on_data_transfer(answer)
    response = await it.call("DataTransfer", vendorId="com.example", data=data)

    assert heard == [data]
    assert response == {"status": "Rejected", "data": data}


async def test_p01_custom_data_goes_in_and_out_as_it_is(it: Any) -> None:
    heard: list[Any] = []

    async def answer(message: DataTransferMessage) -> DataTransferAnswer:
        heard.append(message.custom_data)
        return DataTransferAnswer(custom_data=message.custom_data)

    it.station.on_data_transfer(answer)
    response = await it.call("DataTransfer", vendorId="com.example", customData=CUSTOM)

    assert heard == [CUSTOM]
    assert response == {"status": "Accepted", "customData": CUSTOM}


@pytest.mark.parametrize("wrong", [{"flag": True}, {"vendorId": 4}, {"vendorId": "x" * 256}])
async def test_p01_an_answer_whose_custom_data_has_no_vendor_is_a_rejection(
    it: Any, wrong: dict[str, Any]
) -> None:
    async def answer(_: DataTransferMessage) -> DataTransferAnswer:
        return DataTransferAnswer(custom_data=wrong)

    it.station.on_data_transfer(answer)

    assert await it.call("DataTransfer", vendorId="com.example") == {"status": "Rejected"}


@pytest.mark.requirement("P02.FR.04", "P02.FR.05", "P02.FR.08")
async def test_p02_a_message_to_the_csms_and_its_answer(it: Any) -> None:
    it.script["DataTransfer"] = lambda _: {
        "status": "Accepted",
        "data": {"a": [1]},
        "customData": CUSTOM,
    }
    message = DataTransferMessage(
        vendor_id="com.example", message_id="hello", data=[{"b": None}], custom_data=CUSTOM
    )
    answer = await it.station.data_transfer(message)

    assert it.sent("DataTransfer") == [
        {
            "vendorId": "com.example",
            "messageId": "hello",
            "data": [{"b": None}],
            "customData": CUSTOM,
        }
    ]
    assert answer == DataTransferAnswer(data={"a": [1]}, custom_data=CUSTOM)


async def test_p02_without_a_connection_it_cannot_be_sent(it: Any) -> None:
    it.down = True
    await it.drop()

    with pytest.raises(ConnectionLost):
        await it.station.data_transfer(DataTransferMessage(vendor_id="com.example"))


async def test_p02_custom_data_needs_a_vendor(it: Any) -> None:
    message = DataTransferMessage(vendor_id="com.example", custom_data={"flag": True})

    with pytest.raises(ValueError, match="vendorId"):
        await it.station.data_transfer(message)


async def test_p02_in_1_6_other_data_than_a_text_goes_as_its_json(world: Any) -> None:
    async with world(Version.V16).running() as it:
        it.script["DataTransfer"] = lambda _: {"status": "UnknownMessageId", "data": "no"}
        answer = await it.station.data_transfer(
            DataTransferMessage(vendor_id="com.example", data={"a": 1})
        )

    assert it.sent("DataTransfer") == [{"vendorId": "com.example", "data": '{"a": 1}'}]
    assert answer.outcome is DataTransferOutcome.UNKNOWN_MESSAGE_ID
    assert answer.data == "no"


@pytest.mark.parametrize(
    ("action", "payload", "status"),
    [
        ("UnlockConnector", {"evseId": 1, "connectorId": 1}, "Unlocked"),
        ("ChangeAvailability", {"operationalStatus": "Operative", "evse": {"id": 1}}, "Accepted"),
        ("TriggerMessage", {"requestedMessage": "Heartbeat", "evse": {"id": 1}}, "Accepted"),
        ("RequestStopTransaction", {"transactionId": "x"}, "Rejected"),
        (
            "RequestStartTransaction",
            {"idToken": {"idToken": "R", "type": "Central"}, "remoteStartId": 1},
            "Accepted",
        ),
    ],
)
async def test_p_custom_data_of_anybody_is_no_error_at_any_depth(
    it: Any, action: str, payload: dict[str, Any], status: str
) -> None:
    def with_custom(value: Any) -> Any:
        if isinstance(value, dict):
            return {**{k: with_custom(v) for k, v in value.items()}, "customData": CUSTOM}
        return value

    answer = await it.call(action, **with_custom(payload))

    assert answer["status"] == status


async def test_p_custom_data_in_set_and_get_variables_is_no_error(it: Any) -> None:
    component = {"name": "OCPPCommCtrlr", "customData": CUSTOM}
    variable = {"name": "OfflineThreshold", "customData": CUSTOM}
    written = await it.call(
        "SetVariables",
        setVariableData=[
            {
                "component": component,
                "variable": variable,
                "attributeValue": "200",
                "customData": CUSTOM,
            }
        ],
        customData=CUSTOM,
    )
    read = await it.call(
        "GetVariables",
        getVariableData=[{"component": component, "variable": variable, "customData": CUSTOM}],
        customData=CUSTOM,
    )

    assert written["setVariableResult"][0]["attributeStatus"] == "Accepted"
    assert read["getVariableResult"][0]["attributeValue"] == "200"
    assert read["getVariableResult"][0]["component"]["customData"] == CUSTOM


async def test_p_custom_data_of_answers_is_no_error(it: Any) -> None:
    accepted = {"idTokenInfo": {"status": "Accepted", "customData": CUSTOM}, "customData": CUSTOM}
    it.script["Authorize"] = lambda _: accepted
    it.script["TransactionEvent"] = lambda _: {"customData": CUSTOM}
    it.script["StatusNotification"] = lambda _: {"customData": CUSTOM}
    await it.charge()

    assert it.station.evse(1).authorization.token == IdToken("ABC")
    assert it.events()[-1] == ("Updated", "ChargingStateChanged")


async def test_p_custom_data_of_a_charging_profile_is_kept_with_it(it: Any) -> None:
    period = {"startPeriod": 0, "limit": 3000.0, "customData": CUSTOM}
    schedule = {
        "id": 1,
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [period],
        "customData": CUSTOM,
    }
    profile = {
        "id": 3,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [schedule],
        "customData": CUSTOM,
    }
    await it.set_variable("TxCtrlr", "TxStartPoint", "Authorized")
    await it.call(
        "RequestStartTransaction",
        idToken={"idToken": "R", "type": "Central"},
        remoteStartId=1,
        evseId=1,
        chargingProfile=profile,
    )

    (installed,) = it.station._core.limits.profiles.all
    kept = installed.profile
    assert kept.extra["customData"] == CUSTOM
    assert kept.schedules[0].extra["customData"] == CUSTOM
    assert kept.schedules[0].periods[0].extra["customData"] == CUSTOM
