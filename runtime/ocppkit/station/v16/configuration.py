"""The configuration keys of a 1.6 station: found, read and set (1.6 §9)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Final, assert_never

from attrs import evolve, frozen

from ocppkit.station.kept import CONFIGURATION, Kept
from ocppkit.station.on_site import Setting, SettingName, UnfitValue, UnknownSetting
from ocppkit.station.settings.mistakes import nearest
from ocppkit.station.settings.values import KeyValue
from ocppkit.v16 import ConfigurationStatus
from ocppkit.value import Value
from ocppkit.variable_terms import Mutability

__all__ = ["Configuration", "Key", "Ordered"]

_logger = logging.getLogger(__name__)

_LONGEST: Final = 500  # characters (1.6 §7.29)


@frozen(kw_only=True, eq=False, repr=False)
class Ordered(Value):
    """What came of setting a key.

    Attributes:
        status: the answer.
        then: to be done once that has been given.
    """

    status: ConfigurationStatus
    then: Callable[[], Awaitable[None]] | None = None


@frozen(kw_only=True, eq=False, repr=False)
class Key(Value):
    """A configuration key.

    Attributes:
        name: as the specification spells it.
        get: its value.
        set: takes a value; raises ValueError for one that it does not take. None: read only.
        readable: whether anybody may read it.
        locked: whether the CSMS may not set it although it can be set.
        order: takes a value in place of `set`, where that takes time or has consequences; keeps it
            by itself.
    """

    name: str
    get: Callable[[], str]
    set: Callable[[str], None] | None = None
    readable: bool = True
    locked: bool = False
    order: Callable[[str], Awaitable[Ordered]] | None = None

    @property
    def settable(self) -> bool:
        """Whether anybody may set it."""
        return self.set is not None or self.order is not None

    @property
    def mutability(self) -> Mutability:
        """What the CSMS may do."""
        if not self.settable or self.locked:
            return Mutability.READ_ONLY
        return Mutability.READ_WRITE if self.readable else Mutability.WRITE_ONLY


class Configuration:
    """All keys, found by name in any case.

    What the CSMS sets wins over what the station was told, and that over the station's own.
    """

    def __init__(self, rows: Iterable[Key], *, told: Iterable[KeyValue] = (), kept: Kept) -> None:
        """Take up what the station was told.

        Args:
            rows: the station's own keys.
            told: values and mutabilities, and keys of the integrator.
            kept: what the CSMS has set, to outlast a restart.
        """
        self._kept = kept
        self._keys = {key.name.lower(): key for key in rows}
        for each in told:
            self._keys[each.name.lower()] = _as_told(each, self.find(each.name))

    def restore(self) -> None:
        """Take up what was set before the restart; what does not fit any more is left out."""
        for name, value in self._kept.all(CONFIGURATION).items():
            if self._try(name, value, on_site=True) is not ConfigurationStatus.ACCEPTED:
                _logger.error("%s, which was set once, is ignored: it does not fit any more", name)

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the keys that may only be written, in lower case."""
        return frozenset(name for name, key in self._keys.items() if not key.readable)

    def all(self) -> list[Key]:
        """Every key."""
        return list(self._keys.values())

    def find(self, name: str) -> Key | None:
        """The key of this name."""
        return self._keys.get(name.lower())

    async def change(self, name: str, value: str) -> ConfigurationStatus:
        """Set a key, so that it outlasts a restart (1.6 §5.3)."""
        status = self._try(name, value)
        if status is ConfigurationStatus.ACCEPTED:
            await self.keep(name, value)
        return status

    async def order(self, name: str, value: str) -> Ordered:
        """Set a key, also one whose value takes time to try, or has consequences (1.6 §5.3)."""
        key = self.find(name)
        if key is None or key.order is None:
            return Ordered(status=await self.change(name, value))
        if key.locked:
            return Ordered(status=ConfigurationStatus.REJECTED)
        return await key.order(value)

    async def keep(self, name: str, value: str) -> None:
        """Have a value, which holds already, outlast a restart, where the key can be set."""
        key = self.find(name)
        if key is not None and key.mutability is not Mutability.READ_ONLY:
            await self._kept.put(CONFIGURATION, {key.name: value})

    def setting(self, name: SettingName, *, attribute: str = "Actual") -> Setting:
        """A key for a technician on site.

        Raises:
            UnknownSetting: there is none of this name, or another attribute is meant: only
                variables of 2.0.1 have some.
        """
        if attribute != "Actual":
            raise UnknownSetting(f"keys of 1.6 have no attributes: there is no {attribute[:100]}")
        key = self.find(name) if isinstance(name, str) else None
        if key is None:
            near = nearest(str(name), [each.name for each in self.all()])
            hint = f": did you mean {near}?" if near else ""
            raise UnknownSetting(f"there is no key {str(name)[:100]}{hint}")
        change: Callable[[str], Awaitable[None]] | None = None
        if key.order is not None:
            change = partial(_order_on_site, key, key.order)
        elif key.set is not None:
            change = partial(self._change_on_site, key, key.set)
        return Setting(name=key.name, mutability=key.mutability, current=key.get, change=change)

    async def _change_on_site(self, key: Key, take: Callable[[str], None], value: str) -> None:
        if len(value) > _LONGEST:
            msg = f"{key.name}: expected at most {_LONGEST} characters, got {len(value)}"
            raise UnfitValue(msg)
        try:
            take(value)
        except ValueError:
            raise UnfitValue(_why_unfit(key, value)) from None
        await self._kept.put(CONFIGURATION, {key.name: value})

    def _try(self, name: str, value: str, *, on_site: bool = False) -> ConfigurationStatus:
        key = self.find(name)
        if key is None:
            return ConfigurationStatus.NOT_SUPPORTED
        if key.set is None or (key.locked and not on_site):
            return ConfigurationStatus.REJECTED
        try:
            key.set(value)
        except ValueError:
            return ConfigurationStatus.REJECTED
        return ConfigurationStatus.ACCEPTED


