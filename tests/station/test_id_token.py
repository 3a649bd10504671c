"""What a log shows of a token."""

from __future__ import annotations

import pytest

from ocppkit.station import IdToken
from ocppkit.station.id_token import IdTokenKind


@pytest.mark.parametrize("secret", ["1234", "123456", "04A1B2C3D4E5F6"])
def test_its_repr_does_not_give_it_away(secret: str) -> None:
    shown = repr(IdToken(secret))

    assert secret not in shown
    assert secret[:4] not in shown
    assert secret[-1] in shown
    assert repr(IdToken(secret, IdTokenKind.KEY_CODE)) == "IdToken(***, KeyCode)"
