"""A schedule as a picture, by matplotlib, which nothing else here needs."""

from __future__ import annotations

from datetime import UTC
from itertools import cycle
from math import nan
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from ocppkit.cli.schedule_case import Worked, moment
from ocppkit.cli.schedule_lines import Line, default, lines, result
from ocppkit.smart_charging.model import DAY, Unit

__all__ = ["draw"]

_CEILINGS: Final = ("#c0392b", "#e67e22", "#8e2f6b", "#a67c00")
_PROFILES: Final = ("#2471a3", "#239b56", "#7d5fb2", "#17a2a2", "#8d6e63", "#5d7a1f")
_ALLOWED: Final = "#1c2833"
_DASHES: Final = ("--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)))
_TIMES: Final = ["%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%H:%M:%S"]  # by year, month, ...
_DATES: Final = ["%Y", "%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M"]  # where one of them begins
_FAR: Final = 3  # times what is allowed: a profile above that would flatten the rest


def draw(worked: Worked, file: Path) -> None:
    """Write a picture, whose kind the name of the file says.

    Raises:
        OSError: it cannot be written.
    """
    profiles, whole, standing = lines(worked), result(worked), default(worked)
    figure = Figure(figsize=(11, 4.8 + 0.12 * len(profiles)), layout="constrained")
    axes = figure.add_subplot()
    top = _top([*profiles, *([standing] if standing else [])], whole)
    _draw_result(axes, whole)
    _draw_profiles(axes, profiles, top)
    if standing is not None:
        label = "default, where nothing limits"
        axes.plot(*_points(standing), color="#7f8c8d", ls=":", lw=1.5, label=label)
    _label(axes, worked, top)
    figure.legend(loc="outside lower center", ncols=min(3, len(axes.lines) + 1), frameon=False)
    figure.savefig(file, dpi=120)


def _draw_profiles(axes: Axes, profiles: list[Line], top: float) -> None:
    ceilings, dashes, colours = cycle(_CEILINGS), cycle(_DASHES), cycle(_PROFILES)
    for line in profiles:
        times, limits = _points(line)
        out_of_sight = all(limit is None or limit > top for limit in line.limits)
        above = ", above the chart" if out_of_sight else ""
        if line.ceiling:
            axes.plot(
                times,
                limits,
                color=next(ceilings),
                ls=next(dashes),
                lw=2,
                zorder=4,  # in sight also where it decides
                label=f"{line.label} (ceiling{above})",
            )
        else:
            axes.plot(
                times, limits, color=next(colours), lw=5, alpha=0.55, label=f"{line.label}{above}"
            )


def _draw_result(axes: Axes, whole: Line) -> None:
    times, limits = _points(whole)
    axes.fill_between(times, limits, color=_ALLOWED, alpha=0.08, lw=0)
    axes.plot(times, limits, color=_ALLOWED, lw=1.8, zorder=3, label="allowed")
    label = "unlimited"
    for start, end, limit in zip(times[::2], times[1::2], whole.limits, strict=True):
        if limit is None:
            axes.axvspan(start, end, fill=False, hatch="//", ec="#bdc3c7", lw=0, label=label)
            label = "_"


def _label(axes: Axes, worked: Worked, top: float) -> None:
    case = worked.case
    begin, end = moment(case.start), moment(case.start + case.duration)
    axes.set_title(f"{case.place}, {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC", loc="left")
    axes.set_ylabel("limit [A per phase]" if case.unit is Unit.A else "limit [W, all phases]")
    axes.set_xlabel("time [UTC]")
    axes.set_xlim(_day(case.start), _day(case.start + max(case.duration, 1)))
    axes.set_ylim(0, top * 1.1 or 1)
    locate: Any = AutoDateLocator  # matplotlib does not type it
    tell: Any = ConciseDateFormatter
    locator = locate(tz=UTC, minticks=5, maxticks=13)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(
        tell(locator, tz=UTC, formats=_TIMES, zero_formats=_DATES, show_offset=False)
    )
    axes.grid(color="#e5e8e8", lw=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _top(others: list[Line], whole: Line) -> float:
    allowed = max((limit for limit in whole.limits if limit is not None), default=0.0)
    limits = [limit for line in others for limit in line.limits if limit is not None]
    near = [limit for limit in limits if limit <= _FAR * allowed or not allowed]
    return max([allowed, *near])


def _points(line: Line) -> tuple[list[float], list[float]]:
    """The corners of a line; NaN leaves a gap."""
    ends = [*line.starts[1:], line.end]
    times = [_day(time) for step in zip(line.starts, ends, strict=True) for time in step]
    limits = [nan if limit is None else limit for limit in line.limits for _ in range(2)]
    return times, limits


def _day(epoch: int) -> float:
    """A time as matplotlib counts them unless told otherwise: in days from 1970."""
    return epoch / DAY
