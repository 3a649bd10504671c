"""Tracks: what holds from second to second, as columns, and the sweeps over them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import compress, islice
from operator import ne
from typing import Final, NamedTuple, TypeAlias, TypeVar

from ocppkit.smart_charging.cap import NO_CAP
from ocppkit.smart_charging.prepared import PreparedProfile, Table

__all__ = ["Block", "Choice", "Track", "blocks", "merged", "stack", "sweep"]

Track: TypeAlias = tuple[list[int], list[int]]
"""Starts, and what holds from each until the next; the first start is the window's."""

_NEVER: Final = 1 << 62
"""After all seconds."""


class Block(NamedTuple):
    """A stretch in which one occurrence of a schedule holds."""

    start: int
    end: int
    base: int
    starts: list[int]
    caps: list[int]


class Choice(NamedTuple):
    """Which of its schedules a profile goes by, and what relative ones count from.

    Attributes:
        session: when the transaction began, in epoch s.
        variant: the number of the schedule; of fewer, the last (K15.FR.22).
    """

    session: int
    variant: int = 0

    def of(self, profile: PreparedProfile) -> Table:
        """The schedule."""
        tables = profile.tables
        return tables[min(self.variant, len(tables) - 1)]


def blocks(profile: PreparedProfile, choice: Choice, start: int, end: int) -> Iterator[Block]:
    """The stretches of a window in which a profile has a period (K01.FR.10-13, FR.30, FR.36-37).

    Args:
        profile: whichever.
        choice: of its schedules.
        start: of the window, in epoch s.
        end: of the window, not part of it.
    """
    if profile.valid_from is not None and profile.valid_from > start:
        start = profile.valid_from
    if profile.valid_to is not None and profile.valid_to < end:
        end = profile.valid_to
    if start >= end:
        return
    starts, caps, duration, base, _ = choice.of(profile)
    if not starts:
        return
    if base is None:
        base = choice.session
    every = profile.every
    if every is None:
        until = end if duration is None else min(end, base + duration)
        begin = max(start, base + starts[0])
        if begin < until:
            yield Block(begin, until, base, starts, caps)
        return
    lasts = every if duration is None or duration > every else duration
    if start > base:
        base += (start - base) // every * every
    while base < end:
        begin, until = max(start, base + starts[0]), min(end, base + lasts)
        if begin < until:
            yield Block(begin, until, base, starts, caps)
        base += every


def stack(profiles: Sequence[PreparedProfile], choice: Choice, start: int, end: int) -> Track:
    """Who comes first decides wherever it has a period; the next ones fill what it leaves."""
    pieces: list[Block] = []
    gaps = [(start, end)]
    for profile in profiles:
        left: list[tuple[int, int]] = []
        for gap_start, gap_end in gaps:
            at = gap_start
            for block in blocks(profile, choice, gap_start, gap_end):
                if block.start > at:
                    left.append((at, block.start))
                pieces.append(block)
                at = block.end
            if at < gap_end:
                left.append((at, gap_end))
        gaps = left
        if not gaps:
            break
    pieces.extend(Block(at, until, at, [0], [NO_CAP]) for at, until in gaps)
    if len(pieces) > 1:
        pieces.sort()
    starts: list[int] = []
    caps: list[int] = []
    for at, until, base, offsets, numbers in pieces:
        first = bisect_right(offsets, at - base) - 1
        last = bisect_left(offsets, until - base)
        starts.append(at)
        starts += [base + offset for offset in offsets[first + 1 : last]]
        caps += numbers[first:last]
    return starts, caps


def sweep(one: Track, other: Track, both: Callable[[int, int], int]) -> Track:
    """What two tracks of the same window come to, instant by instant."""
    starts_a, values_a = one
    starts_b, values_b = other
    if len(starts_b) == 1:
        b = values_b[0]
        return starts_a, [both(a, b) for a in values_a]
    if len(starts_a) == 1:
        a = values_a[0]
        return starts_b, [both(a, b) for b in values_b]
    starts: list[int] = []
    values: list[int] = []
    at, a, b = starts_a[0], values_a[0], values_b[0]
    starts_a, starts_b = [*starts_a, _NEVER], [*starts_b, _NEVER]
    i = j = 1
    while at != _NEVER:
        starts.append(at)
        values.append(both(a, b))
        next_a, next_b = starts_a[i], starts_b[j]
        at = next_a if next_a < next_b else next_b
        if next_a == at != _NEVER:
            a = values_a[i]
            i += 1
        if next_b == at != _NEVER:
            b = values_b[j]
            j += 1
    return starts, values


V = TypeVar("V")


def merged(starts: list[int], values: list[V]) -> tuple[list[int], list[V]]:
    """The same with equal neighbours as one."""
    changes = [True, *map(ne, islice(values, 1, None), values)]
    return list(compress(starts, changes)), list(compress(values, changes))
