from __future__ import annotations

import json
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocppkit.errors import ErrorCode
from ocppkit.message import Version
from ocppkit.rpc import (
    Answered,
    CallReceived,
    Deviation,
    DeviationKind,
    Endpoint,
    Malformed,
)

HEARTBEAT = '[2,"theirs","Heartbeat",{}]'


def make(version: Version = Version.V201, *, call_timeout: float = 30) -> Endpoint:
    ids = (f"id-{number}" for number in count(1))
    return Endpoint(version=version, new_id=lambda: next(ids), call_timeout=call_timeout)


def called(message_id: str) -> CallReceived:
    return CallReceived(message_id=message_id, action="Heartbeat", payload={})


def test_a_call_of_the_peer_is_handed_up_and_answered() -> None:
    endpoint = make()

    events = endpoint.receive('[2,"theirs","Reset",{"type":"Soft"}]', now=0)
    endpoint.answer("theirs", {"status": "Accepted"})

    assert events == [CallReceived(message_id="theirs", action="Reset", payload={"type": "Soft"})]
    assert endpoint.texts_to_send(now=0) == ['[3,"theirs",{"status":"Accepted"}]']
    assert endpoint.texts_to_send(now=0) == []


@pytest.mark.parametrize(
    ("version", "code"),
    [
        (Version.V16, "OccurenceConstraintViolation"),
        (Version.V201, "OccurrenceConstraintViolation"),
    ],
)
def test_a_call_is_refused_in_the_spelling_of_the_version(version: Version, code: str) -> None:
    endpoint = make(version)
    endpoint.receive(HEARTBEAT, now=0)

    endpoint.refuse("theirs", ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, "x" * 300, {"path": "$.a"})

    [sent] = endpoint.texts_to_send(now=0)
    assert json.loads(sent) == [4, "theirs", code, "x" * 255, {"path": "$.a"}]


def test_a_refusal_without_words_has_an_empty_description_and_details() -> None:
    endpoint = make()
    endpoint.receive(HEARTBEAT, now=0)

    endpoint.refuse("theirs", ErrorCode.INTERNAL_ERROR)

    assert endpoint.texts_to_send(now=0) == ['[4,"theirs","InternalError","",{}]']


def test_answers_go_before_calls_also_while_a_call_is_out() -> None:
    endpoint = make()
    endpoint.call("A", {})
    endpoint.receive('[2,"1","Heartbeat",{}]', now=0)
    endpoint.receive('[2,"2","Heartbeat",{}]', now=0)
    endpoint.answer("2", {})
    endpoint.answer("1", {})

    first = endpoint.texts_to_send(now=0)
    endpoint.receive('[2,"3","Heartbeat",{}]', now=0)
    endpoint.answer("3", {})

    assert first == ['[3,"2",{}]', '[3,"1",{}]', '[2,"id-1","A",{}]']
    assert endpoint.texts_to_send(now=0) == ['[3,"3",{}]']


def test_an_id_is_answered_once() -> None:
    endpoint = make()
    endpoint.receive(HEARTBEAT, now=0)
    endpoint.answer("theirs", {})

    for message_id in ("theirs", "unknown"):
        with pytest.raises(ValueError, match="waits for an answer"):
            endpoint.answer(message_id, {})
        with pytest.raises(ValueError, match="waits for an answer"):
            endpoint.refuse(message_id, ErrorCode.GENERIC_ERROR)
    assert endpoint.texts_to_send(now=0) == ['[3,"theirs",{}]']


def test_a_call_can_be_refused_after_an_answer_that_json_cannot_carry() -> None:
    endpoint = make()
    endpoint.receive(HEARTBEAT, now=0)

    with pytest.raises(ValueError, match=r".+"):
        endpoint.answer("theirs", {"a": {1, 2}})
    endpoint.refuse("theirs", ErrorCode.INTERNAL_ERROR)

    assert endpoint.texts_to_send(now=0) == ['[4,"theirs","InternalError","",{}]']


def test_calls_sent_before_the_answer_are_all_handled_and_reported_once() -> None:
    endpoint = make()

    events = [endpoint.receive(f'[2,"{number}","Heartbeat",{{}}]', now=0) for number in range(3)]
    for number in range(3):
        endpoint.answer(str(number), {})

    assert events == [
        [called("0")],
        [
            Deviation(kind=DeviationKind.CONCURRENT_CALLS, message_id="1", action="Heartbeat"),
            called("1"),
        ],
        [called("2")],
    ]
    assert endpoint.texts_to_send(now=0) == ['[3,"0",{}]', '[3,"1",{}]', '[3,"2",{}]']


