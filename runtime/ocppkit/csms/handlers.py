"""The handlers of a first CSMS: they accept, answer sensibly and remember."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ocppkit.connection import Handlers, Session
from ocppkit.csms import v16, v201
from ocppkit.csms.memory import Memory
from ocppkit.csms.policy import Policy
from ocppkit.message import Handler, Version

__all__ = ["accepting"]

_HANDLERS: dict[Version, Callable[[str, Memory, Policy], Handler]] = {
    Version.V16: v16.AcceptingHandler,
    Version.V201: v201.AcceptingHandler,
}


def accepting(memory: Memory, policy: Policy | None = None) -> Handlers:
    """Make the accepting handlers, for sessions of any version.

    Args:
        memory: keeps what they learn.
        policy: how they decide.
    """
    chosen = policy or Policy()

    def handlers(session: Session) -> Iterable[Handler]:
        return [_HANDLERS[session.version](session.identity, memory, chosen)]

    return handlers
