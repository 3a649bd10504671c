"""C: authorization."""

from __future__ import annotations

from ocppkit.station.core import StationCore
from ocppkit.station.id_token import IdToken, IdTokenKind
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.station.v201.tokens import answer_of, written
from ocppkit.v201 import (
    AuthorizeRequest,
    ClearCacheRequest,
    ClearCacheResponse,
    ClearCacheStatusEnumType,
    StationAuthorizationHandler,
    StatusInfoType,
)

__all__ = ["AuthorizationBlock"]


class AuthorizationBlock(StationAuthorizationHandler):
    """Asks the CSMS who may charge."""

    def __init__(self, *, core: StationCore) -> None:
        self._core = core

    async def authorize(self, token: IdToken) -> AuthorizationAnswer:
        """Ask the CSMS, unless the token says that nobody need be asked (C01, C02.FR.01)."""
        if token.kind is IdTokenKind.NO_AUTHORIZATION:
            return AuthorizationAnswer(accepted=True)
        response = await self._core.link.call(AuthorizeRequest(id_token=written(token)))
        return answer_of(response.id_token_info)

    async def on_clear_cache(self, request: ClearCacheRequest) -> ClearCacheResponse:  # noqa: ARG002  # it says nothing
        """There is no cache to clear (C11.FR.04)."""
        return ClearCacheResponse(
            status=ClearCacheStatusEnumType.REJECTED,
            status_info=StatusInfoType(reason_code="NotEnabled"),
        )
