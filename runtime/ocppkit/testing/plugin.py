"""A plugin for pytest: tests marked ``virtual_time`` run on a virtual loop.

It works on pytest-asyncio 1.4 or newer. In the ``conftest.py`` of the root write
``pytest_plugins = ["ocppkit.testing.plugin"]``; where only one folder's tests shall have it, import
its two functions in that folder's ``conftest.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

import pytest

from ocppkit.testing.virtual_time import VirtualTimeLoop

__all__ = ["pytest_asyncio_loop_factories", "pytest_configure"]


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line(
        "markers",
        "virtual_time(start=datetime): run the test on a loop on which time passes at once",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """A virtual loop for tests that are marked so, the usual one for the others."""
    marker = item.get_closest_marker("virtual_time")
    if marker is None:
        return {"asyncio": asyncio.new_event_loop}
    return {"virtual": partial(VirtualTimeLoop, **marker.kwargs)}
