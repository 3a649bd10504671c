"""Cost and price as a driver reads them, on whatever display there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ocppkit.station.capabilities import DisplayText
from ocppkit.station.v16.cost_messages import FinalCost, Prices, PriceText, RunningCost

__all__ = ["best_text", "final_text", "running_text"]

_LONGEST = 512  # characters (DisplayText)


def best_text(
    texts: Sequence[PriceText], language: str, *, several: bool = True
) -> DisplayText | None:
    """The text in the display's language, or else the first one; None for none.

    Args:
        texts: the plain one first.
        language: as ``en``.
        several: whether the display takes any but the plain one.
    """
    wanted = language.lower()
    fitting = [each for each in texts if several and (each.language or "").lower() == wanted]
    for text in [*fitting, *texts]:
        return DisplayText(
            content=text.content[:_LONGEST], format=text.format, language=text.language
        )
    return None


def running_text(
    cost: RunningCost, *, now: datetime, decimals: int, local: Callable[[datetime], datetime]
) -> DisplayText:
    """What a transaction costs by now, and what it will.

    Args:
        cost: as the CSMS told.
        now: the prices of what begins later hold once that is over.
        decimals: of money.
        local: the time that the clock on the wall shows.
    """
    later = cost.next_period
    prices = cost.prices
    lines = [f"{'Idle' if cost.idle else 'Charging'}: {cost.cost:.{decimals}f}"]
    if later is not None and later.at <= now:
        prices, later = later.prices, None
    lines += _lines(prices, decimals)
    if later is not None:
        lines.append(f"From {local(later.at):%H:%M}:")
        lines += _lines(later.prices, decimals)
    return DisplayText(content="\n".join(lines)[:_LONGEST], language="en")


def final_text(cost: FinalCost, *, language: str, several: bool, decimals: int) -> DisplayText:
    """What a transaction has cost, in the CSMS's words where it has any."""
    text = best_text(cost.texts, language, several=several)
    if text is None:
        text = DisplayText(content=f"Total: {cost.cost:.{decimals}f}", language="en")
    if cost.qr_code:
        content = f"{text.content}\n{cost.qr_code}"[:_LONGEST]
        text = DisplayText(content=content, format=text.format, language=text.language)
    return text


def _lines(prices: Prices, decimals: int) -> list[str]:
    def money(amount: float) -> str:
        """Prices may be finer than money is."""
        return f"{amount:.{decimals}f}" if round(amount, decimals) == amount else f"{amount:.12g}"

    told = [
        (prices.energy, "per kWh"),
        (prices.hour, "per hour"),
        (prices.flat, "flat fee"),
        (prices.idle_hour, "per idle hour"),
    ]
    lines = [f"{money(amount)} {what}" for amount, what in told if amount is not None]
    if prices.grace_minutes:
        lines.append(f"{prices.grace_minutes:g} min idle are free")
    return lines
