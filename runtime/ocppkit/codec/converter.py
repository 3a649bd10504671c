"""The public cattrs converter of a version: the generated functions as its hooks."""

from __future__ import annotations

from functools import cache
from typing import Any

from cattrs import Converter

from ocppkit.codec.codec import codec_for
from ocppkit.message import Struct, Version

__all__ = ["converter_for"]


@cache
def converter_for(version: Version) -> Converter:
    """A cattrs converter for all classes of a version.

    ``structure(payload, ResetRequest)`` and ``unstructure(message)`` do the same as a session does,
    with every check.

    Raises:
        ValidationError: what is given breaks the schema.
    """
    codec = codec_for(version)
    converter = Converter(detailed_validation=False)

    converter.register_structure_hook_func(_is_struct, codec.structure)
    converter.register_unstructure_hook_func(_is_struct, codec.unstructure)
    return converter


def _is_struct(of: Any) -> bool:
    return isinstance(of, type) and issubclass(of, Struct)
