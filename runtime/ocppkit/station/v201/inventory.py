"""Which variables a station has, and what each changes (2.0.1 Part 2 §2, referenced components)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from attrs import evolve

from ocppkit.scalars import format_time
from ocppkit.station.capabilities import Capability
from ocppkit.station.core import StationCore
from ocppkit.station.evse import Evse
from ocppkit.station.transaction import Policy, TransactionPoint
from ocppkit.station.v201.connectors import connector_status, evse_status, station_status
from ocppkit.station.v201.j_meter_values import Measurands
from ocppkit.station.v201.smart_charging_variables import smart_charging
from ocppkit.station.v201.variables import Variable, members
from ocppkit.v201 import DataEnumType, MeasurandEnumType

__all__ = ["inventory"]

_MOST_DOUBLINGS = 30  # of a wait: more is not to be reckoned with, nor of any use
_POINTS = tuple(point.value for point in TransactionPoint)
_MEASURANDS = tuple(measurand.value for measurand in MeasurandEnumType)
_DAY = 86_400  # seconds


def inventory(core: StationCore, policy: Policy, measurands: Measurands) -> list[Variable]:
    """All variables of a station."""
    return [
        *_controllers(core, policy),
        *_sampling(core, policy, measurands),
        *smart_charging(core, policy),
        *_equipment(core),
    ]


def _controllers(core: StationCore, policy: Policy) -> list[Variable]:
    def points(name: str, attribute: str) -> Variable:
        def take(text: str) -> None:
            wanted = frozenset(TransactionPoint(part) for part in members(text))
            if not wanted:
                raise ValueError(text)
            setattr(policy, attribute, wanted)

        def value() -> str:
            return ",".join(sorted(getattr(policy, attribute)))

        return Variable(
            component="TxCtrlr",
            name=name,
            get=value,
            set=take,
            data_type=DataEnumType.MEMBER_LIST,
            values=_POINTS,
        )

    event = "TransactionEvent"
    return [
        _flag("AuthCtrlr", "AuthorizeRemoteStart", policy, "authorize_remote"),
        _flag("AuthCtrlr", "OfflineTxForUnknownIdEnabled", policy, "allow_offline_unknown"),
        Variable(
            component="ClockCtrlr",
            name="DateTime",
            get=lambda: format_time(core.now()),
            data_type=DataEnumType.DATE_TIME,
        ),
        _fixed("ClockCtrlr", "TimeSource", "Heartbeat", data_type=DataEnumType.SEQUENCE_LIST),
        *(
            _fixed("DeviceDataCtrlr", "ItemsPerMessage", "50", instance=of, data_type=_INTEGER)
            for of in ("GetReport", "GetVariables", "SetVariables")
        ),
        _number(
            "OCPPCommCtrlr",
            "HeartbeatInterval",
            policy,
            "heartbeat_interval",
            1,
            then=core.hurry.set,
        ),
        _number(
            "OCPPCommCtrlr",
            "MessageAttempts",
            policy,
            "message_attempts",
            1,
            of=event,
            unit=None,
            then=core.delivery.reconsider,
        ),
        _number(
            "OCPPCommCtrlr",
            "MessageAttemptInterval",
            policy,
            "message_retry_interval",
            0,
            of=event,
            then=core.delivery.reconsider,
        ),
        _flag("OCPPCommCtrlr", "QueueAllMessages", policy, "queue_all_messages"),
        *_connecting(core, policy),
        _number("TxCtrlr", "EVConnectionTimeOut", policy, "connection_timeout", 1),
        _flag("TxCtrlr", "StopTxOnEVSideDisconnect", policy, "stop_on_ev_disconnect"),
        _flag("TxCtrlr", "StopTxOnInvalidId", policy, "stop_on_invalid_id"),
        points("TxStartPoint", "start_points"),
        points("TxStopPoint", "stop_points"),
    ]


def _connecting(core: StationCore, policy: Policy) -> list[Variable]:
    def connecting() -> None:
        core.adopt_connecting(policy)

    def waits(name: str, part: str, maximum: int | None = None) -> Variable:
        def take(text: str) -> None:
            policy.backoff = evolve(policy.backoff, **{part: int(text)})
            connecting()

        return Variable(
            component="OCPPCommCtrlr",
            name=name,
            get=lambda: f"{getattr(policy.backoff, part):.15g}",
            set=take,
            data_type=_INTEGER,
            unit=None if maximum else "s",
            minimum=0,
            maximum=maximum,
        )

    locks = core.hardware.any_locks
    unlocking = "UnlockOnEVSideDisconnect"
    return [
        _number(
            "OCPPCommCtrlr",
            "NetworkProfileConnectionAttempts",
            policy,
            "connection_attempts",
            1,
            unit=None,
            then=connecting,
        ),
        waits("RetryBackOffRandomRange", "random_range_s"),
        waits("RetryBackOffRepeatTimes", "repeat_times", _MOST_DOUBLINGS),
        waits("RetryBackOffWaitMinimum", "wait_minimum_s"),
        _flag("OCPPCommCtrlr", unlocking, policy, "unlock_on_ev_disconnect")
        if locks
        else _fixed("OCPPCommCtrlr", unlocking, "false", data_type=DataEnumType.BOOLEAN),
        _number(
            "OCPPCommCtrlr", "WebSocketPingInterval", policy, "ping_interval", 0, then=connecting
        ),
    ]


def _sampling(core: StationCore, policy: Policy, measurands: Measurands) -> list[Variable]:
    def sample_anew() -> None:
        for evse in core.evses.values():
            evse.sample_anew()

    def measured(component: str, name: str, attribute: str) -> Variable:
        def take(text: str) -> None:
            wanted = tuple(MeasurandEnumType(part) for part in members(text))
            setattr(measurands, attribute, wanted)
            policy.tells_aligned = bool(measurands.aligned)

        return Variable(
            component=component,
            name=name,
            get=lambda: ",".join(getattr(measurands, attribute)),
            set=take,
            data_type=DataEnumType.MEMBER_LIST,
            values=_MEASURANDS,
        )

    def in_idle(evse: int) -> Variable:
        """Of the whole station, for 0."""
        places = policy.aligned_in_idle
        return Variable(
            component="AlignedDataCtrlr",
            name="SendDuringIdle",
            evse=evse or None,
            get=lambda: str(evse in places).lower(),
            set=lambda text: (places.add if text == "true" else places.discard)(evse),
            data_type=DataEnumType.BOOLEAN,
        )

    signing = [
        _flag("AlignedDataCtrlr", "SignReadings", policy, "sign_aligned"),
        _flag("SampledDataCtrlr", "SignReadings", policy, "sign_sampled"),
    ]
    align_anew = core.clock_aligned.align_anew
    return [
        *(signing if core.hardware.can(Capability.SIGNED_METER) else []),  # (2.0.1 §2.7.3)
        *(in_idle(evse) for evse in (0, *core.evses)),
        _number(
            "AlignedDataCtrlr",
            "Interval",
            policy,
            "aligned_interval",
            0,
            then=align_anew,
            most=_DAY,
        ),
        _number(
            "AlignedDataCtrlr",
            "TxEndedInterval",
            policy,
            "ended_aligned_interval",
            0,
            then=align_anew,
            most=_DAY,
        ),
        measured("AlignedDataCtrlr", "TxEndedMeasurands", "aligned_ended"),
        measured("AlignedDataCtrlr", "Measurands", "aligned"),
        measured("SampledDataCtrlr", "TxEndedMeasurands", "ended"),
        measured("SampledDataCtrlr", "TxStartedMeasurands", "started"),
        measured("SampledDataCtrlr", "TxUpdatedMeasurands", "updated"),
        _number(
            "SampledDataCtrlr",
            "TxEndedInterval",
            policy,
            "ended_sample_interval",
            0,
            then=sample_anew,
        ),
        _number(
            "SampledDataCtrlr", "TxUpdatedInterval", policy, "sample_interval", 0, then=sample_anew
        ),
    ]


def _equipment(core: StationCore) -> list[Variable]:
    description = core.hardware.description
    rows = [
        _fixed("ChargingStation", "Model", description.model),
        _fixed("ChargingStation", "VendorName", description.vendor),
        Variable(
            component="ChargingStation",
            name="AvailabilityState",
            get=lambda: station_status(core).value,
            data_type=DataEnumType.OPTION_LIST,
            summary=True,
        ),
    ]
    for evse in core.evses.values():
        described = description.evses[evse.id - 1]
        rows += [
            Variable(
                component="EVSE",
                name="AvailabilityState",
                evse=evse.id,
                get=partial(evse_status, core, evse),
                data_type=DataEnumType.OPTION_LIST,
                summary=True,
            ),
            _fixed(
                "EVSE",
                "Power",
                f"{described.max_power_w:g}",
                evse=evse.id,
                unit="W",
                data_type=DataEnumType.DECIMAL,
            ),
            _fixed("EVSE", "SupplyPhases", str(described.phases), evse=evse.id, data_type=_INTEGER),
        ]
        for number, connector in enumerate(described.connectors, start=1):
            rows += [
                Variable(
                    component="Connector",
                    name="AvailabilityState",
                    evse=evse.id,
                    connector=number,
                    get=partial(connector_status, core, evse, number),
                    data_type=DataEnumType.OPTION_LIST,
                    summary=True,
                ),
                *_locks(core, evse, number),
                _fixed(
                    "Connector", "ConnectorType", connector.type, evse=evse.id, connector=number
                ),
            ]
    return rows


_INTEGER = DataEnumType.INTEGER


def _locks(core: StationCore, evse: Evse, number: int) -> list[Variable]:
    """The lock of a connector, where it has one (G05)."""
    if not core.hardware.locks(evse.id, number):
        return []
    return [
        Variable(
            component="ConnectorPlugRetentionLock",
            name="Problem",
            evse=evse.id,
            connector=number,
            get=lambda: str(evse.connectors[number].lock_problem).lower(),
            data_type=DataEnumType.BOOLEAN,
        )
    ]


def _fixed(
    component: str,
    name: str,
    value: str,
    *,
    evse: int | None = None,
    connector: int | None = None,
    instance: str | None = None,
    unit: str | None = None,
    data_type: DataEnumType = DataEnumType.STRING,
) -> Variable:
    return Variable(
        component=component,
        name=name,
        get=lambda: value,
        evse=evse,
        connector=connector,
        instance=instance,
        unit=unit,
        data_type=data_type,
    )


def _flag(component: str, name: str, policy: Policy, attribute: str) -> Variable:
    return Variable(
        component=component,
        name=name,
        get=lambda: str(getattr(policy, attribute)).lower(),
        set=lambda text: setattr(policy, attribute, text == "true"),
        data_type=DataEnumType.BOOLEAN,
    )


def _number(
    component: str,
    name: str,
    policy: Policy,
    attribute: str,
    minimum: int,
    *,
    then: Callable[[], None] | None = None,
    of: str | None = None,
    unit: str | None = "s",
    most: int | None = None,
) -> Variable:
    def take(text: str) -> None:
        setattr(policy, attribute, int(text))
        if then is not None:
            then()

    return Variable(
        component=component,
        name=name,
        get=lambda: f"{getattr(policy, attribute):.15g}",
        set=take,
        instance=of,
        data_type=_INTEGER,
        unit=unit,
        minimum=minimum,
        maximum=most,
    )
