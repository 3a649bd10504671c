"""What the cases about TLS have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ocppkit.conformance.case import Case
from ocppkit.conformance.endpoint import Attempt
from ocppkit.conformance.hello import TLS_1_2
from ocppkit.conformance.places import connectors_are
from ocppkit.conformance.states import booting
from ocppkit.conformance.tls_end import TlsEnd
from ocppkit.conformance.verdict import Missing, NotApplicable
from ocppkit.v201 import BootNotificationRequest

__all__ = ["attempted", "boots_over_tls", "check_offer", "tls_of"]

_SUITES: Final = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": 0xC02B,
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": 0xC02C,
    "TLS_RSA_WITH_AES_128_GCM_SHA256": 0x009C,
    "TLS_RSA_WITH_AES_256_GCM_SHA384": 0x009D,
}
_NAMES: Final = tuple(_SUITES)
_PAIRS: Final = (_NAMES[:2], _NAMES[2:])


def tls_of(t: Case) -> TlsEnd:
    """How the endpoint that the case speaks through shows itself.

    Raises:
        NotApplicable: it speaks no TLS.
    """
    if t.kit.at.tls is None:
        raise NotApplicable("needs TLS")
    return t.kit.at.tls


async def boots_over_tls(t: Case, step: int) -> tuple[Attempt, BootNotificationRequest]:
    """The station is reset, connects over TLS, boots and tells of its connectors.

    Args:
        t: the case.
        step: of the handshake, in the case's text.

    Returns:
        How it connected, and its BootNotification.

    Raises:
        Missing: it does not.
    """
    begin = len(t.kit.at.attempts)
    async with t.reboot():
        await booting(t)
        boot = await t.expect(BootNotificationRequest, 7, within=t.settings.reboot_timeout)
        await connectors_are(t, 9)
    came = t.kit.at.attempts[begin:]
    for attempt in came:
        if attempt.failure is not None:
            t.deviate(step, "TLS", "a handshake", attempt.failure)
    shaken = [attempt for attempt in came if attempt.handshake is not None]
    if not shaken:
        t.deviate(step, "TLS", "a handshake", "none")
        raise Missing("handshake")
    check_offer(t, step, shaken[-1])
    return shaken[-1], boot


def check_offer(t: Case, step: int, attempt: Attempt) -> None:
    """See that a station offers TLS 1.2 or above, and one of the pairs of cipher suites."""
    if attempt.hello is None:
        t.deviate(step, "ClientHello", "one that can be read", "another")
        return
    if attempt.handshake is not None and attempt.handshake.version < "TLSv1.2":
        t.deviate(step, "TLS", "1.2 or above", attempt.handshake.version)
    if max(attempt.hello.versions) < TLS_1_2:
        t.deviate(step, "ClientHello: version", "TLS 1.2 or above", f"{attempt.hello.versions}")
    offered = set(attempt.hello.suites)
    if not any({_SUITES[name] for name in pair} <= offered for pair in _PAIRS):
        wanted = " or ".join(" and ".join(pair) for pair in _PAIRS)
        there = ", ".join(name for name, number in _SUITES.items() if number in offered)
        t.deviate(step, "ClientHello: cipher suites", wanted, there or "none of them")


async def attempted(t: Case, begin: int, within: float) -> Sequence[Attempt]:
    """What tried to connect since `begin`, as soon as there is something; nothing in the end."""
    at = t.kit.at
    _ = await t.kit.mailbox.until(lambda: len(at.attempts) > begin, within)
    return at.attempts[begin:]
