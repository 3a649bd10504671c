"""The cases, a module for each block or part of one; each is named after its id."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

__all__ = ["load"]


def load() -> None:
    """Import every module of cases, which registers them."""
    for module in iter_modules(__path__):
        _ = import_module(f"{__name__}.{module.name}")
