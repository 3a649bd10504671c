"""B09, B10: by which ways the station reaches its CSMS."""

from __future__ import annotations

import logging
from typing import Final

from attrs import frozen

from ocppkit.connection.client import connection_url
from ocppkit.connection.network import NetworkProfile
from ocppkit.security.profile import PROFILES
from ocppkit.security.upgrade import slots_to_remove
from ocppkit.station.core import StationCore
from ocppkit.v201 import (
    NetworkConnectionProfileType,
    OCPPTransportEnumType,
    SetNetworkProfileRequest,
    SetNetworkProfileResponse,
    SetNetworkProfileStatusEnumType,
    StationProvisioningHandler,
    StatusInfoType,
)
from ocppkit.value import Value

__all__ = ["Network"]

_logger = logging.getLogger(__name__)

_LONGEST_TIMEOUT: Final = 86_400  # seconds


@frozen(kw_only=True, eq=False, repr=False)
class _Refusal(Value):
    """Why a profile is rejected: a reason code, and the same for people."""

    code: str
    info: str


class Network(StationProvisioningHandler):
    """Lets the CSMS fill the slots for ways to a CSMS; `NetworkConfigurationPriority` uses them."""

    def __init__(self, *, core: StationCore) -> None:
        self._core = core

    async def on_set_network_profile(
        self, request: SetNetworkProfileRequest
    ) -> SetNetworkProfileResponse:
        """Fill a slot, from the next start on (B09)."""
        slot, told = request.configuration_slot, request.connection_data
        refusal = self._refusal(slot, told)
        if refusal is not None:
            return _response(SetNetworkProfileStatusEnumType.REJECTED, refusal.code, refusal.info)
        profile = NetworkProfile(
            slot=slot,
            url=told.ocpp_csms_url,
            versions=self._core.config.versions,  # not ocppVersion (2.0.1 Part 2 §2.35)
            security_profile=told.security_profile,
            interface=told.ocpp_interface.value,
            message_timeout=float(told.message_timeout),
        )
        try:
            await self._core.network.put(profile)
        except Exception:  # whatever keeps it from being kept (B09.FR.03)
            _logger.exception("the network profile of slot %d is not kept", slot)
            return _response(SetNetworkProfileStatusEnumType.FAILED, "InternalError", "")
        return SetNetworkProfileResponse(status=SetNetworkProfileStatusEnumType.ACCEPTED)

    def _refusal(self, slot: int, told: NetworkConnectionProfileType) -> _Refusal | None:
        """Why a slot is not filled so; None where it is."""
        slots = self._core.network.slots
        if slot not in slots:  # (B09.FR.05)
            there = ", ".join(map(str, slots))
            return _Refusal(code="InvalidConfSlot", info=f"there are slots {there}")
        wrong = self._invalid(told)
        if wrong is not None:  # (B09.FR.02)
            return _Refusal(code="InvalidNetworkConf", info=wrong)
        if told.vpn is not None or told.apn is not None:
            what = "a VPN" if told.vpn is not None else "an access point name"
            return _Refusal(code="UnsupportedParam", info=f"{what} cannot be set up here")
        if self._lowers(told.security_profile):  # (B09.FR.04, FR.31)
            info = f"security profile {self._core.security.current} is in use"
            return _Refusal(code="NoSecurityDowngrade", info=info)
        return None

    def _invalid(self, told: NetworkConnectionProfileType) -> str | None:
        if told.ocpp_transport is not OCPPTransportEnumType.JSON:
            return "only JSON is spoken here"
        if not 1 <= told.security_profile < len(PROFILES):
            return f"securityProfile: 1 to {len(PROFILES) - 1} is expected"
        if not 1 <= told.message_timeout <= _LONGEST_TIMEOUT:
            return f"messageTimeout: 1 to {_LONGEST_TIMEOUT} is expected"
        try:
            url = connection_url(told.ocpp_csms_url, self._core.config.identity)
        except ValueError as error:
            return f"ocppCsmsUrl: {error}"
        scheme = PROFILES[told.security_profile].scheme
        if not url.startswith(f"{scheme}:"):
            return f"ocppCsmsUrl: security profile {told.security_profile} needs a {scheme} URL"
        return None

    def _lowers(self, wanted: int) -> bool:
        security = self._core.security
        allowed = security.change.allow_downgrade
        return bool(slots_to_remove({0: wanted}, in_use=security.current, allow_downgrade=allowed))


def _response(
    status: SetNetworkProfileStatusEnumType, code: str, info: str
) -> SetNetworkProfileResponse:
    return SetNetworkProfileResponse(
        status=status,
        status_info=StatusInfoType(reason_code=code, additional_info=info or None),
    )
