"""The benchmarks run and report in the form that they promise; nothing here depends on time."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest

_ROOT = Path(__file__).parents[2]
_PAYLOADS = {
    "Heartbeat", "MeterValues", "SetChargingProfile", "TransactionEvent", "NotifyReport",
}  # fmt: skip
_CONTENDERS = {"ocppkit", "ocppkit, no orjson", "ocpp", "cattrs", "msgspec", "orjson"}


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own module, by our own interpreter
        [sys.executable, "-m", f"benchmarks.{name}", *arguments],
        cwd=_ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )


def written(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(_ROOT))
    return import_module("benchmarks.report")


@pytest.fixture
def payloads(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(_ROOT))
    return import_module("benchmarks.payloads")


@pytest.fixture(scope="module")
def codec_run(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    path = tmp_path_factory.mktemp("codec") / "codec.json"
    done = run("codec", "--quick", "--json", str(path))
    assert done.returncode == 0, done.stderr
    return done, written(path)


def test_the_codec_benchmark_measures_every_contender_at_every_payload(
    codec_run: tuple[subprocess.CompletedProcess[str], dict[str, Any]],
) -> None:
    _, document = codec_run
    measured = {
        (each["part"], each["payload"], each["contender"]) for each in document["measurements"]
    }

    assert measured == {
        *((part, payload, contender)
          for part in ("decode", "encode") for payload in _PAYLOADS for contender in _CONTENDERS),
        *(("call", payload, contender)
          for payload in ("Heartbeat", "MeterValues", "TransactionEvent")
          for contender in ("ocppkit", "ocppkit, core", "ocpp", "ocpp, executor off")),
    }  # fmt: skip
    assert all(each["median"] >= each["fastest"] > 0 for each in document["measurements"])


def test_the_codec_benchmark_judges_every_target(
    codec_run: tuple[subprocess.CompletedProcess[str], dict[str, Any]],
) -> None:
    _, document = codec_run
    verdicts = document["verdicts"]

    assert len(verdicts) == 30
    assert all((each["at_least"] is None) != (each["at_most"] is None) for each in verdicts)
    assert {each["against"] for each in verdicts} == {"ocpp", "ocpp, executor off", "orjson"}


def test_the_codec_benchmark_names_the_machine_but_no_path(
    codec_run: tuple[subprocess.CompletedProcess[str], dict[str, Any]],
) -> None:
    _, document = codec_run

    assert document["machine"].keys() == {"cpu", "cores", "system", "python", "versions"}
    assert str(_ROOT) not in json.dumps(document)


def test_the_codec_benchmark_shows_tables_to_people(
    codec_run: tuple[subprocess.CompletedProcess[str], dict[str, Any]],
) -> None:
    done, _ = codec_run

    assert "| ocppkit, no orjson |" in done.stdout
    assert "**Targets**" in done.stdout


def test_only_chooses_what_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "codec.json"

    done = run("codec", "--quick", "--only", "encode/Heartbeat/o*json", "--json", str(path))

    assert done.returncode == 0, done.stderr
    assert [each["contender"] for each in written(path)["measurements"]] == [
        "ocppkit, no orjson",
        "orjson",
    ]


def test_a_part_of_the_benchmark_is_not_recorded() -> None:
    done = run("codec", "--quick", "--record")

    assert done.returncode == 2
    assert "--record wants the whole benchmark" in done.stderr


def test_the_import_benchmark_measures_time_and_memory(tmp_path: Path) -> None:
    path = tmp_path / "imports.json"

    done = run("imports", "--quick", "--json", str(path))

    assert done.returncode == 0, done.stderr
    document = written(path)
    assert [
        (each["part"], each["payload"], each["contender"], each["unit"])
        for each in document["measurements"]
    ] == [
        ("time", "the package", "ocppkit", "ms"),
        ("time", "15 messages used", "ocppkit", "ms"),
        ("time", "the package", "ocpp", "ms"),
        ("memory", "the package", "ocppkit", "MB"),
        ("memory", "15 messages used", "ocppkit", "MB"),
        ("memory", "the package", "ocpp", "MB"),
    ]
    assert len(document["verdicts"]) == 3


def test_the_payloads_have_the_promised_size(payloads: ModuleType) -> None:
    values = {payload.name: payload.value for payload in payloads.PAYLOADS}

    samples = [len(each["sampledValue"]) for each in values["MeterValues"]["meterValue"]]
    schedule = values["SetChargingProfile"]["csChargingProfiles"]["chargingSchedule"]
    assert sum(samples) == 30
    assert len(schedule["chargingSchedulePeriod"]) == 24
    assert len(values["NotifyReport"]["reportData"]) == 50


def test_a_payload_that_breaks_its_schema_stops_the_benchmark(
    payloads: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    period = payloads.PAYLOADS[2].value["csChargingProfiles"]["chargingSchedule"]
    payloads.check_payloads()

    monkeypatch.setitem(period, "minChargingRate", 6.55)

    with pytest.raises(jsonschema.ValidationError):
        payloads.check_payloads()


def test_cases_take_turns(report: ModuleType) -> None:
    order: list[str] = []

    def case(name: str) -> Any:
        def batch(times: int) -> float:
            order.append(name)
            return 1.0 * times

        return report.Case(part="part", payload="payload", contender=name, batch=batch)

    measurements = report.measure([case("a"), case("b"), case("c")], rounds=3, batch_s=0.5)

    assert order[-9:] == ["a", "b", "c", "b", "c", "a", "c", "a", "b"]
    assert [each.median for each in measurements] == [1e6, 1e6, 1e6]


def test_a_target_is_judged_by_the_ratio_of_the_medians(report: ModuleType) -> None:
    def measured(contender: str, median: float) -> Any:
        return report.Measurement(
            part="p", payload="m", contender=contender, median=median, fastest=median,
            unit="µs", batches=1, calls=1,
        )  # fmt: skip

    def target(**limit: Any) -> Any:
        return report.Target(part="p", payload="m", contender="we", **limit)

    verdicts = report.judge(
        [measured("we", 2.0), measured("they", 10.0)],
        [
            target(against="they", at_least=5),
            target(against="they", at_least=5.1),
            target(against="they", at_most=0.2),
            target(against=None, at_most=1.9),
            target(against="nobody", at_least=1),
        ],
    )

    assert [(each.measured, each.met) for each in verdicts] == [
        (5.0, True),
        (5.0, False),
        (0.2, True),
        (2.0, False),
    ]


def test_results_replace_what_stands_between_the_markers(
    report: ModuleType, tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- x: begin -->\nold\n<!-- x: end -->\nafter\n", encoding="utf-8")

    report.put_between_markers(page, "x", "new")

    assert page.read_text(encoding="utf-8") == (
        "before\n<!-- x: begin -->\n\nnew\n\n<!-- x: end -->\nafter\n"
    )
    with pytest.raises(ValueError, match="no place for the results of y"):
        report.put_between_markers(page, "y", "new")


def test_the_page_has_a_place_for_both_benchmarks(report: ModuleType) -> None:
    page = report.DOCUMENT.read_text(encoding="utf-8")

    assert all(
        f"<!-- {name}: {end} -->" in page
        for name in ("codec", "imports")
        for end in ("begin", "end")
    )
