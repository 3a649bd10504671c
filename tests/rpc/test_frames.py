from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest

from ocppkit.codec.jsontext import UnwritableJson
from ocppkit.message import Version
from ocppkit.rpc import (
    BadFrame,
    Call,
    CallErrorFrame,
    CallReceived,
    CallResult,
    Endpoint,
    Frame,
    Malformed,
    parse,
    render,
)

MAX_SIZE = 20_000
LONG_ID = "x" * 37
DEEP = "[" * 5000 + "]" * 5000

# what is wrong with the whole frame
BINARY = "a binary frame is not OCPP-J"
NO_JSON = "the frame is not readable JSON"
NO_ARRAY = "the frame is not a JSON array with elements"
TOO_LARGE = "the frame is larger than 20000 octets"
NO_TYPE = "the message type is not an integer"
# what is wrong with a CALL
BAD_ID = "the message id is not a string of 1 to 36 characters"
NO_ACTION = "the action is not a string"
NO_OBJECT = "the payload is not an object"


def wrong_length(length: int) -> str:
    return f"a CALL has 4 elements, not {length}"


def unknown(number: int) -> str:
    return f"the message type number {number} is unknown"


def rpc_error(message_id: str, reason: str) -> list[Any]:
    return [4, message_id, "RpcFrameworkError", reason, {}]


def type_error(message_id: str, number: int) -> list[Any]:
    return [4, message_id, "MessageTypeNotSupported", unknown(number), {}]


def formation(message_id: str, reason: str) -> list[Any]:
    return [4, message_id, "FormationViolation", reason, {}]


# the frame, why it is bad, what goes back in 2.0.1, what goes back in 1.6
Row = tuple[str | bytes, str, list[Any] | None, list[Any] | None]

UNREADABLE: list[tuple[str | bytes, str]] = [
    ("", NO_JSON),
    ("no JSON", NO_JSON),
    ("[", NO_JSON),
    ('[2,"a', NO_JSON),
    ('[2,"a\ud800","Heartbeat",{}]', NO_JSON),
    (f'[2,"{LONG_ID}","Heartbeat",', NO_JSON),
    ('[2,"","Heartbeat",', NO_JSON),
    ("NaN", NO_JSON),
    (DEEP, NO_JSON),
    ("{}", NO_ARRAY),
    ('{"2":"a"}', NO_ARRAY),
    ('"text"', NO_ARRAY),
    ("17", NO_ARRAY),
    ("null", NO_ARRAY),
    ("true", NO_ARRAY),
    ("[]", NO_ARRAY),
    (" " * 20_001, TOO_LARGE),
    ('["' + "é" * 10_000 + '"]', TOO_LARGE),
    ('["' + "\ud800" * 10_000 + '"]', TOO_LARGE),
    (b"", BINARY),
    (b"\xff\xfe\x00", BINARY),
    (b'[2,"a\xff","Heartbeat",{}]', BINARY),
    ("[2]", BAD_ID),
    ('[2,null,"Heartbeat",{}]', BAD_ID),
    ('[2,17,"Heartbeat",{}]', BAD_ID),
    ('[2,true,"Heartbeat",{}]', BAD_ID),
    ('[2,["a"],"Heartbeat",{}]', BAD_ID),
    ('[2,{},"Heartbeat",{}]', BAD_ID),
    ('[2,{"a":1},"Heartbeat"]', BAD_ID),
]
UNREADABLE_WITH_ID: list[tuple[str | bytes, str]] = [
    ('[2,"a","Heartbeat",{}', NO_JSON),
    (' [ 2 , "a" , oops', NO_JSON),
    ('[2,"a","Heartbeat",{}]]', NO_JSON),
    ('[2,"a","DataTransfer",{"data":NaN}]', NO_JSON),
    ('[2,"a","DataTransfer",{"data":1e400}]', NO_JSON),
    ('[2,"a","DataTransfer",{"data":' + "1" * 5000 + "}]", NO_JSON),
    ('[2,"a","DataTransfer",{"data":"\\ud800"}]', NO_JSON),
    ('[2,"a","DataTransfer",{"data":' + DEEP + "}]", NO_JSON),
    ('[2,"a","DataTransfer",{"data":"' + "x" * 20_000 + '"}]', TOO_LARGE),
    ('[2,"a","DataTransfer",{"data":"' + "é" * 10_000 + '"}]', TOO_LARGE),
    (b'[2,"a","Heartbeat",{}]', BINARY),
    (b'[2,"a","DataTransfer",{"data":"\xff"}]', BINARY),
    ('[2,"a"]', wrong_length(2)),
    ('[2,"a","Heartbeat"]', wrong_length(3)),
    ('[2,"a","Heartbeat",{},{}]', wrong_length(5)),
    ('[2,"a",null,{}]', NO_ACTION),
    ('[2,"a",17,{}]', NO_ACTION),
    ('[2,"a",["Heartbeat"],{}]', NO_ACTION),
    ('[2,"a",{},"Heartbeat"]', NO_ACTION),
]
WRONG_PAYLOADS = ["[]", "[{}]", '""', '"{}"', "0", "1.5", "false"]
UNKNOWN_NUMBERS = [5, 0, 1, -2, 34]
NO_NUMBERS = ['"2"', "2.0", "true", "null", "[]", "{}", '""', '"5"']
BROKEN_ANSWERS: list[str | bytes] = [
    "[3]",
    '[3,"a"]',
    '[3,"a",{},{}]',
    '[3,"a",[]]',
    '[3,"a","{}"]',
    "[3,null,{}]",
    "[3,17,{}]",
    '[3,"",{}]',
    f'[3,"{LONG_ID}",{{}}]',
    '[3.0,"a",{}]',
    '["3","a",{}]',
    '[3,"a",{}',
    '[3,"a",{"data":1e400}]',
    '[3,"a",{"data":"' + "x" * 20_000 + '"}]',
    b'[3,"a",{}]',
    "[4]",
    '[4,"a"]',
    '[4,"a",null,"",{}]',
    '[4,"a",17,"",{}]',
    '[4,"a","GenericError","",{},{}]',
    '[4,null,"GenericError","",{}]',
    '[4,"","GenericError","",{}]',
    f'[4,"{LONG_ID}","GenericError","",{{}}]',
    '[4.0,"a","GenericError","",{}]',
    '["4","a","GenericError","",{}]',
    ' [ 4,"a","GenericError","',
    b'[4,"a","GenericError","\xff",{}]',
]


