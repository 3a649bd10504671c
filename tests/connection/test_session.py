from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from ocppkit import v201
from ocppkit.codec import codec_for
from ocppkit.connection.observer import Direction, Kind, Passed
from ocppkit.connection.session import Session
from ocppkit.connection.settings import SessionSettings
from ocppkit.connection.transport import memory_pair
from ocppkit.errors import (
    CallError,
    CallRefused,
    CallTimeout,
    ConnectionLost,
    ErrorCode,
    InvalidAnswer,
    NotConnected,
    OcppError,
    ValidationError,
)
from ocppkit.message import Handler, Side, Then, Version
from ocppkit.v201 import DataTransferRequest, DataTransferResponse, DataTransferStatusEnumType

ACCEPTED = DataTransferStatusEnumType.ACCEPTED
OpenSession = Callable[..., Any]


def ask(vendor: str = "acme") -> DataTransferRequest:
    return DataTransferRequest(vendor_id=vendor)


class Echo(Handler):
    async def on_data_transfer(self, request: DataTransferRequest) -> DataTransferResponse:
        return DataTransferResponse(status=ACCEPTED, data=request.vendor_id)


class Held(Handler):
    """Answers when it is let go."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.cancelled: list[str] = []
        self.one_begun = asyncio.Event()
        self.go = asyncio.Event()

    async def on_data_transfer(self, request: DataTransferRequest) -> DataTransferResponse:
        self.begun.append(request.vendor_id)
        self.one_begun.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled.append(request.vendor_id)
            raise
        return DataTransferResponse(status=ACCEPTED, data=request.vendor_id)


class Endless(Handler):
    """Says that it began, then never ends."""

    def __init__(self, held: Held) -> None:
        self._held = held

    async def on_data_transfer(self, request: DataTransferRequest) -> DataTransferResponse:
        self._held.go.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self._held.cancelled.append(request.vendor_id)
            raise
        return DataTransferResponse(status=ACCEPTED)


class Doing(Handler):
    """Answers with whatever a function says."""

    def __init__(self, do: Callable[[DataTransferRequest], Any]) -> None:
        self._do = do

    async def on_data_transfer(self, request: DataTransferRequest) -> Any:
        result = self._do(request)
        return await result if asyncio.iscoroutine(result) else result


def raising(error: BaseException) -> Doing:
    def do(_: DataTransferRequest) -> Any:
        raise error

    return Doing(do)


async def test_a_call_returns_the_typed_answer(open_session: OpenSession) -> None:
    async with open_session() as (session, peer):
        calling = asyncio.create_task(session.call(v201.HeartbeatRequest()))
        kind, message_id, action, payload = await peer.receive()
        await peer.send(3, message_id, {"currentTime": "2026-01-01T00:00:00Z"})
        answer = await calling

    assert (kind, action, payload) == (2, "Heartbeat", {})
    assert isinstance(answer, v201.HeartbeatResponse)
    assert answer.current_time.year == 2026


@pytest.mark.requirement("1.6-J §4.1.4")
async def test_message_ids_are_unique_over_sessions_and_at_most_36_characters(
    open_session: OpenSession,
) -> None:
    ids = []
    for _ in range(2):
        async with open_session() as (session, peer):
            for _ in range(2):
                calling = asyncio.create_task(session.call(ask()))
                _, message_id, *_ = await peer.receive()
                await peer.send(3, message_id, {"status": "Accepted"})
                await calling
                ids.append(message_id)

    assert len(set(ids)) == 4
    assert all(len(message_id) <= 36 for message_id in ids)


async def test_a_call_of_the_peer_is_answered_by_its_handler(open_session: OpenSession) -> None:
    async with open_session(Echo()) as (_, peer):
        await peer.send(2, "7", "DataTransfer", {"vendorId": "acme"})
        answer = await peer.receive()

    assert answer == [3, "7", {"status": "Accepted", "data": "acme"}]


async def test_a_handler_may_call_the_peer_and_wait_for_the_answer(
    open_session: OpenSession,
) -> None:
    sessions: list[Session] = []

    async def ask_back(request: DataTransferRequest) -> DataTransferResponse:
        answer = await sessions[0].call(ask("back"))
        return DataTransferResponse(status=answer.status, data=request.vendor_id)

    async with open_session(Doing(ask_back)) as (session, peer):
        sessions.append(session)
        await peer.send(2, "7", "DataTransfer", {"vendorId": "acme"})
        _, message_id, _, payload = await peer.receive()
        await peer.send(3, message_id, {"status": "Rejected"})
        answer = await peer.receive()

    assert payload == {"vendorId": "back"}
    assert answer == [3, "7", {"status": "Rejected", "data": "acme"}]


@pytest.mark.parametrize("suspends", [False, True])
async def test_a_handler_runs_in_a_task_of_its_own_as_asyncio_has_it(
    open_session: OpenSession, suspends: bool
) -> None:
    async def echo(text: str) -> str:
        await asyncio.sleep(0)
        return text

    async def work(request: DataTransferRequest) -> DataTransferResponse:
        task = asyncio.current_task()
        assert task is not None
        async with asyncio.timeout(10):
            if suspends:
                async with asyncio.TaskGroup() as tasks:
                    echoed = tasks.create_task(echo(request.vendor_id))
                assert await echoed == request.vendor_id
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        assert asyncio.current_task() is task
        return DataTransferResponse(status=ACCEPTED, data=task.get_name())

    async with open_session(Doing(work)) as (_, peer):
        await peer.send(2, "7", "DataTransfer", {"vendorId": "acme"})
        answer = await peer.receive()

    assert answer == [3, "7", {"status": "Accepted", "data": "CS001 DataTransfer"}]


async def test_handlers_that_wait_for_a_slot_get_it_in_order(open_session: OpenSession) -> None:
    held = Held()
    async with open_session(held, max_handlers=1, max_waiting=1000) as (_, peer):
        for number in range(500):
            await peer.send(2, f"{number}", "DataTransfer", {"vendorId": f"v{number}"})
        await held.one_begun.wait()
        begun = list(held.begun)
        held.go.set()
        answers = [await peer.receive() for _ in range(500)]

    assert begun == ["v0"]
    assert [answer[1] for answer in answers] == [f"{number}" for number in range(500)]


async def test_handlers_that_wait_for_a_slot_run_although_the_connection_is_gone(
    open_session: OpenSession,
) -> None:
    held = Held()
    async with open_session(held, max_handlers=1) as (session, peer):
        for number in range(3):
            await peer.send(2, f"{number}", "DataTransfer", {"vendorId": f"v{number}"})
        await held.one_begun.wait()
        await peer.transport.close()
        await session.closed()
        held.go.set()

    assert held.begun == ["v0", "v1", "v2"]


async def test_who_may_be_handled_is_asked_before_the_call_is_looked_at(
    open_session: OpenSession,
) -> None:
    asked: list[str] = []

    async def admit(action: str) -> None:
        asked.append(action)
        if action == "DataTransfer":
            raise CallError(ErrorCode.SECURITY_ERROR, "not yet")
        if action == "Reset":
            msg = "broken"
            raise OSError(msg)

    async with open_session(Echo()) as (session, peer):
        session.admit = admit
        for action in ("DataTransfer", "Reset", "Teleport"):
            await peer.send(2, action, action, {})
        answers = [await peer.receive() for _ in range(3)]
        session.admit = None
        await peer.send(2, "7", "DataTransfer", {"vendorId": "acme"})
        admitted = await peer.receive()

    assert asked == ["DataTransfer", "Reset", "Teleport"]
    assert [answer[2] for answer in answers] == [
        "SecurityError",
        "InternalError",
        "NotImplemented",
    ]
    assert admitted[0] == 3


async def test_two_sessions_speak_to_each_other() -> None:
    ends = [
        Session(
            transport,
            identity="CS001",
            version=Version.V201,
            side=side,
            codec=codec_for(Version.V201),
            handlers=lambda _: [Echo()],
        )
        for transport, side in zip(memory_pair(), Side, strict=True)
    ]

    async with ends[0], ends[1]:
        answers = await asyncio.gather(ends[0].call(ask("one")), ends[1].call(ask("two")))

    assert [answer.data for answer in answers] == ["one", "two"]


async def test_handlers_run_concurrently(open_session: OpenSession) -> None:
    held = Held()
    async with open_session(held) as (_, peer):
        await peer.send(2, "1", "DataTransfer", {"vendorId": "slow"})
        await peer.send(2, "2", "ClearCache", {})
        first = await peer.receive()
        held.go.set()
        second = await peer.receive()

    assert (first[0], first[1], first[2]) == (4, "2", "NotSupported")
    assert second == [3, "1", {"status": "Accepted", "data": "slow"}]


async def test_one_request_is_under_way_at_a_time(open_session: OpenSession) -> None:
    async with open_session() as (session, peer):
        calls = [asyncio.create_task(session.call(ask(vendor))) for vendor in ("one", "two")]
        _, first, _, _ = await peer.receive()
        session._writer.flush()
        assert peer.transport._inbox.waiting == 0
        await peer.send(3, first, {"status": "Accepted"})
        _, second, _, payload = await peer.receive()
        await peer.send(3, second, {"status": "Rejected"})
        answers = [await call for call in calls]

    assert payload == {"vendorId": "two"}
    assert [answer.status for answer in answers] == ["Accepted", "Rejected"]


async def test_a_timeout_names_the_call_and_the_next_one_goes_out(
    open_session: OpenSession,
) -> None:
    async with open_session() as (session, peer):
        with pytest.raises(CallTimeout) as caught:
            await session.call(ask(), timeout=0.01)
        _, message_id, _, _ = await peer.receive()
        later = asyncio.create_task(session.call(ask("later")))
        _, _, _, payload = await peer.receive()
        later.cancel()

    assert (caught.value.action, caught.value.message_id) == ("DataTransfer", message_id)
    assert caught.value.timeout == 0.01
    assert payload == {"vendorId": "later"}


async def test_a_late_answer_is_ignored_and_logged(
    open_session: OpenSession, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_session(Echo()) as (session, peer):
        with pytest.raises(CallTimeout):
            await session.call(ask(), timeout=0.01)
        _, message_id, _, _ = await peer.receive()
        await peer.send(3, message_id, {"status": "Accepted"})
        await peer.send(2, "still", "DataTransfer", {"vendorId": "alive"})
        answer = await peer.receive()

    assert answer[1] == "still"
    assert f"CS001: ignored an answer to {message_id}: late" in caplog.messages


async def test_a_cancelled_call_that_waits_is_never_sent(open_session: OpenSession) -> None:
    async with open_session() as (session, peer):
        first, second, third = (
            asyncio.create_task(session.call(ask(vendor))) for vendor in ("1", "2", "3")
        )
        _, message_id, _, _ = await peer.receive()
        second.cancel()
        await asyncio.wait([second])
        await peer.send(3, message_id, {"status": "Accepted"})
        await first
        _, _, _, payload = await peer.receive()
        third.cancel()

    assert payload == {"vendorId": "3"}


async def test_an_error_of_the_peer_becomes_call_refused(open_session: OpenSession) -> None:
    async with open_session() as (session, peer):
        calling = asyncio.create_task(session.call(ask()))
        _, message_id, _, _ = await peer.receive()
        await peer.send(4, message_id, "MadeUpCode", "no", {"a": 1})
        with pytest.raises(CallRefused) as caught:
            await calling

    refused = caught.value
    assert (refused.action, refused.message_id) == ("DataTransfer", message_id)
    assert (refused.code, refused.description, refused.details) == ("MadeUpCode", "no", {"a": 1})


async def test_the_text_of_a_refusal_is_one_line_whatever_the_peer_says(
    open_session: OpenSession,
) -> None:
    async with open_session() as (session, peer):
        calling = asyncio.create_task(session.call(ask()))
        _, message_id, _, _ = await peer.receive()
        await peer.send(4, message_id, "Made\nUp", "no\x1b[2J\n" + "x" * 5000, {})
        with pytest.raises(CallRefused) as caught:
            await calling

    text = str(caught.value)
    assert text.startswith("DataTransfer was refused with Made·Up: no·[2J·xxx")
    assert text.isprintable()
    assert len(text) < 320
    assert caught.value.code == "Made\nUp"


async def test_what_a_peer_makes_up_makes_no_lines_in_the_log(
    open_session: OpenSession, caplog: pytest.LogCaptureFixture
) -> None:
    forged = "x\nERROR CS002: forged\x1b[2J"
    held = Held()

    async with open_session(held, max_handlers=1, max_waiting=0) as (session, peer):
        await peer.send(2, "1", "DataTransfer", {"vendorId": "a"})
        await held.one_begun.wait()
        await peer.send(2, "2", forged + "y" * 5000, {})
        await peer.receive()
        await peer.send(3, "i\nd", {})
        held.go.set()
        await peer.receive()
        await peer.transport.close(1001, "bye\nforged")
        await session.closed()

    lines = [record.getMessage() for record in caplog.records]
    assert any("refused x·ERROR CS002: forged·[2J" in line for line in lines)
    assert any("ignored an answer to i·d" in line for line in lines)
    assert all(line.isprintable() and len(line) < 250 for line in lines)


async def test_an_answer_that_breaks_the_schema_becomes_invalid_answer(
    open_session: OpenSession,
) -> None:
    async with open_session() as (session, peer):
        calling = asyncio.create_task(session.call(ask()))
        _, message_id, _, _ = await peer.receive()
        await peer.send(3, message_id, {"status": "Perhaps"})
        with pytest.raises(InvalidAnswer) as caught:
            await calling

    assert caught.value.action == "DataTransfer"
    assert caught.value.reason.path == "$.status"


async def test_a_request_that_breaks_the_schema_is_not_sent(open_session: OpenSession) -> None:
    async with open_session() as (session, peer):
        with pytest.raises(ValidationError):
            await session.call(ask("x" * 256))
        session._writer.flush()

        assert peer.transport._inbox.waiting == 0


async def test_a_lost_connection_ends_the_calls_that_wait_and_refuses_new_ones(
    open_session: OpenSession,
) -> None:
    async with open_session() as (session, peer):
        calls = [asyncio.create_task(session.call(ask())) for _ in range(2)]
        await peer.receive()
        await peer.transport.close(1001, "power cut")
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        reason = await session.closed()

        with pytest.raises(NotConnected) as caught:
            await session.call(ask())

    assert [type(outcome) for outcome in outcomes] == [ConnectionLost, NotConnected]
    assert "power cut" in str(reason)
    assert caught.value.action == "DataTransfer"


@pytest.mark.requirement("1.6 §5.17")
async def test_what_follows_an_answer_runs_after_the_answer_is_out(
    open_session: OpenSession,
) -> None:
    sessions: list[Session] = []

    async def follow_up() -> None:
        await sessions[0].call(ask("follow-up"))

    answer = Then(DataTransferResponse(status=ACCEPTED), follow_up)
    async with open_session(Doing(lambda _: answer)) as (session, peer):
        sessions.append(session)
        await peer.send(2, "7", "DataTransfer", {"vendorId": "acme"})
        first = await peer.receive()
        second = await peer.receive()
        await peer.send(3, second[1], {"status": "Accepted"})

    assert first == [3, "7", {"status": "Accepted"}]
    assert second[3] == {"vendorId": "follow-up"}


async def test_what_follows_may_close_the_session_and_the_answer_still_arrives(
    open_session: OpenSession,
) -> None:
    sessions: list[Session] = []
    answer = Then(DataTransferResponse(status=ACCEPTED), lambda: sessions[0].close(1012, "reboot"))
    async with open_session(Doing(lambda _: answer)) as (session, peer):
        sessions.append(session)
        await peer.send(2, "7", "DataTransfer", {"vendorId": "acme"})
        reply = await peer.receive()
        with pytest.raises(ConnectionLost, match="reboot"):
            await peer.receive()

    assert reply == [3, "7", {"status": "Accepted"}]


async def test_what_follows_does_not_happen_when_the_answer_could_not_be_sent(
    open_session: OpenSession, caplog: pytest.LogCaptureFixture
) -> None:
    followed: list[str] = []
    go = asyncio.Event()

    async def follow_up() -> None:
        followed.append("up")

    async def answer(_: DataTransferRequest) -> Then[DataTransferResponse]:
        await go.wait()
        return Then(DataTransferResponse(status=ACCEPTED), follow_up)

    async with open_session(Doing(answer)) as (session, peer):
        await peer.send(2, "7", "DataTransfer", {"vendorId": "acme"})
        await peer.transport.close()
        await session.closed()
        go.set()

    assert followed == []
    assert "the answer to DataTransfer did not go out" in caplog.text


async def test_an_exception_in_what_follows_is_logged_with_its_traceback(
    open_session: OpenSession, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> None:
        msg = "the relay is stuck"
        raise OSError(msg)

    answers = [Then(DataTransferResponse(status=ACCEPTED), fail)]
    async with open_session(Doing(lambda _: answers[0])) as (_, peer):
        await peer.send(2, "7", "DataTransfer", {"vendorId": "acme"})
        await peer.receive()

    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == "CS001: what follows DataTransfer failed"
    assert record.exc_info is not None
    assert "the relay is stuck" in caplog.text


@pytest.mark.parametrize(
    "error", [ConnectionLost("gone"), CallTimeout(action="Heartbeat", message_id="1", timeout=1)]
)
async def test_what_follows_and_does_not_reach_the_peer_is_no_failure_of_ours(
    open_session: OpenSession, caplog: pytest.LogCaptureFixture, error: OcppError
) -> None:
    async def fail() -> None:
        raise error

    answers = [Then(DataTransferResponse(status=ACCEPTED), fail)]
    async with open_session(Doing(lambda _: answers[0])) as (_, peer):
        await peer.send(2, "7", "DataTransfer", {"vendorId": "acme"})
        await peer.receive()

    assert "what follows DataTransfer does not reach the peer" in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_call_error_of_a_handler_goes_back_as_it_is(open_session: OpenSession) -> None:
    error = CallError(ErrorCode.SECURITY_ERROR, "not you", {"why": 1})
    async with open_session(raising(error)) as (_, peer):
        await peer.send(2, "7", "DataTransfer", {"vendorId": "acme"})

        assert await peer.receive() == [4, "7", "SecurityError", "not you", {"why": 1}]


@pytest.mark.parametrize(
    ("payload", "code", "path"),
    [
        ({}, "OccurrenceConstraintViolation", "$.vendorId"),
        ({"vendorId": 1}, "TypeConstraintViolation", "$.vendorId"),
        ({"vendorId": "x" * 256}, "PropertyConstraintViolation", "$.vendorId"),
        ({"vendorId": "x", "more": 1}, "FormatViolation", "$.more"),
    ],
)
async def test_a_request_that_breaks_the_schema_is_refused_with_the_place(
    open_session: OpenSession, payload: object, code: str, path: str
) -> None:
    async with open_session(Echo()) as (_, peer):
        await peer.send(2, "7", "DataTransfer", payload)
        kind, message_id, got, description, details = await peer.receive()

    assert (kind, message_id, got, details) == (4, "7", code, {})
    assert description.startswith(f"{path}: expected ")


@pytest.mark.parametrize(
    ("action", "code"), [("ClearCache", "NotSupported"), ("Teleport", "NotImplemented")]
)
async def test_an_action_without_a_handler_is_refused(
    open_session: OpenSession, action: str, code: str
) -> None:
    async with open_session(Echo()) as (_, peer):
        await peer.send(2, "7", action, {})
        kind, message_id, got, *_ = await peer.receive()

    assert (kind, message_id, got) == (4, "7", code)


@pytest.mark.parametrize(
    "handler",
    [
        raising(RuntimeError("secret detail")),
        raising(asyncio.CancelledError("secret detail")),
        raising(CallTimeout(action="Reset", message_id="1", timeout=1)),
        Doing(lambda _: v201.HeartbeatRequest()),
        Doing(lambda _: None),
        Doing(lambda _: DataTransferResponse(status="Maybe")),  # type: ignore[arg-type]  # on purpose
        raising(CallError(ErrorCode.GENERIC_ERROR, "", {"not": object()})),
    ],
)
async def test_a_fault_of_ours_is_an_internal_error_without_details_and_is_logged(
    open_session: OpenSession, caplog: pytest.LogCaptureFixture, handler: Handler
) -> None:
    async with open_session(handler) as (_, peer):
        await peer.send(2, "7", "DataTransfer", {"vendorId": "acme"})
        kind, message_id, code, description, details = await peer.receive()

    assert (kind, message_id, code, details) == (4, "7", "InternalError", {})
    assert "secret" not in description
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None


async def test_what_comes_on_top_of_the_open_calls_is_refused(open_session: OpenSession) -> None:
    held = Held()
    async with open_session(held, max_handlers=2, max_waiting=3) as (_, peer):
        for number in range(20):
            await peer.send(2, f"{number}", "DataTransfer", {"vendorId": f"v{number}"})
        refused = [await peer.receive() for _ in range(15)]
        begun_while_held = list(held.begun)
        held.go.set()
        answered = [await peer.receive() for _ in range(5)]

    assert {frame[2] for frame in refused} == {"GenericError"}
    assert [frame[1] for frame in refused] == [f"{number}" for number in range(5, 20)]
    assert begun_while_held == ["v0", "v1"]
    assert sorted(frame[1] for frame in answered) == ["0", "1", "2", "3", "4"]


class Stalled:
    """A transport whose peer sends and sends, and reads nothing until it is told to."""

    subprotocol = None
    remote = "stalled"

    def __init__(self, data: str, *, count: int = 1000) -> None:
        self._data = data
        self._count = count
        self._receiver: Any = None
        self._paused = False
        self.reads = False
        self.pushed = 0
        self.written: list[str] = []

    def attach(self, receiver: Any) -> None:
        self._receiver = receiver
        self.push()

    def push(self) -> None:
        while self.pushed < self._count and not self._paused:
            self.pushed += 1
            self._receiver.received(self._data.replace("%d", str(self.pushed)))

    def write(self, text: str) -> bool:
        self.written.append(text)
        return self.reads

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False

    def read(self) -> None:
        self.reads = True
        self._receiver.writable()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        pass


def stalled_session(transport: Stalled, *handlers: Handler, **settings: Any) -> Session:
    return Session(
        transport,
        identity="CS001",
        version=Version.V201,
        side=Side.STATION,
        codec=codec_for(Version.V201),
        handlers=lambda _: handlers,
        settings=SessionSettings(grace=0, **settings),
    )


@pytest.mark.parametrize("data", ["nonsense", '[2,"%d","DataTransfer",{"vendorId":"x"}]'])
async def test_a_peer_that_floods_us_and_reads_nothing_is_not_read_on_until_it_reads(
    data: str,
) -> None:
    transport = Stalled(data)
    session = stalled_session(transport, Echo(), max_handlers=1, max_waiting=2)
    async with session:
        await asyncio.sleep(0)
        pushed = transport.pushed
        for _ in range(10):
            await asyncio.sleep(0)
        written = len(transport.written)
        transport.read()
        resumed = not transport._paused

    assert pushed < 10
    assert written == 1
    assert resumed
    assert len(transport.written) >= 4


async def test_what_follows_waits_until_a_slow_peer_has_taken_the_answer() -> None:
    followed: list[int] = []

    async def follow_up() -> None:
        followed.append(len(transport.written))

    transport = Stalled("nonsense", count=1)
    answer = Then(DataTransferResponse(status=ACCEPTED), follow_up)
    session = stalled_session(transport, Doing(lambda _: answer))
    async with session:
        await asyncio.sleep(0)
        session.received('[2,"7","DataTransfer",{"vendorId":"x"}]')
        for _ in range(5):
            await asyncio.sleep(0)
        before = list(followed)
        transport.read()
        for _ in range(5):
            await asyncio.sleep(0)

    assert before == []
    assert len(followed) == 1


async def test_what_follows_does_not_happen_when_a_slow_peer_is_lost_before(
    caplog: pytest.LogCaptureFixture,
) -> None:
    followed: list[str] = []

    async def follow_up() -> None:
        followed.append("up")

    transport = Stalled("nonsense", count=1)
    answer = Then(DataTransferResponse(status=ACCEPTED), follow_up)
    async with stalled_session(transport, Doing(lambda _: answer)) as session:
        await asyncio.sleep(0)
        session.received('[2,"7","DataTransfer",{"vendorId":"x"}]')
        for _ in range(5):
            await asyncio.sleep(0)
        session.lost("power cut")

    assert followed == []
    assert "the answer to DataTransfer did not go out" in caplog.text


async def test_a_call_that_was_not_sent_when_the_connection_went_can_be_made_again() -> None:
    transport = Stalled("nonsense", count=1)
    session = stalled_session(transport)
    async with session:
        await asyncio.sleep(0)
        calling = asyncio.create_task(session.call(ask()))
        await asyncio.sleep(0)
        await session.drop("no pong")
        with pytest.raises(NotConnected):
            await calling

    assert not any("DataTransfer" in text for text in transport.written)


async def test_a_call_waits_for_a_peer_that_is_too_slow_and_can_be_taken_back() -> None:
    transport = Stalled("nonsense", count=1)
    session = stalled_session(transport)
    async with session:
        await asyncio.sleep(0)
        calls = [asyncio.create_task(session.call(ask(vendor))) for vendor in ("one", "two")]
        await asyncio.sleep(0)
        calls[0].cancel()
        await asyncio.wait([calls[0]])
        transport.read()
        calls[1].cancel()

    assert [text for text in transport.written if "one" in text] == []
    assert len([text for text in transport.written if "two" in text]) == 1


async def test_handlers_may_finish_when_the_connection_is_gone(open_session: OpenSession) -> None:
    held = Held()
    async with open_session(held) as (session, peer):
        await peer.send(2, "7", "DataTransfer", {"vendorId": "acme"})
        await held.one_begun.wait()
        await peer.transport.close()
        await session.closed()
        held.go.set()

    assert (held.begun, held.cancelled) == (["acme"], [])


async def test_handlers_that_use_up_their_grace_are_cancelled(
    open_session: OpenSession, caplog: pytest.LogCaptureFixture
) -> None:
    held = Held()
    async with open_session(Endless(held), grace=0.01) as (_, peer):
        await peer.send(2, "7", "DataTransfer", {"vendorId": "acme"})
        await held.go.wait()
        await peer.transport.close()

    assert held.cancelled == ["acme"]
    assert "cancelled CS001 DataTransfer: the connection is gone" in caplog.text


async def test_cancelling_a_session_closes_the_connection_and_cancels_its_handlers() -> None:
    held = Held()
    ours, theirs = memory_pair()
    session = Session(
        ours,
        identity="CS001",
        version=Version.V201,
        side=Side.STATION,
        codec=codec_for(Version.V201),
        handlers=lambda _: [Endless(held)],
    )
    running = asyncio.create_task(session.run())
    await theirs.send('[2,"7","DataTransfer",{"vendorId":"acme"}]')
    await held.go.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert held.cancelled == ["acme"]
    with pytest.raises(ConnectionLost):
        await theirs.receive()
    await session.closed()


async def test_a_session_runs_only_once(open_session: OpenSession) -> None:
    async with open_session() as (session, peer):
        calling = asyncio.create_task(session.call(ask()))
        await peer.receive()
        calling.cancel()

        with pytest.raises(RuntimeError, match="runs once"):
            await session.run()


async def test_a_session_that_is_closed_before_it_runs_is_closed(
    open_session: OpenSession,
) -> None:
    async with open_session() as (session, peer):
        await session.close(1000, "changed my mind")

        assert "changed my mind" in str(await session.closed())
        with pytest.raises(ConnectionLost):
            await peer.receive()


async def test_an_observer_sees_every_message(open_session: OpenSession) -> None:
    seen: list[Passed] = []
    async with open_session(Echo(), observer=seen.append) as (session, peer):
        calling = asyncio.create_task(session.call(ask()))
        _, message_id, _, _ = await peer.receive()
        await peer.send(3, message_id, {"status": "Accepted"})
        await calling
        await peer.send(2, "7", "DataTransfer", {"vendorId": "acme"})
        await peer.receive()
        await peer.transport.send("nonsense")
        await peer.receive()

    assert [(one.direction, one.kind, one.action) for one in seen] == [
        (Direction.SENT, Kind.CALL, "DataTransfer"),
        (Direction.RECEIVED, Kind.CALLRESULT, "DataTransfer"),
        (Direction.RECEIVED, Kind.CALL, "DataTransfer"),
        (Direction.SENT, Kind.CALLRESULT, "DataTransfer"),
        (Direction.RECEIVED, Kind.UNREADABLE, None),
        (Direction.SENT, Kind.CALLERROR, None),
    ]
    assert all(one.identity == "CS001" for one in seen)


async def test_frames_are_logged_at_debug_without_id_tokens(
    open_session: OpenSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "ocppkit")
    async with open_session(Echo()) as (_, peer):
        await peer.send(2, "7", "DataTransfer", {"vendorId": "acme", "data": {"idToken": "04E1"}})
        peer.transport.send_octets(b"\x00")
        await peer.receive()
        await peer.receive()

    lines = caplog.messages
    assert any("received" in line and "acme" in line for line in lines)
    assert any("sends" in line and "Accepted" in line for line in lines)
    assert "CS001: received (1 bytes)" in lines
    assert "04E1" not in caplog.text


async def test_the_clock_is_that_of_the_settings(open_session: OpenSession) -> None:
    ticks = iter(range(1000, 2000))
    seen: list[Passed] = []
    async with open_session(Echo(), observer=seen.append, now=lambda: float(next(ticks))) as (
        _,
        peer,
    ):
        await peer.send(2, "7", "DataTransfer", {"vendorId": "acme"})
        await peer.receive()

    assert seen[1].latency_s is not None
    assert seen[1].latency_s >= 1


@pytest.mark.parametrize(
    "wrong", [{"call_timeout": 0}, {"max_size": 0}, {"max_handlers": 0}, {"max_waiting": -1}]
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SessionSettings(**wrong)
