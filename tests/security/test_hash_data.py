from __future__ import annotations

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import ocsp
from hypothesis import given, settings
from hypothesis import strategies as st

from ocppkit.security import HashAlgorithm, HashData

from .pki import Holder, new_root

ROOTS = {
    "EC": new_root("Wurzel ✓"),
    "RSA": new_root(key=rsa.generate_private_key(public_exponent=65537, key_size=2048)),
}


def from_ocsp(
    certificate: x509.Certificate, issuer: x509.Certificate, algorithm: HashAlgorithm
) -> tuple[str, str, int]:
    builder = ocsp.OCSPRequestBuilder()
    request = builder.add_certificate(certificate, issuer, algorithm.primitive).build()
    return request.issuer_name_hash.hex(), request.issuer_key_hash.hex(), request.serial_number


@settings(max_examples=40, deadline=None)
@given(
    serial=st.integers(1, 2**159 - 1),
    name=st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=16),
    root=st.sampled_from(sorted(ROOTS)),
    algorithm=st.sampled_from(HashAlgorithm),
)
def test_the_hashes_are_those_of_ocsp(
    serial: int, name: str, root: str, algorithm: HashAlgorithm
) -> None:
    issuer = ROOTS[root].certificate
    certificate = ROOTS[root].issue(name, serial_number=serial).certificate

    data = HashData.of(certificate, issuer, algorithm)

    assert (data.issuer_name_hash, data.issuer_key_hash, int(data.serial_number, 16)) == from_ocsp(
        certificate, issuer, algorithm
    )
    assert not data.serial_number.startswith("0")
    assert HashData.from_wire(data.to_v16()) == data
    assert HashData.from_wire(data.to_v201()) == data


def test_a_root_is_its_own_issuer() -> None:
    root = ROOTS["EC"].certificate

    data = HashData.of(root, root)

    assert data.issuer_name_hash == hashlib.sha256(root.subject.public_bytes()).hexdigest()


@pytest.mark.parametrize(("serial", "written"), [(4095, "fff"), (1, "1"), (2**152, "1" + "0" * 38)])
def test_the_serial_number_has_no_leading_zeros(serial: int, written: str) -> None:
    holder: Holder = ROOTS["EC"].issue("x", serial_number=serial)

    assert HashData.of(holder.certificate, ROOTS["EC"].certificate).serial_number == written


def test_case_and_leading_zeros_make_no_difference() -> None:
    data = HashData.of(
        ROOTS["EC"].issue("x", serial_number=0xABCDE).certificate, ROOTS["EC"].certificate
    )
    sent = data.to_v201()
    sent.issuer_name_hash = sent.issuer_name_hash.upper()
    sent.issuer_key_hash = sent.issuer_key_hash.upper()
    sent.serial_number = "000ABCDE"

    assert HashData.from_wire(sent) == data
