"""The rules of configuration keys, availability, reset and unlocking in 1.6."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import (
    ConnectorDescription,
    EvseDescription,
    IdToken,
    RebootReason,
    StationDescription,
)
from ocppkit.station.capabilities import Capability
from ocppkit.station.on_site import UnknownSetting
from ocppkit.station.settings.values import KeyValue
from ocppkit.v16.configuration import KEYS
from ocppkit.variable import Mutability

from ..power import Plant, virtual

ABC = IdToken("ABC")
TWO = StationDescription(vendor="v", model="m", evses=(EvseDescription(),) * 2)
ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}
NOT_SUPPORTED = {"status": "NotSupported"}


@pytest.fixture
async def one(world: Callable[..., Any]) -> AsyncIterator[Any]:
    async with world(Version.V16).running() as running:
        yield running


@pytest.fixture
async def two(world: Callable[..., Any]) -> AsyncIterator[Any]:
    async with world(Version.V16, TWO).running() as running:
        yield running


async def change(it: Any, key: str, value: str) -> str:
    answer = await it.call("ChangeConfiguration", key=key, value=value)
    status: str = answer["status"]
    return status


async def value(it: Any, key: str) -> str:
    answer = await it.call("GetConfiguration", key=[key])
    (found,) = answer["configurationKey"]
    text: str = found["value"]
    return text


# Configuration keys


@pytest.mark.parametrize(
    ("key", "wanted", "status"),
    [
        ("MinimumStatusDuration", "5", "Accepted"),
        ("MinimumStatusDuration", "-1", "Rejected"),
        ("MinimumStatusDuration", "1.5", "Rejected"),
        ("ResetRetries", "3", "Accepted"),
        ("ResetRetries", "often", "Rejected"),
        ("ResetRetries", "", "Rejected"),
        ("WebSocketPingInterval", "0", "Accepted"),
        ("WebSocketPingInterval", "-1", "Rejected"),
        ("ConnectorPhaseRotation", "0.RST, 1.RTS", "Accepted"),
        ("ConnectorPhaseRotation", "2.RST", "Rejected"),
        ("ConnectorPhaseRotation", "1.RSS", "Rejected"),
        ("ConnectorPhaseRotation", "RST", "Rejected"),
        ("ConnectorPhaseRotation", "", "Rejected"),
        ("ConnectorPhaseRotationMaxLength", "9", "Rejected"),
        ("GetConfigurationMaxKeys", "9", "Rejected"),
        ("SupportedFeatureProfiles", "Core", "Rejected"),
        ("BlinkRepeat", "3", "NotSupported"),
        ("LightIntensity", "50", "NotSupported"),
    ],
)
@pytest.mark.requirement("1.6 §5.3")
async def test_5_3_a_key_takes_only_what_fits_and_keeps_it(
    one: Any, key: str, wanted: str, status: str
) -> None:
    known = status != "NotSupported"
    before = await value(one, key) if known else None
    answer = await change(one, key, wanted)
    after = await value(one, key) if known else None

    assert answer == status
    expected = wanted.replace(" ", "") if status == "Accepted" else before
    assert after == expected


@pytest.mark.parametrize("key", sorted(key.key for key in KEYS.values() if key.required))
@pytest.mark.requirement("1.6 §9.1")
@pytest.mark.requirement("1.6 §3.13.5")
async def test_9_1_the_required_keys_of_core_are_there(one: Any, key: str) -> None:
    if KEYS[key].profile not in {"Core", "SmartCharging"}:
        pytest.skip("of another profile")
    answer = await one.call("GetConfiguration", key=[key])

    assert [each["key"] for each in answer.get("configurationKey", [])] == [key]


@pytest.mark.requirement("1.6 §9.1.7")
async def test_9_1_7_the_phase_rotation_is_unknown_until_somebody_tells_it(world: Any) -> None:
    mixed = StationDescription(
        vendor="v", model="m", evses=(EvseDescription(), EvseDescription(phases=0))
    )
    it = world(Version.V16, mixed)
    async with it.running():
        before = await value(it, "ConnectorPhaseRotation")
        await change(it, "ConnectorPhaseRotation", "1.STR")
        after = await value(it, "ConnectorPhaseRotation")

        assert (before, after) == ("1.Unknown,2.NotApplicable", "1.STR,2.NotApplicable")


@pytest.mark.requirement("1.6 §9.1.34")
async def test_9_1_34_a_new_ping_interval_counts(one: Any) -> None:
    await change(one, "WebSocketPingInterval", "7")
    some = one.station.keep_alive.interval
    await change(one, "WebSocketPingInterval", "0")

    assert (some, one.station.keep_alive.interval) == (7, None)


@pytest.mark.requirement("1.6 §5.3")
async def test_5_3_a_key_of_the_integrator_is_like_any_other(world: Any) -> None:
    told = (
        KeyValue(name="Colour", value="red", mutability=Mutability.READ_WRITE),
        KeyValue(name="Shape", value="round", mutability=Mutability.READ_ONLY),
    )
    it = world(Version.V16, configuration=told)
    async with it.running():
        statuses = [await change(it, "colour", "blue"), await change(it, "Shape", "square")]
        answer = await it.call("GetConfiguration", key=["Colour", "Shape"])

        assert statuses == ["Accepted", "Rejected"]
        assert answer["configurationKey"] == [
            {"key": "Colour", "readonly": False, "value": "blue"},
            {"key": "Shape", "readonly": True, "value": "round"},
        ]


@pytest.mark.requirement("1.6 §5.8")
@pytest.mark.requirement("1.6 key GetConfigurationMaxKeys")
async def test_5_8_more_keys_than_there_may_be_are_answered_all_the_same(one: Any) -> None:
    most = int(await value(one, "GetConfigurationMaxKeys"))
    unknown = [f"Nonsense{number}" for number in range(most)]
    answer = await one.call("GetConfiguration", key=[*unknown, "HeartbeatInterval"])

    assert answer["unknownKey"] == unknown
    assert [each["key"] for each in answer["configurationKey"]] == ["HeartbeatInterval"]


@pytest.mark.requirement("1.6 §5.8")
async def test_5_8_an_empty_list_asks_for_all_keys(one: Any) -> None:
    everything = await one.call("GetConfiguration")

    assert await one.call("GetConfiguration", key=[]) == everything
    assert "unknownKey" not in everything


@pytest.mark.parametrize(
    "key",
    [
        "MeterValuesAlignedData",
        "MeterValuesSampledData",
        "StopTxnAlignedData",
        "StopTxnSampledData",
    ],
)
@pytest.mark.requirement("1.6 §5.3")
@pytest.mark.requirement(
    "1.6 key MeterValuesAlignedDataMaxLength",
    "1.6 key MeterValuesSampledDataMaxLength",
    "1.6 key StopTxnAlignedDataMaxLength",
    "1.6 key StopTxnSampledDataMaxLength",
)
async def test_5_3_a_list_has_no_more_items_than_its_max_length_says(one: Any, key: str) -> None:
    most = int(await value(one, f"{key}MaxLength"))
    measurands = ["Voltage"] * most
    statuses = [
        await change(one, key, ",".join(measurands)),
        await change(one, key, ",".join([*measurands, "SoC"])),
    ]

    assert statuses == ["Accepted", "Rejected"]


# Change Availability


@pytest.mark.requirement("1.6 §5.2")
async def test_5_2_connector_0_is_scheduled_while_any_transaction_goes_on(two: Any) -> None:
    await two.charge()
    answer = await two.call("ChangeAvailability", connectorId=0, type="Inoperative")
    meanwhile = [two.statuses(number)[-1] for number in (0, 1, 2)]
    await two.station.evse(1).unplugged()
    await two.settle()

    assert answer == {"status": "Scheduled"}
    assert meanwhile == ["Unavailable", "Charging", "Unavailable"]
    assert two.statuses(1)[-1] == "Unavailable"


@pytest.mark.requirement("1.6 §5.2")
async def test_5_2_what_is_scheduled_can_be_taken_back(two: Any) -> None:
    await two.charge()
    await two.call("ChangeAvailability", connectorId=0, type="Inoperative")
    answer = await two.call("ChangeAvailability", connectorId=0, type="Operative")
    await two.station.evse(1).unplugged()
    await two.settle()

    assert answer == ACCEPTED
    assert [two.statuses(number)[-1] for number in (0, 1, 2)] == ["Available"] * 3


@pytest.mark.parametrize("kind", ["Operative", "Inoperative"])
@pytest.mark.requirement("1.6 §5.2")
async def test_5_2_what_is_so_already_is_accepted_and_not_told_again(two: Any, kind: str) -> None:
    await two.call("ChangeAvailability", connectorId=2, type=kind)
    before = two.statuses(2)
    answer = await two.call("ChangeAvailability", connectorId=2, type=kind)

    assert (answer, two.statuses(2)) == (ACCEPTED, before)


@pytest.mark.requirement("1.6 §5.2")
async def test_5_2_an_unknown_connector_is_rejected(two: Any) -> None:
    for number in (3, -1):
        answer = await two.call("ChangeAvailability", connectorId=number, type="Inoperative")

        assert answer == REJECTED


@virtual
async def test_5_2_a_charge_point_out_of_use_stays_so_over_a_power_cut(tmp_path: Path) -> None:
    plant = Plant(tmp_path, Version.V16)
    async with plant.live() as station:
        await station.wait_online()
        await plant.ledger.call("ChangeAvailability", connectorId=0, type="Inoperative")
    before = len(plant.ledger.others)
    async with plant.live() as station:
        await station.wait_online()
        await plant.ledger.call("TriggerMessage", requestedMessage="Heartbeat")
        usable = station.evse(1).usable

    told = {
        payload["connectorId"]: payload["status"]
        for action, payload in plant.ledger.others[before:]
        if action == "StatusNotification"
    }
    assert told == {0: "Unavailable", 1: "Unavailable"}
    assert not usable


# Reset


@pytest.mark.parametrize(
    ("kind", "reason", "reboot"),
    [
        ("Soft", "SoftReset", RebootReason.SOFT_RESET),
        ("Hard", "HardReset", RebootReason.HARD_RESET),
    ],
)
@pytest.mark.requirement("1.6 errata 3.36")
@pytest.mark.requirement("1.6 Reset")
async def test_errata_3_36_a_reset_stops_each_transaction_first(
    two: Any, kind: str, reason: str, reboot: RebootReason
) -> None:
    numbers = iter((7, 8))
    two.script["StartTransaction"] = lambda _: {
        "idTagInfo": {"status": "Accepted"},
        "transactionId": next(numbers),
    }
    for number in (1, 2):
        await two.hardware.arrive(SimulatedEv(start_delay=1), evse=number)
        await two.station.evse(number).token_presented(IdToken(f"T{number}"))
    await two.settle()
    before = len(two.calls)
    answer = await two.call("Reset", type=kind)
    await two.advance(1)

    assert answer == ACCEPTED
    stops = [(each["transactionId"], each["reason"]) for each in two.sent("StopTransaction")]
    assert stops == [(7, reason), (8, reason)]
    actions = two.actions()[before:]
    assert actions.index("StopTransaction") < actions.index("BootNotification")
    assert two.hardware.reboots == [reboot]


@pytest.mark.requirement("1.6 errata 3.36")
async def test_errata_3_36_a_stop_that_is_not_answered_waits_over_the_reset(one: Any) -> None:
    await one.charge()
    one.script["StopTransaction"] = lambda _: None
    await one.call("Reset", type="Soft")
    await one.advance(40)
    one.script["StopTransaction"] = lambda _: {}
    unanswered = len(one.sent("StopTransaction"))
    await one.advance(120)

    assert one.hardware.reboots == [RebootReason.SOFT_RESET]
    boot = max(at for at, name in enumerate(one.actions()) if name == "BootNotification")
    last = max(at for at, name in enumerate(one.actions()) if name == "StopTransaction")
    assert len(one.sent("StopTransaction")) == unanswered + 1
    assert last > boot
    assert one.sent("StopTransaction")[-1]["reason"] == "SoftReset"


@pytest.mark.requirement("1.6 §5.14")
async def test_5_14_a_reset_is_rejected_while_another_is_under_way(one: Any) -> None:
    await one.charge()
    one.script["StopTransaction"] = lambda _: None
    first = await one.call("Reset", type="Soft")
    second = await one.call("Reset", type="Hard")

    assert (first, second) == (ACCEPTED, REJECTED)


@pytest.mark.parametrize(("retries", "reboots"), [(0, 1), (2, 3)])
@pytest.mark.requirement("1.6 §9.1.22")
async def test_9_1_22_a_reset_that_fails_is_tried_again(
    one: Any, retries: int, reboots: int
) -> None:
    tried: list[RebootReason] = []

    async def reboot(reason: RebootReason) -> None:
        tried.append(reason)
        raise OSError("no answer from the supply")

    one.hardware.reboot = reboot
    await change(one, "ResetRetries", str(retries))
    await one.call("Reset", type="Hard")
    await one.advance(1)

    assert tried == [RebootReason.HARD_RESET] * reboots
    assert len(one.sent("BootNotification")) == 2


async def test_9_1_22_a_reset_that_works_is_not_tried_again(one: Any) -> None:
    await change(one, "ResetRetries", "5")
    await one.call("Reset", type="Soft")
    await one.advance(1)

    assert one.hardware.reboots == [RebootReason.SOFT_RESET]


# Unlock Connector


@pytest.mark.requirement("1.6 §5.18")
async def test_5_18_a_free_connector_is_unlocked(one: Any) -> None:
    assert await one.call("UnlockConnector", connectorId=1) == {"status": "Unlocked"}


@pytest.mark.parametrize("connector", [2, 0, -1])
@pytest.mark.requirement("1.6 errata 3.87")
async def test_errata_3_87_an_unknown_connector_is_not_supported(one: Any, connector: int) -> None:
    answer = await one.call("UnlockConnector", connectorId=connector)

    assert answer == NOT_SUPPORTED


@pytest.mark.requirement("1.6 errata 3.87")
async def test_errata_3_87_a_lock_that_does_not_obey_has_failed(one: Any) -> None:
    await one.charge()
    one.hardware.lock_behaviour(evse=1, works=False)
    answer = await one.call("UnlockConnector", connectorId=1)

    assert answer == {"status": "UnlockFailed"}
    assert one.sent("StopTransaction")[0]["reason"] == "UnlockCommand"


@pytest.mark.parametrize("tethered", [True, False])
@pytest.mark.requirement("1.6 errata 3.87")
async def test_errata_3_87_without_a_lock_nothing_is_unlocked_or_stopped(
    world: Any, tethered: bool
) -> None:
    fixed = StationDescription(
        vendor="v",
        model="m",
        evses=(EvseDescription(connectors=(ConnectorDescription(tethered=tethered),)),),
    )
    it = world(Version.V16, fixed)
    if not tethered:
        it.hardware.capabilities = frozenset(Capability) - {Capability.CABLE_LOCK}
    async with it.running():
        await it.charge()
        answer = await it.call("UnlockConnector", connectorId=1)

        assert answer == NOT_SUPPORTED
        assert it.sent("StopTransaction") == []


async def test_on_site_a_key_has_no_attributes(world: Any) -> None:
    async with world(Version.V16).running() as it:
        with pytest.raises(UnknownSetting, match=r"keys of 1\.6 have no attributes"):
            it.station.setting("HeartbeatInterval", attribute="Target")
