"""The lines of a chart of a schedule: what each profile says by itself, and what comes of all."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final

from attrs import evolve, frozen

from ocppkit.cli.schedule_case import Worked
from ocppkit.smart_charging.composition import Composite, composite
from ocppkit.smart_charging.layers import Conditions
from ocppkit.smart_charging.model import Installed, Purpose
from ocppkit.smart_charging.prepared import prepare

__all__ = ["Line", "default", "lines", "result"]

_SHORT: Final = {  # in the order of a legend
    Purpose.EXTERNAL_CONSTRAINTS: "external constraints",
    Purpose.STATION_MAX: "station max",
    Purpose.TX: "Tx",
    Purpose.TX_DEFAULT: "TxDefault",
}
_CEILINGS: Final = {Purpose.EXTERNAL_CONSTRAINTS, Purpose.STATION_MAX}


@frozen(kw_only=True)
class Line:
    """A limit over time.

    Attributes:
        label: what it is.
        ceiling: whether it holds over whatever else decides, as a limit of the station does.
        starts: of its steps, in epoch s; the first is the start of the chart.
        limits: of its steps, in the unit of the chart; None where it limits nothing.
        end: of the chart, in epoch s.
    """

    label: str
    ceiling: bool
    starts: list[int]
    limits: list[float | None]
    end: int

    def within(self, start: int, end: int) -> list[float | None]:
        """The limits that hold between two instants, in their order.

        Args:
            start: from here, in epoch s.
            end: until here; what holds at the start counts in any case.
        """
        first = bisect_right(self.starts, start) - 1
        last = max(bisect_right(self.starts, end - 1), first + 1)
        return self.limits[first:last]


def result(worked: Worked) -> Line:
    """What comes of all profiles."""
    return _line("allowed", worked.composite, ceiling=False)


def default(worked: Worked) -> Line | None:
    """What an EVSE may draw where nothing limits it; None for no limit, and for the station."""
    if worked.case.evse == 0:
        return None
    alone = _composite(worked, (), worked.conditions, worked.case.evse)
    line = _line("default", alone, ceiling=False)
    return None if line.limits == [None] else line


def lines(worked: Worked) -> list[Line]:
    """The profiles that concern the EVSE and limit something in the time.

    The ceilings come first; of the others, the one that decides over the next.
    """
    asked = worked.case.evse
    found = [
        _of(worked, each)
        for each in sorted(worked.installed, key=_rank)
        if asked == 0 or each.evse in {0, asked}
    ]
    return [line for line in found if line.limits != [None]]


def _rank(installed: Installed) -> tuple[int, int, int]:
    profile = installed.profile
    return [*_SHORT].index(profile.purpose), -profile.stack_level, -installed.evse


def _of(worked: Worked, installed: Installed) -> Line:
    profile = installed.profile
    evse = installed.evse or worked.case.evse
    what = _SHORT[profile.purpose]
    if profile.purpose in {Purpose.TX, Purpose.TX_DEFAULT} and worked.case.evse == 0:
        what += f" at {installed.evse}" if installed.evse else " at each"
        evse = evse or 1  # one at 0 says the same of each
    conditions = evolve(worked.conditions, default_a=None, default_w=None)
    alone = _composite(worked, (installed,), conditions, evse)
    label = f"{profile.id}: {what}, level {profile.stack_level}"
    return _line(label, alone, ceiling=profile.purpose in _CEILINGS)


def _composite(
    worked: Worked, profiles: Iterable[Installed], conditions: Conditions, evse: int
) -> Composite:
    case = worked.case
    return composite(
        prepare(profiles, worked.prepared.supply),
        conditions,
        evse=evse,
        start=case.start,
        duration=case.duration,
        unit=case.unit,
    )


def _line(label: str, of: Composite, *, ceiling: bool) -> Line:
    return Line(
        label=label,
        ceiling=ceiling,
        starts=of.starts,
        limits=[None if tenths is None else tenths / 10 for tenths, _ in of.limits],
        end=of.start + max(of.duration, 1),
    )
