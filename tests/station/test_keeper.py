"""What keeps the station connected outlasts an integrator's mistakes, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from attrs import evolve

from ocppkit.connection import NetworkProfile, Session
from ocppkit.connection.session import Handlers
from ocppkit.message import Version
from ocppkit.station import ChargingStation
from ocppkit.station.connection_events import ConnectionFailed

BOTH = pytest.mark.parametrize("version", list(Version))


def station(it: Any, **settings: Any) -> ChargingStation:
    """A station of a world, as its integrator set it up."""
    it.station = ChargingStation(
        it.config,
        hardware=it.equipment,
        environment=it.environment,
        **{"dial": it._dial, **settings},
    )
    it.hardware.attach(it.station)
    made: ChargingStation = it.station
    return made


def others() -> set[str]:
    """The tasks of the station that run."""
    running = asyncio.all_tasks() - {asyncio.current_task()}
    return {repr(task.get_coro()) for task in running if "World._serve" not in repr(task)}


async def end(it: Any) -> None:
    """End the CSMS."""
    for task in it._tasks:
        task.cancel()
    await asyncio.gather(*it._tasks, return_exceptions=True)


@BOTH
async def test_a_dial_that_cancels_itself_is_a_failed_attempt(world: Any, version: Version) -> None:
    it = world(version)
    failures: list[ConnectionFailed] = []
    cancelled = 0

    async def dial(profile: NetworkProfile, handlers: Handlers) -> Session:
        nonlocal cancelled
        if cancelled < 2:
            cancelled += 1
            raise asyncio.CancelledError
        session: Session = await it._dial(profile, handlers)
        return session

    async with station(it, dial=dial) as made:
        made.events.subscribe(
            lambda event: failures.append(event) if isinstance(event, ConnectionFailed) else None
        )
        await it.settle()
        await it.advance(60)
        await it.advance(60)
        online = made.online
    await end(it)

    assert online
    assert len(failures) == 2
    assert "cancelled" in failures[0].reason


@BOTH
async def test_a_bring_up_that_cancels_itself_is_a_failed_attempt(
    world: Any, version: Version
) -> None:
    it = world(version)
    profile = NetworkProfile(slot=0, url="ws://nowhere", interface="Wired0")
    it.config = evolve(it.config, csms_url="", profiles=(profile,))
    cancelled = 0

    async def bring_up(interface: str) -> None:  # noqa: ARG001  # there is one
        nonlocal cancelled
        if cancelled < 1:
            cancelled += 1
            raise asyncio.CancelledError

    async with station(it, bring_up=bring_up) as made:
        await it.settle()
        await it.advance(60)
        online = made.online
    await end(it)

    assert online


@BOTH
async def test_a_bring_up_that_takes_too_long_has_ended_before_the_next_one(
    world: Any, version: Version
) -> None:
    it = world(version, bring_up_timeout=5.0, connection_attempts=1)
    profile = NetworkProfile(slot=0, url="ws://nowhere", interface="Wired0")
    it.config = evolve(it.config, csms_url="", profiles=(profile,))
    at_once = 0
    most = 0

    async def bring_up(interface: str) -> None:  # noqa: ARG001  # there is one
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        try:
            await asyncio.Event().wait()
        finally:
            await it.clock.sleep(60)  # it takes its time to clean up
            at_once -= 1

    async with station(it, bring_up=bring_up):
        await it.settle()
        for _ in range(30):
            await it.advance(20)
        leaving = asyncio.ensure_future(it.advance(120))  # what is to be cleaned up then
    await leaving
    await end(it)

    assert most == 1


@BOTH
@pytest.mark.parametrize("turns", range(6))
@pytest.mark.parametrize("what", ["offline", "switch"])
async def test_leaving_right_after_a_hang_up_leaves_no_task_behind(
    world: Any, version: Version, what: str, turns: int
) -> None:
    it = world(version)
    before = others()
    async with station(it) as made:
        await it.settle()
        if what == "offline":
            made.go_offline()
        else:
            made.switch_network(NetworkProfile(slot=9, url="ws://elsewhere"))
        for _ in range(turns):
            await asyncio.sleep(0)
    after = others()
    await end(it)

    assert after == before
