"""What comes of a change of the profiles; loads nothing of what makes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ocppkit.smart_charging.model import Installed

__all__ = ["Change"]


class Change(NamedTuple):
    """What came of a change.

    Attributes:
        installed: the profiles that there are now, in the order in which they came.
        removed: those that there are no more.
    """

    installed: tuple[Installed, ...]
    removed: tuple[Installed, ...]
