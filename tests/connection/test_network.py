from __future__ import annotations

from typing import Any

import pytest

from ocppkit.connection.network import NetworkProfile, prioritised

A, B = (NetworkProfile(slot=slot, url=f"wss://csms{slot}/ocpp") for slot in (0, 1))


def test_the_order_of_the_slots_is_the_priority() -> None:
    assert prioritised([A, B], [1, 0]) == (B, A)
    assert prioritised([A, B], [1]) == (B,)


@pytest.mark.requirement("B10.FR.02")
@pytest.mark.parametrize(
    ("profiles", "priority", "said"),
    [
        ([A], [0, 3], "slot 3"),
        ([A, B], [0, 0], "twice"),
        ([A, A], [0], "slot 0"),
        ([A], [], "at least one"),
    ],
)
def test_a_priority_that_cannot_be_is_refused(
    profiles: list[NetworkProfile], priority: list[int], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        prioritised(profiles, priority)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://csms"},
        {"url": "ws://"},
        {"slot": -1},
        {"versions": ()},
        {"security_profile": 4},
        {"message_timeout": 0},
    ],
)
def test_a_profile_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        NetworkProfile(**{"slot": 0, "url": "ws://csms", **wrong})
