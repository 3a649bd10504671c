"""Verdicts as text, and as JUnit's XML."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from attrs import evolve

from ocppkit.conformance.facts import Facts
from ocppkit.conformance.verdict import Deviation, Outcome, TraceLine, Verdict
from ocppkit.printable import printable

__all__ = ["as_on_the_wire", "junit", "line", "summary", "text"]

_SIGNS = {
    Outcome.PASSED: "passed",
    Outcome.FAILED: "FAILED",
    Outcome.NOT_APPLICABLE: "n/a",
    Outcome.ERROR: "ERROR",
}


_INNER: Final = re.compile(r"(?<=[a-z0-9])_([a-z0-9])")


def as_on_the_wire(verdict: Verdict) -> Verdict:
    """The same verdict, its fields named as in the messages of its trace: ``chargingState``."""

    def named(deviation: Deviation) -> Deviation:
        return evolve(deviation, path=_INNER.sub(lambda found: found[1].upper(), deviation.path))

    renamed = {str(each): str(named(each)) for each in verdict.deviations}

    def told(each: TraceLine) -> TraceLine:
        for former, new in renamed.items():
            if each.text.endswith(former):
                return evolve(each, text=each.text.removesuffix(former) + new)
        return each

    return evolve(
        verdict,
        deviations=tuple(map(named, verdict.deviations)),
        warnings=tuple(map(named, verdict.warnings)),
        trace=tuple(map(told, verdict.trace)),
    )


def line(verdict: Verdict, facts: Facts) -> str:
    """A verdict in one line."""
    head = f"{_SIGNS[verdict.outcome]:<7}{verdict.id:<12}{facts.name}"
    return f"{head} ({verdict.reason})" if verdict.reason else head


def text(verdict: Verdict, facts: Facts, *, trace: bool = False) -> str:
    """A verdict with all that deviated.

    Args:
        verdict: of the case.
        facts: of the case.
        trace: whether to show what passed between station and kit, if it failed.
    """
    verdict = as_on_the_wire(verdict)
    lines = [line(verdict, facts)]
    lines += [f"       {printable(str(each))}" for each in verdict.deviations]
    lines += [f"       afterwards: {printable(str(each))}" for each in verdict.warnings]
    if trace and verdict.outcome in (Outcome.FAILED, Outcome.ERROR):
        lines += [f"       | {printable(str(each))}" for each in verdict.trace]
    return "\n".join(lines)


def summary(verdicts: Sequence[Verdict]) -> str:
    """How many of each."""
    counted = Counter(each.outcome for each in verdicts)
    return ", ".join(f"{counted[outcome]} {outcome}" for outcome in Outcome if counted[outcome])


def junit(verdicts: Sequence[Verdict], facts: Sequence[Facts]) -> str:
    """The verdicts in the XML that CI servers read."""
    known = {each.id: each for each in facts}
    counted = Counter(each.outcome for each in verdicts)
    suite = ET.Element(
        "testsuite",
        name="OCPP 2.0.1 charging station",
        tests=str(len(verdicts)),
        failures=str(counted[Outcome.FAILED]),
        errors=str(counted[Outcome.ERROR]),
        skipped=str(counted[Outcome.NOT_APPLICABLE]),
        time=f"{sum(each.seconds for each in verdicts):.3f}",
    )
    for verdict in verdicts:
        about = known[verdict.id]
        case = ET.SubElement(
            suite,
            "testcase",
            classname=f"{about.profile}.{about.block}",
            name=f"{verdict.id} {about.name}",
            time=f"{verdict.seconds:.3f}",
        )
        _add_outcome(case, verdict)
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _add_outcome(case: ET.Element, verdict: Verdict) -> None:
    verdict = as_on_the_wire(verdict)
    trace = "\n".join(printable(str(each)) for each in verdict.trace)
    match verdict.outcome:
        case Outcome.PASSED:
            return
        case Outcome.NOT_APPLICABLE:
            _ = ET.SubElement(case, "skipped", message=printable(verdict.reason))
        case Outcome.FAILED:
            found = [printable(str(each)) for each in verdict.deviations]
            failure = ET.SubElement(case, "failure", message=found[0] if found else "")
            failure.text = "\n".join([*found, "", trace])
        case Outcome.ERROR:
            error = ET.SubElement(case, "error", message=printable(verdict.reason))
            error.text = trace
