"""What follows from several streams: the same as the commands tell, and the same brought up to date as made anew."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import UNSET, Raw, structs
from support.archives import OPENED_AT, Clock, Made, batch, new_archive, statement
from support.demo import DAY_SECONDS, demo_archive

from archive.archive import Archive, Means
from archive.erasure import erase, parse_target
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.rules import PRESETS
from domain.stream import Statement
from projections.ballots import ballots_of
from projections.findings import findings
from projections.listing import listing
from projections.projector import Views
from projections.timetravel import moment
from projections.views import VIEWS
from projections.views.computed import COMPUTED, Computed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from projections.views.table import Row

TABLES = tuple(one.name for one in COMPUTED)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return demo_archive(tmp_path_factory.mktemp("demo"))


def query(views: Views, text: str, *values: object) -> list[tuple[Any, ...]]:
    return views.connection.execute(text, values).fetchall()


# -- the same as the commands tell ----------------------------------------------------------------


@pytest.fixture
def views(demo: Made, tmp_path: Path) -> Iterator[tuple[Archive, Views]]:
    with demo.open() as archive, Views(archive, tmp_path / "views.db") as made:
        made.update()
        yield archive, made


def listed(archive: Archive) -> dict[str, tuple[Any, ...]]:
    """Give where proposals stand as `list` tells it."""
    found = listing(archive, with_blocked=True)
    return {row.stream: (row.state, row.outcome.value, row.outcome_on) for row in (*found.rows, *found.apart)}


def standing(views: Views) -> dict[str, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in query(views, "SELECT stream, state, outcome, outcome_on FROM standings")}


def test_standings_are_those_of_the_list(views: tuple[Archive, Views]) -> None:
    archive, file = views
    made = standing(file)
    assert made == listed(archive)
    assert {outcome for _, outcome, _ in made.values()} >= {"adopted", "rejected"}


def test_standing_names_the_event_of_its_outcome(views: tuple[Archive, Views]) -> None:
    _, file = views
    rows = query(
        file,
        "SELECT s.outcome, o.outcome, s.outcome_literal IS o.outcome_literal, s.meeting, o.stream "
        "FROM standings AS s LEFT JOIN outcomes AS o USING (event) WHERE s.event IS NOT NULL",
    )
    assert rows
    assert all(mine == other and literal and meeting == stream for mine, other, literal, meeting, stream in rows)
    assert query(file, "SELECT count(*) FROM standings WHERE event IS NULL AND outcome IS NOT NULL") == [(0,)]


def test_checks_are_those_of_the_ballots(views: tuple[Archive, Views]) -> None:
    archive, file = views
    expected = Counter(
        (
            one.ballot.id,
            check.subject,
            check.verdict,
            check.reason,
            check.sentence,
            check.computation,
            tuple((rule.topic, rule.citation, rule.rests) for rule in check.rules),
        )
        for one in ballots_of(archive, with_blocked=True).ballots
        for check in one.ballot.checks
    )
    rows = query(file, "SELECT ballot, subject, verdict, reason, sentence, computation, rules FROM checks")
    made = Counter(
        (*row[:5], tuple(json.loads(row[5])), tuple(tuple(r[n] for n in ("topic", "citation", "rests")) for r in rules))
        for row in rows
        if (rules := json.loads(row[6])) is not None
    )
    assert made == expected
    assert {row[2] for row in rows} == {"agrees", "contradicts", "not_decidable"}


def told(archive: Archive) -> Counter[tuple[Any, ...]]:
    """Give the findings as `findings` tells them."""
    return Counter(
        (
            one.stream,
            one.code,
            one.state,
            one.noted,
            one.text,
            tuple((value.name, value.value) for value in one.details),
            tuple(event.event for event in one.rests_on),
            one.explained_by.event if one.explained_by is not None else None,
        )
        for one in findings(archive, with_blocked=True).findings
    )


def found(views: Views, day: str = "9999") -> Counter[tuple[Any, ...]]:
    """Give the findings of the table that hold on a day."""
    rows = query(
        views,
        "SELECT stream, code, status, noted, text, details, events, explained_by, event FROM findings "
        "WHERE ifnull(since <= ?, 1)",
        day,
    )
    assert all(row[8] == json.loads(row[6])[0] for row in rows)
    return Counter(
        (
            *row[:3],
            bool(row[3]),
            row[4],
            tuple((value["name"], value["value"]) for value in json.loads(row[5])),
            tuple(json.loads(row[6])),
            row[7],
        )
        for row in rows
    )


def test_findings_are_those_told_today(views: tuple[Archive, Views]) -> None:
    archive, file = views
    day = moment(int(archive.means.clock()))[:10]
    assert found(file, day) == told(archive)
    assert query(file, "SELECT count(*) FROM findings WHERE since <= ?", day) != [(0,)]


def test_findings_to_come_are_there_with_their_day(demo: Made, tmp_path: Path) -> None:
    """The same events give the same rows, whatever day it is."""
    early = Means(clock=Clock(OPENED_AT - 3_000 * DAY_SECONDS), random=demo.means.random)
    with Archive.open(demo.folder, means=early) as archive, Views(archive, tmp_path / "views.db") as file:
        file.update()
        day = moment(int(archive.means.clock()))[:10]
        assert found(file, day) == told(archive)
        assert query(file, "SELECT count(*) FROM findings WHERE since > ?", day) != [(0,)]


def test_changed_row_of_each_is_named(views: tuple[Archive, Views]) -> None:
    _, file = views
    file.connection.execute("UPDATE standings SET state='planned' WHERE state='decided'")
    file.connection.execute("DELETE FROM checks WHERE verdict='contradicts'")
    file.connection.execute("INSERT INTO findings SELECT * FROM findings LIMIT 1")
    named = {one.partition(":")[0] for one in file.differences()}
    assert named == {f"table {name}" for name in TABLES}


# -- brought up to date ---------------------------------------------------------------------------


class Town:
    """A register to record in, whose views are brought up to date after every recording."""

    def __init__(self, folder: Path) -> None:
        self.made = new_archive(folder)
        self.archive = self.made.open()
        self.signer = self.made.signer()
        self.views = Views(self.archive)
        self.body = self.archive.streams("body")[0]
        self._count = 0
        self.views.update()
        # The rules that the register was opened with say no day, and nothing could be decided beside them.
        adopted = next(r.seq for r in self.archive.history(self.body) if isinstance(r.event, e.RuleSetAdopted))
        days = {"valid_from": "1990-01-01", "valid_until": "1999-12-31"}
        self.record(*((self.body, correction(f"/data/{at}", None, day, target=adopted)) for at, day in days.items()))

    def new(self, kind: str) -> str:
        return f"{kind}:{self.made.means.uuid7()}"

    def record(self, *some: tuple[str, e.Event] | Statement, name: str | None = None) -> None:
        """Record, bring up to date, and compare with the views made anew; `name` is told where they differ."""
        self._count += 1
        statements = [one if isinstance(one, Statement) else statement(*one) for one in some]
        self.archive.record(batch(*statements, name=f"b{self._count}"), signer=self.signer)
        done = self.views.update()
        assert (done.rebuilt, done.failures, name) == (None, (), name)
        assert (list(self.views.differences()), name) == ([], name)

    def proposal(self, number: str, **more: Any) -> str:  # noqa: ANN401
        stream = self.new("proposal")
        kind = v.ProposalKind.RESOLUTION_PROPOSAL
        self.record((stream, e.ProposalRegistered(body=self.body, kind=kind, reference=number, version=1, **more)))
        return stream

    def organ(self, **more: Any) -> str:  # noqa: ANN401
        stream = self.new("organ")
        self.record((stream, e.OrganRegistered(body=self.body, name="Kreistag", kind=v.OrganKind.OTHER, **more)))
        return stream

    def meeting(self, *organs: str, day: str = "2021-12-08") -> str:
        stream = self.new("meeting")
        self.record((stream, e.MeetingConvened(body=self.body, organs=organs, starts_at=f"{day}T16:00:00+01:00")))
        return stream

    def state(self, proposal: str) -> str:
        return str(query(self.views, "SELECT state FROM standings WHERE stream=?", proposal)[0][0])

    def codes(self, stream: str) -> list[str]:
        rows = query(self.views, "SELECT code, status FROM findings WHERE stream=? ORDER BY 1, 2", stream)
        return [code if status == "open" else f"{code} {status}" for code, status in rows]

    def verdicts(self, meeting: str) -> dict[str, tuple[str, str]]:
        rows = query(self.views, "SELECT subject, verdict, reason FROM checks WHERE stream=?", meeting)
        return {subject: (verdict, reason) for subject, verdict, reason in rows}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path / "town")
    yield made
    made.views.close()
    made.archive.close()


def raw(value: object) -> Raw:
    return Raw(json.dumps(value).encode())


def correction(path: str, old: str | None, new: str, *, target: int = 1) -> e.RecordCorrected:
    return e.RecordCorrected(
        target=target,
        path=path,
        old=raw(old) if old is not None else UNSET,
        new=raw(new),
        kind=v.CorrectionKind.CLERICAL,
        reason="Schreibfehler",
    )


def status(becomes: v.ResolutionStatus) -> e.ResolutionStatusChanged:
    day = x.When(at="2022-01-01", certainty=v.Certainty.STATED)
    return e.ResolutionStatusChanged(becomes=becomes, effective=day, basis=v.Basis.STATED)


def test_meeting_and_resolution_move_the_standing_of_what_they_name(town: Town) -> None:
    proposal = town.proposal("1")
    meeting = town.meeting(town.organ(decides=False))
    assert town.state(proposal) == "registered"
    town.record((meeting, e.OutcomeDeclared(proposal=proposal, outcome=v.Outcome.ADOPTED)))
    assert town.state(proposal) == "deliberated"
    resolution = town.new("resolution")
    made_by = x.MadeBy(kind=v.DecisionPath.ORGAN, meeting=meeting)
    made = e.ResolutionMade(sense=v.ResolutionSense.APPROVING, made_by=made_by, proposal=proposal)
    town.record((resolution, made))
    assert town.state(proposal) == "decided"
    other = town.proposal("2")
    town.record((resolution, correction("/data/proposal", proposal, other)))
    assert (town.state(proposal), town.state(other)) == ("deliberated", "decided")
    town.record((meeting, correction("/data/proposal", proposal, other, target=2)))
    assert town.state(proposal) == "registered"


def test_of_two_outcomes_on_a_day_the_meeting_recorded_last_counts(town: Town) -> None:
    proposal = town.proposal("1")
    for outcome in (v.Outcome.REJECTED, v.Outcome.ADOPTED):
        town.record((town.meeting(), e.OutcomeDeclared(proposal=proposal, outcome=outcome)))
    assert standing(town.views) == listed(town.archive)
    assert standing(town.views)[proposal][1] == "adopted"


def test_organ_that_decides_after_all_moves_what_came_before_it(town: Town) -> None:
    proposal, organ = town.proposal("1"), town.organ(decides=False)
    meeting = town.meeting(organ)
    town.record((meeting, e.OutcomeDeclared(proposal=proposal, outcome=v.Outcome.ADOPTED)))
    assert (town.state(proposal), town.codes(meeting)) == ("deliberated", ["ADVISORY_BODY_SAID_ADOPTED"])
    town.record((organ, e.OrganChanged(decides=True)))
    assert (town.state(proposal), town.codes(meeting)) == ("decided", [])


def test_rules_and_seats_are_those_known_now(town: Town) -> None:
    organ = town.organ()
    meeting = town.meeting(organ)
    opening = e.MeetingOpened(part=v.Part.WHOLE, present_count=10, entitled_count=10, quorum=v.QuorumState.ESTABLISHED)
    ballot = e.BallotHeld(
        ballot=town.made.means.uuid7(),
        method=v.BallotMethod.SHOW_OF_HANDS,
        tally=x.Tally(yes=6, no=4, abstain=0),
        declared=v.Declared.PASSED,
    )
    town.record((meeting, opening), (meeting, ballot))
    before = town.verdicts(meeting)
    assert {verdict for verdict, _ in before.values()} == {"not_decidable"}
    preset = PRESETS["sn-landkreis"]
    rules = e.RuleSetAdopted(name=preset.name, preset=preset.key, valid_from="2000-01-01", rules=preset.rules)
    town.record((town.body, rules))
    adopted = town.verdicts(meeting)
    assert adopted != before
    town.record((organ, e.OrganChanged(seats=12)))
    sized = town.verdicts(meeting)
    assert sized != adopted
    town.record((organ, e.OrganChanged(seats=90)))
    assert town.verdicts(meeting) != sized


def test_shared_number_is_told_with_the_first_that_bears_it(town: Town) -> None:
    code = "DUPLICATE_REFERENCE"
    first, second = town.proposal("0640"), town.proposal("0640")
    assert (town.codes(first), town.codes(second)) == ([code], [])
    note = e.DiscrepancyNoted(code=code, status=v.DiscrepancyStatus.EXPLAINED, assessment="Zählfehler")
    town.record((second, note))
    assert (town.codes(first), town.codes(second)) == ([f"{code} explained"], [])
    town.record((second, correction("/data/reference", "0640", "0641")))
    # What was noted is about nothing else now, and stands for itself.
    assert (town.codes(first), town.codes(second)) == ([], [f"{code} explained"])
    third = town.proposal("0641")
    assert (town.codes(second), town.codes(third)) == ([f"{code} explained"], [])
    town.record((third, e.ProposalRevised(version=2, mode=v.RevisionMode.PAGES, reference="0642")))
    town.record((third, e.DiscrepancyNoted(code=code, status=v.DiscrepancyStatus.RESOLVED)))
    assert town.codes(third) == [f"{code} resolved"]


def test_meeting_that_is_moved_is_held_against_the_paper_and_what_sources_showed(town: Town) -> None:
    organ = town.organ()
    meeting, proposal, source = town.meeting(organ), town.proposal("1", document_date="2021-11-01"), town.new("source")
    plan = e.ConsultationPlanned(
        consultation=town.made.means.uuid7(),
        organ=organ,
        role=v.ConsultationRole.DECISION,
        publicity=v.Publicity.PUBLIC,
        meeting=meeting,
    )
    own = town.new("source")
    seen = [
        (
            stream,
            e.SourceObserved(
                change=change, recorded_in=about, retrieved_at=f"{day}T09:00:00Z", url="https://x.example"
            ),
        )
        for stream, about in ((source, proposal), (own, meeting))
        for change, day in ((v.SourceChange.NEW, "2021-11-02"), (v.SourceChange.CHANGED, "2021-11-20"))
    ]
    town.record((proposal, plan), *seen)
    assert (town.codes(proposal), town.codes(source), town.codes(own)) == ([], [], [])
    town.record((meeting, e.MeetingMoved(starts_at="2021-10-01T16:00:00+02:00")))
    assert town.codes(proposal) == ["DATE_AFTER_CONSULTATION", "VERSION_NOT_HELD"]
    assert town.codes(source) == town.codes(own) == ["SOURCE_CHANGED_AFTER_DECISION"]
    dropped = e.ConsultationDropped(consultation=plan.consultation)
    town.record((proposal, dropped))
    assert town.codes(source) == []


def test_version_recorded_later_is_no_longer_missing_on_the_agenda(town: Town) -> None:
    meeting, proposal = town.meeting(), town.proposal("1")
    item = x.AgendaItem(
        item=town.made.means.uuid7(), order=0, proposal=proposal, version=2, publicity=v.Publicity.PUBLIC
    )
    agenda = e.AgendaSet(version=1, stage=v.AgendaStage.INVITATION, part=v.Part.WHOLE, items=(item,))
    town.record((meeting, agenda))
    assert (town.codes(meeting), town.state(proposal)) == (["VERSION_NOT_HELD"], "on_agenda")
    town.record((proposal, e.ProposalRevised(version=2, mode=v.RevisionMode.FULL)))
    assert town.codes(meeting) == []


def test_end_of_a_predecessor_is_stated_later(town: Town) -> None:
    meeting, proposal, resolution = town.meeting(), town.proposal("1"), town.new("resolution")
    made_by = x.MadeBy(kind=v.DecisionPath.ORGAN, meeting=meeting, ballot=town.made.means.uuid7())
    link = e.ProposalsLinked(relation=v.Relation.CONTINUES, other=resolution, basis=v.Basis.STATED)
    town.record((proposal, link))
    assert town.codes(proposal) == ["DANGLING_REFERENCE"]
    town.record((resolution, e.ResolutionMade(sense=v.ResolutionSense.APPROVING, made_by=made_by)))
    assert town.codes(proposal) == ["PREDECESSOR_END_NOT_STATED"]
    assert town.codes(resolution) == ["ADOPTED_TEXT_NOT_HELD", "DANGLING_REFERENCE"]
    town.record((resolution, status(v.ResolutionStatus.EXPIRED)))
    assert town.codes(proposal) == []
    ballot = e.BallotHeld(ballot=str(made_by.ballot), method=v.BallotMethod.NOT_STATED)
    town.record((meeting, ballot))
    assert town.codes(resolution) == ["ADOPTED_TEXT_NOT_HELD"]


def test_what_a_source_names_is_missed_until_it_is_recorded(town: Town) -> None:
    """The table of mentions has only what an event's own fields name."""
    proposal, review = town.proposal("1"), town.new("review")
    event = e.ProposalRevised(version=2, mode=v.RevisionMode.FULL)
    cited = x.Source(grade=v.Grade.COPY, citation=review)
    town.record(statement(proposal, event, sources=(cited,)))
    assert town.codes(proposal) == ["DANGLING_REFERENCE"]
    town.record((review, e.ReviewSubmitted(resolutions=(town.new("resolution"),), authority_name="Aufsicht")))
    assert town.codes(proposal) == []


