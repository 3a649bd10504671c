from __future__ import annotations

import csv
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from ocppkit.codegen.appendices import device_model_text
from ocppkit.codegen.built import build_all
from ocppkit.codegen.cli import command
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.importer import import_bundles
from ocppkit.codegen.names import Names
from ocppkit.codegen.reference import check_reference, reference_pages
from ocppkit.codegen.render import templates_folder
from ocppkit.codegen.tables import Tables, read_tables, undocumented

_ROOT = Path(__file__).parents[2]
_FACTS = "component,variable,instance,required,data_type,unit\n"
_EXTRA = (
    "component,variable,instance,required,data_type,unit,"
    "mutability,minimum,maximum,max_length,values,default,key,doc\n"
)
_KEYS = (
    "key,profile,required,access,type,unit,"
    "minimum,maximum,max_length,values,suffixes,numbered,default,reboot,doc\n"
)
_COMPONENTS = "component,doc\nTxCtrlr,Settings for transactions.\n"
_OFFICIAL = "Specific Component;Variable;Instance;Required?;DataType;Unit;Description\n"


def _folder(tmp_path: Path, **tables: str) -> Path:
    for name, text in tables.items():
        (tmp_path / f"{name.replace('__', '.')}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def _read(tmp_path: Path, **tables: str) -> tuple[Tables, list[str]]:
    problems: list[str] = []
    read = read_tables(_folder(tmp_path, **tables), "schemas/v9", Names(), problems)
    return read, problems


def _problems_of_extra(tmp_path: Path, cells: str) -> list[str]:
    facts = _FACTS + "TxCtrlr,Limit,,yes,integer,\n"
    _, problems = _read(
        tmp_path, device_model=facts, device_model__extra=_EXTRA + cells, components=_COMPONENTS
    )
    return problems


def _bundle(folder: Path, rows: str, *, encoding: str = "utf-8") -> Path:
    folder.mkdir()
    (folder / "dm_components_vars.csv").write_bytes((_OFFICIAL + rows).encode(encoding))
    return folder


def test_an_import_keeps_the_facts_and_drops_the_prose(tmp_path: Path) -> None:
    rows = (
        'TxCtrlr ; Power; <n> ;no;decimal;Wh, kWh;"Two lines;\nand ""quotes"""\n'
        "TxCtrlr;Password;;yes;passwordString;;\n"
        "TxCtrlr;Identity;Main;yes;identifierString;;\n"
    )

    text = device_model_text([_bundle(tmp_path / "bundle", rows, encoding="utf-8-sig")])

    assert text == (
        _FACTS
        + "TxCtrlr,Power,<n>,no,decimal,Wh|kWh\n"
        + "TxCtrlr,Password,,yes,string,\n"
        + "TxCtrlr,Identity,Main,yes,string,\n"
    )


def test_an_import_of_appendices_alone_leaves_the_schemas(tmp_path: Path) -> None:
    target = tmp_path / "v9"
    target.mkdir()
    (target / "ResetRequest.json").write_text("{}", encoding="utf-8")
    archive = tmp_path / "appendices.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("csv/dm_components_vars.csv", _OFFICIAL + "TxCtrlr;A;;no;string;;\n")

    import_bundles([archive], target)

    assert (target / "ResetRequest.json").exists()
    assert (target / "device_model.csv").read_text() == _FACTS + "TxCtrlr,A,,no,string,\n"


def test_an_import_without_appendices_leaves_the_table(tmp_path: Path) -> None:
    target = tmp_path / "v9"
    target.mkdir()
    (target / "device_model.csv").write_text(_FACTS, encoding="utf-8")
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    for side in ("Request", "Response"):
        shutil.copy(_ROOT / f"schemas/v201/Reset{side}.json", bundle)

    import_bundles([bundle], target)

    assert (target / "device_model.csv").read_text() == _FACTS
    assert (target / "ResetRequest.json").exists()


def test_a_wrong_appendix_is_refused_with_all_its_problems(tmp_path: Path) -> None:
    rows = "TxCtrlr;A;;maybe;string;;\nTxCtrlr;B;;no;text;;\nTxCtrlr;C\n"
    bundle = _bundle(tmp_path / "bundle", rows)
    target = tmp_path / "v9"

    with pytest.raises(CodegenError) as raised:
        import_bundles([bundle], target)

    file = bundle / "dm_components_vars.csv"
    first, second, third = raised.value.problems
    assert first == f"{file}: line 2, column 4 (required): expected yes or no, got 'maybe'"
    assert second.startswith(f"{file}: line 3, column 5 (data_type): expected boolean or ")
    assert third == f"{file}: line 4: expected 7 columns, got 2"
    assert not target.exists()


def test_an_appendix_that_stands_twice_or_lacks_a_column_is_refused(tmp_path: Path) -> None:
    bundle = _bundle(tmp_path / "one", "TxCtrlr;A;;no;string;;\n")
    (tmp_path / "two").mkdir()
    other = tmp_path / "two" / "dm_components_vars.csv"
    other.write_text("Variable;Instance\n", encoding="utf-8")

    with pytest.raises(CodegenError, match=r"stands in .* too"):
        device_model_text([bundle, tmp_path / "two"])
    with pytest.raises(CodegenError, match="line 1: no column Specific Component, Required"):
        device_model_text([tmp_path / "two"])


def test_what_is_ours_goes_over_the_official_table(tmp_path: Path) -> None:
    facts = _FACTS + "TxCtrlr,Limit,,no,string,\nTxCtrlr,Id,<n>,no,string,\n"
    extra = _EXTRA + (
        "TxCtrlr,Limit,,yes,decimal,W|kW,ReadOnly,0,9.5,,,2,,The limit.\n"
        "TxCtrlr,Name,,no,string,,,,,,,,<n>,The name.\n"
    )

    tables, problems = _read(
        tmp_path, device_model=facts, device_model__extra=extra, components=_COMPONENTS
    )

    limit, identity, name = tables.variables
    assert problems == []
    assert (limit.required, limit.data_type, limit.units) == (True, "decimal", ("W", "kW"))
    assert (limit.mutability, limit.default, limit.doc) == ("ReadOnly", 2.0, "The limit.")
    assert (limit.limits.minimum, limit.limits.maximum) == (0, 9.5)
    assert (identity.instance, identity.placeholder) == ("", "<n>")
    assert (name.constant, name.placeholder) == ("NAME", "<n>")
    assert undocumented(tables) == [
        "schemas/v9/device_model.csv: line 3: no words for it in device_model.extra.csv"
    ]


def test_an_instance_is_part_of_the_constant(tmp_path: Path) -> None:
    facts = _FACTS + "TxCtrlr,ItemsPerMessage,GetReport,no,integer,\n"

    tables, _ = _read(tmp_path, device_model=facts, components=_COMPONENTS)

    assert [variable.constant for variable in tables.variables] == ["ITEMS_PER_MESSAGE_GET_REPORT"]


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ("TxCtrlr,Limit,,,,,,,,,,Words.\n", "line 2: expected 14 columns, got 12"),
        (
            "TxCtrlr,Limit,,,,,Write,,,,,,,W.\n",
            "column 7 (mutability): expected nothing or ReadOnly",
        ),
        ("TxCtrlr,Limit,,,text,,,,,,,,,W.\n", "column 5 (data_type): expected boolean or"),
        ("TxCtrlr,Limit,,maybe,,,,,,,,,,W.\n", "column 4 (required): expected yes or no"),
        ("TxCtrlr,Limit,,,,,,one,,,,,,W.\n", "column 8 (minimum): expected a number, got 'one'"),
        ("TxCtrlr,Limit,,,,,,9,1,,,,,W.\n", "column 9 (maximum): 1 is below the minimum 9"),
        ("TxCtrlr,Limit,,,,,,,,-1,,,,W.\n", "column 10 (max_length): expected a whole number"),
        ("TxCtrlr,Limit,,,,,,,,,A|B,,,W.\n", "column 11 (values): means nothing for integer"),
        ("TxCtrlr,Limit,,,string,,,,,,A||B,,,W.\n", "column 11 (values): an empty or repeated"),
        ("TxCtrlr,Limit,,,,,,,,,,x,,W.\n", "column 12 (default): expected integer, got 'x'"),
        ("TxCtrlr,Limit,,,,,,1,,,,0,,W.\n", "column 12 (default): 0 is not within the limits"),
        ("TxCtrlr,Limit,,,boolean,,,,,,,yes,,W.\n", "column 12 (default): expected true or false"),
        ("TxCtrlr,Limit,,,MemberList,,,,,,A|B,C,,W.\n", "(default): 'C' is not among the values"),
        ("TxCtrlr,Limit,,,string,,,,,1,,ab,,W.\n", "column 12 (default): longer than 1"),
        ("TxCtrlr,Limit,,,,,,,,,,,n,W.\n", "column 13 (key): expected <name> in place"),
        ("TxCtrlr,Limit,,,,,,,,,,,,\n", "column 14 (doc): empty"),
        ("TxCtrlr,Limit,,,,,,,,,,,,a\\b\n", "column 14 (doc): a docstring holds no backslash"),
        ("TxCtrlr,Gone,,,,,,,,,,,,W.\n", "column 2 (variable): not in device_model.csv"),
        ("Other,New,,no,string,,,,,,,,,W.\n", "column 1 (component): no row for Other in"),
        ('TxCtrlr,"Lim\n', "line 3: unexpected end of data"),
    ],
)
def test_a_wrong_row_is_named_with_line_and_column(
    tmp_path: Path, cells: str, problem: str
) -> None:
    problems = _problems_of_extra(tmp_path, cells)

    assert any(found.startswith("schemas/v9/device_model.extra.csv: line ") for found in problems)
    assert any(problem in found for found in problems)


