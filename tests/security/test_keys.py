from __future__ import annotations

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ocppkit.security import KeyKind, Secret, generate_key, read_key, signing_request
from ocppkit.security.keys import key_to_pem
from ocppkit.security.pem import public_bytes


@pytest.mark.requirement("A02.FR.03", "1.6-SEC A02.FR.03")
@pytest.mark.parametrize("kind", [KeyKind.ECDSA_P256, KeyKind.ECDSA_P384, KeyKind.RSA_2048])
@pytest.mark.requirement(
    "1.6-SEC A03.FR.03", "1.6-SEC A00.FR.507", "1.6-SEC A00.FR.509", "1.6-SEC A03.FR.13"
)
def test_a_request_names_the_station_and_is_signed_by_its_key(kind: KeyKind) -> None:
    key = generate_key(kind)

    pem = signing_request(
        key, common_name="CS-0001", organization="CSO", country="NL", domain_component="CPO"
    )

    request = x509.load_pem_x509_csr(pem.encode())
    assert request.is_signature_valid
    assert public_bytes(request.public_key()) == public_bytes(key.public_key())
    assert request.subject.rfc4514_string() == "DC=CPO,C=NL,O=CSO,CN=CS-0001"


@pytest.mark.requirement("1.6-SEC A00.FR.501", "1.6-SEC A00.FR.506")
def test_the_default_is_ecdsa_p_256() -> None:
    key = generate_key()

    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert isinstance(key.curve, ec.SECP256R1)


def test_rsa_keys_have_the_size_that_was_asked_for() -> None:
    key = generate_key(KeyKind.RSA_3072)

    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == 3072


@pytest.mark.parametrize("name", ["", "192.0.2.1", "wss://cs", "x" * 65])
def test_a_name_that_no_station_has_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        signing_request(generate_key(), common_name=name, organization="CSO")


@pytest.mark.parametrize("passphrase", [None, Secret(b"open sesame")])
def test_a_key_is_read_as_it_was_written(passphrase: Secret | None) -> None:
    key = generate_key()

    pem = key_to_pem(key, passphrase)

    assert public_bytes(read_key(pem, passphrase).public_key()) == public_bytes(key.public_key())
    assert (b"ENCRYPTED" in pem) is (passphrase is not None)


@pytest.mark.parametrize("passphrase", [None, Secret(b"wrong")])
def test_another_passphrase_does_not_open_a_key(passphrase: Secret | None) -> None:
    with pytest.raises(ValueError, match="no private key"):
        read_key(key_to_pem(generate_key(), Secret(b"right")), passphrase)


def test_a_key_of_a_curve_that_nobody_knows_is_no_key() -> None:
    known = key_to_pem(generate_key(), None)
    body = base64.b64decode(b"".join(known.splitlines()[1:-1]))
    unknown = body.replace(b"\x2a\x86\x48\xce\x3d\x03\x01\x07", b"\x2a\x86\x48\xce\x3d\x03\x01\x1a")
    pem = b"-----BEGIN PRIVATE KEY-----\n%s-----END PRIVATE KEY-----\n"

    with pytest.raises(ValueError, match="no private key"):
        read_key(pem % base64.encodebytes(unknown), None)
