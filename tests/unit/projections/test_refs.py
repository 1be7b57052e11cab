"""What a reference may have meant, where it means nothing."""

from __future__ import annotations

import sqlite3
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import msgspec
import pytest
from support.council import on, statement, stream
from support.memory import RECORDED_AT, MemoryArchive

from archive.errors import InputError
from domain import events as e
from domain import vocabulary as v
from projections.refs import resolve
from projections.teller import Teller
from projections.timetravel import NOW, Past, horizon, moment

if TYPE_CHECKING:
    from projections.projector import Views

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


# -- numbers as they had been recorded ------------------------------------------------------------


def _moment(position: int) -> str:
    return moment(RECORDED_AT + 60 * position)


def _registered(archive: MemoryArchive, number: int, reference: str) -> str:
    event = e.ProposalRegistered(body=B, kind=v.ProposalKind.RESOLUTION_PROPOSAL, reference=reference, version=1)
    archive.add(statement(stream("proposal", number), event, occurred=on("2024-01-10")))
    return stream("proposal", number)


def _renumbered(archive: MemoryArchive, of: str, old: str, new: str) -> None:
    event = e.RecordCorrected(
        target=1,
        path="/data/reference",
        old=msgspec.Raw(msgspec.json.encode(old)),
        new=msgspec.Raw(msgspec.json.encode(new)),
        kind=v.CorrectionKind.CLERICAL,
        reason="Zahlendreher",
    )
    archive.add(statement(of, event, occurred=on("2024-09-01")))


@pytest.fixture
def exchanged(archive: MemoryArchive) -> MemoryArchive:
    """Two numbers that were recorded the wrong way round, and one that was written wrong."""
    first, second, third = (
        _registered(archive, number, reference)
        for number, reference in enumerate(("71/2024", "72/2024", "52/2024"), start=1)
    )
    _renumbered(archive, first, "71/2024", "72/2024")
    _renumbered(archive, second, "72/2024", "71/2024")
    _renumbered(archive, third, "52/2024", "59/2024")
    return archive


def _meant(archive: MemoryArchive, ref: str, position: int | None, views: Views | None = None) -> str:
    looked_at = NOW
    if position is not None:
        looked_at = horizon(archive.archive(), as_recorded=_moment(position))
    return resolve(Teller(Past(archive.archive(), looked_at)), ref, views=views).stream


def _corrections(*streams: str) -> Views:
    """Give what of the views says where corrections are."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE corrections (stream TEXT)")
    connection.executemany("INSERT INTO corrections VALUES (?)", [(one,) for one in streams])
    return cast("Views", SimpleNamespace(connection=connection))


@pytest.mark.parametrize("written", ["{0}", "proposal:{{reference={0}}}"])
@pytest.mark.parametrize("is_viewed", [False, True])
def test_number_means_what_bore_it_by_the_moment_asked_for(
    exchanged: MemoryArchive, written: str, *, is_viewed: bool
) -> None:
    first, second, third = (stream("proposal", number) for number in (1, 2, 3))
    before = exchanged.size - 3
    views = _corrections(first, second, third) if is_viewed else None
    for number, then, now in (("71/2024", first, second), ("72/2024", second, first)):
        ref = written.format(number)
        assert _meant(exchanged, ref, before, views) == then
        assert _meant(exchanged, ref, None, views) == now
        assert _meant(exchanged, ref, exchanged.size, views) == now
    assert _meant(exchanged, written.format("52/2024"), before, views) == third
    # What bore no number by then goes by the one that it got since.
    assert _meant(exchanged, written.format("59/2024"), before, views) == third
    # Only one of two corrections had been recorded: both bear the number.
    with pytest.raises(InputError, match=r"matches 2|2 things"):
        _meant(exchanged, written.format("72/2024"), before + 1, views)


def test_number_that_may_be_blocked_is_not_said_to_be_no_number_on_record(archive: MemoryArchive) -> None:
    error = refused(archive, "53/2024")
    assert error.message == (
        'found "53/2024", which is no Vorlagen-Nr. or Beschluss-Nr. that you may see on record '
        "(1 blocked event not shown (gesperrt)), no stream, event or look-up"
    )
