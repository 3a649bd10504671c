"""Whether a charging profile may be installed: what it is checked against, and how.

A version is a table of rules in the order in which they are looked at. A rule has the id of the
requirement and a finder: a small function that says what is wrong with a proposal, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from attrs import field, frozen

from ocppkit.errors import ErrorCode
from ocppkit.smart_charging.model import Installed, Period, Profile, Schedule, Transaction, Unit
from ocppkit.v201.codes import ReasonCode

__all__ = [
    "EvseFacts",
    "Finder",
    "Limits",
    "Proposal",
    "Rule",
    "StationView",
    "Violation",
    "allowed_units",
    "first_violation",
]

_UNITS: Final = {"A": Unit.A, "W": Unit.W, "Current": Unit.A, "Power": Unit.W}


@frozen(kw_only=True)
class Violation:
    """Why a profile is refused.

    Attributes:
        rule: the requirement, as ``K01.FR.40`` or ``1.6 §7.14``; else the field or variable that it
            is said of, as ``ChargingScheduleType.duration``.
        message: what was found and what is expected, for people.
        reason: the reason code of 2.0.1; None in 1.6, which has none.
        error_code: of the CALLERROR that 1.6 answers with; None where it answers with a status.
        unsupported: whether that status of 1.6 is ``NotSupported`` rather than ``Rejected``.
    """

    rule: str
    message: str
    reason: ReasonCode | None = None
    error_code: ErrorCode | None = None
    unsupported: bool = False


@frozen(kw_only=True)
class EvseFacts:
    """What an EVSE is and does; a connector in 1.6, which asks for none of it.

    Attributes:
        dc: whether it gives direct current: phases mean nothing there (K01.FR.44).
        phases: how many it has.
        fewest_phases: to how few it can keep an EV: 1 with ``Phases3to1``, as many as it has where
            it cannot drop any (K01.FR.43).
        phase_switching: whether it can choose which phase to use (``ACPhaseSwitchingSupported``).
        phase: the one that it uses anyway where it uses one only; None where that is not known.
        needs_notified: whether the transaction's EV stated its needs by ISO 15118, and the CSMS
            took notice (K01.FR.34).
        max_schedule_tuples: how many periods that EV can take (K15.FR.07).
    """

    dc: bool = False
    phases: int = 3
    fewest_phases: int = 1
    phase_switching: bool = False
    phase: int | None = None
    needs_notified: bool = False
    max_schedule_tuples: int | None = None


@frozen(kw_only=True)
class Limits:
    """What the station can hold; None limits nothing.

    Attributes:
        max_stack_level: ``ProfileStackLevel``; ``ChargeProfileMaxStackLevel`` in 1.6.
        max_periods: ``PeriodsPerSchedule``; ``ChargingScheduleMaxPeriods`` in 1.6.
        max_profiles: the most ``Entries``; ``MaxChargingProfilesInstalled`` in 1.6.
        units: ``RateUnit``; ``ChargingScheduleAllowedChargingRateUnit`` in 1.6.
    """

    max_stack_level: int | None = None
    max_periods: int | None = None
    max_profiles: int | None = None
    units: Collection[Unit] = tuple(Unit)


@frozen(kw_only=True)
class StationView:
    """What a profile is checked against.

    Attributes:
        evses: the EVSEs by number, from 1; the connectors in 1.6.
        installed: the profiles that there are.
        transactions: those that go on.
        limits: what the station can hold.
    """

    evses: Mapping[int, EvseFacts]
    installed: Sequence[Installed] = ()
    transactions: Sequence[Transaction] = ()
    limits: Limits = field(factory=Limits)


@frozen(kw_only=True)
class Proposal:
    """A profile on its way in.

    Attributes:
        evse: where to; the connector in 1.6; None where the station is yet to choose.
        profile: the profile.
        station: where to.
    """

    evse: int | None
    profile: Profile
    station: StationView

    @property
    def transactions(self) -> list[Transaction]:
        """Those that go on at the EVSE."""
        return [each for each in self.station.transactions if each.evse == self.evse]

    @property
    def facts(self) -> list[EvseFacts]:
        """Of the EVSEs that the profile is for."""
        if self.evse == 0:
            return list(self.station.evses.values())
        facts = None if self.evse is None else self.station.evses.get(self.evse)
        return [] if facts is None else [facts]

    @property
    def periods(self) -> Iterator[tuple[str, Schedule, Period]]:
        """The periods with their schedules; and what to call them."""
        for name, schedule in self.schedules:
            for number, period in enumerate(schedule.periods, 1):
                yield f"period {number}{name}", schedule, period

    @property
    def schedules(self) -> Iterator[tuple[str, Schedule]]:
        """The schedules; and what to add to what is said of them."""
        several = len(self.profile.schedules) > 1
        for number, schedule in enumerate(self.profile.schedules, 1):
            yield f" of schedule {number}" if several else "", schedule


Finder = Callable[[Proposal], str | None]
"""Says what is wrong with a proposal; None where nothing is."""


@frozen
class Rule:
    """A row of a version's table.

    Attributes:
        id: the rule of a violation.
        find: says how a proposal breaks it.
        reason: as of a violation.
        error_code: as of a violation.
        unsupported: as of a violation.
    """

    id: str
    find: Finder
    reason: ReasonCode | None = None
    error_code: ErrorCode | None = None
    unsupported: bool = False


def first_violation(rules: Iterable[Rule], proposal: Proposal) -> Violation | None:
    """The first rule that a proposal breaks; None where it keeps all."""
    for rule in rules:
        message = rule.find(proposal)
        if message is not None:
            return Violation(
                rule=rule.id,
                message=message,
                reason=rule.reason,
                error_code=rule.error_code,
                unsupported=rule.unsupported,
            )
    return None


def allowed_units(text: str) -> frozenset[Unit]:
    """The units that a variable or key lists: ``A,W`` (2.0.1), ``Current,Power`` (1.6).

    Raises:
        ValueError: it lists something else.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in _UNITS]
    if unknown:
        msg = f"{', '.join(unknown)} is no rate unit: expected any of {', '.join(_UNITS)}"
        raise ValueError(msg)
    return frozenset(_UNITS[name] for name in names)
