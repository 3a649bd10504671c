"""Configuration keys and variables as a technician on site reads and sets them.

The mutability is the CSMS's: what is read-only for it may be set here, as whoever is on site may
edit ``station.toml`` as well. What nobody can set is what the station only reports: what it is, and
what is measured. What may only be written is never shown, here neither.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from attrs import frozen

from ocppkit.station.settings.values import VariableId
from ocppkit.value import Value
from ocppkit.variable_terms import Mutability

__all__ = ["Setting", "SettingName", "SettingRefused", "UnfitValue", "UnknownSetting"]

_logger = logging.getLogger(__name__)

SettingName: TypeAlias = str | VariableId
"""A 1.6 key by its name; a 2.0.1 variable by its id or as ``Component.Variable``, with an instance
in brackets behind either."""


class UnknownSetting(ValueError):
    """There is none of this name."""


class UnfitValue(ValueError):
    """It does not take this value; the text says what it takes."""


class SettingRefused(ValueError):
    """It cannot be read, or not be set, whatever the value."""


@frozen(kw_only=True, eq=False, repr=False)
class Setting(Value):
    """A configuration key or a variable of a station.

    Attributes:
        name: as the station spells it.
        mutability: what the CSMS may do.
        current: its value.
        change: sets it, so that it holds at once and outlasts a restart; raises `UnfitValue`.
            None: nobody can set it.
    """

    name: str
    mutability: Mutability
    current: Callable[[], str]
    change: Callable[[str], Awaitable[None]] | None

    def read(self) -> str:
        """Its value.

        Raises:
            SettingRefused: it may only be written.
        """
        if self.mutability is Mutability.WRITE_ONLY:
            msg = f"{self.name} may only be written: its value is never shown"
            raise SettingRefused(msg)
        return self.current()

    async def set(self, value: str) -> None:
        """Set it; the value holds once this returns, and outlasts a restart.

        Raises:
            SettingRefused: nobody can set it.
            UnfitValue: it does not take this value.
        """
        if self.change is None:
            msg = f"{self.name} tells how the station is: nobody can set it"
            raise SettingRefused(msg)
        await self.change(value)
        _logger.info("%s was set on site", self.name)
