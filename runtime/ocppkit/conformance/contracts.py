"""The contracts of EVs that the cases play with, and the roots above them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve, field, frozen

from ocppkit.conformance.case import Case
from ocppkit.conformance.verdict import NotApplicable

if TYPE_CHECKING:
    from cryptography import x509

    from ocppkit.v201 import CertificateHashDataType

__all__ = ["EvContract", "contract_of", "same_emaid", "strange_contract_of"]

_WITHOUT_CHECK_DIGIT: Final = 14  # characters (ISO 15118-2 annex H)


@frozen(kw_only=True)
class EvContract:
    """What an EV presents in place of a driver's token.

    Attributes:
        emaid: the contract's id.
        chain_pem: the contract certificate, then those above it without the root.
        serial_number: of the contract certificate: hexadecimal digits, lower case.
        root_pem: the root; None where it is not known.
        root_hash: what names the root in messages; None where it is not known.
    """

    emaid: str
    chain_pem: str = field(repr=False)
    serial_number: str
    root_pem: str | None = field(default=None, repr=False)
    root_hash: CertificateHashDataType | None = None


def contract_of(t: Case) -> EvContract:
    """The valid contract: the one of the settings, or else one that the kit issues.

    Raises:
        NotApplicable: there is none to be had.
    """
    emaid, path = t.settings.emaid.id_token, t.settings.contract
    if path is not None:
        return _read(emaid, path)
    pki = t.kit.pki
    issued = pki.contract(emaid, now=t.kit.clock.utc_now())
    return EvContract(
        emaid=emaid,
        chain_pem=issued.chain_pem,
        serial_number=_serial_number(issued.certificate),
        root_pem=pki.mo.pem,
        root_hash=pki.mo.hash_data,
    )


def strange_contract_of(t: Case) -> EvContract:
    """A contract of the same id whose root no station knows, unless the settings have their own.

    Raises:
        NotApplicable: there is none to be had.
    """
    emaid, path, now = t.settings.emaid.id_token, t.settings.contract, t.kit.clock.utc_now()
    if path is not None:
        return _read(emaid, path)
    issued = t.kit.pki.foreign.sub("Strange sub CA", now=now).contract(emaid, now=now)
    return EvContract(
        emaid=emaid,
        chain_pem=issued.chain_pem,
        serial_number=_serial_number(issued.certificate),
    )


def same_emaid(one: str | None, other: str) -> bool:
    """Whether two spellings are of the same contract: separators, case, check digit may differ."""
    return one is not None and _plain(one) == _plain(other)


def _plain(emaid: str) -> str:
    return emaid.replace("-", "").replace(" ", "").upper()[:_WITHOUT_CHECK_DIGIT]


def _read(emaid: str, path: Path) -> EvContract:
    try:
        from ocppkit.security.chain import common_name  # noqa: PLC0415  # an extra
        from ocppkit.security.hash_data import HashData  # noqa: PLC0415  # an extra
        from ocppkit.security.pem import read_certificates, to_pem  # noqa: PLC0415  # an extra

        certificates = read_certificates(path.read_text(encoding="utf-8"))
    except (ImportError, OSError, ValueError) as error:
        raise NotApplicable(f"needs the contract of the settings: {error}") from error
    leaf, *above = certificates
    if not same_emaid(common_name(leaf), emaid):
        raise NotApplicable(f"needs the contract of {emaid}: {path} is of {common_name(leaf)}")
    roots = [each for each in above if each.subject == each.issuer]
    chain = [each for each in certificates if each not in roots]
    told = EvContract(emaid=emaid, chain_pem=to_pem(chain), serial_number=_serial_number(leaf))
    if not roots:
        return told
    name = HashData.of(roots[0], roots[0]).to_v201()
    return evolve(told, root_pem=to_pem(roots[:1]), root_hash=name)


def _serial_number(certificate: x509.Certificate) -> str:
    return f"{certificate.serial_number:x}"
