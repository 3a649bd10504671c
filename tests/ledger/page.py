"""A ledger as a page of the documentation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from .book import Book, Entry, State

_WHO = {
    "station": "station",
    "csms": "CSMS",
    "both": "station and CSMS",
    "local_controller": "local controller",
}
_COLUMNS = {
    State.SHOWN: "shown by tests",
    State.REASON: "with a reason",
    State.OTHER: "another party's",
    State.OPEN: "open",
}
_INTRODUCTION = """\
Written by `make ledger` from the markers of the tests, the sources that the runtime names, and the
tables under `schemas/` and `tests/ledger/`; the tests fail when it is stale. It looks at the
station: a requirement is shown where a test asserts it, has a reason where it asks nothing of this
station, and is another party's where the specification gives it to the CSMS (or a local
controller) alone.

This is no certificate: nobody but its own tests has judged it. Whoever needs one runs the OCTT of
the Open Charge Alliance against the station that is built on this library.

A test that is marked `skip` or `skipif` counts for nothing here, also where it would run. Of one
that is given several cases and skips some of them, the others count.
"""


def _counts(book: Book) -> Iterable[str]:
    yield from _header()
    total: Counter[State] = Counter()
    for group, entries in book.groups().items():
        count = Counter(entry.state for entry in entries)
        total += count
        yield _line(group, count)
    yield _line("**all**", total)


def _sums(book: Book) -> Iterable[str]:
    """Where the feature profiles stand; nothing for a version without any."""
    found: dict[str, Counter[State]] = {}
    for entry in book.entries:
        if entry.requirement.profile:
            found.setdefault(entry.requirement.profile, Counter())[entry.state] += 1
    if not found:
        return
    yield from ("## By feature profile", "")
    yield "Messages with their sections, configuration keys, and what papers beside 1.6 ask for."
    yield ""
    yield from _header()
    for profile in sorted(found):
        yield _line(profile.replace("_", " "), found[profile])
    yield ""


def _header() -> Iterable[str]:
    yield f"| | requirements | {' | '.join(_COLUMNS.values())} |"
    yield f"| --- {'| ---: ' * (len(_COLUMNS) + 1)}|"


def _unsupported(book: Book) -> Iterable[str]:
    """What there is a reason for, by the reason."""
    by_reason: dict[str, list[str]] = {}
    for entry in book.entries:
        if entry.state is State.REASON:
            by_reason.setdefault(entry.reason, []).append(entry.requirement.id)
    if not by_reason:
        return
    yield from ("## Not supported, or not asked of a station", "")
    for reason, ids in by_reason.items():
        yield f"- {', '.join(ids)}: {reason}"
    yield ""


def _line(name: str, count: Counter[State]) -> str:
    numbers = [count.total(), *(count[state] for state in _COLUMNS)]
    return f"| {name} | {' | '.join(str(number) for number in numbers)} |"


def _entry(entry: Entry) -> Iterable[str]:
    requirement = entry.requirement
    chapter = f" {requirement.chapter}" if requirement.chapter else ""
    title = f": {requirement.title}" if requirement.title else ""
    yield f"- **{requirement.id}**{chapter} ({_WHO[requirement.actor]}){title}"
    if entry.places:
        yield f"  - in {', '.join(f'`{place}`' for place in entry.places)}"
    for test in entry.tests:
        yield f"  - `{test}`"
    if entry.reason:
        yield f"  - {entry.reason}"
    elif entry.state is State.OPEN:
        yield "  - open"


def _is_told(book: Book, entry: Entry) -> bool:
    """Of what is not finished only what there is: a long list of what is open tells nothing."""
    if book.edition.is_finished(entry.requirement.group):
        return True
    return bool(entry.tests or entry.places or entry.reason)


def render(book: Book) -> str:
    """The page, as Markdown."""
    lines = [
        f"# Conformance: {book.edition.title}",
        "",
        *_INTRODUCTION.splitlines(),
        "",
        *_sums(book),
        *_unsupported(book),
        "## By group",
        "",
        *_counts(book),
    ]
    for group, entries in book.groups().items():
        lines += ["", f"## {group}", ""]
        if not book.edition.is_finished(group):
            lines += ["Not finished: only what has a place or a test is listed.", ""]
        for entry in entries:
            if _is_told(book, entry):
                lines += _entry(entry)
    return "\n".join(lines).rstrip() + "\n"
