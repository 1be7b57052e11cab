"""The demo register read: the questions of the project with the answers it gives, and time travel over all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from support.demo import demo_archive, demo_steps

from archive.archive import Archive
from archive.errors import InputError
from domain.values import STREAM_KINDS
from projections.account import history, listing, show
from projections.listing_text import listing_text
from projections.shapes import Account, ConsultationLine, Knowledge
from projections.text import account_text, display_width, history_text
from projections.timetravel import moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with demo_archive(tmp_path_factory.mktemp("demo")).open() as archive:
        yield archive


def words(account: Account) -> str:
    return " ".join(account_text(account).split())


def step(account: Account, organ: str) -> ConsultationLine:
    return next(line for line in account.consultations if line.organ.text == organ)


COMMITTEE = "Ausschuss für Familie, Bildung, Gesundheit und Soziales (Erzgebirgskreis)"


# -- scene 1 --------------------------------------------------------------------------------------


def test_0640_on_one_screen_says_what_is_proved_inferred_and_not_held(demo: Archive) -> None:
    account = show(demo, "0640")
    text = account_text(account)
    lines = text.splitlines()
    assert len(lines) <= 60
    assert lines[0].startswith("BEISPIEL (kein amtlicher Bestand): Erzgebirgskreis")
    for said in (
        "Vorlage 0640 (Beschlussvorlage) of 23.11.2021",
        "state: decided (adopted, 08.12.2021 Kreistag (Erzgebirgskreis))",
        "Finanz. Auswirkungen keine (stated as none)",
        "left blank Produktsachkonto; Abstimmungsergebnis",
        "printed name, no signature, no office stated",
        "in force 01.01.2022 (inferred)",
        "laut Begründung vorgesehen bis 31.12.2026 (inferred)",
        "wording not held, presumed to be that of version 2",
    ):
        assert said in words(account)


def test_0640_gives_the_findings_the_design_names(demo: Archive) -> None:
    codes = {finding.code for finding in show(demo, "0640").findings}
    assert codes >= {
        "DATE_AFTER_CONSULTATION",
        "VERSION_NOT_HELD",
        "ANNEX_NOT_HELD",
        "BLANK_FORM",
        "VALIDITY_ONLY_IN_REASONS",
        "PREDECESSOR_END_NOT_STATED",
        "NON_PUBLIC_RESULT_IN_PUBLIC_PAPER",
        "ADVISORY_BODY_SAID_ADOPTED",
        "SIGNATORY_WITHOUT_OFFICE",
        "LEGAL_BASIS_IS_NO_NORM",
    }


# -- the questions --------------------------------------------------------------------------------


def test_question_1_version_2_is_held_that_it_lay_on_the_table_is_inferred_anlage_1_is_not_held(demo: Archive) -> None:
    account = show(demo, "0640", as_of="2021-12-08")
    line = step(account, "Kreistag (Erzgebirgskreis)")
    assert line.met_on.value == "2021-12-08"
    assert (line.text.state, line.text.value) == (Knowledge.INFERRED, 2)
    held = {version.number.value: version.state for version in account.versions}
    assert held == {1: Knowledge.NOT_HELD, 2: Knowledge.STATED}
    assert [(annex.label.value, annex.document.state) for annex in account.annexes] == [
        ("Anlage 1", Knowledge.NOT_HELD)
    ]


def test_question_2_what_the_committee_voted_on_is_unknown_one_abstention_from_a_secondary_source(
    demo: Archive,
) -> None:
    account = show(demo, "0640")
    line = step(account, COMMITTEE)
    assert line.text.state is Knowledge.NOT_HELD
    assert line.role.value == "preliminary"
    (ballot,) = line.ballots
    counts = {field.name: (field.known.state, field.known.value) for field in ballot.tally}
    assert counts == {
        "yes": (Knowledge.NOT_MENTIONED, None),
        "no": (Knowledge.NOT_MENTIONED, None),
        "abstain": (Knowledge.STATED, 1),
    }
    told = {one.event: one for one in account.events}
    assert told[ballot.event].sources[0].grade == "secondary"


def test_question_3_who_changed_the_operative_text_when_and_on_whose_motion(demo: Archive) -> None:
    account = show(demo, "12/2023")
    changed = account.versions[1]
    assert changed.date.value == "2023-03-10"
    assert changed.because is not None
    assert changed.because.startswith("because of a motion of Fraktion B; Emma Farn (Sitzung")
    text = next(field.known for field in account.body if field.name == "operative_text")
    assert text.event == changed.event


def test_question_4_able_to_decide_and_who_was_excluded(demo: Archive) -> None:
    line = step(show(demo, "12/2023"), "Kreistag (Musterkreis)")
    (opening,) = line.quorum
    assert (opening.quorum.value, opening.check.verdict) == ("established", "agrees")
    assert [one.person.text for one in line.excluded] == ["David Esche"]
    # For 08.12.2021 nothing of it is held.
    older = step(show(demo, "0640"), "Kreistag (Erzgebirgskreis)")
    assert older.quorum == ()
    assert older.minutes.state is Knowledge.NOT_HELD
    assert "quorum and minutes not held" in account_text(show(demo, "0640"))


def test_question_5_the_declared_result_contradicts_the_count_and_0640_is_not_decidable(demo: Archive) -> None:
    (ballot,) = step(show(demo, "13/2023"), "Kreistag (Musterkreis)").ballots
    assert ballot.declared.value == "failed"
    assert ballot.checks[0].verdict == "contradicts"
    missing = step(show(demo, "0640"), "Kreistag (Erzgebirgskreis)").checks_missing
    assert missing is not None
    assert (missing.verdict, missing.reason) == ("not_decidable", "no_count")
    codes = [finding.code for finding in show(demo, "13/2023").findings]
    assert codes == ["OUTCOME_CONTRADICTS_TALLY"]
    (older,) = step(show(demo, "0640"), COMMITTEE).ballots
    assert older.checks[0].verdict == "not_decidable"


def test_question_6_on_15_08_2019_two_readings_and_no_decision_until_08_12_2021(demo: Archive) -> None:
    first = "resolution:{organ=Kreistag, on=2017-06-07}"
    account = show(demo, first, as_of="2019-08-15")
    assert "state: in force (2 readings)" in account_text(account)
    (line,) = account.resolutions
    assert line.readings == (
        "in force since 01.07.2017 (stated), and no later change is recorded by then",
        "ended: the trial ran out on 30.06.2019 (inferred), and no decision about it is recorded by then",
    )
    assert line.followed_by is not None
    assert line.followed_by.startswith("Beschluss of 08.12.2021")
    assert "TRIAL_ENDED_WITHOUT_DECISION" in {finding.code for finding in account.findings}
    # While the trial ran, there was one reading.
    assert len(show(demo, first, as_of="2019-06-30").resolutions[0].readings) == 1


def test_question_9_the_third_rejection_is_the_last_act_and_no_winner_is_named(demo: Archive) -> None:
    (review,) = demo.streams("review")
    account = show(demo, review)
    assert len(account.resolutions) == 9
    assert {line.sense.value for line in account.resolutions} == {"rejecting"}
    assert max(line.made_on.at or "" for line in account.resolutions) == "2024-12-10"
    order = account.acts[-1]
    assert isinstance(order.text.value, str)
    assert order.text.value.startswith("Die Ablehnung wurde für rechtswidrig erklärt")
    text = words(account)
    assert "of the organ: Kreistag (Erzgebirgskreis), 10.12.2024, rejecting" in text
    assert "What followed is not held. No act is weighed against another." in text


# -- everything -----------------------------------------------------------------------------------


def test_every_stream_of_every_kind_reads_within_80_columns_and_bears_the_example_mark(demo: Archive) -> None:
    texts = []
    for kind in STREAM_KINDS:
        texts.append(listing_text(listing(demo, kind=kind)))
        for stream in demo.streams(kind)[:12]:
            texts += [account_text(show(demo, stream)), history_text(history(demo, stream))]
    for text in texts:
        assert "BEISPIEL (kein amtlicher Bestand)" in text
        assert max(map(display_width, text.splitlines())) <= 80


def test_list_names_every_proposal_with_where_it_stands(demo: Archive) -> None:
    rows = {row.number.value: row for row in listing(demo).rows}
    assert rows["0640"].state == "decided"
    assert rows["0640"].outcome.value == "adopted"
    assert rows["13/2023"].outcome.value == "rejected"
    assert [row.number.value for row in listing(demo, organ=COMMITTEE).rows] == ["0640"]


def test_list_says_what_of_the_state_is_inferred_or_contested(demo: Archive) -> None:
    contested = listing(demo, kind="resolution", state="in_force", as_of="2019-08-15")
    (row,) = contested.rows
    assert len(row.readings) == 2
    text = " ".join(listing_text(contested).split())
    assert "state in force (1 with more than one reading)" in text
    assert "07.06.2017 in force (2 readings): approving, Kreistag (Erzgebirgskreis)" in text
    assert "2. ended: the trial ran out on 30.06.2019 (inferred)" in text
    today = listing(demo, kind="resolution", state="in_force")
    assert [(row.date.value, row.state_basis) for row in today.rows] == [
        ("2021-12-08", Knowledge.INFERRED),
        ("2023-03-29", Knowledge.STATED),
    ]
    assert "08.12.2021 in force (inferred): approving" in listing_text(today)
    assert "state in force (1 inferred)" in listing_text(today)


def test_bodies_are_named_where_organs_of_two_bear_the_same_name(demo: Archive) -> None:
    text = " ".join(listing_text(listing(demo, organ="Kreistag")).split())
    assert "organ Kreistag (of 2 organs: Kreistag (Erzgebirgskreis); Kreistag (Musterkreis))" in text
    assert "0640 23.11.2021 decided: adopted 08.12.2021, Kreistag (Erzgebirgskreis)" in text
    one = listing(demo, organ="Kreistag (Musterkreis)")
    assert [row.number.value for row in one.rows] == ["13/2023", "14/2023", "12/2023"]
    organs = [row.subject.value for row in listing(demo, kind="organ").rows]
    assert {"Kreistag (Musterkreis)", "Kreistag (Erzgebirgskreis)"} <= set(organs)
    assert {row.subject.value for row in listing(demo, kind="meeting", date_from="2024").rows} == {
        "Kreistag (Erzgebirgskreis)"
    }
    groups = " ".join(listing_text(listing(demo, kind="group")).split())
    assert "(Musterkreis) Fraktion A" in groups


def test_resolutions_objected_to_and_decided_anew_say_so_in_the_list(demo: Archive) -> None:
    rows = listing(demo, kind="resolution", date_from="2024").rows
    assert [row.afterwards for row in rows[::3]] == [
        ("objected to", "decided anew 13.11.2024"),
        ("objected to", "order of Landesdirektion Sachsen", "decided anew 10.12.2024"),
        (),
    ]


def test_what_is_not_public_is_marked_in_list_and_heading(demo: Archive) -> None:
    assert "für die Rettungswache Nord (nichtöffentlich)" in " ".join(listing_text(listing(demo)).split())
    assert "Vorlage 14/2023 (Beschlussvorlage) of 27.02.2023 (nichtöffentlich)" in words(show(demo, "14/2023"))
    heading = " ".join(history_text(history(demo, "14/2023")).split()).partition("proposal:")[0]
    assert heading.endswith("Kauf eines Grundstücks für die Rettungswache Nord (nichtöffentlich) ")


def test_chair_who_did_not_vote_is_named_where_the_count_needs_it(demo: Archive) -> None:
    assert "declared passed; on version 2; the chair did not vote" in words(show(demo, "12/2023"))


def test_meeting_that_is_not_certain_by_then_is_not_said_to_be_missing(demo: Archive) -> None:
    account = show(demo, "0640", as_of="2021-12-01")
    (meeting,) = {line.event.partition("#")[0] for line in account.apart}
    assert step(account, "Kreistag (Erzgebirgskreis)").uncertain == meeting
    assert "meeting: not certain by then" in words(account)
    assert "no meeting recorded" not in words(account)


def test_legal_basis_and_period_are_told_in_words(demo: Archive) -> None:
    assert "§ 3 Abs. 2 Hauptsatzung Musterkreis (erfunden) (Satzung)" in words(show(demo, "12/2023"))
    assert "Geltungsdauer 5 years (stated in: Begründung)" in words(show(demo, "0640"))


def test_lines_of_custody_meeting_and_person_read_as_words_with_german_dates(demo: Archive) -> None:
    meeting = words(show(demo, "meeting:{on=2023-03-29}"))
    assert "by notice, objections until 14.05.2023" in meeting
    assert "decision: pending, attached to the minutes" in meeting
    assert "bekannt gemacht Amtsblatt des Musterkreises (erfunden); 24.02.2023" in words(
        show(demo, "meeting:{on=2023-03-06}")
    )
    custody = words(show(demo, demo.streams("custody")[0]))
    assert "Aufbewahrungsfrist: years: 2, from 01.01.2024, until 31.12.2025" in custody
    assert "decision due on 12.07.2026" in custody
    assert "Person erfasst: Lena Linde, Landrätin (erfunden), holds an office" in words(
        show(demo, "person:{name=Lena Linde}")
    )


@pytest.mark.parametrize("width", [40, 200])
def test_every_view_keeps_to_narrow_and_wide_terminals(demo: Archive, width: int) -> None:
    for kind in STREAM_KINDS:
        texts = [listing_text(listing(demo, kind=kind), width=width)]
        for stream in demo.streams(kind)[:3]:
            texts += [account_text(show(demo, stream), width=width), history_text(history(demo, stream), width=width)]
        assert max(display_width(line) for text in texts for line in text.splitlines()) <= width


def test_narrow_terminal_gets_labels_in_lines_of_their_own_and_whole_words(demo: Archive) -> None:
    lines = account_text(show(demo, "0640"), width=40).splitlines()
    place = lines.index("Rechtliche Grundlage")
    assert lines[place + 1].startswith("    das zweite Zuwanderungs-")
    rows = listing_text(listing(demo), width=40).splitlines()
    assert "    Fortschreibung des" in rows
    assert "    Integrationskonzeptes für den" in rows


def _as_seen(account: Account) -> bytes:
    """Give an account without what says how it was asked for."""
    plain = msgspec.structs.replace(account.horizon, as_recorded=None, size=0)
    return msgspec.json.encode(msgspec.structs.replace(account, horizon=plain))


def test_as_recorded_shows_what_a_reader_saw_then(tmp_path: Path) -> None:
    """After every file of the demo an account is kept; asked for that moment at the end, it is the same."""
    refs = ("0640", "12/2023", "5/2023")
    seen: list[tuple[str, str, bytes]] = []
    missing: list[tuple[str, str]] = []
    last: Archive | None = None
    for archive, _ in demo_steps(tmp_path):
        at = moment(int(archive.means.clock()))
        for ref in refs:
            try:
                seen.append((at, ref, _as_seen(show(archive, ref))))
            except InputError:
                missing.append((at, ref))
        last = archive
    assert last is not None
    with Archive.open(last.folder, means=last.means) as archive:
        assert len(seen) > 20
        for at, ref, account in seen:
            assert _as_seen(show(archive, ref, as_recorded=at)) == account
        for at, ref in missing:
            with pytest.raises(InputError, match="nothing was recorded of it by then"):
                show(archive, ref, as_recorded=at)
