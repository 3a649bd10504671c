"""What ``ocppkit schedule`` reads: cases as JSON, and every mistake in them by its path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar

from attrs import define, evolve, field, frozen

import ocppkit.v16
import ocppkit.v201
from ocppkit.cli.schedule_case import Case, Mistake
from ocppkit.codec import codec_for
from ocppkit.codec.jsontext import dumps
from ocppkit.errors import Rule, ValidationError
from ocppkit.message import Version
from ocppkit.printable import cut
from ocppkit.scalars import parse_time
from ocppkit.smart_charging.cap import USUAL_PHASES
from ocppkit.smart_charging.messages import from_v16, from_v201
from ocppkit.smart_charging.model import (
    Installed,
    LimitSource,
    Profile,
    Purpose,
    Supply,
    Transaction,
    Unit,
)
from ocppkit.smart_charging.prepared import epoch

__all__ = ["read_case"]

_MOST_EVSES: Final = 1000
_LONGEST: Final = 2**31 - 1  # s, as integers on the wire
_LAST: Final = epoch(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))

T = TypeVar("T")


@frozen
class _Kind(Generic[T]):
    """What a value has to be; `read` raises where it is something else."""

    expected: str
    read: Callable[[Any], T]


def _whole(low: int, high: int) -> _Kind[int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or value != int(value) or not low <= value <= high:
            raise ValueError(value)
        return int(value)

    return _Kind(f"a whole number from {low} to {high}", read)


def _exact(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(value)
    return Decimal(repr(value))


def _limit(value: Any) -> Decimal:
    if _exact(value) < 0:
        raise ValueError(value)
    return _exact(value)


def _voltage(value: Any) -> Decimal:
    if _exact(value) <= 0:
        raise ValueError(value)
    return _exact(value)


def _of(kind: type[T]) -> Callable[[Any], T]:
    def read(value: Any) -> T:
        if not isinstance(value, kind):
            raise TypeError(value)
        return value

    return read


def _transaction_id(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 36:
        raise ValueError(value)
    return value


_TIME = _Kind("a time such as 2024-05-01T12:00:00Z", parse_time)
_LIMIT = _Kind("a number from 0", _limit)
_VOLTAGE = _Kind("a number above 0, in V", _voltage)
_PHASES = _whole(1, 3)
_DURATION = _whole(0, _LONGEST)
_UNIT = _Kind('"A" or "W"', Unit)
_FLAG = _Kind("true or false", _of(bool))
_LIST: _Kind[list[Any]] = _Kind("a list", _of(list))
_OBJECT: _Kind[dict[str, Any]] = _Kind("an object", _of(dict))
_NUMBER_ID = _Kind("a whole number", lambda value: str(_whole(-_LONGEST - 1, _LONGEST).read(value)))
_TEXT_ID = _Kind("a text of 1 to 36 characters", _transaction_id)


@frozen
class _Dialect:
    """How a version names things.

    Attributes:
        evse: the key of an EVSE, or of a connector.
        evses: the setting that counts them.
        transaction_id: what the id of a transaction is.
        needs_id: whether each transaction has one.
        request: of SetChargingProfile, reads the payload.
        profile: the key of the profile in there.
        profile_id: the key of the id in the profile.
    """

    evse: str
    evses: str
    transaction_id: _Kind[str]
    needs_id: bool
    request: Callable[[Any], tuple[int, Profile]]
    profile: str
    profile_id: str


def _read_v16(payload: Any) -> tuple[int, Profile]:
    request = codec_for(Version.V16).structure(payload, ocppkit.v16.SetChargingProfileRequest)
    return request.connector_id, from_v16(request.cs_charging_profiles)


def _read_v201(payload: Any) -> tuple[int, Profile]:
    request = codec_for(Version.V201).structure(payload, ocppkit.v201.SetChargingProfileRequest)
    return request.evse_id, from_v201(request.charging_profile)


_DIALECTS: Final = {
    Version.V16: _Dialect(
        evse="connectorId",
        evses="numberOfConnectors",
        transaction_id=_NUMBER_ID,
        needs_id=False,
        request=_read_v16,
        profile="csChargingProfiles",
        profile_id="chargingProfileId",
    ),
    Version.V201: _Dialect(
        evse="evseId",
        evses="numberOfEvses",
        transaction_id=_TEXT_ID,
        needs_id=True,
        request=_read_v201,
        profile="chargingProfile",
        profile_id="id",
    ),
}
_PROTOCOLS: Final = {"1.6": Version.V16, "2.0.1": Version.V201}
_PROTOCOL = _Kind('"1.6" or "2.0.1"', _PROTOCOLS.__getitem__)


@define
class _Object:
    """An object of the file, from which each key is taken once; null is as good as absent."""

    content: Mapping[str, Any]
    path: str
    mistakes: list[Mistake]
    _known: list[str] = field(factory=list)

    def take(self, key: str, kind: _Kind[T]) -> T | None:
        """The value of a key; None where it is absent, or wrong, which is noted."""
        self._known.append(key)
        value = self.content.get(key)
        if value is None:
            return None
        try:
            return kind.read(value)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            self.wrong(key, f"expected {kind.expected}, got {_shown(value)}")
            return None

    def need(self, key: str, kind: _Kind[T]) -> T | None:
        """The value of a key that has to be there."""
        value = self.take(key, kind)
        if not self.has(key):
            self.wrong(key, f"missing: expected {kind.expected}")
        return value

    def parts(self, key: str) -> list[_Object]:
        """The objects of a list."""
        found = []
        values = self.take(key, _LIST)
        for number, value in enumerate(values or []):
            path = f"{self.path}.{key}[{number}]"
            if isinstance(value, dict):
                found.append(_Object(value, path, self.mistakes))
            else:
                self._note(path, f"expected an object, got {_shown(value)}")
        return found

    def has(self, key: str) -> bool:
        """Whether there is something under a key, right or wrong."""
        return self.content.get(key) is not None

    def part(self, key: str) -> _Object:
        """The object under a key; an empty one where there is none."""
        content = self.take(key, _OBJECT)
        return _Object(content or {}, f"{self.path}.{key}", self.mistakes)

    def close(self) -> None:
        """Note the keys that nobody took."""
        for key in self.content:
            if key not in self._known:
                self.wrong(cut(key), f"unknown key: expected {_listed(self._known)}")

    def wrong(self, key: str, message: str) -> None:
        """Note a mistake."""
        self._note(f"{self.path}.{key}", message)

    def _note(self, path: str, message: str) -> None:
        self.mistakes.append(Mistake(path=path, message=message))


def _shown(value: Any) -> str:
    return cut(dumps(value), 60)


def _said(error: ValidationError) -> str:
    if error.rule is Rule.REQUIRED:
        return "missing"
    if error.rule is Rule.ADDITIONAL_PROPERTIES:
        return "unknown key"
    return f"expected {error.expected}, got {error.value}"


def _listed(keys: Sequence[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{', '.join(keys[:-1])} or {keys[-1]}"


def read_case(value: Any, path: str) -> tuple[Case | None, list[Mistake]]:
    """Read one case.

    Args:
        value: the JSON of it.
        path: where it stands in the file: ``$`` or ``$[2]``.

    Returns:
        The case, without the profiles that cannot be read, or None where something else is wrong
        with it; and every mistake.
    """
    if not isinstance(value, dict):
        return None, [Mistake(path=path, message=f"expected an object, got {_shown(value)}")]
    root = _Object(value, path, [])
    version = root.need("protocol", _PROTOCOL)
    if version is None:
        return None, root.mistakes  # what the keys are called depends on it
    return _Reader(root, _DIALECTS[version], version).case()


@define
class _Reader:
    """Reads a case of one version.

    Attributes:
        refused: the mistakes in profiles: the others can be looked at all the same.
    """

    root: _Object
    dialect: _Dialect
    version: Version
    refused: list[Mistake] = field(factory=list)

    def case(self) -> tuple[Case | None, list[Mistake]]:
        root, names = self.root, self.dialect
        now = root.take("now", _TIME)
        settings, request = root.part("settings"), root.part("request")
        default_a = settings.take("defaultLimitA", _LIMIT)
        default_w = settings.take("defaultLimitW", _LIMIT)
        voltage = settings.take("supplyVoltage", _VOLTAGE)
        phases = settings.take("defaultNumberPhases", _PHASES)
        told = settings.take(names.evses, _whole(1, _MOST_EVSES))
        transactions = list(filter(None, map(self._transaction, root.parts("transactions"))))
        profiles = list(filter(None, map(self._profile, root.parts("profiles"))))
        evse = request.need(names.evse, _whole(0, _MOST_EVSES))
        start = request.take("start", _TIME)
        duration = request.need("duration", _DURATION)
        unit = request.take("chargingRateUnit", _UNIT)
        simulate = request.take("simulateTransactionActive", _FLAG)
        for each in (root, settings, request):
            each.close()
        mentioned = [
            evse or 0,
            *(each.evse for _, each in transactions),
            *(each.evse for _, each in profiles),
        ]
        evses = told or min(max(1, *mentioned), _MOST_EVSES)
        self._check_transactions(transactions, evses)
        if evse is not None and evse > evses:
            request.wrong(names.evse, f"there is no {evse}: {names.evses} is {evses}")
        if not request.has("start") and not root.has("now"):
            root.wrong("now", "missing: expected a time here or in request.start")
        begin = start or now
        if begin is None or evse is None or duration is None or root.mistakes:
            return None, [*root.mistakes, *self.refused]
        if epoch(begin) + duration >= _LAST:
            request.wrong("duration", "expected one that ends before the year 10000")
            return None, [*root.mistakes, *self.refused]
        case = Case(
            version=self.version,
            voltage=voltage or Supply().voltage,
            phases=phases or USUAL_PHASES,
            default_a=default_a,
            default_w=default_w,
            evses=evses,
            transactions=tuple(each for _, each in transactions),
            profiles=tuple((path, evolve(each, since=now or begin)) for path, each in profiles),
            evse=evse,
            start=epoch(begin),
            duration=duration,
            unit=unit or Unit.A,
            simulate=simulate or False,
        )
        return case, self.refused

    def _transaction(self, part: _Object) -> tuple[_Object, Transaction] | None:
        evse = part.need(self.dialect.evse, _whole(1, _MOST_EVSES))
        take = part.need if self.dialect.needs_id else part.take
        transaction_id = take("transactionId", self.dialect.transaction_id)
        start = part.need("start", _TIME)
        part.close()
        if evse is None or start is None:
            return None
        return part, Transaction(evse=evse, id=transaction_id, start=start)

    def _profile(self, part: _Object) -> tuple[str, Installed] | None:
        try:
            evse, profile = self.dialect.request(part.content)
        except ValidationError as error:
            self.refused.append(
                Mistake(
                    path=part.path + error.path.removeprefix("$"),
                    message=_said(error),
                    rule=error.rule,
                    profile=self._profile_id(part),
                )
            )
            return None
        by_csms = profile.purpose is not Purpose.EXTERNAL_CONSTRAINTS
        source = LimitSource.CSO if by_csms else LimitSource.OTHER
        return part.path, Installed(evse=evse, profile=profile, source=source)

    def _profile_id(self, part: _Object) -> int | None:
        profile = part.content.get(self.dialect.profile)
        found = profile.get(self.dialect.profile_id) if isinstance(profile, dict) else None
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def _check_transactions(
        self, transactions: Iterable[tuple[_Object, Transaction]], evses: int
    ) -> None:
        names = self.dialect
        busy: set[int] = set()
        ids: set[str] = set()
        for part, each in transactions:
            if each.evse > evses:
                part.wrong(names.evse, f"there is no {each.evse}: {names.evses} is {evses}")
            elif each.evse in busy:
                part.wrong(names.evse, f"another transaction is going on at {each.evse}")
            busy.add(each.evse)
            if each.id is None:
                continue
            if each.id in ids:
                part.wrong("transactionId", f"another transaction is {cut(each.id)}")
            ids.add(each.id)
