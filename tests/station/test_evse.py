"""An EVSE with two connectors, and its samples."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import Fault, FaultKind, IdToken, MeterReading, StationDescription
from ocppkit.station.hardware import ConnectorDescription, EvseDescription
from ocppkit.station.token import TokenOutcome
from ocppkit.station.transaction import Authorization, Cause

TWO = StationDescription(
    vendor="V",
    model="M",
    evses=(EvseDescription(connectors=(ConnectorDescription(), ConnectorDescription())),),
)
PAIR = StationDescription(vendor="V", model="M", evses=(EvseDescription(),) * 2)
XYZ = IdToken("XYZ")
FAULT = Fault(kind=FaultKind.GROUND_FAILURE)


@pytest.mark.parametrize(("faulted", "wanted"), [(1, 2), (2, 1)])
async def test_a_remote_start_at_the_connector_that_works_is_accepted(
    world: Any, faulted: int, wanted: int
) -> None:
    it = world(Version.V16, TWO)
    async with it.running():
        await it.station.evse(1).fault(FAULT, connector=faulted)
        answer = await it.call("RemoteStartTransaction", idTag="A", connectorId=wanted)
        in_use = it.station.evse(1).in_use

    assert answer == {"status": "Accepted"}
    assert in_use == wanted


@pytest.mark.parametrize("faulted", [1, 2])
async def test_a_remote_start_at_the_connector_that_is_faulted_is_rejected(
    world: Any, faulted: int
) -> None:
    it = world(Version.V16, TWO)
    async with it.running():
        await it.station.evse(1).fault(FAULT, connector=faulted)
        answer = await it.call("RemoteStartTransaction", idTag="A", connectorId=faulted)

    assert answer == {"status": "Rejected"}


async def test_in_2_0_1_one_connector_that_works_is_enough(world: Any) -> None:
    it = world(Version.V201, TWO)
    async with it.running():
        await it.station.evse(1).fault(FAULT, connector=1)
        answer = await it.call(
            "RequestStartTransaction",
            remoteStartId=1,
            idToken={"idToken": "A", "type": "Central"},
            evseId=1,
        )
        in_use = it.station.evse(1).in_use

    assert answer["status"] == "Accepted"
    assert in_use == 2


async def test_a_token_is_for_the_connector_that_works(world: Any) -> None:
    it = world(Version.V16, TWO)
    async with it.running():
        await it.station.evse(1).fault(FAULT, connector=1)
        outcome = await it.station.evse(1).token_presented(IdToken("ABC"))
        await it.hardware.arrive(SimulatedEv(start_delay=1), connector=2)
        await it.advance(1)

    assert outcome is TokenOutcome.ACCEPTED
    assert it.sent("StartTransaction")[0]["connectorId"] == 2


async def test_where_all_connectors_are_faulted_a_token_is_refused(world: Any) -> None:
    it = world(Version.V16, TWO)
    async with it.running():
        await it.station.evse(1).fault(FAULT)
        outcome = await it.station.evse(1).token_presented(IdToken("ABC"))

    assert outcome is TokenOutcome.REFUSED


class SlowMeter:
    """Equipment whose meter answers when it is let."""

    def __init__(self, it: Any) -> None:
        self._hardware = it.hardware
        self.free = asyncio.Event()
        self.free.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hardware, name)

    async def meter(self, evse: int) -> MeterReading:
        await self.free.wait()
        reading: MeterReading = await self._hardware.meter(evse)
        return reading


async def test_a_sample_that_is_being_taken_is_not_lost_to_another_interval(world: Any) -> None:
    it = world(Version.V16, sample_interval=60)
    it.equipment = meter = SlowMeter(it)
    async with it.running():
        await it.charge()
        meter.free.clear()
        await it.advance(60)
        await it.call("ChangeConfiguration", key="MeterValueSampleInterval", value="10")
        meter.free.set()
        await it.settle()
        taken = len(it.sent("MeterValues"))
        await it.advance(10)

    assert taken == 1
    assert len(it.sent("MeterValues")) == 2


class SlowToStop:
    """Equipment that opens the power path when it is let."""

    def __init__(self, it: Any) -> None:
        self._hardware = it.hardware
        self.free = asyncio.Event()
        self.free.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hardware, name)

    async def stop_charging(self, evse: int) -> None:
        await self.free.wait()
        await self._hardware.stop_charging(evse)


STOP: Final[dict[Version, tuple[str, dict[str, Any]]]] = {
    Version.V16: ("RemoteStopTransaction", {"transactionId": 7}),
    Version.V201: ("RequestStopTransaction", {"transactionId": "tx-1"}),
}


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.requirement("1.6 §5.12", "F03.FR.07")
async def test_a_remote_stop_that_comes_late_spares_the_next_transaction(
    world: Any, version: Version
) -> None:
    it = world(version)
    it.equipment = slow = SlowToStop(it)
    action, payload = STOP[version]
    async with it.running():
        await it.charge()
        evse = it.station.evse(1)
        slow.free.clear()
        first = await it.call(action, **payload)
        next_one = asyncio.create_task(evse.authorize(Authorization(token=XYZ), Cause.AUTHORIZED))
        await it.settle()
        second = await it.call(action, **payload)
        slow.free.set()
        await it.settle()
        began = await next_one
        await it.advance(1)

        assert (first["status"], second["status"], began) == ("Accepted", "Accepted", True)
        assert evse.transaction is not None
        assert evse.transaction.id == "tx-2"
        assert evse.authorization is not None


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.requirement("1.6 §5.12", "F03.FR.07")
async def test_a_remote_stop_leaves_other_evses_alone(world: Any, version: Version) -> None:
    it = world(version, description=PAIR)
    action, payload = STOP[version]
    async with it.running():
        await it.charge()
        await it.station.evse(2).token_presented(XYZ)
        await it.call(action, **payload)
        await it.advance(1)

        assert it.station.evse(1).transaction is None
        assert it.station.evse(2).authorization is not None
