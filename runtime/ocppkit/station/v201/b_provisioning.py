"""B: provisioning: boot, variables, reports, reset."""

from __future__ import annotations

from ocppkit.message import Answer, Then
from ocppkit.station.core import StationCore
from ocppkit.station.dialect import BootReason
from ocppkit.station.hardware import RebootReason
from ocppkit.station.link import BootAnswer, Registration
from ocppkit.station.transaction import Cause
from ocppkit.station.v201.variables import Variable, Variables, place
from ocppkit.v201 import (
    AttributeEnumType,
    BootNotificationRequest,
    BootReasonEnumType,
    ChargingStationType,
    ComponentType,
    GenericDeviceModelStatusEnumType,
    GetBaseReportRequest,
    GetBaseReportResponse,
    GetVariableDataType,
    GetVariableResultType,
    GetVariablesRequest,
    GetVariablesResponse,
    GetVariableStatusEnumType,
    ModemType,
    MutabilityEnumType,
    NotifyReportRequest,
    ReportBaseEnumType,
    ReportDataType,
    ResetEnumType,
    ResetRequest,
    ResetResponse,
    ResetStatusEnumType,
    SetVariableDataType,
    SetVariableResultType,
    SetVariablesRequest,
    SetVariablesResponse,
    SetVariableStatusEnumType,
    StationProvisioningHandler,
    StatusInfoType,
    VariableAttributeType,
    VariableCharacteristicsType,
    VariableType,
)

__all__ = ["Provisioning"]

_ITEMS_PER_REPORT = 20


class Provisioning(StationProvisioningHandler):
    """Boots, and lets itself be read, set and reset."""

    def __init__(self, *, core: StationCore, variables: Variables) -> None:
        self._core = core
        self._variables = variables

    async def boot(self, reason: BootReason) -> BootAnswer:
        """Send a BootNotification (B01.FR.01, FR.09)."""
        description = self._core.hardware.description
        more = self._core.config.station
        modem = ModemType(iccid=more.iccid, imsi=more.imsi) if more else None
        response = await self._core.link.call(
            BootNotificationRequest(
                reason=BootReasonEnumType(reason.value),
                charging_station=ChargingStationType(
                    model=description.model,
                    vendor_name=description.vendor,
                    serial_number=description.serial_number,
                    firmware_version=description.firmware_version,
                    modem=modem if modem and (modem.iccid or modem.imsi) else None,
                ),
            ),
            asked=True,
        )
        return BootAnswer(
            registration=Registration(response.status.value),
            interval=response.interval,
            current_time=response.current_time,
        )

    async def on_get_variables(self, request: GetVariablesRequest) -> GetVariablesResponse:
        """Read variables (B06)."""
        results = [self._read(data) for data in request.get_variable_data]
        return GetVariablesResponse(get_variable_result=results)

    async def on_set_variables(self, request: SetVariablesRequest) -> SetVariablesResponse:
        """Set variables (B05)."""
        results = [await self._set(data) for data in request.set_variable_data]
        return SetVariablesResponse(set_variable_result=results)

    async def on_get_base_report(
        self, request: GetBaseReportRequest
    ) -> Answer[GetBaseReportResponse]:
        """Report the device model in as many messages as it takes (B07)."""
        rows = self._variables.all()
        match request.report_base:
            case ReportBaseEnumType.CONFIGURATION_INVENTORY:
                rows = [row for row in rows if row.mutability is not MutabilityEnumType.READ_ONLY]
            case ReportBaseEnumType.SUMMARY_INVENTORY:
                rows = [row for row in rows if row.summary]

        async def report() -> None:
            parts = [
                rows[first : first + _ITEMS_PER_REPORT]
                for first in range(0, len(rows), _ITEMS_PER_REPORT)
            ]
            for seq_no, part in enumerate(parts):
                await self._core.link.call(
                    NotifyReportRequest(
                        request_id=request.request_id,
                        generated_at=self._core.now(),
                        seq_no=seq_no,
                        tbc=seq_no + 1 < len(parts),
                        report_data=[_reported(row) for row in part],
                    ),
                    asked=True,
                )

        accepted = GenericDeviceModelStatusEnumType.ACCEPTED
        return Then(GetBaseReportResponse(status=accepted), report)

    async def on_reset(self, request: ResetRequest) -> Answer[ResetResponse]:
        """Start anew, now or once idle; the whole station only (B11, B12)."""
        if request.evse_id is not None:  # (B11.FR.09)
            return ResetResponse(
                status=ResetStatusEnumType.REJECTED,
                status_info=StatusInfoType(reason_code="UnsupportedRequest"),
            )
        if self._core.resetting:  # (B11.FR.06 and B12.FR.10, errata 2025-09)
            return ResetResponse(
                status=ResetStatusEnumType.REJECTED,
                status_info=StatusInfoType(reason_code="ResetInProgress"),
            )
        if self._core.files.firmware.installing:  # (B11.FR.06)
            return ResetResponse(
                status=ResetStatusEnumType.REJECTED,
                status_info=StatusInfoType(reason_code="FwUpdateInProgress"),
            )
        if request.type is ResetEnumType.ON_IDLE and self._core.charging:
            self._core.reset_when_idle()
            return ResetResponse(status=ResetStatusEnumType.SCHEDULED)

        async def reset() -> None:
            work = self._core.reset(RebootReason.SOFT_RESET, Cause.SOFT_RESET)
            self._core.launch(work, name="reset")

        return Then(ResetResponse(status=ResetStatusEnumType.ACCEPTED), reset)

    def _read(self, data: GetVariableDataType) -> GetVariableResultType:
        result = GetVariableResultType(
            attribute_status=GetVariableStatusEnumType.ACCEPTED,
            attribute_type=data.attribute_type or AttributeEnumType.ACTUAL,
            component=data.component,
            variable=data.variable,
        )
        row = self._variables.find(data.component, data.variable)
        if not isinstance(row, Variable):
            result.attribute_status = row
        elif result.attribute_type is not AttributeEnumType.ACTUAL:
            result.attribute_status = GetVariableStatusEnumType.NOT_SUPPORTED_ATTRIBUTE_TYPE
        elif not row.readable:  # (B06.FR.09)
            result.attribute_status = GetVariableStatusEnumType.REJECTED
        else:
            result.attribute_value = row.read()
        return result

    async def _set(self, data: SetVariableDataType) -> SetVariableResultType:
        attribute = data.attribute_type or AttributeEnumType.ACTUAL
        row = self._variables.find(data.component, data.variable)
        if isinstance(row, Variable) and attribute is not AttributeEnumType.ACTUAL:
            status = SetVariableStatusEnumType.NOT_SUPPORTED_ATTRIBUTE_TYPE
        else:
            status = await self._variables.change(
                data.component, data.variable, data.attribute_value
            )
        return SetVariableResultType(
            attribute_status=status,
            attribute_type=attribute,
            component=data.component,
            variable=data.variable,
        )


def _reported(row: Variable) -> ReportDataType:
    return ReportDataType(
        component=ComponentType(name=row.component, evse=place(row.evse, row.connector)),
        variable=VariableType(name=row.name, instance=row.instance),
        variable_attribute=[
            VariableAttributeType(
                type=AttributeEnumType.ACTUAL,
                value=row.read() if row.readable else None,
                mutability=row.mutability,
            )
        ],
        variable_characteristics=VariableCharacteristicsType(
            data_type=row.data_type,
            supports_monitoring=False,
            unit=row.unit,
            min_limit=row.minimum,
            max_limit=row.maximum,
            values_list=",".join(row.values) or None,
        ),
    )
