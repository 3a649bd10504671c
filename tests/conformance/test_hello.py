"""The first words of TLS, read and made by hand."""

from __future__ import annotations

import asyncio
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocppkit.conformance.hello import (
    TLS_1_2,
    ClientHello,
    alert_in,
    old_answer,
    parse_hello,
    read_hello,
)


def said(ciphers: str = "DEFAULT", *, newest: bool = True) -> bytes:
    """What OpenSSL says first."""
    context = ssl.create_default_context()
    context.set_ciphers(ciphers)
    if not newest:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    outgoing = ssl.MemoryBIO()
    station = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="csms.example")
    with pytest.raises(ssl.SSLWantReadError):
        station.do_handshake()
    return outgoing.read()


HELLO = said()


def in_pieces(hello: bytes, size: int) -> bytes:
    """The same message in several records."""
    body = hello[5:]
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(hello[:3] + len(part).to_bytes(2, "big") + part for part in parts)


async def read(*chunks: bytes) -> bytes:
    reader = asyncio.StreamReader()
    for chunk in chunks:
        reader.feed_data(chunk)
        await asyncio.sleep(0)
    reader.feed_eof()
    return await read_hello(reader)


def test_versions_and_suites_are_read() -> None:
    hello = parse_hello(said("ECDHE-ECDSA-AES128-GCM-SHA256:AES256-GCM-SHA384"))

    assert hello.versions[0] == 0x0304
    assert TLS_1_2 in hello.versions
    assert {0xC02B, 0x009D} <= set(hello.suites)
    assert 0xC02C not in hello.suites


def test_the_version_of_a_station_without_tls_1_3_is_read() -> None:
    assert max(parse_hello(said(newest=False)).versions) == TLS_1_2


@pytest.mark.parametrize("size", [1, 7, 100])
async def test_a_message_in_several_records_is_put_together(size: int) -> None:
    hello = said()
    pieces = in_pieces(hello, size)

    assert await read(pieces) == pieces
    assert parse_hello(pieces) == parse_hello(hello)


async def test_it_is_read_to_its_end_and_no_more_is_waited_for() -> None:
    hello = said()
    reader = asyncio.StreamReader()
    reader.feed_data(hello)  # and no end

    assert await read_hello(reader) == hello


@pytest.mark.parametrize("came", [b"", b"GET /CS001 HTTP/1.1\r\n", b"\x16\x03\x01"])
async def test_what_is_no_tls_or_ends_early_is_given_back(came: bytes) -> None:
    assert await read(came) == came


@given(st.binary(max_size=200), st.integers(0, 300))
def test_no_bytes_are_too_wrong(tail: bytes, at: int) -> None:
    try:
        read_again = parse_hello(HELLO[:at] + tail)
    except ValueError:
        return
    assert isinstance(read_again, ClientHello)


def test_a_server_of_tls_1_1_answers_with_a_suite_that_was_offered() -> None:
    hello = ClientHello(versions=(TLS_1_2,), suites=(0xC02B, 0x0035), session=b"abc")
    answer = old_answer(hello, (b"certificate",))

    assert answer[:3] == b"\x16\x03\x02"
    assert answer[9:11] == b"\x03\x02"
    assert answer[43:49] == b"\x03abc\x00\x35"
    assert b"certificate" in answer


def test_alerts_have_names() -> None:
    assert alert_in(b"\x15\x03\x03\x00\x02\x02\x46") == "protocol_version"
    assert alert_in(b"\x15\x03\x03\x00\x02\x02\xf0") == "alert 240"
    assert alert_in(b"\x16\x03\x02\x00\x04\x10\x00\x00\x00") is None
