"""From names on the wire to names in Python: one rule, and one table of exceptions a version."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping

from attrs import field, frozen

__all__ = ["Names"]

_BREAKS = (
    (re.compile(r"[^A-Za-z0-9]+"), "_"),
    (re.compile(r"([A-Z]+)([A-Z][a-z])"), r"\1_\2"),
    (re.compile(r"([a-z0-9])([A-Z])"), r"\1_\2"),
)
# Names that a generated class or its constructor uses itself.
_TAKEN = {"bool", "datetime", "dict", "extra", "field", "float", "int", "list", "self", "str"}


@frozen
class Names:
    """A version's naming.

    Attributes:
        words: a run of letters in a wire name → how it splits.
        members: enum → value → name of its member, where the rule does not do.
        lift: place of a type that is written out in a schema → its name.
    """

    words: Mapping[str, str] = field(factory=dict)
    members: Mapping[str, Mapping[str, str]] = field(factory=dict)
    lift: Mapping[str, str] = field(factory=dict)

    def snake(self, wire: str) -> str:
        """``evseId`` → ``evse_id``."""
        for word in sorted(self.words, key=len, reverse=True):
            wire = wire.replace(word, self.words[word])
        for pattern, replacement in _BREAKS:
            wire = pattern.sub(replacement, wire)
        name = wire.strip("_").lower()
        return f"{name}_" if keyword.iskeyword(name) else name

    def field(self, wire: str) -> str:
        """``evseId`` → ``evse_id``, ``class`` → ``class_``, ``3phase`` → ``field_3phase``."""
        name = self.snake(wire)
        if name in _TAKEN:
            return f"{name}_"
        return f"field_{name}" if name[:1].isdigit() else name

    def member(self, enum: str, value: str) -> str:
        """``Energy.Active.Import.Register`` → ``ENERGY_ACTIVE_IMPORT_REGISTER``."""
        known = self.members.get(enum, {}).get(value)
        name = known or self.snake(value).upper().strip("_")
        return f"_{name}" if name[:1].isdigit() else name
