"""How a scripted CSMS answers what its test says nothing about: it accepts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from ocppkit.message import Version

__all__ = ["default_answer"]

HEARTBEAT_INTERVAL: Final = 300
"""What an accepted station is told, in seconds."""


def default_answer(
    version: Version,
    action: str,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    new_transaction_id: Callable[[], int],
) -> dict[str, Any]:
    """The payload that answers a request of a station.

    Args:
        version: decides how tokens are spelled.
        action: of the request.
        payload: of the request.
        now: the CSMS's time.
        new_transaction_id: numbers transactions, in 1.6.
    """
    accepted = {"status": "Accepted"}
    of_token = {"idTagInfo" if version is Version.V16 else "idTokenInfo": accepted}
    answers: dict[str, Callable[[], dict[str, Any]]] = {
        "Authorize": lambda: of_token,
        "BootNotification": lambda: {
            **accepted,
            "interval": HEARTBEAT_INTERVAL,
            "currentTime": now,
        },
        "DataTransfer": lambda: accepted,
        "Get15118EVCertificate": lambda: {**accepted, "exiResponse": ""},
        "GetCertificateStatus": lambda: accepted,
        "Heartbeat": lambda: {"currentTime": now},
        "NotifyEVChargingNeeds": lambda: accepted,
        "NotifyEVChargingSchedule": lambda: accepted,
        "SignCertificate": lambda: accepted,
        "StartTransaction": lambda: {**of_token, "transactionId": new_transaction_id()},
        "TransactionEvent": lambda: of_token if "idToken" in payload else {},
    }
    return answers.get(action, dict)()
