"""A question for a composite schedule, with all that its answer depends on, and its answer."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from attrs import evolve, frozen

from ocppkit.message import Version
from ocppkit.scalars import format_time
from ocppkit.smart_charging.cap import USUAL_PHASES
from ocppkit.smart_charging.collection import install_v16, install_v201
from ocppkit.smart_charging.composition import Composite, composite
from ocppkit.smart_charging.layers import Conditions
from ocppkit.smart_charging.model import Installed, Purpose, Supply, Transaction, Unit
from ocppkit.smart_charging.prepared import Prepared, prepare
from ocppkit.smart_charging.validation import EvseFacts, StationView, Violation
from ocppkit.smart_charging.validation_v16 import check_v16
from ocppkit.smart_charging.validation_v201 import check_v201

__all__ = ["Case", "Mistake", "Worked", "moment", "number", "work_out"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@frozen(kw_only=True)
class Mistake:
    """What is wrong with a case.

    Attributes:
        path: where in the file: ``$.request.duration``.
        message: what was expected.
        rule: of the specification or its schema; None for what only this command asks for.
        profile: its id; None where the mistake is in none, or the id cannot be read.
    """

    path: str
    message: str
    rule: str | None = None
    profile: int | None = None

    def __str__(self) -> str:
        rule = f" ({self.rule})" if self.rule else ""
        return f"{self.path}: {self.message}{rule}"

    def as_json(self) -> dict[str, Any]:
        """As the command prints it."""
        told = {"rule": self.rule, "path": self.path, "message": self.message}
        if self.rule is None:
            del told["rule"]
            return told
        return {"profile": self.profile, **told}


@frozen(kw_only=True)
class Case:
    """A question, and the station that it is put to.

    Attributes:
        version: of the protocol.
        voltage: of the grid, between a line and neutral, in V.
        phases: on how many a limit holds where nobody says on how many.
        default_a: what an EVSE may draw that nothing limits, in A on each of these phases.
        default_w: the same in W.
        evses: how many there are; connectors in 1.6.
        transactions: those that go on.
        profiles: in the order in which they are installed, each with its place in the file.
        evse: that is asked about; 0 for the station.
        start: of the schedule, in epoch s.
        duration: in s.
        unit: that the limits are wanted in.
        simulate: treat every EVSE as if a transaction began at the start.
    """

    version: Version
    voltage: Decimal
    phases: int
    default_a: Decimal | None
    default_w: Decimal | None
    evses: int
    transactions: tuple[Transaction, ...]
    profiles: tuple[tuple[str, Installed], ...]
    evse: int
    start: int
    duration: int
    unit: Unit
    simulate: bool

    @property
    def place(self) -> str:
        """What an EVSE is called, such as ``EVSE 1``; the station for 0."""
        if self.evse == 0:
            return "charge point" if self.version is Version.V16 else "charging station"
        return f"connector {self.evse}" if self.version is Version.V16 else f"EVSE {self.evse}"


@frozen(kw_only=True)
class Worked:
    """A question with its answer.

    Attributes:
        installed: the profiles that are left after all were installed.
        prepared: the same, ready.
        conditions: what the limits depend on besides.
        composite: the answer.
    """

    case: Case
    installed: tuple[Installed, ...]
    prepared: Prepared
    conditions: Conditions
    composite: Composite

    def as_json(self) -> dict[str, Any]:
        """As the command prints it."""
        periods = []
        for each in self.composite.periods:
            period: dict[str, Any] = {"startPeriod": each.start, "limit": number(each.limit)}
            if each.phases is not None:
                period["numberPhases"] = each.phases
            periods.append(period)
        return {
            "scheduleStart": format_time(moment(self.composite.start)),
            "duration": self.composite.duration,
            "chargingRateUnit": self.composite.unit.value,
            "chargingSchedulePeriod": periods,
        }


def moment(epoch: int) -> datetime:
    """The datetime of epoch seconds."""
    return _EPOCH + timedelta(seconds=epoch)


def number(limit: Decimal | None) -> float | None:
    """A limit as the shortest number of JSON: 16, 15.9; None for unlimited."""
    if limit is None:
        return None
    return int(limit) if limit == int(limit) else float(limit)


def work_out(case: Case) -> tuple[Worked | None, list[Mistake]]:
    """Install the profiles one after the other as SetChargingProfile would, and answer.

    Returns:
        The answer, or None where a profile is refused; and why each was.
    """
    install = install_v16 if case.version is Version.V16 else install_v201
    installed: Sequence[Installed] = ()
    mistakes: list[Mistake] = []
    for path, each in case.profiles:
        violation = _check(case, each, installed)
        if violation is None:
            installed = install(installed, each).installed
            continue
        mistakes.append(
            Mistake(
                path=path,
                message=violation.message,
                rule=violation.rule,
                profile=each.profile.id,
            )
        )
    if mistakes:
        return None, mistakes
    installed = [_with_phases(each, case.phases) for each in installed]
    prepared = prepare(installed, _supply(case, installed))
    default_a, default_w = _defaults(case)
    conditions = Conditions(
        evses=range(1, case.evses + 1),
        transactions=case.transactions,
        default_a=default_a,
        default_w=default_w,
        simulate=case.simulate,
    )
    answer = _composite(case, prepared, conditions)
    if default_a is not None and case.phases != prepared.supply.phases:
        bare = _composite(case, prepared, evolve(conditions, default_a=None, default_w=None))
        answer = _with_default_phases(answer, bare, case.phases)
    worked = Worked(
        case=case,
        installed=tuple(installed),
        prepared=prepared,
        conditions=conditions,
        composite=answer,
    )
    return worked, []


def _composite(case: Case, prepared: Prepared, conditions: Conditions) -> Composite:
    return composite(
        prepared,
        conditions,
        evse=case.evse,
        start=case.start,
        duration=case.duration,
        unit=case.unit,
    )


def _with_default_phases(answer: Composite, bare: Composite, phases: int) -> Composite:
    """A schedule that tells on how many phases the default limit holds: the engine knows of all.

    Args:
        answer: the schedule.
        bare: the same without a default limit.
        phases: on how many it holds.
    """
    told = None if phases == USUAL_PHASES else phases
    limits = []
    for start, (limit, stated) in zip(answer.starts, answer.limits, strict=True):
        by_default = bare.limits[bisect_right(bare.starts, start) - 1][0] is None
        limits.append((limit, told if by_default else stated))
    return evolve(answer, limits=limits)


def _supply(case: Case, installed: Iterable[Installed]) -> Supply:
    """The grid, with as many phases as anybody wants to use: the file does not tell them."""
    used = [
        period.phases
        for each in installed
        for schedule in each.profile.schedules
        for period in schedule.periods
        if period.phases is not None
    ]
    return Supply(voltage=case.voltage, phases=max([case.phases, *used]))


def _with_phases(installed: Installed, phases: int) -> Installed:
    """A profile that says on how many phases its limits hold, unless that is the usual number."""
    if phases == USUAL_PHASES:
        return installed
    schedules = tuple(
        evolve(
            schedule,
            periods=tuple(
                evolve(period, phases=phases) if period.phases is None else period
                for period in schedule.periods
            ),
        )
        for schedule in installed.profile.schedules
    )
    return evolve(installed, profile=evolve(installed.profile, schedules=schedules))


def _defaults(case: Case) -> tuple[Decimal | None, Decimal | None]:
    """The default limits in A and in W, each by the other where it is not told."""
    amperes, watts = case.default_a, case.default_w
    volts = case.voltage * case.phases
    if amperes is None and watts is not None:
        return Decimal(int(watts * 10 / volts)) / 10, watts  # rounded down
    if watts is None and amperes is not None:
        return amperes, amperes * volts
    return amperes, watts


def _check(case: Case, new: Installed, installed: Sequence[Installed]) -> Violation | None:
    """Why SetChargingProfile would be refused.

    What the file does not tell is taken to be as the profile needs it: that phases can be switched,
    and in a simulated transaction its id.
    """
    transactions = list(case.transactions)
    if case.simulate and all(each.evse != new.evse for each in transactions):
        started = moment(case.start)
        transactions.append(
            Transaction(evse=new.evse, id=new.profile.transaction_id, start=started)
        )
    facts = EvseFacts(phase_switching=True)
    view = StationView(
        evses=dict.fromkeys(range(1, case.evses + 1), facts),
        installed=installed,
        transactions=transactions,
    )
    if case.version is Version.V16:
        return check_v16(new.evse, new.profile, view)
    if new.profile.purpose is Purpose.EXTERNAL_CONSTRAINTS:
        return _check_external(new, view)
    return check_v201(new.evse, new.profile, view)


def _check_external(new: Installed, view: StationView) -> Violation | None:
    """Why an external constraint makes no sense.

    The CSMS may not set one, so the rules know none: they are asked as if it was a default profile
    among those of its EVSE.
    """
    others = [
        evolve(each, profile=evolve(each.profile, purpose=Purpose.TX_DEFAULT))
        for each in view.installed
        if each.profile.purpose is Purpose.EXTERNAL_CONSTRAINTS and each.evse == new.evse
    ]
    profile = evolve(new.profile, purpose=Purpose.TX_DEFAULT)
    violation = check_v201(new.evse, profile, evolve(view, installed=others))
    if violation is None:
        return None
    return evolve(
        violation,
        message=violation.message.replace(Purpose.TX_DEFAULT, Purpose.EXTERNAL_CONSTRAINTS),
    )
