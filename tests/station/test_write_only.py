"""The value of a setting that may only be written is in no log, whatever the setting is called."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from ocppkit.connection.observer import Direction, Kind, Passed
from ocppkit.message import Version
from ocppkit.station.config import StationConfig
from ocppkit.station.settings import parse

SECRET = "planted-4711"  # noqa: S105  # the bait
OPEN = "seen-0815"
FAN = """
[[component]]
name = "Fan"

[[component.variable]]
name = "Pin"
data_type = "string"
actual = { value = "first-4711", mutability = "WriteOnly" }

[[component.variable]]
name = "Label"
data_type = "string"
"""


def _config(folder: Path, version: Version) -> StationConfig:
    (folder / "fan.toml").write_text(FAN)
    custom = '{ value = "a", mutability = "WriteOnly", custom = true }'
    return parse(
        f"""
        [station]
        identity = "CS001"
        [csms]
        url = "ws://nowhere"
        versions = ["{version.removeprefix("ocpp")}"]
        [storage]
        state_dir = "{folder}/state"
        [device_model]
        files = ["{folder}/fan.toml"]
        [v16.configuration]
        Door = {custom}
        Sign = {{ value = "a", custom = true }}
        [v201.variables.Own]
        Door = {custom}
        """
    ).config()


def _settings(version: Version) -> list[tuple[str, dict[str, Any]]]:
    if version is Version.V16:
        return [
            ("ChangeConfiguration", {"key": "Door", "value": SECRET}),
            ("ChangeConfiguration", {"key": "Sign", "value": OPEN}),
        ]
    told = (("Fan", "Pin", SECRET), ("Own", "door", SECRET), ("Fan", "Label", OPEN))
    data = [
        {"component": {"name": of}, "variable": {"name": name}, "attributeValue": value}
        for of, name, value in told
    ]
    return [("SetVariables", {"setVariableData": data})]


@pytest.mark.requirement("B06.FR.09")
@pytest.mark.parametrize("version", Version)
async def test_what_may_only_be_written_is_in_no_log(
    world: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, version: Version
) -> None:
    caplog.set_level(logging.DEBUG)
    it = world(version)
    it.config = _config(tmp_path, version)
    async with it.running():
        observer = it.station._log
        for number, (action, payload) in enumerate(_settings(version)):
            # The world's sessions have no observer: the log gets what theirs would tell it.
            answer = await it.call(action, **payload)
            assert "Rejected" not in json.dumps(answer)
            _tell(observer, action, str(number), payload)
    log = (tmp_path / "state" / "log" / "messages.jsonl").read_text(encoding="utf-8")

    for written in (caplog.text, log):
        assert OPEN in written
        assert SECRET not in written
    assert "first-4711" not in caplog.text


def _tell(observer: Any, action: str, message_id: str, payload: dict[str, Any]) -> None:
    observer(
        Passed(
            identity="CS001",
            direction=Direction.RECEIVED,
            kind=Kind.CALL,
            size=1,
            action=action,
            message_id=message_id,
            payload=payload,
        )
    )
