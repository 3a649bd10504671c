"""Payload to message and back: the generated functions first, an explanation where they refuse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, TypeAlias, TypeVar

from ocppkit.codec.jsontext import dumps, loads
from ocppkit.errors import ValidationError
from ocppkit.message import Action, Request, Response, Struct, Version
from ocppkit.shape import Shape

__all__ = ["Codec", "codec_for", "codec_of"]

# What a generated function may raise on a bad value. Anything else is a fault of ours.
_REFUSED = (AttributeError, KeyError, OverflowError, TypeError, ValueError)

T = TypeVar("T", bound=Struct)

_Unstructure: TypeAlias = Callable[[Any], dict[str, Any]]

_PACKAGES = {Version.V16: "ocppkit.v16", Version.V201: "ocppkit.v201"}


class Codec:
    """The codec of one protocol version.

    Every payload is checked against all that its schema says, in both directions.

    Attributes:
        package: the generated package: ``"ocppkit.v201"``.
        actions: the actions of the version, by name.
    """

    def __init__(self, package: str) -> None:
        self.package = package
        self.actions: Mapping[str, Action] = import_module(f"{package}.actions").ACTIONS
        self._requests: dict[type[Any], tuple[Action, _Unstructure]] = {}

    def decode_request(self, action: Action, payload: Any) -> Request[Any]:
        """Read the payload of a CALL.

        Raises:
            ValidationError: it breaks the schema.
        """
        try:
            return action.structure_request(payload)
        except _REFUSED as refusal:
            raise self._unreadable(payload, f"{action.name}Request") from refusal

    def decode_response(self, action: Action, payload: Any) -> Response:
        """Read the payload of a CALLRESULT.

        Raises:
            ValidationError: it breaks the schema.
        """
        try:
            return action.structure_response(payload)
        except _REFUSED as refusal:
            raise self._unreadable(payload, f"{action.name}Response") from refusal

    def structure(self, payload: Any, of: type[T]) -> T:
        """Read a payload as any class of this version.

        Raises:
            TypeError: the class is not generated, or of another version.
            ValidationError: the payload breaks the schema.
        """
        structure, _ = self._functions(of)
        try:
            return structure(payload)  # type: ignore[no-any-return]
        except _REFUSED as refusal:
            raise self._unreadable(payload, of.__name__) from refusal

    def encode_request(self, request: Request[Any]) -> tuple[Action, dict[str, Any]]:
        """Write a request.

        Returns:
            Its action, and its payload as :func:`ocppkit.codec.jsontext.dumps` takes it: a time
            may stand in it as a datetime.

        Raises:
            TypeError: it is no request of this version.
            ValidationError: it breaks the schema.
        """
        try:
            action, unstructure = self._requests[request.__class__]
        except KeyError:
            action, unstructure = self._known_request(request)
        try:
            return action, unstructure(request)
        except _REFUSED as refusal:
            raise self._unwritable(request) from refusal

    def encode_response(self, action: Action, response: Response) -> dict[str, Any]:
        """Write the response to a request of this action, as :meth:`encode_request` does.

        Raises:
            TypeError: it is another class than this action's response.
            ValidationError: it breaks the schema.
        """
        if response.__class__ is not action.response:
            msg = f"{action.name} is answered with {action.name}Response of {self.package}, "
            raise TypeError(f"{msg}not {type(response).__qualname__}")
        try:
            return action.unstructure_response(response)
        except _REFUSED as refusal:
            raise self._unwritable(response) from refusal

    def unstructure(self, value: Struct) -> dict[str, Any]:
        """Write a value of any class of this version as plain JSON values.

        Raises:
            TypeError: its class is not generated, or of another version.
            ValidationError: it breaks the schema.
        """
        _, unstructure = self._functions(type(value))
        try:
            payload = unstructure(value)
        except _REFUSED as refusal:
            raise self._unwritable(value) from refusal
        return loads(dumps(payload))  # type: ignore[no-any-return]

    def _known_request(self, request: Request[Any]) -> tuple[Action, _Unstructure]:
        action = self.actions.get(getattr(request, "ACTION", ""))
        if action is None or request.__class__ is not action.request:
            given = request if isinstance(request, type) else type(request)
            example = next(iter(self.actions.values())).request.__name__
            msg = (
                f"{given.__qualname__} is no request of {self.package}: "
                f"an instance of one of its ...Request classes is expected, as {example}(...)"
            )
            raise TypeError(msg)
        known = self._requests[action.request] = (action, action.unstructure_request)
        return known

    def _functions(self, of: type[Any]) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
        if of.__module__.startswith(f"{self.package}."):
            functions = import_module(of.__module__).CODECS.get(of)
            if functions is not None:
                return functions  # type: ignore[no-any-return]
        msg = f"{of.__qualname__} is no message or datatype of {self.package}"
        raise TypeError(msg)

    def _unreadable(self, payload: Any, name: str) -> ValidationError:
        from ocppkit.codec.explain import explain_payload  # noqa: PLC0415  # for bad values only

        return explain_payload(payload, name, self._shapes())

    def _unwritable(self, value: Struct) -> ValidationError:
        from ocppkit.codec.explain import explain_object  # noqa: PLC0415  # as above

        return explain_object(value, type(value).__name__, self._shapes(), self.package)

    def _shapes(self) -> Mapping[str, Shape]:
        return import_module(f"{self.package}.shapes").SHAPES  # type: ignore[no-any-return]


@cache
def codec_of(package: str) -> Codec:
    """The codec of a generated package, also one of your own: ``codec_of("acme.v99")``."""
    return Codec(package)


def codec_for(version: Version) -> Codec:
    """The codec of a protocol version."""
    return codec_of(_PACKAGES[version])
