"""The charging profiles that are installed, so that a power cut does not take them (K01.FR.27)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from attrs import frozen

from ocppkit.store.work import Worker
from ocppkit.value import Value

__all__ = [
    "ChargingProfiles",
    "ProfileChange",
    "SavedProfile",
    "change_profiles",
    "forget_profiles",
]


@frozen(kw_only=True, eq=False, repr=False)
class SavedProfile(Value):
    """An installed profile.

    Attributes:
        evse: where; the connector in 1.6; 0 for the station.
        profile: its id.
        reference: the station's own id of the transaction with which it goes; None for one that
            stays.
        state: the profile, as JSON of the station's own.
    """

    evse: int
    profile: int
    reference: str | None
    state: str


@frozen(kw_only=True, eq=False, repr=False)
class ProfileChange(Value):
    """What a request changes, to be written as one.

    Attributes:
        removed: EVSE and id of those that go.
        added: those that come, also in place of one of the same EVSE and id.
    """

    removed: Sequence[tuple[int, int]] = ()
    added: Sequence[SavedProfile] = ()


class ChargingProfiles:
    """Installed profiles, by EVSE and id.

    Those of a transaction go in the commit of the transaction's last message.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def all(self) -> list[SavedProfile]:
        """All that were not set aside, by EVSE and id."""

        def job(connection: sqlite3.Connection) -> list[SavedProfile]:
            rows = connection.execute(
                "SELECT evse, profile, reference, state FROM charging_profiles"
                " WHERE set_aside = 0 ORDER BY evse, profile"
            )
            return [
                SavedProfile(evse=evse, profile=profile, reference=reference, state=state)
                for evse, profile, reference, state in rows
            ]

        return await self._worker.run(job)

    async def change(self, change: ProfileChange) -> None:
        """Take profiles away and keep others, all or nothing."""

        def job(connection: sqlite3.Connection) -> None:
            change_profiles(connection, change)

        await self._worker.run(job)

    async def set_aside(self, evse: int, profile: int) -> None:
        """Keep one that cannot be read where it does no harm, until another takes its place."""

        def job(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE charging_profiles SET set_aside = 1 WHERE evse = ? AND profile = ?",
                (evse, profile),
            )

        await self._worker.run(job)


def change_profiles(connection: sqlite3.Connection, change: ProfileChange) -> None:
    """As `ChargingProfiles.change`, within another job."""
    for key in change.removed:
        connection.execute("DELETE FROM charging_profiles WHERE evse = ? AND profile = ?", key)
    for each in change.added:
        connection.execute(
            "INSERT OR REPLACE INTO charging_profiles (evse, profile, reference, state)"
            " VALUES (?, ?, ?, ?)",
            (each.evse, each.profile, each.reference, each.state),
        )


def forget_profiles(connection: sqlite3.Connection, reference: str) -> None:
    """Take away those of a transaction, within another job (K02.FR.05; 1.6 errata 3.37)."""
    connection.execute("DELETE FROM charging_profiles WHERE reference = ?", (reference,))
