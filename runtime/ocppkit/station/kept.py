"""What OCPP has changed and a restart must not forget; read at once, written before an answer."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol

__all__ = [
    "AVAILABILITY",
    "BOOT",
    "CONFIGURATION",
    "NETWORK",
    "RESERVATIONS",
    "UNPLUGGING",
    "VARIABLES",
    "Kept",
    "KeyValues",
]

AVAILABILITY: Final = "availability"
BOOT: Final = "boot"
CONFIGURATION: Final = "v16.configuration"
NETWORK: Final = "network"
RESERVATIONS: Final = "reservations"
UNPLUGGING: Final = "v16.unplugging"
VARIABLES: Final = "v201.variables"

_NAMESPACES: Final = (
    AVAILABILITY,
    BOOT,
    CONFIGURATION,
    NETWORK,
    RESERVATIONS,
    UNPLUGGING,
    VARIABLES,
)


class KeyValues(Protocol):
    """Texts by namespace and key that outlast a restart; the store has them."""

    async def all(self, namespace: str) -> dict[str, str]:
        """All values of a namespace, by key in order."""
        ...

    async def put(self, namespace: str, values: Mapping[str, str | None]) -> None:
        """Set values together; None takes one away."""
        ...


class Kept:
    """A copy in memory of what the store keeps of OCPP's changes."""

    def __init__(self, key_values: KeyValues) -> None:
        """Keep nothing yet; see `load`."""
        self._key_values = key_values
        self._values: dict[str, dict[str, str]] = {name: {} for name in _NAMESPACES}

    async def load(self) -> None:
        """Read what was kept before the restart."""
        for namespace in _NAMESPACES:
            self._values[namespace] = await self._key_values.all(namespace)

    def all(self, namespace: str) -> Mapping[str, str]:
        """All values of a namespace, by key."""
        return MappingProxyType(self._values[namespace])

    async def put(self, namespace: str, values: Mapping[str, str | None]) -> None:
        """Set values together; None takes one away. Once this returns it outlasts a restart."""
        known = self._values[namespace]
        news = {key: value for key, value in values.items() if known.get(key) != value}
        if news:
            await self._key_values.put(namespace, news)
            for key, value in news.items():
                if value is None:
                    known.pop(key, None)
                else:
                    known[key] = value
