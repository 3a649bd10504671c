"""The simulated system around the EVSEs: reboot, firmware, logs, clock, display, network."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from ocppkit.simulation.happening import Happening, Listeners
from ocppkit.station.capabilities import DisplayText, InstallOutcome, LogKind
from ocppkit.station.environment import Environment
from ocppkit.station.hardware import RebootReason, StartReason

__all__ = ["SimulatedSystem", "next_version"]

_REMEMBERED = 1000


class SimulatedSystem:
    """Stand-ins for what a controller's operating system does.

    Attributes:
        reboots: why it was rebooted, in order.
        reboot_ends: whether a reboot ends the process.
        reason: why it started this time.
        firmware_outcome: what becomes of the next firmware.
        installed: the firmware files that were handed over, in order.
        clock_offset: by how much its clock was set off the real one.
        shown: what its displays show, by EVSE; None for the station's.
        interfaces: the network interfaces that were brought up, in order.
    """

    def __init__(
        self,
        *,
        environment: Environment,
        listeners: Listeners,
        step: float,
        languages: frozenset[str] = frozenset(),
    ) -> None:
        self.reboots: list[RebootReason] = []
        self.reboot_ends = False
        self.reason = StartReason.POWER_UP
        self.firmware_outcome = InstallOutcome.INSTALLED
        self.installed: list[str] = []
        self.clock_offset = timedelta()
        self.shown: dict[int | None, DisplayText] = {}
        self.interfaces: list[str] = []
        self._environment = environment
        self._listeners = listeners
        self._step = step
        self._languages = languages
        self._log: deque[tuple[datetime, str]] = deque(maxlen=_REMEMBERED)
        _ = listeners.add(self._remember)

    def reboot(self, reason: RebootReason) -> None:
        """Start anew.

        Raises:
            SystemExit: it was told to end the process.
        """
        self.reboots.append(reason)
        self._listeners.tell("reboot", reason=reason.value)
        if reason is RebootReason.FIRMWARE_UPDATE:
            self.reason = StartReason.FIRMWARE_UPDATE
        if self.reboot_ends:
            raise SystemExit(0)

    async def install_firmware(
        self, path: Path, progress: Callable[[float | None], None]
    ) -> InstallOutcome:
        """Take a firmware, in two steps."""
        self.installed.append(path.name)
        for percent in (0.0, 50.0, 100.0):
            progress(percent)
            await self._environment.sleep(self._step)
        return self.firmware_outcome

    async def collect_log(
        self, kind: LogKind, path: Path, *, oldest: datetime | None, latest: datetime | None
    ) -> None:
        """Write down what happened in the simulated world."""
        wanted = [
            f"{at.isoformat()} {text}\n"
            for at, text in self._log
            if (oldest is None or at >= oldest) and (latest is None or at <= latest)
            if kind is LogKind.DIAGNOSTICS or text.startswith("security")
        ]
        text = f"{kind.value} of a simulated station\n" + "".join(wanted)
        await asyncio.to_thread(path.write_text, text, encoding="utf-8")

    def set_time(self, now: datetime) -> None:
        """Set the clock."""
        self.clock_offset = now - self._environment.utc_now()

    def show(self, text: DisplayText | None, *, evse: int | None) -> None:
        """Show a text."""
        if text is None:
            self.shown.pop(evse, None)
        else:
            self.shown[evse] = text
        self._listeners.tell("display", evse, text=text.content if text else None)

    def speak(self, language: str | None, *, evse: int | None) -> bool:
        """Speak a language, if that is one of its own."""
        knows = language is None or not self._languages.isdisjoint(
            {language.lower(), language.lower().partition("-")[0]}
        )
        if knows:
            self._listeners.tell("language", evse, language=language)
        return knows

    def bring_up(self, interface: str) -> None:
        """Bring an interface up."""
        self.interfaces.append(interface)
        self._listeners.tell("network", interface=interface)

    def _remember(self, happening: Happening) -> None:
        where = "" if happening.evse is None else f" EVSE {happening.evse}"
        details = " ".join(f"{key}={value}" for key, value in happening.details.items())
        self._log.append((self._environment.utc_now(), f"{happening.kind}{where} {details}"))


def next_version(version: str | None) -> str:
    """The version of the firmware after an update: ``1.0+1`` after ``1.0``, then ``1.0+2``."""
    base, _, count = (version or "0").partition("+")
    return f"{base[:40]}+{int(count) + 1 if count.isdecimal() else 1}"
