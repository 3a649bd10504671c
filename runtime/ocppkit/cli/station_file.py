"""What ``ocppkit station`` makes of its file: the configuration, and the equipment."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from attrs import evolve

from ocppkit.simulation.hardware import SimulatedHardware
from ocppkit.simulation.signing import MeterSigner
from ocppkit.station.capabilities import Capability, capabilities_of
from ocppkit.station.hardware import Hardware, StationDescription, check_hardware
from ocppkit.station.settings.document import StationSettings
from ocppkit.station.settings.reading import load
from ocppkit.station.settings.simulation import Simulation

__all__ = ["NoHardware", "equipment", "lockless", "read_settings", "unheeded"]

_GROUP = "ocppkit.hardware"
_DESCRIBING = ("vendor", "model", "serial_number", "firmware_version")
_USUAL = Simulation()


class NoHardware(Exception):
    """There is no hardware of a name, or it cannot be made; the text says why."""


def read_settings(path: Path, *, state_dir: Path | None = None) -> StationSettings:
    """Read a station's file, and what the environment overrides.

    Args:
        path: of the file.
        state_dir: takes the place of the file's.

    Raises:
        ConfigurationError: with every mistake.
    """
    settings = load(path, os.environ)
    if state_dir is None:
        return settings
    return evolve(settings, storage=evolve(settings.storage, state_dir=state_dir))


def lockless(settings: StationSettings) -> frozenset[tuple[int, int]]:
    """The EVSE and number of each connector whose cable cannot be locked."""
    return frozenset(
        (evse, number)
        for evse, each in enumerate(settings.evse, start=1)
        for number, connector in enumerate(each.connector, start=1)
        if not connector.cable_lock
    )


def equipment(
    name: str | None,
    description: StationDescription,
    *,
    lockless: frozenset[tuple[int, int]] = frozenset(),
    simulation: Simulation = _USUAL,
) -> Hardware:
    """The equipment of this name; simulated for None.

    Args:
        name: of an entry point, or ``module:Class``; called with the description, if it takes
            one. Modules are also looked for in the current folder.
        description: what the file says of the station.
        lockless: the connectors, by EVSE and number, whose cables simulated equipment cannot lock.
        simulation: what simulated equipment has.

    Raises:
        NoHardware: there is none of this name, or it cannot be made.
    """
    if name is None:
        return SimulatedHardware(
            description,
            signer=_signer(description) if simulation.signed_meter else None,
            lockless=lockless,
            stop_menu=simulation.stop_menu,
        )
    make = _find(name)
    try:
        hardware = make(description) if _takes_description(make) else make()
        check_hardware(hardware)
    except Exception as error:
        raise NoHardware(f"the hardware {name} cannot be made: {error!r}") from error
    if inspect.iscoroutinefunction(getattr(hardware, "attach", None)):
        text = f"the hardware {name}: attach is called, not awaited: make it a plain def"
        raise NoHardware(text)
    return hardware


def unheeded(settings: StationSettings, hardware: Hardware) -> list[tuple[str, str]]:
    """The settings that do not count, as the equipment says otherwise, with the reason.

    A serial number counts where the equipment has none: it may be known to the file of each unit
    alone.

    Args:
        settings: of the file and the environment.
        hardware: the equipment, which says itself what it is.
    """
    own, told = hardware.description, settings.description()
    found = [
        (f"station.{name}", f"the hardware says {getattr(own, name)!r}")
        for name in _DESCRIBING
        if f"station.{name}" in settings.origins
        and getattr(own, name) != getattr(told, name)
        and (name != "serial_number" or own.serial_number is not None)
    ]
    has = {
        "signed_meter": Capability.SIGNED_METER in capabilities_of(hardware),
        "stop_menu": getattr(hardware, "stop_menu", False),
    }
    found += [
        (f"simulation.{name}", "the hardware is not what the file simulates")
        for name, there in has.items()
        if getattr(settings.simulation, name) and not there
    ]
    if "evse" in settings.origins and told.evses != own.evses:
        found.append(("evse", f"the hardware describes its EVSEs itself: {len(own.evses)}"))
    return found


def _signer(description: StationDescription) -> MeterSigner:
    try:
        return MeterSigner(serial_number=description.serial_number or description.model)
    except ModuleNotFoundError as error:
        msg = "simulation.signed_meter needs more: pip install 'ocppkit[security]'"
        raise NoHardware(msg) from error


def _takes_description(make: Callable[..., Hardware]) -> bool:
    """Whether the first argument is meant for the description: others have a default."""
    first = next(iter(inspect.signature(make).parameters.values()), None)
    if first is None or first.kind in {first.KEYWORD_ONLY, first.VAR_KEYWORD}:
        return False
    named = first.name == "description" or "StationDescription" in str(first.annotation)
    return named or first.default is first.empty


def _find(name: str) -> Callable[..., Hardware]:
    module, colon, attribute = name.partition(":")
    try:
        found = _imported(module, attribute) if colon else _installed(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise NoHardware(f"there is no hardware {name}: {error}") from error
    if not callable(found):
        raise NoHardware(f"the hardware {name} is no class")
    return cast("Callable[..., Hardware]", found)


def _imported(module: str, attribute: str) -> object:
    if (folder := os.getcwd()) not in sys.path:  # noqa: PTH109  # sys.path holds texts
        sys.path.insert(0, folder)  # as ``python -m`` does
    return getattr(import_module(module), attribute)


def _installed(name: str) -> object:
    entry_point = next(iter(entry_points(group=_GROUP, name=name)), None)
    if entry_point is None:
        raise NoHardware(f"no entry point {name} in {_GROUP}; use MODULE:CLASS")
    return entry_point.load()
