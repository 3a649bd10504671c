"""What entries have to do with each other: calls and answers, and the transactions they are of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from attrs import define, field, frozen

from ocppkit.message import Side
from ocppkit.message_log.entry import MESSAGES, Entry, EntryKind
from ocppkit.message_log.summary import registers_wh

__all__ = ["Conversation", "Step", "Transaction", "Wanted", "transactions"]

_REMEMBERED = 256  # unanswered CALLs a caller that are still looked for
_FAULTS = frozenset({EntryKind.CALLERROR, EntryKind.UNREADABLE, EntryKind.GAP})
_PLACES = (
    (),
    ("transactionInfo",),
    ("chargingProfile",),
    ("csChargingProfiles",),
)


@define(kw_only=True, eq=False)
class Step:
    """An entry and what others say of it; what is known grows while more entries come.

    Attributes:
        entry: the entry.
        action: its action, also where only its CALL names it; None where nobody knows.
        transaction: the id of the transaction that it is about.
        refused: of a CALL, whether a CALLERROR answers it.
        lack: of a CALL without an answer, why there is none.
    """

    entry: Entry
    action: str | None
    transaction: str | None = None
    refused: bool = False
    lack: str = ""

    @property
    def faulty(self) -> bool:
        """Whether something went wrong here: an error, a gap, no answer."""
        return self.entry.kind in _FAULTS or self.refused or bool(self.lack)


_Caller: TypeAlias = tuple[str, Side | None, Side | None]


@define
class Conversation:
    """Puts entries together as they come, in order."""

    steps: list[Step] = field(factory=list)
    _open: dict[_Caller, dict[str, Step]] = field(factory=dict)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> list[Step]:
        """The steps of a whole log, in order."""
        conversation = cls()
        for entry in entries:
            step, _ = conversation.add(entry)
            conversation.steps.append(step)
        for caller in list(conversation._open):
            conversation._give_up(caller, "no answer by the end of the log")
        return conversation.steps

    def add(self, entry: Entry) -> tuple[Step, list[Step]]:
        """Take the next entry.

        Returns:
            Its step, and the CALLs that are given up because of it.
        """
        step = Step(entry=entry, action=entry.action, transaction=_transaction_id(entry.payload))
        match entry.kind:
            case EntryKind.CALL:
                return step, self._called(step)
            case EntryKind.CALLRESULT | EntryKind.CALLERROR:
                self._answered(step)
                return step, []
            case EntryKind.CONNECTED | EntryKind.DISCONNECTED:
                callers = [(entry.identity, entry.side, sender) for sender in Side]
                reason = "no answer before the connection was lost"
                return step, [
                    given_up for caller in callers for given_up in self._give_up(caller, reason)
                ]
            case _:
                return step, []

    def _called(self, step: Step) -> list[Step]:
        entry = step.entry
        # One CALL a direction is under way at a time: the next means that the last is given up.
        caller = (entry.identity, entry.side, entry.sender)
        given_up = [one for one in self._open.get(caller, {}).values() if not one.lack]
        for one in given_up:
            one.lack = "no answer before the next call"
        calls = self._open.setdefault(caller, {})
        calls[entry.message_id or ""] = step
        if len(calls) > _REMEMBERED:
            del calls[next(iter(calls))]
        return given_up

    def _answered(self, answer: Step) -> None:
        entry = answer.entry
        asker = None if entry.sender is None else entry.sender.peer
        calls = self._open.get((entry.identity, entry.side, asker), {})
        call = calls.pop(entry.message_id or "", None)
        if call is None:
            return
        call.lack = ""
        call.refused = entry.kind is EntryKind.CALLERROR
        answer.action = answer.action or call.action
        call.transaction = answer.transaction = call.transaction or answer.transaction

    def _give_up(self, caller: _Caller, reason: str) -> list[Step]:
        given_up = [step for step in self._open.pop(caller, {}).values() if not step.lack]
        for step in given_up:
            step.lack = reason
        return given_up


def _transaction_id(payload: Any) -> str | None:
    for path in _PLACES:
        inner = payload
        for name in path:
            inner = inner.get(name) if isinstance(inner, Mapping) else None
        found = inner.get("transactionId") if isinstance(inner, Mapping) else None
        if isinstance(found, str | int) and not isinstance(found, bool):
            return str(found)
    return None


@frozen(kw_only=True)
class Wanted:
    """Which steps are shown: those that fit all that is asked for.

    Attributes:
        actions: their names, in lower case; empty for all.
        identities: of the stations; empty for all.
        since: the first moment.
        until: the last moment.
        errors: whether only what went wrong is wanted: errors with their calls, calls without an
            answer, unreadable messages, gaps.
        transaction: its id; None for all.
    """

    actions: frozenset[str] = frozenset()
    identities: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    errors: bool = False
    transaction: str | None = None

    def fits(self, step: Step) -> bool:
        """Whether the step is wanted."""
        entry = step.entry
        return (
            (not self.actions or (step.action or "").lower() in self.actions)
            and (not self.identities or entry.identity in self.identities)
            and (self.since is None or entry.time >= self.since)
            and (self.until is None or entry.time <= self.until)
            and (not self.errors or step.faulty)
            and (self.transaction is None or step.transaction == self.transaction)
        )


@define(kw_only=True)
class Transaction:
    """What a log tells of a transaction.

    Attributes:
        identity: the station's.
        id: the transaction's; 1.6's numbers as text.
        first: when it is first heard of.
        last: when it is last heard of.
        messages: how many messages are about it.
        meter_wh: the lowest and highest that the energy register showed, in Wh; None where untold.
        faulty: whether something went wrong.
    """

    identity: str
    id: str
    first: datetime
    last: datetime
    messages: int = 0
    meter_wh: tuple[float, float] | None = None
    faulty: bool = False

    @property
    def energy_wh(self) -> float | None:
        """What was charged, as far as the log tells."""
        return None if self.meter_wh is None else self.meter_wh[1] - self.meter_wh[0]


def transactions(steps: Iterable[Step]) -> list[Transaction]:
    """The transactions of a log, in the order in which they are first heard of."""
    found: dict[tuple[str, str], Transaction] = {}
    for step, transaction_id in _of_transactions(steps):
        entry = step.entry
        key = (entry.identity, transaction_id)
        if key not in found:
            found[key] = Transaction(
                identity=entry.identity, id=transaction_id, first=entry.time, last=entry.time
            )
        transaction = found[key]
        transaction.last = entry.time
        transaction.messages += 1
        transaction.faulty = transaction.faulty or step.faulty
        readings = [*registers_wh(entry.payload), *(transaction.meter_wh or ())]
        if readings:
            transaction.meter_wh = (min(readings), max(readings))
    return list(found.values())


def _of_transactions(steps: Iterable[Step]) -> Iterator[tuple[Step, str]]:
    for step in steps:
        if step.transaction is not None and step.entry.kind in MESSAGES:
            yield step, step.transaction
