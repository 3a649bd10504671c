"""Who answers a DataTransfer of the CSMS."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station.data_transfer import (
    DataTransferAnswer,
    DataTransferMessage,
    DataTransferOutcome,
    DataTransfers,
)

from .power import virtual

BOTH = pytest.mark.parametrize("version", list(Version))
ACME = DataTransferMessage(vendor_id="com.acme", message_id="m", data="d")
ACCEPTED = DataTransferAnswer()
UNKNOWN_MESSAGE = DataTransferAnswer(outcome=DataTransferOutcome.UNKNOWN_MESSAGE_ID)
REJECTED = DataTransferAnswer(outcome=DataTransferOutcome.REJECTED)
UNKNOWN = DataTransferAnswer(outcome=DataTransferOutcome.UNKNOWN_VENDOR_ID)


async def accept(_: DataTransferMessage) -> DataTransferAnswer:
    return ACCEPTED


async def know_no_message(_: DataTransferMessage) -> DataTransferAnswer:
    return UNKNOWN_MESSAGE


async def pass_on(_: DataTransferMessage) -> None:
    return None


async def fail(_: DataTransferMessage) -> DataTransferAnswer:
    raise ZeroDivisionError


async def leave(_: DataTransferMessage) -> DataTransferAnswer:
    raise SystemExit


async def give_up(_: DataTransferMessage) -> DataTransferAnswer:
    raise asyncio.CancelledError


async def babble(_: DataTransferMessage) -> Any:
    return {"status": "Accepted"}


async def hang(_: DataTransferMessage) -> DataTransferAnswer:
    await asyncio.Event().wait()
    return ACCEPTED


async def hang_on(_: DataTransferMessage) -> DataTransferAnswer:
    """Hangs, and ignores that it is cancelled."""
    until = asyncio.get_running_loop().time() + 100
    while (left := until - asyncio.get_running_loop().time()) > 0:
        try:
            await asyncio.sleep(left)
        except asyncio.CancelledError:
            continue
    return ACCEPTED


async def test_nobody_is_known_at_first() -> None:
    assert await DataTransfers(timeout=1).answer(ACME) == UNKNOWN


async def test_who_knows_the_vendor_comes_before_who_knows_any() -> None:
    transfers = DataTransfers(timeout=1)
    transfers.handle(know_no_message, vendor_id="COM.acme")
    transfers.handle(accept)

    assert await transfers.answer(ACME) == UNKNOWN_MESSAGE
    assert await transfers.answer(DataTransferMessage(vendor_id="x")) == ACCEPTED


async def test_who_passes_on_is_followed_by_the_next() -> None:
    transfers = DataTransfers(timeout=1)
    transfers.handle(accept)
    end = transfers.handle(pass_on, vendor_id="com.acme")

    assert await transfers.answer(ACME) == ACCEPTED

    end()
    end()
    assert await transfers.answer(ACME) == ACCEPTED


async def test_who_was_there_last_is_asked_until_it_ends() -> None:
    transfers = DataTransfers(timeout=1)
    transfers.handle(accept)
    end = transfers.handle(know_no_message)
    before = await transfers.answer(ACME)
    end()

    assert before == UNKNOWN_MESSAGE
    assert await transfers.answer(ACME) == ACCEPTED


@pytest.mark.parametrize("handler", [fail, leave, give_up, babble])
async def test_who_fails_rejects(handler: Any, caplog: pytest.LogCaptureFixture) -> None:
    transfers = DataTransfers(timeout=1)
    transfers.handle(handler)

    assert await transfers.answer(ACME) == REJECTED
    assert "com.acme" in caplog.text


@pytest.mark.parametrize("handler", [hang, hang_on])
@virtual
async def test_who_takes_too_long_rejects(handler: Any, caplog: pytest.LogCaptureFixture) -> None:
    transfers = DataTransfers(timeout=15)
    transfers.handle(handler)
    answer = await transfers.answer(ACME)
    took = asyncio.get_running_loop().time()

    assert (answer, took) == (REJECTED, 15)
    assert "in time" in caplog.text
    await asyncio.sleep(100)


@virtual
async def test_several_who_are_slow_take_no_longer_than_one() -> None:
    transfers = DataTransfers(timeout=15)

    async def slow(_: DataTransferMessage) -> None:
        await asyncio.sleep(10)

    for _ in range(3):
        transfers.handle(slow)
    answer = await transfers.answer(ACME)

    assert (answer, asyncio.get_running_loop().time()) == (REJECTED, 15)


@BOTH
async def test_an_application_answers_the_csms(world: Any, version: Version) -> None:
    asked: list[DataTransferMessage] = []

    async def answer(message: DataTransferMessage) -> DataTransferAnswer:
        asked.append(message)
        return DataTransferAnswer(data={"a": [1]})

    it = world(version)
    async with it.running():
        it.station.on_data_transfer(answer, vendor_id="com.acme")
        known = await it.call("DataTransfer", vendorId="com.acme", messageId="m", data="d")
        unknown = await it.call("DataTransfer", vendorId="com.other")

    data = known["data"]
    assert asked == [ACME]
    assert known["status"] == "Accepted"
    assert (json.loads(data) if version is Version.V16 else data) == {"a": [1]}
    assert unknown == {"status": "UnknownVendorId"}
