"""Part 6's reusable states, all in one place to import them from."""

from __future__ import annotations

from ocppkit.conformance.states_contract import (
    EIM,
    authorized_15118,
    authorized_by_contract,
    ev_with,
    id_token_cached_15118,
    of_contract,
)
from ocppkit.conformance.states_memory import (
    certificate_installed,
    id_token_cached,
    id_token_in_local_list,
    list_entry,
    transaction_events_in_queue_ended,
)
from ocppkit.conformance.states_security import (
    charging_station_certificate_renewed,
    v2g_certificates_renewed,
)
from ocppkit.conformance.states_session import (
    ACCEPTED,
    DEFAULT,
    LOCAL,
    REMOTE,
    authorize_expected,
    authorized,
    energy_transfer_started,
    ev_connected_pre_session,
    parking_bay_occupied,
    power_path_closed,
    presents,
    transaction_event,
)
from ocppkit.conformance.states_station import (
    STARTUP_EVENTS,
    booted,
    booting,
    get_installed_certificates,
    offline_transaction_started,
    reserved,
    unavailable,
)
from ocppkit.conformance.states_stop import (
    deauthorized,
    energy_transfer_suspended,
    ev_connected_post_session,
    ev_disconnected,
    leave,
    parking_bay_unoccupied,
    refuse_events,
    stop_authorized,
)

__all__ = [
    "ACCEPTED",
    "DEFAULT",
    "EIM",
    "LOCAL",
    "REMOTE",
    "STARTUP_EVENTS",
    "authorize_expected",
    "authorized",
    "authorized_15118",
    "authorized_by_contract",
    "booted",
    "booting",
    "certificate_installed",
    "charging_station_certificate_renewed",
    "deauthorized",
    "energy_transfer_started",
    "energy_transfer_suspended",
    "ev_connected_post_session",
    "ev_connected_pre_session",
    "ev_disconnected",
    "ev_with",
    "get_installed_certificates",
    "id_token_cached",
    "id_token_cached_15118",
    "id_token_in_local_list",
    "leave",
    "list_entry",
    "of_contract",
    "offline_transaction_started",
    "parking_bay_occupied",
    "parking_bay_unoccupied",
    "power_path_closed",
    "presents",
    "refuse_events",
    "reserved",
    "stop_authorized",
    "transaction_event",
    "transaction_events_in_queue_ended",
    "unavailable",
    "v2g_certificates_renewed",
]
