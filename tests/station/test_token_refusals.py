"""A token that is refused comes with a reason, for the driver and for programs."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from ocppkit.authorization import Status
from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import Fault, FaultKind, IdToken, RefusalReason, TokenOutcome
from ocppkit.station.hardware import RebootReason
from ocppkit.station.transaction import Cause

BOTH = pytest.mark.parametrize("version", list(Version))
ABC, XYZ = IdToken("ABC"), IdToken("04E1A2B3C4")


def answering(version: Version, status: str) -> Any:
    key = "idTagInfo" if version is Version.V16 else "idTokenInfo"
    return lambda _: {key: {"status": status}}


@BOTH
async def test_the_csms_s_own_word_is_told_and_logged(
    world: Any, version: Version, caplog: pytest.LogCaptureFixture
) -> None:
    it = world(version)
    it.script["Authorize"] = answering(version, "Blocked")
    with caplog.at_level(logging.INFO, logger="ocppkit.station.presenting"):
        async with it.running():
            outcome = await it.station.token_presented(XYZ)
            refusal = it.station.last_refusal
            same = it.station.evse(1).last_refusal
            it.script["Authorize"] = answering(version, "Accepted")
            accepted = await it.station.token_presented(XYZ)
            later = it.station.last_refusal

    assert (outcome, accepted) == (TokenOutcome.REFUSED, TokenOutcome.ACCEPTED)
    assert (refusal.reason, refusal.status) == (RefusalReason.CSMS, Status.BLOCKED)
    assert str(refusal) == "the CSMS refuses it: Blocked"
    assert same == refusal
    assert later is None
    (line,) = [each.getMessage() for each in caplog.records]
    assert line.endswith("the CSMS refuses it: Blocked")
    assert XYZ.value not in line


@BOTH
async def test_before_the_first_connection_a_token_is_judged_as_offline(
    world: Any, version: Version
) -> None:
    it = world(version)
    it.down = True
    async with it.running():
        outcome = await it.station.evse(1).token_presented(ABC)
        refusal = it.station.evse(1).last_refusal

    assert outcome is TokenOutcome.REFUSED
    assert refusal.reason is RefusalReason.OFFLINE_UNKNOWN


@BOTH
async def test_an_error_of_the_csms_is_no_verdict_of_its(world: Any, version: Version) -> None:
    it = world(version)
    it.script["Authorize"] = lambda _: "InternalError"
    async with it.running():
        await it.station.evse(1).token_presented(ABC)
        refusal = it.station.evse(1).last_refusal

    assert refusal.reason is RefusalReason.NO_ANSWER


@BOTH
async def test_another_s_transaction_is_named(world: Any, version: Version) -> None:
    it = world(version)
    async with it.running():
        await it.charge()
        outcome = await it.station.evse(1).token_presented(XYZ)
        refusal = it.station.evse(1).last_refusal

    assert outcome is TokenOutcome.REFUSED
    assert refusal.reason is RefusalReason.OTHERS_TRANSACTION


@BOTH
async def test_a_lock_that_fails_is_named(world: Any, version: Version) -> None:
    it = world(version)
    async with it.running():
        await it.hardware.arrive(SimulatedEv())
        it.hardware.lock_behaviour(evse=1, works=False)
        outcome = await it.station.evse(1).token_presented(ABC)
        refusal = it.station.evse(1).last_refusal

    assert outcome is TokenOutcome.REFUSED
    assert refusal.reason is RefusalReason.LOCK_FAILED


@BOTH
async def test_what_is_wrong_with_the_evse_is_named(world: Any, version: Version) -> None:
    it = world(version)
    async with it.running():
        evse = it.station.evse(1)
        await evse.fault(Fault(kind=FaultKind.GROUND_FAILURE))
        await evse.token_presented(ABC)
        faulted = evse.last_refusal
        await evse.fault_cleared()
        evse.operative = False
        await evse.token_presented(ABC)
        withdrawn = evse.last_refusal

    assert faulted.reason is RefusalReason.FAULTED
    assert withdrawn.reason is RefusalReason.OUT_OF_USE


async def test_a_reset_is_named(world: Any) -> None:
    it = world(Version.V16)
    refusals = []

    class Slow:
        async def __call__(self, _: RebootReason) -> None:
            it.station.core.spawn(self.present(), name="test")
            await it.environment.sleep(1)

        async def present(self) -> None:
            await it.station.evse(1).token_presented(ABC)
            refusals.append(it.station.evse(1).last_refusal)

    it.hardware.reboot = Slow()
    async with it.running():
        it.station.core.launch(
            it.station.core.reset(RebootReason.SOFT_RESET, Cause.SOFT_RESET), name="reset"
        )
        await it.advance(5)

    assert [each.reason for each in refusals] == [RefusalReason.RESETTING]


async def test_a_reservation_of_another_is_named(world: Any) -> None:
    it = world(Version.V16)
    async with it.running():
        await it.call(
            "ReserveNow",
            connectorId=1,
            reservationId=1,
            idTag="XYZ",
            expiryDate="2100-01-01T00:00:00Z",
        )
        await it.station.evse(1).token_presented(ABC)
        refusal = it.station.evse(1).last_refusal

    assert refusal.reason is RefusalReason.RESERVED
