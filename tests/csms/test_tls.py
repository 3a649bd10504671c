from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from ocppkit.csms import names_station, tls_from_files
from ocppkit.security import OwnCertificate


@pytest.fixture
def files(tmp_path: Path) -> OwnCertificate:
    leaf = trustme.CA().issue_cert("localhost")
    leaf.cert_chain_pems[0].write_to_path(str(tmp_path / "csms.pem"))
    leaf.private_key_pem.write_to_path(str(tmp_path / "csms.key"))
    return OwnCertificate(chain=tmp_path / "csms.pem", key=tmp_path / "csms.key")


@pytest.mark.parametrize(
    ("profile", "reason"), [(1, "without TLS"), (3, "needs the roots of station certificates")]
)
def test_what_a_profile_lacks_is_told(files: OwnCertificate, profile: int, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        tls_from_files(profile, chain=files.chain, key=files.key)


def test_a_certificate_names_its_station_and_no_other(caplog: pytest.LogCaptureFixture) -> None:
    leaf = trustme.CA().issue_cert("x.invalid", common_name="CS001", organization_name="Ours")
    der = ssl.PEM_cert_to_DER_cert(leaf.cert_chain_pems[0].bytes().decode())

    assert names_station("Ours")("CS001", der)
    assert not names_station("Ours")("CS002", der)
    assert not names_station("Theirs")("CS001", der)
    assert not names_station("Ours")("CS001", None)
    assert "CS002: the certificate belongs to another station" in caplog.text
