"""Network profiles: by which ways a station reaches its CSMS. Plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from attrs import Attribute, field, frozen, validators

from ocppkit.message import Version
from ocppkit.value import Value

__all__ = ["NetworkProfile", "prioritised"]


def _websocket_url(_: object, attribute: Attribute[Any], value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme not in {"ws", "wss"} or not parts.hostname:
        msg = f"{attribute.name}: not a websocket URL: {value!r}"
        raise ValueError(msg)


@frozen(kw_only=True, eq=False, repr=False)
class NetworkProfile(Value):
    """One way to a CSMS (B09, NetworkConnectionProfileType); durations in seconds.

    Attributes:
        slot: the number under which it is kept (configurationSlot).
        url: of the CSMS, without the identity.
        versions: what to speak there, best first; the CSMS picks.
        security_profile: 0 to 3; None for what URL and credentials make it.
        interface: the network interface, as 2.0.1 names it: ``"Wired0"``, ``"Wireless0"``, ...;
            None for whatever the system has.
        message_timeout: how long the CSMS may take to answer; None for the station's own.
        credentials: the name under which password and certificates are kept; None for the
            station's own.
    """

    slot: int = field(validator=validators.ge(0))
    url: str = field(validator=_websocket_url)
    versions: tuple[Version, ...] = field(
        default=(Version.V201, Version.V16), validator=validators.min_len(1)
    )
    security_profile: int | None = field(
        default=None, validator=validators.optional(validators.in_(range(4)))
    )
    interface: str | None = None
    message_timeout: float | None = field(
        default=None, validator=validators.optional(validators.gt(0))
    )
    credentials: str | None = None


def prioritised(
    profiles: Iterable[NetworkProfile], priority: Sequence[int]
) -> tuple[NetworkProfile, ...]:
    """The profiles in the order in which they are tried (NetworkConfigurationPriority).

    Args:
        profiles: as they are kept, in any order.
        priority: the slots to use, best first.

    Raises:
        ValueError: a slot is named twice or holds nothing (B10.FR.02), or there is none.
    """
    by_slot: dict[int, NetworkProfile] = {}
    for profile in profiles:
        if profile.slot in by_slot:
            msg = f"two network profiles have slot {profile.slot}"
            raise ValueError(msg)
        by_slot[profile.slot] = profile
    if not priority:
        msg = "at least one slot is used"
        raise ValueError(msg)
    if len(set(priority)) < len(priority):
        msg = f"a slot is named twice: {list(priority)}"
        raise ValueError(msg)
    empty = [slot for slot in priority if slot not in by_slot]
    if empty:
        msg = f"nothing is set in slot {', '.join(map(str, empty))}"
        raise ValueError(msg)
    return tuple(by_slot[slot] for slot in priority)
