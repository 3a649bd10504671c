"""A central system that stops what it has only just learned of."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import IdToken
from ocppkit.station.settings.behaviour import Storage


@pytest.mark.requirement("1.6 §5.12")
async def test_5_12_a_transaction_can_be_stopped_as_soon_as_it_has_its_number(
    world: Any, tmp_path: Path
) -> None:
    it = world(Version.V16, storage=Storage(state_dir=tmp_path))
    numbered = asyncio.Event()

    def start(_: dict[str, Any]) -> dict[str, Any]:
        numbered.set()
        return {"idTagInfo": {"status": "Accepted"}, "transactionId": 7}

    it.script["StartTransaction"] = start
    async with it.running():
        await it.hardware.arrive(SimulatedEv())
        await it.station.evse(1).token_presented(IdToken("ABC"))
        await numbered.wait()
        answer = await it.call("RemoteStopTransaction", transactionId=7)
        await it.advance(1)

    assert answer == {"status": "Accepted"}
    assert [each["reason"] for each in it.sent("StopTransaction")] == ["Remote"]
