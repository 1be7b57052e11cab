"""The OParl folder: whole against the specification and a real city, and read again by intake over HTTP."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from support import karlsruhe
from support.archives import new_archive
from support.exports import demo_export_archive, excerpt_of
from support.oparl_export import BASE, DAY, TYPE, Exported, Tree, faults, served

from archive.archive import Archive
from archive.excerpt import Audience, Terms
from archive.following import FilesFrom, Run, follow_endpoint
from archive.intake.oparl.endpoint import Endpoint, Pace
from archive.intake.oparl.mapping import vocabulary
from archive.intake.oparl.peers import Peers, PeerTransport
from domain.body import Body
from domain.group import Group
from domain.meeting import Meeting, items
from domain.organ import Organ
from domain.person import Person
from domain.proposal import Proposal
from domain.values import stated
from projections.export.edition import EXAMPLE, Edition

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.archives import Made

# A word of the example that the mapping for everybody does not know.
_OWN_WORDS = '[outcome.literals]\n"mit Änderung empfohlen" = "recommended_amended"\n'
WHOLE = Terms(day=DAY, version="0.1.0", whole=True)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return demo_export_archive(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def exported(demo: Made) -> Exported:
    with Archive.open(demo.folder, means=demo.means) as archive:
        return Exported(Edition(archive, WHOLE))


# -- the specification ----------------------------------------------------------------------------


def pages(exported: Exported) -> dict[str, Tree]:
    return {name: tree for name, tree in exported.trees.items() if "data" in tree}


def every_object(exported: Exported) -> Iterator[Tree]:
    for tree in exported.trees.values():
        yield from tree.get("data", [tree])


def test_every_object_is_as_the_specification_has_it(exported: Exported) -> None:
    assert [fault for tree in every_object(exported) for fault in faults(tree)] == []
    kinds = {tree["type"].removeprefix(TYPE) for tree in every_object(exported)}
    assert kinds == {
        *("System", "Body", "LegislativeTerm", "Organization", "Person", "Membership", "Paper", "Consultation"),
        *("Meeting", "AgendaItem", "Location", "File"),
    }


@pytest.mark.parametrize(
    ("kind", "spoil", "fault"),
    [
        ("AgendaItem", {"order": "1"}, "AgendaItem.order: '1' is no number"),
        ("Paper", {"date": "2023-03"}, "Paper.date: '2023-03' is no date"),
        ("Paper", {"consultation": {}}, "Paper.consultation: list or not"),
        ("Meeting", {"start": "2023-03-29"}, "Meeting.start: '2023-03-29' is no time"),
        ("Meeting", {"participants": []}, "Meeting: participants is unknown"),
        ("File", {"accessUrl": None}, "File.accessUrl: None is no url"),
    ],
)
def test_the_table_of_the_specification_finds_what_is_wrong(
    exported: Exported, kind: str, spoil: Tree, fault: str
) -> None:
    assert faults({**exported.objects(kind)[0], **spoil}) == [fault]


def test_a_real_city_fits_the_same_table_and_has_the_same_types(exported: Exported) -> None:
    """What the city has otherwise than the specification is counted, so that the table is held against the world."""
    wrong: dict[str, int] = defaultdict(int)
    theirs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for tree in karlsruhe.objects_of(karlsruhe.dump()):
        for fault in faults(tree):
            wrong[fault.partition(" ")[0] if "unknown" not in fault else fault] += 1
        _types(tree, theirs)
    assert dict(wrong) == {}
    ours: dict[tuple[str, str], set[str]] = defaultdict(set)
    for tree in every_object(exported):
        _types(tree, ours)
    both = ours.keys() & theirs.keys()
    assert len(both) > 60
    assert {key: (ours[key], theirs[key]) for key in both if ours[key] != theirs[key]} == {}


def _types(value: object, found: dict[tuple[str, str], set[str]]) -> None:
    if isinstance(value, list):
        for one in value:
            _types(one, found)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if ":" not in name:
                found[str(value.get("type")), name].add(type(inner).__name__)
            _types(inner, found)


def _addresses(value: object) -> Iterator[str]:
    if isinstance(value, str) and value.startswith(BASE):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _addresses(one)


def test_every_address_leads_to_a_file_and_every_object_lies_at_its_id(exported: Exported) -> None:
    for tree in exported.trees.values():
        for address in _addresses(tree):
            assert address.removeprefix(f"{BASE}/") in exported.files, address
    for name, tree in exported.trees.items():
        if "data" not in tree:
            assert tree["id"] == f"{BASE}/{name}"


def test_every_object_stands_in_a_list_and_is_there_what_it_is_alone(exported: Exported) -> None:
    listed = {one["id"]: one for page in pages(exported).values() for one in page["data"]}
    alone = {tree["id"]: tree for tree in exported.trees.values() if "data" not in tree}
    del alone[f"{BASE}/system.json"]
    assert listed == alone


def test_documents_are_the_bytes_that_their_objects_promise(exported: Exported) -> None:
    files = exported.objects("File")
    assert len(files) >= 5
    for file in files:
        data = exported.files[file["accessUrl"].removeprefix(f"{BASE}/")]
        assert (hashlib.sha512(data).hexdigest(), len(data)) == (file["sha512Checksum"], file["size"])


def test_what_is_exported_is_the_same_in_bytes_each_time(demo: Made, exported: Exported) -> None:
    with Archive.open(demo.folder, means=demo.means) as archive:
        again = Exported(Edition(archive, WHOLE))
    assert list(again.files.items()) == list(exported.files.items())
    for name, data in exported.files.items():
        if name.endswith(".json"):
            assert (
                data
                == json.dumps(json.loads(data), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
                + b"\n"
            ), name


def test_example_register_says_that_it_is_one_and_names_its_evidence(exported: Exported) -> None:
    system = exported.one("System")
    assert system["name"].startswith(EXAMPLE)
    assert system["ratsbuch:beispiel"] is True
    assert system["ratsbuch:pruefpunkt"].startswith("5adea304-")
    assert (system["oparlVersion"], len(system["ratsbuch:anker"])) == ("https://schema.oparl.org/1.1/", 64)


def test_resolution_that_was_announced_later_stands_in_its_meeting(exported: Exported) -> None:
    """8/2023 was made in camera under an item that stays so; only the resolution was made public."""
    (found,) = [m for m in exported.objects("Meeting") if m.get("ratsbuch:nummer") == "1/2023"]
    assert [one["nummer"] for one in found["ratsbuch:beschluss"]] == ["8/2023"]
    assert "14/2023" not in exported.text()


def test_excerpt_for_the_public_gives_the_same_but_for_what_is_personal(
    demo: Made, exported: Exported, tmp_path: Path
) -> None:
    """What such an excerpt lacks is what the export leaves out of a whole one, except for people in office."""
    terms = Terms(day=DAY, version="0.1.0", whole=True, audience=Audience.PUBLIC, ground="§ 1 Satzung")
    excerpt = excerpt_of(demo, tmp_path / "excerpt", terms)
    try:
        with excerpt.open(terms) as archive:
            out = Exported(Edition(archive, terms), checkpoint=excerpt.checkpoints()[0].note)
    finally:
        excerpt.close()
    assert out.objects("Person") == out.objects("Membership") == []
    assert exported.objects("Person") != []
    kinds = ("System", "Body", "LegislativeTerm", "Paper", "Consultation", "Meeting", "AgendaItem", "Location", "File")
    for kind in kinds:
        assert out.objects(kind) == exported.objects(kind), kind
    documents = {name for name in exported.files if not name.endswith(".json")}
    assert {name for name in out.files if not name.endswith(".json")} == documents


# -- read again -----------------------------------------------------------------------------------


def endpoint_of(base_url: str) -> Endpoint:
    pace = Pace(1000, clock=lambda: 0.0, sleep=lambda _: None)
    transport = PeerTransport(timeout_seconds=10, peers=Peers())
    return Endpoint(f"{base_url}/system.json", transport=transport, pace=pace)


def _facts(archive: Archive, body: str) -> dict[str, Any]:
    """Give what a register says of a body's organs, proposals and meetings in words, codes and digests."""
    organs = {s: o for s in archive.streams("organ") if isinstance(o := archive.stream(s), Organ) and o.body == body}
    names = {stream: str(organ.name) for stream, organ in organs.items()}
    told: dict[str, Any] = {f"organ {organ.name}": str(organ.kind) for organ in organs.values()}
    for stream in archive.streams("proposal"):
        state = archive.stream(stream)
        if not isinstance(state, Proposal) or state.body != body or state.current is None:
            continue
        now = state.current
        plans = [
            (names[str(c.plan.organ)], str(c.plan.role), stated(c.plan.status_literal), stated(c.plan.authoritative))
            for c in state.consultations
        ]
        told[f"proposal {now.reference}"] = (now.subject, str(now.kind), now.document_date, sorted(plans))
    for stream in archive.streams("meeting"):
        state = archive.stream(stream)
        if not isinstance(state, Meeting) or state.convened is None or state.convened.event.body != body:
            continue
        entries = [
            (
                i.entry.number,
                stated(i.title),
                str(i.entry.publicity),
                str(i.outcomes[-1].event.outcome) if i.outcomes else None,
            )
            for i in items(state)
            if i.entry is not None and i.is_on_agenda
        ]
        told[f"meeting {state.starts_at}"] = (
            state.convened.event.starts_at,
            stated(state.place),
            [names[o] for o in state.organs],
            entries,
        )
    return told


