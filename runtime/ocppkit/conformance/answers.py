"""How the kit answers a station: as the running case wants, and else by accepting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from attrs import define, evolve, field

from ocppkit.clock import Clock
from ocppkit.errors import CallError
from ocppkit.message import Request, Response
from ocppkit.v201 import (
    AuthorizationStatusEnumType,
    AuthorizeCertificateStatusEnumType,
    AuthorizeRequest,
    AuthorizeResponse,
    BootNotificationResponse,
    DataTransferResponse,
    DataTransferStatusEnumType,
    GenericStatusEnumType,
    Get15118EVCertificateResponse,
    GetCertificateStatusEnumType,
    GetCertificateStatusResponse,
    HeartbeatResponse,
    IdTokenInfoType,
    IdTokenType,
    Iso15118EVCertificateStatusEnumType,
    NotifyEVChargingNeedsResponse,
    NotifyEVChargingNeedsStatusEnumType,
    NotifyEVChargingScheduleResponse,
    RegistrationStatusEnumType,
    SignCertificateResponse,
    TransactionEventRequest,
    TransactionEventResponse,
)

__all__ = ["SILENCE", "Answer", "Answers", "Silence"]


class Silence:
    """The answer that never comes."""


SILENCE: Final = Silence()
"""The answer that never comes."""

Answer: TypeAlias = Response | CallError | Silence
"""What goes back to the station."""

_ACCEPTED: Final = IdTokenInfoType(status=AuthorizationStatusEnumType.ACCEPTED)


@define(kw_only=True, eq=False)
class Answers:
    """What the station is answered.

    Attributes:
        clock: the CSMS's time.
        heartbeat_interval: what an accepted station is told, in seconds.
        tokens: what the CSMS thinks of a token, by its text in lower case, for upper and lower
            case are the same there; the others are `unknown`.
        unknown: what it thinks of a token that it does not know.
        rules: a function an action; where there is none, the station is accepted.
    """

    clock: Clock
    heartbeat_interval: int = 300
    tokens: dict[str, IdTokenInfoType] = field(factory=dict)
    unknown: IdTokenInfoType = _ACCEPTED
    rules: dict[str, Callable[[Any], Answer]] = field(factory=dict)

    def reset(self) -> None:
        """Forget what a case said."""
        self.rules.clear()
        self.tokens.clear()
        self.unknown = _ACCEPTED

    def to(self, request: Request[Any], response: type[Response]) -> Answer:
        """What answers a request.

        Args:
            request: of the station.
            response: its class, which is made without fields where nothing is known of it.
        """
        rule = self.rules.get(request.ACTION)
        return self.default(request, response) if rule is None else rule(request)

    def default(self, request: Request[Any], response: type[Response]) -> Answer:
        """What answers a request of which no case said anything."""
        match request:
            case AuthorizeRequest():
                checked = request.certificate is not None or request.iso15118_certificate_hash_data
                status = AuthorizeCertificateStatusEnumType.ACCEPTED if checked else None
                return AuthorizeResponse(
                    id_token_info=self.about(request.id_token), certificate_status=status
                )
            case TransactionEventRequest():
                token = request.id_token
                return TransactionEventResponse(
                    id_token_info=None if token is None else self.about(token)
                )
        made = _PLAIN.get(request.ACTION)
        return response() if made is None else made(self)

    def about(self, token: IdTokenType) -> IdTokenInfoType:
        """What the CSMS thinks of a token."""
        return evolve(self.tokens.get(token.id_token.casefold(), self.unknown))


_PLAIN: Final[dict[str, Callable[[Answers], Response]]] = {
    "BootNotification": lambda it: BootNotificationResponse(
        current_time=it.clock.utc_now(),
        interval=it.heartbeat_interval,
        status=RegistrationStatusEnumType.ACCEPTED,
    ),
    "DataTransfer": lambda _: DataTransferResponse(
        status=DataTransferStatusEnumType.UNKNOWN_VENDOR_ID
    ),
    "Get15118EVCertificate": lambda _: Get15118EVCertificateResponse(
        status=Iso15118EVCertificateStatusEnumType.FAILED, exi_response=""
    ),
    "GetCertificateStatus": lambda _: GetCertificateStatusResponse(
        status=GetCertificateStatusEnumType.FAILED
    ),
    "Heartbeat": lambda it: HeartbeatResponse(current_time=it.clock.utc_now()),
    "NotifyEVChargingNeeds": lambda _: NotifyEVChargingNeedsResponse(
        status=NotifyEVChargingNeedsStatusEnumType.ACCEPTED
    ),
    "NotifyEVChargingSchedule": lambda _: NotifyEVChargingScheduleResponse(
        status=GenericStatusEnumType.ACCEPTED
    ),
    "SignCertificate": lambda _: SignCertificateResponse(status=GenericStatusEnumType.ACCEPTED),
}
