"""Stations that are wrong about boots, addresses and queues on purpose: the kit catches each."""

from __future__ import annotations

from typing import Final

import pytest

from ocppkit.conformance import Outcome, all_facts

from .harness import at_work, with_settings
from .tampering import Payload, Tamper, always, is_caught, lost


def _forgets_to_retry() -> Tamper:
    """What was sent once is lost when it is sent again."""
    sent: set[int] = set()

    def tamper(said: str, payload: Payload) -> Payload | None:
        if said != "TransactionEvent":
            return payload
        again = payload["seqNo"] in sent
        sent.add(payload["seqNo"])
        return None if again else payload

    return tamper


def _of_one_evse(said: str, payload: Payload) -> Payload | None:
    return None if said == "StatusNotification" and payload["evseId"] == 2 else payload


def _starts_all_the_same(said: str, payload: Payload) -> Payload | None:
    started = said == "RequestStartTransactionResponse"
    return {**payload, "status": "Accepted"} if started else payload


def _no_triggers(said: str, payload: Payload) -> Payload | None:
    if said == "BootNotification" and payload["reason"] == "Triggered":
        return {**payload, "reason": "PowerUp"}
    return payload


def _less(said: str, payload: Payload) -> Payload | None:
    """Reports leave out what is told of EVSEs."""
    if said != "NotifyReport":
        return payload
    data = [each for each in payload["reportData"] if each["component"]["name"] != "EVSE"]
    return {**payload, "reportData": data or payload["reportData"]}


def _less_of_criteria(said: str, payload: Payload) -> Payload | None:
    """Reports of what is enabled leave out what is told of EVSEs."""
    named = {each["variable"]["name"] for each in payload.get("reportData", ())}
    return _less(said, payload) if named == {"Enabled"} else payload


_EVENT: Final = "TransactionEvent"
_STATUS: Final = "GetTransactionStatusResponse"
WRONG: Final[dict[str, tuple[str, Tamper, str]]] = {
    "an unknown transaction is under way": (
        "TC_E_28_CS",
        always(_STATUS, ongoingIndicator=True),
        "ongoing_indicator: expected False, came True",
    ),
    "a queue that is not told of": (
        "TC_E_29_CS",
        always(_STATUS, messagesInQueue=False),
        "messages_in_queue: expected True, came False",
    ),
    "a transaction that is over goes on": (
        "TC_E_31_CS",
        always(_STATUS, ongoingIndicator=True),
        "ongoing_indicator: expected False, came True",
    ),
    "an end that stays in the queue": (
        "TC_E_31_CS",
        lost(eventType="Ended"),
        "step 3: TransactionEvent",
    ),
    "an indicator of no transaction": (
        "TC_E_33_CS",
        always(_STATUS, ongoingIndicator=True),
        "ongoing_indicator: expected",
    ),
    "a queue that is not called offline": (
        "TC_E_40_CS",
        always(_EVENT, offline=False),
        "offline: expected True, came False",
    ),
    "samples without values": ("TC_E_40_CS", always(_EVENT, meterValue=None), "meter_value"),
    "a beginning that is not called offline": (
        "TC_E_43_CS",
        always(_EVENT, offline=None),
        "offline: expected True",
    ),
    "an end that is never told": (
        "TC_E_44_CS",
        lost(eventType="Ended"),
        "step 3: TransactionEvent",
    ),
    "a departure that is not called offline": (
        "TC_E_45_CS",
        always(_EVENT, offline=None),
        "offline: expected True",
    ),
    "no second attempt": ("TC_E_41_CS", _forgets_to_retry(), "step 5: TransactionEvent"),
    "no attempt after an error": ("TC_E_51_CS", _forgets_to_retry(), "step 5: TransactionEvent"),
    "a stop that is never told": (
        "TC_C_21_CS",
        lost(eventType="Ended"),
        "step 1: TransactionEvent",
    ),
    "a start while the boot is pending": (
        "TC_B_02_CS",
        _starts_all_the_same,
        "status: expected Rejected, came Accepted",
    ),
    "a boot that nobody triggered": ("TC_B_02_CS", _no_triggers, "step 15: BootNotification"),
    "one EVSE that is not told of": (
        "TC_B_51_CS",
        _of_one_evse,
        "status of connector 1 of EVSE 2",
    ),
    "a slot that does not exist": (
        "TC_B_43_CS",
        always("SetNetworkProfileResponse", status="Accepted"),
        "status: expected Rejected, came Accepted",
    ),
    "a move that is refused": (
        "TC_B_45_CS",
        always("SetNetworkProfileResponse", status="Rejected"),
        "status: expected Accepted, came Rejected",
    ),
    "a summary without EVSEs": ("TC_B_14_CS", _less, "expected EVSE@1.AvailabilityState"),
    "enabled EVSEs that are not reported": (
        "TC_B_16_CS",
        _less_of_criteria,
        "expected EVSE@1.Enabled",
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_station_is_caught(name: str) -> None:
    case, tamper, expected = WRONG[name]
    async with at_work(tamper=tamper) as runner:
        await is_caught(runner, case, expected)


async def test_a_password_that_is_not_the_stations_is_caught() -> None:
    async with at_work() as runner:
        runner.kit.first.check = lambda attempt: setattr(attempt, "password", b"another-password")
        verdict = await runner.run_case(all_facts()["TC_A_01_CS"])

    assert any("the configured password" in str(each) for each in verdict.deviations)


@pytest.mark.parametrize("name", ["TC_E_29_CS", "TC_E_31_CS", "TC_E_41_CS", "TC_E_43_CS"])
async def test_our_station_passes_where_the_csms_starts(name: str) -> None:
    async with at_work(settings=with_settings(authorization_default="remote")) as runner:
        verdict = await runner.run_case(all_facts()[name])

    assert verdict.outcome is Outcome.PASSED, (verdict.reason, *verdict.deviations)


@pytest.mark.parametrize(
    ("tamper", "outcome"),
    [
        (None, Outcome.PASSED),
        (always("SetNetworkProfileResponse", status="Accepted"), Outcome.FAILED),
    ],
)
async def test_an_offer_of_less_security_has_to_be_rejected(
    tamper: Tamper | None, outcome: Outcome
) -> None:
    settings = with_settings(csms_url="wss://first.test", security_profile=2)
    async with at_work(settings=settings, tamper=tamper) as runner:
        runner.kit.secure = True
        verdict = await runner.run_case(all_facts()["TC_A_22_CS"])

    assert verdict.outcome is outcome, (verdict.reason, *verdict.deviations)
