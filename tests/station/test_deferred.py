"""Handlers that come with their first message."""

from __future__ import annotations

from typing import Any

import pytest

from ocppkit.errors import CallError, ErrorCode
from ocppkit.message import Handler, Side, Version, is_stub
from ocppkit.rpc import Router
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, StationConfig
from ocppkit.station.deferred import Deferred
from ocppkit.v16 import (
    CancelReservationRequest,
    CancelReservationResponse,
    CancelReservationStatus,
    StationReservationHandler,
)
from ocppkit.v16.actions import ACTIONS


class Cancels(StationReservationHandler):
    made = 0

    def __init__(self) -> None:
        type(self).made += 1

    async def on_cancel_reservation(
        self,
        request: CancelReservationRequest,  # noqa: ARG002  # whichever it is
    ) -> CancelReservationResponse:
        return CancelReservationResponse(status=CancelReservationStatus.ACCEPTED)


@pytest.fixture
def router() -> Router:
    Cancels.made = 0
    later = Deferred(Cancels, StationReservationHandler.on_cancel_reservation)
    return Router(side=Side.STATION, actions=ACTIONS, handlers=[later])


async def test_a_handler_is_made_once_with_its_first_message(router: Router) -> None:
    method = router.route("CancelReservation").method
    before = Cancels.made
    answers = [await method(CancelReservationRequest(reservation_id=each)) for each in (1, 2)]

    assert before == 0
    assert Cancels.made == 1
    assert {each.status for each in answers} == {CancelReservationStatus.ACCEPTED}


def test_what_is_not_named_is_not_supported(router: Router) -> None:
    with pytest.raises(CallError) as refused:
        router.route("ReserveNow")

    assert refused.value.code is ErrorCode.NOT_SUPPORTED
    assert Cancels.made == 0


def _methods(handler: Handler) -> set[str]:
    found: dict[str, Any] = {name: getattr(handler, name) for name in dir(handler)}
    return {name for name, it in found.items() if name.startswith("on_") and not is_stub(it)}


@pytest.mark.parametrize("version", list(Version))
def test_stations_name_what_their_deferred_handlers_answer(version: Version) -> None:
    config = StationConfig(identity="CS001", csms_url="ws://127.0.0.1:1", versions=(version,))
    station = ChargingStation(config, hardware=SimulatedHardware())
    deferred = [each for each in station.core.dialect.handlers() if isinstance(each, Deferred)]

    assert deferred
    for each in deferred:
        assert _methods(each) == _methods(each.made)
