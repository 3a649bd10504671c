"""``ocppkit schedule``: what charging profiles come to, worked out from a file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click
from attrs import frozen

from ocppkit.cli import schedule_explain
from ocppkit.cli.schedule_case import Mistake, Worked, work_out
from ocppkit.cli.schedule_file import read_case
from ocppkit.cli.schedule_text import Printer
from ocppkit.codec.jsontext import dumps, loads
from ocppkit.printable import printable
from ocppkit.scalars import parse_time
from ocppkit.smart_charging.prepared import epoch

__all__ = ["command"]

_PICTURES = {".png", ".svg"}


def _instant(
    _context: click.Context, _parameter: click.Parameter, value: str | None
) -> datetime | None:
    try:
        return None if value is None else parse_time(value)
    except ValueError:
        msg = f"{value!r} is no time such as 2024-05-01T12:00:00Z"
        raise click.BadParameter(msg) from None


@frozen(kw_only=True)
class _Answered:
    """A case with its answer, or with what is wrong with it."""

    path: str
    worked: Worked | None
    mistakes: list[Mistake]


def _fail(reason: str) -> NoReturn:
    click.echo(f"error: {printable(reason)}", err=True)
    raise SystemExit(2)


def _read(file: str) -> Any:
    try:
        text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        _fail(f"{file}: cannot be read: {error.strerror}")
    try:
        content = loads(text)
    except ValueError as error:
        _fail(f"{file}: is no JSON: {error}")
    if not isinstance(content, dict | list):
        _fail(f"{file}: expected an object, or a list of them")
    return content


def _answer(value: Any, path: str) -> _Answered:
    case, mistakes = read_case(value, path)
    worked = None
    if case is not None:
        worked, refused = work_out(case)
        mistakes += refused
    return _Answered(path=path, worked=None if mistakes else worked, mistakes=mistakes)


@click.command("schedule")
@click.argument("file", metavar="FILE")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@click.option(
    "--explain",
    "explained",
    is_flag=True,
    help="Say which profile decides, and why the others do not.",
)
@click.option(
    "--at",
    metavar="TIME",
    callback=_instant,
    help="Explain this instant, not each period; UTC without a zone.",
)
@click.option(
    "--plot",
    metavar="OUT",
    help="Draw a picture: a .png or .svg file, or - for the terminal.",
)
def command(
    *,
    file: str,
    as_json: bool,  # click's way
    explained: bool,
    at: datetime | None,
    plot: str | None,
) -> None:
    """Work out the composite schedule of the charging profiles in FILE.

    FILE is JSON, an object or a list of them; - is the standard input. The exit code is 0, 1 where
    something in FILE is wrong or a profile is refused, or 2 where FILE cannot be read.
    """
    if at is not None and not explained:
        raise click.UsageError("--at goes with --explain")
    if plot == "-" and as_json:
        raise click.UsageError("--plot - does not go with --json")
    draw = None if plot is None or plot == "-" else _painter(plot)
    content = _read(file)
    many = isinstance(content, list)
    answers = (
        [_answer(each, f"$[{number}]") for number, each in enumerate(content)]
        if many
        else [_answer(content, "$")]
    )
    instant = None if at is None else epoch(at)
    if as_json:
        told = [_as_json(each, explained=explained, at=instant) for each in answers]
        click.echo(dumps(told if many else told[0]))
    else:
        printer = Printer(file=file, drawn=plot == "-")
        for each in answers:
            if many:
                printer.title(each.path)
            printer.wrong(each.mistakes)
            if each.worked is not None:
                printer.answer(each.worked)
                if explained:
                    printer.explain(each.worked, instant)
    for number, each in enumerate(answers):
        if draw is not None and plot is not None and each.worked is not None:
            out = Path(plot)
            draw(each.worked, out.with_stem(f"{out.stem}-{number}") if many else out)
    if any(each.mistakes for each in answers):
        raise click.exceptions.Exit(1)


def _as_json(answered: _Answered, *, explained: bool, at: int | None) -> dict[str, Any]:
    if answered.worked is None:
        return {"errors": [mistake.as_json() for mistake in answered.mistakes]}
    told = answered.worked.as_json()
    if explained:
        told["explanation"] = [
            schedule_explain.as_json(answered.worked, each)
            for each in schedule_explain.explanations(answered.worked, at)
        ]
    return told


def _painter(plot: str) -> Callable[[Worked, Path], None]:
    """What draws a picture.

    Raises:
        click.UsageError: it can draw no such file.
        click.ClickException: matplotlib is not installed.
    """
    if Path(plot).suffix.lower() not in _PICTURES:
        msg = f"--plot draws a .png or an .svg file, or - for the terminal, not {plot!r}"
        raise click.UsageError(msg)
    try:
        from ocppkit.cli.schedule_plot import draw  # noqa: PLC0415  # needs matplotlib, an extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "matplotlib":
            raise
        _fail("--plot needs more packages: pip install 'ocppkit[plot]'")

    def paint(worked: Worked, file: Path) -> None:
        try:
            draw(worked, file)
        except OSError as error:
            _fail(f"{file}: cannot be written: {error.strerror}")

    return paint
