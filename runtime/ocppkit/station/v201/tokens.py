"""Tokens between our words and those of 2.0.1."""

from __future__ import annotations

from typing import Final

from ocppkit.authorization import Entry, Status
from ocppkit.station.capabilities import DisplayText
from ocppkit.station.id_token import AdditionalInfo, IdToken, IdTokenKind
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.station.token_refusal import RefusalReason, TokenRefusal
from ocppkit.v201 import (
    AdditionalInfoType,
    AuthorizationStatusEnumType,
    IdTokenEnumType,
    IdTokenInfoType,
    IdTokenType,
    MessageContentType,
)

__all__ = ["MOST_ADDITIONAL", "answer_of", "entry_of", "text_of", "token_of", "written"]

MOST_ADDITIONAL: Final = 10
"""Additional infos of a token that a message carries (AdditionalInfoItemsPerMessage)."""


def written(token: IdToken) -> IdTokenType:
    """A token as 2.0.1 writes it."""
    nobody = token.kind is IdTokenKind.NO_AUTHORIZATION  # (C02.FR.01)
    return IdTokenType(
        id_token="" if nobody else token.value,
        type=IdTokenEnumType(token.kind.value),
        additional_info=[
            AdditionalInfoType(additional_id_token=each.value, type=each.type)
            for each in token.additional[:MOST_ADDITIONAL]
        ]
        or None,
    )


def token_of(token: IdTokenType) -> IdToken:
    """A token as we know it."""
    return IdToken(
        token.id_token,
        IdTokenKind(token.type.value),
        tuple(
            AdditionalInfo(value=each.additional_id_token, type=each.type)
            for each in token.additional_info or ()
        ),
    )


def entry_of(info: IdTokenInfoType) -> Entry:
    """What an answer, or the list, says of a token; not what it costs (C10.FR.09)."""
    return Entry(
        status=Status(info.status.value),
        expires=info.cache_expiry_date_time,
        group_id=info.group_id_token.id_token if info.group_id_token else None,
        evses=tuple(info.evse_id or ()),
        priority=info.charging_priority or 0,
        languages=_languages(info),
    )


def text_of(message: MessageContentType) -> DisplayText:
    """A message for people."""
    return DisplayText(
        content=message.content, format=message.format.value, language=message.language
    )


def _languages(info: IdTokenInfoType) -> tuple[str, ...]:
    return tuple(each for each in (info.language1, info.language2) if each)


def answer_of(info: IdTokenInfoType) -> AuthorizationAnswer:
    """What the CSMS says of a token."""
    group = info.group_id_token
    return AuthorizationAnswer(
        accepted=info.status is AuthorizationStatusEnumType.ACCEPTED,
        group_id=group.id_token if group else None,
        evses=tuple(info.evse_id or ()),
        priority=info.charging_priority or 0,  # (K03.FR.06)
        languages=_languages(info),
        message=text_of(info.personal_message) if info.personal_message else None,
        refusal=TokenRefusal(reason=RefusalReason.CSMS, status=Status(info.status.value)),
    )