def test_a_repeated_row_and_a_repeated_constant_are_refused(tmp_path: Path) -> None:
    facts = _FACTS + (
        "TxCtrlr,Limit,,yes,integer,\nTxCtrlr,Limit,,no,integer,\n"
        "TxCtrlr,LimitNow,,no,string,\nTxCtrlr,Limit,Now,no,string,\nTxCtrlr,3,,no,string,\n"
    )

    _, problems = _read(tmp_path, device_model=facts, components=_COMPONENTS)

    place = "schemas/v9/device_model.csv: line"
    assert problems == [
        f"{place} 3, column 1 (component): TxCtrlr Limit stands here twice",
        f"{place} 5, column 2 (variable): two become LIMIT_NOW: say in names.toml how they differ",
        f"{place} 6, column 2 (variable): cannot be a name in Python: '3'",
    ]


def test_a_unit_must_be_known_where_units_are_listed(tmp_path: Path) -> None:
    facts = _FACTS + "TxCtrlr,Limit,,yes,integer,s\n"

    _, problems = _read(
        tmp_path, device_model=facts, components=_COMPONENTS, units="unit,doc\nV,Volt.\n"
    )

    assert problems == [
        "schemas/v9/device_model.csv: line 2, column 6 (unit): s is not in units.csv"
    ]


