"""Payloads and frames of every action of both versions."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from ocppkit.message import Version

from ..codec.schemas import MESSAGES, Message
from ..codec.strategies import payloads

__all__ = ["frames", "payloads_of", "some_message"]


@cache
def payloads_of(message: Message) -> st.SearchStrategy[Any]:
    """Right payloads of a message."""
    return payloads(message.schema, draft_4=message.draft_4)


def some_message(version: Version) -> st.SearchStrategy[Message]:
    """Any message of a version."""
    return st.sampled_from([message for message in MESSAGES if message.version is version])


_IDS = st.sampled_from(["1", "2", "-1", "i" * 36])


def _frame(message: Message) -> st.SearchStrategy[Any]:
    payload = payloads_of(message)
    if message.name.endswith("Request"):
        action = message.name.removesuffix("Request")
        return st.builds(lambda number, of: [2, number, action, of], _IDS, payload)
    result = st.builds(lambda number, of: [3, number, of], _IDS, payload)
    return result | st.builds(
        lambda number, of: [4, number, "InternalError", "", of], _IDS, payload
    )


@cache
def frames(version: Version) -> st.SearchStrategy[Any]:
    """Right frames of every kind and action of a version."""
    return some_message(version).flatmap(_frame)
