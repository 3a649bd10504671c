from __future__ import annotations

from ocppkit.testing.plugin import pytest_asyncio_loop_factories, pytest_configure

__all__ = ["pytest_asyncio_loop_factories", "pytest_configure"]
