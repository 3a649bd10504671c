"""The variables of smart charging (2.0.1 Part 2 §2.9)."""

from __future__ import annotations

from functools import partial
from typing import Final

from ocppkit.smart_charging.terms import Purpose, Unit
from ocppkit.station.core import StationCore
from ocppkit.station.transaction import Policy
from ocppkit.station.v201.variables import Variable, members
from ocppkit.variable_terms import DataType

__all__ = ["smart_charging"]

_BOOLEAN: Final = DataType.BOOLEAN
_DECIMAL: Final = DataType.DECIMAL
_INTEGER: Final = DataType.INTEGER
_MEMBERS: Final = DataType.MEMBER_LIST
_SIGNIFICANCE: Final = "1"  # percent; low, as recommended (2.0.1 Part 2 §2.9.11)


def smart_charging(core: StationCore, policy: Policy) -> list[Variable]:
    """The variables of `SmartChargingCtrlr`."""
    settings = core.config.smart_charging
    significance = _SIGNIFICANCE

    def signify(text: str) -> None:
        nonlocal significance
        significance = text

    def ignore(text: str) -> None:
        policy.ignored_offline = frozenset(Purpose(part) for part in members(text))
        core.limits.wake()

    row = partial(Variable, component="SmartChargingCtrlr")

    def flag(name: str, *, value: bool) -> Variable:
        return row(name=name, get=lambda: str(value).lower(), data_type=_BOOLEAN)

    def number(name: str, value: int) -> Variable:
        return row(name=name, get=lambda: str(value), data_type=_INTEGER)

    return [
        flag("Available", value=True),
        flag("Enabled", value=settings.enabled),
        flag("Phases3to1", value=settings.phases_3_to_1),
        flag("ACPhaseSwitchingSupported", value=settings.phase_switching),
        number("ProfileStackLevel", settings.max_stack_level),
        number("PeriodsPerSchedule", settings.max_periods),
        row(
            name="RateUnit",
            get=lambda: ",".join(settings.units),
            data_type=_MEMBERS,
            values=tuple(Unit),
        ),
        row(
            # Counts for limits of others than the CSMS: it is told of none of them (K12, K13).
            name="LimitChangeSignificance",
            get=lambda: significance,
            set=signify,
            data_type=_DECIMAL,
            minimum=0,
            maximum=100,
        ),
        row(
            name="Entries",
            instance="ChargingProfiles",
            get=lambda: str(len(core.limits.profiles.all)),
            data_type=_INTEGER,
            maximum=settings.max_profiles,
        ),
        row(
            # Not of the specification: the name that it has elsewhere.
            name="IgnoredProfilePurposesOffline",
            get=lambda: ",".join(sorted(policy.ignored_offline)),
            set=ignore,
            data_type=_MEMBERS,
            values=tuple(Purpose),
        ),
    ]
