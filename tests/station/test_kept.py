"""What OCPP has changed, and a disk that does not take it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ocppkit.station.kept import CONFIGURATION, Kept


class Disk:
    def __init__(self) -> None:
        self.fails = False
        self.written: dict[str, str | None] = {}

    async def all(self, namespace: str) -> dict[str, str]:
        del namespace
        return {}

    async def put(self, namespace: str, values: Mapping[str, str | None]) -> None:
        del namespace
        if self.fails:
            raise OSError("the disk is full")
        self.written.update(values)


async def test_a_value_that_could_not_be_written_is_written_when_it_comes_again() -> None:
    disk = Disk()
    kept = Kept(disk)
    disk.fails = True
    with pytest.raises(OSError, match="the disk is full"):
        await kept.put(CONFIGURATION, {"HeartbeatInterval": "60"})
    disk.fails = False

    assert dict(kept.all(CONFIGURATION)) == {}
    await kept.put(CONFIGURATION, {"HeartbeatInterval": "60"})
    assert disk.written == {"HeartbeatInterval": "60"}
    assert dict(kept.all(CONFIGURATION)) == {"HeartbeatInterval": "60"}
