"""The kit's own certificate authority: what it makes is what the cases need."""

from __future__ import annotations

import base64
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509 import ocsp

from ocppkit.conformance.pki import Flaw, Pki, wildcard
from ocppkit.security import ChainProblem, Usage, ValidChain, common_name, validate_chain
from ocppkit.security.hash_data import HashData
from ocppkit.security.keys import KeyKind, generate_key, signing_request
from ocppkit.security.ocsp import OcspResult, OcspStatus, check_response, request_data
from ocppkit.security.rules import read_root

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def pki() -> Pki:
    return Pki.make(NOW)


def judged(pki: Pki, flaw: Flaw | None, host: str = "csms.example.com") -> list[str]:
    found = []
    for issued in pki.servers(host, now=NOW, flaw=flaw):
        verdict = validate_chain(
            issued.certificate,
            above=issued.above,
            roots=[pki.csms.certificate],
            now=NOW,
            usage=Usage.TLS_SERVER,
            name=host,
        )
        found.append(verdict.reason.name if isinstance(verdict, ChainProblem) else "")
    return found


def test_the_certificates_of_the_csms_are_valid(pki: Pki) -> None:
    assert judged(pki, None) == ["", ""]


@pytest.mark.parametrize(
    ("flaw", "reason"),
    [
        (Flaw.EXPIRED, "EXPIRED"),
        (Flaw.NOT_YET_VALID, "NOT_YET_VALID"),
        (Flaw.FOREIGN_ROOT, "UNKNOWN_ROOT"),
        (Flaw.WRONG_NAME, "WRONG_NAME"),
        (Flaw.WILDCARD, "WRONG_NAME"),  # the CN is another
    ],
)
def test_each_flaw_is_the_only_one(pki: Pki, flaw: Flaw, reason: str) -> None:
    assert judged(pki, flaw) == [reason, reason]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_no_wildcard_name_fits_an_address(host: str) -> None:
    with pytest.raises(ValueError, match="no wildcard"):
        wildcard(host)


def test_a_wildcard_name_fits_the_host() -> None:
    assert wildcard("csms.example.com") == "*.example.com"


def test_a_request_is_signed_as_it_is(pki: Pki) -> None:
    key = generate_key(KeyKind.ECDSA_P256)
    csr = signing_request(key, common_name="SN-1", organization="Example")
    issued = pki.sign_station(csr, now=NOW)
    verdict = validate_chain(
        issued.certificate,
        above=(),
        roots=[pki.csms.certificate],
        now=NOW,
        usage=Usage.TLS_CLIENT,
        name="SN-1",
    )

    assert isinstance(verdict, ValidChain)
    assert issued.certificate.public_key() == key.public_key()
    with pytest.raises(ValueError, match="station's"):
        _ = issued.key_pem


def test_a_v2g_certificate_has_two_sub_cas_above_it(pki: Pki) -> None:
    csr = signing_request(generate_key(), common_name="SECC1", organization="Example")
    issued = pki.sign_v2g(csr, now=NOW)

    assert issued.chain_pem.count("BEGIN CERTIFICATE") == 3
    assert issued.above == (pki.v2g_sub2.certificate, pki.v2g_sub1.certificate)


def test_a_contract_leads_to_the_operators_root_and_each_part_has_its_status(pki: Pki) -> None:
    issued = pki.contract("DE8AA1A2B3C4D5", now=NOW)
    chain = (issued.certificate, *issued.above)
    verdict = validate_chain(
        issued.certificate,
        above=issued.above,
        roots=[pki.mo.certificate],
        now=NOW,
        usage=Usage.CONTRACT,
    )
    asked = request_data(chain, pki.mo.certificate)
    issuers = (*issued.above, pki.mo.certificate)
    answers = [pki.ocsp_result(each, now=NOW) for each in asked]
    found = [
        check_response(base64.b64decode(answer or ""), certificate, issuer, NOW)
        for answer, certificate, issuer in zip(answers, chain, issuers, strict=True)
    ]

    assert isinstance(verdict, ValidChain)
    assert common_name(issued.certificate) == "DE8AA1A2B3C4D5"
    assert len(asked) == 3
    assert [each.status for each in found if isinstance(each, OcspResult)] == [OcspStatus.GOOD] * 3


def test_a_responder_can_say_that_a_certificate_is_revoked(pki: Pki) -> None:
    issued = pki.contract("DE8AA1A2B3C4D5", now=NOW)
    answer = base64.b64decode(issued.ocsp_result(NOW, ocsp.OCSPCertStatus.REVOKED))
    result = check_response(answer, issued.certificate, issued.issuer.certificate, NOW)

    assert isinstance(result, OcspResult)
    assert result.status is OcspStatus.REVOKED


def test_nothing_is_known_of_a_certificate_of_others(pki: Pki) -> None:
    other = Pki.make(NOW).contract("DE8AA1A2B3C4D5", now=NOW)
    [asked, *_] = request_data((other.certificate, *other.above), other.issuer.certificate)

    assert pki.ocsp_result(asked, now=NOW) is None


def test_a_root_that_succeeds_is_signed_by_the_one_before(tmp_path: Path) -> None:
    pki = Pki.make(NOW)
    pki.write(tmp_path)
    old, new = pki.csms, pki.csms_new
    pki.succeed(NOW + timedelta(seconds=1))
    again = Pki.read(tmp_path)

    new.certificate.verify_directly_issued_by(old.certificate)
    again.csms_new.certificate.verify_directly_issued_by(new.certificate)
    assert again.csms.pem == new.pem
    assert not isinstance(read_root(new.pem, NOW), str)
    assert HashData.from_wire(new.hash_data) != HashData.from_wire(old.hash_data)


def test_what_was_written_is_read_again(pki: Pki, tmp_path: Path) -> None:
    pki.write(tmp_path / "kit")
    again = Pki.read(tmp_path / "kit")

    assert again.v2g_sub2.pem == pki.v2g_sub2.pem
    assert again.contract("DE8AA", now=NOW).chain_pem.count("BEGIN CERTIFICATE") == 3
    assert [path.stat().st_mode & 0o77 for path in (tmp_path / "kit").iterdir()] == [0] * 12


def test_python_takes_chain_and_key_from_one_file(pki: Pki, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for number, issued in enumerate(pki.servers("127.0.0.1", now=NOW)):
        context.load_cert_chain(issued.write(tmp_path / f"{number}.pem"))

    station = pki.csms.client("SN-1", organization="Example", now=NOW)
    context.load_cert_chain(station.write(tmp_path / "station.pem"))
