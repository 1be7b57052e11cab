"""How what an object says becomes statements: ids, sources, dates, and what the record says already.

Everything here is told what it needs: nothing is read from a clock, and ids follow from names alone, so that the same
object gives the same statements wherever and whenever it is met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping  # msgspec reads the annotations when a record class is made
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import UNSET, Struct, UnsetType

from archive.intake.naming import Ids
from archive.intake.oparl.mapping import Vocabulary
from archive.intake.oparl.objects import File
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.dates import is_before
from domain.stream import RecordedEvent, Statement, effective

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from archive.intake.oparl.rehearsal import Rehearsal

AUTHORITY: Final = x.Authority(function=v.Function.SOURCE)


class Record(Protocol):
    """What is read of the archive."""

    def history(self, stream: str) -> tuple[RecordedEvent, ...]:
        """Give a stream's events as first recorded."""

    def exists(self, stream: str) -> bool:
        """Say whether a stream has events."""

    def find(self, kind: str, keys: Mapping[str, str]) -> tuple[str, ...]:
        """Give the streams of a kind that have all the keys."""

    def streams(self, kind: str) -> tuple[str, ...]:
        """Give the streams of a kind."""

    def document(self, digest: str) -> bytes | None:
        """Give a document's bytes."""

    def begins_newest(self, batch_id: str, stream: str) -> bool | None:
        """Say whether a stream's newest event is the first one that a command file gave."""


class Known:
    """What the record says, with what was decided since and is not yet on disk.

    Args:
        record: The archive.
        rehearsal: Where a dry run puts what it would have recorded; None for one that records.
    """

    def __init__(self, record: Record, *, rehearsal: Rehearsal | None = None) -> None:
        self.record = record
        self._rehearsal = rehearsal
        self._added: dict[str, list[Statement]] = {}
        self._planned: dict[str, str] = {}  # the proposals of the consultations among them

    def add(self, statements: Sequence[Statement]) -> None:
        """Take in what was decided."""
        for statement in statements:
            added = self._added.setdefault(statement.stream, [])
            if not any(known is statement for known in added):
                added.append(statement)
                if isinstance(statement.event, e.ConsultationPlanned):
                    self._planned[str(statement.event.consultation)] = statement.stream

    def settled(self) -> None:
        """Forget what was decided: the record has it now, or the rehearsal."""
        if self._rehearsal is not None:
            self._rehearsal.keep([one for added in self._added.values() for one in added])
        self._added.clear()
        self._planned.clear()

    def rehearsed_openings(self, streams: Iterable[str]) -> tuple[Statement, ...]:
        """Give the statements that would have opened streams in a dry run; of those that it did not open, none."""
        if self._rehearsal is None:
            return ()
        openings = (self._rehearsal.opening(stream) for stream in dict.fromkeys(streams))
        return tuple(opening for opening in openings if opening is not None)

    def proposal_of(self, consultation: str, *, is_first: bool) -> str | None:
        """Give the proposal that a consultation belongs to; None where none, or more than one, says so."""
        stream = self._planned.get(consultation)
        if stream is None and self._rehearsal is not None:
            stream = self._rehearsal.proposal_of(consultation)
        if stream is not None or is_first:
            return stream
        found = self.record.find("proposal", {"consultation": consultation})
        return found[0] if len(found) == 1 else None

    def exists(self, stream: str) -> bool:
        """Say whether a stream has events."""
        if stream in self._added or self.record.exists(stream):
            return True
        return self._rehearsal is not None and self._rehearsal.has(stream)

    def statements(self, stream: str) -> tuple[Statement, ...]:
        """Give what is stated in a stream, corrections applied."""
        rehearsed = self._rehearsal.statements(stream) if self._rehearsal is not None else ()
        return (*effective(self.record.history(stream)), *rehearsed, *self._added.get(stream, ()))

    def shown(self, stream: str) -> tuple[Statement, ...]:
        """Give what intake stated in a stream: that is what the source showed, whatever others recorded beside it."""
        return tuple(s for s in self.statements(stream) if is_shown(s))


