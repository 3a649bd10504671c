"""A hanging, throwing or nonsensical integration does not take the station down."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ocppkit.simulation import MeterSigner, SimulatedHardware
from ocppkit.station import MeterReading, RebootReason
from ocppkit.station.capabilities import (
    Capability,
    ConnectorState,
    DisplayText,
    InstallOutcome,
    LogKind,
    Recovery,
    capabilities_of,
)
from ocppkit.station.guard import GuardedHardware
from ocppkit.station.hardware import Offer, StartReason
from ocppkit.station.metering import Measured, Occasion, Quantity

NOW = datetime(2026, 1, 1, tzinfo=UTC)

Call = Callable[[GuardedHardware, Path], Any]

CALLS: dict[str, tuple[Call, object]] = {
    "allow_charging": (lambda it, _: it.allow_charging(1, Offer()), False),
    "stop_charging": (lambda it, _: it.stop_charging(1), False),
    "meter": (lambda it, _: it.meter(1), None),
    "lock": (lambda it, _: it.lock(1, 1), False),
    "unlock": (lambda it, _: it.unlock(1, 1), False),
    "connector_state": (lambda it, _: it.connector_state(1, 1), ConnectorState()),
    "recover": (lambda it, _: it.recover(1, "tx"), Recovery()),
    "reboot": (lambda it, _: it.reboot(RebootReason.SOFT_RESET), False),
    "reset_evse": (lambda it, _: it.reset_evse(1), False),
    "start_reason": (lambda it, _: it.start_reason(), None),
    "install_firmware": (
        lambda it, path: it.install_firmware(path, lambda _: None),
        InstallOutcome.FAILED,
    ),
    "collect_log": (lambda it, path: it.collect_log(LogKind.DIAGNOSTICS, path / "log"), False),
    "set_time": (lambda it, _: it.set_time(NOW), False),
    "show": (lambda it, _: it.show(DisplayText(content="hello")), False),
    "bring_up": (lambda it, _: it.bring_up("Wired0"), False),
}
NONSENSE: dict[str, list[Any]] = {
    "meter": [
        None,
        12,
        "12",
        MeterReading(energy_wh=math.nan),
        MeterReading(energy_wh=math.inf),
        MeterReading(energy_wh=-1),
        MeterReading(energy_wh="12"),  # type: ignore[arg-type]  # nonsense on purpose
        MeterReading(energy_wh=True),
    ],
    "lock": [None, 1, "locked"],
    "unlock": [None, 1, "free"],
    "connector_state": [None, True],
    "recover": [None, {}],
    "start_reason": [None, "PowerUp", StartReason],
    "install_firmware": [None, True, "Installed"],
    "collect_log": ["it lies: there is no file"],
}

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def simulated() -> SimulatedHardware:
    return SimulatedHardware(signer=MeterSigner())


def guarded(
    hardware: SimulatedHardware, name: str = "", method: Any = None, *, timeout: float = 0.02
) -> GuardedHardware:
    if name:
        setattr(hardware, name, method)
    return GuardedHardware(hardware, timeout=timeout, now=lambda: NOON)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_INSTALL_SILENCE", "_LOG_TIMEOUT", "_NETWORK_TIMEOUT"):
        monkeypatch.setattr(f"ocppkit.station.guard.{name}", 0.02)


@pytest.mark.parametrize("name", CALLS)
async def test_a_method_that_hangs_is_cut_off(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cancelled = asyncio.Event()

    async def hang(*_: object, **__: object) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    call, failed = CALLS[name]
    result = await call(guarded(simulated(), name, hang), tmp_path)

    assert result == failed
    await asyncio.wait_for(cancelled.wait(), 1)
    assert f"the hardware's {name} did not return within 0.02 s" in caplog.text


@pytest.mark.parametrize("name", CALLS)
async def test_a_method_that_ignores_its_cancellation_is_left_behind(
    name: str, tmp_path: Path
) -> None:
    free = asyncio.Event()

    async def cling(*_: object, **__: object) -> None:
        while not free.is_set():
            try:
                await free.wait()
            except asyncio.CancelledError:
                continue

    call, failed = CALLS[name]
    result = await asyncio.wait_for(call(guarded(simulated(), name, cling), tmp_path), 2)
    free.set()

    assert result == failed


@pytest.mark.parametrize(
    "error", [RuntimeError("no relay"), asyncio.CancelledError(), GeneratorExit()]
)
@pytest.mark.parametrize("name", CALLS)
async def test_a_method_that_raises_has_failed(
    name: str, error: BaseException, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def throw(*_: object, **__: object) -> None:
        raise error

    call, failed = CALLS[name]
    result = await call(guarded(simulated(), name, throw), tmp_path)

    assert result == failed
    assert f"the hardware's {name} failed" in caplog.text


@pytest.mark.parametrize("name", sorted(set(CALLS) - {"reboot"}))
async def test_a_driver_cannot_end_the_process(name: str, tmp_path: Path) -> None:
    async def leave(*_: object, **__: object) -> None:
        raise SystemExit(3)

    call, failed = CALLS[name]

    assert await call(guarded(simulated(), name, leave), tmp_path) == failed


async def test_a_reboot_may_end_the_process() -> None:
    hardware = simulated()
    hardware.system.reboot_ends = True

    with pytest.raises(SystemExit):
        await guarded(hardware).reboot(RebootReason.HARD_RESET)


@pytest.mark.parametrize("name", CALLS)
async def test_a_method_that_is_not_async_has_failed(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    call, failed = CALLS[name]
    result = await call(guarded(simulated(), name, lambda *_, **__: True), tmp_path)

    assert result == failed
    assert "no async method" in caplog.text


@pytest.mark.parametrize("name", CALLS)
async def test_a_method_with_other_arguments_has_failed(name: str, tmp_path: Path) -> None:
    async def strange(*, unheard_of: int) -> None: ...

    call, failed = CALLS[name]

    assert await call(guarded(simulated(), name, strange), tmp_path) == failed


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in NONSENSE.items() for value in values]
)
async def test_nonsense_counts_as_failure(
    name: str, value: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def talk(*_: object, **__: object) -> object:
        return value

    call, failed = CALLS[name]
    with caplog.at_level(logging.WARNING):
        result = await call(guarded(simulated(), name, talk), tmp_path)

    assert result == failed
    assert f"the hardware's {name} returned" in caplog.text


@pytest.mark.parametrize("name", CALLS)
async def test_what_is_slow_but_in_time_works(name: str, tmp_path: Path) -> None:
    hardware = simulated()
    real = getattr(hardware, name)

    async def slow(*args: object, **named: object) -> object:
        for _ in range(50):
            await asyncio.sleep(0)
        return await real(*args, **named)

    hardware.system._step = 0
    call, failed = CALLS[name]

    assert await call(guarded(hardware, name, slow, timeout=5), tmp_path) != failed


async def test_single_values_that_make_no_sense_are_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def odd(*_: object) -> MeterReading:
        return MeterReading(
            energy_wh=5,
            power_w=math.nan,
            soc=101,
            current_a=(1, math.inf, 3),
            voltage_v=(1, 2, 3, 4),
            others=(Measured(quantity=Quantity.FREQUENCY, value=math.nan),),
            at=datetime(2026, 1, 1),  # noqa: DTZ001  # nonsense on purpose
        )

    reading = await guarded(simulated(), "meter", odd).meter(1)

    assert reading == MeterReading(energy_wh=5)
    for name in ("power_w", "soc", "current_a", "voltage_v", "others", "at"):
        assert f"left out: {name}:" in caplog.text


async def test_the_last_reading_stands_in_for_one_that_fails() -> None:
    readings = [MeterReading(energy_wh=5)]

    async def once(*_: object) -> MeterReading:
        return readings.pop()

    it = guarded(simulated(), "meter", once)

    assert await it.meter(1) == MeterReading(energy_wh=5)
    assert await it.meter(1) == MeterReading(energy_wh=5, at=NOON)


async def test_the_last_reading_keeps_the_time_that_the_meter_gave_it() -> None:
    readings = [MeterReading(energy_wh=5, at=NOON - timedelta(seconds=7))]

    async def once(*_: object) -> MeterReading:
        return readings.pop()

    it = guarded(simulated(), "meter", once)

    assert await it.meter(1) == await it.meter(1)


async def test_a_register_that_goes_back_is_told(caplog: pytest.LogCaptureFixture) -> None:
    readings = [MeterReading(energy_wh=4), MeterReading(energy_wh=5)]

    async def back(*_: object) -> MeterReading:
        return readings.pop()

    it = guarded(simulated(), "meter", back)
    await it.meter(1)
    await it.meter(1)

    assert "goes back from 5 to 4 Wh" in caplog.text


async def test_an_unsigned_reading_stands_in_for_a_signed_one() -> None:
    async def throw(*_: object) -> None:
        raise RuntimeError("no key")

    signed = await guarded(simulated()).meter(1, occasion=Occasion.END)
    unsigned = await guarded(simulated(), "signed_meter", throw).meter(1, occasion=Occasion.END)

    assert signed is not None
    assert signed.signed is not None
    assert unsigned is not None
    assert unsigned.signed is None


async def test_where_energy_could_not_be_offered_none_is() -> None:
    hardware, stopped = simulated(), []

    async def throw(*_: object) -> None:
        raise RuntimeError("no relay")

    async def stop(evse: int) -> None:
        stopped.append(evse)

    hardware.stop_charging = stop  # type: ignore[method-assign]  # to see the call
    await guarded(hardware, "allow_charging", throw).allow_charging(1, Offer())

    assert stopped == [1]


async def test_the_methods_of_an_evse_do_not_run_at_once() -> None:
    running, most = 0, 0

    async def busy(*_: object) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    hardware = simulated()
    _ = guarded(hardware, "stop_charging", busy)
    it = guarded(hardware, "allow_charging", busy, timeout=5)
    await asyncio.gather(it.allow_charging(1, Offer()), it.stop_charging(1), it.stop_charging(1))

    assert most == 1


async def test_firmware_may_take_long_while_it_makes_progress(
    world: Any,  # noqa: ARG001  # for its time
) -> None:
    async def install(_: Path, progress: Any) -> InstallOutcome:
        for percent in (0, 25, math.nan, 75, 100):
            await asyncio.sleep(0.019)  # as good as too long
            progress(percent)
        return InstallOutcome.REBOOT_NEEDED

    heard: list[float | None] = []
    it = guarded(simulated(), "install_firmware", install)
    outcome = await it.install_firmware(Path("image"), heard.append)

    assert outcome is InstallOutcome.REBOOT_NEEDED
    assert heard == [0, 25, None, 75, 100]


class Bare:
    """What every hardware has to do, and no more."""

    def __init__(self) -> None:
        self.description = simulated().description

    async def allow_charging(self, evse: int, offer: Offer) -> None: ...
    async def stop_charging(self, evse: int) -> None: ...
    async def meter(self, evse: int) -> MeterReading:
        return MeterReading(energy_wh=evse)


async def test_what_the_hardware_cannot_do_does_not_work(tmp_path: Path) -> None:
    it = GuardedHardware(Bare(), timeout=1, now=lambda: NOON)
    optional = set(CALLS) - {"allow_charging", "stop_charging", "meter"}
    results = {name: await CALLS[name][0](it, tmp_path) for name in optional}

    assert it.capabilities == frozenset()
    free = {"lock", "unlock", "bring_up"}
    assert {name for name in results if results[name] != CALLS[name][1]} == free


def test_capabilities_follow_from_the_methods_that_exist() -> None:
    class Lockable(Bare):
        async def lock(self, *_: object) -> bool:
            return True

        async def unlock(self, *_: object) -> bool:
            return True

    assert capabilities_of(Lockable()) == {Capability.CABLE_LOCK}


def test_a_hardware_that_lacks_methods_is_refused_with_their_names() -> None:
    class Half:
        description = simulated().description
        capabilities = frozenset({Capability.CABLE_LOCK, Capability.DISPLAY})

        async def unlock(self, *_: object) -> bool:
            return True

    with pytest.raises(TypeError, match="Half lacks") as caught:
        GuardedHardware(Half(), timeout=1, now=lambda: NOON)  # type: ignore[arg-type]  # wrong on purpose

    for name in ("allow_charging", "stop_charging", "meter", "lock (cable lock)", "show (display)"):
        assert name in str(caught.value)


@pytest.mark.parametrize("wrong", [{"power_w": -1}, {"current_a": math.nan}, {"phases": 4}])
def test_an_offer_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Offer(**wrong)
