"""Variables as a technician on site reads and sets them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from ocppkit.device_model.values import Unfit
from ocppkit.station.on_site import Setting, SettingName, UnfitValue, UnknownSetting
from ocppkit.station.v201.variable_change import FollowUp
from ocppkit.station.v201.variable_names import not_found, read_name
from ocppkit.v201 import AttributeEnumType

if TYPE_CHECKING:
    from ocppkit.station.v201.variables import Variable, Variables

__all__ = ["setting", "why"]

_LONGEST: Final = 1000  # characters of a value that is set (2.0.1 SetVariableDataType)


def setting(
    name: SettingName,
    attribute: str,
    variables: Variables,
    change: Callable[[Variable, str], Awaitable[FollowUp | None]],
) -> Setting:
    """An attribute of a variable.

    Args:
        name: of the variable.
        attribute: as on the wire.
        variables: what there is.
        change: sets one, for good; raises ValueError.

    Raises:
        UnknownSetting: there is none of this name.
    """
    wanted = read_name(name)
    rows = {row.attribute: row for row in variables.all() if row.id.key == wanted.key}
    if not rows:
        raise not_found(wanted, dict.fromkeys(each.id for each in variables.all()))
    if attribute not in set(AttributeEnumType):
        listed = ", ".join(AttributeEnumType)
        raise UnknownSetting(f"there is no attribute {attribute[:100]!r}, but {listed}")
    row = rows.get(AttributeEnumType(attribute))
    if row is None:
        called = next(iter(rows.values())).id.described()
        raise UnknownSetting(f"{called} has no {attribute}, but {', '.join(rows)}")
    called = row.id.described()
    if row.attribute is not AttributeEnumType.ACTUAL:
        called += f", {attribute}"

    async def change_on_site(value: str) -> None:
        if len(value) > _LONGEST:
            msg = f"{called}: expected at most {_LONGEST} characters, got {len(value)}"
            raise UnfitValue(msg)
        try:
            then = await change(row, value)
        except ValueError as error:
            got = repr(value[:100]) if row.readable else "something else"
            reason = why(error, row, value) or "expected another value"
            raise UnfitValue(f"{called}: {reason}, got {got}") from None
        if then is not None:
            await then()

    return Setting(
        name=called,
        mutability=row.mutability,
        current=row.read,
        change=change_on_site if row.set or row.order else None,
    )


def why(error: ValueError, row: Variable, text: str) -> str | None:
    """What an error says, where that is for people and does not give a secret away."""
    said = str(error)
    if isinstance(error, Unfit) or (row.readable and said and said != text):
        return said
    return None
