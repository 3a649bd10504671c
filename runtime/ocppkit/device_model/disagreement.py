"""What does not agree with what, in words."""

from __future__ import annotations

from attrs import frozen

from ocppkit.value import Value

__all__ = ["Disagreement"]


@frozen(kw_only=True, eq=False, repr=False)
class Disagreement(Value):
    """Something that is said of the device model and cannot be so.

    Attributes:
        source: the file that says it.
        where: the variable, or the place in the file.
        message: what is wrong, and what counts instead.
    """

    source: str
    where: str
    message: str

    def __str__(self) -> str:
        place = f"{self.source}: {self.where}" if self.where else self.source
        return f"{place}: {self.message}"
