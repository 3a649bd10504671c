from __future__ import annotations

from itertools import count

import pytest

from ocppkit.errors import NotConnected
from ocppkit.message import Version
from ocppkit.rpc import (
    Answered,
    Dropped,
    Endpoint,
    Refused,
    TimedOut,
    Unmatched,
    UnmatchedReason,
)

HEARTBEAT = '[2,"theirs","Heartbeat",{}]'


def make(version: Version = Version.V201, *, call_timeout: float = 30) -> Endpoint:
    ids = (f"id-{number}" for number in count(1))
    return Endpoint(version=version, new_id=lambda: next(ids), call_timeout=call_timeout)


def test_a_call_is_sent_and_its_answer_reported() -> None:
    endpoint = make()

    message_id = endpoint.call("Reset", {"type": "Immediate"})
    sent = endpoint.texts_to_send(now=0)
    events = endpoint.receive('[3,"id-1",{"status":"Accepted"}]', now=1)

    assert message_id == "id-1"
    assert sent == ['[2,"id-1","Reset",{"type":"Immediate"}]']
    assert events == [Answered(message_id="id-1", action="Reset", payload={"status": "Accepted"})]
    assert endpoint.texts_to_send(now=1) == []


def test_a_refusal_is_reported_as_the_peer_spells_it() -> None:
    endpoint = make()
    endpoint.call("Reset", {})
    endpoint.texts_to_send(now=0)

    events = endpoint.receive('[4,"id-1","TheirOwnError","no",{"a":1}]', now=1)

    assert events == [
        Refused(
            message_id="id-1",
            action="Reset",
            code="TheirOwnError",
            description="no",
            details={"a": 1},
        )
    ]


@pytest.mark.requirement("1.6-J §4.1.1")
def test_one_call_is_out_at_a_time_and_the_others_follow_in_order() -> None:
    endpoint = make()
    for action in ("A", "B", "C"):
        endpoint.call(action, {})

    assert endpoint.texts_to_send(now=0) == ['[2,"id-1","A",{}]']
    assert endpoint.texts_to_send(now=0) == []
    endpoint.receive('[3,"id-1",{}]', now=1)
    assert endpoint.texts_to_send(now=1) == ['[2,"id-2","B",{}]']
    endpoint.receive('[4,"id-2","GenericError","",{}]', now=2)
    assert endpoint.texts_to_send(now=2) == ['[2,"id-3","C",{}]']


def test_the_payload_is_that_of_the_moment_of_the_call() -> None:
    endpoint = make()
    payload = {"a": 1}

    endpoint.call("A", payload)
    payload["a"] = 2

    assert endpoint.texts_to_send(now=0) == ['[2,"id-1","A",{"a":1}]']


def test_the_timeout_runs_from_when_the_call_is_sent() -> None:
    endpoint = make(call_timeout=30)
    endpoint.call("A", {})
    endpoint.call("B", {}, timeout=5)

    assert endpoint.deadline() is None
    endpoint.texts_to_send(now=100)
    assert endpoint.deadline() == 130
    endpoint.receive('[3,"id-1",{}]', now=120)
    assert endpoint.deadline() is None
    endpoint.texts_to_send(now=120)
    assert endpoint.deadline() == 125


@pytest.mark.requirement("1.6-J §4.1.1")
def test_a_call_that_nobody_answers_times_out_and_the_next_one_goes() -> None:
    endpoint = make()
    endpoint.call("A", {})
    endpoint.call("B", {})
    endpoint.texts_to_send(now=0)

    assert endpoint.expire(now=29.9) == []
    assert endpoint.expire(now=30) == [TimedOut(message_id="id-1", action="A", timeout=30)]
    assert endpoint.expire(now=30) == []
    assert endpoint.texts_to_send(now=30) == ['[2,"id-2","B",{}]']
    assert endpoint.deadline() == 60


def test_an_answer_after_the_timeout_is_late_and_another_one_a_duplicate() -> None:
    endpoint = make()
    endpoint.call("A", {})
    endpoint.texts_to_send(now=0)
    endpoint.expire(now=30)

    late = endpoint.receive('[3,"id-1",{}]', now=31)
    again = endpoint.receive('[3,"id-1",{}]', now=32)

    assert late == [Unmatched(message_id="id-1", reason=UnmatchedReason.LATE)]
    assert again == [Unmatched(message_id="id-1", reason=UnmatchedReason.DUPLICATE)]


def test_an_answer_at_the_deadline_is_late_also_before_expire_was_called() -> None:
    endpoint = make()
    endpoint.call("A", {})
    endpoint.texts_to_send(now=0)

    events = endpoint.receive('[3,"id-1",{}]', now=30)

    assert events == [
        TimedOut(message_id="id-1", action="A", timeout=30),
        Unmatched(message_id="id-1", reason=UnmatchedReason.LATE),
    ]


def test_a_late_answer_does_not_settle_the_call_that_is_out_now() -> None:
    endpoint = make()
    endpoint.call("A", {})
    endpoint.call("B", {})
    endpoint.texts_to_send(now=0)
    endpoint.expire(now=30)
    endpoint.texts_to_send(now=30)

    late = endpoint.receive('[3,"id-1",{}]', now=31)
    events = endpoint.receive('[3,"id-2",{}]', now=32)

    assert late == [Unmatched(message_id="id-1", reason=UnmatchedReason.LATE)]
    assert events == [Answered(message_id="id-2", action="B", payload={})]


@pytest.mark.parametrize("text", ['[3,"{}",{{}}]', '[4,"{}","GenericError","",{{}}]'])
def test_a_second_answer_is_a_duplicate(text: str) -> None:
    endpoint = make()
    endpoint.call("A", {})
    endpoint.texts_to_send(now=0)
    endpoint.receive('[3,"id-1",{}]', now=1)

    events = endpoint.receive(text.format("id-1"), now=2)

    assert events == [Unmatched(message_id="id-1", reason=UnmatchedReason.DUPLICATE)]
    assert endpoint.texts_to_send(now=2) == []


