"""A schedule as a chart on a terminal, made of letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from math import inf
from typing import Final

from attrs import astuple, frozen

from ocppkit.cli.schedule_case import Worked, moment
from ocppkit.cli.schedule_lines import Line, lines, result
from ocppkit.smart_charging.model import DAY

__all__ = ["chart"]

_HEIGHT: Final = 10  # rows
_NARROWEST: Final = 20  # columns of the chart itself
_STEPS: Final = tuple(
    minutes * 60
    for minutes in (1, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440, 2880, 10080, 20160)
)

_SHAPES: Final = (  # up to so many days; how a time is told, and how far it is to the next at least
    (1, "%H:%M", 0),
    (5, "%m-%d %H:%M", 0),
    (300, "%m-%d", DAY),
    (inf, "%Y-%m-%d", DAY),
)


@frozen(kw_only=True)
class _Letters:
    """What a chart is made of; `blocks` from none to full, in eighths."""

    blocks: str
    bar: str
    corner: str
    dash: str
    mark: str
    unlimited: str
    holds: str
    nothing: str


_UNICODE: Final = _Letters(
    blocks=" ▁▂▃▄▅▆▇█",
    bar="│",
    corner="└",
    dash="─",
    mark="┴",
    unlimited="░",
    holds="━",
    nothing="·",
)
_ASCII: Final = _Letters(
    blocks="    #####",
    bar="|",
    corner="+",
    dash="-",
    mark="+",
    unlimited=":",
    holds="=",
    nothing=".",
)


def chart(worked: Worked, width: int, *, encoding: str) -> Iterator[str]:
    """Draw a schedule, where a column shows the lowest limit of its time.

    Below the limits stands a row for each profile: where it limits something, whether it decides or
    not.

    Args:
        worked: the schedule.
        width: how many columns there are.
        encoding: of the terminal: it may know few letters.
    """
    letters = _UNICODE if _writes("".join(astuple(_UNICODE)), encoding) else _ASCII
    whole, profiles = result(worked), lines(worked)
    start, end, unit = worked.case.start, whole.end, worked.case.unit
    top = max((limit for limit in whole.limits if limit is not None), default=0.0)
    margin = max(len(f"{top:g} {unit}"), *(len(line.label) for line in profiles), 8)
    margin = min(margin, max(8, width // 2, width - 80))
    columns = max(_NARROWEST, width - margin - 2)
    edges = list(
        pairwise(start + (end - start) * column // columns for column in range(columns + 1))
    )
    lowest = [_lowest(whole, *edge) for edge in edges]
    for row in reversed(range(_HEIGHT)):
        label = ""
        if top and row in {_HEIGHT - 1, _HEIGHT // 2 - 1}:
            label = f"{top * (row + 1) / _HEIGHT:g} {unit}"
        drawn = "".join(_cell(letters, limit, top, row) for limit in lowest)
        yield f"{label:>{margin}} {letters.bar}{drawn}".rstrip()
    marks = _ticks(start, end, columns)
    yield f"{f'0 {unit}':>{margin}} {_axis(marks, columns, letters)}"
    yield f"{'UTC':>{margin}}  {_times(marks)}"
    for line in profiles:
        holds = (any(limit is not None for limit in line.within(*edge)) for edge in edges)
        drawn = "".join(letters.holds if each else letters.nothing for each in holds)
        label = line.label if len(line.label) <= margin else f"{line.label[: margin - 1]}~"
        yield f"{label:>{margin}} {letters.bar}{drawn}"
    if None in lowest:
        yield f"{letters.unlimited:>{margin}} unlimited"


def _writes(letters: str, encoding: str) -> bool:
    try:
        letters.encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def _lowest(line: Line, start: int, end: int) -> float | None:
    limits = line.within(start, end)
    return min((limit for limit in limits if limit is not None), default=None)


def _cell(letters: _Letters, limit: float | None, top: float, row: int) -> str:
    if limit is None:
        return letters.unlimited
    eighths = round(limit / top * _HEIGHT * 8) if top else 0
    return letters.blocks[min(8, max(0, eighths - row * 8))]


def _ticks(start: int, end: int, columns: int) -> dict[int, str]:
    """Column → the time that is told there: round ones, as many as there is room for."""
    shape, least = next(
        (shape, least) for days, shape, least in _SHAPES if end - start <= days * DAY
    )
    room = len(format(moment(start), shape)) + 3
    seconds = max(least, (end - start) * room / columns)
    step = next((step for step in _STEPS if step >= seconds), None)
    if step is None:
        step = -(-int(seconds) // DAY) * DAY
    marks = {}
    for time in range(-(-start // step) * step, end, step):
        column = (time - start) * columns // (end - start)
        if column + room <= columns + 3:
            marks[column] = format(moment(time), shape)
    return marks


def _axis(marks: Iterable[int], columns: int, letters: _Letters) -> str:
    dashes = [letters.dash] * columns
    for column in marks:
        dashes[column] = letters.mark
    return letters.corner + "".join(dashes)


def _times(marks: Mapping[int, str]) -> str:
    text = ""
    for column, time in marks.items():
        if column >= len(text):
            text = f"{text:<{column}}{time}"
    return text
