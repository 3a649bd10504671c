"""Sets variables for a case, and puts them back afterwards."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from ocppkit.conformance.inventory import Inventory, Item, Key, VariableName, key_of
from ocppkit.conformance.verdict import Missing, NotApplicable
from ocppkit.v201 import (
    VARIABLES,
    AttributeEnumType,
    BootNotificationRequest,
    DataEnumType,
    GetVariableDataType,
    GetVariablesRequest,
    GetVariableStatusEnumType,
    ResetEnumType,
    ResetRequest,
    SetVariableDataType,
    SetVariableResultType,
    SetVariablesRequest,
    SetVariableStatusEnumType,
)

if TYPE_CHECKING:
    from ocppkit.conformance.case import Case

__all__ = ["Variables", "written"]

_CHUNK = 4  # variables a message: every station takes as many


class Variables:
    """The station's variables, as one case handles them."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._former: dict[Key, str | None] = {}

    async def get(self, *variables: VariableName) -> dict[Key, str | None]:
        """Ask the station for values; None where it tells none.

        Raises:
            Missing: it does not answer.
        """
        keys = [key_of(each) for each in variables]
        values: dict[Key, str | None] = {}
        for chunk in _chunks(keys):
            asked = [
                GetVariableDataType(component=key.component_type, variable=key.variable_type)
                for key in chunk
            ]
            answer = await self._case.call(GetVariablesRequest(get_variable_data=asked))
            for key, result in zip(chunk, answer.get_variable_result, strict=False):
                accepted = result.attribute_status is GetVariableStatusEnumType.ACCEPTED
                values[key] = result.attribute_value if accepted else None
        return values

    async def configure(
        self, wanted: Mapping[VariableName, object], *, optional: Collection[VariableName] = ()
    ) -> None:
        """Have variables say this; see `Case.configure`."""
        free = None if "*" in optional else {key_of(each) for each in optional}
        reboot = False
        for variable, value in wanted.items():
            key, text = key_of(variable), written(value)
            item = self._case.inventory.get(key)
            if item is None or not (item.writable or _same(item, text)):
                if free is None or key in free:
                    continue
                if item is None and _is_required(self._case.inventory, key):
                    self._case.deviate("", str(key), "this required variable", "none")
                    raise Missing(str(key))
                why = "is not there" if item is None else f"is ReadOnly with {item.value!r}"
                raise NotApplicable(f"needs {key} to be {text}: it {why}")
            if item.writable:
                item.value = (await self.get(key))[key]
            if not _same(item, text):
                reboot |= await self._set(item, text)
        if reboot:
            await self.restart()

    def keep(self, *variables: VariableName) -> None:
        """Put these back when the case ends: the case sets them by itself."""
        for variable in variables:
            item = self._case.inventory.get(variable)
            if item is not None and item.writable:
                _ = self._former.setdefault(item.key, item.value)

    async def restore(self) -> None:
        """Put everything back, the last first.

        Raises:
            Missing: the station refuses.
        """
        reboot = False
        while self._former:
            key, value = self._former.popitem()
            item = self._case.inventory.get(key)
            if item is not None and value is not None:
                reboot |= await self._set(item, value, keep=False)
        if reboot:
            await self.restart()

    async def restart(self) -> None:
        """Reset the station, and wait until it has booted.

        Raises:
            Missing: it does not.
        """
        async with self._case.reboot():
            _ = await self._case.call(ResetRequest(type=ResetEnumType.IMMEDIATE))
            _ = await self._case.expect(
                BootNotificationRequest, within=self._case.settings.reboot_timeout
            )

    async def _set(self, item: Item, text: str, *, keep: bool = True) -> bool:
        """Set one; returns whether a restart is needed."""
        data = SetVariableDataType(
            attribute_value=text,
            attribute_type=AttributeEnumType.ACTUAL,
            component=item.key.component_type,
            variable=item.key.variable_type,
        )
        answer = await self._case.call(SetVariablesRequest(set_variable_data=[data]))
        result: SetVariableResultType = answer.set_variable_result[0]
        status = result.attribute_status
        if status not in _TAKEN:
            info = result.attribute_status_info
            why = f" {info.reason_code} {info.additional_info or ''}".rstrip() if info else ""
            self._case.deviate("", f"SetVariables {item.key}={text}", "Accepted", f"{status}{why}")
            raise Missing(str(item.key))
        if keep:
            _ = self._former.setdefault(item.key, item.value)
        item.value = text
        return status is SetVariableStatusEnumType.REBOOT_REQUIRED


_TAKEN = (SetVariableStatusEnumType.ACCEPTED, SetVariableStatusEnumType.REBOOT_REQUIRED)


def written(value: object) -> str:
    """A value as a variable holds it."""
    match value:
        case bool():
            return str(value).lower()
        case list() | tuple():
            return ",".join(map(str, value))
        case set() | frozenset():
            return ",".join(sorted(map(str, value)))
        case float():
            return f"{value:.15g}"
    return str(value)


def _is_required(inventory: Inventory, key: Key) -> bool:
    """Whether a station with this component has to have the variable."""
    standard = any(
        known.required and (known.component, known.name) == (key.component, key.name)
        for known in VARIABLES.values()
    )
    return standard and any(item.key.component == key.component for item in inventory)


def _same(item: Item, text: str | None) -> bool:
    """Whether a variable says this, as its type compares."""
    if item.value is None or text is None:
        return item.value == text
    kind = item.characteristics and item.characteristics.data_type
    if kind is DataEnumType.MEMBER_LIST:
        return set(_parts(item.value)) == set(_parts(text))
    if kind is DataEnumType.SEQUENCE_LIST:
        return _parts(item.value) == _parts(text)
    if kind is DataEnumType.BOOLEAN:
        return item.value.lower() == text.lower()
    return item.value == text


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _chunks(keys: list[Key]) -> list[list[Key]]:
    return [keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK)]
