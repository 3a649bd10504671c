"""The variables that a 2.0.1 station has: what they are, read and set (B05, B06)."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import frozen

from ocppkit.device_model.names import VariableId, VariableKey
from ocppkit.printable import cut
from ocppkit.station.kept import VARIABLES, Kept
from ocppkit.station.on_site import Setting, SettingName
from ocppkit.station.settings.values import VariableValue
from ocppkit.station.v201.variable_change import Changed, FollowUp, VariableStatus
from ocppkit.v201 import AttributeEnumType, ComponentType, EVSEType, VariableType
from ocppkit.value import Value
from ocppkit.variable_terms import DataType, Mutability

if TYPE_CHECKING:
    from ocppkit.device_model.disagreement import Disagreement
    from ocppkit.device_model.model import Characteristics, Entry

__all__ = ["Changed", "Variable", "VariableStatus", "Variables", "members", "named", "place"]

_logger = logging.getLogger(__name__)

_ACTUAL: Final = AttributeEnumType.ACTUAL
_STORED: Final = "what was set"


@frozen(kw_only=True, eq=False, repr=False)
class Variable(Value):
    """An attribute of a variable of a component: how it is read and set.

    What is not told of the variable's type, unit, values and limits comes from the catalogue, where
    that knows it. The attributes of one variable are several of these under the same name.

    Attributes:
        component: whose it is.
        name: of the variable.
        get: its value; empty while there is none.
        set: takes a value; raises ValueError, which says why, for one that it does not take.
            None: nobody can set it.
        order: takes a value in the place of `set` where that takes time, and sees itself to its
            outlasting a restart; gives what is to follow once the CSMS has its answer.
        evse: the number of the component's EVSE.
        connector: the number of the component's connector.
        instance: of the variable.
        component_instance: of the component.
        attribute: which of the variable's attributes.
        data_type: what its value is; None for what the catalogue says, else a text.
        unit: of its value.
        values: what it may be, or what its list may hold.
        minimum: of its value; None for 0 of an integer that can be set.
        maximum: of its value; None for what fits an integer of 32 bits.
        max_length: the most characters of its value.
        summary: whether it tells of availability (B07.FR.09).
        readable: whether anybody may read it.
        locked: whether the CSMS may not set it although it can be set.
        reboot: whether what is set counts only after a reboot; `set` sees to that.
        persistent: whether its value outlasts a restart; None for yes where it can be set.
        constant: whether the station never changes it while it runs.
    """

    component: str
    name: str
    get: Callable[[], str]
    set: Callable[[str], None] | None = None
    order: Callable[[str], Awaitable[FollowUp | None]] | None = None
    evse: int | None = None
    connector: int | None = None
    instance: str | None = None
    component_instance: str | None = None
    attribute: AttributeEnumType = _ACTUAL
    data_type: DataType | None = None
    unit: str | None = None
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    summary: bool = False
    readable: bool = True
    locked: bool = False
    reboot: bool = False
    persistent: bool | None = None
    constant: bool = False

    @property
    def id(self) -> VariableId:
        """The name of the variable."""
        return VariableId(
            component=self.component,
            variable=self.name,
            component_instance=self.component_instance,
            instance=self.instance,
            evse=self.evse,
            connector=self.connector,
        )

    @property
    def mutability(self) -> Mutability:
        """What the CSMS may do."""
        if (self.set is None and self.order is None) or self.locked:
            return Mutability.READ_ONLY
        return Mutability.READ_WRITE if self.readable else Mutability.WRITE_ONLY

    @property
    def outlasts(self) -> bool:
        """Whether its value outlasts a restart."""
        if self.persistent is not None:
            return self.persistent
        return self.constant or self.set is not None or self.order is not None

    def read(self) -> str:
        """Its value, as plain text also where it comes as an enum."""
        return str(self.get())


def members(text: str) -> list[str]:
    """The members of a list as it stands in a value."""
    return [part.strip() for part in text.split(",") if part.strip()]


def place(evse: int | None, connector: int | None) -> EVSEType | None:
    """Where a component is."""
    return None if evse is None else EVSEType(id=evse, connector_id=connector)


def named(component: ComponentType, variable: VariableType) -> VariableId:
    """The name of a variable that a message means."""
    evse = component.evse
    return VariableId(
        component=component.name,
        variable=variable.name,
        component_instance=component.instance,
        instance=variable.instance,
        evse=evse.id if evse else None,
        connector=evse.connector_id if evse else None,
    )


class Variables:
    """All variables, found by component and name in any case.

    What the CSMS sets wins over what the station was told, and that over the station's own.

    Attributes:
        disagreements: everything that was said of variables and does not count; logged together
            when the station starts, which that never keeps from it.
    """

    def __init__(
        self,
        rows: Iterable[Variable],
        *,
        told: Iterable[VariableValue] = (),
        files: Iterable[Path] = (),
        connectors: Sequence[int] = (),
        kept: Kept,
    ) -> None:
        """Take up what the station was told.

        Args:
            rows: the station's own variables; of two of the same name the later counts.
            told: values and mutabilities, and variables of the integrator.
            files: components of the integrator; read by `restore`.
            connectors: how many each EVSE has.
            kept: what the CSMS has set, to outlast a restart.
        """
        self.disagreements: list[Disagreement] = []
        self._kept = kept
        self._files = tuple(files)
        self._connectors = connectors
        self._rows: dict[VariableKey, dict[AttributeEnumType, Variable]] = {}
        self._components: set[tuple[str | int | None, ...]] = set()
        self._characteristics: dict[VariableKey, Characteristics] = {}
        for row in rows:
            self.put(row)
        for each in told:
            from ocppkit.station.v201 import variable_sources  # noqa: PLC0415  # rarely needed

            variable_sources.take_told(each, self, connectors)

    def put(self, row: Variable) -> None:
        """Take up a variable, in the place of one that is there."""
        key = row.id.key
        self._rows.setdefault(key, {})[row.attribute] = row
        self._components.add(key[:4])

    def describe(self, key: VariableKey, characteristics: Characteristics) -> None:
        """Have a variable hold what somebody else says of it."""
        self._characteristics[key] = characteristics

    def restore(self) -> None:
        """Take up what files say, and what was set before the restart, as far as it fits.

        What does not fit stays in the store: it may fit the next version.
        """
        if self._files:
            from ocppkit.station.v201 import variable_sources  # noqa: PLC0415  # rarely needed

            self.disagreements += variable_sources.take_files(self._files, self, self._connectors)
        for stored, value in self._kept.all(VARIABLES).items():
            if (message := self._restored(stored, value)) is not None:
                self._disagree(cut(stored), message)
        if self.disagreements:
            lines = "\n".join(f"  {each}" for each in self.disagreements)
            _logger.error("what is said of variables and does not count:\n%s", lines)

    def _restored(self, stored: str, value: str) -> str | None:
        """Take up a value; why not, where that cannot be done."""
        try:
            *key, attribute = json.loads(stored)
            row = self._rows[tuple(key)][AttributeEnumType(attribute)]
            self.take(row, value)
        except (KeyError, TypeError, ValueError, RecursionError):
            return "does not fit any more"
        return None

    def _disagree(self, where: str, message: str) -> None:
        from ocppkit.device_model.disagreement import Disagreement  # noqa: PLC0415  # rarely needed

        self.disagreements.append(Disagreement(source=_STORED, where=where, message=message))

    async def keep(self, row: Variable, value: str) -> None:
        """Have a value, which holds already, outlast a restart, where the variable can be set."""
        if row.mutability is not Mutability.READ_ONLY:
            await self._put(row, value)

    def all(self) -> list[Variable]:
        """Every attribute of every variable."""
        return [row for rows in self._rows.values() for row in rows.values()]

    def find(
        self,
        component: ComponentType,
        variable: VariableType,
        attribute: AttributeEnumType = _ACTUAL,
    ) -> Variable | VariableStatus:
        """A variable, or why there is none (B06.FR.06 - FR.08, FR.15)."""
        key = named(component, variable).key
        rows = self._rows.get(key)
        if rows is None:
            known = key[:4] in self._components
            return VariableStatus.UNKNOWN_VARIABLE if known else VariableStatus.UNKNOWN_COMPONENT
        return rows.get(attribute, VariableStatus.NOT_SUPPORTED_ATTRIBUTE_TYPE)

    def row(self, key: VariableKey, attribute: AttributeEnumType = _ACTUAL) -> Variable | None:
        """An attribute of a variable, where there is one."""
        return self._rows.get(key, {}).get(attribute)

    def value(self, component: str, variable: str, instance: str | None = None) -> str | None:
        """What a variable of the station as a whole is; None where there is none."""
        wanted = VariableId(component=component, variable=variable, instance=instance)
        row = self.row(wanted.key)
        return None if row is None else row.read()

    def characteristics(self, row: Variable) -> Characteristics:
        """What a variable may hold."""
        key = row.id.key
        found = self._characteristics.get(key)
        if found is None:
            from ocppkit.station.v201 import variable_sources  # noqa: PLC0415  # at need

            first = next(iter(self._rows[key].values()))
            found = self._characteristics[key] = variable_sources.characteristics_of_row(first)
        return found

    def entries(self) -> list[Entry]:
        """Everything as it is now; without the values of what may only be written."""
        from ocppkit.station.v201.variable_sources import entry_of  # noqa: PLC0415  # at need

        return [
            entry_of(list(rows.values()), self.characteristics(next(iter(rows.values()))))
            for rows in self._rows.values()
        ]

    async def change(
        self,
        component: ComponentType,
        variable: VariableType,
        text: str,
        attribute: AttributeEnumType = _ACTUAL,
    ) -> Changed:
        """Set a variable, so that it outlasts a restart (B05)."""
        row = self.find(component, variable, attribute)
        if not isinstance(row, Variable):
            return Changed(status=row)
        if row.mutability is Mutability.READ_ONLY:
            return Changed(status=VariableStatus.REJECTED, reason_code="ReadOnly")
        try:
            then = await self._change(row, text)
        except ValueError as error:
            from ocppkit.station.v201.variables_on_site import why  # noqa: PLC0415  # at need

            return Changed(
                status=VariableStatus.REJECTED,
                reason_code=getattr(error, "reason_code", "InvalidValue"),
                info=why(error, row, text),
            )
        except Exception:  # the others of the request count all the same (B05.FR.09)
            _logger.exception("%s cannot be set", row.id.described())
            return Changed(status=VariableStatus.REJECTED, reason_code="InternalError")
        needed = VariableStatus.REBOOT_REQUIRED if row.reboot else VariableStatus.ACCEPTED
        return Changed(status=needed, then=then)

    async def _change(self, row: Variable, text: str) -> FollowUp | None:
        """Set what can be set, for good; raises ValueError."""
        if row.order is None:
            before = row.read()
            self.take(row, text, bounded=True)
            try:
                await self._put(row, text)
            except Exception:
                if row.set is not None:
                    row.set(before)
                raise
            return None
        from ocppkit.device_model.values import check  # noqa: PLC0415  # at need

        check(self.characteristics(row), text)
        return await row.order(text)

    def take(self, row: Variable, text: str, *, bounded: bool = False) -> None:
        """Give a variable a value.

        Args:
            row: which.
            text: as it stands on the wire.
            bounded: whether it has to lie between MinSet and MaxSet.

        Raises:
            ValueError: it does not take this (B05.FR.07 - FR.09).
        """
        from ocppkit.device_model.values import Unfit, check, check_bounds  # noqa: PLC0415  # at need

        if row.set is None:
            raise Unfit("nobody can set it", "ReadOnly")
        told = self.characteristics(row)
        check(told, text)
        if bounded and len(rows := self._rows[row.id.key]) > 1:
            from ocppkit.station.v201.variable_sources import entry_of  # noqa: PLC0415  # at need

            check_bounds(told, row.attribute, text, entry_of(list(rows.values()), told).attributes)
        row.set(text)

    def setting(self, name: SettingName, *, attribute: str = "Actual") -> Setting:
        """A variable for a technician on site.

        Raises:
            UnknownSetting: there is none of this name, or it has no such attribute.
        """
        from ocppkit.station.v201.variables_on_site import setting  # noqa: PLC0415  # rarely needed

        return setting(name, attribute, self, self._change)

    async def _put(self, row: Variable, value: str) -> None:
        if row.outlasts:
            stored = json.dumps([*row.id.key, row.attribute.value])
            await self._kept.put(VARIABLES, {stored: value})
