"""What is loaded with the first certificate is there when it is asked for, and not before."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ocppkit.security import at_need

_CODE = """
import sys, tempfile
from pathlib import Path
from ocppkit.security import at_need
from ocppkit.security.entries import Contents
from ocppkit.security.store import CertificateStore
from ocppkit.security.uses import OwnUse

store = CertificateStore(Path(tempfile.mkdtemp()) / "certificates")
assert store.open() == store.read() == Contents()
assert store.pending_key(OwnUse.V2G) is None
before = "cryptography" in sys.modules
print(before, at_need.read_certificates.__name__, "cryptography" in sys.modules)
"""


@pytest.mark.parametrize("name", at_need.__all__)
def test_every_name_is_found(name: str) -> None:
    assert getattr(at_need, name).__name__ == name
    assert name in dir(at_need)


def test_a_store_that_holds_nothing_is_opened_and_read_without_cryptography() -> None:
    done = subprocess.run(  # noqa: S603  # our own code, by our own interpreter
        [sys.executable, "-c", _CODE], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["False", "read_certificates", "True"]
