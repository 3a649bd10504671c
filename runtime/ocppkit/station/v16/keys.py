"""Which configuration keys a 1.6 station has, and what each changes (1.6 §9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ocppkit.station.recorder import MOST_SAMPLES
from ocppkit.station.transaction import Policy, TransactionPoint
from ocppkit.station.v16.configuration import Key
from ocppkit.station.v16.meter_values import Measurands
from ocppkit.v16 import Measurand

__all__ = ["keys"]

_LARGEST: Final = 2**31 - 1  # of a number: what follows is reckoned with it
_DAY: Final = 86_400  # seconds
_MOST_AT_THE_END: Final = 2 * MOST_SAMPLES + 2  # of two series, with the begin and the end
_POWER_PATH: Final = frozenset({TransactionPoint.POWER_PATH_CLOSED})
_PERMISSION: Final = frozenset({TransactionPoint.AUTHORIZED})


def _boolean(text: str) -> bool:
    match text.strip().lower():
        case "true":
            return True
        case "false":
            return False
    raise ValueError(text)


def keys(
    policy: Policy,
    *,
    connectors: int,
    profiles: str,
    measurands: Measurands,
    sample_anew: Callable[[], None],
    align_anew: Callable[[], None],
    hurry: Callable[[], None],
    lockable: bool,
    reconsider: Callable[[], None],
    connecting: Callable[[], None],
) -> list[Key]:
    """The keys of a station.

    Args:
        policy: what most of them change.
        connectors: how many there are.
        profiles: which feature profiles it has.
        measurands: what is told when; changed in place.
        sample_anew: called when the sample interval is another.
        align_anew: called when the clock-aligned interval is another.
        hurry: called when the heartbeat interval is another.
        lockable: whether any connector has a lock.
        reconsider: called when messages are tried otherwise.
        connecting: called when the connection is kept otherwise.
    """

    def number(
        name: str,
        attribute: str,
        minimum: int,
        then: Callable[[], None] | None = None,
        maximum: int = _LARGEST,
    ) -> Key:
        def set_number(text: str) -> None:
            if not (text.isascii() and text.isdigit()) or not minimum <= int(text) <= maximum:
                raise ValueError(text)
            setattr(policy, attribute, int(text))
            if then is not None:
                then()

        return Key(name=name, get=lambda: f"{getattr(policy, attribute):.15g}", set=set_number)

    def flag(name: str, attribute: str) -> Key:
        def set_flag(text: str) -> None:
            setattr(policy, attribute, _boolean(text))

        return Key(name=name, get=lambda: str(getattr(policy, attribute)).lower(), set=set_flag)

    def fixed(name: str, value: str) -> Key:
        return Key(name=name, get=lambda: value)

    def set_stop(text: str) -> None:
        policy.stop_on_ev_disconnect = stops = _boolean(text)
        policy.stop_points = _POWER_PATH if stops else _PERMISSION

    def reckon() -> None:
        """What the end of a transaction tells comes at the intervals of what its course tells."""
        policy.tells_aligned = bool(measurands.aligned)
        policy.ended_sample_interval = policy.sample_interval if measurands.stop_sampled else 0
        policy.ended_aligned_interval = policy.aligned_interval if measurands.stop_aligned else 0

    def sampled() -> None:
        reckon()
        sample_anew()

    def aligned() -> None:
        reckon()
        align_anew()

    def measured(name: str, attribute: str, then: Callable[[], None]) -> list[Key]:
        def take(text: str) -> None:  # one that is not supported: ValueError (1.6 §3.16.4)
            wanted = tuple(Measurand(part.strip()) for part in text.split(",") if part.strip())
            if len(wanted) > len(Measurand):  # (1.6 §9.1.16)
                raise ValueError(text)
            setattr(measurands, attribute, wanted)
            then()

        return [
            Key(name=name, get=lambda: ",".join(getattr(measurands, attribute)), set=take),
            fixed(f"{name}MaxLength", str(len(Measurand))),
        ]

    reckon()
    return [
        flag("AllowOfflineTxForUnknownId", "allow_offline_unknown"),
        flag("AuthorizeRemoteTxRequests", "authorize_remote"),
        number("ClockAlignedDataInterval", "aligned_interval", 0, aligned, _DAY),
        number("ConnectionTimeOut", "connection_timeout", 1),
        fixed("GetConfigurationMaxKeys", "50"),
        number("HeartbeatInterval", "heartbeat_interval", 1, hurry),
        number("MeterValueSampleInterval", "sample_interval", 0, sampled),
        *measured("MeterValuesAlignedData", "aligned", aligned),
        *measured("MeterValuesSampledData", "sampled", sampled),
        fixed("NumberOfConnectors", str(connectors)),
        Key(
            name="StopTransactionOnEVSideDisconnect",
            get=lambda: str(policy.stop_on_ev_disconnect).lower(),
            set=set_stop,
        ),
        fixed("StopTransactionMaxMeterValues", str(_MOST_AT_THE_END)),  # (errata §3.91)
        flag("StopTransactionOnInvalidId", "stop_on_invalid_id"),
        *measured("StopTxnAlignedData", "stop_aligned", aligned),
        *measured("StopTxnSampledData", "stop_sampled", sampled),
        fixed("SupportedFeatureProfiles", profiles),
        number("TransactionMessageAttempts", "message_attempts", 1, reconsider),
        number("TransactionMessageRetryInterval", "message_retry_interval", 0, reconsider),
        # (errata §3.84)
        flag("UnlockConnectorOnEVSideDisconnect", "unlock_on_ev_disconnect")
        if lockable
        else fixed("UnlockConnectorOnEVSideDisconnect", "false"),
        number("WebSocketPingInterval", "ping_interval", 0, connecting),
    ]
