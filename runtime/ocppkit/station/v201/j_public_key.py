"""When a meter's public key goes along with what it signed (PublicKeyWithSignedMeterValue)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from ocppkit.v201 import MeterValueType, SignedMeterValueType, TransactionEventRequest

__all__ = ["PublicKeys", "WithPublicKey"]

_MOST_REMEMBERED: Final = 100  # transactions; messages of older ones are long delivered


class WithPublicKey(StrEnum):
    """When the key goes along (OCPPCommCtrlr.PublicKeyWithSignedMeterValue)."""

    NEVER = "Never"
    ONCE_PER_TRANSACTION = "OncePerTransaction"
    EVERY_METER_VALUE = "EveryMeterValue"


class PublicKeys:
    """Takes keys out of messages that are not to have them: the field stays, empty.

    Attributes:
        when: they go along.
    """

    def __init__(self) -> None:
        """Let them go along with every meter value."""
        self.when = WithPublicKey.EVERY_METER_VALUE
        self._told: dict[str, int] = {}  # which event of a transaction has its key

    def leave_in_event(self, event: TransactionEventRequest) -> None:
        """Take the needless ones out of an event of a transaction; the same ones each time."""
        signed = _signed(event.meter_value or ())
        if self.when is WithPublicKey.ONCE_PER_TRANSACTION and signed:
            transaction = event.transaction_info.transaction_id
            while len(self._told) >= _MOST_REMEMBERED and transaction not in self._told:
                del self._told[next(iter(self._told))]
            if self._told.setdefault(transaction, event.seq_no) == event.seq_no:
                del signed[0]
        self._take(signed)

    def leave(self, values: Iterable[MeterValueType]) -> None:
        """Take the needless ones out of meter values that are of no transaction."""
        if self.when is WithPublicKey.NEVER:
            self._take(_signed(values))

    def _take(self, signed: Iterable[SignedMeterValueType]) -> None:
        if self.when is not WithPublicKey.EVERY_METER_VALUE:
            for each in signed:
                each.public_key = ""


def _signed(values: Iterable[MeterValueType]) -> list[SignedMeterValueType]:
    sampled = (each for value in values for each in value.sampled_value)
    return [each.signed_meter_value for each in sampled if each.signed_meter_value is not None]
