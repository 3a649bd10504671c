"""Which message goes next, when it goes again, and what gives way when too many wait.

Messages wait in a journal, which its owner brings along, in two lanes. What concerns transactions
goes in the order in which it happened and each only once the one before is settled; other messages
need not wait for those (1.6 §3.7). A message leaves the journal only when it is answered, or when
the CSMS failed to process it as often as it may (1.6 §3.7.1, E13).

A message whose transaction has no number yet comes only after the message that asks for it. So when
its turn comes and there still is none, the CSMS never took the start: 1.6 then says -1 (errata
§3.18).
"""

from __future__ import annotations

from ocppkit.rpc.outbox.journal import Journal, Message, Waiting
from ocppkit.rpc.outbox.outbox import Attempt, Nothing, Outbox, Step, WaitUntil
from ocppkit.rpc.outbox.policy import (
    Excess,
    Keep,
    Lane,
    Limits,
    OtherMessages,
    Retry,
    Totals,
)

__all__ = [
    "Attempt",
    "Excess",
    "Journal",
    "Keep",
    "Lane",
    "Limits",
    "Message",
    "Nothing",
    "OtherMessages",
    "Outbox",
    "Retry",
    "Step",
    "Totals",
    "WaitUntil",
    "Waiting",
]
