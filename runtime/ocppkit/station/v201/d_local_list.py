"""D: the local authorization list that the CSMS sends ahead (D01, D02)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ocppkit.authorization import ListFault
from ocppkit.codec import codec_for
from ocppkit.codec.jsontext import dumps
from ocppkit.message import Version
from ocppkit.station.token_book import MOST_LISTED, TokenBook
from ocppkit.station.v201.tokens import entry_of, token_of
from ocppkit.v201 import (
    GetLocalListVersionRequest,
    GetLocalListVersionResponse,
    SendLocalListRequest,
    SendLocalListResponse,
    SendLocalListStatusEnumType,
    StationLocalAuthorizationListHandler,
    StatusInfoType,
    UpdateEnumType,
)
from ocppkit.v201.codes import ReasonCode

__all__ = ["LocalListBlock"]

_logger = logging.getLogger(__name__)

_REASONS: Final[Mapping[ListFault, ReasonCode]] = MappingProxyType(
    {
        ListFault.DUPLICATE: ReasonCode.INVALID_VALUE,
        ListFault.INCOMPLETE: ReasonCode.MISSING_PARAM,
        ListFault.OLD_VERSION: ReasonCode.INVALID_VALUE,
        ListFault.RESERVED_VERSION: ReasonCode.VALUE_POSITIVE_ONLY,
        ListFault.TOO_LONG: ReasonCode.OUT_OF_STORAGE,
    }
)


class LocalListBlock(StationLocalAuthorizationListHandler):
    """Takes updates of the list, each whole or not at all."""

    def __init__(
        self,
        *,
        book: TokenBook,
        enabled: Callable[[], bool],
        most_items: Callable[[], int],
        most_bytes: Callable[[], int | None],
    ) -> None:
        """Keep a list.

        Args:
            book: where it stands.
            enabled: whether it is used.
            most_items: how many tokens an update may have (D01.FR.11).
            most_bytes: how large it may be; None where nothing too large arrives.
        """
        self._book = book
        self._enabled = enabled
        self._most_items = most_items
        self._most_bytes = most_bytes

    async def on_get_local_list_version(
        self,
        request: GetLocalListVersionRequest,  # noqa: ARG002  # it says nothing
    ) -> GetLocalListVersionResponse:
        """Tell the version; 0 where there is no list (D02)."""
        version = self._book.local_list.version if self._enabled() else 0
        return GetLocalListVersionResponse(version_number=version)

    async def on_send_local_list(self, request: SendLocalListRequest) -> SendLocalListResponse:
        """Replace or change the list (D01); once this returns it outlasts a power cut."""
        if not self._enabled():
            return _failed(ReasonCode.NOT_ENABLED)
        sent = request.local_authorization_list or []
        if len(sent) > self._most_items():
            return _failed(ReasonCode.TOO_MANY_ELEMENTS)
        most = self._most_bytes()
        if most is not None and _size(request) > most:
            return _failed(ReasonCode.TOO_LARGE_ELEMENT)
        said = [
            (token_of(each.id_token), entry_of(each.id_token_info) if each.id_token_info else None)
            for each in sent
        ]
        version = request.version_number
        try:
            if request.update_type is UpdateEnumType.FULL:
                fault = await self._book.replace(version, said, most=MOST_LISTED)
            elif version <= self._book.local_list.version:  # (D01.FR.19)
                fault = ListFault.OLD_VERSION
            else:
                fault = await self._book.amend(version, said, most=MOST_LISTED)
        except Exception:  # whatever the store raises (D01.FR.02)
            _logger.exception("version %d of the list cannot be kept", version)
            return _failed(ReasonCode.INTERNAL_ERROR)
        return _answer(version, fault)


def _size(request: SendLocalListRequest) -> int:
    """In bytes, as JSON."""
    _, payload = codec_for(Version.V201).encode_request(request)
    return len(dumps(payload).encode())


def _answer(version: int, fault: ListFault | None) -> SendLocalListResponse:
    if fault is None:
        return SendLocalListResponse(status=SendLocalListStatusEnumType.ACCEPTED)
    _logger.warning("version %d of the list is refused: %s", version, fault)
    if fault is ListFault.OLD_VERSION:
        return _failed(_REASONS[fault], status=SendLocalListStatusEnumType.VERSION_MISMATCH)
    return _failed(_REASONS[fault])


def _failed(
    reason: ReasonCode,
    status: SendLocalListStatusEnumType = SendLocalListStatusEnumType.FAILED,
) -> SendLocalListResponse:
    status_info = StatusInfoType(reason_code=reason.value)
    return SendLocalListResponse(status=status, status_info=status_info)
