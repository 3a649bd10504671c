"""How a transaction began, for a CSMS that was not told."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from ocppkit.station.id_token import IdToken
from ocppkit.value import Value

__all__ = ["TransactionStart"]


@frozen(kw_only=True, eq=False, repr=False)
class TransactionStart(Value):
    """How a transaction began.

    Attributes:
        at: when.
        energy_wh: what the register of the meter showed; None where it could not be read.
        token: of the driver, as far as known by now.
    """

    at: datetime
    energy_wh: float | None = None
    token: IdToken | None = None
