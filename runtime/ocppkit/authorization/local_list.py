"""The local authorization list: what the CSMS has sent ahead, and how it changes it (1.6 §5.15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from attrs import field, frozen

from ocppkit.authorization.entry import Entry, fold
from ocppkit.value import Value

__all__ = ["Changes", "ListFault", "LocalList"]

Changes: TypeAlias = Mapping[str, Entry | None]
"""By folded token what the list is to say of it; None: nothing any more."""

_NOTHING: Final[Mapping[str, Entry]] = MappingProxyType({})
_HIGHEST: Final = 2**63 - 1  # the schemas know no bound, what keeps the version does


class ListFault(StrEnum):
    """Why an update is not applied."""

    DUPLICATE = "a token stands in it twice"
    INCOMPLETE = "a full list has to say something of each token"
    OLD_VERSION = "its version is not above that of the list"
    RESERVED_VERSION = "versions begin at 1, and 64 bits hold them"
    TOO_LONG = "the list would be too long"


@frozen(kw_only=True, eq=False, repr=False)
class LocalList(Value):
    """A list; an update makes another one.

    Attributes:
        version: that the CSMS gave it; 0 for one that it never sent.
        entries: by folded token.
        forgets_version: whether it has version 0 while it is empty too (1.6 §5.10).
    """

    version: int = 0
    entries: Mapping[str, Entry] = field(default=_NOTHING)
    forgets_version: bool = True

    def __len__(self) -> int:
        return len(self.entries)

    def find(self, token: str) -> Entry | None:
        """What it says of a token."""
        return self.entries.get(fold(token))

    def replaced(self, version: int, entries: Changes, *, most: int) -> LocalList | ListFault:
        """Another list in its place; of any version.

        Args:
            version: the new one.
            entries: as `changes` has made them.
            most: how many the list may have.
        """
        new = {token: entry for token, entry in entries.items() if entry is not None}
        if len(new) != len(entries):
            return ListFault.INCOMPLETE
        return self._of(version, new, most=most)

    def amended(self, version: int, changes: Changes, *, most: int) -> LocalList | ListFault:
        """The list with some entries added, changed and taken away.

        Args:
            version: the new one; has to be above the present one (1.6 §7.47; D01.FR.19).
            changes: as `changes` has made them.
            most: how many the list may have.
        """
        if 0 < version <= self.version:
            return ListFault.OLD_VERSION
        new = dict(self.entries)
        for token, entry in changes.items():
            if entry is None:
                new.pop(token, None)
            else:
                new[token] = entry
        return self._of(version, new, most=most)

    @staticmethod
    def changes(said: Iterable[tuple[str, Entry | None]]) -> Changes | ListFault:
        """What an update says, by folded token; each may stand in it once (1.6 §6.41)."""
        found: dict[str, Entry | None] = {}
        for token, entry in said:
            name = fold(token)
            if name in found:
                return ListFault.DUPLICATE
            found[name] = entry
        return found

    def _of(self, version: int, entries: dict[str, Entry], *, most: int) -> LocalList | ListFault:
        if not 0 < version <= _HIGHEST:  # 0 and below have their own meaning (1.6 errata §3.52)
            return ListFault.RESERVED_VERSION
        if len(entries) > most:
            return ListFault.TOO_LONG
        return LocalList(
            version=version if entries or not self.forgets_version else 0,
            entries=MappingProxyType(entries),
            forgets_version=self.forgets_version,
        )
