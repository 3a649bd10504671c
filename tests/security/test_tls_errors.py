from __future__ import annotations

import ssl
import subprocess
import sys

import pytest

from ocppkit.security import TlsReason, describe_tls_error

BARE = """
import sys
sys.modules["cryptography"] = None
import ocppkit.connection.client, ocppkit.connection.server
from ocppkit.security import PROFILES, Secret, client_context, describe_tls_error, key_from_hex
"""


def verification_error(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    return error


def library_error(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (verification_error(10), TlsReason.EXPIRED),
        (verification_error(24), TlsReason.INVALID_CERTIFICATE),
        (library_error("UNSUPPORTED_PROTOCOL"), TlsReason.OLD_TLS_VERSION),
        (library_error("SOMETHING_ELSE"), TlsReason.OTHER),
        (ssl.SSLEOFError(8, "EOF occurred"), None),
        (ConnectionResetError(), None),
        (ValueError("no TLS at all"), None),
    ],
)
def test_an_error_tells_its_reason(error: BaseException, reason: TlsReason | None) -> None:
    assert describe_tls_error(error) is reason


def test_the_reason_is_found_among_the_causes() -> None:
    outer, middle = OSError("outer"), OSError("middle")
    outer.__cause__, middle.__context__ = middle, verification_error(62)

    assert describe_tls_error(outer) is TlsReason.WRONG_HOST


def test_causes_that_go_in_circles_come_to_an_end() -> None:
    one, two = OSError("one"), OSError("two")
    one.__cause__, two.__cause__ = two, one

    assert describe_tls_error(one) is None


def test_a_connection_needs_nothing_but_python() -> None:
    done = subprocess.run([sys.executable, "-c", BARE], check=False, capture_output=True)  # noqa: S603  # our own words

    assert done.returncode == 0, done.stderr.decode()
