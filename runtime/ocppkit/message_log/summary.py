"""A message in a few words: what a person looks for first; whatever its payload may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from ocppkit.printable import cut, printable

__all__ = ["Told", "facts", "registers_wh", "said"]

_LONGEST = 60  # characters of one fact
_REST = 3  # facts of a payload of which nothing is known

# Where facts stand, in the order in which they are told; "{}" is the value.
_EVENT: tuple[tuple[str, str], ...] = (
    ("eventType", "{}"),
    ("triggerReason", "{}"),
    ("transactionInfo.stoppedReason", "{}"),
)
_PLACES: tuple[tuple[str, str], ...] = (
    ("type", "{}"),
    ("reason", "{}"),
    ("status", "{}"),
    ("connectorStatus", "{}"),
    ("operationalStatus", "{}"),
    ("idTagInfo.status", "{}"),
    ("idTokenInfo.status", "{}"),
    ("statusInfo.reasonCode", "{}"),
    ("errorCode", "{}"),
    ("vendorErrorCode", "{}"),
    ("requestedMessage", "{}"),
    ("transactionInfo.chargingState", "{}"),
    ("idTag", "token {}"),
    ("idToken.idToken", "token {}"),
    ("interval", "every {} s"),
    ("totalCost", "cost {}"),
    ("evse.id", "EVSE {}"),
    ("evseId", "EVSE {}"),
    ("evse.connectorId", "connector {}"),
    ("connectorId", "connector {}"),
    ("transactionId", "transaction {}"),
    ("reservationId", "reservation {}"),
    ("remoteStartId", "remote start {}"),
    ("requestId", "request {}"),
    ("seqNo", "#{}"),
    ("transactionInfo.transactionId", "transaction {}"),
    ("messageId", "{}"),
    ("vendorId", "{}"),
    ("certificateType", "{}"),
    ("firmware.location", "{}"),
    ("log.remoteLocation", "{}"),
    ("location", "{}"),
    ("fileName", "{}"),
    ("filename", "{}"),
    ("listVersion", "version {}"),
    ("versionNumber", "version {}"),
    ("updateType", "{}"),
)
_UNREMARKABLE = frozenset({("errorCode", "NoError"), ("eventType", "Updated")})
_COUNTED = (
    "reportData",
    "monitor",
    "eventData",
    "configurationKey",
    "unknownKey",
    "localAuthorizationList",
    "clearMonitoringResult",
    "certificateHashDataChain",
    "messageInfo",
)
_SETTINGS = ("setVariableData", "setVariableResult", "getVariableData", "getVariableResult")
_ENERGY = "Energy.Active.Import.Register"
_METERED = {
    _ENERGY: (1000, "{:.3f} kWh"),
    "Power.Active.Import": (1000, "{:.1f} kW"),
    "SoC": (1, "{:.0f} %"),
}


class Told(Protocol):
    """What a message is told from: a `Passed` of an observer, an `Entry` of a message log."""

    @property
    def kind(self) -> str:
        """CALL, CALLRESULT, CALLERROR or another word."""
        ...

    @property
    def payload(self) -> Any:
        """Of a CALL or CALLRESULT."""
        ...

    @property
    def code(self) -> str:
        """Of a CALLERROR."""
        ...

    @property
    def description(self) -> str:
        """Of all that is no CALL and no CALLRESULT."""
        ...


def facts(message: Told) -> str:
    """What matters of a message, in one line that is safe to print."""
    if message.kind not in {"CALL", "CALLRESULT"}:
        return printable(f"{message.code} {message.description}".strip())
    words = ", ".join(said(message.payload))
    return words or ("ok" if message.kind == "CALLRESULT" else "")


def said(payload: Any) -> list[str]:
    """The facts of a payload, the most important first."""
    if not isinstance(payload, Mapping):
        return []
    words = [
        *_station(payload),
        *_settings(payload),
        *_placed(payload, _EVENT),
        *_metered(payload),
        *_placed(payload, _PLACES),
    ]
    words += [
        f"{len(items)} {name}"
        for name in _COUNTED
        if isinstance(items := payload.get(name), list) and items
    ]
    return [printable(word) for word in words or list(_rest(payload))]


def registers_wh(payload: Any) -> list[float]:
    """What the energy register is said to show, in order, in Wh; whole meter only, no phases."""
    if not isinstance(payload, Mapping):
        return []
    found = [
        float(value)
        for name in ("meterStart", "meterStop")
        if isinstance(value := payload.get(name), int | float)
    ]
    for name in ("meterValue", "transactionData"):
        values = payload.get(name)
        for value in values if isinstance(values, list) else []:
            found += [
                number
                for one in _samples(value)
                if _measurand(one) == _ENERGY and (number := _number(one)) is not None
            ]
    return found


def _short(value: Any) -> str | None:
    """A scalar as text; None for what is absent or no scalar."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str | int | float) or value == "":
        return None
    return cut(str(value), _LONGEST)


