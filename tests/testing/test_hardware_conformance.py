"""The suite passes what is right, and says of what is wrong what is wrong with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ocppkit.simulation import MeterSigner, SimulatedHardware
from ocppkit.station import EvseDescription, Hardware, MeterReading, StationDescription
from ocppkit.station.capabilities import Capability, ConnectorState
from ocppkit.station.hardware import Offer
from ocppkit.station.metering import SignedReading
from ocppkit.testing.hardware_checks import CHECKS, Subject
from ocppkit.testing.hardware_conformance import HardwareConformance, Nonconformance, check_hardware


def simulated() -> SimulatedHardware:
    description = StationDescription(
        vendor="ocppkit", model="Two", evses=(EvseDescription(), EvseDescription(phases=0))
    )
    return SimulatedHardware(description, signer=MeterSigner())


class TestSimulatedHardware(HardwareConformance):
    disturb = True

    def make(self) -> Hardware:
        return simulated()


class Minimal:
    description = StationDescription(vendor="a", model="b")

    async def allow_charging(self, evse: int, offer: Offer) -> None: ...
    async def stop_charging(self, evse: int) -> None: ...
    async def meter(self, evse: int) -> MeterReading:
        return MeterReading(energy_wh=evse)


class TestMinimalHardware(HardwareConformance):
    def make(self) -> Hardware:
        return Minimal()


async def test_the_simulated_hardware_passes_everything() -> None:
    report = await check_hardware(simulated, disturb=True)

    assert report.failed == {}
    assert report.skipped == {}
    assert len(report.passed) == 15


async def test_what_cannot_be_done_or_would_disturb_is_skipped() -> None:
    minimal = await check_hardware(Minimal)
    undisturbed = await check_hardware(simulated)

    assert minimal.failed == {}
    assert minimal.skipped["signs"] == "the hardware has no signed meter"
    assert undisturbed.skipped["reboots"] == "it would disturb the machine"
    assert "ok      reads_its_meters" in str(minimal)
    assert "skipped shows: the hardware has no display" in str(minimal)


def test_a_class_without_make_says_so() -> None:
    class TestNothing(HardwareConformance):
        pass

    with pytest.raises(NotImplementedError, match="TestNothing needs a method make"):
        TestNothing().test_signs()  # type: ignore[attr-defined]  # made from the checks


def with_method(name: str, method: Any) -> Callable[[], Hardware]:
    def make() -> Hardware:
        hardware = simulated()
        setattr(hardware, name, method)
        return hardware

    return make


def with_attribute(**attributes: Any) -> Callable[[], Hardware]:
    return type("Wrong", (Minimal,), attributes)


async def hangs(*_: object, **__: object) -> None:
    await asyncio.Event().wait()


async def throws(*_: object, **__: object) -> None:
    raise RuntimeError("no wire")


async def leaves(*_: object, **__: object) -> None:
    raise SystemExit(3)


async def blocks(*_: object, **__: object) -> MeterReading:
    time.sleep(0.6)  # noqa: ASYNC251  # wrong on purpose
    return MeterReading(energy_wh=1)


async def nothing(*_: object, **__: object) -> None: ...


async def one_argument(evse: int) -> None: ...


async def still_flows(*_: object) -> MeterReading:
    return MeterReading(energy_wh=1, power_w=7)


async def clings(*_: object) -> MeterReading:
    for _turn in range(22):
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            continue
    return MeterReading(energy_wh=1)


def backwards() -> Any:
    register = iter(range(100, 0, -1))

    async def meter(*_: object) -> MeterReading:
        return MeterReading(energy_wh=next(register))

    return meter


async def nan(*_: object) -> MeterReading:
    return MeterReading(energy_wh=1, power_w=float("nan"))


async def wordy(*_: object) -> MeterReading:
    signed = SignedReading(data=b"x" * 3000, encoding_method="OCMF", signing_method="ECDSA")
    return MeterReading(energy_wh=1, signed=signed)


async def locked_anyway(*_: object) -> ConnectorState:
    return ConnectorState(locked=True)


async def writes_nothing(kind: object, path: Path, *, oldest: object, latest: object) -> None: ...


WRONG: list[tuple[str, Callable[[], Any], str]] = [
    (
        "describes_itself",
        with_attribute(description=StationDescription(vendor="v" * 21, model="b")),
        "description.vendor is a text of 1 to 20 characters, not 'vvvv",
    ),
    ("describes_itself", with_attribute(description=None), "is a StationDescription, not None"),
    ("has_the_methods", with_attribute(locks=None, unlock=nothing), "lacks the method(s) lock"),
    (
        "has_the_methods",
        with_attribute(capabilities={Capability.DISPLAY}),
        "lacks the method(s) show (display)",
    ),
    (
        "has_the_methods",
        with_attribute(start_resaon=nothing),
        "there is a method start_resaon: is start_reason meant?",
    ),
    (
        "has_the_methods",
        with_method("allow_charging", one_argument),
        "allow_charging takes other arguments: too many positional arguments",
    ),
    ("has_the_methods", with_method("lock", lambda *_: True), "lock is no async method"),
    ("reads_its_meters", with_method("meter", hangs), "meter(1) did not return within 0.05 s"),
    ("reads_its_meters", with_method("meter", throws), "meter(1) raised RuntimeError: no wire"),
    ("reads_its_meters", with_method("meter", leaves), "meter(1) raised SystemExit: 3"),
    ("reads_its_meters", with_method("meter", blocks), "meter(1) blocks the event loop"),
    ("reads_its_meters", with_method("meter", nothing), "meter: a MeterReading, not None"),
    ("reads_its_meters", with_method("meter", nan), "meter: power_w: a finite number from 0"),
    ("reads_its_meters", with_method("meter", backwards()), "the register of EVSE 1 goes back"),
    ("can_be_cancelled", with_method("meter", clings), "goes on after it was cancelled"),
    ("offers_and_stops", with_method("stop_charging", throws), "stop_charging(1) raised"),
    ("offers_and_stops", with_method("meter", still_flows), "7 W flow after stop_charging"),
    ("locks_and_unlocks", with_method("lock", nothing), "lock returns bool, not None"),
    (
        "locks_and_unlocks",
        with_method("connector_state", locked_anyway),
        "unlock(1, 1) returned True, but locked is True",
    ),
    ("knows_its_connectors", with_method("connector_state", nothing), "returns ConnectorState"),
    ("signs", with_method("signed_meter", still_flows), "returned a reading unsigned"),
    ("signs", with_method("signed_meter", wordy), "takes 4000 characters in Base64: over 2500"),
    ("recovers", with_method("recover", nothing), "recover returns Recovery, not None"),
    ("knows_why_it_started", with_method("start_reason", nothing), "returns StartReason"),
    ("collects_logs", with_method("collect_log", writes_nothing), "without writing its file"),
    ("shows", with_method("show", throws), "show("),
    ("sets_the_time", with_method("set_time", throws), "set_time("),
    ("brings_up", with_method("bring_up", hangs), "did not return within 0.05 s"),
    ("reboots", with_method("reboot", throws), "reboot("),
]


@pytest.mark.parametrize(("name", "make", "message"), WRONG)
async def test_what_is_wrong_is_told(name: str, make: Any, message: str) -> None:
    [check] = [each for each in CHECKS if each.name == name]
    subject = Subject(make(), timeout=0.05 if "0.05" in message else 2)

    with pytest.raises(Nonconformance) as caught:
        await check.run(subject)

    assert message in str(caught.value)


def test_every_check_can_fail() -> None:
    assert {name for name, _, _ in WRONG} == {check.name for check in CHECKS}


async def test_what_fails_is_in_the_report() -> None:
    report = await check_hardware(with_method("lock", nothing))

    assert list(report.failed) == ["locks_and_unlocks"]
    assert "FAILED  locks_and_unlocks: lock returns bool, not None" in str(report)


def test_a_wrong_hardware_fails_as_a_test_class() -> None:
    class Wrong(HardwareConformance):
        def make(self) -> Hardware:
            return with_method("lock", nothing)()

    with pytest.raises(Nonconformance, match="lock returns bool"):
        Wrong().test_locks_and_unlocks()  # type: ignore[attr-defined]  # made from the checks
