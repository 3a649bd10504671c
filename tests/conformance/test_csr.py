"""The checks of requests to sign a certificate."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from ocppkit.conformance.csr import fit_csr
from ocppkit.security.keys import KeyKind, generate_key, signing_request
from ocppkit.v201 import SignCertificateRequest


def request(kind: KeyKind = KeyKind.ECDSA_P256, name: str = "SN-1") -> str:
    return signing_request(generate_key(kind), common_name=name, organization="Example")


def by(key: Any, digest: hashes.SHA256 | None = None) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SN-1")])
    built = x509.CertificateSigningRequestBuilder().subject_name(name)
    return built.sign(key, digest).public_bytes(serialization.Encoding.PEM).decode()


def found(csr: str, **more: Any) -> list[str]:
    check = fit_csr(**more)
    return [f"{each.path}: {each.expected}" for each in check(SignCertificateRequest(csr=csr))]


@pytest.mark.parametrize("kind", [KeyKind.ECDSA_P256, KeyKind.ECDSA_P384, KeyKind.RSA_2048])
def test_a_good_request_is_good(kind: KeyKind) -> None:
    assert found(request(kind)) == []


def test_an_edwards_curve_is_long_enough_but_not_for_evs() -> None:
    csr = by(ed25519.Ed25519PrivateKey.generate())

    assert found(csr) == []
    assert found(csr, v2g=True) == ["key: an elliptic curve"]


def test_a_short_key_is_told() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  # on purpose
    short = by(key, hashes.SHA256())
    curve = by(ec.generate_private_key(ec.SECP224R1()), hashes.SHA256())

    assert found(short) == ["key: at least 2048 bits"]
    assert found(curve) == []
    assert found(curve, v2g=True) == ["key: at least 256 bits"]


def test_evs_take_elliptic_curves_only() -> None:
    assert found(request(), v2g=True) == []
    assert found(request(KeyKind.RSA_2048), v2g=True) == ["key: an elliptic curve"]


def test_the_common_name_has_to_hold_what_is_wanted() -> None:
    csr = request(name="DE*SECC1")

    assert found(csr, common_name="SECC1") == []
    assert found(csr, common_name="SECC2") == ["csr: CN: SECC2 in it"]


@pytest.mark.parametrize(
    "csr", ["", "nonsense", "-----BEGIN CERTIFICATE REQUEST-----", f"{request()}{request()}"]
)
def test_what_is_not_one_request_in_pem_is_told(csr: str) -> None:
    assert found(csr) == ["csr: one request in PEM"]


def test_what_is_no_request_inside_is_told() -> None:
    begin, end = "-----BEGIN CERTIFICATE REQUEST-----", "-----END CERTIFICATE REQUEST-----"

    assert found(f"{begin}\nMAA=\n{end}\n") == ["csr: a request as RFC 2986 has it"]


def test_a_signature_by_another_key_is_told() -> None:
    lines = request().splitlines()
    last = lines[-2]
    lines[-2] = last[:4] + ("AAAA" if last[4:8] != "AAAA" else "BBBB") + last[8:]

    assert found("\n".join(lines)) == ["csr: a signature by its key"]
