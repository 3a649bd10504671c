"""The words of the control protocol: its version and its events."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["EVENTS", "ON_DEMAND", "PROTOCOL"]

PROTOCOL = 1

EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "ready": "the first line: which protocol this is, and which commands there are",
        "connected": "the websocket to the CSMS is open; says which version is spoken",
        "disconnected": "it is no more",
        "connection_failed": "an attempt to connect to the CSMS failed",
        "registration": "what the CSMS made of the BootNotification",
        "status": "a connector, or the station as a whole, has another status",
        "transaction": "a transaction started, changed or ended",
        "token": "what came of a token that was presented",
        "limit": "the power that an EVSE may give is another one",
        "plug": "a cable came or went",
        "lock": "a cable was locked or released",
        "security": "the equipment noticed something of concern for security",
        "drawing": "the EV draws another power",
        "display": "the station shows another text to the driver",
        "language": "the station speaks another language to the driver",
        "menu": "the screen on which a master pass selects opens, or closes",
        "firmware": "how far an update of the firmware is",
        "log": "how far the upload of a log is",
        "network": "the station uses another network interface",
        "data_transfer": "the CSMS answered a `data_transfer`",
        "ev_certificate_response": "the CSMS answered an `ev_certificate_request`",
        "reboot": "the station starts anew",
        "host_request": "the CSMS wants something that this client said it would answer",
        "dropped": "so many events were left out because they were not read in time",
        "message": "an OCPP message passed; only for those who subscribe to it by name",
        "end": "the station ends; nothing follows",
    }
)
"""The events, and what each says."""

ON_DEMAND = frozenset({"message"})
"""The events that only those get who name them."""
