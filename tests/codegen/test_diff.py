"""What ``diff`` says of each kind of change, in both directions.

``old→new`` is a sender that keeps to OLD with a receiver that checks by NEW. Turning OLD and NEW
around turns the two verdicts around: each case is tried both ways.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ocppkit.codegen.diff import Change, diff
from ocppkit.codegen.diff_text import as_json, as_text
from ocppkit.codegen.errors import CodegenError

from .version import DRAFT_4, DRAFT_6, SCHEMAS, an_object, write_messages

_OK, _BREAKS = False, True
_TEXT, _COUNT, _REAL = {"type": "string"}, {"type": "integer"}, {"type": "number"}
_LIST = {"type": "array", "items": {}}
_E = {"type": "string", "enum": ["a", "b"]}


def _diff(root: Path, old: Any, new: Any) -> list[Change]:
    """The changes between two requests."""
    pair = [
        write_messages(root / name, {"ResetRequest": schema})
        for name, schema in (("old", old), ("new", new))
    ]
    return diff(*pair)


# OLD, NEW, the keyword, whether old→new breaks, whether new→old breaks
_Case = tuple[Any, Any, str, bool, bool]
_NODES: list[_Case] = [
    (_TEXT, _TEXT | {"maxLength": 5}, "maxLength", _BREAKS, _OK),
    (_TEXT | {"maxLength": 5}, _TEXT | {"maxLength": 9}, "maxLength", _OK, _BREAKS),
    (_TEXT | {"minLength": 1}, _TEXT | {"minLength": 2}, "minLength", _BREAKS, _OK),
    (_TEXT, _TEXT | {"minLength": 0}, "minLength", _OK, _OK),
    (_COUNT, _COUNT | {"minimum": 0}, "minimum", _BREAKS, _OK),
    (_COUNT | {"minimum": 0}, _COUNT | {"minimum": -1}, "minimum", _OK, _BREAKS),
    (_REAL | {"maximum": 9}, _REAL | {"maximum": 10}, "maximum", _OK, _BREAKS),
    (_REAL, _REAL | {"multipleOf": 0.1}, "multipleOf", _BREAKS, _OK),
    (_REAL | {"multipleOf": 0.1}, _REAL | {"multipleOf": 0.01}, "multipleOf", _OK, _BREAKS),
    (_REAL | {"multipleOf": 0.2}, _REAL | {"multipleOf": 0.3}, "multipleOf", _BREAKS, _BREAKS),
    (_COUNT, _COUNT | {"multipleOf": 1}, "multipleOf", _OK, _OK),
    (_COUNT, _COUNT | {"multipleOf": 2}, "multipleOf", _BREAKS, _OK),
    (_LIST, _LIST | {"minItems": 1}, "minItems", _BREAKS, _OK),
    (_LIST, _LIST | {"minItems": 0}, "minItems", _OK, _OK),
    (_LIST | {"maxItems": 3}, _LIST, "maxItems", _OK, _BREAKS),
    (_COUNT, _REAL, "type", _OK, _BREAKS),
    (_COUNT, _TEXT, "type", _BREAKS, _BREAKS),
    (_TEXT, {}, "type", _OK, _BREAKS),
    (_TEXT, _TEXT | {"format": "date-time"}, "type", _BREAKS, _OK),
    (_TEXT, _TEXT | {"format": "uri"}, "type", _BREAKS, _OK),
    (_TEXT, {"type": "array", "items": _TEXT}, "type", _BREAKS, _BREAKS),
    (_TEXT | {"default": "a"}, _TEXT | {"default": "b"}, "default", _OK, _OK),
    (_E, {"type": "string", "enum": ["a", "b", "c"]}, "enum", _OK, _BREAKS),
    (_E, _TEXT, "type", _OK, _BREAKS),
    (_E, _TEXT | {"maxLength": 1}, "type", _OK, _BREAKS),
    ({"type": "string", "enum": ["abc"]}, _TEXT | {"maxLength": 2}, "type", _BREAKS, _BREAKS),
    ({"type": "string", "enum": ["abc"]}, _TEXT | {"minLength": 4}, "type", _BREAKS, _BREAKS),
    (an_object(), an_object(closed=False), "additionalProperties", _OK, _BREAKS),
]
_CASES = [
    *_NODES,
    *((new, old, what, back, forth) for old, new, what, forth, back in _NODES),
]


@pytest.mark.parametrize(
    ("case", "array"),
    [
        *((case, False) for case in _CASES),
        *((case, True) for case in _CASES if "array" not in {of.get("type") for of in case[:2]}),
    ],
)
def test_a_change_of_a_property_is_judged_in_both_directions(
    tmp_path: Path, case: _Case, array: bool
) -> None:
    old, new, what, old_to_new, new_to_old = case
    pair = [{"type": "array", "items": node} if array else node for node in (old, new)]

    (change,) = _diff(tmp_path, *(an_object({"p": node}) for node in pair))

    assert (change.subject, change.path, change.what) == (
        "ResetRequest",
        "p[]" if array else "p",
        what,
    )
    assert (change.old_to_new, change.new_to_old) == (old_to_new, new_to_old)
    assert change.breaking == (old_to_new or new_to_old)


_PRESENCE: list[_Case] = [
    (an_object({"p": _TEXT}), an_object({"p": _TEXT}, ["p"]), "required", _BREAKS, _OK),
    # To old receivers that take no unknown property, a new one is one too much.
    (an_object(), an_object({"p": _TEXT}), "property", _OK, _BREAKS),
    (an_object(), an_object({"p": _TEXT}, ["p"]), "property", _BREAKS, _BREAKS),
    # Where unknown properties are allowed, an old sender may have sent anything by this name.
    (an_object(closed=False), an_object({"p": _TEXT}, closed=False), "property", _BREAKS, _OK),
    (an_object(closed=False), an_object({"p": {}}, closed=False), "property", _OK, _OK),
    (an_object(closed=False), an_object({"p": {}}, ["p"], closed=False), "property", _BREAKS, _OK),
]


@pytest.mark.parametrize(
    "case",
    [*_PRESENCE, *((new, old, what, back, forth) for old, new, what, forth, back in _PRESENCE)],
)
def test_a_property_that_comes_goes_or_becomes_required_is_judged_in_both_directions(
    tmp_path: Path, case: _Case
) -> None:
    old, new, what, old_to_new, new_to_old = case

    (change,) = _diff(tmp_path, old, new)

    assert (change.path, change.what) == ("p", what)
    assert (change.old_to_new, change.new_to_old) == (old_to_new, new_to_old)


_SAMPLES = [
    *({}, {"p": None}, {"p": ""}, {"p": "a"}, {"p": "abc"}, {"p": "abcdefg"}, {"p": True}),
    *({"p": 0}, {"p": -1}, {"p": 10}, {"p": 3}, {"p": 0.5}, {"p": 0.25}, {"p": -3.5}, {"p": 99}),
    *({"p": {}}, {"p": {"x": 1}}, {"p": []}, {"p": [1]}, {"p": [1, 2, 3, 4]}, {"p": ["a"]}),
    *({"p": "c"}, {"q": 1}),
]


def _accepted(payload: Any, schema: Any) -> bool:
    return jsonschema.Draft6Validator(schema).is_valid(payload)


@pytest.mark.parametrize(
    ("old", "new", "old_to_new", "new_to_old"),
    [
        *((an_object({"p": o}), an_object({"p": n}), f, b) for o, n, _, f, b in _CASES),
        *((old, new, forth, back) for old, new, _, forth, back in _PRESENCE),
    ],
)
def test_where_a_direction_is_said_to_hold_no_payload_of_the_sender_is_refused(
    old: Any, new: Any, old_to_new: bool, new_to_old: bool
) -> None:
    for sender, receiver, breaks in ((old, new, old_to_new), (new, old, new_to_old)):
        if not breaks:
            sent = [payload for payload in _SAMPLES if _accepted(payload, sender)]
            assert sent
            assert all(_accepted(payload, receiver) for payload in sent)


@pytest.mark.parametrize("turned", [False, True])
def test_a_message_that_is_new_is_not_understood_by_old_receivers(
    tmp_path: Path, turned: bool
) -> None:
    one = write_messages(tmp_path / "one", {"ResetRequest": an_object()})
    two = write_messages(
        tmp_path / "two", {"ResetRequest": an_object(), "BootRequest": an_object()}
    )

    (change,) = diff(*((two, one) if turned else (one, two)))

    assert (change.subject, change.what, change.messages) == (
        "BootRequest",
        "message",
        ("BootRequest",),
    )
    assert (change.old_to_new, change.new_to_old) == (turned, not turned)
    assert f"message {'removed' if turned else 'added'}" in as_text([change])


def _with(definition: Any, name: str = "T", **more: Any) -> dict[str, Any]:
    node = {"$ref": f"#/definitions/{name}"}
    return an_object({"p": node}, definitions={name: definition, **more})


def test_a_type_that_only_one_side_defines_breaks_nothing_by_itself(tmp_path: Path) -> None:
    changes = _diff(tmp_path, _with(_E), _with(_E, U=_E))

    assert [(c.subject, c.what, c.breaking) for c in changes] == [("U", "type", False)]
    assert "type added" in as_text(changes)


def test_a_change_of_a_type_stands_once_with_the_messages_that_hold_it(tmp_path: Path) -> None:
    pair = []
    for name, definition in (("old", _E), ("new", {"type": "string", "enum": ["a"]})):
        schema = _with(definition)
        messages = {"ResetRequest": schema, "BootRequest": schema, "DataRequest": an_object()}
        pair.append(write_messages(tmp_path / name, messages))

    (change,) = diff(*pair)

    assert (change.subject, change.path, change.what, change.old) == ("T", "", "enum", "b")
    assert (change.old_to_new, change.new_to_old) == (_BREAKS, _OK)
    assert change.messages == ("BootRequest", "ResetRequest")


def test_a_type_that_is_called_otherwise_is_compared_by_what_it_says(tmp_path: Path) -> None:
    changes = _diff(tmp_path, _with(an_object({"a": _TEXT})), _with(an_object({"a": _COUNT}), "U"))

    assert [(c.subject, c.path, c.what, c.old, c.new, c.breaking) for c in changes] == [
        ("ResetRequest", "p", "type", "T", "U", False),
        ("ResetRequest", "p.a", "type", "string", "integer", True),
        ("T", "", "type", "there", None, False),
        ("U", "", "type", None, "there", False),
    ]


def test_a_type_that_is_written_out_and_one_that_is_named_are_the_same(tmp_path: Path) -> None:
    changes = _diff(tmp_path, an_object({"p": _E}), _with(_E))

    assert [(change.subject, change.what) for change in changes] == [("T", "type")]


def test_types_that_hold_themselves_are_compared(tmp_path: Path) -> None:
    pair = [
        _with(an_object({"next": {"$ref": f"#/definitions/{name}"}, "a": node}), name)
        for name, node in (("T", _TEXT), ("U", _COUNT))
    ]

    changes = _diff(tmp_path, *pair)

    assert ("p.a", "type", True) in [(c.path, c.what, c.breaking) for c in changes]


def test_another_draft_matters_where_there_are_integers(tmp_path: Path) -> None:
    older = {"$schema": DRAFT_4, **an_object({"p": _COUNT})}
    plain = {"$schema": DRAFT_4, **an_object({"p": _TEXT})}

    (change,) = _diff(tmp_path / "a", older, an_object({"p": _COUNT}))
    (harmless,) = _diff(tmp_path / "b", plain, an_object({"p": _TEXT}))

    assert (change.what, change.old, change.new) == ("$schema", DRAFT_4, DRAFT_6)
    assert (change.old_to_new, change.new_to_old) == (_OK, _BREAKS)
    assert not harmless.breaking


def test_an_official_zip_is_compared_with_a_normalised_folder(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        for path in (SCHEMAS / "v201").glob("*.json"):
            prose = '{"description": "Words.", "$id": "urn:x",'
            archive.writestr(f"json/{path.name}", path.read_text().replace("{", prose, 1))

    assert diff(bundle, SCHEMAS / "v201") == []


def test_every_schema_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    wrong = an_object({"a": {"type": "null"}, "b": {"oneOf": []}})

    with pytest.raises(CodegenError) as refused:
        _diff(tmp_path, wrong, an_object())

    assert len(refused.value.problems) == 2


def test_the_text_is_grouped_aligned_and_counted(tmp_path: Path) -> None:
    old = an_object(
        {"kind": {"$ref": "#/definitions/T"}, "note": _TEXT | {"maxLength": 5}, "gone": _LIST},
        definitions={"T": _E},
    )
    new = an_object(
        {
            "kind": {"$ref": "#/definitions/T"},
            "note": _TEXT,
            "rows": {"type": "array", "items": {"$ref": "#/definitions/T"}},
        },
        ["note", "rows"],
        definitions={"T": {"type": "string", "enum": ["b", "c"]}},
    )

    lines = as_text(_diff(tmp_path, old, new)).splitlines()

    assert lines[:3] == [
        "old→new: a sender that keeps to OLD, a receiver that checks by NEW",
        "new→old: a sender that keeps to NEW, a receiver that checks by OLD",
        "breaks:  the receiver refuses messages that are right for the sender",
    ]
    assert lines[4:] == [
        "old→new  new→old",
        "",
        "                  ResetRequest",
        "breaks   ok         note: required false → true",
        "ok       breaks     note: maxLength 5 → none",
        "breaks   ok         gone: removed, was optional array of any",
        "breaks   breaks     rows: added, required array of T",
        "                  T (in ResetRequest)",
        "breaks   ok         value 'a' removed",
        "ok       breaks     value 'c' added",
        "",
        "6 changes, 6 of them break something",
    ]


def test_a_type_of_many_messages_is_given_with_their_number() -> None:
    messages = tuple(f"M{n}Request" for n in range(4))

    text = as_text([Change(subject="T", what="enum", old="a", new=None, messages=messages)])

    assert "T (in 4 messages)" in text


def test_the_json_of_no_difference_is_an_empty_list() -> None:
    assert as_json([]) == '{\n  "changes": []\n}'
    assert as_text([]) == "no difference"
