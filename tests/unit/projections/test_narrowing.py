"""Lists read with the views are the lists that reading the whole register gives, and read no more than they need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from support.council import statement, stream
from support.demo import demo_archive
from support.memory import MemoryArchive

from archive.errors import InputError
from domain import events as e
from projections.account import listing
from projections.ballots import ballots_of
from projections.filters import person_named
from projections.gatherings import meetings_of
from projections.projector import Views
from projections.refs import resolve
from projections.teller import Teller
from projections.timetravel import Past, horizon, moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.archives import Made

    from archive.archive import Archive

_FILTERS: Final[tuple[dict[str, str], ...]] = (
    {},
    {"organ": "Kreistag"},
    {"organ": "Kreistag (Musterkreis)"},
    {"organ": "Ausschuss für Bau und Umwelt"},
    {"date_from": "2021-12", "date_to": "2021-12-08"},
    {"date_from": "2023-03-29"},
    {"date_to": "2021"},
    {"organ": "Kreistag", "date_from": "2024"},
)
_PASTS: Final[tuple[tuple[dict[str, str], bool], ...]] = (
    ({}, False),
    ({}, True),
    ({"as_of": "2021-12-08"}, False),
    ({"as_of": "2024-11-01"}, True),
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return demo_archive(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def archive(demo: Made) -> Iterator[Archive]:
    with demo.open() as opened:
        yield opened


@pytest.fixture(scope="module")
def views(archive: Archive) -> Iterator[Views]:
    with Views(archive) as made:
        made.update()
        yield made


@pytest.mark.parametrize("filters", _FILTERS, ids=str)
@pytest.mark.parametrize("kind", ["proposal", "meeting", "resolution", "organ", "person"])
def test_list_is_the_same_with_and_without_views(
    archive: Archive, views: Views, kind: str, filters: dict[str, str]
) -> None:
    for past, blocked in (*_PASTS, ({"as_recorded": moment(int(archive.means.clock()) - 5 * 86_400)}, False)):
        asked = {**filters, **past}
        whole = listing(archive, kind=kind, with_blocked=blocked, **asked)  # type: ignore[arg-type]  # options by name
        near = listing(archive, kind=kind, with_blocked=blocked, views=views, **asked)
        assert near == whole, past


@pytest.mark.parametrize("state", ["decided", "rejected", "registered", "withdrawn"])
def test_list_by_state_is_the_same_with_and_without_views(archive: Archive, views: Views, state: str) -> None:
    assert listing(archive, state=state, views=views) == listing(archive, state=state)


@pytest.mark.parametrize("filters", _FILTERS, ids=str)
def test_meetings_and_ballots_are_the_same_with_and_without_views(
    archive: Archive, views: Views, filters: dict[str, str]
) -> None:
    for past, blocked in _PASTS:
        asked = {**filters, **past}
        for give in (meetings_of, ballots_of):
            whole = give(archive, with_blocked=blocked, **asked)  # type: ignore[arg-type]  # options by name
            assert give(archive, with_blocked=blocked, views=views, **asked) == whole


def test_ballots_of_a_thing_are_the_same_with_and_without_views(archive: Archive, views: Views) -> None:
    refs = ["0640", "12/2023", "5/2023", *archive.streams("meeting"), *archive.streams("resolution")]
    refs += archive.streams("organ")
    for ref in refs:
        assert ballots_of(archive, ref, views=views) == ballots_of(archive, ref), ref


def test_what_cannot_fit_is_not_read(archive: Archive, views: Views, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Iterator[object]:
        pytest.fail("the whole register is read")

    monkeypatch.setattr(type(archive), "events_between", refuse)
    asked = {"organ": "Ausschuss für Bau und Umwelt", "views": views}
    assert [row.number.value for row in listing(archive, **asked).rows] == ["12/2023"]  # type: ignore[arg-type]  # options
    assert len(meetings_of(archive, **asked).meetings) == 1  # type: ignore[arg-type]  # options by name
    dates = [row.date.value for row in listing(archive, kind="resolution", date_to="2019", views=views).rows]
    assert dates == ["2017-06-07"]
    teller = Teller(Past(archive))
    with pytest.raises(InputError, match="no Vorlagen-Nr") as raised:
        resolve(teller, "0649", views=views)
    assert "Vorlage 0640" in str(raised.value.hint)


@pytest.mark.parametrize(
    "text", ["0649", "Radverker", "meeting:{number=8}", "organ:{name=Kreistg}", "person:{name=Ahron}"]
)
def test_hint_is_the_same_with_and_without_views(archive: Archive, views: Views, text: str) -> None:
    for as_of in (None, "2021-12-08"):
        hints = []
        for given in (None, views):
            with pytest.raises(InputError) as raised:
                resolve(Teller(Past(archive, horizon(archive, as_of=as_of))), text, views=given)
            hints.append((raised.value.message, raised.value.hint))
        assert hints[0] == hints[1]


# -- shortened keys -------------------------------------------------------------------------------


def test_shortened_key_is_taken_where_only_one_thing_fits(archive: Archive) -> None:
    teller = Teller(Past(archive))
    first = archive.streams("resolution")[0]
    key = first.partition(":")[2]
    for text in (f"resolution …{key[-6:]}", f"…{key[-6:]}", f"resolution:..{key[-6:]}", f"{key[:23]}...{key[-4:]}"):
        assert resolve(teller, text).stream == first
    meant = resolve(teller, f"resolution …{key[-6:]}#1")
    assert (meant.stream, meant.event) == (first, f"{first}#1")


def test_shortened_key_of_several_things_lists_them(archive: Archive) -> None:
    teller = Teller(Past(archive))
    with pytest.raises(InputError, match=r"shortened key of .* things") as raised:
        resolve(teller, "01a2…")
    assert "one of these may be meant:" in str(raised.value.hint)
    with pytest.raises(InputError, match="no key on record is shortened so"):
        resolve(teller, "proposal …ffffff")


def test_shortened_key_of_a_person_is_taken_and_of_several_refused(archive: Archive) -> None:
    teller = Teller(Past(archive))
    person = archive.streams("person")[0].partition(":")[2]
    for text in (f"person …{person[-8:]}", f"…{person[-8:]}", f"{person}"):
        assert person_named(teller, text, what="by") == person
    with pytest.raises(InputError, match="shortens no key of a person"):
        person_named(teller, "…00000000", what="by")
    two = MemoryArchive()
    for number, name in ((1, "Anna Ahorn"), (2, "Bert Birke")):
        two.add(statement(stream("person", number), e.PersonKnown(name=name)))
    with pytest.raises(InputError, match="shortened key of 3 persons") as raised:
        person_named(Teller(Past(two.archive())), "00000000…", what="by")
    assert "Bert Birke" in str(raised.value.hint)  # beside the root key, whose id is that of the register
