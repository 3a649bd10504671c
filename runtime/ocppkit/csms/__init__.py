"""A CSMS: takes stations' connections, answers them, and calls them at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocppkit.lazy import attach

if TYPE_CHECKING:
    from ocppkit.csms.handlers import accepting as accepting
    from ocppkit.csms.memory import Memory as Memory
    from ocppkit.csms.policy import Policy as Policy
    from ocppkit.csms.records import ConnectorRecord as ConnectorRecord
    from ocppkit.csms.records import StationRecord as StationRecord
    from ocppkit.csms.records import TransactionRecord as TransactionRecord
    from ocppkit.csms.server import CsmsServer as CsmsServer
    from ocppkit.csms.station import StationHandle as StationHandle
    from ocppkit.csms.tls import names_station as names_station
    from ocppkit.csms.tls import tls_from_files as tls_from_files

__all__ = [
    "ConnectorRecord",
    "CsmsServer",
    "Memory",
    "Policy",
    "StationHandle",
    "StationRecord",
    "TransactionRecord",
    "accepting",
    "names_station",
    "tls_from_files",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "ConnectorRecord": "ocppkit.csms.records",
        "CsmsServer": "ocppkit.csms.server",
        "Memory": "ocppkit.csms.memory",
        "Policy": "ocppkit.csms.policy",
        "StationHandle": "ocppkit.csms.station",
        "StationRecord": "ocppkit.csms.records",
        "TransactionRecord": "ocppkit.csms.records",
        "accepting": "ocppkit.csms.handlers",
        "names_station": "ocppkit.csms.tls",
        "tls_from_files": "ocppkit.csms.tls",
    },
)
