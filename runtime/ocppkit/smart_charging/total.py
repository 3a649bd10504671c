"""EVSE 0: what all EVSEs may draw together, each within its own limits (K08.FR.03)."""

from __future__ import annotations

from functools import partial

from ocppkit.smart_charging.cap import NO_CAP, Cap, Caps, Limit, fixed_cap
from ocppkit.smart_charging.layers import Conditions, Layers
from ocppkit.smart_charging.model import Unit
from ocppkit.smart_charging.prepared import Prepared
from ocppkit.smart_charging.track import Track, sweep

__all__ = ["default_cap", "sum_of_evses", "total", "with_default"]


def default_cap(prepared: Prepared, conditions: Conditions, unit: Unit) -> int:
    """The number of what an EVSE may draw that nothing limits, for an answer in a unit.

    A default in the other unit counts only where there is none in this one.
    """
    amperes, watts = conditions.default_a, conditions.default_w
    if amperes is None and watts is None:
        return NO_CAP
    if amperes is not None and watts is not None:
        amperes, watts = (amperes, None) if unit is Unit.A else (None, watts)
    return prepared.caps.number(fixed_cap(prepared.supply, amperes, watts))


def with_default(track: Track, default: int) -> Track:
    """A track that has the default where nothing limits."""
    starts, caps = track
    if default == NO_CAP:
        return track
    return starts, [default if number == NO_CAP else number for number in caps]


def total(layers: Layers, default: int, unit: Unit, start: int, end: int) -> Track:
    """What limits all EVSEs together, the station's limits included."""
    station = layers.station(start, end)
    together = sum_of_evses(layers, station, default, unit, end)
    return sweep(together, station, layers.prepared.caps.lowest)


def sum_of_evses(layers: Layers, station: Track, default: int, unit: Unit, end: int) -> Track:
    """What the own limits of all EVSEs come to: nothing limits where nothing limits one of them.

    In A the amperes of all are added, as if they used the same phases. In W each EVSE's amperes
    count on no more phases than the station may use.

    Args:
        layers: the profiles, and what is asked.
        station: what limits the station as a whole.
        default: the number of the cap of an EVSE that nothing limits.
        unit: to add in.
        end: of the window, which starts where the station's track does.
    """
    caps = layers.prepared.caps
    start = station[0][0]
    phases = [caps.number(Cap(phases=caps.table[number].phases)) for number in station[1]]
    together: Track | None = None
    for evse in layers.conditions.evses:
        track = with_default(layers.own(evse, start, end), default)
        if unit is Unit.W and any(phases):
            track = sweep(track, (station[0], phases), caps.lowest)
        starts, numbers = track
        limits = caps.limits(unit)
        amounts = {number: caps.number(_amount(limits[number], unit)) for number in set(numbers)}
        track = starts, [amounts[number] for number in numbers]
        together = track if together is None else sweep(together, track, partial(_plus, caps))
    return ([start], [NO_CAP]) if together is None else together


def _amount(limit: Limit, unit: Unit) -> Cap:
    amount, phases = limit
    if amount is None:
        return Cap()
    stated = phases is not None
    if unit is Unit.A:
        return Cap(amperes=amount, phases=phases, stated=stated)
    return Cap(watts=amount, phases=phases, stated=stated)


def _plus(caps: Caps, one: int, other: int) -> int:
    if NO_CAP in {one, other}:
        return NO_CAP  # one of the two draws what it likes
    first, second = caps.table[one], caps.table[other]
    usual = caps.supply.phases
    stated = first.stated or second.stated
    return caps.number(
        Cap(
            amperes=_added(first.amperes, second.amperes),
            watts=_added(first.watts, second.watts),
            phases=max(first.phases or usual, second.phases or usual) if stated else None,
            stated=stated,
        )
    )


def _added(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
