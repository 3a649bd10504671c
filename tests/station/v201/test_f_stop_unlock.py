"""F03 - F05: what the CSMS stops and unlocks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.simulation.hardware import SimulatedHardware
from ocppkit.station import IdToken, MeterReading
from ocppkit.station.capabilities import Capability
from ocppkit.station.hardware import ConnectorDescription, EvseDescription, StationDescription

DOUBLE = StationDescription(
    vendor="ocppkit",
    model="Double",
    evses=(EvseDescription(connectors=(ConnectorDescription(), ConnectorDescription())),),
)
TETHERED = StationDescription(
    vendor="ocppkit",
    model="Tethered",
    evses=(EvseDescription(connectors=(ConnectorDescription(tethered=True),)),),
)


@pytest.fixture
async def one(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V201).running() as running:
        yield running


@pytest.mark.requirement("F03.FR.05", "F03.FR.06", "F04.FR.05", "F04.FR.06")
async def test_f03_of_too_much_meter_data_what_is_in_between_goes(one: Any) -> None:
    await one.set_variable("SampledDataCtrlr", "TxEndedInterval", "1")
    await one.charge()
    await one.advance(140)
    await one.call("RequestStopTransaction", transactionId="tx-1")

    values = one.sent("TransactionEvent")[-1]["meterValue"]
    times = [datetime.fromisoformat(value["timestamp"]) for value in values]
    gaps = [(b - a).total_seconds() for a, b in pairwise(times)]
    assert len(values) <= 102
    assert (gaps[0], max(gaps)) == (1.0, 2.0)
    assert (times[-1] - times[0]).total_seconds() >= 140


@pytest.mark.requirement("F03.FR.02", "F03.FR.07", "F03.FR.09", "F04.FR.02", "F04.FR.03")
async def test_f03_with_another_stop_point_only_the_energy_ends(one: Any) -> None:
    await one.set_variable("TxCtrlr", "TxStopPoint", "EVConnected")
    await one.charge()
    answer = await one.call("RequestStopTransaction", transactionId="tx-1")
    after = one.events()[-1]
    offered, locked = one.station.evse(1).energized, one.hardware.locked(1)
    await one.hardware.depart()
    await one.settle()

    assert answer == {"status": "Accepted"}
    assert after == ("Updated", "RemoteStop")
    assert (offered, locked) == (False, False)
    assert one.events()[-1][0] == "Ended"
    last = one.sent("TransactionEvent")[-1]
    assert last["transactionInfo"]["stoppedReason"] == "Remote"


@pytest.mark.requirement("F03.FR.02")
async def test_f03_nor_does_a_second_stop_end_what_the_cable_ends(one: Any) -> None:
    await one.set_variable("TxCtrlr", "TxStopPoint", "EVConnected")
    await one.charge()
    first = await one.call("RequestStopTransaction", transactionId="tx-1")
    second = await one.call("RequestStopTransaction", transactionId="tx-1")

    assert first == second == {"status": "Accepted"}
    assert one.events()[-2:] == [("Updated", "RemoteStop")] * 2
    assert one.station.evse(1).transaction is not None


@pytest.mark.requirement("F03.FR.03", "F03.FR.04", "F04.FR.04")
async def test_f03_the_end_bears_the_configured_measurands(one: Any) -> None:
    await one.set_variable("TxCtrlr", "TxStopPoint", "Authorized")
    await one.set_variable("SampledDataCtrlr", "TxEndedMeasurands", "Voltage")
    await one.charge()
    await one.call("RequestStopTransaction", transactionId="tx-1")

    last = one.sent("TransactionEvent")[-1]
    values = [value for each in last["meterValue"] for value in each["sampledValue"]]
    assert one.events()[-1] == ("Ended", "RemoteStop")
    assert last["transactionInfo"]["stoppedReason"] == "Remote"
    assert {value["measurand"] for value in values} == {"Voltage"}
    assert {value["context"] for value in values} == {"Transaction.Begin", "Transaction.End"}


@pytest.mark.requirement("F05.FR.01", "F05.FR.04", "F05.FR.06")
async def test_f05_a_connector_is_unlocked_with_and_without_a_cable(one: Any) -> None:
    without = await one.call("UnlockConnector", evseId=1, connectorId=1)
    await one.hardware.arrive(SimulatedEv())
    with_one = await one.call("UnlockConnector", evseId=1, connectorId=1)

    assert without == {"status": "Unlocked"}
    assert with_one == {"status": "Unlocked"}


@pytest.mark.requirement("F05.FR.02")
async def test_f05_an_authorized_transaction_keeps_its_cable_and_goes_on(one: Any) -> None:
    await one.charge()
    events = len(one.events())
    answer = await one.call("UnlockConnector", evseId=1, connectorId=1)

    assert answer == {"status": "OngoingAuthorizedTransaction"}
    assert one.hardware.locked(1)
    assert len(one.events()) == events


async def test_f05_another_connector_of_the_evse_is_unlocked(world: Any) -> None:
    async with world(Version.V201, description=DOUBLE).running() as it:
        await it.charge()

        assert await it.call("UnlockConnector", evseId=1, connectorId=2) == {"status": "Unlocked"}


@pytest.mark.requirement("F05.FR.03")
@pytest.mark.parametrize(("evse", "connector"), [(1, 2), (2, 1), (0, 1), (1, 0)])
async def test_f05_what_is_not_there_is_unknown(one: Any, evse: int, connector: int) -> None:
    answer = await one.call("UnlockConnector", evseId=evse, connectorId=connector)

    assert answer["status"] == "UnknownConnector"


@pytest.mark.requirement("F05.FR.05")
async def test_f05_a_lock_that_does_not_obey_failed(one: Any) -> None:
    await one.charge()
    one.hardware.lock_behaviour(evse=1, works=False)
    await one.call("RequestStopTransaction", transactionId="tx-1")

    assert await one.call("UnlockConnector", evseId=1, connectorId=1) == {"status": "UnlockFailed"}


@pytest.mark.requirement("F05.FR.05")
async def test_f05_where_there_is_no_lock_it_failed_and_says_why(world: Any) -> None:
    async with world(Version.V201, description=TETHERED).running() as it:
        fixed = await it.call("UnlockConnector", evseId=1, connectorId=1)
    lockless = world(Version.V201)
    lockless.equipment = lockless.hardware = SimulatedHardware(
        lockless.hardware.description,
        environment=lockless.environment,
        without=frozenset({Capability.CABLE_LOCK}),
    )
    async with lockless.running() as it:
        none = await it.call("UnlockConnector", evseId=1, connectorId=1)

    assert fixed["status"] == none["status"] == "UnlockFailed"
    assert fixed["statusInfo"]["reasonCode"] == "FixedCable"


@pytest.mark.requirement("F03.FR.07")
async def test_f03_the_case_of_a_transactions_id_makes_no_difference(one: Any) -> None:
    await one.charge()
    answer = await one.call("RequestStopTransaction", transactionId="TX-1")

    assert answer == {"status": "Accepted"}
    assert one.events()[-1] == ("Ended", "RemoteStop")


@pytest.mark.requirement("F05.FR.04")
async def test_f05_a_driver_whose_transaction_is_yet_to_begin_is_offered_no_more(one: Any) -> None:
    await one.set_variable("TxCtrlr", "TxStartPoint", "EnergyTransfer")
    await one.hardware.arrive(SimulatedEv(start_delay=1000))
    await one.station.evse(1).token_presented(IdToken("ABC"))
    before = one.station.evse(1).energized
    answer = await one.call("UnlockConnector", evseId=1, connectorId=1)

    assert before
    assert answer == {"status": "Unlocked"}
    assert one.station.evse(1).energized is False
    assert one.station.evse(1).authorization is None
    assert one.events() == []


class SlowToStart(SimulatedHardware):
    """Equipment that takes its time to read the meter as a transaction begins."""

    slow = True

    async def meter(self, evse: int) -> MeterReading:
        slow, self.slow = self.slow, False
        if slow:
            await asyncio.sleep(2)
        return await super().meter(evse)


@pytest.mark.requirement("F05.FR.02")
async def test_f05_a_transaction_that_is_authorized_meanwhile_keeps_its_cable(world: Any) -> None:
    it = world(Version.V201)
    it.equipment = it.hardware = SlowToStart(it.hardware.description, environment=it.environment)
    async with it.running(), asyncio.TaskGroup() as tasks:
        await it.set_variable("AuthCtrlr", "AuthorizeRemoteStart", "false")
        tasks.create_task(it.hardware.arrive(SimulatedEv(start_delay=1000)))
        await it.settle()
        token = {"idToken": "R", "type": "ISO14443"}
        await it.call("RequestStartTransaction", evseId=1, remoteStartId=5, idToken=token)
        answer = tasks.create_task(it.call("UnlockConnector", evseId=1, connectorId=1))
        await it.advance(3)

        assert await answer == {"status": "OngoingAuthorizedTransaction"}
        assert it.station.evse(1).energized
        assert it.hardware.locked(1)


async def test_f05_another_connector_is_no_event_of_the_transaction(world: Any) -> None:
    async with world(Version.V201, description=DOUBLE).running() as it:
        await it.charge()
        before = it.events()
        await it.call("UnlockConnector", evseId=1, connectorId=2)

        assert it.events() == before


@pytest.mark.requirement("F05.FR.04")
async def test_f05_a_transaction_of_nobody_tells_that_its_cable_was_unlocked(one: Any) -> None:
    await one.hardware.arrive(SimulatedEv())
    await one.call("UnlockConnector", evseId=1, connectorId=1)

    assert one.events() == [("Started", "CablePluggedIn"), ("Updated", "UnlockCommand")]


class Stuck(SimulatedHardware):
    """Equipment whose lock never opens."""

    async def unlock(self, evse: int, connector: int) -> bool:
        await super().unlock(evse, connector)
        return False


@pytest.mark.requirement("F05.FR.06")
async def test_f05_without_a_cable_it_tells_what_came_of_the_attempt(world: Any) -> None:
    it = world(Version.V201)
    it.equipment = it.hardware = Stuck(it.hardware.description, environment=it.environment)
    async with it.running():
        answer = await it.call("UnlockConnector", evseId=1, connectorId=1)

    assert answer == {"status": "UnlockFailed"}
