"""How large a message may be, and what an end of a transaction leaves out to be no larger.

No version tells how much the CSMS takes. What it does not take it answers by closing the websocket
with 1009 (RFC 6455 §7.4.1), again and again; so the station learns from that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from attrs import evolve

from ocppkit.errors import ConnectionLost
from ocppkit.message import Request
from ocppkit.station.transaction import TransactionRecord

__all__ = ["Fitting"]

_logger = logging.getLogger(__name__)

_TOO_LARGE: Final = "1009"  # in the words of whoever closed the connection
_TAKEN_ANYWHERE: Final = 8192  # octets: it was another message that was too large


class Fitting:
    """Makes ends of transactions fit.

    Attributes:
        largest: how many octets a message may have, as far as is known.
    """

    def __init__(self, largest: int) -> None:
        self.largest = largest

    def fit(
        self,
        record: TransactionRecord,
        translate: Callable[[TransactionRecord], Request[Any] | None],
        size: Callable[[Request[Any]], int],
    ) -> Request[Any] | None:
        """The message for a record, with as many of its intermediate samples as there is room for.

        The 1st, 3rd, 5th, ... go until it fits, those of the begin and the end never do (1.6 errata
        §3.91; J02.FR.20). What cannot become small enough is as small as it can be.

        Args:
            record: what happened.
            translate: into the version that is spoken.
            size: of a message, in octets.
        """
        request = translate(record)
        samples = whole = len(record.sampled) + len(record.aligned)
        while request is not None and samples and size(request) > self.largest:
            record = evolve(record, sampled=record.sampled[1::2], aligned=record.aligned[1::2])
            samples = len(record.sampled) + len(record.aligned)
            request = translate(record)
        if samples < whole:
            left_out = whole - samples
            _logger.warning("%d of %d samples are left out: too large", left_out, whole)
        return request

    def too_large(self, lost: ConnectionLost, size: int) -> bool:
        """Take note of why a message did not come through; whether it can be made no smaller.

        Args:
            lost: how the connection went.
            size: of the message, in octets.
        """
        if _TOO_LARGE not in lost.reason or size <= _TAKEN_ANYWHERE:
            return False
        if size > self.largest:
            return True
        self.largest = size // 2
        _logger.warning("the CSMS takes no message of %d octets", size)
        return False
