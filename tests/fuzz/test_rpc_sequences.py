"""Calls, answers, garbage and time in any order: the rules of the RPC framework hold."""

from __future__ import annotations

import json
from collections import Counter
from itertools import count
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ocppkit.errors import ConnectionLost, ErrorCode
from ocppkit.message import Version
from ocppkit.rpc import Answered, CallReceived, Dropped, Endpoint, Event, Refused, TimedOut

from .conftest import Look
from .garbage import mutated_text, octets, texts
from .messages import frames

_TIMEOUT = 10.0


class Conversation(RuleBasedStateMachine):
    """An endpoint between a caller who does as he may and a peer who does as it likes."""

    version: Version

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.closed = False
        numbers = count(1)
        self.endpoint = Endpoint(
            version=self.version, new_id=lambda: f"our-{next(numbers)}", call_timeout=_TIMEOUT
        )
        self.called: list[str] = []
        self.cancelled: set[str] = set()
        self.outcomes: Counter[str] = Counter()
        self.out: str | None = None
        self.theirs = count(1)
        self.asked: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.open: list[str] = []

    @initialize()
    def first(self) -> None:
        self.write()

    def take(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case Answered() | Refused() | TimedOut() | Dropped():
                    self.outcomes[event.message_id] += 1
                    if self.out == event.message_id:
                        self.out = None
                case CallReceived():
                    assert event.message_id not in self.open
                    self.asked[event.message_id] += 1
                    self.open.append(event.message_id)
                case _:
                    pass

    def write(self) -> None:
        for text in self.endpoint.texts_to_send(self.now):
            frame = json.loads(text)
            if frame[0] == 2:
                assert self.out is None
                self.out = frame[1]
            else:
                self.answered[frame[1]] += 1

    def receive(self, data: str | bytes) -> None:
        before = self.answered.copy()
        self.take(self.endpoint.receive(data, self.now))
        self.write()
        if not isinstance(data, bytes) and data.lstrip().startswith(("[3,", "[4,")):
            assert self.answered == before

    def peer_sends(self, *frame: Any) -> None:
        self.receive(json.dumps(frame, separators=(",", ":")))

    @precondition(lambda self: not self.closed)
    @rule(timeout=st.none() | st.floats(0.5, 20.0))
    def call(self, timeout: float | None) -> None:
        self.called.append(self.endpoint.call("Heartbeat", {}, timeout=timeout))
        self.write()

    @rule(which=st.integers(0, 20))
    def cancel(self, which: int) -> None:
        if self.called:
            message_id = self.called[which % len(self.called)]
            if self.endpoint.cancel(message_id):
                assert message_id != self.out
                self.cancelled.add(message_id)

    @rule(which=st.integers(0, 20), kind=st.sampled_from(["result", "error", "broken"]))
    def peer_answers_a_call_of_ours(self, which: int, kind: str) -> None:
        if not self.called:
            return
        message_id = self.called[-1 - which % len(self.called)]
        match kind:
            case "result":
                self.peer_sends(3, message_id, {})
            case "error":
                self.peer_sends(4, message_id, "InternalError", "", {})
            case _:
                self.peer_sends(3, message_id, {}, 5)

    @precondition(lambda self: self.out is not None)
    @rule(good=st.booleans())
    def peer_answers_the_call_that_is_out(self, good: bool) -> None:
        sent = self.out
        if good:
            self.peer_sends(3, sent, {})
        else:
            self.peer_sends(4, sent, "NotSupported")
        assert self.outcomes[sent or ""] == 1

    @rule(again=st.booleans())
    def peer_calls(self, again: bool) -> None:
        number = str(len(self.asked)) if again else str(next(self.theirs))
        self.peer_sends(2, f"theirs-{number}", "Reset", {"type": "Soft"})

    @rule(message_id=st.integers(0, 5))
    def peer_sends_a_broken_call(self, message_id: int) -> None:
        self.peer_sends(2, f"theirs-{message_id}", "Reset")

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0, 20), refuse=st.booleans())
    def answer(self, which: int, refuse: bool) -> None:
        message_id = self.open.pop(which % len(self.open))
        before = self.answered[message_id]
        if refuse:
            self.endpoint.refuse(message_id, ErrorCode.NOT_SUPPORTED)
        else:
            self.endpoint.answer(message_id, {})
        with pytest.raises(ValueError, match="waits for an answer"):
            self.endpoint.answer(message_id, {})
        self.write()
        assert self.answered[message_id] == before + 1

    @rule(data=texts() | octets())
    def peer_sends_garbage(self, data: str | bytes) -> None:
        self.receive(data)

    @rule(data=st.data())
    def peer_sends_what_was_a_frame(self, data: st.DataObject) -> None:
        self.receive(data.draw(mutated_text(frames(self.version))))

    @rule(seconds=st.floats(0.0, 15.0))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        deadline = self.endpoint.deadline()
        due = deadline is not None and deadline <= self.now
        events = self.endpoint.expire(self.now)
        self.take(events)
        self.write()
        assert len(events) == due

    @precondition(lambda self: len(self.called) > 2)
    @rule()
    def close(self) -> None:
        self.take(self.endpoint.close("gone"))
        self.closed = True
        self.open.clear()

    @invariant()
    def a_closed_endpoint_stays_closed(self) -> None:
        if self.closed:
            assert self.endpoint.deadline() is None
            assert self.endpoint.texts_to_send(self.now) == []
            assert self.endpoint.receive('[2,"x","Reset",{}]', self.now) == []
            assert self.endpoint.close("again") == []
            with pytest.raises(ConnectionLost):
                self.endpoint.call("Heartbeat", {})

    @invariant()
    def a_deadline_is_there_while_a_call_is_out(self) -> None:
        assert (self.endpoint.deadline() is not None) == (self.out is not None)

    @invariant()
    def no_call_has_two_outcomes(self) -> None:
        assert all(number == 1 for number in self.outcomes.values())
        assert not self.cancelled & set(self.outcomes)

    @invariant()
    def no_call_of_the_peer_is_answered_more_often_than_it_came(self) -> None:
        for message_id, asked in self.asked.items():
            if message_id not in self.broken():
                assert self.answered[message_id] <= asked

    def broken(self) -> set[str]:
        """Ids that broken CALLs bore too: each of those is refused on its own."""
        return {f"theirs-{number}" for number in range(6)} | {"1", "2", "-1", "i" * 36}

    def teardown(self) -> None:
        self.take(self.endpoint.close("end of the test"))
        expected = set(self.called) - self.cancelled
        assert set(self.outcomes) == expected


@pytest.mark.parametrize("version", list(Version))
def test_the_rules_hold_in_every_order_of_events(version: Version, look: Look) -> None:
    machine = type(f"Conversation{version.name}", (Conversation,), {"version": version})

    look.at_machine(machine, count=20, steps=30)
