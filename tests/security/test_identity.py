from __future__ import annotations

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives import serialization

from ocppkit.security import IdentityProblem, common_name_problem, station_certificate_problem
from ocppkit.security.pem import read_certificates

from .pki import CSO, SERIAL, Holder, new_root

ROOT = new_root()


def problem(holder: Holder | None) -> IdentityProblem | None:
    der = None
    if holder is not None:
        der = holder.certificate.public_bytes(serialization.Encoding.DER)
    return station_certificate_problem(der, serial_number=SERIAL, organization=CSO)


@pytest.mark.requirement("A00.FR.404", "1.6-SEC A00.FR.404")
@pytest.mark.requirement("A00.FR.405", "1.6-SEC A00.FR.405")
def test_a_certificate_belongs_to_one_station_of_one_organization() -> None:
    assert problem(ROOT.issue(SERIAL)) is None
    assert problem(ROOT.issue(SERIAL.lower())) is None
    assert problem(ROOT.issue("CS-00012")) is IdentityProblem.OTHER_STATION
    other = ROOT.issue(SERIAL, organization="Example Charging of Elsewhere")
    assert problem(other) is IdentityProblem.OTHER_ORGANIZATION
    assert problem(ROOT.issue(SERIAL, organization=None)) is IdentityProblem.OTHER_ORGANIZATION


def test_what_is_no_certificate_belongs_to_nobody() -> None:
    assert problem(None) is IdentityProblem.NO_CERTIFICATE
    unreadable = station_certificate_problem(b"\x30\x00", serial_number=SERIAL, organization=CSO)
    assert unreadable is IdentityProblem.UNREADABLE


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09"),  # a version that does not exist
        (b"\x55\x04\x03\x0c", b"\x55\x04\x03\x03"),  # a common name that is no text
    ],
)
def test_a_certificate_with_a_broken_part_is_unreadable(right: bytes, wrong: bytes) -> None:
    der = ROOT.issue(SERIAL).certificate.public_bytes(serialization.Encoding.DER)
    broken = der.replace(right, wrong)
    pem = f"-----BEGIN CERTIFICATE-----\n{b64encode(broken).decode()}\n-----END CERTIFICATE-----"

    found = station_certificate_problem(broken, serial_number=SERIAL, organization=CSO)

    assert broken != der
    assert found is IdentityProblem.UNREADABLE
    with pytest.raises(ValueError, match="no certificate that can be used"):
        read_certificates(pem)


@pytest.mark.requirement("A00.FR.511", "1.6-SEC A00.FR.511")
@pytest.mark.parametrize("name", ["192.0.2.7", "2001:db8::7", "https://csms.example.com"])
def test_a_station_is_not_called_like_a_host(name: str) -> None:
    assert common_name_problem(name) is IdentityProblem.LOOKS_LIKE_A_HOST
    assert problem(ROOT.issue(name)) is IdentityProblem.LOOKS_LIKE_A_HOST
