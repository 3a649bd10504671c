from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocppkit.connection import Direction, Kind, Passed
from ocppkit.message import Side
from ocppkit.message_log.entry import (
    BrokenLine,
    Entry,
    EntryKind,
    from_line,
    from_passed,
    to_line,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ENTRIES = st.builds(
    Entry,
    time=st.datetimes(
        datetime(1970, 1, 2),  # noqa: DTZ001  # the strategy adds the zone
        datetime(2200, 1, 1),  # noqa: DTZ001
        timezones=st.just(UTC) | st.just(timezone(timedelta(hours=2))),
    ),
    kind=st.sampled_from(EntryKind),
    identity=TEXTS,
    side=st.sampled_from(Side),
    version=st.none() | TEXTS,
    direction=st.sampled_from(Direction),
    action=st.none() | TEXTS,
    message_id=st.none() | TEXTS,
    payload=JSON,
    latency_ms=st.none() | st.floats(0, 1e9),
    code=TEXTS,
    description=TEXTS,
    size=st.none() | st.integers(0, 10**7),
    dropped=st.none() | st.integers(0, 10**7),
)


@given(ENTRIES)
def test_what_is_written_is_read_back(entry: Entry) -> None:
    line = to_line(entry)

    assert "\n" not in line
    assert from_line(line) == entry


def test_a_message_that_passed_is_told_in_full() -> None:
    passed = Passed(
        identity="CS001",
        direction=Direction.RECEIVED,
        kind=Kind.CALLERROR,
        size=40,
        action="Reset",
        message_id="7",
        payload={},
        code="NotSupported",
        description="why",
        latency_s=0.0123456,
    )
    time = datetime(2026, 5, 1, 12, 0, 0, 123999, tzinfo=UTC)

    entry = from_passed(passed, time=time, side=Side.CSMS, version="ocpp1.6")

    assert json.loads(to_line(entry)) == {
        "time": "2026-05-01T12:00:00.123Z",
        "identity": "CS001",
        "side": "csms",
        "version": "ocpp1.6",
        "direction": "received",
        "kind": "CALLERROR",
        "action": "Reset",
        "id": "7",
        "payload": {},
        "latency_ms": 12.346,
        "code": "NotSupported",
        "description": "why",
        "size": 40,
    }
    assert entry.sender is Side.STATION


GOOD = {"time": "2026-05-01T12:00:00Z", "kind": "CALL", "side": "csms", "direction": "sent"}


def test_names_that_are_not_known_are_ignored() -> None:
    assert from_line(json.dumps({**GOOD, "colour": "red"})) == from_line(json.dumps(GOOD))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"time": "2026-05', "no JSON"),
        ("[1]", "no JSON object"),
        (json.dumps({**GOOD, "kind": None}), "'kind' is missing"),
        (json.dumps({**GOOD, "kind": "PING"}), "'kind' is none of CALL,"),
        (json.dumps({**GOOD, "time": "noon"}), "'time' is no date-time: 'noon'"),
        (json.dumps({**GOOD, "time": 5}), "'time' is no date-time: 5"),
        (json.dumps({**GOOD, "action": 5}), "'action' is no text: 5"),
        (json.dumps({**GOOD, "latency_ms": True}), "'latency_ms' is no number: True"),
        (json.dumps({**GOOD, "size": 1.5}), "'size' is no integer: 1.5"),
        (json.dumps({**GOOD, "side": None}), "a message has a 'side' and a 'direction'"),
    ],
)
def test_a_broken_line_says_why(line: str, reason: str) -> None:
    with pytest.raises(BrokenLine) as raised:
        from_line(line)

    assert str(raised.value).startswith(reason)
