"""How far the renewal of the station's certificate is, to be kept."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from attrs import frozen

from ocppkit.value import Value

__all__ = ["KEPT", "V2G_KEPT", "SigningState", "state_from_text", "state_text"]


KEPT: Final = "certificate_signing"
"""The namespace of what outlasts a restart; its keys are the certificates'."""

V2G_KEPT: Final = "v2g"
"""The key of the certificate that EVs are shown; there once one was ever asked for."""


@frozen(kw_only=True, eq=False, repr=False)
class SigningState(Value):
    """What outlasts a restart: the open request, and what became of it.

    Attributes:
        csr: of the open request.
        asked: whether the CSMS has asked for it.
        resent: how often that went again.
        due: when it goes; None where it does not by itself.
        later: a signed certificate that is not valid yet.
        later_at: when it will be.
        not_before: when the station may begin to renew by itself again.
    """

    csr: str | None = None
    asked: bool = False
    resent: int = 0
    due: datetime | None = None
    later: str | None = None
    later_at: datetime | None = None
    not_before: datetime | None = None


def state_text(state: SigningState) -> str:
    """As it is kept."""

    def when(at: datetime | None) -> str | None:
        return None if at is None else at.isoformat()

    return json.dumps(
        {
            "csr": state.csr,
            "asked": state.asked,
            "resent": state.resent,
            "due": when(state.due),
            "later": state.later,
            "later_at": when(state.later_at),
            "not_before": when(state.not_before),
        }
    )


def state_from_text(text: str) -> SigningState:
    """What was kept.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    told: dict[str, Any] = json.loads(text)

    def when(name: str) -> datetime | None:
        return None if told[name] is None else datetime.fromisoformat(told[name])

    return SigningState(
        csr=told["csr"],
        asked=told["asked"],
        resent=int(told["resent"]),
        due=when("due"),
        later=told["later"],
        later_at=when("later_at"),
        not_before=when("not_before"),
    )
