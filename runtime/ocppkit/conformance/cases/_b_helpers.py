"""What the cases about variables and reports share."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case
from ocppkit.conformance.checks import Matcher, fields, matching, near
from ocppkit.conformance.inventory import Key
from ocppkit.conformance.reports import notified
from ocppkit.v201 import (
    GenericDeviceModelStatusEnumType,
    GetBaseReportRequest,
    GetReportRequest,
    NotifyReportRequest,
    ReportDataType,
    StatusInfoType,
)

__all__ = ["NO_ERROR", "name_of", "reported", "with_reason"]


def with_reason(reason: str) -> Matcher:
    """Holds for no further information, or for this reason code."""

    def fits(info: StatusInfoType | None) -> bool:
        return info is None or info.reason_code == reason

    return matching(f"nothing or the reason {reason}", fits)


NO_ERROR: Final = with_reason("NoError")


async def reported(
    t: Case, request: GetBaseReportRequest | GetReportRequest
) -> list[ReportDataType]:
    """Ask for a report, and collect it; its times are looked at, too.

    Raises:
        Missing: it does not come.
    """
    accepted = GenericDeviceModelStatusEnumType.ACCEPTED
    _ = await t.call(request, 2, check=fields(status=accepted, status_info=NO_ERROR))
    data = await notified(t, request.request_id, 3)
    for came in t.log:
        message = came.request
        if isinstance(message, NotifyReportRequest) and message.request_id == request.request_id:
            t.check(3, message, generated_at=near(came.time, t.settings.time_deviation))
    return data


def name_of(data: ReportDataType) -> Key:
    """The key of a variable that is reported."""
    place = data.component.evse
    return Key(
        component=data.component.name,
        component_instance=data.component.instance,
        evse=None if place is None else place.id,
        connector=None if place is None else place.connector_id,
        name=data.variable.name,
        instance=data.variable.instance,
    )