# -- whatever is recorded -------------------------------------------------------------------------


class Chance:
    """Records things at random about a few streams that have much to do with each other."""

    def __init__(self, town: Town, seed: int) -> None:
        self._town = town
        self._chance = random.Random(seed)
        kinds = (("proposal", 4), ("meeting", 3), ("resolution", 2), ("organ", 2), ("source", 2))
        self._streams = {kind: [town.new(kind) for _ in range(count)] for kind, count in kinds}
        self._begun: dict[str, int] = {town.body: town.archive.size}
        self._ids = [town.made.means.uuid7() for _ in range(4)]

    def _one(self, kind: str) -> str:
        return self._chance.choice(self._streams[kind])

    def _number(self) -> str:
        return self._chance.choice(("1", "1", "2"))

    def _day(self) -> str:
        return f"2021-1{self._chance.randrange(3)}-{self._chance.randrange(10, 28)}"

    def some(self) -> list[tuple[str, e.Event]]:
        """Give what is recorded next, in one to three streams."""
        return [self._next() for _ in range(self._chance.randrange(1, 4))]

    def _next(self) -> tuple[str, e.Event]:
        if self._chance.random() < 0.06:
            preset = PRESETS[self._chance.choice(sorted(PRESETS))]
            return self._town.body, e.RuleSetAdopted(
                name=preset.name, valid_from=self._day(), rules=preset.rules[: self._chance.randrange(1, 40)]
            )
        stream = self._one(self._chance.choice(tuple(self._streams)))
        kind = stream.partition(":")[0]
        self._begun[stream] = self._begun.get(stream, 0) + 1
        more: dict[str, tuple[Callable[[], e.Event], ...]] = {
            "proposal": (self._revised, self._plan, self._plan, self._link, self._note, self._dropped),
            "meeting": (self._moved, self._agenda, self._outcome, self._outcome, self._ballot, self._note),
            "resolution": (lambda: status(self._chance.choice(tuple(v.ResolutionStatus))),),
            "organ": (
                lambda: e.OrganChanged(decides=self._chance.random() < 0.5, seats=self._chance.randrange(5, 60)),
            ),
            "source": (self._seen,),
        }
        if self._begun[stream] == 1:
            return stream, self._first(kind)
        return stream, self._chance.choice(more[kind])()

    def _first(self, kind: str) -> e.Event:
        body, chance = self._town.body, self._chance
        match kind:
            case "proposal":
                return e.ProposalRegistered(
                    body=body,
                    kind=v.ProposalKind.RESOLUTION_PROPOSAL,
                    reference=self._number(),
                    version=1,
                    document_date=self._day(),
                )
            case "meeting":
                organs = tuple(dict.fromkeys(self._one("organ") for _ in range(chance.randrange(3))))
                return e.MeetingConvened(body=body, organs=organs, starts_at=self._day())
            case "resolution":
                made_by = x.MadeBy(
                    kind=v.DecisionPath.ORGAN, meeting=self._one("meeting"), ballot=chance.choice(self._ids)
                )
                return e.ResolutionMade(
                    sense=v.ResolutionSense.APPROVING, made_by=made_by, proposal=self._one("proposal")
                )
            case "organ":
                return e.OrganRegistered(body=body, name="Gremium", kind=chance.choice(tuple(v.OrganKind)))
            case _:
                return self._seen()

    def _revised(self) -> e.Event:
        return e.ProposalRevised(
            version=self._chance.randrange(2, 5), mode=v.RevisionMode.PAGES, reference=self._number()
        )

    def _plan(self) -> e.Event:
        return e.ConsultationPlanned(
            consultation=self._chance.choice(self._ids),
            organ=self._one("organ"),
            role=self._chance.choice(tuple(v.ConsultationRole)),
            publicity=v.Publicity.PUBLIC,
            planned_on=self._day(),
            meeting=self._one("meeting"),
        )

    def _dropped(self) -> e.Event:
        return e.ConsultationDropped(consultation=self._chance.choice(self._ids))

    def _link(self) -> e.Event:
        return e.ProposalsLinked(relation=v.Relation.CONTINUES, other=self._one("resolution"), basis=v.Basis.STATED)

    def _note(self) -> e.Event:
        return e.DiscrepancyNoted(
            code=self._chance.choice(("DUPLICATE_REFERENCE", "VERSION_NOT_HELD", "DATE_AFTER_CONSULTATION")),
            status=self._chance.choice(tuple(v.DiscrepancyStatus)),
        )

    def _moved(self) -> e.Event:
        return e.MeetingMoved(starts_at=self._day())

    def _agenda(self) -> e.Event:
        items = tuple(
            x.AgendaItem(
                item=self._ids[number],
                order=number,
                proposal=self._one("proposal"),
                version=self._chance.randrange(1, 4),
                publicity=v.Publicity.PUBLIC,
            )
            for number in range(self._chance.randrange(1, 3))
        )
        return e.AgendaSet(version=1, stage=v.AgendaStage.OPENING, part=v.Part.WHOLE, items=items)

    def _outcome(self) -> e.Event:
        return e.OutcomeDeclared(
            proposal=self._one("proposal"),
            consultation=self._chance.choice(self._ids),
            outcome=self._chance.choice(tuple(v.Outcome)),
            outcome_literal="so beschlossen",
        )

    def _ballot(self) -> e.Event:
        return e.BallotHeld(
            ballot=self._town.made.means.uuid7(),
            method=v.BallotMethod.SHOW_OF_HANDS,
            item=self._chance.choice(self._ids),
            tally=x.Tally(yes=self._chance.randrange(9), no=self._chance.randrange(9), abstain=0),
            declared=v.Declared.PASSED,
        )

    def _seen(self) -> e.Event:
        return e.SourceObserved(
            change=self._chance.choice(tuple(v.SourceChange)),
            recorded_in=self._one(self._chance.choice(("proposal", "meeting"))),
            retrieved_at=f"{self._day()}T09:00:00Z",
            url="https://x.example",
        )


