"""The configuration keys of smart charging (1.6 §9.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ocppkit.smart_charging.terms import Purpose, Unit
from ocppkit.station.settings.behaviour import SmartCharging
from ocppkit.station.transaction import Policy
from ocppkit.station.v16.configuration import Key
from ocppkit.v16 import ChargingProfilePurposeType

__all__ = ["smart_charging_keys"]

_WORDS: Final = {
    Purpose.STATION_MAX: ChargingProfilePurposeType.CHARGE_POINT_MAX_PROFILE,
    Purpose.TX_DEFAULT: ChargingProfilePurposeType.TX_DEFAULT_PROFILE,
    Purpose.TX: ChargingProfilePurposeType.TX_PROFILE,
}
_PURPOSES: Final = {word: purpose for purpose, word in _WORDS.items()}
_UNITS: Final = {Unit.A: "Current", Unit.W: "Power"}


def smart_charging_keys(
    policy: Policy, settings: SmartCharging, *, reconsider: Callable[[], None]
) -> list[Key]:
    """The keys.

    Args:
        policy: what some of them change.
        settings: what the others tell.
        reconsider: called when other profiles count.
    """

    def fixed(name: str, value: str) -> Key:
        return Key(name=name, get=lambda: value)

    def ignore(text: str) -> None:
        words = [part.strip() for part in text.split(",") if part.strip()]
        policy.ignored_offline = frozenset(
            _PURPOSES[ChargingProfilePurposeType(word)] for word in words
        )
        reconsider()

    def ignored() -> str:
        words = (_WORDS.get(each) for each in policy.ignored_offline)
        return ",".join(sorted(word for word in words if word))

    return [
        fixed("ChargeProfileMaxStackLevel", str(settings.max_stack_level)),
        fixed(
            "ChargingScheduleAllowedChargingRateUnit",
            ",".join(_UNITS[unit] for unit in settings.units),
        ),
        fixed("ChargingScheduleMaxPeriods", str(settings.max_periods)),
        fixed("ConnectorSwitch3to1PhaseSupported", str(settings.phases_3_to_1).lower()),
        fixed("MaxChargingProfilesInstalled", str(settings.max_profiles)),
        Key(
            # Not of the specification: the name that it has elsewhere.
            name="IgnoredProfilePurposesOffline",
            get=ignored,
            set=ignore,
        ),
    ]
