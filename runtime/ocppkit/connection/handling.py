"""What becomes of a peer's CALL: the border between handlers and the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeAlias

from attrs import frozen

from ocppkit.connection.logs import SessionLog
from ocppkit.errors import CallError, ErrorCode, ValidationError
from ocppkit.message import Action, Request, Response, Then
from ocppkit.printable import cut
from ocppkit.rpc import CallReceived, Router, code_for_rule

__all__ = ["Admit", "MessageCodec", "Reply", "Responder", "admit_all"]


class MessageCodec(Protocol):
    """What a session needs of a version's codec."""

    @property
    def actions(self) -> Mapping[str, Action]:
        """The version's table of actions, by name."""
        ...

    def decode_request(self, action: Action, payload: Any) -> Request[Any]:
        """Payload → request; raises ValidationError."""
        ...

    def decode_response(self, action: Action, payload: Any) -> Response:
        """Payload → response; raises ValidationError."""
        ...

    def encode_request(self, request: Request[Any]) -> tuple[Action, dict[str, Any]]:
        """Request → payload; raises TypeError for another version's, ValidationError."""
        ...

    def encode_response(self, action: Action, response: Response) -> dict[str, Any]:
        """Response → payload; raises TypeError for another action's, ValidationError."""
        ...


FollowUp: TypeAlias = Callable[[], Awaitable[None]]

Admit: TypeAlias = Callable[[str], Awaitable[None]]
"""Lets a CALL of this action be handled; raises CallError where it may not be."""


async def admit_all(action: str) -> None:
    """Let every CALL be handled."""


@frozen(kw_only=True)
class Reply:
    """A handler's answer, ready for the wire.

    Attributes:
        payload: of the CALLRESULT.
        follow_up: what the handler wants done once the answer is out.
    """

    payload: dict[str, Any]
    follow_up: FollowUp | None = None


class Responder:
    """Finds the handler for a CALL and turns whatever it does into an answer."""

    def __init__(
        self, *, router: Router, codec: MessageCodec, log: SessionLog, admit: Admit
    ) -> None:
        self._router = router
        self._codec = codec
        self._log = log
        self._admit = admit

    async def reply(self, call: CallReceived) -> Reply | CallError:
        """Have a CALL handled; only cancellation is raised."""
        try:
            return await self._handle(call)
        except CallError as error:
            return error
        except asyncio.CancelledError:
            if _is_cancelled():
                raise
            # Something that the handler waited for was cancelled, not the handler.
            self._log.exception("the handler of %s gave up", cut(call.action))
        except Exception:
            self._log.exception("%s could not be answered", cut(call.action))
        return CallError(ErrorCode.INTERNAL_ERROR, "an internal error occurred")

    async def follow(self, action: str, follow_up: FollowUp) -> None:
        """Do what a handler wants done after its answer; only cancellation is raised."""
        try:
            await follow_up()
        except asyncio.CancelledError:
            if _is_cancelled():
                raise
            self._log.exception("what follows %s gave up", action)
        except Exception:
            self._log.exception("what follows %s failed", action)

    async def _handle(self, call: CallReceived) -> Reply:
        await self._admit(call.action)
        route = self._router.route(call.action)
        try:
            request = self._codec.decode_request(route.action, call.payload)
        except ValidationError as error:
            description = f"{error.path}: expected {error.expected}"
            self._log.warning("the peer's %s breaks the schema: %s", call.action, description)
            raise CallError(code_for_rule(error.rule), description) from error
        answer = await route.method(request)
        response, follow_up = (
            (answer.response, answer.follow_up) if isinstance(answer, Then) else (answer, None)
        )
        payload = self._codec.encode_response(route.action, response)
        return Reply(payload=payload, follow_up=follow_up)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
