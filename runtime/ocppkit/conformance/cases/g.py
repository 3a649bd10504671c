"""Block G, availability: made inoperative and operative again, and told of."""

from __future__ import annotations

from collections.abc import Iterable

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._stopping import until_ended
from ocppkit.conformance.checks import fields
from ocppkit.conformance.places import Place, connector_is, connectors_are, place_of
from ocppkit.conformance.sessions import connector_states
from ocppkit.conformance.states import (
    authorized,
    booted,
    energy_transfer_started,
    ev_connected_pre_session,
    unavailable,
)
from ocppkit.v201 import (
    ChangeAvailabilityRequest,
    ChangeAvailabilityStatusEnumType,
    ChargingStateEnumType,
    ConnectorStatusEnumType,
    EventTriggerEnumType,
    EVSEType,
    NotifyEventRequest,
    OperationalStatusEnumType,
    TransactionEventEnumType,
    TransactionEventRequest,
    TriggerReasonEnumType,
)

__all__ = [
    "tc_g_01_cs",
    "tc_g_02_cs",
    "tc_g_03_cs",
    "tc_g_04_cs",
    "tc_g_05_cs",
    "tc_g_06_cs",
    "tc_g_07_cs",
    "tc_g_08_cs",
    "tc_g_09_cs",
    "tc_g_10_cs",
    "tc_g_11_cs",
    "tc_g_12_cs",
    "tc_g_13_cs",
    "tc_g_14_cs",
    "tc_g_15_cs",
    "tc_g_16_cs",
    "tc_g_17_cs",
    "tc_g_18_cs",
    "tc_g_19_cs",
    "tc_g_20_cs",
    "tc_g_21_cs",
]

_AVAILABLE = ConnectorStatusEnumType.AVAILABLE
_UNAVAILABLE = ConnectorStatusEnumType.UNAVAILABLE
_OPERATIVE = OperationalStatusEnumType.OPERATIVE
_INOPERATIVE = OperationalStatusEnumType.INOPERATIVE
_LOCK = "ConnectorPlugRetentionLock"
_LOST = TriggerReasonEnumType.EV_COMMUNICATION_LOST
_SCHEDULED = ChangeAvailabilityStatusEnumType.SCHEDULED


@case
async def tc_g_01_cs(t: Case) -> None:
    """A connector that is plugged in is Occupied."""
    await ev_connected_pre_session(t)


@case
async def tc_g_02_cs(t: Case) -> None:
    """A connector that is unplugged is Available."""
    await ev_connected_pre_session(t)

    evse, connector = place_of(t)
    await t.do("plug_out", evse=evse, connector=connector)
    t.session().plugged = False
    t.allow(TransactionEventRequest, fields(trigger_reason=_LOST))
    _ = await connector_is(t, 3, _AVAILABLE)


@case
async def tc_g_03_cs(t: Case) -> None:
    """An EVSE is made inoperative."""
    await unavailable(t, evse=place_of(t)[0])


@case
async def tc_g_04_cs(t: Case) -> None:
    """An EVSE is made operative again."""
    evse, _ = place_of(t)
    await unavailable(t, evse=evse)

    await _change(t, _OPERATIVE, evse=evse)
    await connectors_are(t, 3, _of_evse(t, _AVAILABLE), others=None)


@case
async def tc_g_05_cs(t: Case) -> None:
    """The station is made inoperative."""
    await unavailable(t)


@case
async def tc_g_06_cs(t: Case) -> None:
    """The station is made operative again."""
    await unavailable(t)

    await _change(t, _OPERATIVE)
    await connectors_are(t, 3)


@case
async def tc_g_07_cs(t: Case) -> None:
    """A connector is made inoperative."""
    evse, connector = place_of(t)
    await unavailable(t, evse=evse, connector=connector)


@case
async def tc_g_08_cs(t: Case) -> None:
    """A connector is made operative again."""
    evse, connector = place_of(t)
    await unavailable(t, evse=evse, connector=connector)

    await _change(t, _OPERATIVE, evse=evse, connector=connector)
    _ = await connector_is(t, 3, _AVAILABLE)


@case
async def tc_g_09_cs(t: Case) -> None:
    """An EVSE that is operative can be made so."""
    await _change(t, _OPERATIVE, evse=place_of(t)[0])


@case
async def tc_g_10_cs(t: Case) -> None:
    """An EVSE that is inoperative can be made so."""
    evse, _ = place_of(t)
    await unavailable(t, evse=evse)

    await _change(t, _INOPERATIVE, evse=evse)


@case
async def tc_g_11_cs(t: Case) -> None:
    """An EVSE at which a driver charges becomes inoperative when the transaction ends."""
    await energy_transfer_started(t)

    await _change(t, _INOPERATIVE, evse=place_of(t)[0], status=_SCHEDULED)
    await _stays(t, 4, _of_evse(t, _UNAVAILABLE))
    await until_ended(t, 9)
    await connectors_are(t, 4, _of_evse(t, _UNAVAILABLE), others=None)


