"""Part 6's reusable states about certificates and contracts; those of block A fill them in."""

from __future__ import annotations

from ocppkit.conformance.case import Case
from ocppkit.conformance.verdict import NotApplicable

__all__ = [
    "authorized_15118",
    "charging_station_certificate_renewed",
    "v2g_certificates_renewed",
]


async def charging_station_certificate_renewed(t: Case) -> None:
    """RenewChargingStationCertificate (errata 6.2.122, 6.2.123).

    Raises:
        NotApplicable: the kit cannot do that yet.
    """
    raise NotApplicable(f"{t.facts.id}: the kit signs no certificates yet")


async def v2g_certificates_renewed(t: Case) -> None:
    """RenewV2GChargingStationCertificate, for each EVSE with a SeccId.

    Raises:
        NotApplicable: the kit cannot do that yet.
    """
    raise NotApplicable(f"{t.facts.id}: the kit signs no certificates yet")


async def authorized_15118(t: Case) -> None:
    """Authorized15118: by a token at the reader, or by the contract in the EV.

    Raises:
        NotApplicable: the kit cannot do that yet.
    """
    raise NotApplicable(f"{t.facts.id}: the kit does not play contracts in EVs yet")