def test_wrong_keys_and_codes_are_named_in_one_go(tmp_path: Path) -> None:
    keys = _KEYS + (
        "A,core,maybe,RX,text,s,,,,,,perhaps,,no,Words.\n"
        "B,smart charging,no,R,csl,,,,,X|Y,,false,Z,false,Words.\n"
        "B,core,no,R,csl,,,,,,,false,,false,Words.\n"
    )

    _, problems = _read(
        tmp_path,
        configuration_keys=keys,
        security_events="event,critical,doc\nBoot,yes,Words.\nBoot,true,\n",
        reason_codes="code\n",
    )

    keys_csv = "configuration_keys.csv: line"
    kinds = "boolean or csl or integer or json or string"
    assert [problem.removeprefix("schemas/v9/") for problem in problems] == [
        "reason_codes.csv: line 1: expected the columns code,doc",
        "security_events.csv: line 3, column 1 (event): Boot stands here twice",
        "security_events.csv: line 2, column 2 (critical): expected true or false, got 'yes'",
        f"{keys_csv} 4, column 1 (key): B stands here twice",
        f"{keys_csv} 2, column 5 (type): expected {kinds}, got 'text'",
        f"{keys_csv} 2, column 12 (numbered): expected true or false, got 'perhaps'",
        f"{keys_csv} 2, column 3 (required): expected yes or no, got 'maybe'",
        f"{keys_csv} 2, column 4 (access): expected R or RW or W, got 'RX'",
        f"{keys_csv} 2, column 14 (reboot): expected true or false, got 'no'",
        f"{keys_csv} 3, column 2 (profile): 'smart charging' cannot be a name in Python",
        f"{keys_csv} 3, column 13 (default): 'Z' is not among the values",
    ]


@pytest.fixture
def oca_appendices() -> Path:
    """The official appendices, where the environment names the folder with the bundles."""
    bundles = os.environ.get("OCPPKIT_OCA_BUNDLES")
    if bundles is None:
        pytest.skip("OCPPKIT_OCA_BUNDLES names no folder with the official bundles")
    return Path(bundles) / "ocpp201" / "appendices-csv"


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    """A schemas folder with one action and no table."""
    source, folder = _ROOT / "schemas" / "v201", tmp_path / "schemas" / "v9"
    folder.mkdir(parents=True)
    for name in ("HeartbeatRequest.json", "HeartbeatResponse.json"):
        shutil.copy(source / name, folder)
    (folder / "actions.csv").write_text("action,receiver,block\nHeartbeat,csms,g_availability\n")
    return folder


def _run(verb: str, schemas: Path, out: Path) -> tuple[int, str]:
    result = CliRunner().invoke(
        command, [verb, "--schemas", str(schemas.parent), "--out", str(out), "--package", "mine"]
    )
    return result.exit_code, result.output


