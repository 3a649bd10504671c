"""The RPC framework of OCPP-J without IO: frames, an endpoint, routing to handlers."""

from __future__ import annotations

from ocppkit.rpc.endpoint import Endpoint
from ocppkit.rpc.events import (
    Answered,
    CallReceived,
    Deviation,
    DeviationKind,
    Dropped,
    Event,
    Malformed,
    Refused,
    TimedOut,
    Unmatched,
    UnmatchedReason,
)
from ocppkit.rpc.frames import (
    MAX_SIZE,
    BadFrame,
    Call,
    CallErrorFrame,
    CallResult,
    Frame,
    parse,
    render,
)
from ocppkit.rpc.routing import HandlerMistake, Route, Router
from ocppkit.rpc.spelling import code_for_rule, spell

__all__ = [
    "MAX_SIZE",
    "Answered",
    "BadFrame",
    "Call",
    "CallErrorFrame",
    "CallReceived",
    "CallResult",
    "Deviation",
    "DeviationKind",
    "Dropped",
    "Endpoint",
    "Event",
    "Frame",
    "HandlerMistake",
    "Malformed",
    "Refused",
    "Route",
    "Router",
    "TimedOut",
    "Unmatched",
    "UnmatchedReason",
    "code_for_rule",
    "parse",
    "render",
    "spell",
]
