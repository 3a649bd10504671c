"""B07, B08: what variables there are is reported."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from ocppkit.device_model.model import Attribute, Entry
from ocppkit.device_model.reports import Wanted, base_report, custom_report, parts, weight
from ocppkit.errors import ConnectionLost, OcppError
from ocppkit.message import Answer, Then
from ocppkit.station.core import StationCore
from ocppkit.station.v201.b_variables import refuse_large, shortened
from ocppkit.station.v201.variables import Variables, place
from ocppkit.v201 import (
    ComponentType,
    ComponentVariableType,
    DataEnumType,
    GenericDeviceModelStatusEnumType,
    GetBaseReportRequest,
    GetBaseReportResponse,
    GetReportRequest,
    GetReportResponse,
    MutabilityEnumType,
    NotifyReportRequest,
    ReportDataType,
    StationProvisioningHandler,
    StatusInfoType,
    VariableAttributeType,
    VariableCharacteristicsType,
    VariableType,
)
from ocppkit.variable import Mutability

__all__ = ["Reports"]

_logger = logging.getLogger(__name__)

_ITEMS: Final = 100  # of a message
_BYTES: Final = 30_000  # of a message: what most CSMSs and the proxies before them take
_LONGEST_VALUE: Final = 2500  # characters (2.0.1 VariableAttributeType.value)
_AT_ONCE: Final = 4  # reports under way: each holds what it still has to tell

_ACCEPTED: Final = GenericDeviceModelStatusEnumType.ACCEPTED
_MUTABILITY: Final = {each.value: each for each in MutabilityEnumType}
_DATA_TYPES: Final = {each.value: each for each in DataEnumType}


class Reports(StationProvisioningHandler):
    """Reports variables, as many reports at a time as there is room for."""

    def __init__(self, *, core: StationCore, variables: Variables) -> None:
        self._core = core
        self._variables = variables
        self._under_way: set[int] = set()

    async def on_get_base_report(
        self, request: GetBaseReportRequest
    ) -> Answer[GetBaseReportResponse]:
        """Report what belongs into a predefined report (B07)."""
        entries = base_report(self._variables.entries(), request.report_base)
        status, info = self._status(request.request_id, entries)
        response = GetBaseReportResponse(status=status, status_info=info)
        if status is not _ACCEPTED:
            return response
        return Then(response, self._follow_up(request.request_id, entries))

    async def on_get_report(self, request: GetReportRequest) -> Answer[GetReportResponse]:
        """Report what the CSMS chooses (B08)."""
        chosen = request.component_variable or []
        refuse_large(self._variables, request, chosen)
        entries = custom_report(
            self._variables.entries(),
            request.component_criteria or [],
            [_wanted(each) for each in chosen],
        )
        status, info = self._status(request.request_id, entries)
        response = GetReportResponse(status=status, status_info=info)
        if status is not _ACCEPTED:
            return response
        return Then(response, self._follow_up(request.request_id, entries))

    def _status(
        self, request_id: int, entries: Sequence[Entry]
    ) -> tuple[GenericDeviceModelStatusEnumType, StatusInfoType | None]:
        """Whether a report can be given now (B07.FR.13, B08.FR.15, FR.16)."""
        rejected = GenericDeviceModelStatusEnumType.REJECTED
        if not entries:
            empty = GenericDeviceModelStatusEnumType.EMPTY_RESULT_SET
            return empty, StatusInfoType(reason_code="NotFound")
        if request_id in self._under_way:
            return rejected, StatusInfoType(reason_code="DuplicateRequestId")
        if len(self._under_way) >= _AT_ONCE:
            more = f"{_AT_ONCE} reports are under way"
            return rejected, StatusInfoType(reason_code="OutOfMemory", additional_info=more)
        return _ACCEPTED, None

    def _follow_up(self, request_id: int, entries: list[Entry]) -> Callable[[], Awaitable[None]]:
        self._under_way.add(request_id)

        async def begin() -> None:
            self._core.launch(self._report(request_id, entries), name=f"report {request_id}")

        return begin

    async def _report(self, request_id: int, entries: list[Entry]) -> None:
        """Tell everything in as few messages as it takes (B07.FR.03, FR.10; B08.FR.03, FR.14).

        Where the connection goes meanwhile, what was not answered is told on the next one to the
        same CSMS: the report was promised.
        """
        try:
            weights = (weight(entry, _LONGEST_VALUE) for entry in entries)
            slices = list(parts(weights, items=_ITEMS, bytes=_BYTES))
            generated_at = self._core.now()
            for seq_no, each in enumerate(slices):
                told = NotifyReportRequest(
                    request_id=request_id,
                    generated_at=generated_at,
                    seq_no=seq_no,
                    tbc=seq_no + 1 < len(slices),
                    report_data=[self._reported(entry) for entry in entries[each]],
                )
                if not await self._tell(told):
                    return
        finally:
            self._under_way.discard(request_id)

    async def _tell(self, told: NotifyReportRequest) -> bool:
        """Tell a part; whether there is any use in telling the next."""
        csms, link = self._csms, self._core.link
        while True:
            session = link.session
            try:
                await link.call(told, asked=True)
            except ConnectionLost:
                await link.wait_gone(session)
                await link.wait_online()
                if self._csms != csms:
                    _logger.warning("report %d is given up: another CSMS", told.request_id)
                    return False
            except OcppError as error:
                _logger.warning("part %d of a report was not taken: %s", told.seq_no, error)
                return True
            else:
                return True

    @property
    def _csms(self) -> tuple[Any, ...]:
        profile = self._core.link.profile
        return (self._core.dialect.version, profile.slot, profile.url) if profile else ()

    def _reported(self, entry: Entry) -> ReportDataType:
        told = entry.characteristics
        return ReportDataType(
            component=ComponentType(
                name=entry.id.component,
                instance=entry.id.component_instance,
                evse=place(entry.id.evse, entry.id.connector),
            ),
            variable=VariableType(name=entry.id.variable, instance=entry.id.instance),
            variable_attribute=[self._attribute(each) for each in entry.attributes],
            variable_characteristics=VariableCharacteristicsType(
                data_type=_DATA_TYPES[told.data_type],
                supports_monitoring=told.supports_monitoring,
                unit=told.unit,
                min_limit=told.min_limit,
                max_limit=told.max_length if told.max_limit is None else told.max_limit,
                values_list=",".join(told.values) or None,
            ),
        )

    def _attribute(self, attribute: Attribute) -> VariableAttributeType:
        """An attribute; one that has no value yet is told as empty (B07.FR.11)."""
        value = None
        if attribute.readable:
            value = shortened(self._variables, attribute.value or "")
        return VariableAttributeType(
            type=attribute.type,
            value=value,
            mutability=_MUTABILITY[attribute.mutability or Mutability.READ_WRITE],
            persistent=attribute.persistent or None,
            constant=attribute.constant or None,
        )


def _wanted(chosen: ComponentVariableType) -> Wanted:
    evse = chosen.component.evse
    return Wanted(
        component=chosen.component.name,
        component_instance=chosen.component.instance,
        evse=evse.id if evse else None,
        connector=evse.connector_id if evse else None,
        variable=chosen.variable.name if chosen.variable else None,
        instance=chosen.variable.instance if chosen.variable else None,
    )
