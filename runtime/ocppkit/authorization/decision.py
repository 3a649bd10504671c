"""Who may charge by what is known here, and when the CSMS is asked instead (1.6 §3.5, §4.1)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from ocppkit.authorization.cache import Cache
from ocppkit.authorization.entry import Entry, Status
from ocppkit.authorization.local_list import LocalList

__all__ = ["Rules", "Verdict", "decide", "look_up"]


class Verdict(StrEnum):
    """What becomes of a token."""

    ACCEPT = "accept"
    ASK = "ask"
    REFUSE = "refuse"


@frozen(kw_only=True)
class Rules:
    """What the configuration says.

    Attributes:
        pre_authorize: whether a token that is known to be valid need not wait for the CSMS.
        authorize_offline: whether such a token may charge while the CSMS cannot be asked.
        unknown_offline: whether one that nobody here knows may.
    """

    pre_authorize: bool
    authorize_offline: bool
    unknown_offline: bool


def look_up(
    token: str, *, local_list: LocalList | None, cache: Cache | None, now: datetime
) -> Entry | None:
    """What is known of a token; the list goes before the cache (1.6 §3.5.3).

    Args:
        token: in any case.
        local_list: None where it is not used.
        cache: None where it is not used.
        now: the time of day.
    """
    found = local_list.find(token) if local_list is not None else None
    if found is None and cache is not None:
        found = cache.find(token, now)
    return found


def decide(
    entry: Entry | None, *, rules: Rules, online: bool, charging: bool, now: datetime
) -> Verdict:
    """Decide on a token.

    Whoever is known not to be valid is asked about while the CSMS is there, for it may be valid by
    now (1.6 §3.5.1), and refused while it is not, whatever holds for strangers (1.6 §3.5.4). One of
    which the CSMS said ConcurrentTx is valid (1.6 §3.5.2), but does not charge twice at the same
    time.

    Args:
        entry: what is known of it.
        rules: what is configured.
        online: whether the CSMS can be asked.
        charging: whether the token charges at this station already.
        now: the time of day.
    """
    if online:
        accepted = entry is not None and entry.status_at(now) is Status.ACCEPTED
        return Verdict.ACCEPT if accepted and rules.pre_authorize else Verdict.ASK
    if entry is not None:
        if not entry.valid_at(now) or (charging and entry.status is Status.CONCURRENT_TX):
            return Verdict.REFUSE
        if rules.authorize_offline:
            return Verdict.ACCEPT
    return Verdict.ACCEPT if rules.unknown_offline else Verdict.REFUSE
