"""B11, B12: the CSMS resets the station, or one EVSE."""

from __future__ import annotations

from ocppkit.message import Answer, Then
from ocppkit.station.capabilities import Capability
from ocppkit.station.core import StationCore
from ocppkit.station.hardware import RebootReason
from ocppkit.station.transaction import Cause
from ocppkit.station.v201.variable_rows import fixed
from ocppkit.station.v201.variables import Variable
from ocppkit.v201 import (
    ResetEnumType,
    ResetRequest,
    ResetResponse,
    ResetStatusEnumType,
    StationProvisioningHandler,
    StatusInfoType,
)

__all__ = ["Resets", "reset_variables"]


class Resets(StationProvisioningHandler):
    """Lets the station be reset, and its EVSEs where the equipment can do that."""

    def __init__(self, *, core: StationCore) -> None:
        self._core = core

    async def on_reset(self, request: ResetRequest) -> Answer[ResetResponse]:
        """Start anew, now or once idle."""
        core, evse = self._core, request.evse_id
        refusal = self._refusal(evse)
        if refusal is not None:
            return ResetResponse(
                status=ResetStatusEnumType.REJECTED,
                status_info=StatusInfoType(reason_code=refusal),
            )
        if request.type is ResetEnumType.ON_IDLE and core.busy(evse):  # (B12.FR.01)
            core.reset_when_idle(evse)
            return ResetResponse(status=ResetStatusEnumType.SCHEDULED)

        async def reset() -> None:
            cause = Cause.SOFT_RESET
            if evse is None:
                core.launch(core.reset(RebootReason.SOFT_RESET, cause), name="reset")
            else:
                core.launch(core.reset_evse(evse, cause), name=f"reset of EVSE {evse}")

        return Then(ResetResponse(status=ResetStatusEnumType.ACCEPTED), reset)

    def _refusal(self, evse: int | None) -> str | None:
        """Why nothing is reset, as a reason code; None where it is."""
        core = self._core
        if evse is not None and evse not in core.evses:
            return "UnknownEvse"
        if evse is not None and not core.hardware.can(Capability.EVSE_RESET):
            return "UnsupportedRequest"  # (B11.FR.09, B12.FR.09)
        if core.resetting_at(evse):  # (B11.FR.06 and B12.FR.10, errata 2025-09)
            return "ResetInProgress"
        if core.files.installing:  # (B11.FR.06)
            return "FwUpdateInProgress"
        return None


def reset_variables(core: StationCore) -> list[Variable]:
    """Which EVSEs can be reset alone (B11.FR.10)."""
    allowed = str(core.hardware.can(Capability.EVSE_RESET)).lower()
    return [fixed("EVSE", "AllowReset", allowed, evse=each, constant=True) for each in core.evses]
