"""The kit at work on one station: what it hears, what it says, what it knows of the station."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING

from attrs import define, field

from ocppkit.clock import Clock
from ocppkit.conformance.answers import Answers
from ocppkit.conformance.endpoint import Endpoint
from ocppkit.conformance.features import Features
from ocppkit.conformance.inventory import Inventory
from ocppkit.conformance.mailbox import Mailbox, Received
from ocppkit.conformance.sessions import connector_states
from ocppkit.conformance.settings import CaseSettings
from ocppkit.conformance.verdict import NotApplicable, TraceLine
from ocppkit.conformance.world import World
from ocppkit.v201 import ConnectorStatusEnumType

if TYPE_CHECKING:
    from ocppkit.conformance.pki import Pki

__all__ = ["Broken", "Kit"]

Broken = tuple[str, str, str]
"""What breaks the schema: where, what was expected, what came."""


@define(kw_only=True, eq=False)
class Kit:
    """A CSMS that plays cases against one station.

    Let a station reach `first`, in memory or by `ocppkit.conformance.serving`, and hand the kit to
    a `Runner`.

    Attributes:
        settings: what the cases are told.
        world: has things done around the station.
        clock: of the kit.
        mailbox: all that the station said.
        answers: what it is answered.
        first: where the station finds the kit.
        second: where it finds it after a migration.
        at: the one of the two that cases speak through; a case that moves the station sets it.
        inventory: what the station said of its variables; empty until the first case.
        states: what it last told of each connector.
        secure: whether the endpoints can be reached by TLS.
        trace: what passed since the running case began.
        broken: hears of what breaks the schema.
    """

    settings: CaseSettings
    world: World
    clock: Clock
    secure: bool = False
    mailbox: Mailbox = field(init=False)
    answers: Answers = field(init=False)
    first: Endpoint = field(init=False)
    second: Endpoint = field(init=False)
    at: Endpoint = field(init=False)
    inventory: Inventory = field(factory=Inventory, init=False)
    states: dict[tuple[int, int], ConnectorStatusEnumType] = field(factory=dict, init=False)
    trace: list[TraceLine] = field(factory=list, init=False)
    broken: Callable[[Broken], None] | None = field(default=None, init=False)
    _pki: Pki | None = field(default=None, init=False)
    _began: float = field(default=0.0, init=False)
    _numbers: count[int] = field(factory=lambda: count(1), init=False)

    def __attrs_post_init__(self) -> None:
        """Make the endpoints."""
        self.mailbox = Mailbox(clock=self.clock)
        self.mailbox.listeners.append(self._saw)
        self.answers = Answers(clock=self.clock)
        self.first = Endpoint(mailbox=self.mailbox, answers=self.answers, note=self.note)
        self.second = Endpoint(
            mailbox=self.mailbox, answers=self.answers, note=self.note, name="second"
        )
        self.at = self.first
        self.begin_case()

    @property
    def features(self) -> Features:
        """What the station can do."""
        return Features(self.inventory, self.settings)

    @property
    def pki(self) -> Pki:
        """The kit's certificate authorities: those of the settings, or new ones.

        Raises:
            NotApplicable: what makes them is not installed, or the settings name no such folder.
        """
        if self._pki is None:
            try:
                from ocppkit.conformance.pki import Pki  # noqa: PLC0415  # an extra
            except ImportError as error:
                raise NotApplicable(f"needs ocppkit[security]: {error}") from error
            folder = self.settings.authority
            try:
                self._pki = Pki.make(self.clock.utc_now()) if folder is None else Pki.read(folder)
            except (OSError, ValueError) as error:
                raise NotApplicable(f"the authority cannot be read: {error}") from error
        return self._pki

    @property
    def connectors(self) -> tuple[tuple[int, int], ...]:
        """All connectors of the station: EVSE and connector."""
        place = (self.settings.evse_id, self.settings.connector_id)
        return self.inventory.connectors or tuple(sorted({*self.states, place}))

    def new_number(self) -> int:
        """A number that was not given before: of a report, a remote start, a reservation."""
        return next(self._numbers)

    def begin_case(self) -> None:
        """Note down from here on, and report anew what breaks the schema."""
        self._began = self.clock.monotonic()
        self.trace = []
        for endpoint in (self.first, self.second):
            endpoint.begin()

    def note(self, who: str, text: str, broken: Broken | None = None) -> None:
        """Note down what passes; `broken` where it breaks the schema."""
        at = self.clock.monotonic() - self._began
        self.trace.append(TraceLine(at=at, who=who, text=text))
        if broken is not None and self.broken is not None:
            self.broken(broken)

    def _saw(self, came: Received) -> None:
        self.states.update(connector_states(came))
