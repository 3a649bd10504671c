from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from ocppkit.security import (
    HashAlgorithm,
    HashData,
    OcspProblem,
    OcspResult,
    OcspStatus,
    check_response,
    decode_result,
    ocsp_request,
    refresh_times,
    request_data,
)
from ocppkit.v201 import OCSPRequestDataType

from .pki import DAY, NOW, Holder, new_root

URL = "http://ocsp.example.com"
RESPONDER = x509.AuthorityInformationAccess(
    [
        x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(URL)
        )
    ]
)
ROOT = new_root("V2G Root")
SUB = ROOT.issue("Sub CA", ca=True, extensions=[(RESPONDER, False)])
LEAF = SUB.issue("NL-CSO-1", extensions=[(RESPONDER, False)])
SIGNER = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])


def respond(
    signer: Holder = SUB,
    *,
    about: Holder = LEAF,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    this_update: datetime = NOW - timedelta(hours=1),
    next_update: datetime | None = NOW + DAY,
    by_name: bool = False,
    enclose: bool = True,
) -> bytes:
    encoding = ocsp.OCSPResponderEncoding
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=about.certificate,
            issuer=SUB.certificate,
            algorithm=hashes.SHA256(),
            cert_status=status,
            this_update=this_update,
            next_update=next_update,
            revocation_time=this_update if revoked else None,
            revocation_reason=None,
        )
        .responder_id(encoding.NAME if by_name else encoding.HASH, signer.certificate)
    )
    if enclose and signer is not SUB:
        builder = builder.certificates([signer.certificate])
    response = builder.sign(signer.key, hashes.SHA256())
    return response.public_bytes(serialization.Encoding.DER)


def check(der: bytes, **changed: Any) -> OcspResult | OcspProblem:
    settings: dict[str, Any] = {
        "certificate": LEAF.certificate,
        "issuer": SUB.certificate,
        "now": NOW,
        **changed,
    }
    return check_response(der, **settings)


def test_an_answer_with_a_broken_certificate_in_it_is_unreadable() -> None:
    signer = SUB.issue("responder", extensions=[(SIGNER, False)])
    right = respond(signer)
    key_usage, basic_constraints = b"\x55\x1d\x0f", b"\x55\x1d\x13"

    broken = right.replace(basic_constraints, key_usage)  # an extension twice

    assert broken != right
    assert check(broken) is OcspProblem.UNREADABLE


def test_a_request_names_the_certificate() -> None:
    request = ocsp.load_der_ocsp_request(ocsp_request(LEAF.certificate, SUB.certificate))

    data = HashData.of(LEAF.certificate, SUB.certificate)
    assert request.issuer_key_hash.hex() == data.issuer_key_hash
    assert request.serial_number == LEAF.certificate.serial_number


@pytest.mark.requirement("M06.FR.06")
def test_each_certificate_of_a_chain_that_names_a_responder_is_asked_about() -> None:
    silent = SUB.issue("without a responder")

    chain = (LEAF.certificate, SUB.certificate)
    first, second = request_data(chain, ROOT.certificate, HashAlgorithm.SHA384)
    (only,) = request_data((silent.certificate, SUB.certificate), ROOT.certificate)

    named = HashData.of(SUB.certificate, ROOT.certificate, HashAlgorithm.SHA384).to_v201()
    assert second == OCSPRequestDataType(
        hash_algorithm=named.hash_algorithm,
        issuer_name_hash=named.issuer_name_hash,
        issuer_key_hash=named.issuer_key_hash,
        serial_number=named.serial_number,
        responder_url=URL,
    )
    assert int(first.serial_number, 16) == LEAF.certificate.serial_number
    assert int(only.serial_number, 16) == SUB.certificate.serial_number


