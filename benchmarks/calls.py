"""One CALL of a station, handled in process by a CSMS: message text in, handler, text out."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import ocpp.messages
import ocpp.v16
import ocpp.v201
from ocpp.routing import on

import ocppkit.v16
import ocppkit.v201
from benchmarks.payloads import PAYLOADS, Payload
from benchmarks.report import Case
from ocppkit.codec import codec_for
from ocppkit.connection import Session
from ocppkit.connection.complaints import Complaints
from ocppkit.connection.handling import Responder
from ocppkit.connection.logs import SessionLog
from ocppkit.connection.transport import Receiver
from ocppkit.message import Handler, Side, Version
from ocppkit.rpc import CallReceived, Endpoint, Router

__all__ = ["call_cases"]

_PART = "call"
_NOW = datetime(2026, 3, 14, 8, tzinfo=UTC)
_NOW_TEXT = "2026-03-14T08:00:00Z"

_Handle = Callable[[str], Awaitable[str]]


class _Backend16(ocppkit.v16.CsmsHandler):
    async def on_heartbeat(
        self,
        request: ocppkit.v16.HeartbeatRequest,  # noqa: ARG002  # the handlers' contract
    ) -> ocppkit.v16.HeartbeatResponse:
        return ocppkit.v16.HeartbeatResponse(current_time=_NOW)

    async def on_meter_values(
        self,
        request: ocppkit.v16.MeterValuesRequest,  # noqa: ARG002  # the handlers' contract
    ) -> ocppkit.v16.MeterValuesResponse:
        return ocppkit.v16.MeterValuesResponse()


class _Backend201(ocppkit.v201.CsmsHandler):
    async def on_transaction_event(
        self,
        request: ocppkit.v201.TransactionEventRequest,  # noqa: ARG002  # the handlers' contract
    ) -> ocppkit.v201.TransactionEventResponse:
        return ocppkit.v201.TransactionEventResponse()


class _OcppBackend16(ocpp.v16.ChargePoint):  # type: ignore[misc]  # it ships no types
    @on("Heartbeat")  # type: ignore[untyped-decorator]  # as above
    async def on_heartbeat(self, **_: Any) -> Any:
        return ocpp.v16.call_result.Heartbeat(current_time=_NOW_TEXT)

    @on("MeterValues")  # type: ignore[untyped-decorator]  # as above
    async def on_meter_values(self, **_: Any) -> Any:
        return ocpp.v16.call_result.MeterValues()


class _OcppBackend201(ocpp.v201.ChargePoint):  # type: ignore[misc]  # it ships no types
    @on("TransactionEvent")  # type: ignore[untyped-decorator]  # as above
    async def on_transaction_event(self, **_: Any) -> Any:
        return ocpp.v201.call_result.TransactionEvent()


class _Outbox:
    """A connection as `ocpp` wants it, that keeps the last text."""

    text = ""

    async def send(self, text: str) -> None:
        self.text = text


class _Desk:
    """The same for ocppkit: a transport on which a text is put, and that keeps the last answer."""

    subprotocol = None
    remote = "desk"

    def __init__(self) -> None:
        self.put: Callable[[str], None]
        self.answer = ""

    def attach(self, receiver: Receiver) -> None:
        self.put = receiver.received

    def write(self, text: str) -> bool:
        self.answer = text
        return True

    def pause(self) -> None:
        pass

    def resume(self) -> None:
        pass

    async def close(self, code: int = 1000, reason: str = "") -> None:
        pass


def _backend(version: Version) -> Handler:
    return _Backend16() if version is Version.V16 else _Backend201()


async def _session(version: Version) -> _Handle:
    """The whole of a session that runs, with the tasks of its handlers."""
    desk = _Desk()
    session = Session(
        desk,
        identity="CS001",
        version=version,
        side=Side.CSMS,
        codec=codec_for(version),
        handlers=lambda _: [_backend(version)],
    )
    await session.__aenter__()
    await asyncio.sleep(0)

    async def handle(text: str) -> str:
        desk.answer = ""
        desk.put(text)
        if not desk.answer:  # before Python 3.12 a handler starts in the loop's next round
            await asyncio.sleep(0)
        return desk.answer

    return handle


async def _core(version: Version) -> _Handle:
    """What a session does to a CALL, without its tasks and its transport."""
    codec = codec_for(version)
    router = Router(side=Side.CSMS, actions=codec.actions, handlers=[_backend(version)])
    log = SessionLog(logging.getLogger(__name__), "CS001")
    endpoint = Endpoint(version=version, new_id=lambda: "", call_timeout=30.0)
    complaints = Complaints(log)
    responder = Responder(
        router=router, codec=codec, endpoint=endpoint, log=log, complaints=complaints
    )

    async def handle(text: str) -> str:
        for event in endpoint.receive(text, 0.0):
            if isinstance(event, CallReceived):
                asked = responder.read(event)
                if asked is not None:
                    await responder.answer(event, *asked)
        return endpoint.texts_to_send(0.0)[0]

    return handle


async def _ocpp(version: Version) -> _Handle:
    outbox = _Outbox()
    backend = _OcppBackend16 if version is Version.V16 else _OcppBackend201
    route = backend("CS001", outbox).route_message

    async def handle(text: str) -> str:
        await route(text)
        return outbox.text

    return handle


def _payloads() -> list[Payload]:
    heartbeat = Payload(
        name="Heartbeat", version=Version.V16, action="Heartbeat", value={}, large=False
    )
    return [
        heartbeat,
        *(payload for payload in PAYLOADS if payload.name in {"MeterValues", "TransactionEvent"}),
    ]


def _answer(payload: Payload) -> list[Any]:
    value = {"currentTime": _NOW_TEXT} if payload.action == "Heartbeat" else {}
    return [3, payload.frame[1], value]


def _case(
    runner: asyncio.Runner, contender: str, payload: Payload, handle: _Handle, *, executor: bool
) -> Case:
    text = payload.text

    async def timed(times: int) -> float:
        begin = time.perf_counter()
        for _ in range(times):
            await handle(text)
        return time.perf_counter() - begin

    def batch(times: int) -> float:
        ocpp.messages.ASYNC_VALIDATION = executor
        try:
            return runner.run(timed(times))
        finally:
            ocpp.messages.ASYNC_VALIDATION = False

    async def answer() -> str:
        return await handle(text)

    if json.loads(runner.run(answer())) != _answer(payload):
        msg = f"{contender} gives another answer to {payload.name}"
        raise ValueError(msg)
    return Case(part=_PART, payload=payload.name, contender=contender, batch=batch)


@contextmanager
def call_cases() -> Iterator[list[Case]]:
    """The cases, and the event loop that they run on."""
    contenders = (
        ("ocppkit", _session, False),
        ("ocppkit, core", _core, False),
        ("ocpp", _ocpp, True),
        ("ocpp, executor off", _ocpp, False),
    )
    with asyncio.Runner() as runner:
        cases = []
        for name, make, executor in contenders:
            for payload in _payloads():
                handle = runner.run(make(payload.version))
                cases.append(_case(runner, name, payload, handle, executor=executor))
        yield cases
