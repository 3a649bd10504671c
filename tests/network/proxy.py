"""A TCP proxy on 127.0.0.1 on which a test plays bad networks, for real sockets."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

__all__ = ["Proxy", "proxy_to"]

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER for no time: what is unsent becomes a RST


class _Flow:
    """One connection: the client's side and the server's."""

    def __init__(
        self,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self.client = client
        self.server = server
        self.left: int | None = None  # bytes towards the server until it is cut

    def close(self) -> None:
        for _, writer in (self.client, self.server):
            writer.close()

    def reset(self) -> None:
        for _, writer in (self.client, self.server):
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            writer.transport.abort()


class Proxy:
    """Stands between a client and a server; made by `proxy_to`.

    Attributes:
        port: where it listens.
        accepted: how many connections came so far.
        delay: how long every piece of data is held back, in seconds.
        silent: whether all data is swallowed, while both sides take the connection for open.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self.accepted = 0
        self.delay = 0.0
        self.silent = False
        self._target = target
        self._server: asyncio.Server | None = None
        self._flows: set[_Flow] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()

    def drop(self) -> None:
        """Close all connections to both sides, as a server that stops."""
        for flow in self._flows:
            flow.close()

    def reset(self) -> None:
        """Break all connections with a RST to both sides."""
        for flow in self._flows:
            flow.reset()

    def half_close(self) -> None:
        """Tell the clients that no more data comes, and go on taking theirs."""
        for flow in self._flows:
            flow.client[1].write_eof()

    def truncate(self, size: int) -> None:
        """Let so many more bytes through to the server, then close in the middle of whatever."""
        for flow in self._flows:
            flow.left = size

    def blackhole(self) -> None:
        """Swallow all data of present and coming connections until `heal`."""
        self.silent = True

    def stall(self) -> None:
        """Take no data until `heal`, so that the senders' buffers fill."""
        self._flowing.clear()

    async def refuse(self) -> None:
        """Close all connections, and take none until `heal`."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.drop()

    async def heal(self) -> None:
        """Carry data, at once, of all connections that are still open, and take new ones."""
        self.silent = False
        self.delay = 0.0
        self._flowing.set()
        if self._server is None:
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", self.port, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            server = await asyncio.open_connection("127.0.0.1", self._target)
            flow = _Flow((reader, writer), server)
            self._flows.add(flow)
            try:
                async with asyncio.TaskGroup() as pumps:
                    pumps.create_task(self._pump(flow, up=True))
                    pumps.create_task(self._pump(flow, up=False))
            finally:
                self._flows.discard(flow)
                flow.close()
                for _, side in (flow.client, flow.server):
                    with suppress(OSError):
                        await side.wait_closed()
        except asyncio.CancelledError:
            pass  # the streams' own callback would log it
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _pump(self, flow: _Flow, *, up: bool) -> None:
        reader, writer = (
            (flow.client[0], flow.server[1]) if up else (flow.server[0], flow.client[1])
        )
        with suppress(OSError):
            while True:
                await self._flowing.wait()
                data = await reader.read(65536)
                if not data:
                    break
                await self._flowing.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                if self.silent:
                    continue
                if up and flow.left is not None:
                    data, flow.left = data[: flow.left], max(0, flow.left - len(data))
                writer.write(data)
                await writer.drain()
                if up and flow.left == 0:
                    break
            flow.close()

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def proxy_to(port: int) -> AsyncIterator[Proxy]:
    """Stand before a server on 127.0.0.1 until the block is left.

    Args:
        port: of the server.
    """
    proxy = Proxy(port)
    await proxy._listen()
    try:
        yield proxy
    finally:
        await proxy._stop()
