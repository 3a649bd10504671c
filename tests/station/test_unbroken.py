"""Whoever waits for a station to do something may be cancelled: it is done all the same."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.simulation.hardware import DEFAULT_DESCRIPTION
from ocppkit.station import IdToken

V16, V201 = Version.V16, Version.V201
ABC = IdToken("ABC")


class Slow(SimulatedHardware):
    """Takes its time to open the power path."""

    async def stop_charging(self, evse: int) -> None:
        await asyncio.sleep(2)  # virtual
        await super().stop_charging(evse)


@pytest.mark.requirement("E06.FR.07")
async def test_an_ev_that_is_full_ends_its_transaction(world: Any) -> None:
    async with world(V201).running() as it:  # its equipment cancels who reports that
        await it.set_variable("TxCtrlr", "TxStopPoint", "EnergyTransfer")
        await it.hardware.arrive(SimulatedEv(stored_wh=59_999))
        await it.station.evse(1).token_presented(ABC)
        await it.advance(600)

        assert it.station.evse(1).transaction is None
        assert not it.station.evse(1).energized
    assert it.events()[-1] == ("Ended", "ChargingStateChanged")


async def stop_impatiently(world: Any) -> None:
    """Present the token of who charges, for no longer than the equipment takes to end that."""
    await world.charge()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await world.station.evse(1).token_presented(ABC)
    await world.advance(5)


@pytest.mark.requirement("E07.FR.01", "E07.FR.02", "E06.FR.10")
async def test_a_driver_stops_though_the_reader_loses_patience(world: Any) -> None:
    it = world(V201)
    it.hardware = it.equipment = Slow(DEFAULT_DESCRIPTION, environment=it.environment)
    async with it.running():
        await it.set_variable("TxCtrlr", "TxStopPoint", "Authorized")
        await stop_impatiently(it)

        assert not it.hardware.locked(1)
        assert it.station.evse(1).transaction is None
    assert it.events()[-1] == ("Ended", "StopAuthorized")


async def test_so_they_do_in_1_6(world: Any) -> None:
    it = world(V16)
    it.hardware = it.equipment = Slow(DEFAULT_DESCRIPTION, environment=it.environment)
    async with it.running():
        await stop_impatiently(it)

        assert not it.hardware.locked(1)
        assert it.station.evse(1).transaction is None
    assert len(it.sent("StopTransaction")) == 1