@pytest.mark.parametrize("rounds", [25, pytest.param(200, marks=pytest.mark.long)])
def test_whatever_is_recorded_the_file_is_the_one_made_anew(tmp_path: Path, rounds: int) -> None:
    town = Town(tmp_path / "town")
    chance = Chance(town, seed := random.randrange(2**32))
    for number in range(rounds):
        town.record(*chance.some(), name=f"seed {seed}, round {number}")
    assert (standing(town.views), seed) == (listed(town.archive), seed)
    assert (found(town.views), seed) == (told(town.archive), seed)
    town.views.close()
    town.archive.close()


# -- a view that fails ----------------------------------------------------------------------------


def _broken(*_: object) -> Iterator[Row]:
    message = "this it cannot compute"
    raise ValueError(message)


def broken(name: str) -> tuple[Computed, ...]:
    return tuple(structs.replace(one, rows=_broken) if one.name == name else one for one in COMPUTED)


@pytest.mark.parametrize("name", TABLES)
def test_computed_view_that_fails_leaves_the_others_working(demo: Made, tmp_path: Path, name: str) -> None:
    made = demo.copy(tmp_path)
    with made.open() as archive:
        with Views(archive, computed=broken(name)) as views:
            (failure,) = views.update().failures
            assert (failure.view, failure.why) == (name, "ValueError: this it cannot compute")
            assert query(views, "SELECT view FROM views WHERE position < ?", archive.size) == [(name,)]
            assert query(views, f"SELECT count(*) FROM {name}") == [(0,)]  # noqa: S608
            (again,) = views.update().failures
            assert again.view == name
            assert any(one.startswith(f"view {name}: ") for one in views.differences())
        with Views(archive) as views:
            done = views.update()
            assert (done.rebuilt, done.failures) == (None, ())
            assert query(views, f"SELECT count(*) > 0 FROM {name}") == [(1,)]  # noqa: S608
            assert query(views, "SELECT count(*) FROM views WHERE failed IS NOT NULL") == [(0,)]
            assert list(views.differences()) == []