@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize(
    ("said", "status"),
    [
        (ocsp.OCSPCertStatus.GOOD, OcspStatus.GOOD),
        (ocsp.OCSPCertStatus.REVOKED, OcspStatus.REVOKED),
        (ocsp.OCSPCertStatus.UNKNOWN, OcspStatus.UNKNOWN),
    ],
)
def test_what_the_issuer_says_counts(
    said: ocsp.OCSPCertStatus, status: OcspStatus, by_name: bool
) -> None:
    result = check(respond(status=said, by_name=by_name))

    assert result == OcspResult(
        status=status, this_update=NOW - timedelta(hours=1), good_until=NOW + DAY
    )


@pytest.mark.parametrize("key", ["EC", "RSA"])
def test_what_a_responder_of_the_issuer_says_counts(key: str) -> None:
    made = None
    if key == "RSA":
        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    responder = SUB.issue("Responder", extensions=[(SIGNER, False)], key=made)

    result = check(respond(responder))

    assert isinstance(result, OcspResult)


@pytest.mark.parametrize(
    "responder",
    [
        SUB.issue("Not appointed"),
        SUB.issue("Expired", extensions=[(SIGNER, False)], not_after=NOW - DAY / 2),
        ROOT.issue("Of another CA", extensions=[(SIGNER, False)]),
    ],
)
def test_what_anyone_else_says_does_not(responder: Holder) -> None:
    assert check(respond(responder)) is OcspProblem.UNTRUSTED


def test_a_responder_that_does_not_show_its_certificate_is_not_trusted() -> None:
    responder = SUB.issue("Responder", extensions=[(SIGNER, False)])

    assert check(respond(responder, enclose=False)) is OcspProblem.UNTRUSTED


def test_a_forged_signature_is_found() -> None:
    der = bytearray(respond())
    der[-1] ^= 1

    assert check(bytes(der)) is OcspProblem.BROKEN_SIGNATURE


@pytest.mark.parametrize(
    ("times", "problem"),
    [
        ({"this_update": NOW + DAY, "next_update": NOW + 2 * DAY}, OcspProblem.NOT_YET_VALID),
        ({"this_update": NOW - 2 * DAY, "next_update": NOW - DAY}, OcspProblem.EXPIRED),
        ({"this_update": NOW - 8 * DAY, "next_update": None}, OcspProblem.EXPIRED),
    ],
)
def test_an_answer_has_its_time(times: dict[str, Any], problem: OcspProblem) -> None:
    assert check(respond(**times)) is problem


def test_small_differences_of_the_clocks_do_not_matter() -> None:
    ahead = respond(this_update=NOW + timedelta(minutes=1))

    assert isinstance(check(ahead), OcspResult)


def test_an_answer_about_another_certificate_is_no_answer() -> None:
    assert check(respond(about=SUB.issue("Other"))) is OcspProblem.OTHER_CERTIFICATE


def test_what_is_no_answer_is_told() -> None:
    refused = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)

    assert check(b"nonsense") is OcspProblem.UNREADABLE
    assert check(refused.public_bytes(serialization.Encoding.DER)) is OcspProblem.NO_ANSWER


def test_the_result_of_the_csms_is_base64() -> None:
    der = respond()
    text = base64.encodebytes(der).decode()

    assert decode_result(text) == der
    assert decode_result("§") is None


@pytest.mark.requirement("M06.FR.10")
def test_an_answer_is_refreshed_at_half_its_time_and_at_least_once_a_week() -> None:
    def result(good_for: timedelta) -> OcspResult:
        return OcspResult(status=OcspStatus.GOOD, this_update=NOW, good_until=NOW + good_for)

    results = {
        "short": (result(2 * DAY), NOW),
        "long": (result(100 * DAY), NOW),
        "past": (result(-DAY), NOW),
    }

    assert refresh_times(results, NOW) == (frozenset({"past"}), NOW + DAY)
    assert refresh_times(results, NOW + DAY) == (
        frozenset({"past", "short"}),
        NOW + 7 * DAY,
    )
    assert refresh_times({}, NOW) == (frozenset(), None)
