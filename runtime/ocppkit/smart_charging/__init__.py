"""Smart charging of both versions: what may be drawn, when, and why (2.0.1 block K, 1.6 §3.13).

Pure: no input or output, no clock; every moment comes in as an argument. `prepare` the installed
profiles once after each change of them; then ask `composite`, `evse_allowed`, `station_allowed` or
`explain`. What stands between profiles and messages, and what decides whether a profile may be
installed, is imported from its own module.
"""

from __future__ import annotations

from ocppkit.smart_charging.composite import (
    MOST_PERIODS,
    Composite,
    CompositePeriod,
    composite,
    composites,
)
from ocppkit.smart_charging.explain import Decider, Explanation, explain
from ocppkit.smart_charging.instant import Allowed, evse_allowed, station_allowed
from ocppkit.smart_charging.layers import Conditions
from ocppkit.smart_charging.model import (
    Installed,
    Kind,
    LimitSource,
    Period,
    Profile,
    Purpose,
    Recurrency,
    Schedule,
    Supply,
    Transaction,
    Unit,
)
from ocppkit.smart_charging.prepared import Prepared, prepare
from ocppkit.smart_charging.verdict import Reason, Verdict

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
