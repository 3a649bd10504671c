"""Every error that ocppkit raises on purpose, in one tree.

::

    OcppError
    ├── ValidationError      a message breaks its schema: where, which rule, which value
    ├── CallError            raised by a handler: this is what goes back as the CALLERROR
    ├── CallRefused          the peer answered our CALL with a CALLERROR
    ├── InvalidAnswer        the peer answered our CALL with something that breaks the schema
    ├── CallTimeout          nobody answered in time (also a TimeoutError)
    ├── ConnectionLost       the connection went before the answer came (also a ConnectionError)
    │   └── NotConnected     there was no connection to begin with: nothing was sent
    ├── NegotiationFailed    no connection: no common protocol version, refused, unreachable
    └── ConfigurationError   a configuration file is wrong: all its mistakes (also a ValueError)

A business refusal is not an error but a *response* (``Rejected`` with a reason code). A wrong use
of the library is a ``TypeError`` or ``ValueError``.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from reprlib import Repr
from typing import Any

from attrs import frozen

from ocppkit.printable import cut

__all__ = [
    "CallError",
    "CallRefused",
    "CallTimeout",
    "ConfigurationError",
    "ConfigurationProblem",
    "ConnectionLost",
    "ErrorCode",
    "InvalidAnswer",
    "NegotiationFailed",
    "NotConnected",
    "OcppError",
    "Rule",
    "ValidationError",
]


class ErrorCode(StrEnum):
    """What a CALLERROR can say, independent of the version; ``ocppkit.rpc`` knows the spelling.

    1.6 writes ``FormationViolation`` and ``OccurenceConstraintViolation``; two codes exist in
    2.0.1 only (OCPP-J 1.6 §4.2.3 and its errata, 2.0.1 Part 4 §4.3).
    """

    FORMAT_VIOLATION = "FormatViolation"
    GENERIC_ERROR = "GenericError"
    INTERNAL_ERROR = "InternalError"
    MESSAGE_TYPE_NOT_SUPPORTED = "MessageTypeNotSupported"
    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    OCCURRENCE_CONSTRAINT_VIOLATION = "OccurrenceConstraintViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    PROTOCOL_ERROR = "ProtocolError"
    RPC_FRAMEWORK_ERROR = "RpcFrameworkError"
    SECURITY_ERROR = "SecurityError"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"


class Rule(StrEnum):
    """The rule of a schema that a value breaks, by its JSON Schema keyword."""

    ADDITIONAL_PROPERTIES = "additionalProperties"
    ENUM = "enum"
    FORMAT = "format"
    MAXIMUM = "maximum"
    MAX_ITEMS = "maxItems"
    MAX_LENGTH = "maxLength"
    MINIMUM = "minimum"
    MIN_ITEMS = "minItems"
    MIN_LENGTH = "minLength"
    MULTIPLE_OF = "multipleOf"
    REQUIRED = "required"
    TYPE = "type"


class OcppError(Exception):
    """The base of all errors of ocppkit."""


_SHOWN = 60
_DESCRIBED = 255  # characters, as many as the schema allows
_repr = Repr()  # bears what is large, deep or broken
_repr.maxstring = _repr.maxother = _repr.maxlong = _SHOWN


def _shorten(value: object) -> str:
    try:
        text = _repr.repr(value)
    except ValueError:  # an integer of thousands of digits
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


class ValidationError(OcppError):
    """A message breaks its schema.

    Attributes:
        path: where, from the payload's root: ``$.chargingProfile.chargingSchedule[0].id``.
        rule: which rule is broken.
        expected: what the rule asks for, for people: ``"at most 20 characters"``.
        value: the offending value, shortened; the property's name where it is missing or unknown.
    """

    def __init__(self, path: str, rule: Rule, expected: str, value: object) -> None:
        self.path = path
        self.rule = rule
        self.expected = expected
        self.value = _shorten(value)
        super().__init__(path, rule, expected, value)

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, got {self.value} ({self.rule})"


class CallError(OcppError):
    """What a handler raises to refuse a CALL on the level of the protocol.

    Attributes:
        code: the kind of refusal.
        description: one sentence for people, at most 255 characters on the wire.
        details: anything that JSON can carry.
    """

    def __init__(
        self, code: ErrorCode, description: str = "", details: dict[str, Any] | None = None
    ) -> None:
        self.code = code
        self.description = description
        self.details = details or {}
        super().__init__(code, description)

    def __str__(self) -> str:
        return f"{self.code}: {self.description}" if self.description else str(self.code)


class CallRefused(OcppError):
    """The peer answered our CALL with a CALLERROR.

    Attributes:
        action: the action that was called.
        message_id: the id of the CALL.
        code: the peer's error code, as on the wire: also one that no version defines.
        description: the peer's sentence.
        details: the peer's details.
    """

    def __init__(
        self, *, action: str, message_id: str, code: str, description: str, details: Any
    ) -> None:
        self.action = action
        self.message_id = message_id
        self.code = code
        self.description = description
        self.details = details
        super().__init__(action, message_id, code, description)

    def __str__(self) -> str:
        said = f": {cut(self.description, _DESCRIBED)}" if self.description else ""
        return f"{self.action} was refused with {cut(self.code)}{said}"


class InvalidAnswer(OcppError):
    """The peer answered our CALL with a payload that breaks the schema.

    Attributes:
        action: the action that was called.
        message_id: the id of the CALL.
        reason: what is wrong with the answer.
    """

    def __init__(self, *, action: str, message_id: str, reason: ValidationError) -> None:
        self.action = action
        self.message_id = message_id
        self.reason = reason
        super().__init__(action, message_id, reason)

    def __str__(self) -> str:
        return f"the answer to {self.action} breaks the schema: {self.reason}"


class CallTimeout(OcppError, TimeoutError):
    """Nobody answered our CALL in time.

    Attributes:
        action: the action that was called.
        message_id: the id of the CALL.
        timeout: how long we waited, in seconds.
    """

    def __init__(self, *, action: str, message_id: str, timeout: float) -> None:
        self.action = action
        self.message_id = message_id
        self.timeout = timeout
        super().__init__(action, message_id, timeout)

    def __str__(self) -> str:
        return f"no answer to {self.action} ({self.message_id}) within {self.timeout:g} s"


class ConnectionLost(OcppError, ConnectionError):
    """The connection is gone: the call may or may not have reached the peer.

    Attributes:
        action: the action whose answer did not come; None where no call was waiting.
        reason: why, as far as known.
    """

    def __init__(self, reason: str, *, action: str | None = None) -> None:
        self.reason = reason
        self.action = action
        super().__init__(reason, action)

    def __str__(self) -> str:
        return f"{self.action}: {self.reason}" if self.action else self.reason


class NotConnected(ConnectionLost):
    """There is no connection: nothing was sent, so the call can be made again."""


class NegotiationFailed(OcppError, ConnectionError):
    """No connection came about: unreachable, refused, or no protocol version in common.

    Attributes:
        reason: why.
        status: the HTTP status that the server answered with, if it answered.
    """

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        self.reason = reason
        self.status = status
        super().__init__(reason, status)

    def __str__(self) -> str:
        return self.reason


@frozen(kw_only=True)
class ConfigurationProblem:
    """A mistake in a configuration file.

    Attributes:
        path: of the key: ``csms.profiles[1].url``; empty where the file as a whole is wrong.
        message: what was expected and what is there; never a secret.
        line: where in the file, from 1; None where that is not known.
        variable: the environment variable that the value came from; None: it stands in the file.
    """

    path: str
    message: str
    line: int | None = None
    variable: str | None = None

    def __str__(self) -> str:
        by = f" ({self.variable})" if self.variable else ""
        return f"{self.path}{by}: {self.message}" if self.path else self.message


class ConfigurationError(OcppError, ValueError):
    """A configuration file is wrong.

    Attributes:
        source: the file, for people.
        problems: every mistake in it.
    """

    def __init__(self, source: str, problems: Iterable[ConfigurationProblem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__(source, self.problems)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """One line a mistake: ``station.toml:12: csms.url: expected ...``."""
        return [
            f"{self.source}{'' if problem.line is None else f':{problem.line}'}: {problem}"
            for problem in self.problems
        ]
