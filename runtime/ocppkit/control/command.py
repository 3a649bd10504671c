"""What a command of a standalone station is."""

from __future__ import annotations

from attrs import frozen

from ocppkit.control.parameters import Parameter
from ocppkit.value import Value

__all__ = ["Command"]


@frozen(kw_only=True, eq=False, repr=False)
class Command(Value):
    """A command.

    Attributes:
        name: in the protocol.
        about: what it does.
        parameters: in the order in which the console takes them.
        words: what it is called in the console; its name where there are none.
        result: what the answer holds; empty for null.
    """

    name: str
    about: str
    parameters: tuple[Parameter, ...] = ()
    words: tuple[str, ...] = ()
    result: str = ""
