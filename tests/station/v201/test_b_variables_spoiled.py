"""B05, B06: the station works whatever is told of variables, or kept of them, and cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station.kept import VARIABLES
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.settings.values import VariableId, VariableValue

V201 = Version.V201
COMM, DEVICE = "OCPPCommCtrlr", "DeviceDataCtrlr"
OWN = VariableId(component="Own", variable="Text")


def data(component: str, variable: str, **more: Any) -> dict[str, Any]:
    return {"component": {"name": component}, "variable": {"name": variable}, **more}


def errors(caplog: Any) -> str:
    return "\n".join(each.getMessage() for each in caplog.records if each.levelname == "ERROR")


@pytest.mark.requirement("B05.FR.09", "B05.FR.01")
@pytest.mark.parametrize("broken", [OSError("no disk"), RuntimeError("not even in memory")])
async def test_what_cannot_be_kept_is_rejected_and_does_not_hold(
    world: Any, monkeypatch: pytest.MonkeyPatch, broken: Exception
) -> None:
    async with world(V201).running() as it:
        put = it.station.core.kept.put

        async def failing(namespace: str, values: Any) -> None:
            if "offlinethreshold" in str(values):
                raise broken
            await put(namespace, values)

        monkeypatch.setattr(it.station.core.kept, "put", failing)
        answer = await it.call(
            "SetVariables",
            setVariableData=[
                data(COMM, "OfflineThreshold", attributeValue="7"),
                data(COMM, "HeartbeatInterval", attributeValue="70"),
            ],
        )
        refused, taken = answer["setVariableResult"]

        assert (refused["attributeStatus"], taken["attributeStatus"]) == ("Rejected", "Accepted")
        assert refused["attributeStatusInfo"] == {"reasonCode": "InternalError"}
        assert it.station.core.policy.offline_threshold == 300
        assert it.station.core.policy.heartbeat_interval == 70


@pytest.mark.requirement("B05.FR.01", "B06.FR.01", "B07.FR.08")
@pytest.mark.parametrize(
    ("name", "instance", "value"),
    [
        ("ItemsPerMessage", "GetVariables", "many"),
        ("ItemsPerMessage", "GetVariables", "-1"),
        ("ItemsPerMessage", "SetVariables", "0"),
        ("BytesPerMessage", "SetVariables", "1.5"),
        ("BytesPerMessage", "GetReport", "1048577"),
        ("ConfigurationValueSize", None, "1001"),
        ("ReportingValueSize", None, "2501"),
        ("ReportingValueSize", None, "-1"),
    ],
)
async def test_a_limit_that_can_be_none_is_told_of_and_does_not_count(
    world: Any, caplog: Any, name: str, instance: str | None, value: str
) -> None:
    of = VariableId(component=DEVICE, variable=name, instance=instance)
    long = VariableValue(id=OWN, value="x" * 4000, custom=True)
    told = (VariableValue(id=of, value=value), long)
    async with world(V201, variables=told).running() as it:
        read = await it.call("GetVariables", getVariableData=[data("Own", "Text")])
        await it.call("SetVariables", setVariableData=[data("Own", "Text", attributeValue="a")])
        await it.call("GetBaseReport", requestId=1, reportBase="FullInventory")
        reported = [each for part in it.sent("NotifyReport") for each in part["reportData"]]
        everything = it.station.core.dialect._variables.entries()

    assert len(read["getVariableResult"][0]["attributeValue"]) == 2500
    assert len(reported) == len(everything)
    assert f"{of.described()}: what it was told to be does not fit it" in errors(caplog)


@pytest.mark.requirement("B05.FR.10")
@pytest.mark.parametrize(
    ("stored", "value"),
    [
        ("", "5"),
        ("5", "5"),
        ("{}", "5"),
        ('[["a"], "", null, null, "b", "", "Actual"]', "5"),
        ('["ocppcommctrlr","",null,null,"offlinethreshold","","Sometimes"]', "5"),
        ('["ocppcommctrlr","",null,null,"offlinethreshold","","Actual"]', "soon"),
        ('["clockctrlr","",null,null,"datetime","","Actual"]', "2026-01-01T00:00:00Z"),
        ("[" * 100_000, "5"),
    ],
)
async def test_what_was_kept_and_is_spoiled_is_told_of_and_left_out(
    world: Any, tmp_path: Path, caplog: Any, stored: str, value: str
) -> None:
    it = world(V201, storage=Storage(state_dir=tmp_path))
    async with it.running():
        await it.set_variable(COMM, "HeartbeatInterval", "70")
        await it.station.core.store.key_values.put(VARIABLES, {stored: value})
    caplog.clear()
    async with it.running():
        online = it.station.online
        threshold = it.station.core.policy.offline_threshold

    assert online
    assert threshold == 300
    assert "what was set" in errors(caplog)
    assert len(errors(caplog)) < 1000


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("x" * 300, None),
        (
            "a.json",
            '{"name": "Fan", "properties": {"A": {"variable_name": "Enabled", "instance": 5}}}',
        ),
        (
            "a.json",
            '{"name": "Fan", "properties": {"A": {"variable_name": "B", "characteristics": '
            '{"dataType": "decimal", "maxLimit": 1' + "0" * 400 + "}}}}",
        ),
    ],
)
async def test_no_file_keeps_the_station_from_its_boot(
    world: Any, tmp_path: Path, caplog: Any, name: str, body: str | None
) -> None:
    file = tmp_path / name
    if body is not None:
        file.write_text(body)
    async with world(V201, components=(file,)).running() as it:
        online = it.station.online

    assert online
    assert name in errors(caplog)


async def test_nothing_that_a_file_brings_about_keeps_the_station_from_its_boot(
    world: Any, tmp_path: Path, caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr("ocppkit.station.v201.variable_sources.build", broken)
    async with world(V201, components=(tmp_path / "a.toml",)).running() as it:
        online = it.station.online

    assert online
    assert "a.toml: cannot be taken up" in errors(caplog)


@pytest.mark.requirement("B06.FR.06")
@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"evse": 9}, "EVSE.AllowReset (EVSE 9): is left out: there is no EVSE 9"),
        ({"evse": 0}, "EVSE.AllowReset (EVSE 0): is left out: there is no EVSE 0"),
        (
            {"evse": 1, "connector": 5},
            "EVSE.AllowReset (EVSE 1, connector 5): is left out: EVSE 1 has no connector 5",
        ),
    ],
)
async def test_what_is_said_of_an_evse_that_does_not_exist_is_told_of_and_left_out(
    world: Any, caplog: Any, place: dict[str, Any], message: str
) -> None:
    of = VariableId(component="EVSE", variable="AllowReset", **place)
    wire = {"id": place["evse"], **({"connectorId": 5} if "connector" in place else {})}
    asked = {"component": {"name": "EVSE", "evse": wire}, "variable": {"name": "AllowReset"}}
    async with world(V201, variables=(VariableValue(id=of, value="true"),)).running() as it:
        read = await it.call("GetVariables", getVariableData=[asked])

    assert read["getVariableResult"][0]["attributeStatus"] == "UnknownComponent"
    assert message in errors(caplog)
