"""``ocppkit trace``: a message log as a conversation between station and CSMS."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

import click
from attrs import define, field, frozen
from rich.console import Console
from rich.text import Text

from ocppkit.message import Side
from ocppkit.message_log.conversation import Conversation, Step, Wanted
from ocppkit.message_log.entry import MESSAGES, Entry, EntryKind, to_line
from ocppkit.message_log.page import page
from ocppkit.message_log.reader import Flaw, NotALog, follow, read_logs
from ocppkit.message_log.summary import facts
from ocppkit.printable import printable

__all__ = ["command"]

_TIME = 12  # columns: 12:00:00.123
_LATENCY = 8
_POLL = 0.25  # seconds between looks at a log that is followed
_COLOURS = {Side.STATION: "green", Side.CSMS: "cyan"}


@frozen(kw_only=True)
class _Layout:
    """How wide the columns are; an identity column of 0 is none."""

    identity: int
    lane: int

    @classmethod
    def of(cls, width: int, identities: Iterable[str]) -> _Layout:
        """The layout for a terminal of so many columns, which shows these stations."""
        names = set(identities) - {""}
        longest = max(map(len, names), default=0)
        narrow = width < 100
        return cls(
            identity=min(longest, 8 if narrow else 16) if len(names) > 1 else 0,
            lane=28 if narrow else 36,
        )

    @property
    def before_lane(self) -> int:
        """How many columns stand before the station's line."""
        return _TIME + 1 + (self.identity + 1 if self.identity else 0)


@define
class _Sequence:
    """Prints steps one below the other."""

    console: Console
    layout: _Layout
    _day: date | None = None
    _headed: bool = field(default=False)

    def show(self, step: Step) -> None:
        """Print a step, after the heading and the date where they are due."""
        entry = step.entry
        if not self._headed:
            self._print(self._heading())
            self._headed = True
        if entry.time.date() != self._day:
            self._day = entry.time.date()
            self._print(Text(f"{self._day} (UTC)", style="bold"))
        self._print(self._message(step) if entry.kind in MESSAGES else self._event(entry))

    def give_up(self, step: Step) -> None:
        """Say of a CALL that was shown already that nobody answered it."""
        what = f"{printable(step.action or '?')} ({printable(step.entry.message_id or '?')})"
        self._print(Text(f"{'':<{_TIME}} ! {what}: {step.lack}", style="red"))

    def _print(self, line: Text) -> None:
        self.console.print(line, no_wrap=True, overflow="ellipsis", soft_wrap=False)

    def _heading(self) -> Text:
        lane = self.layout.lane
        columns = f"{'station':<{lane - 4}}CSMS"
        return Text(f"{'':<{self.layout.before_lane}} {columns}", style="dim")

    def _message(self, step: Step) -> Text:
        entry = step.entry
        bad = entry.kind in {EntryKind.CALLERROR, EntryKind.UNREADABLE}
        colour = "red" if bad or step.lack else _COLOURS.get(entry.sender or Side.CSMS, "")
        answer = entry.kind is not EntryKind.CALL
        latency = _milliseconds(entry.latency_ms)
        line = Text.assemble(
            self._start(entry),
            ("│", "dim"),
            (self._arrow(step), f"dim {colour}" if answer and not bad else colour),
            ("│ ", "dim"),
        )
        said = Text.assemble((f"{step.lack}  ", "red") if step.lack else "", facts(entry))
        if bad:
            said.stylize("red")
        room = max(8, self.console.width - line.cell_len - _LATENCY - 1)
        if latency:
            said.truncate(room, overflow="ellipsis", pad=True)
            return line.append_text(said).append(f"{latency:>{_LATENCY + 1}}", "dim")
        said.truncate(room + _LATENCY + 1, overflow="ellipsis")
        return line.append_text(said)

    def _start(self, entry: Entry) -> Text:
        start = Text(f"{entry.time:%H:%M:%S}.{entry.time.microsecond // 1000:03} ", style="dim")
        if self.layout.identity:
            identity = Text(printable(entry.identity))
            identity.truncate(self.layout.identity, overflow="ellipsis", pad=True)
            start.append_text(identity).append(" ")
        return start

    def _arrow(self, step: Step) -> str:
        entry = step.entry
        unnamed = "(unreadable)" if entry.kind is EntryKind.UNREADABLE else "?"
        name = printable(step.action or unnamed)
        room = self.layout.lane - 6
        if len(name) > room:
            name = f"{name[: room - 1]}…"
        shaft = "─" if entry.kind is EntryKind.CALL else "╌"
        dashes = shaft * (self.layout.lane - 4 - len(name))
        if entry.sender is Side.STATION:
            return f" {name} {dashes}▶ "
        return f" ◀{dashes} {name} "

    def _event(self, entry: Entry) -> Text:
        if entry.kind is EntryKind.GAP:
            text = f"{entry.dropped or 'some'} lines are missing: {printable(entry.description)}"
            return Text(f"{self._start(entry)}~~ {text}", style="red")
        version = f", {printable(entry.version)}" if entry.version else ""
        text = f"{printable(entry.identity)} {entry.kind}{version}: {printable(entry.description)}"
        return Text(f"{self._start(entry)}-- {text}", style="bold dim")


