"""The tables of ``station.toml`` about what the station does."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from attrs import field, frozen

from ocppkit.smart_charging.terms import Purpose, Unit
from ocppkit.station.settings.about import (
    FLAG,
    about,
    choice,
    folder,
    integer,
    items,
    number,
)
from ocppkit.station.transaction import TransactionPoint
from ocppkit.value import Value

__all__ = [
    "POINTS",
    "AfterPowerLoss",
    "MessageLogging",
    "OnReset",
    "Protocol",
    "SmartCharging",
    "Storage",
    "Transactions",
    "Transfer",
    "UploadMethod",
]

_COMM = "OCPPCommCtrlr"
_SMART = "SmartChargingCtrlr"
_POINTS = items(choice(TransactionPoint), frozenset)
_STOP_POINTS = items(
    choice({each.value: each for each in TransactionPoint if each.stops}), frozenset
)

POINTS = frozenset({TransactionPoint.EV_CONNECTED, TransactionPoint.AUTHORIZED})
"""A transaction starts with the cable or the token, whichever comes first, and ends when either
goes: the CSMS sees all of a visit (E02, E03), and a driver who stops sees the end at once."""


class OnReset(StrEnum):
    """What a Reset from the CSMS does once everything due was delivered."""

    RESTART = "restart"
    """The station starts anew inside the process."""
    EXIT = "exit"
    """The process ends with exit code 0, for a supervisor that starts it again."""


class AfterPowerLoss(StrEnum):
    """What becomes of a transaction whose EV is still there after a power cut."""

    RESUME = "resume"
    """It goes on, where the equipment knows that the EV was there all the time."""
    END = "end"
    """It ends with the reason PowerLoss."""


class Protocol(StrEnum):
    """How files are fetched and sent (FileTransferProtocols, SupportedFileTransferProtocols)."""

    FTP = "FTP"
    FTPS = "FTPS"
    HTTP = "HTTP"
    HTTPS = "HTTPS"
    SFTP = "SFTP"


class UploadMethod(StrEnum):
    """How a file is sent by HTTP."""

    POST = "POST"
    PUT = "PUT"


@frozen(kw_only=True, eq=False, repr=False)
class SmartCharging(Value):
    """Which charging profiles are taken, and when they count."""

    enabled: bool = field(
        default=True,
        metadata=about(
            "Whether charging profiles count; limits of the grid always do.",
            FLAG,
            variable=(_SMART, "Enabled"),
        ),
    )
    max_stack_level: int = field(
        default=20,
        metadata=about(
            "The highest stack level of a profile.",
            integer(0),
            key="ChargeProfileMaxStackLevel",
            variable=(_SMART, "ProfileStackLevel"),
        ),
    )
    max_periods: int = field(
        default=1024,
        metadata=about(
            "How many periods a schedule may have.",
            integer(1),
            key="ChargingScheduleMaxPeriods",
            variable=(_SMART, "PeriodsPerSchedule"),
        ),
    )
    max_profiles: int = field(
        default=100,
        metadata=about(
            "How many profiles may be installed.", integer(1), key="MaxChargingProfilesInstalled"
        ),
    )
    units: tuple[Unit, ...] = field(
        default=(Unit.A, Unit.W),
        metadata=about(
            "What limits may be given in.", items(choice(Unit)), variable=(_SMART, "RateUnit")
        ),
    )
    phases_3_to_1: bool = field(
        default=False,
        metadata=about(
            "Whether the equipment can go from three phases to one while an EV charges.",
            FLAG,
            key="ConnectorSwitch3to1PhaseSupported",
            variable=(_SMART, "Phases3to1"),
        ),
    )
    phase_switching: bool = field(
        default=False,
        metadata=about(
            "2.0.1 only: whether the equipment can choose the phase of an EV that uses one.",
            FLAG,
            variable=(_SMART, "ACPhaseSwitchingSupported"),
        ),
    )
    ignored_offline: frozenset[Purpose] = field(
        default=frozenset(),
        metadata=about(
            "Profiles that do not count while the CSMS is away.",
            items(choice(Purpose), frozenset, least=0),
        ),
    )


@frozen(kw_only=True, eq=False, repr=False)
class Transactions(Value):
    """When transactions start and stop, and what is told of them."""

    start_points: frozenset[TransactionPoint] = field(
        default=POINTS,
        metadata=about(
            "2.0.1 only: each starts one.", _POINTS, variable=("TxCtrlr", "TxStartPoint")
        ),
    )
    stop_points: frozenset[TransactionPoint] = field(
        default=POINTS,
        metadata=about(
            "2.0.1 only: the end of each stops one.",
            _STOP_POINTS,
            variable=("TxCtrlr", "TxStopPoint"),
        ),
    )
    ev_connection_timeout: int = field(
        default=120,
        metadata=about(
            "How long an authorized driver may take to plug in.",
            integer(1),
            unit="s",
            key="ConnectionTimeOut",
            variable=("TxCtrlr", "EVConnectionTimeOut"),
        ),
    )
    sample_interval: int = field(
        default=60,
        metadata=about(
            "Between meter values in a transaction; 0 for none.",
            integer(0),
            unit="s",
            key="MeterValueSampleInterval",
            variable=("SampledDataCtrlr", "TxUpdatedInterval"),
        ),
    )
    ended_sample_interval: int = field(
        default=0,
        metadata=about(
            "2.0.1 only: between the meter values that the end of a transaction tells; 0 for none.",
            integer(0),
            unit="s",
            variable=("SampledDataCtrlr", "TxEndedInterval"),
        ),
    )
    aligned_interval: int = field(
        default=0,
        metadata=about(
            "Between meter values at fixed times of the day; 0 for none.",
            integer(0, 86_400),
            unit="s",
            key="ClockAlignedDataInterval",
            variable=("AlignedDataCtrlr", "Interval"),
        ),
    )
    message_attempts: int = field(
        default=5,
        metadata=about(
            "How often a transaction's message is sent before it is dropped.",
            integer(1),
            key="TransactionMessageAttempts",
            variable=(_COMM, "MessageAttempts", "TransactionEvent"),
        ),
    )
    message_retry_interval: int = field(
        default=60,
        metadata=about(
            "After a failure, times the attempts so far.",
            integer(0),
            unit="s",
            key="TransactionMessageRetryInterval",
            variable=(_COMM, "MessageAttemptInterval", "TransactionEvent"),
        ),
    )
    queue_all_messages: bool = field(
        default=False,
        metadata=about(
            "Whether messages of no transaction wait too while the CSMS is away.",
            FLAG,
            variable=(_COMM, "QueueAllMessages"),
        ),
    )


@frozen(kw_only=True, eq=False, repr=False)
class Storage(Value):
    """What outlives the process."""

    state_dir: Path | None = field(
        default=None,
        metadata=about(
            "Holds all that must survive a power cut; in memory only unless set.",
            folder(),
            example="state",
        ),
    )
    on_reset: OnReset = field(
        default=OnReset.RESTART,
        metadata=about("What a Reset from the CSMS does in the end.", choice(OnReset)),
    )
    after_power_loss: AfterPowerLoss = field(
        default=AfterPowerLoss.RESUME,
        metadata=about(
            "What becomes of a transaction that a power cut interrupts, if its EV is still there.",
            choice(AfterPowerLoss),
        ),
    )


@frozen(kw_only=True, eq=False, repr=False)
class MessageLogging(Value):
    """The log of the OCPP messages, a line a message."""

    enabled: bool = field(
        default=True,
        metadata=about("Whether messages are written, where there is a place for them.", FLAG),
    )
    messages: Path | None = field(
        default=None,
        metadata=about(
            "The file that messages are written to; `log/messages.jsonl` in `storage.state_dir` "
            "unless set, and none without either.",
            folder("file"),
            example="log/messages.jsonl",
        ),
    )
    max_size: int = field(
        default=10_000_000,
        metadata=about("A file is set aside before it grows larger.", integer(1), unit="bytes"),
    )
    keep: int = field(default=5, metadata=about("How many files set aside are kept.", integer(0)))
    daily: bool = field(
        default=False, metadata=about("Whether a file is also set aside when the day ends.", FLAG)
    )
    keep_tokens: bool = field(
        default=False,
        metadata=about("Whether id tokens are written in full; shortened otherwise.", FLAG),
    )


@frozen(kw_only=True, eq=False, repr=False)
class Transfer(Value):
    """How firmware is fetched, and logs and diagnostics are sent."""

    protocols: tuple[Protocol, ...] = field(
        default=(Protocol.HTTPS, Protocol.HTTP, Protocol.FTPS, Protocol.FTP),
        metadata=about(
            "What the station may use.",
            items(choice(Protocol)),
            key="SupportedFileTransferProtocols",
            variable=(_COMM, "FileTransferProtocols"),
        ),
    )
    connect_timeout: float = field(
        default=10.0,
        metadata=about("How long a connection may take to open.", number(above=0), unit="s"),
    )
    idle_timeout: float = field(
        default=30.0,
        metadata=about("How long nothing may arrive before it failed.", number(above=0), unit="s"),
    )
    retries: int = field(
        default=3,
        metadata=about("How often it is tried again where the CSMS does not say.", integer(0)),
    )
    retry_interval: int = field(
        default=60,
        metadata=about("Between attempts where the CSMS does not say.", integer(0), unit="s"),
    )
    ftp_passive: bool = field(
        default=True, metadata=about("Whether FTP opens its data connections from here.", FLAG)
    )
    upload_method: UploadMethod = field(
        default=UploadMethod.PUT,
        metadata=about("How HTTP sends a file.", choice(UploadMethod)),
    )
    max_redirects: int = field(
        default=5, metadata=about("How many HTTP redirects are followed.", integer(0))
    )
    min_throughput: float = field(
        default=100.0,
        metadata=about(
            "What a transfer has to achieve over five minutes, or it failed; 0 for anything.",
            number(minimum=0),
            unit="B/s",
        ),
    )
    known_hosts: Path | None = field(
        default=None,
        metadata=about(
            "The keys of SFTP servers, as OpenSSH has them; `~/.ssh/known_hosts` unless set.",
            folder("file"),
            example="known_hosts",
        ),
    )
