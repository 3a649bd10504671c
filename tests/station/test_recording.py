"""A transaction's start and end stand in the log, for whoever looks after a station."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import IdToken, IdTokenKind
from ocppkit.station.hardware import MeterReading
from ocppkit.station.settings.behaviour import AfterPowerLoss, Storage
from ocppkit.station.transaction import TransactionPoint

TOKEN = IdToken("04E1A2B3C4D5", IdTokenKind.ISO14443)
SHOWN = "IdToken(…C4D5, ISO14443)"
CABLE = frozenset({TransactionPoint.EV_CONNECTED})
POWER = frozenset({TransactionPoint.POWER_PATH_CLOSED})
V201 = Version.V201


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        each.getMessage()
        for each in caplog.records
        if each.name == "ocppkit.station.recording" and each.levelno == logging.INFO
    ]


@pytest.fixture(autouse=True)
def _info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.mark.parametrize("version", Version)
async def test_who_begins_and_why_it_ended_is_logged_without_the_token(
    world: Any, caplog: pytest.LogCaptureFixture, version: Version
) -> None:
    async with world(version, start_points=POWER, stop_points=POWER).running() as it:
        await it.hardware.arrive(SimulatedEv(max_power_w=3600))
        await it.station.evse(1).token_presented(TOKEN)
        await it.advance(1001)
        await it.station.evse(1).token_presented(TOKEN)
        await it.advance(1)

    assert logged(caplog) == [
        f"CS001: transaction tx-1 began at EVSE 1: authorized, {SHOWN}",
        f"CS001: transaction tx-1 ended at EVSE 1: stop authorized, {SHOWN}, 1000 Wh",
    ]
    assert "04E1A2B3C4D5" not in caplog.text


async def test_a_driver_who_comes_after_the_start_is_logged_as_he_comes(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(V201, start_points=CABLE, stop_points=CABLE).running() as it:
        await it.hardware.arrive(SimulatedEv(max_power_w=3600))
        await it.settle()
        await it.station.evse(1).token_presented(TOKEN)
        await it.advance(2001)
        await it.station.evse(1).token_presented(TOKEN)
        await it.settle()
        await it.hardware.depart()
        await it.settle()

    assert logged(caplog) == [
        "CS001: transaction tx-1 began at EVSE 1: cable plugged in",
        f"CS001: transaction tx-1 at EVSE 1: authorized, {SHOWN}",
        f"CS001: transaction tx-1 at EVSE 1: stop authorized, {SHOWN}",
        "CS001: transaction tx-1 ended at EVSE 1: stop authorized, 2000 Wh",
    ]


async def test_an_end_by_a_power_cut_and_one_without_a_meter_are_logged(
    world: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = Storage(state_dir=tmp_path, after_power_loss=AfterPowerLoss.END)
    it = world(V201, storage=storage)

    async def meter(*_: Any, **__: Any) -> MeterReading:
        raise OSError("the meter does not answer")

    monkeypatch.setattr(it.hardware, "meter", meter)
    async with it.running():
        await it.charge()
    async with it.running():
        await it.settle()

    ended = "CS001: transaction tx-1 ended at EVSE 1: power loss, energy unknown"
    assert ended in logged(caplog)
