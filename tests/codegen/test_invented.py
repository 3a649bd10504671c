"""A version that nobody has: generated into a package of its own, imported and used.

It holds every feature of JSON Schema that OCPP uses, and names that are hard on Python. What is
accepted and refused is judged by jsonschema.
"""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ocppkit.codec import Codec, codec_of
from ocppkit.codegen.generate import check, generate
from ocppkit.errors import CallError, ErrorCode, ValidationError
from ocppkit.message import Side
from ocppkit.rpc.routing import Router

from .version import DRAFT_4, INVENTED, TEMPLATES

_V99 = INVENTED / "v99"
_TIME = "2024-05-01T12:00:00Z"
_ODD = json.loads((_V99 / "DescribeResponse.json").read_text())["definitions"]["OddEnumType"][
    "enum"
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder in which ``acme`` was generated; it can be imported."""
    root = tmp_path_factory.mktemp("invented")
    generate(INVENTED, root / "acme", TEMPLATES, package="acme")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(root)
        invalidate_caches()
        yield root
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme"]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def codec(root: Path) -> Codec:
    """The codec of the generated package."""
    assert root.is_dir()
    return codec_of("acme.v99")


_FORMATS = jsonschema.FormatChecker(["date-time"])


@_FORMATS.checks("uri")
def _is_uri(value: object) -> bool:
    """Enough for the texts that are tried here; jsonschema itself knows none."""
    return not isinstance(value, str) or re.fullmatch(r"[a-z]+:\S+", value) is not None


_DESCRIBE: dict[str, Any] = {
    "class": "c",
    "from": _TIME,
    "int": 3,
    "vendorData": {"any": [1, None]},
    "3phase": True,
    "list": ["a", "bcd"],
    "str": "s",
    "float": 0.5,
    "bool": False,
    "datetime": _TIME,
    "self": "x",
    "fullSoC": 99.5,
    "evseID": 1,
    "responderURL": "https://a.example/x",
    "dashed-name": "d",
    "dotted.name": "d",
    "unit": "3.3.1",
    "outer": {"middle": {"leaf": {"depth": -1}, "unit": "it's"}},
    "tree": {"name": "a", "children": [{"name": "b"}, {"name": "c", "children": [{"name": "d"}]}]},
    "customData": {"vendorId": "acme", "more": {"kept": True}},
    "model_config": "m",
    "copy": "c",
    "$ref-like": "r",
    'quoted"name': "q",
}
_MEASURE: dict[str, Any] = {
    "tenth": 0.3,
    "hundredth": -0.29,
    "quarter": 1.75,
    "whole": 4,
    "tens": 30,
    "texts": ["a", "abcd", ""],
    "counts": [1, 2, 3],
    "plain": [-5],
    "tenths": [0.1, 0.7, 1],
    "quarters": [0.25, -3],
    "flags": [True, False],
    "times": [_TIME, "2024-05-01T12:00:00.250Z"],
    "links": ["urn:a", "http://a.example"],
    "anything": [1, "a", None, {"b": []}],
    "units": _ODD[:3],
    "leaves": [{}, {"depth": 1}],
}
_IMPORT: dict[str, Any] = {
    "kind": "from",
    "table": {
        "rows": [{"id": 0, "state": "On", "extra": "e", "field": "f", "new": 1}],
        "note": "n",
    },
    "whole": 5,
    "level": 0.1,
    "unknown": [1],
}
_PAYLOADS: list[tuple[str, dict[str, Any]]] = [
    ("DescribeRequest", _DESCRIBE),
    ("DescribeRequest", {"class": "c", "from": _TIME, "int": 0, "vendorData": None}),
    *(("DescribeResponse", {"unit": value}) for value in _ODD),
    ("MeasureRequest", _MEASURE),
    ("MeasureRequest", {}),
    ("MeasureResponse", {"anything": [1], "strict": 0}),
    ("ImportRequest", _IMPORT),
    ("ImportRequest", {"kind": "2nd"}),
    ("ImportResponse", {"states": ["On", "Off"], "status": {"why": "because"}}),
    ("PingRequest", {}),
    ("PingResponse", {}),
    ("PingResponse", {"anything": {"goes": None}}),
]


def _judge(name: str, payload: Any) -> bool:
    """Whether jsonschema accepts a payload, its numbers taken as decimals."""
    text = (_V99 / f"{name}.json").read_text(encoding="utf-8")
    schema = json.loads(text, parse_float=Decimal)
    of = jsonschema.Draft4Validator if schema["$schema"] == DRAFT_4 else jsonschema.Draft6Validator
    validator = of(schema, format_checker=_FORMATS)
    number = Decimal if of is jsonschema.Draft4Validator else _number
    exact = json.loads(json.dumps(payload), parse_float=number)
    return validator.is_valid(exact)


def _number(text: str) -> Decimal | int:
    """A decimal, but 1.0 an integer, as it is in draft 6."""
    return int(float(text)) if float(text).is_integer() else Decimal(text)


def _decode(codec: Codec, name: str, payload: Any) -> Any:
    if name.endswith("Request"):
        return codec.decode_request(codec.actions[name.removesuffix("Request")], payload)
    return codec.decode_response(codec.actions[name.removesuffix("Response")], payload)


@pytest.mark.parametrize(("name", "payload"), _PAYLOADS)
def test_a_right_payload_comes_back_as_it_was(codec: Codec, name: str, payload: Any) -> None:
    assert _judge(name, payload)

    message = _decode(codec, name, payload)

    assert codec.unstructure(message) == payload
    assert type(message).__name__ == name


def _broken(payload: Any) -> Iterator[Any]:
    """The payload with one thing changed: every value by each of some others, every key."""
    others: list[Any] = [
        None,
        True,
        1,
        1.0,
        -7,
        0.33,
        1e15,
        "",
        "a",
        "x" * 300,
        _TIME,
        [],
        ["a"],
        [1.0],
        {},
    ]
    if isinstance(payload, dict):
        yield payload | {"unheard of": 1}
        for key, value in payload.items():
            yield {name: inner for name, inner in payload.items() if name != key}
            for other in others:
                yield payload | {key: other}
            for inner in _broken(value):
                yield payload | {key: inner}
    elif isinstance(payload, list):
        yield payload * 4
        for n, value in enumerate(payload):
            for other in others:
                yield [*payload[:n], other, *payload[n + 1 :]]
            for inner in _broken(value):
                yield [*payload[:n], inner, *payload[n + 1 :]]


def _refusal(codec: Codec, name: str, payload: Any) -> ValidationError | None:
    try:
        _decode(codec, name, payload)
    except ValidationError as refusal:
        return refusal
    return None


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("DescribeRequest", _DESCRIBE),
        ("DescribeResponse", {"unit": "kWh"}),
        ("MeasureRequest", _MEASURE),
        ("MeasureResponse", {"strict": 0}),
        ("ImportRequest", _IMPORT),
        ("ImportResponse", {"states": ["On"], "status": {"why": "because"}}),
        ("PingRequest", {}),
        ("PingResponse", {"a": 1}),
    ],
)
def test_what_is_refused_is_what_the_schema_refuses(codec: Codec, name: str, payload: Any) -> None:
    verdicts = {True: 0, False: 0}

    for changed in _broken(payload):
        expected = _judge(name, changed)
        verdicts[expected] += 1
        refusal = _refusal(codec, name, copy.deepcopy(changed))
        assert (refusal is None) == expected, (changed, str(refusal))

    assert verdicts[True] + verdicts[False] > 0


def test_a_number_of_any_size_is_judged(codec: Codec) -> None:
    assert _refusal(codec, "MeasureRequest", {"quarter": 1e30, "whole": 1e300}) is None
    assert _refusal(codec, "MeasureRequest", {"hundredth": 1e300, "texts": 1}) is not None


def test_what_was_read_wrong_cannot_be_written_either(codec: Codec) -> None:
    request = _decode(codec, "MeasureRequest", copy.deepcopy(_MEASURE))
    request.counts = [4]

    with pytest.raises(ValidationError, match=r"\$\.counts\[0\]: expected at most 3"):
        codec.unstructure(request)


def test_an_integer_may_be_written_1_0_in_draft_6_and_not_in_draft_4(codec: Codec) -> None:
    assert _decode(codec, "MeasureResponse", {"strict": 1.0}).strict == 1
    with pytest.raises(ValidationError):
        _decode(codec, "ImportRequest", {"kind": "from", "whole": 1.0})


def test_names_that_are_hard_on_python_can_be_written(codec: Codec) -> None:
    module = import_module("acme.v99")
    time = codec.structure(
        {"class": "c", "from": _TIME, "int": 0, "vendorData": 1}, module.DescribeRequest
    ).from_

    request = module.DescribeRequest(
        class_="c",
        from_=time,
        int_=3,
        vendor_data=None,
        field_3phase=True,
        list_=["a"],
        self_="x",
        full_soc=1,
        evse_id=1,
        responder_url="urn:a",
        ref_like="r",
        quoted_name="q",
    )
    row = module.Row(id=1, extra_="e", field_="f", extra={"more": 1})

    payload = codec.unstructure(request)
    assert _judge("DescribeRequest", payload)
    assert list(payload)[:4] == ["class", "from", "int", "vendorData"]
    assert codec.unstructure(row) == {"id": 1, "extra": "e", "field": "f", "more": 1}


def test_the_values_of_an_enum_have_readable_names(codec: Codec) -> None:
    module = import_module("acme.v99")

    assert codec.package == "acme.v99"
    assert {member.name: member.value for member in module.OddEnumType} == dict(
        zip(
            [
                *("L1_N", "ENERGY_ACTIVE_IMPORT", "_3_3_1", "CLASS", "NONE", "C_GBT", "KWH"),
                *("WITH_SPACE", "_100", "NOTHING", "IT_S", "SAY_SO", "BACKSLASH"),
            ],
            _ODD,
            strict=True,
        )
    )


async def test_handlers_bind_and_the_rest_stays_a_stub(codec: Codec) -> None:
    module = import_module("acme.v99")

    class Station(module.StationHandler):  # type: ignore[misc, name-defined]  # made at run time
        async def on_import_(self, request: Any) -> Any:
            return module.ImportResponse(states=[module.State.ON], status=request.table)

    router = Router(side=Side.STATION, actions=codec.actions, handlers=[Station()])

    response = await router.route("Import").method(module.ImportRequest(kind="from"))
    assert response.states == ["On"]
    with pytest.raises(CallError) as stub:
        router.route("Describe")
    with pytest.raises(CallError) as foreign:
        router.route("Ping")
    assert stub.value.code is ErrorCode.NOT_SUPPORTED
    assert foreign.value.code is ErrorCode.NOT_IMPLEMENTED


def test_everything_that_is_exported_can_be_imported(root: Path) -> None:
    assert root.is_dir()
    for name in ("", ".enums", ".datatypes", ".messages", ".handlers", ".shared", ".shapes"):
        module = import_module(f"acme.v99{name}")
        assert module.__all__
        assert all(hasattr(module, exported) for exported in module.__all__)


def _mypy(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    configuration = folder / "mypy.ini"
    configuration.write_text("[mypy]\nstrict = true\nexplicit_package_bases = true\n")
    return subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "mypy", "--config-file", configuration, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


_USER = """
from typing import assert_type

from acme.v99 import CsmsHandler, ImportRequest, MeasureRequest, MeasureResponse, OddEnumType
from acme.v99.enums import ImportKind

class Mine(CsmsHandler):
    async def on_measure(self, request: MeasureRequest) -> MeasureResponse:
        assert_type(request.units, list[OddEnumType] | None)
        return MeasureResponse(strict=1)

assert_type(ImportRequest(kind=ImportKind.FROM).whole, int | None)
"""


def test_mypy_is_strict_about_the_package_and_its_use(root: Path) -> None:
    (root / "right.py").write_text(_USER)
    (root / "wrong.py").write_text(_USER.replace("strict=1", "strict='1'"))

    right = _mypy(root, "-p", "acme", "-m", "right")
    wrong = _mypy(root, "wrong.py")

    assert right.returncode == 0, right.stdout
    assert "[arg-type]" in wrong.stdout


def test_the_documentation_of_the_version_is_complete(root: Path) -> None:
    assert not check(INVENTED, root / "acme", TEMPLATES, package="acme")
