"""Plug & Charge over DataTransfer: who may charge by a contract (Plug & Charge note)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from cryptography import x509

from ocppkit.authorization import Status
from ocppkit.message import Version
from ocppkit.security import HashData, RootUse
from ocppkit.station import CertificateVerdict, Contract, IdToken, TokenOutcome
from ocppkit.station.settings.network import Certificates
from ocppkit.testing import START
from ocppkit.v201 import HashAlgorithmEnumType, OCSPRequestDataType

from ...security.pki import Holder, build, new_key
from .plug_and_charge import (
    ACCEPTED_INSIDE,
    DAY,
    EMAID,
    RESPONDER,
    VENDOR,
    contract_of,
    pnc,
    sub_ca,
    trust,
    v2g_root,
)
from .security_pki import root

World = Callable[..., Any]
HASHES = OCSPRequestDataType(
    hash_algorithm=HashAlgorithmEnumType.SHA256,
    issuer_name_hash="aa",
    issuer_key_hash="bb",
    serial_number="1c",
    responder_url=RESPONDER,
)


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


@pytest.mark.requirement("1.6-PNC Authorize", "1.6-PNC Authorize.1")
async def test_hash_data_of_the_ev_side_goes_to_the_csms_and_the_ev_charges(world: World) -> None:
    it = pnc(world, None)
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        outcome = await it.present(hash_data=(HASHES,))

    [frame] = around.sent("DataTransfer")
    assert (frame["vendorId"], frame["messageId"]) == (VENDOR, "Authorize")
    assert json.loads(frame["data"]) == {
        "idToken": {"idToken": EMAID, "type": "eMAID"},
        "iso15118CertificateHashData": [
            {
                "hashAlgorithm": "SHA256",
                "issuerNameHash": "aa",
                "issuerKeyHash": "bb",
                "serialNumber": "1c",
                "responderURL": RESPONDER,
            }
        ],
    }
    assert outcome.outcome is TokenOutcome.ACCEPTED
    assert outcome.certificate is CertificateVerdict.ACCEPTED
    [start] = around.sent("StartTransaction")
    assert (start["idTag"], start["connectorId"]) == (EMAID, 1)
    assert around.sent("Authorize") == []


@pytest.mark.requirement("1.6-PNC Authorize.2")
@pytest.mark.parametrize("use", [RootUse.MO, RootUse.V2G])
async def test_a_chain_that_is_valid_here_is_asked_about_by_its_hashes(
    world: World, tmp_path: Path, use: RootUse
) -> None:
    top = root("Operator")
    middle = sub_ca(top)
    contract = contract_of(middle)
    trust(tmp_path, top, use)
    it = pnc(world, tmp_path)
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        outcome = await it.present(contract)

    assert it.sent("Authorize") == [
        {
            "idToken": {"idToken": EMAID, "type": "eMAID"},
            "iso15118CertificateHashData": [named(contract, middle), named(middle, top)],
        }
    ]
    assert outcome.outcome is TokenOutcome.ACCEPTED
    assert [each["idTag"] for each in around.sent("StartTransaction")] == [EMAID]


@pytest.mark.requirement("1.6-PNC Authorize.2")
@pytest.mark.requirement("1.6 key CentralContractValidationAllowed")
async def test_a_chain_of_an_unknown_root_goes_to_the_csms_only_where_that_is_allowed(
    world: World, tmp_path: Path
) -> None:
    contract = contract_of(root("Stranger"))
    it = pnc(world, tmp_path)
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        refused = await it.present(contract)
        asked = it.sent("Authorize")
        assert await it.key("CentralContractValidationAllowed", "true") == "Accepted"
        accepted = await it.present(contract)

    assert (refused.outcome, refused.status) == (TokenOutcome.REFUSED, Status.INVALID)
    assert refused.certificate is CertificateVerdict.CERT_CHAIN_ERROR
    assert "root" in refused.reason
    assert asked == []
    assert it.sent("Authorize") == [
        {
            "idToken": {"idToken": EMAID, "type": "eMAID"},
            "certificate": contract.chain_pem,
        }
    ]
    assert accepted.outcome is TokenOutcome.ACCEPTED


@pytest.mark.requirement("1.6-PNC Authorize.2")
async def test_a_root_that_only_bears_the_name_of_a_known_one_is_an_unknown_root(
    world: World, tmp_path: Path
) -> None:
    trust(tmp_path, root("Operator"))
    contract = contract_of(sub_ca(root("Operator")))
    it = pnc(world, tmp_path, CentralContractValidationAllowed="true")
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        await it.present(contract)

    assert [each["certificate"] for each in it.sent("Authorize")] == [contract.chain_pem]


@pytest.mark.requirement("1.6-PNC Authorize.2")
@pytest.mark.parametrize(
    ("wrong", "status", "verdict"),
    [
        ("expired", Status.EXPIRED, CertificateVerdict.CERTIFICATE_EXPIRED),
        ("future", Status.INVALID, CertificateVerdict.CERT_CHAIN_ERROR),
        ("other", Status.INVALID, CertificateVerdict.CERT_CHAIN_ERROR),
        ("no PEM", Status.INVALID, CertificateVerdict.CERT_CHAIN_ERROR),
        ("forged", Status.INVALID, CertificateVerdict.SIGNATURE_ERROR),
        ("none", Status.INVALID, CertificateVerdict.NO_CERTIFICATE_AVAILABLE),
    ],
)
async def test_a_contract_that_is_not_valid_here_is_refused_and_nobody_is_asked(
    world: World, tmp_path: Path, wrong: str, status: Status, verdict: CertificateVerdict
) -> None:
    top = root("Operator")
    middle, forger = sub_ca(top), sub_ca(root("Forger"))
    trust(tmp_path, top)
    changes: dict[str, dict[str, Any]] = {
        "expired": {"not_before": START - 9 * DAY, "not_after": START - DAY},
        "future": {"not_before": START + DAY},
        "other": {"emaid": "DE8AAC99999999"},
    }
    made = changes.get(wrong, {})
    contract = contract_of(forger if wrong == "forged" else middle, **made)
    pem: str | None = contract.chain_pem
    if wrong == "forged":
        pem = contract.pem + middle.pem
    elif wrong in {"no PEM", "none"}:
        pem = None if wrong == "none" else "no PEM"
    it = pnc(world, tmp_path, CentralContractValidationAllowed="true")
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        outcome = await it.present(chain_pem=pem)

    assert (outcome.outcome, outcome.status) == (TokenOutcome.REFUSED, status)
    assert outcome.certificate is verdict
    assert outcome.reason
    assert it.sent("Authorize") == []
    assert around.sent("StartTransaction") == []


@pytest.mark.requirement("1.6-PNC Authorize")
@pytest.mark.parametrize(
    ("inner", "status", "certificate"),
    [
        ({"idTokenInfo": {"status": "Blocked"}}, Status.BLOCKED, None),
        (
            {"idTokenInfo": {"status": "Expired"}, "certificateStatus": "CertificateExpired"},
            Status.EXPIRED,
            CertificateVerdict.CERTIFICATE_EXPIRED,
        ),
        (
            {"idTokenInfo": {"status": "Accepted"}, "certificateStatus": "CertificateRevoked"},
            Status.INVALID,
            CertificateVerdict.CERTIFICATE_REVOKED,
        ),
        (
            {"idTokenInfo": {"status": "NoCredit"}, "certificateStatus": "Accepted"},
            Status.NO_CREDIT,
            CertificateVerdict.ACCEPTED,
        ),
        (
            {"idTokenInfo": {"status": "Accepted", "evseId": [2]}},
            Status.NOT_AT_THIS_LOCATION,
            None,
        ),
    ],
)
async def test_what_the_csms_refuses_does_not_charge(
    world: World,
    inner: dict[str, Any],
    status: Status,
    certificate: CertificateVerdict | None,
) -> None:
    it = pnc(world, None)
    it.answers["Authorize"] = inner
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        outcome = await it.present(hash_data=(HASHES,))

    assert (outcome.outcome, outcome.status) == (TokenOutcome.REFUSED, status)
    assert outcome.certificate is certificate
    assert outcome.reason
    assert around.sent("StartTransaction") == []


@pytest.mark.requirement("1.6-PNC Authorize")
@pytest.mark.parametrize(
    "answer",
    [
        ("Accepted", None),
        ("Accepted", "no JSON"),
        ("Accepted", "[]"),
        ("Accepted", "null"),
        ("Accepted", '{"idTokenInfo":{"status":"Sure"}}'),
        ("Accepted", '{"status":"Accepted"}'),
        ("Rejected", None),
        ("UnknownVendorId", None),
        ("UnknownMessageId", json.dumps(ACCEPTED_INSIDE)),
        "NotSupported",
        {},
    ],
)
async def test_an_answer_that_makes_no_sense_refuses_the_ev_and_harms_nothing_else(
    world: World, answer: Any
) -> None:
    it = pnc(world, None)
    it.answers["Authorize"] = answer
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        outcome = await it.present(hash_data=(HASHES,))
        it.answers["Authorize"] = ACCEPTED_INSIDE
        again = await it.present(hash_data=(HASHES,))

    assert (outcome.outcome, outcome.status) == (TokenOutcome.REFUSED, Status.UNKNOWN)
    assert outcome.reason
    assert again.outcome is TokenOutcome.ACCEPTED


@pytest.mark.parametrize("answer", [("UnknownVendorId", None), ("UnknownMessageId", None)])
async def test_a_csms_that_knows_no_plug_and_charge_is_said_to_know_none(
    world: World, answer: Any
) -> None:
    it = pnc(world, None)
    it.answers["Authorize"] = answer
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        outcome = await it.present(hash_data=(HASHES,))

    assert outcome.reason == "the CSMS does not support Plug & Charge"


@pytest.mark.requirement("1.6-PNC Authorize")
async def test_a_csms_that_does_not_answer_in_time_refuses_the_ev(world: World) -> None:
    it = pnc(world, None, AllowOfflineTxForUnknownId="true", ContractValidationOffline="true")
    it.answers["Authorize"] = None
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        presenting = asyncio.ensure_future(it.present(hash_data=(HASHES,)))
        await around.advance(around.config.call_timeout + 1)
        outcome = await presenting
        started = around.sent("StartTransaction")
        it.answers["Authorize"] = ACCEPTED_INSIDE
        await around.advance(60)
        again = await it.present(hash_data=(HASHES,))

    assert (outcome.outcome, started) == (TokenOutcome.REFUSED, [])
    assert again.outcome is TokenOutcome.ACCEPTED


@pytest.mark.requirement("1.6-PNC Authorize", "1.6 key ISO15118PnCEnabled")
async def test_switched_off_it_refuses_contracts_and_knows_no_vendor(world: World) -> None:
    it = pnc(world, None, ISO15118PnCEnabled="false")
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        outcome = await it.present(hash_data=(HASHES,))
        answer = await around.call(
            "DataTransfer", vendorId=VENDOR, messageId="TriggerMessage", data="{}"
        )
        assert await it.key("ISO15118PnCEnabled", "true") == "Accepted"
        listed = await it.call("GetInstalledCertificateIds")
        accepted = await it.present(hash_data=(HASHES,))

    assert (outcome.outcome, outcome.reason) == (TokenOutcome.REFUSED, "Plug & Charge is off")
    assert answer == {"status": "UnknownVendorId"}
    assert listed == {"status": "NotFound"}
    assert accepted.outcome is TokenOutcome.ACCEPTED


@pytest.mark.requirement("1.6 key ISO15118PnCEnabled", "1.6 key ContractValidationOffline")
@pytest.mark.requirement("1.6 key CentralContractValidationAllowed")
async def test_the_keys_are_off_at_first_and_take_booleans_only(world: World) -> None:
    names = ["ISO15118PnCEnabled", "ContractValidationOffline", "CentralContractValidationAllowed"]
    async with world(Version.V16).running() as around:
        found = await around.call("GetConfiguration", key=names)
        wrong = await around.call("ChangeConfiguration", key=names[0], value="yes")

    assert found["configurationKey"] == [
        {"key": name, "readonly": False, "value": "false"} for name in names
    ]
    assert wrong == {"status": "Rejected"}


@pytest.mark.requirement("1.6 key ISO15118PnCEnabled")
async def test_what_the_csms_switched_on_is_on_after_a_restart(
    world: World, tmp_path: Path
) -> None:
    it = pnc(world, tmp_path, ISO15118PnCEnabled="false")
    async with it.world.running():
        await it.key("ISO15118PnCEnabled", "true")
    again = pnc(world, tmp_path, ISO15118PnCEnabled="false")
    async with again.world.running():
        answer = await again.call("GetInstalledCertificateIds")

    assert answer == {"status": "NotFound"}


class TestOffline:
    """Rule 3."""

    @pytest.mark.requirement("1.6-PNC Authorize.3")
    @pytest.mark.requirement("1.6 key ContractValidationOffline")
    async def test_nobody_charges_while_contracts_are_not_validated_offline(
        self, world: World, tmp_path: Path
    ) -> None:
        top = root("Operator")
        trust(tmp_path, top)
        it = pnc(world, tmp_path, AllowOfflineTxForUnknownId="true")
        async with it.world.running() as around:
            await around.station.evse(1).plugged_in()
            around.station.go_offline()
            await around.settle()
            outcome = await it.present(contract_of(top))

        assert (outcome.outcome, outcome.status) == (TokenOutcome.REFUSED, Status.NOT_AT_THIS_TIME)
        assert "away" in outcome.reason

    @pytest.mark.requirement("1.6-PNC Authorize.3")
    @pytest.mark.parametrize(
        ("listed", "offline", "outcome"),
        [
            ("Accepted", "true", TokenOutcome.ACCEPTED),
            ("Accepted", "false", TokenOutcome.REFUSED),
            ("Blocked", "true", TokenOutcome.REFUSED),
            (None, "true", TokenOutcome.REFUSED),
        ],
    )
    async def test_the_local_list_decides_on_a_chain_that_is_valid(
        self,
        world: World,
        tmp_path: Path,
        listed: str | None,
        offline: str,
        outcome: TokenOutcome,
    ) -> None:
        top = root("Operator")
        trust(tmp_path, top)
        keys: dict[str, Any] = {
            "ContractValidationOffline": "true",
            "LocalAuthorizeOffline": offline,
        }
        it = pnc(world, tmp_path, LocalAuthListEnabled="true", **keys)
        async with it.world.running() as around:
            if listed is not None:
                entry = {"idTag": EMAID, "idTagInfo": {"status": listed}}
                sent = {"localAuthorizationList": [entry]}
                await around.call("SendLocalList", listVersion=1, updateType="Full", **sent)
            await around.station.evse(1).plugged_in()
            around.station.go_offline()
            await around.settle()
            came = await it.present(contract_of(top))
            around.station.go_online()
            await around.advance(60)

        assert came.outcome is outcome
        assert it.sent("Authorize") == []
        started = [each["idTag"] for each in around.sent("StartTransaction")]
        assert started == ([EMAID] if outcome is TokenOutcome.ACCEPTED else [])

    @pytest.mark.requirement("1.6-PNC Authorize.3")
    async def test_the_cache_decides_on_what_the_csms_once_said(
        self, world: World, tmp_path: Path
    ) -> None:
        top = root("Operator")
        trust(tmp_path, top)
        contract = contract_of(top)
        it = pnc(
            world, tmp_path, ContractValidationOffline="true", AuthorizationCacheEnabled="true"
        )
        async with it.world.running() as around:
            await around.station.evse(1).plugged_in()
            await it.present(contract)
            await around.station.evse(1).unplugged()
            await around.station.evse(1).plugged_in()
            around.station.go_offline()
            await around.settle()
            outcome = await it.present(contract)

        assert outcome.outcome is TokenOutcome.ACCEPTED
        assert len(it.sent("Authorize")) == 1

    @pytest.mark.requirement("1.6-PNC Authorize.3")
    async def test_a_contract_that_was_cancelled_is_not_known_from_before(
        self, world: World, tmp_path: Path
    ) -> None:
        top = root("Operator")
        trust(tmp_path, top)
        contract = contract_of(top)
        it = pnc(
            world, tmp_path, ContractValidationOffline="true", AuthorizationCacheEnabled="true"
        )
        async with it.world.running() as around:
            for certificate in ("Accepted", "ContractCancelled"):
                it.answers["Authorize"] = {**ACCEPTED_INSIDE, "certificateStatus": certificate}
                await around.station.evse(1).plugged_in()
                await it.present(contract)
                await around.station.evse(1).unplugged()
            await around.station.evse(1).plugged_in()
            around.station.go_offline()
            await around.settle()
            outcome = await it.present(contract)

        assert outcome.outcome is TokenOutcome.REFUSED
        assert len(it.sent("Authorize")) == 2

    @pytest.mark.requirement("1.6-PNC Authorize.3")
    @pytest.mark.parametrize(
        ("wrong", "status"),
        [
            ("expired", Status.EXPIRED),
            ("stranger", Status.INVALID),
            ("hashes", Status.INVALID),
        ],
    )
    async def test_a_contract_that_is_not_valid_is_refused_whoever_is_known(
        self, world: World, tmp_path: Path, wrong: str, status: Status
    ) -> None:
        top = root("Operator")
        trust(tmp_path, top)
        keys: dict[str, Any] = {
            "ContractValidationOffline": "true",
            "AllowOfflineTxForUnknownId": "true",
        }
        it = pnc(world, tmp_path, CentralContractValidationAllowed="true", **keys)
        past: dict[str, Any] = {"not_before": START - 9 * DAY, "not_after": START - DAY}
        signer = root("Stranger") if wrong == "stranger" else top
        contract = contract_of(signer, **(past if wrong == "expired" else {}))
        async with it.world.running() as around:
            await around.station.evse(1).plugged_in()
            around.station.go_offline()
            await around.settle()
            more: dict[str, Any] = {"hash_data": (HASHES,)} if wrong == "hashes" else {}
            outcome = await it.present(None if wrong == "hashes" else contract, **more)

        assert (outcome.outcome, outcome.status) == (TokenOutcome.REFUSED, status)
        assert outcome.reason

    @pytest.mark.requirement("1.6-PNC Authorize.3")
    async def test_a_stranger_with_a_valid_chain_charges_where_strangers_may(
        self, world: World, tmp_path: Path
    ) -> None:
        top = root("Operator")
        trust(tmp_path, top)
        keys: dict[str, Any] = {
            "ContractValidationOffline": "true",
            "AllowOfflineTxForUnknownId": "true",
        }
        it = pnc(world, tmp_path, **keys)
        async with it.world.running() as around:
            await around.station.evse(1).plugged_in()
            around.station.go_offline()
            await around.settle()
            outcome = await it.present(contract_of(top))

        assert outcome.outcome is TokenOutcome.ACCEPTED

    @pytest.mark.requirement("1.6-PNC Authorize.3")
    @pytest.mark.parametrize("hashes", [(), (HASHES,)])
    async def test_what_the_csms_called_revoked_is_revoked_while_it_is_away(
        self, world: World, tmp_path: Path, hashes: tuple[OCSPRequestDataType, ...]
    ) -> None:
        top = root("Operator")
        trust(tmp_path, top)
        contract = contract_of(top)
        keys: dict[str, Any] = {
            "ContractValidationOffline": "true",
            "AllowOfflineTxForUnknownId": "true",
        }
        it = pnc(world, tmp_path, AuthorizationCacheEnabled="false", **keys)
        revoked = {"idTokenInfo": {"status": "Invalid"}, "certificateStatus": "CertificateRevoked"}
        it.answers["Authorize"] = revoked
        async with it.world.running() as around:
            await around.station.evse(1).plugged_in()
            await it.present(contract, hash_data=hashes)
        again = pnc(world, tmp_path, AuthorizationCacheEnabled="false", **keys)
        async with again.world.running() as around:
            await around.station.evse(1).plugged_in()
            around.station.go_offline()
            await around.settle()
            away = await again.present(contract)
            around.station.go_online()
            await around.advance(60)
            there = await again.present(contract)

        assert (away.outcome, away.certificate) == (
            TokenOutcome.REFUSED,
            CertificateVerdict.CERTIFICATE_REVOKED,
        )
        assert there.outcome is TokenOutcome.ACCEPTED

    @pytest.mark.requirement("1.6-PNC Authorize.3")
    @pytest.mark.parametrize(
        ("then", "outcome"),
        [
            ("CertChainError", TokenOutcome.REFUSED),
            ("NoCertificateAvailable", TokenOutcome.REFUSED),
            ("ContractCancelled", TokenOutcome.ACCEPTED),
            ("Accepted", TokenOutcome.ACCEPTED),
        ],
    )
    async def test_what_was_revoked_stays_so_until_the_csms_finds_its_chain_valid(
        self, world: World, tmp_path: Path, then: str, outcome: TokenOutcome
    ) -> None:
        top = root("Operator")
        trust(tmp_path, top)
        contract = contract_of(top)
        keys: dict[str, Any] = {
            "ContractValidationOffline": "true",
            "AllowOfflineTxForUnknownId": "true",
        }
        it = pnc(world, tmp_path, AuthorizationCacheEnabled="false", **keys)
        async with it.world.running() as around:
            await around.station.evse(1).plugged_in()
            for told in ("CertificateRevoked", then):
                it.answers["Authorize"] = {
                    "idTokenInfo": {"status": "Invalid"},
                    "certificateStatus": told,
                }
                await it.present(contract)
            around.station.go_offline()
            await around.settle()
            away = await it.present(contract)

        assert away.outcome is outcome


@pytest.mark.requirement("1.6-PNC Authorize")
async def test_a_contract_never_stops_what_goes_on(world: World) -> None:
    it = pnc(world, None)
    async with it.world.running() as around:
        await around.charge()
        other = await it.present(hash_data=(HASHES,))
        asked = it.sent("Authorize")
        await around.station.evse(1).token_presented(IdToken("ABC"))
        await around.station.evse(1).unplugged()
        await around.station.evse(1).plugged_in()
        first = await it.present(hash_data=(HASHES,))
        second = await it.present(hash_data=(HASHES,))

    assert (other.outcome, asked) == (TokenOutcome.REFUSED, [])
    assert (first.outcome, second.outcome) == (TokenOutcome.ACCEPTED, TokenOutcome.ACCEPTED)
    assert len(it.sent("Authorize")) == 1
    assert len(around.sent("StopTransaction")) == 1


@pytest.mark.requirement("1.6-PNC Authorize")
async def test_an_id_that_no_transaction_can_bear_is_refused(world: World) -> None:
    it = pnc(world, None)
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        outcome = await it.present(emaid="X" * 21, hash_data=(HASHES,))

    assert outcome.outcome is TokenOutcome.REFUSED
    assert "too long" in outcome.reason
    assert it.sent("Authorize") == []


@pytest.mark.requirement("1.6-PNC Authorize.2")
async def test_a_chain_that_names_no_responder_is_asked_about_without_hashes(
    world: World, tmp_path: Path
) -> None:
    top = v2g_root()
    trust(tmp_path, top, RootUse.V2G)
    it = pnc(world, tmp_path)
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        await it.present(contract_of(top, extensions=()))

    assert it.sent("Authorize") == [{"idToken": {"idToken": EMAID, "type": "eMAID"}}]


@pytest.mark.requirement("1.6-PNC Authorize.2")
async def test_roots_laid_out_in_folders_count(world: World, tmp_path: Path) -> None:
    top = root("Operator")
    (tmp_path / "mo").mkdir()
    (tmp_path / "mo" / "root.pem").write_text(top.pem)
    it = pnc(world, None)
    it.world.config = evolve(it.world.config, certificates=Certificates(mo_ca=tmp_path / "mo"))
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        outcome = await it.present(contract_of(top))

    assert outcome.outcome is TokenOutcome.ACCEPTED


@pytest.mark.requirement("1.6-PNC Authorize.2")
async def test_a_folder_of_roots_that_cannot_be_read_refuses_the_ev(
    world: World, tmp_path: Path
) -> None:
    it = pnc(world, None)
    it.world.config = evolve(it.world.config, certificates=Certificates(mo_ca=tmp_path / "no"))
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        outcome = await it.present(contract_of(root("Operator")))

    assert (outcome.outcome, outcome.reason) == (
        TokenOutcome.REFUSED,
        "the roots of contracts cannot be read",
    )


@pytest.mark.requirement("1.6-PNC Authorize.2", "1.6 key CentralContractValidationAllowed")
async def test_a_chain_that_no_message_holds_is_refused(world: World) -> None:
    top = root("Stranger")
    for number in range(8):
        top = sub_ca(top, f"Sub {number} {'x' * 40}")
    it = pnc(world, None, CentralContractValidationAllowed="true")
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        outcome = await it.present(contract_of(top))

    assert outcome.outcome is TokenOutcome.REFUSED
    assert it.sent("Authorize") == []


@pytest.mark.requirement("1.6-PNC Authorize.2")
async def test_of_a_long_chain_four_certificates_are_asked_about(
    world: World, tmp_path: Path
) -> None:
    top = root("Operator")
    trust(tmp_path, top)
    ca = top
    for number in range(4):
        ca = sub_ca(ca, f"Sub {number}")
    it = pnc(world, tmp_path)
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        contract = contract_of(ca)
        outcome = await it.present(contract)

    assert outcome.outcome is TokenOutcome.ACCEPTED
    [asked] = it.sent("Authorize")
    assert len(asked["iso15118CertificateHashData"]) == 4
    assert asked["iso15118CertificateHashData"][0] == named(contract, ca)


@pytest.mark.requirement("1.6-PNC Authorize")
async def test_an_evse_that_is_out_of_use_or_reserved_lets_no_contract_charge(
    world: World,
) -> None:
    it = pnc(world, None)
    async with it.world.running() as around:
        await around.call("ChangeAvailability", connectorId=1, type="Inoperative")
        await around.station.evse(1).plugged_in()
        unusable = await it.present(hash_data=(HASHES,))
        asked = it.sent("Authorize")
        await around.call("ChangeAvailability", connectorId=1, type="Operative")
        await around.station.evse(1).unplugged()
        until = (around.clock.utc_now() + DAY).isoformat()
        reserved = {"connectorId": 1, "expiryDate": until, "idTag": "XYZ", "reservationId": 1}
        assert await around.call("ReserveNow", **reserved) == {"status": "Accepted"}
        await around.station.evse(1).plugged_in()
        others = await it.present(hash_data=(HASHES,))

    assert (unusable.outcome, asked) == (TokenOutcome.REFUSED, [])
    assert others.outcome is TokenOutcome.REFUSED
    assert around.sent("StartTransaction") == []


@pytest.mark.parametrize("offline", [False, True])
async def test_an_id_is_the_same_with_separators_and_without_its_check_digit(
    world: World, tmp_path: Path, offline: bool
) -> None:
    top = root("Operator")
    trust(tmp_path, top)
    keys: dict[str, Any] = {"AllowOfflineTxForUnknownId": "true"}
    it = pnc(world, tmp_path, ContractValidationOffline="true", **keys)
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        if offline:
            around.station.go_offline()
            await around.settle()
        outcome = await it.present(contract_of(top), emaid="de-8aa-c12345678-X")

    assert outcome.outcome is TokenOutcome.ACCEPTED


@pytest.mark.requirement("1.6-PNC Authorize")
async def test_an_answer_after_the_ev_has_gone_lets_nobody_else_charge_by_its_contract(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = pnc(world, None)
    async with it.world.running() as around:
        core, evse = around.station.core, around.station.evse(1)
        judge = core.authorize_contract

        async def asked(contract: Contract) -> Any:
            await evse.unplugged()
            return await judge(contract)

        monkeypatch.setattr(core, "authorize_contract", asked)
        await evse.plugged_in()
        outcome = await it.present(hash_data=(HASHES,))
        await evse.plugged_in()
        await around.settle()

    assert (outcome.outcome, outcome.status) == (TokenOutcome.REFUSED, Status.NOT_AT_THIS_TIME)
    assert around.sent("StartTransaction") == []


@pytest.mark.requirement("1.6-PNC Authorize.3")
async def test_a_certificate_without_a_name_is_for_no_contract(
    world: World, tmp_path: Path
) -> None:
    top = root("Operator")
    trust(tmp_path, top)
    key, name = new_key(), x509.Name([])
    nameless = build(
        name,
        key.public_key(),
        issuer=top.certificate.subject,
        signer=top.key,
        ca=False,
        not_before=START - DAY,
        not_after=START + DAY,
    )
    keys: dict[str, Any] = {"AllowOfflineTxForUnknownId": "true"}
    it = pnc(world, tmp_path, ContractValidationOffline="true", **keys)
    async with it.world.running() as around:
        await around.station.evse(1).plugged_in()
        around.station.go_offline()
        await around.settle()
        outcome = await it.present(Holder(certificate=nameless, key=key), emaid="--")

    assert outcome.outcome is TokenOutcome.REFUSED
    assert outcome.certificate is CertificateVerdict.CERT_CHAIN_ERROR
