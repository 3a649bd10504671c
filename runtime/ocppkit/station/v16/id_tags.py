"""What the central system says of id tags, taken up by list and cache (1.6 §3.5, §7.27)."""

from __future__ import annotations

import logging

from ocppkit.authorization import Entry, Status
from ocppkit.errors import OcppError
from ocppkit.message import Version
from ocppkit.station.core import StationCore
from ocppkit.station.id_token import IdToken
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.station.token_book import TokenBook
from ocppkit.station.token_refusal import RefusalReason, TokenRefusal
from ocppkit.station.v16.connectors import Connectors
from ocppkit.v16 import ChargePointErrorCode, IdTagInfo, StatusNotificationRequest

__all__ = ["IdTags", "answer_of", "entry_of"]

_logger = logging.getLogger(__name__)


class IdTags:
    """Learns of id tags, and tells of conflicts with the local list.

    Attributes:
        book: what is known of them.
    """

    def __init__(self, *, core: StationCore, connectors: Connectors) -> None:
        self.book: TokenBook = core.authorizing.books.of(Version.V16)
        self._core = core
        self._connectors = connectors

    async def learn(self, token: IdToken, info: IdTagInfo) -> None:
        """Take up what an answer says of an id tag."""
        await self.take_up(token, entry_of(info))

    async def take_up(self, token: IdToken, entry: Entry) -> None:
        """Take up what the CSMS says of an id tag, or of a contract's id."""
        core = self._core
        if await self.book.learn(token, entry, policy=core.policy, now=core.now()):
            core.launch(self._tell_of_conflict(), name="conflict with the local list")

    async def _tell_of_conflict(self) -> None:
        """Tell that the list says otherwise than an answer (1.6 §3.5.2)."""
        try:
            await self._core.link.call(
                StatusNotificationRequest(
                    connector_id=0,
                    status=self._connectors.conditions()[0].status,
                    error_code=ChargePointErrorCode.LOCAL_LIST_CONFLICT,
                    timestamp=self._core.now(),
                )
            )
        except OcppError as error:
            _logger.warning("the CSMS does not learn of a conflict with its list: %s", error)


def answer_of(info: IdTagInfo) -> AuthorizationAnswer:
    """What the central system says of the driver of an id tag."""
    status = Status(info.status.value)
    return AuthorizationAnswer(
        accepted=status is Status.ACCEPTED,
        concurrent=status is Status.CONCURRENT_TX,
        group_id=info.parent_id_tag,
        refusal=TokenRefusal(reason=RefusalReason.CSMS, status=status),
    )


def entry_of(info: IdTagInfo) -> Entry:
    """What an answer, or the list, says of an id tag."""
    return Entry(
        status=Status(info.status.value), expires=info.expiry_date, group_id=info.parent_id_tag
    )
