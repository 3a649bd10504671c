"""What becomes of a case: passed, failed, not applicable, or an error of the kit itself."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

__all__ = [
    "Deviation",
    "Impossible",
    "Missing",
    "NotApplicable",
    "Outcome",
    "Phase",
    "StationNotIdle",
    "TraceLine",
    "Verdict",
]


class Outcome(StrEnum):
    """How a case ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not applicable"
    ERROR = "error"


class Phase(StrEnum):
    """The part of a case in which something deviated."""

    BEFORE = "before"
    MAIN = "main"
    POST = "post"
    CLEANUP = "cleanup"


@frozen(kw_only=True)
class Deviation:
    """One thing that is other than the case asks for.

    Attributes:
        step: of the case's text, as printed; empty where none is meant.
        state: the reusable state whose step it is; empty where it is the case's own.
        path: what deviates: ``"TransactionEvent.transaction_info.charging_state"``.
        expected: for people.
        came: for people.
        phase: when it was found.
    """

    path: str
    expected: str
    came: str
    step: str = ""
    state: str = ""
    phase: Phase = Phase.MAIN

    def __str__(self) -> str:
        return f"{self.where}: {self.path}: expected {self.expected}, came {self.came}"

    @property
    def where(self) -> str:
        """In which part of the case, and at which step: for people."""
        step = f"step {self.step}" if self.step else ""
        return ", ".join(part for part in (self.phase.value, self.state, step) if part)


@frozen(kw_only=True)
class TraceLine:
    """A message or another happening, for people.

    Attributes:
        at: seconds since the case began.
        who: ``"station"``, ``"csms"``, ``"world"`` or ``"kit"``.
        text: what it says.
    """

    at: float
    who: str
    text: str

    def __str__(self) -> str:
        arrow = {"station": "->", "csms": "<-", "world": "!!"}.get(self.who, "--")
        return f"{self.at:9.3f} {arrow} {self.text}"


@frozen(kw_only=True)
class Verdict:
    """What became of one case.

    Attributes:
        id: of the case.
        outcome: how it ended.
        reason: why it is not applicable, or what failed in the kit; else empty.
        deviations: all that deviated; of a passed case none.
        warnings: what went wrong while cleaning up; it decides nothing.
        trace: what passed, in order.
        seconds: how long it took, in the time of the station.
    """

    id: str
    outcome: Outcome
    reason: str = ""
    deviations: tuple[Deviation, ...] = ()
    warnings: tuple[Deviation, ...] = ()
    trace: tuple[TraceLine, ...] = ()
    seconds: float = 0.0


class Missing(Exception):
    """Something without which the case cannot go on; its deviation is recorded already."""


class NotApplicable(Exception):
    """The case does not concern this station; the text says which feature is missing."""


class Impossible(NotApplicable):
    """There is no way to have something done in the world around this station."""


class StationNotIdle(Exception):
    """The station could not be brought into the state in which every case begins."""
