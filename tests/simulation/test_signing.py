"""A simulated meter signs with a real key."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ocppkit.simulation import MeterSigner
from ocppkit.station.metering import Occasion

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_the_signature_is_right_and_of_these_values_only() -> None:
    signed = MeterSigner().sign(1234.5678, at=AT, occasion=Occasion.BEGIN)
    form, payload, signature = signed.data.decode().split("|")
    key = load_der_public_key(signed.public_key)
    stated = json.loads(payload)
    made = bytes.fromhex(json.loads(signature)["SD"])

    assert (form, signed.encoding_method) == ("OCMF", "OCMF")
    assert stated["RD"][0]["RV"] == 1234.568
    assert stated["RD"][0]["TM"] == "2026-01-01T12:00:00,000+0000 S"
    assert stated["RD"][0]["TX"] == "B"
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(made, payload.encode(), ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(made, payload.replace("1234", "9").encode(), ec.ECDSA(hashes.SHA256()))


def test_the_same_seed_signs_alike_and_another_does_not() -> None:
    def sign(seed: int) -> bytes:
        return MeterSigner(seed=seed).sign(1, at=AT, occasion=Occasion.END).data

    assert sign(1) == sign(1)
    assert sign(1) != sign(2)


def test_readings_are_counted() -> None:
    signer = MeterSigner()
    data = [signer.sign(1, at=AT, occasion=each).data.decode() for each in Occasion]

    assert ['"PG":"T1"' in data[0], '"PG":"T2"' in data[1], '"PG":"T3"' in data[2]] == [True] * 3
