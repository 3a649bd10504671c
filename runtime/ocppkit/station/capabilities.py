"""What equipment may be able to do beyond charging: implement only what exists.

The station finds out by the methods' names, or by an attribute ``capabilities`` (a set of
`Capability`) where the hardware has one: then its methods have to exist. What a station cannot do
it says so to the CSMS, with the version's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol

from attrs import frozen

from ocppkit.station.hardware import Fault, Hardware, RebootReason, StartReason
from ocppkit.station.metering import MeterReading, Occasion
from ocppkit.value import Value

__all__ = [
    "METHODS",
    "REQUIRED",
    "BayWatching",
    "CableLock",
    "Capability",
    "ClockSetting",
    "ConnectorSensing",
    "ConnectorState",
    "Display",
    "DisplayText",
    "EvseResetting",
    "FirmwareInstalling",
    "InstallOutcome",
    "LogCollecting",
    "LogKind",
    "MainMetering",
    "MasterPassAsking",
    "Networking",
    "Rebooting",
    "Recovering",
    "Recovery",
    "SignedMetering",
    "Speaking",
    "StartKnowing",
    "capabilities_of",
]


class Capability(StrEnum):
    """Something that equipment can do."""

    CABLE_LOCK = "cable lock"
    CLOCK = "clock"
    CONNECTOR_STATE = "connector state"
    DISPLAY = "display"
    EVSE_RESET = "EVSE reset"
    FIRMWARE = "firmware"
    LANGUAGES = "languages"
    LOGS = "logs"
    MASTER_PASS = "master pass"  # noqa: S105  # no password
    MAIN_METER = "main meter"
    NETWORK = "network"
    PARKING_BAY = "parking bay"
    REBOOT = "reboot"
    RECOVERY = "recovery"
    SIGNED_METER = "signed meter"
    START_REASON = "start reason"


REQUIRED: Final = ("allow_charging", "stop_charging", "meter")
"""The methods of `Hardware` itself."""

METHODS: Final[Mapping[Capability, tuple[str, ...]]] = {
    Capability.CABLE_LOCK: ("lock", "unlock"),
    Capability.CLOCK: ("set_time",),
    Capability.CONNECTOR_STATE: ("connector_state",),
    Capability.DISPLAY: ("show",),
    Capability.EVSE_RESET: ("reset_evse",),
    Capability.FIRMWARE: ("install_firmware",),
    Capability.LANGUAGES: ("speak",),
    Capability.LOGS: ("collect_log",),
    Capability.MASTER_PASS: ("choose_to_stop",),
    Capability.MAIN_METER: ("main_meter",),
    Capability.NETWORK: ("bring_up",),
    Capability.PARKING_BAY: ("bay_occupied",),
    Capability.REBOOT: ("reboot",),
    Capability.RECOVERY: ("recover",),
    Capability.SIGNED_METER: ("signed_meter",),
    Capability.START_REASON: ("start_reason",),
}
"""The methods that each takes."""


@frozen(kw_only=True, eq=False, repr=False)
class ConnectorState(Value):
    """How a connector is.

    Attributes:
        plugged: whether its cable connects an EV; None where nothing can tell.
        locked: whether its cable is locked; None where nothing can tell.
        fault: what is wrong with it.
        cable_max_current_a: what its cable can carry, in A; None where nothing can tell.
    """

    plugged: bool | None = None
    locked: bool | None = None
    fault: Fault | None = None
    cable_max_current_a: int | None = None


@frozen(kw_only=True, eq=False, repr=False)
class Recovery(Value):
    """What the equipment knows of a transaction that a power cut interrupted.

    Attributes:
        ev_connected: whether its EV has been connected all the time; None where nothing can tell.
        energy_delivered: whether energy flowed while the station was away; None where nothing can
            tell.
    """

    ev_connected: bool | None = None
    energy_delivered: bool | None = None


class InstallOutcome(StrEnum):
    """What became of a firmware."""

    INSTALLED = "Installed"
    REBOOT_NEEDED = "InstallRebooting"
    VERIFICATION_FAILED = "InstallVerificationFailed"
    FAILED = "InstallationFailed"


class LogKind(StrEnum):
    """Which log is meant (LogEnumType)."""

    DIAGNOSTICS = "DiagnosticsLog"
    SECURITY = "SecurityLog"


@frozen(kw_only=True, eq=False, repr=False)
class DisplayText(Value):
    """Something for the driver to read.

    Attributes:
        content: what to show, at most 512 characters.
        format: ``ASCII``, ``HTML``, ``URI`` or ``UTF8``.
        language: of the content, as ``en``; None where nobody knows.
    """

    content: str
    format: str = "UTF8"
    language: str | None = None


class CableLock(Protocol):
    """Connectors whose cables can be locked; not called where the cable is tethered."""

    async def lock(self, evse: int, connector: int) -> bool:
        """Lock a cable in its socket; whether it is locked now.

        Called before energy is offered. Without a lock no energy is offered, and the connector
        counts as faulted until the cable is gone (G05).
        """
        ...

    async def unlock(self, evse: int, connector: int) -> bool:
        """Release a cable; whether it is free now. Called even where no cable is (F05.FR.06)."""
        ...


class ConnectorSensing(Protocol):
    """Connectors whose state can be asked for."""

    async def connector_state(self, evse: int, connector: int) -> ConnectorState:
        """How a connector is; asked at the start, for EVs that are there already.

        Where it fails, nothing counts as plugged until an event says otherwise.
        """
        ...


class BayWatching(Protocol):
    """Parking bays that know whether an EV stands in them."""

    async def bay_occupied(self, evse: int) -> bool | None:
        """Whether an EV stands in the bay of an EVSE; None where nothing can tell.

        Asked at the start, for EVs that are there already. Where it fails, the bay counts as empty
        until an event says otherwise.
        """
        ...


class Rebooting(Protocol):
    """Equipment that can start anew."""

    async def reboot(self, reason: RebootReason) -> None:
        """Start the equipment anew.

        On a real controller the process ends here, by ``SystemExit`` if it likes; where it returns
        or fails, the station boots again in the same process.
        """
        ...


class EvseResetting(Protocol):
    """EVSEs that can start anew by themselves (B11.FR.08)."""

    async def reset_evse(self, evse: int) -> None:
        """Start the equipment of one EVSE anew, and leave the others; returns once that is done.

        No transaction is under way there, and nothing is offered. Where it fails, it is tried again
        as a reboot is, and then counts as done: the EVSE is asked how it is.
        """
        ...


class StartKnowing(Protocol):
    """Equipment that knows why it started."""

    async def start_reason(self) -> StartReason:
        """Why this start happened; asked once. Where it fails, it counts as a power-up."""
        ...


class Recovering(Protocol):
    """Equipment that knows what happened while the station was away."""

    async def recover(self, evse: int, transaction_id: str) -> Recovery:
        """Tell about a transaction that was under way when the power went.

        Asked at the start. Where it fails, the EV counts as gone and the transaction is ended.
        """
        ...


class MainMetering(Protocol):
    """Equipment with a meter for the station as a whole, at its connection to the grid."""

    async def main_meter(self) -> MeterReading:
        """Read the main meter now; called every few seconds or less often.

        It fails as `Hardware.meter` does. Where it measures is taken for the inlet.
        """
        ...


class SignedMetering(Protocol):
    """Meters that sign."""

    async def signed_meter(self, evse: int, occasion: Occasion) -> MeterReading:
        """Read the meter now, with ``signed``; where it fails, an unsigned reading is taken."""
        ...


class FirmwareInstalling(Protocol):
    """Equipment that takes new firmware; the download and its signature are the station's."""

    async def install_firmware(
        self, path: Path, progress: Callable[[float | None], None]
    ) -> InstallOutcome:
        """Install a firmware; may take as long as it makes progress.

        It counts as failed where it raises, or reports nothing for ten minutes.

        Args:
            path: of the file, which is removed afterwards.
            progress: to be called from time to time, with the percentage where it is known.
        """
        ...


