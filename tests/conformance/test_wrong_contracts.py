"""Stations that are wrong about the contracts of EVs on purpose: the kit catches each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from ocppkit.authorization import Status
from ocppkit.conformance import Outcome, Runner, all_facts
from ocppkit.station import Contract
from ocppkit.station.contract import ContractAnswer, refused
from ocppkit.station.contract_authorizing import ContractAuthorizing
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.site import AuthorizationAnswer

from .harness import at_work
from .tampering import Tamper

Payload = dict[str, Any]
YES: Final = ContractAnswer(answer=AuthorizationAnswer(accepted=True), status=Status.ACCEPTED)


def _asks(**changes: Any) -> Tamper:
    """It asks otherwise about contracts, or leaves out what is None here."""

    def tamper(said: str, payload: Payload) -> Payload | None:
        if said != "Authorize":
            return payload
        return {name: value for name, value in (payload | changes).items() if value is not None}

    return tamper


def _names_another(said: str, payload: Payload) -> Payload | None:
    """It asks about certificates of somebody else's."""
    if said != "Authorize":
        return payload
    data = [{**each, "serialNumber": "abc"} for each in payload["iso15118CertificateHashData"]]
    return {**payload, "iso15118CertificateHashData": data}


def _is_never_alone(said: str, payload: Payload) -> Payload | None:
    """It does not say that nobody listened."""
    return {**payload, "offline": False} if said == "TransactionEvent" else payload


def _names_nobody(said: str, payload: Payload) -> Payload | None:
    """It does not say by whose contract it charges."""
    told = said == "TransactionEvent"
    return {name: each for name, each in payload.items() if not told or name != "idToken"}


def _driver_stops(_: str, payload: Payload) -> Payload | None:
    """It takes the EV for its driver."""
    inside = payload.get("transactionInfo", {})
    if "stoppedReason" not in inside:
        return payload
    return {**payload, "transactionInfo": {**inside, "stoppedReason": "Local"}}


SAID: Final[dict[str, tuple[str, Tamper, str]]] = {
    "it takes a contract for a card": (
        "TC_C_50_CS",
        _asks(idToken={"idToken": "DE8AA1A2B3C4D5", "type": "ISO14443"}),
        "id_token.type: expected eMAID, came ISO14443",
    ),
    "it asks about another contract": (
        "TC_C_50_CS",
        _asks(idToken={"idToken": "DE8AA1A2B3C4D6", "type": "eMAID"}),
        "id_token.id_token: expected the contract DE8AA1A2B3C4D5",
    ),
    "it names no certificates": (
        "TC_C_50_CS",
        _asks(iso15118CertificateHashData=None),
        "iso15118_certificate_hash_data: expected that of the contract, came nothing",
    ),
    "it names other certificates": (
        "TC_C_51_CS",
        _names_another,
        "iso15118_certificate_hash_data: expected that of the contract",
    ),
    "it keeps to itself what it cannot judge": (
        "TC_C_52_CS",
        _asks(certificate=None),
        "certificate: expected the contract's certificates as PEM, came nothing",
    ),
    "it sends something else": (
        "TC_C_53_CS",
        _asks(certificate="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
        "certificate: expected the contract's certificates as PEM",
    ),
    "it does not say that nobody listened": (
        "TC_C_54_CS",
        _is_never_alone,
        "offline: expected True, came False",
    ),
    "it does not say by whose contract it charges": (
        "TC_C_52_CS",
        _names_nobody,
        "step 3: TransactionEventRequest.id_token.type: expected eMAID, came nothing",
    ),
    "it says so of nobody afterwards": (
        "TC_C_54_CS",
        _names_nobody,
        "step 7: TransactionEventRequest.id_token.type: expected eMAID, came nothing",
    ),
    "it takes the EV for its driver": (
        "TC_E_46_CS",
        _driver_stops,
        "stopped_reason: expected StoppedByEV, came Local",
    ),
}


@pytest.mark.parametrize("name", SAID)
async def test_a_station_that_tells_it_wrong_is_caught(name: str, tmp_path: Path) -> None:
    case, tamper, expected = SAID[name]
    wrong = False

    def from_then_on(said: str, payload: Payload) -> Payload | None:
        return tamper(said, payload) if wrong else payload

    async with at_work(tamper=from_then_on, storage=Storage(state_dir=tmp_path)) as runner:
        wrong = True

        await _is_caught(runner, case, expected)


async def _after_asking(self: ContractAuthorizing, contract: Contract) -> ContractAnswer:
    """Whatever the CSMS says."""
    _ = await ONLINE(self, contract)
    return YES


async def _unasked(*_: object) -> ContractAnswer:
    return YES


async def _alone(*_: object) -> ContractAnswer:
    return YES


async def _never_alone(*_: object) -> ContractAnswer:
    return refused("the CSMS is away")


ONLINE: Final = ContractAuthorizing.online
DONE: Final[dict[str, tuple[str, str, Callable[..., Any], str]]] = {
    "it charges by contracts that were cancelled": (
        "TC_C_51_CS",
        "online",
        _after_asking,
        "step post: TransactionEvent: expected none",
    ),
    "it charges by certificates that were revoked": (
        "TC_C_53_CS",
        "online",
        _after_asking,
        "step post: TransactionEvent: expected none",
    ),
    "it asks nobody about contracts": (
        "TC_C_50_CS",
        "online",
        _unasked,
        "step 1: Authorize: expected such a message",
    ),
    "it never charges while nobody listens": (
        "TC_C_54_CS",
        "offline",
        _never_alone,
        "step 7: TransactionEvent: expected such a message",
    ),
    "it charges though it must not while nobody listens": (
        "TC_C_55_CS",
        "offline",
        _alone,
        "step 7: TransactionEvent: expected none",
    ),
}


@pytest.mark.parametrize("name", DONE)
async def test_a_station_that_judges_contracts_wrongly_is_caught(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, judges, wrongly, expected = DONE[name]
    monkeypatch.setattr(ContractAuthorizing, judges, wrongly)
    async with at_work(storage=Storage(state_dir=tmp_path)) as runner:
        await _is_caught(runner, case, expected)


async def _is_caught(runner: Runner, case: str, expected: str) -> None:
    verdict = await runner.run_case(all_facts()[case])

    assert verdict.outcome is Outcome.FAILED, verdict.reason
    assert any(expected in str(found) for found in verdict.deviations), verdict.deviations
