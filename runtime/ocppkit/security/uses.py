"""What certificates are used for, and where a store keeps those of each use."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from ocppkit.security.files import private_folder, sweep

__all__ = ["OwnUse", "RootUse", "holds_anything", "own_folder", "prepare_folders", "roots_folder"]


class RootUse(StrEnum):
    """What a root is trusted for; the values are 2.0.1's."""

    V2G = "V2GRootCertificate"
    MO = "MORootCertificate"
    CSMS = "CSMSRootCertificate"
    MANUFACTURER = "ManufacturerRootCertificate"


class OwnUse(StrEnum):
    """What a certificate of the station is for; the values are 2.0.1's."""

    CHARGING_STATION = "ChargingStationCertificate"
    V2G = "V2GCertificate"
    COMBINED = "Combined"
    """One for both (A00.FR.428), while it is asked for; what is installed is there as each of them.
    2.0.1 names it by no type at all.
    """


def roots_folder(folder: Path, use: RootUse) -> Path:
    """Where a store has the roots of a use."""
    return folder / "roots" / use.value


def own_folder(folder: Path, use: OwnUse) -> Path:
    """Where a store has the station's certificates of a use."""
    return folder / "own" / use.value


def prepare_folders(folder: Path) -> bool:
    """Make the folders of a store and remove what a power cut left behind.

    Returns:
        Whether the store holds anything.

    Raises:
        OSError: the disk cannot be used.
    """
    roots = [roots_folder(folder, use) for use in RootUse]
    own = [own_folder(folder, use) for use in OwnUse]
    for each in (folder, folder / "roots", folder / "own", *roots, *own):
        private_folder(each)
        sweep(each)
    return holds_anything(folder)


def holds_anything(folder: Path) -> bool:
    """Whether a store holds anything: certificates, keys, or what it has taken note of.

    Raises:
        OSError: the disk cannot be used.
    """
    return any(each.is_file() for each in folder.rglob("*"))
