from __future__ import annotations

import asyncio

import pytest

from ocppkit.testing import VirtualTimeLoop


async def test_a_test_without_the_marker_runs_in_real_time() -> None:
    assert not isinstance(asyncio.get_running_loop(), VirtualTimeLoop)


@pytest.mark.virtual_time
async def test_a_test_with_the_marker_runs_in_virtual_time() -> None:
    assert isinstance(asyncio.get_running_loop(), VirtualTimeLoop)


@pytest.fixture
async def slow() -> float:
    await asyncio.sleep(3600)
    return asyncio.get_running_loop().time()


@pytest.mark.virtual_time
async def test_the_fixtures_of_a_marked_test_run_on_its_loop(slow: float) -> None:
    assert slow == 3600
    assert asyncio.get_running_loop().time() == 3600
