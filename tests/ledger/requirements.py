"""The requirements of a protocol version: ids and facts, from the tables under ``schemas/``."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import field, frozen

ROOT = Path(__file__).parents[2]
_SCHEMAS = ROOT / "schemas"

_CHAPTERS = {
    "1.6 §3": "General",
    "1.6 §4": "Operations initiated by the charge point",
    "1.6 §5": "Operations initiated by the central system",
    "1.6 §7": "Types",
    "1.6 §8": "File transfer",
    "1.6 §9": "Configuration",
    "1.6-J": "JSON over WebSockets (OCPP-J)",
}
_SPELLINGS = {"1.6-SEC ": "whitepaper ", "1.6 errata ": "1.6 errata §"}
_KINDS = {
    "errata": "Errata",
    "message": "Messages",
    "pnc": "Plug & Charge",
    "pricing": "Autocharge, cost and price",
}
_PAPERS = {"security": "security", "pnc": "plug_and_charge", "pricing": "cost_and_price"}
_USE_CASES = {
    "A00": "security profiles",
    "A01": "password",
    "A02": "certificate renewed on request",
    "A03": "certificate renewed by the station",
    "A04": "security events",
    "A05": "higher security profile",
    "L01": "signed firmware",
    "M03": "listing certificates",
    "M04": "deleting certificates",
    "M05": "installing certificates",
    "N01": "logs",
}
_BLOCKS = {
    "": "General",
    "A": "A Security",
    "B": "B Provisioning",
    "C": "C Authorization",
    "D": "D Local authorization list",
    "E": "E Transactions",
    "F": "F Remote control",
    "G": "G Availability",
    "H": "H Reservation",
    "I": "I Tariff and cost",
    "J": "J Meter values",
    "K": "K Smart charging",
    "L": "L Firmware management",
    "M": "M Certificate management",
    "N": "N Diagnostics",
    "O": "O Display messages",
    "P": "P Data transfer",
}


@frozen(kw_only=True)
class Requirement:
    """What a version asks for under one id.

    Attributes:
        id: as markers name it: ``E02.FR.05``, ``1.6 §5.13``, ``1.6 key ResetRetries``.
        actor: who must fulfil it: ``station``, ``csms``, ``both`` or ``local_controller``.
        group: the heading that it stands under.
        kind: of 1.6: ``section``, ``errata``, ``message``, ``key``, ``security``, ``pnc``,
            ``pricing``; of 2.0.1 ``functional``.
        profile: the feature profile of 1.6, as ``smart_charging``; empty where it is none's alone.
        chapter: what a section is called, in our own short words; empty for all else.
        title: what it is about, in our own words; empty where the table has none.
        also: other ids that mean the same.
    """

    id: str
    actor: str
    group: str
    kind: str = "functional"
    profile: str = ""
    chapter: str = ""
    title: str = ""
    also: tuple[str, ...] = ()

    @property
    def of_station(self) -> bool:
        """Whether a station has to fulfil it."""
        return self.actor in {"station", "both"}


@frozen(kw_only=True)
class Edition:
    """A version's ledger.

    Attributes:
        name: the folder under ``schemas/`` and the page's name.
        title: of the page.
        finished: the groups of which nothing may stay open; None for all of them.
        reasons: why a requirement has no test, by id.
    """

    name: str
    title: str
    requirements: Mapping[str, Requirement]
    finished: frozenset[str] | None = None
    reasons: Mapping[str, str] = field(factory=dict)

    @property
    def page(self) -> Path:
        """Where the ledger is written."""
        return ROOT / "docs" / "conformance" / f"{self.name}.md"

    def is_finished(self, group: str) -> bool:
        """Whether every requirement of a group needs a test or a reason."""
        return self.finished is None or group in self.finished


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _group_of_16(row: Mapping[str, str], profiles: Mapping[str, str]) -> str:
    kind, name = row["kind"], row["id"]
    if kind == "section":
        return next(words for start, words in _CHAPTERS.items() if name.startswith(start))
    if kind == "key":
        profile = profiles[name.removeprefix("1.6 key ")].replace("_", " ")
        return f"Configuration keys: {profile}"
    if kind == "security":
        use_case = name.removeprefix("1.6-SEC ")[:3]
        return f"Security whitepaper {use_case}: {_USE_CASES[use_case]}"
    return _KINDS[kind]


def _profile(
    row: Mapping[str, str], chapter: str, *, messages: Mapping[str, str], keys: Mapping[str, str]
) -> str:
    """Whose a requirement is: a section's that is about a message is the message's."""
    match row["kind"]:
        case "key":
            return keys[row["id"].removeprefix("1.6 key ")]
        case "message":
            return messages[row["id"].removeprefix("1.6 ")]
        case "section":
            return messages.get(chapter, "")
        case kind:
            return _PAPERS.get(kind, "")


def _titles_of_16() -> dict[str, str]:
    words = tomllib.loads((_SCHEMAS / "v16" / "docs.toml").read_text(encoding="utf-8"))
    messages = {f"1.6 {name}": str(said["doc"]) for name, said in words["messages"].items()}
    keys = {
        f"1.6 key {row['key']}": row["doc"]
        for row in _rows(_SCHEMAS / "v16" / "configuration_keys.csv")
    }
    return messages | keys


def _chapters_of_16() -> dict[str, str]:
    text = Path(__file__).with_name("chapters.toml").read_text(encoding="utf-8")
    return {
        f"{start}{number}": words
        for start, numbered in tomllib.loads(text).items()
        for number, words in numbered.items()
    }


def _requirements_of_16() -> dict[str, Requirement]:
    keys = _rows(_SCHEMAS / "v16" / "configuration_keys.csv")
    profiles = {row["key"]: row["profile"] for row in keys}
    messages = {row["action"]: row["block"] for row in _rows(_SCHEMAS / "v16" / "actions.csv")}
    titles, chapters = _titles_of_16(), _chapters_of_16()
    return {
        row["id"]: Requirement(
            id=row["id"],
            actor=row["actor"],
            group=_group_of_16(row, profiles),
            kind=row["kind"],
            profile=_profile(row, chapters.get(row["id"], ""), messages=messages, keys=profiles),
            chapter=chapters.get(row["id"], ""),
            title=row["title"] or titles[row["id"]],
            also=tuple(filter(None, row["also"].split("|"))),
        )
        for row in _rows(_SCHEMAS / "v16" / "requirements.csv")
    }


def _requirements_of_201() -> dict[str, Requirement]:
    return {
        row["id"]: Requirement(id=row["id"], actor=row["actor"], group=_BLOCKS[row["block"]])
        for row in _rows(_SCHEMAS / "v201" / "requirements.csv")
    }


def _reasons(name: str) -> dict[str, str]:
    path = Path(__file__).with_name("not_applicable.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: entry["reason"] for entry in table.get(name, []) for name in entry["ids"]}


def editions() -> tuple[Edition, ...]:
    """The ledgers, one a version."""
    return (
        Edition(
            name="v16",
            title="OCPP 1.6",
            requirements=_requirements_of_16(),
            reasons=_reasons("v16"),
        ),
        Edition(
            name="v201",
            title="OCPP 2.0.1",
            requirements=_requirements_of_201(),
            finished=frozenset(_BLOCKS[block] for block in "ABCDEFGJP"),
            reasons=_reasons("v201"),
        ),
    )


def names(edition: Edition) -> dict[str, Requirement]:
    """The requirements by every id that may name them."""
    return {
        name: requirement
        for requirement in edition.requirements.values()
        for name in (requirement.id, *requirement.also, *_spelled_otherwise(requirement.id))
    }


def _spelled_otherwise(identifier: str) -> tuple[str, ...]:
    for start, other in _SPELLINGS.items():
        if identifier.startswith(start):
            return (other + identifier.removeprefix(start),)
    return ()


def chapter_order(identifier: str) -> list[tuple[int, str]]:
    """A sorting key by which §5.9 comes before §5.13."""
    return [
        (int(part), "") if part.isdigit() else (0, part)
        for part in re.split(r"(\d+)", identifier)
        if part
    ]
