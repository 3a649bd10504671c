from __future__ import annotations

import json
import signal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocppkit.connection.masking import MAX_DEPTH, bounded, masked_payload, masked_text, shortened

PLANTED = "planted-0123456789"
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{PLANTED}\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "payload",
    [
        {"key": "AuthorizationKey", "value": PLANTED},
        {"key": "authorizationkey", "value": PLANTED},
        {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": PLANTED}]},
        {
            "setVariableData": [
                {
                    "component": {"name": "SecurityCtrlr"},
                    "variable": {"name": "BasicAuthPassword"},
                    "attributeValue": PLANTED,
                }
            ]
        },
        {
            "reportData": [
                {
                    "variable": {"name": "BasicAuthPassword"},
                    "variableAttribute": [{"type": "Actual", "value": PLANTED}],
                }
            ]
        },
        {"eventData": [{"variable": {"name": "BasicAuthPassword"}, "actualValue": PLANTED}]},
        {
            "connectionData": {
                "ocppCsmsUrl": f"wss://CS001:{PLANTED}@csms.example/ocpp",
                "apn": {"apn": "internet", "apnPassword": PLANTED, "simPin": 1234},
                "vpn": {"server": "vpn", "user": "u", "password": PLANTED, "key": PLANTED},
            }
        },
        {"location": f"ftp://me:{PLANTED}@host/dir"},
        {"location": f"ftp://me:{PLANTED}/x@host/dir"},
        {"location": f"ftp://me:x@{PLANTED}@host/dir"},
        {"log": {"remoteLocation": f"https://host/put?a=1&X-Amz-Signature={PLANTED}"}},
        {"certificate": KEY},
        {"certificate": KEY[:-40]},
        {"data": json.dumps({"wifi": {"ssid": "net", "password": PLANTED}})},
        {"data": {"name": "WifiPassword", "value": PLANTED}},
        {"data": [{"deep": [{"private_key": PLANTED}]}]},
    ],
)
def test_no_secret_gets_through(payload: dict[str, Any]) -> None:
    before = json.dumps(payload)

    shown = json.dumps(masked_payload(payload, keep_tokens=True))

    assert PLANTED not in shown
    assert "***" in shown
    assert json.dumps(payload) == before


@pytest.mark.parametrize(
    "payload",
    [
        {"key": "HeartbeatInterval", "value": "60"},
        {"key": ["AuthorizationKey"]},
        {"variable": {"name": "Interval"}, "attributeValue": "900"},
        {"location": "ftp://host:21/dir"},
        {"location": "https://host:8080/a@b"},
        {"data": '{"a": 1,  "b": [2]}'},
        {"data": "{no json"},
        {"hashAlgorithm": "SHA256", "issuerKeyHash": "00ff", "publicKey": "04a1"},
    ],
)
def test_what_is_no_secret_stays_as_it_is(payload: dict[str, Any]) -> None:
    assert masked_payload(payload) == payload


def test_a_report_of_a_secret_variable_keeps_all_but_the_value() -> None:
    report = {
        "variable": {"name": "BasicAuthPassword"},
        "variableAttribute": [{"mutability": "WriteOnly", "value": PLANTED}, PLANTED],
        "variableCharacteristics": {"dataType": "string"},
    }

    assert masked_payload(report) == {
        "variable": {"name": "BasicAuthPassword"},
        "variableAttribute": [{"mutability": "WriteOnly", "value": "***"}, "***"],
        "variableCharacteristics": {"dataType": "string"},
    }


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        ({"idTag": "04E1A2B3"}, {"idTag": "…A2B3"}),
        ({"idTagInfo": {"parentIdTag": "04E1"}}, {"idTagInfo": {"parentIdTag": "…1"}}),
        (
            {"idToken": {"idToken": "04E1A2B3C4", "type": "ISO14443"}},
            {"idToken": {"idToken": "…B3C4", "type": "ISO14443"}},
        ),
        ({"data": '{"idToken":"04E1A2B3"}'}, {"data": '{"idToken":"…A2B3"}'}),
    ],
)
def test_id_tokens_are_shortened_unless_they_shall_be_kept(payload: Any, shown: Any) -> None:
    assert masked_payload(payload) == shown
    assert masked_payload(payload, keep_tokens=True) == payload


@pytest.mark.parametrize(("token", "shown"), [("", "…"), ("abc", "…"), ("abcd", "…d")])
def test_of_a_short_token_next_to_nothing_is_left(token: str, shown: str) -> None:
    assert shortened(token) == shown


def test_a_text_loses_keys_and_credentials_only() -> None:
    assert masked_text(f"see ftp://a:b@c/d and {KEY}.") == "see ftp://***@c/d and ***."


def test_what_is_nested_too_deep_is_left_out() -> None:
    deep: Any = "bottom"
    for _ in range(900):
        deep = [deep]

    for shown in (masked_payload(deep), bounded(deep)):
        text = json.dumps(shown, ensure_ascii=False)
        assert text == "[" * MAX_DEPTH + '"…"' + "]" * MAX_DEPTH


@given(
    st.recursive(
        st.text(max_size=5) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["a", "idToken", "value", "variable"]), inner)
        ),
    )
)
def test_masking_twice_changes_no_more_than_masking_once(payload: Any) -> None:
    once = masked_payload(payload, keep_tokens=True)

    assert masked_payload(once, keep_tokens=True) == once


class _TooLong(BaseException):
    pass


@pytest.mark.parametrize(
    "text",
    [
        "x://a:" * 180_000,
        "x://a:" * 180_000 + " y@z",
        "x://a:" * 180_000 + "@",
        "://" * 350_000 + "@",
        "x://h?" + "token" * 200_000,
        "-----BEGIN A" * 90_000 + "://@",
    ],
)
def test_a_megabyte_that_is_made_to_be_slow_is_gone_through_once(text: str) -> None:
    def stop(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(5)  # it takes some hundredths; what goes through it for every start takes minutes
    try:
        shown = masked_text(text)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)

    assert len(shown) <= len(text) + len("***")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ftp://a:b@c ftp://d@e/f@g", "ftp://***@c ftp://***@e/f@g"),
        ("ftp://a:b/ftp://c:d@e", "ftp://***@e"),
        ('{"a":"x://u:p@h","b":"c@d"}', '{"a":"x://***@h","b":"c@d"}'),
        ("http://h:80/x@y", "http://h:80/x@y"),
        ("ftp://@h", "ftp://***@h"),
        ("me@home ftp://h:p", "me@home ftp://h:p"),
    ],
)
def test_credentials_end_at_the_last_at_sign_of_their_word(text: str, shown: str) -> None:
    assert masked_text(text) == shown


@pytest.mark.parametrize(
    "setting",
    [
        {"component": {"name": "Fan"}, "variable": {"name": "PIN"}, "attributeValue": "4711"},
        {"variable": {"name": "Of", "instance": "pin"}, "variableAttribute": [{"value": "4711"}]},
        {"key": "Pin", "value": "4711"},
    ],
)
def test_the_value_of_a_setting_that_is_named_as_secret_is_struck_out(
    setting: dict[str, Any],
) -> None:
    payload = {"data": [setting]}

    assert "4711" in str(masked_payload(payload))
    assert "4711" not in str(masked_payload(payload, secrets={"pin"}))
