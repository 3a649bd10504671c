"""What a station has to tell of its connectors, by StatusNotification or by NotifyEvent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from ocppkit.conformance.case import Case
from ocppkit.conformance.mailbox import Received
from ocppkit.conformance.sessions import connector_states
from ocppkit.conformance.verdict import Missing
from ocppkit.v201 import (
    BootNotificationRequest,
    ConnectorStatusEnumType,
    EventTriggerEnumType,
    NotifyEventRequest,
)

__all__ = ["AVAILABLE", "Place", "connector_is", "connectors_are", "place_of"]

Place: TypeAlias = tuple[int, int]
"""An EVSE, and one of its connectors."""

AVAILABLE = ConnectorStatusEnumType.AVAILABLE


def place_of(t: Case, evse: int | None = None, connector: int | None = None) -> Place:
    """A place; the configured one unless told otherwise, or the EVSE's first connector."""
    if evse is None or evse == t.settings.evse_id:
        return t.settings.evse_id, connector or t.settings.connector_id
    return evse, connector or 1


async def connector_is(
    t: Case,
    step: int | str,
    status: ConnectorStatusEnumType,
    *,
    evse: int | None = None,
    connector: int | None = None,
    within: float | None = None,
) -> Received:
    """Wait until the station tells that a connector has a status, and did not before in the case.

    Raises:
        Missing: it does not tell.
    """
    place = place_of(t, evse, connector)
    patience = t.settings.message_timeout if within is None else within

    def find() -> Received | None:
        return _told(t, place, status)

    _ = await t.kit.mailbox.until(lambda: find() is not None, patience)
    came = find()
    if came is None:
        last = t.kit.states.get(place)
        told = f"last {last}" if last else "nothing"
        where = f"status of connector {place[1]} of EVSE {place[0]}"
        t.deviate(step, where, status, f"{told} within {patience:g} s")
        raise Missing(where)
    t.looked_at[place] = came.number + 1
    came.taken = True
    _check_trigger(t, step, came, place)
    return came


async def connectors_are(
    t: Case,
    step: int | str,
    wanted: Mapping[Place, ConnectorStatusEnumType] | None = None,
    *,
    others: ConnectorStatusEnumType | None = AVAILABLE,
    within: float | None = None,
    since: BootNotificationRequest | None = None,
) -> None:
    """Wait until the station has told the status of every connector that is named, or of all.

    Args:
        t: the case.
        step: of its text.
        wanted: status by place.
        others: of all connectors that are not named; None leaves them out.
        within: how long each may take, in seconds.
        since: what was told before this boot does not count; all of the case does if left out.

    Raises:
        Missing: it does not tell.
    """
    if since is not None:
        t.looked_at = dict.fromkeys(t.kit.connectors, t.came(since).number + 1)
    all_of_them = {} if others is None else dict.fromkeys(t.kit.connectors, others)
    for (evse, connector), status in {**all_of_them, **(wanted or {})}.items():
        _ = await connector_is(t, step, status, evse=evse, connector=connector, within=within)


def _told(t: Case, place: Place, status: ConnectorStatusEnumType) -> Received | None:
    begin = max(t.mark, t.looked_at.get(place, 0))
    for came in t.kit.mailbox.received[begin:]:
        if connector_states(came).get(place) is status:
            return came
    return None


def _check_trigger(t: Case, step: int | str, came: Received, place: Place) -> None:
    if not isinstance(came.request, NotifyEventRequest):
        return
    for event in came.request.event_data:
        at = event.component.evse
        if at is not None and (at.id, at.connector_id) == place:
            t.check(step, event, trigger=EventTriggerEnumType.DELTA)
