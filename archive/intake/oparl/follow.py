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
from collections.abc import Mapping  # msgspec reads the annotations when a record class is made
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from msgspec import UNSET, Struct, UnsetType, structs

from archive.batch import Batch, Command, NewDocument
from archive.errors import InputError
from archive.intake.oparl import meetings, objects, organs, proposals
from archive.intake.oparl.canonical import decode, form_of
from archive.intake.oparl.mapping import OrganizationKind
from archive.intake.oparl.spool import Shown
from archive.intake.oparl.stating import Context
from domain import events as e
from domain import values as x
from domain import vocabulary as v
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
_MEMBERS: Final = "membership"
# The kinds that refer to files, and in what kind of stream these are recorded.
_WITH_FILES: Final = {"paper": "proposal", "meeting": "meeting"}


class Seen(Struct, frozen=True, kw_only=True):
    """What the record says about an object of the source.

    Attributes:
        last: The newest observation.
        forms: How often each form was seen, by digest.
        count: How many observations there are.
    """

    last: e.SourceObserved
    forms: Mapping[str, int]
    count: int

    @property
    def is_gone(self) -> bool:
        """Whether the last look found it gone."""
        return self.last.change is v.SourceChange.GONE


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
        self.fetch: Callable[[objects.File], tuple[x.Document, NewDocument] | None] | None = None

    # -- reading ----------------------------------------------------------------------------------

    def take(self, tree: Json, *, place: str) -> None:
        """Put one object aside that the source shows; what cannot be read as one is counted.

        Args:
            tree: What was read.
            place: Where, for messages.
        """
        try:
            if not isinstance(tree, dict):
                msg = f"{place}: found {type(tree).__name__}, expected an object"
                raise InputError(msg)
            self._take(tree, place)
        except InputError as error:
            self._summary.cannot_read(place, error.message)

    def _take(self, tree: Tree, place: str) -> None:
        key = objects.object_id(tree, what=place)
        form = form_of(tree, what=place)
        kind = objects.kind(tree)
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
        found = [s.event for s in self.known.statements(stream) if isinstance(s.event, e.SourceObserved)]
        if not found:
            return None
        forms: dict[str, int] = {}
        for event in found:
            if isinstance(event.digest, str):
                forms[event.digest] = forms.get(event.digest, 0) + 1
        # What is gone has no form of its own: the one before it is what it was.
        return Seen(last=found[-1], forms=forms, count=len(found))

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
        fetched = {} if is_gone or self.fetch is None else self._fetched(shown.kind, tree)
        if fetched:
            context = structs.replace(context, files={key: held for key, (held, _) in fetched.items()})
        files = tuple(new for _, new in fetched.values())
        recorded_in, said = self._states(context, shown.kind, tree, is_gone=is_gone)
        if seen is not None and not seen.is_gone and seen.last.digest == _text(shown.digest):
            self._summary.changes["unchanged"] += 1
            batch_id = f"{_file_id(shown.id, shown.digest)}\nfiles\n{_digest_of_all(files)}"
            file_digest = hashlib.sha256(batch_id.encode()).digest()
            return self._batch(batch_id, file_digest, tuple(said), shown.id, files) if said else None
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
        if isinstance(seen.last.document, x.Document) and kind in {"consultation", "agenda_item"}:
            context = self._context(url, seen.last.document, seen, about_persons=False)
            tree = self._tree(seen)
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

    def _fetched(self, kind: str, tree: Tree) -> dict[str, tuple[x.Document, NewDocument]]:
        """Fetch the files that an object refers to and that are not held yet."""
        if self.fetch is None or kind not in _WITH_FILES:
            return {}
        stream = self.ids.stream(_WITH_FILES[kind], str(tree["id"]))
        held = self._held(stream)
        fetched: dict[str, tuple[x.Document, NewDocument]] = {}
        for file in objects.files_of(kind, tree):
            if file.id not in held and file.id not in fetched:
                found = self.fetch(file)
                if found is not None:
                    fetched[file.id] = found
        return fetched

    def _held(self, stream: str) -> frozenset[str]:
        """Give the ids of the files of a stream that are held."""
        events = (s.event for s in self.known.shown(stream)) if self.known.exists(stream) else ()
        return frozenset(
            str(event.source_id)
            for event in events
            if isinstance(event, e.DocumentAttached | e.MinutesFiled) and event.held is True
        )

    # -- parts ------------------------------------------------------------------------------------

    def _context(self, url: str, document: x.Document, seen: Seen | None, *, about_persons: bool) -> Context:
        before = seen.last.retrieved_at if seen is not None else None
        return Context(
            ids=self.ids,
            known=self.known,
            words=self.words,
            body=self._body,
            document=document,
            url=url,
            names_document=not about_persons,
            retrieved_at=self._retrieved_at,
            seen_before=before if isinstance(before, str) else None,
            is_first=self._is_first,
            paper_of=self._spool.paper_of,
            files={},
        )

    def _observation(self, source: str, observed: e.SourceObserved, *, about_persons: bool) -> Statement:
        return Statement(
            stream=source,
            event=observed,
            occurred=x.When(at=self._retrieved_at, certainty=v.Certainty.STATED),
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

    def _tree(self, seen: Seen) -> Tree | None:
        """Give an object as it was last seen; None where it was never, or its document is not there."""
        document = seen.last.document
        if not isinstance(document, x.Document) or not isinstance(document.digest, str):
            return None
        content = self._record.document(document.digest)
        tree = decode(content, what=document.digest[:16]) if content is not None else None
        return tree if isinstance(tree, dict) else None

    def _fields_changed(self, seen: Seen | None, tree: Tree) -> tuple[str, ...] | UnsetType:
        if seen is None:
            return UNSET
        before = self._tree(seen)
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
        others = [objects.consultation(t, key) for key, t in self._children(stream, "consultation")]
        said += proposals.state(context, paper, stream, parties=tuple(dict.fromkeys(parties)), others=others)
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
        others = [objects.item(t, key) for key, t in self._children(stream, "agenda_item")]
        if len(meeting.items) + len(others) > meetings.ITEMS_MAX:
            self._summary.left_out["agenda items beyond the first two thousand"] += 1
        return stream, meetings.state(context, meeting, stream, others=others)

    def _children(self, stream: str, kind: str) -> Iterator[tuple[str, Tree]]:
        """Give what the record has as objects of their own that belong to a stream, as they were last seen."""
        if self._is_first:
            return
        for source in self._record.find("source", {"recorded_in": stream}):
            seen = self._seen(source)
            if seen is None or seen.last.object_kind != kind or not isinstance(seen.last.url, str):
                continue
            tree = None if seen.is_gone else self._tree(seen)
            if tree is not None and not objects.is_deleted(tree):
                yield seen.last.url, tree

    def _parent(self, key: str) -> Tree | None:
        """Give the paper or meeting that an object belongs to, as it was last seen: in this run, or before it.

        What this run showed may not be on disk yet, so the record does not have the document.
        """
        content = self._spool.content(key)
        if content is not None:
            tree = decode(content, what=key)
            return tree if isinstance(tree, dict) else None
        seen = self._seen(self.ids.stream("source", key))
        return self._tree(seen) if seen is not None else None

    def _consultation(self, context: Context, tree: Tree, *, is_gone: bool) -> tuple[str | UnsetType, list[Statement]]:
        consultation = objects.consultation(tree, context.url)
        if consultation.paper is UNSET:
            return UNSET, []
        key = consultation.paper
        stream = self.ids.stream("proposal", key)
        if not self.known.exists(stream):
            return stream, []

        def embedded() -> tuple[str, ...]:
            parent = self._parent(key)
            return () if parent is None else tuple(c.id for c in objects.paper(parent).consultations)

        return stream, proposals.state_consultation(context, consultation, stream, is_gone=is_gone, embedded=embedded)

    def _item(self, context: Context, tree: Tree, *, is_gone: bool) -> tuple[str | UnsetType, list[Statement]]:
        item = objects.item(tree, context.url)
        if item.meeting is UNSET:
            return UNSET, []
        stream = self.ids.stream("meeting", item.meeting)
        if not self.known.exists(stream):
            return stream, []
        parent = self._parent(item.meeting)
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
            tree = self._tree(seen) if seen is not None else None
            if key is not None and seen is not None and tree is not None and isinstance(seen.last.document, x.Document):
                for membership in objects.person(tree).memberships:
                    yield key, membership, seen.last.document
        for source in self._record.find("source", {"system": self.ids.system}):
            seen = self._seen(source)
            if seen is None or seen.last.object_kind != _MEMBERS or not isinstance(seen.last.document, x.Document):
                continue
            tree = self._tree(seen)
            person = objects.membership(tree).person if tree is not None else UNSET
            key = self._persons.key(person) if person is not UNSET else None
            if tree is not None and key is not None:
                yield key, objects.membership(tree), seen.last.document


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
