"""The websocket under a CSMS's session: a station, which needs none, does not load it."""

from __future__ import annotations

from websockets.asyncio.server import ServerConnection

from ocppkit.connection.websocket import PushingConnection

__all__ = ["OcppServerConnection"]


class OcppServerConnection(PushingConnection, ServerConnection):
    """A CSMS's websocket.

    Attributes:
        identity: the station's, once the handshake has shown it to be acceptable.
    """

    identity = ""
