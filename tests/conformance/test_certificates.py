"""What is laid out for a station under test, and for the kit."""

from __future__ import annotations

import ssl
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ocppkit.conformance.certificates import LaidOut, lay_out
from ocppkit.conformance.pki import Pki
from ocppkit.conformance.settings import read_settings
from ocppkit.security import Usage, ValidChain, common_name, read_own, read_roots, validate_chain
from ocppkit.security.pem import read_certificates
from ocppkit.station.settings import load

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def laid_out(tmp_path: Path) -> LaidOut:
    return lay_out(
        tmp_path / "made", identity="CS001", host="127.0.0.1", now=NOW, serial_number="SN-1"
    )


def test_the_stations_certificate_is_valid_and_its_key_fits(laid_out: LaidOut) -> None:
    [shown] = read_own(laid_out.chain.parent)
    [root] = read_roots(laid_out.roots["csms"].parent)
    certificate, *above = read_certificates(shown.chain.read_text())
    verdict = validate_chain(
        certificate,
        above=above,
        roots=read_certificates(root),
        now=NOW,
        usage=Usage.TLS_CLIENT,
        name="SN-1",
    )
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(shown.chain, shown.key)

    assert isinstance(verdict, ValidChain)
    assert common_name(certificate) == "SN-1"
    assert laid_out.key.stat().st_mode & 0o77 == 0


@pytest.mark.parametrize("profile", [1, 2, 3])
def test_the_kit_is_told_where_its_authority_is(laid_out: LaidOut, profile: int) -> None:
    settings = read_settings(laid_out.settings[profile])

    assert settings.security_profile == profile
    assert settings.identity == "CS001"
    assert settings.authority is not None
    assert Pki.read(settings.authority).csms.pem == laid_out.roots["csms"].read_text()


def test_a_station_of_this_library_takes_the_table(laid_out: LaidOut, tmp_path: Path) -> None:
    path = tmp_path / "station.toml"
    path.write_text(
        '[station]\nidentity = "CS001"\n\n[csms]\nurl = "wss://127.0.0.1:9201"\n'
        f"security_profile = 3\n\n{laid_out.station.read_text()}"
    )
    config = load(path).config()

    assert config.certificates.own == laid_out.chain.parent
    assert config.certificates.csms_ca == laid_out.roots["csms"].parent
    assert set(tomllib.loads(laid_out.station.read_text())) == {"certificates"}


def test_the_serial_number_is_the_identity_unless_it_is_told(tmp_path: Path) -> None:
    made = lay_out(tmp_path, identity="CS001", host="csms.example", now=NOW)

    assert common_name(read_certificates(made.chain.read_text())[0]) == "CS001"


def test_what_cannot_stand_in_a_certificate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="A-label"):
        lay_out(tmp_path, identity="CS001", host="straße.example", now=NOW)
    with pytest.raises(ValueError, match="line"):
        lay_out(tmp_path, identity="CS\n001", host="127.0.0.1", now=NOW)
