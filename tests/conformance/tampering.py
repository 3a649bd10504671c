"""Makes our station a wrong one: what it says is changed, or lost, before the kit hears it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Final

from ocppkit.conformance import Kit, Outcome, Runner, all_facts
from ocppkit.conformance.endpoint import Endpoint
from ocppkit.connection import Transport
from ocppkit.connection.transport import Receiver
from ocppkit.v201 import ConnectorStatusEnumType, StatusNotificationRequest

Payload = dict[str, Any]
Tamper = Callable[[str, Payload], Payload | None]
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


_IN_TRANSACTION: Final = {"chargingState", "stoppedReason", "remoteStartId"}


def always(name: str, **changes: Any) -> Tamper:
    """Every message of this name says something else at its top, or nothing for None."""
    return lambda said, payload: _changed(payload, changes) if said == name else payload


def never(name: str) -> Tamper:
    """No message of this name comes."""
    return lambda said, payload: None if said == name else payload


def inside(name: str, key: str, **changes: Any) -> Tamper:
    """Every message of this name says something else, in an object or in each item of a list."""

    def tamper(said: str, payload: Payload) -> Payload | None:
        if said != name or key not in payload:
            return payload
        value = payload[key]
        several = isinstance(value, list)
        changed = [_changed(each, changes) for each in (value if several else [value])]
        return {**payload, key: changed if several else changed[0]}

    return tamper


def event(change: Callable[[Payload], None], **where: str) -> Tamper:
    """Events are changed, in place; those of a trigger, a type or a state, where one is given."""

    def tamper(said: str, payload: Payload) -> Payload | None:
        if said == "TransactionEvent" and _is(payload, where):
            change(payload)
        return payload

    return tamper


def says(**changes: Any) -> Callable[[Payload], None]:
    """An event says something else, or nothing for None, also in its transactionInfo."""

    def change(event: Payload) -> None:
        for name, value in changes.items():
            place = event["transactionInfo"] if name in _IN_TRANSACTION else event
            if value is None:
                place.pop(name, None)
            else:
                place[name] = value

    return change


def lost(**where: str) -> Tamper:
    """Such events never come."""
    return lambda said, payload: (
        None if said == "TransactionEvent" and _is(payload, where) else payload
    )


def sampled(change: Callable[[Payload], None], *, context: str = "") -> Tamper:
    """Samples are changed, in place; those of a context, where one is given."""

    def tamper(_: str, payload: Payload) -> Payload | None:
        for value in payload.get("meterValue", ()):
            for each in value["sampledValue"]:
                if not context or each.get("context") == context:
                    change(each)
        return payload

    return tamper


async def is_caught(runner: Runner, case: str, expected: str) -> None:
    """See that a case fails, with a deviation in whose text this stands."""
    verdict = await runner.run_case(all_facts()[case])

    assert verdict.outcome is Outcome.FAILED, verdict.reason
    assert any(expected in str(found) for found in verdict.deviations), verdict.deviations


def _changed(payload: Payload, changes: Payload) -> Payload:
    return {name: value for name, value in (payload | changes).items() if value is not None}


def _is(event: Payload, where: dict[str, str]) -> bool:
    flat = {**event["transactionInfo"], **event}
    return all(flat.get(name) == value for name, value in where.items())


def tell_status(kit: Kit, status: ConnectorStatusEnumType, *, evse: int) -> None:
    """Have the kit hear this of the first connector of an EVSE, whatever the station tells."""
    told = StatusNotificationRequest(
        timestamp=kit.clock.utc_now(), connector_status=status, evse_id=evse, connector_id=1
    )
    _ = kit.mailbox.put(told.ACTION, told, {}, 1)