def is_shown(statement: Statement) -> bool:
    """Say whether a statement came by intake."""
    return not isinstance(statement, RecordedEvent) or statement.by.role is v.Role.IMPORTER


class Context(Struct, frozen=True, kw_only=True):
    """What the statements of one object have in common.

    Attributes:
        ids: The system's ids.
        known: What the record says.
        words: The source's vocabulary.
        body: The register's own body.
        document: The object as a document.
        url: The object's id.
        names_document: Whether public events may name the document; not where it says something about persons.
        retrieved_at: When it was looked at.
        seen_before: When it was looked at before; None if never, or if that is not known.
        is_first: Whether nothing of any source was recorded before this run.
        paper_of: Which paper a consultation is about, as far as this run says.
        files: What is held of the files that objects refer to, by the file's id.
        is_known: Whether the object was seen before, whenever that was.
        recorded_in: The stream that it was recorded in when it was last seen; None for none.
        resolve: Gives a file as an object of its own describes it; None where the source marks it as deleted or no
            longer has it, and as it is where nothing more is known.
        basis: Gives a file as it was described where a statement took it from; None where that cannot be told.
    """

    ids: Ids
    known: Known
    words: Vocabulary
    body: str
    document: x.Document
    url: str
    names_document: bool
    retrieved_at: str
    seen_before: str | None
    is_first: bool
    paper_of: Callable[[str], str | None]
    files: Mapping[str, x.Document]
    is_known: bool
    recorded_in: str | None
    resolve: Callable[[File], File | None]
    basis: Callable[[Statement, str], File | None]

    def say(
        self,
        stream: str,
        event: e.Event,
        at: str,
        *,
        occurred: x.When | None = None,
        visibility: v.Visibility = v.Visibility.PUBLIC,
    ) -> Statement:
        """Make a statement that rests on a place in the object.

        Args:
            stream: Where.
            event: What.
            at: The place, a JSON Pointer.
            occurred: When; by default between the last look and this one.
            visibility: Who may see it.
        """
        if self.names_document or visibility is not v.Visibility.PUBLIC:
            source = x.Source(document=self.document, grade=v.Grade.SYSTEM_OF_RECORD, locator=at or UNSET)
        else:
            source = x.Source(citation=self.url, grade=v.Grade.SYSTEM_OF_RECORD, locator=at or UNSET)
        return Statement(
            stream=stream,
            event=event,
            occurred=occurred or self.meanwhile,
            authority=AUTHORITY,
            sources=(source,),
            visibility=visibility,
        )

    @property
    def meanwhile(self) -> x.When:
        """Some time between the last look at the object and this one."""
        # A dump that is older than the last look says only that it was so by then.
        if self.seen_before is None or is_before(self.retrieved_at, self.seen_before):
            return x.When(certainty=v.Certainty.UNKNOWN, not_after=self.retrieved_at)
        return x.When(certainty=v.Certainty.INFERRED, not_after=self.retrieved_at, not_before=self.seen_before)

    def document_of(self, file: File, before: x.Document | None = None) -> x.Document:
        """Give a file as a document: held where it is, else as the source describes it.

        Args:
            file: The file.
            before: The file as it was recorded, where it still is the same one: what is held stays so.
        """
        held = self.files.get(file.id) or (before if before is not None and before.held else None)
        title = file.file_name or file.name or UNSET
        if held is not None:
            return x.Document(
                digest=held.digest,
                held=True,
                media_type=file.media_type or held.media_type,
                size=held.size,
                title=title,
            )
        return x.Document(digest=file.digest, held=False, media_type=file.media_type, size=file.size, title=title)


