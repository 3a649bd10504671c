"""The features of a station (2.0.1 Part 5 §3, §6, §7), and the conditions of cases over them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ocppkit.conformance.feature_words import in_words
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
_TOKENS: Final = {
    "C-30": "ISO14443",
    "C-31": "ISO15693",
    "C-32": "KeyCode",
    "C-33": "Local",
    "C-34": "MacAddress",
    "C-35": "NoAuthorization",
    "C-36": "ISO14443",
    "C-37": "ISO15693",
    "C-38": "Central",
    "C-39": "NoAuthorization",
}
_ASSUMED: Final = frozenset(
    {
        *(f"C-29.{number}" for number in range(1, 7)),  # every message can be triggered
        "C-30",  # a reader of tokens
        "C-36",  # at least one sort of token can be named in a remote start
        "C-47",  # it goes back to the address that was good last
        "C-56",  # it makes summaries
        "firmware",  # it can be updated (L01)
        "log",  # it sends logs (N01)
    }
)
"""What no variable need tell: a station has it unless its inventory or the settings deny it."""

_DC_ONLY: Final = ("cccs", "cg105", "cgbt", "cchaoji", "oppcharge", "pan")
"""The beginnings of connector types that are for DC, in lower case."""

_PLAIN: Final = ("s309", "sbs1361", "scee", "other")
"""The same of those for Mode 1 and 2: of households and industry."""

_WIRELESS: Final = "w"
_NOT_TOLD: Final = ("undetermined", "unknown")

_TOKEN: Final = re.compile(r"\s*(\(|\)|[<>]=?|[A-Za-z0-9.\-]+)")


class Features:
    """What a station can do: what its inventory shows, and what the settings say."""

    def __init__(self, inventory: Inventory, settings: CaseSettings) -> None:
        """Look at an inventory."""
        self._inventory = inventory
        self._settings = settings
        self.evse_count = len(inventory.evses)

    def has(self, feature: str, *, at: tuple[int, int] | None = None) -> bool:
        """Whether the station has a feature.

        Args:
            feature: its id.
            at: the EVSE and connector it is asked of, if it is about cables; where the cases are
                played unless told otherwise.
        """
        if feature in self._settings.lacks:
            return False
        if feature in self._settings.features:
            return True
        if feature == "C-08" and self.has("C-07"):
            return False  # a master pass stops all only where there is no screen to choose on
        if feature in _OF_CABLES:
            here = at or (self._settings.evse_id, self._settings.connector_id)
            return _OF_CABLES[feature](_connector_types(self._inventory, *here))
        return self._shows(feature)

    def _shows(self, feature: str) -> bool:
        """Whether that follows from what the station and the settings say of other things."""
        if feature in _START:
            return self._point("TxCtrlr.TxStartPoint", _START[feature])
        if feature in _STOP:
            return self._point("TxCtrlr.TxStopPoint", _STOP[feature])
        if feature in _TOKENS:
            return self._takes_tokens(feature)
        if feature == "C-61":
            return self._settings.security_profile == 1
        looked = _LOOK.get(feature)
        return feature in _ASSUMED if looked is None else looked(self._inventory)

    def number(self, feature: str) -> int:
        """A feature that is a number: how many EVSEs (HFS-8)."""
        return self.evse_count if feature == "HFS-8" else int(self.has(feature))

    def _takes_tokens(self, feature: str) -> bool:
        """Whether drivers, or remote starts, can use a sort of token."""
        kind = _TOKENS[feature]
        if feature == "C-35" and self._settings.start_button:
            return True
        told = _token_types(self._inventory)
        return kind.lower() in told if told else feature in _ASSUMED

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


def _token_types(inventory: Inventory) -> set[str]:
    """The sorts of tokens that a station says it takes; nothing where it does not say."""
    told = set(inventory.members("AuthCtrlr.SupportedIdTokenTypes"))
    for item in inventory:
        if (item.key.component.lower(), item.key.name.lower()) == ("tokenreader", "tokentype"):
            told.update(item.values)
    return {each.lower() for each in told}


def _connector_types(inventory: Inventory, evse: int, connector: int) -> list[str]:
    """The type of a connector; those of all that tell theirs where it does not (Part 2 §2.13.4)."""
    told = {
        (item.key.evse, item.key.connector): (item.value or "").lower()
        for item in inventory
        if (item.key.component.lower(), item.key.name.lower()) == ("connector", "connectortype")
    }
    known = {place: each for place, each in told.items() if each and each not in _NOT_TOLD}
    here = known.get((evse, connector))
    return [*known.values()] if here is None else [here]


def _begin(*beginnings: str) -> Callable[[list[str]], bool]:
    return lambda types: any(each.startswith(beginnings) for each in types)


def _mode_3(types: list[str]) -> bool:
    """AC with a control pilot; assumed where no connector tells its type."""
    others = (*_DC_ONLY, *_PLAIN, _WIRELESS)
    return not types or any(not each.startswith(others) for each in types)


def _mode_1_or_2(types: list[str]) -> bool:
    return bool(types) and all(each.startswith(_PLAIN) for each in types)


def _measures(inventory: Inventory) -> bool:
    """Whether there is a measurand that can be sampled."""
    items = (inventory.get(each) for each in _MEASURANDS)
    return any(item is not None and (item.value or item.values) for item in items)


def _offline(inventory: Inventory) -> bool:
    cached = _can_be("AuthCacheCtrlr.Enabled", "true")(inventory) or _can_be(
        "LocalAuthListCtrlr.Enabled", "true"
    )(inventory)
    unknown = _can_be("AuthCtrlr.OfflineTxForUnknownIdEnabled", "true")(inventory)
    return _can_be("AuthCtrlr.LocalAuthorizeOffline", "true")(inventory) and (cached or unknown)


_MEASURANDS: Final = (
    "SampledDataCtrlr.TxStartedMeasurands",
    "SampledDataCtrlr.TxUpdatedMeasurands",
    "SampledDataCtrlr.TxEndedMeasurands",
    "AlignedDataCtrlr.Measurands",
    "AlignedDataCtrlr.TxEndedMeasurands",
)
_OF_CABLES: Final[dict[str, Callable[[list[str]], bool]]] = {
    "AQ-9": _mode_3,
    "HFS-1": _begin("s", "other"),
    "HFS-2": _begin("c"),
    "HFS-4": _begin(*_DC_ONLY, "ctesla"),
    "mode12": _mode_1_or_2,
}
"""What follows from the types of connectors, in lower case."""

_LOOK: Final[dict[str, Callable[[Inventory], bool]]] = {
    "AS-2": _can_be("SecurityCtrlr.AdditionalRootCertificateCheck", "true"),
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
    "C-40": _measures,
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
    "smart": _can_be("SmartChargingCtrlr.Enabled", "true"),
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
    problems = dict.fromkeys(parser.problems)
    lacks = ", ".join(in_words(name) for name, wanted in problems if wanted)
    excess = ", ".join(in_words(name) for name, wanted in problems if not wanted)
    told = (f"lacks {lacks}" if lacks else "", f"has {excess}" if excess else "")
    return f"needs {condition}; the station {' and '.join(filter(None, told))}"


class _Parser:
    """Reads and weighs a condition: ``or`` of ``and`` of ``not``.

    Attributes:
        problems: the features that stand in the way, and whether they should be there.
    """

    def __init__(self, text: str, features: Features) -> None:
        self._words = _TOKEN.findall(text)
        self._text = text
        self._features = features
        self.problems: list[tuple[str, bool]] = []

    def whole(self) -> bool:
        value = self._either(wanted=True)
        if self._words:
            msg = f"{self._text!r}: {self._words[0]!r} is too much"
            raise ValueError(msg)
        return value

    def _either(self, *, wanted: bool) -> bool:
        begin = len(self.problems)
        value = self._both(wanted=wanted)
        while self._next("or"):
            other = self._both(wanted=wanted)
            value = value or other
        if value is wanted:
            del self.problems[begin:]
        return value

    def _both(self, *, wanted: bool) -> bool:
        begin = len(self.problems)
        value = self._one(wanted=wanted)
        while self._next("and"):
            other = self._one(wanted=wanted)
            value = value and other
        if value is wanted:
            del self.problems[begin:]
        return value

    def _one(self, *, wanted: bool) -> bool:
        if self._next("not"):
            return not self._one(wanted=not wanted)
        if self._next("("):
            value = self._either(wanted=wanted)
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
        if value is not wanted:
            self.problems.append((name, wanted))
        return value

    def _next(self, word: str) -> bool:
        if self._words and self._words[0] == word:
            del self._words[0]
            return True
        return False
