"""What reads, checks and makes certificates and keys, loaded with the first: ten megabytes.

A station that has none yet stays small: ``at_need.read_certificates(...)``. Needs the extra
``security`` once something is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocppkit.lazy import attach

if TYPE_CHECKING:
    from ocppkit.security.chain import Usage, common_name, is_issued_by
    from ocppkit.security.identity import common_name_problem
    from ocppkit.security.keys import (
        fits,
        generate_key,
        key_to_pem,
        read_key,
        read_request,
        requested_names,
        signing_request,
    )
    from ocppkit.security.pem import (
        fingerprint,
        read_certificates,
        read_der,
        to_pem,
    )
    from ocppkit.security.rules import deletion_refusal, find_named, install_refusal, read_root
    from ocppkit.security.signing import (
        Rejection,
        RejectionReason,
        check_signed,
        expiry_watch,
        retry_delay,
    )

__all__ = [
    "Rejection",
    "RejectionReason",
    "Usage",
    "check_signed",
    "common_name",
    "common_name_problem",
    "deletion_refusal",
    "expiry_watch",
    "find_named",
    "fingerprint",
    "fits",
    "generate_key",
    "install_refusal",
    "is_issued_by",
    "key_to_pem",
    "read_certificates",
    "read_der",
    "read_key",
    "read_request",
    "read_root",
    "requested_names",
    "retry_delay",
    "signing_request",
    "to_pem",
]

_NAMES: Final = {
    "chain": ("Usage", "common_name", "is_issued_by"),
    "identity": ("common_name_problem",),
    "keys": (
        "fits",
        "generate_key",
        "key_to_pem",
        "read_key",
        "read_request",
        "requested_names",
        "signing_request",
    ),
    "pem": ("fingerprint", "read_certificates", "read_der", "to_pem"),
    "rules": ("deletion_refusal", "find_named", "install_refusal", "read_root"),
    "signing": ("Rejection", "RejectionReason", "check_signed", "expiry_watch", "retry_delay"),
}

__getattr__, __dir__ = attach(
    __name__,
    {name: f"ocppkit.security.{module}" for module, names in _NAMES.items() for name in names},
)
