"""Nothing of renewals is made before there is something to renew or to ask for."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ocppkit.station.renewal import Renewal
from ocppkit.station.signing_state import KEPT


class Renewing:
    """Takes note of what is asked of it."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def wake(self) -> None:
        self.heard.append("wake")

    async def run(self) -> None:
        self.heard.append("run")
        await asyncio.Event().wait()


class Bench:
    """A renewal and what it depends on."""

    def __init__(self, *, kept: dict[str, str] | None = None, in_use: int | None = None) -> None:
        self.made: list[Renewing] = []
        self.change = SimpleNamespace(in_use=in_use)

        async def everything(namespace: str) -> dict[str, str]:
            return (kept or {}) if namespace == KEPT else {}

        core = SimpleNamespace(
            security=SimpleNamespace(change=self.change),
            store=SimpleNamespace(key_values=SimpleNamespace(all=everything)),
        )
        self.renewal = Renewal(self._make, core=cast("Any", core))

    def _make(self) -> Renewing:
        self.made.append(Renewing())
        return self.made[-1]

    async def run(self) -> asyncio.Task[None]:
        task = asyncio.ensure_future(self.renewal.run())
        await _turns()
        return task


async def _turns() -> None:
    for _ in range(5):  # as many as whatever is ready takes, and more
        await asyncio.sleep(0)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("in_use", [None, 1, 2])
async def test_a_station_that_shows_nothing_makes_nothing(in_use: int | None) -> None:
    it = Bench(in_use=in_use)
    task = await it.run()
    it.renewal.wake()
    await _turns()
    await _end(task)

    assert it.made == []


async def test_a_request_that_was_open_before_the_restart_goes_on() -> None:
    it = Bench(kept={"state": "{}"})
    task = await it.run()
    await _end(task)

    assert [each.heard for each in it.made] == [["run"]]


async def test_a_certificate_that_was_shown_before_the_restart_is_watched() -> None:
    it = Bench(in_use=3)
    task = await it.run()
    await _end(task)

    assert [each.heard for each in it.made] == [["run"]]


async def test_a_connection_that_shows_a_certificate_has_it_watched() -> None:
    it = Bench(in_use=2)
    task = await it.run()
    it.change.in_use = 3
    it.renewal.wake()
    await _turns()
    it.renewal.wake()
    await _end(task)

    assert [each.heard for each in it.made] == [["run", "wake"]]


async def test_what_the_csms_asks_for_is_made_once_and_runs() -> None:
    it = Bench()
    task = await it.run()
    first = it.renewal.made
    await _turns()
    await _end(task)

    assert it.renewal.made is first
    assert first.heard == ["run"]
