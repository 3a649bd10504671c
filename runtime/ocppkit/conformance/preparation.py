"""The state in which every case begins, and how the station is brought back to it."""

from __future__ import annotations

from contextlib import suppress

from ocppkit.conformance.case import Case
from ocppkit.conformance.inventory import Key
from ocppkit.conformance.places import AVAILABLE, place_of
from ocppkit.conformance.roots import delete_roots
from ocppkit.conformance.sessions import STATES
from ocppkit.conformance.verdict import Impossible, Missing, StationNotIdle
from ocppkit.v201 import (
    CancelReservationRequest,
    ChangeAvailabilityRequest,
    ClearCacheRequest,
    ClearChargingProfileRequest,
    OperationalStatusEnumType,
    RequestStartTransactionRequest,
    RequestStopTransactionRequest,
    ReserveNowRequest,
    SendLocalListRequest,
    SetChargingProfileRequest,
    UnlockConnectorRequest,
    UpdateEnumType,
)

__all__ = ["clean_up", "prepare"]

_PRE_AUTHORIZE = "AuthCtrlr.LocalPreAuthorize"


async def prepare(t: Case) -> None:
    """See that the station is connected and idle, and set what every case assumes.

    Raises:
        StationNotIdle: it is not, and a restart does not help.
        Missing: it does not answer.
    """
    await t.connected()
    if not await _is_idle(t):
        await t.variables.restart()
        idle = await t.kit.mailbox.until(lambda: _all_available(t), t.settings.reboot_timeout)
        if not idle and not await _is_idle(t):
            busy = [place for place, state in t.kit.states.items() if state is not AVAILABLE]
            raise StationNotIdle(f"not Available after a restart: {busy}")
    for token in t.settings.tokens:
        t.think(token)
    await t.configure({_PRE_AUTHORIZE: False}, optional=(_PRE_AUTHORIZE,))


async def clean_up(t: Case) -> None:
    """Undo what a case did, whatever became of it; every part is tried."""
    t.kit.answers.reset()
    t.kit.at = t.kit.first
    for endpoint in (t.kit.first, t.kit.second):
        endpoint.refusing = endpoint.check = None
    for part in (_reconnect, _free_lock, _end_sessions, _undo_calls, delete_roots, _restore):
        with suppress(Missing, Impossible):
            await part(t)


async def _reconnect(t: Case) -> None:
    await t.connected()


async def _free_lock(t: Case) -> None:
    if t.lock_broken and t.kit.world.can("lock_behaviour"):
        number, connector = place_of(t)
        await t.do("lock_behaviour", evse=number, connector=connector, works=True)


async def _end_sessions(t: Case) -> None:
    for transaction in t.sessions.running:
        _ = await t.ask(RequestStopTransactionRequest(transaction_id=transaction.id))
    for session in t.sessions.plugged:
        number, connector = place_of(t, session.evse)
        # The station may hold the cable for its driver (E09, E10).
        if t.kit.features.has("HFS-1", at=(number, connector)):
            _ = await t.ask(UnlockConnectorRequest(evse_id=number, connector_id=connector))
        await t.do("plug_out", evse=number, connector=connector)
        session.plugged = False
    wait = t.settings.message_timeout
    _ = await t.kit.mailbox.until(lambda: not t.sessions.running, wait)
    if any(session.bay for session in t.sessions) and t.kit.world.can("bay"):
        for session in t.sessions:
            await t.do("bay", evse=session.evse, occupied=False)


async def _undo_calls(t: Case) -> None:
    """Take back what the case asked for that lasts."""
    made, asked = tuple(t.calls), {type(call) for call in t.calls}
    for call in made:
        match call:
            case ChangeAvailabilityRequest(
                operational_status=OperationalStatusEnumType.INOPERATIVE, evse=evse
            ):
                again = OperationalStatusEnumType.OPERATIVE
                _ = await t.ask(ChangeAvailabilityRequest(operational_status=again, evse=evse))
            case ReserveNowRequest(id=number):
                _ = await t.ask(CancelReservationRequest(reservation_id=number))
            case (
                RequestStartTransactionRequest(charging_profile=profile)
                | SetChargingProfileRequest(charging_profile=profile)
            ) if profile:
                _ = await t.ask(ClearChargingProfileRequest(charging_profile_id=profile.id))
    if SendLocalListRequest in asked:
        _ = await t.ask(SendLocalListRequest(version_number=1, update_type=UpdateEnumType.FULL))
    if t.inventory.true("AuthCacheCtrlr.Enabled") and t.known:
        _ = await t.ask(ClearCacheRequest())


async def _restore(t: Case) -> None:
    await t.variables.restore()


async def _is_idle(t: Case) -> bool:
    """Ask for the states of all connectors; where they are no variables, go by what was told."""
    keys = [
        Key(component="Connector", name="AvailabilityState", evse=evse, connector=connector)
        for evse, connector in t.kit.connectors
    ]
    known = [key for key in keys if t.inventory.get(key) is not None]
    for key, value in (await t.variables.get(*known)).items():
        if key.evse and key.connector and value in STATES:
            t.kit.states[key.evse, key.connector] = STATES[value]
    return _all_available(t)


def _all_available(t: Case) -> bool:
    return all(t.kit.states.get(place, AVAILABLE) is AVAILABLE for place in t.kit.connectors)
