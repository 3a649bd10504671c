"""Block B, provisioning: migrations to another address of the CSMS, and reconnections."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._migration import ATTEMPTS, booted_there, connection_data, moved
from ocppkit.conformance.checks import fields
from ocppkit.conformance.endpoint import Attempt
from ocppkit.conformance.verdict import Missing
from ocppkit.v201 import SetNetworkProfileRequest, SetNetworkProfileStatusEnumType

__all__ = ["tc_b_43_cs", "tc_b_45_cs", "tc_b_46_cs", "tc_b_49_cs", "tc_b_57_cs"]

_MINIMUM: Final = "OCPPCommCtrlr.RetryBackOffWaitMinimum"
_RANGE: Final = "OCPPCommCtrlr.RetryBackOffRandomRange"
_REPEATS: Final = "OCPPCommCtrlr.RetryBackOffRepeatTimes"
_SLACK: Final = 0.9  # of a wait: the kit notices its beginning later than the station, or earlier
_NO_SLOT: Final = 999
_UNAVAILABLE: Final = HTTPStatus.SERVICE_UNAVAILABLE
_REJECTED: Final = SetNetworkProfileStatusEnumType.REJECTED


@case
async def tc_b_43_cs(t: Case) -> None:
    """A profile for a slot that does not exist is rejected."""
    request = SetNetworkProfileRequest(
        configuration_slot=_NO_SLOT, connection_data=connection_data(t, t.settings.csms_url)
    )
    _ = await t.call(request, 2, check=fields(status=_REJECTED))


@case
async def tc_b_45_cs(t: Case) -> None:
    """The station moves to another address."""
    async with moved(t, t.settings.security_profile):
        t.kit.at = t.kit.second
        await booted_there(t, 7, at="second")


@case
async def tc_b_46_cs(t: Case) -> None:
    """The other address does not answer: after two attempts the station comes back."""
    await t.configure({ATTEMPTS: 2})

    t.kit.second.refusing = _UNAVAILABLE
    begin = len(t.kit.second.attempts)
    async with moved(t, t.settings.security_profile):
        await booted_there(t, 9, at="first")
        tried = len(t.kit.second.attempts) - begin
        if tried != 2:
            t.deviate(7, "connection", "2 attempts at the other address", f"{tried}")


@case
async def tc_b_49_cs(t: Case) -> None:
    """Neither address answers: the station waits, and comes back to the one that last did."""
    wait = t.settings.retry_back_off_wait_minimum
    await t.configure({ATTEMPTS: 1, _REPEATS: 0, _RANGE: 0, _MINIMUM: wait})

    t.kit.second.refusing = _UNAVAILABLE
    begin, begin_second = len(t.kit.first.attempts), len(t.kit.second.attempts)
    t.kit.first.check = _refuse_once()
    async with moved(t, t.settings.security_profile):
        await booted_there(t, 13, at="first")
        away = t.kit.second.attempts[begin_second:]
        back = t.kit.first.attempts[begin:]
        if not away or away[0].at > back[0].at:
            t.deviate(7, "connection", "an attempt at the other address first", "none")
        passed = back[-1].at - back[0].at
        if not _SLACK * wait <= passed <= wait + t.settings.time_deviation:
            t.deviate(11, "connection", f"again after {wait} s", f"after {passed:g} s")


@case
async def tc_b_57_cs(t: Case) -> None:
    """A station that has lost its connection comes back, and later after every refusal."""
    wait = t.settings.retry_back_off_wait_minimum
    await t.configure({ATTEMPTS: 3, _REPEATS: 2, _RANGE: 0, _MINIMUM: wait})

    first = await _comes_back(t, 2, await _drop(t))
    _check_wait(t, 2, first, wait)
    await t.connected()
    dropped = await _drop(t)
    t.kit.at.check = _refuse_once()
    second = await _comes_back(t, 5, dropped)
    _check_wait(t, 5, second, wait)
    third = await _comes_back(t, 7, t.kit.at.attempts[-1].at)
    _check_wait(t, 7, third, 2 * second)
    await t.connected()


async def _drop(t: Case) -> float:
    """Close the connection; returns the time at which that began, in monotonic seconds."""
    now = t.kit.clock.monotonic()
    await t.kit.at.close(1001, "going away")
    return now


async def _comes_back(t: Case, step: int, since: float) -> float:
    """Wait for the next attempt to connect; returns how long after a time it came, in seconds.

    Raises:
        Missing: it does not come.
    """
    attempts, patience = t.kit.at.attempts, t.settings.long_operation_timeout
    _ = await t.kit.mailbox.until(lambda: attempts[-1].at > since, patience)
    if attempts[-1].at <= since:
        t.deviate(step, "connection", "an attempt to connect", f"none within {patience:g} s")
        raise Missing("connection")
    return attempts[-1].at - since


def _check_wait(t: Case, step: int, waited: float, least: float) -> None:
    if waited < _SLACK * least:
        t.deviate(step, "connection", f"after {least:g} s, or more", f"after {waited:g} s")


def _refuse_once() -> Callable[[Attempt], HTTPStatus | None]:
    left = [_UNAVAILABLE]

    def check(_: Attempt) -> HTTPStatus | None:
        return left.pop() if left else None

    return check
