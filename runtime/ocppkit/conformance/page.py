"""Verdicts as one HTML page that needs nothing else: no network, no other file, no script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from string import Template

from ocppkit.conformance.facts import Facts
from ocppkit.conformance.report import as_on_the_wire, summary
from ocppkit.conformance.verdict import Deviation, Outcome, TraceLine, Verdict
from ocppkit.printable import printable

__all__ = ["page"]


def page(verdicts: Sequence[Verdict], facts: Sequence[Facts], *, title: str) -> str:
    """The page.

    Args:
        verdicts: to show, in order.
        facts: of their cases.
        title: plain text.
    """
    known = {each.id: each for each in facts}
    template = files("ocppkit.conformance").joinpath("page.html").read_text(encoding="utf-8")
    return Template(template).substitute(
        title=escape(title),
        summary=escape(summary(verdicts)),
        cases="\n".join(_case(each, known[each.id]) for each in verdicts),
    )


def _case(verdict: Verdict, facts: Facts) -> str:
    kind = verdict.outcome.name.lower()
    cells = (
        f"<b>{_said(verdict.outcome)}</b><span>{_said(verdict.id)}</span>"
        f"<span>{_said(facts.name)}</span><span>{_said(facts.profile)}</span>"
    )
    reason = f'<span class="reason">{_said(verdict.reason)}</span>' if verdict.reason else ""
    if not (verdict.trace or verdict.deviations):
        return f'<div class="row {kind}">{cells}{reason}</div>'
    inside = "".join(_inside(as_on_the_wire(verdict), facts))
    opened = " open" if verdict.outcome in (Outcome.FAILED, Outcome.ERROR) else ""
    return f'<details class="{kind}"{opened}><summary>{cells}{reason}</summary>{inside}</details>'


def _inside(verdict: Verdict, facts: Facts) -> Iterator[str]:
    if facts.requirements:
        yield f"<p>Requirements: {_said(', '.join(facts.requirements))}</p>"
    for name, found in (("", verdict.deviations), ("Afterwards", verdict.warnings)):
        if found:
            yield f"<h2>{name}</h2>" if name else ""
            yield "<table><tr><th>When</th><th>What</th><th>Expected</th><th>Came</th></tr>"
            yield from map(_deviation, found)
            yield "</table>"
    yield f"<pre>{''.join(map(_traced, verdict.trace))}</pre>"


def _traced(line: TraceLine) -> str:
    """A line of the trace; what deviates stands out."""
    marked = line.who == "kit" and line.text.startswith("deviation")
    said = _said(line)
    return f"<div><mark>{said}</mark></div>" if marked else f"<div>{said}</div>"


def _deviation(deviation: Deviation) -> str:
    told = (deviation.where, deviation.path, deviation.expected, deviation.came)
    return f"<tr>{''.join(f'<td>{_said(each)}</td>' for each in told)}</tr>"


def _said(value: object) -> str:
    return escape(printable(str(value)))
