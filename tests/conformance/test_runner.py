"""The kit catches stations that are wrong, and says what was wrong."""

from __future__ import annotations

from typing import Any

import pytest

from ocppkit.conformance import Case, Outcome, all_facts
from ocppkit.conformance.answers import SILENCE
from ocppkit.conformance.cases.e import tc_e_03_cs
from ocppkit.conformance.checks import fields
from ocppkit.conformance.points import start_at
from ocppkit.conformance.states import (
    authorized,
    deauthorized,
    energy_transfer_started,
    ev_connected_pre_session,
    ev_disconnected,
    leave,
    offline_transaction_started,
    presents,
    refuse_events,
)
from ocppkit.conformance.verdict import Verdict
from ocppkit.errors import CallError, CallRefused, ErrorCode
from ocppkit.v201 import (
    AuthorizationStatusEnumType,
    AuthorizeRequest,
    CostUpdatedRequest,
    HeartbeatRequest,
    ResetEnumType,
    ResetRequest,
    TransactionEventEnumType,
    TransactionEventRequest,
)

from .harness import at_work, with_settings

FACTS = all_facts()["TC_E_03_CS"]
OTHER = "FFFF"


async def verdict_of(function: Any, **options: Any) -> Verdict:
    async with at_work(**options) as runner:
        return await runner.run_case(FACTS, function)


def told(verdict: Verdict) -> str:
    return "\n".join(map(str, verdict.deviations))


async def test_a_message_that_does_not_come_fails_the_case() -> None:
    async def asks_nothing(t: Case) -> None:
        await t.expect(AuthorizeRequest, 3, where=fields(id_token__id_token=OTHER))

    verdict = await verdict_of(asks_nothing)

    assert verdict.outcome is Outcome.FAILED
    assert told(verdict) == (
        "main, step 3: Authorize: expected such a message, came none within 30 s"
    )


async def test_what_nearly_came_is_told() -> None:
    async def another_token(t: Case) -> None:
        await presents(t, t.settings.valid_idtoken)
        await t.expect(AuthorizeRequest, 1, where=fields(id_token__id_token=OTHER))

    verdict = await verdict_of(another_token)

    assert "Authorize.id_token.id_token: expected 'FFFF', came '0A1B2C3D'" in told(verdict)


async def test_a_field_that_is_wrong_is_noted_and_the_case_goes_on() -> None:
    async def two_mistakes(t: Case) -> None:
        await presents(t, t.settings.valid_idtoken)
        wrong = fields(id_token__id_token=OTHER, certificate="Y")
        request = await t.expect(AuthorizeRequest, 1, check=wrong)
        t.check(2, request, id_token__id_token=OTHER)
        t.allow(TransactionEventRequest)

    verdict = await verdict_of(two_mistakes)

    assert [(each.step, each.path) for each in verdict.deviations] == [
        ("1", "AuthorizeRequest.id_token.id_token"),
        ("1", "AuthorizeRequest.certificate"),
        ("2", "AuthorizeRequest.id_token.id_token"),
    ]


async def test_what_must_not_come_is_caught() -> None:
    async def silent(t: Case) -> None:
        await ev_connected_pre_session(t)
        await presents(t, t.settings.valid_idtoken)
        await t.nothing(AuthorizeRequest, 4, seconds=2)
        t.allow(TransactionEventRequest)

    verdict = await verdict_of(silent)

    assert verdict.outcome is Outcome.FAILED
    assert "step 4: Authorize: expected none" in told(verdict)


async def test_what_nobody_looked_at_is_a_deviation_at_the_end() -> None:
    async def looks_away(t: Case) -> None:
        await presents(t, t.settings.valid_idtoken)
        await t.kit.clock.sleep(1)

    verdict = await verdict_of(looks_away)

    assert "post: Authorize: expected no such message" in told(verdict)


async def test_what_was_allowed_is_none() -> None:
    async def looks_away(t: Case) -> None:
        t.allow(AuthorizeRequest)
        t.allow(TransactionEventRequest)
        await presents(t, t.settings.valid_idtoken)
        await t.kit.clock.sleep(1)

    assert (await verdict_of(looks_away)).outcome is Outcome.PASSED


