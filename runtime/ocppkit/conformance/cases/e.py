"""Block E, transactions: local start and stop."""

from __future__ import annotations

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.points import AUTHORIZING
from ocppkit.conformance.states import (
    LOCAL,
    authorized,
    energy_transfer_started,
    ev_connected_post_session,
    ev_connected_pre_session,
    ev_disconnected,
    parking_bay_unoccupied,
    stop_authorized,
)

__all__ = ["tc_e_03_cs", "tc_e_06_cs"]


@case
async def tc_e_03_cs(t: Case) -> None:
    """Cable first, then a token: energy flows."""
    await t.configure(AUTHORIZING, optional=AUTHORIZING)
    await ev_connected_pre_session(t)

    await authorized(t, by=LOCAL)
    await energy_transfer_started(t)


@case
async def tc_e_06_cs(t: Case) -> None:
    """A driver stops with the token that started."""
    await t.configure(AUTHORIZING, optional=AUTHORIZING)
    await energy_transfer_started(t)

    await stop_authorized(t, by=LOCAL)
    await ev_connected_post_session(t)
    await ev_disconnected(t)
    await parking_bay_unoccupied(t)