def _at(payload: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(payload, Mapping):
            return None
        payload = payload.get(name)
    return payload


def _placed(payload: Mapping[str, Any], places: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for path, form in places:
        text = _short(_at(payload, path))
        if text is not None and (path, text) not in _UNREMARKABLE:
            yield form.replace("{}", text)


def _station(payload: Mapping[str, Any]) -> Iterator[str]:
    station = payload.get("chargingStation")
    vendor = _short(payload.get("chargePointVendor")) or _short(_at(station, "vendorName"))
    model = _short(payload.get("chargePointModel")) or _short(_at(station, "model"))
    if vendor or model:
        yield " ".join(word for word in (vendor, model) if word)


def _settings(payload: Mapping[str, Any]) -> Iterator[str]:
    """What is read or set: ``HeartbeatInterval = 60`` (1.6 key, 2.0.1 variable)."""
    key, value = _short(payload.get("key")), _short(payload.get("value"))
    if key:
        yield key if value is None else f"{key} = {value}"
    keys = payload.get("key")
    if isinstance(keys, list) and keys:
        yield ", ".join(text for item in keys[:_REST] if (text := _short(item)))
    for name in _SETTINGS:
        items = payload.get(name)
        if isinstance(items, list) and items:
            yield _variable(items[0])
            if len(items) > 1:
                yield f"and {len(items) - 1} more"
    profile = payload.get("chargingProfile") or payload.get("csChargingProfiles")
    purpose = _short(_at(profile, "chargingProfilePurpose"))
    if purpose:
        yield purpose


def _variable(item: Any) -> str:
    variable = _short(_at(item, "variable.name")) or "?"
    component = _short(_at(item, "component.name")) or "?"
    value = _short(_at(item, "attributeValue"))
    status = _short(_at(item, "attributeStatus"))
    text = f"{component}.{variable}"
    if value is not None:
        text += f" = {value}"
    return text if status is None else f"{text}: {status}"


def _metered(payload: Mapping[str, Any]) -> Iterator[str]:
    for name in ("meterStart", "meterStop"):
        value = payload.get(name)
        if isinstance(value, int | float):
            yield f"{value / 1000:.3f} kWh"
    values = payload.get("meterValue") or payload.get("transactionData")
    last = values[-1] if isinstance(values, list) and values else None
    told: set[str] = set()
    for one in _samples(last):
        measurand = _measurand(one)
        number = _number(one)
        if measurand in _METERED and measurand not in told and number is not None:
            told.add(measurand)
            divisor, form = _METERED[measurand]
            yield form.format(number / divisor)


def _samples(meter_value: Any) -> Iterator[Mapping[str, Any]]:
    """The sampled values of the whole meter, so none of a single phase."""
    sampled = _at(meter_value, "sampledValue")
    for one in sampled if isinstance(sampled, list) else []:
        if isinstance(one, Mapping) and "phase" not in one:
            yield one


def _measurand(sampled: Mapping[str, Any]) -> str:
    return str(sampled.get("measurand", _ENERGY))


def _number(sampled: Mapping[str, Any]) -> float | None:
    """The value in Wh, W or percent; None where it is no number (1.6 signed data)."""
    unit = sampled.get("unit") or _at(sampled, "unitOfMeasure.unit")
    multiplier = _at(sampled, "unitOfMeasure.multiplier")
    power = multiplier if isinstance(multiplier, int) and abs(multiplier) < 10 else 0
    if isinstance(unit, str) and unit.startswith("k"):
        power += 3
    try:
        return float(sampled["value"]) * 10.0**power
    except (KeyError, TypeError, ValueError):
        return None


def _rest(payload: Mapping[str, Any]) -> Iterator[str]:
    """The first scalars of a payload of which no place is known."""
    found = 0
    for name, value in payload.items():
        text = _short(value)
        if text is not None and found < _REST:
            found += 1
            yield text if name == "currentTime" else f"{name} {text}"
