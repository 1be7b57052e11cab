"""Finding by words: by what this reader may see and had happened by then, and by nothing else."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET, Raw, structs
from support.archives import Made, batch, new_archive, statement

from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.stream import canonical
from projections import searching
from projections.listing import listing
from projections.listing_text import listing_text
from projections.projector import Views

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.archive import Archive
    from domain.stream import RecordedEvent, Statement
    from projections.shapes import Listing

BLOCKED = v.Visibility.BLOCKED


class Register:
    """A register to record in and to search."""

    def __init__(self, made: Made) -> None:
        self.made = made
        self.archive = made.open()
        self.views = Views(self.archive)
        self.body = self.archive.streams("body")[0]

    def close(self) -> None:
        self.views.close()
        self.archive.close()

    def record(self, *statements: Statement, role: v.Role = v.Role.CLERK) -> None:
        self.archive.record(batch(*statements, role=role), signer=self.made.signer())

    def proposal(
        self,
        number: str,
        subject: str,
        *,
        at: str = "2021-12-08",
        visibility: v.Visibility = v.Visibility.PUBLIC,
    ) -> str:
        stream = f"proposal:{self.made.means.uuid7()}"
        event = e.ProposalRegistered(
            body=self.body,
            kind=v.ProposalKind.RESOLUTION_PROPOSAL,
            version=1,
            reference=number,
            subject=subject,
            document_date=at,
        )
        self.record(statement(stream, event, at=at, visibility=visibility))
        return stream

    def revise(
        self, stream: str, text: str, *, at: str = "2021-12-10", visibility: v.Visibility = v.Visibility.PUBLIC
    ) -> None:
        event = e.ProposalRevised(version=2, mode=v.RevisionMode.FULL, operative_text=text)
        self.record(statement(stream, event, at=at, visibility=visibility))

    def search(self, words: str, **more: object) -> Listing:
        self.views.update()
        return listing(self.archive, search=words, views=self.views, **more)  # type: ignore[arg-type]  # as a test gives


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    made = Register(new_archive(tmp_path))
    yield made
    made.close()


def numbers(found: Listing) -> list[object]:
    return [row.number.value for row in found.rows]


def corrected(stream: str, new: str, old: str, *, visibility: v.Visibility = v.Visibility.PUBLIC) -> Statement:
    event = e.RecordCorrected(
        target=1,
        path="/data/subject",
        old=Raw(canonical(old)),
        new=Raw(canonical(new)),
        kind=v.CorrectionKind.CLERICAL,
        reason="Schreibfehler",
    )
    return statement(stream, event, visibility=visibility)


# -- what is blocked ------------------------------------------------------------------------------


def test_word_of_a_blocked_event_answers_as_a_word_that_stands_nowhere(register: Register) -> None:
    radwege = register.proposal("1", "Radwege")
    register.revise(radwege, "Zirbelkiefern werden gesetzt.", visibility=BLOCKED)
    register.proposal("2", "Zirbelholz", visibility=BLOCKED)
    there, absent = register.search("zirbel"), register.search("quokka")
    assert structs.replace(there, filters=absent.filters) == absent
    assert absent.blocked == 2
    assert "2 blocked events not shown (gesperrt)" in listing_text(absent)
    assert numbers(register.search("zirbel", with_blocked=True)) == ["1", "2"]


def test_one_visible_word_does_not_lead_to_another_that_is_blocked(register: Register) -> None:
    radwege = register.proposal("1", "Radverkehrskonzept")
    register.revise(radwege, "Quittenbrot wird gereicht.", visibility=BLOCKED)
    assert numbers(register.search("Radverkehrskonzept")) == ["1"]
    assert numbers(register.search("Radverkehrskonzept Quittenbrot")) == []
    assert numbers(register.search("Radverkehrskonzept Quittenbrot", with_blocked=True)) == ["1"]


def test_words_of_blocked_events_take_no_place_of_what_is_shown(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "THINGS_MAX", 2)
    register.proposal("1", "Radwege")
    register.proposal("2", "Radwege")
    for number in ("3", "4", "5"):
        register.proposal(number, "Radwege Radwege", visibility=BLOCKED)
    found = register.search("radwege")
    assert (numbers(found), found.filters.more) == (["1", "2"], False)


def test_blocked_correction_is_not_searched_and_what_it_corrects_is(register: Register) -> None:
    stream = register.proposal("1", "Radwege")
    register.record(corrected(stream, "Zirbelholz", "Radwege", visibility=BLOCKED))
    assert numbers(register.search("zirbelholz")) == []
    assert numbers(register.search("radwege")) == ["1"]
    assert numbers(register.search("zirbelholz", with_blocked=True)) == ["1"]
    assert numbers(register.search("radwege", with_blocked=True)) == []


def test_blocked_events_are_counted_for_the_whole_register_whatever_blocked_them(register: Register) -> None:
    stream = register.proposal("1", "Radwege")
    register.record(corrected(stream, "Radweg", "Radwege"))
    register.proposal("2", "Kita", visibility=BLOCKED)
    register.proposal("3", "Kita")
    change = e.VisibilityChanged(target=stream, was=v.Visibility.PUBLIC, becomes=BLOCKED, legal_basis="§ 9")
    register.record(
        statement(f"register:{register.archive.register.id}", change, at="2021-12-09"), role=v.Role.REGISTRAR
    )
    assert register.search("kita").blocked == listing(register.archive).blocked == 3
    assert register.search("kita", with_blocked=True).blocked == 0


# -- when it happened -----------------------------------------------------------------------------


def test_every_word_has_to_stand_there_by_the_day_asked_for(register: Register) -> None:
    stream = register.proposal("1", "Radverkehrskonzept", at="2023-02-20")
    register.revise(stream, "Es wird jährlich berichtet.", at="2023-03-10")
    assert numbers(register.search("Radverkehrskonzept jährlich")) == ["1"]
    assert numbers(register.search("Radverkehrskonzept jährlich", as_of="2023-03-01")) == []
    assert numbers(register.search("Radverkehrskonzept jährlich", as_of="2023-03-10")) == ["1"]


# -- how much is shown ----------------------------------------------------------------------------


def test_what_the_other_options_leave_out_takes_no_place(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "THINGS_MAX", 2)
    register.proposal("1", "Radwege", at="2020-01-01")
    for number in ("2", "3", "4"):
        register.proposal(number, "Radwege Radwege Radwege", at="2021-01-01")
    early = register.search("radwege", date_to="2020")
    assert (numbers(early), early.filters.more) == (["1"], False)
    early = register.search("radwege", as_of="2020-06-01")
    assert (numbers(early), early.filters.more) == (["1"], False)
    every = register.search("radwege")
    assert (numbers(every), every.filters.more) == (["3", "4"], True)
    assert (numbers(register.search("radwege", state="registered", date_from="2021"))) == ["3", "4"]


def test_things_are_counted_and_not_texts(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "THINGS_MAX", 2)
    for number in ("1", "2"):
        stream = register.proposal(number, "Radwege")
        register.revise(stream, "Radwege werden gebaut.")
    found = register.search("radwege")
    assert (numbers(found), found.filters.more) == (["1", "2"], False)
    assert [row.found_in for row in found.rows] == [("subject", "operative_text")] * 2


@pytest.mark.parametrize("words", ["radwege", "radwege gebaut"])
def test_no_more_is_read_than_is_shown_and_whether_there_is_more(
    register: Register, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setattr(searching, "THINGS_MAX", 2)
    streams = [register.proposal(str(number), "Radwege werden gebaut") for number in range(8)]
    register.views.update()
    read: list[str] = []
    history = type(register.archive).history

    def noted(archive: Archive, stream: str, *, until: int | None = None) -> tuple[RecordedEvent, ...]:
        read.append(stream)
        return history(archive, stream, until=until)

    monkeypatch.setattr(type(register.archive), "history", noted)
    found = register.search(words)
    assert (numbers(found), found.filters.more) == (["6", "7"], True)
    assert [stream for stream in streams if stream in read] == streams[-3:]


@pytest.mark.parametrize("words", ["radwege", "radwege gebaut"])
def test_what_may_fit_comes_in_parts_and_keeps_nobody_from_writing(
    register: Register, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setattr(searching, "THINGS_MAX", 2)
    streams = [register.proposal(str(number), "Radwege werden gebaut") for number in range(7)]
    register.proposal("9", "Radhaus")
    register.views.update()
    parts = searching.candidates(register.views, words, "proposal")
    found = [next(parts)]
    with contextlib.closing(sqlite3.connect(register.views.path, isolation_level=None, timeout=0)) as other:
        other.execute("BEGIN EXCLUSIVE")
        other.execute("ROLLBACK")
    found += parts
    assert [len(part) for part in found] == [3, 3, 1]
    assert [one.stream for part in found for one in part] == streams[::-1]
    assert {tuple(map(len, one.of_words)) for part in found for one in part} == {(1,) * len(words.split())}


def test_words_are_found_in_every_kind_of_text(register: Register) -> None:
    uuid7, body = register.made.means.uuid7, register.body
    organ, meeting, resolution = f"organ:{uuid7()}", f"meeting:{uuid7()}", f"resolution:{uuid7()}"
    group, person, item = f"group:{uuid7()}", f"person:{register.made.means.uuid4()}", uuid7()
    agenda = e.AgendaSet(
        version=1,
        stage=v.AgendaStage.INVITATION,
        part=v.Part.PUBLIC,
        items=(x.AgendaItem(item=item, order=0, publicity=v.Publicity.PUBLIC),),
        titles=(x.ItemTitle(item=item, title="Tagesordnungswort"),),
    )
    made = e.ResolutionMade(
        number="5/2021",
        sense=v.ResolutionSense.APPROVING,
        made_by=x.MadeBy(kind=v.DecisionPath.ORGAN, organ=organ),
        text="Beschlusswort",
    )
    register.record(
        statement(organ, e.OrganRegistered(body=body, name="Kreistag", kind=v.OrganKind.COUNCIL)),
        statement(meeting, e.MeetingConvened(body=body, organs=(organ,), starts_at="2021-12-08", number="Nr. 77")),
        statement(meeting, agenda),
        statement(meeting, e.MotionMoved(motion=uuid7(), kind=v.MotionKind.AMENDMENT, text="Antragswort")),
        statement(
            meeting,
            e.BallotHeld(
                ballot=uuid7(),
                method=v.BallotMethod.SHOW_OF_HANDS,
                question="Fragewort",
                tally=UNSET,
                declared=v.Declared.PASSED,
            ),
        ),
        statement(
            meeting,
            e.DocumentAttached(
                label="Anlagenwort", held=False, document=x.Document(held=False), part_of_decision=UNSET
            ),
        ),
        statement(resolution, made),
        statement(person, e.PersonKnown(name="Anna Ahorn")),
        statement(group, e.GroupRegistered(body=body, name="Gruppenwort", kind=v.GroupKind.PARLIAMENTARY_GROUP)),
    )
    for words, kind, field in (
        ("tagesordnungswort", "meeting", "title"),
        ("antragswort", "meeting", "motion"),
        ("fragewort", "meeting", "question"),
        ("anlagenwort", "meeting", "annex"),
        ("77", "meeting", "number"),
        ("beschlusswort", "resolution", "text"),
        ("kreistag", "organ", "name"),
        ("ahorn", "person", "name"),
        ("gruppenwort", "group", "name"),
    ):
        (row,) = register.search(words, kind=kind).rows
        assert row.found_in == (field,), words
