from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from ocppkit.security import ChainProblem, ChainReason, Usage, ValidChain, validate_chain
from ocppkit.security.chain import is_issued_by

from .pki import CSO, DAY, NOW, SERIAL, Holder, build, new_key, new_root, subject

ROOT = new_root()
SUB1 = ROOT.issue("Sub CA 1", ca=True)
SUB2 = SUB1.issue("Sub CA 2", ca=True, path_length=0)


def judge(holder: Holder, **changed: Any) -> ValidChain | ChainProblem:
    settings: dict[str, Any] = {
        "above": holder.above,
        "roots": [ROOT.certificate],
        "now": NOW,
        "usage": Usage.TLS_CLIENT,
        **changed,
    }
    return validate_chain(holder.certificate, **settings)


def reason(holder: Holder, **changed: Any) -> ChainReason:
    problem = judge(holder, **changed)
    assert isinstance(problem, ChainProblem), problem
    return problem.reason


@pytest.mark.requirement("A00.FR.308", "1.6-SEC A00.FR.307")
def test_a_chain_up_to_a_root_is_valid_in_whatever_order_it_comes() -> None:
    leaf = SUB2.issue(SERIAL)
    stranger = new_root("Stranger").certificate

    above = [ROOT.certificate, SUB1.certificate, stranger, SUB2.certificate]
    judged = judge(leaf, above=above, name=SERIAL.lower())

    assert isinstance(judged, ValidChain)
    assert judged.chain == (leaf.certificate, SUB2.certificate, SUB1.certificate)
    assert judged.root == ROOT.certificate


def test_a_ca_that_is_trusted_itself_ends_the_chain() -> None:
    judged = judge(SUB2.issue(SERIAL), roots=[SUB1.certificate])

    assert isinstance(judged, ValidChain)
    assert judged.root == SUB1.certificate


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOW + 366 * DAY, ChainReason.EXPIRED),
        (NOW - 2 * DAY, ChainReason.NOT_YET_VALID),
    ],
)
def test_the_time_counts(at: Any, expected: ChainReason) -> None:
    assert reason(SUB2.issue(SERIAL), now=at) is expected


def test_an_expired_ca_is_named() -> None:
    old = ROOT.issue("Old CA", ca=True, not_after=NOW - DAY / 2)

    problem = judge(old.issue(SERIAL))

    assert str(problem) == f"O={CSO},CN=Old CA: it has expired"


def test_a_chain_to_another_root_is_not_trusted() -> None:
    other = new_root("Other Root")

    assert reason(other.issue(SERIAL)) is ChainReason.UNKNOWN_ROOT
    assert reason(SUB2.issue(SERIAL), above=[]) is ChainReason.UNKNOWN_ROOT
    assert reason(ROOT.issue(SERIAL), roots=[]) is ChainReason.UNKNOWN_ROOT


def test_a_root_of_the_same_name_does_not_make_a_signature_whole() -> None:
    impostor = new_root("CSO Root")

    assert reason(impostor.issue(SERIAL)) is ChainReason.BROKEN_SIGNATURE


def test_a_self_signed_certificate_is_not_trusted() -> None:
    assert reason(new_root(SERIAL)) is ChainReason.UNKNOWN_ROOT


def test_cas_that_sign_each_other_lead_nowhere() -> None:
    one, two = new_root("One"), new_root("Two")
    one_by_two = build(
        subject("One"),
        one.key.public_key(),
        issuer=subject("Two"),
        signer=two.key,
        ca=True,
    )
    two_by_one = build(
        subject("Two"),
        two.key.public_key(),
        issuer=subject("One"),
        signer=one.key,
        ca=True,
    )

    leaf = one.issue(SERIAL)

    assert reason(leaf, above=[one_by_two, two_by_one]) is ChainReason.UNKNOWN_ROOT


def test_what_is_no_ca_may_not_sign() -> None:
    station = ROOT.issue("CS-0666")
    unsigning = ROOT.issue("CA", ca=True, usage=["crl_sign"])

    assert reason(station.issue(SERIAL)) is ChainReason.WRONG_USAGE
    assert reason(unsigning.issue(SERIAL)) is ChainReason.WRONG_USAGE


def test_a_ca_is_no_certificate_of_a_station() -> None:
    assert reason(SUB1) is ChainReason.WRONG_USAGE


