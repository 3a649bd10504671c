"""The variables of the local authorization list (2.0.1 Part 2 §2.5)."""

from __future__ import annotations

from typing import Final

from ocppkit.message import Version
from ocppkit.station.core import StationCore
from ocppkit.station.token_book import LARGEST_ROW, MOST_LISTED, row_size
from ocppkit.station.transaction import Policy
from ocppkit.station.v201.variable_rows import fixed, flag
from ocppkit.station.v201.variables import Variable
from ocppkit.variable_terms import DataType

__all__ = ["BYTES", "ITEMS", "local_list_variables"]

BYTES: Final = "LocalAuthListCtrlr.BytesPerMessage"
ITEMS: Final = "LocalAuthListCtrlr.ItemsPerMessage"

_LIST: Final = "LocalAuthListCtrlr"
_SMALLEST_ITEM: Final = 100  # bytes of JSON, of a token with all that has to be said of it


def local_list_variables(core: StationCore, policy: Policy) -> list[Variable]:
    """Those of the list.

    Args:
        core: the station.
        policy: what they change.
    """
    book, largest = core.authorizing.books.of(Version.V201), core.config.max_message_size
    items = min(MOST_LISTED, max(1, largest // _SMALLEST_ITEM))

    def storage() -> str:
        entries = book.local_list.entries.items()
        return str(sum(row_size(token, entry.group_id) for token, entry in entries))

    def recheck(text: str) -> None:
        policy.asks_again_of_listed = text == "false"

    return [
        fixed(_LIST, "Available", "true"),
        fixed(_LIST, "BytesPerMessage", str(largest)),
        Variable(
            component=_LIST,
            name="DisablePostAuthorize",
            get=lambda: "false" if policy.asks_again_of_listed else "true",
            set=recheck,
        ),
        flag(_LIST, "Enabled", policy, "local_list_enabled"),
        Variable(
            component=_LIST,
            name="Entries",
            get=lambda: str(len(book.local_list)),
            maximum=MOST_LISTED,
        ),
        fixed(_LIST, "ItemsPerMessage", str(items)),
        Variable(component=_LIST, name="Storage", get=storage, maximum=MOST_LISTED * LARGEST_ROW),
        # Up to the integrator: the CSMS may only read it.
        flag(
            _LIST,
            "SupportsExpiryDateTime",
            policy,
            "list_expires",
            data_type=DataType.BOOLEAN,
            locked=True,
        ),
    ]
