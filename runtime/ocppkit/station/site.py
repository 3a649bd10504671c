"""What an EVSE needs of the station around it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from ocppkit.station.capabilities import DisplayText
from ocppkit.station.environment import Environment
from ocppkit.station.guard import GuardedHardware
from ocppkit.station.hardware import Fault, Offer
from ocppkit.station.id_token import IdToken
from ocppkit.station.token_refusal import TokenRefusal
from ocppkit.station.transaction import Authorization, Policy, SavedTransaction, TransactionRecord
from ocppkit.store import Store
from ocppkit.value import Value

if TYPE_CHECKING:
    from ocppkit.station.contract import Contract, ContractAnswer

__all__ = ["AuthorizationAnswer", "Reserving", "Site"]


@frozen(kw_only=True, eq=False, repr=False)
class AuthorizationAnswer(Value):
    """What the CSMS, or somebody in its place, says of a token.

    Attributes:
        accepted: whether its driver may charge.
        concurrent: whether its driver may not only because of charging elsewhere (ConcurrentTx).
        group_id: which group the token belongs to.
        evses: where it may charge; empty for everywhere.
        priority: chargingPriority, of its transactions (K03).
        languages: that its driver understands, best first (C01.FR.08).
        message: for its driver to read.
        refusal: why its driver may not charge; None where they may, or nobody says.
    """

    accepted: bool
    concurrent: bool = False
    group_id: str | None = None
    evses: tuple[int, ...] = ()
    priority: int = 0
    languages: tuple[str, ...] = ()
    message: DisplayText | None = None
    refusal: TokenRefusal | None = None


class Reserving(Protocol):
    """Who knows what is reserved for whom."""

    def holds(self, evse: int, connector: int) -> bool:
        """Whether a connector is reserved."""
        ...

    def permits(self, evse: int, authorization: Authorization) -> bool:
        """Whether a driver may charge at an EVSE, as far as reservations of others go."""
        ...


class Site(Protocol):
    """The station around an EVSE."""

    @property
    def environment(self) -> Environment:
        """Time, ids, chance."""
        ...

    @property
    def hardware(self) -> GuardedHardware:
        """The equipment."""
        ...

    @property
    def store(self) -> Store:
        """What must not be forgotten."""
        ...

    @property
    def policy(self) -> Policy:
        """What is configured; may be another one each time."""
        ...

    @property
    def operative(self) -> bool:
        """Whether the station as a whole may be used."""
        ...

    @property
    def faults(self) -> Sequence[Fault]:
        """What is wrong with the station as a whole; the same sequence each time."""
        ...

    @property
    def awaits_reset(self) -> bool:
        """Whether a reset is under way or scheduled: until it is over nobody begins to charge."""
        ...

    def resets(self, evse: int) -> bool:
        """Whether a reset of an EVSE, or of all, is under way or scheduled: nobody begins there."""
        ...

    @property
    def online(self) -> bool:
        """Whether the CSMS can be talked to."""
        ...

    @property
    def reservations(self) -> Reserving:
        """What is reserved for whom."""
        ...

    def now(self) -> datetime:
        """The time of day as the CSMS has it."""
        ...

    async def authorize(self, token: IdToken) -> AuthorizationAnswer:
        """Ask whether a driver may charge."""
        ...

    async def authorize_contract(self, contract: Contract) -> ContractAnswer:
        """Ask whether an EV may charge by its contract."""
        ...

    async def record(self, record: TransactionRecord, saved: SavedTransaction | None) -> None:
        """Keep what has to be delivered, and in the same step how the transaction stands.

        Args:
            record: what happened; once this returns it is not lost.
            saved: how to take the transaction up after a restart; None where it is over.
        """
        ...

    def admit(self, evse: int) -> Offer:
        """What an EVSE that begins to offer energy may offer; nothing where it has to wait."""
        ...

    def recall(self, token: IdToken) -> AuthorizationAnswer | None:
        """What is known of a token, where it may stop by that and the CSMS need not be asked."""
        ...

    async def use_master_pass(self, token: IdToken) -> bool:
        """Stop what a master pass stops; whether there was anything (C16)."""
        ...

    def told(self, evse: int, answer: AuthorizationAnswer) -> None:
        """Take note of what a driver at an EVSE is to read, and in which language."""
        ...

    def supplied(self, evse: int) -> None:
        """Take note of what the hardware made of an offer, or of its end."""
        ...

    def changed(self, evse: int) -> None:
        """Take note that something about an EVSE is different."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
        """Run something for as long as the station runs."""
        ...
