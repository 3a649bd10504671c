"""Opens websockets as the security profile of each way to the CSMS asks for."""

from __future__ import annotations

import ssl as tls
from collections.abc import Callable
from typing import Final

from attrs import field, frozen

from ocppkit.connection import KeepAlive, MessageObserver, Session, SessionSettings, connect
from ocppkit.connection.network import NetworkProfile
from ocppkit.connection.session import Handlers
from ocppkit.errors import NegotiationFailed
from ocppkit.security.events import DISCARDED_RENEWED_CLIENT_CERTIFICATE
from ocppkit.security.profile import PROFILES, SecurityProfile, security_profile
from ocppkit.security.secret import Secret, as_secret
from ocppkit.security.tls_errors import TlsReason, causes, describe_tls_error
from ocppkit.station.config import StationConfig
from ocppkit.station.security import StationSecurity
from ocppkit.value import Value

__all__ = ["Credentials", "Dialer"]

_CURABLE: Final = frozenset({TlsReason.INVALID_CERTIFICATE, TlsReason.UNKNOWN_ROOT})
"""What another root may cure."""

_CLOSED: Final = (EOFError, ConnectionAbortedError, ConnectionResetError)


@frozen(kw_only=True, eq=False, repr=False)
class Credentials(Value):
    """What a station shows itself by, and what it trusts, with one network profile.

    Attributes:
        password: for HTTP basic authentication; any bytes.
        ssl: the TLS settings for a ``wss`` URL; of the configured certificates for None.
    """

    password: Secret | None = field(default=None, converter=as_secret)
    ssl: tls.SSLContext | None = None


class Dialer:
    """Opens connections, and only those that the network profile's security profile allows."""

    def __init__(
        self,
        *,
        config: StationConfig,
        security: StationSecurity,
        observer: MessageObserver | None,
        credentials: Callable[[NetworkProfile], Credentials] | None,
        last_good: Callable[[], NetworkProfile | None] = lambda: None,
    ) -> None:
        """Open connections.

        Args:
            config: of the station.
            security: its passwords and certificates.
            observer: sees every message as it passes.
            credentials: gives those of a network profile; the station's own unless told otherwise.
            last_good: gives the profile of the last connection; None where it is not known.
        """
        self._config = config
        self._security = security
        self._observer = observer
        self._refused = 0
        self._last_good = last_good
        self._credentials = credentials or (lambda _: Credentials(password=security.password))

    async def open(self, profile: NetworkProfile, handlers: Handlers) -> Session:
        """Open a connection.

        Raises:
            NegotiationFailed: it did not come about, or the security profile does not allow it.
        """
        credentials = self._credentials(profile)
        try:
            asked = await self._asked(profile, credentials)
        except (ValueError, OSError) as error:
            raise NegotiationFailed(f"no connection: {error}") from error
        password = credentials.password if asked.password else None
        if not asked.tls or credentials.ssl is not None:
            return await self._connect(profile, handlers, password, credentials.ssl)
        return await self._open_with_tls(profile, handlers, password, asked)

    async def _asked(self, profile: NetworkProfile, credentials: Credentials) -> SecurityProfile:
        """What the security profile asks of the connection.

        Raises:
            ValueError: it cannot be had, or is not allowed.
            OSError: the certificates cannot be read.
        """
        password = credentials.password is not None
        secured = profile.url.startswith("wss:")
        shows = credentials.ssl is not None or (
            secured and await self._security.certificates.can_show()
        )
        if profile.security_profile is None:
            return PROFILES[self._security.number(profile, certificate=shows)]
        asked = PROFILES[profile.security_profile]
        for version in profile.versions:
            _ = security_profile(
                asked.number, version, allow_unsecured=self._config.allow_unsecured
            )
        mismatch = asked.mismatch(profile.url, password=password, client_certificate=shows)
        if mismatch is not None:
            raise ValueError(mismatch)
        return asked

    async def _open_with_tls(
        self,
        profile: NetworkProfile,
        handlers: Handlers,
        password: Secret | None,
        asked: SecurityProfile,
    ) -> Session:
        certificates = self._security.certificates
        try:
            ways = await certificates.ways(asked, system_roots=profile.security_profile is None)
        except (ValueError, OSError) as error:
            raise NegotiationFailed(f"no connection: {error}") from error
        newest, failure = ways[0].shown, None
        if self._refused < self._config.connection_attempts:
            # A renewed certificate has its turn before the old one (A02.FR.28): the one that is
            # not used goes, and not because of one failure.
            ways = [way for way in ways if way.shown == newest]
        if self._migrates(profile):
            # The root that a newer one replaces is for the CSMS that is left (M05.FR.15, FR.16).
            ways = [way for way in ways if way.newest]
        for way in ways:
            try:
                session = await self._connect(profile, handlers, password, way.context)
            except NegotiationFailed as failed:
                failure = failure or failed
                if way.shown is not None and _is_refusal(failed):
                    self._refused += 1
                elif describe_tls_error(failed) not in _CURABLE:
                    break
                continue
            self._refused = 0
            try:
                if await certificates.worked(way):
                    await self._security.events.add_once(DISCARDED_RENEWED_CLIENT_CERTIFICATE)
            except BaseException:
                await session.close(1001)
                raise
            return session
        raise failure or NegotiationFailed("no connection: there is no way to make TLS")

    def _migrates(self, profile: NetworkProfile) -> bool:
        """Whether a profile leads to another CSMS than the last connection (B10)."""
        last = self._last_good()
        return last is not None and last.slot != profile.slot

    async def _connect(
        self,
        profile: NetworkProfile,
        handlers: Handlers,
        password: Secret | None,
        ssl: tls.SSLContext | None,
    ) -> Session:
        config = self._config
        return await connect(
            profile.url,
            identity=config.identity,
            versions=profile.versions,
            handlers=handlers,
            password=password,
            ssl=ssl,
            compression=config.compression,
            # The station's own pings can be changed at any time.
            keep_alive=KeepAlive(interval=None),
            open_timeout=config.connect_timeout,
            settings=SessionSettings(
                call_timeout=profile.message_timeout or config.call_timeout,
                max_size=config.max_message_size,
                observer=self._observer,
            ),
        )


def _is_refusal(failed: NegotiationFailed) -> bool:
    """Whether the CSMS may have refused the station's certificate.

    It may do so without a word: then it closes the connection.
    """
    reason = describe_tls_error(failed)
    if reason is None:
        return any(isinstance(link, _CLOSED) for link in causes(failed))
    return reason is TlsReason.CERTIFICATE_REFUSED
