"""Looks for messages in the mailbox, and for what was nearly the right one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ocppkit.conformance.checks import Check, Found
from ocppkit.conformance.mailbox import Mailbox, Received
from ocppkit.message import Request

__all__ = ["first_that_fits", "nearly"]


async def first_that_fits(
    mailbox: Mailbox,
    since: int,
    of: type[Request[Any]],
    where: Check | None,
    patience: float,
) -> Received | None:
    """The first of a class that fits and that nobody has taken; waits for it.

    Args:
        mailbox: where to look.
        since: the place from which on.
        of: the class.
        where: what tells it from others.
        patience: how long to wait, in seconds.
    """

    def fits(came: Received) -> bool:
        request = came.request
        return isinstance(request, of) and (where is None or not where(request))

    _ = await mailbox.until(lambda: mailbox.find(since, fits) is not None, patience)
    return mailbox.find(since, fits)


def nearly(log: Sequence[Received], of: type[Request[Any]], where: Check | None) -> Iterable[Found]:
    """What keeps the best of a class from fitting; nothing where none came."""
    if where is None:
        return ()
    found = [where(each.request) for each in log if not each.taken and isinstance(each.request, of)]
    return min(found, key=len, default=())
