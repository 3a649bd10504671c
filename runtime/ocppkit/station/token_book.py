"""The tokens that a station knows by itself: its local authorization list and its cache."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from datetime import datetime
from typing import Final

from ocppkit.authorization import Cache, Cached, Entry, ListFault, LocalList, fold, look_up
from ocppkit.message import Version
from ocppkit.station.transaction import Policy
from ocppkit.store import KnownTokens

__all__ = ["MOST_CACHED", "MOST_LISTED", "TokenBook", "TokenBooks"]

MOST_CACHED: Final = 1_000
MOST_LISTED: Final = 10_000


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
        self.local_list = LocalList()
        self.cache = Cache(size=MOST_CACHED)
        self._protocol = version.value
        self._rows = rows

    async def load(self) -> None:
        """Take up what was known before the restart."""
        saved = await self._rows.load(self._protocol)
        self.local_list = saved.local_list
        self.cache = Cache(size=MOST_CACHED, known=saved.cached)

    def find(self, token: str, *, policy: Policy, now: datetime) -> Entry | None:
        """What is known of a token, as far as the configuration lets it count."""
        return look_up(
            token,
            local_list=self.local_list if policy.local_list_enabled else None,
            cache=self.cache if policy.cache_enabled else None,
            now=now,
        )

    async def learn(self, token: str, entry: Entry, *, policy: Policy, now: datetime) -> bool:
        """Take up what the CSMS says of a token, unless the list is there to say it.

        Args:
            token: which.
            entry: what it says.
            policy: what is configured.
            now: the time of day.

        Returns:
            Whether it contradicts the list (1.6 §3.5.2).
        """
        listed = self.local_list.find(token) if policy.local_list_enabled else None
        if listed is not None:  # (1.6 §3.5.3)
            return listed.valid_at(now) is not entry.valid_at(now)
        if policy.cache_enabled:
            gone = self.cache.learn(token, entry, now)
            cached = Cached(token=fold(token), entry=entry, at=now)
            await self._rows.cache(self._protocol, cached, uncached=gone)
        return False

    async def replace(
        self, version: int, said: Iterable[tuple[str, Entry | None]], *, most: int
    ) -> ListFault | None:
        """Put another list in the place of this one; why that cannot be.

        Args:
            version: of the new one.
            said: each token and what the list is to say of it.
            most: how many tokens it may have.
        """
        changes = LocalList.changes(said)
        if isinstance(changes, ListFault):
            return changes
        before = self.local_list
        new = before.replaced(version, changes, most=most)
        if isinstance(new, ListFault):
            return new
        # Also of those that leave the list: what the cache says of them may be older than it.
        gone = self.cache.drop({*before.entries, *new.entries})
        await self._adopt(new, self._rows.replace_list(self._protocol, new, uncached=gone))
        return None

    async def amend(
        self, version: int, said: Iterable[tuple[str, Entry | None]], *, most: int
    ) -> ListFault | None:
        """Add to the list, change it, take away from it; why that cannot be.

        Args:
            version: of the list afterwards.
            said: each token and what the list is to say of it; nothing for None.
            most: how many tokens it may have.
        """
        changes = LocalList.changes(said)
        if isinstance(changes, ListFault):
            return changes
        before = self.local_list
        new = before.amended(version, changes, most=most)
        if isinstance(new, ListFault):
            return new
        listed = {token for token in changes if token in new.entries or token in before.entries}
        gone = self.cache.drop(listed)
        writing = self._rows.amend_list(self._protocol, new.version, changes, uncached=gone)
        await self._adopt(new, writing)
        return None

    async def clear_cache(self) -> None:
        """Forget what was cached."""
        self.cache.clear()
        await self._rows.clear_cache(self._protocol)

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
