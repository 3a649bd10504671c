"""The authorization cache: what the CSMS last said of tokens that were presented (1.6 §3.5.1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from attrs import frozen

from ocppkit.authorization.entry import Entry, fold

__all__ = ["Cache", "Cached"]


@frozen(kw_only=True)
class Cached:
    """An entry of the cache.

    Attributes:
        token: folded.
        entry: what the CSMS said.
        at: when it did.
    """

    token: str
    entry: Entry
    at: datetime


class Cache:
    """The latest answers, of as many tokens as there is room for.

    Attributes:
        size: how many.
        lifetime: how long an answer counts; None for as long as it is kept.
    """

    def __init__(
        self, *, size: int, lifetime: timedelta | None = None, known: Iterable[Cached] = ()
    ) -> None:
        """Begin with what is known.

        Args:
            size: how many tokens there is room for.
            lifetime: how long an answer counts; None for as long as it is kept.
            known: oldest first; of too many the oldest do not count.
        """
        self.size = size
        self.lifetime = lifetime
        self._known = {each.token: each for each in list(known)[-size:]}  # oldest first

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, token: str) -> bool:
        return fold(token) in self._known

    def find(self, token: str, now: datetime) -> Entry | None:
        """What the CSMS last said of a token, unless that was too long ago."""
        found = self._known.get(fold(token))
        return None if found is None or self._outlived(found, now) else found.entry

    def learn(self, token: str, entry: Entry, now: datetime) -> frozenset[str]:
        """Take up an answer; returns the tokens that had to make room for it.

        Those go that are not valid, and where that is not enough the oldest ones (1.6 §3.5.1).
        """
        name = fold(token)
        self._known.pop(name, None)
        gone: set[str] = set()
        if len(self._known) >= self.size:
            gone.update(each.token for each in self._known.values() if not self._valid(each, now))
            left = [each for each in self._known if each not in gone]
            gone.update(left[: max(0, len(left) - self.size + 1)])
            for each in gone:
                del self._known[each]
        self._known[name] = Cached(token=name, entry=entry, at=now)
        return frozenset(gone)

    def drop(self, tokens: Iterable[str]) -> frozenset[str]:
        """Forget tokens, given folded; returns those that were there."""
        gone = frozenset(each for each in tokens if each in self._known)
        for each in gone:
            del self._known[each]
        return gone

    def clear(self) -> None:
        """Forget all (1.6 §5.4)."""
        self._known.clear()

    def _valid(self, cached: Cached, now: datetime) -> bool:
        return cached.entry.valid_at(now) and not self._outlived(cached, now)

    def _outlived(self, cached: Cached, now: datetime) -> bool:
        return self.lifetime is not None and now - cached.at >= self.lifetime
