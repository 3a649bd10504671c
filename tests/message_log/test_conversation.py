from __future__ import annotations

from datetime import timedelta

from ocppkit.connection import Direction
from ocppkit.message_log import EntryKind
from ocppkit.message_log.conversation import Conversation, Wanted, transactions

from .conftest import MakeEntry

CALL, RESULT, ERROR = EntryKind.CALL, EntryKind.CALLRESULT, EntryKind.CALLERROR
BACK = Direction.RECEIVED


def test_an_answer_takes_the_action_and_gives_the_transaction(entry: MakeEntry) -> None:
    call, answer = Conversation.of(
        [
            entry(CALL, action="StartTransaction", payload={"meterStart": 0}),
            entry(RESULT, action=None, direction=BACK, payload={"transactionId": 7}),
        ]
    )

    assert answer.action == "StartTransaction"
    assert (call.transaction, answer.transaction) == ("7", "7")
    assert not call.faulty


def test_the_transaction_is_found_wherever_a_message_names_it(entry: MakeEntry) -> None:
    payloads = [
        {"transactionId": "T"},
        {"transactionInfo": {"transactionId": "T"}},
        {"chargingProfile": {"transactionId": "T"}},
        {"csChargingProfiles": {"transactionId": "T"}},
        {"transactionId": True},
        {"transactionInfo": "T"},
        ["T"],
    ]

    steps = Conversation.of(entry(message_id=str(id(one)), payload=one) for one in payloads)

    assert [step.transaction for step in steps] == ["T"] * 4 + [None] * 3


def test_a_call_that_is_refused_is_faulty(entry: MakeEntry) -> None:
    call, answer = Conversation.of([entry(CALL), entry(ERROR, direction=BACK)])

    assert call.refused
    assert call.faulty
    assert answer.faulty


def test_the_same_id_in_both_directions_is_two_calls(entry: MakeEntry) -> None:
    ours, theirs, answer = Conversation.of(
        [entry(CALL), entry(CALL, direction=BACK, action="Reset"), entry(RESULT, action=None)]
    )

    assert answer.action == "Reset"
    assert (bool(ours.lack), bool(theirs.lack)) == (True, False)


def test_a_call_without_an_answer_says_why(entry: MakeEntry) -> None:
    steps = Conversation.of(
        [
            entry(CALL, message_id="1"),
            entry(CALL, message_id="2"),
            entry(EntryKind.DISCONNECTED, direction=None),
            entry(EntryKind.CONNECTED, direction=None),
            entry(CALL, message_id="3"),
        ]
    )

    assert [step.lack for step in steps] == [
        "no answer before the next call",
        "no answer before the connection was lost",
        "",
        "",
        "no answer by the end of the log",
    ]


def test_an_answer_that_comes_late_is_still_an_answer(entry: MakeEntry) -> None:
    first, *_ = Conversation.of(
        [
            entry(CALL, message_id="1"),
            entry(CALL, message_id="2"),
            entry(RESULT, message_id="1", direction=BACK),
        ]
    )

    assert first.lack == ""


def test_calls_that_are_never_answered_are_not_remembered_for_ever(entry: MakeEntry) -> None:
    conversation = Conversation()
    for number in range(1000):
        conversation.add(entry(CALL, message_id=str(number)))

    (calls,) = conversation._open.values()
    assert len(calls) == 256


def test_filters_have_to_fit_all(entry: MakeEntry) -> None:
    one = entry(CALL, action="Reset", payload={"transactionId": 7})
    (step,) = Conversation.of([one])
    second = timedelta(seconds=1)

    for wanted in (
        Wanted(),
        Wanted(actions=frozenset({"reset"}), identities=frozenset({"CS001"})),
        Wanted(since=one.time, until=one.time),
        Wanted(errors=True, transaction="7"),
    ):
        assert wanted.fits(step)
    for wanted in (
        Wanted(actions=frozenset({"heartbeat"})),
        Wanted(identities=frozenset({"CS002"})),
        Wanted(since=one.time + second),
        Wanted(until=one.time - second),
        Wanted(transaction="8"),
    ):
        assert not wanted.fits(step)


def test_transactions_are_summed_up(entry: MakeEntry) -> None:
    steps = Conversation.of(
        [
            entry(CALL, message_id="1", payload={"meterStart": 1000}),
            entry(RESULT, message_id="1", direction=BACK, payload={"transactionId": 7}),
            entry(CALL, message_id="2", payload={"transactionId": 7, "meterStop": 3500}),
            entry(CALL, message_id="3", payload={"transactionId": 8}),
            entry(CALL, message_id="4", payload={}),
        ]
    )

    first, second = transactions(steps)

    assert (first.id, first.messages, first.energy_wh) == ("7", 3, 2500.0)
    assert first.last - first.first == timedelta(seconds=2)
    assert (second.id, second.energy_wh, second.faulty) == ("8", None, True)
