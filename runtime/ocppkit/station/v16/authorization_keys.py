"""The configuration keys of authorization (1.6 §9.1, §9.2)."""

from __future__ import annotations

from typing import Final

from ocppkit.station.token_book import MOST_LISTED
from ocppkit.station.transaction import Policy
from ocppkit.station.v16.configuration import Configuration, Key

__all__ = ["LIST_LENGTH", "UPDATE_LENGTH", "authorization_keys", "length"]

LIST_LENGTH: Final = "LocalAuthListMaxLength"
UPDATE_LENGTH: Final = "SendLocalListMaxLength"

_LONGEST_ENTRY: Final = 200  # characters of JSON, of an id tag with all that is said of it
_LARGEST: Final = 2**31 - 1


def authorization_keys(policy: Policy, *, max_message_size: int) -> list[Key]:
    """The keys.

    Args:
        policy: what they change.
        max_message_size: in bytes: what does not fit into a message cannot be sent.
    """

    def flag(name: str, attribute: str) -> Key:
        def take(text: str) -> None:
            value = text.strip().lower()
            if value not in {"true", "false"}:
                raise ValueError(text)
            setattr(policy, attribute, value == "true")

        return Key(name=name, get=lambda: str(getattr(policy, attribute)).lower(), set=take)

    def take_energy(text: str) -> None:
        if not (text.isascii() and text.isdigit()) or int(text) > _LARGEST:
            raise ValueError(text)
        policy.energy_after_refusal_wh = int(text)

    most_sent = min(MOST_LISTED, max(1, max_message_size // _LONGEST_ENTRY))
    return [
        flag("AuthorizationCacheEnabled", "cache_enabled"),
        flag("LocalAuthListEnabled", "local_list_enabled"),
        Key(name=LIST_LENGTH, get=lambda: str(MOST_LISTED)),
        flag("LocalAuthorizeOffline", "authorize_offline"),
        flag("LocalPreAuthorize", "pre_authorize"),
        Key(
            name="MaxEnergyOnInvalidId",
            get=lambda: str(policy.energy_after_refusal_wh),
            set=take_energy,
        ),
        Key(name=UPDATE_LENGTH, get=lambda: str(most_sent)),
    ]


def length(configuration: Configuration, name: str) -> int:
    """A length as its key tells it, which the station may have been told."""
    key = configuration.find(name)
    text = "" if key is None else key.get()
    return int(text) if text.isascii() and text.isdigit() else MOST_LISTED
