"""The table of ``station.toml`` about ISO 15118 and Plug & Charge."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from ocppkit.station.settings.about import Kind, about, integer, text
from ocppkit.value import Value

__all__ = ["PlugAndChargeSettings"]

_ISO15118 = "ISO15118Ctrlr"


def _read_country(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    if len(value) != 2 or not value.isascii() or not value.isalpha():
        raise ValueError
    return value.upper()


_COUNTRY = Kind(expected="two letters (ISO 3166-1)", read=_read_country, is_text=True)


@frozen(kw_only=True, eq=False, repr=False)
class PlugAndChargeSettings(Value):
    """The certificate that EVs are shown, and what is told of it."""

    secc_common_name: str | None = field(
        default=None,
        metadata=about(
            "The common name in the certificate that EVs are shown; the serial number unless set.",
            text(64),
            example="DEPNXSECC0001",
            variable=(_ISO15118, "SeccId"),
        ),
    )
    secc_country: str | None = field(
        default=None,
        metadata=about(
            "Its country.",
            _COUNTRY,
            example="DE",
            variable=(_ISO15118, "CountryName"),
        ),
    )
    secc_organization: str | None = field(
        default=None,
        metadata=about(
            "Its organization; that of the station's other certificate unless set.",
            text(64),
            example="Example Charging",
            variable=(_ISO15118, "OrganizationName"),
        ),
    )
    ocsp_refresh: int = field(
        default=604_800,
        metadata=about(
            "How old an OCSP answer about it gets before it is asked for again.",
            integer(86_400),
            unit="s",
        ),
    )
