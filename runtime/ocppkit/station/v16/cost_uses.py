"""Uses of an EVSE that cost something, and what of them outlasts a restart."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import datetime
from typing import Final

from attrs import define, field, frozen

from ocppkit.station.core import StationCore
from ocppkit.station.evse import Evse
from ocppkit.station.kept import UNPLUGGING
from ocppkit.station.records import UNREADABLE, converter
from ocppkit.station.transaction import Authorization
from ocppkit.station.v16.cost_messages import FinalCost, RunningCost, UserPrice
from ocppkit.value import Value

__all__ = ["KeptUse", "KeptUses", "Use"]

_logger = logging.getLogger(__name__)

_MOST: Final = 1000  # that are kept: a central system may be away for weeks


@define(kw_only=True, eq=False)
class Use:
    """Somebody who may charge, and the transaction that comes of it.

    Attributes:
        evse: where.
        authorization: who; None after a restart.
        transaction_id: the station's own.
        number: the CSMS's.
        connector: of the EVSE.
        told: whether the CSMS has told of cost or price.
        priced: set once the driver's own price has been shown.
        price: of the driver.
        cost: as the CSMS told last.
        final: what it has cost, once the CSMS has told that.
        stopped: whether the CSMS knows that the transaction is over.
        unplugged_at: when the cable was gone, after the transaction.
        seen: whether the cable has been seen: after a restart one that was not cannot go.
        settled: whether the CSMS learns that the cable is gone, or need not.
        forgotten: whether nothing of it is kept any more.
    """

    evse: Evse
    authorization: Authorization | None
    transaction_id: str | None = None
    number: int | None = None
    connector: int = 1
    told: bool = False
    priced: asyncio.Event = field(factory=asyncio.Event)
    price: UserPrice | None = None
    cost: RunningCost | None = None
    final: FinalCost | None = None
    stopped: bool = False
    unplugged_at: datetime | None = None
    seen: bool = True
    settled: bool = False
    forgotten: bool = False


@frozen(kw_only=True, eq=False, repr=False)
class KeptUse(Value):
    """What is kept of a use; see there.

    Attributes:
        transaction_id: the station's own.
        evse: where.
        connector: of the EVSE.
        number: the CSMS's; None while it has given none.
        told: whether the CSMS has told of cost or price.
        price: of the driver.
        cost: as the CSMS told last, without triggers that are spent.
        final: what it has cost.
        at: when its cable was gone; None while it is there.
    """

    transaction_id: str
    evse: int
    connector: int
    number: int | None = None
    told: bool = False
    price: UserPrice | None = None
    cost: RunningCost | None = None
    final: FinalCost | None = None
    at: datetime | None = None

    def restored(self, evse: Evse) -> Use:
        """The use as it was, of an EVSE whose cable has not been seen yet."""
        use = Use(
            evse=evse,
            authorization=evse.authorization,
            transaction_id=self.transaction_id,
            number=self.number,
            connector=self.connector,
            told=self.told,
            price=self.price,
            cost=self.cost,
            final=self.final,
            unplugged_at=self.at,
            seen=evse.connectors[self.connector].plugged,
        )
        use.priced.set()
        return use


class KeptUses:
    """Keeps uses of which the CSMS tells or must learn something, until it knows all of them."""

    def __init__(self, core: StationCore) -> None:
        """Keep in the station's store."""
        self._core = core
        self._lock = asyncio.Lock()  # what is written last is the newest

    def load(self) -> dict[str, KeptUse]:
        """What was kept before the restart, by transaction; what cannot be read is left out."""
        found: dict[str, KeptUse] = {}
        for key, text in self._core.kept.all(UNPLUGGING).items():
            try:
                kept = converter().structure(json.loads(text), KeptUse)
                _ = self._core.evses[kept.evse].connectors[kept.connector]
            except UNREADABLE:
                _logger.exception("what transaction %s costs is unknown after the restart", key)
                self._drop(key)
                continue
            found[key] = kept
        return found

    def note(self, use: Use) -> None:
        """Keep a use as it is, soon."""
        self._core.launch(self.keep(use), name="cost and price")

    def forget(self, use: Use) -> None:
        """Keep a use no more, soon."""
        use.forgotten = True
        if use.transaction_id is not None:
            self._drop(use.transaction_id)

    async def keep(self, use: Use) -> None:
        """Keep a use as it is; once this returns it outlasts a restart."""
        own = use.transaction_id
        if own is None:
            return
        async with self._lock:
            if use.forgotten:
                return
            kept = KeptUse(
                transaction_id=own,
                evse=use.evse.id,
                connector=use.connector,
                number=use.number,
                told=use.told,
                price=use.price,
                cost=use.cost,
                final=use.final,
                at=use.unplugged_at,
            )
            news: dict[str, str | None] = {own: json.dumps(converter().unstructure(kept))}
            known = self._core.kept.all(UNPLUGGING)
            if own not in known and len(known) >= _MOST:
                oldest = next(iter(known))
                _logger.warning("what transaction %s costs is forgotten: too many wait", oldest)
                news[oldest] = None
            await self._core.kept.put(UNPLUGGING, news)

    def _drop(self, key: str) -> None:
        async def drop() -> None:
            async with self._lock:
                await self._core.kept.put(UNPLUGGING, {key: None})

        self._core.launch(drop(), name="cost and price")
