"""Transactions with more meter values than a message holds, or a queue (errata §3.91, §3.14)."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.rpc.outbox import Limits
from ocppkit.station import IdToken
from ocppkit.station.settings.values import KeyValue
from ocppkit.v16 import Measurand

ABC = IdToken("ABC")
MUCH = ",".join(Measurand)


def sampling(interval: int, measurands: str = MUCH) -> dict[str, Any]:
    keys = {
        "MeterValueSampleInterval": str(interval),
        "MeterValuesSampledData": "",
        "StopTxnSampledData": measurands,
    }
    return {
        "sample_interval": interval,
        "configuration": tuple(KeyValue(name=name, value=keys[name]) for name in keys),
    }


async def stay(it: Any, seconds: float) -> None:
    """Charge for some time."""
    await it.charge()
    await it.advance(seconds)
    await it.station.evse(1).token_presented(ABC)
    await it.settle()


def contexts(stop: dict[str, Any]) -> list[str]:
    return [each["sampledValue"][0]["context"] for each in stop["transactionData"]]


def times(stop: dict[str, Any]) -> list[datetime]:
    return [datetime.fromisoformat(each["timestamp"]) for each in stop["transactionData"]]


@pytest.mark.requirement("1.6 errata 3.91", "1.6 key StopTransactionMaxMeterValues")
async def test_errata_3_91_a_long_transaction_tells_no_more_values_than_it_says(world: Any) -> None:
    few = "SoC,Energy.Active.Import.Register"
    async with world(Version.V16, **sampling(1, few)).running() as it:
        answer = await it.call("GetConfiguration", key=["StopTransactionMaxMeterValues"])
        await stay(it, 600)

        [stop] = it.sent("StopTransaction")
        most = int(answer["configurationKey"][0]["value"])
        told = contexts(stop)
        assert answer["configurationKey"][0]["readonly"]
        assert 50 < len(told) <= most
        assert told == [
            "Transaction.Begin",
            *["Sample.Periodic"] * (len(told) - 2),
            "Transaction.End",
        ]


@pytest.mark.requirement("1.6 errata 3.91")
async def test_errata_3_91_what_a_transaction_keeps_for_its_end_is_bounded_all_the_time(
    world: Any,
) -> None:
    async with world(Version.V16, **sampling(1)).running() as it:
        await it.charge()
        transaction = it.station.evse(1).transaction
        most = 0
        for _ in range(20):
            await it.advance(30)
            most = max(most, len(transaction.sampled))

        assert 50 < most <= 100


@pytest.mark.requirement("1.6 errata 3.91", "1.6 StopTransaction")
async def test_errata_3_91_an_end_that_would_be_too_large_leaves_out_intermediate_values(
    world: Any,
) -> None:
    made = world(Version.V16, max_message_size=40_000, **sampling(60))
    async with made.running() as it:
        await stay(it, 99 * 60)

        [stop] = it.sent("StopTransaction")
        told = contexts(stop)
        gaps = {round((b - a).total_seconds()) for a, b in pairwise(times(stop)[1:-1])}
        assert len(json.dumps(stop)) <= 40_000
        assert (told[0], told[-1]) == ("Transaction.Begin", "Transaction.End")
        assert len(told) > 3
        assert len(gaps) == 1  # evenly: every second went, perhaps more than once


@pytest.mark.requirement("1.6 errata 3.91", "1.6 StopTransaction")
async def test_errata_3_91_an_end_that_the_central_system_cannot_take_becomes_smaller(
    world: Any,
) -> None:
    async with world(Version.V16, **sampling(60)).running() as it:
        sizes = []

        def take(payload: dict[str, Any]) -> dict[str, Any] | None:
            sizes.append(len(json.dumps([2, "x" * 36, "StopTransaction", payload])))
            if sizes[-1] <= 10_000:
                return {}
            task = asyncio.create_task(it._transport.close(1009, "message too big"))
            it._tasks.add(task)
            return None

        it.script["StopTransaction"] = take
        await stay(it, 99 * 60)
        await it.advance(600)

        stop = it.sent("StopTransaction")[-1]
        assert sizes[-1] <= 10_000 < sizes[-2]
        assert len(sizes) <= 5
        assert contexts(stop)[0] == "Transaction.Begin"
        assert contexts(stop)[-1] == "Transaction.End"
        assert len(contexts(stop)) > 2
        assert not await it.station.core.delivery.holds(None)


@pytest.mark.requirement("1.6 §3.7.1", "1.6 key TransactionMessageAttempts")
async def test_3_7_1_what_cannot_become_smaller_is_given_up_and_the_rest_goes_on(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocppkit.station.fitting._TAKEN_ANYWHERE", 100)
    async with world(Version.V16).running() as it:

        def refuse(_: dict[str, Any]) -> None:
            task = asyncio.create_task(it._transport.close(1009, "message too big"))
            it._tasks.add(task)

        it.script["StopTransaction"] = refuse
        await stay(it, 60)
        await it.advance(3600)
        it.script["StopTransaction"] = lambda _: {}
        refused = len(it.sent("StopTransaction"))
        await it.station.evse(1).token_presented(ABC)
        await it.settle()

        assert refused == 1 + 5  # one to learn from, and TransactionMessageAttempts
        assert len(it.sent("StartTransaction")) == 2


@pytest.mark.requirement("1.6 §3.7.1")
async def test_3_7_1_a_connection_that_breaks_for_another_reason_costs_no_values(
    world: Any,
) -> None:
    async with world(Version.V16, **sampling(60)).running() as it:
        it.script["StopTransaction"] = lambda _: None
        await stay(it, 50 * 60)
        it.script["StopTransaction"] = lambda _: {}
        await it.drop()
        await it.advance(60)

        first, second = it.sent("StopTransaction")
        assert first == second
        assert len(contexts(first)) == 52


@pytest.mark.requirement("1.6 errata 3.91", "E04.FR.08")
async def test_of_too_many_messages_meter_values_give_way_evenly_and_the_ends_stay(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocppkit.station.delivery._LIMITS", Limits(entries=50, size=1 << 20))
    told = (KeyValue(name="AllowOfflineTxForUnknownId", value="true"),)
    async with world(Version.V16, sample_interval=1, configuration=told).running() as it:
        it.down = True
        await it.drop()
        await it.charge()
        most = 0
        for _ in range(20):
            await it.advance(30)
            placed = await it.station.core.store.journal.placed()
            most = max(most, placed.entries)
        await it.station.evse(1).token_presented(ABC)
        await it.settle()
        it.down = False
        it.calls.clear()
        await it.advance(600)

        sent = [each for each in it.actions() if "Transaction" in each or each == "MeterValues"]
        assert most <= 51
        assert sent[0] == "StartTransaction"
        assert sent[-1] == "StopTransaction"
        assert set(sent[1:-1]) == {"MeterValues"}
        assert len(sent) > 20
