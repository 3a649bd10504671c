"""Processes that take orders: one JSON object a line in, one out; both ends of it."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Coroutine
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

__all__ = ["LOOPS", "Child", "answer", "named", "orders", "run", "usage"]

_ROOT = Path(__file__).parents[1]
_LIMIT = 120.0  # seconds: nothing that is ordered takes as long

LOOPS: Final = ("asyncio", *(["uvloop"] if find_spec("uvloop") else []))
"""The event loops that are installed."""


def named(contender: str, loop: str) -> str:
    """A contender on an event loop, in tables."""
    return contender if loop == "asyncio" else f"{contender}, {loop}"


class Child:
    """A process of a module of ours, until the block is left."""

    def __init__(self, module: str, *arguments: str) -> None:
        """Start it, and do not wait."""
        self._hello: dict[str, Any] | None = None
        self._process = subprocess.Popen(  # noqa: S603  # our own module, by our own interpreter
            [sys.executable, "-m", f"benchmarks.{module}", *arguments],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> dict[str, Any]:
        """Wait until it is ready; returns what it said then.

        Raises:
            RuntimeError: it ended instead.
        """
        if self._hello is None:
            self._hello = self._said()
        return self._hello

    def order(self, **order: Any) -> dict[str, Any]:
        """Have something done and wait for it.

        Raises:
            RuntimeError: the process ended.
        """
        self.ready()
        if self._process.stdin is not None:
            self._process.stdin.write(f"{json.dumps(order)}\n")
            self._process.stdin.flush()
        return self._said()

    def _said(self) -> dict[str, Any]:
        line = "" if self._process.stdout is None else self._process.stdout.readline()
        if not line:
            msg = f"{self._process.args!r} ended"
            raise RuntimeError(msg)
        said: dict[str, Any] = json.loads(line)
        return said

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


async def orders() -> AsyncIterator[dict[str, Any]]:
    """In the process: what it is told to do, until nobody is there to tell.

    Raises:
        TimeoutError: carrying out an order took too long.
    """
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    while line := await reader.readline():
        async with asyncio.timeout(_LIMIT):
            yield json.loads(line)


def answer(**values: Any) -> None:
    """In the process: say that it is ready, or that the order is carried out."""
    sys.stdout.write(f"{json.dumps(values)}\n")
    sys.stdout.flush()


def run(main: Coroutine[Any, Any, None], loop: str) -> None:
    """In the process: run it on one of `LOOPS`."""
    factory = None if loop == "asyncio" else import_module(loop).new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main)


def usage(*, memory: bool = False) -> dict[str, float]:
    """In the process: what it has used so far.

    Args:
        memory: whether to tidy up and to tell the octets in memory, too; that takes processor time.
    """
    used = {"processor": time.process_time(), "clock": time.perf_counter()}
    if memory:
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        used["octets"] = pages * os.sysconf("SC_PAGE_SIZE")
    return used
