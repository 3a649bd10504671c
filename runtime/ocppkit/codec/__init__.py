"""Between payloads and the classes of a protocol version."""

from __future__ import annotations

from ocppkit.codec.codec import Codec, codec_for, codec_of

__all__ = ["Codec", "codec_for", "codec_of"]
