"""What no font has, what leaves no mark and what steers text is written out, and nothing is impossible to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.council import key, on, statement, stream
from support.memory import MemoryArchive
from support.pdf import Pdf
from support.strategies import histories, texts, withheld

from archive.excerpt import Terms
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from projections.export import pdf
from projections.export.edition import Edition
from projections.export.pdf.glyphs import Escaping

if TYPE_CHECKING:
    from domain.stream import RecordedEvent

P = stream("proposal")
MILLIMETRE = 72 / 25.4
# A page takes some tens of milliseconds; a third of the usual examples, and every kind of text is among them.
EXAMPLES = max(10, settings().max_examples // 3)


def edition_of(text: str) -> Edition:
    archive = MemoryArchive()
    event = e.ProposalRegistered(
        body=stream("body"), kind=v.ProposalKind.REPORT, version=1, subject=text, reasons=f"a {text} z"
    )
    archive.add(statement(P, event, occurred=on("2021-11-23")))
    return Edition(archive.archive(), Terms(day="2026-11-23", version="0.1.0", subjects=(P,)))


@pytest.mark.parametrize(
    ("text", "shown", "missing"),
    [
        ("Fest \U0001f600!", "a Fest [U+1F600]! z", ("U+1F600",)),
        ("中文", "a [U+4E2D][U+6587] z", ("U+4E2D", "U+6587")),
        ("ab\u202ecd", "a ab[U+202E]cd z", ("U+202E",)),
        ("Sozia\u00adles", "a Sozia[U+00AD]les z", ("U+00AD",)),
        ("x\u200by", "a x[U+200B]y z", ("U+200B",)),
        ("x\x7f\x85y", "a x[U+007F][U+0085]y z", ("U+007F", "U+0085")),
        ("\ue000\U0010ffff", "a [U+E000][U+10FFFF] z", ("U+E000", "U+10FFFF")),
        ("Đặng – „Œuvre“ ẞ €", "a Đặng – „Œuvre“ ẞ € z", ()),
    ],
)
def test_what_cannot_be_shown_is_named(text: str, shown: str, missing: tuple[str, ...]) -> None:
    reading, proof = pdf.files(edition_of(text))
    assert shown in Pdf(reading.data).text
    assert reading.missing_glyphs == missing
    # The Nachweis gives the beginning of a text on one line, where some controls count as spaces.
    assert set(proof.missing_glyphs) <= set(missing)


@pytest.mark.parametrize("length", [20, 30, 70, 1400])
def test_no_word_is_too_long_for_its_column(length: int) -> None:
    word = ("Donaudampfschifffahrtsgesellschaft" * 42)[:length]
    archive = MemoryArchive()
    for event in (
        e.ProposalRegistered(
            body=stream("body"),
            kind=v.ProposalKind.REPORT,
            kind_literal=word,
            version=1,
            reference=word,
            subject=word,
            reasons=f"a {word} z",
            submitters=(x.Party(literal=word),),
        ),
        e.ConsultationPlanned(
            consultation=key(5),
            organ_literal=word,
            planned_on="2022-01-01",
            planned_on_literal=word,
            role=v.ConsultationRole.HEARING,
            publicity=v.Publicity.PUBLIC,
        ),
        e.DocumentAttached(label=word, held=False, document=x.Document(held=False, title=word)),
        e.ProposalEndorsed(office=word, sense=v.EndorsementSense.REFUSAL, text=word),
    ):
        archive.add(statement(P, event, occurred=on("2021-11-23")))
    for one in pdf.files(Edition(archive.archive(), Terms(day="2026-11-23", version="0.1.0", subjects=(P,)))):
        page = Pdf(one.data)
        right, lower = page.margins
        assert right > 18 * MILLIMETRE, one.name
        assert lower > 8 * MILLIMETRE, one.name
        assert word[:200] in page.text.replace(" ", ""), one.name


def test_long_text_loses_nothing_over_page_breaks() -> None:
    lines = "\n".join(f"Zeile {number}" for number in range(900))
    reading, proof = (Pdf(one.data) for one in pdf.files(edition_of(lines)))
    assert all(f"Zeile {number} " in f"{reading.text} " for number in range(900))
    assert len(reading.pages) > 10
    assert "Zeile 1" in proof.text


@given(texts(max_size=80))
def test_escaped_text_has_nothing_unseen_left(text: str) -> None:
    escaping = Escaping()
    shown = escaping.text(text)
    assert Escaping().text(shown) == shown
    assert bool(escaping.found) == (shown != text)


@settings(max_examples=EXAMPLES)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_any_text_can_be_printed(text: str) -> None:
    assert [one.data[:5] for one in pdf.files(edition_of(text))] == [b"%PDF-", b"%PDF-"]


@settings(max_examples=EXAMPLES)
@given(st.data())
def test_whatever_was_recorded_can_be_printed(data: st.DataObject) -> None:
    records: list[RecordedEvent] = []
    for kind in ("proposal", "meeting", "resolution", "custody"):
        records += data.draw(histories(kind, max_size=4))
    streams = {record.stream for record in records}
    placed = [replace(record, recorded_at=1_795_430_000 + n) for n, record in enumerate(records)]
    if data.draw(st.booleans()):
        placed = [data.draw(withheld(record)) for record in placed]
    edition = Edition(MemoryArchive(placed).archive(), Terms(day="2026-11-23", version="0.1.0", whole=True))
    proposals = {name for name in streams if name.startswith("proposal:")}
    proofs = [one for one in pdf.files(edition) if one.kind == "nachweis"]
    assert {one.stream for one in proofs} == proposals
    assert all(one.data.startswith(b"%PDF-") for one in proofs)
