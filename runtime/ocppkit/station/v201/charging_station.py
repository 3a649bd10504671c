"""The 2.0.1 half of a station: its functional blocks, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime

from attrs import evolve

from ocppkit.message import Handler, Response, Version
from ocppkit.station.capabilities import Capability
from ocppkit.station.core import StationCore
from ocppkit.station.data_transfer import DataTransferAnswer, DataTransferMessage
from ocppkit.station.dialect import BootReason
from ocppkit.station.id_token import IdToken
from ocppkit.station.introducing import BY_ID, introduction, known_by_id
from ocppkit.station.link import BootAnswer
from ocppkit.station.on_site import Setting, SettingName
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.station.transaction import (
    RecordKind,
    Sample,
    TransactionRecord,
)
from ocppkit.station.v201.a_security import SecurityBlock, signing_policy
from ocppkit.station.v201.b_device_variables import with_enabled
from ocppkit.station.v201.b_provisioning import Provisioning
from ocppkit.station.v201.b_reset import Resets
from ocppkit.station.v201.c_authorization import AuthorizationBlock
from ocppkit.station.v201.c_contract import ContractBlock
from ocppkit.station.v201.d_variables import BYTES, ITEMS
from ocppkit.station.v201.deferred_blocks import local_list, network, reports, variables_block
from ocppkit.station.v201.e_transactions import Transactions
from ocppkit.station.v201.f_remote_control import RemoteControl, Triggered
from ocppkit.station.v201.g_availability import Availability
from ocppkit.station.v201.inventory import inventory
from ocppkit.station.v201.j_meter_values import Measurands, MeterValues, meter_value
from ocppkit.station.v201.j_public_key import PublicKeys
from ocppkit.station.v201.p_data_transfer import DataTransfer
from ocppkit.station.v201.variables import Variable, Variables
from ocppkit.v201 import (
    ComponentType,
    EVSEType,
    MessageTriggerEnumType,
    MeterValueType,
    ReadingContextEnumType,
    TransactionEventRequest,
    TransactionEventResponse,
    VariableType,
)

__all__ = ["ChargingStation201"]


class ChargingStation201:
    """A `Dialect` that speaks 2.0.1.

    Attributes:
        version: 2.0.1.
        policy: as the variables have it.
        contracts: Plug & Charge.
        ev_certificate: asks the CSMS for a contract certificate on behalf of an EV.
    """

    def __init__(self, *, core: StationCore) -> None:
        config = core.config
        self.version = Version.V201
        self.policy = evolve(
            config.policy,
            start_points=config.start_points,
            stop_points=config.stop_points,
            ended_sample_interval=config.ended_sample_interval,
            abandons_unlocked=True,
            authorize_offline=True,
            local_list_enabled=True,
            cache_enabled=True,
            tolerates_concurrent=False,
            stops_unasked=True,
            has_start_button=True,
            counts_phases=True,
            energy_before_stop=False,
        )
        self._core = core
        self._authorization = AuthorizationBlock(core=core)
        renewals = signing_policy(config)
        contracts = ContractBlock(core=core, renewals=renewals, learn=self._authorization.take_up)
        self.contracts = contracts.contracting
        self.ev_certificate = contracts.ev_certificate
        self._security = SecurityBlock(core=core, policy=renewals, contracts=contracts)
        self._measurands = Measurands()
        self._public_keys = PublicKeys()
        self._availability = Availability(core=core)
        rows = inventory(
            core,
            self.policy,
            self._measurands,
            self._public_keys,
            self._availability.reporter.reconsider,
        )
        self._variables = Variables(
            with_enabled(rows + self._security.variables() + contracts.variables()),
            told=config.variables,
            files=config.components,
            connectors=[len(evse.connectors) for evse in core.evses.values()],
            kept=core.kept,
        )
        self._provisioning = Provisioning(core=core)
        self._transactions = Transactions(core=core, metered=self._metered)
        self._meter_values = MeterValues(
            core=core, measurands=self._measurands, public_keys=self._public_keys
        )
        self._data_transfer = DataTransfer(link=core.link, answer=core.data_transfers.answer)
        self._remote_control = RemoteControl(
            core=core,
            messages={
                **self._firmware_messages(),
                **self._security.messages(),
                MessageTriggerEnumType.BOOT_NOTIFICATION: self._trigger_boot,
                MessageTriggerEnumType.HEARTBEAT: self._trigger_heartbeat,
                MessageTriggerEnumType.LOG_STATUS_NOTIFICATION: self._trigger_log_status,
                MessageTriggerEnumType.METER_VALUES: self._trigger_meter_values,
                MessageTriggerEnumType.STATUS_NOTIFICATION: self._availability.send_now,
                MessageTriggerEnumType.TRANSACTION_EVENT: self._trigger_transaction_event,
            },
            able=self._security.able(),
            metered=self._meter_values.any,
        )

    @property
    def secrets(self) -> frozenset[str]:
        """The variables that may only be written."""
        return frozenset(row.name.lower() for row in self._variables.all() if not row.readable)

    def handlers(self) -> Iterable[Handler]:
        """A handler a block."""
        return [
            Resets(core=self._core),
            network(self._core),
            variables_block(self._variables),
            reports(core=self._core, variables=self._variables),
            self._authorization,
            local_list(
                book=self._core.authorizing.books.of(Version.V201),
                enabled=lambda: self.policy.local_list_enabled,
                most_items=lambda: int(self._variables.setting(ITEMS).current()),
                most_bytes=self._most_listed_bytes,
            ),
            self._transactions,
            self._remote_control,
            self._availability,
            self._data_transfer,
            *self._security.handlers(),
        ]

    async def run(self) -> None:
        """Tell the CSMS of statuses and security, and renew certificates."""
        async with asyncio.TaskGroup() as tasks:
            _ = tasks.create_task(self._availability.reporter.run(), name="statuses")
            _ = tasks.create_task(self._security.run(), name="security")
            _ = tasks.create_task(self.contracts.run(), name="Plug & Charge")

    async def boot(self, reason: BootReason) -> BootAnswer:
        """Send a BootNotification."""
        return await self._provisioning.boot(reason)

    async def heartbeat(self) -> datetime:
        """Send a Heartbeat."""
        return await self._availability.heartbeat()

    def online(self, *, booted: bool) -> None:
        """Tell of connectors: of all (B01.FR.05, B04.FR.01), or of what changed (B04.FR.02)."""
        self._availability.online(booted=booted, threshold=self.policy.offline_threshold)

    def changed(self, evse: int) -> None:
        """Tell of what changed."""
        self._authorization.changed(evse)
        self._availability.reporter.note()
        self._availability.watch_locks()

    async def authorize(self, token: IdToken) -> AuthorizationAnswer:
        """Ask the CSMS."""
        return await self._authorization.authorize(token)

    def setting(self, name: SettingName, *, attribute: str = "Actual") -> Setting:
        """A variable."""
        return self._variables.setting(name, attribute=attribute)

    def restore(self) -> None:
        """Take up the variables that were set."""
        self._variables.restore()

    async def adopt_heartbeat(self, interval: int) -> None:
        """Take over the interval of a BootNotification's answer (B01.FR.04)."""
        self.policy.heartbeat_interval = interval
        row = self._variables.find(
            ComponentType(name="OCPPCommCtrlr"), VariableType(name="HeartbeatInterval")
        )
        if isinstance(row, Variable):
            await self._variables.keep(row, str(interval))

    def introduction(
        self, record: TransactionRecord, number: int | None
    ) -> TransactionRecord | None:
        """The start of a transaction that 1.6 was spoken at."""
        return None if number is None or known_by_id(number) else introduction(record)

    def translate(
        self,
        record: TransactionRecord,
        number: int | None,  # noqa: ARG002  # 2.0.1 goes by the station's own id
    ) -> TransactionEventRequest:
        """The TransactionEvent of a record."""
        event = self._transactions.translate(record)
        self._public_keys.leave_in_event(event)
        return event

    async def tell_aligned(self, evse: int, sample: Sample) -> None:
        """Tell what a meter shows at a fixed time of the day (J01)."""
        await self._meter_values.tell(evse, sample)

    async def data_transfer(self, message: DataTransferMessage) -> DataTransferAnswer:
        """Send a vendor's message to the CSMS (P02)."""
        return await self._data_transfer.send(message)

    def place(self, evse: int, connector: int | None) -> int:  # noqa: ARG002  # the EVSE's own
        """The number of the EVSE."""
        return evse

    def transaction_name(self, transaction_id: str) -> str:
        """The station's own id."""
        return transaction_id

    def number(self, response: Response) -> int | None:
        """None is given; what stands for one where 1.6 may be spoken next."""
        told = isinstance(response, TransactionEventResponse)
        return BY_ID if told and self.policy.tells_start else None

    def refuses(self, record: TransactionRecord, response: Response) -> bool:
        """Whether the CSMS's answer refuses the driver (E05)."""
        return self._transactions.refuses(record, response)

    async def delivered(self, record: TransactionRecord, response: Response) -> None:
        """Take note of the CSMS's answer to a record."""
        try:
            if isinstance(response, TransactionEventResponse):
                await self._authorization.heard(record, response)
        finally:  # a refusal has its consequences all the same
            await self._transactions.delivered(record, response)

    def abandoned(self, record: TransactionRecord) -> None:
        """A lost event leaves nothing behind here: the next one bears its own sequence number."""

    def _most_listed_bytes(self) -> int | None:
        """How large an update of the list may be, where larger ones arrive (D01.FR.11)."""
        most = int(self._variables.setting(BYTES).current())
        return most if most < self._core.config.max_message_size else None

    def _metered(
        self, kind: RecordKind, sample: Sample, context: ReadingContextEnumType
    ) -> MeterValueType | None:
        told, ended = self._measurands, kind is RecordKind.ENDED
        if context is ReadingContextEnumType.SAMPLE_CLOCK:
            measurands = told.aligned_ended if ended else told.aligned
        elif not self.policy.sampled_enabled:
            return None
        else:
            measurands = {
                RecordKind.STARTED: told.started,
                RecordKind.UPDATED: told.updated,
                RecordKind.ENDED: told.ended,
            }[kind]
        without_phases = told.register_without_phases
        return meter_value(sample, measurands, context, without_phases=without_phases)

    def _firmware_messages(self) -> dict[MessageTriggerEnumType, Triggered]:
        if not self._core.hardware.can(Capability.FIRMWARE):  # (F06.FR.08)
            return {}
        trigger = MessageTriggerEnumType.FIRMWARE_STATUS_NOTIFICATION
        return {trigger: self._trigger_firmware_status}

    async def _trigger_boot(self, where: EVSEType | None) -> None:  # noqa: ARG002  # not about one
        self._core.trigger_boot()

    async def _trigger_heartbeat(self, where: EVSEType | None) -> None:  # noqa: ARG002  # not about one
        self._core.link.set_clock(await self.heartbeat())

    async def _trigger_meter_values(self, where: EVSEType | None) -> None:
        await self._meter_values.send(where.id if where else None)

    async def _trigger_transaction_event(self, where: EVSEType | None) -> None:
        await self._transactions.send_now(where.id if where else None)

    async def _trigger_log_status(self, where: EVSEType | None) -> None:  # noqa: ARG002  # not about one
        from ocppkit.station.v201.f_file_status import log_status  # noqa: PLC0415  # rare

        await self._core.link.call(log_status(self._core), asked=True)

    async def _trigger_firmware_status(self, where: EVSEType | None) -> None:  # noqa: ARG002  # not about one
        from ocppkit.station.v201.f_file_status import firmware_status  # noqa: PLC0415  # rare

        await self._core.link.call(firmware_status(self._core), asked=True)
