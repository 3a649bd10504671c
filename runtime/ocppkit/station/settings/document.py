"""The whole of ``station.toml``, and what the station makes of it."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from ocppkit.connection.backoff import Backoff
from ocppkit.connection.network import NetworkProfile, prioritised
from ocppkit.station.config import StationConfig
from ocppkit.station.hardware import (
    ConnectorDescription,
    EvseDescription,
    StationDescription,
)
from ocppkit.station.settings.about import Kind, about, repeated, table
from ocppkit.station.settings.behaviour import (
    MessageLogging,
    SmartCharging,
    Storage,
    Transactions,
    Transfer,
)
from ocppkit.station.settings.device_model import DeviceModelSettings
from ocppkit.station.settings.entries import read_configuration, read_variables
from ocppkit.station.settings.equipment import EvseSettings, Limits, StationTable
from ocppkit.station.settings.network import (
    FIRST_SLOT,
    Certificates,
    Csms,
    ProfileSettings,
)
from ocppkit.station.settings.plug_and_charge import PlugAndChargeSettings
from ocppkit.station.settings.simulation import Simulation
from ocppkit.station.settings.values import KeyValue, Origin, VariableValue
from ocppkit.value import Value

__all__ = ["StationSettings", "V16Table", "V201Table"]


@frozen(kw_only=True, eq=False, repr=False)
class V16Table(Value):
    """What only 1.6 has."""

    configuration: tuple[KeyValue, ...] = field(
        default=(),
        metadata=about(
            "Configuration keys by name: a value, or a table of `value`, `mutability`, `custom`.",
            Kind(expected="a table", read=read_configuration),
        ),
    )


@frozen(kw_only=True, eq=False, repr=False)
class V201Table(Value):
    """What only 2.0.1 has."""

    variables: tuple[VariableValue, ...] = field(
        default=(),
        metadata=about(
            "Variables by component and name: a value, or a table of `value`, `mutability`, "
            "`evse`, `connector`, `custom`, or an array of such tables.",
            Kind(expected="a table of tables", read=read_variables),
        ),
    )


@frozen(kw_only=True, eq=False, repr=False)
class StationSettings(Value):
    """Everything that ``station.toml`` says: the factory defaults of a station."""

    station: StationTable = field(
        metadata=about("Who the station is.", table(StationTable)),
    )
    csms: Csms = field(metadata=about("The way to the CSMS.", table(Csms)))
    certificates: Certificates = field(
        default=Certificates(),
        metadata=about("Where certificates are; a CA folder holds PEM files.", table(Certificates)),
    )
    limits: Limits = field(
        default=Limits(),
        metadata=about("What the grid gives the station as a whole.", table(Limits)),
    )
    smart_charging: SmartCharging = field(
        default=SmartCharging(),
        metadata=about(
            "Which charging profiles are taken, and when they count.", table(SmartCharging)
        ),
    )
    transactions: Transactions = field(
        default=Transactions(),
        metadata=about(
            "When transactions start and stop, and what is told of them.", table(Transactions)
        ),
    )
    storage: Storage = field(
        default=Storage(), metadata=about("What outlives the process.", table(Storage))
    )
    logging: MessageLogging = field(
        default=MessageLogging(),
        metadata=about("The log of the OCPP messages, a line a message.", table(MessageLogging)),
    )
    transfer: Transfer = field(
        default=Transfer(),
        metadata=about(
            "How firmware is fetched, and logs and diagnostics are sent.", table(Transfer)
        ),
    )
    plug_and_charge: PlugAndChargeSettings = field(
        default=PlugAndChargeSettings(),
        metadata=about(
            "The certificate that EVs are shown, and what is told of it.",
            table(PlugAndChargeSettings),
        ),
    )
    device_model: DeviceModelSettings = field(
        default=DeviceModelSettings(),
        metadata=about(
            "What is in the device model of 2.0.1 beside the station's own.",
            table(DeviceModelSettings),
        ),
    )
    evse: tuple[EvseSettings, ...] = field(
        default=(EvseSettings(),),
        metadata=about("The EVSEs, numbered from 1.", repeated(EvseSettings)),
    )
    simulation: Simulation = field(
        default=Simulation(),
        metadata=about(
            "What simulated equipment has; of no account for any other.", table(Simulation)
        ),
    )
    v16: V16Table = field(default=V16Table(), metadata=about("What only 1.6 has.", table(V16Table)))
    v201: V201Table = field(
        default=V201Table(), metadata=about("What only 2.0.1 has.", table(V201Table))
    )

    origins: Mapping[str, Origin] = field(factory=dict, eq=False, repr=False)
    """Where the settings come from that are no defaults: ``"csms.url"`` → file."""

    def network_profiles(self) -> tuple[NetworkProfile, ...]:
        """The ways to the CSMS with everything filled in, best first."""
        csms = self.csms
        told = csms.profiles or (ProfileSettings(slot=FIRST_SLOT, url=csms.url or ""),)
        profiles = [
            NetworkProfile(
                slot=profile.slot,
                url=profile.url,
                versions=profile.versions or csms.versions,
                security_profile=(
                    csms.security_profile
                    if profile.security_profile is None
                    else profile.security_profile
                ),
                interface=profile.interface,
                message_timeout=profile.message_timeout or csms.message_timeout,
            )
            for profile in told
        ]
        return prioritised(profiles, csms.priority or [profile.slot for profile in profiles])

    def config(self) -> StationConfig:
        """What `ChargingStation` is told."""
        csms, transactions = self.csms, self.transactions
        return StationConfig(
            identity=self.station.identity,
            profiles=self.network_profiles(),
            password=csms.password,
            allow_unsecured=csms.allow_unsecured,
            versions=csms.versions,
            heartbeat_interval=csms.heartbeat_interval,
            sample_interval=transactions.sample_interval,
            connection_timeout=transactions.ev_connection_timeout,
            boot_interval=csms.boot_interval,
            call_timeout=float(csms.message_timeout),
            hardware_timeout=self.station.hardware_timeout,
            message_attempts=transactions.message_attempts,
            message_retry_interval=transactions.message_retry_interval,
            backoff=Backoff(
                wait_minimum_s=float(csms.backoff.wait_minimum),
                random_range_s=float(csms.backoff.random_range),
                repeat_times=csms.backoff.repeat_times,
            ),
            connection_attempts=csms.connection_attempts,
            bring_up_timeout=csms.bring_up_timeout,
            ping_interval=float(csms.ping_interval),
            pong_timeout=csms.pong_timeout,
            unanswered_heartbeats=csms.unanswered_heartbeats,
            station=self.station,
            connect_timeout=csms.connect_timeout,
            compression=csms.compression,
            max_message_size=csms.max_message_size,
            queue_all_messages=transactions.queue_all_messages,
            start_points=transactions.start_points,
            stop_points=transactions.stop_points,
            ended_sample_interval=transactions.ended_sample_interval,
            aligned_interval=transactions.aligned_interval,
            certificates=self.certificates,
            limits=self.limits,
            smart_charging=self.smart_charging,
            storage=self.storage,
            logging=self.logging,
            transfer=self.transfer,
            plug_and_charge=self.plug_and_charge,
            configuration=self.v16.configuration,
            variables=self.v201.variables,
            components=self.device_model.files,
        )

    def description(self) -> StationDescription:
        """What simulated equipment says of itself."""
        return StationDescription(
            vendor=self.station.vendor,
            model=self.station.model,
            serial_number=self.station.serial_number,
            firmware_version=self.station.firmware_version,
            evses=tuple(
                EvseDescription(
                    connectors=tuple(
                        ConnectorDescription(type=each.type, tethered=each.tethered)
                        for each in evse.connector
                    ),
                    max_power_w=evse.power_w(),
                    phases=evse.phases,
                )
                for evse in self.evse
            ),
        )
