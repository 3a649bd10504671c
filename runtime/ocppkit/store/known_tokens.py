"""Tokens that the CSMS has told of: the local authorization list and the cache (1.6 §3.5)."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen

from ocppkit.authorization import Cached, Changes, Entry, LocalList, Status
from ocppkit.store.work import Worker
from ocppkit.value import Value

__all__ = ["KnownTokens", "SavedTokens"]

_logger = logging.getLogger(__name__)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@frozen(kw_only=True, eq=False, repr=False)
class SavedTokens(Value):
    """What was known before a restart.

    Attributes:
        local_list: with its version.
        cached: oldest first.
    """

    local_list: LocalList
    cached: tuple[Cached, ...]


class KnownTokens:
    """The list and the cache of each protocol version, which spell tokens in their own ways.

    Tokens are given folded. What is written by one method is there whole after a power cut, or not
    at all.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def load(self, protocol: str) -> SavedTokens:
        """What a version knew; an entry of the list that cannot be read counts as invalid.

        So its driver is asked about, and the CSMS told of the conflict.
        """

        def job(connection: sqlite3.Connection) -> SavedTokens:
            row = connection.execute(
                "SELECT version FROM local_list_versions WHERE protocol = ?", (protocol,)
            ).fetchone()
            listed = connection.execute(
                "SELECT token, status, expires, group_id, more FROM local_list WHERE protocol = ?",
                (protocol,),
            )
            cached = connection.execute(
                "SELECT token, learned_at, status, expires, group_id, more FROM authorization_cache"
                " WHERE protocol = ? ORDER BY learned_at, token",
                (protocol,),
            )
            entries = {
                token: _entry(*said) or Entry(status=Status.INVALID) for token, *said in listed
            }
            return SavedTokens(
                local_list=LocalList(
                    version=row[0] if row is not None else 0,
                    entries=MappingProxyType(entries),
                ),
                cached=tuple(_cached(cached)),
            )

        return await self._worker.run(job)

    async def replace_list(
        self, protocol: str, local_list: LocalList, *, uncached: Collection[str]
    ) -> None:
        """Keep another list in place of the one before.

        Args:
            protocol: whose list.
            local_list: all of it.
            uncached: what leaves the cache with it.
        """
        rows = [(protocol, *_row(token, entry)) for token, entry in local_list.entries.items()]

        def job(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM local_list WHERE protocol = ?", (protocol,))
            _insert_listed(connection, rows)
            _set_version(connection, protocol, local_list.version)
            _uncache(connection, protocol, uncached)

        await self._worker.run(job)

    async def amend_list(
        self, protocol: str, version: int, changes: Changes, *, uncached: Collection[str]
    ) -> None:
        """Keep changes of the list.

        Args:
            protocol: whose list.
            version: that it has with them.
            changes: what it says by then of some tokens.
            uncached: what leaves the cache with it.
        """
        gone = [(protocol, token) for token, entry in changes.items() if entry is None]
        rows = [(protocol, *_row(token, entry)) for token, entry in changes.items() if entry]

        def job(connection: sqlite3.Connection) -> None:
            connection.executemany("DELETE FROM local_list WHERE protocol = ? AND token = ?", gone)
            _insert_listed(connection, rows)
            _set_version(connection, protocol, version)
            _uncache(connection, protocol, uncached)

        await self._worker.run(job)

    async def cache(self, protocol: str, cached: Cached, *, uncached: Collection[str]) -> None:
        """Keep an entry of the cache.

        Args:
            protocol: whose cache.
            cached: the entry, also in place of one of the same token.
            uncached: what makes room for it.
        """
        at = (cached.at - _EPOCH) // _MICROSECOND
        row = (protocol, *_row(cached.token, cached.entry), at)

        def job(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT OR REPLACE INTO authorization_cache"
                " (protocol, token, status, expires, group_id, more, learned_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
            _uncache(connection, protocol, uncached)

        await self._worker.run(job)

    async def uncache(self, protocol: str, tokens: Collection[str]) -> None:
        """Forget tokens of the cache."""

        def job(connection: sqlite3.Connection) -> None:
            _uncache(connection, protocol, tokens)

        await self._worker.run(job)

    async def clear_cache(self, protocol: str) -> None:
        """Forget the whole cache."""

        def job(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM authorization_cache WHERE protocol = ?", (protocol,))

        await self._worker.run(job)


def _row(token: str, entry: Entry) -> tuple[str, str, str | None, str | None, str | None]:
    expires = None if entry.expires is None else entry.expires.isoformat()
    return token, entry.status.value, expires, entry.group_id, _more(entry)


def _more(entry: Entry) -> str | None:
    """What only few entries have; None for nothing."""
    more = (list(entry.evses), entry.priority, list(entry.languages))
    return json.dumps(more) if any(more) else None


def _entry(
    status: str, expires: str | None, group_id: str | None, more: str | None
) -> Entry | None:
    """What columns say; None where they make no sense."""
    try:
        moment = None if expires is None else datetime.fromisoformat(expires).astimezone(UTC)
        evses, priority, languages = ([], 0, []) if more is None else json.loads(more)
        return Entry(
            status=Status(status),
            expires=moment,
            group_id=group_id,
            evses=tuple(map(int, evses)),
            priority=int(priority),
            languages=tuple(map(str, languages)),
        )
    except (TypeError, ValueError, OverflowError) as error:
        _logger.error("what is known of a token cannot be read: %s", error)  # noqa: TRY400  # no traceback helps
        return None


def _cached(rows: Iterable[tuple[Any, ...]]) -> Iterable[Cached]:
    for token, learned_at, *said in rows:
        entry = _entry(*said)
        try:
            at = _EPOCH + learned_at * _MICROSECOND
        except (TypeError, OverflowError):
            continue
        if entry is not None:
            yield Cached(token=token, entry=entry, at=at)


def _insert_listed(connection: sqlite3.Connection, rows: Collection[tuple[Any, ...]]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO local_list (protocol, token, status, expires, group_id, more)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        rows,
    )


def _set_version(connection: sqlite3.Connection, protocol: str, version: int) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO local_list_versions (protocol, version) VALUES (?, ?)",
        (protocol, version),
    )


def _uncache(connection: sqlite3.Connection, protocol: str, tokens: Collection[str]) -> None:
    connection.executemany(
        "DELETE FROM authorization_cache WHERE protocol = ? AND token = ?",
        [(protocol, token) for token in tokens],
    )