class LogCollecting(Protocol):
    """Equipment that keeps logs; their upload is the station's."""

    async def collect_log(
        self, kind: LogKind, path: Path, *, oldest: datetime | None, latest: datetime | None
    ) -> None:
        """Write a log into a file; has ten minutes, and fails by raising.

        Args:
            kind: which.
            path: of a file that does not exist yet.
            oldest: nothing before this; aware UTC.
            latest: nothing after this; aware UTC.
        """
        ...


class ClockSetting(Protocol):
    """Equipment whose clock can be set."""

    async def set_time(self, now: datetime) -> None:
        """Set the system's clock; where it fails, the station reckons with the difference.

        Args:
            now: the time of the CSMS, in aware UTC.
        """
        ...


class Display(Protocol):
    """Equipment with a display."""

    async def show(self, text: DisplayText | None, *, evse: int | None) -> None:
        """Show something, instead of what was shown before; a failure is only logged.

        Args:
            text: what; None for nothing.
            evse: on whose display; None for the station's.
        """
        ...


class Speaking(Protocol):
    """Displays with texts of the equipment's own in several languages."""

    async def speak(self, language: str | None, *, evse: int | None) -> bool:
        """Speak a language from now on, if there are texts in it; whether there are.

        Args:
            language: as ``nl`` or ``en-US`` (RFC 5646), in any case; texts in ``nl`` do for
                ``nl-BE``. None for that of everybody.
            evse: on whose display; None for the station's.
        """
        ...


class MasterPassAsking(Protocol):
    """A user interface by which somebody with a master pass chooses what to stop (C16)."""

    async def choose_to_stop(self, evses: Sequence[int]) -> Collection[int]:
        """Show what can be stopped, and let the person choose; has a minute.

        Where it fails or takes too long, nothing is stopped.

        Args:
            evses: where there is something to stop.

        Returns:
            The EVSEs to be stopped.
        """
        ...


class Networking(Protocol):
    """Equipment whose network interfaces are brought up on demand."""

    async def bring_up(self, interface: str) -> None:
        """Bring an interface up, and leave the others; where it fails, another profile is tried.

        Has a minute.

        Args:
            interface: in 2.0.1's words: ``Wired0`` to ``Wired3``, ``Wireless0`` to ``Wireless3``.
        """
        ...


def capabilities_of(hardware: Hardware) -> frozenset[Capability]:
    """What a hardware can do: what it says, or else what it has the methods for.

    Raises:
        TypeError: it lacks a method of `Hardware`, or of something that it says it can do, or has
            only some of the methods that belong together; the text names all of them.
    """
    said: Any = getattr(hardware, "capabilities", None)
    missing = [name for name in REQUIRED if not _has(hardware, name)]
    found = set()
    for capability, names in METHODS.items():
        there = [name for name in names if _has(hardware, name)]
        claimed = capability in said if said is not None else bool(there)
        if not claimed:
            continue
        found.add(capability)
        missing += [f"{name} ({capability})" for name in names if name not in there]
    if missing:
        msg = f"{type(hardware).__name__} lacks the method(s) {', '.join(missing)}"
        raise TypeError(msg)
    return frozenset(found)


def _has(hardware: Hardware, name: str) -> bool:
    return callable(getattr(hardware, name, None))
