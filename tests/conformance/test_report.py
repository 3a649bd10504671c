from __future__ import annotations

from xml.etree import ElementTree as ET

from ocppkit.conformance import Outcome, Verdict, all_facts
from ocppkit.conformance.page import page
from ocppkit.conformance.report import junit, summary, text
from ocppkit.conformance.verdict import Deviation, TraceLine

E_03, E_06, C_02 = (all_facts()[f"TC_{name}_CS"] for name in ("E_03", "E_06", "C_02"))
FAILED = Verdict(
    id=E_03.id,
    outcome=Outcome.FAILED,
    deviations=(Deviation(step="9", path="seq_no", expected="1", came="<b>2\x1b[2J</b>"),),
    trace=(TraceLine(at=1.5, who="station", text='TransactionEvent {"a":"<script>"}'),),
    seconds=2,
)
PASSED = Verdict(id=E_06.id, outcome=Outcome.PASSED, seconds=1)
LACKING = Verdict(id=C_02.id, outcome=Outcome.NOT_APPLICABLE, reason="needs C-30")
VERDICTS = [FAILED, PASSED, LACKING]
FACTS = [E_03, E_06, C_02]


def test_a_failure_says_what_was_expected_and_what_came() -> None:
    said = text(FAILED, E_03)

    assert said.splitlines()[0].startswith("FAILED TC_E_03_CS")
    assert "main, step 9: seqNo: expected 1, came <b>2" in said
    assert "\x1b" not in said
    assert "TransactionEvent" not in said
    assert "1.500 -> TransactionEvent" in text(FAILED, E_03, trace=True)


def test_the_sum_counts_what_there_is() -> None:
    assert summary(VERDICTS) == "1 passed, 1 failed, 1 not applicable"


def test_ci_servers_can_read_it() -> None:
    suite = ET.fromstring(junit(VERDICTS, FACTS).encode())  # noqa: S314  # our own

    assert {name: suite.get(name) for name in ("tests", "failures", "skipped", "errors")} == {
        "tests": "3", "failures": "1", "skipped": "1", "errors": "0",
    }  # fmt: skip
    assert [[child.tag for child in case] for case in suite] == [["failure"], [], ["skipped"]]
    assert suite[0].get("classname") == "Core.E"


def test_the_page_shows_a_stations_words_as_text() -> None:
    shown = page(VERDICTS, FACTS, title="Mine & yours")

    assert "Mine &amp; yours" in shown
    assert "&lt;b&gt;2" in shown
    assert "<script" not in shown
    assert shown.count("<details") == 1
    assert "E02.FR.01" in shown
    assert "needs C-30" in shown
