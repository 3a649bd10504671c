from __future__ import annotations

import ast
import csv

import pytest

from . import book, markers, sources
from .book import Entry, State
from .markers import Shown, UnreadableMarker
from .page import render
from .requirements import ROOT, Edition, Requirement, chapter_order, editions, names

RUN = "run `make ledger`"


@pytest.fixture(scope="module")
def books() -> dict[str, book.Book]:
    return {each.edition.name: each for each in book.books()}


@pytest.mark.parametrize("name", ["v16", "v201"])
def test_the_page_is_what_the_tests_and_the_tables_say(
    books: dict[str, book.Book], name: str
) -> None:
    page = books[name].edition.page

    assert page.is_file(), RUN
    assert page.read_text(encoding="utf-8") == render(books[name]), RUN


def test_every_id_in_tests_and_in_the_runtime_exists() -> None:
    shown, places = markers.scan(ROOT), sources.scan(ROOT, book.words())

    assert book.unknown(shown, places) == []


@pytest.mark.parametrize("name", ["v16", "v201"])
def test_every_requirement_of_what_is_finished_has_a_test_or_a_reason(
    books: dict[str, book.Book], name: str
) -> None:
    assert books[name].problems() == []


def test_all_messages_and_keys_of_1_6_are_in_the_ledger(books: dict[str, book.Book]) -> None:
    told = {entry.requirement.id for entry in books["v16"].entries}
    folder = ROOT / "schemas" / "v16"
    with (folder / "actions.csv").open(encoding="utf-8", newline="") as file:
        messages = {f"1.6 {row['action']}" for row in csv.DictReader(file)}
    with (folder / "configuration_keys.csv").open(encoding="utf-8", newline="") as file:
        keys = {f"1.6 key {row['key']}" for row in csv.DictReader(file)}

    assert len(messages) == 39
    assert messages | keys <= told


@pytest.mark.parametrize("edition", editions(), ids=lambda edition: edition.name)
def test_no_id_means_two_requirements(edition: Edition) -> None:
    spelled = [name for each in edition.requirements.values() for name in (each.id, *each.also)]

    assert len(spelled) == len(set(spelled))
    assert set(spelled) <= set(names(edition))


def found(text: str) -> dict[str, set[str]]:
    shown: dict[str, set[str]] = {}
    for mark in markers.scan_text(text, "tests/test_x.py"):
        shown.setdefault(mark.test.removeprefix("tests/test_x.py::"), set()).add(mark.requirement)
    return shown


def test_markers_of_modules_classes_functions_and_parameters_count() -> None:
    text = """
pytestmark = [pytest.mark.requirement("M"), pytest.mark.long]

@pytest.mark.requirement("C")
class TestAll:
    @pytest.mark.requirement("F", "G")
    async def test_it(self): ...

@pytest.mark.parametrize("x", [pytest.param(1, marks=[pytest.mark.requirement("P")]), 2])
def test_some(x): ...

def helper(): ...
"""

    assert found(text) == {"TestAll::test_it": {"M", "C", "F", "G"}, "test_some": {"M", "P"}}


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("test_5_13_a_reservation_ends", "1.6 §5.13"),
        ("test_1_6_3_13_2_the_same_level", "1.6 §3.13.2"),
        ("test_9_1_22_a_reset_is_tried_again", "1.6 §9.1.22"),
        ("test_errata_3_87_an_unknown_connector", "1.6 errata 3.87"),
        ("test_1_6_errata_3_25_what_fits", "1.6 errata 3.25"),
        ("test_j_4_2_3_what_breaks_the_schema", "1.6-J §4.2.3"),
        ("test_1_6_has_no_custom_data", None),
        ("test_2_0_1_needs_an_id", None),
        ("test_in_1_6_it_does", None),
        ("test_8_of_them", None),
    ],
)
def test_a_name_that_begins_with_a_section_shows_it(name: str, identifier: str | None) -> None:
    assert found(f"def {name}(): ...") == ({name: {identifier}} if identifier else {})


@pytest.mark.parametrize("argument", ["", "NAME", 'f"{x}"', "id='A01.FR.01'", "*ids", "1"])
def test_a_marker_whose_ids_cannot_be_read_is_a_mistake(argument: str) -> None:
    text = f"@pytest.mark.requirement({argument})\ndef test_it(): ..."

    with pytest.raises(UnreadableMarker, match=r"tests/test_x\.py:1: .* plain strings"):
        markers.scan_text(text, "tests/test_x.py")


@pytest.mark.parametrize(
    ("said", "ids"),
    [
        ("Resets (B11.FR.06, 1.6 §5.14).", {"B11.FR.06", "1.6 §5.14"}),
        ("As told (1.6 §5.5, §5.7 and §5.16; K01.FR.45).", {f"1.6 §5.{n}" for n in (5, 7, 16)}),
        ("Rejected (whitepaper A05.FR.01).", {"1.6-SEC A05.FR.01"}),
        ("It stays (1.6 M04.FR.06).", {"1.6-SEC M04.FR.06"}),
        ("(errata §3.39) and (1.6 errata 3.42)", {"1.6 errata 3.39", "1.6 errata 3.42"}),
        ("(errata 2025-09 §4.12), (OCPP-J errata 3.4)", set()),
        ("(1.6-J §4.2.1, 2.0.1 Part 4 §4.1.5)", {"1.6-J §4.2.1"}),
    ],
)
def test_sources_are_read_from_what_the_runtime_says(said: str, ids: set[str]) -> None:
    assert set(sources.named_in(said)) - {"K01.FR.45"} == ids


def test_docstrings_of_constants_and_comments_are_read_too() -> None:
    text = 'X = 1\n"""How long (E01.FR.01)."""\ny = 2  # (E01.FR.02)\n'

    said = " ".join(sources.words_of(ast.parse(text), text))
    assert set(sources.named_in(said)) == {"E01.FR.01", "E01.FR.02"}


