from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import karlsruhe
from support.archives import Made, new_archive
from support.oparl import SYSTEM, consultation, events_of, failures, intake, item, meeting, paper, portrait, thing, town
from support.oparl import url as at

from domain import events as e

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from support.oparl import Object

RUNS_MAX = 5
# A property over whole histories: each example is an archive of its own.
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def village() -> list[Object]:
    """Give the town with what depends most on what came before: groups that bring papers in, and things shown twice."""
    group, other = at("organization", 3), at("organization", 4)
    plan = consultation(11, meeting=at("meeting", 3), agendaItem=at("agendaitem", 11), role="Vorberatung")
    top = item(11, consultation=at("consultation", 11), result="vertagt", order=1)
    return [
        *town(),
        thing("Organization", 4, name="Gruppe Zwei", organizationType="Fraktion"),
        thing("Membership", 4, person=at("person", 1), organization=other, role="Mitglied"),
        paper(11, originatorOrganization=[group, other], underDirectionOf=[at("organization", 2)], consultation=[plan]),
        paper(12, originatorOrganization=[other]),
        meeting(3, agendaItem=[top]),
        # Named in one direction only.
        paper(13, mainFile=at("file", 13), consultation=[at("consultation", 13)]),
        consultation(13, meeting=at("meeting", 4), agendaItem=at("agendaitem", 13)),
        meeting(4, agendaItem=[at("agendaitem", 13)], resultsProtocol=at("file", 14)),
        item(13, consultation=at("consultation", 13), result="vertagt", resolutionFile=at("file", 15)),
        *(thing("File", n, name=f"Datei {n}", size=n) for n in (13, 14, 15)),
        # As objects of their own they say something else; what is embedded counts.
        {**plan, "paper": at("paper", 11), "role": "Kenntnisnahme"},
        {**top, "meeting": at("meeting", 3), "result": "abgelehnt", "name": "Anders"},
    ]


def quarter() -> list[Object]:
    """Give a part of a real city: papers with their way through the organs, and what refers to nothing in it."""
    every = karlsruhe.Shown(karlsruhe.objects_of(karlsruhe.dump()))
    busy = [one for one in every.papers.values() if len(one.get("consultation", [])) > 1][:6]
    papers = [*busy, *list(every.papers.values())[::900]]
    named = {plan.get("meeting") for one in papers for plan in one.get("consultation", [])}
    meetings = [every.meetings[key] for key in sorted(named & every.meetings.keys())]
    organs = {key for one in meetings for key in one["organization"]}
    organs |= {key for one in papers for key in one.get("underDirectionOf", [])}
    organizations = [every.organizations[key] for key in sorted(organs & every.organizations.keys())]
    alone = [{**one, "paper": papers[0]["id"]} for one in list(every.alone.values())[:3]]
    return [*papers, *meetings, *organizations[:-1], *alone]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return new_archive(tmp_path_factory.mktemp("empty"))


class Whole:
    """What a dump comes to in one run."""

    def __init__(self, objects: list[Object], system: str, empty: Made, folder: Path) -> None:
        self.objects, self.system, self.empty = objects, system, empty
        made = empty.copy(folder)
        with made.open() as archive:
            intake(archive, made.signer(), objects, system=system)
            self.portrait = portrait(archive)

    def holds(self, runs: Sequence[Sequence[Object]], tmp_path: Path) -> None:
        """Hold that these runs come to the same, and that another look at everything records nothing."""
        folder = tmp_path / "copy"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        made = self.empty.copy(folder)
        with made.open() as archive:
            for shown in runs:
                intake(archive, made.signer(), shown, system=self.system)
            assert portrait(archive) == self.portrait
            size = archive.size
            again = intake(archive, made.signer(), self.objects, system=self.system)
            assert (again.recorded, archive.size) == (0, size)
            # Each form that was shown is observed once, however often and in however many runs it came.
            assert len(events_of(archive, e.SourceObserved)) == len(self.objects)
            assert failures(archive) == []


@pytest.fixture(scope="module", params=["town", "village", pytest.param("quarter", marks=pytest.mark.slow)])
def whole(request: pytest.FixtureRequest, empty: Made, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    made_by = {"town": town, "village": village, "quarter": quarter}[request.param]
    system = karlsruhe.SYSTEM if made_by is quarter else SYSTEM
    return Whole(made_by(), system, empty, tmp_path_factory.mktemp(request.param))


@given(data=st.data())
@FEW
def test_order_and_spread_over_runs_do_not_matter(data: st.DataObject, whole: Whole, tmp_path: Path) -> None:
    objects = data.draw(st.permutations(whole.objects))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(objects) - 1), max_size=RUNS_MAX - 1)))
    runs = [objects[start:end] for start, end in zip([0, *cuts], [*cuts, len(objects)], strict=True)]
    whole.holds(runs, tmp_path)


@given(data=st.data())
@FEW
def test_runs_that_overlap_and_show_an_object_again_do_not_matter(
    data: st.DataObject, whole: Whole, tmp_path: Path
) -> None:
    count = data.draw(st.integers(2, RUNS_MAX))
    where = st.lists(st.integers(0, count - 1), min_size=1, max_size=3)
    places = data.draw(st.lists(where, min_size=len(whole.objects), max_size=len(whole.objects)))
    runs: list[list[Object]] = [[] for _ in range(count)]
    for one, chosen in zip(whole.objects, places, strict=True):
        for place in chosen:  # the same run may show it twice
            runs[place].append(one)
    shuffled = [data.draw(st.permutations(run)) for run in runs if run]
    whole.holds(shuffled, tmp_path)


def test_the_part_of_the_city_has_what_makes_order_matter() -> None:
    part = quarter()
    kinds = {json.dumps(one["type"]).rpartition("/")[2].strip('"') for one in part}
    assert kinds == {"Paper", "Meeting", "Organization", "Consultation"}
    shown = karlsruhe.Shown(part)
    assert any(shown.paper_of.get(one.get("consultation")) for m in part for one in m.get("agendaItem", []))
    assert shown.findings()["DANGLING_REFERENCE"] > 0
