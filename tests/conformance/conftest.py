"""The kit's tests run in virtual time, but those with real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from ocppkit.testing import VirtualTimeLoop


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """A virtual loop, unless the test's module is about the wire."""
    if item.path.stem.endswith("_wire"):
        return {"asyncio": asyncio.new_event_loop}
    return {"virtual": VirtualTimeLoop}
