"""Settings that are read and checked, but that the station does not obey yet.

Whoever makes it obey one takes its line away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from ocppkit.station.settings.document import StationSettings

__all__ = ["UNOBEYED", "not_obeyed"]

_NO_PLUG_AND_CHARGE = "there is no Plug & Charge yet"

UNOBEYED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "certificates.manufacturer_ca": "no firmware is checked yet",
        "certificates.mo_ca": _NO_PLUG_AND_CHARGE,
        "certificates.v2g_ca": _NO_PLUG_AND_CHARGE,
    }
)
"""A setting, or a whole table, and why it changes nothing."""


def not_obeyed(settings: StationSettings) -> Iterator[str]:
    """A sentence for each setting that somebody gave and that changes nothing."""
    for path in sorted(settings.origins):
        parts = path.split(".")
        whole = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
        why = next((UNOBEYED[each] for each in whole if each in UNOBEYED), None)
        if why is not None:
            yield f"{path} changes nothing: {why}"
