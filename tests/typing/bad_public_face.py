"""What users must not write: each line marked so is an error, and no other is."""

from __future__ import annotations

from ocppkit.connection import Session
from ocppkit.csms import CsmsServer, Memory, Policy
from ocppkit.message import Answer, Then
from ocppkit.v16 import HeartbeatResponse as HeartbeatResponse16
from ocppkit.v201 import (
    ClearCacheResponse,
    CsmsHandler,
    EVSEType,
    HeartbeatRequest,
    HeartbeatResponse,
    IdTokenEnumType,
    IdTokenType,
    ResetEnumType,
    ResetRequest,
    ResetResponse,
    StationHandler,
)


class Station(StationHandler):
    async def on_reset(self, request: HeartbeatRequest) -> Answer[ResetResponse]:  # error
        raise NotImplementedError

    async def on_clear_cache(self, request: ResetRequest) -> ClearCacheResponse:  # error
        raise NotImplementedError


class Backend(CsmsHandler):
    async def on_heartbeat(self, request: HeartbeatRequest) -> HeartbeatResponse16:  # error
        raise NotImplementedError


class Late(CsmsHandler):
    async def on_heartbeat(self, request: HeartbeatRequest) -> Answer[HeartbeatResponse]:
        response = HeartbeatResponse(current_time=request.custom_data)  # error
        return Then(ClearCacheResponse(), response)  # error


async def call(session: Session, csms: CsmsServer) -> None:
    request = ResetRequest(type=ResetEnumType.IMMEDIATE)
    answer: HeartbeatResponse = await session.call(request)  # error
    await csms.station("CS001").call("Reset")  # error
    await csms.station("CS001").call(ResetResponse)  # error
    response = await csms.station("CS001").call(request)
    response.state  # noqa: B018  # error
    csms.station(17)  # error
    del answer


def build() -> None:
    ResetRequest()  # error
    ResetRequest(ResetEnumType.IMMEDIATE)  # error
    ResetRequest(type="Immediate")  # error
    ResetRequest(type=ResetEnumType.SOON)  # error
    EVSEType(id="1")  # error
    IdTokenType(idToken="04E1A2B3", type=IdTokenEnumType.CENTRAL)  # error
    token = IdTokenType(id_token="04E1A2B3", type=IdTokenEnumType.CENTRAL)  # noqa: S106  # no secret
    token.type = "Central"  # error
    CsmsServer(handlers=[Backend()])  # error
    Memory(transaction_ids=1)  # error
    Policy(300)  # error
