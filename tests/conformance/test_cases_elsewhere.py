"""Cases that only other stations than the usual one can play, or play otherwise."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from ocppkit.conformance import CASES, Outcome, all_facts
from ocppkit.conformance.cases import load
from ocppkit.simulation.signing import MeterSigner
from ocppkit.station import ConnectorDescription, EvseDescription, StationDescription
from ocppkit.station.capabilities import Capability
from ocppkit.station.settings import load as read

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


def screen() -> dict[str, Any]:
    return {"stop_menu": True, "settings": with_settings(features=frozenset({"C-07", "HFS-1"}))}


def locked_inlets() -> dict[str, Any]:
    return {"settings": with_settings(features=frozenset({"AQ-2", "HFS-1"}))}


def restarts_as_a_whole() -> dict[str, Any]:
    return {"without": frozenset({Capability.EVSE_RESET})}


ELSEWHERE: Final = {
    "TC_B_28_CS": restarts_as_a_whole,
    "TC_B_29_CS": restarts_as_a_whole,
    "TC_C_05_CS": locked_inlets,
    "TC_C_47_CS": screen,
    "TC_C_48_CS": screen,
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


_HERE: Final = Path(__file__).parent
_MAKEFILE: Final = (_HERE.parents[1] / "Makefile").read_text(encoding="utf-8")
_OTHER_LAYOUT: Final = _HERE / "standalone" / "other-layout"
OTHER_LAYOUT: Final = [
    f"TC_{each}_CS"
    for line in re.findall(r"^CONFORMANCE_OTHER .*--case ,(.*)\)$", _MAKEFILE, re.MULTILINE)
    for each in line.split()
]
"""What `make conformance` plays with a process of that layout."""


def other_layout() -> dict[str, Any]:
    station = read(_OTHER_LAYOUT / "station.toml", {})
    told = tomllib.loads((_OTHER_LAYOUT / "cases.toml").read_text(encoding="utf-8"))
    has = {name: frozenset(told["case_settings"][name]) for name in ("features", "lacks")}
    return {
        "description": station.description(),
        "settings": with_settings(**has),
        "signer": MeterSigner() if station.simulation.signed_meter else None,
        "stop_menu": station.simulation.stop_menu,
        "variables": station.config().variables,
    }


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


@pytest.mark.parametrize("name", OTHER_LAYOUT)
async def test_a_station_of_another_layout_passes(name: str) -> None:
    async with at_work(**other_layout()) as runner:
        verdict = await runner.run_case(all_facts()[name])

    assert verdict.outcome is Outcome.PASSED, (verdict.reason, *verdict.deviations)


async def test_sockets_are_not_looked_for_where_the_cable_is_fixed() -> None:
    async with at_work(**other_layout()) as runner:
        verdict = await runner.run_case(all_facts()["TC_F_06_CS"])

    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert "HFS-1" in verdict.reason


def test_all_of_them_are_written() -> None:
    assert OTHER_LAYOUT
    assert {*ELSEWHERE, *BY_THE_CSMS, *OTHER_LAYOUT} <= {*CASES}


def test_what_is_said_to_be_played_elsewhere_is() -> None:
    told = tomllib.loads((_HERE / "not_run.toml").read_text(encoding="utf-8"))
    here = {*ELSEWHERE, *OTHER_LAYOUT}
    elsewhere = {
        name for name, module in told["elsewhere"].items() if module == Path(__file__).name
    }

    assert told["elsewhere"].keys() <= told["reasons"].keys()
    assert elsewhere == here & told["reasons"].keys()
    for name, module in told["elsewhere"].items():
        text = (_HERE / module).read_text(encoding="utf-8")
        assert name in here or name[3:7] in text or name in text