def _milliseconds(latency: float | None) -> str:
    if latency is None:
        return ""
    if latency < 9.95:
        return f"{latency:.1f} ms"
    return f"{latency:.0f} ms" if latency < 10_000 else f"{latency / 1000:.1f} s"


@define
class _Flaws:
    """Says what was skipped, on the error output, and remembers whether it matters."""

    serious: int = 0

    def __call__(self, flaw: Flaw) -> None:
        self.serious += not flaw.last
        click.echo(f"warning: {printable(str(flaw))}", err=True)


class _Moment(click.ParamType[datetime]):
    """A date-time of ISO 8601; without a zone it is UTC."""

    name = "TIME"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time such as 2024-05-01T12:00:00Z", param, ctx)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _fail(reason: str) -> NoReturn:
    click.echo(f"error: {printable(reason)}", err=True)
    raise SystemExit(2)


def _wait() -> None:
    time.sleep(_POLL)


def _followed(
    path: Path, flaws: _Flaws, wait: Callable[[], None]
) -> Iterator[tuple[Step, list[Step]]]:
    conversation = Conversation()
    for entry in follow(path, flaws, wait):
        yield conversation.add(entry)


def _follow(path: Path, wanted: Wanted, console: Console, *, as_json: bool) -> None:
    flaws = _Flaws()
    sequence = _Sequence(console, _Layout.of(console.width, ()))
    for step, given_up in _followed(path, flaws, _wait):
        if not as_json:
            for call in given_up:
                if wanted.fits(call):
                    sequence.give_up(call)
        if not wanted.fits(step):
            continue
        if as_json:
            click.echo(to_line(step.entry))
        else:
            sequence.show(step)


@click.command("trace")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
@click.option("--action", "actions", multiple=True, help="Only this action; may be repeated.")
@click.option("--identity", "identities", multiple=True, help="Only this station; may be repeated.")
@click.option("--since", type=_Moment(), help="Only what is not earlier; UTC without a zone.")
@click.option("--until", type=_Moment(), help="Only what is not later; UTC without a zone.")
@click.option("--transaction", metavar="ID", help="Only what is about this transaction.")
@click.option("--errors", is_flag=True, help="Only errors, missing answers and gaps.")
@click.option("--follow", "following", is_flag=True, help="Go on with what is being written.")
@click.option("--json", "as_json", is_flag=True, help="The lines as they are in the log.")
@click.option(
    "--html",
    "html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="OUT",
    help="Write a page for a browser instead.",
)
def command(
    *,
    files: tuple[Path, ...],
    actions: tuple[str, ...],
    identities: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    transaction: str | None,
    errors: bool,  # click's way
    following: bool,
    as_json: bool,
    html: Path | None,
) -> None:
    """Show message logs as a conversation between station and CSMS.

    Files that were set aside, also compressed ones, are read in their order; the logs of different
    stations are merged by time. The exit code is 0, 1 where broken lines were skipped, or 2 where
    a file cannot be read or is no message log.
    """
    if html is not None and (following or as_json):
        raise click.UsageError("--html goes neither with --follow nor with --json")
    if following and len(files) != 1:
        raise click.UsageError("--follow takes one file")
    wanted = Wanted(
        actions=frozenset(action.lower() for action in actions),
        identities=frozenset(identities),
        since=since,
        until=until,
        errors=errors,
        transaction=transaction,
    )
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # arrows, where the terminal knows none
    console = Console(highlight=False, emoji=False)
    flaws = _Flaws()
    try:
        if following:
            _follow(files[0], wanted, console, as_json=as_json)
        steps = Conversation.of(read_logs(files, flaws))
    except KeyboardInterrupt:
        raise SystemExit(0) from None
    except NotALog as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename or files[0]}: {error.strerror or error}")
    shown = [step for step in steps if wanted.fits(step)]
    if html is not None:
        _write_page(html, shown, files)
    elif as_json:
        for step in shown:
            click.echo(to_line(step.entry))
    else:
        layout = _Layout.of(console.width, (step.entry.identity for step in shown))
        sequence = _Sequence(console, layout)
        for step in shown:
            sequence.show(step)
        _sum_up(steps, shown)
    raise SystemExit(1 if flaws.serious else 0)


def _write_page(path: Path, steps: list[Step], files: tuple[Path, ...]) -> None:
    title = ", ".join(file.name for file in files[:3]) + (" …" if len(files) > 3 else "")
    try:
        path.write_text(page(steps, title=title), encoding="utf-8")
    except OSError as error:
        _fail(f"{path}: {error.strerror or error}")
    click.echo(f"{path}: {len(steps)} lines of the log", err=True)


def _sum_up(steps: list[Step], shown: list[Step]) -> None:
    faulty = sum(step.faulty and step.entry.kind is not EntryKind.CALLERROR for step in shown)
    text = f"{len(shown)} of {len(steps)} lines"
    click.echo(f"{text}, {faulty} with errors" if faulty else text, err=True)
