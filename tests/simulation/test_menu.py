"""The screen that a master pass opens."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ocppkit.simulation import Happening
from ocppkit.station.capabilities import Capability
from ocppkit.testing import advance, settle

from .test_world import Bench


@pytest.fixture
async def it() -> Any:
    bench = Bench(stop_menu=True)
    yield bench
    bench.hardware.close()


async def test_what_is_selected_is_stopped_once_nothing_more_is(it: Bench) -> None:
    heard: list[Happening] = []
    it.world.listen(heard.append)
    choosing = asyncio.ensure_future(it.hardware.choose_to_stop((1, 2)))
    await settle()
    await it.world.select(evse=1)
    await advance(0.5)
    await it.world.select(evse=2)
    await advance(0.6)
    early = choosing.done()
    await advance(2)

    assert not early
    assert set(choosing.result()) == {1, 2}
    assert [(each.kind, each.details["evses"]) for each in heard] == [
        ("menu", [1, 2]),
        ("menu", []),
    ]


async def test_what_is_not_selected_goes_on(it: Bench) -> None:
    choosing = asyncio.ensure_future(it.hardware.choose_to_stop((1, 2)))
    await settle()
    await advance(30)
    early = choosing.done()
    await it.world.select(evse=2)
    await advance(1.1)

    assert not early
    assert set(choosing.result()) == {2}


async def test_a_selection_waits_for_the_verdict_on_the_pass(it: Bench) -> None:
    it.station.verdict = asyncio.Event()
    await it.world.present_token(token="M")  # noqa: S106  # an id token
    await it.world.select(evse=2)
    choosing = asyncio.ensure_future(it.hardware.choose_to_stop((1, 2)))
    await advance(1.1)

    assert set(choosing.result()) == {2}


async def test_a_selection_is_forgotten_with_a_pass_that_opened_nothing(it: Bench) -> None:
    it.station.verdict = asyncio.Event()
    await it.world.present_token(token="M")  # noqa: S106  # an id token
    await it.world.select(evse=2)
    it.station.verdict.set()
    await settle()
    await it.world.present_token(token="M")  # noqa: S106  # an id token
    choosing = asyncio.ensure_future(it.hardware.choose_to_stop((1, 2)))
    await advance(10)

    assert not choosing.done()
    choosing.cancel()


async def test_only_what_is_shown_can_be_selected(it: Bench) -> None:
    with pytest.raises(ValueError, match="present a master pass first"):
        await it.world.select(evse=1)
    choosing = asyncio.ensure_future(it.hardware.choose_to_stop((2,)))
    await settle()
    with pytest.raises(ValueError, match="evse: one of 2, not 1"):
        await it.world.select(evse=1)

    choosing.cancel()


async def test_without_a_screen_there_is_nothing_to_select_on() -> None:
    bench = Bench()
    with pytest.raises(ValueError, match="no screen"):
        await bench.world.select(evse=1)

    assert Capability.MASTER_PASS not in bench.hardware.capabilities
    bench.hardware.close()
