"""Why a schedule is as it is: the explanations of its periods, as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from ocppkit.cli.schedule_case import Worked, moment, number
from ocppkit.message import Version
from ocppkit.scalars import format_time
from ocppkit.smart_charging.explanation import Decider, Explanation, explain
from ocppkit.smart_charging.layers import Conditions
from ocppkit.smart_charging.model import Installed, Purpose, Transaction
from ocppkit.smart_charging.prepared import Prepared, prepare
from ocppkit.smart_charging.verdict import Verdict

__all__ = ["as_json", "as_lines", "explanations"]

_DECIDERS = {
    Decider.EVSES: "that is what all EVSEs together may draw",
    Decider.DEFAULT: "no profile limits, so the default limit holds",
    Decider.NOTHING: "nothing limits",
}


def explanations(worked: Worked, at: int | None) -> Iterator[Explanation]:
    """Explain an instant, or each period of a schedule.

    Args:
        worked: the schedule.
        at: the instant, in epoch s; None for each period.
    """
    prepared, conditions = _from_start(worked)
    for instant in worked.composite.starts if at is None else [at]:
        yield explain(
            prepared,
            conditions,
            evse=worked.case.evse,
            at=instant,
            unit=worked.case.unit,
        )


def _from_start(worked: Worked) -> tuple[Prepared, Conditions]:
    """What an instant is to be seen with so that it is one of the schedule.

    By itself an instant takes a transaction that does not go on to begin then, and not with the
    schedule: so there is one now, everywhere.
    """
    case, given = worked.case, worked.conditions
    start = moment(case.start)
    transactions = []
    assumed = set()
    for evse in (0, *given.evses):  # those of the station are relative to something, too
        listed = given.transaction(evse)
        if listed is None:
            assumed.add(evse)
            listed = Transaction(evse=evse, id=None, start=start)
        transactions.append(evolve(listed, start=start) if case.simulate else listed)
    prepared = prepare(
        (_of_any(each, assumed) for each in worked.installed), worked.prepared.supply
    )
    return prepared, evolve(given, simulate=False, transactions=transactions)


def _of_any(installed: Installed, assumed: set[int]) -> Installed:
    """A TxProfile is for the assumed transaction, whatever id it names."""
    profile = installed.profile
    if profile.purpose is not Purpose.TX or installed.evse not in assumed:
        return installed
    return evolve(installed, profile=evolve(profile, transaction_id=None))


def as_json(worked: Worked, explanation: Explanation) -> dict[str, Any]:
    """An explanation as the command prints it."""
    place = "connectorId" if worked.case.version is Version.V16 else "evseId"
    told: dict[str, Any] = {
        place: explanation.evse,
        "at": format_time(moment(explanation.at)),
        "limit": number(explanation.limit),
    }
    if explanation.phases is not None:
        told["numberPhases"] = explanation.phases
    told["decider"] = explanation.decider.value
    told["profiles"] = [_verdict(each, place, explanation) for each in explanation.verdicts]
    if explanation.evses:
        told["evses"] = [as_json(worked, each) for each in explanation.evses]
    return told


def _verdict(verdict: Verdict, place: str, explanation: Explanation) -> dict[str, Any]:
    profile = verdict.installed.profile
    told: dict[str, Any] = {
        "profile": profile.id,
        place: verdict.installed.evse,
        "purpose": profile.purpose.value,
        "stackLevel": profile.stack_level,
        "decides": verdict in explanation.deciding,
        "reason": verdict.reason.value,
        "message": verdict.text,
    }
    if verdict.limit is not None:
        told["limit"] = number(verdict.limit)
    if verdict.period is not None:
        told["startPeriod"] = verdict.period.start
    if verdict.other is not None:
        told["other"] = verdict.other.profile.id
    return told


def as_lines(worked: Worked, explanation: Explanation, *, indent: str = "") -> Iterator[str]:
    """An explanation as text, a line a profile; the first says what is explained."""
    limit = number(explanation.limit)
    amount = "unlimited" if limit is None else f"{limit} {explanation.unit}"
    time = f"{moment(explanation.at):%Y-%m-%d %H:%M:%S}"
    if indent:
        time = f"{'connector' if worked.case.version is Version.V16 else 'EVSE'} {explanation.evse}"
    said = _DECIDERS.get(explanation.decider)
    yield f"{indent}{time}  {amount}{f': {said}' if said else ''}"
    deciding = explanation.deciding
    rest = [each for each in explanation.verdicts if each not in deciding]
    for verdict in (*deciding, *rest):
        yield f"{indent}  {'*' if verdict in deciding else '-'} {verdict.text}"
    for each in explanation.evses:
        yield from as_lines(worked, each, indent=f"{indent}  ")
