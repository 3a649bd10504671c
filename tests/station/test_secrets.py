"""What nobody must see is planted, a whole session runs, and everything that it leaves is read."""

from __future__ import annotations

import asyncio
import base64
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from ocppkit import v16, v201
from ocppkit.csms import CsmsServer, tls_from_files
from ocppkit.errors import NegotiationFailed
from ocppkit.message import Side, Version
from ocppkit.message_log import MessageLog
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import ChargingStation, IdToken, StationConfig
from ocppkit.station.connection_events import ConnectionEvent, ConnectionFailed
from ocppkit.station.settings import parse

IDENTITY = "CS001"
PASSWORD, NEXT_PASSWORD = "planted-0a1b2c3d4e5f", "planted-f5e4d3c2b1a0"  # the bait
TOKEN = "PLANTEDTOKEN01234"  # noqa: S105  # the bait


@pytest.fixture
def spoken(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Every logger says all it can."""
    with caplog.at_level(logging.DEBUG):
        for name in ("websockets", "ocppkit", "asyncio"):
            caplog.set_level(logging.DEBUG, logger=name)
        yield caplog


def _written(caplog: pytest.LogCaptureFixture) -> str:
    formatter = logging.Formatter("%(name)s %(levelname)s %(message)s")
    return "\n".join(map(formatter.format, caplog.records))


def _pki(folder: Path) -> str:
    """A CSO's certificates in a folder; the secret part of the station's key."""
    ca = trustme.CA()
    csms, station = ca.issue_cert("localhost"), ca.issue_cert("cs001.invalid")
    (folder / "own").mkdir()
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    for name, leaf in (("csms", csms), ("own/station", station)):
        leaf.cert_chain_pems[0].write_to_path(str(folder / f"{name}.pem"))
        leaf.private_key_pem.write_to_path(str(folder / f"{name}.key"))
    return station.private_key_pem.bytes().decode().splitlines()[2]


def _config(folder: Path, csms: CsmsServer, version: Version) -> tuple[Any, StationConfig]:
    settings = parse(
        f"""
        [station]
        identity = "{IDENTITY}"
        [csms]
        url = "{csms.url.replace("127.0.0.1", "localhost")}"
        versions = ["{version.removeprefix("ocpp")}"]
        security_profile = 2
        password = "{PASSWORD}"
        [csms.backoff]
        wait_minimum = 0
        random_range = 0
        [certificates]
        csms_ca = "{folder}/ca.pem"
        own = "{folder}/own"
        [storage]
        state_dir = "{folder}/state"
        """
    )
    return settings, settings.config()


async def _session(station: ChargingStation, hardware: SimulatedHardware) -> None:
    hardware.attach(station)
    async with station:
        await station.wait_online()
        await hardware.arrive(SimulatedEv(start_delay=0))
        await station.evse(1).token_presented(IdToken(TOKEN))
        await station.evse(1).token_presented(IdToken(TOKEN))
        await hardware.depart()
        await station.wait_delivered()
        hardware.close()


@pytest.mark.parametrize("version", Version)
@pytest.mark.requirement("1.6-SEC A01.FR.12", "1.6-SEC A02.FR.05")
async def test_no_secret_leaves_the_station_but_to_the_csms(
    version: Version, tmp_path: Path, spoken: pytest.LogCaptureFixture
) -> None:
    key = _pki(tmp_path)
    checked: list[bool] = []
    hardware = SimulatedHardware()

    def knows(_: str, password: bytes | None) -> bool:
        checked.append(password in {PASSWORD.encode(), NEXT_PASSWORD.encode()})
        return checked[-1]

    tls = tls_from_files(2, chain=tmp_path / "csms.pem", key=tmp_path / "csms.key")
    log = MessageLog(tmp_path / "csms.jsonl", side=Side.CSMS)
    async with (
        asyncio.timeout(10),
        CsmsServer(port=0, ssl=tls, authenticate=knows, message_log=log) as csms,
    ):
        settings, config = _config(tmp_path, csms, version)
        station = ChargingStation(config, hardware=hardware)
        session = asyncio.create_task(_session(station, hardware))
        handle = await csms.wait_for(IDENTITY)
        await station.wait_online()
        if version is Version.V16:
            await handle.call(
                v16.ChangeConfigurationRequest(key="AuthorizationKey", value=NEXT_PASSWORD)
            )
        else:
            await handle.call(
                v201.SetVariablesRequest(
                    set_variable_data=[
                        v201.SetVariableDataType(
                            attribute_value=NEXT_PASSWORD,
                            component=v201.ComponentType(name="SecurityCtrlr"),
                            variable=v201.VariableType(name="BasicAuthPassword"),
                        )
                    ]
                )
            )
        await session
        credentials = station._dialer._credentials(station.network_profile)

    messages = (tmp_path / "state" / "log" / "messages.jsonl").read_text()
    told = "\n".join(
        [
            _written(spoken),
            messages,
            (tmp_path / "csms.jsonl").read_text(),
            repr(settings),
            repr(config),
            repr(credentials),
            repr(station._core.security.certificates.in_use),
        ]
    )
    # 1.6 does not take a key of that length; 2.0.1 connects anew with it.
    assert checked == [True] * (1 if version is Version.V16 else 2)
    assert "websockets.client DEBUG > TEXT" in told
    assert "StatusNotification" in messages
    assert '"connected"' in messages
    assert '"disconnected"' in messages
    basic = base64.b64encode(f"{IDENTITY}:{PASSWORD}".encode()).decode()
    for secret in (PASSWORD, NEXT_PASSWORD, basic, key, "PRIVATE KEY", TOKEN):
        assert secret not in told
        assert secret[-8:] not in told  # nor the end of it


async def test_what_fails_does_not_tell_the_password(
    tmp_path: Path, spoken: pytest.LogCaptureFixture
) -> None:
    _pki(tmp_path)
    tls = tls_from_files(2, chain=tmp_path / "csms.pem", key=tmp_path / "csms.key")
    happened: asyncio.Queue[ConnectionEvent] = asyncio.Queue()
    async with CsmsServer(port=0, ssl=tls, authenticate=lambda _, __: False) as csms:
        _, config = _config(tmp_path, csms, Version.V201)
        station = ChargingStation(config, hardware=SimulatedHardware())
        station.events.subscribe(happened.put_nowait)
        with pytest.raises(NegotiationFailed) as failed:
            await station._dialer.open(station.network_profile, lambda _: [])
        async with asyncio.timeout(10), station:
            while not isinstance(event := await happened.get(), ConnectionFailed):
                pass

    told = _written(spoken) + event.reason + "".join(traceback.format_exception(failed.value))
    basic = base64.b64encode(f"{IDENTITY}:{PASSWORD}".encode()).decode()
    assert "401" in told
    assert PASSWORD not in told
    assert basic not in told
