"""What a reference may have meant, where it means nothing."""

from __future__ import annotations

import pytest
from support.council import on, statement, stream
from support.memory import MemoryArchive

from archive.errors import InputError
from domain import events as e
from domain import vocabulary as v
from projections.refs import resolve
from projections.teller import Teller
from projections.timetravel import Past

B = stream("body")


@pytest.fixture
def archive() -> MemoryArchive:
    made = MemoryArchive()
    made.add(statement(B, e.BodyRegistered(name="Musterkreis", kind=v.BodyKind.LANDKREIS)))
    for number, name in enumerate(("Kreistag", "Ausschuss für Bau und Umwelt"), start=1):
        made.add(statement(stream("organ", number), e.OrganRegistered(body=B, name=name, kind=v.OrganKind.COUNCIL)))
    made.add(statement(stream("person"), e.PersonKnown(name="Anna Ahorn")))
    blocked = statement(stream("person", 2), e.PersonKnown(name="Anna Ahron-Quitte"), visibility=v.Visibility.BLOCKED)
    made.add(blocked)
    made.add(
        statement(stream("group"), e.GroupRegistered(body=B, name="Grüne Liste", kind=v.GroupKind.PARLIAMENTARY_GROUP))
    )
    convened = e.MeetingConvened(body=B, organs=(stream("organ"),), starts_at="2023-02-28", number="7")
    made.add(statement(stream("meeting"), convened, occurred=on("2023-02-01")))
    return made


def refused(archive: MemoryArchive, ref: str) -> InputError:
    with pytest.raises(InputError) as caught:
        resolve(Teller(Past(archive.archive())), ref)
    return caught.value


@pytest.mark.parametrize(
    ("ref", "meant"),
    [
        ("organ:{name=Kreistagg}", f"{stream('organ')}  Kreistag"),
        ('person:{name="Anna Ahron"}', f"{stream('person')}  Anna Ahorn"),
        ("group:{name=Grüne}", f"{stream('group')}  Grüne Liste"),
        ("body:{name=Musterkries}", f"{B}  Musterkreis"),
    ],
)
def test_near_names_of_the_kind_asked_for_are_listed(archive: MemoryArchive, ref: str, meant: str) -> None:
    hint = refused(archive, ref).hint
    assert hint is not None
    assert hint.splitlines() == ["one of these may be meant:", meant]


@pytest.mark.parametrize("day", ["2023-02-30", "28.02.2023", "2023-2-28"])
def test_look_up_by_what_is_no_date_is_refused_as_such(archive: MemoryArchive, day: str) -> None:
    for ref in (f"meeting:{{organ=Kreistag, on={day}}}", f"meeting:{{organ=organ:{{name=Kreistag}}, on={day}}}"):
        error = refused(archive, ref)
        assert error.message == f'on: found "{day}", expected a date: YYYY, YYYY-MM or YYYY-MM-DD'
        assert error.hint is None


def test_look_up_by_a_date_finds(archive: MemoryArchive) -> None:
    meant = resolve(Teller(Past(archive.archive())), f"meeting:{{organ={stream('organ')}, on=2023-02-28}}")
    assert meant.stream == stream("meeting")
