"""Smart charging of both versions: what may be drawn, when, and why (2.0.1 block K, 1.6 §3.13).

Pure: no input or output, no clock; every moment comes in as an argument. `prepare` the installed
profiles once after each change of them; then ask `composite`, `evse_allowed`, `station_allowed` or
`explain`. What stands between profiles and messages, and what decides whether a profile may be
installed, is imported from its own module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocppkit.lazy import attach

if TYPE_CHECKING:
    from ocppkit.smart_charging.composition import MOST_PERIODS as MOST_PERIODS
    from ocppkit.smart_charging.composition import Composite as Composite
    from ocppkit.smart_charging.composition import CompositePeriod as CompositePeriod
    from ocppkit.smart_charging.composition import composite as composite
    from ocppkit.smart_charging.composition import composites as composites
    from ocppkit.smart_charging.explanation import Decider as Decider
    from ocppkit.smart_charging.explanation import Explanation as Explanation
    from ocppkit.smart_charging.explanation import explain as explain
    from ocppkit.smart_charging.instant import Allowed as Allowed
    from ocppkit.smart_charging.instant import evse_allowed as evse_allowed
    from ocppkit.smart_charging.instant import station_allowed as station_allowed
    from ocppkit.smart_charging.layers import Conditions as Conditions
    from ocppkit.smart_charging.model import Installed as Installed
    from ocppkit.smart_charging.model import Period as Period
    from ocppkit.smart_charging.model import Profile as Profile
    from ocppkit.smart_charging.model import Schedule as Schedule
    from ocppkit.smart_charging.model import Supply as Supply
    from ocppkit.smart_charging.model import Transaction as Transaction
    from ocppkit.smart_charging.prepared import Prepared as Prepared
    from ocppkit.smart_charging.prepared import prepare as prepare
    from ocppkit.smart_charging.terms import Kind as Kind
    from ocppkit.smart_charging.terms import LimitSource as LimitSource
    from ocppkit.smart_charging.terms import Purpose as Purpose
    from ocppkit.smart_charging.terms import Recurrency as Recurrency
    from ocppkit.smart_charging.terms import Unit as Unit
    from ocppkit.smart_charging.verdict import Reason as Reason
    from ocppkit.smart_charging.verdict import Verdict as Verdict

__all__ = [
    "MOST_PERIODS",
    "Allowed",
    "Composite",
    "CompositePeriod",
    "Conditions",
    "Decider",
    "Explanation",
    "Installed",
    "Kind",
    "LimitSource",
    "Period",
    "Prepared",
    "Profile",
    "Purpose",
    "Reason",
    "Recurrency",
    "Schedule",
    "Supply",
    "Transaction",
    "Unit",
    "Verdict",
    "composite",
    "composites",
    "evse_allowed",
    "explain",
    "prepare",
    "station_allowed",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "MOST_PERIODS": "ocppkit.smart_charging.composition",
        "Allowed": "ocppkit.smart_charging.instant",
        "Composite": "ocppkit.smart_charging.composition",
        "CompositePeriod": "ocppkit.smart_charging.composition",
        "Conditions": "ocppkit.smart_charging.layers",
        "Decider": "ocppkit.smart_charging.explanation",
        "Explanation": "ocppkit.smart_charging.explanation",
        "Installed": "ocppkit.smart_charging.model",
        "Kind": "ocppkit.smart_charging.terms",
        "LimitSource": "ocppkit.smart_charging.terms",
        "Period": "ocppkit.smart_charging.model",
        "Prepared": "ocppkit.smart_charging.prepared",
        "Profile": "ocppkit.smart_charging.model",
        "Purpose": "ocppkit.smart_charging.terms",
        "Reason": "ocppkit.smart_charging.verdict",
        "Recurrency": "ocppkit.smart_charging.terms",
        "Schedule": "ocppkit.smart_charging.model",
        "Supply": "ocppkit.smart_charging.model",
        "Transaction": "ocppkit.smart_charging.model",
        "Unit": "ocppkit.smart_charging.terms",
        "Verdict": "ocppkit.smart_charging.verdict",
        "composite": "ocppkit.smart_charging.composition",
        "composites": "ocppkit.smart_charging.composition",
        "evse_allowed": "ocppkit.smart_charging.instant",
        "explain": "ocppkit.smart_charging.explanation",
        "prepare": "ocppkit.smart_charging.prepared",
        "station_allowed": "ocppkit.smart_charging.instant",
    },
)
