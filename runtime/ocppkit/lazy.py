"""Modules that load what they export when it is first asked for (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["attach"]


def attach(
    module: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Make the ``__getattr__`` and ``__dir__`` of a module that re-exports lazily.

    Args:
        module: the full name of the module that exports.
        homes: exported name → full name of the module that defines it.

    Returns:
        The two functions; a name once resolved becomes a plain attribute of the module.
    """

    def resolve(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            msg = f"module {module!r} has no attribute {name!r}"
            raise AttributeError(msg, name=name, obj=sys.modules.get(module))
        value = getattr(import_module(home), name)
        setattr(sys.modules[module], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[module]), *homes})

    return resolve, names
