from __future__ import annotations

import pytest

from ocppkit.transfer import UnfitLocation
from ocppkit.transfer.location import Location


def test_a_redirection_to_a_host_of_unfit_letters_is_refused_without_its_credentials() -> None:
    here = Location.parse("http://files.example/f")

    with pytest.raises(UnfitLocation) as refused:
        here.redirected("http://me:wrong-secret@files\u2100.example/f")

    assert "wrong-secret" not in str(refused.value)
