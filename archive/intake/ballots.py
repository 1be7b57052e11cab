"""Roll-calls in a neutral format (JSON lines), into batches: one ballot a line, one batch a line.

Any city's export can be turned into the format; `docs/intake.md` describes it. What a line says is recorded as it says
it: counts, votes and declared result may contradict each other, and that is for the findings to tell. The choices of a
secret ballot are dropped before anything of the line is hashed, and only their number is kept.

A line that was recorded before records nothing, so a file that has grown is given again as a whole.
"""

from __future__ import annotations

import hashlib
import json
import operator
from typing import TYPE_CHECKING, Annotated, Final, NoReturn, Self, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from archive.batch import Batch, Command
from archive.errors import InputError
from archive.intake import regular
from archive.intake.fields import Shape, shape_of
from archive.intake.naming import Ids, Recorded, clean, organ_kind
from archive.intake.references import shown, stream_of
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.meeting import SECRET
from domain.stream import Statement, canonical, effective

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FORMAT: Final = "ratsbuch-ballots/1"
FILE_BYTES_MAX: Final = 64 * 2**20
LINE_BYTES_MAX: Final = 2**20
LINES_MAX: Final = 100_000
DEPTH_MAX: Final = 16
ERRORS_SHOWN: Final = 20

S = TypeVar("S", bound=Struct)

_Json: TypeAlias = "dict[str, _Json] | list[_Json] | str | int | float | bool | None"
_Name = Annotated[str, Meta(min_length=1, max_length=1_000, extra={"expects": "text of 1 to 1000 characters"})]


# -- the format -----------------------------------------------------------------------------------


