"""What changed since the source was last looked at, as command files to be recorded.

One object, one command file: its id is the object's id, LF, and the digest of its form in hex. Where the same form
comes back after another one, `LF` and how often it was seen are appended, since the id alone would say that nothing
happened; and a person's file is called by the person's key and a number, so that nothing that stands in the clear
leads from the key back to the source.

What an object says is held against what intake recorded of it before. So a run that was broken off goes on where it
was, and the same object again states nothing.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Mapping  # msgspec reads the annotations when a record class is made
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, cast
from urllib.parse import urlsplit

from msgspec import UNSET, Struct, UnsetType, structs

from archive.batch import Batch, Command, NewDocument
from archive.errors import InputError
from archive.intake.oparl import meetings, objects, organs, proposals
from archive.intake.oparl.canonical import Unread, decode, form_of
from archive.intake.oparl.mapping import OrganizationKind
from archive.intake.oparl.spool import Shown
from archive.intake.oparl.stating import Context, annexes, is_exchanged, look_of
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.dates import is_before
from domain.stream import Statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from archive.intake.naming import Ids
    from archive.intake.oparl.canonical import Json, Tree
    from archive.intake.oparl.mapping import Vocabulary
    from archive.intake.oparl.spool import Spool
    from archive.intake.oparl.stating import Known
    from archive.intake.oparl.summary import Summary

MEDIA_TYPE: Final = "application/json"
# All that an object states is one command file, and what one may hold is limited.
BROUGHT_IN_MAX: Final = 5_000
# In so many records one file is exchanged at once: each takes a few statements.
NAMING_MAX: Final = 1_000
_MEMBERS: Final = "membership"
# The kinds that refer to files.
_WITH_FILES: Final = frozenset({"paper", "meeting", "agenda_item", "file"})
# How many looks at an object are searched for the form that its source changed last.
_LOOKS_MAX: Final = 20
_TREES_MAX: Final = 16
_OLDER: Final = "objects in a form older than one seen before: observed only"
_UNATTACHED: Final = {
    "consultation": "consultations whose paper was not shown",
    "agenda_item": "agenda items whose meeting was not shown",
    "file": "files that nothing shown refers to",
}
_WHOLES: Final = {"consultation": "paper", "agenda_item": "meeting"}
_FIELDS: Final = {"consultation": "consultation", "agenda_item": "agendaItem"}
_NAMING: Final = frozenset({"paper", "meeting", "agenda_item"})
_TREE_BYTES_MAX: Final = 64 * 2**10
_OF_FILES: Final = (e.DocumentAttached, e.DocumentWithdrawn, e.MinutesFiled)


class Look(Struct, frozen=True):
    """An observation, and whether it is known when it was made; else it is only known that it was by then."""

    event: e.SourceObserved
    is_dated: bool


class Seen(Struct, frozen=True, kw_only=True):
    """What the record says about an object of the source.

    Attributes:
        last: The newest observation.
        forms: How often each form was seen, by digest.
        looks: Every observation.
        looked_at: When the newest one was made; None where it is only known that it was by some moment.
    """

    last: e.SourceObserved
    forms: Mapping[str, int]
    looks: tuple[Look, ...]
    looked_at: str | None

    @property
    def is_gone(self) -> bool:
        """Whether the last look found it gone."""
        return self.last.change is v.SourceChange.GONE

    @property
    def count(self) -> int:
        """How many observations there are."""
        return len(self.looks)


class Fetch(Protocol):
    """Fetches a file; None where it cannot be had, or where it is the one that is held."""

    def __call__(self, file: objects.File, held: str | None = None) -> tuple[x.Document, NewDocument] | None:
        """Fetch a file; with the digest of what is held where only a stamp says that it changed."""


class Following:
    """One run over a source.

    Args:
        known: What the archive says, for reading.
        ids: The ids of what the system's objects are about.
        body: The register's own body.
        words: The source's vocabulary.
        spool: Where what the source showed is put aside.
        summary: Where it is counted.
        retrieved_at: The moment of this look.
        new_key: Gives a random key for a person.

    Attributes:
        fetch: Fetches files; None where they are only referred to.
        is_dated: Whether the source showed at that moment what is read; else it is only known that it did by then.
    """

    def __init__(
        self,
        known: Known,
        *,
        ids: Ids,
        body: str,
        words: Vocabulary,
        spool: Spool,
        summary: Summary,
        retrieved_at: str,
        new_key: Callable[[], str],
    ) -> None:
        record = known.record
        self.ids = ids
        self.known = known
        self._record = record
        self._body = body
        self.words = words
        self._spool = spool
        self._summary = summary
        self._retrieved_at = retrieved_at
        self._persons = organs.Persons(self.known, new_key)
        self._host = urlsplit_host(self.ids.system)
        # What this run records itself does not change that: an object comes out once, and after what it builds on.
        self._is_first = not record.streams("source")
        self._submitted: dict[str, list[str]] | None = None
        self._memberships: dict[str, list[tuple[str, objects.Membership, x.Document]]] | None = None
        self.is_dated = True
        self.fetch: Fetch | None = None
        self._has_named = False  # whether what the record has was looked through for what it names
        self._trees: dict[str, Tree] = {}

    # -- reading ----------------------------------------------------------------------------------

    def take(self, tree: Json | Unread, *, place: str, listed: str = "") -> None:
        """Put one object aside that the source shows; what cannot be read as one is counted.

        Args:
            tree: What was read.
            place: Where, for messages.
            listed: The kind of the list that it stands in; empty where it stands in none.
        """
        if isinstance(tree, Unread):
            self._summary.cannot_read(place, tree.reason)
            return
        try:
            if not isinstance(tree, dict):
                msg = f"{place}: found {type(tree).__name__}, expected an object"
                raise InputError(msg)
            self._take(tree, place, listed)
        except InputError as error:
            self._summary.cannot_read(place, error.message)

    def _take(self, tree: Tree, place: str, listed: str) -> None:
        key = objects.object_id(tree, what=place)
        # Before contact data are dropped: they may be all that shows a person.
        kind = objects.kind(tree, listed=listed)
        form = form_of(tree, what=place, listed=objects.oparl_type(listed))
        digest = hashlib.sha256(form.content).digest()
        shown = Shown(
            id=key,
            kind=kind,
            digest=digest,
            dropped=form.dropped,
            about_persons=form.about_persons or kind == "person",
            content=form.content,
        )
        if kind == "paper" and not objects.is_deleted(tree):
            for consultation, _ in objects.references(tree, "consultation"):
                self._spool.link(consultation, key)
        elif kind == "consultation":
            paper = objects.reference(tree.get("paper"))
            if paper is not UNSET:
                self._spool.link(key, paper)
        if not objects.is_deleted(tree):
            for part, _ in objects.parts_named(kind, tree):
                self._spool.name(part, key, kind)
        stamp = objects.instant(tree, "modified")
        is_new = self._is_news(shown)
        # What is not news may still refer to files that are not held.
        is_wanted = is_new or (self.fetch is not None and kind in _WITH_FILES)
        self._spool.put(shown, rank=objects.RANKS[kind], stamp=stamp, is_new=is_wanted)

    def _is_news(self, shown: Shown) -> bool:
        """Say whether the record does not have an object in this form as the last one."""
        if self._is_first:
            return True
        if shown.kind != "person":
            last = self._record.begins_newest(self._file_id(shown, 1), self.ids.stream("source", shown.id))
            if last is not False:
                return last is None
        seen = self._seen(self._source(shown))
        return seen is None or seen.is_gone or seen.last.digest != _text(shown.digest)

    def _source(self, shown: Shown) -> str | None:
        """Give the stream of observations of an object; None for a person never met."""
        if shown.kind != "person":
            return self.ids.stream("source", shown.id)
        key = self._persons.key(shown.id)
        return None if key is None else self.ids.stream("source", f"person:{key}")

    def _file_id(self, shown: Shown, times: int) -> str:
        """Give the id of an object's command file; that of an object of another host names the system too.

        Else whoever shows another's object first would keep its own system's from being recorded.
        """
        name = _file_id(shown.id, shown.digest)
        if urlsplit_host(shown.id) != self._host:
            name += f"\n{self.ids.system}"
        return name if times == 1 else f"{name}\n{times}"

    def _seen(self, stream: str | None) -> Seen | None:
        if stream is None:
            return None
        found: list[Look] = []
        looked_at: str | None = None
        for statement in self.known.statements(stream):
            if isinstance(statement.event, e.SourceObserved):
                looked_at = look_of(statement.event, statement.occurred)
                found.append(Look(statement.event, looked_at is not None))
        if not found:
            return None
        forms: dict[str, int] = {}
        for look in found:
            if isinstance(look.event.digest, str):
                forms[look.event.digest] = forms.get(look.event.digest, 0) + 1
        # What is gone has no form of its own: the one before it is what it was.
        return Seen(last=found[-1].event, forms=forms, looks=tuple(found), looked_at=looked_at)

    # -- deciding ---------------------------------------------------------------------------------

    def batches(self) -> Iterator[Batch]:
        """Give the command files of all objects that there is something new about, in the one order."""
        for shown in self._spool.new():
            batch = self.batch(shown)
            if batch is not None:
                yield batch

    def batch(self, shown: Shown) -> Batch | None:
        """Give the command file of an object that is new or changed, or whose files are held now; None for no news."""
        tree = cast("Tree", decode(shown.content, what=shown.id))
        source = self._source(shown)
        seen = None if self._is_first and shown.kind != "person" else self._seen(source)
        hexed = hashlib.sha512(shown.content).hexdigest()
        document = x.Document(digest=hexed, held=True, media_type=MEDIA_TYPE, size=len(shown.content))
        context = self._context(shown.id, document, seen, about_persons=shown.about_persons)
        if shown.kind == "person":
            key, _ = self._persons.meet(context, shown.id, "")
            source = self.ids.stream("source", f"person:{key}")
            seen = seen or self._seen(source)
        assert source is not None  # noqa: S101  # a person has a key by now
        is_gone = objects.is_deleted(tree)
        is_same = seen is not None and not seen.is_gone and seen.last.digest == _text(shown.digest)
        is_older = not is_gone and seen is not None and self._is_older(tree, seen)
        fetched = {} if is_gone or is_older else self._fetched(context, shown.kind, tree)
        if fetched:
            context = structs.replace(context, files={key: held for key, (held, _) in fetched.items()})
        files = tuple(new for _, new in fetched.values())
        recorded_in: str | UnsetType
        said: list[Statement]
        if is_older or (is_same and not fetched):
            recorded_in, said = context.recorded_in or UNSET, []
        else:
            recorded_in, said = self._states(context, shown.kind, tree, is_gone=is_gone)
        if is_same:
            self._summary.changes["unchanged"] += 1
            # Nothing is new but what is held.
            said = [s for s in said if isinstance(s.event, _OF_FILES) and s.event.source_id in fetched]
            batch_id = f"{_file_id(shown.id, shown.digest)}\nfiles\n{_digest_of_all(files)}"
            file_digest = hashlib.sha256(batch_id.encode()).digest()
            return self._batch(batch_id, file_digest, tuple(said), shown.id, files) if said else None
        if is_older:
            self._summary.left_out[_OLDER] += 1
        change = _change(seen, is_gone=is_gone)
        self._summary.changes[change] += 1
        digest = _text(shown.digest)
        observed = e.SourceObserved(
            system=self.ids.system,
            object_kind=shown.kind,
            recorded_in=recorded_in,
            change=change,
            retrieved_at=self._retrieved_at,
            url=shown.id,
            digest=digest,
            fields_changed=self._fields_changed(seen, tree),
            fields_dropped=shown.dropped or UNSET,
            document=document,
        )
        times = (seen.forms.get(digest, 0) if seen is not None else 0) + 1
        statements = (self._observation(source, observed, about_persons=shown.about_persons), *said)
        if shown.kind == "person":
            batch_id = f"{source}\n{(seen.count if seen is not None else 0) + 1}"
            file_digest = hashlib.sha256(batch_id.encode()).digest()
        else:
            batch_id = self._file_id(shown, times)
            is_plain = batch_id == _file_id(shown.id, shown.digest)
            file_digest = shown.digest if is_plain else hashlib.sha256(batch_id.encode()).digest()
        new = NewDocument(
            digest_hex=hexed, size=len(shown.content), media_type=MEDIA_TYPE, path=Path("object"), content=shown.content
        )
        return self._batch(batch_id, file_digest, statements, shown.id, (new, *files))

    def gone(self, source: str) -> Batch | None:
        """Give the command file of an object that the source no longer has; None where that is recorded already.

        Args:
            source: The stream of its observations.
        """
        seen = self._seen(source)
        if seen is None or seen.is_gone or not isinstance(seen.last.url, str):
            return None
        url = seen.last.url
        kind = str(seen.last.object_kind)
        self._summary.changes[v.SourceChange.GONE] += 1
        observed = e.SourceObserved(
            system=self.ids.system,
            object_kind=seen.last.object_kind,
            recorded_in=seen.last.recorded_in,
            change=v.SourceChange.GONE,
            retrieved_at=self._retrieved_at,
            url=url,
        )
        statements = [self._observation(source, observed, about_persons=kind in {"person", _MEMBERS})]
        if isinstance(seen.last.document, x.Document) and kind in _UNATTACHED:
            context = self._context(url, seen.last.document, seen, about_persons=False)
            tree = self._current(seen)
            if tree is not None:
                statements += self._states(context, kind, tree, is_gone=True)[1]
        batch_id = f"{source if kind == 'person' else url}\ngone\n{seen.count + 1}"
        return self._batch(batch_id, hashlib.sha256(batch_id.encode()).digest(), tuple(statements), url, ())

    def observed(self) -> Iterator[tuple[str, str, str]]:
        """Give what the record has of this system and last saw: stream, id and kind of each object that is not gone."""
        for stream in self._record.find("source", {"system": self.ids.system}):
            seen = self._seen(stream)
            if seen is not None and not seen.is_gone and isinstance(seen.last.url, str):
                yield stream, seen.last.url, str(seen.last.object_kind)

    def settled(self) -> None:
        """Forget what was decided: the record has it now, or the rehearsal."""
        self.known.settled()

    def lost(self, url: str) -> str | None:
        """Give the stream of an object whose own address says that it is gone; None where that is no news.

        Args:
            url: Its id; no person's.
        """
        stream = self.ids.stream("source", url)
        seen = self._seen(stream)
        return None if seen is None or seen.is_gone else stream

    # -- files ------------------------------------------------------------------------------------

    def _fetched(self, context: Context, kind: str, tree: Tree) -> dict[str, tuple[x.Document, NewDocument]]:
        """Fetch the files that an object refers to and that are not held yet, or not as the source has them now."""
        if self.fetch is None or kind not in _WITH_FILES:
            return {}
        wanted = [objects.file_of(tree, context.url, "")] if kind == "file" else objects.files_of(kind, tree)
        fetched: dict[str, tuple[x.Document, NewDocument]] = {}
        seen: set[str] = set()
        # What it is about is asked for before anything is stated; where it is not there, nothing can be attached.
        streams = self._streams(context, kind, tree)
        held: dict[str, tuple[str, Statement]] | None = None
        for named in wanted if streams else ():
            file = context.resolve(named)
            if file is None or file.id in seen or self._speaks_for_itself(named):
                continue
            seen.add(file.id)
            held = self._held(streams) if held is None else held
            digest, rests_on = held.get(file.id, (None, None))
            only_if = None
            if digest is not None and rests_on is not None:
                before = self._basis(rests_on, file.id)
                if before is None:
                    continue
                if not is_exchanged(before, file):
                    if before.stamps == file.stamps:
                        continue
                    only_if = digest
            found = self.fetch(file, only_if)
            if found is not None:
                fetched[file.id] = found
        return fetched

    def _speaks_for_itself(self, named: objects.File) -> bool:
        """Say whether a file that is only named comes in this run as an object that the record has in another form."""
        if not named.is_named_only or self._is_first or self._spool.content(named.id) is None:
            return False
        return self._seen(self.ids.stream("source", named.id)) is not None

    def _streams(self, context: Context, kind: str, tree: Tree) -> tuple[str, ...]:
        """Give the streams in which the files of an object are recorded."""
        if kind == "paper":
            return (self.ids.stream("proposal", context.url),)
        if kind == "meeting":
            return (self.ids.stream("meeting", context.url),)
        if kind == "agenda_item":
            whole = self._whole(kind, context.url, objects.reference(tree.get("meeting")))
            return () if whole is UNSET else (self.ids.stream("meeting", whole),)
        return tuple(dict.fromkeys(stream for stream, _, _ in self._places(context.url)))

    def _held(self, streams: tuple[str, ...]) -> dict[str, tuple[str, Statement]]:
        """Give the files of streams that are held, as last recorded: the digest, and the statement that says so."""
        found: dict[str, tuple[str, Statement]] = {}
        for stream in streams:
            for one in self.known.shown(stream) if self.known.exists(stream) else ():
                event = one.event
                if not isinstance(event, _OF_FILES) or not isinstance(event.source_id, str):
                    continue
                document = event.document
                if isinstance(event, e.DocumentWithdrawn) or not isinstance(document, x.Document) or not document.held:
                    found.pop(event.source_id, None)
                else:
                    found[event.source_id] = (str(document.digest), one)
        return found

    def _resolve(self, file: objects.File) -> objects.File | None:
        """Give a file that is only named as its own object describes it; None where that is deleted or gone.

        What the record has of it holds until the object itself comes: that one states what changed.
        """
        if not file.is_named_only:
            return file
        seen = None if self._is_first else self._seen(self.ids.stream("source", file.id))
        if seen is not None:
            tree = None if seen.is_gone else self._current(seen)
        else:
            content = self._spool.content(file.id)
            if content is None:
                return file
            found = decode(content, what=file.id)
            tree = found if isinstance(found, dict) else None
        return None if tree is None or objects.is_deleted(tree) else objects.file_of(tree, file.id, file.at)

    def _basis(self, statement: Statement, key: str) -> objects.File | None:
        """Give a file as the object described it from which a statement took it; None where that cannot be told."""
        source = statement.sources[0] if isinstance(statement.sources, tuple) and statement.sources else None
        tree: Tree | None = None
        if source is not None and isinstance(source.document, x.Document) and isinstance(source.document.digest, str):
            tree = self._tree_of(source.document.digest)
        elif source is not None and isinstance(source.citation, str):
            seen = self._seen(self.ids.stream("source", source.citation))
            tree = self._current(seen) if seen is not None else None
        if tree is None:
            return None
        kind = objects.kind(tree)
        if kind == "file":
            return objects.file_of(tree, key, "")
        found = next((file for file in objects.files_of(kind, tree) if file.id == key), None)
        if found is not None and found.is_named_only:
            seen = self._seen(self.ids.stream("source", key))
            own = self._current(seen) if seen is not None else None
            return None if own is None else objects.file_of(own, key, "")
        return found

    def _places(self, key: str) -> list[tuple[str, v.MinutesKind | None, str | UnsetType]]:
        """Give where a file is named that is an object of its own: stream, which minutes it is, and agenda item."""
        found: list[tuple[str, v.MinutesKind | None, str | UnsetType]] = []
        for whole, kind in self._named_by(key):
            tree = self._parent(whole)
            if tree is None or objects.is_deleted(tree):
                continue
            if kind == "paper" and any(f.id == key for f in objects.files_of(kind, tree)):
                found.append((self.ids.stream("proposal", whole), None, UNSET))
            elif kind == "meeting":
                meeting = objects.meeting(tree)
                stream = self.ids.stream("meeting", whole)
                found += [(stream, which, UNSET) for which, file in meeting.minutes if file.id == key]
                found += [(stream, None, UNSET) for file in meeting.files[:] if file.id == key]
                for item in meeting.items:
                    if any(file.id == key for file in item.files):
                        found.append((stream, None, self.ids.inner("item", item.id)))
            elif kind == "agenda_item":
                above = self._whole(kind, whole, objects.reference(tree.get("meeting")))
                if above is not UNSET and any(f.id == key for f in objects.files_of(kind, tree)):
                    found.append((self.ids.stream("meeting", above), None, self.ids.inner("item", whole)))
        return [place for place in found if self.known.exists(place[0])]

    def _file(self, context: Context, tree: Tree, *, is_gone: bool) -> tuple[str | UnsetType, list[Statement]]:
        """State what a file says that is an object of its own, wherever it is only named."""
        places = self._places(context.url)
        if not places:
            self._unattached("file", is_gone=is_gone)
            return context.recorded_in or UNSET, []
        file = None if is_gone else objects.file_of(tree, context.url, "")
        said: list[Statement] = []
        streams = list(dict.fromkeys(stream for stream, _, _ in places))
        if len(streams) > NAMING_MAX:
            self._summary.left_out["records that name a file, beyond those of one command file"] += (
                len(streams) - NAMING_MAX
            )
        for stream in streams[:NAMING_MAX]:
            before = [
                s
                for s in self.known.shown(stream)
                if isinstance(s.event, _OF_FILES) and s.event.source_id == context.url
            ]
            here = [place for place in places if place[0] == stream]
            for kind in dict.fromkeys(which for _, which, _ in here if which is not None):
                said += meetings.state_minutes(context, stream, self.known.shown(stream), kind, file)
            items = [item for _, which, item in here if which is None]
            if items:
                said += annexes(context, stream, before, [(file, items[0])] if file is not None else [])
        return places[0][0], said

    def _named_by(self, key: str) -> list[tuple[str, str]]:
        """Give what names an object that belongs into it by its address alone, in this run or before it."""
        if self._is_first:
            return self._spool.named_by(key)
        if not self._has_named:
            # Looked through once, and only where something turns up that is named so: no index has it.
            self._has_named = True
            for source in self._record.find("source", {"system": self.ids.system}):
                seen = self._seen(source)
                if seen is None or str(seen.last.object_kind) not in _NAMING or not isinstance(seen.last.url, str):
                    continue
                tree = None if seen.is_gone else self._current(seen)
                if tree is not None and not objects.is_deleted(tree):
                    kind = str(seen.last.object_kind)
                    for part, _ in objects.parts_named(kind, tree):
                        self._spool.name(part, seen.last.url, kind, before=True)
        return self._spool.named_by(key, before=True)

    def _unattached(self, kind: str, *, is_gone: bool) -> None:
        """Count a part that belongs to nothing that is recorded: it is in its document, and nowhere else."""
        if not is_gone:
            self._summary.left_out[_UNATTACHED[kind]] += 1

    def _whole(self, kind: str, key: str, stated: str | UnsetType) -> str | UnsetType:
        """Give the paper or meeting of a part: the one that it states, else the first one that names it."""
        if stated is not UNSET:
            return stated
        for whole, which in self._named_by(key):
            tree = self._parent(whole) if which == _WHOLES[kind] else None
            # Where a run showed it in several forms, another one may have named it.
            if tree is not None and any(part == key for part, _ in objects.parts_named(which, tree)):
                return whole
        return UNSET

    # -- parts ------------------------------------------------------------------------------------

    def _context(self, url: str, document: x.Document, seen: Seen | None, *, about_persons: bool) -> Context:
        return Context(
            ids=self.ids,
            known=self.known,
            words=self.words,
            body=self._body,
            document=document,
            url=url,
            names_document=not about_persons,
            retrieved_at=self._retrieved_at,
            seen_before=seen.looked_at if seen is not None else None,
            is_first=self._is_first,
            paper_of=self._spool.paper_of,
            files={},
            is_known=seen is not None,
            recorded_in=seen.last.recorded_in if seen is not None and isinstance(seen.last.recorded_in, str) else None,
            resolve=self._resolve,
            basis=self._basis,
        )

    def _observation(self, source: str, observed: e.SourceObserved, *, about_persons: bool) -> Statement:
        return Statement(
            stream=source,
            event=observed,
            occurred=(
                x.When(at=self._retrieved_at, certainty=v.Certainty.STATED)
                if self.is_dated
                else x.When(not_after=self._retrieved_at, certainty=v.Certainty.UNKNOWN)
            ),
            visibility=v.Visibility.NON_PUBLIC if about_persons else v.Visibility.PUBLIC,
        )

    def _batch(
        self,
        batch_id: str,
        digest: bytes,
        statements: tuple[Statement, ...],
        url: str,
        documents: tuple[NewDocument, ...],
    ) -> Batch:
        self.known.add(statements)
        return Batch(
            id=batch_id,
            digest=digest,
            commands=tuple(Command(statement=s, role=v.Role.IMPORTER, place=url) for s in statements),
            documents=documents,
            name=url,
        )

    def _tree(self, observed: e.SourceObserved) -> Tree | None:
        """Give an object as it was observed; None where its document is not there."""
        document = observed.document
        if not isinstance(document, x.Document) or not isinstance(document.digest, str):
            return None
        return self._tree_of(document.digest)

    def _tree_of(self, digest: str) -> Tree | None:
        known = self._trees.get(digest)
        if known is not None:
            return known
        content = self._record.document(digest)
        tree = decode(content, what=digest[:16]) if content is not None else None
        if not isinstance(tree, dict):
            return None
        if len(content or b"") <= _TREE_BYTES_MAX:
            if len(self._trees) >= _TREES_MAX:
                self._trees.clear()
            self._trees[digest] = tree
        return tree

    def _current(self, seen: Seen) -> Tree | None:
        """Give an object as it holds: as it was last seen, but for older forms of it that were looked at since."""
        return self._newest(seen)[1]

    def _newest(self, seen: Seen) -> tuple[float, Tree | None]:
        """Give the form that holds, and when its source changed it: what `_is_older` said of each look, said again."""
        looks = [look for look in seen.looks if look.event.document is not UNSET][-_LOOKS_MAX:]
        # The last one that is known to be later than the one before it shows what held then, whatever came before.
        start = max(
            (n for n, (a, b) in enumerate(itertools.pairwise(looks), start=1) if _is_later(b, a.event)), default=0
        )
        if len(seen.forms) == 1:
            start = len(looks) - 1
        stamp, newest = 0.0, None
        for look in looks[max(start, 0) :]:
            tree = self._tree(look.event)
            if tree is not None:
                found = _stamp(tree, str(look.event.retrieved_at))
                if newest is None or objects.is_deleted(tree) or not 0 < found < stamp:
                    stamp, newest = found, tree
        return stamp, newest

    def _is_older(self, tree: Tree, seen: Seen) -> bool:
        """Say whether the source changed an object later than the form says that is looked at now.

        A look that is known to be later than the last one shows what holds, whatever its stamp says: sources go back
        to earlier forms too. Of a dump of which nobody said when it was made only the stamp tells.
        """
        if self.is_dated and not is_before(self._retrieved_at, str(seen.last.retrieved_at)):
            return False
        stamp = _stamp(tree, self._retrieved_at)
        return 0 < stamp < self._newest(seen)[0]

    def _fields_changed(self, seen: Seen | None, tree: Tree) -> tuple[str, ...] | UnsetType:
        if seen is None:
            return UNSET
        before = self._tree(seen.last)
        return UNSET if before is None else objects.changes(before, tree)

    # -- by kind ----------------------------------------------------------------------------------

    def _states(
        self, context: Context, kind: str, tree: Tree, *, is_gone: bool
    ) -> tuple[str | UnsetType, list[Statement]]:
        """Give the stream that an object is about, and what it states there and elsewhere."""
        by_kind = {
            "paper": self._paper,
            "meeting": self._meeting,
            "organization": self._organization,
            "person": self._person,
            "membership": self._membership,
            "consultation": self._consultation,
            "agenda_item": self._item,
            "file": self._file,
            "term": self._term,
            "body": self._own_body,
        }
        found = by_kind.get(kind)
        return (UNSET, []) if found is None else found(context, tree, is_gone=is_gone)

    def _term(self, context: Context, tree: Tree, *, is_gone: bool) -> tuple[str | UnsetType, list[Statement]]:
        term = objects.term(tree, context.url)
        return context.body, [] if is_gone else organs.state_term(context, term)

    def _own_body(self, context: Context, tree: Tree, *, is_gone: bool) -> tuple[str | UnsetType, list[Statement]]:
        if is_gone or not self._is_own_body(context.url):
            return UNSET, []
        return context.body, [s for term in objects.terms(tree) for s in organs.state_term(context, term)]

    def _is_own_body(self, body: str | UnsetType) -> bool:
        return self.words.body is None or body in {UNSET, self.words.body}

    def _recorded(self, stream: str) -> str | UnsetType:
        return stream if self.known.exists(stream) else UNSET

    def _paper(self, context: Context, tree: Tree, *, is_gone: bool) -> tuple[str | UnsetType, list[Statement]]:
        stream = self.ids.stream("proposal", context.url)
        if is_gone:
            return self._recorded(stream), []
        paper = objects.paper(tree)
        if not self._is_own_body(paper.body):
            self._summary.left_out["paper of another body"] += 1
            return UNSET, []
        said: list[Statement] = []
        parties: list[x.Party] = [self._party(key) for key, _ in dict.fromkeys(paper.organizations)]
        for key, at in paper.persons:
            person, minted = self._persons.meet(context, key, at)
            said += minted
            parties.append(x.Party(person=person))
        children, left = self._children(context.url, stream, "consultation", tree)
        others = [objects.consultation(t, key) for key, t in children]
        said += proposals.state(context, paper, stream, parties=tuple(dict.fromkeys(parties)), others=others, left=left)
        return stream, said

    def _party(self, key: str) -> x.Party:
        """Name an organisation that brought something in: the group or organ that it is recorded as."""
        stream = self._organ(key)
        return x.Party(group=stream) if stream.startswith("group:") else x.Party(organ=stream)

    def _organ(self, key: str) -> str:
        """Give the stream of an organisation; of one not met yet, that of the organ which it will be."""
        group = self.ids.stream("group", key)
        return group if self.known.exists(group) else self.ids.stream("organ", key)

    def _meeting(self, context: Context, tree: Tree, *, is_gone: bool) -> tuple[str | UnsetType, list[Statement]]:
        stream = self.ids.stream("meeting", context.url)
        if is_gone:
            return self._recorded(stream), []
        meeting = objects.meeting(tree)
        if not self._is_own_body(objects.reference(tree.get("body"))):
            self._summary.left_out["meeting of another body"] += 1
            return UNSET, []
        children, _ = self._children(context.url, stream, "agenda_item", tree)
        others = [objects.item(t, key) for key, t in children]
        if len(meeting.items) + len(others) > meetings.ITEMS_MAX:
            self._summary.left_out["agenda items beyond the first two thousand"] += 1
        return stream, meetings.state(context, meeting, stream, others=others)

    def _children(self, key: str, stream: str, kind: str, whole: Tree) -> tuple[list[tuple[str, Tree]], list[str]]:
        """Give what the record has as objects of their own that belong to one, as they were last seen.

        Args:
            key: What they belong to.
            stream: Where that is recorded.
            kind: Their kind.
            whole: What it says itself.

        Returns:
            The objects that belong there, and the ids of those that only it named, and does not name any more.
        """
        if self._is_first:
            return [], []
        parts = (part for part, name in objects.parts_named(_WHOLES[kind], whole) if name == _FIELDS[kind])
        named = dict.fromkeys(itertools.islice(parts, BROUGHT_IN_MAX))
        sources = [
            *self._record.find("source", {"recorded_in": stream}),
            *(self.ids.stream("source", n) for n in named),
        ]
        found: list[tuple[str, Tree]] = []
        left: list[str] = []
        for source in dict.fromkeys(sources):
            seen = self._seen(source)
            if seen is None or seen.last.object_kind != kind or not isinstance(seen.last.url, str):
                continue
            tree = None if seen.is_gone else self._current(seen)
            if tree is None or objects.is_deleted(tree):
                continue
            stated = objects.reference(tree.get(_WHOLES[kind]))
            if stated == key or (stated is UNSET and seen.last.url in named):
                found.append((seen.last.url, tree))
            elif stated is UNSET:
                left.append(seen.last.url)
        return found, left

    def _parent(self, key: str) -> Tree | None:
        """Give the paper or meeting that an object belongs to, as it holds: by this run, or before it.

        What this run showed may not be on disk yet, so the record does not have the document.
        """
        content = self._spool.content(key)
        if content is None:
            seen = self._seen(self.ids.stream("source", key))
            return self._current(seen) if seen is not None else None
        found = decode(content, what=key)
        tree = found if isinstance(found, dict) else None
        seen = None if self._is_first or tree is None else self._seen(self.ids.stream("source", key))
        return self._current(seen) if tree is not None and seen is not None and self._is_older(tree, seen) else tree

    def _consultation(self, context: Context, tree: Tree, *, is_gone: bool) -> tuple[str | UnsetType, list[Statement]]:
        consultation = objects.consultation(tree, context.url)
        key = self._whole("consultation", context.url, consultation.paper)
        stream = self.ids.stream("proposal", key) if key is not UNSET else context.recorded_in if is_gone else None
        if stream is None or not self.known.exists(stream):
            self._unattached("consultation", is_gone=is_gone)
            return stream or UNSET, []

        def embedded() -> tuple[str, ...]:
            parent = self._parent(key) if key is not UNSET else None
            return () if parent is None else tuple(c.id for c in objects.paper(parent).consultations)

        return stream, proposals.state_consultation(context, consultation, stream, is_gone=is_gone, embedded=embedded)

    def _item(self, context: Context, tree: Tree, *, is_gone: bool) -> tuple[str | UnsetType, list[Statement]]:
        item = objects.item(tree, context.url)
        key = self._whole("agenda_item", context.url, item.meeting)
        stream = self.ids.stream("meeting", key) if key is not UNSET else context.recorded_in if is_gone else None
        if stream is None or not self.known.exists(stream):
            self._unattached("agenda_item", is_gone=is_gone)
            return stream or UNSET, []
        parent = self._parent(key) if key is not UNSET else None
        meeting = objects.meeting(parent) if parent is not None else None
        return stream, meetings.state_item(context, item, stream, is_gone=is_gone, meeting=meeting)

    def _organization(self, context: Context, tree: Tree, *, is_gone: bool) -> tuple[str | UnsetType, list[Statement]]:
        known = self._organ(context.url)
        if is_gone:
            return self._recorded(known), []
        organization = objects.organization(tree)
        if not self._is_own_body(objects.reference(tree.get("body"))):
            self._summary.left_out["organisation of another body"] += 1
            return UNSET, []
        kind = organs.kind_of(self.words, organization)
        # What it was entered as it stays, whatever the source calls it later.
        stream = known
        if not self.known.exists(known) and kind is OrganizationKind.GROUP:
            stream = self.ids.stream("group", context.url)
        is_new = not self.known.exists(stream)
        said = organs.state_organization(context, organization, stream, kind)
        if is_new:
            self.known.add(said)
            said += self._waiting(context.url, stream)
            if stream != known:
                said += self._brought_in(context, organ=known, group=stream)
        return stream, said

    def _brought_in(self, context: Context, *, organ: str, group: str) -> list[Statement]:
        """State of the proposals that name a group as if it were an organ that it is a group.

        A run shows organisations before papers. So these are proposals of an earlier run, which did not show it.
        """
        if self._is_first:
            return []
        if self._submitted is None:
            # Read once, and only where a group turns up that is new to the record: no index has them.
            self._submitted = {}
            for proposal in self._record.streams("proposal"):
                for party in proposals.submitters(self.known.shown(proposal)):
                    if isinstance(party.organ, str) and not self.known.exists(party.organ):
                        self._submitted.setdefault(party.organ, []).append(proposal)
        said: list[Statement] = []
        named = self._submitted.get(organ, [])
        if len(named) > BROUGHT_IN_MAX:
            self._summary.left_out["proposals that name a group as an organ, beyond those of one command file"] += (
                len(named) - BROUGHT_IN_MAX
            )
        for proposal in named[:BROUGHT_IN_MAX]:
            said += proposals.state_group(context, proposal, organ=organ, group=group)
        return said

    # -- memberships ------------------------------------------------------------------------------

    def _person(self, context: Context, tree: Tree, *, is_gone: bool) -> tuple[str | UnsetType, list[Statement]]:
        key, _ = self._persons.meet(context, context.url, "")
        stream = f"person:{key}"
        if is_gone:
            return self._recorded(stream), []
        person = objects.person(tree)
        said = organs.state_person(context, person, stream)
        for membership in person.memberships:
            said += self._join(context, membership, key)
        return stream, said

    def _membership(self, context: Context, tree: Tree, *, is_gone: bool) -> tuple[str | UnsetType, list[Statement]]:
        membership = objects.membership(tree)
        if membership.person is UNSET or membership.organization is UNSET or is_gone:
            return UNSET, []
        key, said = self._persons.meet(context, membership.person, "/person")
        said += self._join(context, membership, key)
        stream = self._organ(membership.organization)
        return stream, said

    def _join(self, context: Context, membership: objects.Membership, person: str) -> list[Statement]:
        if membership.organization is UNSET:
            return []
        stream = self._organ(membership.organization)
        if not self.known.exists(stream):
            return []
        said = organs.state_membership(context, membership, stream, person, self.known.shown(stream))
        self.known.add(said)
        return said

    def _waiting(self, organization: str, stream: str) -> list[Statement]:
        """State the memberships that the record has of an organisation which itself was not there yet."""
        if self._is_first:
            return []
        if self._memberships is None:
            self._memberships = {}
            for person, membership, document in self._all_memberships():
                if membership.organization is not UNSET:
                    self._memberships.setdefault(membership.organization, []).append((person, membership, document))
        said: list[Statement] = []
        for key, membership, document in self._memberships.get(organization, ()):
            context = self._context(organization, document, None, about_persons=True)
            said += organs.state_membership(context, membership, stream, key, self.known.shown(stream))
        return said

    def _all_memberships(self) -> Iterator[tuple[str, objects.Membership, x.Document]]:
        """Give every membership that the record has from this source, with its person's key and its document."""
        for url in self._persons.ids():
            key = self._persons.key(url)
            seen = self._seen(self.ids.stream("source", f"person:{key}"))
            tree = self._current(seen) if seen is not None else None
            if key is not None and seen is not None and tree is not None and isinstance(seen.last.document, x.Document):
                for membership in objects.person(tree).memberships:
                    yield key, membership, seen.last.document
        for source in self._record.find("source", {"system": self.ids.system}):
            seen = self._seen(source)
            if seen is None or seen.last.object_kind != _MEMBERS or not isinstance(seen.last.document, x.Document):
                continue
            tree = self._current(seen)
            person = objects.membership(tree).person if tree is not None else UNSET
            key = self._persons.key(person) if person is not UNSET else None
            if tree is not None and key is not None:
                yield key, objects.membership(tree), seen.last.document


def _is_later(look: Look, before: e.SourceObserved) -> bool:
    return look.is_dated and not is_before(str(look.event.retrieved_at), str(before.retrieved_at))


def _stamp(tree: Tree, looked_at: str) -> float:
    """Give when an object was changed last; nothing changes after it was looked at, whatever it says."""
    return min(objects.instant(tree, "modified"), objects.instant({"": looked_at}, ""))


def _digest_of_all(files: tuple[NewDocument, ...]) -> str:
    return hashlib.sha256("".join(sorted(file.digest_hex for file in files)).encode()).hexdigest()


def _file_id(key: str, digest: bytes) -> str:
    return f"{key}\n{digest.hex()}"


def urlsplit_host(address: str) -> str:
    """Give the host of an address, in lower case; empty where it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _change(seen: Seen | None, *, is_gone: bool) -> v.SourceChange:
    if is_gone:
        return v.SourceChange.TOMBSTONE
    return v.SourceChange.NEW if seen is None else v.SourceChange.CHANGED
