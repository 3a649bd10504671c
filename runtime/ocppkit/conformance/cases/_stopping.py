"""What the cases share in which something waits for the end of a transaction."""

from __future__ import annotations

from ocppkit.conformance.case import Case
from ocppkit.conformance.places import place_of
from ocppkit.conformance.points import stops_with
from ocppkit.conformance.settings import Token
from ocppkit.conformance.states import (
    ev_connected_post_session,
    parking_bay_unoccupied,
    stop_authorized,
    transaction_event,
)
from ocppkit.v201 import (
    ChargingStateEnumType,
    TransactionEventEnumType,
    TriggerReasonEnumType,
)

__all__ = ["until_ended"]


async def until_ended(
    t: Case, unplugging: int, *, evse: int | None = None, token: Token | None = None
) -> None:
    """The driver stops and leaves, until the transaction has ended.

    A connector that is to become inoperative, or to restart, need not be Available when it is
    unplugged: the state EVDisconnected asks for that.

    Args:
        t: the case.
        unplugging: the step at which the EV is unplugged, in the case's text.
        evse: where; the configured one unless told otherwise.
        token: whose; the valid one unless told otherwise.

    Raises:
        Missing: the station does not tell.
    """
    session = t.session(evse)
    await stop_authorized(t, evse=evse, token=token)
    if session.running:
        await ev_connected_post_session(t, evse=evse)
    if session.running:
        number, connector = place_of(t, evse)
        await t.do("plug_out", evse=number, connector=connector)
        session.plugged = session.authorized = False
        ends = stops_with(t, "EVConnected")
        _ = await transaction_event(
            t,
            unplugging,
            TriggerReasonEnumType.EV_COMMUNICATION_LOST,
            evse=evse,
            event_type=TransactionEventEnumType.ENDED if ends else TransactionEventEnumType.UPDATED,
            transaction_info__charging_state=ChargingStateEnumType.IDLE,
        )
    if session.running:
        await parking_bay_unoccupied(t, evse=evse)