def test_the_path_length_of_a_ca_is_kept() -> None:
    below = SUB2.issue("Sub CA 3", ca=True)

    assert reason(below.issue(SERIAL)) is ChainReason.TOO_LONG


def test_a_chain_may_be_limited() -> None:
    assert reason(SUB2.issue(SERIAL), max_path=3) is ChainReason.TOO_LONG
    assert isinstance(judge(SUB2.issue(SERIAL), max_path=4), ValidChain)


@pytest.mark.requirement("A00.FR.502", "1.6-SEC A00.FR.502")
@pytest.mark.requirement("A00.FR.503", "1.6-SEC A00.FR.503")
def test_a_small_key_is_too_weak() -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  # refused

    assert reason(ROOT.issue(SERIAL, key=small)) is ChainReason.WEAK_KEY


@pytest.mark.requirement("1.6-SEC A00.FR.512", "A00.FR.512")
def test_the_key_usage_counts() -> None:
    leaf = ROOT.issue(SERIAL, usage=["key_encipherment"])

    assert reason(leaf) is ChainReason.WRONG_USAGE
    assert isinstance(judge(leaf, usage=Usage.TLS_SERVER), ValidChain)


def test_an_extended_key_usage_counts_where_there_is_one() -> None:
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    leaf = ROOT.issue(SERIAL, extensions=[(server, False)])

    assert reason(leaf) is ChainReason.WRONG_USAGE
    assert isinstance(judge(leaf, usage=Usage.TLS_SERVER), ValidChain)


def test_what_is_critical_and_not_understood_is_refused() -> None:
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")

    assert reason(ROOT.issue(SERIAL, extensions=[(unknown, True)])) is ChainReason.WRONG_USAGE
    assert isinstance(judge(ROOT.issue(SERIAL, extensions=[(unknown, False)])), ValidChain)


def test_a_revoked_certificate_anywhere_below_the_root_is_refused() -> None:
    leaf = SUB1.issue(SERIAL)

    def revoked(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        return (certificate, issuer) == (SUB1.certificate, ROOT.certificate)

    assert reason(leaf, is_revoked=revoked) is ChainReason.REVOKED


def test_another_name_is_refused() -> None:
    assert reason(ROOT.issue("CS-0002"), name=SERIAL) is ChainReason.WRONG_NAME


def test_a_valid_way_is_found_where_another_is_not() -> None:
    renewed = build(
        subject("Sub CA 1"), SUB1.key.public_key(), issuer=subject("CSO Root"),
        signer=ROOT.key, ca=True, not_after=NOW - DAY / 2,
    )  # fmt: skip
    leaf = SUB1.issue(SERIAL)

    judged = judge(leaf, above=[renewed, SUB1.certificate])

    assert isinstance(judged, ValidChain)


def test_cas_that_all_signed_one_another_do_not_cost_the_station_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = new_key()
    twins = [
        build(subject("Twin"), key.public_key(), issuer=subject("Twin"), signer=key, ca=True)
        for _ in range(16)
    ]
    leaf = Holder(certificate=twins[0], key=key).issue(SERIAL)

    checks: list[None] = []

    def counted(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        checks.append(None)
        assert len(checks) < 200, "too many signatures are checked"
        return is_issued_by(certificate, issuer)

    monkeypatch.setattr("ocppkit.security.chain.is_issued_by", counted)

    assert reason(leaf, above=twins) is ChainReason.UNKNOWN_ROOT


@pytest.mark.parametrize("extended", [[], [ExtendedKeyUsageOID.CODE_SIGNING]])
def test_a_contract_may_say_anything_of_extended_use(extended: list[Any]) -> None:
    extensions = [(x509.ExtendedKeyUsage(extended), False)] if extended else []
    contract = SUB2.issue("DE8AAC12345678", extensions=extensions)

    assert isinstance(judge(contract, usage=Usage.CONTRACT), ValidChain)


def test_a_contract_signs_and_is_no_ca() -> None:
    encrypts = SUB2.issue("DE8AAC12345678", usage=["key_encipherment"])

    assert reason(encrypts, usage=Usage.CONTRACT) is ChainReason.WRONG_USAGE
    assert reason(SUB1, usage=Usage.CONTRACT) is ChainReason.WRONG_USAGE
