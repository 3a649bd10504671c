"""What the CSMS has put out of use, which outlasts a restart (G03.FR.08, B01.FR.07; 1.6 §4.9)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from ocppkit.station.evse import Evse
from ocppkit.station.kept import AVAILABILITY, Kept

__all__ = ["STATION", "Operability", "Spot"]

_logger = logging.getLogger(__name__)

Spot: TypeAlias = tuple[int, int]
"""An EVSE and its connector; connector 0 is the EVSE itself."""

STATION: Final[Spot] = (0, 0)
"""The station as a whole."""

_WORDS: Final = {True: "Operative", False: "Inoperative"}


class Operability:
    """Whether the station and its parts may be used, as far as the CSMS is concerned.

    Attributes:
        station: whether the station as a whole may be.
        withheld: whether the station itself lets nobody begin, for new firmware (errata §3.49).
    """

    def __init__(self, *, evses: Mapping[int, Evse], kept: Kept) -> None:
        """Let everything be used.

        Args:
            evses: by their number.
            kept: where it outlasts a restart.
        """
        self.station = True
        self.withheld = False
        self._evses = evses
        self._kept = kept

    async def keep(self, spots: Iterable[Spot], *, operative: bool) -> None:
        """Have it outlast a restart; to be done before the CSMS is answered."""
        word = _WORDS[operative]
        await self._kept.put(AVAILABILITY, {f"{evse}.{number}": word for evse, number in spots})

    def apply(self, spots: Iterable[Spot], *, operative: bool) -> None:
        """Let parts be used from now on, or not.

        Raises:
            KeyError: there is no such part.
        """
        for evse, connector in spots:
            if (evse, connector) == STATION:
                self.station = operative
            elif connector == 0:
                self._evses[evse].operative = operative
            else:
                self._evses[evse].connectors[connector].operative = operative

    def restore(self) -> None:
        """Take up what was kept; parts that the station has no more are left out."""
        for key, word in self._kept.all(AVAILABILITY).items():
            try:
                evse, connector = map(int, key.split("."))
                self.apply([(evse, connector)], operative=word == _WORDS[True])
            except (KeyError, ValueError):
                _logger.warning("the availability of %s is ignored: there is no such part", key)
