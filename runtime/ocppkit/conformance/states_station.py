"""Part 6's reusable states of the station as a whole, and of its connection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from ocppkit.conformance.case import Case
from ocppkit.conformance.checks import fields, one_of
from ocppkit.conformance.places import Place, connector_is, connectors_are, place_of
from ocppkit.conformance.playing import state
from ocppkit.conformance.settings import Token
from ocppkit.v201 import (
    BootNotificationRequest,
    CertificateHashDataChainType,
    ChangeAvailabilityRequest,
    ChangeAvailabilityStatusEnumType,
    ConnectorStatusEnumType,
    EVSEType,
    GetCertificateIdUseEnumType,
    GetInstalledCertificateIdsRequest,
    GetInstalledCertificateStatusEnumType,
    OperationalStatusEnumType,
    ReserveNowRequest,
    ReserveNowStatusEnumType,
    ResetEnumType,
    ResetRequest,
    ResetStatusEnumType,
    SecurityEvent,
    SecurityEventNotificationRequest,
)

__all__ = [
    "STARTUP_EVENTS",
    "booted",
    "booting",
    "get_installed_certificates",
    "offline_transaction_started",
    "reserved",
    "unavailable",
]

STARTUP_EVENTS: Final = (
    SecurityEvent.STARTUP_OF_THE_DEVICE.value,
    SecurityEvent.RESET_OR_REBOOT.value,
)

_A_DAY: Final = timedelta(days=1)


@state("Booting")
async def booting(t: Case) -> None:
    """Booting: the station is reset at once; what follows is the case's, inside `Case.reboot`.

    Raises:
        Missing: it does not answer.
    """
    t.allow(BootNotificationRequest)
    accepted = fields(status=ResetStatusEnumType.ACCEPTED)
    _ = await t.call(ResetRequest(type=ResetEnumType.IMMEDIATE), 2, check=accepted)


@state("Booted")
async def booted(
    t: Case,
    *,
    how: str = "reset",
    states: Mapping[Place, ConnectorStatusEnumType] | None = None,
) -> BootNotificationRequest:
    """Booted: the station starts anew, is accepted, and tells of all its connectors.

    Args:
        t: the case.
        how: ``reset`` by the CSMS, or ``action`` for a power cycle.
        states: of connectors that are not Available.

    Raises:
        Missing: the station does not do it.
    """
    async with t.reboot():
        if how == "reset":
            await booting(t)
        else:
            await t.do("reboot")
        boot = await t.expect(BootNotificationRequest, 3, within=t.settings.reboot_timeout)
        await connectors_are(t, 5, states, since=boot)
        _ = await t.expect(
            SecurityEventNotificationRequest, 7, where=fields(type=one_of(*STARTUP_EVENTS))
        )
    return boot


@state("Reserved")
async def reserved(t: Case, *, evse: int | None = None, token: Token | None = None) -> int:
    """Reserved: an EVSE is held for a driver; returns the reservation's number.

    Raises:
        Missing: the station does not tell.
    """
    number, _ = place_of(t, evse)
    reservation = t.kit.new_number()
    request = ReserveNowRequest(
        id=reservation,
        expiry_date_time=t.kit.clock.utc_now() + _A_DAY,
        id_token=(token or t.settings.valid_idtoken).wire,
        evse_id=number,
    )
    _ = await t.call(request, 2, check=fields(status=ReserveNowStatusEnumType.ACCEPTED))
    for place in t.kit.connectors:
        if place[0] == number:
            _ = await connector_is(
                t, 3, ConnectorStatusEnumType.RESERVED, evse=place[0], connector=place[1]
            )
    return reservation


@state("Unavailable")
async def unavailable(t: Case, *, evse: int | None = None, connector: int | None = None) -> None:
    """Unavailable: the station, an EVSE or a connector is made inoperative.

    Args:
        t: the case.
        evse: None for the whole station.
        connector: None for the whole EVSE.

    Raises:
        Missing: the station does not tell.
    """
    request = ChangeAvailabilityRequest(
        operational_status=OperationalStatusEnumType.INOPERATIVE,
        evse=None if evse is None else EVSEType(id=evse, connector_id=connector),
    )
    _ = await t.call(request, 2, check=fields(status=ChangeAvailabilityStatusEnumType.ACCEPTED))
    concerned = {
        place: ConnectorStatusEnumType.UNAVAILABLE
        for place in t.kit.connectors
        if evse in (None, place[0]) and connector in (None, place[1])
    }
    await connectors_are(t, 3, concerned, others=None)


@state("StartOfflineTransaction")
async def offline_transaction_started(t: Case, *, token: Token | None = None) -> None:
    """StartOfflineTransaction: an EV comes and a driver presents a token while nobody listens.

    Nothing is checked; afterwards the station has connected again, and its queue has begun to come.

    Raises:
        Missing: the station does not connect again.
    """
    number, connector = place_of(t)
    chosen = token or t.settings.valid_idtoken
    session = t.session()
    async with t.offline():
        if t.kit.world.can("bay"):
            await t.do("bay", evse=number, occupied=True)
            session.bay = True
        await t.do("present_token", token=chosen.id_token, type=chosen.type.value, evses=[number])
        await t.do("plug_in", evse=number, connector=connector, ev={"current_a": 32, "phases": 3})
        session.plugged = session.authorized = session.transferring = True
        await t.kit.clock.sleep(t.settings.transaction_duration)


async def get_installed_certificates(
    t: Case, use: GetCertificateIdUseEnumType, step: int | str = 2
) -> list[CertificateHashDataChainType]:
    """GetInstalledCertificates: what the station has of a type.

    Raises:
        Missing: it does not answer.
    """
    answer = await t.call(
        GetInstalledCertificateIdsRequest(certificate_type=[use]),
        step,
        check=fields(status=GetInstalledCertificateStatusEnumType.ACCEPTED),
    )
    return answer.certificate_hash_data_chain or []
