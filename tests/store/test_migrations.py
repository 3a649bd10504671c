from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from ocppkit.store.migrations import MIGRATIONS, migrate, version

# What a station of each schema has written; a new schema adds its line and changes none.
_WRITTEN = {
    1: "INSERT INTO key_values VALUES ('v16', 'HeartbeatInterval', '300')",
    2: "INSERT INTO open_transactions VALUES ('T1', 1, '{}')",
    3: (
        "INSERT INTO outbox (lane, name, topic, reference, sequence, created_at, essential,"
        " thinnable, final, size, payload)"
        " VALUES ('transaction', 'StartTransaction', '', 'T1', 0, 0, 1, 0, 0, 2, '{}')"
    ),
    4: "INSERT INTO charging_profiles VALUES (0, 7, NULL, '{}', 0)",
    5: "INSERT INTO local_list (protocol, token, status) VALUES ('ocpp1.6', 'abc', 'Accepted')",
    6: "INSERT INTO refused_transactions VALUES ('T1')",
    7: "UPDATE local_list SET more = '[[1], 0, []]'",
    8: "UPDATE outbox SET attempts = 1",
}


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        yield made


def written_by(schema: int, connection: sqlite3.Connection) -> None:
    migrate(connection, MIGRATIONS[:schema])
    for number in range(1, schema + 1):
        connection.execute(_WRITTEN[number])


def tables(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


def test_every_schema_has_a_fixture() -> None:
    assert list(_WRITTEN) == list(range(1, len(MIGRATIONS) + 1))


@pytest.mark.parametrize("schema", range(len(MIGRATIONS) + 1))
def test_every_earlier_schema_becomes_the_newest_and_keeps_its_content(
    schema: int, connection: sqlite3.Connection
) -> None:
    written_by(schema, connection)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        migrate(fresh)

        migrate(connection)

        assert version(connection) == len(MIGRATIONS)
        assert tables(connection) == tables(fresh)
    tables_since = (
        "key_values",
        "open_transactions",
        "outbox",
        "charging_profiles",
        "local_list",
        "refused_transactions",
    )
    for since, table in enumerate(tables_since, start=1):
        count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
        assert count == (1 if schema >= since else 0)


def test_a_step_that_fails_leaves_the_schema_before_it(connection: sqlite3.Connection) -> None:
    steps = [*MIGRATIONS[:1], ("CREATE TABLE half (a)", "CREATE TABLE half (a)")]

    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, steps)

    assert version(connection) == 1
    assert "half" not in tables(connection)
    assert not connection.in_transaction


def test_migrating_twice_changes_nothing(connection: sqlite3.Connection) -> None:
    migrate(connection)
    before = tables(connection)

    migrate(connection)

    assert tables(connection) == before


@pytest.mark.parametrize("removed", [1, 2, 3])
def test_the_totals_follow_what_waits(removed: int, connection: sqlite3.Connection) -> None:
    migrate(connection)
    for _ in range(3):
        connection.execute(_WRITTEN[3])

    connection.execute("DELETE FROM outbox WHERE id <= ?", (removed,))

    assert connection.execute("SELECT * FROM outbox_totals").fetchall() == [
        (3 - removed, 2 * (3 - removed))
    ]
