"""What a station must not forget: SQLite on its disk, memory where the disk fails."""

from __future__ import annotations

from ocppkit.store.charging_profiles import ChargingProfiles, ProfileChange, SavedProfile
from ocppkit.store.incident import Incident, IncidentKind, StoreInUse
from ocppkit.store.journal import Draft, Entry, Journal, Placed
from ocppkit.store.key_values import KeyValues
from ocppkit.store.known_tokens import KnownTokens, SavedTokens
from ocppkit.store.open_transactions import OpenTransaction, OpenTransactions
from ocppkit.store.store import Store

__all__ = [
    "ChargingProfiles",
    "Draft",
    "Entry",
    "Incident",
    "IncidentKind",
    "Journal",
    "KeyValues",
    "KnownTokens",
    "OpenTransaction",
    "OpenTransactions",
    "Placed",
    "ProfileChange",
    "SavedProfile",
    "SavedTokens",
    "Store",
    "StoreInUse",
]
