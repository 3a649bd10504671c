"""When a transaction begins and how it goes on, and which conditions cease together (E01, E06)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ocppkit.station.recorder import Recorder
from ocppkit.station.site import Site
from ocppkit.station.transaction import (
    Cause,
    ChargingState,
    Sample,
    SavedTransaction,
    TransactionPoint,
)

__all__ = ["Beginning", "lapsed", "resumed"]

_ENERGY: Final = frozenset({TransactionPoint.ENERGY_TRANSFER})
_POWER: Final = frozenset({TransactionPoint.ENERGY_TRANSFER, TransactionPoint.POWER_PATH_CLOSED})
_NEEDED: Final = frozenset({TransactionPoint.AUTHORIZED, TransactionPoint.EV_CONNECTED})


def lapsed(
    before: frozenset[TransactionPoint], now: frozenset[TransactionPoint]
) -> frozenset[TransactionPoint]:
    """Which conditions have ceased; without driver or EV there is no power, even yet to come.

    (E05.FR.10, E06.FR.06, E15.FR.04)
    """
    went = before - now
    return went | _POWER if went & _NEEDED else went


def resumed(saved: SavedTransaction, *, held_back: bool) -> ChargingState:
    """How far charging is after a power cut, until the equipment says more of its EV.

    Args:
        saved: how it was before.
        held_back: whether the station's side lets no energy flow.
    """
    if saved.authorization is None:
        return ChargingState.EV_CONNECTED
    if held_back:
        return ChargingState.SUSPENDED_EVSE
    charged = saved.state is ChargingState.CHARGING
    return ChargingState.CHARGING if charged else ChargingState.SUSPENDED_EV


class Beginning:
    """Begins the transactions of an EVSE; call it with the EVSE's lock held.

    Attributes:
        possible: whether a transaction may begin now.
        signed: whether the meter signed what it showed as the power path closed.
    """

    def __init__(self, *, recorder: Recorder, site: Site, possible: Callable[[], bool]) -> None:
        """Begin nothing yet.

        Args:
            recorder: writes them down.
            site: the station around it.
            possible: whether one may begin now.
        """
        self.signed = False
        self.possible = possible
        self._recorder = recorder
        self._site = site

    def due(self, points: frozenset[TransactionPoint], came: frozenset[TransactionPoint]) -> bool:
        """Whether one begins by what has come true; by energy in any case: none flows outside.

        So does a driver who comes where a start point is true from before, such as the cable that
        the last transaction left there (E01.FR.02).
        """
        starts = self._site.policy.start_points
        driven = TransactionPoint.POWER_PATH_CLOSED in came and bool(points & starts)
        return driven or bool(came & (starts | _ENERGY))

    def waits(self, points: frozenset[TransactionPoint], came: frozenset[TransactionPoint]) -> bool:
        """Whether one is due that cannot begin now: for a reset, a fault, or being out of use.

        (E01.FR.02 has a cable begin one anywhere, but what is Faulted or Unavailable is inoperative
        and does not become Occupied by it: G01's transitions.)
        """
        return self.due(points, came) and not self.possible()

    async def begin(
        self,
        points: frozenset[TransactionPoint],
        *,
        came: frozenset[TransactionPoint],
        cause: Cause,
    ) -> bool:
        """Begin a transaction where that is due; whether it is.

        Args:
            points: which conditions are true.
            came: which of them have come true now.
            cause: what made them.
        """
        if self.due(points, came):
            await self._recorder.start(cause)
            return True
        sample = await self._first_signed(points) if self.possible() else None
        if sample is None:
            return False
        self.signed = True
        await self._recorder.start(Cause.SIGNED_DATA, sample=sample)
        return True

    async def _first_signed(self, points: frozenset[TransactionPoint]) -> Sample | None:
        """What the meter has signed, where that begins a transaction (E01.FR.04)."""
        policy = self._site.policy
        wanted = TransactionPoint.DATA_SIGNED in policy.start_points and policy.sign_sampled
        if not wanted or TransactionPoint.POWER_PATH_CLOSED not in points:
            return None
        sample = await self._recorder.first_sample()
        return sample if sample is not None and sample.reading.signed is not None else None
