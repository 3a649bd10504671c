"""The cases about the contracts of EVs, as the settings have it otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from attrs import evolve

from ocppkit.conformance import CASES, Case, CaseSettings, Kit, Outcome, Verdict, all_facts
from ocppkit.conformance.cases._contracts import iso15118_variable
from ocppkit.conformance.pki import Pki
from ocppkit.conformance.verdict import Impossible
from ocppkit.station.settings.behaviour import Storage
from ocppkit.testing import START, VirtualClock
from ocppkit.v201 import (
    ComponentType,
    EVSEType,
    ReportDataType,
    VariableAttributeType,
    VariableType,
)

from .harness import at_work, with_settings

CONTRACTS: Final = [f"TC_C_{number}_CS" for number in range(50, 56)]
EV_STOPS: Final = "TC_E_46_CS"


class NoWorld:
    """Nothing can be done."""

    def can(self, action: str) -> bool:
        return not action

    async def perform(self, action: str, **args: Any) -> None:
        raise Impossible(f"{action} {args}")


def written(folder: Path, *, root: bool = True) -> CaseSettings:
    """Settings with a contract of their own."""
    pki = Pki.make(START)
    path = folder / "contract.pem"
    contract = pki.contract("DE8AA1A2B3C4D5", now=START).chain_pem
    _ = path.write_text(contract + (pki.mo.pem if root else ""))
    return with_settings(contract=path)


async def play(settings: CaseSettings, folder: Path, *cases: str) -> list[Verdict]:
    """Play cases one after another, on one station."""
    async with at_work(settings=settings, storage=Storage(state_dir=folder / "state")) as runner:
        return await runner.run([all_facts()[case] for case in cases])


@pytest.mark.parametrize("place", [None, 1, 2], ids=["the station", "EVSE 1", "EVSE 2"])
async def test_the_controller_of_the_evse_is_asked_where_it_has_its_own(place: int | None) -> None:
    kit = Kit(settings=with_settings(evse_id=1), world=NoWorld(), clock=VirtualClock())
    evse = None if place is None else EVSEType(id=place)
    component, variable = (
        ComponentType(name="ISO15118Ctrlr", evse=evse),
        VariableType(name="SeccId"),
    )
    attribute = VariableAttributeType(value="A")
    report = ReportDataType(component=component, variable=variable, variable_attribute=[attribute])
    kit.inventory.add([report])

    found = iso15118_variable(Case(kit=kit, facts=all_facts()["TC_C_50_CS"]), "SeccId")

    assert found.evse == (1 if place == 1 else None)


async def test_all_of_them_pass_on_one_station_in_any_order(tmp_path: Path) -> None:
    order = [*CONTRACTS, EV_STOPS, *reversed(CONTRACTS)]
    verdicts = await play(with_settings(), tmp_path, *order)

    assert [each.outcome for each in verdicts] == [Outcome.PASSED] * len(order)
    assert [each.warnings for each in verdicts] == [()] * len(order)


async def test_a_contract_of_the_settings_is_used_for_all_of_them(tmp_path: Path) -> None:
    order = [*CONTRACTS, EV_STOPS, *CONTRACTS]
    verdicts = await play(written(tmp_path), tmp_path, *order)

    assert [each.outcome for each in verdicts] == [Outcome.PASSED] * len(order)


async def test_without_its_root_a_contract_of_the_settings_is_for_the_csms_to_judge(
    tmp_path: Path,
) -> None:
    settings = written(tmp_path, root=False)
    verdicts = await play(settings, tmp_path, "TC_C_50_CS", "TC_C_52_CS", "TC_C_54_CS")

    outcomes = [each.outcome for each in verdicts]
    assert outcomes == [Outcome.NOT_APPLICABLE, Outcome.PASSED, Outcome.NOT_APPLICABLE]
    assert "root" in verdicts[0].reason


async def test_a_contract_that_cannot_be_read_is_played_with_nobody(tmp_path: Path) -> None:
    settings = with_settings(contract=tmp_path / "missing.pem")
    [verdict] = await play(settings, tmp_path, "TC_C_50_CS")

    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert "missing.pem" in verdict.reason


async def test_a_contract_of_somebody_else_is_not_played(tmp_path: Path) -> None:
    settings = evolve(written(tmp_path), emaid={"id_token": "NL8AA1A2B3C4D5", "type": "eMAID"})
    [verdict] = await play(settings, tmp_path, "TC_C_50_CS")

    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert "contract.pem is of DE8AA1A2B3C4D5" in verdict.reason


async def test_what_the_station_asks_about_its_certificates_is_answered(tmp_path: Path) -> None:
    [verdict] = await play(with_settings(), tmp_path, "TC_C_50_CS")
    answers = [line for line in verdict.trace if line.text.startswith("GetCertificateStatus: ")]

    assert len(answers) == 3  # its own, and the two above it
    assert all('"status":"Accepted"' in each.text for each in answers)


async def test_where_drivers_pay_by_token_the_ev_ends_the_session_all_the_same(
    tmp_path: Path,
) -> None:
    [verdict] = await play(with_settings(authorize_15118="EIM"), tmp_path, EV_STOPS)

    assert verdict.outcome is Outcome.PASSED
    assert any('"0A1B2C3D"' in line.text for line in verdict.trace)


@pytest.mark.parametrize(
    "lacks", [["C-49"], ["LA"]], ids=["by the list alone", "by the cache alone"]
)
async def test_a_contract_may_be_known_in_one_way(tmp_path: Path, lacks: list[str]) -> None:
    settings = with_settings(lacks=frozenset(lacks))
    [verdict] = await play(settings, tmp_path, "TC_C_54_CS")

    assert verdict.outcome is Outcome.PASSED


@pytest.mark.parametrize("case", ["TC_C_51_CS", "TC_C_54_CS", EV_STOPS])
@pytest.mark.parametrize(
    ("variable", "point"),
    [
        ("TxCtrlr.TxStartPoint", "Authorized"),
        ("TxCtrlr.TxStartPoint", "ParkingBayOccupancy"),
        ("TxCtrlr.TxStopPoint", "EVConnected"),
        ("TxCtrlr.TxStopPoint", "ParkingBayOccupancy"),
    ],
)
async def test_transactions_may_begin_and_end_otherwise(
    case: str, variable: str, point: str, tmp_path: Path
) -> None:
    async def otherwise(t: Case) -> None:
        await t.configure({variable: point})
        await CASES[case](t)

    async with at_work(storage=Storage(state_dir=tmp_path)) as runner:
        verdict = await runner.run_case(all_facts()[case], otherwise)

    assert verdict.outcome is Outcome.PASSED, verdict.deviations
