"""The words of smart charging that settings and records use, too: they load nothing else."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

__all__ = ["DAY", "WEEK", "Kind", "LimitSource", "Purpose", "Recurrency", "Unit"]

DAY: Final = 86_400
"""In s. UTC has no daylight saving: local midnight moves against it, twice a year."""
WEEK: Final = 7 * DAY


class Unit(StrEnum):
    """What a limit is given in: A on each phase, or W on all phases together (K01.FR.51)."""

    A = "A"
    W = "W"


class Purpose(StrEnum):
    """What a profile limits, under the names of 2.0.1."""

    EXTERNAL_CONSTRAINTS = "ChargingStationExternalConstraints"
    """What somebody else than the CSMS allows; 2.0.1 only."""
    STATION_MAX = "ChargingStationMaxProfile"
    """The whole station; ``ChargePointMaxProfile`` in 1.6."""
    TX_DEFAULT = "TxDefaultProfile"
    """Each transaction that has no profile of its own."""
    TX = "TxProfile"
    """One transaction."""


class Kind(StrEnum):
    """What the times of a schedule count from."""

    ABSOLUTE = "Absolute"
    RECURRING = "Recurring"
    RELATIVE = "Relative"


class Recurrency(StrEnum):
    """How often a schedule restarts."""

    DAILY = "Daily"
    WEEKLY = "Weekly"

    @property
    def seconds(self) -> int:
        """From one restart to the next, in s."""
        return DAY if self is Recurrency.DAILY else WEEK


class LimitSource(StrEnum):
    """Who set a limit (`ChargingLimitSourceEnumType` of 2.0.1)."""

    EMS = "EMS"
    OTHER = "Other"
    SO = "SO"
    CSO = "CSO"
