"""Makes our station a wrong one: what it says is changed, or lost, before the kit hears it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from ocppkit.conformance.endpoint import Endpoint
from ocppkit.connection import Transport
from ocppkit.connection.transport import Receiver

Tamper = Callable[[str, dict[str, Any]], dict[str, Any] | None]
"""Is given the name of a message, ``"Authorize"`` or ``"ResetResponse"``, and its payload; gives
what the kit hears instead, or None where it hears nothing."""


class Tampering:
    """An `Acceptor` before an endpoint."""

    def __init__(self, endpoint: Endpoint, tamper: Tamper) -> None:
        self._endpoint = endpoint
        self._tamper = tamper

    async def refusal(self, identity: str, password: bytes | None) -> HTTPStatus | None:
        return await self._endpoint.refusal(identity, password)

    def pick(self, offered: Sequence[str]) -> str | None:
        return self._endpoint.pick(offered)

    async def welcome(self, transport: Transport, identity: str) -> None:
        await self._endpoint.welcome(_Tampered(transport, self._tamper), identity)


class _Tampered:
    """A transport whose incoming messages are changed."""

    def __init__(self, transport: Transport, tamper: Tamper) -> None:
        self._transport = transport
        self._tamper = tamper
        self._asked: dict[str, str] = {}
        self._receiver: Receiver | None = None

    @property
    def subprotocol(self) -> str | None:
        return self._transport.subprotocol

    @property
    def remote(self) -> str:
        return self._transport.remote

    def attach(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._transport.attach(self)

    def write(self, text: str) -> bool:
        frame = json.loads(text)
        if frame[0] == 2:
            self._asked[frame[1]] = frame[2]
        return self._transport.write(text)

    def pause(self) -> None:
        self._transport.pause()

    def resume(self) -> None:
        self._transport.resume()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        await self._transport.close(code, reason)

    def received(self, data: str | bytes) -> None:
        assert self._receiver is not None
        frame: list[Any] = json.loads(data)
        match tuple(frame):
            case (2, message_id, name, payload):
                said = self._tamper(name, payload)
                if said is None:  # the station is none the wiser
                    self._transport.write(json.dumps([3, message_id, {}]))
                    return
                frame[3] = said
            case (3, message_id, payload):
                said = self._tamper(f"{self._asked[message_id]}Response", payload)
                if said is None:
                    return
                frame[2] = said
        self._receiver.received(json.dumps(frame))

    def writable(self) -> None:
        assert self._receiver is not None
        self._receiver.writable()

    def lost(self, reason: str) -> None:
        assert self._receiver is not None
        self._receiver.lost(reason)
