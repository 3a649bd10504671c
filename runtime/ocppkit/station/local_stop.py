"""Why charging ends at the station itself, as its equipment reports it (E06, E07, E15)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from ocppkit.station.transaction import Cause

__all__ = ["CAUSES", "LocalStop"]


class LocalStop(StrEnum):
    """What ends charging on site, tokens and faults apart (ReasonEnumType)."""

    EMERGENCY_STOP = "EmergencyStop"
    """The emergency stop; the transaction ends whatever the stop points say."""
    ENERGY_LIMIT = "EnergyLimitReached"
    """The EV has had all the energy that it may have."""
    LOCAL = "Local"
    """The driver, by a button."""
    OUT_OF_CREDIT = "LocalOutOfCredit"
    """What was paid on site is used up."""
    SOC_LIMIT = "SOCLimitReached"
    """The battery is as full as it may be."""
    STOPPED_BY_EV = "StoppedByEV"
    """The EV, by SessionStopReq(Terminate) of ISO 15118 (E15.FR.04, FR.05)."""
    TIME_LIMIT = "TimeLimitReached"
    """The EV has charged for as long as it may."""


CAUSES: Final[Mapping[LocalStop, Cause]] = {
    LocalStop.EMERGENCY_STOP: Cause.EMERGENCY_STOP,
    LocalStop.ENERGY_LIMIT: Cause.ENERGY_LIMIT,
    LocalStop.LOCAL: Cause.STOP_AUTHORIZED,
    LocalStop.OUT_OF_CREDIT: Cause.OUT_OF_CREDIT,
    LocalStop.SOC_LIMIT: Cause.SOC_LIMIT,
    LocalStop.STOPPED_BY_EV: Cause.STOPPED_BY_EV,
    LocalStop.TIME_LIMIT: Cause.TIME_LIMIT,
}
"""What each makes happen to a transaction."""
