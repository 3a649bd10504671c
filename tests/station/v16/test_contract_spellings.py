"""Plug & Charge: a contract is the same one however EV and CSMS spell its id."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ocppkit.station import TokenOutcome

from .plug_and_charge import EMAID, Pnc, contract_of, pnc, trust
from .security_pki import root

World = Callable[..., Any]
SPELLINGS = [EMAID, "de8aac12345678", "DE-8AA-C12345678", "DE-8AA-C12345678-3"]


async def offline_outcome(it: Pnc, holder: Any, **more: Any) -> TokenOutcome:
    around = it.world
    around.down = True
    await around.drop()
    await around.station.evse(1).plugged_in()
    return (await it.present(holder, **more)).outcome


@pytest.fixture
async def contract(world: World, tmp_path: Path) -> tuple[Pnc, Any]:
    top = root("Operator")
    trust(tmp_path, top)
    it = pnc(world, tmp_path, ContractValidationOffline="true", AllowOfflineTxForUnknownId="true")
    return it, contract_of(top)


@pytest.mark.requirement("1.6-PNC Authorize.3")
@pytest.mark.parametrize("ours", SPELLINGS)
@pytest.mark.parametrize("status", ["Accepted", "Blocked"])
async def test_offline_the_list_finds_it(contract: tuple[Pnc, Any], ours: str, status: str) -> None:
    it, holder = contract
    async with it.world.running() as around:
        entry = {"idTag": ours, "idTagInfo": {"status": status}}
        await around.call(
            "SendLocalList", listVersion=1, updateType="Full", localAuthorizationList=[entry]
        )
        outcome = await offline_outcome(it, holder)

    assert (outcome is TokenOutcome.ACCEPTED) is (status == "Accepted")


@pytest.mark.requirement("1.6-PNC Authorize.3")
@pytest.mark.parametrize("emaid", SPELLINGS)
async def test_offline_the_cache_finds_it(contract: tuple[Pnc, Any], emaid: str) -> None:
    it, holder = contract
    it.answers["Authorize"] = {
        "idTokenInfo": {"status": "Blocked"},
        "certificateStatus": "ContractCancelled",
    }
    async with it.world.running():
        await it.present(holder, emaid=emaid)
        outcome = await offline_outcome(it, holder)

    assert outcome is TokenOutcome.REFUSED


@pytest.mark.requirement("1.6 §3.5.3")
async def test_the_list_goes_before_the_cache_in_whatever_spelling(
    contract: tuple[Pnc, Any],
) -> None:
    it, holder = contract
    async with it.world.running() as around:
        await it.present(holder)
        await around.advance(200)  # nobody plugs in
        entry = {"idTag": "DE-8AA-C12345678", "idTagInfo": {"status": "Blocked"}}
        await around.call(
            "SendLocalList", listVersion=1, updateType="Full", localAuthorizationList=[entry]
        )
        outcome = await offline_outcome(it, holder)

    assert outcome is TokenOutcome.REFUSED
