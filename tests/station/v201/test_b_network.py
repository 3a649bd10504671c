"""B09, B10: the CSMS says by which ways to reach it, and the station migrates."""

from __future__ import annotations

from typing import Any

import pytest
from tests.station.v201.network import COMM, Network, secured

from ocppkit.connection import NetworkProfile, Session
from ocppkit.connection.session import Handlers
from ocppkit.station import IdToken
from ocppkit.station.settings.behaviour import Storage


async def slots_of(made: Network) -> str:
    """Which slots the report says there are."""
    await made.it.call(
        "GetReport",
        requestId=1,
        componentVariable=[
            {"component": COMM, "variable": {"name": "NetworkConfigurationPriority"}}
        ],
    )
    reported = made.it.sent("NotifyReport")[-1]["reportData"][0]
    assert reported["variableCharacteristics"]["dataType"] == "SequenceList"
    slots: str = reported["variableCharacteristics"]["valuesList"]
    return slots


@pytest.mark.requirement("B09.FR.06")
async def test_b09_there_are_several_slots_and_the_first_is_used(world: Any) -> None:
    made = Network(world)
    async with made.running():
        slots = await slots_of(made)
        priority = await made.read("NetworkConfigurationPriority")
        active = await made.read("ActiveNetworkProfile")

    assert slots.split(",") == ["0", "1", "2", "3"]
    assert (priority, active) == ("0", "0")


@pytest.mark.requirement("B09.FR.01")
async def test_b09_a_slot_that_is_filled_changes_nothing_before_the_next_start(
    world: Any,
) -> None:
    made = Network(world)
    async with made.running():
        answer = await made.fill(slot=0)
        await made.it.drop()
        await made.it.advance(10)
        before = list(made.urls)
        await made.reset()

    assert answer == {"status": "Accepted"}
    assert before == ["ws://old", "ws://old"]
    assert made.urls[-1] == "ws://new"


@pytest.mark.requirement("B09.FR.05")
@pytest.mark.parametrize("slot", [-1, 4, 999])
async def test_b09_there_is_no_such_slot(world: Any, slot: int) -> None:
    made = Network(world)
    async with made.running():
        answer = await made.fill(slot=slot)

    assert answer["status"] == "Rejected"
    assert answer["statusInfo"]["reasonCode"] == "InvalidConfSlot"


@pytest.mark.requirement("B09.FR.02")
@pytest.mark.parametrize(
    "changes",
    [
        {"ocppTransport": "SOAP"},
        {"securityProfile": 0},
        {"securityProfile": 4},
        {"messageTimeout": 0},
        {"messageTimeout": -1},
        {"ocppCsmsUrl": ""},
        {"ocppCsmsUrl": "http://new"},
        {"ocppCsmsUrl": "ws://"},
        {"ocppCsmsUrl": "ws://user:secret@new"},
        {"ocppCsmsUrl": "wss://new"},
        {"ocppCsmsUrl": "ws://new", "securityProfile": 2},
    ],
)
async def test_b09_what_cannot_be_is_rejected(world: Any, changes: dict[str, Any]) -> None:
    made = Network(world)
    async with made.running():
        answer = await made.fill(**changes)
        order = await made.order("1,0")

    assert answer["status"] == "Rejected"
    assert answer["statusInfo"]["reasonCode"] == "InvalidNetworkConf"
    assert order[0] == "Rejected"


@pytest.mark.requirement("B09.FR.02")
@pytest.mark.parametrize(
    "more",
    [
        {"apn": {"apn": "internet", "apnAuthentication": "NONE"}},
        {"vpn": {"server": "s", "user": "u", "password": "p", "key": "k", "type": "IKEv2"}},
    ],
)
async def test_b09_what_cannot_be_set_up_is_rejected(world: Any, more: dict[str, Any]) -> None:
    made = Network(world)
    async with made.running():
        answer = await made.fill(**more)

    assert answer["status"] == "Rejected"
    assert answer["statusInfo"]["reasonCode"] == "UnsupportedParam"


