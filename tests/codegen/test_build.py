from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ocppkit.codegen.build import build
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.model import Field, Kind, Limits, Protocol
from ocppkit.codegen.sources import read_sources

from .version import DRAFT_4, SCHEMAS, an_object, protocol_of, sources_of

_ENUM = {"type": "string", "enum": ["On", "Off"]}
_REF = {"$ref": "#/definitions/T"}


def _problems(root: Path, request: dict[str, Any] | None = None, **more: Any) -> list[str]:
    package = more.pop("package", "acme")
    with pytest.raises(CodegenError) as refused:
        build(sources_of(root, request, **more), package=package)
    return refused.value.problems


def test_an_action_has_its_row_its_messages_and_its_words(tmp_path: Path) -> None:
    docs = '[messages.Reset]\ndoc = "Start again."\nrequest.evseId = "Which."'

    protocol = protocol_of(tmp_path, an_object({"evseId": {"type": "integer"}}), docs=docs)

    (action,) = protocol.actions
    assert (action.name, action.stem, action.receivers) == ("Reset", "reset", ("station",))
    assert (action.block, action.doc) == ("core", "Start again.")
    assert action.request.fields == (
        Field(wire="evseId", name="evse_id", kind=Kind.INTEGER, doc="Which."),
    )
    assert (action.response.name, action.response.fields) == ("ResetResponse", ())


def test_a_reference_is_an_enum_or_an_object_as_its_definition_is(tmp_path: Path) -> None:
    request = an_object(
        {"a": _REF, "b": {"type": "array", "items": {"$ref": "#/definitions/U"}, "maxItems": 2}},
        ["a"],
        definitions={"T": _ENUM, "U": an_object(closed=False)},
    )

    protocol = protocol_of(tmp_path, request)

    a, b = protocol.actions[0].request.fields
    assert (a.kind, a.ref, a.required, a.array) == (Kind.ENUM, "T", True, False)
    assert (b.kind, b.ref, b.required, b.array) == (Kind.OBJECT, "U", False, True)
    assert b.limits == Limits(max_items=2)
    assert protocol.structs["U"].open
    assert [(m.name, m.value) for m in protocol.enums["T"].members] == [
        ("ON", "On"),
        ("OFF", "Off"),
    ]


def test_a_type_lives_with_the_only_action_that_uses_it(tmp_path: Path) -> None:
    definitions = {"T": _ENUM, "U": _ENUM}
    request = an_object({"t": _REF, "u": {"$ref": "#/definitions/U"}}, definitions=definitions)
    boot = an_object({"t": _REF}, definitions={"T": _ENUM})

    protocol = protocol_of(
        tmp_path,
        request,
        messages={"BootRequest": boot, "BootResponse": an_object()},
        actions="Reset,station,core\nBoot,csms,core\n",
    )

    assert protocol.homes == {"U": "reset"}


def test_actions_and_types_stand_in_the_order_of_their_names(tmp_path: Path) -> None:
    request = an_object(definitions={"zT": _ENUM, "AT": _ENUM, "bT": _ENUM})

    protocol = protocol_of(
        tmp_path,
        request,
        messages={"BootRequest": an_object(), "BootResponse": an_object()},
        actions="Reset,station,core\nBoot,csms,core\n",
    )

    assert [action.name for action in protocol.actions] == ["Boot", "Reset"]
    assert list(protocol.enums) == ["AT", "bT", "zT"]


