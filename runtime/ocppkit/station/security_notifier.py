"""Tells the CSMS of what concerns security (A04; 1.6 whitepaper A04)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ocppkit.errors import (
    CallRefused,
    CallTimeout,
    ConnectionLost,
    InvalidAnswer,
    ValidationError,
)
from ocppkit.message import Request, Version
from ocppkit.station.core import StationCore
from ocppkit.station.hardware import SecurityEvent

__all__ = ["SecurityNotifier"]

_logger = logging.getLogger(__name__)
_MOST_WAITS = 10
_UNKNOWN = frozenset({"NotImplemented", "NotSupported"})


class SecurityNotifier:
    """Sends the security events that wait, in order, each until the CSMS has answered it.

    They wait on the disk until then. Where nobody answers an event goes again, for ever; one that
    the CSMS refuses is given up as other messages are.
    """

    def __init__(
        self,
        *,
        core: StationCore,
        version: Version,
        request: Callable[[SecurityEvent], Request[Any] | None],
    ) -> None:
        """Tell in one version; see `run`.

        Args:
            core: the station.
            version: that has to be spoken.
            request: the message for an event; None where it is only logged (A04.FR.01).
        """
        self._core = core
        self._version = version
        self._request = request
        self._failed: tuple[int, int] = (0, 0)

    async def run(self) -> None:
        """Tell for ever."""
        link, events = self._core.link, self._core.security.events
        while True:
            await link.wait_online()
            session = link.session
            if session is None or session.version is not self._version:
                await link.wait_gone(session)
                continue
            number, event = await events.wait()
            # While the CSMS is away what repeats is one event still (A00.FR.316).
            if not link.online or link.session is not session:
                continue
            request = self._request(event)
            if request is None or await self._tell(number, request):
                await events.told(number)

    async def _tell(self, number: int, request: Request[Any]) -> bool:
        """Whether the event is settled."""
        link, policy = self._core.link, self._core.policy
        session = link.session
        known, failures = self._failed
        failures = failures + 1 if known == number else 1
        self._failed = number, failures
        try:
            await link.call(request)
        except ConnectionLost:
            await link.wait_gone(session)
            self._failed = number, failures - 1
            return False
        except CallTimeout as error:
            _logger.warning("a security event waits: %s", error)
        except CallRefused as error:
            if error.code in _UNKNOWN or failures >= policy.message_attempts:
                _logger.error("the CSMS does not take a security event: %s", error)  # noqa: TRY400  # its own words
                return True
            _logger.warning("a security event waits: %s", error)
        except InvalidAnswer as error:
            _logger.warning("a security event was answered: %s", error)
            return True
        except ValidationError:
            _logger.exception("a security event cannot be told and is dropped")
            return True
        else:
            return True
        wait = max(1.0, policy.message_retry_interval) * min(failures, _MOST_WAITS)
        await self._core.environment.sleep(wait)
        return False
