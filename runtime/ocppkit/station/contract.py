"""The contract of an EV (ISO 15118 Plug & Charge): what it presents, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from attrs import define, field, frozen, validators

from ocppkit.authorization import Status
from ocppkit.station.id_token import IdToken, IdTokenKind
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.station.token import TokenOutcome
from ocppkit.value import Value

if TYPE_CHECKING:
    from ocppkit.station.v2g_credentials import V2GCredentials
    from ocppkit.v201 import OCSPRequestDataType

__all__ = [
    "CertificateVerdict",
    "Contract",
    "ContractAnswer",
    "ContractOutcome",
    "ContractPolicy",
    "Contracts",
    "refused",
]


class CertificateVerdict(StrEnum):
    """What a contract certificate is worth (AuthorizeCertificateStatusEnumType)."""

    ACCEPTED = "Accepted"
    SIGNATURE_ERROR = "SignatureError"
    CERTIFICATE_EXPIRED = "CertificateExpired"
    CERTIFICATE_REVOKED = "CertificateRevoked"
    NO_CERTIFICATE_AVAILABLE = "NoCertificateAvailable"
    CERT_CHAIN_ERROR = "CertChainError"
    CONTRACT_CANCELLED = "ContractCancelled"


@frozen(kw_only=True, eq=False, repr=False)
class Contract(Value):
    """What an EV presents in place of a driver's token.

    Attributes:
        emaid: the contract's id, as the EV says it.
        chain_pem: the contract certificate, then those above it, as PEM; without it and without
            hash data the contract is refused.
        hash_data: what asks an OCSP responder about them, where the EV's side of the station has
            made that already: one to four; wins over the chain while the CSMS is there.

    Raises:
        ValueError: there is no id, or more hash data than a message holds.
    """

    emaid: str = field(validator=(validators.min_len(1), validators.max_len(36)), repr=False)
    chain_pem: str | None = field(default=None, repr=False)
    hash_data: tuple[OCSPRequestDataType, ...] = field(
        default=(), repr=False, validator=validators.max_len(4)
    )

    @property
    def token(self) -> IdToken:
        """What stands for it among tokens."""
        return IdToken(self.emaid, IdTokenKind.EMAID)


@define(kw_only=True)
class ContractPolicy:
    """What the configuration says of contracts.

    Attributes:
        enabled: whether contracts are taken (ISO15118PnCEnabled, PnCEnabled).
        offline: whether they are judged here while the CSMS is away (ContractValidationOffline).
        central: whether the CSMS judges those whose root is not known here
            (CentralContractValidationAllowed).
        installs_contracts: whether EVs are helped to new ones
            (ContractCertificateInstallationEnabled).
        installs_own: whether the certificate is renewed that EVs are shown
            (V2GCertificateInstallationEnabled).
        secc_id: its common name, unless the settings have it (SeccId).
        country: its country (CountryName).
        organization: its organization (OrganizationName).
    """

    enabled: bool = False
    offline: bool = False
    central: bool = False
    installs_contracts: bool = True
    installs_own: bool = True
    secc_id: str | None = None
    country: str | None = None
    organization: str | None = None


@frozen(kw_only=True, eq=False, repr=False)
class ContractAnswer(Value):
    """Whether a contract may charge, and why not.

    Attributes:
        answer: as for any token.
        status: of the contract.
        certificate: of its certificate; None where nobody judged it.
        reason: for people; empty where there is nothing to say.
    """

    answer: AuthorizationAnswer
    status: Status
    certificate: CertificateVerdict | None = None
    reason: str = ""


def refused(
    reason: str,
    *,
    status: Status = Status.INVALID,
    certificate: CertificateVerdict | None = None,
) -> ContractAnswer:
    """The answer to a contract that may not charge."""
    return ContractAnswer(
        answer=AuthorizationAnswer(accepted=False),
        status=status,
        certificate=certificate,
        reason=reason,
    )


@frozen(kw_only=True, eq=False, repr=False)
class ContractOutcome(Value):
    """What came of a contract that was presented.

    Attributes:
        outcome: accepted or refused.
        status: of the contract.
        certificate: of its certificate; None where nobody judged it.
        reason: for people; empty where there is nothing to say.
    """

    outcome: TokenOutcome
    status: Status
    certificate: CertificateVerdict | None = None
    reason: str = ""


class Contracts(Protocol):
    """Who judges contracts for a protocol version."""

    @property
    def enabled(self) -> bool:
        """Whether Plug & Charge is switched on, and can be."""
        ...

    async def credentials(self) -> tuple[V2GCredentials, ...]:
        """What EVs are shown; raises OSError."""
        ...

    async def online(self, contract: Contract) -> ContractAnswer:
        """Judge a contract while the CSMS is there; raises OcppError."""
        ...

    async def offline(
        self, contract: Contract, known: Callable[[IdToken], AuthorizationAnswer]
    ) -> ContractAnswer:
        """Judge a contract while the CSMS is away.

        Args:
            contract: which.
            known: what list and cache say of its id.
        """
        ...
