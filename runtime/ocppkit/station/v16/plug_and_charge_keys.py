"""The configuration keys of Plug & Charge (Plug & Charge note; schemas/v16)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ocppkit.station.contract import ContractPolicy
from ocppkit.station.v16.configuration import Key

__all__ = ["plug_and_charge_keys"]

_WORDS: Final = {"true": True, "false": False}


def plug_and_charge_keys(policy: ContractPolicy, *, changed: Callable[[], None]) -> list[Key]:
    """The keys that no other extension has.

    Args:
        policy: what they change.
        changed: called when it is another.
    """

    def flag(name: str, attribute: str) -> Key:
        def take(text: str) -> None:
            word = text.strip().lower()
            if word not in _WORDS:
                raise ValueError(text)
            setattr(policy, attribute, _WORDS[word])
            changed()

        return Key(name=name, get=lambda: str(getattr(policy, attribute)).lower(), set=take)

    return [
        flag("CentralContractValidationAllowed", "central"),
        flag("ContractValidationOffline", "offline"),
        flag("ISO15118PnCEnabled", "enabled"),
    ]
