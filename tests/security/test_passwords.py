from __future__ import annotations

import pytest

from ocppkit.security import key_from_hex, password_from_text


@pytest.mark.requirement("A00.FR.205")
@pytest.mark.requirement("A00.FR.304")
@pytest.mark.parametrize("text", ["a" * 16, "A1*-_=:+|@.aB3cD9", "ü" * 40, "a" * 40])
def test_a_password_of_16_to_40_characters_goes_out_as_utf_8(text: str) -> None:
    assert password_from_text(text).reveal() == text.encode()


@pytest.mark.parametrize("text", ["", "a" * 15, "a" * 41, "abcdefghijklmnop\n", "\0" * 20])
def test_another_password_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match="a password has") as refused:
        password_from_text(text)

    assert text not in str(refused.value) or not text


def test_a_station_may_take_up_to_64_characters() -> None:
    assert len(password_from_text("a" * 64, max_length=64).reveal()) == 64
    for wrong in (39, 65):
        with pytest.raises(ValueError, match="40 to 64"):
            password_from_text("a" * 20, max_length=wrong)


@pytest.mark.parametrize("size", [16, 20])
@pytest.mark.requirement("1.6-SEC A00.FR.205", "1.6-SEC A00.FR.304")
@pytest.mark.requirement("1.6-J §6.2.2")
def test_the_key_of_1_6_is_bytes_in_hexadecimal(size: int) -> None:
    data = bytes(range(240, 240 + 16)) + b"\xff" * (size - 16)

    assert key_from_hex(data.hex()).reveal() == data
    assert key_from_hex(data.hex().upper()).reveal() == data


@pytest.mark.parametrize("text", ["", "00" * 15, "00" * 21, "0" * 33, "zz" * 16, " " + "00" * 16])
def test_what_is_no_such_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="32 to 40 hexadecimal"):
        key_from_hex(text)
