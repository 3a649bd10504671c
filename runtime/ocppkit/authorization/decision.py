"""Who may charge by what is known here, and when the CSMS is asked (C10 - C15; 1.6 §3.5)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from ocppkit.authorization.cache import Cache
from ocppkit.authorization.entry import Entry, Status
from ocppkit.authorization.local_list import LocalList
from ocppkit.value import Value

__all__ = ["Known", "Rules", "Verdict", "decide", "look_up"]


class Verdict(StrEnum):
    """What becomes of a token."""

    ACCEPT = "accept"
    ASK = "ask"
    REFUSE = "refuse"


@frozen(kw_only=True, eq=False, repr=False)
class Rules(Value):
    """What the configuration says.

    Attributes:
        pre_authorize: whether a token that is known to be valid need not wait for the CSMS.
        authorize_offline: whether such a token may charge while the CSMS cannot be asked.
        unknown_offline: whether one that nobody here knows may.
        asks: whether the CSMS is ever asked (DisableRemoteAuthorization).
        asks_again_of_listed: whether it is about those that the list knows not to be valid.
        asks_again_of_cached: the same of the cache (DisablePostAuthorize).
        list_expires: whether what the list says expires (SupportsExpiryDateTime).
        tolerates_concurrent: whether one that only charges elsewhere too is valid (1.6 §3.5.2).
    """

    pre_authorize: bool
    authorize_offline: bool
    unknown_offline: bool
    asks: bool = True
    asks_again_of_listed: bool = True
    asks_again_of_cached: bool = True
    list_expires: bool = True
    tolerates_concurrent: bool = True

    def status(self, known: Known, now: datetime) -> Status:
        """The status of a token at a moment."""
        expires = self.list_expires or not known.listed
        return known.entry.status_at(now) if expires else known.entry.status

    def valid(self, known: Known, now: datetime) -> bool:
        """Whether a token may charge somewhere, by what is known here."""
        status = self.status(known, now)
        return status is Status.ACCEPTED or (
            self.tolerates_concurrent and status is Status.CONCURRENT_TX
        )

    def asks_again(self, known: Known) -> bool:
        """Whether the CSMS is asked about one who was not valid when it last told of them."""
        asks = self.asks_again_of_listed if known.listed else self.asks_again_of_cached
        return asks or known.entry.status is Status.ACCEPTED


@frozen(kw_only=True, eq=False, repr=False)
class Known(Value):
    """What is known of a token.

    Attributes:
        entry: what the CSMS said.
        listed: whether the list says it; otherwise the cache does.
    """

    entry: Entry
    listed: bool


def look_up(
    token: str, *, local_list: LocalList | None, cache: Cache | None, now: datetime
) -> Known | None:
    """What is known of a token; the list goes before the cache (C14.FR.01; 1.6 §3.5.3).

    Args:
        token: in any case.
        local_list: None where it is not used.
        cache: None where it is not used.
        now: the time of day.
    """
    entry = local_list.find(token) if local_list is not None else None
    if entry is not None:
        return Known(entry=entry, listed=True)
    entry = cache.find(token, now) if cache is not None else None
    return None if entry is None else Known(entry=entry, listed=False)


def decide(
    known: Known | None, *, rules: Rules, online: bool, charging: bool, now: datetime
) -> Verdict:
    """Decide on a token.

    Whoever is known not to be valid is asked about while the CSMS is there, for it may be valid by
    now (C10.FR.03, C14.FR.03; 1.6 §3.5.1), and refused while it is not, whatever holds for
    strangers (C13.FR.06; 1.6 §3.5.4). One of which the CSMS said ConcurrentTx may be valid (1.6
    §3.5.2), but does not charge twice at the same time.

    Args:
        known: what is known of it.
        rules: what is configured.
        online: whether the CSMS can be asked.
        charging: whether the token charges at this station already.
        now: the time of day.
    """
    if online:
        accepted = known is not None and rules.status(known, now) is Status.ACCEPTED
        if accepted and (rules.pre_authorize or not rules.asks):
            return Verdict.ACCEPT
        asks = rules.asks and (known is None or rules.asks_again(known))
        return Verdict.ASK if asks else Verdict.REFUSE
    if known is not None:
        busy = charging and known.entry.status is Status.CONCURRENT_TX
        if busy or not rules.valid(known, now):
            return Verdict.REFUSE
        if rules.authorize_offline:
            return Verdict.ACCEPT
    return Verdict.ACCEPT if rules.unknown_offline else Verdict.REFUSE
