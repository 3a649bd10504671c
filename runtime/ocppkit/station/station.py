"""A charging station that finds its CSMS, keeps the connection, and speaks its version."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from ocppkit.connection import (
    Handlers,
    KeepAlive,
    MessageObserver,
    NetworkProfile,
    Session,
)
from ocppkit.connection.observer import together
from ocppkit.message import Version
from ocppkit.security.upgrade import ChangeRefusal
from ocppkit.station.boot import BootReason, Registration
from ocppkit.station.changes import Changes
from ocppkit.station.config import StationConfig
from ocppkit.station.connection_events import ConnectionEvents
from ocppkit.station.core import StationCore
from ocppkit.station.data_transfer import (
    DataTransferAnswer,
    DataTransferHandler,
    DataTransferMessage,
)
from ocppkit.station.dialing import Credentials, Dialer
from ocppkit.station.environment import Environment
from ocppkit.station.evse import Evse
from ocppkit.station.hardware import Fault, FaultKind, Hardware, SecurityEvent, check_hardware
from ocppkit.station.id_token import IdToken
from ocppkit.station.keeper import BringUp
from ocppkit.station.life import Life
from ocppkit.station.messages import message_log
from ocppkit.station.on_site import Setting, SettingName
from ocppkit.station.restart import default_store
from ocppkit.station.speaking import Speaking
from ocppkit.station.token import TokenOutcome
from ocppkit.station.token_refusal import TokenRefusal
from ocppkit.store import Incident, Store

if TYPE_CHECKING:
    from ocppkit.smart_charging.balance import Strategy
    from ocppkit.station.v2g_credentials import V2GCredentials
    from ocppkit.v201 import Get15118EVCertificateRequest, Get15118EVCertificateResponse

__all__ = ["ChargingStation", "Credentials", "Dial"]

Dial: TypeAlias = Callable[[NetworkProfile, Handlers], Awaitable[Session]]
"""Opens a connection by a profile, whatever is planned meanwhile; raises NegotiationFailed."""


class ChargingStation:
    """A charging station; runs while it is entered with ``async with``."""

    def __init__(
        self,
        config: StationConfig,
        *,
        hardware: Hardware,
        environment: Environment | None = None,
        store: Store | None = None,
        observer: MessageObserver | None = None,
        dial: Dial | None = None,
        bring_up: BringUp | None = None,
        credentials: Callable[[NetworkProfile], Credentials] | None = None,
        boot_reason: BootReason = BootReason.POWER_UP,
        balancing: Strategy | None = None,
    ) -> None:
        """Make a station; call it inside a running event loop.

        Args:
            config: what it is told.
            hardware: its equipment.
            environment: time, ids, chance; the real ones unless told otherwise.
            store: what must not be forgotten, not yet open; in ``config.storage.state_dir`` unless
                told otherwise, and in memory without that.
            observer: sees every message as it passes, after the message log of the configuration.
            dial: opens a connection; over a websocket, as configured, unless told otherwise.
            bring_up: brings up the network interface of a profile that names one, before it is
                dialled; where that fails or takes too long, the next profile is dialled. The
                hardware unless told otherwise.
            credentials: gives those of a profile; the configured password and certificates unless
                told otherwise.
            boot_reason: why the station starts.
            balancing: how EVSEs share what they may draw together; by priority, and fairly among
                equals, unless told otherwise (K04).

        Raises:
            TypeError: the hardware is a class, or lacks what each has.
        """
        check_hardware(hardware)
        self.config = config
        self._environment = environment or Environment()
        self._log = message_log(config)
        self._core = StationCore(
            config=config,
            hardware=hardware,
            environment=self._environment,
            store=store or default_store(config),
            bring_up=bring_up,
            boot_reason=boot_reason,
            balancing=balancing,
        )
        self._dialer = Dialer(
            config=config,
            security=self._core.security,
            observer=together(self._log, observer),
            credentials=credentials,
            last_good=lambda: self._core.keeper.plan.last_good,
        )
        self._dial = dial or self._dialer.open
        self._speaking = Speaking(self._core)
        self._life = Life(core=self._core, speaking=self._speaking, log=self._log, dial=self._open)

    @property
    def core(self) -> StationCore:
        """Its inside, for what is built on this library: it may change with any version."""
        return self._core

    @property
    def events(self) -> ConnectionEvents:
        """What happens to the connection, to be subscribed to."""
        return self._core.events

    @property
    def changes(self) -> Changes:
        """What is different about EVSEs and their transactions, to be subscribed to."""
        return self._core.changes

    @property
    def incidents(self) -> Sequence[Incident]:
        """What happened to the store since the start, oldest first."""
        return tuple(self._core.incidents)

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
        evse = self._core.evses.get(number)
        if evse is None:
            raise KeyError(f"no EVSE {number!r}: this station has 1..{len(self._core.evses)}")
        return evse

    async def token_presented(
        self, token: IdToken, *, evses: Sequence[int] | None = None
    ) -> TokenOutcome:
        """A driver shows a token at a reader of several EVSEs, as `StationEvents` has it."""
        return await self._core.equipment.token_presented(token, evses=evses)

    @property
    def last_refusal(self) -> TokenRefusal | None:
        """Why the last `token_presented` of the station refused; None where it did not."""
        return self._core.equipment.last_refusal

    async def security_event(self, occurred: SecurityEvent) -> None:
        """The equipment noticed something that concerns security."""
        await self._core.equipment.security_event(occurred)

    async def fault(self, fault: Fault) -> None:
        """Something is wrong with the station as a whole: nobody charges until it is cleared."""
        await self._core.equipment.fault(fault)

    async def fault_cleared(self, *, kind: FaultKind | None = None) -> None:
        """What was wrong with the station as a whole is right again; all faults, or one kind."""
        await self._core.equipment.fault_cleared(kind=kind)

    async def door(self, *, open: bool) -> None:
        """The door of the housing is open, or is not; opening it is tampering."""
        await self._core.equipment.door(open=open)

    async def temperature(self, celsius: float, *, evse: int | None = None) -> None:
        """How warm the station or an EVSE is, in degrees Celsius."""
        await self._core.equipment.temperature(celsius, evse=evse)

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
        """Run something of the integrator's for as long as the station runs.

        What it raises is logged at once and never ends the station; when the station ends it is
        cancelled.

        Args:
            work: what to run, as a reader's loop.
            name: for the log.

        Raises:
            RuntimeError: the station does not run.
        """
        return self._core.spawn(work, name=name)

    def setting(self, name: SettingName, *, attribute: str = "Actual") -> Setting:
        """A configuration key, or a variable, of the version that is spoken, for people on site.

        Args:
            name: ``HeartbeatInterval`` in 1.6; ``OCPPCommCtrlr.HeartbeatInterval``, or the id with
                its EVSE, in 2.0.1.
            attribute: of a variable: ``Actual``, ``Target``, ``MinSet`` or ``MaxSet``.

        Raises:
            UnknownSetting: there is none of this name, or it has no such attribute.
        """
        return self._core.dialect.setting(name, attribute=attribute)

    def on_data_transfer(
        self, handler: DataTransferHandler, *, vendor_id: str | None = None
    ) -> Callable[[], None]:
        """Have what the CSMS sends by DataTransfer answered (P01; 1.6 §5.6).

        Without anybody who answers, no vendor is known.

        Args:
            handler: answers, within half of the ``call_timeout``; one that raises, or takes longer,
                counts as a rejection.
            vendor_id: whose messages, in any case; None for those that nobody else answers.

        Returns:
            What ends it.
        """
        return self._core.data_transfers.handle(handler, vendor_id=vendor_id)

    async def data_transfer(self, message: DataTransferMessage) -> DataTransferAnswer:
        """Send a vendor's message to the CSMS, for what OCPP has no message for (P02; 1.6 §4.3).

        Args:
            message: what to say; 1.6 carries a text, and of other data its JSON.

        Raises:
            OcppError: there is no connection, or the CSMS does not answer.
            ValueError: its ``custom_data`` names no vendor.
        """
        return await self._core.dialect.data_transfer(message)

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

    @property
    def keep_alive(self) -> KeepAlive:
        """The pings of connections (WebSocketPingInterval); may be set at any time.

        What the CSMS sets, and another protocol version, take its place.
        """
        return self._core.keeper.keep_alive

    @keep_alive.setter
    def keep_alive(self, keep_alive: KeepAlive) -> None:
        self._core.policy.ping_interval = keep_alive.interval or 0
        self._core.keeper.keep_alive = keep_alive

    @property
    def security_profile(self) -> int | None:
        """The security profile of the last connection (SecurityProfile); None before any."""
        return self._core.security.change.in_use

    async def change_security_profile(
        self, wanted: int, *, profile: NetworkProfile | None = None, at_once: bool = True
    ) -> ChangeRefusal | None:
        """Change to another security profile (A05; 1.6 SecurityProfile).

        It is tried as often as any network profile, also after a restart; where it does not work
        the station goes back to the way before. Once it works no lower one is used any more.

        Args:
            wanted: the number of the security profile.
            profile: the way to try; the first that is configured with this security profile
                unless told otherwise, or else the present one with another scheme.
            at_once: whether to leave the present connection for it; otherwise it counts from the
                next time that the way is dialled.

        Returns:
            Why it is refused; None where the change is under way, or there is nothing to change.
        """
        return await self._core.security.request(
            wanted,
            version=self.version,
            target=profile,
            switch=self._core.keeper.switch if at_once else None,
        )

    async def allow_lower_security_profile(self) -> None:
        """Forget which security profile was in use, so that the configured ones count again.

        For people at the station: a CSMS may not lower it (A00.FR.005).
        """
        await self._core.security.change.lower()

    async def v2g_credentials(self) -> tuple[V2GCredentials, ...]:
        """What is shown to EVs that speak ISO 15118: of each V2G root the newest certificate.

        Nothing while Plug & Charge is off. Look again after each EV: they are renewed.

        Raises:
            OSError: they cannot be read.
        """
        contracts = self._core.dialect.contracts
        if contracts is None or not contracts.enabled:
            return ()
        return await contracts.credentials()

    async def ev_certificate(
        self, request: Get15118EVCertificateRequest
    ) -> Get15118EVCertificateResponse:
        """Have the CSMS answer an EV that asks for a contract certificate (M01, M02).

        Raises:
            OcppError: the CSMS did not answer, or not so that it can be understood.
            ValueError: Plug & Charge is off.
        """
        return await self._core.dialect.ev_certificate(request)

    async def __aenter__(self) -> Self:
        await self._life.begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._life.end(kind, error, traceback)

    async def _open(self, profile: NetworkProfile) -> Session:
        log, handlers = self._log, self._speaking.handlers
        heard = handlers if log is None else log.of_sessions(handlers)
        return await self._core.security.guarded(profile, lambda: self._dial(profile, heard))
