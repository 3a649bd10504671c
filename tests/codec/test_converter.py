from __future__ import annotations

from typing import Any

import pytest
from attrs import frozen
from hypothesis import given

from ocppkit import v16, v201
from ocppkit.codec.converter import converter_for
from ocppkit.errors import Rule, ValidationError
from ocppkit.message import Version

from .profiles import examples
from .schemas import MESSAGES, Message
from .strategies import payloads


@frozen
class Envelope:
    station: str
    requests: list[v16.ResetRequest]
    last: v16.IdTagInfo | None = None


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_the_converter_does_what_a_session_does(message: Message) -> None:
    converter = converter_for(message.version)

    @examples(2)
    @given(payloads(message.schema, draft_4=message.draft_4))
    def is_the_same(payload: Any) -> None:
        decoded = message.decode(payload)

        assert converter.structure(payload, type(decoded)) == decoded
        assert converter.unstructure(decoded) == message.encode(decoded)

    is_the_same()


def test_messages_inside_other_classes_are_converted() -> None:
    converter = converter_for(Version.V16)
    envelope = Envelope(
        "CS001",
        [v16.ResetRequest(type=v16.ResetType.SOFT)],
        v16.IdTagInfo(status=v16.AuthorizationStatus.ACCEPTED),
    )
    plain = {
        "station": "CS001",
        "requests": [{"type": "Soft"}],
        "last": {"status": "Accepted"},
    }

    assert converter.unstructure(envelope) == plain
    assert converter.structure(plain, Envelope) == envelope


def test_a_bad_payload_is_refused_with_its_place() -> None:
    with pytest.raises(ValidationError) as refused:
        converter_for(Version.V201).structure({"type": "Hard"}, v201.ResetRequest)

    assert (refused.value.path, refused.value.rule) == ("$.type", Rule.ENUM)


def test_a_bad_message_is_refused_with_its_place() -> None:
    request = v201.ResetRequest(type="Hard")  # type: ignore[arg-type]  # on purpose

    with pytest.raises(ValidationError) as refused:
        converter_for(Version.V201).unstructure(request)

    assert (refused.value.path, refused.value.rule) == ("$.type", Rule.ENUM)


def test_a_class_of_another_version_is_a_wrong_use() -> None:
    with pytest.raises(TypeError, match=r"is no message or datatype of ocppkit\.v201"):
        converter_for(Version.V201).structure({}, v16.HeartbeatRequest)
