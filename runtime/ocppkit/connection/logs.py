"""How a session logs: under its station's identity, and without what must stay secret."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from ocppkit.codec.jsontext import UnreadableJson, dumps, loads

__all__ = ["SessionLog", "masked"]

_MASK = "***"
_TOKENS = frozenset({"idTag", "idToken", "parentIdTag"})
_SECRETS = frozenset({"apnPassword", "key", "password", "simPin"})
_SECRET_SETTINGS = frozenset({"AuthorizationKey", "BasicAuthPassword"})
_SETTING_VALUES = frozenset({"attributeValue", "value"})
_URL_CREDENTIALS = re.compile(r"(?<=://)[^/@\s\"]+(?=@)")


class SessionLog(logging.LoggerAdapter[logging.Logger]):
    """A logger whose every line starts with the identity, which is also the record's `identity`."""

    def __init__(self, logger: logging.Logger, identity: str) -> None:
        super().__init__(logger, {"identity": identity})
        self._identity = identity

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Log a line, naming the place that called `debug`, `warning` and so on."""
        if self.isEnabledFor(level):
            # The identity is an argument, not a part of the format: it may hold a percent sign.
            self.logger.log(
                level,
                f"%s: {msg}",  # noqa: G004  # msg is a format of ours
                self._identity,
                *args,
                extra=self.extra,
                stacklevel=2,
                **kwargs,
            )


def masked(text: str) -> str:
    """A frame as it may stand in a log: id tokens, passwords and keys struck out."""
    try:
        frame = loads(text)
    except UnreadableJson:
        return f"({len(text)} characters that are no JSON)"
    return _URL_CREDENTIALS.sub(_MASK, dumps(_mask(frame)))


def _mask(value: Any) -> Any:
    if isinstance(value, list):
        return [_mask(item) for item in value]
    if isinstance(value, Mapping):
        secret = _names_a_secret(value)
        return {
            name: _MASK
            if (name in _TOKENS and isinstance(item, str))
            or (secret and name in _SETTING_VALUES)
            or (name in _SECRETS and _is_secret(name, value))
            else _mask(item)
            for name, item in value.items()
        }
    return value


def _is_secret(name: str, owner: Mapping[str, Any]) -> bool:
    # `key` names a setting in 1.6 and holds the shared secret in the VPN profile of 2.0.1.
    return name != "key" or "server" in owner


def _names_a_secret(setting: Mapping[str, Any]) -> bool:
    variable = setting.get("variable")
    name = variable.get("name") if isinstance(variable, Mapping) else setting.get("key")
    return isinstance(name, str) and name in _SECRET_SETTINGS
