"""The authorization cache: what the CSMS last said of tokens (C10 - C12; 1.6 §3.5.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from attrs import define, evolve, frozen

from ocppkit.authorization.entry import Entry, fold
from ocppkit.value import Value

__all__ = ["Cache", "Cached", "Replacement"]


class Replacement(StrEnum):
    """Which tokens make room for others (AuthCacheCtrlr.Policy)."""

    CUSTOM = "CUSTOM"
    """Those that are not valid, and then those of which nothing was heard for longest."""
    FIFO = "FIFO"
    LFU = "LFU"
    LRU = "LRU"


@frozen(kw_only=True, eq=False, repr=False)
class Cached(Value):
    """An entry of the cache.

    Attributes:
        token: folded.
        entry: what the CSMS said.
        at: when it did; where expired entries are dropped when the token was used last, if later.
    """

    token: str
    entry: Entry
    at: datetime


@define(kw_only=True)
class _Use:
    """How a token is used: when it came and was last used, by a counter, and how often."""

    came: int
    last: int
    times: int = 0


_RANKS: Final[Mapping[Replacement, Callable[[_Use], tuple[int, ...]]]] = MappingProxyType(
    {
        Replacement.FIFO: lambda use: (use.came,),
        Replacement.LFU: lambda use: (use.times, use.last),
        Replacement.LRU: lambda use: (use.last,),
    }
)
"""The lowest makes room first."""


class Cache:
    """The latest answers, of as many tokens as there is room for.

    Attributes:
        size: how many.
        lifetime: how long an answer counts; None for as long as it is kept.
        replacement: which tokens make room for others.
        drops_expired: whether what has expired is no longer there, instead of known to be expired;
            the lifetime is then only for what has no expiry of its own, and counts from the last
            use (C10.FR.08, C10.FR.13).
    """

    def __init__(
        self,
        *,
        size: int,
        lifetime: timedelta | None = None,
        replacement: Replacement = Replacement.CUSTOM,
        drops_expired: bool = False,
        known: Iterable[Cached] = (),
    ) -> None:
        """Begin with what is known.

        Args:
            size: how many tokens there is room for.
            lifetime: how long an answer counts; None for as long as it is kept.
            replacement: which tokens make room for others.
            drops_expired: whether what has expired is no longer there.
            known: oldest first; of too many the oldest do not count.
        """
        self.size = size
        self.lifetime = lifetime
        self.replacement = replacement
        self.drops_expired = drops_expired
        self._known = {each.token: each for each in list(known)[-size:]}  # oldest first
        self._uses = {token: _Use(came=turn, last=turn) for turn, token in enumerate(self._known)}
        self._turn = len(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, token: str) -> bool:
        return fold(token) in self._known

    def __iter__(self) -> Iterator[Cached]:
        return iter(tuple(self._known.values()))

    def find(self, token: str, now: datetime) -> Entry | None:
        """What the CSMS last said of a token, unless that was too long ago; counts as a use."""
        name = fold(token)
        found = self._known.get(name)
        if found is None or self._outlived(found, now):
            return None
        self._use(name)
        if self.drops_expired:
            self._known[name] = evolve(found, at=now)
        return found.entry

    def get(self, token: str) -> Cached | None:
        """What is kept of a token, whether it counts or not; no use of it."""
        return self._known.get(fold(token))

    def learn(self, token: str, entry: Entry, now: datetime) -> frozenset[str]:
        """Take up an answer; returns the tokens that are gone with it.

        What has outlived its time goes, and who has to make room. An answer that has expired
        already is not kept, where expired ones are dropped (C10.FR.10).
        """
        name = fold(token)
        known = self._known.pop(name, None)
        gone = self._take([each for each in self._known if self._lapsed(each, now)])
        new = Cached(token=name, entry=entry, at=now)
        if self.drops_expired and self._outlived(new, now):
            self._uses.pop(name, None)
            return gone if known is None else gone | {name}
        if len(self._known) >= self.size:
            gone |= self._make_room(now)
        self._known[name] = new
        self._use(name)
        return gone

    def drop(self, tokens: Iterable[str]) -> frozenset[str]:
        """Forget tokens, given folded; returns those that were there."""
        return self._take([each for each in tokens if each in self._known])

    def clear(self) -> None:
        """Forget all (C11; 1.6 §5.4)."""
        self._known.clear()
        self._uses.clear()

    def _take(self, tokens: Iterable[str]) -> frozenset[str]:
        gone = frozenset(tokens)
        for each in gone:
            del self._known[each]
            self._uses.pop(each, None)
        return gone

    def _make_room(self, now: datetime) -> frozenset[str]:
        """Forget who has to make room for one more (C10.FR.07)."""
        if self.replacement is not Replacement.CUSTOM:
            rank = _RANKS[self.replacement]
            order = sorted(self._known, key=lambda token: rank(self._uses[token]))
            return self._take(order[: self._excess])
        known = self._known.values()
        gone = self._take([each.token for each in known if not self._valid(each, now)])
        return gone | self._take(list(self._known)[: self._excess])

    @property
    def _excess(self) -> int:
        return max(0, len(self._known) - self.size + 1)

    def _use(self, name: str) -> None:
        self._turn += 1
        use = self._uses.get(name)
        if use is None:
            use = self._uses[name] = _Use(came=self._turn, last=self._turn)
        use.last, use.times = self._turn, use.times + 1

    def _lapsed(self, name: str, now: datetime) -> bool:
        return self.drops_expired and self._outlived(self._known[name], now)

    def _valid(self, cached: Cached, now: datetime) -> bool:
        return cached.entry.valid_at(now) and not self._outlived(cached, now)

    def _outlived(self, cached: Cached, now: datetime) -> bool:
        if self.drops_expired and cached.entry.expires is not None:
            return cached.entry.expires <= now
        return self.lifetime is not None and now - cached.at >= self.lifetime
