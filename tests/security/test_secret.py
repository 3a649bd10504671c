from __future__ import annotations

import copy
import logging
import pickle
from pathlib import Path

import attrs
import pytest
from websockets.frames import Frame, Opcode

from ocppkit.security import (
    CertificateStore,
    MaskingLogger,
    OwnCertificate,
    OwnUse,
    Secret,
    generate_key,
    read_key,
)
from ocppkit.security.keys import key_to_pem

HIDDEN = "correct-horse-battery"


@pytest.mark.requirement("A01.FR.12", "1.6-SEC A01.FR.12")
def test_a_secret_never_shows_itself() -> None:
    secret = Secret(HIDDEN.encode())
    certificate = OwnCertificate(chain=Path("c"), key=Path("k"), passphrase=secret)

    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>30}",
        repr(certificate),
        repr(attrs.asdict(certificate)),
        str(ValueError(secret)),
        repr(vars(logging.makeLogRecord({"msg": "%s", "args": (secret,)}))),
    ]
    assert not [text for text in shown if HIDDEN in text]
    assert secret.reveal() == HIDDEN.encode()


def test_a_secret_can_be_neither_pickled_nor_copied_nor_hashed() -> None:
    secret = Secret(HIDDEN.encode())

    for leak in (pickle.dumps, copy.copy, copy.deepcopy, hash):
        with pytest.raises(TypeError):
            leak(secret)


def test_secrets_with_the_same_bytes_are_equal() -> None:
    assert Secret(b"one") == Secret(b"one")
    assert Secret(b"one") != Secret(b"two")
    assert Secret(b"one") != b"one"


def test_the_credentials_of_a_header_do_not_reach_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = MaskingLogger(logging.getLogger("test.headers"))
    with caplog.at_level(logging.DEBUG):
        logger.debug("> %s: %s", "Authorization", HIDDEN)
        logger.debug("> %s: %s", "authorization", HIDDEN)
        logger.debug("> %s: %s", "Host", "csms.example.com")

    assert HIDDEN not in caplog.text
    assert "> Authorization: ***" in caplog.text
    assert "> Host: csms.example.com" in caplog.text


def test_what_is_in_a_message_does_not_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    logger = MaskingLogger(logging.getLogger("test.frames"))
    with caplog.at_level(logging.DEBUG):
        for opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            logger.debug("> %s", Frame(opcode, HIDDEN.encode()))
        logger.debug("< %s", Frame(Opcode.PING, b"1234"))

    assert HIDDEN[-8:] not in caplog.text
    assert "> TEXT [21 bytes]" in caplog.text
    assert "< PING '1234'" in caplog.text


def test_a_key_that_cannot_be_read_shows_nothing_of_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    passphrase, key = Secret(HIDDEN.encode()), generate_key()
    plain = key_to_pem(key, None)
    body = plain.splitlines()[1].decode()
    with pytest.raises(ValueError, match="no private key") as broken:
        read_key(plain[:-60], passphrase)
    with pytest.raises(ValueError, match="no private key") as encrypted:
        read_key(key_to_pem(key, passphrase), Secret(b"another"))
    store = CertificateStore(tmp_path, passphrase=passphrase)
    with caplog.at_level(logging.DEBUG):
        store.open()
        store.put_pending_key(OwnUse.CHARGING_STATION, key)
        (tmp_path / "own/ChargingStationCertificate/pending.pem").write_bytes(plain[:-60])
        store.pending_key(OwnUse.CHARGING_STATION)

    shown = f"{broken.value!r} {encrypted.value!r} {caplog.text} {key!r} {store!r}"
    assert "the key of the open request is lost" in caplog.text
    assert HIDDEN not in shown
    assert body not in shown
    assert "another" not in str(encrypted.value).replace("its passphrase is another", "")
