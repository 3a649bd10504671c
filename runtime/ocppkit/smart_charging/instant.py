"""What may flow now, and until when it stays so: for pushing a limit exactly when it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from attrs import evolve, frozen

from ocppkit.smart_charging.cap import Cap, Caps, least
from ocppkit.smart_charging.layers import Conditions, Layers
from ocppkit.smart_charging.model import DAY, Unit
from ocppkit.smart_charging.prepared import Prepared
from ocppkit.smart_charging.tiling import stretches
from ocppkit.smart_charging.total import default_cap, with_default
from ocppkit.smart_charging.track import Track

__all__ = ["Allowed", "evse_allowed", "station_allowed"]

_HOUR: Final = 3600

_MOST_WORK: Final = 200_000
"""How many steps ahead to look for a change at least: about a tenth of a second's worth."""


@frozen(kw_only=True)
class Allowed:
    """What may flow at an instant: all of it holds at once; None where nothing limits.

    Attributes:
        current: the most on each phase, in A.
        power: the most on all phases together, in W.
        phases: how many may be used.
        phase_to_use: which one.
        until: when it changes, in epoch s; None where it never does. Where it does not in hundreds
            of days of which none is like the other, when to ask again.
    """

    current: Decimal | None = None
    power: Decimal | None = None
    phases: int | None = None
    phase_to_use: int | None = None
    until: int | None = None


def evse_allowed(prepared: Prepared, conditions: Conditions, *, evse: int, at: int) -> Allowed:
    """What an EVSE's own profiles allow: its transaction's, and constraints of its own.

    Where they limit nothing, the default limits hold, both if there are two. What the station as a
    whole may draw is not part of it: it has to be shared.

    Args:
        prepared: the profiles.
        conditions: all else that counts.
        evse: from 1.
        at: the instant, in epoch s.
    """
    layers = Layers(prepared, conditions, session=at)
    current = default_cap(prepared, conditions, Unit.A)
    power = default_cap(prepared, conditions, Unit.W)
    default = prepared.caps.lowest(current, power)

    def over(start: int, end: int) -> Track:
        return with_default(layers.own(evse, start, end), default)

    return _allowed(layers, over, {layers.session(evse)}, at)


def station_allowed(prepared: Prepared, conditions: Conditions, *, at: int) -> Allowed:
    """What all EVSEs together may draw (K04.FR.05).

    Args:
        prepared: the profiles.
        conditions: all else that counts.
        at: the instant, in epoch s.
    """
    layers = Layers(prepared, conditions, session=at)
    return _allowed(layers, layers.station, {at}, at)


def _allowed(
    layers: Layers, over: Callable[[int, int], Track], sessions: set[int], at: int
) -> Allowed:
    caps = layers.prepared.caps
    holds: Allowed | None = None
    seen: int | None = None  # the cap looked at last
    work = 0
    for begin, end in _windows(layers, sessions, at):
        if work > _MOST_WORK and holds is not None:
            return evolve(holds, until=begin)
        starts, numbers = over(begin, end)
        work += len(starts)
        for start, number in zip(starts, numbers, strict=True):
            if number == seen:
                continue
            seen = number
            allowed = _visible(caps, caps.table[number])
            if holds is None:
                holds = allowed
            elif allowed != holds:
                return evolve(holds, until=start)
    return Allowed() if holds is None else holds


def _windows(layers: Layers, sessions: set[int], at: int) -> Iterator[tuple[int, int]]:
    """From an instant on, all in which something new may happen; most changes come soon."""
    yield at, at + _HOUR
    yield at + _HOUR, at + DAY
    profiles = (each for row in layers.prepared.profiles.values() for each in row)
    for part in stretches(profiles, sessions, at + DAY, None):
        yield part.begin, part.until


def _visible(caps: Caps, cap: Cap) -> Allowed:
    return Allowed(
        current=_exact(least(cap.amperes, cap.watts_each)),
        power=_exact(cap.watts),
        phases=caps.told(cap),
        phase_to_use=cap.phase_to_use,
    )


def _exact(amount: int | None) -> Decimal | None:
    return None if amount is None else Decimal(amount) / 10
