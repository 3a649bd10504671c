"""Who decodes and encodes the payloads, each on its ordinary path.

From the text of the whole message to the object, and from the object to the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial
from importlib import import_module
from typing import Any, cast

import attrs
import msgspec
import ocpp.charge_point
import ocpp.messages
import orjson
from attrs import frozen
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from benchmarks.msgspec_structs import FRAMES
from benchmarks.payloads import Payload
from ocppkit.codec import codec_for
from ocppkit.codec.jsontext import dumps, dumps_stdlib, loads, loads_stdlib
from ocppkit.message import Version

__all__ = ["CONTENDERS", "Contender", "check_contender"]

_MICROSECONDS = re.compile(r"(\.\d{3})000Z")  # some write six digits, which is the same moment
_OCPP_VERSIONS = {Version.V16: "1.6", Version.V201: "2.0.1"}
_OCPP_PACKAGES = {Version.V16: "ocpp.v16", Version.V201: "ocpp.v201"}


@frozen(kw_only=True)
class Contender:
    """Somebody who reads and writes messages.

    Attributes:
        name: in tables.
        decoder: makes the function to measure: text → object.
        encoder: makes the function to measure: object → text.
    """

    name: str
    decoder: Callable[[Payload], Callable[[], Any]]
    encoder: Callable[[Payload], Callable[[], str | bytes]]


def check_contender(contender: Contender, payload: Payload) -> None:
    """Check that it decodes, and encodes the very message.

    Raises:
        ValueError: it encodes another message.
    """
    contender.decoder(payload)()
    encoded = contender.encoder(payload)()
    text = encoded if isinstance(encoded, str) else encoded.decode()
    if json.loads(_MICROSECONDS.sub(r"\1Z", text)) != payload.frame:
        msg = f"{contender.name} encodes another {payload.name}"
        raise ValueError(msg)


def _ocppkit_decoder(read: Callable[[str], Any], payload: Payload) -> Callable[[], Any]:
    codec, text = codec_for(payload.version), payload.text
    actions = codec.actions
    if payload.answer:
        action = actions[payload.action]
        return lambda: codec.decode_response(action, read(text)[2])

    def decode() -> Any:
        frame = read(text)
        return codec.decode_request(actions[frame[2]], frame[3])

    return decode


def _ocppkit_encoder(write: Callable[[Any], str], payload: Payload) -> Callable[[], str]:
    codec, message_id = codec_for(payload.version), payload.frame[1]
    message = _ocppkit_decoder(loads, payload)()
    if payload.answer:
        action = codec.actions[payload.action]
        return lambda: write([3, message_id, codec.encode_response(action, message)])

    def encode() -> str:
        action, value = codec.encode_request(message)
        return write([2, message_id, action.name, value])

    return encode


def _finish(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that never waits, without what an event loop costs."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    msg = "it waits: is the validation executor off?"
    raise RuntimeError(msg)


def _ocpp_class(payload: Payload) -> Callable[..., Any]:
    kind = "call_result" if payload.answer else "call"
    module = import_module(f"{_OCPP_PACKAGES[payload.version]}.{kind}")
    return cast("Callable[..., Any]", getattr(module, payload.action))


def _ocpp_decoder(payload: Payload) -> Callable[[], Any]:
    text, version, of = payload.text, _OCPP_VERSIONS[payload.version], _ocpp_class(payload)
    unpack, validate = ocpp.messages.unpack, ocpp.messages.validate_payload
    snake_case = cast("Callable[[Any], Any]", ocpp.charge_point.camel_to_snake_case)
    action = payload.action

    def decode() -> Any:
        message = unpack(text)
        message.action = action  # of a CALLRESULT only whoever called knows it
        _finish(validate(message, version))
        return of(**snake_case(message.payload))

    return decode


def _ocpp_encoder(payload: Payload) -> Callable[[], str]:
    message_id, version = payload.frame[1], _OCPP_VERSIONS[payload.version]
    validate = ocpp.messages.validate_payload
    camel_case = ocpp.charge_point.snake_to_camel_case
    as_dict, stripped = ocpp.charge_point.serialize_as_dict, ocpp.charge_point.remove_nones
    action, answer = payload.action, payload.answer
    snake_case = cast("Callable[[Any], Any]", ocpp.charge_point.camel_to_snake_case)
    value = _ocpp_class(payload)(**snake_case(payload.value))

    def encode() -> str:
        if answer:
            message = ocpp.messages.CallResult(
                message_id, camel_case(stripped(as_dict(value))), action
            )
        else:
            message = ocpp.messages.Call(message_id, action, stripped(camel_case(as_dict(value))))
        _finish(validate(message, version))
        return cast("str", message.to_json())

    return encode


def _orjson_decoder(payload: Payload) -> Callable[[], Any]:
    return partial(orjson.loads, payload.text)


def _orjson_encoder(payload: Payload) -> Callable[[], bytes]:
    return partial(orjson.dumps, payload.frame)


def _msgspec_decoder(payload: Payload) -> Callable[[], Any]:
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(cast("Any", FRAMES[payload.name]))
    return partial(decoder.decode, payload.text)


def _msgspec_encoder(payload: Payload) -> Callable[[], bytes]:
    return partial(msgspec.json.Encoder().encode, _msgspec_decoder(payload)())


def _converter(version: Version) -> Converter:
    """A converter with ordinary hooks for the generated classes, made from the wire names alone."""
    shapes = import_module(f"ocppkit.{version.name.lower()}.shapes").SHAPES
    converter = Converter(detailed_validation=False)

    def names(of: Any) -> dict[str, Any]:
        return {field.name: override(rename=field.wire) for field in shapes[of.__name__].fields}

    def structure(of: Any) -> Callable[..., Any]:
        attrs.resolve_types(of)
        return make_dict_structure_fn(
            of, converter, _cattrs_forbid_extra_keys=not shapes[of.__name__].open, **names(of)
        )

    def unstructure(of: Any) -> Callable[..., Any]:
        attrs.resolve_types(of)
        return make_dict_unstructure_fn(of, converter, _cattrs_omit_if_default=True, **names(of))

    converter.register_structure_hook(datetime, lambda value, _: datetime.fromisoformat(value))
    converter.register_structure_hook_factory(attrs.has, structure)
    converter.register_unstructure_hook_factory(attrs.has, unstructure)
    return converter


def _message_class(payload: Payload) -> Any:
    action = codec_for(payload.version).actions[payload.action]
    return action.response if payload.answer else action.request


def _cattrs_decoder(payload: Payload) -> Callable[[], Any]:
    converter, of, text = _converter(payload.version), _message_class(payload), payload.text
    structure, read = converter.get_structure_hook(of), orjson.loads
    return lambda: structure(read(text)[-1], of)


def _cattrs_encoder(payload: Payload) -> Callable[[], bytes]:
    converter, of = _converter(payload.version), _message_class(payload)
    unstructure, write = converter.get_unstructure_hook(of), orjson.dumps
    head, message = payload.frame[:-1], _ocppkit_decoder(loads, payload)()
    return lambda: write([*head, unstructure(message)], option=orjson.OPT_UTC_Z)


CONTENDERS = (
    Contender(
        name="ocppkit",
        decoder=partial(_ocppkit_decoder, loads),
        encoder=partial(_ocppkit_encoder, dumps),
    ),
    Contender(
        name="ocppkit, no orjson",
        decoder=partial(_ocppkit_decoder, loads_stdlib),
        encoder=partial(_ocppkit_encoder, dumps_stdlib),
    ),
    Contender(name="ocpp", decoder=_ocpp_decoder, encoder=_ocpp_encoder),
    Contender(name="cattrs", decoder=_cattrs_decoder, encoder=_cattrs_encoder),
    Contender(name="msgspec", decoder=_msgspec_decoder, encoder=_msgspec_encoder),
    Contender(name="orjson", decoder=_orjson_decoder, encoder=_orjson_encoder),
)
"""ocppkit first, the floor last."""