def test_computed_views_wait_for_those_they_follow_from(town: Town) -> None:
    """They are brought up to date with them as soon as that is possible, from where they stood."""

    def fragile(*_: object) -> Iterator[Row]:
        message = "this it cannot read"
        raise ValueError(message)

    proposal = town.proposal("1")
    town.views.close()
    torn = [
        structs.replace(view, parts=(structs.replace(view.parts[0], rows=fragile), *view.parts[1:]))
        if view.name == "proposals"
        else view
        for view in VIEWS
    ]
    meeting = town.new("meeting")
    statements = (
        statement(meeting, e.MeetingConvened(body=town.body, organs=(), starts_at="2021-12-08")),
        statement(meeting, e.OutcomeDeclared(proposal=proposal, outcome=v.Outcome.ADOPTED)),
        statement(proposal, e.ProposalRevised(version=2, mode=v.RevisionMode.FULL)),
    )
    town.archive.record(batch(*statements, name="neu"), signer=town.signer)
    with Views(town.archive, views=torn) as views:
        failures = {one.view: one.stream for one in views.update().failures}
        assert failures == {"proposals": proposal} | dict.fromkeys(TABLES, "proposals")
        assert {one.view for one in views.rebuild().failures} == failures.keys()
    with Views(town.archive) as views:
        assert views.update().failures == ()
        assert list(views.differences()) == []
        assert query(views, "SELECT state FROM standings") == [("decided",)]