def reason_of(data: str | bytes) -> str:
    """Why an answer is bad: the tables of answers are about what goes back, not about words."""
    with pytest.raises(BadFrame) as caught:
        parse(data, version=Version.V201, max_size=MAX_SIZE)
    return str(caught.value)


ROWS: list[Row] = [
    *((data, why, rpc_error("-1", why), None) for data, why in UNREADABLE),
    *((data, why, rpc_error("a", why), formation("a", why)) for data, why in UNREADABLE_WITH_ID),
    ('[2,"","Heartbeat",{}]', BAD_ID, rpc_error("-1", BAD_ID), formation("", BAD_ID)),
    (
        f'[2,"{LONG_ID}","Heartbeat",{{}}]',
        BAD_ID,
        rpc_error("-1", BAD_ID),
        formation(LONG_ID, BAD_ID),
    ),
    *(
        (
            f'[2,"a","Heartbeat",{payload}]',
            NO_OBJECT,
            [4, "a", "FormatViolation", NO_OBJECT, {}],
            formation("a", NO_OBJECT),
        )
        for payload in WRONG_PAYLOADS
    ),
    *(
        (f'[{number},"a","Heartbeat",{{}}]', unknown(number), type_error("a", number), None)
        for number in UNKNOWN_NUMBERS
    ),
    ("[5]", unknown(5), type_error("-1", 5), None),
    ("[5,17]", unknown(5), type_error("-1", 5), None),
    (f'[5,"{LONG_ID}"]', unknown(5), type_error("-1", 5), None),
    *(
        (f'[{kind},"a","Heartbeat",{{}}]', NO_TYPE, rpc_error("a", NO_TYPE), None)
        for kind in NO_NUMBERS
    ),
    ("[null]", NO_TYPE, rpc_error("-1", NO_TYPE), None),
]
BAD_201 = [(data, why, back) for data, why, back, _ in ROWS]
BAD_16 = [(data, why, back) for data, why, _, back in ROWS]


