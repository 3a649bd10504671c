"""The three frames of OCPP-J, read and written (1.6-J §4.2, 2.0.1 Part 4 §4.2).

What goes back for a frame that cannot be taken:

====================================  ======================================  =====================
the frame                             2.0.1                                   1.6
====================================  ======================================  =====================
no JSON, no array, binary, too large  RpcFrameworkError, id as below          FormationViolation
a type that is no integer             RpcFrameworkError, id as below          nothing
an unknown type number                MessageTypeNotSupported, id as below    nothing
a CALL: length, id or action wrong    RpcFrameworkError, id as below          FormationViolation
a CALL: payload no object             FormatViolation                         FormationViolation
a CALLRESULT or CALLERROR             nothing                                 nothing
====================================  ======================================  =====================

The id is that of the frame. Where the text as a whole cannot be read, the id of a CALL can be as
long as the text begins like one. An id that is no string cannot be read: 2.0.1 answers to "-1",
1.6 knows no such id and answers nothing. An id that is empty or longer than 36 characters cannot
be sent back in 2.0.1, whose CALLERROR has the same limit: "-1" again. In 1.6 it goes back as it is:
§4.2.3 names "unique identifier too long" as a reason for a CALLERROR, which bears "the exact same
id".

A broken CALLRESULT or CALLERROR, also a text that only begins like one, is not answered: two sides
that answer one another's errors would never stop. Binary frames are refused even where they hold
JSON: OCPP-J is a text protocol, and RFC 6455 §5.6 leaves the meaning of binary data to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeGuard, assert_never

from attrs import define, field, frozen

from ocppkit.codec.jsontext import UnreadableJson, dumps, dumps_stdlib, loads
from ocppkit.errors import ErrorCode
from ocppkit.message import Version
from ocppkit.rpc.spelling import spell
from ocppkit.value import Value

__all__ = [
    "MAX_SIZE",
    "BadFrame",
    "Call",
    "CallErrorFrame",
    "CallResult",
    "Frame",
    "is_message_id",
    "parse",
    "render",
    "render_call",
    "render_result",
]

MAX_SIZE: Final = 2**20
"""How large a frame may be unless told otherwise, in octets."""

_CALL: Final = 2
_CALL_RESULT: Final = 3
_CALL_ERROR: Final = 4

_CALL_LENGTH: Final = 4
_CALL_RESULT_LENGTH: Final = 3
_CALL_ERROR_LENGTHS: Final = (3, 4, 5)  # peers leave out the description, the details

_ID_LENGTH: Final = 36
_DESCRIPTION_LENGTH: Final = 255


@define(kw_only=True, eq=False, repr=False)
class Call(Value):
    """A CALL: one side asks.

    Attributes:
        message_id: 1 to 36 characters.
        action: as on the wire, known or not.
        payload: the arguments of the action.
    """

    message_id: str
    action: str
    payload: dict[str, Any]


@define(kw_only=True, eq=False, repr=False)
class CallResult(Value):
    """A CALLRESULT: the answer to a CALL.

    Attributes:
        message_id: that of the CALL.
        payload: the answer.
    """

    message_id: str
    payload: dict[str, Any]


def _cut(description: str) -> str:
    return description[:_DESCRIPTION_LENGTH]


@define(kw_only=True, eq=False, repr=False)
class CallErrorFrame(Value):
    """A CALLERROR: the refusal of a CALL.

    Attributes:
        message_id: that of the CALL.
        code: as on the wire, known or not.
        description: for people; cut to 255 characters.
        details: anything; empty where there are none.
    """

    message_id: str
    code: str
    description: str = field(default="", converter=_cut)
    details: dict[str, Any] = field(factory=dict)


Frame: TypeAlias = Call | CallResult | CallErrorFrame


class BadFrame(ValueError):
    """A frame cannot be taken.

    Attributes:
        reason: why, for people.
        answer: what has to go back; None where nothing may.
    """

    def __init__(self, reason: str, answer: CallErrorFrame | None) -> None:
        self.reason = reason
        self.answer = answer
        super().__init__(reason, answer)

    def __str__(self) -> str:
        return self.reason


@frozen(kw_only=True, eq=False, repr=False)
class _Refusals(Value):
    """How a version answers the frames that it cannot take.

    Attributes:
        version: the version.
        unreadable_id: stands for an id that cannot be read; None where nothing is answered then.
        echoes_any_string: whether an id that is empty or too long goes back.
        refuses_unknown_types: whether what is neither CALL, CALLRESULT nor CALLERROR is answered.
    """

    version: Version
    unreadable_id: str | None
    echoes_any_string: bool
    refuses_unknown_types: bool

    def bad_frame(self, reason: str, code: ErrorCode, message_id: Any) -> BadFrame:
        answer_id = self.unreadable_id
        if is_message_id(message_id) or (self.echoes_any_string and isinstance(message_id, str)):
            answer_id = message_id
        if answer_id is None:
            return BadFrame(reason, None)
        answer = CallErrorFrame(
            message_id=answer_id, code=spell(self.version, code), description=reason
        )
        return BadFrame(reason, answer)


_REFUSALS: Mapping[Version, _Refusals] = MappingProxyType(
    {
        Version.V16: _Refusals(
            version=Version.V16,
            unreadable_id=None,
            echoes_any_string=True,
            refuses_unknown_types=False,  # "SHALL ignore" (1.6-J §4.1.3)
        ),
        Version.V201: _Refusals(
            version=Version.V201,
            unreadable_id="-1",  # (2.0.1 Part 4 §4.2.3)
            echoes_any_string=False,
            refuses_unknown_types=True,  # (2.0.1 Part 4 §4.4)
        ),
    }
)

_PEEKED: Final = 256  # characters: enough for the type and the longest id
_LIKE_AN_ANSWER = re.compile(r'\s*\[\s*"?[34]\b')
_LIKE_A_CALL = re.compile(r'\s*\[\s*2\s*,\s*"([^"\\\x00-\x1f\ud800-\udfff\ufffd]{1,36})"\s*,')


def is_message_id(value: object) -> TypeGuard[str]:
    """Whether this can be a message id: a string of 1 to 36 characters."""
    return isinstance(value, str) and 0 < len(value) <= _ID_LENGTH


def _unreadable(reason: str, data: str | bytes, refusals: _Refusals) -> BadFrame:
    start = data[:_PEEKED]
    if isinstance(start, bytes):
        start = start.decode(errors="replace")
    if _LIKE_AN_ANSWER.match(start):
        return BadFrame(reason, None)
    call = _LIKE_A_CALL.match(start)
    message_id = call[1] if call else None
    return refusals.bad_frame(reason, ErrorCode.RPC_FRAMEWORK_ERROR, message_id)


def _size(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))


def _payload(value: Any) -> dict[str, Any] | None:
    """The payload, where null stands for an empty one (1.6-J §4.2.1, 2.0.1 Part 4 §4.1.5)."""
    if value is None:
        return {}
    return value if isinstance(value, dict) else None


def _call(message: list[Any], refusals: _Refusals) -> Call:
    message_id = message[1] if len(message) > 1 else None
    if not is_message_id(message_id):
        reason = f"the message id is not a string of 1 to {_ID_LENGTH} characters"
        raise refusals.bad_frame(reason, ErrorCode.RPC_FRAMEWORK_ERROR, message_id)
    if len(message) != _CALL_LENGTH:
        reason = f"a CALL has {_CALL_LENGTH} elements, not {len(message)}"
        raise refusals.bad_frame(reason, ErrorCode.RPC_FRAMEWORK_ERROR, message_id)
    action = message[2]
    if not isinstance(action, str):
        reason = "the action is not a string"
        raise refusals.bad_frame(reason, ErrorCode.RPC_FRAMEWORK_ERROR, message_id)
    payload = _payload(message[3])
    if payload is None:
        reason = "the payload is not an object"
        raise refusals.bad_frame(reason, ErrorCode.FORMAT_VIOLATION, message_id)
    return Call(message_id=message_id, action=action, payload=payload)


def _call_result(message: list[Any]) -> CallResult:
    if len(message) != _CALL_RESULT_LENGTH:
        reason = f"a CALLRESULT has {_CALL_RESULT_LENGTH} elements, not {len(message)}"
        raise BadFrame(reason, None)
    payload = _payload(message[2])
    if payload is None:
        reason = "the payload of a CALLRESULT is not an object"
        raise BadFrame(reason, None)
    return CallResult(message_id=message[1], payload=payload)


def _call_error(message: list[Any]) -> CallErrorFrame:
    if len(message) not in _CALL_ERROR_LENGTHS:
        reason = f"a CALLERROR has 5 elements, not {len(message)}"
        raise BadFrame(reason, None)
    if not isinstance(message[2], str):
        reason = "the code of a CALLERROR is not a string"
        raise BadFrame(reason, None)
    description, details = [*message[3:], None, None][:2]
    return CallErrorFrame(
        message_id=message[1],
        code=message[2],
        description=description if isinstance(description, str) else "",
        details=details if isinstance(details, dict) else {},
    )


def _answer(message: list[Any]) -> CallResult | CallErrorFrame:
    if type(message[0]) is not int:
        reason = "the message type is not an integer"
        raise BadFrame(reason, None)
    if len(message) == 1 or not is_message_id(message[1]):
        reason = f"the message id of an answer is not a string of 1 to {_ID_LENGTH} characters"
        raise BadFrame(reason, None)
    return _call_result(message) if message[0] == _CALL_RESULT else _call_error(message)


def _of_unknown_type(message: list[Any], refusals: _Refusals) -> BadFrame:
    if type(message[0]) is int:
        reason = f"the message type number {message[0]} is unknown"
        code = ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED
    else:
        reason = "the message type is not an integer"
        code = ErrorCode.RPC_FRAMEWORK_ERROR
    if not refusals.refuses_unknown_types:
        return BadFrame(reason, None)
    return refusals.bad_frame(reason, code, message[1] if len(message) > 1 else None)


def parse(data: str | bytes, *, version: Version, max_size: int = MAX_SIZE) -> Frame:
    """Read a frame.

    Peers are borne with where nothing is lost: a CALLERROR without description or details, or with
    some of the wrong type, counts as one that has none.

    Args:
        data: text of a text frame, octets of a binary one.
        version: decides what goes back for a bad frame.
        max_size: how large the frame may be, in octets.

    Raises:
        BadFrame: it cannot be taken; the error holds what goes back.
    """
    refusals = _REFUSALS[version]
    if isinstance(data, bytes):
        raise _unreadable("a binary frame is not OCPP-J", data, refusals)
    if len(data) > max_size or (not data.isascii() and _size(data) > max_size):
        raise _unreadable(f"the frame is larger than {max_size} octets", data, refusals)
    try:
        message = loads(data)
    except UnreadableJson as error:
        raise _unreadable("the frame is not readable JSON", data, refusals) from error
    if not isinstance(message, list) or not message:
        raise _unreadable("the frame is not a JSON array with elements", data, refusals)
    kind = message[0]
    if type(kind) is int and kind == _CALL:  # neither true nor 2.0, which are equal to integers
        if len(message) == _CALL_LENGTH:
            _, message_id, action, payload = message
            # Nearly every frame passes here; what is wrong with another one is told below.
            if (
                type(message_id) is type(action) is str
                and 0 < len(message_id) <= _ID_LENGTH
                and type(payload) is dict
            ):
                return Call(message_id=message_id, action=action, payload=payload)
        return _call(message, refusals)
    if kind in (_CALL_RESULT, _CALL_ERROR, "3", "4"):
        return _answer(message)
    raise _of_unknown_type(message, refusals)


def render_call(message_id: str, action: str, payload: dict[str, Any]) -> str:
    """Write a CALL that is no `Call` yet; raises UnwritableJson as `render`."""
    return dumps([_CALL, message_id, action, payload])


def render_result(message_id: str, payload: dict[str, Any]) -> str:
    """Write a CALLRESULT that is no `CallResult` yet; raises UnwritableJson as `render`."""
    return dumps([_CALL_RESULT, message_id, payload])


def render(frame: Frame) -> str:
    """Write a frame.

    Raises:
        UnwritableJson: it holds something that JSON cannot carry.
    """
    match frame:
        case Call():
            return render_call(frame.message_id, frame.action, frame.payload)
        case CallResult():
            return render_result(frame.message_id, frame.payload)
        case CallErrorFrame():
            return dumps_stdlib(  # no codec has seen the details
                [_CALL_ERROR, frame.message_id, frame.code, frame.description, frame.details]
            )
        case _:
            assert_never(frame)
