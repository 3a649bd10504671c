"""A station's process is killed while it charges; at the end its CSMS knows everything."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ocppkit.connection import Passed, SessionSettings
from ocppkit.connection.observer import Direction, Kind
from ocppkit.csms import CsmsServer
from ocppkit.message import Version

from ..control.driver import PATIENCE, driven, write_file
from .power import Message, check_16, check_201

TOKEN = {"token": "ABC"}
HERE = {"evse": 1, "connector": 1}
_OF_TRANSACTIONS = {"TransactionEvent", "StartTransaction", "StopTransaction", "MeterValues"}


class Ledger:
    """Everything of transactions that reached the CSMS; an observer of its sessions."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.numbers: list[tuple[dict[str, Any], int]] = []
        self._starts: dict[str, dict[str, Any]] = {}
        self._news = asyncio.Event()

    def __call__(self, passed: Passed) -> None:
        payload = passed.payload
        if passed.action not in _OF_TRANSACTIONS or payload is None:
            return
        if passed.direction is Direction.RECEIVED and passed.kind is Kind.CALL:
            self.messages.append((passed.action, payload))
            if passed.action == "StartTransaction":
                self._starts[passed.message_id or ""] = payload
        elif passed.action == "StartTransaction":
            start = self._starts[passed.message_id or ""]
            self.numbers.append((start, payload["transactionId"]))
        self._news.set()

    async def reaches(self, messages: int) -> None:
        await self._until(lambda: len(self.messages) >= messages)

    async def everything_ended(self) -> None:
        await self._until(lambda: self._going_on() == 0)

    def _going_on(self) -> int:
        if self.numbers:
            return len({str(start) for start in self._starts.values()}) - len(
                {str(each) for each in self.messages if each[0] == "StopTransaction"}
            )
        infos = [
            (payload["transactionInfo"]["transactionId"], payload["eventType"])
            for _, payload in self.messages
        ]
        ended = {which for which, kind in infos if kind == "Ended"}
        return len({which for which, _ in infos} - ended)

    async def _until(self, holds: Any) -> None:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self._news.clear()
                await self._news.wait()


async def _cut_often(folder: Path, version: Version, *, kills: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # a test
    ledger = Ledger()
    charged: set[str] = set()
    more = f'\n[storage]\nstate_dir = "{folder / "state"}"\n'
    spelled = version.value.removeprefix("ocpp")
    async with CsmsServer(port=0, settings=SessionSettings(observer=ledger)) as csms:
        file = write_file(folder, url=csms.url, version=spelled, more=more)
        for _ in range(kills):
            async with driven(file) as (station, driver):
                await driver.event("registration", status="Accepted")
                await driver.do("plug_in", **HERE, ev={"start_delay_s": 0})
                await driver.do("present_token", **TOKEN)
                if chance.random() < 0.7:
                    await driver.event("status", status="Charging")
                    status = await driver.do("status")
                    charged |= {each["id"] for each in status["transactions"]}
                if chance.random() < 0.4:
                    await driver.do("present_token", **TOKEN)
                elif chance.random() < 0.5:
                    await ledger.reaches(len(ledger.messages) + 1)
                await asyncio.sleep(chance.uniform(0, 0.05))  # wherever it is by then
                station.kill()
                with suppress(AssertionError):
                    await driver.end_of_stream()
        async with driven(file) as (station, driver):
            await driver.event("registration", status="Accepted")
            await ledger.everything_ended()
            await driver.do("quit")
            assert await station.exit_code() == 0
    check = {Version.V16: check_16, Version.V201: check_201}[version]
    assert check(ledger, charged, cuts=kills) >= len(charged) > 0


@pytest.mark.parametrize("version", list(Version))
async def test_a_process_that_is_killed_loses_and_doubles_nothing(
    tmp_path: Path, version: Version
) -> None:
    await _cut_often(tmp_path, version, kills=3, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("version", list(Version))
async def test_a_process_that_is_killed_often(tmp_path: Path, version: Version) -> None:
    await _cut_often(tmp_path, version, kills=30, seed=2)
