"""What is blocked is left out unless it is asked for, and what was erased to its log entry is not denied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import Raw
from support.archives import batch, new_archive
from support.archives import statement as recorded
from support.council import key, on, statement, stream
from support.memory import MemoryArchive

from archive.errors import InputError
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.stream import canonical
from projections.account import history, listing, show
from projections.listing_text import listing_text
from projections.text import account_text, history_text

if TYPE_CHECKING:
    from pathlib import Path

P, B, M = stream("proposal"), stream("body"), stream("meeting")
REGISTER = f"register:{key(9_999)}"
SECRET = "Nur für das Archiv"


def registered(reference: str = "0640", subject: str = "Radwege") -> e.ProposalRegistered:
    return e.ProposalRegistered(
        body=B, kind=v.ProposalKind.RESOLUTION_PROPOSAL, version=1, reference=reference, subject=subject
    )


def changed(target: str, was: v.Visibility, becomes: v.Visibility) -> e.VisibilityChanged:
    return e.VisibilityChanged(target=target, was=was, becomes=becomes, legal_basis="§ 9 Hauptsatzung")


def correction(target: int, old: object, new: object) -> e.RecordCorrected:
    return e.RecordCorrected(
        target=target,
        path="/data/reason",
        old=Raw(canonical(old)),
        new=Raw(canonical(new)),
        kind=v.CorrectionKind.CLERICAL,
        reason="Schreibfehler",
    )


@pytest.fixture
def archive() -> MemoryArchive:
    made = MemoryArchive()
    made.add(statement(P, registered(), occurred=on("2021-11-23")))
    made.add(
        statement(P, e.ProposalWithdrawn(reason=SECRET), occurred=on("2021-12-01"), visibility=v.Visibility.BLOCKED)
    )
    return made


def every_text(archive: MemoryArchive, *, with_blocked: bool = False) -> list[str]:
    reader = archive.archive()
    return [
        account_text(show(reader, P, with_blocked=with_blocked)),
        history_text(history(reader, P, with_blocked=with_blocked)),
        listing_text(listing(reader, with_blocked=with_blocked)),
    ]


def test_blocked_event_is_left_out_and_counted(archive: MemoryArchive) -> None:
    for text in every_text(archive):
        assert SECRET not in text
        assert "withdrawn" not in text
        assert "1 blocked event not shown (gesperrt)" in text
    assert show(archive.archive(), P).state == "registered"


def test_blocked_event_is_shown_on_the_explicit_option_and_marked(archive: MemoryArchive) -> None:
    account, told, listed = every_text(archive, with_blocked=True)
    assert SECRET in account
    assert SECRET in told
    assert "gesperrt" in told
    assert "withdrawn" in listed
    assert "not shown" not in account + told + listed


def test_correction_of_a_blocked_event_is_left_out_with_it(archive: MemoryArchive) -> None:
    archive.add(statement(P, correction(2, SECRET, f"{SECRET} 2"), occurred=on("2021-12-02")))
    for text in every_text(archive):
        assert SECRET not in text
        assert "2 blocked events not shown (gesperrt)" in text


def test_event_blocked_later_is_left_out_for_every_past_moment_too() -> None:
    archive = MemoryArchive()
    archive.add(statement(P, registered(subject=SECRET), occurred=on("2021-11-23")))
    archive.add(statement(REGISTER, changed(P, v.Visibility.PUBLIC, v.Visibility.BLOCKED)), role=v.Role.REGISTRAR)
    account = show(archive.archive(), P, as_recorded="2026-11-23T10:35:00Z")
    assert SECRET not in account_text(account)
    assert (account.title, account.blocked, account.is_empty) == (f"Vorlage {key(1)} (blocked)", 1, False)
    assert listing(archive.archive()).rows == ()
    assert "1 blocked event not shown (gesperrt)" in listing_text(listing(archive.archive()))


def test_event_released_is_shown(archive: MemoryArchive) -> None:
    archive.add(statement(REGISTER, changed(f"{P}#2", v.Visibility.BLOCKED, v.Visibility.PUBLIC)))
    assert show(archive.archive(), P).state == "withdrawn"
    assert all("not shown" not in text for text in every_text(archive))


def test_blocked_event_of_another_stream_is_counted_where_it_would_stand(archive: MemoryArchive) -> None:
    archive.add(statement(M, e.MeetingConvened(body=B, organs=(stream("organ"),), starts_at="2021-12-08")))
    outcome = e.OutcomeDeclared(proposal=P, outcome=v.Outcome.ADOPTED, outcome_literal=SECRET)
    archive.add(statement(M, outcome, visibility=v.Visibility.BLOCKED))
    assert show(archive.archive(), P).blocked == 2
    assert history(archive.archive(), P).blocked == 2
    assert show(archive.archive(), M).blocked == 1
    assert all(SECRET not in text for text in every_text(archive))


def test_what_only_seems_missing_because_it_is_blocked_is_no_finding() -> None:
    archive = MemoryArchive()
    archive.add(statement(M, e.MeetingConvened(body=B, organs=(), starts_at="2021-12-08")))
    item = x.AgendaItem(item=key(10), order=0, publicity=v.Publicity.NON_PUBLIC)
    agenda = e.AgendaSet(version=1, stage=v.AgendaStage.INVITATION, part=v.Part.WHOLE, items=(item,))
    archive.add(statement(M, agenda, visibility=v.Visibility.BLOCKED))
    archive.add(statement(M, e.ItemCalled(item=key(10), publicity=v.Publicity.NON_PUBLIC)))
    whole = {one.code for one in show(archive.archive(), M, with_blocked=True).findings}
    assert {one.code for one in show(archive.archive(), M).findings} == whole


def test_blocked_event_asked_for_by_its_id_is_not_denied(archive: MemoryArchive) -> None:
    account = show(archive.archive(), f"{P}#2")
    assert account.focus == f"{P}#2"
    assert SECRET not in account_text(account)
    with pytest.raises(InputError) as caught:
        show(archive.archive(), f"{P}#3")
    assert caught.value.message == f'found "{P}#3", but Vorlage 0640: Radwege has 2 events'


# -- look-ups ------------------------------------------------------------------------------------


def refused(archive: MemoryArchive, ref: str, **more: str) -> tuple[str, str | None]:
    with pytest.raises(InputError) as caught:
        show(archive.archive(), ref, **more)  # type: ignore[arg-type]  # as a test gives them
    return caught.value.message.replace(ref, "REF").replace(ref.replace('"', '\\"'), "REF"), caught.value.hint


def test_number_of_a_blocked_proposal_is_answered_as_one_that_nothing_bears() -> None:
    archive = MemoryArchive()
    archive.add(statement(P, registered("77/2024"), visibility=v.Visibility.BLOCKED))
    for form in ("{}", "proposal:{{reference={}}}"):
        assert refused(archive, form.format("77/2024")) == refused(archive, form.format("78/2024"))
        assert show(archive.archive(), form.format("77/2024"), with_blocked=True).stream == P


def test_number_from_a_blocked_revision_does_not_lead_to_its_proposal(archive: MemoryArchive) -> None:
    revised = e.ProposalRevised(version=2, mode=v.RevisionMode.FULL, reference="0640-Quitte")
    archive.add(statement(P, revised, visibility=v.Visibility.BLOCKED))
    archive.add(statement(P, e.ProposalRevised(version=3, mode=v.RevisionMode.FULL, reference="0640-1")))
    assert refused(archive, "0640-Quitte") == refused(archive, "0640-Quarks")
    assert show(archive.archive(), "0640-Quitte", with_blocked=True).stream == P
    assert show(archive.archive(), "0640-1").stream == P
    assert show(archive.archive(), "0640").stream == P


def test_number_that_only_a_blocked_correction_gives_is_none(archive: MemoryArchive) -> None:
    event = e.RecordCorrected(
        target=1,
        path="/data/reference",
        old=Raw(canonical("0640")),
        new=Raw(canonical("0999")),
        kind=v.CorrectionKind.CLERICAL,
        reason="Schreibfehler",
    )
    archive.add(statement(P, event, visibility=v.Visibility.BLOCKED))
    assert refused(archive, "0999") == refused(archive, "0998")


def test_name_that_is_blocked_finds_nothing_by_itself_nor_what_goes_by_it(tmp_path: Path) -> None:
    """A meeting that everybody may see is not found by the blocked name of its organ."""
    made = new_archive(tmp_path)
    person = f"person:{made.means.uuid4()}"
    organ, meeting = f"organ:{made.means.uuid7()}", f"meeting:{made.means.uuid7()}"
    with made.open() as archive:
        body = archive.streams("body")[0]
        named = e.OrganRegistered(body=body, name="Beirat", kind=v.OrganKind.ADVISORY_COMMITTEE)
        archive.record(
            batch(
                recorded(person, e.PersonKnown(name="Anna Ahorn"), visibility=v.Visibility.BLOCKED),
                recorded(organ, named, visibility=v.Visibility.BLOCKED),
                recorded(meeting, e.MeetingConvened(body=body, organs=(organ,), starts_at="2021-12-08")),
            ),
            signer=made.signer(),
        )
        for ref, stream_of_it in (
            ("person:{name=Anna Ahorn}", person),
            ("organ:{name=Beirat}", organ),
            ("meeting:{organ=Beirat, on=2021-12-08}", meeting),
        ):
            with pytest.raises(InputError, match="which matches nothing recorded"):
                show(archive, ref)
            assert show(archive, ref, with_blocked=True).stream == stream_of_it
        assert show(archive, f"meeting:{{organ={organ}, on=2021-12-08}}").stream == meeting
        assert show(archive, person).title.endswith("(blocked)")
        with pytest.raises(InputError) as caught:
            listing(archive, organ="Beirat")
        assert caught.value.message == 'organ: found "Beirat", expected one of none recorded'


# -- erased tokens --------------------------------------------------------------------------------


@pytest.fixture
def erased() -> MemoryArchive:
    made = MemoryArchive()
    gone = made.add(statement(P, registered(), occurred=on("2021-11-23")))
    made.add(statement(stream("proposal", 2), registered("0641"), occurred=on("2021-11-23")))
    target = x.ErasureTarget(kind=v.ErasureKind.TOKEN, event=gone.id)
    made.add(statement(REGISTER, e.ContentErased(targets=(target,), legal_ground="Art. 17 DSGVO")))
    made.records.remove(gone)
    return made


def test_stream_whose_only_token_was_erased_is_told_of_with_what_erased_it_and_when(erased: MemoryArchive) -> None:
    account = show(erased.archive(), P)
    assert account.title == f"Vorlage {key(1)} (token erased)"
    assert [(one.event, one.erased_by, one.erased_at) for one in account.erasures] == [
        (f"{P}#1", f"{REGISTER}#1", "2026-11-23T10:36:20Z")
    ]
    said = "1 event, token erased by register …009999#1 on 23.11.2026"
    text = account_text(account)
    assert said in text
    assert "nothing of it" not in text
    told = " ".join(history_text(history(erased.archive(), P)).split())
    assert "event 1: Eintrag gelöscht: erased down to its log entry by register …009999#1 on 23.11.2026" in told


def test_stream_erased_since_is_not_denied_for_a_moment_before_it(erased: MemoryArchive) -> None:
    with pytest.raises(InputError) as caught:
        show(erased.archive(), P, as_recorded="2026-11-23T10:35:30Z")
    assert caught.value.message == f'found "{P}", but nothing was recorded of it by then'
    assert caught.value.hint == "its token was erased since"


def test_list_counts_streams_of_which_nothing_is_left_apart(erased: MemoryArchive) -> None:
    listed = listing(erased.archive())
    assert [row.number.value for row in listed.rows] == ["0641"]
    assert [line.event for line in listed.erased] == [f"{P}#1"]
    text = " ".join(listing_text(listed).split())
    assert f"besides, 1 proposal of which nothing is left: {P} 1 event, token erased" in text
    assert "1 event, token erased by register …009999#1 on 23.11.2026" in text
    assert listing(erased.archive(), kind="organ").erased == ()
