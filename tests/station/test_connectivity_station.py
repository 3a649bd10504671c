"""A station that keeps itself connected, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from attrs import evolve

from ocppkit.connection import NetworkProfile, Session
from ocppkit.connection.session import Handlers
from ocppkit.errors import NegotiationFailed
from ocppkit.message import Version
from ocppkit.station import ChargingStation
from ocppkit.station.connection_events import (
    Connected,
    ConnectionEvent,
    ConnectionFailed,
    Disconnected,
    ProfileSwitched,
    WentOffline,
    WentOnline,
)

BOTH = pytest.mark.parametrize("version", list(Version))
ON_RESET = {Version.V16: "Hard", Version.V201: "Immediate"}


class Network:
    """A world with two network profiles.

    Attributes:
        world: everything around the station.
        dead: the slots that lead nowhere.
        dialled: the slots that were dialled, in order.
        events: what the station told of its connection.
    """

    def __init__(self, world: Any, version: Version, **config: Any) -> None:
        self.world = world(version, connection_attempts=2, **config)
        profiles = [
            NetworkProfile(slot=slot, url=f"ws://csms{slot}", interface=f"Wired{slot}")
            for slot in (0, 1)
        ]
        self.world.config = evolve(self.world.config, csms_url="", profiles=tuple(profiles))
        self.profiles = profiles
        self.dead: set[int] = set()
        self.dialled: list[int] = []
        self.events: list[ConnectionEvent] = []
        self._dial = self.world._dial

    @property
    def station(self) -> ChargingStation:
        station: ChargingStation = self.world.station
        return station

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @asynccontextmanager
    async def running(self, **settings: Any) -> AsyncIterator[Network]:
        it = self.world
        it.station = ChargingStation(
            it.config,
            hardware=it.equipment,
            environment=it.environment,
            dial=self._dialled,
            **settings,
        )
        it.hardware.attach(it.station)
        it.station.events.subscribe(self.events.append)
        async with it.station:
            await it.settle()
            yield self
        for task in it._tasks:
            task.cancel()

    async def _dialled(self, profile: NetworkProfile, handlers: Handlers) -> Session:
        slot = self.station.network_profile.slot
        self.dialled.append(slot)
        self.world.down = slot in self.dead
        session: Session = await self._dial(profile, handlers)
        return session


@BOTH
@pytest.mark.requirement("B10.FR.03")
async def test_it_tries_the_next_profile_after_so_many_attempts(
    world: Any, version: Version
) -> None:
    it = Network(world, version)
    it.dead = {0}
    async with it.running():
        await it.world.advance(5)
        await it.world.advance(10)
        online = it.station.online

    assert it.dialled == [0, 0, 1]
    assert online
    assert [event.retry_in for event in it.of(ConnectionFailed)] == [5, 10]


@BOTH
@pytest.mark.requirement("B10.FR.10")
async def test_by_another_profile_it_boots_again(world: Any, version: Version) -> None:
    it = Network(world, version)
    async with it.running():
        it.dead = {0}
        await it.world.drop()
        for wait in (5, 10, 20):
            await it.world.advance(wait)

    assert it.dialled == [0, 0, 0, 1]
    assert len(it.world.sent("BootNotification")) == 2
    switched = it.of(ProfileSwitched)
    assert [(each.previous.slot, each.profile.slot) for each in switched] == [(0, 1)]


@BOTH
async def test_a_profile_that_is_asked_for_and_fails_gives_way_to_the_old_one(
    world: Any, version: Version
) -> None:
    it = Network(world, version)
    it.dead = {1}
    async with it.running():
        it.station.switch_network(it.profiles[1])
        await it.world.settle()
        offline = not it.station.online
        await it.world.advance(5)
        await it.world.advance(10)
        online = it.station.online

    assert (offline, online) == (True, True)
    assert it.dialled == [0, 1, 1, 0]
    assert len(it.world.sent("BootNotification")) == 1


@BOTH
async def test_offline_on_purpose_it_stays_away_until_it_may_come_back(
    world: Any, version: Version
) -> None:
    it = Network(world, version)
    async with it.running():
        it.station.go_offline()
        await it.world.settle()
        states = [it.station.connected]
        await it.world.advance(10_000)
        dialled = list(it.dialled)
        it.station.go_online()
        await it.world.settle()
        states.append(it.station.online)

    assert states == [False, True]
    assert dialled == [0]
    assert it.dialled == [0, 0]
    assert it.of(WentOnline)[-1].offline_s == 10_000
    assert it.of(WentOffline)[0].online_s == 0


async def test_to_go_offline_takes_effect_while_it_dials(world: Any) -> None:
    it = Network(world, Version.V201)
    cancelled = asyncio.Event()

    async def hang(_: NetworkProfile, __: Handlers) -> Session:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        raise AssertionError

    it._dial = hang
    async with it.running():
        it.station.go_offline()
        await it.world.settle()

        assert cancelled.is_set()


@BOTH
async def test_while_it_resets_nothing_is_dialled(world: Any, version: Version) -> None:
    it = Network(world, version)
    rebooting, done = asyncio.Event(), asyncio.Event()

    async def reboot(*_: object) -> None:
        rebooting.set()
        await done.wait()

    async with it.running():
        it.world.hardware.reboot = reboot
        await it.world.call("Reset", type=ON_RESET[version])
        await rebooting.wait()
        await it.world.advance(4)  # the hardware may take 5 s
        dialled = list(it.dialled)
        done.set()
        await it.world.settle()
        online = it.station.online

    assert dialled == [0]
    assert it.dialled == [0, 0]
    assert online
    assert it.of(Disconnected)[0].reason == "the station restarts"
    assert len(it.world.sent("BootNotification")) == 2


@BOTH
@pytest.mark.requirement("B10.FR.04")
async def test_after_a_reset_the_first_profile_comes_first(world: Any, version: Version) -> None:
    it = Network(world, version)
    it.dead = {0}
    async with it.running():
        for wait in (5, 10):
            await it.world.advance(wait)
        it.dead = set()
        await it.world.call("Reset", type=ON_RESET[version])
        await it.world.settle()

    assert it.dialled == [0, 0, 1, 0]


async def test_an_interface_that_fails_or_hangs_loses_its_turn_at_once(world: Any) -> None:
    it = Network(world, Version.V201, bring_up_timeout=30)
    raised: list[str] = []

    async def bring_up(interface: str) -> None:
        raised.append(interface)
        if interface == "Wired0":
            if len(raised) == 1:
                raise OSError("no such interface")
            await asyncio.Event().wait()

    it.dead = {1}
    async with it.running(bring_up=bring_up):
        await it.world.advance(5)  # the first attempt by slot 1
        await it.world.advance(10)  # the second
        await it.world.advance(20)  # slot 0 again, whose interface now hangs
        await it.world.advance(29)
        before = len(it.of(ConnectionFailed))
        await it.world.advance(1)

    assert raised == ["Wired0", "Wired1", "Wired1", "Wired0"]
    assert it.dialled == [1, 1]
    assert before == 3
    reasons = [event.reason for event in it.of(ConnectionFailed)]
    assert reasons[0] == "Wired0 did not come up: no such interface"
    assert reasons[3] == "Wired0 did not come up within 30 s"


async def test_a_listener_that_fails_harms_nobody(world: Any) -> None:
    it = Network(world, Version.V201)
    heard: list[ConnectionEvent] = []

    def broken(_: ConnectionEvent) -> None:
        raise RuntimeError("no")

    async with it.running():
        it.station.events.subscribe(broken)
        stop = it.station.events.subscribe(heard.append)
        await it.world.drop()
        await it.world.advance(5)
        stop()
        stop()
        count = len(heard)
        await it.world.drop()

    assert any(isinstance(event, Connected) for event in heard)
    assert len(heard) == count


async def test_a_stop_hangs_up(world: Any) -> None:
    it = Network(world, Version.V201)
    async with it.running():
        pass

    assert not it.station.connected
    assert it.of(Disconnected)[0].reason == "the station stops"


async def test_what_is_dialled_is_what_was_guarded_also_where_the_plan_changes(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = Network(world, Version.V201)
    guarded: list[int] = []
    dialled: list[int] = []

    async with it.running():
        it.station.go_offline()
        await it.world.settle()
        security, plan = it.station._core.security, it.station._core.keeper.plan
        allowed = security.guarded

        async def guarding(profile: NetworkProfile, dial: Any) -> Session:
            guarded.append(profile.slot)
            plan.profile = NetworkProfile(slot=99, url="ws://elsewhere")
            return await allowed(profile, dial)

        async def refuse(profile: NetworkProfile, _: Handlers) -> Session:
            dialled.append(profile.slot)
            raise NegotiationFailed("nobody there")

        monkeypatch.setattr(security, "guarded", guarding)
        it.station._dial = refuse
        it.station.go_online()
        await it.world.settle()

    assert guarded == dialled == [0]
