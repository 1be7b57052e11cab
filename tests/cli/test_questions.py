"""The questions that a reader asks, each answered by a command on the demo register; `docs/questions.md` shows them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from support.archives import OPENED_AT
from support.demo import DAY_SECONDS, demo_archive
from support.oparl import SYSTEM, consultation, meeting, paper, url, write
from support.terminal import Terminal

from archive.log.line import Line, format_line
from archive.log.signing import read_log_signer

if TYPE_CHECKING:
    from pathlib import Path

    from support.archives import Made


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return demo_archive(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def demo(made: Made, tmp_path: Path, home: Path) -> Terminal:
    return Terminal(made.folder, tmp_path)


def words(terminal: Terminal, *arguments: object) -> str:
    """Give what a command prints, without the breaks of its lines."""
    return " ".join(terminal.ok(*arguments).split())


def test_1_which_text_and_annexes_lay_before_the_kreistag(demo: Terminal) -> None:
    printed = words(demo, "show", "0640", "--as-of", "2021-12-08")
    assert "version 2 23.11.2021, document held [8 copy]" in printed
    assert "Anlage 1 not held: Integrationskonzept, part of the decision [9 copy]" in printed
    plenary = printed.partition("2 08.12.2021 Kreistag")[2].partition("BESCHLUSS")[0]
    assert "text before it: version 2 (inferred) [23 secondary]" in plenary
    assert "wording not held, presumed to be that of version 2" in printed


def test_2_what_the_committee_voted_on_is_not_known(demo: Terminal) -> None:
    printed = words(demo, "show", "0640")
    committee = printed.partition("1 22.11.2021 Ausschuss")[2].partition("2 08.12.2021 Kreistag")[0]
    assert "nichtöffentlich, vorberatend" in committee
    assert "text before it: not held; no version recorded is dated by then" in committee
    assert '"bei einer Enthaltung einstimmig angenommen" [20 secondary]' in committee
    assert "ballot: 1 abstain; yes, no not mentioned; declared passed [19 secondary]" in committee
    for code in ("VERSION_NOT_HELD", "ADVISORY_BODY_SAID_ADOPTED"):
        assert code in printed


def test_3_who_changed_the_text_when_and_on_whose_motion(demo: Terminal) -> None:
    printed = words(demo, "provenance", "12/2023")
    assert (
        "2. Die Verwaltung setzt es bis zum [-31.12.2028-]{+31.12.2026+} um. "
        "changed by version 2 of 10.03.2023, on the motion of Fraktion B; Emma Farn" in printed
    )
    assert "ballot of 06.03.2023: 7 entitled, 8 present, 1 excluded, 4 yes, 2 no, 1 abstain; declared passed" in printed
    assert "stated by executive" in printed


def test_4_whether_the_body_was_able_to_decide_and_who_was_excluded(demo: Terminal) -> None:
    printed = words(demo, "meetings", "--organ", "Kreistag", "--from", "2021-12", "--to", "2023-03")
    before, _, complete = printed.partition("29.03.2023 17:00 +02:00 Kreistag (Musterkreis)")
    assert "08.12.2021 Kreistag (Erzgebirgskreis)" in before
    assert "quorum not held: no opening is recorded" in before
    assert "minutes not held: none are recorded" in before
    assert "quorum: established; members by law 49, members in office 49, present 46, entitled 46" in complete
    assert "David Esche excluded for bias" in complete


def test_5_whether_the_declared_result_follows_from_the_count(demo: Terminal) -> None:
    printed = words(demo, "ballots", "--organ", "Kreistag", "--from", "2021-12", "--to", "2023-03")
    assert "24 yes, 23 no, 0 abstain declared: failed" in printed
    assert "Rechenprobe: contradicts: failed was declared, but from the count follows: passed" in printed
    assert "yes 24 > no 23: passed (majority: § 11 Abs. 1 Satz 1 Hauptsatzung Musterkreis (erfunden))" in printed
    without = printed.partition("NO BALLOT RECORDED (1)")[2]
    assert "Vorlage 0640" in without
    assert "Rechenprobe: not decidable: no ballot is recorded, so there is no count" in without


def test_6_what_was_in_force_on_15_08_2019(demo: Terminal) -> None:
    printed = words(demo, "resolutions", "--in-force-on", "2019-08-15")
    assert "1. in force since 01.07.2017 (stated)" in printed
    assert "2. ended: the trial ran out on 30.06.2019 (inferred), and no decision about it is recorded" in printed
    assert "next decision on record (after 15.08.2019): Beschluss of 08.12.2021" in printed


def test_7_what_had_been_recorded_on_a_day(demo: Terminal) -> None:
    """The files are recorded one a day; the third is the last before anything of the meetings of 2021."""
    day = dt.datetime.fromtimestamp(OPENED_AT + 3 * DAY_SECONDS, tz=dt.UTC).isoformat()
    printed = words(demo, "show", "0640", "--as-recorded", day)
    assert "events 1 to 17 of 181" in printed
    assert "version 2 23.11.2021, document held" in printed
    assert "state: decided" not in printed
    assert "BESCHLUSS of 08.12.2021" not in printed
    assert "BESCHLUSS of 08.12.2021" in words(demo, "show", "0640")


CHANGE = "UPDATE stored_events SET state = CAST(replace(state, '.eyJf', '.eyJg') AS BLOB) WHERE rowid = 8"
SWAP = (
    "UPDATE stored_events SET state = other.state FROM (SELECT rowid AS place, state FROM stored_events"
    " WHERE rowid IN (21, 22)) AS other WHERE stored_events.rowid + other.place = 21 + 22"
)
CUT = "DELETE FROM stored_events WHERE rowid > 170"


@pytest.mark.parametrize(
    ("tampering", "says"),
    [
        (None, "verdict    passed: shown to be unaltered\n"),
        (CHANGE, "step 2  TOKEN_PAYLOAD  position 8  failed\n"),
        (SWAP, "step 3  PREV_DIFFERS  position 22  failed\n"),
        (CUT, "step 5  ROLLED_BACK  line of 2026-12-10  failed\n"),
    ],
    ids=["whole", "altered", "reordered", "truncated"],
)
def test_8_whether_the_record_was_altered_reordered_or_truncated(
    made: Made, tmp_path: Path, home: Path, tampering: str | None, says: str
) -> None:
    copy = made.copy(tmp_path)
    with copy.open() as archive:
        signer = read_log_signer(copy.key_folder(), archive.log_keys_at(archive.size))
        head = archive.checkpoint(signer, memory=None).checkpoint.head
        register, anchor = archive.register.id, archive.register.anchor_hex
    line = format_line(Line(register=register[:8], size=head.size, day="2026-12-10", root=head.root))
    pin = tmp_path / "pin"
    pin.write_text(f"# anchor {anchor}\nquorum none\n", encoding="utf-8")
    terminal = Terminal(copy.folder, tmp_path)
    if tampering is not None:
        terminal.execute(tampering)
    result = terminal.run("verify", "--trust", pin, "--against", line, "--require-memory")
    assert result.exit_code == (4 if tampering else 0), result.output
    assert says in result.stdout


def test_9_what_happened_after_the_objection(demo: Terminal) -> None:
    printed = words(demo, "show", "review:{}")
    last = printed.partition("WHAT IS LAST ON RECORD")[2]
    assert "of the organ: Kreistag (Erzgebirgskreis), 10.12.2024, rejecting" in last
    assert "Landesdirektion Sachsen, order, on 3 resolutions" in last
    assert "Die Ablehnung wurde für rechtswidrig erklärt und eine erneute Entscheidung angeordnet." in last
    assert "What followed is not held. No act is weighed against another." in last


def test_10_what_is_public_and_why(demo: Terminal) -> None:
    printed = words(demo, "history", "14/2023")
    assert "108 27.02.2023 Vorlage eingebracht, nichtöffentlich" in printed
    assert "excluded, because of: berechtigte Interessen Einzelner, § 9 Abs. 1 Satz 2" in printed
    assert "147 29.03.2023 Beschluss gefasst (resolution) resolution-made/1" in printed
    assert "from nichtöffentlich to öffentlich, § 9 Abs. 3 Hauptsatzung Musterkreis (erfunden)" in printed


def test_10_what_may_be_handed_out_is_given_by_its_marks(demo: Terminal) -> None:
    printed = words(demo, "release", "14/2023")
    public, _, rest = printed.partition("NOT PUBLIC (NICHTÖFFENTLICH): 7 FACTS")
    assert (
        "since 24.05.2023, no longer nichtöffentlich, on the ground of § 9 Abs. 3 Hauptsatzung Musterkreis (erfunden), "
        "reason: Der Kaufvertrag ist geschlossen; der Beschluss wurde bekannt gegeben. (1): [166] "
        "29.03.2023 Beschluss gefasst (resolution): Beschluss 8/2023" in public
    )
    assert "marked so when recorded (7): 27.02.2023 Vorlage eingebracht: Vorlage 14/2023" in rest
    assert "not decidable (no provision on record for a body in Musterland (erfunden)" in rest
    assert "personenbezogen: nicht bestimmbar (5 persons)" in rest
    assert rest.partition("[n grade]")[0].endswith("Freigabe entscheidet die Stelle. ")


def test_10_when_closure_ends_and_when_it_must_be_offered(demo: Terminal) -> None:
    printed = words(demo, "release", "0640")
    assert "PUBLIC (ÖFFENTLICH): 14 FACTS marked so when recorded (14):" in printed
    assert (
        "not decidable (rule unchecked: § 10 Abs. 1 Satz 2 Nr. 1, § 13 Abs. 4 Satz 1 SächsArchivG, "
        "the source was not read) The days below are information, not a verdict." in printed
    )
    assert "origin: last substantive event, 01.01.2022 [24 copy]" in printed
    assert "allgemeine Schutzfrist, 30 years: 01.01.2052" in printed
    assert "what is under a duty of secrecy, 60 years: 01.01.2082" in printed
    assert "personenbezogen: nicht bestimmbar (1 person)" in printed
    offer = printed.partition("OFFER TO THE ARCHIVE (ANBIETUNG)")[2].partition("Beschluss of 08.12.2021")[2]
    assert "to be offered to the archive by (Anbietung) 01.01.2052 (inferred), Kreisarchiv Erzgebirgskreis" in offer
    assert "30 years after 01.01.2022 (§ 5 Abs. 1 Satz 2, § 13 Abs. 4 Satz 1 SächsArchivG)" in offer
    assert offer.partition("[n grade]")[0].endswith("Freigabe entscheidet die Stelle. ")


def test_10_when_it_must_be_offered_to_which_archive_by_which_provision(demo: Terminal) -> None:
    printed = words(demo, "resolutions", "--from", "2021-12-08", "--to", "2021-12-08")
    assert "to be offered to the archive by (Anbietung) 01.01.2052 (inferred), Kreisarchiv Erzgebirgskreis" in printed
    assert "30 years after 01.01.2022 (§ 5 Abs. 1 Satz 2, § 13 Abs. 4 Satz 1 SächsArchivG)" in printed


def test_what_ends_within_90_days(demo: Terminal) -> None:
    printed = words(demo, "resolutions", "--due-within", "90d", "--as-of", "2026-11-23")
    assert "3 deadlines of 2 resolutions (register of 2 bodies), 23.11.2026 to 21.02.2027" in printed
    assert "31.12.2026 laut Begründung vorgesehen bis (inferred), in 38 days" in printed
    assert "5 years from it on end with 31.12.2026 (§ 188 Abs. 2 BGB)" in printed
    assert "31.12.2026 holds until, in 38 days [131]" in printed


def test_what_is_missing_by_organ_and_year(demo: Terminal) -> None:
    printed = demo.ok("coverage", "--as-of", "2026-11-23")
    assert "never that everything was entered" in " ".join(printed.split())
    lines = printed.splitlines()
    start = lines.index("KREISTAG (ERZGEBIRGSKREIS)")
    rows = {row[0]: row[1:] for row in map(str.split, lines[start + 3 : start + 6])}
    # meetings, without agenda, items, without outcome, outcomes, without minutes, proposals, version missing,
    # annexes, not held, resolutions
    assert rows["2021"] == ["1", "1", "0", "0", "1", "1", "1", "1", "1", "1", "1"]
    assert rows["2024"] == ["3", "3", "0", "0", "9", "9", "3", "0", "0", "0", "9"]
    assert "2023: 12 to 14, 3 held, none missing in between" in printed


def test_which_records_the_source_changed_or_dropped_after_the_decision(terminal: Terminal) -> None:
    """The demo follows no source: a small one is shown twice, one paper with another date and one no more."""
    plans = [[consultation(number, meeting=url("meeting", 1))] for number in (1, 2)]
    kept = paper(1, date="2021-11-01", consultation=plans[0])
    dropped = paper(2, date="2021-11-02", consultation=plans[1])
    looks = {"2021-12-09": [kept, dropped, meeting(1)], "2021-12-27": [kept | {"date": "2021-12-24"}, meeting(1)]}
    for day, objects in looks.items():
        shown = write(terminal.folder / "dump.jsonl", objects)
        at = f"{day}T08:00:00+01:00"
        terminal.ok("intake", "oparl", shown, "--system", SYSTEM, "--complete", "--retrieved-at", at)
    printed = words(terminal, "sources", "--changed-after-decision")
    assert "changed, after the decision of 2021-12-08: 001 Vorlage 1" in printed
    assert "date: 2021-11-01 -> 2021-12-24" in printed
    assert "gone, after the decision of 2021-12-08: 002 Vorlage 2" in printed
    assert "name: Vorlage 2 -> not there" in printed
