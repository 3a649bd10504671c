"""The conformance kit: a CSMS that plays Part 6's charging-station cases against any station."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocppkit.lazy import attach

if TYPE_CHECKING:
    from ocppkit.conformance.case import CASES as CASES
    from ocppkit.conformance.case import Case as Case
    from ocppkit.conformance.case import case as case
    from ocppkit.conformance.facts import Facts as Facts
    from ocppkit.conformance.facts import all_facts as all_facts
    from ocppkit.conformance.kit import Kit as Kit
    from ocppkit.conformance.runner import Runner as Runner
    from ocppkit.conformance.runner import select as select
    from ocppkit.conformance.settings import CaseSettings as CaseSettings
    from ocppkit.conformance.settings import read_settings as read_settings
    from ocppkit.conformance.verdict import Outcome as Outcome
    from ocppkit.conformance.verdict import Verdict as Verdict
    from ocppkit.conformance.world import World as World

__all__ = [
    "CASES",
    "Case",
    "CaseSettings",
    "Facts",
    "Kit",
    "Outcome",
    "Runner",
    "Verdict",
    "World",
    "all_facts",
    "case",
    "read_settings",
    "select",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "CASES": "ocppkit.conformance.case",
        "Case": "ocppkit.conformance.case",
        "case": "ocppkit.conformance.case",
        "Facts": "ocppkit.conformance.facts",
        "all_facts": "ocppkit.conformance.facts",
        "Kit": "ocppkit.conformance.kit",
        "Runner": "ocppkit.conformance.runner",
        "select": "ocppkit.conformance.runner",
        "CaseSettings": "ocppkit.conformance.settings",
        "read_settings": "ocppkit.conformance.settings",
        "Outcome": "ocppkit.conformance.verdict",
        "Verdict": "ocppkit.conformance.verdict",
        "World": "ocppkit.conformance.world",
    },
)
