"""C: authorization: who may charge, by the CSMS's word and by what is cached of it."""

from __future__ import annotations

import logging
from typing import Final

from ocppkit.authorization import Entry
from ocppkit.message import Version
from ocppkit.station.core import StationCore
from ocppkit.station.id_token import START_BUTTON, IdToken, IdTokenKind
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.station.transaction import Authorization, Cause, TransactionRecord
from ocppkit.station.v201.c_variables import LIFETIME
from ocppkit.station.v201.tokens import answer_of, entry_of, text_of, written
from ocppkit.v201 import (
    AuthorizeRequest,
    ClearCacheRequest,
    ClearCacheResponse,
    ClearCacheStatusEnumType,
    IdTokenInfoType,
    StationAuthorizationHandler,
    StatusInfoType,
    TransactionEventResponse,
)
from ocppkit.v201.codes import ReasonCode

__all__ = ["AuthorizationBlock"]

_logger = logging.getLogger(__name__)

_NEVER_CACHED: Final = {IdTokenKind.CENTRAL, IdTokenKind.NO_AUTHORIZATION}
"""(C02.FR.03, C03.FR.02, C05.FR.02)"""


class AuthorizationBlock(StationAuthorizationHandler):
    """Asks the CSMS who may charge, and takes up what it says of tokens."""

    def __init__(self, *, core: StationCore) -> None:
        self._core = core
        self._book = core.authorizing.books.of(Version.V201)
        self._book.cache.lifetime = LIFETIME
        self._served: dict[int, int] = {}  # by EVSE the last visit that had its driver
        self._serving: set[int] = set()

    async def authorize(self, token: IdToken) -> AuthorizationAnswer:
        """Ask the CSMS (C01.FR.02, C06.FR.02)."""
        response = await self._core.link.call(AuthorizeRequest(id_token=written(token)))
        await self.learn(token, response.id_token_info)
        return answer_of(response.id_token_info)

    async def learn(self, token: IdToken, info: IdTokenInfoType) -> None:
        """Take up what an answer says of a token (C10.FR.04, C10.FR.05)."""
        await self.take_up(token, entry_of(info))

    async def take_up(self, token: IdToken, entry: Entry) -> None:
        """Take up what the CSMS says of a token, unless it is of a kind that is not cached."""
        if token.kind not in _NEVER_CACHED:
            core = self._core
            _ = await self._book.learn(token, entry, policy=core.policy, now=core.now())

    async def heard(self, record: TransactionRecord, response: TransactionEventResponse) -> None:
        """Take up what the CSMS says of a driver when it learns of a transaction."""
        info, token = response.id_token_info, record.token
        message = response.updated_personal_message or (info.personal_message if info else None)
        if message is not None:
            self._core.drivers.renew(record.evse, message=text_of(message))
        if info is None or token is None:
            return
        evse = self._core.evses.get(record.evse)
        transaction = evse.transaction if evse is not None else None
        if transaction is not None and transaction.id == record.transaction_id:
            if transaction.token == token:
                transaction.group_id = info.group_id_token.id_token if info.group_id_token else None
            self._core.drivers.renew(record.evse, languages=answer_of(info).languages)
        await self.learn(token, info)

    async def on_clear_cache(self, request: ClearCacheRequest) -> ClearCacheResponse:  # noqa: ARG002  # it says nothing
        """Forget what was cached (C11)."""
        if not self._core.policy.cache_enabled:  # (C11.FR.04)
            return _rejected(ReasonCode.NOT_ENABLED)
        try:
            await self._book.clear_cache()
        except Exception:  # (C11.FR.05)
            _logger.exception("the authorization cache cannot be cleared")
            return _rejected(ReasonCode.INTERNAL_ERROR)
        return ClearCacheResponse(status=ClearCacheStatusEnumType.ACCEPTED)

    def changed(self, evse: int) -> None:
        """Where nobody has to be authorized, let whoever plugs in charge (AuthCtrlr.Enabled)."""
        place = self._core.evses.get(evse)
        if place is None:
            return
        if place.authorization is not None:
            self._served[evse] = place.departures
        free = not self._core.policy.authorizes and place.plugged is not None
        if free and self._waits(evse) and evse not in self._serving:
            self._serving.add(evse)
            self._core.launch(self._serve(evse), name=f"EVSE {evse} needs nobody's consent")

    def _waits(self, evse: int) -> bool:
        """Whether there is an EV that has had no driver."""
        place = self._core.evses[evse]
        taken = place.transaction is not None and place.transaction.token is not None
        return not taken and self._served.get(evse) != place.departures

    async def _serve(self, evse: int) -> None:
        try:
            if self._waits(evse):
                place = self._core.evses[evse]
                anybody = Authorization(token=START_BUTTON)
                here = place.departures
                _ = await place.authorize(anybody, Cause.AUTHORIZED, departures=here)
        finally:
            self._serving.discard(evse)


def _rejected(reason: ReasonCode) -> ClearCacheResponse:
    return ClearCacheResponse(
        status=ClearCacheStatusEnumType.REJECTED,
        status_info=StatusInfoType(reason_code=reason.value),
    )
