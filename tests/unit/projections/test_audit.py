"""The audit trail, and what is recorded about a person; over archives with keys, because the trail names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import Raw
from support.archives import Made, batch, new_archive, statement
from support.council import key, stream
from support.demo import demo_archive

from archive.errors import InputError
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.stream import canonical
from projections.audit import Audit, audit
from projections.audit_text import audit_text
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from archive.archive import Archive
    from domain.stream import Statement

ANNA, BERTA = key(901), key(902)
P, M = stream("proposal"), stream("meeting")
ITEM, BALLOT = key(81), key(82)
SOURCE = (x.Source(grade=v.Grade.COPY, citation="Niederschrift", locator="TOP 8"),)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """The demo register, open."""
    with demo_archive(tmp_path_factory.mktemp("demo")).open() as archive:
        yield archive


CALLED = statement(M, e.MeetingConvened(body=stream("body"), organs=(stream("organ"),), starts_at="2021-12-08"))


def known(person: str, name: str) -> Statement:
    return statement(f"person:{person}", e.PersonKnown(name=name))


def proposal(reasons: str) -> Statement:
    event = e.ProposalRegistered(
        body=stream("body"),
        kind=v.ProposalKind.MOTION,
        version=1,
        reference="0640",
        subject="Radwege",
        submitters=(x.Party(person=ANNA, office="Kreisrätin"), x.Party(person=BERTA)),
        reasons=reasons,
    )
    return statement(P, event, sources=SOURCE)


def ballot() -> Statement:
    votes = (x.Vote(person=ANNA, choice=v.Choice.NO), x.Vote(person=BERTA, choice=v.Choice.YES))
    return statement(M, e.BallotHeld(ballot=BALLOT, item=ITEM, method=v.BallotMethod.ROLL_CALL, votes=votes))


def made(folder: Path, *statements: Statement) -> Made:
    here = new_archive(folder)
    with here.open() as archive:
        archive.record(batch(*statements), signer=here.signer())
    return here


def of(here: Made, **options: str) -> Audit:
    with here.open() as archive:
        return audit(archive, with_blocked=False, **options)


def mentions(answer: Audit) -> list[tuple[str, str]]:
    return [(one.category, one.says) for line in answer.entries for one in line.mentions]


# -- the trail ------------------------------------------------------------------------------------


def test_trail_names_recorder_role_key_command_file_and_source(tmp_path: Path) -> None:
    here = made(tmp_path, proposal("-"))
    answer = of(here)
    assert [line.position for line in answer.entries] == [1, 2, 3, 4, 5]
    line = answer.entries[-1]
    with here.open() as archive:
        (record,) = archive.history(P)
        digest = here.signer().certificate_digest
    assert (line.event, line.type, line.label) == (f"{P}#1", "proposal-registered/1", "Vorlage eingebracht")
    assert (line.person, line.role, line.key, line.txn) == (here.person, "clerk", digest, record.txn)
    assert line.recorded_at == "2026-11-23T10:33:20Z"
    assert [(one.grade, one.citation, one.locator) for one in line.sources] == [("copy", "Niederschrift", "TOP 8")]
    assert answer.entries[0].recorded_by == "root key"


def test_by_type_and_time_narrow(tmp_path: Path) -> None:
    here = made(tmp_path, known(ANNA, "Anna Ahorn"), proposal("-"))
    assert [line.type for line in of(here, type_name="person-known").entries] == ["person-known/1"]
    assert [line.type for line in of(here, type_name="person-known/1").entries] == ["person-known/1"]
    assert {line.role for line in of(here, by=here.person).entries} == {"registrar", "clerk"}
    assert of(here, by=ANNA).entries == ()
    assert of(here, date_to="2026-11-22").entries == ()
    assert len(of(here, date_from="2026-11-23", date_to="2026-11").entries) == 6
    assert of(here, date_from="2026-11-23T11:33:21+01:00").entries == ()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"type_name": "ballot-hold"}, 'type: found "ballot-hold", expected one of register-opened/1, '),
        ({"date_from": "heute"}, 'from: found "heute", expected a date'),
        ({"date_to": "2021-02-29"}, 'to: found "2021-02-29", expected a date'),
        ({"date_from": "2027", "date_to": "2026"}, "from: found 2027, which is after the end"),
        ({"about": "Cäsar"}, 'about: found "Cäsar", which is the name or office of no person on record'),
        ({"by": key(999)}, f'by: found "{key(999)}", but no person of this key is recorded'),
    ],
)
def test_what_cannot_be_asked_is_refused(tmp_path: Path, options: dict[str, str], says: str) -> None:
    with pytest.raises(InputError) as refused:
        of(made(tmp_path, known(ANNA, "Anna Ahorn")), **options)
    assert refused.value.message.startswith(says)


def test_names_that_several_bear_or_that_are_nearly_right_list_the_candidates(tmp_path: Path) -> None:
    here = made(tmp_path, known(ANNA, "Anna Ahorn"), known(BERTA, "Anna Ahorn"))
    for name, message in (("anna  AHORN", "which 2 persons are called"), ("Ahorn", "no person on record")):
        with pytest.raises(InputError) as refused:
            of(here, about=name)
        assert message in refused.value.message
        assert refused.value.hint is not None
        assert all(f"person:{person}" in refused.value.hint for person in (ANNA, BERTA))


# -- about a person -------------------------------------------------------------------------------


def test_everything_that_names_the_key_is_about_the_person_and_nobody_else_is_told(tmp_path: Path) -> None:
    here = made(tmp_path, known(ANNA, "Anna Ahorn"), known(BERTA, "Berta Buche"), proposal("-"), CALLED, ballot())
    answer = of(here, about="Anna Ahorn")
    assert mentions(answer) == [("person", "Anna Ahorn"), ("submitter", "Kreisrätin"), ("vote", "no")]
    assert "Berta" not in audit_text(answer)
    assert answer.about is not None
    assert answer.about.categories == {"person": 1, "submitter": 1, "vote": 1}


def test_correction_note_and_release_of_such_an_event_are_about_the_person_too(tmp_path: Path) -> None:
    here = made(tmp_path, known(ANNA, "Anna Ahorn"), CALLED, ballot())
    with here.open() as archive:
        correction = e.RecordCorrected(
            target=2,
            path="/data/votes/0/choice",
            old=Raw(canonical("no")),
            new=Raw(canonical("yes")),
            kind=v.CorrectionKind.CLERICAL,
            reason="Übertragungsfehler",
        )
        note = e.DiscrepancyNoted(
            code="VOTE_DOUBTED",
            status=v.DiscrepancyStatus.OPEN,
            facts=(x.FactReference(event=f"{M}#2", path="/data/votes"),),
        )
        archive.record(batch(statement(M, correction), statement(M, note)), signer=here.signer())
    answer = of(here, about=ANNA)
    assert mentions(answer)[2:] == [
        ("correction", f"of {M}#2, /data/votes/0/choice"),
        ("note", f"{M}#2 /data/votes"),
    ]


def test_names_in_texts_are_given_apart(tmp_path: Path) -> None:
    here = made(
        tmp_path, known(ANNA, "Dr. Anna Ahorn"), proposal("Wie Frau AHORNS Antrag; die Ahornallee bleibt."), CALLED
    )
    answer = of(here, about=ANNA)
    assert [(one.category, one.path) for line in answer.maybe for one in line.mentions] == [("surname", "/reasons")]
    assert "Wie Frau AHORNS Antrag" in answer.maybe[0].mentions[0].says
    assert "MAY BE ABOUT: 1 EVENT WHOSE TEXTS HOLD THE NAME" in audit_text(answer)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Frau Anna Ahorn fragt nach.", "full_name"),
        ("Ahorn, Anna", "full_name"),
        ("Herrn Ahorns Antrag", "surname"),
        ("die Ahornallee", None),
        ("Anna fragt nach.", None),
    ],
)
def test_name_counts_as_a_word_in_either_order_and_in_the_genitive(
    tmp_path: Path, text: str, category: str | None
) -> None:
    answer = of(made(tmp_path, known(ANNA, "Anna Ahorn"), proposal(text)), about=ANNA)
    found = [one.category for line in answer.maybe for one in line.mentions]
    assert found == ([category] if category is not None else [])


def test_recorder_is_told_what_was_recorded_and_which_key_was_admitted(tmp_path: Path) -> None:
    here = made(tmp_path, proposal("-"))
    answer = of(here, about=here.person)
    assert [(line.type, one.category) for line in answer.entries for one in line.mentions] == [
        ("signer-enrolled/1", "key")
    ]
    assert answer.about is not None
    assert answer.about.recorder is not None
    assert (answer.about.recorder.events, answer.about.recorder.roles) == (3, {"clerk": 1, "registrar": 2})
    assert answer.about.name_state is Knowledge.NOT_MENTIONED


def test_blocked_events_are_counted_and_said_not_to_be_contained(tmp_path: Path) -> None:
    vote = statement(
        M,
        e.BallotHeld(ballot=BALLOT, method=v.BallotMethod.ROLL_CALL, votes=(x.Vote(person=ANNA, choice=v.Choice.YES),)),
        visibility=v.Visibility.BLOCKED,
    )
    here = made(tmp_path, known(ANNA, "Anna Ahorn"), CALLED, vote)
    answer = of(here, about=ANNA)
    assert (mentions(answer), answer.blocked) == ([("person", "Anna Ahorn")], 1)
    assert "1 blocked event, not looked through (gesperrt); `--with-blocked` does" in " ".join(
        audit_text(answer).split()
    )
    with here.open() as archive:
        assert ("vote", "yes") in mentions(audit(archive, about=ANNA, with_blocked=True))


# -- the demo register ----------------------------------------------------------------------------


def test_trail_of_the_demo_register_is_whole_and_keeps_to_its_width(demo: Archive) -> None:
    answer = audit(demo)
    assert [line.position for line in answer.entries] == list(range(1, demo.size + 1))
    keys = {line.key for line in answer.entries}
    assert len(keys) == 2  # the root key's and the clerk's
    assert max(map(len, audit_text(answer).splitlines())) <= 80


def test_about_a_member_of_the_demo_register(demo: Archive) -> None:
    answer = audit(demo, about="Ida Kiefer")
    assert answer.about is not None
    assert answer.about.categories == {"attendance": 2, "candidate": 2, "membership": 4, "person": 1, "vote": 1}
    text = audit_text(answer)
    assert "membership: member, voting, begins 15.06.2019, Fraktion C" in text
    assert "attendance: absent, not excused" in text
    assert "- texts inside documents" in text
    assert not any(other in text for other in ("Linde", "Ahorn", "Buche", "Esche"))
