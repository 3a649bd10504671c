"""The charging profiles that are installed: kept through power cuts, ready to be reckoned with."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from attrs import evolve, frozen

from ocppkit.smart_charging.change import Change
from ocppkit.smart_charging.terms import Purpose
from ocppkit.station.transaction import Authorization
from ocppkit.store import ChargingProfiles, ProfileChange, SavedProfile
from ocppkit.value import Value

if TYPE_CHECKING:
    from ocppkit.smart_charging.model import Installed, Supply
    from ocppkit.smart_charging.prepared import Prepared

__all__ = ["Changing", "InstalledProfiles"]

_logger = logging.getLogger(__name__)

Changing: TypeAlias = "Callable[[tuple[Installed, ...]], Change]"
"""Makes of the profiles that there are those that there shall be."""

_Key: TypeAlias = tuple[int, int]


@frozen(kw_only=True, eq=False, repr=False)
class _Held(Value):
    """A profile that came with a remote start, until its transaction starts."""

    authorization: Authorization
    changing: Changing


class InstalledProfiles:
    """The profiles of a station, in the order in which they came.

    Whatever changes them is on the disk first, whole or not at all. A TxProfile goes with its
    transaction, in the commit of its last record (K02.FR.05; 1.6 errata 3.37).
    """

    def __init__(
        self,
        *,
        rows: ChargingProfiles,
        transaction: Callable[[int], str | None],
        changed: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        """Have none yet; see `load`.

        Args:
            rows: where they outlast a restart.
            transaction: the station's own id of the transaction at an EVSE; a connector in 1.6.
            changed: is called when they are others.
            now: the time, which a new profile takes effect at.
        """
        self.unreadable: list[str] = []
        self._rows = rows
        self._transaction = transaction
        self._changed = changed
        self._now = now
        self._installed: tuple[Installed, ...] = ()
        self._references: dict[_Key, str | None] = {}
        self._prepared: dict[Supply, Prepared] = {}
        self._held: dict[int, _Held] = {}
        self._ended: dict[int, str] = {}  # the last transaction of each EVSE that is over
        self._lock = asyncio.Lock()  # between reading what there is and having written a change
        self._writing: set[asyncio.Future[Change]] = set()

    @property
    def all(self) -> tuple[Installed, ...]:
        """The profiles that there are."""
        return self._installed

    def prepared(self, supply: Supply) -> Prepared:
        """The same, ready for arithmetic on a grid."""
        from ocppkit.smart_charging.prepared import prepare  # noqa: PLC0415  # for arithmetic only

        ready = self._prepared.get(supply)
        if ready is None:
            ready = self._prepared[supply] = prepare(self._installed, supply)
        return ready

    async def load(self) -> None:
        """Take up what was installed before the restart; what cannot be read is set aside."""
        rows = await self._rows.all()
        if not rows:
            self._adopt([])
            return
        from ocppkit.smart_charging.plain import from_plain  # noqa: PLC0415  # for profiles only

        found: list[Installed] = []
        for row in rows:
            try:
                installed = from_plain(json.loads(row.state))
                if _key(installed) != (row.evse, row.profile):
                    msg = f"it says that it is {_key(installed)}"
                    raise ValueError(msg)  # noqa: TRY301  # as any other spoiled row
            except ValueError as error:
                reason = f"charging profile {row.profile} of EVSE {row.evse}: {error}"
                _logger.error("set aside, as it cannot be read: %s", reason)  # noqa: TRY400  # no traceback helps
                self.unreadable.append(reason)
                await self._rows.set_aside(row.evse, row.profile)
                continue
            found.append(installed)
            self._references[row.evse, row.profile] = row.reference
        self._adopt(found)

    async def keep_those_of(self, transactions: Iterable[str]) -> None:
        """Let the TxProfiles go whose transaction does not go on after a restart."""
        going_on = set(transactions)

        def goes(each: Installed) -> bool:
            return each.profile.purpose is Purpose.TX and not self._of(each, going_on)

        if any(map(goes, self._installed)):
            await self.update(lambda held: _without(held, goes))

    async def update(self, changing: Changing) -> tuple[Installed, ...]:
        """Change the profiles; once this returns the change outlasts a power cut.

        Args:
            changing: is called once nobody else changes them: what it looks at is still so when it
                takes effect. What it raises is raised here, and nothing changes.

        Returns:
            Those that are there no more, also where others of their ids took their places.
        """
        # Who asks may go away meanwhile; what is on the disk and in memory must stay the same.
        writing = asyncio.ensure_future(self._commit(changing, self._rows.change))
        self._writing.add(writing)
        writing.add_done_callback(self._written)
        return (await asyncio.shield(writing)).removed

    def hold(self, evse: int, authorization: Authorization, changing: Changing) -> None:
        """Keep what a remote start brought until the transaction that it permits starts.

        Call it before the authorization is given; where no transaction comes of it, nothing is
        installed (K05; 1.6 §5.11).

        Args:
            evse: where; the station's own number, also in 1.6.
            authorization: that the remote start gives: this object.
            changing: installs the profile, bound to the transaction, which is known by then.
        """
        self._held[evse] = _Held(authorization=authorization, changing=changing)

    async def bind(
        self,
        evse: int,
        authorization: Authorization | None,
        write: Callable[[ProfileChange | None], Awaitable[None]],
    ) -> None:
        """Write a record of a transaction, and install what is held for it in the same commit.

        Args:
            evse: the station's own number.
            authorization: of the transaction.
            write: writes the record, and with it a change of the profiles.
        """
        held = self._held.get(evse)
        if held is None or held.authorization is not authorization:
            await write(None)
            return
        del self._held[evse]

        def changing(installed: tuple[Installed, ...]) -> Change:
            try:
                return held.changing(installed)
            except Exception:  # the record must be written all the same
                _logger.exception("what a remote start brought is not installed")
                return Change(installed, ())

        await self._commit(changing, write)

    async def ended(self, evse: int, transaction: str) -> None:
        """Forget the TxProfiles of a transaction whose last record is written.

        Args:
            evse: the station's own number.
            transaction: the station's own id.
        """
        self._ended[evse] = transaction  # one that is on its way may find it going on
        if transaction in self._references.values() or self._lock.locked():
            await self.update(lambda held: Change(held, ()))

    def _written(self, writing: asyncio.Future[Change]) -> None:
        self._writing.discard(writing)
        if not writing.cancelled():
            writing.exception()  # or asyncio complains where nobody asks any more

    def _of(self, each: Installed, transactions: set[str]) -> bool:
        if each.profile.purpose is not Purpose.TX:
            return False
        return self._references.get(_key(each)) in transactions

    def _stamped(self, change: Change) -> Change:
        now = self._now()
        installed = tuple(
            each if each.since is not None else evolve(each, since=now) for each in change.installed
        )
        return Change(installed, change.removed)

    async def _commit(
        self, changing: Changing, write: Callable[[ProfileChange], Awaitable[None]]
    ) -> Change:
        async with self._lock:
            change = self._stamped(changing(self._installed))
            before = {_key(each): each for each in self._installed}
            after = {_key(each): each for each in change.installed}
            added = [each for key, each in after.items() if before.get(key) is not each]
            references = {key: self._references.get(key) for key in after}
            references |= {_key(each): self._reference(each) for each in added}
            for key in [key for key, it in references.items() if it in self._ended.values()]:
                del after[key], references[key]
            added = [each for each in added if _key(each) in after]
            removed = [key for key in before if key not in after]
            await write(
                ProfileChange(
                    removed=removed, added=[_row(each, references[_key(each)]) for each in added]
                )
            )
            self._references = references
            self._adopt([each for each in change.installed if _key(each) in after])
        self._changed()
        return change

    def _reference(self, each: Installed) -> str | None:
        return self._transaction(each.evse) if each.profile.purpose is Purpose.TX else None

    def _adopt(self, installed: Sequence[Installed]) -> None:
        self._installed = tuple(installed)
        self._prepared.clear()


def _key(installed: Installed) -> _Key:
    return installed.evse, installed.profile.id


def _row(installed: Installed, reference: str | None) -> SavedProfile:
    from ocppkit.smart_charging.plain import to_plain  # noqa: PLC0415  # for profiles only

    evse, profile = _key(installed)
    state = json.dumps(to_plain(installed), separators=(",", ":"))
    return SavedProfile(evse=evse, profile=profile, reference=reference, state=state)


def _without(held: Sequence[Installed], goes: Callable[[Installed], bool]) -> Change:
    return Change(
        tuple(each for each in held if not goes(each)),
        tuple(each for each in held if goes(each)),
    )
