"""What OCSP responders said of certificates, kept on the disk (M06); needs ``security``."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from attrs import field, frozen
from cryptography import x509

from ocppkit.security.hash_data import HashData
from ocppkit.security.ocsp import OcspProblem, OcspStatus, check_response
from ocppkit.station.kept import KeyValues
from ocppkit.value import Value

__all__ = ["OcspAnswer", "OcspCache"]

_logger = logging.getLogger(__name__)

_ANSWERS: Final = "ocsp"
_REVOKED: Final = "ocsp.revoked"
_MOST_REVOKED: Final = 1_000


@frozen(kw_only=True, eq=False, repr=False)
class OcspAnswer(Value):
    """A verified answer.

    Attributes:
        der: as the responder signed it.
        revoked: whether the certificate is revoked.
        came: when it came.
        good_until: until when it may be relied on.
    """

    der: bytes = field(repr=False)
    revoked: bool
    came: datetime
    good_until: datetime


class OcspCache:
    """Answers by certificate."""

    def __init__(self, *, key_values: KeyValues, now: Callable[[], datetime]) -> None:
        """Know nothing yet; see `load`.

        Args:
            key_values: where it outlasts a restart.
            now: the time of day.
        """
        self._key_values = key_values
        self._now = now
        self._answers: dict[str, OcspAnswer] = {}
        self._revoked: dict[str, None] = {}  # what the CSMS said, oldest first

    async def load(self) -> None:
        """Take up what was known before the restart; what cannot be read is left out."""
        for name, text in (await self._key_values.all(_ANSWERS)).items():
            try:
                self._answers[name] = _read(text)
            except (ValueError, KeyError, TypeError):
                _logger.error("an OCSP answer that was kept cannot be read")  # noqa: TRY400  # no traceback helps
        self._revoked = dict.fromkeys(await self._key_values.all(_REVOKED))

    def find(self, certificate: x509.Certificate, issuer: x509.Certificate) -> OcspAnswer | None:
        """The answer about a certificate, which may not be good any more."""
        return self._answers.get(_name(certificate, issuer))

    def response(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bytes | None:
        """The DER of the answer about a certificate, to be shown to EVs, while it is good."""
        found = self.find(certificate, issuer)
        return found.der if found is not None and self._now() <= found.good_until else None

    async def put(
        self, certificate: x509.Certificate, issuer: x509.Certificate, der: bytes
    ) -> OcspProblem | None:
        """Keep an answer; why it is worth nothing."""
        now = self._now()
        result = check_response(der, certificate, issuer, now)
        if isinstance(result, OcspProblem):
            return result
        if result.status is OcspStatus.UNKNOWN:  # says nothing, and may be another tomorrow
            return OcspProblem.NO_ANSWER
        answer = OcspAnswer(
            der=der,
            revoked=result.status is OcspStatus.REVOKED,
            came=now,
            good_until=result.good_until,
        )
        name = _name(certificate, issuer)
        await self._key_values.put(_ANSWERS, {name: _text(answer)})
        self._answers[name] = answer
        return None

    async def note(
        self, certificate: x509.Certificate, issuer: x509.Certificate, *, revoked: bool
    ) -> None:
        """Take note of what the CSMS, which has asked the responder, says of a contract."""
        name = _name(certificate, issuer)
        if revoked is (name in self._revoked):
            return
        changes: dict[str, str | None] = {name: "" if revoked else None}
        if revoked:
            self._revoked[name] = None
        else:
            del self._revoked[name]
        for oldest in list(self._revoked)[:-_MOST_REVOKED]:
            del self._revoked[oldest]
            changes[oldest] = None
        await self._key_values.put(_REVOKED, changes)

    async def keep_only(
        self, certificates: Iterable[tuple[x509.Certificate, x509.Certificate]]
    ) -> None:
        """Forget the answers about all but these certificates, each with its issuer."""
        wanted = {_name(certificate, issuer) for certificate, issuer in certificates}
        gone = [name for name in self._answers if name not in wanted]
        if gone:
            await self._key_values.put(_ANSWERS, dict.fromkeys(gone))
            for name in gone:
                del self._answers[name]

    def is_revoked(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        """Whether a responder said that a certificate is revoked."""
        found = self.find(certificate, issuer)
        return found is not None and found.revoked

    def may_be_revoked(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        """Whether a responder or the CSMS said so: for as long as the CSMS cannot be asked."""
        told = _name(certificate, issuer) in self._revoked
        return told or self.is_revoked(certificate, issuer)


def _name(certificate: x509.Certificate, issuer: x509.Certificate) -> str:
    data = HashData.of(certificate, issuer)
    return f"{data.issuer_name_hash}:{data.issuer_key_hash}:{data.serial_number}"


def _text(answer: OcspAnswer) -> str:
    return json.dumps(
        {
            "der": base64.b64encode(answer.der).decode(),
            "revoked": answer.revoked,
            "came": answer.came.isoformat(),
            "good_until": answer.good_until.isoformat(),
        }
    )


def _read(text: str) -> OcspAnswer:
    told: dict[str, Any] = json.loads(text)
    return OcspAnswer(
        der=base64.b64decode(told["der"], validate=True),
        revoked=bool(told["revoked"]),
        came=datetime.fromisoformat(told["came"]),
        good_until=datetime.fromisoformat(told["good_until"]),
    )
