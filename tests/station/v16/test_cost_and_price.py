"""Cost and price at a 1.6 station, message by message: "OCPP & California Pricing Requirements"."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station import IdToken
from ocppkit.station.capabilities import ConnectorState, DisplayText
from ocppkit.station.kept import UNPLUGGING
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.settings.values import KeyValue

VENDOR = "org.openchargealliance.costmsg"
ABC = IdToken("ABC")
RUNNING = {"transactionId": 7, "cost": 1.5, "state": "Charging"}


@pytest.fixture
async def plain(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V16).running() as running:
        yield running


@pytest.fixture
async def charging(plain: Any) -> Any:
    await plain.charge()
    return plain


async def tell(world: Any, message: str | None, data: Any) -> str:
    """Send a message of cost and price; how that went."""
    payload = {"vendorId": VENDOR, "data": data if isinstance(data, str) else json.dumps(data)}
    if message is not None:
        payload["messageId"] = message
    status: str = (await world.call("DataTransfer", **payload))["status"]
    return status


async def put(world: Any, key: str, value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    status: str = (await world.call("ChangeConfiguration", key=key, value=text))["status"]
    return status


def shown(world: Any, evse: int = 1) -> str | None:
    text = world.hardware.system.shown.get(evse)
    return text.content if text else None


def triggered(world: Any) -> list[dict[str, Any]]:
    """The MeterValues of context Other."""
    return [
        payload
        for payload in world.sent("MeterValues")
        if payload["meterValue"][0]["sampledValue"][0]["context"] == "Other"
    ]


def unplugged(world: Any) -> list[dict[str, Any]]:
    sent = world.sent("DataTransfer")
    assert all(each["vendorId"] == VENDOR for each in sent)
    assert all(each["messageId"] == "ConnectorUnplugged" for each in sent)
    return [json.loads(each["data"]) for each in sent]


# --- what the CSMS tells


@pytest.mark.requirement("1.6 key CustomDisplayCostAndPrice")
async def test_without_a_display_the_vendor_is_not_known(world: Any) -> None:
    told = (KeyValue(name="CustomDisplayCostAndPrice", value="false"),)
    async with world(Version.V16, configuration=told).running() as running:
        await running.charge()
        status = await tell(running, "RunningCost", RUNNING)

    assert status == "UnknownVendorId"


@pytest.mark.parametrize("message", ["Surprise", None])
@pytest.mark.requirement("1.6 §4.3")
async def test_another_message_is_not_known(plain: Any, message: str | None) -> None:
    assert await tell(plain, message, {}) == "UnknownMessageId"


@pytest.mark.parametrize(
    ("message", "data"),
    [
        ("RunningCost", "no JSON"),
        ("RunningCost", "[]"),
        ("RunningCost", "[" * 100_000),
        ("RunningCost", {"transactionId": 7, "cost": 1}),
        ("RunningCost", {**RUNNING, "state": "Asleep"}),
        ("RunningCost", {**RUNNING, "cost": "1.50"}),
        ("RunningCost", {**RUNNING, "cost": True}),
        ("RunningCost", '{"transactionId": 7, "state": "Idle", "cost": NaN}'),
        ("RunningCost", {**RUNNING, "transactionId": "seven"}),
        ("RunningCost", {**RUNNING, "chargingPrice": 3}),
        ("RunningCost", {**RUNNING, "nextPeriod": {}}),
        ("RunningCost", {**RUNNING, "nextPeriod": {"atTime": "9999-12-31T23:59:59Z"}}),
        ("RunningCost", {**RUNNING, "triggerMeterValue": {"atTime": "tomorrow"}}),
        ("RunningCost", {**RUNNING, "triggerMeterValue": {"atCPStatus": ["Melting"]}}),
        ("RunningCost", {**RUNNING, "triggerMeterValue": {"atCPStatus": [{}]}}),
        ("FinalCost", {"transactionId": 7}),
        ("FinalCost", {"transactionId": 7, "cost": 1, "priceTextExtra": [1]}),
        ("SetUserPrice", {"idToken": "ABC"}),
        ("SetUserPrice", {"priceText": "cheap"}),
    ],
)
@pytest.mark.requirement("1.6 §4.3")
async def test_what_cannot_be_read_is_rejected(charging: Any, message: str, data: Any) -> None:
    assert await tell(charging, message, data) == "Rejected"
    assert shown(charging) is None


@pytest.mark.parametrize("message", ["RunningCost", "FinalCost"])
async def test_a_transaction_that_there_is_not_is_rejected(charging: Any, message: str) -> None:
    assert await tell(charging, message, {**RUNNING, "transactionId": 8}) == "Rejected"


@pytest.mark.requirement("1.6-COST RunningCost")
@pytest.mark.requirement("1.6 key NumberOfDecimalsForCostValues")
async def test_the_running_cost_is_shown_with_its_prices(charging: Any) -> None:
    status = await tell(
        charging,
        "RunningCost",
        {
            **RUNNING,
            "timestamp": "2026-01-01T00:00:00Z",
            "meterValue": 1_000_500,
            "chargingPrice": {"kWhPrice": 0.123, "hourPrice": 2, "flatFee": 1.5},
            "idlePrice": {"graceMinutes": 10, "hourPrice": 6},
            "something": "else",
        },
    )

    assert status == "Accepted"
    assert (shown(charging) or "").split("\n") == [
        "Charging: 1.50",
        "0.123 per kWh",
        "2.00 per hour",
        "1.50 flat fee",
        "6.00 per idle hour",
        "10 min idle are free",
    ]


@pytest.mark.requirement("1.6-COST RunningCost")
async def test_idle_time_is_shown_as_such(charging: Any) -> None:
    await tell(charging, "RunningCost", {**RUNNING, "state": "Idle", "transactionId": "7"})

    assert shown(charging) == "Idle: 1.50"


@pytest.mark.requirement("1.6 key TimeOffset")
async def test_the_next_prices_are_announced_in_local_time_and_then_shown(charging: Any) -> None:
    at = charging.clock.utc_now().replace(microsecond=0) + timedelta(minutes=90)
    offset = await put(charging, "TimeOffset", "+02:00")
    await tell(
        charging,
        "RunningCost",
        {
            **RUNNING,
            "chargingPrice": {"kWhPrice": 0.3},
            "nextPeriod": {"atTime": at.isoformat(), "chargingPrice": {"kWhPrice": 0.2}},
        },
    )
    before = shown(charging)
    await charging.advance(90 * 60)

    assert offset == "Accepted"
    local = (at + timedelta(hours=2)).strftime("%H:%M")
    assert before == f"Charging: 1.50\n0.30 per kWh\nFrom {local}:\n0.20 per kWh"
    assert shown(charging) == "Charging: 1.50\n0.20 per kWh"


@pytest.mark.requirement(
    "1.6 key NextTimeOffsetTransitionDateTime", "1.6 key TimeOffsetNextTransition"
)
async def test_after_the_transition_the_other_offset_counts(charging: Any) -> None:
    at = charging.clock.utc_now().replace(microsecond=0) + timedelta(minutes=90)
    await put(charging, "TimeOffset", "+01:00")
    await put(charging, "TimeOffsetNextTransition", "-03:30")
    await put(charging, "NextTimeOffsetTransitionDateTime", at.isoformat())
    await tell(charging, "RunningCost", {**RUNNING, "nextPeriod": {"atTime": at.isoformat()}})

    local = (at - timedelta(hours=3, minutes=30)).strftime("%H:%M")
    assert shown(charging) == f"Charging: 1.50\nFrom {local}:"


@pytest.mark.requirement("1.6-COST FinalCost")
async def test_the_final_cost_is_shown_until_a_minute_after_the_ev_is_gone(charging: Any) -> None:
    await tell(charging, "RunningCost", RUNNING)
    await charging.station.evse(1).token_presented(ABC)
    await charging.settle()
    status = await tell(
        charging,
        "FinalCost",
        {"transactionId": 7, "cost": 3.25, "priceText": "3.25 EUR", "qrCodeText": "https://a.b"},
    )
    final = shown(charging)
    await charging.hardware.depart()
    await charging.advance(59)
    still = shown(charging)
    await charging.advance(2)

    assert status == "Accepted"
    assert final == still == "3.25 EUR\nhttps://a.b"
    assert shown(charging) is None


async def test_a_final_cost_without_words_is_a_number(charging: Any) -> None:
    await charging.station.evse(1).unplugged()
    await charging.settle()
    status = await tell(charging, "FinalCost", {"transactionId": 7, "cost": 3.25})

    assert status == "Accepted"
    assert shown(charging) == "Total: 3.25"


async def test_a_final_cost_does_not_disturb_the_next_driver(charging: Any) -> None:
    await charging.station.evse(1).unplugged()
    charging.script["StartTransaction"] = lambda _: {
        "idTagInfo": {"status": "Accepted"},
        "transactionId": 8,
    }
    await charging.station.evse(1).plugged_in()
    await charging.station.evse(1).token_presented(IdToken("XYZ"))
    await charging.settle()
    await tell(charging, "RunningCost", {**RUNNING, "transactionId": 8})
    status = await tell(charging, "FinalCost", {"transactionId": 7, "cost": 99})

    assert status == "Accepted"
    assert shown(charging) == "Charging: 1.50"


async def test_a_transaction_that_is_over_costs_nothing_more(charging: Any) -> None:
    await charging.station.evse(1).unplugged()
    await charging.settle()

    assert await tell(charging, "RunningCost", RUNNING) == "Rejected"


async def test_an_idle_fee_runs_on_until_the_cable_is_gone(charging: Any) -> None:
    await charging.station.evse(1).token_presented(ABC)
    await charging.settle()
    status = await tell(charging, "RunningCost", {**RUNNING, "state": "Idle", "cost": 2})

    assert status == "Accepted"
    assert shown(charging) == "Idle: 2.00"


# --- the driver's price


@pytest.mark.requirement("1.6-COST SetUserPrice")
async def test_the_drivers_price_is_shown_as_soon_as_it_comes(plain: Any) -> None:
    await plain.station.evse(1).token_presented(ABC)
    status = await tell(plain, "SetUserPrice", {"idToken": "abc", "priceText": "0.20/kWh"})

    assert status == "Accepted"
    assert shown(plain) == "0.20/kWh"


async def test_a_price_that_comes_before_the_authorization_waits_for_it(plain: Any) -> None:
    await tell(plain, "SetUserPrice", {"idToken": "ABC", "priceText": "0.20/kWh"})
    before = shown(plain)
    await plain.station.evse(1).token_presented(ABC)
    await plain.settle()

    assert before is None
    assert shown(plain) == "0.20/kWh"


async def test_a_price_of_long_ago_does_not_count(plain: Any) -> None:
    await tell(plain, "SetUserPrice", {"idToken": "ABC", "priceText": "0.20/kWh"})
    await plain.advance(61)
    await plain.station.evse(1).token_presented(ABC)
    await plain.settle()

    assert shown(plain) is None


@pytest.mark.requirement("1.6-COST SetUserPrice", "1.6 key DefaultPrice")
async def test_where_no_price_comes_the_default_one_is_shown(plain: Any) -> None:
    await put(plain, "DefaultPrice", {"priceText": "0.50/kWh", "priceTextOffline": "ask"})
    await plain.station.evse(1).token_presented(ABC)
    await plain.advance(4.9)
    before = shown(plain)
    await plain.advance(0.2)

    assert before is None
    assert shown(plain) == "0.50/kWh"


@pytest.mark.requirement("1.6-COST SetUserPrice")
async def test_the_wait_for_a_price_holds_nothing_up(plain: Any) -> None:
    await put(plain, "DefaultPrice", {"priceText": "0.50/kWh"})
    await put(plain, "WaitForSetUserPriceTimeout", "30000")
    await plain.charge()
    before = shown(plain)
    await plain.advance(30)

    assert len(plain.sent("StartTransaction")) == 1
    assert (before, shown(plain)) == (None, "0.50/kWh")


async def test_a_price_in_time_keeps_the_default_one_away(plain: Any) -> None:
    await put(plain, "DefaultPrice", {"priceText": "0.50/kWh"})
    await plain.station.evse(1).token_presented(ABC)
    await tell(plain, "SetUserPrice", {"idToken": "ABC", "priceText": "0.20/kWh"})
    await plain.advance(10)

    assert shown(plain) == "0.20/kWh"


async def test_while_offline_the_default_price_is_the_offline_one_at_once(plain: Any) -> None:
    await put(plain, "AllowOfflineTxForUnknownId", "true")
    await put(plain, "DefaultPrice", {"priceText": "0.50/kWh", "priceTextOffline": "offline: 0.60"})
    plain.down = True
    await plain.drop()
    await plain.station.evse(1).token_presented(ABC)
    await plain.settle()

    assert shown(plain) == "offline: 0.60"


@pytest.mark.requirement(
    "1.6 key DefaultPriceText", "1.6 key Language", "1.6 key SupportedLanguages"
)
async def test_the_language_of_the_display_is_taken(world: Any) -> None:
    told = (KeyValue(name="SupportedLanguages", value="de,en"),)
    extra = [
        {"format": "UTF8", "language": "en", "content": "cheap"},
        {"format": "HTML", "language": "de", "content": "billig"},
    ]
    async with world(Version.V16, configuration=told).running() as running:
        keys = await running.call("GetConfiguration", key=["Language", "DefaultPriceText,en"])
        await put(running, "DefaultPriceText,de", {"priceText": "teuer"})
        await put(running, "DefaultPriceText,en", {"priceText": "dear"})
        await put(running, "WaitForSetUserPriceTimeout", "0")
        await running.station.evse(1).token_presented(ABC)
        await running.settle()
        default = shown(running)
        await tell(
            running,
            "SetUserPrice",
            {"idToken": "ABC", "priceText": "plain", "priceTextExtra": extra},
        )
        text = running.hardware.system.shown[1]

    assert [each["value"] for each in keys["configurationKey"]] == ["de", ""]
    assert default == "teuer"
    assert text == DisplayText(content="billig", format="HTML", language="de")


async def test_a_driver_who_goes_away_clears_the_display(plain: Any) -> None:
    await plain.station.evse(1).token_presented(ABC)
    await tell(plain, "SetUserPrice", {"idToken": "ABC", "priceText": "0.20/kWh"})
    await plain.advance(121)

    assert shown(plain) is None


# --- what the CSMS reckons with


@pytest.mark.requirement("1.6-COST ConnectorUnplugged")
async def test_the_cable_is_told_to_be_gone_after_the_stop(charging: Any) -> None:
    await tell(charging, "RunningCost", RUNNING)
    await charging.station.evse(1).token_presented(ABC)
    await charging.advance(60)
    before = unplugged(charging)
    await charging.hardware.depart()
    at = charging.clock.utc_now()
    await charging.settle()

    assert before == []
    assert unplugged(charging) == [
        {"transactionId": 7, "timestamp": at.isoformat().replace("+00:00", "Z")}
    ]


@pytest.mark.requirement("1.6-COST ConnectorUnplugged")
async def test_unplugging_that_ends_the_transaction_is_told_after_its_stop(charging: Any) -> None:
    await tell(charging, "RunningCost", RUNNING)
    await charging.station.evse(1).unplugged()
    await charging.settle()

    actions = [each for each in charging.actions() if each in {"StopTransaction", "DataTransfer"}]
    assert actions == ["StopTransaction", "DataTransfer"]
    assert unplugged(charging)[0]["transactionId"] == 7


async def test_a_csms_that_reckons_no_cost_is_not_bothered(charging: Any) -> None:
    await charging.station.evse(1).unplugged()
    await charging.settle()

    assert unplugged(charging) == []


@pytest.mark.requirement("1.6-COST ConnectorUnplugged", "1.6 key CustomIdleFeeAfterStop")
async def test_with_an_idle_fee_after_the_stop_it_is_always_told(charging: Any) -> None:
    await put(charging, "CustomIdleFeeAfterStop", "true")
    await charging.station.evse(1).unplugged()
    await charging.settle()

    assert len(unplugged(charging)) == 1


@pytest.mark.parametrize("answer", ["UnknownVendorId", None])
async def test_a_csms_that_does_not_want_it_is_told_once(charging: Any, answer: str | None) -> None:
    charging.script["DataTransfer"] = lambda _: {"status": answer} if answer else "NotSupported"
    await tell(charging, "RunningCost", RUNNING)
    await charging.station.evse(1).unplugged()
    await charging.advance(600)

    assert len(unplugged(charging)) == 1


async def test_what_happened_offline_is_told_later_and_in_order(charging: Any) -> None:
    await put(charging, "AllowOfflineTxForUnknownId", "true")
    await put(charging, "CustomIdleFeeAfterStop", "true")
    await charging.station.evse(1).unplugged()
    await charging.settle()
    charging.script["StartTransaction"] = lambda _: {
        "idTagInfo": {"status": "Accepted"},
        "transactionId": 8,
    }
    charging.down = True
    await charging.drop()
    await charging.station.evse(1).plugged_in()
    await charging.station.evse(1).token_presented(ABC)
    await charging.advance(10)
    await charging.station.evse(1).unplugged()
    at = charging.clock.utc_now()
    await charging.advance(10)
    charging.calls.clear()
    charging.down = False
    await charging.advance(120)

    wanted = {"StartTransaction", "StopTransaction", "DataTransfer"}
    assert [each for each in charging.actions() if each in wanted] == [
        "StartTransaction",
        "StopTransaction",
        "DataTransfer",
    ]
    assert unplugged(charging) == [
        {"transactionId": 8, "timestamp": at.isoformat().replace("+00:00", "Z")}
    ]


# --- extra meter values


@pytest.mark.requirement("1.6-COST triggerMeterValue")
async def test_a_time_triggers_one_meter_value(charging: Any) -> None:
    at = charging.clock.utc_now() + timedelta(minutes=10)
    await tell(
        charging, "RunningCost", {**RUNNING, "triggerMeterValue": {"atTime": at.isoformat()}}
    )
    await charging.advance(599)
    before = triggered(charging)
    await charging.advance(2)
    await charging.advance(600)

    assert before == []
    [told] = triggered(charging)
    assert (told["connectorId"], told["transactionId"]) == (1, 7)


@pytest.mark.requirement("1.6-COST triggerMeterValue")
async def test_an_energy_triggers_one_meter_value(charging: Any) -> None:
    await tell(charging, "RunningCost", {**RUNNING, "triggerMeterValue": {"atEnergykWh": 1001.1}})
    await charging.advance(350)
    before = triggered(charging)
    await charging.advance(20)
    await charging.advance(300)

    assert before == []
    [told] = triggered(charging)
    assert float(told["meterValue"][0]["sampledValue"][0]["value"]) >= 1_001_100


@pytest.mark.requirement("1.6-COST triggerMeterValue")
async def test_power_triggers_where_it_crosses_a_level_but_not_by_noise(charging: Any) -> None:
    await tell(charging, "RunningCost", {**RUNNING, "triggerMeterValue": {"atPowerkW": 7}})
    counts = []
    for power_w in (11_000, 6_900, 7_100, 6_700, 6_600, 6_900, 6_990, 7_000, 6_800, 0):
        await charging.hardware.ev_power(1, power_w)
        await charging.advance(2)
        counts.append(len(triggered(charging)))

    # 6,650 W and less is below, 7,000 W and more above; between the two it is as it was.
    assert counts == [0, 0, 0, 0, 1, 1, 1, 2, 2, 3]


@pytest.mark.requirement("1.6-COST triggerMeterValue")
async def test_a_status_triggers_a_meter_value_whenever_it_comes(charging: Any) -> None:
    triggers = {"atCPStatus": ["SuspendedEV", "Finishing", "Available"]}
    await tell(charging, "RunningCost", {**RUNNING, "triggerMeterValue": triggers})
    counts = []
    evse = charging.station.evse(1)
    for happens in (evse.ev_suspended, evse.ev_resumed, evse.ev_suspended):
        await happens()
        await charging.settle()
        counts.append(len(triggered(charging)))
    await evse.token_presented(ABC)
    await charging.settle()
    counts.append(len(triggered(charging)))
    await evse.unplugged()
    await charging.settle()
    counts.append(len(triggered(charging)))

    assert counts == [1, 1, 2, 3, 4]
    assert {each["transactionId"] for each in triggered(charging)} == {7}


async def test_the_next_running_cost_replaces_the_triggers(charging: Any) -> None:
    at = charging.clock.utc_now() + timedelta(minutes=10)
    triggers = {"atTime": at.isoformat(), "atEnergykWh": 1001, "atCPStatus": ["SuspendedEV"]}
    await tell(charging, "RunningCost", {**RUNNING, "triggerMeterValue": triggers})
    await tell(charging, "RunningCost", RUNNING)
    await charging.advance(3600)
    await charging.station.evse(1).ev_suspended()
    await charging.settle()

    assert triggered(charging) == []


async def test_the_next_transaction_triggers_nothing(charging: Any) -> None:
    triggers = {"atCPStatus": ["Charging"], "atPowerkW": 7}
    await tell(charging, "RunningCost", {**RUNNING, "triggerMeterValue": triggers})
    await charging.hardware.depart(force=True)
    await charging.settle()
    await charging.charge()
    await charging.advance(10)

    assert triggered(charging) == []


# --- the keys


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("DefaultPrice", '{"priceText": "x", "chargingPrice": {"kWhPrice": 1}}', "Accepted"),
        ("DefaultPrice", "", "Accepted"),
        ("DefaultPrice", "x", "Rejected"),
        ("DefaultPrice", '{"priceText": 1}', "Rejected"),
        ("DefaultPriceText,en", '{"priceText": "x"}', "Accepted"),
        ("DefaultPriceText,xx", '{"priceText": "x"}', "NotSupported"),
        ("TimeOffset", "-03:30", "Accepted"),
        ("TimeOffset", "3", "Rejected"),
        ("TimeOffsetNextTransition", "+15:00", "Rejected"),
        ("NextTimeOffsetTransitionDateTime", "2027-03-28T01:00:00Z", "Accepted"),
        ("NextTimeOffsetTransitionDateTime", "2027-03-28T01:00:00", "Rejected"),
        ("CustomIdleFeeAfterStop", "maybe", "Rejected"),
        ("WaitForSetUserPriceTimeout", "30001", "Rejected"),
        ("CustomDisplayCostAndPrice", "false", "Rejected"),
        ("NumberOfDecimalsForCostValues", "3", "Rejected"),
        ("SupportedLanguages", "de", "Rejected"),
        ("CustomMultiLanguageMessages", "true", "Rejected"),
        ("Language", "de", "Rejected"),
    ],
)
async def test_a_key_takes_only_what_fits(plain: Any, key: str, value: str, status: str) -> None:
    assert await put(plain, key, value) == status


# --- after a restart


@pytest.mark.parametrize("sensed", [True, False, None])
async def test_a_cable_that_goes_after_a_restart_is_told(
    world: Any, tmp_path: Path, sensed: bool | None
) -> None:
    storage = Storage(state_dir=tmp_path)
    async with world(Version.V16, storage=storage).running() as before:
        await before.charge()
        await tell(before, "RunningCost", RUNNING)
        await before.station.evse(1).token_presented(ABC)
        await before.settle()
    after = world(Version.V16, storage=storage)

    async def connector_state(*_: int) -> ConnectorState:
        return ConnectorState(plugged=sensed)

    after.hardware.connector_state = connector_state
    async with after.running():
        at_once = unplugged(after)
        await after.station.evse(1).plugged_in()
        await after.station.evse(1).unplugged()
        await after.settle()

        assert len(at_once) == (1 if sensed is False else 0)
        assert [each["transactionId"] for each in unplugged(after)] == [7]
    async with world(Version.V16, storage=storage).running() as again:
        assert unplugged(again) == []


async def test_what_could_not_be_told_before_a_restart_is_told_after_it(
    world: Any, tmp_path: Path
) -> None:
    storage = Storage(state_dir=tmp_path)
    async with world(Version.V16, storage=storage).running() as before:
        await before.charge()
        await tell(before, "RunningCost", RUNNING)
        await before.station.evse(1).token_presented(ABC)
        await before.settle()
        before.down = True
        await before.drop()
        await before.station.evse(1).unplugged()
        at = before.clock.utc_now()
        await before.settle()
    async with world(Version.V16, storage=storage).running() as after:
        assert unplugged(after) == [
            {"transactionId": 7, "timestamp": at.isoformat().replace("+00:00", "Z")}
        ]


async def test_a_cable_that_serves_the_next_transaction_is_not_told(charging: Any) -> None:
    await tell(charging, "RunningCost", RUNNING)
    await charging.station.evse(1).token_presented(ABC)
    await charging.settle()
    charging.script["StartTransaction"] = lambda _: {
        "idTagInfo": {"status": "Accepted"},
        "transactionId": 8,
    }
    await charging.station.evse(1).token_presented(ABC)
    await charging.settle()
    await tell(charging, "RunningCost", {**RUNNING, "transactionId": 8})
    await charging.hardware.depart(force=True)
    await charging.settle()

    assert [each["transactionId"] for each in unplugged(charging)] == [8]


async def test_a_cable_of_before_a_restart_may_serve_the_next_transaction(
    world: Any, tmp_path: Path
) -> None:
    storage = Storage(state_dir=tmp_path)
    async with world(Version.V16, storage=storage).running() as before:
        await before.charge()
        await tell(before, "RunningCost", RUNNING)
        await before.station.evse(1).token_presented(ABC)
        await before.settle()
    after = world(Version.V16, storage=storage)

    async def connector_state(*_: int) -> ConnectorState:
        return ConnectorState(plugged=True)

    after.hardware.connector_state = connector_state
    async with after.running():
        await after.station.evse(1).token_presented(ABC)
        await after.station.evse(1).unplugged()
        await after.settle()

        assert len(after.sent("StopTransaction")) == 1
        assert unplugged(after) == []


async def test_what_cannot_be_read_after_a_restart_is_left_out(world: Any, tmp_path: Path) -> None:
    storage = Storage(state_dir=tmp_path)
    elsewhere = '{"transaction_id": "b", "number": 1, "evse": 9, "connector": 1, "at": null}'
    async with world(Version.V16, storage=storage).running() as before:
        await before.station._core.kept.put(UNPLUGGING, {"a": "no JSON", "b": elsewhere})
    async with world(Version.V16, storage=storage).running() as after:
        assert unplugged(after) == []
        assert after.statuses() == ["Available"]


async def test_where_the_connection_breaks_before_the_answer_it_goes_again(charging: Any) -> None:
    charging.script["DataTransfer"] = lambda _: None
    await tell(charging, "RunningCost", RUNNING)
    await charging.station.evse(1).unplugged()
    await charging.settle()
    before = unplugged(charging)
    charging.script["DataTransfer"] = lambda _: {"status": "Accepted"}
    await charging.drop()
    await charging.advance(60)

    assert len(before) == 1
    assert unplugged(charging) == before * 2


async def test_of_prices_for_drivers_who_never_come_the_latest_are_kept(plain: Any) -> None:
    for number in range(25):
        await tell(plain, "SetUserPrice", {"idToken": f"T{number}", "priceText": f"{number}"})
    await plain.station.evse(1).token_presented(IdToken("T4"))
    await plain.settle()
    first = shown(plain)
    await plain.station.evse(1).token_presented(IdToken("T4"))
    await plain.station.evse(1).token_presented(IdToken("T5"))
    await plain.settle()

    assert first is None
    assert shown(plain) == "5"


async def test_an_unplugging_while_offline_is_told_after_the_stop(charging: Any) -> None:
    await tell(charging, "RunningCost", RUNNING)
    charging.down = True
    await charging.drop()
    await charging.station.evse(1).unplugged()
    await charging.advance(10)
    refusals = iter(["InternalError", {}])
    charging.script["StopTransaction"] = lambda _: next(refusals)
    charging.down = False
    await charging.advance(600)

    told = [each for each in charging.actions() if each in {"StopTransaction", "DataTransfer"}]
    assert told == ["StopTransaction", "StopTransaction", "DataTransfer"]
