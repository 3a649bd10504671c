"""A station's files over a real network, with the roots of its configuration."""

from __future__ import annotations

import os
import shutil
import ssl
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer

from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, StationConfig
from ocppkit.station.diagnostics import Period, log_files, write_diagnostics
from ocppkit.station.file_jobs import transfer_settings
from ocppkit.station.file_place import FilePlace
from ocppkit.station.settings.behaviour import Protocol, Transfer
from ocppkit.station.settings.network import Certificates
from ocppkit.station.settings.reading import parse
from ocppkit.transfer import TransferFailed, UnfitLocation

ONCE = Transfer(retries=0)


def make(roots: Path | None, transfer: Transfer = ONCE) -> ChargingStation:
    config = StationConfig(
        identity="CS001",
        csms_url="ws://127.0.0.1:1",
        certificates=Certificates(csms_ca=roots),
        transfer=transfer,
    )
    return ChargingStation(config, hardware=SimulatedHardware())


async def test_a_file_server_is_trusted_by_the_stations_roots_alone(tmp_path: Path) -> None:
    root, other = trustme.CA(), trustme.CA()
    for name, ca in (("good", root), ("bad", other)):
        (tmp_path / name).mkdir()
        ca.cert_pem.write_to_path(str(tmp_path / name / "root.pem"))
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    root.issue_cert("127.0.0.1").configure_cert(serving)

    async def firmware(_: web.Request) -> web.Response:
        return web.Response(body=b"new")

    app = web.Application()
    app.router.add_get("/f", firmware)
    server = TestServer(app, scheme="https")
    await server.start_server(ssl=serving)
    url = str(server.make_url("/f"))

    async with server:
        good = make(tmp_path / "good").core.files.firmware.transfers
        await good.download(url, tmp_path / "f")
        bad = make(tmp_path / "bad").core.files.firmware.transfers
        with pytest.raises(TransferFailed, match="certificate"):
            await bad.download(url, tmp_path / "g")
        system = make(None).core.files.firmware.transfers
        with pytest.raises(TransferFailed, match="certificate"):
            await system.download(url, tmp_path / "g")

    assert (tmp_path / "f").read_bytes() == b"new"


async def test_a_protocol_that_is_not_configured_is_not_used(tmp_path: Path) -> None:
    station = make(None, Transfer(protocols=(Protocol.FTPS,)))

    with pytest.raises(UnfitLocation, match="http is not among"):
        await station.core.files.logs.transfers.upload(
            tmp_path / "f", "http://127.0.0.1:1/", name="f"
        )


def test_the_keys_of_sftp_servers_and_the_least_throughput_can_be_configured() -> None:
    text = (
        '[station]\nidentity = "CS001"\n[csms]\nurl = "wss://csms.example"\n'
        '[transfer]\nknown_hosts = "keys/known_hosts"\nmin_throughput = 5\n'
    )
    made = transfer_settings(parse(text, folder=Path("/etc/x")).transfer)

    assert (made.known_hosts, made.min_throughput) == (Path("/etc/x/keys/known_hosts"), 5.0)


def test_without_a_place_for_state_files_go_with_the_process() -> None:
    place = FilePlace(None)
    folder = place.folder()
    there = folder.is_dir()
    room = place.room()
    del place

    assert there
    assert room > 0
    assert not folder.exists()


def test_with_a_place_for_state_files_stay_there(tmp_path: Path) -> None:
    assert FilePlace(tmp_path).folder() == tmp_path / "transfer"


def test_what_is_there_of_a_file_counts_as_room_for_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1 << 30))
    place = FilePlace(tmp_path)
    before = place.room()
    (place.folder() / "firmware.bin.part").write_bytes(bytes(1000))
    (place.folder() / "firmware.bin").write_bytes(bytes(30))

    assert before < 1 << 30
    assert place.room() == before + 1000


def test_a_log_of_a_clock_that_was_never_set_goes_into_the_diagnostics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, target = tmp_path / "equipment", tmp_path / "d.zip"
    log.write_bytes(b"written in 1970")
    os.utime(log, (0, 0))
    with monkeypatch.context() as unset:
        unset.setattr(time, "time", lambda: 0.0)
        write_diagnostics(target, state={"a": 1}, equipment_log=log, messages=[], period=Period())

    with zipfile.ZipFile(target) as archive:
        assert archive.read("equipment.log") == b"written in 1970"
        assert archive.read("state.json") == b'{\n  "a": 1\n}'


def test_only_the_station_may_enter_the_folder_of_diagnostics(tmp_path: Path) -> None:
    (tmp_path / "transfer").mkdir(mode=0o755)
    made = FilePlace(tmp_path).folder()

    assert made.stat().st_mode & 0o777 == 0o700


def test_a_log_that_is_turned_over_while_it_is_looked_for_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "messages.jsonl"
    log.write_text("{}")
    monkeypatch.setattr(Path, "is_file", lambda file: file.unlink() or True)

    assert log_files(log, Period()) == []
