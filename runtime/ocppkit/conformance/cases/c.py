"""Block C, authorization: tokens that the CSMS refuses."""

from __future__ import annotations

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._c_helpers import NO_METER_VALUES
from ocppkit.conformance.checks import fields
from ocppkit.conformance.points import AUTHORIZING
from ocppkit.conformance.states import ev_connected_pre_session, presents
from ocppkit.v201 import AuthorizeRequest, TransactionEventRequest

__all__ = ["tc_c_02_cs"]


@case
async def tc_c_02_cs(t: Case) -> None:
    """A token that the CSMS does not know starts nothing."""
    await t.configure(AUTHORIZING, optional=AUTHORIZING)
    await ev_connected_pre_session(t)

    token = t.settings.invalid_idtoken
    await presents(t, token)
    of_it = fields(id_token__id_token=token.id_token, id_token__type=token.type)
    _ = await t.expect(AuthorizeRequest, 1, check=of_it)
    await t.nothing(TransactionEventRequest, 1, where=NO_METER_VALUES)
