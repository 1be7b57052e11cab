"""Pages of registers with hostile texts, and of registers of which the reader holds only a part."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET
from msgspec.structs import replace
from support.council import on, statement
from support.demo import demo_archive
from support.hostile import DAY, ORGAN, B, M, P, R, hostile, registered
from support.view import PagesArchive, hrefs, marks, page, pages, parsed, part, words

from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.values import WITHHELD

if TYPE_CHECKING:
    from domain.stream import RecordedEvent


def test_hostile_texts_stay_text_on_every_kind_of_page() -> None:
    archive = hostile().archive()
    for subject in (P, M, R):
        data = pages(archive, subject)["index.html"].decode()
        assert "<script" not in data
        assert data.count("</style>") == 1
        for char in "\u202e\u202c\x1b\ue000":
            assert char not in data
        root = parsed(data.encode())
        assert not list(root.iter("script"))
        assert not [href for href in hrefs(root) if "javascript" in href]
        assert "<script>alert(1)</script> ]]> </style>" in words(next(root.iter("h1")))
        assert {"[U+202E]", "[U+202C]", "[U+001B]", "[U+E000]"} <= set(marks(words(root)))


def test_whole_text_of_a_hostile_field_is_there_to_be_read() -> None:
    text = words(part(page(hostile().archive(), P), "Begründung"))
    assert "[U+202E]egnureseB[U+202C] [U+001B][31m [U+E000] javascript:x" in text


# -- versions -------------------------------------------------------------------------------------


def two(old: dict[str, object], new: dict[str, object]) -> PagesArchive:
    archive = PagesArchive()
    archive.add(statement(P, registered(**old), occurred=on("2023-02-13")))
    revised = e.ProposalRevised(version=2, mode=v.RevisionMode.PAGES, **new)  # type: ignore[arg-type]  # what a test gives
    archive.add(statement(P, revised, occurred=on("2023-03-10")))
    return archive


def test_moved_paragraph_is_called_moved_and_neither_taken_out_nor_put_in() -> None:
    first, second, third = (
        f"{word} beschließt der Kreistag ein eigenes Konzept." for word in ("Heute", "Dann", "Zuletzt")
    )
    archive = two({"operative_text": f"{first}\n{second}\n{third}"}, {"operative_text": f"{third}\n{first}\n{second}"})
    compared = part(page(archive.archive(), P), "Fassungen im Vergleich")
    assert "verschoben: in Fassung 1 Absatz 3, in Fassung 2 Absatz 1" in words(compared)
    assert not list(compared.iter("ins", "del"))


def test_paragraph_taken_out_leaves_its_place_on_the_other_side() -> None:
    archive = two({"reasons": "Erstens.\nZweitens fehlt noch etwas."}, {"reasons": "Erstens."})
    compared = part(page(archive.archive(), P), "Fassungen im Vergleich")
    assert "entfernter Absatz" in words(compared)
    assert [words(node) for node in compared.iter("del")] == ["entfernt: Zweitens fehlt noch etwas. (Ende)"]


def test_what_is_withheld_on_one_side_is_not_compared() -> None:
    archive = two({"reasons": "Weil es nötig ist."}, {"reasons": WITHHELD})
    compared = part(page(archive.archive(), P), "Fassungen im Vergleich")
    assert "vorenthalten" in words(part(compared, "Begründung"))
    assert not list(compared.iter("ins", "del"))


def test_gap_between_versions_is_named() -> None:
    archive = PagesArchive()
    archive.add(statement(P, registered(subject="eins"), occurred=on("2023-02-13")))
    revised = e.ProposalRevised(version=4, mode=v.RevisionMode.FULL, subject="vier")
    archive.add(statement(P, revised, occurred=on("2023-03-10")))
    assert "Dazwischen liegen 2 Fassungen, die hier nicht vorliegen." in words(page(archive.archive(), P))


# -- ballots --------------------------------------------------------------------------------------


def voted(**fields: object) -> PagesArchive:
    archive = PagesArchive()
    archive.add(statement(P, registered(subject="Schule"), occurred=on("2023-02-13")))
    archive.add(statement(M, e.MeetingConvened(body=B, organs=(ORGAN,), starts_at=DAY)))
    given = {
        "ballot": "00000000-0000-4000-8000-0000000000b1",
        "method": v.BallotMethod.SHOW_OF_HANDS,
        "target": x.BallotTarget(proposal=P),
        **fields,
    }
    archive.add(statement(M, e.BallotHeld(**given), occurred=on(DAY)))  # type: ignore[arg-type]  # what a test gives
    return archive


def test_left_blank_is_no_zero_and_no_bar() -> None:
    root = page(voted(tally=x.Tally(yes=None, no=None, abstain=None)).archive(), P)
    assert "Stimmenzahlen sind nicht festgestellt (leer gelassen)." in words(root)
    assert not list(root.iter("svg"))


def test_withheld_votes_and_counts_are_said_to_be_withheld() -> None:
    told = words(page(voted(tally=WITHHELD, votes=WITHHELD, declared=WITHHELD).archive(), P))
    assert "Einzelne Stimmen: vorenthalten." in told
    assert "Stimmenzahlen sind nicht festgestellt (vorenthalten)." in told


def test_votes_of_the_example_sentence() -> None:
    told = words(page(voted(tally=x.Tally(yes=24, no=23), declared=v.Declared.PASSED).archive(), P))
    assert "24 dafür, 23 dagegen; nicht festgestellt: Enthaltungen (nicht erwähnt)." in told


def planned(**fields: object) -> e.ConsultationPlanned:
    given = {
        "consultation": "00000000-0000-4000-8000-0000000000e1",
        "role": v.ConsultationRole.DECISION,
        "publicity": v.Publicity.PUBLIC,
        **fields,
    }
    return e.ConsultationPlanned(**given)  # type: ignore[arg-type]  # what a test gives


# -- what a reader holds only in part -------------------------------------------------------------


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> tuple[RecordedEvent, ...]:
    with demo_archive(tmp_path_factory.mktemp("demo")).open() as archive:
        return tuple(archive.events_between())


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_withheld_or_missing_is_said_and_nothing_fails(
    records: tuple[RecordedEvent, ...], seed: int
) -> None:
    chance = random.Random(seed)
    held = []
    for record in records:
        if chance.random() < 1 / 30:
            continue
        event = record.event
        if not record.stream.startswith("register:"):
            names = [name for name in event.__struct_fields__ if getattr(event, name) is not UNSET]
            event = replace(event, **{name: WITHHELD for name in names if chance.random() < 1 / 7})
        parts = {name: WITHHELD for name in ("occurred", "authority", "sources") if chance.random() < 1 / 20}
        held.append(replace(record, event=event, **parts))
    archive = PagesArchive(held, example=True).archive()
    streams = [one for kind in ("proposal", "meeting", "resolution", "review") for one in archive.streams(kind)]
    told = words(parsed(pages(archive, *archive.streams("proposal"))["index.html"]))
    assert "vorenthalten" in told
    for one in streams:
        text = words(page(archive, one))
        assert "Withheld" not in text
        assert "UNSET" not in text


def test_missing_place_of_a_stream_is_named(records: tuple[RecordedEvent, ...]) -> None:
    first = next(one.stream for one in records if one.stream.startswith("proposal:"))
    archive = PagesArchive([one for one in records if one.id != f"{first}#2"], example=True)
    assert "Eintrag 2 zu: Vorlage 0640" in words(part(page(archive.archive(), first), "Alle Einträge"))


def test_step_that_is_not_public_and_not_in_the_excerpt_is_a_stub(records: tuple[RecordedEvent, ...]) -> None:
    first = next(one.stream for one in records if one.stream.startswith("proposal:"))
    committee = next(one.stream for one in records if one.stream.startswith("meeting:"))
    archive = PagesArchive([one for one in records if one.stream != committee], example=True)
    step = part(page(archive.archive(), first), "Ausschuss für Familie")
    assert "Was dort geschah, ist in diesem Auszug nicht enthalten oder nicht eingetragen." in words(step)


@pytest.mark.parametrize(
    ("literal", "expected"), [("Kreistag", "Kreistag"), (UNSET, f"Gremium {ORGAN[6:]} (nicht im Auszug)")]
)
def test_organ_that_is_not_in_the_excerpt_is_named_by_the_words_of_the_source(literal: object, expected: str) -> None:
    archive = PagesArchive()
    archive.add(statement(P, registered(subject="Schule"), occurred=on("2023-02-13")))
    archive.add(statement(P, planned(organ=ORGAN, organ_literal=literal)))
    assert words(next(part(page(archive.archive(), P), "Beratungsfolge").iter("h3"))) == expected


def test_plan_that_is_withheld_is_not_taken_for_none() -> None:
    archive = PagesArchive()
    archive.add(statement(P, registered(subject="Schule"), occurred=on("2023-02-13")))
    archive.add(statement(P, planned(consultation=WITHHELD, organ=WITHHELD, planned_on=WITHHELD, role=WITHHELD)))
    step = part(page(archive.archive(), P), "Beratungsfolge")
    assert words(next(step.iter("h3"))) == "Gremium vorenthalten"
    assert "stand in keiner Beratungsfolge" not in words(step)


def test_subject_of_which_nothing_is_left_is_said_to_be_so() -> None:
    told = words(page(PagesArchive().archive(), P))
    assert "enthält der Auszug keinen lesbaren Eintrag" in told
