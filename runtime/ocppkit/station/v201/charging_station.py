"""The 2.0.1 half of a station: its functional blocks, put together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import evolve

from ocppkit.message import Handler, Response, Version
from ocppkit.station.contract import Contracts
from ocppkit.station.core import StationCore
from ocppkit.station.dialect import BootReason
from ocppkit.station.id_token import IdToken
from ocppkit.station.link import BootAnswer
from ocppkit.station.on_site import Setting, SettingName
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.station.transaction import (
    RecordKind,
    Sample,
    TransactionRecord,
)
from ocppkit.station.v201.b_provisioning import Provisioning
from ocppkit.station.v201.c_authorization import AuthorizationBlock
from ocppkit.station.v201.e_transactions import Transactions
from ocppkit.station.v201.f_remote_control import RemoteControl
from ocppkit.station.v201.g_availability import Availability
from ocppkit.station.v201.inventory import inventory
from ocppkit.station.v201.j_meter_values import Measurands, MeterValues, meter_value
from ocppkit.station.v201.p_data_transfer import DataTransfer
from ocppkit.station.v201.variables import Variable, Variables
from ocppkit.v201 import (
    ComponentType,
    EVSEType,
    MessageTriggerEnumType,
    MeterValueType,
    ReadingContextEnumType,
    TransactionEventRequest,
    VariableType,
)

__all__ = ["ChargingStation201"]


class ChargingStation201:
    """A `Dialect` that speaks 2.0.1.

    Attributes:
        version: 2.0.1.
        policy: as the variables have it.
        contracts: nobody judges them.
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
        )
        self.contracts: Contracts | None = None  # Plug & Charge is 1.6's only, so far
        self.ev_certificate = core.link.call
        self._core = core
        self._measurands = Measurands()
        self._variables = Variables(
            inventory(core, self.policy, self._measurands),
            told=config.variables,
            kept=core.kept,
        )
        self._provisioning = Provisioning(core=core, variables=self._variables)
        self._authorization = AuthorizationBlock(core=core)
        self._transactions = Transactions(core=core, metered=self._metered)
        self._availability = Availability(core=core)
        self._meter_values = MeterValues(core=core, measurands=self._measurands)
        self._remote_control = RemoteControl(
            core=core,
            messages={
                MessageTriggerEnumType.BOOT_NOTIFICATION: self._trigger_boot,
                MessageTriggerEnumType.HEARTBEAT: self._trigger_heartbeat,
                MessageTriggerEnumType.METER_VALUES: self._trigger_meter_values,
                MessageTriggerEnumType.STATUS_NOTIFICATION: self._availability.send_now,
                MessageTriggerEnumType.TRANSACTION_EVENT: self._trigger_transaction_event,
            },
        )

    def handlers(self) -> Iterable[Handler]:
        """A handler a block."""
        return [
            self._provisioning,
            self._authorization,
            self._transactions,
            self._remote_control,
            self._availability,
            DataTransfer(answer=self._core.data_transfers.answer),
        ]

    async def run(self) -> None:
        """Tell the CSMS of statuses."""
        await self._availability.reporter.run()

    async def boot(self, reason: BootReason) -> BootAnswer:
        """Send a BootNotification."""
        return await self._provisioning.boot(reason)

    async def heartbeat(self) -> datetime:
        """Send a Heartbeat."""
        return await self._availability.heartbeat()

    def online(self, *, booted: bool) -> None:
        """Tell of all connectors after a boot (B01.FR.05), else of what changed meanwhile."""
        self._availability.reporter.report(everything=booted)
        self._availability.watch_locks()

    def changed(self, evse: int) -> None:  # noqa: ARG002  # there are few connectors
        """Tell of what changed."""
        self._availability.reporter.note()
        self._availability.watch_locks()

    async def authorize(self, token: IdToken) -> AuthorizationAnswer:
        """Ask the CSMS."""
        return await self._authorization.authorize(token)

    def setting(self, name: SettingName) -> Setting:
        """A variable."""
        return self._variables.setting(name)

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

    def translate(
        self,
        record: TransactionRecord,
        number: int | None,  # noqa: ARG002  # 2.0.1 goes by the station's own id
    ) -> TransactionEventRequest:
        """The TransactionEvent of a record."""
        return self._transactions.translate(record)

    async def tell_aligned(self, evse: int, sample: Sample) -> None:
        """Tell what a meter shows at a fixed time of the day (J01)."""
        await self._meter_values.tell(evse, sample)

    def place(self, evse: int, connector: int | None) -> int:  # noqa: ARG002  # the EVSE's own
        """The number of the EVSE."""
        return evse

    def transaction_name(self, transaction_id: str) -> str:
        """The station's own id."""
        return transaction_id

    def number(self, response: Response) -> int | None:  # noqa: ARG002  # see above
        """None is given."""
        return None

    def refuses(self, record: TransactionRecord, response: Response) -> bool:
        """Whether the CSMS's answer refuses the driver (E05)."""
        return self._transactions.refuses(record, response)

    async def delivered(self, record: TransactionRecord, response: Response) -> None:
        """Take note of the CSMS's answer to a record."""
        await self._transactions.delivered(record, response)

    def abandoned(self, record: TransactionRecord) -> None:
        """A lost event leaves nothing behind here: the next one bears its own sequence number."""

    def _metered(
        self, kind: RecordKind, sample: Sample, context: ReadingContextEnumType
    ) -> MeterValueType | None:
        told, ended = self._measurands, kind is RecordKind.ENDED
        if context is ReadingContextEnumType.SAMPLE_CLOCK:
            return meter_value(sample, told.aligned_ended if ended else told.aligned, context)
        measurands = {
            RecordKind.STARTED: told.started,
            RecordKind.UPDATED: told.updated,
            RecordKind.ENDED: told.ended,
        }[kind]
        return meter_value(sample, measurands, context)

    async def _trigger_boot(self, where: EVSEType | None) -> None:  # noqa: ARG002  # not about one
        self._core.trigger_boot()

    async def _trigger_heartbeat(self, where: EVSEType | None) -> None:  # noqa: ARG002  # not about one
        self._core.link.set_clock(await self.heartbeat())

    async def _trigger_meter_values(self, where: EVSEType | None) -> None:
        await self._meter_values.send(where.id if where else None)

    async def _trigger_transaction_event(self, where: EVSEType | None) -> None:
        await self._transactions.send_now(where.id if where else None)
