"""A whole charging session of a station that is made of the package `ocpp`, with our CSMS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from ocpp import v16 as ocpp16
from ocpp import v201 as ocpp201
from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v201 import ChargePoint as ChargePoint201
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from ocppkit import v16, v201
from ocppkit.csms import CsmsServer, Memory, Policy, accepting
from ocppkit.errors import CallRefused
from ocppkit.message import Version

# Its dataclasses are annotated with enums and dataclasses; its users write texts and dicts.
call16: Any = ocpp16.call
call201: Any = ocpp201.call
result16: Any = ocpp16.call_result
result201: Any = ocpp201.call_result

NOON = "2030-01-01T12:00:00Z"
ONE = "2030-01-01T13:00:00Z"


class Point16(ChargePoint16):  # type: ignore[misc]  # the package is untyped
    @on("Reset")  # type: ignore[untyped-decorator]  # as above
    def on_reset(self, type: str) -> Any:
        return result16.Reset(status="Accepted" if type == "Soft" else "Rejected")

    @on("GetConfiguration")  # type: ignore[untyped-decorator]  # as above
    def on_get_configuration(self, key: list[str]) -> Any:
        known = [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}]
        return result16.GetConfiguration(configuration_key=known, unknown_key=key[1:])


class Point201(ChargePoint201):  # type: ignore[misc]  # the package is untyped
    @on("Reset")  # type: ignore[untyped-decorator]  # as above
    def on_reset(self, type: str, **_: Any) -> Any:
        return result201.Reset(status="Scheduled" if type == "OnIdle" else "Rejected")

    @on("GetVariables")  # type: ignore[untyped-decorator]  # as above
    def on_get_variables(self, get_variable_data: list[dict[str, Any]], **_: Any) -> Any:
        results = [
            {**asked, "attribute_status": "Accepted", "attribute_value": "300"}
            for asked in get_variable_data
        ]
        return result201.GetVariables(get_variable_result=results)


@asynccontextmanager
async def csms() -> AsyncIterator[CsmsServer]:
    memory = Memory()
    policy = Policy(authorize=lambda _identity, token: token != "BLOCKED")  # noqa: S105  # an id token
    async with CsmsServer(port=0, memory=memory, handlers=accepting(memory, policy)) as server:
        yield server


@asynccontextmanager
async def station(server: CsmsServer, kind: Any, version: Version) -> AsyncIterator[Any]:
    url = f"{server.url}/CS001"
    async with connect(url, subprotocols=[Subprotocol(version)]) as connection:
        point = kind("CS001", connection)
        running = asyncio.create_task(point.start())
        try:
            yield point
        finally:
            await connection.close()
            with suppress(ConnectionClosed):
                await running


async def test_a_session_of_a_1_6_charge_point() -> None:
    async with csms() as server, station(server, Point16, Version.V16) as point:
        boot = await point.call(
            call16.BootNotification(charge_point_model="M1", charge_point_vendor="Example")
        )
        await point.call(
            call16.StatusNotification(connector_id=1, error_code="NoError", status="Preparing")
        )
        verdict = await point.call(call16.Authorize(id_tag="04E1A2B3"))
        blocked = await point.call(call16.Authorize(id_tag="BLOCKED"))
        start = call16.StartTransaction(
            connector_id=1, id_tag="04E1A2B3", meter_start=100, timestamp=NOON
        )
        started = await point.call(start)
        again = await point.call(start)
        sample = {"value": "150", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
        await point.call(
            call16.MeterValues(
                connector_id=1,
                transaction_id=started.transaction_id,
                meter_value=[{"timestamp": NOON, "sampled_value": [sample]}],
            )
        )
        heartbeat = await point.call(call16.Heartbeat())
        stopped = await point.call(
            call16.StopTransaction(
                meter_stop=900,
                timestamp=ONE,
                transaction_id=started.transaction_id,
                id_tag="04E1A2B3",
                reason="Local",
            )
        )
        record = server.record("CS001")

    assert (boot.status, boot.interval) == ("Accepted", 300)
    assert verdict.id_tag_info["status"] == started.id_tag_info["status"] == "Accepted"
    assert blocked.id_tag_info["status"] == "Invalid"
    assert stopped.id_tag_info["status"] == "Accepted"
    assert heartbeat.current_time.endswith("Z")
    assert started.transaction_id == again.transaction_id
    assert record.connector(1).status == "Preparing"
    (transaction,) = record.transactions
    assert (transaction.meter_start_wh, transaction.meter_stop_wh) == (100, 900)
    assert len(transaction.meter_values) == 1
    assert transaction.is_complete


async def test_a_session_of_a_2_0_1_charging_station() -> None:
    token = {"id_token": "04E1A2B3", "type": "ISO14443"}

    def event(kind: str, seq_no: int, reason: str, **more: Any) -> Any:
        info = {"transaction_id": "T1", **more.pop("info", {})}
        return call201.TransactionEvent(
            event_type=kind,
            seq_no=seq_no,
            timestamp=ONE if kind == "Ended" else NOON,
            transaction_info=info,
            trigger_reason=reason,
            **more,
        )

    async with csms() as server, station(server, Point201, Version.V201) as point:
        boot = await point.call(
            call201.BootNotification(
                charging_station={"model": "M1", "vendor_name": "Example"}, reason="PowerUp"
            )
        )
        await point.call(
            call201.StatusNotification(
                timestamp=NOON, connector_status="Occupied", evse_id=1, connector_id=1
            )
        )
        verdict = await point.call(call201.Authorize(id_token=token))
        blocked = await point.call(call201.Authorize(id_token={**token, "id_token": "BLOCKED"}))
        plugged = event("Started", 0, "CablePluggedIn", evse={"id": 1, "connector_id": 1})
        await point.call(plugged)
        await point.call(plugged)
        authorized = await point.call(event("Updated", 1, "Authorized", id_token=token))
        sample = {"timestamp": NOON, "sampled_value": [{"value": 150.5}]}
        await point.call(event("Updated", 2, "MeterValuePeriodic", meter_value=[sample]))
        heartbeat = await point.call(call201.Heartbeat())
        ended = await point.call(
            event("Ended", 3, "EVDeparted", info={"stopped_reason": "EVDisconnected"})
        )
        record = server.record("CS001")

    assert (boot.status, boot.interval) == ("Accepted", 300)
    assert verdict.id_token_info["status"] == authorized.id_token_info["status"] == "Accepted"
    assert blocked.id_token_info["status"] == "Invalid"
    assert ended.id_token_info is None
    assert heartbeat.current_time.endswith("Z")
    assert record.connector(1, evse_id=1).status == "Occupied"
    (transaction,) = record.transactions
    assert (transaction.evse_id, transaction.id_token) == (1, "04E1A2B3")
    assert transaction.stopped_reason == "EVDisconnected"
    assert len(transaction.meter_values) == 1
    assert transaction.is_complete


async def test_the_csms_calls_a_1_6_charge_point() -> None:
    async with csms() as server, station(server, Point16, Version.V16):
        handle = await server.wait_for("CS001")
        soft = await handle.call(v16.ResetRequest(type=v16.ResetType.SOFT))
        hard = await handle.call(v16.ResetRequest(type=v16.ResetType.HARD))
        configuration = await handle.call(
            v16.GetConfigurationRequest(key=["HeartbeatInterval", "Nothing"])
        )
        with pytest.raises(CallRefused) as raised:
            await handle.call(v16.ClearCacheRequest())

    assert (soft.status, hard.status) == (v16.ResetStatus.ACCEPTED, v16.ResetStatus.REJECTED)
    assert configuration.unknown_key == ["Nothing"]
    assert configuration.configuration_key is not None
    assert configuration.configuration_key[0].value == "300"
    assert raised.value.code in {"NotImplemented", "NotSupported"}


async def test_the_csms_calls_a_2_0_1_charging_station() -> None:
    asked = v201.GetVariableDataType(
        component=v201.ComponentType(name="OCPPCommCtrlr"),
        variable=v201.VariableType(name="HeartbeatInterval"),
    )

    async with csms() as server, station(server, Point201, Version.V201):
        handle = await server.wait_for("CS001")
        reset = await handle.call(v201.ResetRequest(type=v201.ResetEnumType.ON_IDLE))
        variables = await handle.call(v201.GetVariablesRequest(get_variable_data=[asked]))
        with pytest.raises(CallRefused) as raised:
            await handle.call(v201.ClearCacheRequest())

    assert reset.status is v201.ResetStatusEnumType.SCHEDULED
    assert variables.get_variable_result[0].attribute_value == "300"
    assert variables.get_variable_result[0].component == asked.component
    assert raised.value.code in {"NotImplemented", "NotSupported"}