async def test_a_message_that_breaks_the_schema_fails_the_case_without_ending_it() -> None:
    reached = []

    async def goes_on(t: Case) -> None:
        t.kit.first._take('[2,"1","StatusNotification",{"connectorStatus":"Sleeping"}]', 1)
        reached.append(await t.ask(ResetRequest(type=ResetEnumType.ON_IDLE)))
        await t.kit.clock.sleep(5)
        t.kit.mailbox.received.clear()

    async with at_work() as runner:
        verdict = await runner.run_case(FACTS, goes_on)

    assert reached
    assert verdict.outcome is Outcome.FAILED
    assert "StatusNotificationRequest" in told(verdict)


async def test_a_fault_of_the_case_is_an_error_not_a_failure() -> None:
    async def broken(t: Case) -> None:
        t.check(1, ResetRequest(type=ResetEnumType.ON_IDLE), no_such_field=1)

    verdict = await verdict_of(broken)

    assert verdict.outcome is Outcome.ERROR
    assert "no_such_field" in verdict.reason


async def test_what_cannot_be_done_around_the_station_is_not_applicable() -> None:
    async def drives(t: Case) -> None:
        await t.do("fly", height=3)

    verdict = await verdict_of(drives)

    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_APPLICABLE, "no way to fly")


async def test_a_lacking_feature_is_not_applicable() -> None:
    settings = with_settings(features=frozenset({"AQ-2"}))
    async with at_work(settings=settings) as runner:
        verdict = await runner.run_case(FACTS)

    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert verdict.reason.startswith("needs not AQ-2")


async def test_variables_are_set_and_put_back() -> None:
    async def sets(t: Case) -> None:
        await t.configure({"TxCtrlr.EVConnectionTimeOut": 11})
        assert t.inventory.value("TxCtrlr.EVConnectionTimeOut") == "11"

    async with at_work() as runner:
        before = runner.kit.inventory.value("TxCtrlr.EVConnectionTimeOut")
        verdict = await runner.run_case(FACTS, sets)

        assert verdict.outcome is Outcome.PASSED
        assert runner.kit.inventory.value("TxCtrlr.EVConnectionTimeOut") == before != "11"
        assert any("EVConnectionTimeOut" in str(line) for line in verdict.trace)


async def test_a_variable_that_is_fixed_otherwise_makes_a_case_not_applicable() -> None:
    async def sets(t: Case) -> None:
        await t.configure({"ChargingStation.Model": "another"})

    verdict = await verdict_of(sets)

    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert "ChargingStation.Model to be another: it is ReadOnly with 'Simulated'" in verdict.reason


async def test_a_required_variable_that_is_missing_fails_the_case() -> None:
    async def sets(t: Case) -> None:
        t.inventory._items = {
            index: item
            for index, item in t.inventory._items.items()
            if item.key.name != "TxStartPoint"
        }
        await t.configure({"TxCtrlr.TxStartPoint": "Authorized"})

    assert (await verdict_of(sets)).outcome is Outcome.FAILED


async def test_a_case_that_fails_leaves_an_idle_station_to_the_next() -> None:
    async def gives_up(t: Case) -> None:
        await energy_transfer_started(t)
        t.deviate(1, "this", "that", "another")

    async with at_work() as runner:
        first = await runner.run_case(FACTS, gives_up)
        second = await runner.run_case(FACTS, tc_e_03_cs)

    assert first.outcome is Outcome.FAILED
    assert not first.warnings
    assert second.outcome is Outcome.PASSED, told(second)


async def test_two_visits_in_one_case_are_told_apart() -> None:
    async def twice(t: Case) -> None:
        for _ in range(2):
            await energy_transfer_started(t)
            await leave(t)

        assert len(t.sessions.transactions) == 2

    verdict = await verdict_of(twice)

    assert verdict.outcome is Outcome.PASSED, told(verdict)


@pytest.mark.parametrize("point", ["EVConnected", "Authorized", "EnergyTransfer"])
async def test_a_transaction_begins_where_the_station_is_told(point: str) -> None:
    async def starts(t: Case) -> None:
        await start_at(t, point)
        await ev_connected_pre_session(t)
        begun = t.session().started
        await authorized(t)
        assert begun is (point == "EVConnected")
        assert t.session().started is (point != "EnergyTransfer")
        await energy_transfer_started(t)

    verdict = await verdict_of(starts)

    assert verdict.outcome is Outcome.PASSED, told(verdict)


async def test_a_remote_start_and_stop_pass_as_well() -> None:
    async def remotely(t: Case) -> None:
        await energy_transfer_started(t)
        await leave(t)

    verdict = await verdict_of(remotely, settings=with_settings(authorization_default="remote"))

    assert verdict.outcome is Outcome.PASSED, told(verdict)


