"""Whatever a schema allows is read, written again as it was, and allowed again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given

from ocppkit.codec.jsontext import dumps, loads

from .breaking import cases, places
from .profiles import examples
from .schemas import MESSAGES, Message
from .strategies import payloads, said

# What is not said again: parts of a millisecond, and null as the data of a DataTransfer.
_LOST = re.compile(r"\.\d{4,}Z|None")


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_a_valid_payload_survives_decoding_and_encoding(message: Message) -> None:
    @examples(16)
    @given(payloads(message.schema, draft_4=message.draft_4))
    def survives(payload: Any) -> None:
        assert message.accepted(payload)

        written = message.encode(message.decode(loads(dumps(payload))))

        assert said(message.schema, written) == said(message.schema, payload)
        assert message.accepted(written)

    survives()


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_every_value_at_its_limits_survives(message: Message) -> None:
    allowed = [
        case
        for place in places(message.schema)
        for case in cases(place, draft_4=message.draft_4)
        if case.rule is None and not _LOST.search(str(case.value))
    ]
    written = [message.encode(message.decode(case.payload)) for case in allowed]

    assert [
        str(case)
        for case, payload in zip(allowed, written, strict=True)
        if said(message.schema, payload) != said(message.schema, case.payload)
        or not message.accepted(payload)
    ] == []
