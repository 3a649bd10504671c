"""Configuration keys of the Core profile that no other module has (1.6 §9.1)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from ocppkit.station.transaction import Policy
from ocppkit.station.v16.configuration import Key

__all__ = ["core_keys"]

_LARGEST: Final = 2**31 - 1
_ROTATIONS: Final = frozenset(
    {"NotApplicable", "Unknown", "RST", "RTS", "SRT", "STR", "TRS", "TSR"}
)


def core_keys(policy: Policy, *, phases: Collection[int], restate: Callable[[], None]) -> list[Key]:
    """The keys.

    Args:
        policy: what they change.
        phases: how many phases each connector has, in their order; 0 for DC.
        restate: called when statuses have to last otherwise.
    """

    def duration(text: str) -> None:
        policy.minimum_status_duration = _whole(text)
        restate()

    def retries(text: str) -> None:
        policy.reset_retries = _whole(text)

    return [
        *_rotation_keys(phases),
        Key(
            name="MinimumStatusDuration",
            get=lambda: str(policy.minimum_status_duration),
            set=duration,
        ),
        Key(name="ResetRetries", get=lambda: str(policy.reset_retries), set=retries),
    ]


def _rotation_keys(phases: Collection[int]) -> list[Key]:
    """How the phases of connectors are wired: the station tells it, and has no use for it."""
    rotations = {
        number: "Unknown" if count > 1 else "NotApplicable"
        for number, count in enumerate(phases, start=1)
    }

    def told() -> str:
        return ",".join(f"{number}.{rotation}" for number, rotation in sorted(rotations.items()))

    def take(text: str) -> None:
        found: dict[int, str] = {}
        for item in text.split(","):
            number, _, rotation = item.strip().partition(".")
            if rotation not in _ROTATIONS or _whole(number) > len(phases):
                raise ValueError(item)
            found[int(number)] = rotation
        rotations.update(found)

    return [
        Key(name="ConnectorPhaseRotation", get=told, set=take),
        Key(name="ConnectorPhaseRotationMaxLength", get=lambda: str(len(phases) + 1)),
    ]


def _whole(text: str) -> int:
    """A number from 0; raises ValueError."""
    if not (text.isascii() and text.isdigit()) or int(text) > _LARGEST:
        raise ValueError(text)
    return int(text)
