"""What a station does not load until it is needed: gateways run one beside much else."""

from __future__ import annotations

import asyncio
import json
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from ocppkit.csms import CsmsServer
from ocppkit.message import Version

_STATION = """
import asyncio, json, sys
from pathlib import Path
from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import ChargingStation, IdToken, StationConfig
from ocppkit.station.settings.behaviour import Storage

TOKEN = IdToken("04E1A2B3")

async def charge(station, hardware, ends):
    evse, changed = station.evse(1), asyncio.Event()
    station.changes.subscribe(lambda _: changed.set())

    async def until(condition):
        while not condition():
            await changed.wait()
            changed.clear()

    await hardware.arrive(SimulatedEv(start_delay=0.0))
    await evse.token_presented(TOKEN)
    await until(lambda: evse.energized)
    if not ends:
        return
    await evse.token_presented(TOKEN)
    await hardware.depart()
    await until(lambda: evse.transaction is None)
    await station.wait_delivered()

async def main(port, version, folder, charges):
    config = StationConfig(
        identity="CS001",
        csms_url=f"ws://127.0.0.1:{port}",
        versions=(Version(version),),
        storage=Storage(state_dir=Path(folder) if folder else None),
    )
    hardware = SimulatedHardware()
    async with ChargingStation(config, hardware=hardware) as station:
        hardware.attach(station)
        async with asyncio.timeout(60):
            await station.wait_online()
            if charges:
                await charge(station, hardware, ends=charges == "whole")
    print(json.dumps(sorted(sys.modules)))

asyncio.run(main(*sys.argv[1:]))
"""
_COMMAND = """
import json, sys
from ocppkit.cli.main import main

try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""

_NEVER = {
    "cattrs": "what goes beside the library's own converters",
    "cryptography": "certificates and keys, once there are some",
    "gzip": "message logs",
    "ocppkit.codec.explain": "what breaks the schema",
    "ocppkit.codec.lenient": "what breaks the schema",
    "ocppkit.csms": "the other side",
    "ocppkit.message_log.reader": "diagnostics",
    "ocppkit.security.chain": "certificates, once there are some",
    "ocppkit.security.ocsp": "certificates, once there are some",
    "ocppkit.security.store": "certificates, once there are some",
    "ocppkit.smart_charging.composition": "composite schedules",
    "ocppkit.smart_charging.validation": "charging profiles",
    "ocppkit.station.certificate_management": "certificates over the wire",
    "ocppkit.station.certificate_signing": "certificates to renew",
    "ocppkit.station.file_jobs": "firmware, logs and diagnostics",
    "ocppkit.station.v16.security": "certificates and triggers",
    "ocppkit.station.v201.m_certificates": "certificates over the wire",
    "ocppkit.transfer": "firmware, logs and diagnostics",
    "typing_extensions": "cattrs",
    "websockets.asyncio.server": "the other side",
}
_OF_CHARGING = {
    "decimal": "arithmetic with limits",
    "fractions": "arithmetic with limits",
    "ocppkit.smart_charging.model": "charging profiles, and whoever charges",
    "ocppkit.station.charging_reckoning": "charging profiles, and whoever charges",
}
_OF_A_FILE = {
    "ocppkit.station.settings.reading": "a configuration file",
}
_OF_A_FOLDER = {"ocppkit.message_log.log": "message logs"}
_OF_16 = {
    "ocppkit.station.v16.local_auth_list": "a local list",
    "ocppkit.station.v16.log_retrieval": "logs",
    "ocppkit.station.v16.reservation": "reservations",
    "ocppkit.station.v16.smart_charging": "charging profiles",
    "ocppkit.v201.shared": "the other version",
}
_OF_DRIVERS_16 = {
    "ocppkit.station.v16.cost_and_price": "drivers who are shown prices",
    "ocppkit.variable": "typed values",
}
_OF_201 = {
    "ocppkit.station.v201.b_reports": "reports",
    "ocppkit.station.v201.b_variables": "variables over the wire",
    "ocppkit.v201.messages.notify_event": "events",
    "ocppkit.v201.messages.notify_report": "reports",
}
_OF_NO_ENTRIES = {
    "ocppkit.station.settings.writing": "a file to start from",
    "ocppkit.v16.configuration": "keys in the file",
    "ocppkit.v201.device_model": "variables in the file",
}


async def _loaded(*arguments: str, charges: str = "") -> set[str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _STATION, *arguments, charges),
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    return set(json.loads(told))


def _too_early(loaded: set[str], *at_need: dict[str, str]) -> dict[str, str]:
    return {name: why for each in at_need for name, why in each.items() if name in loaded}


@pytest.mark.parametrize("kept", [False, True], ids=["in memory", "on the disk"])
@pytest.mark.parametrize(
    ("version", "own"), [(Version.V16, _OF_16), (Version.V201, _OF_201)], ids=["1.6", "2.0.1"]
)
async def test_a_station_that_has_booted_loads_the_rest_at_need(
    tmp_path: Path, version: Version, own: dict[str, str], *, kept: bool
) -> None:
    folder = str(tmp_path / "state") if kept else ""
    async with CsmsServer(port=0) as csms:
        loaded = await _loaded(str(csms.port), version.value, folder)
    drivers = _OF_DRIVERS_16 if version is Version.V16 else {}
    of_a_folder = {} if kept else _OF_A_FOLDER

    assert find_spec("cryptography") is not None
    assert "ocppkit.station.charging_limits" in loaded
    assert _too_early(loaded, _NEVER, _OF_CHARGING, _OF_A_FILE, of_a_folder, own, drivers) == {}


@pytest.mark.parametrize("kept", [False, True], ids=["in memory", "on the disk"])
@pytest.mark.parametrize(
    ("version", "own"), [(Version.V16, _OF_16), (Version.V201, _OF_201)], ids=["1.6", "2.0.1"]
)
async def test_a_transaction_needs_neither_certificates_nor_charging_profiles(
    tmp_path: Path, version: Version, own: dict[str, str], *, kept: bool
) -> None:
    folder = str(tmp_path / "state") if kept else ""
    async with CsmsServer(port=0) as csms:
        loaded = await _loaded(str(csms.port), version.value, folder, charges="whole")

    assert "ocppkit.station.charging_reckoning" in loaded
    assert _too_early(loaded, _NEVER, _OF_A_FILE, own) == {}


@pytest.mark.parametrize("version", list(Version))
async def test_a_restart_in_the_middle_of_a_transaction_needs_no_more(
    tmp_path: Path, version: Version
) -> None:
    """What was kept is read without more than it was written with."""
    folder = str(tmp_path / "state")
    async with CsmsServer(port=0) as csms:
        port = str(csms.port)
        _ = await _loaded(port, version.value, folder, charges="half")
        loaded = await _loaded(port, version.value, folder)

    assert "ocppkit.station.records" in loaded
    assert _too_early(loaded, _NEVER, _OF_A_FILE) == {}


@pytest.mark.parametrize("version", list(Version))
async def test_a_station_of_a_file_that_is_controlled_loads_no_more(
    tmp_path: Path, version: Version
) -> None:
    pytest.importorskip("click")
    file = tmp_path / "station.toml"
    async with CsmsServer(port=0) as csms:
        file.write_text(
            f'[station]\nidentity = "CS001"\n[csms]\nurl = "{csms.url}"\n'
            f'versions = ["{version.value.removeprefix("ocpp")}"]\n',
            encoding="utf-8",
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _COMMAND, "station", str(file)),
            *("--control", "stdio", "--state-dir", str(tmp_path / "state")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        async for line in process.stdout:
            if b'"registration"' in line:
                break
        _, told = await process.communicate(b"")  # the end of the input ends it
    loaded = set(json.loads(told.splitlines()[-1]))

    assert "ocppkit.control.standalone" in loaded
    assert _too_early(loaded, _NEVER, _OF_CHARGING, _OF_NO_ENTRIES) == {}
