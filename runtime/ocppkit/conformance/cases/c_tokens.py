"""Block C, authorization: tokens that the CSMS refuses, or that are another driver's."""

from __future__ import annotations

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._c_helpers import NO_METER_VALUES
from ocppkit.conformance.cases._e_helpers import of_token
from ocppkit.conformance.checks import PRESENT, fields
from ocppkit.conformance.points import AUTHORIZING
from ocppkit.conformance.settings import Token
from ocppkit.conformance.states import energy_transfer_started, ev_connected_pre_session, presents
from ocppkit.v201 import (
    AuthorizationStatusEnumType,
    AuthorizeRequest,
    TransactionEventEnumType,
    TransactionEventRequest,
)

__all__ = ["tc_c_04_cs", "tc_c_05_cs", "tc_c_06_cs", "tc_c_07_cs", "tc_c_56_cs"]

_Status = AuthorizationStatusEnumType


@case
async def tc_c_04_cs(t: Case) -> None:
    """A token other than the one that started leaves the transaction alone."""
    await t.configure(AUTHORIZING, optional=AUTHORIZING)
    await energy_transfer_started(t)

    other = t.settings.valid_idtoken2
    ended = fields(event_type=TransactionEventEnumType.ENDED)
    async with t.never(TransactionEventRequest, "post", where=ended):
        await presents(t, other)
        _ = await t.expect(AuthorizeRequest, 1, check=of_token(other))
        await t.nothing(TransactionEventRequest, 2, where=fields(id_token=PRESENT))


@case
async def tc_c_05_cs(t: Case) -> None:
    """A token that the CSMS does not know starts nothing where the cable is locked out."""
    await t.configure(AUTHORIZING, optional=AUTHORIZING)

    await _starts_nothing(t, t.settings.invalid_idtoken, _Status.INVALID)


@case
async def tc_c_06_cs(t: Case) -> None:
    """A blocked token starts nothing."""
    await t.configure(AUTHORIZING, optional=AUTHORIZING)
    await ev_connected_pre_session(t)

    await _starts_nothing(t, t.settings.blocked_idtoken, _Status.BLOCKED)


@case
async def tc_c_07_cs(t: Case) -> None:
    """An expired token starts nothing."""
    await t.configure(AUTHORIZING, optional=AUTHORIZING)
    await ev_connected_pre_session(t)

    await _starts_nothing(t, t.settings.expired_idtoken, _Status.EXPIRED)


@case
async def tc_c_56_cs(t: Case) -> None:
    """A token of which the CSMS says that it is unknown starts nothing."""
    await t.configure(AUTHORIZING, optional=AUTHORIZING)
    await ev_connected_pre_session(t)

    await _starts_nothing(t, t.settings.invalid_idtoken, _Status.UNKNOWN)


async def _starts_nothing(t: Case, token: Token, status: AuthorizationStatusEnumType) -> None:
    t.think(token, status=status)
    await presents(t, token)
    _ = await t.expect(AuthorizeRequest, 1, check=of_token(token))
    await t.nothing(TransactionEventRequest, 1, where=NO_METER_VALUES)
