"""The configuration key of Autocharge, which is ours: the specification has none for it."""

from __future__ import annotations

from ocppkit.station.transaction import Policy
from ocppkit.station.v16.configuration import Key

__all__ = ["autocharge_keys"]

_WORDS = {"true": True, "false": False}


def autocharge_keys(policy: Policy) -> list[Key]:
    """The key by which the operator switches Autocharge on; it is off by default."""

    def take(text: str) -> None:
        word = text.strip().lower()
        if word not in _WORDS:
            raise ValueError(text)
        policy.autocharge = _WORDS[word]

    return [Key(name="AutochargeEnabled", get=lambda: str(policy.autocharge).lower(), set=take)]
