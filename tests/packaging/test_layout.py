from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_SOURCE_ROOTS = ["runtime", "generated", "codegen"]


@pytest.mark.parametrize("root", _SOURCE_ROOTS)
def test_a_source_root_holds_a_portion_of_the_namespace_package(root: str) -> None:
    package = _ROOT / root / "ocppkit"

    assert not (package / "__init__.py").exists()
    assert (package / "py.typed").is_file()


def test_the_editable_install_joins_the_source_roots() -> None:
    spec = find_spec("ocppkit")

    assert spec is not None
    assert spec.origin is None
    assert {Path(place) for place in spec.submodule_search_locations or []} >= {
        _ROOT / root / "ocppkit" for root in _SOURCE_ROOTS
    }
