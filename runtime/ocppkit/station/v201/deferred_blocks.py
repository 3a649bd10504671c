"""Parts of 2.0.1 that are loaded when the CSMS asks for them first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ocppkit.station.core import StationCore
from ocppkit.station.deferred import Deferred
from ocppkit.station.token_book import TokenBook
from ocppkit.station.v201.variables import Variables
from ocppkit.v201 import StationLocalAuthorizationListHandler, StationProvisioningHandler

if TYPE_CHECKING:
    from ocppkit.station.v201.b_network import Network
    from ocppkit.station.v201.b_reports import Reports
    from ocppkit.station.v201.b_variables import VariablesBlock
    from ocppkit.station.v201.d_local_list import LocalListBlock

__all__ = ["local_list", "network", "reports", "variables_block"]


def local_list(
    *,
    book: TokenBook,
    enabled: Callable[[], bool],
    most_items: Callable[[], int],
    most_bytes: Callable[[], int | None],
) -> Deferred[LocalListBlock]:
    """What takes the local authorization list; the arguments are its own."""

    def make() -> LocalListBlock:
        from ocppkit.station.v201.d_local_list import LocalListBlock  # noqa: PLC0415  # at need

        return LocalListBlock(
            book=book, enabled=enabled, most_items=most_items, most_bytes=most_bytes
        )

    return Deferred(
        make,
        StationLocalAuthorizationListHandler.on_get_local_list_version,
        StationLocalAuthorizationListHandler.on_send_local_list,
    )


def network(core: StationCore) -> Deferred[Network]:
    """What lets the CSMS say by which ways to reach it."""

    def make() -> Network:
        from ocppkit.station.v201.b_network import Network  # noqa: PLC0415  # at need

        return Network(core=core)

    return Deferred(make, StationProvisioningHandler.on_set_network_profile)


def reports(*, core: StationCore, variables: Variables) -> Deferred[Reports]:
    """What reports variables; the arguments are its own."""

    def make() -> Reports:
        from ocppkit.station.v201.b_reports import Reports  # noqa: PLC0415  # at need

        return Reports(core=core, variables=variables)

    return Deferred(
        make,
        StationProvisioningHandler.on_get_base_report,
        StationProvisioningHandler.on_get_report,
    )


def variables_block(variables: Variables) -> Deferred[VariablesBlock]:
    """What lets variables be set and read."""

    def make() -> VariablesBlock:
        from ocppkit.station.v201.b_variables import VariablesBlock  # noqa: PLC0415  # at need

        return VariablesBlock(variables=variables)

    return Deferred(
        make,
        StationProvisioningHandler.on_get_variables,
        StationProvisioningHandler.on_set_variables,
    )
