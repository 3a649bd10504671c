"""The configuration keys that a 1.6 station has, and what each does (1.6 §9)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Final, assert_never

from attrs import evolve, frozen

from ocppkit.station.kept import CONFIGURATION, Kept
from ocppkit.station.settings.values import KeyValue
from ocppkit.station.transaction import Policy
from ocppkit.v16 import ConfigurationStatus, Measurand
from ocppkit.variable import Mutability

__all__ = ["SUPPORTED_MEASURANDS", "Configuration", "Key", "keys"]

_logger = logging.getLogger(__name__)

_LONGEST: Final = 500  # characters (1.6 §7.29)
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
        readable: whether anybody may read it.
    """

    name: str
    get: Callable[[], str]
    set: Callable[[str], None] | None = None
    readable: bool = True


class Configuration:
    """All keys, found by name in any case.

    What the CSMS sets wins over what the station was told, and that over the station's own.
    """

    def __init__(self, rows: Iterable[Key], *, told: Iterable[KeyValue] = (), kept: Kept) -> None:
        """Take up what the station was told.

        Args:
            rows: the station's own keys.
            told: values and mutabilities, and keys of the integrator.
            kept: what the CSMS has set, to outlast a restart.
        """
        self._kept = kept
        self._keys = {key.name.lower(): key for key in rows}
        for each in told:
            self._keys[each.name.lower()] = _as_told(each, self.find(each.name))

    def restore(self) -> None:
        """Take up what the CSMS set before the restart; what does not fit any more is left out."""
        for name, value in self._kept.all(CONFIGURATION).items():
            if self._try(name, value) is not ConfigurationStatus.ACCEPTED:
                _logger.error("%s, which the CSMS set, is ignored: it does not fit any more", name)

    def all(self) -> list[Key]:
        """Every key."""
        return list(self._keys.values())

    def find(self, name: str) -> Key | None:
        """The key of this name."""
        return self._keys.get(name.lower())

    async def change(self, name: str, value: str) -> ConfigurationStatus:
        """Set a key, so that it outlasts a restart (1.6 §5.3)."""
        status = self._try(name, value)
        if status is ConfigurationStatus.ACCEPTED:
            await self.keep(name, value)
        return status

    async def keep(self, name: str, value: str) -> None:
        """Have a value, which holds already, outlast a restart, where the key can be set."""
        key = self.find(name)
        if key is not None and key.set is not None:
            await self._kept.put(CONFIGURATION, {key.name: value})

    def _try(self, name: str, value: str) -> ConfigurationStatus:
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


def _as_told(told: KeyValue, known: Key | None) -> Key:
    """A key as the station was told to have it."""
    key = known or _plain(told.name, told.value or "")
    if known is not None and told.value is not None:
        if known.set is None:
            key = evolve(known, get=_plain(told.name, told.value).get)
        else:
            try:
                known.set(told.value)
            except ValueError:
                _logger.error("what %s was told to be does not fit it", told.name)  # noqa: TRY400  # no traceback helps
    match told.mutability:
        case Mutability.READ_ONLY:
            return evolve(key, set=None, readable=True)
        case Mutability.READ_WRITE | Mutability.WRITE_ONLY:
            if key.set is None:
                key = _plain(key.name, key.get())
            return evolve(key, readable=told.mutability is Mutability.READ_WRITE)
        case None:
            return key
        case _:
            assert_never(told.mutability)


def _plain(name: str, value: str) -> Key:
    """A key that changes nothing."""
    values = [value]

    def take(text: str) -> None:
        if len(text) > _LONGEST:
            raise ValueError(text)
        values[0] = text

    return Key(name=name, get=lambda: values[0], set=take)


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
