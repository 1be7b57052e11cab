"""How command files name things: the notation, and what it resolves to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.directory import BODY, REGISTER, MemoryDirectory, counter, opened

from archive.errors import InputError
from archive.intake.references import Directory, References, stream_of
from domain import events as e
from domain import vocabulary as v
from domain.stream import Statement
from domain.values import AgendaItem, When

if TYPE_CHECKING:
    from archive.archive import Archive

KREIS = "body:0190c000-0000-7000-8000-000000000001"
KREISTAG = "organ:0190c000-0000-7000-8000-000000000002"
OTHER_KREISTAG = "organ:0190c000-0000-7000-8000-000000000003"
FIRST = "proposal:0190c000-0000-7000-8000-000000000004"
SECOND = "proposal:0190c000-0000-7000-8000-000000000005"
MEETING = "meeting:0190c000-0000-7000-8000-000000000006"
PERSON = "0190c000-0000-7000-8000-000000000007"
ITEM = "0190c000-0000-7000-8000-000000000008"
BALLOT = "0190c000-0000-7000-8000-000000000009"


@pytest.fixture
def directory() -> MemoryDirectory:
    found = opened("Musterkreis")
    said = {
        KREIS: e.BodyRegistered(name="Kreis, {neu}", kind=v.BodyKind.LANDKREIS),
        KREISTAG: e.OrganRegistered(body=BODY, name="Kreistag", kind=v.OrganKind.COUNCIL),
        OTHER_KREISTAG: e.OrganRegistered(body=KREIS, name="Kreistag", kind=v.OrganKind.COUNCIL),
        FIRST: e.ProposalRegistered(body=BODY, kind=v.ProposalKind.MOTION, version=1, reference="2021/0640"),
        SECOND: e.ProposalRegistered(body=KREIS, kind=v.ProposalKind.MOTION, version=1, reference="2021/0640"),
        MEETING: e.MeetingConvened(body=BODY, organs=(KREISTAG,), starts_at="2021-12-08T17:00:00+01:00", number="9"),
        f"person:{PERSON}": e.PersonKnown(name="Anna Muster"),
    }
    for stream, event in said.items():
        found.add(_statement(stream, event))
    item = AgendaItem(item=ITEM, number="10.1", order=0, publicity=v.Publicity.PUBLIC)
    agenda = e.AgendaSet(version=1, stage=v.AgendaStage.OPENING, part=v.Part.WHOLE, items=(item,))
    found.add(_statement(MEETING, agenda))
    found.add(_statement(MEETING, e.BallotHeld(ballot=BALLOT, method=v.BallotMethod.NOT_STATED)))
    return found


def _statement(stream: str, event: e.Event) -> Statement:
    unknown = When(certainty=v.Certainty.UNKNOWN)
    return Statement(stream=stream, event=event, occurred=unknown, visibility=v.Visibility.PUBLIC)


def test_open_archive_is_a_directory() -> None:
    def takes(directory: Directory) -> Directory:
        return directory

    def gives(archive: Archive) -> Directory:
        return takes(archive)

    assert callable(gives)


@pytest.mark.parametrize(
    ("text", "stream"),
    [
        (FIRST, FIRST),
        ("body:{name=Musterkreis}", BODY),
        ('body:{ name = "Kreis, {neu}" }', KREIS),
        ("organ:{name=Kreistag, body=Musterkreis}", KREISTAG),
        (f"organ:{{name=Kreistag,body={BODY}}}", KREISTAG),
        ('organ:{name=Kreistag, body=body:{name="Kreis, {neu}"} }', OTHER_KREISTAG),
        ("proposal:{reference=2021/0640, body=Musterkreis}", FIRST),
        ("meeting:{organ=Kreistag, on=2021-12-08}", MEETING),
        ("meeting:{}", MEETING),
        ('person:{name="Anna Muster"}', f"person:{PERSON}"),
        ("register:{}", f"register:{REGISTER}"),
    ],
)
def test_stream_is_found(directory: MemoryDirectory, text: str, stream: str) -> None:
    assert stream_of(text, directory=directory) == stream


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("0640", 'found "0640", expected <kind>:<uuid>, <kind>:@alias or <kind>:{look-up}', None),
        (
            "propsal:{reference=1}",
            'found "propsal:{reference=1}", expected <kind>:<uuid>, <kind>:@alias or <kind>:{look-up}',
            'did you mean "proposal"?',
        ),
        (
            "@p0640",
            'found "@p0640", expected <kind>:<uuid>, <kind>:@alias or <kind>:{look-up}',
            "write the kind before the alias, such as proposal:@p0640",
        ),
        (
            f"{FIRST}/item/1",
            f'found "{FIRST}/item/1", expected a stream alone, without "/item/1"',
            None,
        ),
        ("body:{name}", 'found "body:{name}", expected key=value at "name}"', None),
        ("body:{name=a,}", 'found "body:{name=a,}", expected key=value at "}"', None),
        ("body:{name=a", 'found "body:{name=a", expected a comma or a closing brace after the value of name', None),
        (
            'body:{name="a" b}',
            'found "body:{name="a" b}", expected a comma or a closing brace after the value of name',
            None,
        ),
        (
            "body:{name=}",
            'found "body:{name=}", expected a value after name=',
            "put a value with commas, braces or quotes into double quotes",
        ),
        (
            "proposal:{refrence=1}",
            (
                'found "proposal:{refrence=1}", with the unknown key "refrence"; '
                "a look-up of kind proposal has reference, body, consultation"
            ),
            'did you mean "reference"?',
        ),
        (
            "register:{name=1}",
            'found "register:{name=1}", with the unknown key "name"; a look-up of kind register has no keys',
            None,
        ),
        ("body:{name=a, name=b}", 'found "body:{name=a, name=b}", with the key "name" twice', None),
        (
            "organ:{body=organ:{body=organ:{body=organ:{body=organ:{}}}}}",
            (
                'found "organ:{body=organ:{body=organ:{body=organ:{body=organ:{}}}}}", '
                "expected at most 4 look-ups inside each other"
            ),
            None,
        ),
        (
            "proposal:{reference=2021/0640}",
            (
                f'found "proposal:{{reference=2021/0640}}", which matches 2: {FIRST}, {SECOND}; '
                "expected exactly one proposal"
            ),
            "add body or consultation, or write the id",
        ),
        (
            "meeting:{organ=Kreistag, on=2021-12-09}",
            (
                'found "meeting:{organ=Kreistag, on=2021-12-09}", which matches nothing recorded; '
                "expected exactly one meeting"
            ),
            f"with one key less it matches 1: {MEETING}",
        ),
        (
            "person:{name=Bodo}",
            'found "person:{name=Bodo}", which matches nothing recorded; expected exactly one person',
            "what this file opens goes by its alias",
        ),
        (
            "review:{}",
            'found "review:{}", which matches nothing recorded; expected exactly one review',
            "what this file opens goes by its alias",
        ),
    ],
)
def test_reference_that_names_no_single_stream_is_refused(
    directory: MemoryDirectory, text: str, message: str, hint: str | None
) -> None:
    with pytest.raises(InputError) as caught:
        stream_of(text, directory=directory)
    assert caught.value.message == message
    assert caught.value.hint == hint


def test_many_candidates_are_cut_short() -> None:
    directory = MemoryDirectory()
    for number in range(7):
        stream = f"body:0190c000-0000-7000-8000-00000000000{number}"
        directory.add(_statement(stream, e.BodyRegistered(name="A", kind=v.BodyKind.OTHER)))
    with pytest.raises(InputError) as caught:
        stream_of("body:{name=A}", directory=directory)
    shown = ", ".join(f"body:0190c000-0000-7000-8000-00000000000{number}" for number in range(5))
    assert caught.value.message == (
        f'found "body:{{name=A}}", which matches 7: {shown} and 2 more; expected exactly one body'
    )


def test_quotes_and_backslashes_are_escaped() -> None:
    directory = opened('A "B" \\ C')
    assert stream_of(r'body:{name="A \"B\" \\ C"}', directory=directory) == BODY


def test_stream_of_another_kind_is_refused(directory: MemoryDirectory) -> None:
    with pytest.raises(InputError) as caught:
        stream_of(FIRST, directory=directory, kinds=("meeting", "review"))
    assert caught.value.message == f'found "{FIRST}", expected a reference of kind meeting or review'


def test_alias_in_a_look_up_means_the_stream_of_this_file(directory: MemoryDirectory) -> None:
    names = References(directory)
    names.open("@kreis", "body", KREIS.partition(":")[2])
    assert names.stream("organ:{name=Kreistag, body=body:@kreis}", ("organ",)) == OTHER_KREISTAG


def test_person_is_named_by_key_alias_or_look_up(directory: MemoryDirectory) -> None:
    names = References(directory)
    names.open("@anna", "person", PERSON)
    for text in (PERSON, "@anna", "person:@anna", f"person:{PERSON}", "person:{name=Anna Muster}"):
        assert names.person(text) == PERSON
    with pytest.raises(InputError) as caught:
        names.person("proposal:{}")
    assert "expected exactly one proposal" in caught.value.message


def test_event_is_named_by_stream_and_place(directory: MemoryDirectory) -> None:
    names = References(directory)
    kinds = ("proposal", "meeting")
    assert names.event("proposal:{body=Musterkreis}#12", kinds, None) == f"{FIRST}#12"
    assert names.event(".#3", kinds, MEETING) == f"{MEETING}#3"
    assert names.event(FIRST, kinds, None) == FIRST
    for text in (f"{FIRST}#0", f"{FIRST}#", f"{FIRST}/item/1"):
        with pytest.raises(InputError) as caught:
            names.event(text, kinds, None)
        assert caught.value.message == (f'found "{text}", expected an event, written <stream>#<seq>, such as {FIRST}#1')


def test_recorded_id_is_found_by_number_or_order(directory: MemoryDirectory) -> None:
    names = References(directory)
    assert names.inner("meeting:{organ=Kreistag}/item/10.1", "item", None) == ITEM
    assert names.inner("./ballot/1", "ballot", MEETING) == BALLOT
    assert names.inner(ITEM, "item", None) == ITEM


def test_id_of_this_file_is_counted_on_from_the_recorded_ones(directory: MemoryDirectory) -> None:
    names = References(directory)
    new = "0190c000-0000-7000-8000-0000000000aa"
    names.note(MEETING, e.BallotHeld(ballot=BALLOT, method=v.BallotMethod.NOT_STATED))
    names.note(MEETING, e.BallotHeld(ballot=new, method=v.BallotMethod.NOT_STATED))
    assert names.inner("./ballot/1", "ballot", MEETING) == BALLOT
    assert names.inner("./ballot/2", "ballot", MEETING) == new
    with pytest.raises(InputError):
        names.inner("./ballot/3", "ballot", MEETING)


def test_every_kind_of_inner_id_made_in_the_file_is_found_by_its_path(directory: MemoryDirectory) -> None:
    names = References(directory)
    stream = "body:0190c000-0000-7000-8000-0000000000bb"
    made = {
        "motion": e.MotionMoved(motion=ITEM, kind=v.MotionKind.ORAL),
        "consultation": e.ConsultationPlanned(
            consultation=ITEM, role=v.ConsultationRole.DECISION, publicity=v.Publicity.PUBLIC
        ),
        "hold": e.HoldPlaced(hold=ITEM, ground="g"),
        "ballot": e.BallotHeld(ballot=ITEM, method=v.BallotMethod.NOT_STATED),
    }
    for kind, event in made.items():
        names.note(stream, event)
        assert names.inner("./" + kind + "/1", kind, stream) == ITEM
    names.note(stream, e.TermOpened(term=ITEM, name="2019-2024", number=7))
    assert names.inner("./term/2019-2024", "term", stream) == ITEM
    assert names.inner("./term/7", "term", stream) == ITEM


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("./item/1", 'found "./item/1", but there is no stream of its own here'),
        (
            f"{MEETING}/item/9",
            f'found "{MEETING}/item/9", which matches none; expected exactly one item in {MEETING}',
        ),
        (
            f"{MEETING}/ballot/1",
            f'found "{MEETING}/ballot/1", expected <uuid>, @alias or a path such as {MEETING}/item/1',
        ),
        (MEETING, f'found "{MEETING}", expected <uuid>, @alias or a path such as {MEETING}/item/1'),
    ],
)
def test_path_that_names_no_single_id_is_refused(directory: MemoryDirectory, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        References(directory).inner(text, "item", None)
    assert caught.value.message == message


def test_number_that_two_items_bear_is_refused(directory: MemoryDirectory) -> None:
    names = References(directory)
    twin = "0190c000-0000-7000-8000-0000000000cc"
    item = AgendaItem(item=twin, number="10.1", order=1, publicity=v.Publicity.PUBLIC)
    names.note(MEETING, e.AgendaSet(version=2, stage=v.AgendaStage.OPENING, part=v.Part.PUBLIC, items=(item,)))
    with pytest.raises(InputError) as caught:
        names.inner("./item/10.1", "item", MEETING)
    assert caught.value.message == (
        f'found "./item/10.1", which matches 2 of them: {ITEM}, {twin}; expected exactly one item in {MEETING}'
    )


def test_defining_field_makes_an_id_once_and_refers_to_it_afterwards(directory: MemoryDirectory) -> None:
    names = References(directory)
    new_id = counter()
    first = names.define("@top", "item", None, new_id)
    assert names.define("@top", "item", None, new_id) == first
    assert names.inner("@top", "item", None) == first
    with pytest.raises(InputError) as caught:
        names.define("@top", "ballot", None, new_id)
    assert caught.value.message == 'found "@top", which stands for a item, expected a ballot'
    with pytest.raises(InputError) as caught:
        names.inner("@tpo", "item", None)
    assert caught.value.hint == 'did you mean "@top"?'
