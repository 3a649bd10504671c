"""What tests of stations and CSMSs need: virtual time, a network in memory, a scripted CSMS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocppkit.lazy import attach

if TYPE_CHECKING:
    from ocppkit.testing.deadlock import Deadlock as Deadlock
    from ocppkit.testing.inbox import Received as Received
    from ocppkit.testing.inbox import Unexpected as Unexpected
    from ocppkit.testing.network import Acceptor as Acceptor
    from ocppkit.testing.network import MemoryNetwork as MemoryNetwork
    from ocppkit.testing.pairing import Connected as Connected
    from ocppkit.testing.pairing import connected as connected
    from ocppkit.testing.pairing import virtual_environment as virtual_environment
    from ocppkit.testing.scripted_csms import SILENCE as SILENCE
    from ocppkit.testing.scripted_csms import ScriptedCsms as ScriptedCsms
    from ocppkit.testing.virtual_time import START as START
    from ocppkit.testing.virtual_time import VirtualClock as VirtualClock
    from ocppkit.testing.virtual_time import VirtualTimeLoop as VirtualTimeLoop
    from ocppkit.testing.virtual_time import advance as advance
    from ocppkit.testing.virtual_time import run_virtual as run_virtual
    from ocppkit.testing.virtual_time import settle as settle

__all__ = [
    "SILENCE",
    "START",
    "Acceptor",
    "Connected",
    "Deadlock",
    "MemoryNetwork",
    "Received",
    "ScriptedCsms",
    "Unexpected",
    "VirtualClock",
    "VirtualTimeLoop",
    "advance",
    "connected",
    "run_virtual",
    "settle",
    "virtual_environment",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "START": "ocppkit.testing.virtual_time",
        "VirtualClock": "ocppkit.testing.virtual_time",
        "VirtualTimeLoop": "ocppkit.testing.virtual_time",
        "advance": "ocppkit.testing.virtual_time",
        "run_virtual": "ocppkit.testing.virtual_time",
        "settle": "ocppkit.testing.virtual_time",
        "Deadlock": "ocppkit.testing.deadlock",
        "Acceptor": "ocppkit.testing.network",
        "MemoryNetwork": "ocppkit.testing.network",
        "Connected": "ocppkit.testing.pairing",
        "connected": "ocppkit.testing.pairing",
        "virtual_environment": "ocppkit.testing.pairing",
        "SILENCE": "ocppkit.testing.scripted_csms",
        "Received": "ocppkit.testing.inbox",
        "ScriptedCsms": "ocppkit.testing.scripted_csms",
        "Unexpected": "ocppkit.testing.inbox",
    },
)
