"""The features of a station (2.0.1 Part 5 §3, §6, §7), and the conditions of cases over them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ocppkit.conformance.inventory import Inventory
from ocppkit.conformance.settings import CaseSettings

__all__ = ["Features", "unmet"]

_START: Final = {
    "C-09.1": "EVConnected",
    "C-09.2": "Authorized",
    "C-09.3": "DataSigned",
    "C-09.4": "PowerPathClosed",
    "C-09.5": "EnergyTransfer",
    "C-09.6": "ParkingBayOccupancy",
}
_STOP: Final = {
    "C-10.1": "EVConnected",
    "C-10.2": "Authorized",
    "C-10.3": "PowerPathClosed",
    "C-10.4": "EnergyTransfer",
    "C-10.5": "ParkingBayOccupancy",
}
_ASSUMED: Final = frozenset(
    {
        *(f"C-29.{number}" for number in range(1, 7)),  # every message can be triggered
        "C-30",  # a reader of tokens
        "C-36",
        "C-37",
        "C-38",
        "C-40",
        "C-47",
        "C-56",
        "AQ-9",  # Mode 3
    }
)
"""What no variable tells: a station has it unless the settings say that it lacks it."""

_TOKEN: Final = re.compile(r"\s*(\(|\)|[<>]=?|[A-Za-z0-9.\-]+)")


class Features:
    """What a station can do: what its inventory shows, and what the settings say."""

    def __init__(self, inventory: Inventory, settings: CaseSettings) -> None:
        """Look at an inventory."""
        self._inventory = inventory
        self._settings = settings
        self.evse_count = len(inventory.evses)

    def has(self, feature: str) -> bool:
        """Whether the station has a feature."""
        if feature in self._settings.lacks:
            return False
        if feature in self._settings.features:
            return True
        if feature in _START:
            return self._point("TxCtrlr.TxStartPoint", _START[feature])
        if feature in _STOP:
            return self._point("TxCtrlr.TxStopPoint", _STOP[feature])
        looked = _LOOK.get(feature)
        return feature in _ASSUMED if looked is None else looked(self._inventory)

    def number(self, feature: str) -> int:
        """A feature that is a number: how many EVSEs (HFS-8)."""
        return self.evse_count if feature == "HFS-8" else int(self.has(feature))

    def _point(self, variable: str, point: str) -> bool:
        item = self._inventory.get(variable)
        if item is None:
            return False
        among = item.values if item.writable and item.values else self._inventory.members(variable)
        return point in among


def _exists(variable: str) -> Callable[[Inventory], bool]:
    return lambda inventory: inventory.get(variable) is not None


def _writable(variable: str) -> Callable[[Inventory], bool]:
    def look(inventory: Inventory) -> bool:
        item = inventory.get(variable)
        return item is not None and item.writable

    return look


def _can_be(variable: str, value: str) -> Callable[[Inventory], bool]:
    def look(inventory: Inventory) -> bool:
        item = inventory.get(variable)
        return item is not None and (item.writable or (item.value or "").lower() == value)

    return look


def _anywhere(component: str, name: str, value: str = "") -> Callable[[Inventory], bool]:
    """Some component of this name, wherever, has the variable; with this value, if one is given."""
    return lambda inventory: any(
        item.key.component.lower() == component.lower() and item.key.name.lower() == name.lower()
        for item in inventory
        if not value or (item.value or "").lower() == value or item.writable
    )


def _offline(inventory: Inventory) -> bool:
    cached = inventory.true("AuthCacheCtrlr.Enabled") or inventory.true(
        "LocalAuthListCtrlr.Enabled"
    )
    unknown = _can_be("AuthCtrlr.OfflineTxForUnknownIdEnabled", "true")(inventory)
    return _can_be("AuthCtrlr.LocalAuthorizeOffline", "true")(inventory) and (cached or unknown)


_LOOK: Final[dict[str, Callable[[Inventory], bool]]] = {
    "AS-2": _exists("SecurityCtrlr.AdditionalRootCertificateCheck"),
    "AS-3": _exists("SecurityCtrlr.CertSigningWaitMinimum"),
    "C-01": _offline,
    "C-02": _can_be("AuthCtrlr.OfflineTxForUnknownIdEnabled", "true"),
    "C-03": _exists("TxCtrlr.MaxEnergyOnInvalidId"),
    "C-06.1": _can_be("TxCtrlr.StopTxOnEVSideDisconnect", "false"),
    "C-06.2": _can_be("TxCtrlr.StopTxOnEVSideDisconnect", "true"),
    "C-08": _exists("AuthCtrlr.MasterPassGroupId"),
    "C-12.1": _can_be("OCPPCommCtrlr.UnlockOnEVSideDisconnect", "true"),
    "C-12.2": _can_be("OCPPCommCtrlr.UnlockOnEVSideDisconnect", "false"),
    "C-13": _anywhere("EVSE", "AllowReset", "true"),
    "C-28": _anywhere("AlignedDataCtrlr", "SendDuringIdle"),
    "C-42": _exists("SampledDataCtrlr.SignReadings"),
    "C-48.1": _can_be("AuthCtrlr.AuthorizeRemoteStart", "true"),
    "C-48.2": _can_be("AuthCtrlr.AuthorizeRemoteStart", "false"),
    "C-49": _can_be("AuthCacheCtrlr.Enabled", "true"),
    "C-51": _writable("TxCtrlr.TxStartPoint"),
    "C-52": _writable("TxCtrlr.TxStopPoint"),
    "C-53": _exists("AuthCacheCtrlr.LifeTime"),
    "C-58": _exists("AuthCtrlr.DisableRemoteAuthorization"),
    "C-59": _exists("AuthCacheCtrlr.DisablePostAuthorize"),
    "ISO-5": _anywhere("ISO15118Ctrlr", "CentralContractValidationAllowed"),
    "LA": _can_be("LocalAuthListCtrlr.Enabled", "true"),
    "LA-1": _can_be("LocalAuthListCtrlr.Enabled", "true"),
    "LA-3": _exists("LocalAuthListCtrlr.DisablePostAuthorize"),
    "R-3": _can_be("ReservationCtrlr.Enabled", "true"),
    "iso": _anywhere("ISO15118Ctrlr", "PnCEnabled"),
    "lock": _anywhere("ConnectorPlugRetentionLock", "Problem"),
}


def unmet(condition: str, features: Features) -> str | None:
    """Why a condition does not hold, for people; None where it does.

    Args:
        condition: feature ids with ``and``, ``or``, ``not``, brackets and ``HFS-8 > 1``; an empty
            one holds always.
        features: of the station.

    Raises:
        ValueError: it is no condition.
    """
    if not condition:
        return None
    parser = _Parser(condition, features)
    if parser.whole():
        return None
    lacking = ", ".join(dict.fromkeys(parser.lacking)) or "what it excludes"
    return f"needs {condition}; the station lacks {lacking}"


class _Parser:
    """Reads and weighs a condition: ``or`` of ``and`` of ``not``."""

    def __init__(self, text: str, features: Features) -> None:
        self._words = _TOKEN.findall(text)
        self._text = text
        self._features = features
        self.lacking: list[str] = []

    def whole(self) -> bool:
        value = self._either()
        if self._words:
            msg = f"{self._text!r}: {self._words[0]!r} is too much"
            raise ValueError(msg)
        return value

    def _either(self) -> bool:
        value = self._both()
        while self._next("or"):
            other = self._both()
            value = value or other
        return value

    def _both(self) -> bool:
        value = self._one()
        while self._next("and"):
            other = self._one()
            value = value and other
        return value

    def _one(self) -> bool:
        if self._next("not"):
            return not self._one()
        if self._next("("):
            value = self._either()
            if not self._next(")"):
                msg = f"{self._text!r}: a bracket is not closed"
                raise ValueError(msg)
            return value
        if not self._words:
            msg = f"{self._text!r}: it ends too early"
            raise ValueError(msg)
        name = self._words.pop(0)
        if self._next(">"):
            value = self._features.number(name) > int(self._words.pop(0))
        else:
            value = self._features.has(name)
        if not value:
            self.lacking.append(name)
        return value

    def _next(self, word: str) -> bool:
        if self._words and self._words[0] == word:
            del self._words[0]
            return True
        return False
