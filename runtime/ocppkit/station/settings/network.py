"""The tables of ``station.toml`` about the way to the CSMS."""

from __future__ import annotations

from pathlib import Path

from attrs import field, frozen

from ocppkit.message import Version
from ocppkit.rpc import MAX_SIZE
from ocppkit.security.secret import Secret
from ocppkit.station.settings.about import (
    FLAG,
    SECRET,
    about,
    choice,
    folder,
    integer,
    items,
    number,
    repeated,
    table,
    text,
    url,
)
from ocppkit.value import Value

__all__ = ["FIRST_SLOT", "INTERFACES", "BackoffSettings", "Certificates", "Csms", "ProfileSettings"]

INTERFACES = tuple(f"{kind}{number}" for kind in ("Wired", "Wireless") for number in range(4))
"""The network interfaces, as 2.0.1 names them (OCPPInterfaceEnumType)."""

FIRST_SLOT = 0
"""The slot of the only way to the CSMS."""

_COMM = "OCPPCommCtrlr"
_VERSIONS = items(choice({"2.0.1": Version.V201, "1.6": Version.V16}))


@frozen(kw_only=True, eq=False, repr=False)
class BackoffSettings(Value):
    """The waits between attempts to connect: a base that doubles, and a random part."""

    wait_minimum: int = field(
        default=5,
        metadata=about(
            "The base of the first wait.",
            integer(0),
            unit="s",
            variable=(_COMM, "RetryBackOffWaitMinimum"),
        ),
    )
    random_range: int = field(
        default=5,
        metadata=about(
            "The largest random part, drawn anew each time.",
            integer(0),
            unit="s",
            variable=(_COMM, "RetryBackOffRandomRange"),
        ),
    )
    repeat_times: int = field(
        default=5,
        metadata=about(
            "How often the base doubles before it stays.",
            integer(0, 30),
            variable=(_COMM, "RetryBackOffRepeatTimes"),
        ),
    )


@frozen(kw_only=True, eq=False, repr=False)
class ProfileSettings(Value):
    """A way to a CSMS, in a slot that 2.0.1 can fill anew (B09)."""

    slot: int = field(metadata=about("The number of its slot.", integer(0), example=1))
    url: str = field(
        metadata=about(
            "The CSMS, without the identity.", url(), example="wss://csms.example.com/ocpp"
        )
    )
    versions: tuple[Version, ...] | None = field(
        default=None,
        metadata=about(
            "What is offered there, best first; `csms.versions` unless set.",
            _VERSIONS,
            example=(Version.V201,),
        ),
    )
    security_profile: int | None = field(
        default=None,
        metadata=about("`csms.security_profile` unless set.", integer(0, 3), example=2),
    )
    message_timeout: int | None = field(
        default=None,
        metadata=about("`csms.message_timeout` unless set.", integer(1), unit="s", example=30),
    )
    interface: str | None = field(
        default=None,
        metadata=about(
            "The network interface; whatever the system has unless set.",
            choice({each: each for each in INTERFACES}),
            example="Wired0",
        ),
    )


