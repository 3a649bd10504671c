"""What a station does not load until it is needed: gateways run one beside much else."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from ocppkit.csms import CsmsServer
from ocppkit.message import Version

_STATION = """
import asyncio, json, sys
from pathlib import Path
from ocppkit.message import Version
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, StationConfig
from ocppkit.station.settings.behaviour import Storage

async def main(port, version, folder):
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
    print(json.dumps(sorted(sys.modules)))

asyncio.run(main(*sys.argv[1:]))
"""

_AT_NEED = {
    "cattrs": "what is kept, once there is some",
    "decimal": "arithmetic with limits",
    "fractions": "arithmetic with limits",
    "gzip": "message logs",
    "ocppkit.codec.explain": "what breaks the schema",
    "ocppkit.codec.lenient": "what breaks the schema",
    "ocppkit.csms": "the other side",
    "ocppkit.message_log.reader": "diagnostics",
    "ocppkit.smart_charging.composition": "charging profiles, and whoever charges",
    "ocppkit.smart_charging.model": "charging profiles, and whoever charges",
    "ocppkit.station.charging_reckoning": "charging profiles, and whoever charges",
    "ocppkit.station.file_jobs": "firmware, logs and diagnostics",
    "ocppkit.station.settings.reading": "a configuration file",
    "ocppkit.transfer": "firmware, logs and diagnostics",
    "typing_extensions": "cattrs",
    "websockets.asyncio.server": "the other side",
}
_OF_A_FOLDER = {
    "cryptography": "certificates",
    "ocppkit.message_log.log": "message logs",
    "ocppkit.station.v16.security": "certificates and triggers",
}
_OF_16 = {
    "ocppkit.station.v16.local_auth_list": "a local list",
    "ocppkit.station.v16.log_retrieval": "logs",
    "ocppkit.station.v16.reservation": "reservations",
    "ocppkit.station.v16.cost_and_price": "drivers who are shown prices",
    "ocppkit.variable": "typed values",
    "ocppkit.station.v16.smart_charging": "charging profiles",
    "ocppkit.v201.shared": "the other version",
}
_OF_201 = {
    "ocppkit.station.v201.b_reports": "reports",
    "ocppkit.station.v201.b_variables": "variables over the wire",
    "ocppkit.v201.messages.notify_event": "events",
    "ocppkit.v201.messages.notify_report": "reports",
}


@pytest.mark.parametrize("kept", [False, True], ids=["in memory", "on the disk"])
@pytest.mark.parametrize(
    ("version", "own"), [(Version.V16, _OF_16), (Version.V201, _OF_201)], ids=["1.6", "2.0.1"]
)
async def test_a_station_that_has_booted_loads_the_rest_at_need(
    tmp_path: Path, version: Version, own: dict[str, str], *, kept: bool
) -> None:
    folder = str(tmp_path / "state") if kept else ""
    async with CsmsServer(port=0) as csms:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _STATION, str(csms.port), version.value, folder),
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await process.communicate()
    loaded = set(json.loads(told))
    at_need = {**_AT_NEED, **own, **({} if kept else _OF_A_FOLDER)}

    assert "ocppkit.station.charging_limits" in loaded
    assert {name: why for name, why in at_need.items() if name in loaded} == {}
