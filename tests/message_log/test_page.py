from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

from ocppkit.connection import Direction
from ocppkit.message_log import Entry, EntryKind
from ocppkit.message_log.conversation import Conversation
from ocppkit.message_log.page import page

from .conftest import MakeEntry

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)><!--\u2028&amp;"


class Reader(HTMLParser):
    """Collects what a browser would see as elements, and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._inside = ""
        self.texts: dict[str, list[str]] = {"script": [], "style": [], "title": []}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside in self.texts:
            self.texts[self._inside].append(data)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  # the parser's signature
        self._inside = ""


def made(*entries: Entry, title: str = "messages.jsonl") -> str:
    return page(Conversation.of(entries), title=title)


def data_of(text: str) -> Any:
    return json.loads("".join(Reader(text).texts["script"][:1]))


def test_hostile_text_stays_text_wherever_it_stands(entry: MakeEntry) -> None:
    clean = Reader(made(entry()))

    text = made(
        entry(
            identity=HOSTILE,
            action=HOSTILE,
            message_id=HOSTILE,
            payload={HOSTILE: HOSTILE, "transactionId": HOSTILE},
        ),
        entry(EntryKind.CALLERROR, code=HOSTILE, description=HOSTILE, version=HOSTILE),
        entry(EntryKind.GAP, identity="", direction=None, description=HOSTILE),
        title=HOSTILE,
    )

    reader = Reader(text)
    assert [tag for tag, _ in reader.tags] == [tag for tag, _ in clean.tags]
    assert text.count("</script>") == 2
    assert "".join(reader.texts["title"]) == HOSTILE
    assert data_of(text)["steps"][0]["action"] == HOSTILE
    assert json.loads(data_of(text)["steps"][0]["payload"])[HOSTILE] == HOSTILE


def test_it_loads_nothing_and_runs_only_its_own_script(entry: MakeEntry) -> None:
    text = made(entry())

    reader = Reader(text)
    (policy,) = (
        attributes["content"] or ""
        for tag, attributes in reader.tags
        if tag == "meta" and "http-equiv" in attributes
    )
    for kind in ("script", "style"):
        own = hashlib.sha256(reader.texts[kind][-1].encode()).digest()
        assert f"{kind}-src 'sha256-{base64.b64encode(own).decode()}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"(src|href)=|https?://|@import|url\(", text)
    assert "innerHTML" not in text


def test_steps_come_with_what_is_known_of_them(entry: MakeEntry) -> None:
    text = made(
        entry(payload={"transactionId": 7, "meterStart": 1000, "exact": 12345678901234567890}),
        entry(EntryKind.CALLRESULT, direction=Direction.RECEIVED, payload={}, latency_ms=0.0),
        entry(message_id="2"),
    )

    data = data_of(text)
    call, answer, unanswered = data["steps"]
    assert (call["from"], answer["from"]) == ("station", "csms")
    assert (answer["facts"], answer["latency"], answer["transaction"]) == ("ok", 0.0, "7")
    assert '"exact": 12345678901234567890' in call["payload"]
    assert unanswered["lack"] == "no answer by the end of the log"
    assert [one["id"] for one in data["transactions"]] == ["7"]


def test_ten_thousand_messages_make_a_page_that_can_be_mailed(entry: MakeEntry) -> None:
    text = made(*(entry(message_id=str(number), payload={"a": "b"}) for number in range(10_000)))

    assert len(text) < 10_000_000
    assert len(data_of(text)["steps"]) == 10_000
