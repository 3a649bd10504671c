"""Security of both versions: profiles, TLS, certificates and keys (2.0.1 block A and M).

`events`, `folders`, `passwords`, `profile`, `secret`, `tls`, `tls_errors` and `upgrade` need
nothing but Python; all else needs the extra ``security``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocppkit.lazy import attach

if TYPE_CHECKING:
    from ocppkit.security.async_store import AsyncCertificateStore as AsyncCertificateStore
    from ocppkit.security.chain import ChainProblem as ChainProblem
    from ocppkit.security.chain import ChainReason as ChainReason
    from ocppkit.security.chain import IsRevoked as IsRevoked
    from ocppkit.security.chain import Usage as Usage
    from ocppkit.security.chain import ValidChain as ValidChain
    from ocppkit.security.chain import common_name as common_name
    from ocppkit.security.chain import is_issued_by as is_issued_by
    from ocppkit.security.chain import is_weak as is_weak
    from ocppkit.security.chain import validate_chain as validate_chain
    from ocppkit.security.entries import Contents as Contents
    from ocppkit.security.entries import Damage as Damage
    from ocppkit.security.entries import Limits as Limits
    from ocppkit.security.entries import NamedChain as NamedChain
    from ocppkit.security.entries import OwnEntry as OwnEntry
    from ocppkit.security.entries import RootEntry as RootEntry
    from ocppkit.security.events import (
        DISCARDED_RENEWED_CLIENT_CERTIFICATE as DISCARDED_RENEWED_CLIENT_CERTIFICATE,
    )
    from ocppkit.security.events import SecurityEvent as SecurityEvent
    from ocppkit.security.events import (
        invalid_own_certificate_event as invalid_own_certificate_event,
    )
    from ocppkit.security.events import spelled as spelled
    from ocppkit.security.events import tls_event as tls_event
    from ocppkit.security.folders import read_own as read_own
    from ocppkit.security.folders import read_roots as read_roots
    from ocppkit.security.hash_data import HashAlgorithm as HashAlgorithm
    from ocppkit.security.hash_data import HashData as HashData
    from ocppkit.security.identity import IdentityProblem as IdentityProblem
    from ocppkit.security.identity import common_name_problem as common_name_problem
    from ocppkit.security.identity import station_certificate_problem as station_certificate_problem
    from ocppkit.security.keys import KeyKind as KeyKind
    from ocppkit.security.keys import PrivateKey as PrivateKey
    from ocppkit.security.keys import generate_key as generate_key
    from ocppkit.security.keys import key_to_pem as key_to_pem
    from ocppkit.security.keys import read_key as read_key
    from ocppkit.security.keys import signing_request as signing_request
    from ocppkit.security.ocsp import OcspFetcher as OcspFetcher
    from ocppkit.security.ocsp import OcspProblem as OcspProblem
    from ocppkit.security.ocsp import OcspResult as OcspResult
    from ocppkit.security.ocsp import OcspStatus as OcspStatus
    from ocppkit.security.ocsp import check_response as check_response
    from ocppkit.security.ocsp import decode_result as decode_result
    from ocppkit.security.ocsp import ocsp_request as ocsp_request
    from ocppkit.security.ocsp import refresh_times as refresh_times
    from ocppkit.security.ocsp import request_data as request_data
    from ocppkit.security.passwords import key_from_hex as key_from_hex
    from ocppkit.security.passwords import password_from_text as password_from_text
    from ocppkit.security.profile import PROFILES as PROFILES
    from ocppkit.security.profile import SecurityProfile as SecurityProfile
    from ocppkit.security.profile import security_profile as security_profile
    from ocppkit.security.results import Deletion as Deletion
    from ocppkit.security.results import DeletionRefusal as DeletionRefusal
    from ocppkit.security.results import Installation as Installation
    from ocppkit.security.results import InstallRefusal as InstallRefusal
    from ocppkit.security.results import Status as Status
    from ocppkit.security.root_uses import ROOT_USES_OF_V16 as ROOT_USES_OF_V16
    from ocppkit.security.rules import deletion_refusal as deletion_refusal
    from ocppkit.security.rules import find_named as find_named
    from ocppkit.security.rules import install_refusal as install_refusal
    from ocppkit.security.rules import read_root as read_root
    from ocppkit.security.secret import MaskingLogger as MaskingLogger
    from ocppkit.security.secret import Secret as Secret
    from ocppkit.security.signing import RENEW_BEFORE as RENEW_BEFORE
    from ocppkit.security.signing import Rejection as Rejection
    from ocppkit.security.signing import RejectionReason as RejectionReason
    from ocppkit.security.signing import Watch as Watch
    from ocppkit.security.signing import check_signed as check_signed
    from ocppkit.security.signing import expiry_watch as expiry_watch
    from ocppkit.security.signing import retry_delay as retry_delay
    from ocppkit.security.store import CertificateStore as CertificateStore
    from ocppkit.security.tls import TLS12_CIPHERS as TLS12_CIPHERS
    from ocppkit.security.tls import OwnCertificate as OwnCertificate
    from ocppkit.security.tls import client_context as client_context
    from ocppkit.security.tls import server_context as server_context
    from ocppkit.security.tls_errors import TlsReason as TlsReason
    from ocppkit.security.tls_errors import WildcardRefused as WildcardRefused
    from ocppkit.security.tls_errors import describe_tls_error as describe_tls_error
    from ocppkit.security.upgrade import ChangeRefusal as ChangeRefusal
    from ocppkit.security.upgrade import Committed as Committed
    from ocppkit.security.upgrade import Installed as Installed
    from ocppkit.security.upgrade import ProfileChange as ProfileChange
    from ocppkit.security.upgrade import Reverted as Reverted
    from ocppkit.security.upgrade import Reverting as Reverting
    from ocppkit.security.upgrade import Trying as Trying
    from ocppkit.security.upgrade import begin_change as begin_change
    from ocppkit.security.upgrade import change_refusal as change_refusal
    from ocppkit.security.upgrade import connected as connected
    from ocppkit.security.upgrade import failed as failed
    from ocppkit.security.upgrade import slots_to_remove as slots_to_remove
    from ocppkit.security.uses import OwnUse as OwnUse
    from ocppkit.security.uses import RootUse as RootUse

__all__ = [
    "DISCARDED_RENEWED_CLIENT_CERTIFICATE",
    "PROFILES",
    "RENEW_BEFORE",
    "ROOT_USES_OF_V16",
    "TLS12_CIPHERS",
    "AsyncCertificateStore",
    "CertificateStore",
    "ChainProblem",
    "ChainReason",
    "ChangeRefusal",
    "Committed",
    "Contents",
    "Damage",
    "Deletion",
    "DeletionRefusal",
    "HashAlgorithm",
    "HashData",
    "IdentityProblem",
    "InstallRefusal",
    "Installation",
    "Installed",
    "IsRevoked",
    "KeyKind",
    "Limits",
    "MaskingLogger",
    "NamedChain",
    "OcspFetcher",
    "OcspProblem",
    "OcspResult",
    "OcspStatus",
    "OwnCertificate",
    "OwnEntry",
    "OwnUse",
    "PrivateKey",
    "ProfileChange",
    "Rejection",
    "RejectionReason",
    "Reverted",
    "Reverting",
    "RootEntry",
    "RootUse",
    "Secret",
    "SecurityEvent",
    "SecurityProfile",
    "Status",
    "TlsReason",
    "Trying",
    "Usage",
    "ValidChain",
    "Watch",
    "WildcardRefused",
    "begin_change",
    "change_refusal",
    "check_response",
    "check_signed",
    "client_context",
    "common_name",
    "common_name_problem",
    "connected",
    "decode_result",
    "deletion_refusal",
    "describe_tls_error",
    "expiry_watch",
    "failed",
    "find_named",
    "generate_key",
    "install_refusal",
    "invalid_own_certificate_event",
    "is_issued_by",
    "is_weak",
    "key_from_hex",
    "key_to_pem",
    "ocsp_request",
    "password_from_text",
    "read_key",
    "read_own",
    "read_root",
    "read_roots",
    "refresh_times",
    "request_data",
    "retry_delay",
    "security_profile",
    "server_context",
    "signing_request",
    "slots_to_remove",
    "spelled",
    "station_certificate_problem",
    "tls_event",
    "validate_chain",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "AsyncCertificateStore": "ocppkit.security.async_store",
        "CertificateStore": "ocppkit.security.store",
        "ChainProblem": "ocppkit.security.chain",
        "ChainReason": "ocppkit.security.chain",
        "ChangeRefusal": "ocppkit.security.upgrade",
        "Committed": "ocppkit.security.upgrade",
        "Contents": "ocppkit.security.entries",
        "DISCARDED_RENEWED_CLIENT_CERTIFICATE": "ocppkit.security.events",
        "Damage": "ocppkit.security.entries",
        "Deletion": "ocppkit.security.results",
        "DeletionRefusal": "ocppkit.security.results",
        "HashAlgorithm": "ocppkit.security.hash_data",
        "HashData": "ocppkit.security.hash_data",
        "IdentityProblem": "ocppkit.security.identity",
        "InstallRefusal": "ocppkit.security.results",
        "Installation": "ocppkit.security.results",
        "Installed": "ocppkit.security.upgrade",
        "IsRevoked": "ocppkit.security.chain",
        "KeyKind": "ocppkit.security.keys",
        "Limits": "ocppkit.security.entries",
        "MaskingLogger": "ocppkit.security.secret",
        "NamedChain": "ocppkit.security.entries",
        "OcspFetcher": "ocppkit.security.ocsp",
        "OcspProblem": "ocppkit.security.ocsp",
        "OcspResult": "ocppkit.security.ocsp",
        "OcspStatus": "ocppkit.security.ocsp",
        "OwnCertificate": "ocppkit.security.tls",
        "OwnEntry": "ocppkit.security.entries",
        "OwnUse": "ocppkit.security.uses",
        "PROFILES": "ocppkit.security.profile",
        "PrivateKey": "ocppkit.security.keys",
        "ProfileChange": "ocppkit.security.upgrade",
        "RENEW_BEFORE": "ocppkit.security.signing",
        "ROOT_USES_OF_V16": "ocppkit.security.root_uses",
        "Rejection": "ocppkit.security.signing",
        "RejectionReason": "ocppkit.security.signing",
        "Reverted": "ocppkit.security.upgrade",
        "Reverting": "ocppkit.security.upgrade",
        "RootEntry": "ocppkit.security.entries",
        "RootUse": "ocppkit.security.uses",
        "Secret": "ocppkit.security.secret",
        "SecurityEvent": "ocppkit.security.events",
        "SecurityProfile": "ocppkit.security.profile",
        "Status": "ocppkit.security.results",
        "TLS12_CIPHERS": "ocppkit.security.tls",
        "TlsReason": "ocppkit.security.tls_errors",
        "Trying": "ocppkit.security.upgrade",
        "Usage": "ocppkit.security.chain",
        "ValidChain": "ocppkit.security.chain",
        "Watch": "ocppkit.security.signing",
        "WildcardRefused": "ocppkit.security.tls_errors",
        "begin_change": "ocppkit.security.upgrade",
        "change_refusal": "ocppkit.security.upgrade",
        "check_response": "ocppkit.security.ocsp",
        "check_signed": "ocppkit.security.signing",
        "client_context": "ocppkit.security.tls",
        "common_name": "ocppkit.security.chain",
        "common_name_problem": "ocppkit.security.identity",
        "connected": "ocppkit.security.upgrade",
        "decode_result": "ocppkit.security.ocsp",
        "deletion_refusal": "ocppkit.security.rules",
        "describe_tls_error": "ocppkit.security.tls_errors",
        "expiry_watch": "ocppkit.security.signing",
        "failed": "ocppkit.security.upgrade",
        "find_named": "ocppkit.security.rules",
        "generate_key": "ocppkit.security.keys",
        "install_refusal": "ocppkit.security.rules",
        "invalid_own_certificate_event": "ocppkit.security.events",
        "is_issued_by": "ocppkit.security.chain",
        "is_weak": "ocppkit.security.chain",
        "key_from_hex": "ocppkit.security.passwords",
        "key_to_pem": "ocppkit.security.keys",
        "ocsp_request": "ocppkit.security.ocsp",
        "password_from_text": "ocppkit.security.passwords",
        "read_key": "ocppkit.security.keys",
        "read_own": "ocppkit.security.folders",
        "read_root": "ocppkit.security.rules",
        "read_roots": "ocppkit.security.folders",
        "refresh_times": "ocppkit.security.ocsp",
        "request_data": "ocppkit.security.ocsp",
        "retry_delay": "ocppkit.security.signing",
        "security_profile": "ocppkit.security.profile",
        "server_context": "ocppkit.security.tls",
        "signing_request": "ocppkit.security.keys",
        "slots_to_remove": "ocppkit.security.upgrade",
        "spelled": "ocppkit.security.events",
        "station_certificate_problem": "ocppkit.security.identity",
        "tls_event": "ocppkit.security.events",
        "validate_chain": "ocppkit.security.chain",
    },
)
