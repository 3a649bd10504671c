"""Whether an implementation of `ocppkit.station.Hardware` keeps the contract.

With pytest::

    class TestMyHardware(HardwareConformance):
        def make(self) -> Hardware:
            return MyHardware()

Without: ``print(await check_hardware(MyHardware))``. What the hardware cannot do is skipped; so is
what would disturb the machine (reboot, clock, network), unless it is asked for.
"""

from __future__ import annotations

import asyncio
import unittest
from collections.abc import Callable, Mapping
from contextlib import suppress

from attrs import frozen

from ocppkit.station.hardware import Hardware
from ocppkit.testing.hardware_checks import CHECKS, Check, Nonconformance, Subject

__all__ = ["HardwareConformance", "Nonconformance", "Report", "check_hardware"]


@frozen
class Report:
    """What became of the checks.

    Attributes:
        passed: the names of those that passed.
        skipped: those that were not run, and why.
        failed: those that failed, and how.
    """

    passed: tuple[str, ...]
    skipped: Mapping[str, str]
    failed: Mapping[str, str]

    def __str__(self) -> str:
        lines = [f"ok      {name}" for name in self.passed]
        lines += [f"skipped {name}: {why}" for name, why in self.skipped.items()]
        lines += [f"FAILED  {name}: {how}" for name, how in self.failed.items()]
        return "\n".join(lines)


def _why_not(check: Check, it: Subject, *, disturb: bool) -> str | None:
    """Why a check is not run; None where it is."""
    if check.capability is not None:
        with suppress(TypeError):  # what is wrong then, the check of the methods says
            if not it.can(check.capability):
                return f"the hardware has no {check.capability}"
    if check.disturbing and not disturb:
        return "it would disturb the machine"
    return None


async def check_hardware(
    make: Callable[[], Hardware],
    *,
    timeout: float = 5.0,  # noqa: ASYNC109  # of each method
    disturb: bool = False,
) -> Report:
    """Run all checks, each on a hardware of its own; what fails is in the report.

    Args:
        make: makes a hardware, with no EV connected.
        timeout: how long a method may take, in seconds: the station's ``hardware_timeout``.
        disturb: whether to reboot, set the clock and bring up the network, too.
    """
    passed, skipped, failed = [], {}, {}
    for check in CHECKS:
        it = Subject(make(), timeout=timeout)
        why_not = _why_not(check, it, disturb=disturb)
        if why_not is not None:
            skipped[check.name] = why_not
            continue
        try:
            await check.run(it)
        except Nonconformance as broken:
            failed[check.name] = str(broken)
        except Exception as error:  # whatever the hardware's own code does
            failed[check.name] = f"{type(error).__name__}: {error}"
        else:
            passed.append(check.name)
    return Report(passed=tuple(passed), skipped=skipped, failed=failed)


class HardwareConformance:
    """The checks as tests: derive a class, its name beginning with ``Test``, and write `make`.

    Attributes:
        timeout: how long a method may take, in seconds: the station's ``hardware_timeout``.
        disturb: whether to reboot, set the clock and bring up the network, too.
    """

    timeout = 5.0
    disturb = False

    def make(self) -> Hardware:
        """Make a hardware, with no EV connected; called for each test, in its event loop."""
        msg = f"{type(self).__name__} needs a method make that returns the hardware"
        raise NotImplementedError(msg)


def _test(check: Check) -> Callable[[HardwareConformance], None]:
    def test(self: HardwareConformance) -> None:
        async def run() -> None:
            it = Subject(self.make(), timeout=self.timeout)
            why_not = _why_not(check, it, disturb=self.disturb)
            if why_not is not None:
                raise unittest.SkipTest(why_not)
            await check.run(it)

        asyncio.run(run())

    return test


for _check in CHECKS:
    setattr(HardwareConformance, f"test_{_check.name}", _test(_check))
