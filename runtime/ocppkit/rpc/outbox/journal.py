"""What the outbox needs of the journal in which messages wait; its owner brings one along."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol, TypeVar

from ocppkit.rpc.outbox.policy import Totals

__all__ = ["Journal", "Message", "Waiting"]


class Message(Protocol):
    """What is put into the outbox, as far as that looks."""

    @property
    def lane(self) -> str:
        """A `Lane`."""
        ...

    @property
    def name(self) -> str:
        """Of the message."""
        ...


class Waiting(Protocol):
    """What comes out of the journal, as far as the outbox looks."""

    @property
    def id(self) -> int:
        """Grows with every message and is never given twice."""
        ...

    @property
    def name(self) -> str:
        """Of the message."""
        ...

    @property
    def attempts(self) -> int:
        """How often the CSMS failed to process it."""
        ...

    @property
    def last_attempt_at(self) -> datetime | None:
        """When it failed last."""
        ...


M_contra = TypeVar("M_contra", bound=Message, contravariant=True)
W_co = TypeVar("W_co", bound=Waiting, covariant=True)


class Journal(Protocol[M_contra, W_co]):
    """Where messages wait; what a method wrote lasts once it returns."""

    async def append(
        self, draft: M_contra, *, replace: bool = ..., spare: Collection[int] = ...
    ) -> Totals:
        """Keep a message; in place of those of its name and topic where it replaces."""
        ...

    async def head(self, lane: str) -> W_co | None:
        """The oldest message of a lane; it stays."""
        ...

    async def remove(self, id: int, *, number: int | None = ..., refused: bool = ...) -> None:
        """Forget a message, and learn of its transaction: its number, and a refusal."""
        ...

    async def attempted(
        self, id: int, *, attempts: int, at: datetime, message_id: str | None = ...
    ) -> None:
        """Note that the CSMS failed to process a message."""
        ...

    async def thin(self, lane: str, *, spare: Collection[int] = ...) -> Totals:
        """Shed every second message of meter data of each transaction."""
        ...

    async def shed(
        self, lane: str, *, entries: int, size: int, spare: Collection[int] = ...
    ) -> Totals:
        """Shed the oldest messages of a lane that are not essential, as many as needed."""
        ...

    async def placed(self) -> Totals:
        """How full it is."""
        ...
