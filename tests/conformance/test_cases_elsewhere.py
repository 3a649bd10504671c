"""Cases that only other stations than the usual one can play, or play otherwise."""

from __future__ import annotations

from typing import Any, Final

import pytest

from ocppkit.conformance import CASES, Outcome, all_facts
from ocppkit.conformance.cases import load
from ocppkit.simulation.signing import MeterSigner
from ocppkit.station import ConnectorDescription, EvseDescription, StationDescription

from .harness import at_work, with_settings

load()

_FIXED: Final = EvseDescription(connectors=(ConnectorDescription(tethered=True, type="cType2"),))
FIXED_CABLES: Final = StationDescription(
    vendor="ocppkit",
    model="Simulated",
    serial_number="SIM-0002",
    firmware_version="1.0",
    evses=(_FIXED, _FIXED),
)


def signing_meters() -> dict[str, Any]:
    return {"signer": MeterSigner()}


def fixed_cables() -> dict[str, Any]:
    features = frozenset({"HFS-2", "HFS-4"})
    return {"description": FIXED_CABLES, "settings": with_settings(features=features)}


def late_start() -> dict[str, Any]:
    return {"settings": with_settings(lacks=frozenset({"C-09.5"}))}


def by_the_csms() -> dict[str, Any]:
    return {"settings": with_settings(authorization_default="remote")}


def locked_inlets() -> dict[str, Any]:
    return {"settings": with_settings(features=frozenset({"AQ-2", "HFS-1"}))}


ELSEWHERE: Final = {
    "TC_C_05_CS": locked_inlets,
    "TC_E_11_CS": signing_meters,
    "TC_J_04_CS": signing_meters,
    "TC_J_11_CS": signing_meters,
    "TC_E_17_CS": fixed_cables,
    "TC_E_20_CS": fixed_cables,
    "TC_E_25_CS": fixed_cables,
    "TC_E_26_CS": fixed_cables,
    "TC_E_27_CS": fixed_cables,
    "TC_E_37_CS": fixed_cables,
    "TC_E_54_CS": fixed_cables,
    "TC_E_38_CS": late_start,
}
BY_THE_CSMS: Final = [
    *(f"TC_C_{number}_CS" for number in ("08", "09", "12", "13", "27", "28", "31", "32")),
    *(f"TC_C_{number}_CS" for number in ("33", "36", "37", "41", "44", "49")),
    *(f"TC_E_{number}_CS" for number in ("01", "02", "07", "08", "09", "12", "14", "19")),
    *(f"TC_E_{number}_CS" for number in ("21", "22", "35", "39")),
    *(f"TC_J_{number}_CS" for number in ("02", "07", "08", "10")),
]


@pytest.mark.parametrize("name", ELSEWHERE)
async def test_another_station_passes(name: str) -> None:
    async with at_work(**ELSEWHERE[name]()) as runner:
        verdict = await runner.run_case(all_facts()[name])

    assert verdict.outcome is Outcome.PASSED, (verdict.reason, *verdict.deviations)


@pytest.mark.parametrize("name", BY_THE_CSMS)
async def test_our_station_passes_where_the_csms_starts_and_stops(name: str) -> None:
    async with at_work(**by_the_csms()) as runner:
        verdict = await runner.run_case(all_facts()[name])

    assert verdict.outcome is Outcome.PASSED, (verdict.reason, *verdict.deviations)


def test_all_of_them_are_written() -> None:
    assert {*ELSEWHERE, *BY_THE_CSMS} <= {*CASES}
