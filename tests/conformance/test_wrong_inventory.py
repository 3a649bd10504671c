"""Stations that are wrong about variables, ways, restarts and locks: the kit catches each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from ocppkit.conformance import Outcome, Verdict, all_facts
from ocppkit.connection.backoff import Backoff
from ocppkit.station.connectivity import Connectivity, DialReason
from ocppkit.station.transaction import TransactionPoint

from .harness import at_work, with_settings
from .tampering import Tamper

Payload = dict[str, Any]

LATE: Final = {"start_points": frozenset({TransactionPoint.POWER_PATH_CLOSED})}
"""No transaction is there when a lock fails."""


def _reported(name: str, change: Callable[[Payload], Payload | None]) -> Tamper:
    """A variable, ``"TxCtrlr.TxStartPoint"``, is reported otherwise, or not at all."""

    def tamper(said: str, payload: Payload) -> Payload | None:
        if said != "NotifyReport":
            return payload
        data = []
        for each in payload["reportData"]:
            of_it = f"{each['component']['name']}.{each['variable']['name']}" == name
            told = change(each) if of_it else each
            data += [] if told is None else [told]
        return {**payload, "reportData": data}

    return tamper


def _missing(name: str) -> Tamper:
    return _reported(name, lambda _: None)


def _with_attribute(name: str, **changes: Any) -> Tamper:
    def change(data: Payload) -> Payload:
        attribute = {**data["variableAttribute"][0], **changes}
        told = {key: value for key, value in attribute.items() if value is not None}
        return {**data, "variableAttribute": [told]}

    return _reported(name, change)


def _without_list(data: Payload) -> Payload:
    facts = data["variableCharacteristics"]
    return {
        **data,
        "variableCharacteristics": {key: facts[key] for key in facts if key != "valuesList"},
    }


def _set(status: str) -> Tamper:
    """Everything that is set gets this answer."""

    def tamper(said: str, payload: Payload) -> Payload:
        if said != "SetVariablesResponse":
            return payload
        results = [{**each, "attributeStatus": status} for each in payload["setVariableResult"]]
        return {**payload, "setVariableResult": results}

    return tamper


def _says(name: str, **changes: Any) -> Tamper:
    return lambda said, payload: {**payload, **changes} if said == name else payload


def _free_again() -> Tamper:
    """After a restart every connector is Available."""
    restarted = False

    def tamper(said: str, payload: Payload) -> Payload:
        nonlocal restarted
        restarted |= said == "BootNotification" and payload["reason"] == "RemoteReset"
        told = said == "StatusNotification" and restarted
        return {**payload, "connectorStatus": "Available"} if told else payload

    return tamper


def _lock(**changes: Any) -> Tamper:
    """What is told of locks says something else."""

    def tamper(said: str, payload: Payload) -> Payload:
        if said != "NotifyEvent":
            return payload
        return {**payload, "eventData": [{**each, **changes} for each in payload["eventData"]]}

    return tamper


def _charges_all_the_same(_: str, payload: Payload) -> Payload:
    """The lock is told to fail, and energy flows."""
    if payload.get("triggerReason") != "Authorized":
        return payload
    return {
        **payload,
        "transactionInfo": {**payload["transactionInfo"], "chargingState": "Charging"},
    }


WRONG: Final[dict[str, tuple[str, Tamper, str]]] = {
    "whatever is set is taken": (
        "TC_B_11_CS",
        _set("Accepted"),
        "OCPPCommCtrlr.OfflineThreshold=abc: attribute_status: expected Rejected, came Accepted",
    ),
    "a restart for what has no form": (
        "TC_B_11_CS",
        _set("RebootRequired"),
        "AuthCtrlr.AuthorizeRemoteStart=abc: attribute_status: expected Rejected",
    ),
    "nothing is taken": (
        "TC_B_11_CS",
        _set("Rejected"),
        "OCPPCommCtrlr.OfflineThreshold=10: attribute_status: expected Accepted, came Rejected",
    ),
    "a variable that can be set and is not reported": (
        "TC_B_12_CS",
        _missing("OCPPCommCtrlr.OfflineThreshold"),
        "OCPPCommCtrlr.OfflineThreshold: expected this required variable, came none",
    ),
    "a variable that cannot be set": (
        "TC_B_12_CS",
        _with_attribute("TxCtrlr.EVConnectionTimeOut", mutability="ReadOnly"),
        "TxCtrlr.EVConnectionTimeOut: mutability: expected",
    ),
    "a variable of a block that is there": (
        "TC_B_13_CS",
        _missing("SmartChargingCtrlr.LimitChangeSignificance"),
        "SmartChargingCtrlr.LimitChangeSignificance: expected this required variable, came none",
    ),
    "equipment that is not reported": (
        "TC_B_13_CS",
        _missing("Connector.ConnectorType"),
        "Connector@2.1.ConnectorType: expected this required variable, came none",
    ),
    "a list that does not say what may be in it": (
        "TC_B_13_CS",
        _reported("TxCtrlr.TxStopPoint", _without_list),
        "TxCtrlr.TxStopPoint: valuesList: expected any value, came nothing",
    ),
    "characteristics that are left out": (
        "TC_B_13_CS",
        _reported(
            "ClockCtrlr.DateTime",
            lambda data: {key: data[key] for key in data if key != "variableCharacteristics"},
        ),
        "ClockCtrlr.DateTime: variableCharacteristics: expected any value, came nothing",
    ),
    "a value that is not in the list": (
        "TC_B_53_CS",
        _with_attribute("TxCtrlr.TxStopPoint", value="Authorized,Never"),
        "TxCtrlr.TxStopPoint: value: expected of ",
    ),
    "a value that is left out": (
        "TC_B_53_CS",
        _with_attribute("TxCtrlr.EVConnectionTimeOut", value=None),
        "TxCtrlr.EVConnectionTimeOut: value: expected any value, came nothing",
    ),
    "a password that is told": (
        "TC_B_53_CS",
        _with_attribute("SecurityCtrlr.BasicAuthPassword", value="secret"),
        "SecurityCtrlr.BasicAuthPassword: value: expected nothing",
    ),
    "a connector that is free after a restart": (
        "TC_B_23_CS",
        _free_again(),
        "connector 1 of EVSE 1: expected Unavailable, came last Available",
    ),
    "a restart for no reason": (
        "TC_B_23_CS",
        _says("BootNotification", reason="PowerUp"),
        "step 3: BootNotificationRequest.reason: expected RemoteReset, came PowerUp",
    ),
    "a restart that is not put off": (
        "TC_B_41_CS",
        _says("ResetResponse", status="Accepted"),
        "step 2: ResetResponse.status: expected Scheduled, came Accepted",
    ),
    "a restart that was not scheduled": (
        "TC_B_41_CS",
        _says("BootNotification", reason="RemoteReset"),
        "step 11: BootNotificationRequest.reason: expected ScheduledReset, came RemoteReset",
    ),
    "a vendor's data that is not borne": (
        "TC_P_03_CS",
        _set("Rejected"),
        "attribute_status: expected Accepted, came Rejected",
    ),
}
LOCKS: Final[dict[str, tuple[Tamper, str]]] = {
    "a lock whose problem is over": (_lock(actualValue="false"), "came 'false'"),
    "a lock that is told of for no change": (_lock(trigger="Periodic"), "came Periodic"),
    "a lock that is not told of": (
        lambda said, payload: None if said == "NotifyEvent" else payload,
        "step 2: NotifyEvent: expected such a message",
    ),
    "energy that flows without a lock": (_charges_all_the_same, "step post: TransactionEvent"),
}


async def play(case: str, **station: Any) -> Verdict:
    async with at_work(**station) as runner:
        return await runner.run_case(all_facts()[case])


def _caught(verdict: Verdict, expected: str) -> bool:
    assert verdict.outcome is Outcome.FAILED, verdict.reason
    return any(expected in str(found) for found in verdict.deviations)


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_station_is_caught(name: str) -> None:
    case, tamper, expected = WRONG[name]
    verdict = await play(case, tamper=tamper)

    assert _caught(verdict, expected), verdict.deviations


async def test_our_station_passes_where_no_transaction_is_there_when_a_lock_fails() -> None:
    verdict = await play("TC_G_20_CS", **LATE)

    assert verdict.outcome is Outcome.PASSED, verdict.deviations


@pytest.mark.parametrize("name", LOCKS)
async def test_a_station_that_is_wrong_about_locks_is_caught(name: str) -> None:
    tamper, expected = LOCKS[name]
    station = {} if name.startswith("energy") else LATE
    verdict = await play("TC_G_20_CS", tamper=tamper, **station)

    assert _caught(verdict, expected), verdict.deviations


async def test_our_station_passes_where_the_csms_starts_and_stops() -> None:
    verdict = await play("TC_B_41_CS", settings=with_settings(authorization_default="remote"))

    assert verdict.outcome is Outcome.PASSED, verdict.deviations


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        (5.0, "step 7: connection: expected after 10 s, or more, came after 5 s"),
        (0.5, "step 2: connection: expected after 5 s, or more, came after 0.5 s"),
    ],
)
async def test_waits_that_do_not_grow_are_caught(
    monkeypatch: pytest.MonkeyPatch, delay: float, expected: str
) -> None:
    monkeypatch.setattr(Backoff, "delay", lambda *_: delay)
    verdict = await play("TC_B_57_CS")

    assert _caught(verdict, expected), verdict.deviations


async def test_a_station_that_starts_over_with_the_other_address_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def in_turn(plan: Connectivity) -> None:
        ways = plan.profiles
        place = ways.index(plan.profile) + 1
        plan._turn_to(ways[place % len(ways)], DialReason.NEXT_PROFILE)

    monkeypatch.setattr(Connectivity, "_turn_to_next", in_turn)
    verdict = await play("TC_B_49_CS")

    assert _caught(verdict, "step 11: connection: expected again after 5 s, came after 10 s")


async def test_a_station_that_does_not_try_the_other_address_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Connectivity, "set_profiles", lambda *_: None)
    verdict = await play("TC_B_49_CS")

    assert _caught(verdict, "step 7: connection: expected an attempt at the other address first")
