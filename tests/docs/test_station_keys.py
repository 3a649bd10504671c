"""The page of the keys that a station has is what stations answer."""

from __future__ import annotations

from ocppkit.v16.configuration import KEYS

from .station_keys import OWN, PAGE, Made, page, rows


async def test_the_page_is_what_stations_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == await page(), "run python -m tests.docs.station_keys"


async def test_every_key_without_a_specification_is_explained() -> None:
    names = {name.partition(",")[0] for name in await rows(Made())}

    assert names - set(KEYS) == set(OWN)
    assert {"AutochargeEnabled", "StopTransactionMaxMeterValues"} <= names


async def test_what_an_extra_brings_is_missing_without_it() -> None:
    plain = await rows(Made(missing=frozenset({"aiohttp", "asyncssh", "cryptography"})))

    assert "ISO15118PnCEnabled" not in plain
    assert plain["SupportedFileTransferProtocols"].value == "FTPS,FTP"