def test_an_answer_to_what_nobody_asked_is_unknown() -> None:
    endpoint = make()
    endpoint.call("queued", {})

    assert endpoint.receive('[3,"who",{}]', now=0) == [
        Unmatched(message_id="who", reason=UnmatchedReason.UNKNOWN)
    ]
    assert endpoint.receive('[4,"-1","RpcFrameworkError","",{}]', now=0) == [
        Unmatched(message_id="-1", reason=UnmatchedReason.UNKNOWN)
    ]
    assert endpoint.receive('[3,"id-1",{}]', now=0) == [
        Unmatched(message_id="id-1", reason=UnmatchedReason.UNKNOWN)
    ]


def test_only_recent_ids_are_remembered() -> None:
    endpoint = make()
    for number in range(1, 130):
        endpoint.call("A", {})
        endpoint.texts_to_send(now=0)
        endpoint.receive(f'[3,"id-{number}",{{}}]', now=0)

    forgotten = endpoint.receive('[3,"id-1",{}]', now=1)
    remembered = endpoint.receive('[3,"id-2",{}]', now=1)

    assert forgotten == [Unmatched(message_id="id-1", reason=UnmatchedReason.UNKNOWN)]
    assert remembered == [Unmatched(message_id="id-2", reason=UnmatchedReason.DUPLICATE)]


def test_a_timed_out_call_can_be_repeated_under_its_id() -> None:
    endpoint = make()
    endpoint.call("A", {}, message_id="mine")
    endpoint.texts_to_send(now=0)
    endpoint.expire(now=30)

    endpoint.call("A", {}, message_id="mine")
    sent = endpoint.texts_to_send(now=31)
    events = endpoint.receive('[3,"mine",{}]', now=32)

    assert sent == ['[2,"mine","A",{}]']
    assert events == [Answered(message_id="mine", action="A", payload={})]


def test_a_queued_call_can_be_cancelled() -> None:
    endpoint = make()
    for action in ("A", "B", "C"):
        endpoint.call(action, {})
    endpoint.texts_to_send(now=0)

    cancelled = endpoint.cancel("id-2")
    endpoint.receive('[3,"id-1",{}]', now=1)

    assert cancelled
    assert not endpoint.cancel("id-2")
    assert endpoint.texts_to_send(now=1) == ['[2,"id-3","C",{}]']


def test_a_sent_call_cannot_be_cancelled_and_keeps_the_direction_busy() -> None:
    endpoint = make()
    endpoint.call("A", {})
    endpoint.call("B", {})
    endpoint.texts_to_send(now=0)

    assert not endpoint.cancel("id-1")
    assert endpoint.texts_to_send(now=1) == []
    assert endpoint.receive('[3,"id-1",{}]', now=1) == [
        Answered(message_id="id-1", action="A", payload={})
    ]
    assert endpoint.texts_to_send(now=1) == ['[2,"id-2","B",{}]']


def test_an_id_that_waits_already_cannot_be_used() -> None:
    endpoint = make()
    endpoint.call("A", {}, message_id="sent")
    endpoint.texts_to_send(now=0)
    endpoint.call("A", {}, message_id="queued")

    for message_id in ("sent", "queued"):
        with pytest.raises(ValueError, match="is waiting already"):
            endpoint.call("A", {}, message_id=message_id)


@pytest.mark.parametrize("message_id", ["", "x" * 37])
def test_an_id_that_is_none_cannot_be_used(message_id: str) -> None:
    with pytest.raises(ValueError, match="not a message id"):
        make().call("A", {}, message_id=message_id)


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_timeout_is_more_than_nothing(timeout: float) -> None:
    with pytest.raises(ValueError, match="timeout must be more than 0 s"):
        make(call_timeout=timeout)
    with pytest.raises(ValueError, match="timeout must be more than 0 s"):
        make().call("A", {}, timeout=timeout)


def test_a_payload_that_json_cannot_carry_is_refused_at_once() -> None:
    endpoint = make()

    with pytest.raises(ValueError, match=r".+"):
        endpoint.call("A", {"a": {1, 2}})
    assert endpoint.texts_to_send(now=0) == []


def test_closing_drops_every_call_of_ours_in_order() -> None:
    endpoint = make()
    for action in ("A", "B", "C"):
        endpoint.call(action, {})
    endpoint.texts_to_send(now=0)
    endpoint.receive('[3,"id-1",{}]', now=0)
    endpoint.texts_to_send(now=0)

    events = endpoint.close("the peer went away")

    assert events == [
        Dropped(message_id="id-2", action="B", reason="the peer went away", sent=True),
        Dropped(message_id="id-3", action="C", reason="the peer went away", sent=False),
    ]
    assert endpoint.close("again") == []


def test_a_closed_endpoint_does_nothing_any_more() -> None:
    endpoint = make()
    endpoint.call("A", {})
    endpoint.receive('[2,"1","Heartbeat",{}]', now=0)
    endpoint.receive('[2,"2","Heartbeat",{}]', now=0)
    endpoint.answer("1", {})

    endpoint.close("gone")

    assert endpoint.texts_to_send(now=1) == []
    assert endpoint.deadline() is None
    assert endpoint.expire(now=100) == []
    assert endpoint.receive(HEARTBEAT, now=1) == []
    with pytest.raises(ValueError, match="waits for an answer"):
        endpoint.answer("2", {})
    with pytest.raises(NotConnected, match="A: gone"):
        endpoint.call("A", {})
