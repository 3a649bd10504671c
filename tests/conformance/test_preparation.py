"""One case leaves the station as the next one needs it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, cast

import pytest

from ocppkit.conformance import Kit, Outcome, all_facts
from ocppkit.conformance.pki import Pki
from ocppkit.station.settings.behaviour import Storage
from ocppkit.testing import START
from ocppkit.v201 import (
    GetInstalledCertificateIdsRequest,
    GetInstalledCertificateIdsResponse,
    InstallCertificateRequest,
    InstallCertificateResponse,
    InstallCertificateStatusEnumType,
    InstallCertificateUseEnumType,
)

from .harness import at_work

_Status = InstallCertificateStatusEnumType
LASTING: Final = {
    "a cable that the station holds for its driver": "TC_E_54_CS",
    "a connector that is inoperative": "TC_B_23_CS",
    "a driver at each EVSE": "TC_B_41_CS",
    "a lock that does not work": "TC_G_20_CS",
    "an order of addresses": "TC_B_49_CS",
    "values of all sorts": "TC_B_11_CS",
    "waits between attempts to connect": "TC_B_57_CS",
}
VARIABLES: Final = (
    "OCPPCommCtrlr.NetworkConfigurationPriority",
    "OCPPCommCtrlr.NetworkProfileConnectionAttempts",
    "OCPPCommCtrlr.OfflineThreshold",
    "OCPPCommCtrlr.RetryBackOffWaitMinimum",
    "SmartChargingCtrlr.LimitChangeSignificance",
    "TxCtrlr.TxStopPoint",
)


@pytest.mark.parametrize("what", LASTING)
async def test_what_a_case_leaves_behind_is_cleared_away(what: str) -> None:
    async with at_work() as runner:
        inventory = runner.kit.inventory
        before = {name: inventory.value(name) for name in VARIABLES}
        verdict = await runner.run_case(all_facts()[LASTING[what]])
        await runner.begin()
        after = {name: runner.kit.inventory.value(name) for name in VARIABLES}
        following = await runner.run_case(all_facts()["TC_F_01_CS"])

    assert not verdict.warnings
    assert after == before
    assert following.outcome is Outcome.PASSED, (following.reason, *following.deviations)


async def roots(kit: Kit) -> set[str]:
    """The serial numbers of the roots that the station has."""
    answer = cast(
        "GetInstalledCertificateIdsResponse",
        await kit.at.ask(GetInstalledCertificateIdsRequest(), within=5),
    )
    return {
        each.certificate_hash_data.serial_number
        for each in answer.certificate_hash_data_chain or ()
        if "Root" in each.certificate_type
    }


async def test_roots_that_a_case_installs_are_gone_after_it_and_no_others(tmp_path: Path) -> None:
    there = Pki.make(START)
    uses = {
        InstallCertificateUseEnumType.V2G_ROOT_CERTIFICATE: there.v2g,
        InstallCertificateUseEnumType.MO_ROOT_CERTIFICATE: there.mo,
    }
    async with at_work(storage=Storage(state_dir=tmp_path)) as runner:
        for use, root in uses.items():
            asked = InstallCertificateRequest(certificate_type=use, certificate=root.pem)
            installed = await runner.kit.at.ask(asked, within=5)
            assert installed == InstallCertificateResponse(status=_Status.ACCEPTED)
        before = await roots(runner.kit)
        verdicts = [
            await runner.run_case(all_facts()[name]) for name in ("TC_C_50_CS", "TC_A_12_CS")
        ]
        after = await roots(runner.kit)

    assert [each.outcome for each in verdicts] == [Outcome.PASSED] * 2
    assert [each.warnings for each in verdicts] == [()] * 2
    assert len(before) == 2
    assert after == before
