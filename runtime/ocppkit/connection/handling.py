"""What becomes of a peer's CALL: the border between handlers and the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeAlias

from ocppkit.connection.complaints import Complaints
from ocppkit.connection.logs import SessionLog
from ocppkit.errors import (
    CallError,
    CallRefused,
    CallTimeout,
    ConnectionLost,
    ErrorCode,
    InvalidAnswer,
    ValidationError,
)
from ocppkit.message import Action, Request, Response, Then
from ocppkit.printable import cut
from ocppkit.rpc import CallReceived, Endpoint, Route, Router, code_for_rule

__all__ = ["Admit", "FollowUp", "MessageCodec", "Responder"]


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
"""What a handler wants done once its answer is out."""

Admit: TypeAlias = Callable[[str], Awaitable[None]]
"""Lets a CALL of this action be handled; raises CallError where it may not be."""


class Responder:
    """Finds the handler for a CALL and turns whatever it does into an answer."""

    __slots__ = ("_codec", "_complaints", "_endpoint", "_log", "_router")

    def __init__(
        self,
        *,
        router: Router,
        codec: MessageCodec,
        endpoint: Endpoint,
        log: SessionLog,
        complaints: Complaints,
    ) -> None:
        """Answer CALLs.

        Args:
            router: knows the handlers.
            codec: of the session's version.
            endpoint: takes the answers.
            log: hears of what goes wrong.
            complaints: hears of what is no valid message.
        """
        self._complaints = complaints
        self._router = router
        self._codec = codec
        self._endpoint = endpoint
        self._log = log

    def read(self, call: CallReceived) -> tuple[Route, Request[Any]] | None:
        """Find out what is asked, and of whom; None where that was refused at once."""
        try:
            route = self._router.route(call.action)
            return route, self._codec.decode_request(route.action, call.payload)
        except ValidationError as error:
            description = f"{error.path}: expected {error.expected}"
            self._complaints.request(call.action, error)
            self.refuse(call, CallError(code_for_rule(error.rule), description))
        except CallError as error:
            self.refuse(call, error)
        except Exception:
            self._fail(call)
        return None

    async def admit(self, call: CallReceived, admit: Admit) -> bool:
        """Ask whether a CALL may be handled; refuses it where not. Only cancellation is raised."""
        try:
            await admit(call.action)
        except CallError as error:
            self.refuse(call, error)
        except asyncio.CancelledError:
            if _is_cancelled():
                raise
            self._fail(call)
        except Exception:
            self._fail(call)
        else:
            return True
        return False

    async def answer(
        self, call: CallReceived, route: Route, request: Request[Any]
    ) -> FollowUp | None:
        """Have a CALL handled and its answer queued; only cancellation is raised.

        Returns:
            What the handler wants done once the answer is out.
        """
        try:
            response = await route.method(request)
            follow_up: FollowUp | None = None
            if isinstance(response, Then):
                response, follow_up = response.response, response.follow_up
            payload = self._codec.encode_response(route.action, response)
            if not self._endpoint.is_closed:
                self._endpoint.answer(call.message_id, payload)
        except CallError as error:
            self.refuse(call, error)
        except asyncio.CancelledError:
            if _is_cancelled():
                raise
            # Something that the handler waited for was cancelled, not the handler.
            self._fail(call)
        except Exception:
            self._fail(call)
        else:
            return follow_up
        return None

    async def follow(self, action: str, follow_up: FollowUp) -> None:
        """Do what a handler wants done after its answer; only cancellation is raised."""
        try:
            await follow_up()
        except asyncio.CancelledError:
            if _is_cancelled():
                raise
            self._log.exception("what follows %s gave up", action)
        except (CallRefused, CallTimeout, ConnectionLost, InvalidAnswer) as error:
            self._log.warning("what follows %s does not reach the peer: %s", action, error)
        except Exception:
            self._log.exception("what follows %s failed", action)

    def refuse(self, call: CallReceived, error: CallError) -> None:
        """Queue a CALLERROR, unless the connection is gone."""
        if self._endpoint.is_closed:
            return
        try:
            self._endpoint.refuse(call.message_id, error.code, error.description, error.details)
        except ValueError:  # its details are what JSON cannot carry
            self._fail(call)

    def _fail(self, call: CallReceived) -> None:
        """Log the exception that is being handled, and refuse without a word of it."""
        self._log.exception("%s could not be answered", cut(call.action))
        self.refuse(call, CallError(ErrorCode.INTERNAL_ERROR, "an internal error occurred"))


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