async def _order_on_site(key: Key, order: Callable[[str], Awaitable[Ordered]], value: str) -> None:
    outcome = await order(value)
    if outcome.status is not ConfigurationStatus.ACCEPTED:
        raise UnfitValue(_why_unfit(key, value))
    if outcome.then is not None:
        await outcome.then()


def _as_told(told: KeyValue, known: Key | None) -> Key:
    """A key as the station was told to have it."""
    key = known or _plain(told.name, told.value or "")
    if known is not None and known.order is not None:
        locked = told.mutability is Mutability.READ_ONLY
        return evolve(known, locked=locked)
    if known is not None and told.value is not None:
        if known.set is None:
            key = evolve(known, get=_plain(told.name, told.value).get)
        else:
            try:
                known.set(told.value)
            except ValueError:
                _logger.error("what %s was told to be does not fit it", told.name)  # noqa: TRY400  # no traceback helps
    match told.mutability:
        case Mutability.READ_ONLY:
            return evolve(key, locked=True, readable=True)
        case Mutability.READ_WRITE | Mutability.WRITE_ONLY:
            if key.set is None:
                key = _plain(key.name, key.get())
            return evolve(key, readable=told.mutability is Mutability.READ_WRITE)
        case None:
            return key
        case _:
            assert_never(told.mutability)


def _plain(name: str, value: str) -> Key:
    """A key that changes nothing."""
    values = [value]

    def take(text: str) -> None:
        if len(text) > _LONGEST:
            raise ValueError(text)
        values[0] = text

    return Key(name=name, get=lambda: values[0], set=take)


def _why_unfit(key: Key, value: str) -> str:
    from ocppkit.v16.configuration import KEYS  # noqa: PLC0415  # large, and rarely needed

    standard = KEYS.get(key.name)
    if standard is not None:
        try:
            standard.parse(value)
        except ValueError as error:
            return str(error)
    got = repr(value[:100]) if key.readable else "this"
    return f"{key.name}: the station does not take {got}"
