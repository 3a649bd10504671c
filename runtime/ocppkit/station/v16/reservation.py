"""The Reservation profile: connectors kept free for drivers (1.6 §3.11, §5.1, §5.13)."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ocppkit.message import Answer, Then
from ocppkit.station.core import StationCore
from ocppkit.station.reservations import Reservation
from ocppkit.station.v16.connectors import Connectors
from ocppkit.v16 import (
    CancelReservationRequest,
    CancelReservationResponse,
    CancelReservationStatus,
    ReservationStatus,
    ReserveNowRequest,
    ReserveNowResponse,
    StationReservationHandler,
)

__all__ = ["ReservationProfile"]

_logger = logging.getLogger(__name__)


class ReservationProfile(StationReservationHandler):
    """Reserves connectors."""

    def __init__(
        self,
        *,
        core: StationCore,
        connectors: Connectors,
        accepts: Callable[[], bool],
        anywhere: Callable[[], bool],
    ) -> None:
        """Reserve for the CSMS.

        Args:
            core: the station.
            connectors: as 1.6 counts them.
            accepts: whether the station is configured to accept reservations.
            anywhere: whether connector 0 can be reserved.
        """
        self._core = core
        self._connectors = connectors
        self._accepts = accepts
        self._anywhere = anywhere

    async def on_reserve_now(self, request: ReserveNowRequest) -> Answer[ReserveNowResponse]:
        """Keep a connector, or any one of them, free for a driver (1.6 §5.13)."""
        number = request.connector_id
        known = self._anywhere() if number == 0 else number in self._connectors
        if not (known and self._accepts()):
            return ReserveNowResponse(status=ReservationStatus.REJECTED)
        if request.expiry_date <= self._core.now():
            _logger.warning("reservation %d is over already", request.reservation_id)
            return ReserveNowResponse(status=ReservationStatus.REJECTED)
        evse = connector = None
        if number != 0:
            place, connector = self._connectors.place(number)
            evse = place.id
        reservation = Reservation(
            id=request.reservation_id,
            expires=request.expiry_date,
            holder=request.id_tag,
            group_id=request.parent_id_tag,
            evse=evse,
            connector=connector,
        )
        reservations = self._core.reservations
        obstacle = reservations.obstacle(reservation)
        if obstacle is not None:
            return ReserveNowResponse(status=ReservationStatus(obstacle.value))
        await reservations.make(reservation)

        async def announce() -> None:
            reservations.announce(reservation)

        return Then(ReserveNowResponse(status=ReservationStatus.ACCEPTED), announce)

    async def on_cancel_reservation(
        self, request: CancelReservationRequest
    ) -> CancelReservationResponse:
        """Give a connector free again (1.6 §5.1)."""
        ended = await self._core.reservations.end(request.reservation_id)
        status = CancelReservationStatus.ACCEPTED if ended else CancelReservationStatus.REJECTED
        return CancelReservationResponse(status=status)