def test_a_version_without_tables_has_no_such_modules(schemas: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    code, _ = _run("generate", schemas, out)

    assert code == 0
    assert (out / "v9" / "actions.py").exists()
    for name in ("device_model", "configuration", "codes"):
        assert not (out / "v9" / f"{name}.py").exists()


def test_a_new_version_with_tables_needs_no_code(schemas: Path, tmp_path: Path) -> None:
    _folder(
        schemas,
        device_model=_FACTS + "TxCtrlr,Limit,,yes,integer,\n",
        components=_COMPONENTS,
        units="unit,doc\nV,Volt.\n",
    )
    out = tmp_path / "out"

    code, _ = _run("generate", schemas, out)

    face = (out / "v9" / "__init__.py").read_text()
    assert code == 0
    assert '"TxCtrlr": "mine.v9.device_model"' in face
    assert '"Unit": "mine.v9.codes"' in face
    assert "LIMIT: Final[Variable[int]]" in (out / "v9" / "device_model.py").read_text()


def test_a_wrong_table_leaves_everything_as_it_is(schemas: Path, tmp_path: Path) -> None:
    _folder(schemas, units="unit,doc\nV,\n")
    out = tmp_path / "out"

    code, output = _run("generate", schemas, out)

    assert code == 1
    assert "schemas/v9/units.csv: line 2, column 2 (doc): empty" in output
    assert not out.exists()


def test_a_table_may_not_take_the_name_of_a_type(schemas: Path, tmp_path: Path) -> None:
    _folder(
        schemas,
        device_model=_FACTS + "HeartbeatRequest,Limit,,yes,integer,\n",
        components="component,doc\nHeartbeatRequest,Words.\n",
    )

    code, output = _run("generate", schemas, tmp_path / "out")

    assert code == 1
    assert "two names become HeartbeatRequest" in output


def test_check_wants_words_for_every_variable(schemas: Path, tmp_path: Path) -> None:
    _folder(schemas, device_model=_FACTS + "TxCtrlr,Limit,,yes,integer,\n", components=_COMPONENTS)
    out = tmp_path / "out"

    generated, _ = _run("generate", schemas, out)
    checked, output = _run("check", schemas, out)

    assert (generated, checked) == (0, 1)
    assert "device_model.csv: line 2: no words for it in device_model.extra.csv" in output


def test_the_reference_pages_are_up_to_date() -> None:
    versions = build_all(_ROOT / "schemas", package="ocppkit")

    difference = check_reference(versions, _ROOT / "docs" / "reference", templates_folder())

    assert not difference


def test_a_reference_page_shows_every_variable(schemas: Path) -> None:
    _folder(
        schemas,
        device_model=_FACTS + "TxCtrlr,Limit,<n>,yes,integer,\n",
        device_model__extra=_EXTRA + "TxCtrlr,Limit,<n>,,,W|kW,ReadOnly,,9,,,3,,A|B<n>.\n",
        components=_COMPONENTS,
    )

    versions = build_all(schemas.parent, package="mine")
    page = reference_pages(versions, templates_folder())["device-model-9.md"]

    head = "- `Limit[<n>]`, `LIMIT`: integer, W or kW, ReadOnly, required, default `3`."
    at = page.splitlines().index(head)
    assert page.splitlines()[at + 1] == "  A\\|B\\<n>. Value: at most 9."


def test_no_row_of_the_official_tables_is_missing(oca_appendices: Path) -> None:
    def official(name: str) -> list[list[str]]:
        with (oca_appendices / name).open(encoding="utf-8-sig", newline="") as file:
            return [[cell.strip() for cell in row] for row in csv.reader(file, delimiter=";")][1:]

    def ours(name: str) -> list[list[str]]:
        with (_ROOT / "schemas" / "v201" / name).open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))[1:]

    variables = {tuple(row[:3]) for row in ours("device_model.csv")}
    text = device_model_text([oca_appendices])

    assert variables == {tuple(row[:3]) for row in official("dm_components_vars.csv")}
    assert text == (_ROOT / "schemas/v201/device_model.csv").read_text(encoding="utf-8")
    for name, theirs in (
        ("components.csv", "components.csv"),
        ("reason_codes.csv", "reason_codes.csv"),
        ("security_events.csv", "security_events.csv"),
        ("units.csv", "units_of_measure.csv"),
    ):
        known = {row[0] for row in ours(name)}
        assert {row[0] for row in official(theirs) if row[:1] != [""] and row} <= known
    critical = {row[0]: row[1] == "true" for row in ours("security_events.csv")}
    assert critical == {row[0]: row[2] == "Yes" for row in official("security_events.csv")}


def test_a_reference_page_shows_every_message_type_and_value() -> None:
    pages = reference_pages(build_all(_ROOT / "schemas", package="ocppkit"), templates_folder())

    page = pages["messages-2.0.1.md"]

    for heading in ("## Reset", "### ResetRequest", "### ResetResponse", "### ResetEnumType"):
        assert f"\n{heading}\n" in page
    assert "- `evse_id` (`evseId`): `int`, may be absent. The EVSE to restart;" in page
    assert "- `ON_IDLE` (`OnIdle`): " in page
    assert page.count("\n## ") == 64 + 1
