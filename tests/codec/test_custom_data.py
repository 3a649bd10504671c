"""What a vendor adds in 2.0.1 survives wherever it may stand."""

from __future__ import annotations

from typing import Any

import pytest

from ocppkit.message import Version

from .breaking import places
from .schemas import MESSAGES, Message

CUSTOM: dict[str, Any] = {
    "vendorId": "org.example",
    "": "",
    "vendorid": None,
    "\U0001f50c": [1, 2.5, {"a": [True, None, "é"]}],
    "extra": {"extra": {}},
    "customData": {"vendorId": 1},
    "__class__": 2**63,
}
V201 = [message for message in MESSAGES if message.version is Version.V201]


def custom_data(message: Message) -> list[Any]:
    return [
        place.put(CUSTOM)
        for place in places(message.schema)
        if place.at and place.at[-1] == "customData"
    ]


@pytest.mark.parametrize("message", V201, ids=str)
def test_custom_data_survives_at_every_place_where_it_may_stand(message: Message) -> None:
    sent = custom_data(message)

    assert sent
    assert [message.encode(message.decode(payload)) for payload in sent] == sent
    assert all(message.accepted(payload) for payload in sent)


def test_decoding_does_not_share_the_open_properties_with_the_payload() -> None:
    message = Message(Version.V201, "HeartbeatRequest")
    payload = {"customData": {"vendorId": "org.example", "a": 1}}
    decoded: Any = message.decode(payload)

    decoded.custom_data.extra["b"] = 2

    assert payload == {"customData": {"vendorId": "org.example", "a": 1}}
    assert message.encode(decoded)["customData"] == {"vendorId": "org.example", "a": 1, "b": 2}


def test_1_6_has_no_custom_data() -> None:
    assert not any(
        "customData" in place.at
        for message in MESSAGES
        if message.version is Version.V16
        for place in places(message.schema)
    )
