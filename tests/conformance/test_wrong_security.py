"""Stations that are wrong about security on purpose, where no TLS is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from ocppkit.conformance import Outcome, all_facts
from ocppkit.security.keys import KeyKind, generate_key, signing_request
from ocppkit.station.security import StationSecurity
from ocppkit.station.settings.behaviour import Storage

from .harness import at_work
from .tampering import Tamper


def _answers(status: str) -> Tamper:
    """It says this of every variable that is set."""

    def tamper(said: str, payload: dict[str, Any]) -> dict[str, Any]:
        if said != "SetVariablesResponse":
            return payload
        results = [{**each, "attributeStatus": status} for each in payload["setVariableResult"]]
        return {**payload, "setVariableResult": results}

    return tamper


def _asks(csr: str) -> Tamper:
    return lambda said, payload: {**payload, "csr": csr} if said == "SignCertificate" else payload


def _rsa() -> str:
    key = generate_key(KeyKind.RSA_2048)
    return signing_request(key, common_name="SECC1", organization="Example")


WRONG: Final[dict[str, tuple[str, Tamper, str]]] = {
    "it takes no password": ("TC_A_09_CS", _answers("Rejected"), "expected Accepted or Reboot"),
    "it takes a short password": ("TC_A_10_CS", _answers("Accepted"), "expected Rejected, came"),
    "it shows EVs a key of RSA": ("TC_A_12_CS", _asks(_rsa()), "key: expected an elliptic curve"),
    "it shows EVs nothing in PEM": ("TC_A_12_CS", _asks("csr"), "expected one request in PEM"),
    "it moves without a root": ("TC_A_20_CS", _answers("Accepted"), "expected Rejected, came"),
    "it moves without a certificate": ("TC_A_21_CS", _answers("Accepted"), "expected Rejected"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_wrong_station_is_caught(what: str, tmp_path: Path) -> None:
    case, tamper, part = WRONG[what]
    kept = None if case == "TC_A_20_CS" else tmp_path
    async with at_work(tamper=tamper, storage=Storage(state_dir=kept)) as runner:
        verdict = await runner.run_case(all_facts()[case])

    assert verdict.outcome is Outcome.FAILED, verdict.reason
    assert any(part in str(each) for each in verdict.deviations), verdict.deviations


async def test_a_station_that_forgets_its_new_password_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def forgotten(*_: Any) -> bool:
        return True

    async with at_work() as runner:
        monkeypatch.setattr(StationSecurity, "set_password", forgotten)
        verdict = await runner.run_case(all_facts()["TC_A_09_CS"])

    assert verdict.outcome is Outcome.FAILED, verdict.reason
    assert "came another" in str(verdict.deviations[0])