def test_a_call_repeated_while_it_is_being_answered_is_handed_up_and_answered_once() -> None:
    endpoint = make()
    endpoint.receive(HEARTBEAT, now=0)

    again = endpoint.receive(HEARTBEAT, now=1)
    once_more = endpoint.receive(HEARTBEAT, now=2)
    endpoint.answer("theirs", {})

    assert again == [
        Deviation(kind=DeviationKind.REPEATED_CALL, message_id="theirs", action="Heartbeat")
    ]
    assert once_more == []
    assert endpoint.texts_to_send(now=2) == ['[3,"theirs",{}]']


def test_a_call_repeated_after_its_answer_is_handed_up_again() -> None:
    endpoint = make()
    endpoint.receive(HEARTBEAT, now=0)
    endpoint.answer("theirs", {})

    assert endpoint.receive(HEARTBEAT, now=1) == [called("theirs")]


def test_a_bad_frame_under_the_id_of_a_call_being_answered_gets_no_answer_of_its_own() -> None:
    endpoint = make()
    endpoint.receive(HEARTBEAT, now=0)

    [event] = endpoint.receive('[2,"theirs","Heartbeat",[]]', now=1)
    endpoint.answer("theirs", {})

    assert isinstance(event, Malformed)
    assert endpoint.texts_to_send(now=1) == ['[3,"theirs",{}]']


def test_both_directions_may_use_the_same_id() -> None:
    endpoint = make()
    endpoint.call("A", {}, message_id="same")
    endpoint.texts_to_send(now=0)

    theirs = endpoint.receive('[2,"same","Heartbeat",{}]', now=1)
    endpoint.answer("same", {})
    ours = endpoint.receive('[3,"same",{}]', now=1)

    assert theirs == [called("same")]
    assert ours == [Answered(message_id="same", action="A", payload={})]
    assert endpoint.texts_to_send(now=1) == ['[3,"same",{}]']


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("x" * 100, "x" * 100),
        ("x" * 101, "x" * 99 + "…"),
        (b"a\xffb", "a\\xffb"),
        (b"x" * 101, "x" * 99 + "…"),
    ],
)
def test_a_malformed_frame_is_shown_shortened(data: str | bytes, text: str) -> None:
    [event] = make().receive(data, now=0)

    assert isinstance(event, Malformed)
    assert event.text == text


def test_a_broken_answer_leaves_the_call_waiting() -> None:
    endpoint = make()
    endpoint.call("A", {})
    endpoint.texts_to_send(now=0)

    [event] = endpoint.receive('[3,"id-1",[]]', now=1)

    assert isinstance(event, Malformed)
    assert endpoint.deadline() == 30


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
TYPES = st.sampled_from([2, 3, 4, 5, 2.0, "2", True, None])
IDS = st.sampled_from(["a", "id-1", "", "x" * 37, 1, None])
FRAMES = st.tuples(TYPES, IDS, st.lists(VALUES, max_size=4)).map(
    lambda parts: json.dumps([parts[0], parts[1], *parts[2]])
)
ANSWERS = st.tuples(st.sampled_from([3, 4, 3.0, "4"]), st.lists(VALUES, max_size=5)).map(
    lambda parts: json.dumps([parts[0], *parts[1]])
)


def cut(text: str) -> st.SearchStrategy[str]:
    return st.integers(min_value=0, max_value=len(text)).map(lambda length: text[:length])


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(Version),
    st.lists(st.text() | st.binary() | FRAMES | FRAMES.flatmap(cut), max_size=4),
)
def test_whatever_the_peer_sends_nothing_is_raised(
    version: Version, received: list[str | bytes]
) -> None:
    endpoint = make(version)
    endpoint.call("A", {})
    endpoint.texts_to_send(now=0)

    for data in received:
        for event in endpoint.receive(data, now=1):
            if isinstance(event, CallReceived):
                endpoint.answer(event.message_id, {})

    for text in endpoint.texts_to_send(now=1):
        assert json.loads(text)[0] in (2, 3, 4)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(Version), ANSWERS)
def test_an_answer_is_never_answered(version: Version, text: str) -> None:
    endpoint = make(version)

    endpoint.receive(text, now=0)
    endpoint.receive(text.encode(), now=0)
    endpoint.receive(text[:-1], now=0)

    assert endpoint.texts_to_send(now=0) == []
