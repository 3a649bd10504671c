"""A simulated meter's signature: a real ECDSA key, and the Open Charge Metering Format."""

from __future__ import annotations

import json
from datetime import datetime
from hashlib import sha256

from attrs import evolve

from ocppkit.station.metering import MeterReading, Occasion, SignedReading

__all__ = ["MeterSigner"]

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of secp256r1
_OCCASIONS = {Occasion.BEGIN: "B", Occasion.DURING: "C", Occasion.END: "E"}


class MeterSigner:
    """Signs readings with a key that follows from a seed; needs ``ocppkit[security]``."""

    def __init__(self, *, seed: int = 0, serial_number: str = "SIM-0001") -> None:
        """Make a key.

        Args:
            seed: the same one makes the same key: it protects nothing.
            serial_number: of the meter.

        Raises:
            ModuleNotFoundError: the extra is not installed.
        """
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415  # an extra
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415  # as above
            Encoding,
            PublicFormat,
        )

        number = int.from_bytes(sha256(f"meter {seed}".encode()).digest()) % (_ORDER - 1) + 1
        self._key = ec.derive_private_key(number, ec.SECP256R1())
        self._serial_number = serial_number
        self._pagination = 0
        self.public_key = self._key.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, energy_wh: float, *, at: datetime, occasion: Occasion) -> SignedReading:
        """Sign a register.

        Args:
            energy_wh: what it shows, in Wh.
            at: when, in aware UTC.
            occasion: what for.
        """
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415  # an extra
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415  # as above

        self._pagination += 1
        stated = {
            "FV": "1.0",
            "GI": "ocppkit",
            "GS": self._serial_number,
            "PG": f"T{self._pagination}",
            "MV": "ocppkit",
            "MS": self._serial_number,
            "RD": [
                {
                    "TM": f"{at.strftime('%Y-%m-%dT%H:%M:%S')},{at.microsecond // 1000:03d}+0000 S",
                    "TX": _OCCASIONS[occasion],
                    "RV": round(energy_wh, 3),
                    "RI": "1-b:1.8.0",
                    "RU": "Wh",
                    "ST": "G",
                }
            ],
        }
        payload = json.dumps(stated, separators=(",", ":"))
        signature = self._key.sign(
            payload.encode(), ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
        )
        signed = json.dumps({"SD": signature.hex()}, separators=(",", ":"))
        return SignedReading(
            data=f"OCMF|{payload}|{signed}".encode(),
            encoding_method="OCMF",
            signing_method="ECDSA-secp256r1-SHA256",
            public_key=self.public_key,
        )

    def signed(self, reading: MeterReading, *, now: datetime, occasion: Occasion) -> MeterReading:
        """A reading with its register signed; where it does not say when it was so, ``now``."""
        signature = self.sign(reading.energy_wh, at=reading.at or now, occasion=occasion)
        return evolve(reading, signed=signature)
