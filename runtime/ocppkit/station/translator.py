"""What a version makes of the records of transactions, on their way to the CSMS."""

from __future__ import annotations

from typing import Any, Protocol

from ocppkit.message import Request, Response, Version
from ocppkit.station.transaction import TransactionRecord

__all__ = ["Translator"]


class Translator(Protocol):
    """What a version makes of records."""

    @property
    def version(self) -> Version:
        """Which."""
        ...

    def introduction(
        self, record: TransactionRecord, number: int | None
    ) -> TransactionRecord | None:
        """What the CSMS has to learn first: the start of a transaction that began otherwise.

        Args:
            record: of the transaction.
            number: by which the CSMS knew the transaction last; None for none.

        Returns:
            The start; None where the CSMS knows it, or never will.
        """
        ...

    def translate(self, record: TransactionRecord, number: int | None) -> Request[Any] | None:
        """The message for a record; None where this version has none."""
        ...

    def number(self, response: Response) -> int | None:
        """The CSMS's number of a transaction, where an answer gives one."""
        ...

    def refuses(self, record: TransactionRecord, response: Response) -> bool:
        """Whether an answer refuses the driver of the transaction."""
        ...

    async def delivered(self, record: TransactionRecord, response: Response) -> None:
        """Take note of the answer; once this returns a refusal has had its consequences."""
        ...

    def abandoned(self, record: TransactionRecord) -> None:
        """Take note that the CSMS never took a record."""
        ...