def edition(*, finished: frozenset[str] | None = None, **reasons: str) -> Edition:
    table = [
        Requirement(id="A01.FR.01", actor="station", group="A"),
        Requirement(id="A01.FR.02", actor="csms", group="A"),
        Requirement(id="A01.FR.03", actor="both", group="A", also=("other",)),
    ]
    return Edition(
        name="v",
        title="V",
        requirements={each.id: each for each in table},
        finished=finished,
        reasons={name.replace("_", "."): reason for name, reason in reasons.items()},
    )


def test_what_is_finished_needs_a_test_or_a_reason_but_for_what_others_do() -> None:
    it = book.build(edition(), [Shown(requirement="other", test="t")], {})

    assert [entry.state for entry in it.entries] == [State.OPEN, State.OTHER, State.SHOWN]
    assert it.problems() == ["A01.FR.01: neither a test nor a reason"]
    assert book.build(edition(A01_FR_01="why", A01_FR_03="why"), [], {}).problems() == []


def test_what_is_not_finished_may_be_open() -> None:
    assert book.build(edition(finished=frozenset()), [], {}).problems() == []


def test_a_reason_for_what_is_shown_or_does_not_exist_is_a_mistake() -> None:
    shown = [Shown(requirement="A01.FR.03", test="t")]
    it = book.build(edition(A01_FR_01="why", A01_FR_03="why", A01_FR_09="why"), shown, {})

    assert it.problems() == [
        "A01.FR.03: has a test and needs no reason",
        "not_applicable.toml: A01.FR.09 does not exist",
    ]


def test_an_id_that_no_table_has_is_named_with_its_place() -> None:
    shown = [Shown(requirement="E01.FR.99", test="t"), Shown(requirement="E01.FR.01", test="t")]
    places = {"Q01.FR.01": {"x.py"}, "1.6 §2": {"x.py"}}

    assert book.unknown(shown, places) == ["t: E01.FR.99", "x.py: Q01.FR.01"]


def test_in_a_file_of_the_whitepaper_names_tell_nothing() -> None:
    named = "async def test_5_5_each_message_can_be_triggered(): ...\n"
    marked = '@pytest.mark.requirement("1.6-SEC A02.FR.02")\ndef test_signed(): ...\n'

    assert found(named) == {"test_5_5_each_message_can_be_triggered": {"1.6 §5.5"}}
    assert found(marked + named) == {"test_signed": {"1.6-SEC A02.FR.02"}}


@pytest.mark.parametrize(
    "text",
    [
        '@pytest.mark.skip\n@pytest.mark.requirement("A")\ndef test_it(): ...',
        '@pytest.mark.requirement("A")\n@pytest.mark.skipif(root, reason="x")\ndef test_it(): ...',
        '@pytest.mark.skip(reason="x")\nclass TestAll:\n def test_4_9_it(self): ...',
        'pytestmark = pytest.mark.skipif(linux, reason="x")\ndef test_4_9_it(): ...',
    ],
)
def test_what_may_be_skipped_shows_nothing(text: str) -> None:
    assert found(text) == {}


def test_every_section_has_the_name_of_its_chapter() -> None:
    sections = [each for each in editions()[0].requirements.values() if each.kind == "section"]

    assert [each.id for each in sections if "errata" not in each.id and not each.chapter] == []


def test_a_page_says_first_how_profiles_stand_what_is_not_supported_and_what_it_is_not() -> None:
    one = Requirement(id="1.6 §4.9", actor="station", group="g", profile="core", chapter="Status")
    it = book.build(
        Edition(name="v16", title="x", requirements={one.id: one}, reasons={one.id: "Not here."}),
        [],
        {},
    )

    text = render(it)
    assert "| core | 1 | 0 | 1 | 0 | 0 |" in text
    assert "## Not supported, or not asked of a station\n\n- 1.6 §4.9: Not here.\n" in text
    assert text.index("## By feature profile") < text.index("## Not supported") < text.index("## g")
    assert "This is no certificate" in text
    assert "- **1.6 §4.9** Status (station)" in text


def test_a_page_counts_and_lists() -> None:
    it = book.build(
        edition(A01_FR_01="not here"),
        [Shown(requirement="A01.FR.03", test="tests/test_x.py::test_it")],
        {"A01.FR.03": {"station/core.py"}},
    )

    text = render(it)
    assert "| **all** | 3 | 1 | 1 | 1 | 0 |" in text
    assert "- **A01.FR.01** (station)\n  - not here\n- **A01.FR.02** (CSMS)\n" in text
    assert "  - in `station/core.py`\n  - `tests/test_x.py::test_it`\n" in text


def test_what_is_not_finished_is_listed_where_there_is_something() -> None:
    shown = [Shown(requirement="A01.FR.03", test="t")]

    text = render(book.build(edition(finished=frozenset()), shown, {}))
    assert "Not finished" in text
    assert "**A01.FR.01**" not in text
    assert "**A01.FR.03**" in text


def test_ids_are_sorted_by_their_numbers() -> None:
    ids = ["1.6 §5.13", "1.6 §5.9", "1.6 §5.16.4", "1.6 §5.16"]

    assert sorted(ids, key=chapter_order) == [ids[1], ids[0], ids[3], ids[2]]


def test_an_entry_without_anything_is_open_only_for_a_station() -> None:
    states = {
        actor: Entry(requirement=Requirement(id="x", actor=actor, group="g")).state
        for actor in ("station", "both", "csms", "local_controller")
    }

    assert states == {
        "station": State.OPEN,
        "both": State.OPEN,
        "csms": State.OTHER,
        "local_controller": State.OTHER,
    }
