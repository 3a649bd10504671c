"""What the equipment of an EVSE tells the station."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol

from ocppkit.station.hardware import Fault
from ocppkit.station.local_stop import LocalStop

__all__ = ["Reports"]


class Reports(Protocol):
    """What the equipment of an EVSE reports: `ocppkit.station.Evse`."""

    def plugged_in(self, connector: int = 1) -> Coroutine[Any, Any, None]:
        """A cable connects the EV."""
        ...

    def unplugged(self, connector: int = 1) -> Coroutine[Any, Any, None]:
        """The cable no longer connects the EV."""
        ...

    def ev_suspended(self) -> Coroutine[Any, Any, None]:
        """The EV takes no energy."""
        ...

    def ev_resumed(self) -> Coroutine[Any, Any, None]:
        """The EV takes energy."""
        ...

    def station_suspended(self) -> Coroutine[Any, Any, None]:
        """The equipment lets no energy flow."""
        ...

    def station_resumed(self) -> Coroutine[Any, Any, None]:
        """The equipment lets energy flow again."""
        ...

    def bay_occupied(self) -> Coroutine[Any, Any, None]:
        """An EV stands in the parking bay."""
        ...

    def bay_free(self) -> Coroutine[Any, Any, None]:
        """No EV stands in the parking bay any more."""
        ...

    def stopped_locally(self, stop: LocalStop) -> Coroutine[Any, Any, None]:
        """Charging ends on site."""
        ...

    def fault(self, fault: Fault, *, connector: int | None = None) -> Coroutine[Any, Any, None]:
        """Something is wrong."""
        ...

    def fault_cleared(self, *, connector: int | None = None) -> Coroutine[Any, Any, None]:
        """Everything is right again."""
        ...
