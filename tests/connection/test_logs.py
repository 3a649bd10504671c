from __future__ import annotations

import json
import logging

import pytest

from ocppkit.connection.logs import SessionLog, masked


def test_a_line_starts_with_the_identity_whatever_characters_it_has(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = SessionLog(logging.getLogger("a.station"), "50%d")

    log.warning("%s of %s", 1, 2)

    (record,) = caplog.records
    assert record.getMessage() == "50%d: 1 of 2"
    assert record.__dict__["identity"] == "50%d"
    assert record.funcName == "test_a_line_starts_with_the_identity_whatever_characters_it_has"


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        ({"idTag": "04E1A2B3"}, {"idTag": "…A2B3"}),
        ({"idTagInfo": {"parentIdTag": "04E"}}, {"idTagInfo": {"parentIdTag": "…"}}),
        (
            {"idToken": {"idToken": "04E1A2B3", "type": "ISO14443"}},
            {"idToken": {"idToken": "…A2B3", "type": "ISO14443"}},
        ),
        (
            {"key": "AuthorizationKey", "value": "00FF"},
            {"key": "AuthorizationKey", "value": "***"},
        ),
        (
            {"key": "HeartbeatInterval", "value": "60"},
            {"key": "HeartbeatInterval", "value": "60"},
        ),
        (
            {
                "setVariableData": [
                    {"variable": {"name": "BasicAuthPassword"}, "attributeValue": "p"}
                ]
            },
            {
                "setVariableData": [
                    {"variable": {"name": "BasicAuthPassword"}, "attributeValue": "***"}
                ]
            },
        ),
        (
            {"vpn": {"server": "v", "user": "u", "password": "p", "key": "k"}},
            {"vpn": {"server": "v", "user": "u", "password": "***", "key": "***"}},
        ),
        (
            {"apn": {"apnPassword": "p", "simPin": 1234}},
            {"apn": {"apnPassword": "***", "simPin": "***"}},
        ),
        ({"location": "ftp://me:secret@host/dir"}, {"location": "ftp://***@host/dir"}),
    ],
)
def test_secrets_are_struck_out_of_frames_and_tokens_shortened(
    payload: object, shown: object
) -> None:
    frame = [2, "1", "Action", payload]

    assert json.loads(masked(json.dumps(frame))) == [2, "1", "Action", shown]


def test_of_a_text_that_is_no_json_only_the_length_is_shown() -> None:
    assert masked('{"idTag": "04E1"') == "(16 characters that are no JSON)"


def test_an_argument_makes_no_line_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    log = SessionLog(logging.getLogger("a.station"), "CS001")

    log.warning("%s, %s, %d", "a\nb", ValueError("c\rd"), 3)

    assert caplog.records[0].getMessage() == "CS001: a·b, c·d, 3"
