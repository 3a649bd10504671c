"""The stand-ins for a controller's operating system."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ocppkit.simulation import SimulatedHardware, SimulatedWorld
from ocppkit.station import RebootReason
from ocppkit.station.capabilities import Capability, DisplayText, InstallOutcome, LogKind
from ocppkit.station.guard import GuardedHardware
from ocppkit.station.hardware import Offer, SecurityEvent, StartReason
from ocppkit.testing import virtual_environment


def hardware() -> SimulatedHardware:
    return SimulatedHardware(step=0, environment=virtual_environment())


async def test_a_reboot_ends_the_flow_and_is_remembered() -> None:
    it = hardware()
    await it.allow_charging(1, Offer())
    await it.reboot(RebootReason.FIRMWARE_UPDATE)

    assert it.reboots == [RebootReason.FIRMWARE_UPDATE]
    assert it.status()["evses"][0]["offer"] is None
    assert await it.start_reason() is StartReason.FIRMWARE_UPDATE


async def test_a_reboot_ends_the_process_where_told() -> None:
    it = hardware()
    it.system.reboot_ends = True

    with pytest.raises(SystemExit):
        await it.reboot(RebootReason.HARD_RESET)


@pytest.mark.parametrize("outcome", list(InstallOutcome))
async def test_firmware_becomes_of_what_was_chosen(outcome: InstallOutcome) -> None:
    it = hardware()
    it.system.firmware_outcome = outcome
    progress: list[float | None] = []

    assert await it.install_firmware(Path("image.bin"), progress.append) is outcome
    assert progress == [0, 50, 100]
    assert it.system.installed == ["image.bin"]


async def test_logs_hold_what_happened_and_the_security_log_only_its_own(tmp_path: Path) -> None:
    it = hardware()
    await SimulatedWorld(it).plug_in()
    await it.security_event(SecurityEvent(type="InvalidLogin"))
    for kind in LogKind:
        await it.collect_log(kind, tmp_path / kind.name, oldest=None, latest=None)
    late = datetime(2027, 1, 1, tzinfo=UTC)
    await it.collect_log(LogKind.DIAGNOSTICS, tmp_path / "late", oldest=late, latest=None)

    diagnostics = (tmp_path / "DIAGNOSTICS").read_text()
    security = (tmp_path / "SECURITY").read_text()
    assert "plug EVSE 1 connector=1 plugged=True" in diagnostics
    assert "security type=InvalidLogin" in diagnostics
    assert "plug" not in security
    assert "security type=InvalidLogin" in security
    assert "plug" not in (tmp_path / "late").read_text()


async def test_clock_display_and_network_remember() -> None:
    it = hardware()
    await it.set_time(datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC))
    await it.show(DisplayText(content="hello"), evse=None)
    shown = it.status()["display"]
    await it.show(None, evse=None)
    await it.bring_up("Wired0")

    assert it.system.clock_offset == timedelta(seconds=5)
    assert shown == "hello"
    assert it.status()["display"] is None
    assert it.system.interfaces == ["Wired0"]


async def test_what_is_left_out_cannot_be_done() -> None:
    it = SimulatedHardware(without=frozenset({Capability.DISPLAY}))

    assert Capability.DISPLAY not in it.capabilities
    assert Capability.SIGNED_METER not in it.capabilities
    assert Capability.CABLE_LOCK in it.capabilities


async def test_a_reboot_for_new_firmware_brings_another_version() -> None:
    hardware = SimulatedHardware()
    guarded = GuardedHardware(hardware, timeout=1, now=lambda: datetime.now(UTC))
    versions = [guarded.description.firmware_version]
    for reason in (RebootReason.FIRMWARE_UPDATE, RebootReason.SOFT_RESET) * 2:
        await guarded.reboot(reason)
        versions.append(guarded.description.firmware_version)

    assert versions == ["1.0", "1.0+1", "1.0+1", "1.0+2", "1.0+2"]
