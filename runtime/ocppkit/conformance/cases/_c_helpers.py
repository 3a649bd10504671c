"""What the cases about authorization share."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case
from ocppkit.conformance.checks import Check, fields, matching, same_token
from ocppkit.conformance.inventory import VariableName
from ocppkit.conformance.settings import Token
from ocppkit.conformance.states import presents
from ocppkit.v201 import (
    AuthorizeRequest,
    TransactionEventEnumType,
    TransactionEventRequest,
    TriggerReasonEnumType,
)

__all__ = [
    "BY_CACHE",
    "BY_LIST",
    "NO_METER_VALUES",
    "POST_AUTHORIZING",
    "asks_nobody",
    "told_of",
]

BY_CACHE: Final[dict[VariableName, object]] = {
    "AuthCacheCtrlr.Enabled": True,
    "AuthCtrlr.LocalPreAuthorize": True,
}
"""The station accepts what its cache holds."""

BY_LIST: Final[dict[VariableName, object]] = {
    "LocalAuthListCtrlr.Enabled": True,
    "AuthCtrlr.LocalPreAuthorize": True,
}
"""The station accepts what its local list holds."""

POST_AUTHORIZING: Final[dict[VariableName, object]] = {
    "AuthCacheCtrlr.DisablePostAuthorize": False,
    "LocalAuthListCtrlr.DisablePostAuthorize": False,
}
"""The station asks about what its memory refuses."""

_METER_VALUES: Final = (
    TriggerReasonEnumType.METER_VALUE_PERIODIC,
    TriggerReasonEnumType.METER_VALUE_CLOCK,
)

NO_METER_VALUES: Final[Check] = fields(
    trigger_reason=matching("no meter values", lambda value: value not in _METER_VALUES)
)
"""Holds for the events that tell of a change."""


def told_of(t: Case, step: int | str, token: Token, *, evse: int | None = None) -> None:
    """See that the event that brings a token begins its transaction, or else updates it.

    Only the events that the case has had are looked at: there need not be one.
    """
    session = t.session(evse)
    for event in session.had:
        if not same_token(event.id_token, token.wire) or session.transaction is None:
            continue
        first = session.transaction.requests[0] is event
        wanted = TransactionEventEnumType.STARTED if first else TransactionEventEnumType.UPDATED
        t.check(step, event, event_type=wanted)


async def asks_nobody(t: Case, token: Token) -> None:
    """Present a token that memory refuses: the CSMS hears nothing of it, and nothing starts.

    Raises:
        Impossible: it is no token that can be presented.
    """
    async with t.never(TransactionEventRequest, 1, where=NO_METER_VALUES):
        await presents(t, token)
        await t.nothing(AuthorizeRequest, 1)
