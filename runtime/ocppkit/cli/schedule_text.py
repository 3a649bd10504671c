"""A schedule and its explanation as text for people."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import click
from attrs import define, field
from rich.console import Console
from rich.text import Text

from ocppkit.cli.schedule_case import Mistake, Worked, moment, number
from ocppkit.cli.schedule_chart import chart
from ocppkit.cli.schedule_explain import as_lines, explanations
from ocppkit.message import Version
from ocppkit.printable import printable
from ocppkit.smart_charging.composition import CompositePeriod
from ocppkit.smart_charging.model import Unit

__all__ = ["Printer"]


@define
class Printer:
    """Prints the answers of a file, one below the other; what is wrong, on the error output.

    Attributes:
        file: its name.
        drawn: whether each answer is followed by a chart.
    """

    file: str
    drawn: bool
    _console: Console = field(factory=lambda: Console(highlight=False, emoji=False, markup=False))

    def title(self, title: str) -> None:
        """Print a title."""
        self._console.print(Text(title, style="bold"))

    def wrong(self, mistakes: Sequence[Mistake]) -> None:
        """Print what is wrong with a case."""
        for mistake in mistakes:
            click.echo(printable(f"{self.file}: {mistake}"), err=True)

    def answer(self, worked: Worked) -> None:
        """Print a schedule as a table, and as a chart where that is wanted."""
        case, of = worked.case, worked.composite
        version = "1.6" if case.version is Version.V16 else "2.0.1"
        per = "A on each phase" if of.unit is Unit.A else "W on all phases together"
        self.title(f"{case.place}, OCPP {version}, in {per}; times are UTC")
        periods = list(of.periods)
        ends = [each.start for each in periods[1:]] + [of.duration]
        rows = [_row(of.start, *each) for each in zip(periods, ends, strict=True)]
        # Not a table of rich: that cuts what a narrow terminal has no room for, and is slow.
        head, *lines = _aligned([("from", "to", f"limit [{of.unit}]", "phases"), *rows])
        self._console.print(Text(head, style="dim"), soft_wrap=True)
        for line in lines:
            click.echo(line)
        if self.drawn:
            self._console.print()
            encoding = sys.stdout.encoding or "ascii"
            for line in chart(worked, self._console.width, encoding=encoding):
                click.echo(line)

    def explain(self, worked: Worked, at: int | None) -> None:
        """Print who decides, and why the others do not.

        Args:
            worked: the schedule.
            at: an instant, in epoch s; None for each period.
        """
        for explanation in explanations(worked, at):
            click.echo()
            for line in as_lines(worked, explanation):
                click.echo(printable(line))


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table: times are on the left, numbers on the right of their columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    begin, end, limit, phases = widths
    for row in rows:
        yield f"{row[0]:{begin}}  {row[1]:{end}}  {row[2]:>{limit}}  {row[3]:>{phases}}".rstrip()


def _row(start: int, period: CompositePeriod, end: int) -> tuple[str, str, str, str]:
    limit = number(period.limit)
    return (
        _time(start + period.start),
        _time(start + end),
        "unlimited" if limit is None else str(limit),
        "" if period.phases is None else str(period.phases),
    )


def _time(epoch: int) -> str:
    return f"{moment(epoch):%Y-%m-%d %H:%M:%S}"
