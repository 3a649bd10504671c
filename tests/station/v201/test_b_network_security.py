"""A05, B09: ways to the CSMS of another security profile."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

import pytest
from attrs import evolve
from tests.station.v201.network import V201, Network, secured

from ocppkit.connection import NetworkProfile
from ocppkit.security.upgrade import ChangeRefusal
from ocppkit.station.settings.behaviour import Storage


@pytest.mark.requirement("A05.FR.02", "A05.FR.03", "A05.FR.04")
@pytest.mark.parametrize(
    ("wanted", "has", "status"),
    [
        (2, (False, False), "Rejected"),
        (2, (True, False), "RebootRequired"),
        (3, (True, False), "Rejected"),
        (3, (True, True), "RebootRequired"),
    ],
)
async def test_a05_a_higher_profile_needs_what_it_stands_on(
    world: Any, monkeypatch: pytest.MonkeyPatch, wanted: int, has: tuple[bool, bool], status: str
) -> None:
    made = Network(world)

    async def there(*_: object, **__: object) -> bool:
        return has[0]

    async def shown(*_: object, **__: object) -> bool:
        return has[1]

    async with made.running():
        certificates = made.it.station.core.security.certificates
        monkeypatch.setattr(certificates, "can_trust", there)
        monkeypatch.setattr(certificates, "can_show", shown)
        filled = await made.fill(securityProfile=wanted, ocppCsmsUrl="wss://new")
        order = await made.order("1,0")
        priority = await made.read("NetworkConfigurationPriority")

    assert filled["status"] == "Accepted"
    assert order[0] == status
    assert priority == ("0" if status == "Rejected" else "1,0")


@pytest.mark.requirement("A05.FR.08", "A05.FR.09", "A05.FR.10")
@pytest.mark.parametrize(
    ("profile", "wanted", "status"),
    [
        ((3, True), 2, "RebootRequired"),
        ((3, False), 2, "Rejected"),
        ((3, True), 1, "Rejected"),
        ((2, True), 1, "Rejected"),
        ((2, False), 1, "Rejected"),
    ],
)
async def test_a05_a_slot_with_a_lower_profile_is_not_tried(
    world: Any,
    monkeypatch: pytest.MonkeyPatch,
    profile: tuple[int, bool],
    wanted: int,
    status: str,
) -> None:
    made = Network(world)

    async def there(*_: object, **__: object) -> bool:
        return True

    async with made.running():
        monkeypatch.setattr(made.it.station.core.security.certificates, "can_trust", there)
        url = "ws://new" if wanted == 1 else "wss://new"
        await made.fill(securityProfile=wanted, ocppCsmsUrl=url)
        secured(made, profile[0], downgrade=profile[1])
        order = await made.order("1")

    assert order[0] == status


@pytest.mark.requirement("A05.FR.05", "A05.FR.06")
async def test_a05_once_it_works_what_is_lower_is_gone_for_good(
    world: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    made = Network(world, storage=Storage(state_dir=tmp_path))

    async def there(*_: object, **__: object) -> bool:
        return True

    async with made.running():
        monkeypatch.setattr(made.it.station.core.security.certificates, "can_trust", there)
        await made.fill(securityProfile=2, ocppCsmsUrl="wss://new")
        await made.order("1,0")
        await made.reset()
        priority = await made.read("NetworkConfigurationPriority")
        back = await made.order("1,0")
    async with made.running():
        after = await made.read("NetworkConfigurationPriority")

    assert made.urls == ["ws://old", "wss://new", "wss://new"]
    assert priority == after == "1"
    assert back[0] == "Rejected"


@pytest.mark.requirement("A05.FR.06")
@pytest.mark.parametrize("fails", [False, True])
async def test_a05_what_is_lower_is_gone_for_the_csms_before_the_disk_knows(
    world: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, fails: bool
) -> None:
    made = Network(world, storage=Storage(state_dir=tmp_path))
    never = asyncio.Event()

    async def there(*_: object, **__: object) -> bool:
        return True

    async with made.running():
        core = made.it.station.core
        monkeypatch.setattr(core.security.certificates, "can_trust", there)
        await made.fill(securityProfile=2, ocppCsmsUrl="wss://new")
        await made.order("1,0")
        with monkeypatch.context() as slow:
            put = core.kept.put

            async def held(namespace: str, values: dict[str, str | None]) -> None:
                if "priority" in values:
                    if fails:
                        raise sqlite3.OperationalError("disk I/O error")
                    await never.wait()
                await put(namespace, values)

            slow.setattr(core.kept, "put", held)
            await made.reset()
            priority = await made.read("NetworkConfigurationPriority")
        await made.it.drop()
        await made.it.advance(60)
    async with made.running():
        after = await made.read("NetworkConfigurationPriority")

    assert priority == after == "1"


async def test_a05_what_the_configuration_says_is_lower_stays_where_it_is(world: Any) -> None:
    made = Network(world, security=2)
    made.it.config = evolve(
        made.it.config,
        profiles=(
            *made.it.config.profiles,
            NetworkProfile(slot=1, url="ws://low", security_profile=1),
        ),
    )
    async with made.running():
        priority = await made.read("NetworkConfigurationPriority")

    assert priority == "0,1"


async def test_a_change_of_the_profile_that_worked_is_what_its_slot_holds(world: Any) -> None:
    made = Network(world)
    async with made.running():
        station = made.it.station
        target = NetworkProfile(slot=0, url="wss://old", security_profile=2)
        station.core.security.change.committed = (2, target)
        await made.fill(slot=1, securityProfile=2, ocppCsmsUrl="wss://new")
        secured(made, 2)
        await made.order("0,1")
        station.core.network.apply()
        ways = [each.url for each in station.core.keeper.plan.profiles]

    assert ways == ["wss://old", "wss://new"]


async def test_a_slot_that_asks_for_too_much_says_why(world: Any) -> None:
    made = Network(world)
    async with made.running():
        await made.fill(securityProfile=3, ocppCsmsUrl="wss://new")
        refusal = await made.it.station.core.network.refusal(1, version=V201)

    assert refusal is ChangeRefusal.NO_CSMS_ROOT