def test_the_draft_of_a_message_tells_whether_1_0_is_an_integer(tmp_path: Path) -> None:
    protocol = protocol_of(tmp_path, {"$schema": DRAFT_4, **an_object()})

    (action,) = protocol.actions
    assert (action.request.integral_floats, action.response.integral_floats) == (False, True)


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (
            an_object({"evseId": {}, "evse_id": {}}),
            "ResetRequest: two names become evse_id: say in names.toml how they differ",
        ),
        (
            an_object(definitions={"T": {"enum": ["kW", "k-W"]}}),
            "T: two names become K_W: say in names.toml how they differ",
        ),
        (
            an_object(definitions={"EvseType": _ENUM, "EVSEType": _ENUM}),
            "types: two names become evse_type: say in names.toml how they differ",
        ),
        (
            an_object({"": {}}),
            "ResetRequest: '' cannot become a name in Python: say in names.toml what it is called",
        ),
        (
            an_object(definitions={"T": {"enum": ["+"]}}),
            "T: '+' cannot become a name in Python: say in names.toml what it is called",
        ),
        (an_object(definitions={"my-type": _ENUM}), "'my-type' cannot be the name of a class"),
        (an_object(definitions={"None": _ENUM}), "'None' cannot be the name of a class"),
        (an_object(definitions={"StrEnum": _ENUM}), "'StrEnum' cannot be the name of a class"),
    ],
)
def test_names_that_python_cannot_have_are_refused(
    tmp_path: Path, request_: dict[str, Any], problem: str
) -> None:
    assert _problems(tmp_path, request_) == [f"v1: {problem}"]


def test_actions_whose_names_cannot_be_told_apart_are_refused(tmp_path: Path) -> None:
    messages = {"ReSetRequest": an_object(), "ReSetResponse": an_object()}
    names = '[words]\nReSet = "Reset"'

    problems = _problems(
        tmp_path,
        messages=messages,
        actions="Reset,station,core\nReSet,csms,core\n",
        names=names,
    )

    assert problems == ["v1: actions: two names become reset: say in names.toml how they differ"]


def test_an_action_that_cannot_be_the_name_of_a_class_is_refused(tmp_path: Path) -> None:
    messages = {"2ndRequest": an_object(), "2ndResponse": an_object()}

    problems = _problems(tmp_path, messages=messages, actions="Reset,station,core\n2nd,csms,core\n")

    assert problems == ["v1: '2nd' cannot be the name of a class"]


@pytest.mark.parametrize("folder", ["2.1", "class", "v-1"])
def test_a_folder_that_cannot_be_the_name_of_a_package_is_refused(
    tmp_path: Path, folder: str
) -> None:
    assert _problems(tmp_path, folder=folder) == [
        f"{folder}: {folder!r} cannot be the name of a package: it must be a plain word"
    ]


def test_a_parent_package_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    assert _problems(tmp_path, package="acme.my-ocpp") == [
        "v1: 'my-ocpp' cannot be the name of a package: it must be a plain word"
    ]


def test_the_name_of_a_value_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    names = '[members.T]\nOn = "SWITCHED_ON"\nGone = "GONE"\n[members.U]\na = "B"'

    problems = _problems(tmp_path, an_object(definitions={"T": _ENUM}), names=names)

    assert problems == [
        "v1: names.toml: [members.T] 'Gone': there is no such value",
        "v1: names.toml: [members.U] 'a': there is no such value",
    ]


@pytest.fixture(scope="module", params=["v16", "v201"])
def real(request: pytest.FixtureRequest) -> Protocol:
    return build(read_sources(SCHEMAS, request.param), package="ocppkit")


def test_every_reference_of_a_real_version_leads_somewhere(real: Protocol) -> None:
    structs = [
        *real.structs.values(),
        *(struct for action in real.actions for struct in (action.request, action.response)),
    ]

    for struct in structs:
        for field in struct.fields:
            known = {Kind.ENUM: real.enums, Kind.OBJECT: real.structs}.get(field.kind)
            assert (field.ref in known) if known else (field.ref == ""), (struct.name, field.wire)


def test_the_home_of_a_type_of_a_real_version_is_an_action(real: Protocol) -> None:
    stems = {action.stem for action in real.actions}

    assert real.homes
    assert set(real.homes.values()) <= stems
    assert set(real.homes) <= {*real.structs, *real.enums}
