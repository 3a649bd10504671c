"""Passwords, names and certificates of any kind are taken, or refused as is written down."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from hypothesis import strategies as st

from ocppkit import v16, v201
from ocppkit.message import Version
from ocppkit.security import (
    HashData,
    KeyKind,
    Secret,
    Usage,
    check_response,
    check_signed,
    common_name_problem,
    decode_result,
    generate_key,
    key_from_hex,
    key_to_pem,
    password_from_text,
    read_key,
    read_root,
    security_profile,
    signing_request,
    station_certificate_problem,
)
from ocppkit.security.pem import read_certificates

from ..security.pki import DAY, NOW, new_root
from .attempt import attempted
from .conftest import Look
from .garbage import mutated_text, octets, texts

# The reader bears with what RFC 5280 forbids, and says so.
pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")

_ROOT = new_root("Root")
_LEAF = _ROOT.issue("CS-0001")
_DER = serialization.Encoding.DER
_KEY = generate_key(KeyKind.ECDSA_P256)


@cache
def der() -> st.SearchStrategy[bytes]:
    """Certificates whose octets were tampered with."""
    right = _LEAF.certificate.public_bytes(_DER)
    return tampered(right) | tampered(_ROOT.certificate.public_bytes(_DER)) | octets()


@st.composite
def tampered(draw: Callable[[st.SearchStrategy[Any]], Any], right: bytes) -> bytes:
    """Octets with one to four of them changed, or some left out."""
    wrong = bytearray(right)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(wrong) - 1))
        wrong[at] = draw(st.integers(0, 255))
    cut = draw(st.sampled_from([0, 0, 0, 1, 40]))
    return bytes(wrong[: len(wrong) - cut])


def pem_of(octets: bytes, label: str = "CERTIFICATE") -> str:
    body = base64.encodebytes(octets).decode()
    return f"-----BEGIN {label}-----\n{body}-----END {label}-----\n"


def pem() -> st.SearchStrategy[str]:
    """Texts that look like a chain, more or less."""
    return st.one_of(
        der().map(pem_of),
        st.lists(der().map(pem_of), max_size=3).map("".join),
        mutated_text(st.just(_LEAF.chain_pem)),
        texts(),
    )


def test_passwords_and_keys_of_any_kind_are_refused_without_being_told(look: Look) -> None:
    def is_judged(text: str, length: int) -> None:
        for read in (key_from_hex, partial(password_from_text, max_length=length)):
            found = attempted(ValueError, partial(read, text))

            assert len(text) < 8 or text not in f"{found} {found!r}"

    look(is_judged, texts() | st.text(min_size=15, max_size=66), st.integers(30, 70), count=60)


def test_names_and_numbers_of_any_kind_are_taken_or_refused(look: Look) -> None:
    def is_judged(name: str, number: int, version: Version) -> None:
        common_name_problem(name)
        attempted(ValueError, lambda: security_profile(number, version))
        attempted(
            ValueError,
            lambda: signing_request(
                _KEY, common_name=name, organization=name, country=name, domain_component=name
            ),
        )

    look(is_judged, texts(), st.integers(-2, 5), st.sampled_from(list(Version)), count=80)


def test_any_hash_data_names_something_or_nothing(look: Look) -> None:
    def is_taken(name: str, key: str, serial: str, algorithm: str) -> None:
        data = HashData.from_wire(
            v201.CertificateHashDataType(
                hash_algorithm=v201.HashAlgorithmEnumType(algorithm),
                issuer_name_hash=name,
                issuer_key_hash=key,
                serial_number=serial,
            )
        )

        assert HashData.from_wire(data.to_v201()) == data
        assert HashData.from_wire(data.to_v16()) == data
        assert data != HashData.of(_LEAF.certificate, _ROOT.certificate)

    look(
        is_taken,
        texts(),
        texts(),
        texts(),
        st.sampled_from(list(v16.HashAlgorithmEnumType)),
        count=80,
    )


def test_any_text_is_a_chain_or_is_refused(look: Look) -> None:
    def is_judged(text: str) -> None:
        read_root(text, NOW)
        check_signed(
            text,
            requested=_LEAF.certificate.public_key(),
            roots=[_ROOT.certificate],
            now=NOW,
            usage=Usage.TLS_CLIENT,
            common_name="CS-0001",
            organization=None,
        )
        certificates = attempted(ValueError, lambda: read_certificates(text))
        if not isinstance(certificates, ValueError):
            for certificate in certificates:
                HashData.of(certificate, certificate)

    look(is_judged, pem(), count=80)


def test_any_octets_are_a_certificate_or_are_refused(look: Look) -> None:
    def is_judged(octets: bytes) -> None:
        problem = station_certificate_problem(
            octets, serial_number="CS-0001", organization="Example Charging"
        )

        assert problem is None or problem.value

    look(is_judged, der(), count=80)


def test_any_octets_are_an_answer_of_ocsp_or_are_refused(look: Look) -> None:
    def is_judged(octets: bytes) -> None:
        assert check_response(octets, _LEAF.certificate, _ROOT.certificate, NOW) is not None

    look(is_judged, octets() | tampered(_answer()), count=60)


def test_any_text_is_base64_or_none(look: Look) -> None:
    def is_judged(text: str) -> None:
        found = decode_result(text)

        assert found is None or base64.b64encode(found).decode() == "".join(text.split())

    look(is_judged, texts() | octets().map(lambda data: base64.b64encode(data).decode()), count=80)


def test_any_octets_are_a_private_key_or_are_refused(look: Look) -> None:
    right = key_to_pem(_KEY, None)
    octets_of_key = _KEY.private_bytes(
        _DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )

    def is_judged(octets: bytes, passphrase: Secret | None) -> None:
        attempted(ValueError, lambda: read_key(octets, passphrase))

    broken = tampered(octets_of_key).map(lambda octets: pem_of(octets, "PRIVATE KEY").encode())
    look(
        is_judged,
        broken | octets() | tampered(right),
        st.none() | st.just(Secret(b"word")),
        count=80,
    )


def _answer() -> bytes:
    """An answer of a responder, about the certificate."""
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=_LEAF.certificate,
        issuer=_ROOT.certificate,
        algorithm=hashes.SHA256(),
        cert_status=ocsp.OCSPCertStatus.GOOD,
        this_update=NOW,
        next_update=NOW + DAY,
        revocation_time=None,
        revocation_reason=None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, _ROOT.certificate)
    return builder.sign(_ROOT.key, hashes.SHA256()).public_bytes(_DER)
