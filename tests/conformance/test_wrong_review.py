"""What a review of the checks found: stations that were let pass, and what is told of a failure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import pytest

from ocppkit.conformance import Kit, Outcome, Verdict, all_facts
from ocppkit.conformance.checks import fields, said, same_token
from ocppkit.conformance.page import page
from ocppkit.conformance.report import text
from ocppkit.conformance.verdict import Deviation, TraceLine
from ocppkit.v201 import (
    AuthorizeRequest,
    ChargingStateEnumType,
    ConnectorStatusEnumType,
    IdTokenEnumType,
    IdTokenType,
    TransactionEventEnumType,
    TransactionEventRequest,
    TransactionType,
    TriggerReasonEnumType,
)

from .harness import at_work
from .tampering import Payload, Tamper, event, is_caught, tell_status

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
UPPER: Final = "0A1B2C3D"
TOKEN: Final = IdTokenType(id_token=UPPER, type=IdTokenEnumType.ISO14443)


def _another_transaction(event: Payload) -> None:
    event["transactionInfo"]["transactionId"] = "another"


ORPHANS: Final[dict[str, tuple[str, Tamper]]] = {
    "it begins one transaction, and goes on with another": (
        "TC_E_13_CS",
        event(_another_transaction, eventType="Started"),
    ),
    "it changes transactions on the way": (
        "TC_E_03_CS",
        event(_another_transaction, triggerReason="Authorized"),
    ),
    "it ends a transaction that never began": (
        "TC_B_22_CS",
        event(_another_transaction, eventType="Ended"),
    ),
}


@pytest.mark.parametrize("name", ORPHANS)
async def test_a_transaction_without_its_beginning_is_noticed(name: str) -> None:
    case, tamper = ORPHANS[name]
    async with at_work(tamper=tamper) as runner:
        await is_caught(runner, case, ", the first: expected Started")


@pytest.mark.parametrize("case", ["TC_G_11_CS", "TC_G_14_CS", "TC_G_17_CS"])
async def test_an_evse_that_becomes_unavailable_under_its_driver_is_noticed(case: str) -> None:
    kits: list[Kit] = []

    def too_early(name: str, payload: Payload) -> Payload | None:
        if name == "ChangeAvailabilityResponse" and payload["status"] == "Scheduled":
            tell_status(kits[0], ConnectorStatusEnumType.UNAVAILABLE, evse=1)
        return payload

    async with at_work(tamper=too_early) as runner:
        kits.append(runner.kit)

        await is_caught(runner, case, "expected the end of the transaction first")


async def test_a_report_that_goes_on_after_its_end_is_noticed() -> None:
    def ends_at_once(name: str, payload: Payload) -> Payload | None:
        return {**payload, "tbc": False} if name == "NotifyReport" and began else payload

    began = False
    async with at_work(tamper=ends_at_once) as runner:
        began = True
        await is_caught(runner, "TC_B_16_CS", "NotifyReport: expected no such message")


def _without(component: str, variable: str, *, value: bool = False) -> Tamper:
    """A variable is not reported, or has no value."""

    def tamper(name: str, payload: Payload) -> Payload | None:
        for data in [*payload.get("reportData", ())] if name == "NotifyReport" else ():
            if (data["component"]["name"], data["variable"]["name"]) != (component, variable):
                continue
            if value:
                data["variableAttribute"][0]["value"] = ""
            else:
                payload["reportData"].remove(data)
        return payload

    return tamper


@pytest.mark.parametrize(
    ("case", "component", "variable"),
    [
        ("TC_J_01_CS", "AlignedDataCtrlr", "Measurands"),
        ("TC_J_03_CS", "AlignedDataCtrlr", "TxEndedMeasurands"),
        ("TC_J_07_CS", "SampledDataCtrlr", "TxStartedMeasurands"),
        ("TC_J_09_CS", "SampledDataCtrlr", "TxUpdatedMeasurands"),
        ("TC_J_10_CS", "SampledDataCtrlr", "TxEndedMeasurands"),
    ],
)
async def test_a_station_that_is_to_measure_nothing_has_not_to_tell_it(
    case: str, component: str, variable: str
) -> None:
    async with at_work(tamper=_without(component, variable, value=True)) as runner:
        verdict = await runner.run_case(all_facts()[case])

    assert verdict.outcome is Outcome.NOT_APPLICABLE, verdict.deviations
    assert f"needs {component}.{variable}" in verdict.reason


async def test_a_list_that_cannot_be_disabled_keeps_its_version() -> None:
    async with at_work(tamper=_without("LocalAuthListCtrlr", "Enabled")) as runner:
        verdict = await runner.run_case(all_facts()["TC_D_10_CS"])

    assert verdict.outcome is Outcome.NOT_APPLICABLE, verdict.deviations


def test_tokens_are_the_same_in_upper_and_lower_case() -> None:
    lower = IdTokenType(id_token=UPPER.lower(), type=IdTokenEnumType.ISO14443)
    central = IdTokenType(id_token=UPPER.lower(), type=IdTokenEnumType.CENTRAL)
    request = AuthorizeRequest(id_token=lower)

    assert same_token(TOKEN, lower)
    assert not same_token(TOKEN, central)
    assert not same_token(TOKEN, None)
    assert not fields(id_token__id_token=UPPER, id_token=TOKEN)(request)
    assert fields(id_token__id_token=UPPER[:-1])(request)


def test_a_message_that_should_not_have_come_is_told_by_its_fields() -> None:
    came = TransactionEventRequest(
        event_type=TransactionEventEnumType.UPDATED,
        timestamp=NOW,
        trigger_reason=TriggerReasonEnumType.CHARGING_STATE_CHANGED,
        seq_no=2,
        transaction_info=TransactionType(
            transaction_id="1", charging_state=ChargingStateEnumType.CHARGING
        ),
    )

    assert said(came) == (
        "event_type=Updated timestamp=2026-01-01T00:00:00+00:00 "
        "trigger_reason=ChargingStateChanged seq_no=2 transaction_info.transaction_id='1' "
        "transaction_info.charging_state=Charging"
    )


def test_fields_are_named_as_in_the_trace() -> None:
    deviation = Deviation(
        path="TransactionEventRequest.transaction_info.charging_state",
        expected="Charging",
        came="Idle",
        step="9",
    )
    noted = TraceLine(at=1.0, who="kit", text=f"deviation: {deviation}")
    facts = all_facts()["TC_E_03_CS"]
    verdict = Verdict(id=facts.id, outcome=Outcome.FAILED, deviations=(deviation,), trace=(noted,))
    said = text(verdict, facts, trace=True)
    shown = page([verdict], [facts], title="A station")

    assert said.count("TransactionEventRequest.transactionInfo.chargingState: expected") == 2
    assert "charging_state" not in said
    assert "<td>TransactionEventRequest.transactionInfo.chargingState</td>" in shown
    assert "<mark>    1.000 -- deviation: main, step 9" in shown
