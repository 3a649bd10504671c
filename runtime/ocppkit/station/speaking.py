"""The versions that a station speaks, each from when it is needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from ocppkit.connection import Session
from ocppkit.connection.masking import sounds_secret
from ocppkit.message import Handler, Version
from ocppkit.station.core import StationCore
from ocppkit.station.dialect import Dialect
from ocppkit.station.invalid_messages import InvalidMessages
from ocppkit.station.transaction import Cause

__all__ = ["Speaking"]


def _dialect(version: Version, core: StationCore) -> Dialect:
    """The version's half of the station; only what is spoken is loaded."""
    match version:
        case Version.V16:
            from ocppkit.station.v16.charge_point import (  # noqa: PLC0415  # see above
                ChargePoint,
            )

            return ChargePoint(core=core)
        case Version.V201:
            from ocppkit.station.v201.charging_station import (  # noqa: PLC0415  # see above
                ChargingStation201,
            )

            return ChargingStation201(core=core)
        case _:
            assert_never(version)


class Speaking:
    """Makes each version's half of a station once, and has it do its part."""

    def __init__(self, core: StationCore) -> None:
        """Speak the preferred version until there is a connection."""
        self._core = core
        self._dialects: dict[Version, Dialect] = {}
        self._restored = False
        self._begun: set[Version] = set()
        self._invalid = InvalidMessages(core)
        core.speak(self.dialect(core.config.versions[0]))

    def restore(self) -> None:
        """Take up what OCPP set before the restart, now and with each version that comes."""
        for dialect in self._dialects.values():
            dialect.restore()
        self._core.adopt_connecting(self._core.policy)
        self._restored = True

    def begin(self) -> None:
        """Run what the spoken version does in the background, once."""
        dialect = self._core.dialect
        if dialect.version not in self._begun:
            self._begun.add(dialect.version)
            self._core.keep_running(dialect.run, name=dialect.version)

    def handlers(self, session: Session) -> Iterable[Handler]:
        """What answers the CSMS on a connection, whose version is spoken from now on."""
        session.admit = self._core.link.admit
        session.complaints.listener = self._invalid.heard
        dialect = self.dialect(session.version)
        session.secrets = {name for name in dialect.secrets if not sounds_secret(name)}
        before = self._core.dialect.version
        self._core.speak(dialect)
        if dialect.version is not before:
            self._take_over()
        self.begin()
        return dialect.handlers()

    def _take_over(self) -> None:
        """Have the CSMS learn of the charges under way, which began under another version."""
        for evse in self._core.evses.values():
            if evse.transaction is not None:
                work = evse.sample_now(Cause.CHARGING_STATE_CHANGED)
                self._core.launch(work, name=f"EVSE {evse.id} under another version")
                evse.sample_anew()  # at its intervals

    def dialect(self, version: Version) -> Dialect:
        """A version's half of the station; made where there is none yet."""
        if version not in self._dialects:
            self._dialects[version] = dialect = _dialect(version, self._core)
            if self._restored:
                dialect.restore()
        return self._dialects[version]
