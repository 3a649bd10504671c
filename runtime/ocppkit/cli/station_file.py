"""What ``ocppkit station`` makes of its file: the configuration, and the equipment."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from attrs import evolve

from ocppkit.simulation.hardware import SimulatedHardware
from ocppkit.station.hardware import Hardware, StationDescription
from ocppkit.station.settings.document import StationSettings
from ocppkit.station.settings.reading import load

__all__ = ["NoHardware", "equipment", "read_settings"]

_GROUP = "ocppkit.hardware"


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


def equipment(name: str | None, description: StationDescription) -> Hardware:
    """The equipment of this name; simulated for None.

    Args:
        name: of an entry point, or ``module:Class``; called with the description.
        description: what the file says of the station.

    Raises:
        NoHardware: there is none of this name, or it cannot be made.
    """
    if name is None:
        return SimulatedHardware(description, meter_start_wh=0.0)
    make = _find(name)
    try:
        return make(description)
    except Exception as error:
        raise NoHardware(f"the hardware {name} cannot be made: {error!r}") from error


def _find(name: str) -> Callable[[StationDescription], Hardware]:
    module, colon, attribute = name.partition(":")
    try:
        if colon:
            found: object = getattr(import_module(module), attribute)
        else:
            (entry_point,) = entry_points(group=_GROUP, name=name)
            found = entry_point.load()
    except (ImportError, AttributeError, ValueError) as error:
        raise NoHardware(f"there is no hardware {name}: {error}") from error
    if not callable(found):
        raise NoHardware(f"the hardware {name} is no class")
    return cast("Callable[[StationDescription], Hardware]", found)
