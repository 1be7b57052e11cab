"""What `show` says: in what way each value is known, what a reference means, and what cannot be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace
from support.archives import busy_archive
from support.council import key, on, statement, stream
from support.memory import MemoryArchive
from support.rules import MUSTERKREIS

from archive.errors import InputError
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.values import WITHHELD
from projections.account import show
from projections.shapes import Account, Field, Knowledge
from projections.text import account_text

if TYPE_CHECKING:
    from support.archives import Busy

P, M, B, ORGAN = stream("proposal"), stream("meeting"), stream("body"), stream("organ")


def registered(**fields: object) -> e.ProposalRegistered:
    given = {"body": B, "kind": v.ProposalKind.RESOLUTION_PROPOSAL, "version": 1, **fields}
    return e.ProposalRegistered(**given)  # type: ignore[arg-type]  # what a test gives


def archive_with(*events: e.Event, at: str = "2021-11-23", target: str = P) -> MemoryArchive:
    archive = MemoryArchive()
    for event in events:
        archive.add(statement(target, event, occurred=on(at)))
    return archive


def field(fields: tuple[Field, ...], name: str) -> Knowledge:
    return next(one.known.state for one in fields if one.name == name)


# -- the kinds of nothing -------------------------------------------------------------------------


def test_stated_blank_none_and_not_mentioned_are_told_apart() -> None:
    account = show(
        archive_with(
            registered(
                reference="0640",
                document_date=None,
                product_account=None,
                financial_impact=v.FinancialImpact.NONE,
                financial_impact_literal="keine",
            )
        ).archive(),
        P,
    )
    assert field(account.head, "reference") is Knowledge.STATED
    assert field(account.head, "document_date") is Knowledge.LEFT_BLANK
    assert field(account.body, "product_account") is Knowledge.LEFT_BLANK
    assert field(account.body, "financial_impact") is Knowledge.STATED_AS_NONE
    assert field(account.body, "reasons") is Knowledge.NOT_MENTIONED
    text = account_text(account)
    assert "Finanz. Auswirkungen  keine (stated as none)" in text
    assert "left blank            Produktsachkonto" in text
    assert "date left blank" in text


def test_blank_cell_of_the_vote_form_is_no_zero() -> None:
    form = x.VoteForm(entitled=None, yes=0, no=None)
    account = show(archive_with(registered(vote_form=form)).archive(), P)
    states = {cell.name: cell.known.state for cell in account.vote_form}
    assert states == {
        "entitled": Knowledge.LEFT_BLANK,
        "yes": Knowledge.STATED,
        "no": Knowledge.LEFT_BLANK,
        "abstain": Knowledge.NOT_MENTIONED,
    }
    cells = "Stimmberechtigte left blank; dafür 0; dagegen left blank; Enthaltungen not mentioned"
    assert cells in " ".join(account_text(account).split())


def test_withheld_field_is_neither_missing_nor_erased() -> None:
    archive = MemoryArchive()
    first = archive.add(statement(P, registered(reasons="geheim", subject="Radwege"), occurred=on("2021-11-23")))
    archive.records[0] = replace(first, event=replace(first.event, reasons=WITHHELD))
    account = show(archive.archive(), P)
    assert field(account.body, "reasons") is Knowledge.WITHHELD
    assert "Begründung            withheld" in account_text(account)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Busy:
    return busy_archive(tmp_path_factory.mktemp("busy"))


def test_erased_field_names_the_event_that_erased_it(busy: Busy) -> None:
    with busy.made.open() as archive:
        account = show(archive, busy.proposal)
    version = account.versions[0]
    assert [(one.name, one.known.state) for one in version.hidden] == [("reasons", Knowledge.ERASED)]
    assert version.hidden[0].known.erased_by == f"register:{busy.register}#6"
    assert "Begründung erased (by register" in " ".join(account_text(account).split())


def test_erased_field_stays_erased_for_every_past_moment(busy: Busy) -> None:
    with busy.made.open() as archive:
        account = show(archive, busy.proposal, as_recorded="2026-11-23T10:34:30Z")
    assert account.horizon.position < account.horizon.size
    assert field(account.body, "reasons") is Knowledge.ERASED


def test_correction_counts_only_from_where_it_was_recorded(busy: Busy) -> None:
    with busy.made.open() as archive:
        now, then = show(archive, busy.proposal), show(archive, busy.proposal, as_recorded="2026-11-23T10:35:20Z")
    assert account_text(now).splitlines()[2].startswith("Vorlage 0012a ")
    assert account_text(then).splitlines()[2].startswith("Vorlage 0012 ")
    corrected = next(one for one in now.events if one.event == f"{busy.proposal}#1")
    assert corrected.corrected_by == (f"{busy.proposal}#4",)


# -- versions and annexes -------------------------------------------------------------------------


def test_version_known_of_only_by_a_later_number_is_not_held() -> None:
    later = e.ProposalRevised(version=1_000_000, mode=v.RevisionMode.FULL)
    account = show(archive_with(registered(version=2), later).archive(), P)
    assert [(line.number.value, line.last, line.state) for line in account.versions] == [
        (1, None, Knowledge.NOT_HELD),
        (2, None, Knowledge.STATED),
        (3, 999_999, Knowledge.NOT_HELD),
        (1_000_000, None, Knowledge.STATED),
    ]
    text = account_text(account)
    assert "version 1             not held; known of only by the number of a later one" in text
    assert "versions 3 to 999999  not held; known of only by the number of a later one" in text


def test_annex_not_held_is_said_so_with_its_title() -> None:
    annex = e.DocumentAttached(label="Anlage 1", held=False, document=x.Document(held=False, title="Konzept"))
    account = show(archive_with(registered(), annex).archive(), P)
    assert account.annexes[0].document.state is Knowledge.NOT_HELD
    assert "Anlage 1              not held: Konzept" in account_text(account)


def test_printed_name_is_shown_as_no_signature() -> None:
    signatory = x.Signatory(form=v.SignatureForm.PRINTED_NAME, literal="Der Landrat", office=None)
    account = show(archive_with(registered(signatories=(signatory,))).archive(), P)
    assert "Der Landrat: printed name, no signature, office left blank" in account_text(account, width=100)


# -- ballots and the check ------------------------------------------------------------------------


def council(*, read: bool = True, tally: x.Tally | None = None, declared: v.Declared = v.Declared.FAILED) -> Account:
    """Give the account of a proposal that a council with the rules of Musterkreis voted on."""
    archive = MemoryArchive()
    rules = tuple(replace(one, read=read) for one in MUSTERKREIS)
    for target, event in (
        (B, e.BodyRegistered(name="Musterkreis", kind=v.BodyKind.LANDKREIS)),
        (B, e.RuleSetAdopted(name="GO", valid_from="2020-01-01", rules=rules)),
        (ORGAN, e.OrganRegistered(body=B, name="Kreistag", kind=v.OrganKind.COUNCIL)),
        (P, registered(reference="0640", document_date="2021-11-23")),
        (M, e.MeetingConvened(body=B, organs=(ORGAN,), starts_at="2021-12-08")),
        (
            M,
            e.BallotHeld(
                ballot=key(7),
                target=x.BallotTarget(proposal=P),
                method=v.BallotMethod.SHOW_OF_HANDS,
                tally=tally or x.Tally(yes=24, no=23, abstain=0),
                declared=declared,
            ),
        ),
        (M, e.OutcomeDeclared(proposal=P, outcome=v.Outcome.REJECTED, ballots=(key(7),))),
    ):
        archive.add(statement(target, event, occurred=on("2021-12-08")))
    return show(archive.archive(), "0640")


def test_check_stands_beside_the_declared_result_and_contradicts_it() -> None:
    account = council()
    (line,) = account.consultations
    (ballot,) = line.ballots
    assert ballot.declared.value == "failed"
    assert ballot.checks[0].verdict == "contradicts"
    assert ballot.checks[0].computation[0] == "counted: yes 24, no 23, abstentions 0"
    assert all(rule.citation for rule in ballot.checks[0].rules)
    text = account_text(account)
    assert "Rechenprobe: contradicts: failed was declared, but from the count follows" in text
    assert "outcome: rejected" in text


def test_check_on_rules_that_were_not_read_gives_no_verdict() -> None:
    (ballot,) = council(read=False).consultations[0].ballots
    assert (ballot.checks[0].verdict, ballot.checks[0].reason) == ("not_decidable", "rule_unchecked")


def test_outcome_without_a_ballot_has_no_count_to_check() -> None:
    archive = archive_with(registered(reference="0640"))
    archive.add(statement(M, e.MeetingConvened(body=B, organs=(ORGAN,), starts_at="2021-12-08")))
    archive.add(statement(M, e.OutcomeDeclared(proposal=P, outcome=v.Outcome.ADOPTED), occurred=on("2021-12-08")))
    (line,) = show(archive.archive(), "0640").consultations
    assert line.checks_missing is not None
    assert (line.checks_missing.verdict, line.checks_missing.reason) == ("not_decidable", "no_count")


def test_text_before_an_organ_is_inferred_from_dates_and_not_held_where_none_is_early_enough() -> None:
    account = council()
    assert account.consultations[0].text.state is Knowledge.INFERRED
    assert account.consultations[0].text.value == 1
    archive = archive_with(registered(reference="0640", document_date="2021-12-09"), at="2021-12-09")
    archive.add(statement(M, e.MeetingConvened(body=B, organs=(ORGAN,), starts_at="2021-12-08")))
    archive.add(statement(M, e.OutcomeDeclared(proposal=P, outcome=v.Outcome.ADOPTED), occurred=on("2021-12-08")))
    (line,) = show(archive.archive(), "0640").consultations
    assert line.text.state is Knowledge.NOT_HELD


# -- references -----------------------------------------------------------------------------------


def twins() -> MemoryArchive:
    archive = MemoryArchive()
    for number, (subject, date) in enumerate([("Radwege im Norden", "2021-11-23"), ("Kita", "2019-02-01")], start=1):
        event = registered(reference="0640", subject=subject, document_date=date)
        archive.add(statement(stream("proposal", number), event, occurred=on(date)))
    return archive


def test_ambiguous_number_lists_candidates_with_subject_and_date() -> None:
    with pytest.raises(InputError) as caught:
        show(twins().archive(), "0640")
    assert caught.value.message == 'found "0640", which 2 things bear as their number; expected one'
    assert caught.value.hint == (
        "one of these may be meant:\n"
        f"{stream('proposal', 1)}  Vorlage 0640: Radwege im Norden (23.11.2021)\n"
        f"{stream('proposal', 2)}  Vorlage 0640: Kita (01.02.2019)"
    )


def test_ambiguous_look_up_lists_candidates_too() -> None:
    with pytest.raises(InputError) as caught:
        show(twins().archive(), "proposal:{reference=0640}")
    assert caught.value.message.startswith('found "proposal:{reference=0640}", which matches 2: ')
    assert caught.value.hint is not None
    assert "Kita (01.02.2019)" in caught.value.hint


def test_unknown_number_names_what_is_near() -> None:
    with pytest.raises(InputError) as caught:
        show(archive_with(registered(reference="0640", subject="Radwege")).archive(), "0641")
    assert caught.value.message == (
        'found "0641", which is no Vorlagen-Nr. or Beschluss-Nr. on record, no stream, event or look-up'
    )
    assert caught.value.hint == f"one of these may be meant:\n{P}  Vorlage 0640: Radwege (23.11.2021)"


def test_unknown_number_with_nothing_near_points_to_the_list() -> None:
    with pytest.raises(InputError) as caught:
        show(archive_with(registered(reference="0640")).archive(), "Haushaltssatzung")
    assert caught.value.hint == "`ratsbuch list` shows what is recorded"


def test_words_of_the_subject_find_what_may_be_meant() -> None:
    with pytest.raises(InputError) as caught:
        show(twins().archive(), "radwege")
    assert caught.value.hint is not None
    assert "Radwege im Norden" in caught.value.hint
    assert "Kita" not in caught.value.hint


def test_number_recorded_only_later_says_from_when() -> None:
    archive = archive_with(e.BodyRegistered(name="Musterkreis", kind=v.BodyKind.LANDKREIS), target=B)
    archive.add(statement(P, registered(reference="0640")))
    with pytest.raises(InputError) as caught:
        show(archive.archive(), "0640", as_recorded="2026-11-23T10:34:50Z")
    assert caught.value.message == 'found "0640", but nothing was recorded of it by then'
    assert caught.value.hint == "its first event was recorded at 2026-11-23T10:35:20Z, at position 2"


def test_stream_that_is_not_recorded_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        show(archive_with(registered()).archive(), stream("meeting", 9))
    assert caught.value.message == f'found "{stream("meeting", 9)}", but nothing is recorded of it'


def test_event_is_shown_in_its_stream_and_one_beyond_the_end_is_refused() -> None:
    archive = archive_with(registered(reference="0640")).archive()
    account = show(archive, "0640#1")
    assert (account.stream, account.focus) == (P, f"{P}#1")
    with pytest.raises(InputError) as caught:
        show(archive, f"{P}#2")
    assert caught.value.message == f'found "{P}#2", but Vorlage 0640 has 1 event'


# -- by when it happened --------------------------------------------------------------------------


def test_fact_of_unknown_date_is_given_apart_and_never_in_the_account() -> None:
    archive = archive_with(registered(reference="0640"))
    archive.add(statement(P, e.DocumentAttached(label="Anlage 9", held=False, document=x.Document(held=False))))
    account = show(archive.archive(), "0640", as_of="2021-12-08")
    assert account.annexes == ()
    assert [(line.event, line.why) for line in account.apart] == [(f"{P}#2", "undated")]
    text = account_text(account)
    assert "NEITHER IN NOR OUT AS OF 08.12.2021" in text
    assert "date unknown: Anlage beigefügt: Anlage 9, document (title not" in text
    assert show(archive.archive(), "0640").annexes != ()


def test_later_facts_are_counted_and_the_first_is_named() -> None:
    account = show(
        archive_with(registered(reference="0640"), e.ProposalWithdrawn(reason="erledigt")).archive(),
        "0640",
        as_of="2021-11-22",
    )
    assert account.state is None
    assert account.later == 2
    assert account.later_first is not None
    assert account.later_first.startswith("23.11.2021 Vorlage eingebracht: Vorlage 0640")


def test_proposal_as_of_a_day_before_it_says_nothing_of_later_texts() -> None:
    archive = archive_with(registered(reference="0640", operative_text="Später beschlossen."))
    text = account_text(show(archive.archive(), "0640", as_of="2020-01-01"))
    assert "Später beschlossen" not in text
    assert text.splitlines()[2:4] == ["Vorlage 0640", "nothing of it is recorded to have happened by then"]


# -- the frame ------------------------------------------------------------------------------------


@pytest.fixture
def example() -> MemoryArchive:
    archive = MemoryArchive(example=True)
    archive.add(statement(P, registered(reference="0640"), occurred=on("2021-11-23")))
    return archive


def test_example_register_says_so_in_the_head(example: MemoryArchive) -> None:
    first = account_text(show(example.archive(), "0640")).splitlines()[0]
    assert first.startswith("BEISPIEL (kein amtlicher Bestand): Musterkreis")


def test_account_is_plain_json_with_its_format(example: MemoryArchive) -> None:
    tree = msgspec.json.decode(msgspec.json.encode(show(example.archive(), "0640")))
    assert tree["format"] == "ratsbuch-show/1"
    assert tree["register"]["example"] is True
    told = {one["event"]: one for one in tree["events"]}
    assert told[f"{P}#1"]["position"] == 1
    assert told[f"{P}#1"]["visibility"] == "public"


def test_every_event_named_in_an_account_is_told_of() -> None:
    account = council()
    told = {one.event for one in account.events}
    named = {one.known.event for one in (*account.head, *account.body) if one.known.event is not None}
    named |= {ballot.event for line in account.consultations for ballot in line.ballots}
    named |= {event for finding in account.findings for event in finding.events}
    assert named
    assert named <= told


def test_visibility_is_told_as_recorded_and_as_changed() -> None:
    archive = MemoryArchive()
    archive.add(statement(P, registered(reference="0640"), visibility=v.Visibility.NON_PUBLIC))
    register = f"register:{key(9_999)}"
    event = e.VisibilityChanged(
        target=P, was=v.Visibility.NON_PUBLIC, becomes=v.Visibility.PUBLIC, legal_basis="§ 9 Hauptsatzung"
    )
    archive.add(statement(register, event), role=v.Role.REGISTRAR)
    told = next(one for one in show(archive.archive(), "0640").events if one.event == f"{P}#1")
    assert (told.visibility_recorded, told.visibility) == ("non_public", "public")
