"""Authorization of both versions: who may charge, and whom to ask (2.0.1 blocks C and D, 1.6 §3.5).

Pure: no input or output, no clock; every moment comes in as an argument.
"""

from __future__ import annotations

from ocppkit.authorization.cache import Cache, Cached, Replacement
from ocppkit.authorization.decision import Known, Rules, Verdict, decide, look_up
from ocppkit.authorization.entry import Entry, Status, fold
from ocppkit.authorization.local_list import Changes, ListFault, LocalList

__all__ = [
    "Cache",
    "Cached",
    "Changes",
    "Entry",
    "Known",
    "ListFault",
    "LocalList",
    "Replacement",
    "Rules",
    "Status",
    "Verdict",
    "decide",
    "fold",
    "look_up",
]
