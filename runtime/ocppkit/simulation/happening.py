"""What happens in the simulated world, for whoever watches."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

from ocppkit.value import Value

__all__ = ["Happening", "Listeners"]

_logger = logging.getLogger(__name__)


@frozen(kw_only=True, eq=False, repr=False)
class Happening(Value):
    """Something that happened, fit for JSON.

    Attributes:
        kind: ``token`` (with ``outcome``: accepted, refused, stopped; of a contract also
            ``status``, ``certificate``, ``reason``), ``ev_certificate_response`` (``status``,
            ``exi_response``, ``error``), ``offer`` (``power_w``,
            ``current_a``, ``phases``), ``lock`` (``connector``, ``locked``), ``drawing``
            (``power_w``), ``plug`` (``connector``, ``plugged``), ``display`` (``text``),
            ``language`` (``language``), ``reboot`` (``reason``), ``network`` (``interface``).
        evse: where; None for the station itself.
        details: what belongs to it.
    """

    kind: str
    evse: int | None = None
    details: Mapping[str, Any] = field(factory=dict)


class Listeners:
    """Those who watch; one that raises is logged and harms nobody."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Happening], None]] = []

    def add(self, listener: Callable[[Happening], None]) -> Callable[[], None]:
        """Tell somebody from now on; returns what ends it."""
        self._listeners.append(listener)

        def remove() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return remove

    def tell(self, kind: str, evse: int | None = None, **details: Any) -> None:
        """Tell all."""
        happening = Happening(kind=kind, evse=evse, details=details)
        for listener in list(self._listeners):
            try:
                listener(happening)
            except Exception:
                _logger.exception("a listener failed on %s", kind)
