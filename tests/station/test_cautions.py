"""What a configuration asks for in vain is said, and not promised to the CSMS."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station import file_clients
from ocppkit.station.cautions import cautions
from ocppkit.station.settings import parse
from ocppkit.station.settings.behaviour import Protocol
from ocppkit.station.settings.mistakes import dotted

BASE = '[station]\nidentity = "CS001"\n[csms]\nurl = "ws://localhost"\n'


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where no extra is installed."""
    monkeypatch.setattr("ocppkit.station.file_clients.find_spec", lambda _: None)
    monkeypatch.setattr("ocppkit.station.cautions.find_spec", lambda _: None)


def said(more: str = "", folder: Path | None = None) -> dict[str, str]:
    config = parse(BASE + more, folder=folder).config()
    return {dotted(each.path): each.message for each in cautions(config)}


def test_nothing_is_said_of_a_file_without_anything_in_vain() -> None:
    assert said() == {}


@pytest.mark.usefixtures("plain")
def test_without_the_extra_protocols_are_left_out_and_the_extra_is_named() -> None:
    assert file_clients.usable(Protocol) == (Protocol.FTP, Protocol.FTPS)
    assert said('[transfer]\nprotocols = ["HTTPS", "HTTP"]\n') == {
        "transfer.protocols": "HTTPS, HTTP need ocppkit[transfer], which is not installed"
    }
    assert said('[transfer]\nprotocols = ["FTP", "SFTP"]\n')["transfer.protocols"].startswith(
        "SFTP needs ocppkit[transfer]"
    )


@pytest.mark.usefixtures("plain")
def test_without_the_extra_nothing_is_said_of_protocols_that_nobody_asked_for() -> None:
    assert said() == {}


@pytest.mark.parametrize("name", ["csms_ca", "manufacturer_ca", "v2g_ca", "mo_ca", "own"])
def test_a_folder_that_is_not_there_or_holds_no_certificate_is_named(
    tmp_path: Path, name: str
) -> None:
    setting = f'[certificates]\n{name} = "roots"\n'
    missing = said(setting, tmp_path)
    (tmp_path / "roots").mkdir()
    empty = said(setting, tmp_path)

    assert missing == {f"certificates.{name}": f"there is no folder {tmp_path / 'roots'}"}
    assert empty == {
        f"certificates.{name}": f"there is no certificate to use in {tmp_path / 'roots'}"
    }


def test_keys_of_sftp_servers_that_are_not_there_are_named(tmp_path: Path) -> None:
    setting = '[transfer]\nprotocols = ["SFTP"]\nknown_hosts = "hosts"\n'

    assert said(setting, tmp_path) == {
        "transfer.known_hosts": f"there is no file {tmp_path / 'hosts'}"
    }


PNC = "[v16.configuration]\nISO15118PnCEnabled = true\n"


@pytest.mark.usefixtures("plain")
def test_plug_and_charge_and_checked_firmware_need_the_extra(tmp_path: Path) -> None:
    found = said(PNC)
    roots = said('[certificates]\nmanufacturer_ca = "roots"\n', tmp_path)

    assert "needs ocppkit[security]" in found["v16.configuration.ISO15118PnCEnabled"]
    assert "needs ocppkit[security]" in roots["certificates.manufacturer_ca"]


def test_plug_and_charge_without_a_place_is_named(tmp_path: Path) -> None:
    placed = f'[storage]\nstate_dir = "{tmp_path}"\n'

    assert "without storage.state_dir" in said(PNC)["v16.configuration.ISO15118PnCEnabled"]
    assert said(placed + PNC) == {}


@pytest.mark.requirement("1.6 errata 3.90", "1.6 key SupportedFileTransferProtocols")
@pytest.mark.usefixtures("plain")
async def test_a_station_tells_the_protocols_that_it_has_and_refuses_the_others(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    date = "2026-01-01T00:00:00Z"
    url = "https://files.example/x"
    async with world(Version.V16).running() as station:
        keys = await station.call("GetConfiguration", key=["SupportedFileTransferProtocols"])
        update = await station.call("UpdateFirmware", location=url, retrieveDate=date)
        diagnostics = await station.call("GetDiagnostics", location=url)
        log = await station.call(
            "GetLog", logType="SecurityLog", requestId=1, log={"remoteLocation": url}
        )
        await station.advance(60)
        told = station.actions()

    assert keys["configurationKey"][0]["value"] == "FTPS,FTP"
    assert (update, diagnostics, log) == ("NotSupported", "NotSupported", {"status": "Rejected"})
    assert "FirmwareStatusNotification" not in told
    assert "DiagnosticsStatusNotification" not in told
    assert "HTTPS needs ocppkit[transfer]" in caplog.text
    assert "transfer.protocols" not in caplog.text


async def test_a_station_that_cannot_do_plug_and_charge_does_not_claim_it(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocppkit.station.contracting.find_spec", lambda _: None)
    told = parse(BASE + PNC).v16.configuration
    async with world(Version.V16, configuration=told).running() as station:
        answer = await station.call("GetConfiguration", key=["ISO15118PnCEnabled"])

    assert answer == {"unknownKey": ["ISO15118PnCEnabled"]}
