"""What can happen to a store, as values: the station tells the CSMS."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path

from attrs import frozen

from ocppkit.errors import OcppError
from ocppkit.value import Value

__all__ = ["Incident", "IncidentKind", "StoreInUse"]


class IncidentKind(StrEnum):
    """What happened to the store."""

    SET_ASIDE = "set aside"
    """The file cannot be used; it bears another name now, and a new one is in its place."""
    DEGRADED = "degraded"
    """The disk takes no writes: what is new is in memory only."""
    RECOVERED = "recovered"
    """The disk takes writes again, and has taken what was in memory."""


@frozen(kw_only=True, eq=False, repr=False)
class Incident(Value):
    """Something that happened to the store.

    Attributes:
        kind: what.
        at: when, by the machine's clock.
        reason: why, for people.
        kept_as: where a file that was set aside is now.
    """

    kind: IncidentKind
    at: datetime
    reason: str
    kept_as: Path | None = None


class StoreInUse(OcppError):
    """Another process has the store open: two stations must not share one.

    Attributes:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(path)

    def __str__(self) -> str:
        return f"{self.path} is in use by another process"
