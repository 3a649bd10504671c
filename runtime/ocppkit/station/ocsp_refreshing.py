"""Asks the CSMS again and again what OCSP says of the V2G certificates (M06); needs ``security``.

An EV may ask for it (OCSP stapling), and gets it from the cache.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from cryptography import x509

from ocppkit.errors import ConnectionLost, OcppError
from ocppkit.security.ocsp import decode_result, request_data
from ocppkit.station.ocsp_cache import OcspCache
from ocppkit.station.pausing import pause
from ocppkit.v201 import (
    GetCertificateStatusEnumType,
    GetCertificateStatusRequest,
    GetCertificateStatusResponse,
    OCSPRequestDataType,
)

__all__ = ["OcspRefreshing", "V2GChain"]

_logger = logging.getLogger(__name__)

_SHORTEST: Final = timedelta(days=1)

V2GChain = tuple[x509.Certificate, ...]
"""A certificate, those above it, and the root: each signed by the next."""


class OcspRefreshing:
    """Keeps a cache of OCSP answers fresh."""

    def __init__(
        self,
        *,
        cache: OcspCache,
        chains: Callable[[], Awaitable[Sequence[V2GChain]]],
        ask: Callable[[GetCertificateStatusRequest], Awaitable[GetCertificateStatusResponse]],
        ready: Callable[[], bool],
        interval: timedelta,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """Ask for nothing yet; see `run`.

        Args:
            cache: where answers go.
            chains: what to ask about; raises OSError.
            ask: the CSMS; raises OcppError.
            ready: whether the CSMS can be asked; call `wake` when that changes.
            interval: how old an answer gets; a day at least.
            now: the time of day; call `wake` when it jumps.
            sleep: of the station's environment.
        """
        self._cache = cache
        self._chains = chains
        self._ask = ask
        self._ready = ready
        self._interval = max(interval, _SHORTEST)
        self._now = now
        self._sleep = sleep
        self._tried: dict[tuple[str, str], datetime] = {}
        self._fresh: set[tuple[str, str]] | None = None  # what is asked about anew already
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """Look anew at what is due."""
        self._changed.set()

    def renewed(self) -> None:
        """Ask about every certificate now: one of them is new (M06.FR.07)."""
        self._fresh = set()
        self._tried.clear()
        self.wake()

    async def run(self) -> None:
        """Ask, for ever."""
        while True:
            wait = await self._step()
            if wait is None:
                await self._changed.wait()
                self._changed.clear()
            else:
                await pause(wait, self._changed, sleep=self._sleep)

    async def _step(self) -> float | None:
        """Ask about what is due; how long until there is more, in seconds, or None."""
        if not self._ready():
            return None
        try:
            asked = _asked(await self._chains())
        except OSError:
            _logger.exception("the V2G certificates cannot be read")
            return _SHORTEST.total_seconds()
        await self._cache.keep_only((certificate, issuer) for certificate, issuer, _ in asked)
        for certificate, issuer, request in asked:
            if self._due(certificate, issuer, request) > self._now():
                continue
            try:
                await self._refresh(certificate, issuer, request)
            except ConnectionLost:
                return None  # whoever tells that there is a connection again wakes this
        left = [self._due(*each) - self._now() for each in asked]
        return max(1.0, min(left).total_seconds()) if left else None

    def _due(
        self, certificate: x509.Certificate, issuer: x509.Certificate, request: OCSPRequestDataType
    ) -> datetime:
        """When a certificate is to be asked about."""
        found, tried = self._cache.find(certificate, issuer), self._tried.get(_name(request))
        now = self._now()
        due = now
        fresh = self._fresh is None or _name(request) in self._fresh
        if found is not None and fresh and found.came <= now:
            good_for = max(found.good_until - found.came, _SHORTEST)
            due = found.came + min(self._interval, good_for)
        if tried is not None and tried <= now:  # else the clock was set back
            due = max(due, tried + _SHORTEST)
        return due

    async def _refresh(
        self, certificate: x509.Certificate, issuer: x509.Certificate, request: OCSPRequestDataType
    ) -> None:
        """Ask about a certificate.

        Raises:
            ConnectionLost: there is nobody to ask.
        """
        problem: object = None
        try:
            response = await self._ask(GetCertificateStatusRequest(ocsp_request_data=request))
        except ConnectionLost:
            raise
        except OcppError as error:
            problem = error
        else:
            problem = await self._take(certificate, issuer, response)
        if problem is None:
            self._tried.pop(_name(request), None)
            if self._fresh is not None:
                self._fresh.add(_name(request))
            return
        self._tried[_name(request)] = self._now()
        subject = certificate.subject.rfc4514_string()
        _logger.warning("no OCSP answer about %s: %s", subject, problem)

    async def _take(
        self,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        response: GetCertificateStatusResponse,
    ) -> str | None:
        """Keep an answer; why there is none."""
        if response.status is not GetCertificateStatusEnumType.ACCEPTED:
            return f"the CSMS says {response.status.value}"
        der = decode_result(response.ocsp_result or "")
        if not der:
            return "there is no answer in what the CSMS says"
        problem = await self._cache.put(certificate, issuer, der)
        return None if problem is None else problem.value


def _asked(
    chains: Sequence[V2GChain],
) -> list[tuple[x509.Certificate, x509.Certificate, OCSPRequestDataType]]:
    """The certificates that name a responder, each once, with their issuers."""
    found = {}
    for chain in chains:
        for certificate, issuer in pairwise(chain):
            for request in request_data((certificate,), issuer):
                found[_name(request)] = (certificate, issuer, request)
    return list(found.values())


def _name(request: OCSPRequestDataType) -> tuple[str, str]:
    return request.issuer_key_hash, request.serial_number
