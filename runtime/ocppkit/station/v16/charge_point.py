"""The 1.6 half of a station: its profiles, put together, and what it says by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from attrs import evolve

from ocppkit.message import Handler, Request, Response, Version
from ocppkit.station.capabilities import Capability
from ocppkit.station.clock_aligned import MAIN_METER
from ocppkit.station.core import StationCore
from ocppkit.station.data_transfer import DataTransferAnswer, DataTransferMessage
from ocppkit.station.dialect import BootReason
from ocppkit.station.id_token import IdToken
from ocppkit.station.introducing import BY_ID, introduction, number_of
from ocppkit.station.link import BootAnswer, Registration
from ocppkit.station.on_site import Setting, SettingName
from ocppkit.station.reporter import StatusReporter
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.station.transaction import Sample, TransactionRecord
from ocppkit.station.v16.authorization_keys import (
    LIST_LENGTH,
    UPDATE_LENGTH,
    authorization_keys,
    length,
)
from ocppkit.station.v16.autocharge import autocharge_keys
from ocppkit.station.v16.configuration import Configuration
from ocppkit.station.v16.connectors import Condition, Connectors
from ocppkit.station.v16.core import CoreProfile, send_data_transfer
from ocppkit.station.v16.core_keys import core_keys
from ocppkit.station.v16.cost import Cost
from ocppkit.station.v16.cost_keys import cost_keys
from ocppkit.station.v16.deferred_profiles import local_auth_list, reservation, smart_charging
from ocppkit.station.v16.file_messages import FileMessages, file_keys
from ocppkit.station.v16.id_tags import IdTags, answer_of
from ocppkit.station.v16.keys import keys
from ocppkit.station.v16.meter_values import Measurands, meter_value
from ocppkit.station.v16.plug_and_charge import PlugAndCharge
from ocppkit.station.v16.remote_trigger import RemoteTriggerProfile
from ocppkit.station.v16.reservation_keys import ANYWHERE, reservation_keys
from ocppkit.station.v16.security_half import SecurityHalf
from ocppkit.station.v16.smart_charging_keys import smart_charging_keys
from ocppkit.station.v16.transactions import Transactions
from ocppkit.v16 import (
    AuthorizeRequest,
    BootNotificationRequest,
    HeartbeatRequest,
    MessageTrigger,
    MessageTriggerEnumType,
    MeterValuesRequest,
    ReadingContext,
    StartTransactionResponse,
    StatusNotificationRequest,
)

__all__ = ["ChargePoint"]

_LONGEST_VENDOR: Final = 20  # characters, where 2.0.1 takes 50
_LONGEST_FAULT: Final = 50  # characters, of info and vendorErrorCode (1.6 §6.47)


class ChargePoint:
    """A `Dialect` that speaks 1.6.

    Attributes:
        version: 1.6.
        policy: as the configuration keys have it.
        contracts: Plug & Charge.
        ev_certificate: asks the CSMS for a contract certificate on behalf of an EV.
    """

    def __init__(self, *, core: StationCore) -> None:
        config = core.config
        self.version = Version.V16
        self.policy = evolve(
            config.policy,
            authorize_offline=True,
            limits_wait_for_driver=True,
            local_list_enabled=True,
            cache_enabled=True,
        )
        self._core = core
        self._connectors = Connectors(core)
        self._smart_charging = smart_charging(core)
        self._security = SecurityHalf(core=core)
        self._files = FileMessages(core)
        self._measurands = Measurands()
        self._id_tags = IdTags(core=core, connectors=self._connectors)
        self._plug_and_charge = PlugAndCharge(
            core=core, renewals=self._security.policy, learn=self._id_tags.take_up
        )
        self.contracts = self._plug_and_charge.contracting
        self.ev_certificate = self._plug_and_charge.ev_certificate
        self._security.on_wake(self.contracts.wake)
        self._transactions = Transactions(
            core=core,
            connectors=self._connectors,
            measurands=self._measurands,
            id_tags=self._id_tags,
        )
        self._reporter = StatusReporter(
            statuses=self._connectors.conditions,
            send=self._send_status,
            online=lambda: core.online and core.dialect is self,
            now=core.now,
            steady=lambda: self.policy.minimum_status_duration,
            environment=core.environment,
        )
        cost_settings, price_keys = cost_keys(
            displays=core.hardware.can(Capability.DISPLAY), told=config.configuration
        )
        self._cost = Cost(
            core=core,
            connectors=self._connectors,
            measurands=self._measurands,
            settings=cost_settings,
            told=self._told,
        )
        self._configuration = Configuration(
            keys(
                self.policy,
                connectors=len(self._connectors),
                profiles=",".join(self._feature_profiles),
                measurands=self._measurands,
                sample_anew=self._sample_anew,
                align_anew=core.clock_aligned.align_anew,
                hurry=core.hurry.set,
                lockable=core.hardware.any_locks,
                reconsider=core.delivery.reconsider,
                connecting=lambda: core.adopt_connecting(self.policy),
            )
            + core_keys(
                self.policy,
                phases=self._connectors.phases,
                restate=self._reporter.reconsider,
            )
            + smart_charging_keys(self.policy, config.smart_charging, reconsider=core.limits.wake)
            + authorization_keys(self.policy, max_message_size=config.max_message_size)
            + reservation_keys()
            + file_keys(config.transfer)
            + autocharge_keys(self.policy)
            + price_keys
            + self._plug_and_charge.keys()
            + self._security.keys(),
            told=[each for each in config.configuration if self._plug_and_charge.counts(each)],
            kept=core.kept,
        )

    @property
    def _feature_profiles(self) -> list[str]:
        smart = ["SmartCharging"] if self._core.config.smart_charging.enabled else []
        firmware = ["FirmwareManagement"] if self._files.takes_firmware else []
        always = ["LocalAuthListManagement", "RemoteTrigger", "Reservation"]
        return ["Core", *firmware, *always, *smart]

    @property
    def secrets(self) -> frozenset[str]:
        """The keys that may only be written."""
        return self._configuration.secrets

    def handlers(self) -> Iterable[Handler]:
        """A handler a profile."""
        smart = self._core.config.smart_charging.enabled
        return [
            *([self._smart_charging] if smart else []),
            *self._security.handlers(
                {
                    **self._files.extended_messages(),
                    MessageTriggerEnumType.BOOT_NOTIFICATION: self._trigger_boot,
                    MessageTriggerEnumType.HEARTBEAT: self._trigger_heartbeat,
                    MessageTriggerEnumType.METER_VALUES: self._trigger_meter_values,
                    MessageTriggerEnumType.STATUS_NOTIFICATION: self._trigger_status,
                },
                has_connector=lambda number: number in self._connectors,
            ),
            *self._files.handlers(),
            CoreProfile(
                core=self._core,
                connectors=self._connectors,
                transactions=self._transactions,
                configuration=self._configuration,
                smart_charging=(lambda: self._smart_charging.made) if smart else None,
            ),
            RemoteTriggerProfile(
                messages={
                    **self._files.messages(),
                    MessageTrigger.BOOT_NOTIFICATION: self._trigger_boot,
                    MessageTrigger.HEARTBEAT: self._trigger_heartbeat,
                    MessageTrigger.METER_VALUES: self._trigger_meter_values,
                    MessageTrigger.STATUS_NOTIFICATION: self._trigger_status,
                },
                has_connector=lambda number: number == 0 or number in self._connectors,
                settled=lambda: self._core.link.boot.settled,
            ),
            local_auth_list(
                book=self._id_tags.book,
                enabled=lambda: self.policy.local_list_enabled,
                most=lambda: length(self._configuration, LIST_LENGTH),
                most_sent=lambda: length(self._configuration, UPDATE_LENGTH),
            ),
            reservation(
                core=self._core,
                connectors=self._connectors,
                accepts=lambda: "Reservation" in self._told("SupportedFeatureProfiles"),
                anywhere=lambda: self._told(ANYWHERE) == "true",
            ),
        ]

    async def run(self) -> None:
        """Tell the CSMS of statuses and of what concerns security, and renew the certificate."""
        async with asyncio.TaskGroup() as tasks:
            _ = tasks.create_task(self._cost.resume(), name="cost and price")
            _ = tasks.create_task(self._reporter.run(), name="statuses")
            _ = tasks.create_task(self._security.run(), name="security")
            _ = tasks.create_task(self.contracts.run(), name="Plug & Charge")

    async def boot(self, reason: BootReason) -> BootAnswer:  # noqa: ARG002  # 1.6 does not tell
        """Send a BootNotification (1.6 §4.2)."""
        description = self._core.hardware.description
        more = self._core.config.station
        response = await self._core.link.call(
            BootNotificationRequest(
                charge_point_vendor=description.vendor[:_LONGEST_VENDOR],
                charge_point_model=description.model,
                charge_point_serial_number=description.serial_number,
                charge_box_serial_number=more.charge_box_serial_number if more else None,
                firmware_version=description.firmware_version,
                iccid=more.iccid if more else None,
                imsi=more.imsi if more else None,
                meter_serial_number=more.meter_serial_number if more else None,
                meter_type=more.meter_type if more else None,
            ),
            asked=True,
        )
        return BootAnswer(
            registration=Registration(response.status.value),
            interval=response.interval,
            current_time=response.current_time,
        )

    async def heartbeat(self) -> datetime:
        """Send a Heartbeat (1.6 §4.6)."""
        response = await self._core.link.call(HeartbeatRequest(), asked=True)
        return response.current_time

    def online(self, *, booted: bool) -> None:
        """Tell of all connectors after a boot, else of what changed meanwhile (1.6 §4.9)."""
        self._reporter.report(everything=booted)

    def changed(self, evse: int) -> None:  # noqa: ARG002  # there are few connectors
        """Tell of what changed."""
        self._reporter.note()

    async def authorize(self, token: IdToken) -> AuthorizationAnswer:
        """Ask the CSMS (1.6 §4.1)."""
        response = await self._core.link.call(AuthorizeRequest(id_tag=token.value))
        await self._id_tags.learn(token, response.id_tag_info)
        return answer_of(response.id_tag_info)

    def setting(self, name: SettingName, *, attribute: str = "Actual") -> Setting:
        """A configuration key."""
        return self._configuration.setting(name, attribute=attribute)

    def restore(self) -> None:
        """Take up the configuration keys that were set."""
        self._configuration.restore()

    async def adopt_heartbeat(self, interval: int) -> None:
        """Take over the interval of a BootNotification's answer (1.6 §4.2)."""
        self.policy.heartbeat_interval = interval
        await self._configuration.keep("HeartbeatInterval", str(interval))

    def introduction(
        self, record: TransactionRecord, number: int | None
    ) -> TransactionRecord | None:
        """The start of a transaction that 2.0.1 was spoken at, once it has a driver."""
        start = introduction(record) if number == BY_ID else None
        return start if start is not None and start.token is not None else None

    def translate(self, record: TransactionRecord, number: int | None) -> Request[Any] | None:
        """The message for a record; None for a transaction that has had no driver so far."""
        return None if number == BY_ID else self._transactions.translate(record, number_of(number))

    async def data_transfer(self, message: DataTransferMessage) -> DataTransferAnswer:
        """Send a vendor's message to the CSMS (1.6 §4.3)."""
        return await send_data_transfer(self._core.link, message)

    def place(self, evse: int, connector: int | None) -> int:
        """The number of a connector."""
        return self._connectors.number(evse, connector)

    def transaction_name(self, transaction_id: str) -> str | None:
        """The number that the central system gave, once it has."""
        number = self._transactions.number(transaction_id)
        return None if number is None else str(number)

    def number(self, response: Response) -> int | None:
        """The number that the answer to a start gives."""
        if isinstance(response, StartTransactionResponse):
            return response.transaction_id
        return None

    def refuses(self, record: TransactionRecord, response: Response) -> bool:  # noqa: ARG002  # only a start's answer does
        """Whether the answer to a start refuses its driver (1.6 §4.8)."""
        return self._transactions.refuses(response)

    async def delivered(self, record: TransactionRecord, response: Response) -> None:
        """Take note of the CSMS's answer to a record."""
        try:
            await self._cost.learn(record, response)
        finally:  # a refusal has its consequences all the same
            await self._transactions.delivered(record, response)

    def abandoned(self, record: TransactionRecord) -> None:
        """What follows bears the transaction's number, or the one for none (errata §3.18)."""
        self._cost.abandon(record)

    async def tell_aligned(self, evse: int, sample: Sample) -> None:
        """Tell of each connector of an EVSE; 0 is the main meter's (1.6 §3.16.2, §4.7)."""
        value = meter_value(sample, self._measurands.aligned, ReadingContext.SAMPLE_CLOCK)
        if value is None:
            return
        numbers = [0]
        if evse != MAIN_METER:
            places = self._core.evses[evse].connectors
            numbers = [self._connectors.number(evse, connector) for connector in places]
        for number in numbers:
            request = MeterValuesRequest(connector_id=number, meter_value=[value])
            await self._core.delivery.post(request, version=self.version)

    def _told(self, name: str) -> str:
        """What a key says, also where the station was told to have another value."""
        key = self._configuration.find(name)
        return "" if key is None else key.get()

    def _sample_anew(self) -> None:
        for evse in self._core.evses.values():
            evse.sample_anew()

    async def _send_status(
        self, connector: int, condition: Condition, since: datetime, *, asked: bool = False
    ) -> None:
        fault = condition.fault
        await self._core.link.call(
            StatusNotificationRequest(
                connector_id=connector,
                status=condition.status,
                error_code=condition.error_code,
                info=_cut(fault.info) if fault else condition.remark,
                vendor_error_code=_cut(fault.vendor_error_code) if fault else None,
                timestamp=since,
            ),
            asked=asked,
        )

    async def _trigger_boot(self, connector: int | None) -> None:  # noqa: ARG002  # not about one
        self._core.trigger_boot()

    async def _trigger_heartbeat(self, connector: int | None) -> None:  # noqa: ARG002  # not about one
        self._core.link.set_clock(await self.heartbeat())

    async def _trigger_status(self, connector: int | None) -> None:
        for number, condition in self._connectors.conditions().items():
            if connector in {None, number}:
                since = self._reporter.since(number)
                await self._send_status(number, condition, since, asked=True)

    async def _trigger_meter_values(self, connector: int | None) -> None:
        numbers = [connector] if connector else range(1, len(self._connectors) + 1)
        for number in numbers:
            evse, place = self._connectors.place(number)
            at = self._core.now()
            reading = await self._core.hardware.meter(evse.id)
            if reading is None:
                continue
            sample = Sample(at=reading.at or at, reading=reading)
            value = meter_value(sample, self._measurands.sampled, ReadingContext.TRIGGER)
            if value is None:
                continue
            number_of = None
            if evse.transaction is not None and evse.in_use == place:
                number_of = self._transactions.number(evse.transaction.id)
            await self._core.link.call(
                MeterValuesRequest(
                    connector_id=number, transaction_id=number_of, meter_value=[value]
                ),
                asked=True,
            )


def _cut(text: str | None) -> str | None:
    """What there is room for: a status never fails for its comment."""
    return None if text is None else text[:_LONGEST_FAULT]