async def test_the_station_is_refused_while_offline_and_comes_back() -> None:
    async def away(t: Case) -> None:
        connections = t.kit.first.connection
        async with t.offline():
            await t.kit.clock.sleep(60)
            assert not t.kit.first.connected
        assert t.kit.first.connection == connections + 1
        assert t.kit.first.attempts[-1].refused is None
        assert any(attempt.refused for attempt in t.kit.first.attempts)

    verdict = await verdict_of(away)

    assert verdict.outcome is Outcome.PASSED, told(verdict)


async def test_what_happened_offline_arrives_afterwards() -> None:
    async def queued(t: Case) -> None:
        await t.configure({"AuthCtrlr.OfflineTxForUnknownIdEnabled": True})
        await offline_transaction_started(t)
        event = await t.expect(
            TransactionEventRequest, where=fields(event_type=TransactionEventEnumType.STARTED)
        )
        t.check("", event, offline=True)

    verdict = await verdict_of(queued)

    assert verdict.outcome is Outcome.PASSED, told(verdict)


async def test_an_answer_can_be_an_error_silence_or_a_function() -> None:
    async def answers(t: Case) -> None:
        t.allow(AuthorizeRequest)
        t.allow(TransactionEventRequest)
        with t.answering(AuthorizeRequest, SILENCE):
            await presents(t, t.settings.valid_idtoken)
            await t.expect(AuthorizeRequest)
        await t.kit.clock.sleep(60)
        t.answer(AuthorizeRequest, CallError(ErrorCode.INTERNAL_ERROR))
        await presents(t, t.settings.valid_idtoken)
        await t.expect(AuthorizeRequest)

    verdict = await verdict_of(answers)

    assert verdict.outcome is Outcome.PASSED, told(verdict)
    assert any(line.text == "Authorize: no answer" for line in verdict.trace)
    assert any(line.text == "Authorize: CALLERROR InternalError" for line in verdict.trace)


async def test_an_error_where_a_response_is_wanted_fails_the_case() -> None:
    async def asks(t: Case) -> None:
        assert isinstance(await t.call_json("NoSuchThing", {}), CallRefused)
        await t.call(CostUpdatedRequest(total_cost=1, transaction_id="none"), 2)

    verdict = await verdict_of(asks)

    assert verdict.outcome is Outcome.FAILED
    assert "step 2: CostUpdatedResponse: expected a response, came CALLERROR" in told(verdict)


async def test_a_station_that_starts_for_a_refused_token_is_caught() -> None:
    async def refused(t: Case) -> None:
        await ev_connected_pre_session(t)
        token = t.settings.invalid_idtoken
        t.think(token, status=AuthorizationStatusEnumType.ACCEPTED)  # what the station then does
        await presents(t, token)
        await t.expect(AuthorizeRequest, 1)
        await t.nothing(TransactionEventRequest, 1)

    verdict = await verdict_of(refused)

    assert verdict.outcome is Outcome.FAILED
    assert "TransactionEvent: expected none" in told(verdict)


@pytest.mark.parametrize("points", ["EVConnected", "Authorized", "EVConnected,Authorized"])
async def test_a_driver_may_be_refused_by_the_answer_to_an_event(points: str) -> None:
    async def refused(t: Case) -> None:
        await t.configure({"TxCtrlr.TxStartPoint": points, "TxCtrlr.StopTxOnInvalidId": True})
        refuse_events(t)
        await ev_connected_pre_session(t)
        await authorized(t)
        await deauthorized(t)
        await ev_disconnected(t)

    verdict = await verdict_of(refused)

    assert verdict.outcome is Outcome.PASSED, told(verdict)


async def test_a_station_that_breaks_the_schema_is_caught_in_every_case() -> None:
    def speaks_badly(name: str, payload: dict[str, Any]) -> dict[str, Any]:
        return {**payload, "invented": 1} if name == "Authorize" else payload

    async with at_work(tamper=speaks_badly) as runner:
        verdicts = [await runner.run_case(FACTS) for _ in range(2)]

    assert [each.outcome for each in verdicts] == [Outcome.FAILED] * 2


async def test_heartbeats_and_the_like_disturb_no_case() -> None:
    async def waits(t: Case) -> None:
        await t.kit.clock.sleep(400)
        await t.expect(HeartbeatRequest)

    assert (await verdict_of(waits)).outcome is Outcome.PASSED
