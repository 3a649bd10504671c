"""Whatever a peer sends, the RPC framework bears it: nothing is raised, and no answer answered."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import strategies as st

from ocppkit.codec.jsontext import UnreadableJson, loads_orjson, loads_stdlib
from ocppkit.message import Version
from ocppkit.rpc import BadFrame, CallReceived, Endpoint, Malformed, parse, render

from .attempt import attempted
from .conftest import Look
from .garbage import json_values, mutated, mutated_text, octets, texts
from .messages import frames

VERSIONS = pytest.mark.parametrize("version", list(Version))


def bear(version: Version, data: str | bytes) -> None:
    """Feed an endpoint, whose CALL "1" is out, with a frame, and check what it says."""
    numbers = count(1)
    endpoint = Endpoint(version=version, new_id=lambda: str(next(numbers)), call_timeout=30.0)
    endpoint.call("Heartbeat", {})
    endpoint.texts_to_send(0.0)

    events = endpoint.receive(data, 1.0)
    sent = [json.loads(text) for text in endpoint.texts_to_send(1.0)]

    assert len(events) == 1
    assert all(frame[0] == 4 for frame in sent)  # nobody has answered a CALL yet
    assert not sent or isinstance(events[0], Malformed)
    kind = kind_of(data)
    if kind in (3, 4):
        assert sent == []
    frame = attempted(BadFrame, lambda: parse(data, version=version))
    if isinstance(frame, BadFrame):
        assert isinstance(events[0], Malformed)
        assert sent == ([] if frame.answer is None else [json.loads(render(frame.answer))])
    else:
        assert parse(render(frame), version=version) == frame
        assert isinstance(events[0], CallReceived) == (kind == 2)


def kind_of(data: str | bytes) -> Any:
    """The message type number, where the data can be read."""
    try:
        frame = loads_stdlib(data)
    except UnreadableJson:
        return None
    return frame[0] if isinstance(frame, list) and frame and type(frame[0]) is int else None


def dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def any_data(version: Version) -> st.SearchStrategy[Any]:
    """What a peer might send, from noise to right frames."""
    right = frames(version)
    elements = st.lists(st.sampled_from([2, 3, 4, 5, "2", 2.0, True]) | json_values(), max_size=6)
    return st.one_of(
        texts(),
        octets(),
        json_values().map(dumped),
        elements.map(dumped),
        right.map(dumped),
        mutated(right).map(dumped),
        mutated_text(right),
        mutated_text(right).map(lambda text: text.encode(errors="replace")),
    )


@VERSIONS
def test_any_frame_is_taken_or_refused_and_never_raises(version: Version, look: Look) -> None:
    look(lambda data: bear(version, data), any_data(version), count=100)


def test_both_readers_of_json_take_and_refuse_the_same(look: Look) -> None:
    def read_the_same(data: str | bytes) -> None:
        read = []
        for loads in (loads_stdlib, loads_orjson):
            try:
                read.append(repr(loads(data)))
            except UnreadableJson:
                read.append("")

        assert read[0] == read[1]

    look(read_the_same, any_data(Version.V16) | any_data(Version.V201), count=80)
