"""C07: the contracts of EVs (ISO 15118 Plug & Charge), message by message."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ocppkit.authorization import Status
from ocppkit.message import Version
from ocppkit.security import HashData
from ocppkit.simulation.hardware import DEFAULT_DESCRIPTION
from ocppkit.station import CertificateVerdict, Contract, ContractOutcome, TokenOutcome
from ocppkit.station.settings.behaviour import Storage
from ocppkit.v201 import (
    CertificateActionEnumType,
    Get15118EVCertificateRequest,
)

from ...security.pki import Holder
from ..v16.plug_and_charge import DAY, EMAID, RESPONDER, contract_of, sub_ca, trust, values
from ..v16.security_pki import root
from .drivers import entry, events, offline, on_site, read, says, send_list, variable

World = Callable[..., Any]
PNC = "ISO15118Ctrlr.PnCEnabled"
OFFLINE = "ISO15118Ctrlr.ContractValidationOffline"
SPELLINGS = [EMAID, "de8aac12345678", "DE-8AA-C12345678", "DE-8AA-C12345678-3", "DE8AAC123456783"]


@pytest.fixture
async def it(world: World, tmp_path: Path) -> Any:
    """A station that knows the root of contracts, with an EV."""
    made = world(Version.V201, DEFAULT_DESCRIPTION, storage=Storage(state_dir=tmp_path))
    made.boot["interval"] = 86_400
    made.top = root("Operator")
    trust(tmp_path, made.top)
    async with made.running() as running:
        await variable(running, PNC, "true")
        says_of(running, "Accepted")
        await running.station.evse(1).plugged_in()
        yield running


def says_of(it: Any, status: str, certificate: str | None = "Accepted", **more: Any) -> None:
    """Let the CSMS say this of every contract."""
    verdict = {} if certificate is None else {"certificateStatus": certificate}
    it.script["Authorize"] = lambda _: {"idTokenInfo": says(status, **more), **verdict}


async def present(it: Any, holder: Holder | None = None, emaid: str = EMAID) -> ContractOutcome:
    holder = holder or contract_of(it.top)
    contract = Contract(emaid=emaid, chain_pem=holder.chain_pem)
    outcome: ContractOutcome = await it.station.evse(1).contract_presented(contract)
    await it.settle()
    return outcome


def named(certificate: Holder, by: Holder) -> dict[str, str]:
    """What asks about a certificate, as 2.0.1 writes it."""
    data = HashData.of(certificate.certificate, by.certificate)
    return {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": data.issuer_name_hash,
        "issuerKeyHash": data.issuer_key_hash,
        "serialNumber": data.serial_number,
        "responderURL": RESPONDER,
    }


@pytest.mark.requirement("C07.FR.01", "C07.FR.02")
async def test_a_contract_is_asked_about_by_its_id_and_its_hashes(it: Any) -> None:
    middle = sub_ca(it.top)
    contract = contract_of(middle)
    outcome = await present(it, contract)

    assert it.sent("Authorize") == [
        {
            "idToken": {"idToken": EMAID, "type": "eMAID"},
            "iso15118CertificateHashData": [named(contract, middle), named(middle, it.top)],
        }
    ]
    assert outcome.outcome is TokenOutcome.ACCEPTED
    assert events(it)[-1] == ("Updated", "Authorized", EMAID)


@pytest.mark.requirement("C07.FR.01")
async def test_a_contract_that_is_known_here_is_asked_about_all_the_same(it: Any) -> None:
    await send_list(it, 1, entry(EMAID, says(), kind="eMAID"))
    await variable(it, "AuthCtrlr.LocalPreAuthorize", "true")
    await present(it)

    assert len(it.sent("Authorize")) == 1


@pytest.mark.requirement("C07.FR.06")
async def test_a_contract_of_an_unknown_root_goes_to_the_csms_only_where_that_is_allowed(
    it: Any,
) -> None:
    contract = contract_of(root("Stranger"))
    refused = await present(it, contract)
    unasked = it.sent("Authorize")
    await variable(it, "ISO15118Ctrlr.CentralContractValidationAllowed", "true")
    accepted = await present(it, contract)

    assert refused.certificate is CertificateVerdict.CERT_CHAIN_ERROR
    assert (refused.outcome, unasked) == (TokenOutcome.REFUSED, [])
    assert it.sent("Authorize") == [
        {"idToken": {"idToken": EMAID, "type": "eMAID"}, "certificate": contract.chain_pem}
    ]
    assert accepted.outcome is TokenOutcome.ACCEPTED


async def test_a_contract_that_is_not_valid_here_is_refused_unasked(it: Any) -> None:
    expired = contract_of(it.top, not_after=it.clock.utc_now() - DAY / 2)
    outcome = await present(it, expired)

    assert (outcome.outcome, outcome.status) == (TokenOutcome.REFUSED, Status.EXPIRED)
    assert it.sent("Authorize") == []


@pytest.mark.parametrize(
    ("status", "certificate"),
    [
        ("Blocked", "ContractCancelled"),
        ("ConcurrentTx", "Accepted"),
        ("Expired", "CertificateExpired"),
        ("Invalid", "CertificateRevoked"),
        ("Invalid", "CertChainError"),
        ("Accepted", "CertificateRevoked"),
    ],
)
async def test_a_contract_that_the_csms_refuses_does_not_charge(
    it: Any, status: str, certificate: str
) -> None:
    says_of(it, status, certificate)
    outcome = await present(it)

    assert outcome.outcome is TokenOutcome.REFUSED
    assert outcome.certificate is CertificateVerdict(certificate)
    assert not it.station.evse(1).energized


async def test_a_contract_for_other_evses_does_not_charge(it: Any) -> None:
    says_of(it, "Accepted", evseId=[2])

    assert (await present(it)).status is Status.NOT_AT_THIS_LOCATION


async def test_a_contract_of_the_master_pass_group_does_not_charge(it: Any) -> None:
    await variable(it, "AuthCtrlr.MasterPassGroupId", "M")
    says_of(it, "Accepted", group="M")

    assert (await present(it)).outcome is TokenOutcome.REFUSED


async def test_without_plug_and_charge_a_contract_is_refused(it: Any) -> None:
    await variable(it, PNC, "false")
    outcome = await present(it)

    assert (outcome.outcome, it.sent("Authorize")) == (TokenOutcome.REFUSED, [])


# Offline.


@pytest.mark.requirement("C07.FR.07")
async def test_offline_nobody_charges_by_a_contract_unless_that_is_configured(it: Any) -> None:
    await send_list(it, 1, entry(EMAID, says(), kind="eMAID"))
    await on_site(it, "AuthCtrlr.OfflineTxForUnknownIdEnabled", "true")
    await offline(it)

    assert (await present(it)).outcome is TokenOutcome.REFUSED


@pytest.mark.requirement("C07.FR.08")
@pytest.mark.parametrize("holder", ["stranger", "expired"])
async def test_offline_a_contract_has_to_be_valid_here(it: Any, holder: str) -> None:
    await send_list(it, 1, entry(EMAID, says(), kind="eMAID"))
    await variable(it, OFFLINE, "true")
    await variable(it, "AuthCtrlr.OfflineTxForUnknownIdEnabled", "true")
    expired = contract_of(it.top, not_after=it.clock.utc_now() - DAY / 2)
    await offline(it)
    contract = expired if holder == "expired" else contract_of(root("Stranger"))

    assert (await present(it, contract)).outcome is TokenOutcome.REFUSED


@pytest.mark.requirement("C07.FR.09", "C07.FR.10")
@pytest.mark.parametrize(("status", "accepted"), [("Accepted", True), ("Blocked", False)])
@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_offline_the_list_decides_however_it_spells_the_contract(
    it: Any, spelling: str, status: str, accepted: bool
) -> None:
    await send_list(it, 1, entry(spelling, says(status), kind="eMAID"))
    await variable(it, OFFLINE, "true")
    await variable(it, "AuthCtrlr.OfflineTxForUnknownIdEnabled", str(not accepted).lower())
    await offline(it)
    outcome = await present(it)

    assert (outcome.outcome is TokenOutcome.ACCEPTED) is accepted
    assert it.station.evse(1).energized is accepted


@pytest.mark.requirement("C07.FR.09", "C07.FR.11")
@pytest.mark.parametrize("status", ["Accepted", "Blocked"])
async def test_offline_the_cache_decides_however_the_ev_spells_its_contract(
    it: Any, status: str
) -> None:
    await variable(it, OFFLINE, "true")
    await variable(it, "AuthCtrlr.OfflineTxForUnknownIdEnabled", "true")
    says_of(it, status, "Accepted" if status == "Accepted" else "ContractCancelled")
    it.script["TransactionEvent"] = lambda _: {}
    await present(it, emaid="DE-8AA-C12345678")
    await it.station.evse(1).unplugged()
    await offline(it)
    await it.station.evse(1).plugged_in()
    outcome = await present(it)

    assert (outcome.outcome is TokenOutcome.ACCEPTED) is (status == "Accepted")


@pytest.mark.requirement("C07.FR.09")
async def test_offline_list_and_cache_do_not_count_where_that_is_switched_off(it: Any) -> None:
    await send_list(it, 1, entry(EMAID, says(), kind="eMAID"))
    await variable(it, OFFLINE, "true")
    await variable(it, "AuthCtrlr.LocalAuthorizeOffline", "false")
    await offline(it)

    assert (await present(it)).outcome is TokenOutcome.REFUSED


@pytest.mark.requirement("C07.FR.12")
@pytest.mark.parametrize("strangers", ["true", "false"])
async def test_offline_an_unknown_contract_charges_as_strangers_do(it: Any, strangers: str) -> None:
    await variable(it, OFFLINE, "true")
    await variable(it, "AuthCtrlr.OfflineTxForUnknownIdEnabled", strangers)
    await offline(it)
    outcome = await present(it)

    assert (outcome.outcome is TokenOutcome.ACCEPTED) is (strangers == "true")


# An EV that gives its place to another while the CSMS is asked.


@pytest.mark.parametrize("swapped", [True, False])
async def test_the_next_ev_does_not_charge_by_the_contract_of_the_one_before(
    it: Any, monkeypatch: pytest.MonkeyPatch, swapped: bool
) -> None:
    core, evse = it.station.core, it.station.evse(1)
    judge = core.authorize_contract

    async def asked(contract: Contract) -> Any:
        answer = await judge(contract)
        if swapped:
            await evse.unplugged()
            await evse.plugged_in()
        return answer

    monkeypatch.setattr(core, "authorize_contract", asked)
    outcome = await present(it)

    assert (outcome.outcome is TokenOutcome.REFUSED) is swapped
    assert (evse.authorization is None) is swapped
    assert outcome.reason == ("the EV has gone" if swapped else "")


@pytest.mark.parametrize("swapped", [True, False])
async def test_the_next_ev_does_not_charge_by_the_identifier_of_the_one_before(
    it: Any, monkeypatch: pytest.MonkeyPatch, swapped: bool
) -> None:
    await variable(it, "AuthCtrlr.AutochargeEnabled", "true")
    core, evse = it.station.core, it.station.evse(1)
    judge = core.authorize

    async def asked(token: Any) -> Any:
        answer = await judge(token)
        if swapped:
            await evse.unplugged()
            await evse.plugged_in()
        return answer

    monkeypatch.setattr(core, "authorize", asked)
    outcome = await evse.ev_identified("00:1a:2b:3c:4d:5e")

    assert (outcome is TokenOutcome.REFUSED) is swapped
    assert (evse.authorization is None) is swapped


# Its variables, and what they change.


async def test_what_the_csms_says_of_the_certificate_that_evs_are_shown_is_asked_for(
    it: Any,
) -> None:
    for name, value in {"SeccId": "SECC1", "CountryName": "NL", "OrganizationName": "CSO"}.items():
        await variable(it, f"ISO15118Ctrlr.{name}", value)

    it.script["SignCertificate"] = lambda _: {"status": "Accepted"}
    await it.station.core.dialect.contracts.iso15118.signing.request()
    await it.advance(1)

    [asked] = it.sent("SignCertificate")
    assert asked["certificateType"] == "V2GCertificate"
    assert values(asked["csr"]) == {"CN": "SECC1", "O": "CSO", "C": "NL", "DC": "CPO"}
    assert await read(it, "ISO15118Ctrlr.SeccId") == "SECC1"
    assert await it.set_variable("ISO15118Ctrlr", "CountryName", "NLD") == "Rejected"


async def test_no_certificate_is_asked_for_where_that_is_switched_off(it: Any) -> None:
    await variable(it, "ISO15118Ctrlr.OrganizationName", "CSO")
    await variable(it, "ISO15118Ctrlr.V2GCertificateInstallationEnabled", "false")
    await it.station.core.dialect.contracts.iso15118.signing.request()
    await it.advance(1)

    assert it.sent("SignCertificate") == []


WISH = Get15118EVCertificateRequest(
    iso15118_schema_version="urn:iso:15118:2:2013:MsgDef",
    action=CertificateActionEnumType.INSTALL,
    exi_request="AAAA",
)


async def test_the_wish_of_an_ev_for_a_contract_goes_to_the_csms_where_that_is_on(
    it: Any,
) -> None:
    it.script["Get15118EVCertificate"] = lambda _: {"status": "Accepted", "exiResponse": "BB"}
    answer = await it.station.ev_certificate(WISH)
    await variable(it, "ISO15118Ctrlr.ContractCertificateInstallationEnabled", "false")
    with pytest.raises(ValueError, match="ContractCertificateInstallationEnabled"):
        await it.station.ev_certificate(WISH)

    assert answer.exi_response == "BB"
    assert len(it.sent("Get15118EVCertificate")) == 1


def test_a_station_without_it_loads_nothing_of_it() -> None:
    code = """
import asyncio, sys
from ocppkit.message import Version
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, StationConfig

async def main():
    config = StationConfig(identity="CS", csms_url="ws://127.0.0.1:9", versions=(Version.V201,))
    async with ChargingStation(config, hardware=SimulatedHardware()) as station:
        await asyncio.sleep(0)

asyncio.run(main())
heavy = ["cryptography", "ocppkit.station.iso15118", "ocppkit.station.v201.d_local_list"]
print([name for name in sys.modules if any(name.startswith(each) for each in heavy)])
"""
    done = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
