"""Reads the files of ``[device_model]``: components of the integrator's own, in TOML or JSON."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ocppkit.device_model.build import build
from ocppkit.device_model.custom import read_components
from ocppkit.device_model.disagreement import Disagreement
from ocppkit.device_model.model import Entry

if TYPE_CHECKING:
    from ocppkit.station.settings.document import StationSettings

__all__ = ["disagreements", "read_files"]


def disagreements(settings: StationSettings) -> list[Disagreement]:
    """What files say that agrees neither with the catalogue nor with the EVSEs of a station.

    What disagrees with the station's own variables it logs itself, when it starts.
    """
    files, wrong = read_files(settings.device_model.files)
    connectors = [len(evse.connector) for evse in settings.evse]
    return [*wrong, *build((), files, connectors).disagreements]


def read_files(
    paths: Iterable[Path],
) -> tuple[list[tuple[str, list[Entry]]], list[Disagreement]]:
    """Read files; never fails.

    Args:
        paths: of files, and of folders, whose ``.json`` and ``.toml`` files are read by name.

    Returns:
        What can be read, by the file's name; and everything that is wrong.
    """
    found: list[tuple[str, list[Entry]]] = []
    wrong: list[Disagreement] = []
    for path in paths:
        for file in _files(path):
            try:
                text = file.read_text(encoding="utf-8")
                document = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
            except (OSError, ValueError, RecursionError) as error:
                reason = getattr(error, "strerror", None) or f"is not what its name says: {error}"
                message = f"cannot be read: {reason}"
                wrong.append(Disagreement(source=str(file), where="", message=message))
                continue
            entries, mistakes = read_components(document, str(file))
            found.append((str(file), entries))
            wrong += mistakes
    return found, wrong


def _files(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            return [path]
        return sorted(each for each in path.rglob("*") if each.suffix in {".json", ".toml"})
    except OSError:  # then it cannot be read either, and that is told
        return [path]
