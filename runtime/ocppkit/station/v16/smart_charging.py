"""The Smart Charging profile: charging profiles of the CSMS (1.6 §5.5, §5.7, §5.16)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from attrs import frozen

from ocppkit.errors import CallError
from ocppkit.smart_charging.collection import Change, clear_v16, install_v16
from ocppkit.smart_charging.messages import composite_to_v16, from_v16
from ocppkit.smart_charging.model import Installed, Profile, Unit
from ocppkit.smart_charging.validation import Violation
from ocppkit.smart_charging.validation_v16 import check_remote_start_v16, check_v16
from ocppkit.station.charging_limits import ChargingLimits
from ocppkit.station.evse import Evse
from ocppkit.station.settings.behaviour import SmartCharging
from ocppkit.station.transaction import Authorization
from ocppkit.v16 import (
    ChargingProfile,
    ChargingProfileStatus,
    ClearChargingProfileRequest,
    ClearChargingProfileResponse,
    ClearChargingProfileStatus,
    GetCompositeScheduleRequest,
    GetCompositeScheduleResponse,
    GetCompositeScheduleStatus,
    SetChargingProfileRequest,
    SetChargingProfileResponse,
    StationSmartChargingHandler,
)
from ocppkit.value import Value

__all__ = ["SmartChargingProfile"]

_MOST_PERIODS: Final = 1024
"""How many periods an answer has at most, whatever is configured: it has to fit into a message."""


class _Refused(Exception):  # no error, but an answer on its way out
    def __init__(self, violation: Violation) -> None:
        self.violation = violation
        super().__init__(violation.message)


@frozen(kw_only=True, eq=False, repr=False)
class _Waiting(Value):
    """A profile that came with a remote start, whose transaction has not started yet."""

    evse: Evse
    authorization: Authorization
    profile: Profile

    @property
    def awaited(self) -> bool:
        """Whether the transaction may still start."""
        return self.evse.authorization is self.authorization


class SmartChargingProfile(StationSmartChargingHandler):
    """Installs, clears and reckons up charging profiles.

    A station that does no smart charging has none of this: the router says NotSupported (errata
    §3.39).
    """

    def __init__(self, *, limits: ChargingLimits, settings: SmartCharging) -> None:
        """Answer the CSMS.

        Args:
            limits: has the profiles.
            settings: which units and how many periods there may be.
        """
        self._limits = limits
        self._settings = settings
        self._waiting: dict[int, _Waiting] = {}  # by EVSE

    async def on_set_charging_profile(
        self, request: SetChargingProfileRequest
    ) -> SetChargingProfileResponse:
        """Install a profile, on the disk before the answer (1.6 §5.16; errata §3.37).

        Raises:
            CallError: there is no such connector (errata §3.39).
        """
        profile = from_v16(request.cs_charging_profiles)
        new = Installed(evse=request.connector_id, profile=profile)

        def changing(installed: tuple[Installed, ...]) -> Change:
            view = self._limits.situation.view(installed)
            violation = check_v16(request.connector_id, profile, view)
            if violation is not None:
                raise _Refused(violation)
            return install_v16(installed, new)

        try:
            await self._limits.profiles.update(changing)
        except _Refused as refused:
            violation = refused.violation
            if violation.error_code is not None:
                raise CallError(violation.error_code, violation.message) from None
            status = ChargingProfileStatus.REJECTED
            if violation.unsupported:
                status = ChargingProfileStatus.NOT_SUPPORTED
            return SetChargingProfileResponse(status=status)
        return SetChargingProfileResponse(status=ChargingProfileStatus.ACCEPTED)

    async def on_clear_charging_profile(
        self, request: ClearChargingProfileRequest
    ) -> ClearChargingProfileResponse:
        """Remove what the request fits of all that was sent (1.6 §5.5; errata §3.25, §3.26)."""
        removed = await self._limits.profiles.update(lambda held: clear_v16(held, request))
        waiting = [
            number
            for number, each in self._waiting.items()
            if each.awaited and clear_v16([self._in_place(each)], request).removed
        ]
        for number in waiting:
            del self._waiting[number]
        status = ClearChargingProfileStatus.UNKNOWN
        if removed or waiting:
            status = ClearChargingProfileStatus.ACCEPTED
        return ClearChargingProfileResponse(status=status)

    async def on_get_composite_schedule(
        self, request: GetCompositeScheduleRequest
    ) -> GetCompositeScheduleResponse:
        """Tell what may be drawn from now on (1.6 §5.7).

        Where nothing limits, it tells what the equipment can give. It has at most as many periods
        as a schedule may have; with more, its duration is shorter than what was asked for.
        """
        unit = self._settings.units[0]
        if request.charging_rate_unit is not None:
            unit = Unit(request.charging_rate_unit)
        place = request.connector_id
        known = place == 0 or self._limits.situation.evse_at(place) is not None
        if not known or unit not in self._settings.units or request.duration < 0:
            return GetCompositeScheduleResponse(status=GetCompositeScheduleStatus.REJECTED)
        schedule = self._limits.reckoning.composite(
            place,
            duration=request.duration,
            unit=unit,
            most=min(self._settings.max_periods, _MOST_PERIODS),
            rated=True,
        )
        return GetCompositeScheduleResponse(
            status=GetCompositeScheduleStatus.ACCEPTED,
            connector_id=place,
            schedule_start=datetime.fromtimestamp(schedule.start, UTC),
            charging_schedule=composite_to_v16(schedule),  # without startSchedule (errata §3.57)
        )

    def brought(self, connector: int, profile: ChargingProfile) -> Profile | None:
        """The profile of a RemoteStartTransaction; None where it is refused (1.6 §5.16.2).

        Args:
            connector: that the transaction is to start at.
            profile: as it came.
        """
        own = from_v16(profile)
        view = self._limits.situation.view(self._limits.profiles.all)
        return None if check_remote_start_v16(connector, own, view) else own

    def hold(self, evse: Evse, authorization: Authorization, profile: Profile) -> None:
        """Install a profile once the transaction starts that an authorization permits.

        It bears no transactionId: that of the transaction fits it all the same (errata §3.42).
        """
        waiting = _Waiting(evse=evse, authorization=authorization, profile=profile)
        self._waiting[evse.id] = waiting

        def changing(installed: tuple[Installed, ...]) -> Change:
            if self._waiting.get(evse.id) is not waiting:
                return Change(installed, ())  # it has been cleared meanwhile
            del self._waiting[evse.id]
            return install_v16(installed, self._in_place(waiting))

        self._limits.profiles.hold(evse.id, authorization, changing)

    def _in_place(self, waiting: _Waiting) -> Installed:
        # The driver may have taken another connector than the one that was chosen.
        return Installed(evse=self._limits.situation.place(waiting.evse), profile=waiting.profile)