@frozen(kw_only=True, eq=False, repr=False)
class Csms(Value):
    """The way to the CSMS."""

    url: str | None = field(
        default=None,
        metadata=about(
            "The CSMS, without the identity; short for one profile in slot 0.",
            url(),
            example="ws://localhost:9000",
        ),
    )
    versions: tuple[Version, ...] = field(
        default=(Version.V201, Version.V16),
        metadata=about("What the station speaks, best first; the CSMS picks.", _VERSIONS),
    )
    security_profile: int | None = field(
        default=None,
        metadata=about(
            "0: plain; 1: password; 2: TLS and password; 3: TLS with certificates of both; unless "
            "set, what URL and password make it.",
            integer(0, 3),
            example=1,
            key="SecurityProfile",
            variable=("SecurityCtrlr", "SecurityProfile"),
        ),
    )
    password: Secret | None = field(
        default=None,
        metadata=about(
            "For HTTP basic authentication; `hex:` before what is no text (1.6 AuthorizationKey).",
            SECRET,
            example="0123456789ABCDEF",
        ),
    )
    allow_unsecured: bool = field(
        default=False,
        metadata=about("1.6 only: whether security profile 0 may be used.", FLAG),
    )
    priority: tuple[int, ...] | None = field(
        default=None,
        metadata=about(
            "The slots of the profiles, best first; their order in the file unless set.",
            items(integer(0)),
            example=(1,),
            variable=(_COMM, "NetworkConfigurationPriority"),
        ),
    )
    connection_attempts: int = field(
        default=3,
        metadata=about(
            "How often a profile is tried before the next.",
            integer(1),
            variable=(_COMM, "NetworkProfileConnectionAttempts"),
        ),
    )
    message_timeout: int = field(
        default=30,
        metadata=about(
            "How long the CSMS may take to answer.",
            integer(1),
            unit="s",
            variable=(_COMM, "MessageTimeout", "Default"),
        ),
    )
    connect_timeout: float = field(
        default=10.0,
        metadata=about("How long a connection may take to open.", number(above=0), unit="s"),
    )
    boot_interval: int = field(
        default=60,
        metadata=about(
            "Between BootNotifications where the CSMS leaves it to the station.",
            integer(1),
            unit="s",
        ),
    )
    heartbeat_interval: int = field(
        default=300,
        metadata=about(
            "Between heartbeats until the CSMS sets another.",
            integer(1),
            unit="s",
            key="HeartbeatInterval",
            variable=(_COMM, "HeartbeatInterval"),
        ),
    )
    ping_interval: int = field(
        default=60,
        metadata=about(
            "Between websocket pings; 0 for none.",
            integer(0),
            unit="s",
            key="WebSocketPingInterval",
            variable=(_COMM, "WebSocketPingInterval"),
        ),
    )
    pong_timeout: float = field(
        default=20.0,
        metadata=about(
            "How long to wait for a pong before the connection counts as lost.",
            number(above=0),
            unit="s",
        ),
    )
    unanswered_heartbeats: int = field(
        default=1,
        metadata=about(
            "How many heartbeats in a row without an answer end the connection; 0 for no number.",
            integer(0),
        ),
    )
    bring_up_timeout: float = field(
        default=60.0,
        metadata=about(
            "How long a network interface may take to come up.", number(above=0), unit="s"
        ),
    )
    compression: bool = field(
        default=False, metadata=about("Whether to offer to compress messages.", FLAG)
    )
    max_message_size: int = field(
        default=MAX_SIZE,
        metadata=about("The largest message that is taken.", integer(1), unit="bytes"),
    )
    backoff: BackoffSettings = field(
        default=BackoffSettings(),
        metadata=about("The waits between attempts to connect.", table(BackoffSettings)),
    )
    profiles: tuple[ProfileSettings, ...] = field(
        default=(),
        metadata=about("The ways to the CSMS, where one is not enough.", repeated(ProfileSettings)),
    )


@frozen(kw_only=True, eq=False, repr=False)
class Certificates(Value):
    """Where certificates are; a CA folder holds PEM files."""

    csms_ca: Path | None = field(
        default=None,
        metadata=about("Roots that the CSMS is checked with.", folder(), example="ca/csms"),
    )
    manufacturer_ca: Path | None = field(
        default=None,
        metadata=about("Roots that firmware is checked with.", folder(), example="ca/mf"),
    )
    v2g_ca: Path | None = field(
        default=None, metadata=about("V2G roots, for ISO 15118.", folder(), example="ca/v2g")
    )
    mo_ca: Path | None = field(
        default=None,
        metadata=about("Roots of mobility operators, for contracts.", folder(), example="ca/mo"),
    )
    own: Path | None = field(
        default=None,
        metadata=about("The station's own chains and keys.", folder(), example="own"),
    )
    system_roots: bool = field(
        default=False,
        metadata=about("Whether the system's roots also vouch for the CSMS.", FLAG),
    )
    allow_wildcards: bool = field(
        default=False,
        metadata=about(
            "Whether the CSMS's certificate may have a wildcard in its name.",
            FLAG,
            variable=("SecurityCtrlr", "AllowCSMSTLSWildcards"),
        ),
    )
    organization: str | None = field(
        default=None,
        metadata=about(
            "The organization in the station's certificate.",
            text(),
            example="Example Charging",
            key="CpoName",
            variable=("SecurityCtrlr", "OrganizationName"),
        ),
    )
    renew_before: int = field(
        default=30,
        metadata=about(
            "How long before its end the station's certificate is renewed.",
            integer(1, 3650),
            unit="days",
        ),
    )
