"""The ledger of a version: each requirement with its places, tests or reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum

from attrs import frozen

from ocppkit.v16 import configuration
from ocppkit.variable import ConfigurationKey

from . import markers, sources
from .cases import shown_by_cases
from .requirements import ROOT, Edition, Requirement, chapter_order, editions, names


class State(StrEnum):
    """How a requirement stands."""

    SHOWN = "shown"
    REASON = "reason"
    OTHER = "other"
    OPEN = "open"


@frozen(kw_only=True)
class Entry:
    """A requirement and what is known of it.

    Attributes:
        places: the modules that implement it, below ``runtime/ocppkit/``.
        tests: the ids of the tests that show it.
        reason: why none does; empty without one.
    """

    requirement: Requirement
    places: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    reason: str = ""

    @property
    def state(self) -> State:
        """Shown, excused, another party's, or open."""
        if self.tests:
            return State.SHOWN
        if self.reason:
            return State.REASON
        return State.OPEN if self.requirement.of_station else State.OTHER


@frozen(kw_only=True)
class Book:
    """All entries of an edition, in the order of its table."""

    edition: Edition
    entries: tuple[Entry, ...]

    def groups(self) -> dict[str, list[Entry]]:
        """The entries under their headings."""
        found: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            found[entry.requirement.group].append(entry)
        return dict(found)

    def problems(self) -> list[str]:
        """What must not be: open entries of what is finished, reasons that no longer hold."""
        known = self.edition.requirements
        return [
            *(
                f"{entry.requirement.id}: neither a test nor a reason"
                for entry in self.entries
                if entry.state is State.OPEN and self.edition.is_finished(entry.requirement.group)
            ),
            *(
                f"{entry.requirement.id}: has a test and needs no reason"
                for entry in self.entries
                if entry.tests and entry.reason
            ),
            *(
                f"not_applicable.toml: {name} does not exist"
                for name in self.edition.reasons
                if name not in known
            ),
        ]


def words() -> dict[str, str]:
    """The classes, constants and names that stand for messages and keys of 1.6."""
    found = {
        f"{requirement.id.removeprefix('1.6 ')}{half}": requirement.id
        for requirement in editions()[0].requirements.values()
        if requirement.kind == "message"
        for half in ("Request", "Response")
    }
    for name in configuration.__all__:
        profile = getattr(configuration, name)
        if isinstance(profile, type):
            for constant, key in vars(profile).items():
                if isinstance(key, ConfigurationKey):
                    found[constant] = found[key.key] = f"1.6 key {key.key}"
    return found


def build(
    edition: Edition, shown: Iterable[markers.Shown], places: Mapping[str, Iterable[str]]
) -> Book:
    """Put together what is known."""
    by_name = names(edition)
    tests: defaultdict[str, set[str]] = defaultdict(set)
    for mark in shown:
        if requirement := by_name.get(mark.requirement):
            tests[requirement.id].add(mark.test)
    where: defaultdict[str, set[str]] = defaultdict(set)
    for name, modules in places.items():
        if requirement := by_name.get(name):
            where[requirement.id].update(modules)
    return Book(
        edition=edition,
        entries=tuple(
            Entry(
                requirement=requirement,
                places=tuple(sorted(where[requirement.id])),
                tests=tuple(sorted(tests[requirement.id])),
                reason=edition.reasons.get(requirement.id, ""),
            )
            for requirement in sorted(
                edition.requirements.values(), key=lambda one: _place(one, edition)
            )
        ),
    )


def _place(requirement: Requirement, edition: Edition) -> tuple[int, list[tuple[int, str]]]:
    groups = list(dict.fromkeys(one.group for one in edition.requirements.values()))
    return groups.index(requirement.group), chapter_order(requirement.id)


def unknown(shown: Iterable[markers.Shown], places: Mapping[str, Iterable[str]]) -> list[str]:
    """The ids that tests, docstrings or comments name and that no table has.

    The runtime may name any section of 1.6, for not every section asks for something.
    """
    known = {name for edition in editions() for name in names(edition)}
    return sorted(
        {
            *(
                f"{mark.test}: {mark.requirement}"
                for mark in shown
                if mark.requirement not in known
            ),
            *(
                f"{place}: {name}"
                for name, modules in places.items()
                if ".FR." in name and name not in known
                for place in modules
            ),
        }
    )


def books() -> tuple[Book, ...]:
    """The ledgers of this repository as it stands."""
    shown, places = markers.scan(ROOT) | shown_by_cases(ROOT), sources.scan(ROOT, words())
    return tuple(build(edition, shown, places) for edition in editions())
