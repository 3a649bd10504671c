"""The configuration keys that a 1.6 station has, and what each does (1.6 §9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import frozen

from ocppkit.station.transaction import Policy
from ocppkit.v16 import ConfigurationStatus, Measurand

__all__ = ["SUPPORTED_MEASURANDS", "Configuration", "Key", "keys"]

SUPPORTED_MEASURANDS = (
    Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,
    Measurand.POWER_ACTIVE_IMPORT,
    Measurand.CURRENT_IMPORT,
    Measurand.VOLTAGE,
    Measurand.SOC,
)


@frozen(kw_only=True)
class Key:
    """A configuration key.

    Attributes:
        name: as the specification spells it.
        get: its value.
        set: takes a value; raises ValueError for one that it does not take. None: read only.
    """

    name: str
    get: Callable[[], str]
    set: Callable[[str], None] | None = None


class Configuration:
    """All keys, found by name in any case."""

    def __init__(self, rows: Iterable[Key]) -> None:
        self._keys = {key.name.lower(): key for key in rows}

    def all(self) -> list[Key]:
        """Every key."""
        return list(self._keys.values())

    def find(self, name: str) -> Key | None:
        """The key of this name."""
        return self._keys.get(name.lower())

    def change(self, name: str, value: str) -> ConfigurationStatus:
        """Set a key (1.6 §5.3)."""
        key = self.find(name)
        if key is None:
            return ConfigurationStatus.NOT_SUPPORTED
        if key.set is None:
            return ConfigurationStatus.REJECTED
        try:
            key.set(value)
        except ValueError:
            return ConfigurationStatus.REJECTED
        return ConfigurationStatus.ACCEPTED


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
    measurands: list[Measurand],
    sample_anew: Callable[[], None],
    hurry: Callable[[], None],
) -> list[Key]:
    """The keys of a station.

    Args:
        policy: what most of them change.
        connectors: how many there are.
        profiles: which feature profiles it has.
        measurands: what is sampled; changed in place.
        sample_anew: called when the sample interval is another.
        hurry: called when the heartbeat interval is another.
    """

    def number(
        name: str, attribute: str, minimum: int, then: Callable[[], None] | None = None
    ) -> Key:
        def set_number(text: str) -> None:
            if not (text.isascii() and text.isdigit()) or int(text) < minimum:
                raise ValueError(text)
            setattr(policy, attribute, int(text))
            if then is not None:
                then()

        return Key(name=name, get=lambda: str(getattr(policy, attribute)), set=set_number)

    def flag(name: str, attribute: str) -> Key:
        def set_flag(text: str) -> None:
            setattr(policy, attribute, _boolean(text))

        return Key(name=name, get=lambda: str(getattr(policy, attribute)).lower(), set=set_flag)

    def fixed(name: str, value: str) -> Key:
        return Key(name=name, get=lambda: value)

    def set_measurands(text: str) -> None:
        wanted = [Measurand(part.strip()) for part in text.split(",") if part.strip()]
        if any(measurand not in SUPPORTED_MEASURANDS for measurand in wanted):  # (1.6 §3.16.4)
            raise ValueError(text)
        measurands[:] = wanted

    return [
        flag("AllowOfflineTxForUnknownId", "allow_offline_unknown"),
        flag("AuthorizeRemoteTxRequests", "authorize_remote"),
        number("ConnectionTimeOut", "connection_timeout", 1),
        fixed("GetConfigurationMaxKeys", "50"),
        number("HeartbeatInterval", "heartbeat_interval", 1, hurry),
        number("MeterValueSampleInterval", "sample_interval", 0, sample_anew),
        Key(name="MeterValuesSampledData", get=lambda: ",".join(measurands), set=set_measurands),
        fixed("MeterValuesSampledDataMaxLength", str(len(SUPPORTED_MEASURANDS))),
        fixed("NumberOfConnectors", str(connectors)),
        fixed("StopTransactionOnEVSideDisconnect", "true"),
        flag("StopTransactionOnInvalidId", "stop_on_invalid_id"),
        fixed("SupportedFeatureProfiles", profiles),
        number("TransactionMessageAttempts", "message_attempts", 1),
        number("TransactionMessageRetryInterval", "message_retry_interval", 0),
        fixed("UnlockConnectorOnEVSideDisconnect", "true"),
    ]