@case
async def tc_g_12_cs(t: Case) -> None:
    """A station that is operative can be made so."""
    await _change(t, _OPERATIVE)


@case
async def tc_g_13_cs(t: Case) -> None:
    """A station that is inoperative can be made so."""
    await unavailable(t)

    await _change(t, _INOPERATIVE)


@case
async def tc_g_14_cs(t: Case) -> None:
    """A station becomes inoperative: idle EVSEs at once, the other when its transaction ends."""
    await energy_transfer_started(t)

    await _change(t, _INOPERATIVE, status=_SCHEDULED)
    busy = _of_evse(t, _UNAVAILABLE)
    idle = dict.fromkeys((each for each in t.kit.connectors if each not in busy), _UNAVAILABLE)
    await connectors_are(t, 3, idle, others=None)
    await _stays(t, 6, busy)
    await until_ended(t, 11)
    await connectors_are(t, 6, busy, others=None)


@case
async def tc_g_15_cs(t: Case) -> None:
    """A connector that is operative can be made so."""
    evse, connector = place_of(t)
    await _change(t, _OPERATIVE, evse=evse, connector=connector)


@case
async def tc_g_16_cs(t: Case) -> None:
    """A connector of a station that is inoperative can be made so."""
    await unavailable(t)

    evse, connector = place_of(t)
    await _change(t, _INOPERATIVE, evse=evse, connector=connector)


@case
async def tc_g_17_cs(t: Case) -> None:
    """A connector at which a driver charges becomes inoperative when the transaction ends."""
    await energy_transfer_started(t)

    evse, connector = place_of(t)
    await _change(t, _INOPERATIVE, evse=evse, connector=connector, status=_SCHEDULED)
    await _stays(t, 4, [place_of(t)])
    await until_ended(t, 9)
    _ = await connector_is(t, 4, _UNAVAILABLE)


@case
async def tc_g_18_cs(t: Case) -> None:
    """An EVSE stays inoperative over a restart."""
    evse, _ = place_of(t)
    await unavailable(t, evse=evse)

    await _change(t, _INOPERATIVE, evse=evse)
    _ = await booted(t, states=_of_evse(t, _UNAVAILABLE))


@case
async def tc_g_19_cs(t: Case) -> None:
    """A connector stays inoperative over a restart."""
    evse, connector = place_of(t)
    await unavailable(t, evse=evse, connector=connector)

    _ = await booted(t, states={(evse, connector): _UNAVAILABLE})


@case
async def tc_g_20_cs(t: Case) -> None:
    """No energy flows where the cable cannot be locked, and the CSMS is told of that."""
    evse, connector = place_of(t)
    await t.do("lock_behaviour", evse=evse, connector=connector, works=False)
    await ev_connected_pre_session(t)

    ended = fields(event_type=TransactionEventEnumType.ENDED)
    t.allow(TransactionEventRequest, ended)  # as the station likes: nothing is asked of it
    charging = fields(transaction_info__charging_state=ChargingStateEnumType.CHARGING)
    async with t.never(TransactionEventRequest, "post", where=charging):
        await authorized(t)
        _ = await t.expect(
            NotifyEventRequest,
            2,
            where=fields(
                event_data__0__component__name=_LOCK, event_data__0__variable__name="Problem"
            ),
            check=fields(
                event_data__0__trigger=EventTriggerEnumType.DELTA,
                event_data__0__actual_value="true",
            ),
        )
        await t.kit.clock.sleep(t.settings.message_timeout)


@case
async def tc_g_21_cs(t: Case) -> None:
    """The station stays inoperative over a restart."""
    await unavailable(t)

    _ = await booted(t, states=dict.fromkeys(t.kit.connectors, _UNAVAILABLE))


async def _stays(t: Case, step: int, places: Iterable[Place]) -> None:
    """See that no connector becomes Unavailable while its transaction goes on (G03.FR.05)."""
    busy, begin = {*places}, t.mark
    await t.kit.clock.sleep(t.settings.transaction_duration)
    for came in t.kit.mailbox.received[begin:]:
        told = connector_states(came)
        for evse, connector in sorted(busy & told.keys()):
            if told[evse, connector] is _UNAVAILABLE:
                where = f"status of connector {connector} of EVSE {evse}"
                t.deviate(step, where, "the end of the transaction first", _UNAVAILABLE)


async def _change(
    t: Case,
    to: OperationalStatusEnumType,
    *,
    evse: int | None = None,
    connector: int | None = None,
    status: ChangeAvailabilityStatusEnumType = ChangeAvailabilityStatusEnumType.ACCEPTED,
) -> None:
    place = None if evse is None else EVSEType(id=evse, connector_id=connector)
    request = ChangeAvailabilityRequest(operational_status=to, evse=place)
    _ = await t.call(request, 2, check=fields(status=status))


def _of_evse(t: Case, status: ConnectorStatusEnumType) -> dict[Place, ConnectorStatusEnumType]:
    """A status for every connector of the configured EVSE."""
    evse, _ = place_of(t)
    return {place: status for place in t.kit.connectors if place[0] == evse}
