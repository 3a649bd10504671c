"""The schema, as the steps that led to it; a step that was released never changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

__all__ = ["MIGRATIONS", "migrate", "version"]

_KEY_VALUES: Final = (
    """
    CREATE TABLE key_values (
        namespace TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (namespace, key)
    ) WITHOUT ROWID
    """,
)

_OPEN_TRANSACTIONS: Final = (
    """
    CREATE TABLE open_transactions (
        reference TEXT NOT NULL PRIMARY KEY,
        evse INTEGER NOT NULL,
        state TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX open_transactions_evse ON open_transactions (evse)",
)

# AUTOINCREMENT: an id is never given twice, so a late answer cannot remove another message.
# Totals are kept by triggers because counting a million rows takes too long.
_OUTBOX: Final = (
    """
    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        lane TEXT NOT NULL,
        name TEXT NOT NULL,
        topic TEXT NOT NULL,
        reference TEXT,
        sequence INTEGER,
        created_at INTEGER NOT NULL,
        essential INTEGER NOT NULL,
        thinnable INTEGER NOT NULL,
        final INTEGER NOT NULL,
        size INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        last_attempt_at INTEGER,
        message_id TEXT,
        payload TEXT NOT NULL
    )
    """,
    "CREATE INDEX outbox_lane ON outbox (lane, id)",
    "CREATE INDEX outbox_reference ON outbox (reference) WHERE reference IS NOT NULL",
    "CREATE INDEX outbox_topic ON outbox (name, topic) WHERE lane = 'other'",
    "CREATE INDEX outbox_thinnable ON outbox (lane, reference, id) WHERE thinnable = 1",
    "CREATE TABLE outbox_totals (entries INTEGER NOT NULL, size INTEGER NOT NULL)",
    "INSERT INTO outbox_totals VALUES (0, 0)",
    """
    CREATE TRIGGER outbox_inserted AFTER INSERT ON outbox BEGIN
        UPDATE outbox_totals SET entries = entries + 1, size = size + new.size;
    END
    """,
    """
    CREATE TRIGGER outbox_deleted AFTER DELETE ON outbox BEGIN
        UPDATE outbox_totals SET entries = entries - 1, size = size - old.size;
    END
    """,
    """
    CREATE TABLE transaction_numbers (
        reference TEXT NOT NULL PRIMARY KEY,
        number INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX transaction_numbers_number ON transaction_numbers (number)",
)

_CHARGING_PROFILES: Final = (
    """
    CREATE TABLE charging_profiles (
        evse INTEGER NOT NULL,
        profile INTEGER NOT NULL,
        reference TEXT,
        state TEXT NOT NULL,
        set_aside INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (evse, profile)
    ) WITHOUT ROWID
    """,
    """
    CREATE INDEX charging_profiles_reference ON charging_profiles (reference)
        WHERE reference IS NOT NULL
    """,
)

_KNOWN_TOKENS: Final = (
    """
    CREATE TABLE local_list (
        protocol TEXT NOT NULL,
        token TEXT NOT NULL,
        status TEXT NOT NULL,
        expires TEXT,
        group_id TEXT,
        PRIMARY KEY (protocol, token)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE local_list_versions (
        protocol TEXT NOT NULL PRIMARY KEY,
        version INTEGER NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE authorization_cache (
        protocol TEXT NOT NULL,
        token TEXT NOT NULL,
        status TEXT NOT NULL,
        expires TEXT,
        group_id TEXT,
        learned_at INTEGER NOT NULL,
        PRIMARY KEY (protocol, token)
    ) WITHOUT ROWID
    """,
)

# A table of its own: the transaction's state is replaced as a whole, by those who do not know yet.
_REFUSALS: Final = (
    """
    CREATE TABLE refused_transactions (
        reference TEXT NOT NULL PRIMARY KEY
    ) WITHOUT ROWID
    """,
)

_MORE_OF_TOKENS: Final = (
    "ALTER TABLE local_list ADD COLUMN more TEXT",
    "ALTER TABLE authorization_cache ADD COLUMN more TEXT",
)

# 2.0.1 asks for a transaction by an identifierString, in any case (Part 2 §2.1.4).
_ANY_CASE: Final = (
    "DROP INDEX outbox_reference",
    """
    CREATE INDEX outbox_reference ON outbox (reference COLLATE NOCASE)
        WHERE reference IS NOT NULL
    """,
)

MIGRATIONS: Final[Sequence[Sequence[str]]] = (
    _KEY_VALUES,
    _OPEN_TRANSACTIONS,
    _OUTBOX,
    _CHARGING_PROFILES,
    _KNOWN_TOKENS,
    _REFUSALS,
    _MORE_OF_TOKENS,
    _ANY_CASE,
)
"""Step n (from 1) leads from schema n - 1 to schema n; ``PRAGMA user_version`` is the schema's."""


def version(connection: sqlite3.Connection) -> int:
    """Which schema a database has; 0 for an empty one."""
    row: tuple[int] = connection.execute("PRAGMA user_version").fetchone()
    return row[0]


def migrate(
    connection: sqlite3.Connection, migrations: Sequence[Sequence[str]] = MIGRATIONS
) -> None:
    """Bring a database to the newest schema, each step whole or not at all.

    Raises:
        sqlite3.Error: a step failed; the database is as before that step.
    """
    for number in range(version(connection) + 1, len(migrations) + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in migrations[number - 1]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
