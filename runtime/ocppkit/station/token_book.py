"""The tokens that a station knows by itself: its local authorization list and its cache."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Iterator
from datetime import datetime
from typing import Final

from attrs import evolve

from ocppkit.authorization import (
    Cache,
    Cached,
    Entry,
    Known,
    ListFault,
    LocalList,
    fold,
    look_up,
)
from ocppkit.message import Version
from ocppkit.station.id_token import IdToken, IdTokenKind, contract_name
from ocppkit.station.transaction import Policy
from ocppkit.store import KnownTokens

__all__ = [
    "LARGEST_ROW",
    "MOST_CACHED",
    "MOST_LISTED",
    "TokenBook",
    "TokenBooks",
    "row_size",
]

MOST_CACHED: Final = 1_000
MOST_LISTED: Final = 10_000
LARGEST_ROW: Final = 256
"""Bytes that something known of a token takes at most."""
_ROW: Final = 60  # bytes around what is told of a token


class TokenBook:
    """What one protocol version knows, in that version's spelling of tokens.

    Memory changes at once and the disk after it, in the order of the changes; whoever waits for a
    change knows it on the disk.

    Attributes:
        local_list: the list.
        cache: the cache.
    """

    def __init__(self, version: Version, rows: KnownTokens) -> None:
        """Know nothing yet; see `load`.

        Args:
            version: whose.
            rows: where it outlasts a restart.
        """
        self._kinds = version is not Version.V16  # which tells tokens of all kinds apart
        self.local_list = LocalList(forgets_version=not self._kinds)
        self.cache = Cache(size=MOST_CACHED, drops_expired=self._kinds)
        self._protocol = version.value
        self._rows = rows

    async def load(self) -> None:
        """Take up what was known before the restart."""
        saved = await self._rows.load(self._protocol)
        self.local_list = evolve(saved.local_list, forgets_version=self.local_list.forgets_version)
        self.cache = Cache(
            size=MOST_CACHED,
            lifetime=self.cache.lifetime,
            replacement=self.cache.replacement,
            drops_expired=self.cache.drops_expired,
            known=saved.cached,
        )

    def find(self, token: IdToken, *, policy: Policy, now: datetime) -> Known | None:
        """What is known of a token, as far as the configuration lets it count."""
        local_list = self.local_list if policy.local_list_enabled else None
        cache = self.cache if policy.cache_enabled else None
        names = tuple(self._names(token))
        for listed, cached in ((local_list, None), (None, cache)):  # in whatever spelling
            for name in names:
                known = look_up(name, local_list=listed, cache=cached, now=now)
                if known is not None:
                    return known
        return None

    async def used(self, token: IdToken) -> None:
        """Keep when a token was used by what is cached of it, which its lifetime counts from.

        (C10.FR.08)
        """
        cached = self.cache.get(self._name(token)) if self.cache.drops_expired else None
        if cached is not None and cached.entry.expires is None:
            await self._rows.cache(self._protocol, cached, uncached=())

    async def learn(self, token: IdToken, entry: Entry, *, policy: Policy, now: datetime) -> bool:
        """Take up what the CSMS says of a token; in 1.6 unless the list is there to say it.

        Args:
            token: which.
            entry: what it says.
            policy: what is configured.
            now: the time of day.

        Returns:
            Whether it contradicts the list (1.6 §3.5.2).
        """
        if policy.local_list_enabled and not self._kinds:  # (1.6 §3.5.3)
            listed = next(filter(None, map(self.local_list.find, self._names(token))), None)
            if listed is not None:
                return listed.valid_at(now) is not entry.valid_at(now)
        if policy.cache_enabled:
            name = self._name(token)
            gone = self.cache.learn(name, entry, now)
            if name in self.cache:
                cached = Cached(token=name, entry=entry, at=now)
                await self._rows.cache(self._protocol, cached, uncached=gone)
            elif gone:
                await self._rows.uncache(self._protocol, gone)
        return False

    async def replace(
        self, version: int, said: Iterable[tuple[IdToken, Entry | None]], *, most: int
    ) -> ListFault | None:
        """Put another list in the place of this one; why that cannot be.

        Args:
            version: of the new one.
            said: each token and what the list is to say of it.
            most: how many tokens it may have.
        """
        changes = LocalList.changes((self._name(token), entry) for token, entry in said)
        if isinstance(changes, ListFault):
            return changes
        before = self.local_list
        new = before.replaced(version, changes, most=most)
        if isinstance(new, ListFault):
            return new
        # Also of those that leave the list: what the cache says of them may be older than it.
        gone = self._superseded({*before.entries, *new.entries})
        await self._adopt(new, self._rows.replace_list(self._protocol, new, uncached=gone))
        return None

    async def amend(
        self, version: int, said: Iterable[tuple[IdToken, Entry | None]], *, most: int
    ) -> ListFault | None:
        """Add to the list, change it, take away from it; why that cannot be.

        Args:
            version: of the list afterwards.
            said: each token and what the list is to say of it; nothing for None.
            most: how many tokens it may have.
        """
        changes = LocalList.changes((self._name(token), entry) for token, entry in said)
        if isinstance(changes, ListFault):
            return changes
        before = self.local_list
        new = before.amended(version, changes, most=most)
        if isinstance(new, ListFault):
            return new
        listed = {token for token in changes if token in new.entries or token in before.entries}
        gone = self._superseded(listed)
        writing = self._rows.amend_list(self._protocol, new.version, changes, uncached=gone)
        await self._adopt(new, writing)
        return None

    async def clear_cache(self) -> None:
        """Forget what was cached."""
        self.cache.clear()
        await self._rows.clear_cache(self._protocol)

    def _superseded(self, listed: set[str]) -> frozenset[str]:
        """Forget what was cached of tokens that the list speaks of; in 2.0.1 both are kept."""
        return frozenset() if self._kinds else self.cache.drop(listed)

    def _name(self, token: IdToken) -> str:
        """The name of a token in list and cache: whatever else is spelled so is the same one."""
        value = fold(token.value)
        if token.kind is IdTokenKind.EMAID:
            value = contract_name(value)
        return f"{fold(token.kind)} {value}" if self._kinds else value

    def _names(self, token: IdToken) -> Iterator[str]:
        """The names under which a token may be found.

        The lists of 1.6 do not say which of their tokens are contracts, so these stand there as the
        CSMS spells them.
        """
        yield fold(token.value) if not self._kinds else self._name(token)
        if token.kind is IdTokenKind.EMAID and not self._kinds:
            wanted = self._name(token)
            known = (*self.local_list.entries, *(each.token for each in self.cache))
            yield from (name for name in known if contract_name(name) == wanted)

    async def _adopt(self, new: LocalList, writing: Awaitable[None]) -> None:
        """Go by a list at once; no longer where it could not be written."""
        before, self.local_list = self.local_list, new
        try:
            await writing
        except Exception:
            if self.local_list is new:
                self.local_list = before
            raise


class TokenBooks:
    """The books of all versions."""

    def __init__(self, rows: KnownTokens) -> None:
        """Know nothing yet; see `load`."""
        self._books = {version: TokenBook(version, rows) for version in Version}

    async def load(self) -> None:
        """Take up what was known before the restart."""
        for book in self._books.values():
            await book.load()

    def of(self, version: Version) -> TokenBook:
        """The book of a version."""
        return self._books[version]


def row_size(token: str, group_id: str | None) -> int:
    """How many bytes something known of a token takes."""
    return min(LARGEST_ROW, _ROW + len(token) + len(group_id or ""))