def check_bad_frame(
    version: Version, data: str | bytes, reason: str, back: list[Any] | None
) -> None:
    ids = (f"ours-{number}" for number in count())
    endpoint = Endpoint(
        version=version, new_id=lambda: next(ids), call_timeout=30, max_size=MAX_SIZE
    )

    [malformed] = endpoint.receive(data, now=0)
    sent = endpoint.texts_to_send(now=0)

    assert isinstance(malformed, Malformed)
    assert malformed.reason == reason
    assert len(malformed.text) <= 400
    assert [json.loads(text) for text in sent] == ([] if back is None else [back])
    # and it works on
    assert endpoint.receive('[2,"next","Heartbeat",{}]', now=1) == [
        CallReceived(message_id="next", action="Heartbeat", payload={})
    ]
    endpoint.answer("next", {})
    endpoint.call("Heartbeat", {})
    assert endpoint.texts_to_send(now=1) == ['[3,"next",{}]', '[2,"ours-0","Heartbeat",{}]']


@pytest.mark.parametrize(("data", "reason", "back"), BAD_201)
def test_version_201_answers_a_bad_frame_and_works_on(
    data: str | bytes, reason: str, back: list[Any] | None
) -> None:
    check_bad_frame(Version.V201, data, reason, back)


@pytest.mark.parametrize(("data", "reason", "back"), BAD_16)
@pytest.mark.requirement("1.6-J §4.1.3", "1.6-J §4.2.3")
def test_version_16_answers_a_bad_frame_only_to_a_readable_id_and_works_on(
    data: str | bytes, reason: str, back: list[Any] | None
) -> None:
    check_bad_frame(Version.V16, data, reason, back)


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("data", BROKEN_ANSWERS)
def test_a_broken_answer_is_never_answered_and_the_endpoint_works_on(
    version: Version, data: str | bytes
) -> None:
    check_bad_frame(version, data, reason_of(data), None)


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize(
    ("text", "frame"),
    [
        (
            '[2,"a","Reset",{"type":"Soft"}]',
            Call(message_id="a", action="Reset", payload={"type": "Soft"}),
        ),
        ('[2,"a","Heartbeat",null]', Call(message_id="a", action="Heartbeat", payload={})),
        (f'[2,"{"é" * 36}","",{{}}]', Call(message_id="é" * 36, action="", payload={})),
        ('[2,"a","Reset",{"a":1,"a":2}]', Call(message_id="a", action="Reset", payload={"a": 2})),
        ('[3,"a",{"b":[1]}]', CallResult(message_id="a", payload={"b": [1]})),
        ('[3,"a",null]', CallResult(message_id="a", payload={})),
        (
            '[4,"a","GenericError","no",{"b":1}]',
            CallErrorFrame(message_id="a", code="GenericError", description="no", details={"b": 1}),
        ),
        ('[4,"a","Own",""]', CallErrorFrame(message_id="a", code="Own")),
        ('[4,"a","Own"]', CallErrorFrame(message_id="a", code="Own")),
        ('[4,"a","Own",null,null]', CallErrorFrame(message_id="a", code="Own")),
        ('[4,"a","Own",17,"text"]', CallErrorFrame(message_id="a", code="Own")),
    ],
)
def test_a_good_frame_is_read(version: Version, text: str, frame: Frame) -> None:
    assert parse(text, version=version) == frame


def test_a_frame_of_exactly_the_largest_size_is_read() -> None:
    text = '[3,"a",{"b":"é"}]'

    frame = parse(text, version=Version.V201, max_size=len(text.encode()))

    assert frame == CallResult(message_id="a", payload={"b": "é"})
    with pytest.raises(BadFrame, match="larger than 17 octets"):
        parse(text, version=Version.V201, max_size=len(text.encode()) - 1)


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (Call(message_id="a", action="Reset", payload={"b": 1}), '[2,"a","Reset",{"b":1}]'),
        (CallResult(message_id="a", payload={}), '[3,"a",{}]'),
        (CallErrorFrame(message_id="a", code="GenericError"), '[4,"a","GenericError","",{}]'),
    ],
)
def test_a_frame_is_written(frame: Frame, text: str) -> None:
    assert render(frame) == text


def test_the_description_of_an_error_is_cut_to_255_characters() -> None:
    frame = CallErrorFrame(message_id="a", code="GenericError", description="é" * 300)

    assert json.loads(render(frame))[3] == "é" * 255


def test_a_payload_that_json_cannot_carry_is_not_written() -> None:
    with pytest.raises(UnwritableJson):
        render(CallResult(message_id="a", payload={"b": {1, 2}}))
