"""What a CSMS tells of cost and price, read from the JSON in its DataTransfers.

The messages are those of the Open Charge Alliance's "OCPP & California Pricing Requirements". What
they hold beyond this is left alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NoReturn, TypeAlias

from attrs import frozen

from ocppkit.v16 import ChargePointStatus
from ocppkit.value import Value

__all__ = [
    "CostMessage",
    "FinalCost",
    "NextPeriod",
    "PriceText",
    "Prices",
    "RunningCost",
    "Triggers",
    "UserPrice",
    "price_texts",
    "read_message",
]

_STATES: Final = frozenset({"Charging", "Idle"})
_WH: Final = 1000.0  # in a kWh
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2100  # that no CSMS can mean: it cannot be reckoned with everywhere


@frozen(kw_only=True, eq=False, repr=False)
class PriceText(Value):
    """A text for the driver; what it is written in and how, where that is told."""

    content: str
    language: str | None = None
    format: str = "UTF8"


@frozen(kw_only=True, eq=False, repr=False)
class UserPrice(Value):
    """What charging costs a driver (SetUserPrice).

    Attributes:
        id_token: whose.
        texts: the same in several languages, the plain one first.
    """

    id_token: str
    texts: tuple[PriceText, ...]


@frozen(kw_only=True, eq=False, repr=False)
class Prices(Value):
    """Prices in the CSMS's currency; None for those that there are not.

    Attributes:
        energy: of a kWh.
        hour: of an hour of charging.
        flat: of the transaction.
        idle_hour: of an hour without charging.
        grace_minutes: of which nothing is charged then.
    """

    energy: float | None = None
    hour: float | None = None
    flat: float | None = None
    idle_hour: float | None = None
    grace_minutes: float | None = None


@frozen(kw_only=True, eq=False, repr=False)
class NextPeriod(Value):
    """Prices from a time on."""

    at: datetime
    prices: Prices


@frozen(kw_only=True, eq=False, repr=False)
class Triggers(Value):
    """When the CSMS wants one more MeterValues; None and nothing for never.

    Attributes:
        at: at this time.
        energy_wh: once the register shows this.
        power_w: whenever power crosses this.
        statuses: when the connector takes one of them.
    """

    at: datetime | None = None
    energy_wh: float | None = None
    power_w: float | None = None
    statuses: frozenset[ChargePointStatus] = frozenset()


@frozen(kw_only=True, eq=False, repr=False)
class RunningCost(Value):
    """What a transaction costs by now.

    Attributes:
        transaction: the CSMS's number.
        cost: so far.
        idle: whether the EV takes no energy.
        prices: that hold now.
        next_period: those that hold later.
        triggers: when to tell what the meter shows.
    """

    transaction: int
    cost: float
    idle: bool
    prices: Prices
    next_period: NextPeriod | None = None
    triggers: Triggers = Triggers()


@frozen(kw_only=True, eq=False, repr=False)
class FinalCost(Value):
    """What a transaction has cost.

    Attributes:
        transaction: the CSMS's number.
        cost: of all of it.
        texts: for the driver in several languages, the plain one first; perhaps none.
        qr_code: what a QR code for the driver holds.
    """

    transaction: int
    cost: float
    texts: tuple[PriceText, ...] = ()
    qr_code: str | None = None


CostMessage: TypeAlias = UserPrice | RunningCost | FinalCost


def read_message(name: str, data: Any) -> CostMessage | None:
    """Read a message; None where there is none of this name.

    Args:
        name: its messageId.
        data: as it came.

    Raises:
        ValueError: it is not what it should be; the text says why.
    """
    read = _READERS.get(name)
    return None if read is None else read(_Fields.parsed(data))


def price_texts(data: str) -> tuple[tuple[PriceText, ...], tuple[PriceText, ...]]:
    """The texts of DefaultPrice or DefaultPriceText: those while online, and those while offline.

    Raises:
        ValueError: it is no JSON object, or its texts are none.
    """
    fields = _Fields.parsed(data)
    online: list[PriceText] = []
    offline: list[PriceText] = []
    for each in [fields, *fields.objects("priceTexts")]:
        language = each.text("language")
        for name, found in (("priceText", online), ("priceTextOffline", offline)):
            content = each.text(name)
            if content:
                found.append(PriceText(content=content, language=language))
    return tuple(online), tuple(offline or online)


class _Fields:
    """A JSON object, whose fields are read one by one."""

    def __init__(self, values: Mapping[str, Any], path: str) -> None:
        self._values = values
        self._path = path

    @classmethod
    def parsed(cls, data: Any) -> _Fields:
        """The object of a text."""
        try:
            values = json.loads(data) if isinstance(data, str) else data
        except RecursionError:
            raise ValueError("the data is nested too deeply") from None
        if not isinstance(values, dict):
            raise ValueError("the data is no JSON object")  # noqa: TRY004  # the CSMS's, not ours
        return cls(values, "")

    def text(self, name: str) -> str | None:
        value = self._values.get(name)
        return value if value is None or isinstance(value, str) else self._wrong(name, "a text")

    def need_text(self, name: str) -> str:
        value = self.text(name)
        return self._wrong(name, "a text") if value is None else value

    def number(self, name: str) -> float | None:
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self._wrong(name, "a number")
        try:
            number = float(value)
        except OverflowError:
            return self._wrong(name, "a number")
        return number if math.isfinite(number) else self._wrong(name, "a number")

    def need_number(self, name: str) -> float:
        value = self.number(name)
        return self._wrong(name, "a number") if value is None else value

    def need_whole(self, name: str) -> int:
        value = self._values.get(name)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            return int(value)  # 2.0.1 has texts here, and so have some CSMSs for 1.6
        if isinstance(value, bool) or not isinstance(value, int):
            return self._wrong(name, "a whole number")
        return value

    def time(self, name: str) -> datetime | None:
        value = self.text(name)
        if value is None:
            return None
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return self._wrong(name, "a date and time")
        if at.tzinfo is None or not _FIRST_YEAR <= at.year < _LAST_YEAR:
            return self._wrong(name, "a date and time with an offset, of this century")
        return at

    def need_time(self, name: str) -> datetime:
        value = self.time(name)
        return self._wrong(name, "a date and time") if value is None else value

    def object(self, name: str) -> _Fields | None:
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            return self._wrong(name, "an object")
        return _Fields(value, f"{self._path}{name}.")

    def objects(self, name: str) -> list[_Fields]:
        values = self.array(name)
        if not all(isinstance(each, dict) for each in values):
            return self._wrong(name, "objects")
        return [_Fields(each, f"{self._path}{name}.") for each in values]

    def array(self, name: str) -> list[Any]:
        value = self._values.get(name)
        if value is None:
            return []
        return value if isinstance(value, list) else self._wrong(name, "an array")

    def _wrong(self, name: str, expected: str) -> NoReturn:
        msg = f"{self._path}{name}: expected {expected}"
        raise ValueError(msg)


def _texts(fields: _Fields, plain: str | None) -> tuple[PriceText, ...]:
    texts = [PriceText(content=plain)] if plain else []
    texts += [
        PriceText(
            content=each.need_text("content"),
            language=each.text("language"),
            format=each.text("format") or "UTF8",
        )
        for each in fields.objects("priceTextExtra")
    ]
    return tuple(texts)


def _user_price(fields: _Fields) -> UserPrice:
    plain = fields.need_text("priceText")
    return UserPrice(id_token=fields.need_text("idToken"), texts=_texts(fields, plain))


def _prices(fields: _Fields) -> Prices:
    charging = fields.object("chargingPrice") or _NOTHING
    idle = fields.object("idlePrice") or _NOTHING
    return Prices(
        energy=charging.number("kWhPrice"),
        hour=charging.number("hourPrice"),
        flat=charging.number("flatFee"),
        idle_hour=idle.number("hourPrice"),
        grace_minutes=idle.number("graceMinutes"),
    )


def _triggers(fields: _Fields) -> Triggers:
    energy, power = fields.number("atEnergykWh"), fields.number("atPowerkW")
    return Triggers(
        at=fields.time("atTime"),
        energy_wh=None if energy is None else energy * _WH,
        power_w=None if power is None else power * _WH,
        statuses=frozenset(ChargePointStatus(each) for each in fields.array("atCPStatus")),
    )


def _running_cost(fields: _Fields) -> RunningCost:
    state = fields.need_text("state")
    if state not in _STATES:
        msg = f"state: expected Charging or Idle, got {state[:50]!r}"
        raise ValueError(msg)
    fields.time("timestamp")
    fields.number("meterValue")
    period, triggers = fields.object("nextPeriod"), fields.object("triggerMeterValue")
    later = None
    if period is not None:
        later = NextPeriod(at=period.need_time("atTime"), prices=_prices(period))
    return RunningCost(
        transaction=fields.need_whole("transactionId"),
        cost=fields.need_number("cost"),
        idle=state == "Idle",
        prices=_prices(fields),
        next_period=later,
        triggers=_triggers(triggers or _NOTHING),
    )


def _final_cost(fields: _Fields) -> FinalCost:
    return FinalCost(
        transaction=fields.need_whole("transactionId"),
        cost=fields.need_number("cost"),
        texts=_texts(fields, fields.text("priceText")),
        qr_code=fields.text("qrCodeText"),
    )


_NOTHING = _Fields({}, "")
_READERS: Final[Mapping[str, Callable[[_Fields], CostMessage]]] = {
    "FinalCost": _final_cost,
    "RunningCost": _running_cost,
    "SetUserPrice": _user_price,
}
