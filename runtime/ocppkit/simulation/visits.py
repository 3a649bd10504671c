"""What EVs and drivers say to a station, which takes as long as it takes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ocppkit.simulation.ev import SimulatedEv
from ocppkit.simulation.happening import Listeners
from ocppkit.simulation.iso15118 import Talking, talk
from ocppkit.simulation.reports import Reports
from ocppkit.station.hardware import Fault, SecurityEvent
from ocppkit.station.id_token import IdToken
from ocppkit.station.token import TokenOutcome
from ocppkit.station.token_refusal import TokenRefusal

if TYPE_CHECKING:
    from ocppkit.v201 import Get15118EVCertificateRequest, Get15118EVCertificateResponse

__all__ = ["AttachedStation", "Visits"]

_logger = logging.getLogger(__name__)


class _Evse(Reports, Talking, Protocol):
    """An EVSE that the equipment, and the EV, report to: `ocppkit.station.Evse`."""


class AttachedStation(Protocol):
    """What the equipment reports to: `ocppkit.station.ChargingStation`."""

    @property
    def last_refusal(self) -> TokenRefusal | None:
        """Why the last token was refused."""
        ...

    def evse(self, number: int) -> _Evse:
        """The EVSE of a number."""
        ...

    async def token_presented(
        self, token: IdToken, *, evses: Sequence[int] | None = None
    ) -> TokenOutcome:
        """A driver shows a token."""
        ...

    async def security_event(self, occurred: SecurityEvent) -> None:
        """The equipment noticed something."""
        ...

    async def fault(self, fault: Fault) -> None:
        """Something is wrong with the station as a whole."""
        ...

    async def fault_cleared(self) -> None:
        """It is right again."""
        ...

    async def ev_certificate(
        self, request: Get15118EVCertificateRequest
    ) -> Get15118EVCertificateResponse:
        """An EV asks for a contract certificate."""
        ...


class Visits:
    """Says it in the background."""

    def __init__(self, listeners: Listeners) -> None:
        """Say nothing yet."""
        self._listeners = listeners
        self._tasks: set[asyncio.Task[None]] = set()
        self._judged: set[asyncio.Task[None]] = set()

    @property
    def judging(self) -> bool:
        """Whether a token is being judged."""
        return bool(self._judged)

    def talk(self, ev: SimulatedEv, evse: int, station: AttachedStation) -> None:
        """Let an EV that speaks ISO 15118 say what it has to say."""
        _ = self._start(self._talk(ev, evse, station))

    def present(self, token: IdToken, evses: Sequence[int], station: AttachedStation) -> None:
        """Show a token to the reader of some EVSEs."""
        task = self._start(self._present(token, evses, station))
        self._judged.add(task)
        task.add_done_callback(self._judged.discard)

    def close(self) -> None:
        """Say no more."""
        for task in list(self._tasks):
            task.cancel()

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _talk(self, ev: SimulatedEv, evse: int, station: AttachedStation) -> None:
        try:
            await talk(
                ev,
                evse,
                station=station.evse(evse),
                exchange=station.ev_certificate,
                tell=self._listeners.tell,
            )
        except Exception:
            _logger.exception("what the EV said was not understood")

    async def _present(
        self, token: IdToken, evses: Sequence[int], station: AttachedStation
    ) -> None:
        try:
            outcome = await station.token_presented(token, evses=evses)
        except Exception:
            _logger.exception("a token was not judged")
            return
        refusal = station.last_refusal
        reason = {} if refusal is None else {"reason": str(refusal)}
        self._listeners.tell("token", None, evses=list(evses), outcome=outcome.value, **reason)
