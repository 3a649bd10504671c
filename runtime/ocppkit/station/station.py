"""A charging station that finds its CSMS, keeps the connection, and speaks its version."""

from __future__ import annotations

import asyncio
import ssl as tls
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import TracebackType
from typing import Self, TypeAlias, assert_never

from attrs import field, frozen

from ocppkit.connection import (
    KeepAlive,
    MessageObserver,
    NetworkProfile,
    Session,
    SessionSettings,
    connect,
)
from ocppkit.connection.session import Handlers
from ocppkit.message import Handler, Version
from ocppkit.station.boot import BootReason, Registration
from ocppkit.station.config import StationConfig
from ocppkit.station.connection_events import ConnectionEvents
from ocppkit.station.core import StationCore
from ocppkit.station.delivery import MemoryQueue, TransactionQueue
from ocppkit.station.dialect import Dialect
from ocppkit.station.environment import Environment
from ocppkit.station.evse import Evse
from ocppkit.station.hardware import Hardware, SecurityEvent
from ocppkit.station.id_token import IdToken
from ocppkit.station.keeper import BringUp
from ocppkit.station.registrar import Registrar
from ocppkit.station.token import TokenOutcome

__all__ = ["ChargingStation", "Credentials", "Dial"]

Dial: TypeAlias = Callable[[Handlers], Awaitable[Session]]
"""Opens a connection by the station's `network_profile`; raises NegotiationFailed."""


@frozen(kw_only=True)
class Credentials:
    """What a station shows itself by, and what it trusts, with one network profile.

    Attributes:
        password: for HTTP basic authentication; any bytes.
        ssl: the TLS settings for a ``wss`` URL; Python's defaults for None.
    """

    password: bytes | None = field(default=None, repr=False)
    ssl: tls.SSLContext | None = None


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
        bring_up: BringUp | None = None,
        credentials: Callable[[NetworkProfile], Credentials] | None = None,
        boot_reason: BootReason = BootReason.POWER_UP,
    ) -> None:
        """Make a station; call it inside a running event loop.

        Args:
            config: what it is told.
            hardware: its equipment.
            environment: time, ids, chance; the real ones unless told otherwise.
            queue: where the messages of transactions wait; in memory unless told otherwise.
            observer: sees every message as it passes.
            dial: opens a connection; over a websocket, as configured, unless told otherwise.
            bring_up: brings up the network interface of a profile that names one, before it is
                dialled; where that fails or takes too long, the next profile is dialled.
            credentials: gives those of a profile; the configured password unless told otherwise.
            boot_reason: why the station starts.
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
            bring_up=bring_up,
            boot_reason=boot_reason,
        )
        own = Credentials(password=config.password)
        self._credentials = credentials or (lambda _: own)
        self._dialects: dict[Version, Dialect] = {}
        self._core.dialect = self._dialect(config.versions[0])
        self._begun: set[Version] = set()
        self._tasks = asyncio.TaskGroup()

    @property
    def events(self) -> ConnectionEvents:
        """What happens to the connection, to be subscribed to."""
        return self._core.events

    @property
    def connected(self) -> bool:
        """Whether there is a connection, over which the station may still have to register."""
        return self._core.link.session is not None

    @property
    def registration(self) -> Registration:
        """What the CSMS made of the last boot."""
        return self._core.link.registration

    @property
    def network_profile(self) -> NetworkProfile:
        """The way that is dialled or connected, or will be (ActiveNetworkProfile)."""
        return self._core.keeper.plan.profile

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

    async def token_presented(
        self, token: IdToken, *, evses: Sequence[int] | None = None
    ) -> TokenOutcome:
        """A driver shows a token at a reader of several EVSEs, as `StationEvents` has it."""
        return await self._core.equipment.token_presented(token, evses=evses)

    async def security_event(self, occurred: SecurityEvent) -> None:
        """The equipment noticed something that concerns security."""
        await self._core.equipment.security_event(occurred)

    async def door(self, *, open: bool) -> None:
        """The door of the housing is open, or is not; opening it is tampering."""
        await self._core.equipment.door(open=open)

    async def temperature(self, celsius: float, *, evse: int | None = None) -> None:
        """How warm the station or an EVSE is, in degrees Celsius."""
        await self._core.equipment.temperature(celsius, evse=evse)

    def go_offline(self) -> None:
        """Drop the connection and stay away until `go_online`."""
        self._core.keeper.go_offline()

    def go_online(self) -> None:
        """Connect at once, without back-off; does nothing while there is a connection."""
        self._core.keeper.go_online()

    def switch_network(self, profile: NetworkProfile) -> None:
        """Connect by another profile; where that does not come up, go back to the one before."""
        self._core.keeper.switch(profile)

    async def wait_online(self) -> None:
        """Wait until the CSMS is there and has taken the station in."""
        await self._core.link.wait_online()

    async def wait_delivered(self) -> None:
        """Wait until the CSMS has everything that transactions had to tell."""
        await self._core.delivery.wait_empty()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._core.begin(self._tasks)
        self._core.launch(self._core.look(), name="first look at the equipment")
        registrar = Registrar(core=self._core)
        connecting = self._core.keeper.run(dial=self._open, work=registrar.run)
        self._core.launch(connecting, name="connection")
        self._core.launch(self._core.delivery.run(), name="delivery")
        self._begin(self._core.dialect)
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

    def _begin(self, dialect: Dialect) -> None:
        """Run what a version does in the background, once."""
        if dialect.version not in self._begun:
            self._begun.add(dialect.version)
            self._core.launch(dialect.run(), name=dialect.version)

    def _handlers(self, session: Session) -> Iterable[Handler]:
        session.admit = self._core.link.admit
        self._core.dialect = dialect = self._dialect(session.version)
        self._begin(dialect)
        return dialect.handlers()

    async def _open(self, profile: NetworkProfile) -> Session:  # noqa: ARG002  # see `Dial`
        return await self._dial(self._handlers)

    async def _dial_websocket(self, handlers: Handlers) -> Session:
        config, profile = self.config, self.network_profile
        credentials = self._credentials(profile)
        return await connect(
            profile.url,
            identity=config.identity,
            versions=profile.versions,
            handlers=handlers,
            password=credentials.password,
            ssl=credentials.ssl,
            # The station's own pings can be changed at any time.
            keep_alive=KeepAlive(interval=None),
            settings=SessionSettings(
                call_timeout=profile.message_timeout or config.call_timeout,
                observer=self._observer,
            ),
        )
