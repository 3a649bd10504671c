"""The station in no version's words: its EVSEs, its link, and what befalls them together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from attrs import evolve

from ocppkit.connection import KeepAlive
from ocppkit.station.authorizing import Authorizing
from ocppkit.station.boot import Boot, BootReason
from ocppkit.station.changes import Changes
from ocppkit.station.charging_limits import ChargingLimits
from ocppkit.station.clock_aligned import ClockAligned
from ocppkit.station.config import StationConfig
from ocppkit.station.connection_events import Connected, ConnectionEvent, ConnectionEvents
from ocppkit.station.connectivity import Connectivity
from ocppkit.station.contract import Contract, ContractAnswer
from ocppkit.station.data_transfer import DataTransfers
from ocppkit.station.delivery import Delivery
from ocppkit.station.dialect import Dialect
from ocppkit.station.driver_display import DriverDisplay
from ocppkit.station.environment import Environment
from ocppkit.station.equipment import StationEvents
from ocppkit.station.evse import Evse
from ocppkit.station.file_work import FileWork
from ocppkit.station.guard import GuardedHardware
from ocppkit.station.hardware import Fault, Hardware, Offer, RebootReason
from ocppkit.station.id_token import IdToken
from ocppkit.station.keeper import BringUp, Keeper
from ocppkit.station.kept import Kept
from ocppkit.station.link import Link
from ocppkit.station.master_pass import use_master_pass
from ocppkit.station.network_profiles import NetworkProfiles
from ocppkit.station.operability import Operability, Spot
from ocppkit.station.recording import keep_record
from ocppkit.station.reservations import Reservations
from ocppkit.station.resetting import Resetting
from ocppkit.station.running import Running
from ocppkit.station.security import StationSecurity
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.station.transaction import Cause, Policy, Sample, SavedTransaction, TransactionRecord
from ocppkit.store import Incident, Store

if TYPE_CHECKING:
    from ocppkit.smart_charging.balance import Strategy

__all__ = ["StationCore"]


class StationCore:
    """What the versions work on.

    Attributes:
        config: what the station was told.
        environment: time, ids, chance.
        hardware: the equipment, guarded.
        events: what happens to the connection.
        changes: what is different about EVSEs.
        data_transfers: who answers what the CSMS sends by DataTransfer.
        link: the way to the CSMS.
        keeper: dials, keeps and ends connections.
        security: what guards the connection, and what the CSMS has to be told of it.
        faults: what is wrong with the station as a whole, one of each kind, in order.
        evses: by their number.
        authorizing: decides who may charge.
        drivers: tells drivers what is for them.
        clock_aligned: reads the meters at fixed times of the day.
        operability: what the CSMS has put out of use.
        limits: what EVSEs may draw, by charging profiles and among each other.
        reservations: which EVSEs are kept free for whom.
        equipment: what the equipment reports that belongs to no one EVSE.
        delivery: what the CSMS has to learn of transactions.
        store: what must not be forgotten; open while the station runs.
        kept: what OCPP has changed.
        network: the slots for ways to the CSMS.
        incidents: what happened to the store, oldest first.
        dialect: the version that is spoken now.
        files: fetches firmware, sends diagnostics.
        hurry: set to reckon the next boot or heartbeat anew.
    """

    dialect: Dialect

    def __init__(
        self,
        *,
        config: StationConfig,
        hardware: Hardware,
        environment: Environment,
        store: Store,
        bring_up: BringUp | None = None,
        boot_reason: BootReason = BootReason.POWER_UP,
        balancing: Strategy | None = None,
    ) -> None:
        self.config = config
        self.environment = environment
        self.hardware = GuardedHardware(
            hardware,
            timeout=config.hardware_timeout,
            now=self.now,
            serial_number=config.station.serial_number if config.station else None,
        )
        self.events = ConnectionEvents()
        self.changes = Changes()
        self._running = Running(environment)
        self.data_transfers = DataTransfers(timeout=config.call_timeout / 2)
        boot = Boot(
            now=environment.monotonic(), own_interval=config.boot_interval, reason=boot_reason
        )
        self.link = Link(environment=environment, boot=boot, events=self.events)
        self.keeper = Keeper(
            plan=Connectivity(
                profiles=config.network,
                attempts=config.connection_attempts,
                backoff=config.backoff,
            ),
            link=self.link,
            environment=environment,
            events=self.events,
            keep_alive=KeepAlive(
                interval=config.ping_interval or None, timeout=config.pong_timeout
            ),
            bring_up=bring_up or self._bring_up,
            bring_up_timeout=config.bring_up_timeout,
        )
        self.security = StationSecurity(
            config=config,
            plan=self.keeper.plan,
            now=self.link.now,
            key_values=store.key_values,
        )
        self.delivery = Delivery(
            journal=store.journal,
            link=self.link,
            environment=environment,
            policy=lambda: self.policy,
            translator=lambda: self.dialect,
            largest=config.max_message_size,
        )
        _ = self.events.subscribe(self.delivery.connection)
        self.store = store
        self.kept = Kept(store.key_values)
        self.network = NetworkProfiles(
            config=config, plan=self.keeper.plan, kept=self.kept, security=self.security
        )
        _ = self.events.subscribe(self._note_connection)
        self.incidents: list[Incident] = []
        self.faults: list[Fault] = []
        self.evses: Mapping[int, Evse] = MappingProxyType(
            {
                number: Evse(number, connectors=len(described.connectors), site=self)
                for number, described in enumerate(self.hardware.description.evses, start=1)
            }
        )
        self.authorizing = Authorizing(
            rows=store.known_tokens,
            dialect=lambda: self.dialect,
            online=lambda: self.online,
            evses=self.evses,
            now=self.now,
            monotonic=environment.monotonic,
        )
        self.drivers = DriverDisplay(
            evses=self.evses,
            hardware=self.hardware,
            environment=environment,
            launch=self.launch,
        )
        _ = self.changes.subscribe(self.drivers.note)
        self.clock_aligned = ClockAligned(
            evses=self.evses,
            link=self.link,
            policy=lambda: self.policy,
            tell=self._tell_aligned,
            hardware=self.hardware,
            sleep=environment.sleep,
        )
        self.operability = Operability(evses=self.evses, kept=self.kept)
        self.reservations = Reservations(evses=self.evses, site=self, kept=self.kept)
        self.link.on_clock_set(lambda _: self.reservations.wake())
        _ = self.changes.subscribe(self.reservations.note)
        self.limits = ChargingLimits(
            evses=self.evses,
            hardware=self.hardware,
            link=self.link,
            environment=environment,
            limits=config.limits,
            settings=config.smart_charging,
            rows=store.charging_profiles,
            names=lambda: self.dialect,
            spawn=self.spawn,
            strategy=balancing,
        )
        _ = self.changes.subscribe(lambda _: self.limits.wake())
        _ = self.events.subscribe(lambda _: self.limits.wake())
        self.equipment = StationEvents(evses=self.evses, faults=self.faults, site=self)
        self.equipment.on_security_event(self.security.events.add)
        self.files = FileWork(self)
        self.hurry = asyncio.Event()
        self._resetting = Resetting(self)
        self._spoken: Policy | None = None

    @property
    def policy(self) -> Policy:
        """What the spoken version's configuration says."""
        return self.dialect.policy

    def speak(self, dialect: Dialect) -> None:
        """Speak a version from now on, with what its configuration says of connecting."""
        self.dialect = dialect
        self._spoken = dialect.policy
        self.adopt_connecting(dialect.policy)
        self.clock_aligned.align_anew()

    def adopt_connecting(self, policy: Policy) -> None:
        """Ping and reconnect as a policy says by now, if it is the spoken version's."""
        if policy is not self._spoken:
            return
        keeper = self.keeper
        keeper.plan.attempts = policy.connection_attempts
        keeper.plan.backoff = policy.backoff
        if (keeper.keep_alive.interval or 0) != policy.ping_interval:
            interval = policy.ping_interval or None
            keeper.keep_alive = evolve(keeper.keep_alive, interval=interval)

    @property
    def operative(self) -> bool:
        """Whether the station as a whole may be used."""
        withheld = self.operability.withheld or self._resetting.scheduled
        return self.operability.station and not withheld

    @property
    def awaits_reset(self) -> bool:
        """Whether a reset is under way or scheduled: until it is over nobody begins to charge."""
        return self._resetting.scheduled or self.resetting

    def resets(self, evse: int) -> bool:
        """Whether a reset of an EVSE, or of all, is under way or scheduled: nobody begins there."""
        return self.awaits_reset or self._resetting.of(evse)

    def withholds(self, evse: int) -> bool:
        """Whether an EVSE is unavailable because it alone is to be reset (B11.FR.08, B12.FR.07)."""
        return self._resetting.of(evse)

    @property
    def online(self) -> bool:
        """Whether the CSMS is there and has taken the station in."""
        return self.link.online

    @property
    def charging(self) -> bool:
        """Whether there is a transaction."""
        return any(evse.transaction is not None for evse in self.evses.values())

    def now(self) -> datetime:
        """The time of day as the CSMS has it."""
        return self.link.now()

    def begin(self, tasks: asyncio.TaskGroup) -> None:
        """Take the group in which everything runs."""
        self._running.begin(tasks)

    def end(self) -> None:
        """Stop everything that runs."""
        self._running.end()

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
        """Run something for as long as the station runs; what it raises is logged.

        Raises:
            RuntimeError: the station does not run.
        """
        return self._running.spawn(work, name=name)

    def keep_running(self, work: Callable[[], Coroutine[Any, Any, None]], *, name: str) -> None:
        """Run something that never ends by itself for as long as the station runs."""
        self._running.keep_running(work, name=name)

    def launch(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Run something that nobody will cancel for as long as the station runs."""
        self._running.launch(work, name=name)

    async def authorize(self, token: IdToken) -> AuthorizationAnswer:
        """Whether a driver may charge: by what is known here, or by asking the CSMS."""
        return await self.authorizing.authorize(token)

    def recall(self, token: IdToken) -> AuthorizationAnswer | None:
        """What is known of a token, where it may stop by that and the CSMS need not be asked."""
        return self.authorizing.recall(token)

    async def use_master_pass(self, token: IdToken) -> bool:
        """Stop what a master pass stops; whether there was anything (C16)."""
        return await use_master_pass(token, evses=self.evses, hardware=self.hardware)

    def told(self, evse: int, answer: AuthorizationAnswer) -> None:
        """Take note of what a driver at an EVSE is to read, and in which language."""
        self.drivers.tell(evse, answer)

    async def authorize_contract(self, contract: Contract) -> ContractAnswer:
        """Whether an EV may charge by its contract."""
        return await self.authorizing.authorize_contract(contract)

    async def record(self, record: TransactionRecord, saved: SavedTransaction | None) -> None:
        """Keep what has to be delivered, and how its transaction stands."""
        await keep_record(self, record, saved)

    def admit(self, evse: int) -> Offer:
        """What an EVSE that begins to offer energy may offer; nothing where it has to wait."""
        return self.limits.admit(evse)

    def supplied(self, evse: int) -> None:
        """Take note of what the hardware made of an offer, or of its end."""
        self.limits.supplied(evse)

    def changed(self, evse: int) -> None:
        """Take note that something about an EVSE is different; 0 for the station itself."""
        self.dialect.changed(evse)
        self.changes.publish(evse)

    async def look(self) -> None:
        """Ask the hardware how everything is, as at the start."""
        for evse in self.evses.values():
            await evse.look()

    def set_operative(self, spots: Iterable[Spot], *, operative: bool) -> None:
        """Let parts of the station, or all of it, be used from now on, or not."""
        taken = list(spots)
        self.operability.apply(taken, operative=operative)
        for evse in sorted({evse for evse, _ in taken}):
            self.changed(evse)
        for each in self.evses.values():
            self.launch(each.reconsider(), name=f"EVSE {each.id} may be used, or not any more")

    @property
    def resetting(self) -> bool:
        """Whether a reset of the station is under way: no other begins then."""
        return self._resetting.under_way

    def resetting_at(self, evse: int | None) -> bool:
        """Whether a reset is under way that keeps another from beginning.

        Args:
            evse: where; None for the whole station.
        """
        return self._resetting.under_way_at(evse)

    def busy(self, evse: int | None = None) -> bool:
        """Whether a reset on idle has to wait, of an EVSE or of the station (errata 2.14)."""
        return self._resetting.busy(evse)

    def reset_when_idle(self, evse: int | None = None) -> None:
        """Reset the station, or one EVSE, once it is idle (B12.FR.01)."""
        self._resetting.when_idle(evse)

    async def reset_evse(self, evse: int, cause: Cause) -> None:
        """End the transaction of an EVSE, and start that EVSE anew (B11.FR.08, B12.FR.08)."""
        await self._resetting.reset_evse(evse, cause)

    async def reset(
        self, reason: RebootReason, cause: Cause, boot_reason: BootReason = BootReason.REMOTE_RESET
    ) -> None:
        """End all transactions, tell the CSMS, and start anew (B11, B12; 1.6 §5.14).

        Does nothing while a reset is under way.
        """
        await self._resetting.reset(reason, cause, boot_reason)

    async def _tell_aligned(self, evse: int, sample: Sample) -> None:
        if self.online or self.policy.queue_all_messages:
            await self.dialect.tell_aligned(evse, sample)

    def _note_connection(self, event: ConnectionEvent) -> None:
        if isinstance(event, Connected):
            work = self.network.connected(event.profile, version=event.version)
            self.launch(work, name="network profiles")

    async def _bring_up(self, interface: str) -> None:
        """Have the equipment bring up a network interface, where it does that.

        Raises:
            OSError: it failed.
        """
        if not await self.hardware.bring_up(interface):
            msg = f"the equipment did not bring up {interface}"
            raise OSError(msg)

    def trigger_boot(self) -> None:
        """Send a BootNotification now: the CSMS asks for it (B02.FR.04)."""
        self.link.boot.trigger(self.environment.monotonic())
        self.hurry.set()
