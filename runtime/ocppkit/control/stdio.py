"""Standard input and output as a channel: pipes, files and terminals alike, on every system.

Each direction has a thread of its own. A thread that hangs, as on a pipe that nobody reads, keeps
neither the station nor the end of the process waiting.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue

__all__ = ["StdioChannel"]

_CHUNK = 65536


class StdioChannel:
    """A `Channel` on two file descriptors."""

    def __init__(self, *, stdin: int = 0, stdout: int = 1) -> None:
        """Take two file descriptors; call it inside a running event loop."""
        self._loop = asyncio.get_running_loop()
        self._stdin = stdin
        self._stdout = stdout
        self._reads: SimpleQueue[asyncio.Future[bytes]] = SimpleQueue()
        self._writes: SimpleQueue[tuple[bytes, asyncio.Future[bytes]]] = SimpleQueue()
        threading.Thread(target=self._keep_reading, name="stdin", daemon=True).start()
        threading.Thread(target=self._keep_writing, name="stdout", daemon=True).start()

    async def read(self) -> bytes:
        """The next bytes; none at the end."""
        future: asyncio.Future[bytes] = self._loop.create_future()
        self._reads.put(future)
        return await future

    async def write(self, data: bytes) -> None:
        """Write all."""
        future: asyncio.Future[bytes] = self._loop.create_future()
        self._writes.put((data, future))
        _ = await future

    def _keep_reading(self) -> None:
        while True:
            future = self._reads.get()
            self._do(future, lambda: os.read(self._stdin, _CHUNK))

    def _keep_writing(self) -> None:
        while True:
            data, future = self._writes.get()
            self._do(future, partial(self._write_all, data))

    def _write_all(self, data: bytes) -> bytes:
        view = memoryview(data)
        while view:
            view = view[os.write(self._stdout, view) :]
        return b""

    def _do(self, future: asyncio.Future[bytes], work: Callable[[], bytes]) -> None:
        def settle(result: bytes | OSError) -> None:
            if future.done():
                return
            if isinstance(result, OSError):
                future.set_exception(result)
            else:
                future.set_result(result)

        try:
            result: bytes | OSError = work()
        except OSError as error:
            result = error
        try:
            self._loop.call_soon_threadsafe(settle, result)
        except RuntimeError:  # the loop is closed: the process ends
            return
