"""A station as its CSMS sees it, connected or not."""

from __future__ import annotations

from collections.abc import Mapping

from ocppkit.connection import Session
from ocppkit.errors import NotConnected
from ocppkit.message import R, Request, Version

__all__ = ["StationHandle"]


class StationHandle:
    """A station to call; outlives its connections: each call takes the one that there is then.

    Attributes:
        identity: the station's.
    """

    __slots__ = ("_sessions", "identity")

    def __init__(self, identity: str, sessions: Mapping[str, Session]) -> None:
        self.identity = identity
        self._sessions = sessions

    def __repr__(self) -> str:
        state = "connected" if self.connected else "offline"
        return f"<StationHandle {self.identity!r} {state}>"

    @property
    def connected(self) -> bool:
        """Whether the station is connected at this moment."""
        return self.identity in self._sessions

    @property
    def version(self) -> Version:
        """The protocol version of the present connection.

        Raises:
            NotConnected: the station is not connected.
        """
        return self._session().version

    async def call(self, request: Request[R], *, timeout: float | None = None) -> R:  # noqa: ASYNC109  # counts from the sending, not from here
        """Ask the station and wait for its answer: from anywhere in the program's event loop.

        Args:
            request: of the version that the station speaks.
            timeout: how long to wait for the answer once the request is sent, in seconds; the
                CSMS's setting unless told otherwise.

        Raises:
            NotConnected: the station is not connected; nothing was sent.
            ConnectionLost: the connection went before the answer came.
            CallTimeout: it did not answer in time.
            CallRefused: it answered with an error.
            InvalidAnswer: its answer breaks the schema.
            ValidationError: the request breaks the schema.
            TypeError: the request is none, or of another version.
        """
        if not isinstance(request, Request):
            given = request.__name__ if isinstance(request, type) else type(request).__name__
            msg = f"a request is expected, as ocppkit.v201.ResetRequest(...), not {given}"
            raise TypeError(msg)
        return await self._session(request.ACTION).call(request, timeout=timeout)

    def _session(self, action: str | None = None) -> Session:
        session = self._sessions.get(self.identity)
        if session is None:
            raise NotConnected(f"{self.identity} is not connected", action=action)
        return session
