"""Our own station before the kit, over TLS and real sockets, in real time."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from attrs import evolve

from ocppkit.clock import SystemClock
from ocppkit.conformance import CaseSettings, Kit, Runner, Verdict, all_facts, serving
from ocppkit.conformance.certificates import LaidOut, lay_out
from ocppkit.conformance.serving import serve, shown
from ocppkit.connection import Backoff, NetworkProfile, Transport
from ocppkit.device_model.names import VariableId
from ocppkit.message import Version
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, StationConfig
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.settings.network import Certificates
from ocppkit.station.settings.values import VariableValue

from .harness import DESCRIPTION, PASSWORD, InProcess
from .tampering import Tamper, Tampering

HOST: Final = "csms.kit.test"
ORGANIZATION: Final = "Example Charging"
SOON: Final = Backoff(wait_minimum_s=0.1, random_range_s=0.0, repeat_times=0)


@pytest.fixture
def laid_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LaidOut:
    """What the command `certificates` writes; the kit's host has a name that wildcards can fit."""
    ask = socket.getaddrinfo

    def known(host: Any, *args: Any, **more: Any) -> Any:
        return ask("127.0.0.1" if host == HOST else host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", known)
    return lay_out(
        tmp_path / "certificates",
        identity="CS001",
        host=HOST,
        now=SystemClock().utc_now(),
        serial_number=DESCRIPTION.serial_number,
        organization=ORGANIZATION,
    )


ONE_ROOT: Final = (
    VariableValue(
        id=VariableId(component="SecurityCtrlr", variable="AdditionalRootCertificateCheck"),
        value="true",
    ),
)
"""The operator has one CSMS root replace another (M05.FR.09)."""


@asynccontextmanager
async def secured(
    laid_out: LaidOut,
    profile: int,
    *,
    tamper: Tamper | None = None,
    certificates: dict[str, Any] | None = None,
    **config: Any,
) -> AsyncIterator[Runner]:
    """A runner with the station connected under a security profile, and known.

    Args:
        laid_out: the certificates.
        profile: 1, 2 or 3.
        tamper: makes the station a wrong one: see `tampering`.
        certificates: what is other than usual in the station's table of certificates.
        **config: what is other than in the station's usual configuration.
    """
    settings = CaseSettings(
        identity="CS001",
        security_profile=profile,
        authority=laid_out.authority,
        server_host=HOST,
        basic_auth_password=PASSWORD if profile < 3 else None,
        features=frozenset({"HFS-1", "AQ-3", "C-47"}),
        message_timeout=2,
        optional_wait=0.4,
        long_operation_timeout=3,
        reboot_timeout=5,
        cert_signing_wait_minimum=1,
    )
    hardware = SimulatedHardware(DESCRIPTION)
    kit = Kit(settings=settings, world=None, clock=SystemClock())  # type: ignore[arg-type]  # set at once
    shown(kit, HOST)
    async with AsyncExitStack() as stack:
        if tamper is not None:
            patched = stack.enter_context(pytest.MonkeyPatch.context())
            patched.setattr(serving._Served, "welcome", _tampered(tamper))
        urls = [
            await stack.enter_async_context(serve(endpoint, host="127.0.0.1", port=0))
            for endpoint in (kit.first, kit.second)
        ]
        kit.settings = evolve(settings, csms_url=urls[0], csms_url2=urls[1])
        way = NetworkProfile(
            slot=1, url=urls[0], security_profile=profile, versions=(Version.V201,)
        )
        told = {
            "organization": ORGANIZATION,
            "csms_ca": laid_out.roots["csms"].parent if profile > 1 else None,
            "own": laid_out.chain.parent if profile > 2 else None,
            **(certificates or {}),
        }
        station = ChargingStation(
            StationConfig(
                identity="CS001",
                profiles=(way,),
                versions=(Version.V201,),
                storage=Storage(state_dir=laid_out.authority.parent / "state"),
                **{
                    "password": PASSWORD if profile < 3 else None,
                    "certificates": Certificates(**told),
                    "backoff": SOON,
                    "sample_interval": 0,
                    "ping_interval": 0,
                    **config,
                },
            ),
            hardware=hardware,
        )
        hardware.attach(station)
        kit.world = InProcess(station, hardware)
        _ = await stack.enter_async_context(station)
        runner = Runner(kit)
        await runner.begin()
        yield runner


def _tampered(tamper: Tamper) -> Callable[..., Awaitable[None]]:
    """Have what the station says changed before the endpoint hears it."""

    async def welcome(self: Any, transport: Transport, identity: str) -> None:
        await Tampering(self._endpoint, tamper).welcome(transport, identity)

    return welcome


async def verdict_of(runner: Runner, name: str) -> Verdict:
    return await runner.run_case(all_facts()[f"TC_{name}_CS"])


def told(verdict: Verdict) -> str:
    lines = [f"{verdict.id}: {verdict.outcome} {verdict.reason}"]
    lines += [f"  {each}" for each in (*verdict.deviations, *verdict.warnings)]
    return "\n".join([*lines, *(f"  {str(each)[:300]}" for each in verdict.trace)])
