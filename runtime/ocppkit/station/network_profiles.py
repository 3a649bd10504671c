"""The slots for ways to the CSMS, and the order in which they are tried (B09, B10, A05)."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Final

from attrs import asdict

from ocppkit.connection.network import NetworkProfile, prioritised
from ocppkit.message import Version
from ocppkit.security.upgrade import ChangeRefusal, slots_to_remove
from ocppkit.station.config import StationConfig
from ocppkit.station.connectivity import Connectivity
from ocppkit.station.kept import NETWORK, Kept
from ocppkit.station.records import UNREADABLE, converter
from ocppkit.station.security import StationSecurity

__all__ = ["NetworkProfiles"]

_logger = logging.getLogger(__name__)

_SLOTS: Final = 4  # at least two (B09.FR.06)
_SLOT: Final = "slot."
_PRIORITY: Final = "priority"
_NOTHING: Final = "null"  # in a slot that was emptied


class NetworkProfiles:
    """What OCPP and the configuration say of ways to the CSMS; what OCPP said wins.

    What is changed counts from the next start on (B09, remark; B10.FR.04).

    Attributes:
        slots: the numbers of those that there are, empty or not.
        priority: those that are tried, best first (NetworkConfigurationPriority).
    """

    def __init__(
        self,
        *,
        config: StationConfig,
        plan: Connectivity,
        kept: Kept,
        security: StationSecurity,
    ) -> None:
        """Take up the ways of the configuration.

        Args:
            config: of the station.
            plan: of its connecting.
            kept: where what OCPP says outlasts a restart.
            security: what guards the ways.
        """
        self._profiles = {each.slot: each for each in config.network}
        self.slots = tuple(sorted({*range(_SLOTS), *self._profiles}))
        self.priority = tuple(self._profiles)
        self._plan = plan
        self._kept = kept
        self._security = security
        self._leaving: set[int] = set()  # slots that are empty, but not on the disk yet

    def load(self) -> None:
        """Take up what OCPP said before the restart; before anything is dialled."""
        for key, text in self._kept.all(NETWORK).items():
            if key.startswith(_SLOT):
                try:
                    self._take_up(int(key.removeprefix(_SLOT)), text)
                except UNREADABLE:
                    _logger.exception("the network profile of %s cannot be read", key)
        self.slots = tuple(sorted({*self.slots, *self._profiles}))
        told = self._kept.all(NETWORK).get(_PRIORITY)
        if told is not None:
            try:
                self.priority = tuple(map(int, told.split(",")))
            except ValueError:
                _logger.exception("the order of the network profiles cannot be read")
        # What a newer configuration has taken away is not there to be tried.
        self.priority = tuple(slot for slot in self.priority if slot in self._profiles)
        self.priority = self.priority or tuple(self._profiles)

    def apply(self) -> None:
        """The station starts: try the ways as they are said to be by now (B10.FR.04)."""
        self._take_over_change()
        change = self._security.change
        change.replaced = self._told
        ways = change.network(prioritised(self._profiles.values(), self.priority))
        if ways:
            self._plan.set_profiles(ways)

    def profile(self, slot: int) -> NetworkProfile | None:
        """What is in a slot; None for nothing."""
        return self._profiles.get(slot)

    @property
    def active(self) -> int:
        """The slot that is used, or tried, now (ActiveNetworkProfile)."""
        return self._plan.profile.slot

    async def put(self, profile: NetworkProfile) -> None:
        """Fill a slot, from the next start on (B09.FR.01).

        Raises:
            sqlite3.Error: it cannot be kept; then nothing is changed.
        """
        await self._kept.put(NETWORK, {f"{_SLOT}{profile.slot}": _text(profile)})
        self._profiles[profile.slot] = profile
        self._leaving.discard(profile.slot)

    def check_order(self, priority: Sequence[int]) -> None:
        """Look whether an order of slots is one.

        Raises:
            ValueError: a slot is empty, or named twice, or there is none (B10.FR.02).
        """
        self._take_over_change()
        _ = prioritised(self._profiles.values(), priority)

    async def refusal(self, slot: int, *, version: Version) -> ChangeRefusal | None:
        """Why the CSMS may not have a slot tried; None where it may (A05.FR.02-04, FR.08-10).

        Args:
            slot: one that is filled.
            version: that the CSMS speaks.

        Raises:
            OSError: the certificates cannot be read.
        """
        security = self._security
        wanted = security.number(self._profiles[slot])
        if wanted == security.current:
            return None
        return await security.refusal(wanted, version=version)

    async def order(self, priority: Sequence[int]) -> None:
        """Have slots tried in this order, from the next start on (B10.FR.01).

        Raises:
            ValueError: see `check_order`.
        """
        self.check_order(priority)
        await self._kept.put(NETWORK, {_PRIORITY: _listed(priority)})
        self.priority = tuple(priority)

    async def connected(self, profile: NetworkProfile, *, version: Version) -> None:
        """Take away what is not secure enough any more, now that there is a connection (A05.FR.06).

        Only what the CSMS has ordered: what the configuration says is not tried, and stays.

        Args:
            profile: the way to the CSMS.
            version: that is spoken on it.
        """
        change = self._security.change
        in_use = change.in_use
        if version is not Version.V201 or in_use is None or not self._told:
            return
        numbers = {slot: self._security.number(each) for slot, each in self._profiles.items()}
        lower = slots_to_remove(numbers, in_use=in_use, allow_downgrade=change.allow_downgrade)
        lower -= {profile.slot}
        if lower:
            _logger.info("slots %s go: security profile %d is in use", sorted(lower), in_use)
            for slot in lower:
                del self._profiles[slot]
            left = tuple(slot for slot in self.priority if slot not in lower)
            self.priority = left or (profile.slot,)
            self.apply()
            self._leaving |= lower
        # At once for the CSMS, which may ask in the same moment; a disk that fails has its turn
        # again with the next connection.
        leaving = frozenset(self._leaving)
        if leaving:
            emptied = {f"{_SLOT}{slot}": _NOTHING for slot in leaving}
            await self._kept.put(NETWORK, {**emptied, _PRIORITY: _listed(self.priority)})
            self._leaving -= leaving

    @property
    def _told(self) -> bool:
        """Whether OCPP has said anything of the ways."""
        kept = self._kept.all(NETWORK)
        return any(key == _PRIORITY or key.startswith(_SLOT) for key in kept)

    def _take_over_change(self) -> None:
        """Have what a change of the security profile has led to in its slot (1.6 SecurityProfile).

        Unless the CSMS has filled that slot itself.
        """
        committed = self._security.change.committed
        if committed is not None and f"{_SLOT}{committed[1].slot}" not in self._kept.all(NETWORK):
            self._profiles[committed[1].slot] = committed[1]

    def _take_up(self, slot: int, text: str) -> None:
        if text == _NOTHING:
            self._profiles.pop(slot, None)
        else:
            self._profiles[slot] = converter().structure(json.loads(text), NetworkProfile)


def _text(profile: NetworkProfile) -> str:
    return json.dumps(asdict(profile))


def _listed(slots: Sequence[int]) -> str:
    return ",".join(map(str, slots))
