"""What a station takes up again when it starts: all that the store has kept."""

from __future__ import annotations

import json
import logging

from attrs import asdict

from ocppkit.connection.network import NetworkProfile
from ocppkit.station.boot import BootReason
from ocppkit.station.config import StationConfig
from ocppkit.station.connection_events import Connected, ConnectionEvent
from ocppkit.station.core import StationCore
from ocppkit.station.hardware import SecurityEvent
from ocppkit.station.kept import BOOT, NETWORK
from ocppkit.station.records import UNREADABLE, converter
from ocppkit.station.resetting import REASON, asked_for
from ocppkit.station.resumption import Resumption
from ocppkit.station.settings.behaviour import AfterPowerLoss
from ocppkit.store import Incident, IncidentKind, Store

__all__ = ["Restart", "default_store"]

_logger = logging.getLogger(__name__)

_STORE = "station.db"
_LAST_GOOD = "last_good"
_REBOOTS = {
    BootReason.APPLICATION_RESET,
    BootReason.FIRMWARE_UPDATE,
    BootReason.LOCAL_RESET,
    BootReason.WATCHDOG,
}
_EVENTS = {
    IncidentKind.SET_ASIDE: "StoreSetAside",  # ours: the specification has none for it
    IncidentKind.DEGRADED: "MemoryExhaustion",
}


def default_store(config: StationConfig) -> Store:
    """Where a station keeps what must not be forgotten, unless it is told otherwise."""
    folder = config.storage.state_dir
    return Store(None if folder is None else folder / _STORE)


class Restart:
    """Fills a station's core from its store, and keeps what changes from then on."""

    def __init__(self, core: StationCore) -> None:
        """Listen to what happens to store and connection."""
        self._core = core
        self._begun = False
        core.store.on_incident = self._happened
        _ = core.events.subscribe(self._connection)

    async def load(self) -> None:
        """Take up what OCPP has set; call it once the store is open."""
        core = self._core
        await core.kept.load()
        await core.delivery.load()
        await core.limits.profiles.load()
        await core.authorizing.books.load()
        core.operability.restore()
        core.reservations.load()
        core.network.load()
        await self._learn_reason()
        core.keeper.plan.last_good = self._last_good()

    async def resume(self) -> None:
        """Tell of what happened to the store, and take up transactions; before anything else."""
        core = self._core
        self._begun = True
        for reason in core.limits.profiles.unreadable:
            at = core.environment.utc_now()
            core.incidents.append(Incident(kind=IncidentKind.SET_ASIDE, at=at, reason=reason))
        for incident in list(core.incidents):
            self._tell(incident)
        await Resumption(
            evses=core.evses,
            hardware=core.hardware,
            transactions=core.store.open_transactions,
            record=lambda record: core.record(record, None),
            resume=core.config.storage.after_power_loss is AfterPowerLoss.RESUME,
            policy=lambda: core.policy,
            now=core.now,
            rebooted=core.link.boot.reason in _REBOOTS,
        ).run()
        going_on = (evse.transaction for evse in core.evses.values())
        await core.limits.profiles.keep_those_of([each.id for each in going_on if each])

    async def _learn_reason(self) -> None:
        """Why the station starts: its own reset, what it was told, or what its equipment says."""
        core = self._core
        boot = core.link.boot
        reason = asked_for(core.kept)
        if reason is not None:
            await core.kept.put(BOOT, {REASON: None})  # whatever comes next is another start
        elif boot.reason is BootReason.POWER_UP:
            known = await core.hardware.start_reason()
            reason = BootReason(known.value) if known is not None else None
        if reason is not None:
            boot.start(reason, core.environment.monotonic())

    def end(self) -> None:
        """Tell nobody any more: the station ends."""
        self._begun = False

    def _happened(self, incident: Incident) -> None:
        self._core.incidents.append(incident)
        if self._begun:
            self._tell(incident)

    def _tell(self, incident: Incident) -> None:
        name = _EVENTS.get(incident.kind)
        if name is not None:
            told = SecurityEvent(type=name, tech_info=incident.reason[:255], at=incident.at)
            self._core.launch(self._core.equipment.security_event(told), name="security event")

    def _connection(self, event: ConnectionEvent) -> None:
        if isinstance(event, Connected):
            self._core.launch(self._keep_profile(event.profile), name="network profile")

    async def _keep_profile(self, profile: NetworkProfile) -> None:
        text = json.dumps(asdict(profile))
        await self._core.kept.put(NETWORK, {_LAST_GOOD: text})

    def _last_good(self) -> NetworkProfile | None:
        """The profile of the last connection, if it still is one of those that are tried."""
        core = self._core
        text = core.kept.all(NETWORK).get(_LAST_GOOD)
        if text is None:
            return core.keeper.plan.last_good
        try:
            profile = converter().structure(json.loads(text), NetworkProfile)
        except UNREADABLE:
            _logger.exception("the network profile of the last connection cannot be read")
            return core.keeper.plan.last_good
        if profile in core.keeper.plan.profiles or profile == core.network.profile(profile.slot):
            return profile
        _logger.info("the last connection was by a profile that is not tried any more")
        return core.keeper.plan.last_good