@pytest.mark.requirement("B09.FR.03")
async def test_b09_what_is_not_kept_has_failed(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Network(world)

    async def broken(*_: object) -> None:
        raise OSError("no space left on the device")

    async with made.running():
        monkeypatch.setattr(made.it.station.core.kept, "put", broken)
        answer = await made.fill()
        left = made.it.station.core.network.profile(1)

    assert answer == {"status": "Failed", "statusInfo": {"reasonCode": "InternalError"}}
    assert left is None


@pytest.mark.requirement("B09.FR.04", "B09.FR.31")
@pytest.mark.parametrize(
    ("in_use", "downgrade", "wanted", "status"),
    [
        (2, False, 1, "Rejected"),
        (3, False, 1, "Rejected"),
        (3, False, 2, "Rejected"),
        (3, True, 2, "Accepted"),
        (3, True, 1, "Rejected"),
        (2, True, 1, "Rejected"),
        (2, False, 2, "Accepted"),
        (1, False, 3, "Accepted"),
    ],
)
async def test_b09_a_lower_security_profile_is_rejected(
    world: Any, in_use: int, downgrade: bool, wanted: int, status: str
) -> None:
    made = Network(world)
    async with made.running():
        secured(made, in_use, downgrade=downgrade)
        url = "ws://new" if wanted == 1 else "wss://new"
        answer = await made.fill(securityProfile=wanted, ocppCsmsUrl=url)

    assert answer["status"] == status
    if status == "Rejected":
        assert answer["statusInfo"]["reasonCode"] == "NoSecurityDowngrade"


@pytest.mark.requirement("B10.FR.01", "B10.FR.04", "B10.FR.06", "B10.FR.10", "B09.FR.01")
async def test_b10_it_migrates_with_the_next_reset(world: Any) -> None:
    made = Network(world)
    async with made.running():
        await made.fill()
        order = await made.order("1,0")
        priority = await made.read("NetworkConfigurationPriority")
        before = list(made.urls)
        await made.reset()
        active = await made.read("ActiveNetworkProfile")
        timeout = await made.read("MessageTimeout", "Default")

    assert order == ("RebootRequired", None)
    assert priority == "1,0"
    assert before == ["ws://old"]
    assert made.urls == ["ws://old", "ws://new"]
    assert made.dialled[1].interface == "Wired0"
    assert (active, timeout) == ("1", "20")
    assert len(made.it.sent("BootNotification")) == 2


@pytest.mark.requirement("B10.FR.06")
async def test_b10_the_old_connection_is_gone_before_the_new_one_is_tried(world: Any) -> None:
    made = Network(world)
    connected: list[bool] = []
    dial = made._dial

    async def watching(profile: NetworkProfile, handlers: Handlers) -> Session:
        connected.append(made.it.station.connected)
        return await dial(profile, handlers)

    made._dial = watching  # type: ignore[method-assign]  # to look on
    async with made.running():
        await made.fill()
        await made.order("1,0")
        await made.reset()

    assert connected == [False, False]


@pytest.mark.requirement("B10.FR.02")
@pytest.mark.parametrize("text", ["1,0", "0,2", "0,0", "", "7", "one", "0;1"])
async def test_b10_an_order_of_what_is_not_there_is_rejected(world: Any, text: str) -> None:
    made = Network(world)
    async with made.running():
        status, reason = await made.order(text)
        priority = await made.read("NetworkConfigurationPriority")

    assert (status, reason) == ("Rejected", "InvalidValue")
    assert priority == "0"


@pytest.mark.requirement("B10.FR.03")
async def test_b10_where_the_new_csms_is_not_there_it_goes_back(world: Any) -> None:
    made = Network(world)
    made.dead = {"ws://new"}
    async with made.running():
        await made.fill()
        await made.order("1,0")
        await made.reset()
        for wait in (5, 10):
            await made.it.advance(wait)
        online = made.it.station.online
        active = await made.read("ActiveNetworkProfile")

    assert made.urls == ["ws://old", "ws://new", "ws://new", "ws://old"]
    assert online
    assert active == "0"


@pytest.mark.requirement("B10.FR.07", "B10.FR.09", "B10.FR.08")
async def test_b10_where_no_entry_works_it_falls_back_to_the_last_that_did(world: Any) -> None:
    made = Network(world)
    made.dead = {"ws://new"}
    async with made.running():
        await made.fill()
        await made.order("1")
        await made.reset()
        for wait in (5, 10):
            await made.it.advance(wait)
        online = made.it.station.online

    assert made.urls == ["ws://old", "ws://new", "ws://new", "ws://old"]
    assert online


@pytest.mark.requirement("B10.FR.04", "B09.FR.01")
async def test_b10_what_the_csms_has_set_outlasts_a_power_cut(world: Any, tmp_path: Any) -> None:
    made = Network(world, storage=Storage(state_dir=tmp_path))
    async with made.running():
        await made.fill()
        await made.order("1,0")
    async with made.running():
        priority = await made.read("NetworkConfigurationPriority")

    assert made.urls == ["ws://old", "ws://new"]
    assert priority == "1,0"
    assert made.dialled[1].message_timeout == 20


async def test_b10_what_cannot_be_read_any_more_leaves_the_configured_ways(
    world: Any, tmp_path: Any
) -> None:
    made = Network(world, storage=Storage(state_dir=tmp_path))
    async with made.running():
        await made.it.station.core.kept.put(
            "network", {"slot.1": "{}", "slot.x": "{}", "priority": "one"}
        )
    async with made.running():
        online = made.it.station.online

    assert online
    assert made.urls == ["ws://old", "ws://old"]


@pytest.mark.requirement("B10.FR.01")
async def test_b10_a_charge_under_way_ends_before_the_migration(world: Any) -> None:
    made = Network(world)
    async with made.running():
        await made.fill()
        await made.order("1,0")
        await made.it.charge()
        answer = await made.it.call("Reset", type="OnIdle")
        await made.it.advance(60)
        before = list(made.urls)
        await made.it.station.evse(1).token_presented(IdToken("ABC"))
        await made.it.advance(5)

    assert answer["status"] == "Scheduled"
    assert before == ["ws://old"]
    assert made.urls == ["ws://old", "ws://new"]
    assert made.it.events()[-1][0] == "Ended"
