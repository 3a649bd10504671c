"""What a station is told before it starts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from attrs import Attribute, field, frozen, validators

from ocppkit.connection.backoff import Backoff
from ocppkit.connection.client import connection_url
from ocppkit.connection.network import NetworkProfile
from ocppkit.connection.settings import check_versions
from ocppkit.message import Version
from ocppkit.rpc import MAX_SIZE
from ocppkit.security.secret import Secret, as_secret
from ocppkit.station.settings.behaviour import (
    POINTS,
    MessageLogging,
    SmartCharging,
    Storage,
    Transfer,
)
from ocppkit.station.settings.equipment import Limits, StationTable
from ocppkit.station.settings.network import Certificates
from ocppkit.station.settings.plug_and_charge import PlugAndChargeSettings
from ocppkit.station.settings.values import KeyValue, VariableValue
from ocppkit.station.transaction import Policy, TransactionPoint
from ocppkit.value import Value

__all__ = ["StationConfig"]

_BACKOFF = Backoff(wait_minimum_s=5.0, random_range_s=5.0, repeat_times=5)


def _in_order(profiles: Iterable[NetworkProfile]) -> tuple[NetworkProfile, ...]:
    return tuple(profiles)


def _url(_: object, attribute: Attribute[Any], value: str) -> None:
    if not isinstance(value, str):
        msg = f"{attribute.name}: a URL is expected, not {value!r}"
        raise TypeError(msg)
    if value:
        try:
            _ = connection_url(value, "identity")
        except ValueError as error:
            msg = f"{attribute.name}: {error}"
            raise ValueError(msg) from None


def _versions(_: object, __: Attribute[Any], value: Iterable[object]) -> None:
    check_versions(value)


def _whole(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        msg = f"{attribute.name}: an integer is expected, in seconds, not {value!r}"
        raise TypeError(msg)


def _text(_: object, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str):
        msg = f"{attribute.name}: a text is expected, not {value!r}"
        raise TypeError(msg)


@frozen(kw_only=True, eq=False, repr=False)
class StationConfig(Value):
    """The configuration of a station; durations in seconds.

    From a file: ``load("station.toml").config()`` of `ocppkit.station.settings`.

    Attributes:
        identity: the station's, as the CSMS knows it.
        csms_url: of the CSMS, without the identity; empty where there are profiles.
        profiles: the ways to the CSMS, best first; where there are none, `csms_url` makes one.
        password: for HTTP basic authentication; any bytes.
        allow_unsecured: whether 1.6 may use security profile 0.
        versions: what the station speaks, best first; the CSMS picks.
        heartbeat_interval: until the CSMS sets another.
        sample_interval: between meter values in a transaction; 0 for none.
        connection_timeout: how long an authorized driver may take to plug in.
        boot_interval: between BootNotifications where the CSMS leaves it to the station.
        call_timeout: how long the CSMS may take to answer.
        hardware_timeout: how long a method of the hardware may take.
        message_attempts: how often a transaction's message is sent before it is dropped.
        message_retry_interval: after a failure, times the attempts so far.
        backoff: the waits between attempts to connect.
        connection_attempts: how often a profile is tried before the next.
        bring_up_timeout: how long a network interface may take to come up.
        ping_interval: between pings; 0 for none.
        pong_timeout: how long the CSMS may take to answer a ping.
        unanswered_heartbeats: how many in a row end the connection; 0 for no number.
        station: what the station says of itself beyond its equipment's description.
        connect_timeout: how long a connection may take to open.
        compression: whether to offer to compress messages.
        max_message_size: the largest message that is taken, in bytes.
        queue_all_messages: whether messages of no transaction wait too while the CSMS is away.
        start_points: each starts a transaction; 1.6 has its own.
        stop_points: the end of each stops one; 1.6 has its own.
        ended_sample_interval: between the meter values that the end of a transaction tells.
        aligned_interval: between meter values at fixed times of the day; 0 for none.
        certificates: where they are.
        limits: what the grid gives.
        smart_charging: which charging profiles are taken, and when they count.
        storage: what outlives the process.
        logging: of the OCPP messages.
        transfer: how files are fetched and sent.
        plug_and_charge: what EVs are shown.
        configuration: 1.6 keys by name; they win over the fields above for 1.6.
        variables: 2.0.1 variables by name; they win over the fields above for 2.0.1.
        components: files of 2.0.1 components of the integrator's own.
    """

    identity: str = field(validator=(_text, validators.min_len(1)))
    csms_url: str = field(default="", validator=_url)
    profiles: tuple[NetworkProfile, ...] = field(default=(), converter=_in_order)
    password: Secret | None = field(default=None, converter=as_secret, hash=False)
    allow_unsecured: bool = False
    versions: tuple[Version, ...] = field(default=(Version.V201, Version.V16), validator=_versions)
    heartbeat_interval: int = field(default=300, validator=(_whole, validators.gt(0)))
    sample_interval: int = field(default=60, validator=(_whole, validators.ge(0)))
    connection_timeout: int = field(default=120, validator=validators.gt(0))
    boot_interval: int = field(default=60, validator=validators.gt(0))
    call_timeout: float = field(default=30.0, validator=validators.gt(0))
    hardware_timeout: float = field(default=5.0, validator=validators.gt(0))
    message_attempts: int = field(default=5, validator=validators.ge(1))
    message_retry_interval: int = field(default=60, validator=validators.ge(0))
    backoff: Backoff = field(default=_BACKOFF)
    connection_attempts: int = field(default=3, validator=validators.ge(1))
    bring_up_timeout: float = field(default=60.0, validator=validators.gt(0))
    ping_interval: float = field(default=60.0, validator=validators.ge(0))
    pong_timeout: float = field(default=20.0, validator=validators.gt(0))
    unanswered_heartbeats: int = field(default=1, validator=validators.ge(0))
    station: StationTable | None = None
    connect_timeout: float = field(default=10.0, validator=validators.gt(0))
    compression: bool = False
    max_message_size: int = field(default=MAX_SIZE, validator=validators.gt(0))
    queue_all_messages: bool = False
    start_points: frozenset[TransactionPoint] = field(
        default=POINTS, validator=validators.min_len(1)
    )
    stop_points: frozenset[TransactionPoint] = field(
        default=POINTS, validator=validators.min_len(1)
    )
    ended_sample_interval: int = field(default=0, validator=validators.ge(0))
    aligned_interval: int = field(default=0, validator=validators.ge(0))
    certificates: Certificates = field(factory=Certificates)
    limits: Limits = field(factory=Limits)
    smart_charging: SmartCharging = field(factory=SmartCharging)
    storage: Storage = field(factory=Storage)
    logging: MessageLogging = field(factory=MessageLogging)
    transfer: Transfer = field(factory=Transfer)
    plug_and_charge: PlugAndChargeSettings = field(factory=PlugAndChargeSettings)
    configuration: tuple[KeyValue, ...] = ()
    variables: tuple[VariableValue, ...] = ()
    components: tuple[Path, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Check what no field knows alone."""
        if bool(self.csms_url) is bool(self.profiles):
            msg = "a station has either a csms_url or profiles"
            raise ValueError(msg)
        if len({profile.slot for profile in self.profiles}) < len(self.profiles):
            msg = "profiles: each has a slot of its own"
            raise ValueError(msg)

    @property
    def network(self) -> tuple[NetworkProfile, ...]:
        """The ways to the CSMS, best first."""
        if self.profiles:
            return self.profiles
        return (NetworkProfile(slot=0, url=self.csms_url, versions=self.versions),)

    @property
    def policy(self) -> Policy:
        """What it says of behaviour that both versions share: a new one each time."""
        return Policy(
            heartbeat_interval=self.heartbeat_interval,
            sample_interval=self.sample_interval,
            aligned_interval=self.aligned_interval,
            connection_timeout=self.connection_timeout,
            message_attempts=self.message_attempts,
            message_retry_interval=self.message_retry_interval,
            queue_all_messages=self.queue_all_messages,
            ping_interval=self.ping_interval,
            connection_attempts=self.connection_attempts,
            backoff=self.backoff,
            ignored_offline=self.smart_charging.ignored_offline,
            tells_start=len({each for way in self.network for each in way.versions}) > 1,
        )
