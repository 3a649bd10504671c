"""A payload that breaks its schema in one place is refused, and the error names place and rule.

`jsonschema` with format checks is the judge; where it and our codec differ stands in one table.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ocppkit.errors import ValidationError

from .breaking import Case, cases, places, spelled
from .schemas import MESSAGES, Message, accepts

# The name of each difference in judgement → why.
DIFFERENCES = {
    "beyond the calendar": (
        "the date-time is well-formed, but its UTC lies before year 1 or after 9999: no datetime"
        " can hold it"
    ),
    "inexact integer": (
        "draft 6 calls every float without a fraction an integer; beyond 2**53 it no longer says"
        " which one was meant"
    ),
    "no zone": "a date-time without a zone is UTC to us; RFC 3339 demands a zone",
    "trailing line feed": "rfc3339-validator ends its pattern with $, which lets a line feed pass",
    "unchecked uri": "jsonschema checks uri only where rfc3987 or rfc3986-validator is installed",
}


def verdict(message: Message, payload: Any) -> ValidationError | None:
    try:
        message.decode(payload)
    except ValidationError as error:
        return error
    return None


def wrong(message: Message, case: Case) -> str:
    """What is wrong about our verdict on a case; empty if nothing is."""
    error = verdict(message, case.payload)
    if (error is None) != (case.rule is None):
        return f"our verdict is {error}"
    if error is not None and (error.path, error.rule) != (spelled(case.at), case.rule):
        return f"it is explained by {error}"
    ours, theirs = error is None, message.accepted(case.payload)
    if case.difference:
        return "" if ours != theirs else f"jsonschema agrees: {case.difference!r} is no difference"
    return "" if ours == theirs else f"we say {ours}, jsonschema says {theirs}"


@pytest.mark.parametrize("message", MESSAGES, ids=str)
def test_every_place_is_checked_as_the_schema_says(message: Message) -> None:
    found = [
        f"{case}: {problem}"
        for place in places(message.schema)
        for case in cases(place, draft_4=message.draft_4)
        if (problem := wrong(message, case))
    ]

    assert found == []


def test_each_known_difference_occurs() -> None:
    met = Counter(
        case.difference
        for message in MESSAGES
        for place in places(message.schema)
        for case in cases(place, draft_4=message.draft_4)
        if case.difference
    )

    assert set(met) == set(DIFFERENCES)


def test_a_schema_without_references_says_what_the_schema_says() -> None:
    for message in MESSAGES:
        for place in places(message.schema):
            some = next(iter(cases(place, draft_4=message.draft_4)))

            assert message.accepted(some.payload) == accepts(message.source, some.payload)
