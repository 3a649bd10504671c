"""A charging station that finds its CSMS, keeps the connection, and speaks its version."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Self, TypeAlias, assert_never

from ocppkit.connection import MessageObserver, Session, SessionSettings, connect
from ocppkit.connection.session import Handlers
from ocppkit.errors import ConnectionLost, NegotiationFailed, OcppError
from ocppkit.message import Handler, Version
from ocppkit.station.config import StationConfig
from ocppkit.station.core import StationCore
from ocppkit.station.delivery import MemoryQueue, TransactionQueue
from ocppkit.station.dialect import BootReason, Dialect
from ocppkit.station.environment import Environment
from ocppkit.station.evse import Evse
from ocppkit.station.hardware import Hardware
from ocppkit.station.link import Registration

__all__ = ["ChargingStation", "Dial"]

_logger = logging.getLogger(__name__)

Dial: TypeAlias = Callable[[Handlers], Awaitable[Session]]
"""Opens a connection to the CSMS; raises NegotiationFailed."""


def _dialect(version: Version, core: StationCore) -> Dialect:
    """The version's half of the station; only what is spoken is loaded."""
    match version:
        case Version.V16:
            from ocppkit.station.v16.charge_point import (  # noqa: PLC0415  # see above
                ChargePoint,
            )

            return ChargePoint(core=core)
        case Version.V201:
            from ocppkit.station.v201.charging_station import (  # noqa: PLC0415  # see above
                ChargingStation201,
            )

            return ChargingStation201(core=core)
        case _:
            assert_never(version)


class ChargingStation:
    """A charging station; runs while it is entered with ``async with``."""

    def __init__(
        self,
        config: StationConfig,
        *,
        hardware: Hardware,
        environment: Environment | None = None,
        queue: TransactionQueue | None = None,
        observer: MessageObserver | None = None,
        dial: Dial | None = None,
    ) -> None:
        """Make a station; call it inside a running event loop.

        Args:
            config: what it is told.
            hardware: its equipment.
            environment: time, ids, chance; the real ones unless told otherwise.
            queue: where the messages of transactions wait; in memory unless told otherwise.
            observer: sees every message as it passes.
            dial: opens a connection; over a websocket, as configured, unless told otherwise.
        """
        self.config = config
        self._environment = environment or Environment()
        self._observer = observer
        self._dial = dial or self._dial_websocket
        self._core = StationCore(
            config=config,
            hardware=hardware,
            environment=self._environment,
            queue=queue or MemoryQueue(),
        )
        self._dialects: dict[Version, Dialect] = {}
        self._core.dialect = self._dialect(config.versions[0])
        self._tasks = asyncio.TaskGroup()

    @property
    def online(self) -> bool:
        """Whether the CSMS is there and has taken the station in."""
        return self._core.online

    @property
    def version(self) -> Version:
        """The protocol version that is spoken; the preferred one until there is a connection."""
        return self._core.dialect.version

    def evse(self, number: int) -> Evse:
        """An EVSE, to which the hardware reports.

        Raises:
            KeyError: the station has none of this number.
        """
        return self._core.evses[number]

    async def wait_online(self) -> None:
        """Wait until the CSMS is there and has taken the station in."""
        await self._core.link.wait_online()

    async def wait_delivered(self) -> None:
        """Wait until the CSMS has everything that transactions had to tell."""
        await self._core.delivery.wait_empty()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._core.begin(self._tasks)
        self._core.launch(self._stay_connected(), name="connection")
        self._core.launch(self._core.delivery.run(), name="delivery")
        self._core.launch(self._core.dialect.run(), name=self._core.dialect.version)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._core.end()
        await self._tasks.__aexit__(kind, error, traceback)

    def _dialect(self, version: Version) -> Dialect:
        if version not in self._dialects:
            self._dialects[version] = _dialect(version, self._core)
        return self._dialects[version]

    def _handlers(self, session: Session) -> Iterable[Handler]:
        dialect = self._dialect(session.version)
        if dialect is not self._core.dialect:
            # The CSMS may know a station of the other version by nothing it was told before.
            self._core.dialect = dialect
            self._core.link.register(Registration.UNKNOWN)
            self._core.launch(dialect.run(), name=dialect.version)
        return dialect.handlers()

    async def _dial_websocket(self, handlers: Handlers) -> Session:
        config = self.config
        return await connect(
            config.csms_url,
            identity=config.identity,
            versions=config.versions,
            handlers=handlers,
            password=config.password,
            settings=SessionSettings(call_timeout=config.call_timeout, observer=self._observer),
        )

    async def _stay_connected(self) -> None:
        attempt = 0
        while True:
            intended = False
            try:
                session = await self._dial(self._handlers)
                attempt = 0
                silence = await self._serve(session)
                intended = silence is not None or self._core.restarting
                self._core.restarting = False
                await self._environment.sleep(silence or 0)
            except NegotiationFailed as failed:
                _logger.warning("%s: %s", self.config.identity, failed)
            except Exception:
                _logger.exception("%s: the connection failed", self.config.identity)
            if not intended:
                attempt += 1
                delay = self.config.backoff.delay(attempt, self._environment.random())
                await self._environment.sleep(delay)

    async def _serve(self, session: Session) -> float | None:
        """Use a connection until it ends.

        Returns:
            For how long the CSMS wants to hear nothing; None where the connection was lost.
        """
        link = self._core.link
        link.attach(session)
        try:
            async with session:
                work = asyncio.ensure_future(self._work())
                closed = asyncio.ensure_future(session.closed())
                try:
                    await asyncio.wait({work, closed}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    link.detach()
                    closed.cancel()
                    work.cancel()
                    outcome = (await asyncio.gather(work, return_exceptions=True))[0]
        finally:
            link.detach()
        if isinstance(outcome, BaseException):
            if not isinstance(outcome, ConnectionLost | asyncio.CancelledError):
                raise outcome
            return None
        return outcome

    async def _work(self) -> float:
        link, dialect = self._core.link, self._core.dialect
        booted = link.registration is not Registration.ACCEPTED
        if booted:
            silence = await self._register()
            if silence is not None:
                return silence
        _logger.info("%s: online, %s", self.config.identity, dialect.version)
        dialect.online(booted=booted)
        while True:
            due = link.last_sent + self._core.policy.heartbeat_interval
            wait = due - self._environment.monotonic()
            if wait > 0:
                await self._core.pause(wait, self._core.hurry)
                continue
            try:
                link.set_clock(await dialect.heartbeat())
            except ConnectionLost:
                raise
            except OcppError as error:
                _logger.warning("%s: no heartbeat: %s", self.config.identity, error)

    async def _register(self) -> float | None:
        """Boot until accepted (B01-B03; 1.6 §4.2).

        Returns:
            None, or where the CSMS rejects the station, for how long to be silent: the connection
            is of no use in that time, as nothing may be sent or answered on it.
        """
        core = self._core
        while True:
            wait = self.config.boot_interval
            try:
                answer = await core.dialect.boot(core.boot_reason)
            except ConnectionLost:
                raise
            except OcppError as error:
                _logger.warning("%s: not registered: %s", self.config.identity, error)
            else:
                core.link.set_clock(answer.current_time)
                core.link.register(answer.registration)
                match answer.registration:
                    case Registration.ACCEPTED:
                        if answer.interval > 0:
                            core.policy.heartbeat_interval = answer.interval
                        core.boot_reason = BootReason.POWER_UP
                        return None
                    case Registration.REJECTED:
                        return answer.interval or wait
                wait = answer.interval or wait
            await core.pause(wait, core.boot_now)
