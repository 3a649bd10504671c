"""Local Auth List Management: the list that the central system sends ahead (1.6 §5.15)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ocppkit.authorization import ListFault
from ocppkit.station.id_token import IdToken
from ocppkit.station.token_book import TokenBook
from ocppkit.station.v16.id_tags import entry_of
from ocppkit.v16 import (
    GetLocalListVersionRequest,
    GetLocalListVersionResponse,
    SendLocalListRequest,
    SendLocalListResponse,
    StationLocalAuthListManagementHandler,
    UpdateStatus,
    UpdateType,
)

__all__ = ["LocalAuthListProfile"]

_logger = logging.getLogger(__name__)

_NO_LIST: Final = -1
"""The version of a list that is not supported (1.6 §5.10)."""

_STATUSES: Final[Mapping[ListFault | None, UpdateStatus]] = MappingProxyType(
    {
        None: UpdateStatus.ACCEPTED,
        ListFault.OLD_VERSION: UpdateStatus.VERSION_MISMATCH,
    }
)


class LocalAuthListProfile(StationLocalAuthListManagementHandler):
    """Takes updates of the list, each whole or not at all."""

    def __init__(
        self,
        *,
        book: TokenBook,
        enabled: Callable[[], bool],
        most: Callable[[], int],
        most_sent: Callable[[], int],
    ) -> None:
        """Keep a list.

        Args:
            book: where it stands.
            enabled: whether it is used; otherwise it counts as not supported.
            most: how many id tags it may have.
            most_sent: how many an update may have.
        """
        self._book = book
        self._enabled = enabled
        self._most = most
        self._most_sent = most_sent

    async def on_get_local_list_version(
        self,
        request: GetLocalListVersionRequest,  # noqa: ARG002  # it says nothing
    ) -> GetLocalListVersionResponse:
        """Tell the version; 0 of an empty list (1.6 §5.10)."""
        version = self._book.local_list.version if self._enabled() else _NO_LIST
        return GetLocalListVersionResponse(list_version=version)

    async def on_send_local_list(self, request: SendLocalListRequest) -> SendLocalListResponse:
        """Replace or change the list (1.6 §5.15); once this returns it outlasts a power cut."""
        if not self._enabled():
            return SendLocalListResponse(status=UpdateStatus.NOT_SUPPORTED)
        said = [
            (IdToken(each.id_tag), None if each.id_tag_info is None else entry_of(each.id_tag_info))
            for each in request.local_authorization_list or ()
        ]
        fault: ListFault | None = ListFault.TOO_LONG
        if len(said) <= self._most_sent():
            full = request.update_type is UpdateType.FULL
            change = self._book.replace if full else self._book.amend
            try:
                fault = await change(request.list_version, said, most=self._most())
            except Exception:  # whatever the store raises
                _logger.exception("version %d of the list cannot be kept", request.list_version)
                return SendLocalListResponse(status=UpdateStatus.FAILED)
        if fault is not None:
            _logger.warning("version %d of the list is refused: %s", request.list_version, fault)
        return SendLocalListResponse(status=_STATUSES.get(fault, UpdateStatus.FAILED))
