from __future__ import annotations

import copy
import pickle
from typing import Any

import attrs
import pytest
from hypothesis import given

from ocppkit import v16, v201
from ocppkit.codec import codec_for, codec_of
from ocppkit.errors import Rule, ValidationError
from ocppkit.message import Request, Version

from .profiles import examples
from .schemas import MESSAGES, Message
from .strategies import payloads

V201 = codec_for(Version.V201)


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_a_message_is_pickled_copied_and_compared_by_value(message: Message) -> None:
    @examples(3)
    @given(payloads(message.schema, draft_4=message.draft_4))
    def is_a_value(payload: Any) -> None:
        one: Any = message.decode(payload)
        other = message.decode(copy.deepcopy(payload))

        assert one == other
        assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - our own
        assert copy.copy(one) == one
        assert copy.deepcopy(one) == one
        assert attrs.evolve(one) == one
        assert one != payload
        assert repr(one) == repr(other)
        assert repr(one).startswith(f"{message.name}(")

    is_a_value()


def test_messages_that_differ_deep_inside_are_not_equal() -> None:
    one = v201.HeartbeatRequest(custom_data=v201.CustomDataType(vendor_id="a"))
    other = copy.deepcopy(one)
    assert one.custom_data is not None
    one.custom_data.extra["x"] = 1

    assert one != other


def test_a_message_shows_what_is_in_it() -> None:
    request = v16.ResetRequest(type=v16.ResetType.HARD)
    transfer = v201.DataTransferRequest(vendor_id="a", data={"b": None})

    assert repr(request) == "ResetRequest(type=<ResetType.HARD: 'Hard'>)"
    assert repr(transfer) == "DataTransferRequest(vendor_id='a', data={'b': None})"


def test_a_message_can_be_changed_and_is_therefore_not_hashed() -> None:
    request = v16.ResetRequest(type=v16.ResetType.HARD)

    request.type = v16.ResetType.SOFT

    assert request == v16.ResetRequest(type=v16.ResetType.SOFT)
    with pytest.raises(TypeError, match="unhashable"):
        hash(request)
    with pytest.raises(AttributeError):
        request.other = 1  # type: ignore[attr-defined]  # on purpose


def test_messages_of_equal_content_but_other_class_differ() -> None:
    assert v16.HeartbeatRequest() != v16.ClearCacheRequest()
    assert v16.HeartbeatRequest() != v201.HeartbeatRequest()


def test_a_request_is_written_with_its_action() -> None:
    action, payload = V201.encode_request(v201.ResetRequest(type=v201.ResetEnumType.ON_IDLE))

    assert action is V201.actions["Reset"]
    assert payload == {"type": "OnIdle"}


@pytest.mark.parametrize(
    "request_",
    [
        v16.HeartbeatRequest(),
        v201.HeartbeatResponse.__new__(v201.HeartbeatResponse),
        v201.CustomDataType(vendor_id="a"),
        None,
        {},
    ],
)
def test_what_is_no_request_of_the_version_is_a_wrong_use(request_: Any) -> None:
    with pytest.raises(TypeError, match=r"is no request of ocppkit\.v201"):
        V201.encode_request(request_)


@pytest.mark.parametrize(
    "response",
    [
        v201.ResetRequest(type=v201.ResetEnumType.ON_IDLE),
        v201.HeartbeatResponse.__new__(v201.HeartbeatResponse),
        v16.ResetResponse(status=v16.ResetStatus.ACCEPTED),
    ],
)
def test_what_is_no_response_of_the_action_is_a_wrong_use(response: Any) -> None:
    with pytest.raises(TypeError, match="Reset is answered with ResetResponse"):
        V201.encode_response(V201.actions["Reset"], response)


def test_any_class_of_the_version_is_read_and_written() -> None:
    evse = V201.structure({"id": 1, "connectorId": 2}, v201.EVSEType)

    assert evse == v201.EVSEType(id=1, connector_id=2)
    assert V201.unstructure(evse) == {"id": 1, "connectorId": 2}
    with pytest.raises(ValidationError) as refused:
        V201.structure({"id": "1"}, v201.EVSEType)
    assert (refused.value.path, refused.value.rule) == ("$.id", Rule.TYPE)


def test_a_class_of_another_version_is_a_wrong_use() -> None:
    class Mine(Request[Any]):
        pass

    for of in (v16.ResetRequest, Mine):
        with pytest.raises(TypeError, match=r"is no message or datatype of ocppkit\.v201"):
            V201.structure({}, of)


def test_a_version_has_one_codec() -> None:
    assert codec_for(Version.V16) is codec_of("ocppkit.v16")


def test_any_json_value_is_carried_by_data_transfer() -> None:
    message = Message(Version.V201, "DataTransferRequest")
    for data in (0, False, "", [], {}, [None], {"a": [1.5, {"b": None}]}):
        sent = {"vendorId": "a", "data": data}

        assert message.encode(message.decode(sent)) == sent


def test_null_as_data_is_the_same_as_no_data() -> None:
    message = Message(Version.V201, "DataTransferRequest")
    decoded = message.decode({"vendorId": "a", "data": None})

    assert message.encode(decoded) == {"vendorId": "a"}
