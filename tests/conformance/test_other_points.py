"""Cases on our station as it is where transactions start and stop otherwise than usual."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from ocppkit.conformance import Outcome, all_facts
from ocppkit.conformance.cases import load
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.transaction import TransactionPoint as Point

from .harness import at_work, with_settings
from .tampering import event, is_caught, says

load()

_AUTHORIZED: Final = frozenset({Point.AUTHORIZED})
_BAY: Final = frozenset({Point.PARKING_BAY_OCCUPANCY})
_CABLE: Final = frozenset({Point.EV_CONNECTED})
_ENERGY: Final = frozenset({Point.ENERGY_TRANSFER})
_POWER_PATH: Final = frozenset({Point.POWER_PATH_CLOSED})
_REMOTE: Final = with_settings(authorization_default="remote")


@pytest.mark.parametrize(
    ("case", "start", "stop"),
    [
        ("TC_C_12_CS", _POWER_PATH, _POWER_PATH),
        ("TC_C_15_CS", _ENERGY, _AUTHORIZED),
        ("TC_C_17_CS", _CABLE, _ENERGY),
        ("TC_C_26_CS", _CABLE, _ENERGY),
        ("TC_C_34_CS", _AUTHORIZED, _CABLE),
        ("TC_C_34_CS", _BAY, _BAY),
        ("TC_C_49_CS", _BAY, _BAY),
        ("TC_E_03_CS", _POWER_PATH, _POWER_PATH),
        ("TC_E_04_CS", _POWER_PATH, _POWER_PATH),
        ("TC_E_05_CS", _AUTHORIZED, _CABLE),
    ],
)
async def test_our_station_passes_there_too(
    case: str, start: frozenset[Point], stop: frozenset[Point]
) -> None:
    async with at_work(start_points=start, stop_points=stop) as runner:
        verdict = await runner.run_case(all_facts()[case])

    assert verdict.outcome is Outcome.PASSED, verdict.deviations


@pytest.mark.parametrize("start", [_CABLE, _POWER_PATH, _ENERGY, _BAY, _AUTHORIZED])
async def test_our_station_charges_by_contract_offline_there_too(
    start: frozenset[Point], tmp_path: Path
) -> None:
    async with at_work(start_points=start, storage=Storage(state_dir=tmp_path)) as runner:
        verdict = await runner.run_case(all_facts()["TC_C_54_CS"])

    assert verdict.outcome is Outcome.PASSED, verdict.deviations


@pytest.mark.parametrize("start", [_CABLE, _POWER_PATH, _ENERGY, _BAY, _AUTHORIZED])
@pytest.mark.parametrize("case", ["TC_E_06_CS", "TC_E_07_CS"])
async def test_our_station_passes_where_the_csms_starts(case: str, start: frozenset[Point]) -> None:
    async with at_work(settings=_REMOTE, start_points=start) as runner:
        verdict = await runner.run_case(all_facts()[case])

    assert verdict.outcome is not Outcome.FAILED, verdict.deviations


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        ("idToken", "id_token: expected"),
        ("remoteStartId", "remote_start_id: expected"),
    ],
)
async def test_a_cable_that_starts_tells_of_the_driver_whom_the_csms_let_in(
    lost: str, expected: str
) -> None:
    tamper = event(says(**{lost: None}), eventType="Started")
    async with at_work(settings=_REMOTE, start_points=_CABLE, tamper=tamper) as runner:
        await is_caught(runner, "TC_E_06_CS", expected)
