"""What drivers read of cost and price, EVSE by EVSE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ocppkit.station.capabilities import DisplayText
from ocppkit.station.core import StationCore
from ocppkit.station.v16.cost_keys import CostSettings
from ocppkit.station.v16.cost_messages import FinalCost, RunningCost, UserPrice
from ocppkit.station.v16.cost_texts import best_text, final_text, running_text

__all__ = ["CostDisplay"]

_SHOWN: Final = 60.0  # seconds after the EV is gone


class CostDisplay:
    """Shows texts; where a display is slow, only the latest is shown."""

    def __init__(
        self, core: StationCore, *, settings: CostSettings, told: Callable[[str], str]
    ) -> None:
        """Show nothing yet.

        Args:
            core: the station.
            settings: what the keys say.
            told: what a key says that is read only.
        """
        self._core = core
        self._settings = settings
        self._told = told
        self._shown: dict[int, DisplayText | None] = {}
        self._showing: set[int] = set()

    def show(self, evse: int, text: DisplayText | None) -> None:
        """Have the display of an EVSE show this; nothing for None."""
        self._shown[evse] = text
        if evse not in self._showing:
            self._showing.add(evse)
            self._core.launch(self._display(evse), name=f"display of EVSE {evse}")

    def clear(self, evse: int) -> None:
        """Show nothing any more, if anything is shown."""
        if evse in self._shown:
            self.show(evse, None)

    def clear_later(self, evse: int) -> None:
        """Show what is shown for a minute more, unless something else comes."""
        self._core.launch(self._clear_later(evse), name="display of what is over")

    def price(self, evse: int, price: UserPrice) -> None:
        """Show the driver's own price."""
        self.show(evse, best_text(price.texts, self._language, several=self._several))

    def default_price(self, evse: int, *, online: bool) -> None:
        """Show what drivers pay whose own price is not known, where that is known."""
        texts = self._settings.default_texts(self._language, online=online)
        text = best_text(texts, self._language)
        if text is not None:
            self.show(evse, text)

    def running(self, evse: int, cost: RunningCost) -> None:
        """Show what a transaction costs by now."""
        now, local = self._core.now(), self._settings.local
        self.show(evse, running_text(cost, now=now, decimals=self._decimals, local=local))

    def final(self, evse: int, cost: FinalCost) -> None:
        """Show what a transaction has cost."""
        language, several = self._language, self._several
        text = final_text(cost, language=language, several=several, decimals=self._decimals)
        self.show(evse, text)

    async def _clear_later(self, evse: int) -> None:
        shown = self._shown.get(evse)
        if shown is None:
            return
        await self._core.environment.sleep(_SHOWN)
        if self._shown.get(evse) is shown:
            self.show(evse, None)

    async def _display(self, evse: int) -> None:
        try:
            while True:
                text = self._shown.get(evse)
                await self._core.hardware.show(text, evse=evse)
                if text is self._shown.get(evse):
                    return
        finally:
            self._showing.discard(evse)

    @property
    def _language(self) -> str:
        return self._told("Language")

    @property
    def _several(self) -> bool:
        return self._told("CustomMultiLanguageMessages") == "true"

    @property
    def _decimals(self) -> int:
        told = self._told("NumberOfDecimalsForCostValues")
        return int(told) if told.isascii() and told.isdigit() and len(told) == 1 else 2
