"""Profiles of 1.6 that most stations are never asked for, loaded when they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ocppkit.station.core import StationCore
from ocppkit.station.deferred import Deferred
from ocppkit.station.token_book import TokenBook
from ocppkit.station.v16.connectors import Connectors
from ocppkit.v16 import (
    StationLocalAuthListManagementHandler,
    StationReservationHandler,
    StationSmartChargingHandler,
)

if TYPE_CHECKING:
    from ocppkit.station.v16.local_auth_list import LocalAuthListProfile
    from ocppkit.station.v16.reservation import ReservationProfile
    from ocppkit.station.v16.smart_charging import SmartChargingProfile

__all__ = ["local_auth_list", "reservation", "smart_charging"]


def local_auth_list(
    *,
    book: TokenBook,
    enabled: Callable[[], bool],
    most: Callable[[], int],
    most_sent: Callable[[], int],
) -> Deferred[LocalAuthListProfile]:
    """Local Auth List Management; the arguments are the profile's."""

    def make() -> LocalAuthListProfile:
        from ocppkit.station.v16.local_auth_list import (  # noqa: PLC0415  # rare
            LocalAuthListProfile,
        )

        return LocalAuthListProfile(book=book, enabled=enabled, most=most, most_sent=most_sent)

    return Deferred(
        make,
        StationLocalAuthListManagementHandler.on_get_local_list_version,
        StationLocalAuthListManagementHandler.on_send_local_list,
    )


def reservation(
    *,
    core: StationCore,
    connectors: Connectors,
    accepts: Callable[[], bool],
    anywhere: Callable[[], bool],
) -> Deferred[ReservationProfile]:
    """Reservation; the arguments are the profile's."""

    def make() -> ReservationProfile:
        from ocppkit.station.v16.reservation import ReservationProfile  # noqa: PLC0415  # rare

        return ReservationProfile(
            core=core, connectors=connectors, accepts=accepts, anywhere=anywhere
        )

    return Deferred(
        make,
        StationReservationHandler.on_cancel_reservation,
        StationReservationHandler.on_reserve_now,
    )


def smart_charging(core: StationCore) -> Deferred[SmartChargingProfile]:
    """Smart Charging, which brings the engine along."""

    def make() -> SmartChargingProfile:
        from ocppkit.station.v16.smart_charging import (  # noqa: PLC0415  # a megabyte
            SmartChargingProfile,
        )

        return SmartChargingProfile(limits=core.limits, settings=core.config.smart_charging)

    return Deferred(
        make,
        StationSmartChargingHandler.on_clear_charging_profile,
        StationSmartChargingHandler.on_get_composite_schedule,
        StationSmartChargingHandler.on_set_charging_profile,
    )
