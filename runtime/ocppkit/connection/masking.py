"""What no log ever holds: passwords, keys, and id tokens in full.

It rather strikes out too much than too little: besides the fields and settings of the
specification, whatever is named like a password, also inside JSON text (DataTransfer).
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Any

from attrs import frozen

from ocppkit.codec.jsontext import UnreadableJson, dumps, loads
from ocppkit.value import Value

__all__ = [
    "MAX_DEPTH",
    "bounded",
    "masked_payload",
    "masked_text",
    "shortened",
    "sounds_secret",
]

MAX_DEPTH = 64
"""What is nested deeper is left out: no message of OCPP comes near."""

_MASK = "***"
_LEFT_OUT = "…"
_KEY_CODE = "KeyCode"  # never in a log, not even in part (C04.FR.04)
_TOKENS = frozenset({"idtag", "parentidtag", "idtoken", "additionalidtoken"})
_SECRET_NAME = re.compile(
    r"passw(?:or)?d|passphrase|secret|private_?key|authorization_?key|vpn_?key|sim_?pin"
    r"|api_?key|access_?token",
    re.IGNORECASE,
).search
_SETTING_VALUES = frozenset({"actualValue", "attributeValue", "value", "variableAttribute"})

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
# The second form is no URL, but what a password with an unescaped slash looks like.
# It sees one word at a time, up to the last @ in it: a word without one would be gone through anew
# from every :// in it.
_CREDENTIALS = re.compile(r"(?<=://)(?:[^/?#]*(?=@)|[^:/?#]*:(?!\d+/).*(?=@))", re.DOTALL)
_WORD = re.compile(r"[^\s\"]+")
_SIGNATURE = re.compile(
    r"(?<=[?&])([\w.-]*(?:token|signature|password|secret|credential|key|sig))=[^&#\s\"]+",
    re.IGNORECASE,
)


def masked_payload(
    payload: Any, *, keep_tokens: bool = False, secrets: Container[str] = frozenset()
) -> Any:
    """A payload as it may be written down; what is nested too deep is left out.

    Args:
        payload: any JSON value; is not changed.
        keep_tokens: whether id tokens stay as they are; shortened unless told otherwise.
        secrets: names of settings whose values nobody may see although they do not sound like it,
            in lower case.
    """
    return _Masker(keep_tokens=keep_tokens, secrets=secrets).masked(payload, MAX_DEPTH)


def sounds_secret(name: str) -> bool:
    """Whether the value of a setting of this name is struck out anyway."""
    return bool(_SECRET_NAME(name))


def masked_text(text: str) -> str:
    """A text without private keys and without the credentials of URLs."""
    if "-----BEGIN" in text:
        text = _PRIVATE_KEY.sub(_MASK, text)
    if "://" in text:
        if "@" in text:
            text = _WORD.sub(_without_credentials, text)
        text = _SIGNATURE.sub(rf"\1={_MASK}", text)
    return text


def _without_credentials(word: re.Match[str]) -> str:
    head, at, tail = word[0].rpartition("@")
    return _CREDENTIALS.sub(_MASK, head + at) + tail


def shortened(token: str) -> str:
    """An id token of which enough is left to tell it from others: its last four characters."""
    shown = 4 if len(token) >= 8 else 1 if len(token) >= 4 else 0
    return _LEFT_OUT + token[len(token) - shown :]


def bounded(value: Any, depth: int = MAX_DEPTH) -> Any:
    """A JSON value without what is nested too deep to be walked safely."""
    if not isinstance(value, list | dict):
        return value
    if depth == 0:
        return _LEFT_OUT
    if isinstance(value, list):
        return [bounded(item, depth - 1) for item in value]
    return {name: bounded(item, depth - 1) for name, item in value.items()}


@frozen(kw_only=True, eq=False, repr=False)
class _Masker(Value):
    keep_tokens: bool
    secrets: Container[str]

    def masked(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self._masked_string(value, depth)
        if not isinstance(value, list | Mapping):
            return value
        if depth == 0:
            return _LEFT_OUT
        if isinstance(value, list):
            return [self.masked(item, depth - 1) for item in value]
        setting = _names_a_secret(value, self.secrets)
        return {
            name: self._masked_value(item, depth - 1)
            if setting and name in _SETTING_VALUES
            else self._masked_field(name, item, value, depth - 1)
            for name, item in value.items()
        }

    def _masked_field(self, name: str, item: Any, owner: Mapping[str, Any], depth: int) -> Any:
        if name.lower() in _TOKENS and isinstance(item, str):
            if owner.get("type") == _KEY_CODE:
                return _MASK
            return item if self.keep_tokens else shortened(item)
        if isinstance(item, str | int | float) and _is_secret(name, owner):
            return _MASK
        return self.masked(item, depth)

    def _masked_value(self, item: Any, depth: int) -> Any:
        """The value of a secret setting; the attributes that a report lists keep all but theirs."""
        if not isinstance(item, list):
            return _MASK
        return [
            {
                name: _MASK if name == "value" else self.masked(inner, depth)
                for name, inner in attribute.items()
            }
            if isinstance(attribute, Mapping)
            else _MASK
            for attribute in item
        ]

    def _masked_string(self, text: str, depth: int) -> str:
        if text[:1] in {"{", "["} and depth > 0:
            try:
                inner = loads(text)
            except UnreadableJson:
                return masked_text(text)
            shown = self.masked(inner, depth - 1)
            return text if shown == inner else dumps(shown)
        return masked_text(text)


def _is_secret(name: str, owner: Mapping[str, Any]) -> bool:
    # `key` names a setting in 1.6 and holds the shared secret in the VPN profile of 2.0.1.
    return bool(_SECRET_NAME(name)) or (name == "key" and "server" in owner)


def _names_a_secret(setting: Mapping[str, Any], secrets: Container[str]) -> bool:
    """Whether it is a setting (1.6 key, 2.0.1 variable) with a secret for a value."""
    variable = setting.get("variable")
    if isinstance(variable, Mapping):
        names = [variable.get("name"), variable.get("instance")]
    else:
        names = [setting.get("key"), setting.get("name")]
    return any(
        isinstance(name, str) and (sounds_secret(name) or name.lower() in secrets) for name in names
    )
