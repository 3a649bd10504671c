"""Keys and variables as a technician on site reads and sets them."""

from __future__ import annotations

from typing import Any, Final

from attrs import evolve

from ocppkit.control.errors import CommandFailed, ErrorCode
from ocppkit.message import Version
from ocppkit.station.on_site import SettingName, UnfitValue, UnknownSetting
from ocppkit.station.settings.values import VariableId
from ocppkit.station.station import ChargingStation
from ocppkit.station.v201.variable_names import read_name
from ocppkit.variable import Mutability

__all__ = ["Technician"]

_COMMANDS: Final = {Version.V16: "configuration", Version.V201: "variable"}
_ACTUAL: Final = "Actual"


class Technician:
    """Commands to read and set what the station is configured with."""

    def __init__(self, station: ChargingStation) -> None:
        self._station = station

    async def configuration(
        self, *, action: str, name: str, value: str | None = None
    ) -> dict[str, Any]:
        """Read or set a configuration key of 1.6.

        Raises:
            CommandFailed: it is not carried out.
        """
        self._check_version("configuration")
        return await self._access(action, name, value)

    async def variable(
        self,
        *,
        action: str,
        name: str | dict[str, Any],
        value: str | None = None,
        evse: int | None = None,
        connector: int | None = None,
        attribute: str | None = None,
    ) -> dict[str, Any]:
        """Read or set a variable of 2.0.1.

        Args:
            action: get or set.
            name: ``Component.Variable``, or its parts.
            value: for set.
            evse: of the component, where the name is a text.
            connector: of the component, where the name is a text.
            attribute: of the variable, where the name is a text.

        Raises:
            CommandFailed: it is not carried out.
        """
        self._check_version("variable")
        beside = {"evse": evse, "connector": connector, "attribute": attribute}
        given = {key: each for key, each in beside.items() if each is not None}
        if isinstance(name, dict):
            if given:
                raise _bad(f"{next(iter(given))}: it belongs into the object that is the name")
            given = name
        if given.get("connector") is not None and given.get("evse") is None:
            raise _bad("connector: the evse is missing")
        parts = {key: each for key, each in given.items() if key != "attribute"}
        meant = str(given.get("attribute", _ACTUAL))
        return await self._access(action, _named(name, parts), value, attribute=meant)

    def _check_version(self, command: str) -> None:
        spoken = self._station.version
        if _COMMANDS[spoken] != command:
            text = f"{command} is not for {spoken}, which is spoken: use {_COMMANDS[spoken]}"
            raise CommandFailed(ErrorCode.NOT_SUPPORTED, text)

    async def _access(
        self, action: str, name: SettingName, value: str | None, *, attribute: str = _ACTUAL
    ) -> dict[str, Any]:
        if (action == "set") is (value is None):
            raise _bad("value: missing" if value is None else "value: it is for set only")
        try:
            setting = self._station.setting(name, attribute=attribute)
            if value is not None:
                await setting.set(value)
        except UnknownSetting as error:
            raise _bad(f"name: {error}") from None
        except UnfitValue as error:
            raise _bad(f"value: {error}") from None
        hidden = value is not None and setting.mutability is Mutability.WRITE_ONLY
        return {
            "name": setting.name,
            "value": None if hidden else setting.read(),
            "mutability": setting.mutability,
        }


def _named(name: str | dict[str, Any], parts: dict[str, Any]) -> VariableId:
    if isinstance(name, dict):
        return VariableId(**parts)
    try:
        return evolve(read_name(name), **parts)
    except UnknownSetting as error:
        raise _bad(f"name: {error}") from None


def _bad(message: str) -> CommandFailed:
    return CommandFailed(ErrorCode.BAD_ARGS, message)
