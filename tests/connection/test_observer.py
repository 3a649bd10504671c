from __future__ import annotations

import logging

import pytest

from ocppkit.connection.logs import SessionLog
from ocppkit.connection.observer import Direction, Kind, Passed, Watch

LOG = SessionLog(logging.getLogger("observed"), "CS001")


@pytest.fixture
def seen() -> list[Passed]:
    return []


@pytest.fixture
def watch(seen: list[Passed]) -> Watch:
    return Watch(seen.append, identity="CS001", log=LOG)


def test_an_answer_is_told_with_the_action_and_latency_of_its_call(
    watch: Watch, seen: list[Passed]
) -> None:
    watch.sent('[2,"1","Reset",{"type":"Immediate"}]', 10.0)
    watch.received('[3,"1",{"status":"Accepted"}]', 10.25, fault=None)

    assert seen == [
        Passed(
            identity="CS001",
            direction=Direction.SENT,
            kind=Kind.CALL,
            size=36,
            action="Reset",
            message_id="1",
            payload={"type": "Immediate"},
        ),
        Passed(
            identity="CS001",
            direction=Direction.RECEIVED,
            kind=Kind.CALLRESULT,
            size=29,
            action="Reset",
            message_id="1",
            payload={"status": "Accepted"},
            latency_s=0.25,
        ),
    ]


@pytest.mark.parametrize(
    ("frame", "description", "details"),
    [
        ('[4,"1","NotSupported","why",{"a":1}]', "why", {"a": 1}),
        ('[4,"1","NotSupported","why"]', "why", {}),
        ('[4,"1","NotSupported"]', "", {}),
        (f'[4,"1","NotSupported",{"[" * 900}{"]" * 900}]', "", {}),
    ],
)
def test_an_error_is_told_with_what_it_says(
    watch: Watch, seen: list[Passed], frame: str, description: str, details: object
) -> None:
    watch.received('[2,"1","Reset",{}]', 1.0, fault=None)
    watch.sent(frame, 3.0)

    error = seen[-1]
    assert (error.kind, error.code) == (Kind.CALLERROR, "NotSupported")
    assert (error.description, error.payload) == (description, details)
    assert (error.action, error.latency_s) == ("Reset", 2.0)


def test_calls_with_the_same_id_in_both_directions_are_kept_apart(
    watch: Watch, seen: list[Passed]
) -> None:
    watch.sent('[2,"1","Heartbeat",{}]', 0.0)
    watch.received('[2,"1","Reset",{}]', 1.0, fault=None)
    watch.sent('[3,"1",{}]', 2.0)
    watch.received('[3,"1",{}]', 3.0, fault=None)

    assert [(one.action, one.latency_s) for one in seen[2:]] == [("Reset", 1.0), ("Heartbeat", 3.0)]


def test_an_answer_to_nothing_has_no_action(watch: Watch, seen: list[Passed]) -> None:
    watch.received('[3,"unknown",{}]', 1.0, fault=None)

    assert (seen[0].kind, seen[0].action, seen[0].latency_s) == (Kind.CALLRESULT, None, None)


@pytest.mark.parametrize(
    ("data", "fault"), [("nonsense", "no JSON"), (b"\x00\x01", "binary"), ("[9]", "unknown type")]
)
def test_what_cannot_be_taken_is_told_with_the_reason(
    watch: Watch, seen: list[Passed], data: str | bytes, fault: str
) -> None:
    watch.received(data, 1.0, fault=fault)

    (passed,) = seen
    assert (passed.kind, passed.description, passed.size) == (Kind.UNREADABLE, fault, len(data))


def test_calls_that_are_never_answered_are_not_remembered_for_ever(watch: Watch) -> None:
    for number in range(1000):
        watch.received(f'[2,"{number}","Reset",{{}}]', 0.0, fault=None)

    assert len(watch._asked[Direction.RECEIVED]) == 256


def test_an_observer_that_fails_is_logged_and_does_no_harm(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_: Passed) -> None:
        msg = "full disk"
        raise OSError(msg)

    Watch(fail, identity="CS001", log=LOG).sent('[3,"1",{}]', 0.0)

    assert "the message observer failed" in caplog.text
    assert "full disk" in caplog.text
