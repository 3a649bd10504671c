"""Transactions that go on as far as a CSMS knows: some never end, so there is a limit to them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Final, TypeAlias

__all__ = ["Unended"]

_Key: TypeAlias = tuple[str, str]

_LOOKED_AT: Final = 1000  # of those that were silent longest, for one whose station is away


class Unended:
    """The transactions of all stations that have not ended, the one that was silent longest first.

    Attributes:
        is_connected: whether a station is connected.
    """

    def __init__(self, *, a_station: int, all_stations: int) -> None:
        """Start with none.

        Args:
            a_station: how many of one station are remembered.
            all_stations: how many of all stations together.
        """
        self.is_connected: Callable[[str], bool] = _nobody
        self._a_station = a_station
        self._all_stations = all_stations
        self._order: dict[_Key, None] = {}
        self._by_station: dict[str, dict[str, None]] = {}

    def heard(self, identity: str, transaction_id: str) -> _Key | None:
        """Note that a transaction goes on; the station and id of one to be forgotten for it.

        Of a station with too many it is its own that was silent longest. Of too many in all it is
        one of a station that is away, and only where there is none, one of a station that is there.
        """
        self.drop(identity, transaction_id)
        own = self._by_station.setdefault(identity, {})
        own[transaction_id] = self._order[identity, transaction_id] = None
        if len(own) > self._a_station:
            return identity, next(iter(own))
        if len(self._order) > self._all_stations:
            return self._silent_longest()
        return None

    def drop(self, identity: str, transaction_id: str) -> None:
        """Note that a transaction has ended, or is forgotten."""
        self._order.pop((identity, transaction_id), None)
        own = self._by_station.get(identity, {})
        own.pop(transaction_id, None)
        if not own:
            self._by_station.pop(identity, None)

    def _silent_longest(self) -> _Key:
        longest = islice(self._order, min(_LOOKED_AT, len(self._order) - 1))
        away = (key for key in longest if not self.is_connected(key[0]))
        return next(away, next(iter(self._order)))


def _nobody(_identity: str) -> bool:
    return False
