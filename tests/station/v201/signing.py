"""Equipment whose meter signs."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from ocppkit.station import Capability, MeterReading, SignedReading

__all__ = ["Signing"]


class Signing:
    """Simulated equipment with such a meter.

    Attributes:
        fails: whether it does not sign just now.
    """

    def __init__(self, hardware: Any) -> None:
        self.fails = False
        self.capabilities = hardware.capabilities | {Capability.SIGNED_METER}
        self._hardware = hardware

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hardware, name)

    async def signed_meter(self, evse: int, occasion: object) -> MeterReading:
        reading: MeterReading = await self._hardware.meter(evse)
        if self.fails:
            raise RuntimeError("no signature")
        signed = SignedReading(
            data=f"{occasion} {reading.energy_wh}".encode(),
            encoding_method="OCMF",
            signing_method="ECDSA-secp256r1-SHA256",
            public_key=b"key",
        )
        return evolve(reading, signed=signed)
