"""What may happen to a 1.6 station, wrong moments included: the CSMS's calls, the world, time."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from attrs import frozen
from hypothesis import strategies as st

from ocppkit.codec import codec_for
from ocppkit.codec.jsontext import dumps
from ocppkit.message import Side, Version
from ocppkit.testing import START

from ..codec.schemas import MESSAGES
from .garbage import mutated
from .messages import payloads_of

__all__ = ["Call", "Happens", "Mood", "Pass", "Step", "Walk", "walks"]

Strategy: TypeAlias = st.SearchStrategy[Any]
Row: TypeAlias = dict[str, Any]


@frozen
class Call:
    """The CSMS asks; whether the walk goes on before the answer."""

    action: str
    payload: Any
    meanwhile: bool = False


@frozen
class Happens:
    """Something happens at an EVSE, or to the connection."""

    what: str
    evse: int = 1


@frozen
class Mood:
    """How the CSMS answers an action from now on."""

    action: str
    status: str


@frozen
class Pass:
    """Time passes, in seconds."""

    seconds: float


Step: TypeAlias = Call | Happens | Mood | Pass
Walk: TypeAlias = list[Step]

ACTIONS: Final = sorted(
    name
    for name, action in codec_for(Version.V16).actions.items()
    if Side.STATION in action.receivers
)
_REQUESTS: Final = {
    message.name.removesuffix("Request"): message
    for message in MESSAGES
    if message.version is Version.V16 and message.name.endswith("Request")
}

_CONNECTORS = st.sampled_from([0, 1, 1, 1, 2, 2, 3, -1])
_TAGS = st.sampled_from(["ABC", "ABC", "XYZ", "abc", "nobody"])
_IDS = st.integers(1, 4)
_PLACES = st.sampled_from(["http://files.example/a", "ftp://u:p@files.example/b", "nonsense:", ""])
_SECONDS = st.sampled_from([-60, 0, 1, 5, 60, 3600, 86_400])
_AMPERES = st.sampled_from([0, 3, 6, 10, 16.5, 32])
_NUMBERS = st.sampled_from(["0", "1", "2", "60", "-1", "1.5", "", "true", "false", "x" * 60])
_PURPOSES = ["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"]
_KINDS = ["Absolute", "Recurring", "Relative"]
_KEYS = st.sampled_from(
    [
        *("AllowOfflineTxForUnknownId", "AuthorizationCacheEnabled", "AuthorizeRemoteTxRequests"),
        *("ClockAlignedDataInterval", "ConnectionTimeOut", "HeartbeatInterval"),
        *("LocalAuthListEnabled", "LocalAuthorizeOffline", "LocalPreAuthorize"),
        *("MaxEnergyOnInvalidId", "MeterValueSampleInterval", "MinimumStatusDuration"),
        *("MeterValuesSampledData", "ResetRetries", "StopTransactionOnInvalidId", "CpoName"),
        *("StopTransactionOnEVSideDisconnect", "TransactionMessageAttempts", "NumberOfConnectors"),
        *("UnlockConnectorOnEVSideDisconnect", "WebSocketPingInterval", "SecurityProfile"),
        *("AuthorizationKey", "ReserveConnectorZeroSupported", "DefaultPrice", "nonsense"),
    ]
)


def _times() -> Strategy:
    return st.integers(-3600, 86_400).map(
        lambda seconds: START.replace(year=2026 + seconds // 80_000).isoformat()
    )


def _some(needed: Row, /, **optional: Strategy) -> Strategy:
    return st.fixed_dictionaries(needed, optional=optional)


def _schedules() -> Strategy:
    periods = st.lists(
        _some({"startPeriod": st.sampled_from([0, 60, 600])} | {"limit": _AMPERES}),
        min_size=1,
        max_size=3,
    )
    return _some(
        {"chargingRateUnit": st.sampled_from(["A", "W"]), "chargingSchedulePeriod": periods},
        duration=_SECONDS,
        startSchedule=_times(),
        minChargingRate=_AMPERES,
    )


def _profiles() -> Strategy:
    return _some(
        {
            "chargingProfileId": _IDS,
            "stackLevel": st.integers(0, 2),
            "chargingProfilePurpose": st.sampled_from(_PURPOSES),
            "chargingProfileKind": st.sampled_from(_KINDS),
            "chargingSchedule": _schedules(),
        },
        transactionId=_IDS,
        recurrencyKind=st.sampled_from(["Daily", "Weekly"]),
        validFrom=_times(),
        validTo=_times(),
    )


def _list_entries() -> Strategy:
    statuses = st.sampled_from(["Accepted", "Blocked", "Expired", "Invalid"])
    info = _some({"status": statuses}, parentIdTag=_TAGS, expiryDate=_times())
    return st.lists(_some({"idTag": _TAGS}, idTagInfo=info), max_size=3)


_LOG = _some({"remoteLocation": _PLACES}, oldestTimestamp=_times(), latestTimestamp=_times())
_RETRY = {"retries": st.integers(-1, 2), "retryInterval": st.integers(-1, 60)}
_LIKELY: Final[dict[str, Strategy]] = {
    "CancelReservation": _some({"reservationId": _IDS}),
    "ChangeAvailability": _some(
        {"connectorId": _CONNECTORS, "type": st.sampled_from(["Operative", "Inoperative"])}
    ),
    "ChangeConfiguration": _some({"key": _KEYS, "value": _NUMBERS}),
    "ClearChargingProfile": _some(
        {}, id=_IDS, connectorId=_CONNECTORS, chargingProfilePurpose=st.sampled_from(_PURPOSES)
    ),
    "DataTransfer": _some(
        {"vendorId": st.sampled_from(["org.openchargealliance.costmsg", "acme"])},
        messageId=st.sampled_from(["SetUserPrice", "RunningCost", "FinalCost", "x"]),
        data=st.sampled_from(["", "{}", '{"transactionId":1,"cost":1.5}', "null"]),
    ),
    "GetCompositeSchedule": _some(
        {"connectorId": _CONNECTORS, "duration": _SECONDS},
        chargingRateUnit=st.sampled_from(["A", "W"]),
    ),
    "GetConfiguration": _some({}, key=st.lists(_KEYS, max_size=3)),
    "GetDiagnostics": _some({"location": _PLACES}, startTime=_times(), stopTime=_times(), **_RETRY),
    "GetLog": _some(
        {
            "log": _LOG,
            "logType": st.sampled_from(["DiagnosticsLog", "SecurityLog"]),
            "requestId": _IDS,
        },
        **_RETRY,
    ),
    "RemoteStartTransaction": _some(
        {"idTag": _TAGS}, connectorId=_CONNECTORS, chargingProfile=_profiles()
    ),
    "RemoteStopTransaction": _some({"transactionId": _IDS}),
    "ReserveNow": _some(
        {
            "connectorId": _CONNECTORS,
            "expiryDate": _times(),
            "idTag": _TAGS,
            "reservationId": _IDS,
        },
        parentIdTag=_TAGS,
    ),
    "Reset": _some({"type": st.sampled_from(["Hard", "Soft"])}),
    "SendLocalList": _some(
        {
            "listVersion": st.integers(-1, 5),
            "updateType": st.sampled_from(["Differential", "Full"]),
        },
        localAuthorizationList=_list_entries(),
    ),
    "SetChargingProfile": _some({"connectorId": _CONNECTORS, "csChargingProfiles": _profiles()}),
    "UnlockConnector": _some({"connectorId": _CONNECTORS}),
    "UpdateFirmware": _some({"location": _PLACES, "retrieveDate": _times()}, **_RETRY),
}


def _sendable(payload: Any) -> bool:
    """Whether it is a payload at all: what is none is looked at where frames are."""
    try:
        _ = dumps(payload)
    except (TypeError, ValueError):
        return False
    return isinstance(payload, dict)


@st.composite
def _calls(draw: Any) -> Call:
    action = draw(st.sampled_from(ACTIONS))
    right = payloads_of(_REQUESTS[action])
    kind = draw(st.sampled_from(["likely"] * 6 + ["right", "wrong"]))
    payload = draw(_LIKELY.get(action, right) if kind == "likely" else right)
    if kind == "wrong":
        payload = draw(mutated(st.just(payload)).filter(_sendable))
    return Call(action, payload, draw(st.booleans()))


_HAPPENINGS: Final = (
    *("plug", "plug", "plug", "unplug", "card", "card", "card", "other card"),
    *("fault", "clear", "pause", "resume", "full", "hungry", "stubborn lock", "lock"),
    *("security event", "offline", "online", "cut"),
)
_MOODS: Final = {
    "BootNotification": ["Accepted", "Accepted", "Pending", "Rejected"],
    "Authorize": ["Accepted", "Accepted", "Blocked", "ConcurrentTx", "Silence"],
    "StartTransaction": ["Accepted", "Accepted", "Invalid", "Blocked"],
    "StatusNotification": ["Accepted", "Refused", "Silence"],
    "SignCertificate": ["Accepted", "Rejected"],
}


def _steps() -> st.SearchStrategy[Step]:
    happens = st.builds(Happens, st.sampled_from(_HAPPENINGS), st.sampled_from([1, 1, 2]))
    moods = st.sampled_from([Mood(name, each) for name, all_ in _MOODS.items() for each in all_])
    passes = st.sampled_from([Pass(each) for each in (0.5, 3, 11, 65, 130, 1000)])
    return st.one_of(_calls(), _calls(), _calls(), happens, happens, moods, passes)


_CHARGING: Final[Walk] = [Happens("plug"), Happens("card"), Pass(5)]
_NOW: Final = START.isoformat()
_UPDATE: Final = Call("UpdateFirmware", {"location": "http://x/y", "retrieveDate": _NOW})
_INOPERATIVE: Final = {"connectorId": 1, "type": "Inoperative"}
_RESERVE: Final = {
    "connectorId": 1,
    "expiryDate": START.replace(year=2027).isoformat(),
    "idTag": "ABC",
    "reservationId": 1,
}
SCENES: Final[list[Walk]] = [
    [],
    [Mood("BootNotification", "Pending"), Call("Reset", {"type": "Soft"}), Pass(60)],
    [Mood("BootNotification", "Rejected"), Call("Reset", {"type": "Hard"}), Pass(60)],
    [Happens("plug")],
    [Happens("card")],
    _CHARGING,
    [*_CHARGING, Happens("full"), Pass(5)],
    [*_CHARGING, Happens("pause"), Pass(5)],
    [*_CHARGING, Happens("card")],
    [*_CHARGING, Happens("offline"), Pass(60)],
    [*_CHARGING, Happens("fault")],
    [*_CHARGING, Call("ChangeAvailability", _INOPERATIVE)],
    [Call("ReserveNow", _RESERVE)],
    [*_CHARGING, Call("Reset", {"type": "Soft"}, meanwhile=True)],
    [*_CHARGING, _UPDATE, Pass(15)],
    [_UPDATE, Pass(11)],
]
"""Where walks begin."""


def walks() -> st.SearchStrategy[Walk]:
    """A scene, and whatever comes then."""
    return st.builds(
        lambda scene, steps: [*scene, *steps],
        st.sampled_from(SCENES),
        st.lists(_steps(), min_size=3, max_size=14),
    )
