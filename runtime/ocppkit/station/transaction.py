"""Transactions as the equipment sees them, before a version gives them its words."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import Factory, define, frozen

from ocppkit.connection.backoff import Backoff
from ocppkit.smart_charging.terms import Purpose
from ocppkit.station.hardware import Fault, MeterReading
from ocppkit.station.id_token import IdToken
from ocppkit.station.transaction_start import TransactionStart
from ocppkit.value import Value

__all__ = [
    "OUTLASTS_DRIVER",
    "Authorization",
    "Cause",
    "ChargingState",
    "Policy",
    "RecordKind",
    "Sample",
    "SavedTransaction",
    "Transaction",
    "TransactionPoint",
    "TransactionRecord",
]


class ChargingState(StrEnum):
    """How far charging is (ChargingStateEnumType)."""

    IDLE = "Idle"
    EV_CONNECTED = "EVConnected"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"


class TransactionPoint(StrEnum):
    """A condition whose coming starts a transaction, and whose going ends it (TxStartStopPoint)."""

    AUTHORIZED = "Authorized"
    DATA_SIGNED = "DataSigned"
    """Only ever starts one (2.0.1 errata 2.24)."""
    ENERGY_TRANSFER = "EnergyTransfer"
    EV_CONNECTED = "EVConnected"
    PARKING_BAY_OCCUPANCY = "ParkingBayOccupancy"
    POWER_PATH_CLOSED = "PowerPathClosed"

    @property
    def stops(self) -> bool:
        """Whether its going ends a transaction."""
        return self is not TransactionPoint.DATA_SIGNED


OUTLASTS_DRIVER: Final = frozenset(
    {TransactionPoint.EV_CONNECTED, TransactionPoint.PARKING_BAY_OCCUPANCY}
)
"""The stop points that leave a transaction as it is when nobody may charge any more."""


class Cause(StrEnum):
    """What made something happen to a transaction."""

    AUTHORIZED = "authorized"
    CABLE_PLUGGED_IN = "cable plugged in"
    CHARGING_RATE_CHANGED = "charging rate changed"
    CHARGING_STATE_CHANGED = "charging state changed"
    DEAUTHORIZED = "deauthorized"
    EMERGENCY_STOP = "emergency stop"
    ENERGY_LIMIT = "energy limit"
    EV_CONNECT_TIMEOUT = "EV connect timeout"
    EV_DEPARTED = "EV departed"
    EV_DETECTED = "EV detected"
    EV_DISCONNECTED = "EV disconnected"
    FAULT = "fault"
    HARD_RESET = "hard reset"
    MASTER_PASS = "master pass"  # noqa: S105  # no password
    METER_CLOCK = "meter clock"
    METER_PERIODIC = "meter periodic"
    OUT_OF_CREDIT = "out of credit"
    POWER_LOSS = "power loss"
    REBOOT = "reboot"
    REMOTE_START = "remote start"
    REMOTE_STOP = "remote stop"
    SIGNED_DATA = "signed data"
    SOC_LIMIT = "state of charge limit"
    SOFT_RESET = "soft reset"
    STOP_AUTHORIZED = "stop authorized"
    STOPPED_BY_EV = "stopped by EV"
    TIME_LIMIT = "time limit"
    TRIGGER = "trigger"
    UNLOCK_COMMAND = "unlock command"


class RecordKind(StrEnum):
    """Where in its life a transaction is."""

    STARTED = "Started"
    UPDATED = "Updated"
    ENDED = "Ended"


@frozen(kw_only=True, eq=False, repr=False)
class Authorization(Value):
    """A driver's permission to charge.

    Attributes:
        token: who.
        group_id: who else may end it.
        remote_start_id: of the request that gave it.
        priority: chargingPriority: whose needs are met first (K03.FR.04).
    """

    token: IdToken
    group_id: str | None = None
    remote_start_id: int | None = None
    priority: int = 0


@frozen(kw_only=True, eq=False, repr=False)
class Sample(Value):
    """A meter reading and when it was taken.

    Attributes:
        at: when, by the clock of then, which may have been set since.
        reading: what the meter showed.
        turn: its place among all samples of a transaction that are kept for its end; 0 for one
            that is not kept.
    """

    at: datetime
    reading: MeterReading
    turn: int = 0

    @property
    def order(self) -> tuple[int, datetime]:
        """By what samples that are kept are sorted."""
        return self.turn, self.at


@frozen(kw_only=True, eq=False, repr=False)
class TransactionRecord(Value):
    """One event of a transaction, to be delivered in order.

    Attributes:
        kind: where in its life the transaction is.
        transaction_id: the station's own, never used twice.
        seq_no: counts the records of the transaction from 0.
        at: when it happened.
        cause: what made it happen.
        evse: where.
        connector: where; None until the EV is connected.
        place_is_news: whether no record before this one told of the connector.
        state: how far charging is.
        offline: whether it happened without a connection.
        token: of the driver, where this event is about their permission.
        remote_start_id: of the request that permitted it.
        reservation_id: of the reservation that it ends.
        sample: what the meter shows.
        first_sample: what the meter showed at the start; on the record that ends it.
        stop_cause: why the transaction ended, on the record that ends it.
        fault: what is wrong where that is the cause.
        sampled: what the meter showed now and then, oldest first; on the record that ends it.
        aligned: the same, at fixed times of the day.
        phases: on how many energy flows, where that is news.
        cable_max_current_a: what the cable can carry, on the record that first tells of it.
        charged_s: for how long energy has flowed in the transaction, in seconds.
        start: how the transaction began, on later records of a station that speaks several
            versions: the CSMS that gets them may speak another one than at the start.
    """

    kind: RecordKind
    transaction_id: str
    seq_no: int
    at: datetime
    cause: Cause
    evse: int
    connector: int | None
    place_is_news: bool
    state: ChargingState
    offline: bool
    token: IdToken | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    sample: Sample | None = None
    first_sample: Sample | None = None
    stop_cause: Cause | None = None
    fault: Fault | None = None
    sampled: tuple[Sample, ...] = ()
    aligned: tuple[Sample, ...] = ()
    phases: int | None = None
    cable_max_current_a: int | None = None
    charged_s: float = 0.0
    start: TransactionStart | None = None


@define(kw_only=True)
class Transaction:
    """A transaction under way.

    Attributes:
        id: the station's own.
        token: who was permitted to charge; None while nobody was.
        connector: that the EV was connected to; None while it was not.
        next_seq_no: of the next record.
        began: when it did; what the meter showed then may be older. None where that was not kept.
        first_sample: what the meter showed at the start.
        last_sample: what the meter showed when a record last told of it.
        stop_cause: why charging ended, where it did before the transaction.
        sampled: what the meter showed now and then, oldest first, to be told at the end. It is kept
            with the next record: a power cut may take the latest ones.
        aligned: the same, at fixed times of the day.
        ready_since: when energy could flow first, which relative charging profiles count from
            (K01.FR.42).
        group_id: the group of its driver, as the CSMS said when it learned of the start.
        energy_ends_at_wh: what the meter shows when its driver, whom the CSMS refused after all,
            gets no more energy; None for one who was not refused, or gets none already.
        reservation_id: of the reservation that it ended.
        phases: on how many energy flowed when a record last told of it.
        charged_s: for how long energy had flowed by the last record, in seconds.
    """

    id: str
    token: IdToken | None = None
    connector: int | None = None
    next_seq_no: int = 0
    began: datetime | None = None
    first_sample: Sample | None = None
    last_sample: Sample | None = None
    stop_cause: Cause | None = None
    sampled: list[Sample] = Factory(list)
    aligned: list[Sample] = Factory(list)
    ready_since: datetime | None = None
    group_id: str | None = None
    energy_ends_at_wh: float | None = None
    reservation_id: int | None = None
    phases: int | None = None
    charged_s: float = 0.0

    @property
    def start(self) -> TransactionStart | None:
        """How it began; None where the meter showed nothing then."""
        first = self.first_sample
        if first is None:
            return None
        at, energy = self.began or first.at, first.reading.energy_wh
        return TransactionStart(at=at, energy_wh=energy, token=self.token)


@frozen(kw_only=True, eq=False, repr=False)
class SavedTransaction(Value):
    """What a restart needs to take a transaction up again, as it was when it last changed.

    Attributes:
        transaction: of which no more is changed.
        evse: where.
        at: when that was so.
        state: how far charging was.
        authorization: who might charge.
        refused: whether the CSMS had refused the driver, who kept the transaction.
    """

    transaction: Transaction
    evse: int
    at: datetime
    state: ChargingState
    authorization: Authorization | None = None
    refused: bool = False


def _power_path() -> frozenset[TransactionPoint]:
    return frozenset({TransactionPoint.POWER_PATH_CLOSED})


@define(kw_only=True)
class Policy:
    """What a version's configuration says of behaviour that all share; durations in seconds.

    Attributes:
        start_points: each starts a transaction.
        stop_points: each ends one.
        heartbeat_interval: of silence before a heartbeat.
        sample_interval: between meter values; 0 for none.
        ended_sample_interval: between those that the end of a transaction tells; 0 for none.
        aligned_interval: between meter values at fixed times of the day; 0 for none.
        ended_aligned_interval: between those that the end of a transaction tells; 0 for none.
        tells_sampled: whether those at `sample_interval` have anything to tell.
        tells_aligned: whether those at fixed times have anything to tell.
        aligned_in_idle: the EVSEs that tell those only while they have no transaction; with 0 among
            them, none tells while there is any transaction.
        sampled_enabled: whether meter values are told of transactions at all.
        aligned_enabled: whether any are at fixed times of the day.
        sign_sampled: whether meter values of transactions are signed, where the meter can.
        sign_aligned: whether those at fixed times are.
        connection_timeout: how long an authorized driver may take to plug in.
        limits_wait_for_driver: whether a cable that is plugged in waits no longer than that for
            its driver: it is for nobody else's token then (1.6 errata 3.20).
        stop_on_invalid_id: whether a driver whom the CSMS refuses later loses the transaction, or
            only the energy.
        energy_after_refusal_wh: how much such a driver gets before that.
        energy_before_stop: whether also one who loses the transaction does (1.6; not E05.FR.10).
        allow_offline_unknown: whether anybody may charge while the CSMS cannot be asked.
        authorize_offline: whether those may then whom the station knows.
        pre_authorize: whether those need not wait for the CSMS to be asked.
        local_list_enabled: whether the local authorization list counts.
        cache_enabled: whether the authorization cache does, and is filled.
        authorize_remote: whether a remote start asks the CSMS about its own token.
        authorizes: whether anybody has to be authorized at all (AuthCtrlr.Enabled).
        asks: whether the CSMS is ever asked about a token (DisableRemoteAuthorization).
        asks_again_of_listed: whether it is about one that the list knows not to be valid.
        asks_again_of_cached: the same of the cache (DisablePostAuthorize).
        list_expires: whether entries of the list expire (SupportsExpiryDateTime).
        tolerates_concurrent: whether a token that charges elsewhere (ConcurrentTx) is valid while
            offline.
        stops_unasked: whether a token stops what its group started without the CSMS being asked,
            where it is known here (C09.FR.07).
        has_start_button: whether a start button needs nobody's consent (C02).
        master_pass_group: the group whose tokens stop all and start nothing (C16); empty for none.
        message_attempts: how often a message is sent before it is dropped.
        message_retry_interval: after a failure, times the attempts so far.
        queue_all_messages: whether messages of no transaction wait for the CSMS too.
        stop_on_ev_disconnect: whether an EV that is unplugged loses the permission to charge.
        unlock_on_ev_disconnect: whether its cable goes free then, where the permission is lost.
        ping_interval: between pings of the websocket; 0 for none.
        connection_attempts: how often a way to the CSMS is tried before the next.
        backoff: the waits between attempts to connect.
        abandons_unlocked: whether a transaction that keeps it is given up after
            `connection_timeout` where no lock holds the cable: a fixed one, say.
        autocharge: whether an EV may charge by its own identifier.
        ignored_offline: the purposes of charging profiles that do not count while the CSMS is away.
        minimum_status_duration: how long a status lasts before the CSMS is told of it.
        offline_threshold: after how long without the CSMS it is told every status anew.
        reset_retries: how often a reset that failed is tried again.
        counts_phases: whether it is told on how many phases energy flows.
        tells_start: whether each record tells how its transaction began: another version may be
            spoken by the time that it is delivered.
    """

    heartbeat_interval: int
    sample_interval: int
    connection_timeout: int
    message_attempts: int
    message_retry_interval: int
    start_points: frozenset[TransactionPoint] = Factory(_power_path)
    stop_points: frozenset[TransactionPoint] = Factory(_power_path)
    stop_on_invalid_id: bool = True
    energy_after_refusal_wh: int = 0
    energy_before_stop: bool = True
    allow_offline_unknown: bool = False
    authorize_offline: bool = False
    pre_authorize: bool = False
    local_list_enabled: bool = False
    cache_enabled: bool = False
    authorize_remote: bool = True
    authorizes: bool = True
    asks: bool = True
    asks_again_of_listed: bool = True
    asks_again_of_cached: bool = True
    list_expires: bool = True
    tolerates_concurrent: bool = True
    stops_unasked: bool = False
    has_start_button: bool = False
    master_pass_group: str = ""
    queue_all_messages: bool = False
    ping_interval: float = 0.0
    connection_attempts: int = 3
    ended_sample_interval: int = 0
    aligned_interval: int = 0
    ended_aligned_interval: int = 0
    tells_sampled: bool = True
    tells_aligned: bool = True
    aligned_in_idle: set[int] = Factory(set)
    sampled_enabled: bool = True
    aligned_enabled: bool = True
    sign_sampled: bool = True
    sign_aligned: bool = True
    backoff: Backoff = Factory(lambda: Backoff(wait_minimum_s=5, random_range_s=5, repeat_times=5))
    stop_on_ev_disconnect: bool = True
    unlock_on_ev_disconnect: bool = True
    abandons_unlocked: bool = False
    limits_wait_for_driver: bool = False
    autocharge: bool = False
    ignored_offline: frozenset[Purpose] = frozenset()
    minimum_status_duration: int = 0
    offline_threshold: int = 300
    reset_retries: int = 1
    counts_phases: bool = False
    tells_start: bool = False

    @property
    def last_energy_wh(self) -> int:
        """How much a driver gets whom the CSMS refuses once charging has begun."""
        stops = self.stop_on_invalid_id and not self.energy_before_stop
        return 0 if stops else self.energy_after_refusal_wh
