"""What an answer becomes in the record: events in the files whose offer or handover it answers.

A 0502 becomes `appraised/1`, a 0506 `received/1`. The other three confirm that a message arrived, which is less than
either: such a receipt repeats the event that it confirms, with who confirms it and since when that is known. So no
receipt is ever taken for a take-over.

An answer is recorded in whole or not at all. It speaks of the cases (de: Vorgang) that proposals and meetings became;
what else was offered with them follows the cases that carry it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, Struct

from archive.batch import Batch, Command, NewDocument
from archive.errors import InputError
from archive.intake import regular
from archive.intake.naming import clean
from archive.intake.references import shown
from archive.intake.xdomea.asked import CASES, Answered, Asked, asked_by, asking, bears, carriers
from archive.intake.xdomea.container import FILE_BYTES_MAX, open_container
from archive.intake.xdomea.message import NAMES, Judged, Message, read_message
from archive.stable_ids import vorgang_uuid
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.custody import Custody
from domain.stream import Statement
from domain.values import WITHHELD, stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from archive.archive import Archive

MEDIA_TYPE: Final = "application/xml"
# B is no decision: it marks what is still to be appraised, and nothing may rest on it.
DECISIONS: Final = {"A": v.AppraisalDecision.ARCHIVE, "V": v.AppraisalDecision.DISPOSE}
UNDECIDED: Final = "B"
_OBJECTS_MAX: Final = 1_000  # in one event
_SHOWN_MAX: Final = 5
_QUOTE_MAX: Final = 2_000
_BEFORE: Final[Mapping[str, tuple[type[e.Event], str, str]]] = {
    "0502": (e.Offered, "an offer", "custody offer"),
    "0504": (e.Offered, "an offer", "custody offer"),
    "0505": (e.Appraised, "an appraisal", "intake xdomea"),
    "0506": (e.Transferred, "a handover", "custody transfer"),
    "0507": (e.Transferred, "a handover", "custody transfer"),
}
_CONFIRMS: Final = {
    "0504": v.Function.ARCHIVE,
    # This one goes the other way: the office says that the appraisal arrived.
    "0505": v.Function.OFFICE,
    "0507": v.Function.ARCHIVE,
}

A = TypeVar("A", bound=e.Event)


class Answer(Struct, frozen=True, kw_only=True):
    """An answer, and what is to be recorded of it.

    Attributes:
        message: What the message says.
        batch: The events.
        name: The name of the message's file.
        digest_hex: SHA-512 of the message.
        files: The files that it is about.
        left_open: The records that it leaves undecided.
        remarks: What does not fit together in it, or was passed over.
    """

    message: Message
    batch: Batch
    name: str
    digest_hex: str
    files: tuple[str, ...]
    left_open: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def read_answer(path: Path, *, archive: Archive, visibility: v.Visibility | None = None) -> Answer:
    """Read an answer of an archive, and find what it answers.

    Args:
        path: The message, or the container with it.
        archive: The archive to record in; nothing is written to it here.
        visibility: Who may see what is recorded; None for that of the events answered, and for not the public where the
            message names persons, because it becomes a document of these events.

    Raises:
        InputError: It cannot be read; nobody recorded what it answers; it speaks of records that were not offered or
            handed over, or not of all that were.
    """
    opened = open_container(regular.read(path, bytes_max=FILE_BYTES_MAX), path.name)
    message = read_message(opened.data, opened.name)
    document = NewDocument(
        digest_hex=hashlib.sha512(opened.data).hexdigest(),
        size=len(opened.data),
        media_type=MEDIA_TYPE,
        path=Path(opened.name),
        content=opened.data,
    )
    reading = _Reading(archive, message, document, visibility=visibility)
    digest = hashlib.sha256(opened.data)
    batch_id = f"xdomea/{digest.hexdigest()}"
    commands = reading.recorded_before(batch_id) or reading.commands()
    beside = tuple(f"{shown(name)} lies beside the message and was passed over" for name in opened.beside)
    return Answer(
        message=message,
        batch=Batch(
            id=batch_id, digest=digest.digest(), commands=tuple(commands), documents=(document,), name=path.name
        ),
        name=opened.name,
        digest_hex=document.digest_hex,
        files=tuple(dict.fromkeys(command.statement.stream for command in commands)),
        left_open=tuple(reading.left_open),
        remarks=(*message.remarks, *reading.remarks, *beside),
    )


class _Said(NamedTuple):
    """What the message says of a record: its decision, or whether it was taken over and under which id."""

    decision: v.AppraisalDecision | None = None
    complete: bool | None = None
    archive_id: str | None = None
    quote: str | None = None


class _Group(NamedTuple):
    """Records of which the message says the same, and which the same event offered or handed over."""

    fact: Answered
    said: _Said
    objects: tuple[str, ...]


class _Reading:
    """One message against one archive."""

    def __init__(
        self, archive: Archive, message: Message, document: NewDocument, *, visibility: v.Visibility | None
    ) -> None:
        self._archive = archive
        self._message = message
        self._document = document
        self._visibility = visibility
        self._name = str(document.path)
        self._register = archive.register
        self.left_open: list[str] = []
        self.remarks: list[str] = []

    def recorded_before(self, batch_id: str) -> list[Command]:
        """Give what the same message gave before; empty where it was not recorded."""
        if self._archive.recorder.first_position(self._archive.txn_of(batch_id)) is None:
            return []
        txn = self._archive.txn_of(batch_id)
        return [
            Command(statement=record, place=self._name)
            for stream in self._archive.streams("custody")
            for record in self._archive.history(stream)
            if record.txn == txn
        ]

    def commands(self) -> list[Command]:
        """Give what is to be recorded.

        Raises:
            InputError: It answers nothing that is recorded, or does not fit what it answers.
        """
        if self._message.is_test and not self._register.example:
            raise InputError(
                f"{self._name}: says that it is a test, and this register is no example",
                hint="a test decides nothing; ask the archive for the answer itself",
            )
        asked = self._asked()
        match self._message.number:
            case "0502":
                groups = self._groups(asked, self._judgements(asked))
            case "0506":
                groups = self._groups(asked, self._imports(asked))
            case _:
                groups = {one.state.stream: list(_confirmed(one)) for one in asked}
        commands = [command for one in asked for command in self._recorded(one.state, groups[one.state.stream])]
        if not commands:
            raise InputError(
                f"{self._name}: decides nothing: every record in it is left open",
                hint="ask the archive for its decision; `ratsbuch custody appraise` records one that came otherwise",
            )
        return commands

    # -- what it answers ----------------------------------------------------------------------------

    def _asked(self) -> tuple[Asked, ...]:
        """Find the events that carry the id of the message answered, else those that carry the process's."""
        wanted, what, command = _BEFORE[self._message.number]
        states = [
            s for name in self._archive.streams("custody") if isinstance(s := self._archive.stream(name), Custody)
        ]
        for key in filter(None, (self._message.origin, self._message.process)):
            found = tuple(one for state in states if (one := asked_by(state, wanted, key)).facts)
            if found:
                return found
        others = [fact.id for state in states for fact in asking(state) if bears(fact, self._message.process)]
        beside = f"; the process is named by {_listed(others)}" if others else ""
        raise InputError(
            f"{self._name}: found process {self._message.process}, expected one that {what} on record names{beside}",
            hint=f"record it first: `ratsbuch {command}`, with the process as --message-id"
            if command.startswith("custody")
            else "take in the Bewertungsverzeichnis (0502) first",
        )

    # -- what it says -------------------------------------------------------------------------------

    def _cases(self, asked: Sequence[Asked]) -> dict[str, str]:
        """Give the records that are cases of their own, by the UUID that the archive knows each by."""
        return {
            vorgang_uuid(self._register.id, name): name
            for one in asked
            for name in sorted(one.facts)
            if name.startswith(CASES)
        }

    def _check_known(self, cases: Mapping[str, str], named: Iterable[str]) -> None:
        unknown = [name for name in named if name not in cases]
        if unknown:
            raise InputError(
                f"{self._name}: speaks of {len(unknown)} records that were not part of it: {_listed(unknown)}",
                hint="nothing was recorded; compare it with what was sent, and ask the archive",
            )

    def _check_complete(self, cases: Mapping[str, str], named: Iterable[str]) -> None:
        """Name the records that are not spoken of: of several messages each may speak of some."""
        told = set(named)
        missing = [name for uuid, name in cases.items() if uuid not in told]
        if missing and self._message.parts == 1:
            raise InputError(
                f"{self._name}: says nothing of {len(missing)} of {len(cases)} records: {_listed(missing)}",
                hint="nothing was recorded; ask the archive for the whole answer, or record what it said by hand "
                "(`ratsbuch custody appraise`, `custody receive`)",
            )

    def _judgements(self, asked: Sequence[Asked]) -> dict[str, _Said]:
        cases = self._cases(asked)
        self._check_known(cases, (one.id for one in self._message.judged))
        self._check_complete(cases, (one.id for one in self._message.judged))
        said = {cases[one.id]: self._judgement(one) for one in self._message.judged}
        return {name: one for name, one in said.items() if one.decision is not None}

    def _judgement(self, one: Judged) -> _Said:
        decision = DECISIONS.get(one.literal) if one.is_code else None
        if decision is None and not (one.is_code and one.literal == UNDECIDED):
            raise InputError(
                f"{self._name}: record {one.id}: found the Aussonderungsart {shown(one.literal)}, "
                f"expected one of the codes {', '.join((*DECISIONS, UNDECIDED))}",
                hint="nothing was recorded; record what the archive meant by it with `ratsbuch custody appraise`",
            )
        return _Said(decision=decision, quote=one.literal)

    def _imports(self, asked: Sequence[Asked]) -> dict[str, _Said]:
        cases, message = self._cases(asked), self._message
        self._check_known(cases, (one.id for one in message.imported))
        if not message.imported:
            if message.succeeded is None:
                raise InputError(f"{self._name}: says neither of the whole nor of any record whether it was taken over")
            said = _Said(complete=message.succeeded, quote=_quote(message.errors))
            return dict.fromkeys(cases.values(), said)
        self._check_complete(cases, (one.id for one in message.imported))
        contradicts = message.succeeded is False and all(one.succeeded for one in message.imported)
        if contradicts:
            self.remarks.append("it calls the whole a failure and every record a success; none is taken to be complete")
        return {
            cases[one.id]: _Said(
                complete=one.succeeded and not contradicts,
                archive_id=one.archive_id,
                quote=_quote(one.errors if not one.succeeded else message.errors if contradicts else ()),
            )
            for one in message.imported
        }

    # -- what follows for each record ---------------------------------------------------------------

    def _groups(self, asked: Sequence[Asked], said: Mapping[str, _Said]) -> dict[str, list[_Group]]:
        found: dict[str, list[_Group]] = {}
        for one in asked:
            objects: dict[tuple[str, _Said], list[str]] = {}
            for name, fact in sorted(one.facts.items()):
                answer = said.get(name) if name.startswith(CASES) else self._follows(name, said, asked)
                if answer is None:
                    self.left_open.append(name)
                else:
                    objects.setdefault((fact.id, answer), []).append(name)
            facts = {fact.id: fact for fact in one.facts.values()}
            found[one.state.stream] = [
                _Group(facts[event_id], answer, tuple(names)) for (event_id, answer), names in objects.items()
            ]
        return found

    def _follows(self, name: str, said: Mapping[str, _Said], asked: Sequence[Asked]) -> _Said | None:
        """Give what holds for a record that is no case: what keeps most of it, of what is said of those that carry it.

        Where none of them was part of the process, the answer holds for it if it is the same for all.
        """
        part = {case for one in asked for case in one.facts if case.startswith(CASES)}
        carrying = [one for one in carriers(self._archive, name) if one in part]
        answers = [said.get(one) for one in carrying or sorted(part)]
        told = [one for one in answers if one is not None]
        if not carrying:
            return told[0] if told and len(told) == len(answers) and len(set(told)) == 1 else None
        wanted = [one for one in told if one.decision is v.AppraisalDecision.ARCHIVE]
        if wanted:
            return wanted[0]
        if len(told) < len(answers):
            return None
        return next((one for one in told if one.complete is False), told[0])

    # -- what is recorded ---------------------------------------------------------------------------

    def _recorded(self, state: Custody, groups: Iterable[_Group]) -> Iterator[Command]:
        seq = state.size
        for group in groups:
            for start in range(0, len(group.objects), _OBJECTS_MAX):
                yield self._command(group, group.objects[start : start + _OBJECTS_MAX], seq)
                seq += 1

    def _command(self, group: _Group, objects: tuple[str, ...], seq: int) -> Command:
        message, record = self._message, group.fact.record
        created = x.When(at=message.created, certainty=v.Certainty.STATED)
        confirms = _CONFIRMS.get(message.number)
        return Command(
            statement=Statement(
                stream=record.stream,
                event=self._event(group, objects),
                occurred=created if confirms is None else record.occurred,
                known=UNSET if confirms is None else created,
                authority=x.Authority(function=confirms or v.Function.ARCHIVE),
                sources=(self._source(group.said.quote),),
                visibility=self._seen_by(record.visibility),
            ),
            expected_seq=seq,
            place=f"{self._name}: {group.fact.id}",
        )

    def _event(self, group: _Group, objects: tuple[str, ...]) -> e.Event:
        message, archive = self._message, stated(group.fact.event.archive)
        match message.number:
            case "0502" if archive is not None and group.said.decision is not None:
                return e.Appraised(
                    objects=objects,
                    archive=archive,
                    decision=group.said.decision,
                    message_id=message.id or message.process,
                )
            case "0506" if archive is not None:
                archive_id = group.said.archive_id
                return e.Received(
                    objects=objects,
                    archive=archive,
                    message_id=message.id or message.process,
                    archive_ids=UNSET if archive_id is None else (archive_id,),
                    complete=group.said.complete is True,
                )
        return _repeated(group.fact.event, objects)

    def _source(self, quote: str | None) -> x.Source:
        message = self._message
        sender = f", {message.sender}" if message.sender else ""
        part = f", {message.part}/{message.parts}" if message.parts > 1 else ""
        return x.Source(
            citation=f"xdomea {message.version}, {NAMES[message.number]}{part}, Prozess {message.process}{sender}",
            document=x.Document(
                digest=self._document.digest_hex,
                held=True,
                media_type=MEDIA_TYPE,
                size=self._document.size,
                title=clean(self._name),
            ),
            grade=v.Grade.COPY,
            quote=UNSET if quote is None else quote,
        )

    def _seen_by(self, answered: v.Visibility) -> v.Visibility:
        if self._visibility is not None:
            return self._visibility
        if answered is v.Visibility.PUBLIC and self._message.names_persons:
            remark = "it names persons, so what rests on it is not public; --visibility says otherwise"
            if remark not in self.remarks:
                self.remarks.append(remark)
            return v.Visibility.NON_PUBLIC
        return answered


def _confirmed(asked: Asked) -> Iterator[_Group]:
    """Give the events that a receipt confirms, each with its records."""
    objects: dict[str, list[str]] = {}
    for name, fact in sorted(asked.facts.items()):
        objects.setdefault(fact.id, []).append(name)
    facts = {fact.id: fact for fact in asked.facts.values()}
    for event_id, names in objects.items():
        yield _Group(facts[event_id], _Said(), tuple(names))


def _repeated(event: A, objects: tuple[str, ...]) -> A:
    """Give an event once more, about records named one by one; what of it was erased is not stated again."""
    kept: dict[str, object] = {name: UNSET for name in event.__struct_fields__ if getattr(event, name) is WITHHELD} | {
        "objects": objects
    }
    return msgspec.structs.replace(event, **kept)


def _quote(errors: Sequence[str]) -> str | None:
    text = "; ".join(errors)
    if not text:
        return None
    return text if len(text) <= _QUOTE_MAX else f"{text[:_QUOTE_MAX]} [...]"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN_MAX
    return ", ".join(names[:_SHOWN_MAX]) + (f" and {more} more" if more > 0 else "")
