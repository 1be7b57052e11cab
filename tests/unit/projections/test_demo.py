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
from projections.shapes import Account, ConsultationLine, Knowledge
from projections.text import account_text, display_width, history_text, listing_text
from projections.timetravel import moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with demo_archive(tmp_path_factory.mktemp("demo")).open() as archive:
        yield archive


def meeting_on(archive: Archive, day: str, name: str = "Kreistag") -> str:
    found = [s for s in archive.streams("meeting") if show(archive, s).title.endswith(f"{day}, {name}")]
    (only,) = found
    return only


def words(account: Account) -> str:
    return " ".join(account_text(account).split())


def step(account: Account, organ: str) -> ConsultationLine:
    return next(line for line in account.consultations if line.organ.text == organ)


COMMITTEE = "Ausschuss für Familie, Bildung, Gesundheit und Soziales"


# -- scene 1 --------------------------------------------------------------------------------------


def test_0640_on_one_screen_says_what_is_proved_inferred_and_not_held(demo: Archive) -> None:
    account = show(demo, "0640")
    text = account_text(account)
    lines = text.splitlines()
    assert len(lines) <= 60
    assert lines[0].startswith("BEISPIEL (kein amtlicher Bestand): Erzgebirgskreis")
    for said in (
        "Vorlage 0640 (Beschlussvorlage) of 23.11.2021",
        "state: decided (adopted, 08.12.2021 Kreistag)",
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
    line = step(account, "Kreistag")
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
    line = step(show(demo, "12/2023"), "Kreistag")
    (opening,) = line.quorum
    assert (opening.quorum.value, opening.check.verdict) == ("established", "agrees")
    assert [one.person.text for one in line.excluded] == ["David Esche"]
    # For 08.12.2021 nothing of it is held.
    older = step(show(demo, "0640"), "Kreistag")
    assert older.quorum == ()
    assert older.minutes.state is Knowledge.NOT_HELD
    assert "quorum and minutes not held" in account_text(show(demo, "0640"))


def test_question_5_the_declared_result_contradicts_the_count_and_0640_is_not_decidable(demo: Archive) -> None:
    (ballot,) = step(show(demo, "13/2023"), "Kreistag").ballots
    assert ballot.declared.value == "failed"
    assert ballot.checks[0].verdict == "contradicts"
    missing = step(show(demo, "0640"), "Kreistag").checks_missing
    assert missing is not None
    assert (missing.verdict, missing.reason) == ("not_decidable", "no_count")
    (older,) = step(show(demo, "0640"), COMMITTEE).ballots
    assert older.checks[0].verdict == "not_decidable"


def test_question_6_on_15_08_2019_two_readings_and_no_decision_until_08_12_2021(demo: Archive) -> None:
    first = demo.streams("resolution")[0]
    account = show(demo, first, as_of="2019-08-15")
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
    assert "of the organ: Kreistag, 10.12.2024, rejecting" in text
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
