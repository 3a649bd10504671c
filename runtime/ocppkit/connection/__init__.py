"""Connections: a transport, a session on it, and the client and server that open both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocppkit.lazy import attach

if TYPE_CHECKING:
    from ocppkit.connection.backoff import Backoff as Backoff
    from ocppkit.connection.client import Connecting as Connecting
    from ocppkit.connection.client import connect as connect
    from ocppkit.connection.network import NetworkProfile as NetworkProfile
    from ocppkit.connection.observer import Direction as Direction
    from ocppkit.connection.observer import Kind as Kind
    from ocppkit.connection.observer import MessageObserver as MessageObserver
    from ocppkit.connection.observer import Passed as Passed
    from ocppkit.connection.server import Server as Server
    from ocppkit.connection.session import Handlers as Handlers
    from ocppkit.connection.session import Session as Session
    from ocppkit.connection.settings import KeepAlive as KeepAlive
    from ocppkit.connection.settings import SessionSettings as SessionSettings
    from ocppkit.connection.transport import Receiver as Receiver
    from ocppkit.connection.transport import Transport as Transport
    from ocppkit.connection.transport import memory_pair as memory_pair

__all__ = [
    "Backoff",
    "Connecting",
    "Direction",
    "Handlers",
    "KeepAlive",
    "Kind",
    "MessageObserver",
    "NetworkProfile",
    "Passed",
    "Receiver",
    "Server",
    "Session",
    "SessionSettings",
    "Transport",
    "connect",
    "memory_pair",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "Backoff": "ocppkit.connection.backoff",
        "Connecting": "ocppkit.connection.client",
        "Direction": "ocppkit.connection.observer",
        "Handlers": "ocppkit.connection.session",
        "KeepAlive": "ocppkit.connection.settings",
        "Kind": "ocppkit.connection.observer",
        "MessageObserver": "ocppkit.connection.observer",
        "NetworkProfile": "ocppkit.connection.network",
        "Passed": "ocppkit.connection.observer",
        "Receiver": "ocppkit.connection.transport",
        "Server": "ocppkit.connection.server",
        "Session": "ocppkit.connection.session",
        "SessionSettings": "ocppkit.connection.settings",
        "Transport": "ocppkit.connection.transport",
        "connect": "ocppkit.connection.client",
        "memory_pair": "ocppkit.connection.transport",
    },
)
