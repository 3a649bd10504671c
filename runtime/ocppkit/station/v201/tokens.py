"""Tokens between our words and those of 2.0.1."""

from __future__ import annotations

from ocppkit.station.id_token import IdToken, IdTokenKind
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.v201 import (
    AuthorizationStatusEnumType,
    IdTokenEnumType,
    IdTokenInfoType,
    IdTokenType,
)

__all__ = ["answer_of", "token_of", "written"]


def written(token: IdToken) -> IdTokenType:
    """A token as 2.0.1 writes it."""
    return IdTokenType(id_token=token.value, type=IdTokenEnumType(token.kind.value))


def token_of(token: IdTokenType) -> IdToken:
    """A token as we know it."""
    return IdToken(token.id_token, IdTokenKind(token.type.value))


def answer_of(info: IdTokenInfoType) -> AuthorizationAnswer:
    """What the CSMS says of a token."""
    group = info.group_id_token
    return AuthorizationAnswer(
        accepted=info.status is AuthorizationStatusEnumType.ACCEPTED,
        group_id=group.id_token if group else None,
        evses=tuple(info.evse_id or ()),
        priority=info.charging_priority or 0,  # (K03.FR.06)
    )
