"""What the cases share in which the station is alone for a while."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case
from ocppkit.conformance.checks import Check, fields
from ocppkit.conformance.places import place_of
from ocppkit.conformance.settings import Token
from ocppkit.conformance.states import presents
from ocppkit.conformance.verdict import NotApplicable
from ocppkit.v201 import TransactionEventRequest

__all__ = [
    "RETRIES",
    "allow_known_offline",
    "goes_away",
    "judge_queue",
    "let_in",
    "prepare_offline",
    "was_queued",
    "with_samples",
]

RETRIES: Final = "OCPPCommCtrlr.RetryBackOffWaitMinimum"
_THRESHOLD: Final = "OCPPCommCtrlr.OfflineThreshold"
_RANGE: Final = "OCPPCommCtrlr.RetryBackOffRandomRange"
_INTERVAL: Final = "SampledDataCtrlr.TxUpdatedInterval"
_MEASURANDS: Final = "SampledDataCtrlr.TxUpdatedMeasurands"
_SAMPLED: Final = "SampledDataCtrlr.Enabled"
_MARGIN: Final = 60  # seconds by which the threshold exceeds the time without a connection
_ABOUT_THEN: Final = 1.0  # seconds before a reconnection in which both "offline" and not fit


async def prepare_offline(t: Case, *, more: float = 0, least: float = 0) -> float:
    """Have the station come back after a known time, before the offline threshold.

    Args:
        t: the case.
        more: seconds besides the configured ones.
        least: how many it must be in all.

    Returns:
        After how many seconds it tries first.

    Raises:
        NotApplicable: the station cannot be told.
        Missing: it refuses.
    """
    wait = max(t.settings.retry_back_off_wait_minimum + int(more), int(least))
    await t.configure({_THRESHOLD: wait + _MARGIN, RETRIES: wait, _RANGE: 0})
    return float(wait)


async def with_samples(t: Case, *, more: float = 0) -> float:
    """As `prepare_offline`, with two samples at least in the time without a connection.

    Raises:
        NotApplicable: the station cannot be told.
        Missing: it refuses.
    """
    interval = t.settings.meter_interval_updated
    await t.configure({_SAMPLED: True, _INTERVAL: interval}, optional=(_SAMPLED,))
    if not t.inventory.members(_MEASURANDS):
        raise NotApplicable(f"needs {_MEASURANDS}: none is set")
    return await prepare_offline(t, more=more, least=2 * interval + 1)


async def let_in(t: Case, token: Token) -> None:
    """A driver comes into the bay, where there is a sensor, and presents a token."""
    number, _ = place_of(t)
    if t.kit.world.can("bay"):
        await t.do("bay", evse=number, occupied=True)
        t.session().bay = True
    await presents(t, token)


async def goes_away(t: Case, token: Token | None) -> None:
    """A driver stops and leaves, unseen; without a token it is the EV that stops.

    Raises:
        Impossible: there is no way.
    """
    session = t.session()
    number, connector = place_of(t)
    if token is None:
        await t.do("ev_power", evse=number, power_w=0)
    else:
        await presents(t, token)
    await t.kit.clock.sleep(t.settings.optional_wait)
    await t.do("plug_out", evse=number, connector=connector)
    session.plugged = session.authorized = False
    if session.bay:
        await t.do("bay", evse=number, occupied=False)
        session.bay = False


async def allow_known_offline(t: Case) -> None:
    """Have the station let in by itself whom its list accepts, and nobody whom it does not know.

    Raises:
        NotApplicable: the station cannot do that.
        Missing: it refuses.
    """
    await t.configure(
        {
            "LocalAuthListCtrlr.Enabled": True,
            "AuthCtrlr.LocalPreAuthorize": True,
            "AuthCtrlr.OfflineTxForUnknownIdEnabled": False,
            "AuthCtrlr.LocalAuthorizeOffline": True,
        },
        optional=(
            "LocalAuthListCtrlr.Enabled",
            "AuthCtrlr.LocalPreAuthorize",
            "AuthCtrlr.OfflineTxForUnknownIdEnabled",
        ),
    )


def judge_queue(
    t: Case, step: int | str, begin: int, *checks: Check, over: bool = False
) -> list[TransactionEventRequest]:
    """See that what was queued while there was no connection says so.

    Args:
        t: the case.
        step: of its text.
        begin: the place in the mailbox at which the connection was lost.
        *checks: what each has to say besides.
        over: whether nothing went on when the connection was back: every event was queued then.

    Returns:
        The events that were queued.
    """
    queued = []
    for came in t.kit.mailbox.received[begin:]:
        event = came.request
        if isinstance(event, TransactionEventRequest) and (over or was_queued(t, event)):
            t.check(step, event, fields(offline=True), *checks)
            queued.append(event)
    if not queued:
        t.deviate(step, "TransactionEvent", "events from the time without a connection", "none")
    return queued


def was_queued(t: Case, event: TransactionEventRequest) -> bool:
    """Whether it was clearly before the station came back: its times may be told to the second."""
    attempts = reversed(t.kit.at.attempts)
    back = next(each.time for each in attempts if each.refused is None)
    return (back - event.timestamp).total_seconds() > _ABOUT_THEN
