"""Reports of the device model: asked for, collected, looked at as a whole."""

from __future__ import annotations

from typing import TypeAlias

from ocppkit.conformance.case import Case
from ocppkit.conformance.checks import fields
from ocppkit.conformance.inventory import Inventory
from ocppkit.v201 import (
    GenericDeviceModelStatusEnumType,
    GetBaseReportRequest,
    GetReportRequest,
    NotifyReportRequest,
    ReportBaseEnumType,
    ReportDataType,
)

__all__ = ["collect_report", "notified", "read_inventory"]

_Asked: TypeAlias = GetBaseReportRequest | GetReportRequest


async def collect_report(
    t: Case, request: _Asked, step: int | str = "", *, then: int | str = ""
) -> list[ReportDataType]:
    """Ask for a report that the station has to accept, and collect it.

    Args:
        t: the case.
        request: what to ask.
        step: of the answer, in the case's text.
        then: of the report.

    Raises:
        Missing: it is not accepted, or does not come.
    """
    accepted = fields(status=GenericDeviceModelStatusEnumType.ACCEPTED)
    _ = await t.call(request, step, check=accepted)
    return await notified(t, request.request_id, then)


async def notified(t: Case, request_id: int, step: int | str = "") -> list[ReportDataType]:
    """Collect the messages of a report that was asked for, and see that they belong together.

    Raises:
        Missing: one does not come.
    """
    data: list[ReportDataType] = []
    number = 0
    while True:
        message = await t.expect(
            NotifyReportRequest, step, where=fields(request_id=request_id, seq_no=number)
        )
        data.extend(message.report_data or ())
        if not message.tbc:
            return data
        number += 1


async def read_inventory(t: Case) -> Inventory:
    """The station's variables, all of them.

    Raises:
        Missing: it does not tell them.
    """
    request = GetBaseReportRequest(
        request_id=t.kit.new_number(), report_base=ReportBaseEnumType.FULL_INVENTORY
    )
    return Inventory(await collect_report(t, request))
