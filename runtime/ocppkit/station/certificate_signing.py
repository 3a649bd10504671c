"""Renewal of a certificate of the station: asked for, awaited, taken up (A02, A03).

One request is open at most, and a newer one takes the place of an older one. It is kept with its
key, so a restart forgets neither it nor when it is due again. A certificate that is not valid yet
waits until it is (whitepaper A02.FR.08).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from attrs import evolve

from ocppkit.errors import CallRefused, ConnectionLost, OcppError
from ocppkit.security import at_need
from ocppkit.security.async_store import AsyncCertificateStore
from ocppkit.station.certificates import StationCertificates
from ocppkit.station.hardware import SecurityEvent
from ocppkit.station.kept import KeyValues
from ocppkit.station.pausing import pause
from ocppkit.station.security_events import SecurityEvents
from ocppkit.station.signing_policy import SigningPolicy
from ocppkit.station.signing_state import KEPT, SigningState, state_from_text, state_text
from ocppkit.station.signing_use import SigningUse
from ocppkit.v201.codes import SecurityEvent as EventV201

if TYPE_CHECKING:
    from cryptography import x509

    from ocppkit.security.chain import ValidChain
    from ocppkit.security.signing import Rejection

__all__ = ["CertificateSigning"]

_logger = logging.getLogger(__name__)
_AGAIN: Final = timedelta(days=1)
_AFTER_FAILURE: Final = 60.0  # seconds
_LONGEST: Final = timedelta(days=366)
_MOST_DOUBLINGS: Final = 20  # more make a wait of years


class CertificateSigning:
    """Has a certificate of the station signed.

    Attributes:
        policy: may be changed in place at any time; call `wake` then.
    """

    def __init__(
        self,
        *,
        use: SigningUse,
        policy: SigningPolicy,
        certificates: StationCertificates,
        events: SecurityEvents,
        key_values: KeyValues,
        ask: Callable[[str, bool], Awaitable[bool]],
        ready: Callable[[bool], bool],
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """Renew nothing yet; see `run`.

        Args:
            use: which certificate it is.
            policy: what the configuration says.
            certificates: what the station shows and trusts.
            events: where a certificate that is not valid is told of.
            key_values: where the open request is kept.
            ask: sends a request to sign, for which the CSMS has asked or not; whether it takes
                that. Raises OcppError.
            ready: whether a request can go that the CSMS has asked for, or not; call `wake` when
                that changes.
            now: the time of day; call `wake` when it jumps.
            sleep: of the station's environment.
        """
        self.policy = policy
        self._use = use
        self._certificates = certificates
        self._events = events
        self._key_values = key_values
        self._ask = ask
        self._ready = ready
        self._now = now
        self._sleep = sleep
        self._state = SigningState()
        self._loaded = False
        self._wanted = False  # whether the CSMS has asked for a request that is not made yet
        self._lock = asyncio.Lock()
        self._changed = asyncio.Event()

    @property
    def able(self) -> bool:
        """Whether a request can be made: there is a store, and the subject is known."""
        return self._certificates.store is not None and self._use.able

    def wake(self) -> None:
        """Look anew at what is due."""
        self._changed.set()

    async def request(self) -> None:
        """Ask for a new certificate with a new key, whatever was asked before (A02.FR.02).

        Does nothing while the station is not `able` to.
        """
        async with self._lock:
            await self._load()
            self._wanted = True
            try:
                await self._request_wanted()
            except OSError as error:
                _logger.error("a certificate is asked for later: %s", error)  # noqa: TRY400  # the disk
        self.wake()

    async def signed(self, pem: str) -> Rejection | None:
        """Judge what CertificateSigned brings, and keep it (A02.FR.06); call `adopt` next.

        Args:
            pem: the certificate first, then those above it.

        Returns:
            Why it is not taken; None where it is.
        """
        async with self._lock:
            await self._load()
            rejection = await self._take(pem)
            if rejection is None:
                return None
            _logger.warning("a signed certificate is rejected: %s", rejection)
            if rejection.is_security_event:
                # Nothing goes again until the CSMS asks for it (A02.FR.20).
                await self._keep(evolve(self._state, due=None))
                invalid = EventV201.INVALID_CHARGING_STATION_CERTIFICATE
                told = SecurityEvent(type=invalid, tech_info=str(rejection)[:255])
                await self._events.add(told)
            return rejection

    async def awaits(self, pem: str) -> bool:
        """Whether a certificate, PEM, is for the key of the open request, or has come before."""
        store, certificate = self._certificates.store, _first(pem)
        if store is None or certificate is None:
            return False
        async with self._lock:
            key = await store.pending_key(self._use.use)
            fitting = key is not None and at_need.fits(certificate, key)
            return fitting or await self._has(store, pem)

    def adopt(self) -> None:
        """Use a new certificate now, where it is valid already (A02.FR.08)."""
        if self._state.later is None:
            self._use.adopt()

    async def run(self) -> None:
        """Send requests, send them again, renew in time; for ever."""
        while True:
            try:
                wait = await self._step()
            except OSError as error:  # a disk that is full may have room again
                _logger.error("certificates cannot be seen to: %s", error)  # noqa: TRY400  # the disk
                wait = _AFTER_FAILURE
            if wait is None:
                await self._changed.wait()
                self._changed.clear()
            else:
                await pause(wait, self._changed, sleep=self._sleep)

    async def _step(self) -> float | None:
        """Do what is due; how long until there is more, in seconds, or None."""
        if self._certificates.store is None:
            return None
        async with self._lock:
            await self._load()
            await self._request_wanted()
            now = self._now()
            later = self._state.later_at
            if later is not None and later <= now:
                await self._take_up()
            look = await self._watch(now)
            state = self._state
        if state.csr is not None and state.due is not None and state.due <= now:
            if self._ready(state.asked):
                return await self._send(state.csr, asked=state.asked)
            return None
        times = [at for at in (state.due, state.later_at, look) if at is not None and at > now]
        return min(_AGAIN, min(times) - now).total_seconds() if times else None

    async def _request_wanted(self) -> None:
        """Make the request that the CSMS has asked for."""
        if self._wanted:
            await self._request(asked=True)
            self._wanted = False

    async def _watch(self, now: datetime) -> datetime | None:
        """Begin to renew where it is time (A03.FR.02); when to look again."""
        if not self._use.shown or not self.able:
            return None
        try:
            present = await self._use.present()
        except (OSError, ValueError):
            _logger.exception("the station's certificate cannot be read")
            return now + _AGAIN
        if not present or self._state.later is not None:
            return None
        watch = at_need.expiry_watch(present, now=now, before=self.policy.renew_before)
        if not watch.due:
            return watch.next_look
        again = self._state.not_before
        if again is not None and now < again <= now + _AGAIN:
            return again
        if self._state.due is None:
            _logger.info("the station's certificate ends on %s", watch.due[0].not_valid_after_utc)
            await self._request(asked=False)
        await self._keep(evolve(self._state, not_before=now + _AGAIN))
        return now + _AGAIN

    async def _request(self, *, asked: bool) -> None:
        store = self._certificates.store
        if store is None or not self.able:
            return
        key = await store.new_pending_key(self._use.use)
        try:
            csr = await self._use.request(key)
        except ValueError as error:
            _logger.error("no certificate can be asked for: %s", error)  # noqa: TRY400  # the names
            return
        state = self._state
        now, not_before = self._now(), state.not_before
        await self._keep(SigningState(csr=csr, asked=asked, due=now, not_before=not_before))

    async def _send(self, csr: str, *, asked: bool) -> float:
        """Send a request; how long to wait until the next look, in seconds."""
        taken = True
        try:
            taken = await self._ask(csr, asked)
        except ConnectionLost:
            return 1.0  # it goes as soon as the CSMS is there again
        except CallRefused as error:
            _logger.warning("the CSMS does not sign certificates: %s", error)
            taken = False
        except OcppError as error:  # it may have it all the same
            _logger.warning("a request to sign may not have reached the CSMS: %s", error)
        async with self._lock:
            state = self._state
            if state.csr == csr and state.due is not None:
                due = self._next(state.resent) if taken else None
                resent = state.resent + 1
                await self._keep(evolve(state, due=due, resent=resent))
        return 0.0

    def _next(self, resent: int) -> datetime | None:
        """When a request that the CSMS has taken goes again (A02.FR.17, A02.FR.18)."""
        policy = self.policy
        if policy.wait_minimum <= 0:
            return None
        delay = at_need.retry_delay(
            resent,
            wait_minimum_s=policy.wait_minimum,
            repeat_times=min(policy.repeat_times, _MOST_DOUBLINGS),
        )
        if delay is None:
            _logger.warning("no certificate came: the CSMS must ask for another request")
            return None
        return self._now() + min(timedelta(seconds=delay), _LONGEST)

    async def _take(self, pem: str) -> Rejection | None:
        store = self._certificates.store
        if store is None:
            return at_need.Rejection(reason=at_need.RejectionReason.NOT_REQUESTED)
        now = self._now()
        certificate, at = _first(pem), now
        if certificate is not None and self.policy.awaits_start:
            at = max(now, certificate.not_valid_before_utc)
        if len(pem) <= self.policy.max_chain_size and await self._has(store, pem):
            return None  # the answer was lost, and it comes again
        judged = await self._judge(store, pem, at)
        if isinstance(judged, at_need.Rejection):
            return judged
        if at > now:
            later = evolve(self._state, due=None, later=pem, later_at=at)
            await self._keep(later)
            self.wake()
            return None
        await self._install(store, judged)
        return None

    async def _judge(
        self, store: AsyncCertificateStore, pem: str, at: datetime
    ) -> ValidChain | Rejection:
        csr = self._state.csr
        key = None if csr is None else await store.pending_key(self._use.use)
        common_name, organization = ("", "") if csr is None else at_need.requested_names(csr)
        roots = await self._use.roots()
        return await asyncio.to_thread(
            at_need.check_signed,
            pem,
            requested=None if key is None else key.public_key(),
            roots=roots,
            now=at,
            usage=self._use.usage,
            common_name=common_name,
            organization=organization,
            max_size=self.policy.max_chain_size,
        )

    async def _has(self, store: AsyncCertificateStore, pem: str) -> bool:
        """Whether a certificate is installed, or waits, already."""
        if pem == self._state.later:
            return True
        certificate = _first(pem)
        if certificate is None:
            return False
        contents = await store.read()
        return any(entry.certificate == certificate for entry in contents.own_for(self._use.use))

    async def _take_up(self) -> None:
        """Install the certificate that has become valid."""
        store, pem = self._certificates.store, self._state.later
        if store is None or pem is None:
            return
        judged = await self._judge(store, pem, self._now())
        if isinstance(judged, at_need.Rejection):
            await self._keep(evolve(self._state, later=None, later_at=None))
            _logger.error("a certificate that was to become valid did not: %s", judged)
            return
        await self._install(store, judged)
        self.adopt()

    async def _install(self, store: AsyncCertificateStore, chain: ValidChain) -> None:
        """Put a certificate where the next connection finds it.

        Raises:
            OSError: the disk does not take it.
        """
        _ = await store.install_own(self._use.use, chain)
        await self._keep(SigningState())
        await self._use.installed()
        changed = EventV201.RECONFIGURATION_OF_SECURITY_PARAMETERS
        told = SecurityEvent(type=changed, tech_info="another certificate of the station")
        await self._events.add(told)

    async def _load(self) -> None:
        if self._loaded:
            return
        kept = (await self._key_values.all(KEPT)).get(self._use.kept_as)
        self._loaded = True
        if kept is not None:
            try:
                self._state = state_from_text(kept)
            except (ValueError, KeyError, TypeError):
                _logger.exception("the open request to sign a certificate cannot be read")
        store, state, use = self._certificates.store, self._state, self._use.use
        if store is not None and state.csr is not None:
            key = await store.pending_key(use)
            if key is None or not at_need.fits(at_need.read_request(state.csr), key):
                # The power went as its certificate was installed or the next key was made, or the
                # key is lost.
                self._state = SigningState(not_before=state.not_before)

    async def _keep(self, state: SigningState) -> None:
        await self._key_values.put(KEPT, {self._use.kept_as: state_text(state)})
        self._state = state


def _first(pem: str) -> x509.Certificate | None:
    try:
        return at_need.read_certificates(pem)[0]
    except ValueError:
        return None
