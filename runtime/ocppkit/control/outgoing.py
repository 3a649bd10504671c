"""What a program has the station send, without waiting for what the CSMS says to it."""

from __future__ import annotations

from typing import Any

from ocppkit import v201
from ocppkit.control.errors import CommandFailed, ErrorCode
from ocppkit.control.hub import Hub
from ocppkit.errors import OcppError
from ocppkit.message import Version
from ocppkit.simulation.ev import EvKind
from ocppkit.simulation.hardware import SimulatedHardware
from ocppkit.station.core import StationCore
from ocppkit.station.data_transfer import DataTransferMessage

__all__ = ["Outgoing"]


class Outgoing:
    """Commands whose effect is a message."""

    def __init__(
        self, core: StationCore, hub: Hub, *, hardware: SimulatedHardware | None = None
    ) -> None:
        """Send for a station.

        Args:
            core: the station.
            hub: where the answers are told.
            hardware: knows which cars there are, where it is simulated.
        """
        self._core = core
        self._hub = hub
        self._hardware = hardware

    async def data_transfer(
        self, *, vendor_id: str, message_id: str | None = None, data: Any = None
    ) -> None:
        """Send a DataTransfer; the answer is told as an event (P02; 1.6 §4.3).

        Raises:
            ValueError: the station is offline.
            CommandFailed: 1.6 cannot carry the data.
        """
        if self._core.dialect.version is Version.V16 and not isinstance(data, str | None):
            raise CommandFailed(ErrorCode.BAD_ARGS, "data: a text is expected in 1.6")
        self._check_online()
        self._core.launch(self._transfer(vendor_id, message_id, data), name="data transfer")

    async def ev_certificate_request(
        self, *, evse: int, action: str, schema_version: str, exi_request: str
    ) -> None:
        """Send a Get15118EVCertificate; the answer is told as an event (M01, M02).

        Raises:
            ValueError: the station is offline, there is no EV that could ask, or Plug & Charge
                is off.
        """
        contracts = self._core.dialect.contracts
        if contracts is not None and not contracts.enabled:
            msg = "Plug & Charge is off: ISO15118PnCEnabled, or ISO15118Ctrlr.PnCEnabled"
            raise ValueError(msg)
        if self._hardware is not None:
            ev = self._hardware.ev(evse)
            if ev is None or ev.kind is not EvKind.ISO15118:
                msg = f"EVSE {evse} has no car that speaks ISO 15118: plug_in one first"
                raise ValueError(msg)
        self._check_online()
        request = v201.Get15118EVCertificateRequest(
            iso15118_schema_version=schema_version,
            action=v201.CertificateActionEnumType(action),
            exi_request=exi_request,
        )
        self._core.launch(self._certificate(evse, request), name="EV certificate")

    async def _certificate(self, evse: int, request: v201.Get15118EVCertificateRequest) -> None:
        event = "ev_certificate_response"
        try:
            answer = await self._core.dialect.ev_certificate(request)
        except (OcppError, ValueError) as error:
            self._hub.publish(event, evse=evse, error=str(error))
            return
        self._hub.publish(event, evse=evse, status=answer.status, exi_response=answer.exi_response)

    def _check_online(self) -> None:
        if not self._core.online:
            msg = "the station is offline"
            raise ValueError(msg)

    async def _transfer(self, vendor_id: str, message_id: str | None, data: Any) -> None:
        try:
            answer = await self._core.dialect.data_transfer(
                DataTransferMessage(vendor_id=vendor_id, message_id=message_id, data=data)
            )
        except OcppError as error:
            self._hub.publish("data_transfer", vendor_id=vendor_id, error=str(error))
            return
        outcome, data = answer.outcome, answer.data
        self._hub.publish("data_transfer", vendor_id=vendor_id, status=outcome, data=data)
