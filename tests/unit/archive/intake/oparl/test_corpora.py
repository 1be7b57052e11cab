"""Two real cities in whole, and one whose objects changed over four weeks."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec import UNSET, Struct
from support import magdeburg
from support.archives import Clock, Made, new_archive
from support.karlsruhe import SYSTEM as KARLSRUHE
from support.karlsruhe import Shown, dump, objects_of
from support.oparl import Object, events_of, intake, write
from support.shared import shared_data

from archive.archive import Archive
from archive.intake.oparl.mapping import vocabulary
from archive.intake.oparl.summary import Summary
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from projections import account
from projections.source_findings import count_findings
from projections.sources import changed_after_decision

if TYPE_CHECKING:
    from collections.abc import Iterator


class City(Struct, frozen=True):
    """A register after the first look, and what was looked at."""

    archive: Archive
    made: Made
    source: Path
    summary: Summary
    objects: list[Object]

    def of(self, kind: str) -> list[Object]:
        return [one for one in self.objects if one["type"].endswith(f"/{kind}")]

    def inside(self, kind: str, *names: str) -> list[Object]:
        """Give what objects of a kind that are not deleted embed under some names."""
        return [
            entry
            for one in self.of(kind)
            if not one.get("deleted")
            for name in names
            for entry in (one[name] if isinstance(one.get(name), list) else [one[name]] if name in one else [])
        ]


@pytest.fixture(scope="module")
def karlsruhe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    source = dump()
    made = new_archive(tmp_path_factory.mktemp("karlsruhe"))
    with made.open() as archive:
        summary = intake(archive, made.signer(), source, system=KARLSRUHE)
        yield City(archive, made, source, summary, list(objects_of(source)))


@pytest.mark.slow
class TestKarlsruhe:
    def test_as_many_objects_are_reported_as_there_are(self, karlsruhe: City) -> None:
        kinds = Counter(one["type"].rpartition("/")[2].lower() for one in karlsruhe.objects)
        assert karlsruhe.summary.shown == dict(sorted(kinds.items()))
        assert kinds == {"paper": 6679, "meeting": 1257, "organization": 97, "consultation": 262}
        deleted = sum(one.get("deleted") is True for one in karlsruhe.objects)
        changes = karlsruhe.summary.changes
        assert (changes["tombstone"], changes["new"]) == (deleted, len(karlsruhe.objects) - deleted) == (136, 8159)
        assert (karlsruhe.summary.unreadable_count, karlsruhe.summary.repeated) == (0, 0)
        assert karlsruhe.summary.recorded == karlsruhe.archive.size - 4

    def test_every_consultation_is_planned_once(self, karlsruhe: City) -> None:
        shown = {one["id"] for one in karlsruhe.inside("Paper", "consultation")}
        planned = events_of(karlsruhe.archive, e.ConsultationPlanned)
        assert len(planned) == len({p.consultation for p in planned}) == len(shown)
        roles = Counter(p.status_literal for p in planned)
        by_id = {one["id"]: one["role"] for one in karlsruhe.inside("Paper", "consultation")}
        assert roles == Counter(by_id.values())
        # Those whose paper the dump lacks are kept as they are, and wait for it.
        alone = [s for s in events_of(karlsruhe.archive, e.SourceObserved) if s.object_kind == "consultation"]
        assert len(alone) == 262
        assert all(str(s.recorded_in).startswith("proposal:") and s.document for s in alone)

    def test_every_agenda_item_and_every_result_is_there(self, karlsruhe: City) -> None:
        items = karlsruhe.inside("Meeting", "agendaItem")
        agendas = events_of(karlsruhe.archive, e.AgendaSet)
        assert sum(len(agenda.items) for agenda in agendas) == len(items) == 7515
        titles = Counter(title.title for agenda in agendas for title in agenda.titles)
        assert titles == Counter(one["name"] for one in items)
        outcomes = events_of(karlsruhe.archive, e.OutcomeDeclared)
        assert Counter(o.outcome_literal for o in outcomes) == Counter(
            one["result"] for one in items if one.get("result")
        )
        words = vocabulary()
        assert all(
            o.outcome is (words.find("outcome", v.Outcome, str(o.outcome_literal)) or v.Outcome.OTHER) for o in outcomes
        )
        named = [entry for agenda in agendas for entry in agenda.items if isinstance(entry.proposal, str)]
        assert len(named) > 5_000

    def test_every_file_is_referred_to(self, karlsruhe: City) -> None:
        files = karlsruhe.inside("Paper", "auxiliaryFile") + karlsruhe.inside("Meeting", "auxiliaryFile", "invitation")
        inner = [file for one in karlsruhe.inside("Meeting", "agendaItem") for file in one.get("auxiliaryFile", [])]
        attached = events_of(karlsruhe.archive, e.DocumentAttached)
        assert Counter(a.source_id for a in attached) == Counter(f["id"] for f in files + inner)
        minutes = karlsruhe.inside("Meeting", "resultsProtocol", "verbatimProtocol")
        filed = events_of(karlsruhe.archive, e.MinutesFiled)
        assert Counter(m.source_id for m in filed) == Counter(f["id"] for f in minutes)
        assert not any(a.held for a in (*attached, *filed))

    def test_what_no_mapping_knows_is_named_with_counts(self, karlsruhe: City) -> None:
        assert karlsruhe.summary.unmapped == {
            "outcome": {
                "keine Mitteilungen": 24,
                "Aushang im Foyer": 19,
                "siehe Dokument Abstimmungsergebnisse": 10,
                "keine": 1,
            }
        }

    def test_a_second_run_records_nothing(self, karlsruhe: City) -> None:
        again = intake(karlsruhe.archive, karlsruhe.made.signer(), karlsruhe.source, system=KARLSRUHE)
        assert (again.recorded, again.changes) == (0, {"unchanged": 8295})

    def test_the_findings_are_those_that_the_objects_show_by_themselves(self, karlsruhe: City) -> None:
        found = count_findings(karlsruhe.archive, after=4)
        # Every code, and none that is not expected: what has no count must not be found.
        assert found == Shown(karlsruhe.objects).findings()
        assert found == {
            "ANNEX_NOT_HELD": 22_413,
            "CONTROL_CHAR": 5,
            "DANGLING_REFERENCE": 335,
            "DATE_AFTER_CONSULTATION": 576,
            "END_BEFORE_START": 924,
            "MINUTES_NOT_HELD": 536,
            "ROLE_OUTCOME_MISMATCH": 269,
            "SOURCE_GONE": 136,
            "TRUNCATED_TEXT": 24,
            "UNKNOWN_ROLE": 3_832,
            "VERSION_NOT_HELD": 576,
        }


def _worse(objects: list[Object]) -> list[Object]:
    """Give a part of the city with what its older data happen not to show: the same objects, made to contradict."""
    every = Shown(objects)
    twice = [one for one in every.papers.values() if len(one.get("consultation", [])) > 1]
    papers = [*twice, *list(every.papers.values())[::40]]
    chosen = {one["id"]: one for one in json.loads(json.dumps(papers))}
    for number, paper in enumerate(chosen.values()):
        plans = paper.get("consultation", [])
        meetings = [every.meetings.get(one.get("meeting", ""), {}).get("start", "") for one in plans]
        if len(plans) > 1 and number % 3:
            # The later one only advises; of every third it stays as it was.
            last = max(range(len(plans)), key=meetings.__getitem__)
            for place, one in enumerate(plans):
                one["role"], one["authoritative"] = ("Vorberatung", False) if place == last else ("Entscheidung", True)
        if number % 4 == 0:
            paper["name"] = unicodedata.normalize("NFD", paper["name"])
    for one, other in zip(list(chosen.values())[0:90:6], list(chosen.values())[3:90:6], strict=True):
        other["reference"] = one["reference"]
    named = {plan.get("meeting") for paper in chosen.values() for plan in paper.get("consultation", [])}
    meetings_shown = [meeting for key, meeting in every.meetings.items() if key in named]
    return [*chosen.values(), *meetings_shown, *every.organizations.values()]


def test_findings_that_the_city_happens_not_to_show_are_counted_where_it_does(tmp_path: Path) -> None:
    objects = _worse(list(objects_of(dump())))
    made = new_archive(tmp_path)
    with made.open() as archive:
        intake(archive, made.signer(), objects, system=KARLSRUHE)
        found = count_findings(archive, after=4)
    assert found == Shown(objects).findings()
    made_to = ("CONSULTATION_AFTER_DECISION", "DUPLICATE_REFERENCE", "NON_NFC", "ADVISORY_BODY_SAID_ADOPTED")
    assert [found[code] for code in made_to] == [28, 15, 40, 44]


# -- four weeks of changes ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Archive, list[dict[str, Any]]]]:
    versions = json.loads(shared_data("karlsruhe", "versions-2026.json").read_text(encoding="utf-8"))
    versions.sort(key=lambda version: datetime.fromisoformat(version["seen"]))
    folder = tmp_path_factory.mktemp("versions")
    clock = Clock(datetime.fromisoformat(versions[0]["seen"]).timestamp() - 60)
    made = new_archive(folder, clock=clock)
    with made.open() as archive:
        for version in versions:
            clock.now = datetime.fromisoformat(version["seen"]).timestamp()
            seen = write(folder / "seen.jsonl", [version["record"]])
            at = version["seen"].replace("+00:00", "Z")
            intake(archive, made.signer(), seen, system=KARLSRUHE, retrieved_at=at)
        yield archive, versions


def _changes(archive: Archive, part: str) -> list[Any]:
    return [c for c in changed_after_decision(archive).changed_after_decision if str(c.url).endswith(part)]


class TestFourWeeks:
    def test_every_form_that_was_seen_is_observed(self, followed: tuple[Archive, list[dict[str, Any]]]) -> None:
        archive, versions = followed
        assert len(events_of(archive, e.SourceObserved)) == len(versions) == 33

    def test_the_date_that_was_moved_after_the_vote_is_found(
        self, followed: tuple[Archive, list[dict[str, Any]]]
    ) -> None:
        archive, _ = followed
        moved = next(c for c in _changes(archive, "/54730") if any(d.field == "date" for d in c.differences))
        assert (moved.decided[:10], moved.seen) == ("2026-07-28", "2026-07-31T16:05:07Z")
        date, consultation = (
            next(d for d in moved.differences if d.field == name) for name in ("date", "consultation")
        )
        assert (date.before, date.after) == ("2026-07-13", "2026-07-31")
        assert (consultation.before, consultation.after, consultation.removed) == (
            *("2 entries", "1 entries"),
            ("Vorberatung",),
        )

    def test_the_earlier_state_is_shown_as_recorded(self, followed: tuple[Archive, list[dict[str, Any]]]) -> None:
        archive, _ = followed
        before = account.show(archive, "2026/0365/1", as_recorded="2026-07-30T12:00:00Z")
        now = account.show(archive, "2026/0365/1")
        then_text, now_text = (msgspec.json.encode(shown).decode() for shown in (before, now))
        assert "2026-07-13" in then_text
        assert "2026-07-31" not in then_text
        assert "2026-07-31" in now_text

    def test_the_minutes_that_were_exchanged_are_found(self, followed: tuple[Archive, list[dict[str, Any]]]) -> None:
        archive, _ = followed
        stories = [
            (c.seen[:10], d.before is None, d.after is None)
            for c in _changes(archive, "/10566")
            for d in c.differences
            if d.field == "resultsProtocol"
        ]
        assert stories == [("2026-07-31", True, False), ("2026-08-03", False, True), ("2026-08-04", True, False)]
        filed = [m.version for m in events_of(archive, e.MinutesFiled) if m.kind is v.MinutesKind.RESULTS]
        assert filed == [1, 2]

    def test_the_meeting_of_2009_that_was_emptied_is_found_and_still_there(
        self, followed: tuple[Archive, list[dict[str, Any]]]
    ) -> None:
        archive, versions = followed
        (change,) = _changes(archive, "/2042")
        lost = {d.field: d for d in change.differences}
        assert (change.decided[:10], change.seen) == ("2009-04-21", "2026-08-05T08:09:25Z")
        assert (len(lost["agendaItem"].removed), len(lost["auxiliaryFile"].removed)) == (19, 156)
        assert lost["verbatimProtocol"].after is None
        first = next(version["record"] for version in versions if version["record"]["id"].endswith("/2042"))
        stream = str(change.record)
        agenda = next(r.event for r in archive.history(stream) if isinstance(r.event, e.AgendaSet))
        assert isinstance(agenda.titles, tuple)
        assert [title.title for title in agenda.titles] == [one["name"] for one in first["agendaItem"]]
        then, now = (
            msgspec.json.encode(shown).decode()
            for shown in (
                account.show(archive, stream, as_recorded="2026-08-01T00:00:00Z"),
                account.show(archive, stream),
            )
        )
        assert (then.count('"on_agenda":true'), then.count('"on_agenda":false')) == (19, 0)
        assert (now.count('"on_agenda":true'), now.count('"on_agenda":false')) == (0, 19)

    def test_sources_changed_after_the_decision_are_a_finding(
        self, followed: tuple[Archive, list[dict[str, Any]]]
    ) -> None:
        archive, _ = followed
        answer = changed_after_decision(archive)
        certain = answer.changed_after_decision
        assert count_findings(archive, after=0)["SOURCE_CHANGED_AFTER_DECISION"] == len(certain) == 9
        # Between the last look before the meeting and the first one after its beginning.
        assert [(c.earliest, c.seen) for c in answer.cannot_be_told] == [
            ("2026-07-27T16:22:05Z", "2026-07-28T16:07:02Z"),
            ("2026-07-25T15:10:44Z", "2026-08-02T05:30:00Z"),
        ]


class TestFourWeeksReadAfterwards:
    """The same snapshots, taken in by somebody who got them months later."""

    @pytest.fixture(params=[True, False], ids=["dated", "undated"])
    def read(self, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Archive, bool]]:
        versions = json.loads(shared_data("karlsruhe", "versions-2026.json").read_text(encoding="utf-8"))
        versions.sort(key=lambda version: datetime.fromisoformat(version["seen"]))
        clock = Clock(datetime.fromisoformat("2026-11-01T00:00:00Z").timestamp())
        made = new_archive(tmp_path, clock=clock)
        with made.open() as archive:
            for version in versions:
                clock.tick(60)
                seen = write(tmp_path / "seen.jsonl", [version["record"]])
                at = version["seen"] if request.param else None
                intake(archive, made.signer(), seen, system=KARLSRUHE, retrieved_at=at)
            yield archive, request.param

    def test_nothing_that_lay_before_the_decision_is_held_against_the_source(self, read: tuple[Archive, bool]) -> None:
        archive, is_dated = read
        answer = changed_after_decision(archive)
        found = count_findings(archive, after=0).get("SOURCE_CHANGED_AFTER_DECISION", 0)
        if not is_dated:
            assert (found, answer.changed_after_decision) == (0, ())
            assert all(change.earliest is None for change in answer.cannot_be_told)
            assert len(answer.cannot_be_told) == 16
            return
        assert found == len(answer.changed_after_decision) == 9
        for change in answer.changed_after_decision:
            assert change.earliest is not None
            assert datetime.fromisoformat(change.decided) < datetime.fromisoformat(change.earliest)
        fields = {
            (str(c.url).rpartition("/")[2], d.field) for c in answer.changed_after_decision for d in c.differences
        }
        told = {("54730", "date"), ("10566", "resultsProtocol"), ("2042", "agendaItem"), ("2042", "verbatimProtocol")}
        assert told <= fields
        assert len(answer.cannot_be_told) == 2

    def test_an_observation_says_when_the_source_showed_it(self, read: tuple[Archive, bool]) -> None:
        archive, is_dated = read
        first = next(r for r in archive.events_between() if isinstance(r.event, e.SourceObserved))
        (observed,) = events_of(archive, e.SourceObserved)[:1]
        if is_dated:
            at = "2026-07-18T18:45:48+02:00"
            assert (observed.retrieved_at, first.occurred) == (at, x.When(at=at, certainty=v.Certainty.STATED))
        else:
            read_at = "2026-11-01T00:01:00Z"
            by_then = x.When(not_after=read_at, certainty=v.Certainty.UNKNOWN)
            assert (observed.retrieved_at, first.occurred) == (read_at, by_then)
        moved = next(r for r in archive.events_between() if isinstance(r.event, e.ProposalRevised))
        assert isinstance(moved.occurred, x.When)
        assert (moved.occurred.not_before is not UNSET) is is_dated


# -- the second city ------------------------------------------------------------------------------


@pytest.mark.slow
def test_magdeburg_comes_in_whole_with_its_own_conventions(tmp_path: Path) -> None:
    objects, rows = magdeburg.read(shared_data("magdeburg", "papers.jsonl.gz"))
    made = new_archive(tmp_path)
    with made.open() as archive:
        summary = intake(archive, made.signer(), objects, system=magdeburg.SYSTEM)
        consultations = [one for row in rows for one in row["consultations"]]
        assert summary.shown["paper"] == len(rows) == 6791
        assert summary.events["consultation-planned/1"] == len(consultations)
        assert summary.events["outcome-declared/1"] == sum(one["result"] is not None for one in consultations)
        assert summary.events["document-attached/1"] == sum(len({f["id"] for f in row["files"]}) for row in rows)
        relations = ("superOrdinatedPaperIds", "subordinatedPaperIds")
        links = {(row["id"], name, other) for row in rows for name in relations for other in row[name]}
        assert summary.events["proposals-linked/1"] == len(links)
        assert summary.unmapped["outcome"] == {"Vorbehaltsbeschluss": 1}
        assert "role" not in summary.unmapped
        assert intake(archive, made.signer(), objects, system=magdeburg.SYSTEM).recorded == 0
