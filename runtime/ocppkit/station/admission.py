"""Whether somebody may begin to charge at an EVSE, and by which of its connectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ocppkit.station.charging import Charging
from ocppkit.station.connector import Connector, usable_among
from ocppkit.station.id_token import same_group
from ocppkit.station.site import Site
from ocppkit.station.transaction import Authorization

__all__ = ["Admission"]


class Admission:
    """Judges that anew each time; call it with the EVSE's lock held where that is to last."""

    def __init__(
        self,
        *,
        evse: int,
        connectors: Mapping[int, Connector],
        charging: Charging,
        site: Site,
        operative: Callable[[], bool],
    ) -> None:
        """Judge who may begin.

        Args:
            evse: its number.
            connectors: of the EVSE, by their number.
            charging: its use.
            site: the station around it.
            operative: whether the CSMS lets it be used.
        """
        self._evse = evse
        self._connectors = connectors
        self._charging = charging
        self._site = site
        self._operative = operative

    def place(self, wanted: int | None) -> int | None:
        """The connector for somebody who starts now; None where that cannot be.

        Args:
            wanted: where they want to; None for wherever they can.
        """
        engaged = self._charging.plugging.engaged
        return self._usable(self._charging.connector if engaged else wanted)

    @property
    def possible(self) -> bool:
        """Whether a transaction may begin for the EV that is served, or for one that comes."""
        served = self._charging.plugged
        return self._usable(served.id if served else None) is not None

    def admits(self, authorization: Authorization) -> bool:
        """Whether somebody may charge where there is a connector for them.

        A master pass starts nothing (C16.FR.03).
        """
        if self._charging.authorization is not None:
            return False
        if same_group(authorization.group_id, self._site.policy.master_pass_group):
            return False
        return self._site.reservations.permits(self._evse, authorization)

    def _usable(self, wanted: int | None) -> int | None:
        site = self._site
        operative = site.operative and self._operative() and not site.resets(self._evse)
        return usable_among(self._connectors, wanted) if operative else None
