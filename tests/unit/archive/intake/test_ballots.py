"""Roll-calls: a line is a ballot is a batch, recorded once, with its contradictions."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

import pytest
from msgspec import UNSET
from support import magdeburg_ballots as magdeburg
from support.archives import new_archive
from support.directory import BODY, MemoryDirectory, counter, opened
from support.shared import shared_data

from archive.errors import InputError
from archive.intake.ballots import count_ballots, read_ballots
from archive.intake.naming import Ids
from domain import events as e
from domain import findings, streams
from domain import values as x
from domain import vocabulary as v
from domain.meeting import Meeting
from domain.stream import Statement
from domain.values import stated

if TYPE_CHECKING:
    from pathlib import Path

    from archive.batch import Batch

HEAD: Final = {
    "format": "ratsbuch-ballots/1",
    "system": "https://ris.example.org/",
    "grade": "system_of_record",
    "visibility": "public",
}
BALLOT: Final = {
    "id": "2023-03-29/1",
    "meeting": {"organ": "Kreistag", "on": "2023-03-29"},
    "method": "roll_call",
}


def write(path: Path, *lines: dict[str, Any], head: dict[str, Any] | None = None) -> Path:
    rows = [HEAD | (head or {}), *lines]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def record(path: Path, directory: MemoryDirectory) -> list[Batch]:
    """Record every batch before the next one is asked for."""
    batches = []
    for batch in read_ballots(path, directory=directory, new_id=counter()):
        batches.append(batch)
        directory.record(batch)
    return batches


def ballots(directory: MemoryDirectory) -> list[e.BallotHeld]:
    return [r.event for h in directory.histories.values() for r in h if isinstance(r.event, e.BallotHeld)]


def codes(directory: MemoryDirectory) -> Counter[str]:
    found: Counter[str] = Counter()
    for stream in directory.streams("meeting"):
        history = directory.history(stream)
        state = streams.replay("meeting", history)
        assert isinstance(state, Meeting)
        found.update(
            finding.code for finding in findings.of_stream(state, history, lambda _: None, exists=lambda _: True)
        )
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ballots.jsonl"


def test_line_gives_meeting_persons_groups_and_ballot(path: Path) -> None:
    votes = [
        {"person": {"id": "p1", "name": "Anna Muster"}, "group": "Fraktion A", "choice": "yes"},
        {"person": {"name": "Bernd Beispiel"}, "choice": "no"},
        {"group": "Fraktion B", "choice": "abstain", "count": 3},
    ]
    more = {"item": "5.1", "proposal": "0042", "question": "Radwegeplan", "tally": {"yes": 1, "no": 1, "abstain": 3}}
    write(path, BALLOT | more | {"votes": votes, "declared": "failed", "declared_literal": "abgelehnt"})
    directory = opened()
    (batch,) = record(path, directory)
    assert [c.statement.event.TYPE for c in batch.commands] == [
        "organ-registered/1",
        "meeting-convened/1",
        "group-registered/1",
        "person-known/1",
        "person-known/1",
        "group-registered/1",
        "ballot-held/1",
    ]
    assert {c.role for c in batch.commands} == {v.Role.IMPORTER}
    # Persons are nobody's business; the ballot hides its votes by itself.
    assert [c.statement.visibility for c in batch.commands if isinstance(c.statement.event, e.PersonKnown)] == [
        v.Visibility.NON_PUBLIC,
        v.Visibility.NON_PUBLIC,
    ]
    (ballot,) = ballots(directory)
    assert (ballot.question, ballot.declared, ballot.declared_literal) == ("Radwegeplan", "failed", "abgelehnt")
    assert ballot.tally == x.Tally(yes=1, no=1, abstain=3)
    assert isinstance(ballot.votes, tuple)
    assert [(vote.choice, vote.count) for vote in ballot.votes] == [("yes", UNSET), ("no", UNSET), ("abstain", 3)]
    (source,) = batch.commands[-1].statement.sources  # type: ignore[misc]  # one source
    # Numbers that match nothing recorded are not lost.
    assert (source.grade, source.locator) == (v.Grade.SYSTEM_OF_RECORD, "TOP 5.1, Vorlage 0042")


def test_ids_are_those_of_the_system_and_the_register(path: Path) -> None:
    write(path, BALLOT)
    first, again = opened(), opened()
    record(path, first)
    record(path, again)
    assert ballots(first) == ballots(again)
    assert first.streams("meeting") == again.streams("meeting")
    write(path, BALLOT, head={"system": "https://other.example.org"})
    other = opened()
    record(path, other)
    assert ballots(other)[0].ballot != ballots(first)[0].ballot


@pytest.mark.parametrize("system", ["https://ris.example.org/", "https://ris.example.org", "beschlussbuch-1992", "ä"])
@pytest.mark.parametrize("key", ["1", "", "Über\nzwei Zeilen", "x" * 3_000])
def test_an_id_is_the_uuid_of_version_5_that_the_standard_library_makes(system: str, key: str) -> None:
    register = "0190c000-0000-7000-8000-000000000001"
    ids = Ids(register, system)
    expected = str(uuid5(UUID(register), f"meeting\n{system.rstrip('/')}\n{key}"))
    assert (ids.inner("meeting", key), ids.stream("meeting", key)) == (expected, f"meeting:{expected}")


def test_recorded_meeting_item_and_proposal_are_named(path: Path) -> None:
    directory = opened()
    uuid = "0190c000-0000-7000-8000-000000000001"
    organ, meeting, proposal = f"organ:{uuid}", f"meeting:{uuid}", f"proposal:{uuid}"
    item = x.AgendaItem(item=uuid, number="5.1", order=0, publicity=v.Publicity.PUBLIC)
    for stream, event in (
        (organ, e.OrganRegistered(body=BODY, name="Kreistag", kind=v.OrganKind.COUNCIL)),
        (meeting, e.MeetingConvened(body=BODY, organs=(organ,), starts_at="2023-03-29T17:00:00+02:00")),
        (meeting, e.AgendaSet(version=1, stage=v.AgendaStage.OPENING, part=v.Part.PUBLIC, items=(item,))),
        (proposal, e.ProposalRegistered(body=BODY, kind=v.ProposalKind.MOTION, reference="0042", version=1)),
    ):
        unknown = x.When(certainty=v.Certainty.UNKNOWN)
        directory.add(Statement(stream=stream, event=event, occurred=unknown, visibility=v.Visibility.PUBLIC))
    write(path, BALLOT | {"item": "5.1", "proposal": "0042", "point": "2"})
    (batch,) = record(path, directory)
    (command,) = batch.commands
    held = command.statement.event
    assert command.statement.stream == meeting
    assert isinstance(held, e.BallotHeld)
    assert (held.item, held.target) == (item.item, x.BallotTarget(proposal=proposal, point="2"))


def test_choices_of_a_secret_ballot_are_dropped_before_anything_is_hashed(path: Path) -> None:
    votes = [{"person": {"name": f"Mitglied {n}"}, "choice": choice} for n, choice in enumerate(("yes", "no", "no"))]
    secret = BALLOT | {"method": "secret", "tally": {"yes": 1, "no": 2}}
    first = record(write(path, secret | {"votes": votes}), opened())
    directory = opened()
    # Other choices, same digest: it confirms no guess.
    other = record(write(path, secret | {"votes": [vote | {"choice": "yes"} for vote in votes]}), directory)
    assert [(b.id, b.digest) for b in first] == [(b.id, b.digest) for b in other]
    (ballot,) = ballots(directory)
    assert (ballot.votes, ballot.votes_dropped, ballot.tally) == (UNSET, 3, x.Tally(yes=1, no=2))
    assert directory.streams("person") == ()
    assert codes(directory) == {"SECRET_BALLOT_VOTES_DROPPED": 1}
    kept = json.dumps(secret | {"votes_dropped": 3}, sort_keys=True, separators=(",", ":"))
    assert first[0].digest == hashlib.sha256(kept.encode()).digest()


def test_contradictions_are_kept_and_flagged(path: Path) -> None:
    votes = [{"person": {"name": "Anna Muster"}, "choice": "yes"}]
    ballot = BALLOT | {"tally": {"yes": 10, "no": 35}, "declared": "passed", "majority": "unanimous", "votes": votes}
    directory = opened()
    record(write(path, ballot), directory)
    (held,) = ballots(directory)
    assert (held.tally, held.declared) == (x.Tally(yes=10, no=35), v.Declared.PASSED)
    assert codes(directory) == {
        "OUTCOME_CONTRADICTS_TALLY": 1,
        "UNANIMOUS_WITH_NO_VOTES": 1,
        "PERSONAL_VOTES_CONTRADICT_TALLY": 2,
    }


def test_a_person_with_two_choices_is_kept_and_flagged(path: Path) -> None:
    anna, bernd = {"person": {"id": "p1"}}, {"person": {"id": "p2"}}
    votes = [anna | {"choice": "yes"}, anna | {"choice": "no"}, bernd | {"choice": "yes"}, bernd | {"choice": "yes"}]
    directory = opened()
    record(write(path, BALLOT | {"votes": votes}), directory)
    assert codes(directory) == {"PERSON_WITH_SEVERAL_CHOICES": 1}
    assert len(stated(ballots(directory)[0].votes) or ()) == 4


def test_one_choice_an_option_is_no_contradiction(path: Path) -> None:
    anna = {"person": {"id": "p1"}}
    votes = [anna | {"choice": "yes", "option": "A"}, anna | {"choice": "no", "option": "B"}]
    options = [{"key": "A", "label": "A"}, {"key": "B", "label": "B"}]
    directory = opened()
    record(write(path, BALLOT | {"options": options, "votes": votes}), directory)
    assert codes(directory) == {}


def test_election_keeps_its_options_and_counts(path: Path) -> None:
    options = [{"key": "A", "person": {"name": "Anna Muster"}}, {"key": "B", "label": "Enthaltung"}]
    counts = [{"key": "A", "votes": 20}, {"key": "B", "votes": 2}]
    election = {"method": "election_by_ballot_paper", "options": options, "option_counts": counts, "chosen": ["A"]}
    directory = opened()
    record(write(path, BALLOT | election), directory)
    (held,) = ballots(directory)
    (person,) = directory.streams("person")
    assert held.options == (
        x.Option(key="A", person=person.partition(":")[2]),
        x.Option(key="B", label="Enthaltung"),
    )
    assert held.chosen == ("A",)


def test_person_is_known_again_by_id_whatever_the_name(path: Path) -> None:
    votes = [{"person": {"id": "p1", "name": "Anna Muster"}, "choice": "yes"}]
    renamed = [{"person": {"id": "p1", "name": "Anna Beispiel"}, "choice": "yes"}]
    directory = opened()
    record(write(path, BALLOT | {"votes": votes}, BALLOT | {"id": "2", "votes": renamed}), directory)
    assert len(directory.streams("person")) == 1


def test_name_of_two_persons_is_refused_with_the_way_out(path: Path) -> None:
    by_id = [{"person": {"id": str(n), "name": "Anna Muster"}, "choice": "yes"} for n in (1, 2)]
    by_name = [{"person": {"name": "Anna Muster"}, "choice": "yes"}]
    write(path, BALLOT | {"votes": by_id}, BALLOT | {"id": "2", "votes": by_name})
    with pytest.raises(InputError) as refused:
        record(path, opened())
    assert refused.value.message == (
        "ballots.jsonl: line 3: found the name of 2 persons that are recorded, expected that of one"
    )
    assert refused.value.hint == "give every person the id that the source has"


def test_two_meetings_of_a_day_are_told_apart_by_their_number(path: Path) -> None:
    first, second = ({"organ": "Kreistag", "on": "2023-03-29", "number": number} for number in ("9", "10"))
    directory = opened()
    record(write(path, BALLOT | {"meeting": first}, BALLOT | {"id": "2", "meeting": second}), directory)
    assert len(directory.streams("meeting")) == 2
    write(path, BALLOT | {"id": "3"})
    with pytest.raises(InputError, match=r"found 2 recorded meetings with .* on .2023-03-29., expected at most"):
        record(path, directory)


def test_control_characters_of_a_source_become_replacement_characters(path: Path) -> None:
    directory = opened()
    record(write(path, BALLOT | {"question": "Rad\u0000weg\ud800"}), directory)
    assert ballots(directory)[0].question == "Rad\ufffdweg\ufffd"


BEGUN: Final = '{"id": "1", "meeting": {"organ": "A", "on": "2023-02-03"}, "method": "roll_call"'


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: column 2: is not valid JSON: Expecting property name enclosed in double quotes"),
        ('{"id": "1", "id": "2"}', "line 2: a name stands twice in one object"),
        ('{"id": NaN}', "line 2: NaN is no number"),
        ("[" * 5_000 + "]" * 5_000, "line 2: found values nested too deeply, expected at most 16 levels"),
        ('{"id": "1"}', "line 2: Object missing required field `meeting`"),
        (
            BEGUN.replace("02-03", "02-30") + "}",
            'line 2: meeting.on: found "2023-02-30", expected a day, written YYYY-MM-DD',
        ),
        (
            BEGUN + ', "declared": "rejected"}',
            'line 2: declared: found "rejected", expected one of passed, failed, tie, elected, not_elected',
        ),
        (
            BEGUN + ', "majority": "all"}',
            'line 2: majority: found "all", expected one of unanimous, majority, not_stated',
        ),
        (
            BEGUN + ', "votes": [{"group": "A", "choice": "yes"}, {"group": "A", "choice": "maybe"}]}',
            'line 2: votes[1].choice: found "maybe", expected one of yes, no, abstain, invalid, not_cast, excluded, ',
        ),
        (BEGUN + ', "tally": {"yes": 1.5}}', "line 2: tally.yes: found 1.5, expected a count from 0 to 1000000"),
        (BEGUN + ', "tally": {"yes": -1}}', "line 2: tally.yes: found -1, expected a count from 0 to 1000000"),
        (BEGUN + ', "item": ""}', 'line 2: item: found "", expected text of 1 to 1000 characters'),
        (BEGUN + ', "mood": "good"}', "line 2: Object contains unknown field `mood`"),
        (
            BEGUN + ', "votes": [{"choice": "yes"}]}',
            "line 2: votes[0]: found neither person nor group, expected one of them",
        ),
        (
            BEGUN + ', "votes": [{"choice": "yes", "count": 2, "person": {"name": "A"}}]}',
            "line 2: votes[0]: found person and count, expected a count with a group only",
        ),
        (
            BEGUN + ', "votes": [{"choice": "yes", "person": {}}]}',
            "line 2: found a person without id and name, expected one of them",
        ),
    ],
)
def test_line_that_is_not_valid_refuses_the_file(path: Path, line: str, message: str) -> None:
    path.write_text(json.dumps(HEAD) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_ballots(path, directory=opened(), new_id=counter())
    assert refused.value.message.startswith(f"ballots.jsonl: {message}")


def test_all_faults_are_named_up_to_twenty(path: Path) -> None:
    write(path, *({"id": str(n)} for n in range(30)))
    with pytest.raises(InputError) as refused:
        count_ballots(path)
    lines = refused.value.message.splitlines()
    assert (len(lines), lines[-1]) == (21, "ballots.jsonl: and 10 more")


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ({"format": "other/1"}, 'format: found "other/1", expected "ratsbuch-ballots/1"'),
        ({"grade": "original"}, "grade: found original, expected system_of_record or secondary"),
        ({"visibility": "open"}, 'visibility: found "open", expected one of public, non_public, blocked'),
        ({"visibility": None}, "Expected `str`, got `null` - at `$.visibility`"),
    ],
)
def test_head_that_is_not_valid_is_refused(path: Path, head: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refused:
        count_ballots(write(path, BALLOT, head=head))
    assert refused.value.message == f"ballots.jsonl: line 1: {message}"


def test_same_ballot_twice_in_a_file_is_refused(path: Path) -> None:
    with pytest.raises(InputError, match=r"line 3: id: found .2023-03-29/1., which stands in line 2 already\Z"):
        count_ballots(write(path, BALLOT, BALLOT))


def test_empty_and_missing_files_are_refused(path: Path) -> None:
    with pytest.raises(InputError, match=r"\Aballots.jsonl: cannot be read: No such file or directory\Z"):
        count_ballots(path)
    path.write_bytes(b"\n")
    with pytest.raises(InputError, match="found nothing, expected a first line with format"):
        count_ballots(path)


def test_grown_file_records_what_is_new_and_a_rehearsal_nothing(path: Path, tmp_path: Path) -> None:
    votes = [{"person": {"name": "Anna Muster"}, "choice": "yes"}]
    lines = [BALLOT | {"id": str(n), "votes": votes} for n in range(3)]
    made = new_archive(tmp_path / "register")
    with made.open() as archive:

        def run(*, dry_run: bool = False) -> list[bool]:
            batches = read_ballots(path, directory=archive, new_id=archive.means.new_id)
            return [archive.record(batch, signer=made.signer(), dry_run=dry_run).already for batch in batches]

        write(path, *lines[:2])
        size = archive.size
        assert run(dry_run=True) == [False, False]
        assert archive.size == size
        assert run() == [False, False]
        size = archive.size
        write(path, *lines)
        assert run() == [True, True, False]
        assert archive.size == size + 1


# -- a real city ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MemoryDirectory]:
    path = tmp_path_factory.mktemp("magdeburg") / "ballots.jsonl"
    path.write_text(magdeburg.neutral(shared_data("magdeburg")), encoding="utf-8")
    directory = opened("Magdeburg")
    for batch in read_ballots(path, directory=directory, new_id=counter()):
        directory.record(batch)
    return path, directory


def test_city_gives_every_ballot_and_every_vote(city: tuple[Path, MemoryDirectory]) -> None:
    path, directory = city
    raw = list(magdeburg.lines(shared_data("magdeburg", "votes.jsonl.gz")))
    held = ballots(directory)
    assert len(raw) == count_ballots(path) == len(held) == len({ballot.ballot for ballot in held}) == 1_836
    said = Counter(vote["vote"] for ballot in raw for vote in ballot["votes"])
    recorded = Counter(vote.choice for ballot in held if isinstance(ballot.votes, tuple) for vote in ballot.votes)
    assert recorded == {"yes": said["J"], "no": said["N"], "abstain": said["E"], "not_cast": said["O"]}
    assert len(directory.streams("person")) == len({vote["name"] for b in raw for vote in b["votes"]})
    assert len(directory.streams("meeting")) == len({ballot["session"] for ballot in raw}) == 35


def test_city_gives_the_contradictions_that_its_files_have(city: tuple[Path, MemoryDirectory]) -> None:
    _, directory = city
    contradicting = 0
    for ballot in ballots(directory):
        assert isinstance(ballot.votes, tuple)
        assert isinstance(ballot.tally, x.Tally)
        counts: Counter[str] = Counter(vote.choice for vote in ballot.votes)
        assert (counts["yes"], counts["no"], counts["abstain"]) == (
            ballot.tally.yes,
            ballot.tally.no,
            ballot.tally.abstain,
        )
        contradicting += ballot.declared is v.Declared.PASSED and counts["yes"] < counts["no"]
    # The names add up to the counts everywhere, so nothing else is found.
    assert codes(directory) == {"OUTCOME_CONTRADICTS_TALLY": contradicting}
    assert contradicting == 5


@pytest.mark.slow
def test_city_is_recorded_once(city: tuple[Path, MemoryDirectory], tmp_path: Path) -> None:
    path, directory = city
    made = new_archive(tmp_path / "register")
    with made.open() as archive:
        for expected in (False, True):
            batches = read_ballots(path, directory=archive, new_id=archive.means.new_id)
            already = Counter(archive.record(batch, signer=made.signer()).already for batch in batches)
            assert already == {expected: 1_836}
        assert archive.size == 4 + sum(len(history) for history in directory.histories.values()) - 1
