"""What a station is told before it starts."""

from __future__ import annotations

from attrs import field, frozen, validators

from ocppkit.connection.backoff import Backoff
from ocppkit.message import Version

__all__ = ["StationConfig"]

_BACKOFF = Backoff(wait_minimum_s=5.0, random_range_s=5.0, repeat_times=5)


@frozen(kw_only=True)
class StationConfig:
    """The configuration of a station; durations in seconds.

    Attributes:
        identity: the station's, as the CSMS knows it.
        csms_url: of the CSMS, without the identity.
        password: for HTTP basic authentication; any bytes.
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
    """

    identity: str = field(validator=validators.min_len(1))
    csms_url: str
    password: bytes | None = field(default=None, repr=False)
    versions: tuple[Version, ...] = field(
        default=(Version.V201, Version.V16), validator=validators.min_len(1)
    )
    heartbeat_interval: int = field(default=300, validator=validators.gt(0))
    sample_interval: int = field(default=60, validator=validators.ge(0))
    connection_timeout: int = field(default=120, validator=validators.gt(0))
    boot_interval: int = field(default=60, validator=validators.gt(0))
    call_timeout: float = field(default=30.0, validator=validators.gt(0))
    hardware_timeout: float = field(default=5.0, validator=validators.gt(0))
    message_attempts: int = field(default=5, validator=validators.ge(1))
    message_retry_interval: int = field(default=60, validator=validators.ge(0))
    backoff: Backoff = field(default=_BACKOFF)