def test_without_the_views_they_follow_from_there_are_none(demo: Made, tmp_path: Path) -> None:
    some = [view for view in VIEWS if view.name in {"record", "ballots"}]
    with demo.open() as archive, Views(archive, tmp_path / "views.db", views=some) as views:
        assert views.update().failures == ()
        assert {view for (view,) in query(views, "SELECT view FROM views")} == {"record", "ballots"}


# -- what was erased ------------------------------------------------------------------------------


def test_erased_words_of_an_outcome_are_gone_and_said_to_be(demo: Made, tmp_path: Path) -> None:
    made = demo.copy(tmp_path)
    with made.open() as archive:
        with Views(archive) as views:
            views.update()
            event, literal = query(
                views,
                "SELECT event, outcome_literal FROM standings WHERE outcome_literal IS NOT NULL ORDER BY 1 LIMIT 1",
            )[0]
        assert literal
        targets = parse_target(f"{event}/data.outcome_literal", archive)
        erase(archive, targets, ground="Art. 17 DSGVO", signer=made.signer())
        with Views(archive) as views:
            views.update()
            rows = query(views, "SELECT outcome_literal, unstated FROM standings WHERE event=?", event)
            assert rows
            assert all(row == (None, '{"outcome_literal":"erased"}') for row in rows)
            assert list(views.differences()) == []


# -- the document ---------------------------------------------------------------------------------


@pytest.mark.checkout
def test_what_the_document_asks_of_these_tables_is_answered(views: tuple[Archive, Views]) -> None:
    _, file = views
    text = (Path(__file__).resolve().parents[3] / "docs" / "views.md").read_text().partition("## The tables")[0]
    asked = re.findall(r"^    (SELECT[^;]*);", text, re.MULTILINE)
    about = [one for one in asked if re.search(rf"FROM ({'|'.join(TABLES)})\b", one)]
    assert len(about) == len(TABLES)
    assert all(query(file, one) for one in about)