class Head(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line: what holds for all ballots of the file.

    Attributes:
        format: Always `ratsbuch-ballots/1`.
        system: The system that shows them, as a URL; with it goes who they are.
        grade: What the file is: the system's own data, or read from something else (secondary).
        visibility: Stated, never assumed.
        citation: What to call the source; its URL where it has no name.
        body: A reference to the body, such as `body:{id=15003000}`; absent where the register has only one.
    """

    format: str
    system: _Name
    grade: v.Grade
    visibility: v.Visibility
    citation: _Name | UnsetType = UNSET
    body: _Name | UnsetType = UNSET


class MeetingNamed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The meeting of a ballot; it is opened where none is recorded."""

    organ: _Name
    on: x.Day
    number: _Name | UnsetType = UNSET
    name: _Name | UnsetType = UNSET


class PersonNamed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person as the source names one: by an id of its own, by name, or both."""

    id: _Name | UnsetType = UNSET
    name: _Name | UnsetType = UNSET


class VoteStated(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A vote, by a person or by a group with or without a number."""

    choice: v.Choice
    person: PersonNamed | UnsetType = UNSET
    group: _Name | UnsetType = UNSET
    option: x.OptionKey | UnsetType = UNSET
    count: x.Count | UnsetType = UNSET


class OptionStated(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What could be chosen: a variant, a candidate or a group's list."""

    key: x.OptionKey
    label: _Name | UnsetType = UNSET
    person: PersonNamed | UnsetType = UNSET
    group: _Name | UnsetType = UNSET


class BallotStated(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line: one ballot, as far as the source states it.

    Attributes:
        id: What the source calls it.
        meeting: In which meeting.
        at: The moment, where it is known; else the day of the meeting.
        item: The number of the agenda item.
        proposal: The number of the proposal that was voted on.
        point: A numbered point of it.
        locator: Where in the source.
        quote: Its words.

    The others are the fields of `ballot-held/1`.
    """

    id: _Name
    meeting: MeetingNamed
    method: v.BallotMethod
    at: x.Instant | UnsetType = UNSET
    item: _Name | UnsetType = UNSET
    proposal: _Name | UnsetType = UNSET
    point: _Name | UnsetType = UNSET
    question: str | UnsetType = UNSET
    method_literal: str | UnsetType = UNSET
    required: x.RequiredMajority | UnsetType = UNSET
    tally: x.Tally | UnsetType = UNSET
    tally_literal: str | UnsetType = UNSET
    options: Annotated[tuple[OptionStated, ...], Meta(max_length=1_000)] | UnsetType = UNSET
    option_counts: Annotated[tuple[x.OptionCount, ...], Meta(max_length=1_000)] | UnsetType = UNSET
    round: x.Number | UnsetType = UNSET
    chosen: Annotated[tuple[x.OptionKey, ...], Meta(max_length=1_000)] | UnsetType = UNSET
    lot: x.OptionKey | UnsetType = UNSET
    votes: Annotated[tuple[VoteStated, ...], Meta(max_length=2_000)] | UnsetType = UNSET
    votes_dropped: x.Count | UnsetType = UNSET
    declared: v.Declared | UnsetType = UNSET
    declared_literal: str | UnsetType = UNSET
    majority: v.Majority | UnsetType = UNSET
    locator: str | UnsetType = UNSET
    quote: str | UnsetType = UNSET


# -- reading --------------------------------------------------------------------------------------


def read_ballots(path: Path, *, directory: Recorded, new_id: Callable[[str], str]) -> Iterator[Batch]:
    """Read a file of ballots, and give one batch a line.

    The whole file is checked before the first batch is given. Each batch is made when it is asked for, from what is
    recorded then: record one before asking for the next.

    Args:
        path: The file.
        directory: What is recorded.
        new_id: Gives a fresh UUID for a person.

    Raises:
        InputError: The file is not valid; one line for each fault found, up to twenty. Or, on the way, a name matches
            more than one thing that is recorded.
    """
    head, lines = _checked(_load(path), path.name)
    reading = _Reading(head, path.name, directory=directory, new_id=new_id)
    return _Batches(reading, lines)


def count_ballots(path: Path) -> int:
    """Give how many ballots a valid file has.

    Raises:
        InputError: The file is not valid.
    """
    return len(_checked(_load(path), path.name)[1])


def _load(path: Path) -> bytes:
    source = regular.read(path, bytes_max=FILE_BYTES_MAX)
    if len(source) > FILE_BYTES_MAX:
        raise InputError(
            f"{path.name}: found more than {FILE_BYTES_MAX} bytes, expected at most 64 MiB",
            hint="split it; every part begins with the first line",
        )
    return source


def _checked(source: bytes, name: str) -> tuple[Head, list[tuple[int, bytes]]]:
    """Check every line; gives the head, and the lines with their numbers."""
    rows = [
        (number, row)
        for number, row in enumerate(source.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1)
        if row.strip()
    ]
    if not rows:
        raise InputError(f"{name}: found nothing, expected a first line with format, then one ballot a line")
    if len(rows) - 1 > LINES_MAX:
        raise InputError(f"{name}: found {len(rows) - 1} ballots, expected at most {LINES_MAX} in a file")
    head = _head(rows[0][1], f"{name}: line {rows[0][0]}")
    faults: list[str] = []
    seen: dict[str, int] = {}
    for number, row in rows[1:]:
        place = f"{name}: line {number}"
        try:
            ballot = _ballot(row)
            _consistent(ballot)
        except (ValueError, RecursionError) as error:
            faults.append(f"{place}: {_fault(error)}")
            continue
        if ballot.id in seen:
            faults.append(f"{place}: id: found {shown(ballot.id)}, which stands in line {seen[ballot.id]} already")
        seen[ballot.id] = number
    if faults:
        more = [f"{name}: and {len(faults) - ERRORS_SHOWN} more"] if len(faults) > ERRORS_SHOWN else []
        raise InputError(
            "\n".join((*faults[:ERRORS_SHOWN], *more)), hint="docs/intake.md describes the format; nothing was recorded"
        )
    return head, rows[1:]


def _fault(error: ValueError | RecursionError) -> str:
    match error:
        case RecursionError():
            return f"found values nested too deeply, expected at most {DEPTH_MAX} levels"
        case UnicodeDecodeError():
            return f"found byte 0x{error.object[error.start]:02x}, expected UTF-8"
        case json.JSONDecodeError():
            return f"column {error.colno}: is not valid JSON: {error.msg}"
    return str(error)


def _head(row: bytes, place: str) -> Head:
    try:
        tree = _tree(row)
        stated = tree.get("format") if isinstance(tree, dict) else None
        if stated != FORMAT:
            raise ValueError(f"format: found {shown(str(stated))}, expected {shown(FORMAT)}")
        head = _converted(tree, Head)
        if head.grade not in (v.Grade.SYSTEM_OF_RECORD, v.Grade.SECONDARY):
            raise ValueError(f"grade: found {head.grade}, expected system_of_record or secondary")
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: {_fault(error)}", hint="docs/intake.md describes the format") from error
    return head


def _ballot(row: bytes) -> BallotStated:
    """Give a line, without the choices of a secret ballot.

    They go before anything is made of the line, so that no digest could confirm a guess of them.
    """
    ballot = _converted(_tree(row), BallotStated)
    if ballot.method in SECRET and ballot.votes is not UNSET:
        dropped = len(ballot.votes) + (0 if ballot.votes_dropped is UNSET else ballot.votes_dropped)
        return msgspec.structs.replace(ballot, votes=UNSET, votes_dropped=dropped)
    return ballot


def _converted(tree: _Json, cls: type[S]) -> S:
    """Make a record of what was read.

    Raises:
        ValueError: It cannot be made; the first value that may not stand where it stands is named with what may.
    """
    try:
        return msgspec.convert(tree, cls)
    except msgspec.ValidationError as error:
        told = _misplaced(tree, shape_of(cls), "")
        if told is None:  # It is about a member that is missing, unknown or of another kind, which msgspec says well.
            raise
        raise ValueError(told) from error


def _misplaced(value: _Json, shape: Shape, path: str) -> str | None:
    """Name the first value that is of the right kind, and none of those that may stand there."""
    match value:
        case dict() if shape.form == "table":
            places = [(f"{path}.{name}" if path else name, name) for name in shape.fields if name in value]
            told = (_misplaced(value[name], shape.fields[name].shape, place) for place, name in places)
            return next(filter(None, told), None)
        case list() if shape.items is not None:
            items = shape.items
            told = (_misplaced(item, items, f"{path}[{index}]") for index, item in enumerate(value))
            return next(filter(None, told), None)
        case str() | int() | float() if shape.form == "value":
            try:
                msgspec.convert(value, shape.hint)
            except msgspec.ValidationError:
                found = shown(value) if isinstance(value, str) else json.dumps(value)
                return f"{path}: found {found}, expected {shape.expects}"
    return None


def _consistent(ballot: BallotStated) -> None:
    """Refuse what has no meaning; a contradiction has one."""
    for index, vote in enumerate(ballot.votes or ()):
        if vote.person is UNSET and vote.group is UNSET:
            raise ValueError(f"votes[{index}]: found neither person nor group, expected one of them")
        if vote.person is not UNSET and vote.count is not UNSET:
            raise ValueError(f"votes[{index}]: found person and count, expected a count with a group only")
    named = [vote.person for vote in ballot.votes or ()] + [option.person for option in ballot.options or ()]
    for person in named:
        if person is not UNSET and person.id is UNSET and person.name is UNSET:
            raise ValueError("found a person without id and name, expected one of them")


def _tree(row: bytes) -> _Json:
    if len(row) > LINE_BYTES_MAX:
        raise ValueError(f"found {len(row)} bytes, expected at most {LINE_BYTES_MAX} in a line")
    value: _Json = json.loads(row.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_number)
    return _cleaned(value)


def _object(pairs: list[tuple[str, _Json]]) -> _Json:
    """Build an object, and refuse a name that stands in it twice: whichever won, the other would be lost."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return result


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _cleaned(value: _Json, depth: int = 0) -> _Json:
    if depth > DEPTH_MAX:
        raise RecursionError
    match value:
        case str():
            return clean(value)
        case list():
            return [_cleaned(item, depth + 1) for item in value]
        case dict():
            return {name: _cleaned(item, depth + 1) for name, item in value.items()}
    return value


# -- from lines to statements -----------------------------------------------------------------------


class _People:
    """Who is recorded: by the id that the source has, else by name."""

    def __init__(self, directory: Recorded, system: str) -> None:
        self._directory = directory
        self._system = system
        self._read: set[str] = set()
        self._by_id: dict[str, str] = {}
        self._by_name: dict[str, set[str]] = {}

    def catch_up(self) -> None:
        """Read the persons that were recorded since."""
        for stream in self._directory.streams("person"):
            if stream in self._read:
                continue
            self._read.add(stream)
            key = stream.partition(":")[2]
            for record in effective(self._directory.history(stream)):
                if isinstance(record.event, e.PersonKnown):
                    if isinstance(record.event.source_id, str):
                        self._by_id[record.event.source_id] = key
                    if isinstance(record.event.name, str):
                        self._by_name.setdefault(record.event.name, set()).add(key)

    def source_id(self, person: PersonNamed) -> str | UnsetType:
        """Give what a person is recorded as from this source."""
        return UNSET if person.id is UNSET else f"{self._system.rstrip('/')}\n{person.id}"

    def find(self, person: PersonNamed, place: str) -> str | None:
        """Give the key of a person, None where nobody fits."""
        source_id = self.source_id(person)
        if source_id is not UNSET:
            # An id says who it is; by name alone somebody else could be meant.
            return self._by_id.get(source_id)
        found = self._by_name.get(str(person.name), set())
        if len(found) > 1:
            raise InputError(
                f"{place}: found the name of {len(found)} persons that are recorded, expected that of one",
                hint="give every person the id that the source has",
            )
        return next(iter(found), None)


class _Batches:
    """The batches of a file, each made when it is asked for; knows how many are left."""

    def __init__(self, reading: _Reading, lines: list[tuple[int, bytes]]) -> None:
        self._reading = reading
        self._lines = iter(lines)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch:
        number, line = next(self._lines)
        return self._reading.batch(number, _ballot(line))

    def __length_hint__(self) -> int:
        return operator.length_hint(self._lines)


class _Reading:
    """Makes a batch of a line, from what is recorded when it is asked for."""

    def __init__(self, head: Head, name: str, *, directory: Recorded, new_id: Callable[[str], str]) -> None:
        self._head = head
        self._name = name
        self._directory = directory
        self._ids = Ids(directory.register.id, head.system)
        self._new_id = new_id
        self._body = stream_of("body:{}" if head.body is UNSET else head.body, directory=directory, kinds=("body",))
        self._people = _People(directory, head.system)
        # What was found recorded, and stays so. What a batch opens is looked for again after that: it may never
        # have been recorded.
        self._found: dict[tuple[str, ...], str] = {}
        self._items: dict[str, dict[str, set[str]]] = {}
        self._commands: list[Command] = []
        self._fresh: dict[str, str] = {}
        self._place = name

    def batch(self, number: int, ballot: BallotStated) -> Batch:
        """Make the batch of one line."""
        self._place = f"{self._name}: line {number}"
        self._commands, self._fresh = [], {}
        self._people.catch_up()
        digest = hashlib.sha256(canonical(ballot)).digest()
        self._hold(ballot)
        return Batch(
            id=f"{self._head.system.rstrip('/')}\n{ballot.id}\n{digest.hex()}",
            digest=digest,
            commands=tuple(self._commands),
            name=self._place,
        )

    def _hold(self, ballot: BallotStated) -> None:
        meeting = self._meeting(ballot.meeting)
        proposal = self._proposal(ballot.proposal)
        item = self._item(meeting, ballot.item)
        target = UNSET if proposal is UNSET else x.BallotTarget(proposal=proposal, point=ballot.point)
        self._state(
            meeting,
            e.BallotHeld(
                ballot=self._ids.inner("ballot", ballot.id),
                item=item,
                question=ballot.question,
                target=target,
                method=ballot.method,
                method_literal=ballot.method_literal,
                required=ballot.required,
                tally=ballot.tally,
                tally_literal=ballot.tally_literal,
                options=UNSET if ballot.options is UNSET else tuple(map(self._option, ballot.options)),
                option_counts=ballot.option_counts,
                round=ballot.round,
                chosen=ballot.chosen,
                lot=ballot.lot,
                votes=UNSET if ballot.votes is UNSET else tuple(map(self._vote, ballot.votes)),
                votes_dropped=ballot.votes_dropped,
                declared=ballot.declared,
                declared_literal=ballot.declared_literal,
                majority=ballot.majority,
            ),
            occurred=x.When(at=ballot.meeting.on if ballot.at is UNSET else ballot.at, certainty=v.Certainty.STATED),
            locator=_locator(ballot, target=target, item=item),
            quote=ballot.quote,
        )

    def _state(
        self,
        stream: str,
        event: e.Event,
        *,
        occurred: x.When | None = None,
        locator: str | UnsetType = UNSET,
        quote: str | UnsetType = UNSET,
        visibility: v.Visibility | None = None,
    ) -> None:
        head = self._head
        source = x.Source(
            citation=head.system if head.citation is UNSET else head.citation,
            grade=head.grade,
            locator=locator,
            quote=quote,
        )
        statement = Statement(
            stream=stream,
            event=event,
            occurred=occurred or x.When(certainty=v.Certainty.UNKNOWN),
            sources=(source,),
            visibility=visibility or head.visibility,
        )
        self._commands.append(Command(statement=statement, role=v.Role.IMPORTER, place=self._place))

    # -- what a ballot names --------------------------------------------------------------------------

    def _look_up(self, kind: str, keys: dict[str, str]) -> str | None:
        """Give the one stream that fits; None where there is none."""
        known = self._found.get((kind, *keys.values()))
        if known is not None:
            return known
        found = self._directory.find(kind, keys)
        if len(found) > 1:
            said = ", ".join(f"{key} {shown(value)}" for key, value in keys.items() if key != "body")
            raise InputError(
                f"{self._place}: found {len(found)} recorded {kind}s with {said}, expected at most one",
                hint="state more of it, such as the number of the meeting",
            )
        if found:
            self._found[kind, *keys.values()] = found[0]
        return found[0] if found else None

    def _organ(self, name: str) -> str:
        found = self._look_up("organ", {"name": name, "body": self._body})
        if found is None:
            found = self._ids.stream("organ", name)
            if found not in self._fresh:
                self._fresh[found] = name
                self._state(found, e.OrganRegistered(body=self._body, name=name, kind=organ_kind(name)))
        return found

    def _meeting(self, named: MeetingNamed) -> str:
        organ = self._organ(named.organ)
        keys = {"organ": organ, "on": named.on}
        if named.number is not UNSET:
            keys["number"] = named.number
        found = None if organ in self._fresh else self._look_up("meeting", keys)
        if found is not None:
            return found
        told = (named.organ, named.on, "" if named.number is UNSET else named.number)
        stream = self._ids.stream("meeting", "\n".join(told))
        event = e.MeetingConvened(
            body=self._body, organs=(organ,), name=named.name, number=named.number, starts_at=named.on
        )
        self._state(stream, event, occurred=x.When(certainty=v.Certainty.UNKNOWN, not_after=named.on))
        return stream

    def _proposal(self, reference: str | UnsetType) -> str | UnsetType:
        """Give the proposal with a number; a number that several bear, or none, stays in the locator alone."""
        if reference is UNSET:
            return UNSET
        key = ("proposal", reference)
        if key not in self._found:
            found = self._directory.find("proposal", {"reference": reference, "body": self._body})
            if len(found) != 1:
                return UNSET
            self._found[key] = found[0]
        return self._found[key]

    def _item(self, meeting: str, number: str | UnsetType) -> str | UnsetType:
        """Give the agenda item with a number, where the recorded agenda has exactly one."""
        if number is UNSET or meeting not in self._found.values():
            return UNSET
        if meeting not in self._items:
            items: dict[str, set[str]] = {}
            for record in effective(self._directory.history(meeting)):
                if isinstance(record.event, e.AgendaSet) and isinstance(record.event.items, tuple):
                    for item in record.event.items:
                        if isinstance(item.number, str):
                            items.setdefault(item.number, set()).add(item.item)
            self._items[meeting] = items
        found = self._items[meeting].get(number, set())
        return next(iter(found)) if len(found) == 1 else UNSET

    def _group(self, name: str | UnsetType) -> str | UnsetType:
        if name is UNSET:
            return UNSET
        found = self._look_up("group", {"name": name, "body": self._body})
        if found is None:
            found = self._ids.stream("group", name)
            if found not in self._fresh:
                self._fresh[found] = name
                self._state(found, e.GroupRegistered(body=self._body, name=name, kind=v.GroupKind.OTHER))
        return found

    def _person(self, person: PersonNamed | UnsetType) -> str | UnsetType:
        """Give a person's key; somebody who is not recorded is entered, with the name as a personal field."""
        if person is UNSET:
            return UNSET
        found = self._people.find(person, self._place)
        if found is not None:
            return found
        source_id = self._people.source_id(person)
        told = source_id if source_id is not UNSET else str(person.name)
        if told not in self._fresh:
            self._fresh[told] = self._new_id("person")
            self._state(
                f"person:{self._fresh[told]}",
                e.PersonKnown(name=person.name, source_id=source_id),
                visibility=v.Visibility.NON_PUBLIC,
            )
        return self._fresh[told]

    def _vote(self, vote: VoteStated) -> x.Vote:
        return x.Vote(
            choice=vote.choice,
            count=vote.count,
            group=self._group(vote.group),
            option=vote.option,
            person=self._person(vote.person),
        )

    def _option(self, option: OptionStated) -> x.Option:
        return x.Option(
            key=option.key,
            label=option.label,
            group=self._group(option.group),
            person=self._person(option.person),
        )


def _locator(ballot: BallotStated, *, target: object, item: object) -> str | UnsetType:
    """Give the place in the source, with the numbers that match nothing recorded."""
    parts = [
        "" if ballot.locator is UNSET else ballot.locator,
        "" if ballot.item is UNSET or item is not UNSET else f"TOP {ballot.item}",
        "" if ballot.proposal is UNSET or target is not UNSET else f"Vorlage {ballot.proposal}",
        "" if ballot.point is UNSET or target is not UNSET else f"Ziffer {ballot.point}",
    ]
    return ", ".join(filter(None, parts)) or UNSET
