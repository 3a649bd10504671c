"""What drivers read of themselves: the CSMS's message for them, in a language of theirs (C01)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from attrs import frozen

from ocppkit.station.capabilities import Capability, DisplayText
from ocppkit.station.environment import Environment
from ocppkit.station.evse import Evse
from ocppkit.station.guard import GuardedHardware
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.value import Value

__all__ = ["DriverDisplay"]

_ENGLISH: Final = "en"
_SHOWN: Final = 60.0  # seconds, to those who do not charge


@frozen(kw_only=True, eq=False, repr=False)
class _Told(Value):
    """What a driver is told; nothing, in nobody's language, for nobody."""

    languages: tuple[str, ...] = ()
    message: DisplayText | None = None


class DriverDisplay:
    """Addresses the driver at each EVSE; where a display is slow, only the latest counts."""

    def __init__(
        self,
        *,
        evses: Mapping[int, Evse],
        hardware: GuardedHardware,
        environment: Environment,
        launch: Callable[..., None],
    ) -> None:
        """Address nobody yet.

        Args:
            evses: of the station.
            hardware: with or without displays.
            environment: time.
            launch: runs something in the background.
        """
        self._evses = evses
        self._hardware = hardware
        self._environment = environment
        self._launch: Callable[[Coroutine[Any, Any, None], str], None] = lambda work, name: launch(
            work, name=name
        )
        self._told: dict[int, _Told] = {}
        self._shown: dict[int, _Told] = {}
        self._leaving: dict[int, _Told] = {}
        self._showing: set[int] = set()

    def tell(self, evse: int, answer: AuthorizationAnswer) -> None:
        """Tell a driver what the CSMS has for them."""
        told = _Told(languages=answer.languages, message=answer.message)
        if told == _Told() and evse not in self._told:
            return
        self._address(evse, told)
        self._forget(evse, told)

    def renew(
        self, evse: int, *, languages: tuple[str, ...] = (), message: DisplayText | None = None
    ) -> None:
        """Tell a driver who charges something else, as far as there is anything else."""
        before = self._told.get(evse, _Told())
        told = _Told(
            languages=languages or before.languages,
            message=before.message if message is None else message,
        )
        if told != before:
            self._address(evse, told)

    def note(self, evse: int) -> None:
        """Something about an EVSE is different: its driver may be gone."""
        told = self._told.get(evse)
        if told is not None and not self._busy(evse):
            self._forget(evse, told)

    def _busy(self, evse: int) -> bool:
        place = self._evses[evse]
        return place.authorization is not None or place.transaction is not None

    def _forget(self, evse: int, told: _Told) -> None:
        """Forget a driver in a while, who charges nowhere by then."""
        if self._leaving.get(evse) is not told:
            self._leaving[evse] = told
            self._launch(self._forget_later(evse, told), f"driver at EVSE {evse}")

    async def _forget_later(self, evse: int, told: _Told) -> None:
        await self._environment.sleep(_SHOWN)
        if self._leaving.get(evse) is told:
            del self._leaving[evse]
        if self._told.get(evse) is told and not self._busy(evse):
            self._address(evse, _Told())
            del self._told[evse]

    def _address(self, evse: int, told: _Told) -> None:
        self._told[evse] = told
        if evse not in self._showing:
            self._showing.add(evse)
            self._launch(self._show(evse), f"display of EVSE {evse}")

    async def _show(self, evse: int) -> None:
        try:
            while (told := self._told.get(evse, _Told())) != self._shown.get(evse, _Told()):
                before = self._shown.get(evse, _Told())
                self._shown[evse] = told
                if told.languages != before.languages:
                    await self._speak(evse, told.languages)
                if told.message != before.message:
                    await self._hardware.show(told.message, evse=evse)
        finally:
            self._showing.discard(evse)

    async def _speak(self, evse: int, languages: tuple[str, ...]) -> None:
        """Have a display speak the first language that it knows (C01.FR.08, FR.09, FR.13)."""
        if not self._hardware.can(Capability.LANGUAGES):
            return
        for language in (*languages, _ENGLISH) if languages else ():
            if await self._hardware.speak(language, evse=evse):
                return
        await self._hardware.speak(None, evse=evse)