def _members(archive: Archive, body: str) -> set[tuple[str, str, str, str | None]]:
    """Give who is said to be what where, by names."""
    found = set()
    for stream in (*archive.streams("organ"), *archive.streams("group")):
        place = archive.stream(stream)
        assert isinstance(place, Organ | Group)
        of = place.body if isinstance(place, Organ) else place.registered.event.body if place.registered else None
        if of != body:
            continue
        for fact in place.memberships:
            person = archive.stream(f"person:{fact.event.person}")
            assert isinstance(person, Person)
            found.add((str(person.name), str(place.name), str(fact.event.function), stated(fact.event.begins)))
    return found


def _documents(archive: Archive) -> set[str]:
    found: set[str] = set()
    for kind in ("proposal", "meeting"):
        for stream in archive.streams(kind):
            state = archive.stream(stream)
            assert isinstance(state, Proposal | Meeting)
            events = [annex.attached.event for annex in state.annexes]
            events += [f.event for f in state.minutes_filed] if isinstance(state, Meeting) else []  # type: ignore[misc]
            found |= {str(e.document.digest) for e in events if e.held is True}  # type: ignore[union-attr]
    return found


def test_intake_over_http_arrives_at_the_same_facts(demo: Made, tmp_path: Path) -> None:
    """The round trip goes through other code: the reader of foreign systems, its mapping of words, its commands."""
    with served() as folder, Archive.open(demo.folder, means=demo.means) as archive:
        out = Exported(Edition(archive, WHOLE), folder.base_url)
        folder.files = out.files
        body = next(s for s in archive.streams("body") if "Musterkreis" in str(_body(archive, s).name))
        address = f"{folder.base_url}/body/{body.partition(':')[2]}.json"
        expected = _facts(archive, body)
        members = _members(archive, body)
        words = tmp_path / "worte.toml"
        words.write_text(f'format = "ratsbuch-oparl-map/1"\nbody = "{address}"\n{_OWN_WORDS}', encoding="utf-8")
        other = new_archive(tmp_path / "other", seed=5)
        (tmp_path / "files").mkdir()
        with other.open() as reader:
            endpoint = endpoint_of(folder.base_url)
            how = Run(
                words=vocabulary(words),
                signer=other.signer(),
                files=FilesFrom(endpoint, tmp_path / "files"),
            )
            summary = follow_endpoint(reader, endpoint, how)
            assert summary.unreadable_count == 0
            found = _facts(reader, reader.streams("body")[0])
            documents = _documents(reader)
            found_members = _members(reader, reader.streams("body")[0])
            again = follow_endpoint(reader, endpoint_of(folder.base_url), how)
            assert again.recorded == 0
    # What is not public did not go out: one proposal, and the item of the meeting that was held in camera.
    assert expected.keys() - found.keys() == {"proposal 14/2023"}
    meeting = "meeting 2023-03-29T17:00:00+02:00"
    place, now = expected[meeting], found[meeting]
    assert [e for e in place[3] if e not in now[3]] == [e for e in place[3] if e[2] == "non_public"]
    expected[meeting] = (*place[:3], now[3])
    del expected["proposal 14/2023"]
    assert found == expected
    # Who keeps the minutes holds no office, and stays at home.
    assert {one[0] for one in members - found_members} == {"Sven Schlehe"}
    assert found_members == {one for one in members if one[0] != "Sven Schlehe"}
    assert len(found_members) >= 20
    mine = {f["sha512Checksum"] for f in out.objects("File") if f["accessUrl"].startswith(folder.base_url)}
    assert documents <= mine
    assert len(documents) >= 4


def _body(archive: Archive, stream: str) -> Body:
    state = archive.stream(stream)
    assert isinstance(state, Body)
    return state
