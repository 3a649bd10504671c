"""Block B, provisioning: boots that are not accepted at once, and reconnections."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.checks import fields, one_of
from ocppkit.conformance.inventory import key_of
from ocppkit.conformance.places import connector_is, connectors_are, place_of
from ocppkit.conformance.reports import collect_report
from ocppkit.errors import CallRefused, ConnectionLost
from ocppkit.v201 import (
    BootNotificationRequest,
    BootNotificationResponse,
    BootReasonEnumType,
    ConnectorStatusEnumType,
    GetBaseReportRequest,
    GetVariableDataType,
    GetVariablesRequest,
    GetVariableStatusEnumType,
    MessageTriggerEnumType,
    OCPPCommCtrlr,
    RegistrationStatusEnumType,
    ReportBaseEnumType,
    RequestStartStopStatusEnumType,
    RequestStartTransactionRequest,
    SetVariableDataType,
    SetVariablesRequest,
    SetVariableStatusEnumType,
    TransactionEventRequest,
    TriggerMessageRequest,
    TriggerMessageStatusEnumType,
)

__all__ = ["tc_b_02_cs", "tc_b_03_cs", "tc_b_30_cs", "tc_b_51_cs", "tc_b_52_cs"]

_THRESHOLD: Final = key_of(OCPPCommCtrlr.OFFLINE_THRESHOLD)
_RETRIES: Final = "OCPPCommCtrlr.RetryBackOffWaitMinimum"
_RANGE: Final = "OCPPCommCtrlr.RetryBackOffRandomRange"
_APART: Final = 2  # seconds between the threshold and the time without a connection
_Registration = RegistrationStatusEnumType
_OCCUPIED = ConnectorStatusEnumType.OCCUPIED


@case
async def tc_b_02_cs(t: Case) -> None:
    """A station whose boot is pending is told what to do, and does no more."""
    t.variables.keep(_THRESHOLD)
    async with t.reboot():
        _answer_boots(t, _Registration.PENDING)
        await t.do("reboot")
        first = await t.expect(BootNotificationRequest, 1, within=t.settings.reboot_timeout)

        await _set_and_get(t)
        await _inventory(t)
        await _start(t)
        again = await _trigger(t)
        _check_between(t, first, again, "BootNotification", "NotifyReport")
        await connectors_are(t, 17, since=again)


@case
async def tc_b_03_cs(t: Case) -> None:
    """A station whose boot is rejected is silent until it boots again, and that not too soon."""
    interval = t.settings.heartbeat_interval
    async with t.reboot():
        _answer_boots(t, _Registration.REJECTED)
        await t.do("reboot")
        first = await t.expect(BootNotificationRequest, 1, within=t.settings.reboot_timeout)

        _answer_boots(t, _Registration.ACCEPTED)
        within = interval + t.settings.reboot_timeout
        again = await t.expect(BootNotificationRequest, 3, within=within)
        passed = t.came(again).at - t.came(first).at
        if passed < interval:
            t.deviate(3, again.ACTION, f"{interval} s later, or more", f"{passed:g} s later")
        _check_between(t, first, again)
        await connectors_are(t, 5, since=again)


@case
async def tc_b_30_cs(t: Case) -> None:
    """A station whose boot is rejected does nothing that it is asked for."""
    async with t.reboot():
        _answer_boots(t, _Registration.REJECTED)
        await t.do("reboot")
        first = await t.expect(BootNotificationRequest, 1, within=t.settings.reboot_timeout)

        await _refuses_report(t)
        _answer_boots(t, _Registration.ACCEPTED)
        within = t.settings.heartbeat_interval + t.settings.reboot_timeout
        again = await t.expect(BootNotificationRequest, within=within)
        _check_between(t, first, again)


@case
async def tc_b_51_cs(t: Case) -> None:
    """After a long time without a connection the station tells of all its connectors."""
    await _back_after(t, t.settings.offline_threshold + _APART)

    async with t.offline():
        await _plug_in_unseen(t)
        await t.kit.clock.sleep(t.settings.offline_threshold + _APART / 2)
    await connectors_are(t, 4, {place_of(t): _OCCUPIED})


@case
async def tc_b_52_cs(t: Case) -> None:
    """After a short time without a connection the station tells of what has changed."""
    wait = t.settings.offline_threshold - _APART
    await _back_after(t, wait)

    async with t.offline():
        await _plug_in_unseen(t)
        await t.kit.clock.sleep(wait / 2)
    _ = await connector_is(t, 4, _OCCUPIED)


def _answer_boots(t: Case, status: RegistrationStatusEnumType) -> None:
    def answer(_: object) -> BootNotificationResponse:
        return BootNotificationResponse(
            current_time=t.kit.clock.utc_now(),
            interval=t.settings.heartbeat_interval,
            status=status,
        )

    t.answer(BootNotificationRequest, answer)


def _check_between(
    t: Case, first: BootNotificationRequest, then: BootNotificationRequest, *free: str
) -> None:
    """See that the station sent nothing of its own between two boots (B02.FR.02, B03.FR.02)."""
    begin, end = t.came(first).number + 1, t.came(then).number
    for came in t.kit.mailbox.received[begin:end]:
        if came.action not in free:
            t.deviate("", came.action, "nothing until the boot is accepted", "this message")


async def _set_and_get(t: Case) -> None:
    """Steps 3 to 6 of B_02."""
    wanted = SetVariableDataType(
        component=_THRESHOLD.component_type,
        variable=_THRESHOLD.variable_type,
        attribute_value="300",
    )
    taken = fields(set_variable_result__0__attribute_status=SetVariableStatusEnumType.ACCEPTED)
    _ = await t.call(SetVariablesRequest(set_variable_data=[wanted]), 4, check=taken)
    asked = GetVariableDataType(
        component=_THRESHOLD.component_type, variable=_THRESHOLD.variable_type
    )
    told = fields(get_variable_result__0__attribute_status=GetVariableStatusEnumType.ACCEPTED)
    _ = await t.call(GetVariablesRequest(get_variable_data=[asked]), 6, check=told)


async def _inventory(t: Case) -> None:
    """Steps 7 to 10 of B_02."""
    request = GetBaseReportRequest(
        request_id=t.kit.new_number(), report_base=ReportBaseEnumType.FULL_INVENTORY
    )
    _ = await collect_report(t, request, 8, then=9)


async def _start(t: Case) -> None:
    """Steps 11 and 12 of B_02."""
    request = RequestStartTransactionRequest(
        id_token=t.settings.valid_idtoken.wire,
        remote_start_id=t.kit.new_number(),
        evse_id=t.settings.evse_id,
    )
    _ = await t.call(request, 12, check=fields(status=RequestStartStopStatusEnumType.REJECTED))


async def _trigger(t: Case) -> BootNotificationRequest:
    """Steps 13 to 16 of B_02."""
    _answer_boots(t, _Registration.ACCEPTED)
    may_be = one_of(
        TriggerMessageStatusEnumType.ACCEPTED, TriggerMessageStatusEnumType.NOT_IMPLEMENTED
    )
    request = TriggerMessageRequest(requested_message=MessageTriggerEnumType.BOOT_NOTIFICATION)
    answer = await t.call(request, 14, check=fields(status=may_be))
    if answer.status is not TriggerMessageStatusEnumType.ACCEPTED:
        within = t.settings.heartbeat_interval + t.settings.message_timeout
        return await t.expect(BootNotificationRequest, 15, within=within)
    triggered = fields(reason=BootReasonEnumType.TRIGGERED)
    within = t.settings.heartbeat_interval
    return await t.expect(BootNotificationRequest, 15, where=triggered, within=within)


async def _refuses_report(t: Case) -> None:
    """Steps 3 and 4 of B_30: a station that closes the connection until its next boot is right."""
    if not t.kit.at.connected:
        return
    request = GetBaseReportRequest(
        request_id=t.kit.new_number(), report_base=ReportBaseEnumType.FULL_INVENTORY
    )
    try:
        answer = await t.kit.at.ask(request, within=t.settings.message_timeout)
    except ConnectionLost:
        return
    except TimeoutError:
        t.deviate(4, request.ACTION, "CALLERROR SecurityError", "nothing")
    except CallRefused as refused:
        if refused.code != "SecurityError":
            t.deviate(4, request.ACTION, "CALLERROR SecurityError", f"CALLERROR {refused.code}")
    else:
        t.deviate(4, request.ACTION, "CALLERROR SecurityError", str(answer))


async def _back_after(t: Case, wait: int) -> None:
    """Have the station come back after so many seconds; events of transactions may come."""
    threshold = t.settings.offline_threshold
    await t.configure({_THRESHOLD: threshold, _RETRIES: wait, _RANGE: 0})
    t.allow(TransactionEventRequest)


async def _plug_in_unseen(t: Case) -> None:
    number, connector = place_of(t)
    await t.do("plug_in", evse=number, connector=connector, ev={"current_a": 32, "phases": 3})
    t.session().plugged = True
