"""What `history` says: every event, who recorded it, on what it rests, and what was put right or erased since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import Raw
from support.archives import busy_archive
from support.council import key, on, statement, stream
from support.memory import MemoryArchive

from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.events import CATALOGUE
from domain.stream import canonical
from projections.account import history
from projections.changes import LABELS
from projections.shapes import Knowledge
from projections.text import history_text

if TYPE_CHECKING:
    from support.archives import Busy

P, M, B, ORGAN, R = (stream(kind) for kind in ("proposal", "meeting", "body", "organ", "resolution"))
OTHER = stream("proposal", 2)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Busy:
    return busy_archive(tmp_path_factory.mktemp("busy"))


def registered(**fields: object) -> e.ProposalRegistered:
    given = {"body": B, "kind": v.ProposalKind.RESOLUTION_PROPOSAL, "version": 1, **fields}
    return e.ProposalRegistered(**given)  # type: ignore[arg-type]  # what a test gives


def test_every_type_of_the_catalogue_has_a_german_label() -> None:
    assert set(LABELS) == set(CATALOGUE)


def test_correction_shows_old_and_new_and_the_corrected_event_says_by_what(busy: Busy) -> None:
    with busy.made.open() as archive:
        found = history(archive, busy.proposal)
    first, *_ = found.entries
    correction = next(entry for entry in found.entries if entry.correction is not None)
    assert "Vorlage 0012," in first.summary
    assert first.told is not None
    assert first.told.corrected_by == (f"{busy.proposal}#4",)
    assert correction.correction is not None
    assert (correction.correction.old.value, correction.correction.new.value) == ("0012", "0012a")
    assert (correction.correction.path, correction.correction.reason.value) == ("/data/reference", "Schreibfehler")
    text = history_text(found)
    assert "    alt                   0012\n    neu                   0012a" in text
    assert "berichtigt durch proposal" in text


def test_erased_field_is_named_with_the_event_that_erased_it(busy: Busy) -> None:
    with busy.made.open() as archive:
        found = history(archive, busy.proposal)
    (hidden,) = found.entries[0].hidden
    assert (hidden.path, hidden.state) == ("data.reasons", Knowledge.ERASED)
    assert hidden.erased_by == f"register:{busy.register}#6"
    erasure = found.entries[-1]
    assert (erasure.relation, erasure.label) == ("register", "Inhalt gelöscht")


def test_token_erased_to_its_entry_keeps_its_place() -> None:
    archive = MemoryArchive()
    archive.add(statement(P, registered(reference="0640"), occurred=on("2021-11-23")))
    gone = archive.add(statement(P, e.ConsultationDropped(consultation=key(5))))
    target = x.ErasureTarget(kind=v.ErasureKind.TOKEN, event=gone.id)
    erased = archive.add(
        statement(f"register:{key(9_999)}", e.ContentErased(targets=(target,), legal_ground="Art. 17 DSGVO"))
    )
    archive.records.remove(gone)
    found = history(archive.archive(), P)
    entry = next(one for one in found.entries if one.erased_by is not None)
    assert (entry.seq, entry.told, entry.erased_by) == (2, None, erased.id)
    assert "event 2: Eintrag gelöscht: erased down to its log entry by register" in history_text(found)


def test_events_of_other_streams_are_marked_and_other_items_left_out() -> None:
    archive = MemoryArchive()
    archive.add(statement(P, registered(reference="0640"), occurred=on("2021-11-23")))
    archive.add(statement(OTHER, registered(reference="0641"), occurred=on("2021-11-23")))
    archive.add(statement(M, e.MeetingConvened(body=B, organs=(ORGAN,), starts_at="2021-12-08")))
    items = tuple(
        x.AgendaItem(item=key(10 + n), number=str(n), order=n, publicity=v.Publicity.PUBLIC, proposal=proposal)
        for n, proposal in enumerate((P, OTHER), start=1)
    )
    archive.add(statement(M, e.AgendaSet(version=1, stage=v.AgendaStage.INVITATION, part=v.Part.PUBLIC, items=items)))
    for number, ballot in ((11, 21), (12, 22)):
        archive.add(
            statement(M, e.BallotHeld(ballot=key(ballot), item=key(number), method=v.BallotMethod.SHOW_OF_HANDS))
        )
    made_by = x.MadeBy(kind=v.DecisionPath.ORGAN, meeting=M)
    archive.add(
        statement(
            R,
            e.ResolutionMade(sense=v.ResolutionSense.APPROVING, made_by=made_by, proposal=P),
            occurred=on("2021-12-08"),
        )
    )
    archive.add(statement(stream("review"), e.ObjectionRaised(resolutions=(R,), kind=v.ObjectionKind.MUST)))
    found = history(archive.archive(), "0640")
    assert [(entry.relation, entry.told.type if entry.told else None) for entry in found.entries] == [
        ("own", "proposal-registered/1"),
        ("meeting", "meeting-convened/1"),
        ("meeting", "agenda-set/1"),
        ("meeting", "ballot-held/1"),
        ("resolution", "resolution-made/1"),
        ("review", "objection-raised/1"),
    ]
    assert found.entries[3].told is not None
    assert found.entries[3].told.position == 5  # the ballot under item 1, not that under item 2


def test_recorder_authority_and_source_are_three_different_things() -> None:
    archive = MemoryArchive()
    archive.add(statement(ORGAN, e.OrganRegistered(body=B, name="Kreistag", kind=v.OrganKind.COUNCIL)))
    source = x.Source(grade=v.Grade.SECONDARY, citation="Pressemitteilung", locator="Absatz 2", quote="beschloss")
    archive.add(
        statement(
            P,
            registered(reference="0640"),
            occurred=on("2021-11-23"),
            authority=x.Authority(organ=ORGAN, function=v.Function.CHAIR),
            sources=(source,),
        )
    )
    (entry,) = history(archive.archive(), "0640").entries
    assert entry.told is not None
    assert (entry.told.role, entry.told.stated_by) == ("clerk", "chair, Kreistag")
    assert entry.told.sources[0].grade == "secondary"
    text = " ".join(history_text(history(archive.archive(), "0640")).split())
    assert "erfasst 23.11.2026 10:35 UTC von 00000000… (clerk) / ausgesagt von chair, Kreistag" in text
    assert "/ Quelle secondary: Pressemitteilung, Absatz 2, „beschloss“" in text


def test_recorder_with_a_known_name_is_named() -> None:
    archive = MemoryArchive()
    recorded = archive.add(statement(P, registered(reference="0640")))
    archive.add(statement(f"person:{recorded.by.person}", e.PersonKnown(name="Sven Schlehe")))
    (entry,) = history(archive.archive(), "0640").entries
    assert entry.told is not None
    assert entry.told.recorded_by == "Sven Schlehe"


def test_correction_of_a_meeting_event_comes_along_with_it() -> None:
    archive = MemoryArchive()
    archive.add(statement(P, registered(reference="0640"), occurred=on("2021-11-23")))
    archive.add(statement(M, e.MeetingConvened(body=B, organs=(ORGAN,), starts_at="2021-12-08", place="Musterstad")))
    archive.add(statement(M, e.OutcomeDeclared(proposal=P, outcome=v.Outcome.ADOPTED)))
    archive.add(
        statement(
            M,
            e.RecordCorrected(
                target=1,
                path="/data/place",
                old=Raw(canonical("Musterstad")),
                new=Raw(canonical("Musterstadt")),
                kind=v.CorrectionKind.CLERICAL,
                reason="Schreibfehler",
            ),
        )
    )
    found = history(archive.archive(), "0640")
    assert [entry.label for entry in found.entries][-1] == "Berichtigung"
    assert "at Musterstad" in found.entries[1].summary  # as first stated; the correction is an entry of its own


def test_as_of_leaves_later_events_out_and_counts_them() -> None:
    archive = MemoryArchive()
    archive.add(statement(P, registered(reference="0640"), occurred=on("2021-11-23")))
    archive.add(statement(P, e.ConsultationDropped(consultation=key(5)), occurred=on("2022-01-01")))
    archive.add(statement(P, e.ConsultationDropped(consultation=key(6)), occurred=on("2021")))
    found = history(archive.archive(), "0640", as_of="2021-12-08")
    assert [entry.seq for entry in found.entries] == [1]
    assert found.later == 1
    assert [(line.event, line.why) for line in found.apart] == [(f"{P}#3", "straddles")]


def test_event_asked_for_is_pointed_at() -> None:
    archive = MemoryArchive()
    archive.add(statement(P, registered(reference="0640"), occurred=on("2021-11-23")))
    archive.add(statement(P, e.ConsultationDropped(consultation=key(5)), occurred=on("2022-01-01")))
    found = history(archive.archive(), "0640#2")
    assert [entry.focus for entry in found.entries] == [False, True]
    assert "\n> 2 01.01.2022 Beratung entfallen" in history_text(found)
