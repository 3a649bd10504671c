"""What the cases about starts, stops and cables share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from ocppkit.conformance.case import Case
from ocppkit.conformance.checks import ABSENT, Check, Matcher, fields, one_of
from ocppkit.conformance.places import place_of
from ocppkit.conformance.points import START, STOP, start_at, stop_at
from ocppkit.conformance.settings import Token
from ocppkit.conformance.states import REMOTE
from ocppkit.conformance.verdict import NotApplicable
from ocppkit.v201 import ReasonEnumType, TransactionEventRequest, TriggerReasonEnumType

__all__ = [
    "LOCALLY",
    "connects_at_ev",
    "disconnects_at_ev",
    "disconnects_at_station",
    "from_remote",
    "has_fixed_cable",
    "of_token",
    "starts_at",
    "stops_at",
    "timed_out",
]

LOCALLY: Final = one_of(ReasonEnumType.LOCAL, ABSENT)
"""A driver at the station stopped: the reason may be left out for this one (TransactionType)."""

_EV: Final = {"current_a": 32, "phases": 3}


async def starts_at(t: Case, *points: str, without: Collection[str] = ()) -> None:
    """Have transactions start at a point.

    Args:
        t: the case.
        *points: of which the station has to have one; the first it knows is the only one, where
            the station lets it be set.
        without: what must not be among the station's points, where it does not.

    Raises:
        NotApplicable: the station starts them otherwise.
    """
    if not _is_fixed(t, START, points, without):
        await start_at(t, _first_known(t, START, points))


async def stops_at(t: Case, *points: str, without: Collection[str] = ()) -> None:
    """Have transactions stop at the end of a point; as `starts_at` takes it.

    Raises:
        NotApplicable: the station stops them otherwise.
    """
    if not _is_fixed(t, STOP, points, without):
        await stop_at(t, _first_known(t, STOP, points))


def _first_known(t: Case, variable: str, points: Sequence[str]) -> str:
    item = t.inventory.get(variable)
    known = [point for point in points if item is None or point in item.values]
    return known[0] if known else points[0]


def _is_fixed(t: Case, variable: str, points: Collection[str], without: Collection[str]) -> bool:
    item = t.inventory.get(variable)
    if item is None or item.writable:
        return False
    chosen = {*t.inventory.members(variable)}
    if not chosen & {*points} or chosen & {*without}:
        raise NotApplicable(f"needs {variable} to be {' or '.join(points)}: it is {item.value}")
    return True


def from_remote(t: Case) -> bool:
    """Whether the CSMS starts and stops transactions, where a case leaves it open."""
    return t.settings.authorization_default == REMOTE


def of_token(token: Token) -> Check:
    """Holds for what carries this token."""
    return fields(id_token__id_token=token.id_token, id_token__type=token.type)


def has_fixed_cable(t: Case) -> bool:
    """Whether the cable cannot be taken off the station (HFS-2)."""
    return t.kit.features.has("HFS-2")


async def disconnects_at_ev(t: Case) -> None:
    """The EV is unplugged at its own side; a cable that is not fixed stays in the station."""
    number, connector = place_of(t)
    if has_fixed_cable(t):
        await t.do("plug_out", evse=number, connector=connector)
        t.session().plugged = False
    else:
        await t.do("plug_out", evse=number, connector=connector, side="ev")


async def connects_at_ev(t: Case) -> None:
    """The EV that was unplugged at its own side is plugged in there again, and wants energy."""
    number, connector = place_of(t)
    if has_fixed_cable(t):
        await t.do("plug_in", evse=number, connector=connector, ev=_EV)
        t.session().plugged = True
    else:
        await t.do("plug_in", evse=number, connector=connector, ev=_EV, side="ev")


async def disconnects_at_station(t: Case) -> None:
    """The cable that hangs in the station is taken off; nothing to do where it is fixed."""
    if has_fixed_cable(t):
        return
    number, connector = place_of(t)
    await t.do("plug_out", evse=number, connector=connector)
    t.session().plugged = False


async def timed_out(
    t: Case, step: int, since: float, *, event_type: object, reason: object | Matcher
) -> TransactionEventRequest:
    """Wait for the event that no EV was plugged in in time, and see that it is not early.

    Args:
        t: the case.
        step: of its text.
        since: when the time began to run, in monotonic seconds.
        event_type: of the event.
        reason: why the transaction stopped, as the event has to tell it.

    Raises:
        Missing: it does not come.
    """
    timeout = t.settings.ev_connection_timeout
    event = await t.expect(
        TransactionEventRequest,
        step,
        where=fields(trigger_reason=TriggerReasonEnumType.EV_CONNECT_TIMEOUT),
        check=fields(event_type=event_type, transaction_info__stopped_reason=reason),
        within=timeout + t.settings.message_timeout,
    )
    passed = t.came(event).at - since
    if passed < timeout - t.settings.time_deviation:
        t.deviate(step, event.ACTION, f"after {timeout} s", f"after {passed:g} s")
    return event
