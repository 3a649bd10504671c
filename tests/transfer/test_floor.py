"""The least that a transfer has to achieve, in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from ocppkit.testing import run_virtual
from ocppkit.transfer import TransferFailed
from ocppkit.transfer.floor import not_slower

THROUGHPUT = 1000.0
WINDOW = 10.0


async def transfer(
    *, size: int, times: int, pause: float, throughput: float = THROUGHPUT, had: int = 0
) -> list[int]:
    """So many pieces of a size, with pauses; what was told of it."""
    told: list[int] = []
    async with not_slower(throughput, WINDOW, lambda done, _: told.append(done)) as tell:
        for number in range(times):
            tell(had + number * size, None)
            await asyncio.sleep(pause)
    return told


def test_what_trickles_is_cut_off_after_a_window() -> None:
    async def trickle() -> float:
        began = asyncio.get_running_loop().time()
        with pytest.raises(TransferFailed, match="slower than 1000 bytes a second"):
            await transfer(size=1, times=100_000, pause=0.005)
        return asyncio.get_running_loop().time() - began

    assert run_virtual(trickle()) == pytest.approx(WINDOW)


def test_what_is_slow_and_not_too_slow_may_take_many_windows() -> None:
    told = run_virtual(transfer(size=1200, times=1000, pause=1))

    assert told[-1] == 999 * 1200


def test_what_becomes_too_slow_is_cut_off() -> None:
    async def slacken() -> None:
        async with not_slower(THROUGHPUT, WINDOW, lambda *_: None) as tell:
            for number in range(100):
                tell(number * 2000, None)
                await asyncio.sleep(1)
            await asyncio.sleep(WINDOW + 1)

    with pytest.raises(TransferFailed, match="slower than"):
        run_virtual(slacken())


def test_what_was_there_already_counts_for_nothing() -> None:
    with pytest.raises(TransferFailed, match="slower than"):
        run_virtual(transfer(size=1, times=1000, pause=0.1, had=1_000_000))


def test_what_may_be_as_slow_as_it_likes_is_never_cut_off() -> None:
    told = run_virtual(transfer(size=1, times=10, pause=3600, throughput=0))

    assert told == list(range(10))


def test_another_time_limit_is_its_own() -> None:
    async def give_up() -> None:
        async with not_slower(THROUGHPUT, WINDOW, lambda *_: None):
            raise TimeoutError("another")

    with pytest.raises(TimeoutError, match="another"):
        run_virtual(give_up())
