"""The configuration keys of cost and price ("OCPP & California Pricing Requirements")."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from attrs import define

from ocppkit.station.settings.values import KeyValue
from ocppkit.station.v16.configuration import Key

if TYPE_CHECKING:
    from ocppkit.station.v16.cost_messages import PriceText

__all__ = ["CostSettings", "cost_keys"]

_OFFSET: Final = re.compile(r"([+-])(0\d|1[0-4]):([0-5]\d)")
_LONGEST: Final = 500  # characters (1.6 §7.29)
_LONGEST_WAIT: Final = 30_000  # milliseconds: a driver gives up after twice that
_BOOLEANS: Final = {"true": True, "false": False}


@define(kw_only=True)
class CostSettings:
    """What the keys say of themselves; what is read only may be told otherwise: see `cost_keys`.

    Attributes:
        languages: in which there may be default texts.
        wait_ms: for the driver's own price, after their token, in milliseconds.
        idle_fee_after_stop: whether the CSMS counts until the cable is gone.
        prices: DefaultPrice, and DefaultPriceText by language, as they were set.
        offset: of local time.
        next_offset: from ``changes_at`` on.
        changes_at: when local time changes.
    """

    languages: tuple[str, ...] = ("en",)
    wait_ms: int = 5_000
    idle_fee_after_stop: bool = False
    prices: dict[str, str]
    offset: str = ""
    next_offset: str = ""
    changes_at: str = ""

    def default_texts(self, language: str, *, online: bool) -> tuple[PriceText, ...]:
        """What is shown to a driver whose own price is not known, the best first."""
        from ocppkit.station.v16.cost_messages import price_texts  # noqa: PLC0415  # at need

        found: list[PriceText] = []
        for name in (f"DefaultPriceText,{language}", "DefaultPriceText", "DefaultPrice"):
            text = self.prices.get(name, "")
            if text:
                found += price_texts(text)[0 if online else 1]
        fitting = [each for each in found if each.language in {None, language}]
        return tuple(fitting or found)

    def local(self, at: datetime) -> datetime:
        """A time as the clock on the wall has it."""
        changed = self.changes_at and datetime.fromisoformat(self.changes_at) <= at
        offset = (self.next_offset if changed else "") or self.offset
        return at.astimezone(_zone(offset) if offset else UTC)


def _zone(offset: str) -> timezone:
    match = _OFFSET.fullmatch(offset)
    if match is None:
        raise ValueError(offset)
    sign, hours, minutes = match.groups()
    difference = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(difference if sign == "+" else -difference)


def _take_offset(text: str) -> str:
    if text:
        _zone(text)
    return text


def _take_time(text: str) -> str:
    if text and datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(text)
    return text


def _take_price(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(text)
    if text:
        from ocppkit.station.v16.cost_messages import price_texts  # noqa: PLC0415  # at need

        price_texts(text)
    return text


def _take_wait(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > _LONGEST_WAIT:
        raise ValueError(text)
    return int(text)


def _take_boolean(text: str) -> bool:
    word = text.strip().lower()
    if word not in _BOOLEANS:
        raise ValueError(text)
    return _BOOLEANS[word]


def cost_keys(*, displays: bool, told: Iterable[KeyValue]) -> tuple[CostSettings, list[Key]]:
    """The settings, and the keys that change them.

    Args:
        displays: whether the equipment can show anything.
        told: what the station is told of its keys.
    """
    given = {each.name.lower(): each.value for each in told if each.value}
    listed = given.get("supportedlanguages") or given.get("language") or "en"
    languages = tuple(part.strip() for part in listed.split(",") if part.strip()) or ("en",)
    settings = CostSettings(languages=languages, prices={})

    def fixed(name: str, value: str) -> Key:
        return Key(name=name, get=lambda: value)

    def plain(name: str, attribute: str, take: Callable[[str], object]) -> Key:
        def put(text: str) -> None:
            setattr(settings, attribute, take(text))

        return Key(name=name, get=lambda: str(getattr(settings, attribute)), set=put)

    def price(name: str) -> Key:
        def put(text: str) -> None:
            settings.prices[name] = _take_price(text)

        return Key(name=name, get=lambda: settings.prices.get(name, ""), set=put)

    def put_fee(text: str) -> None:
        settings.idle_fee_after_stop = _take_boolean(text)

    return settings, [
        fixed("CustomDisplayCostAndPrice", str(displays).lower()),
        Key(
            name="CustomIdleFeeAfterStop",
            get=lambda: str(settings.idle_fee_after_stop).lower(),
            set=put_fee,
        ),
        fixed("CustomMultiLanguageMessages", str(displays).lower()),
        price("DefaultPrice"),
        price("DefaultPriceText"),
        *(price(f"DefaultPriceText,{language}") for language in languages),
        fixed("Language", languages[0]),
        plain("NextTimeOffsetTransitionDateTime", "changes_at", _take_time),
        fixed("NumberOfDecimalsForCostValues", "2"),
        fixed("SupportedLanguages", ",".join(languages)),
        plain("TimeOffset", "offset", _take_offset),
        plain("TimeOffsetNextTransition", "next_offset", _take_offset),
        plain("WaitForSetUserPriceTimeout", "wait_ms", _take_wait),
    ]
