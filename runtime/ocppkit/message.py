"""What generated code and the runtime agree on: messages, actions, handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import cached_property
from importlib import import_module
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from attrs import define, fields, frozen

from ocppkit.value import Value

__all__ = [
    "Action",
    "Answer",
    "Handler",
    "Request",
    "Response",
    "Side",
    "Struct",
    "Then",
    "Version",
    "is_stub",
    "stub",
]


class Version(StrEnum):
    """A protocol version, spelled as its websocket subprotocol."""

    V16 = "ocpp1.6"
    V201 = "ocpp2.0.1"


class Side(StrEnum):
    """One end of a connection."""

    STATION = "station"
    CSMS = "csms"

    @property
    def peer(self) -> Side:
        """The other end."""
        return Side.CSMS if self is Side.STATION else Side.STATION


class Struct:
    """The base of all generated classes: compared by value, shown without what is absent."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return all(
            getattr(self, field.name) == getattr(other, field.name)
            for field in fields(self.__class__)  # type: ignore[arg-type]  # attrs makes the heirs
        )

    __hash__ = None  # type: ignore[assignment]  # a message can be changed

    def __repr__(self) -> str:
        shown = (
            (field.name, getattr(self, field.name))
            for field in fields(self.__class__)  # type: ignore[arg-type]  # as above
        )
        inner = ", ".join(f"{name}={value!r}" for name, value in shown if value is not None)
        return f"{self.__class__.__name__}({inner})"


class Response(Struct):
    """What answers a request."""

    __slots__ = ()
    ACTION: ClassVar[str]


R = TypeVar("R", bound=Response)
R_co = TypeVar("R_co", bound=Response, covariant=True)


class Request(Struct, Generic[R_co]):
    """What one side asks of the other; its parameter is the class of the answer."""

    __slots__ = ()
    ACTION: ClassVar[str]


@frozen(eq=False, repr=False)
class Then(Value, Generic[R_co]):
    """Answer, and when the answer is out, do this: reboot, send the message that was triggered.

    Attributes:
        response: the answer.
        follow_up: called without arguments after the answer was written to the connection.
    """

    response: R_co
    follow_up: Callable[[], Awaitable[None]]


Answer: TypeAlias = R | Then[R]
"""What a handler returns: a response, or ``Then`` a response and what follows it."""


class Handler:
    """The base of the generated handler stubs."""

    __slots__ = ()


F = TypeVar("F", bound=Callable[..., Any])


def stub(method: F) -> F:
    """Mark a handler method as not written: the router answers its action with NotSupported."""
    method.__ocpp_stub__ = True  # type: ignore[attr-defined]
    return method


def is_stub(method: Callable[..., Any]) -> bool:
    """Whether this (bound) handler method is a generated stub."""
    return getattr(method, "__ocpp_stub__", False) is True


@define(frozen=True, slots=False, kw_only=True)
class Action:
    """A row of a version's table of actions.

    Its classes and codec functions are loaded when first asked for.

    Attributes:
        name: as on the wire: ``"BootNotification"``.
        method: the handler method: ``"on_boot_notification"``.
        receivers: who may be asked.
        block: the functional block (2.0.1) or feature profile (1.6), as its module is called.
        module: where its classes and codec functions are.
        stem: the action in the names of the codec functions: ``"boot_notification"``.
    """

    name: str
    method: str
    receivers: frozenset[Side]
    block: str
    module: str
    stem: str

    def _load(self, name: str) -> Any:
        return getattr(import_module(self.module), name)

    @cached_property
    def request(self) -> type[Request[Any]]:
        """The class of the request."""
        return self._load(f"{self.name}Request")  # type: ignore[no-any-return]

    @cached_property
    def response(self) -> type[Response]:
        """The class of the response."""
        return self._load(f"{self.name}Response")  # type: ignore[no-any-return]

    @cached_property
    def structure_request(self) -> Callable[[Any], Request[Any]]:
        """Payload → request; raises anything on a bad payload: the codec finds out what."""
        return self._load(f"structure_{self.stem}_request")  # type: ignore[no-any-return]

    @cached_property
    def structure_response(self) -> Callable[[Any], Response]:
        """Payload → response; raises anything on a bad payload: the codec finds out what."""
        return self._load(f"structure_{self.stem}_response")  # type: ignore[no-any-return]

    @cached_property
    def unstructure_request(self) -> Callable[[Any], dict[str, Any]]:
        """Request → payload; raises anything on a bad value: the codec finds out what."""
        return self._load(f"unstructure_{self.stem}_request")  # type: ignore[no-any-return]

    @cached_property
    def unstructure_response(self) -> Callable[[Any], dict[str, Any]]:
        """Response → payload; raises anything on a bad value: the codec finds out what."""
        return self._load(f"unstructure_{self.stem}_response")  # type: ignore[no-any-return]