def look_of(observed: e.SourceObserved, occurred: object) -> str | None:
    """Give when a source showed what was observed; None where it is only known that it did by some moment."""
    if isinstance(occurred, x.When) and occurred.at is UNSET and occurred.not_after is not UNSET:
        return None
    return observed.retrieved_at if isinstance(observed.retrieved_at, str) else None


def label_of(file: File) -> str:
    """Give what a file is called."""
    return file.name or file.file_name or file.id


def on(day: str | UnsetType, certainty: v.Certainty) -> x.When | None:
    """Give a day as the time of a fact; None where it is not known."""
    return x.When(at=day, certainty=certainty) if day is not UNSET else None


# -- annexes --------------------------------------------------------------------------------------


def annexes(
    context: Context, stream: str, before: Sequence[Statement], files: Sequence[tuple[File, str | UnsetType]]
) -> list[Statement]:
    """State which files came, went or were exchanged.

    Args:
        context: The object.
        stream: Where they belong.
        before: What the source showed of that stream.
        files: The files that it shows now, each with the agenda item it belongs to.
    """
    standing: dict[str, tuple[e.DocumentAttached, Statement]] = {}
    for statement in before:
        event = statement.event
        if isinstance(event, e.DocumentAttached) and isinstance(event.source_id, str):
            standing[event.source_id] = (event, statement)
        elif isinstance(event, e.DocumentWithdrawn) and isinstance(event.source_id, str):
            standing.pop(event.source_id, None)
    said: list[Statement] = []
    shown: set[str] = set()
    for named, item in files:
        file = context.resolve(named)
        if file is None or file.id in shown:
            continue
        shown.add(file.id)
        old, rests_on = standing.get(file.id, (None, None))
        is_other = rests_on is not None and is_exchanged(context.basis(rests_on, file.id), file)
        known = old.document if old is not None and not is_other and isinstance(old.document, x.Document) else None
        document = context.document_of(file, known)
        attached = e.DocumentAttached(
            label=label_of(file), held=document.held, document=document, item=item, source_id=file.id
        )
        if old is not None:
            if not is_other and _same(old, attached):
                continue
            came = not is_other and document.held and old.held is False and _same(old, attached, held=True)
            reason = "the same file, which is held now" if came else _same_bytes(old.document, document)
            withdrawn = e.DocumentWithdrawn(label=old.label, replaced_by=document, reason=reason, source_id=file.id)
            said.append(context.say(stream, withdrawn, file.at))
        said.append(context.say(stream, attached, file.at))
    for key, (old, _) in standing.items():
        if key not in shown:
            said.append(context.say(stream, e.DocumentWithdrawn(label=old.label, source_id=key), ""))
    return said


def is_exchanged(old: File | None, new: File) -> bool:
    """Say whether a file is described as another one than before: by its address, size, digest or media type.

    What is stated only now, or no longer, tells nothing; nor does a stamp: some vendors set those of all files at once.
    """
    if old is None:
        return False
    pairs = ((old.url, new.url), (old.size, new.size), (old.digest, new.digest), (old.media_type, new.media_type))
    return any(before is not UNSET and now is not UNSET and before != now for before, now in pairs)


def _same_bytes(old: object, new: x.Document) -> str | UnsetType:
    is_same = isinstance(old, x.Document) and old.held and new.held and old.digest == new.digest
    return "the same bytes, which the source describes otherwise" if is_same else UNSET


def _same(old: e.DocumentAttached, new: e.DocumentAttached, *, held: bool = False) -> bool:
    """Say whether two looks at a file found the same; `held` leaves out whether it is held."""
    before, now = old.document, new.document
    if not isinstance(before, x.Document) or not isinstance(now, x.Document):
        return False
    if (old.label, old.item, before.title) != (new.label, new.item, now.title):
        return False
    if held or (before.held and not now.held):  # what is held stays so, whether or not this run asks for files
        return True
    return (before.held, before.digest) == (now.held, now.digest)
