"""A proposal for the record: what a paper states, written as commands that somebody reviews.

The commands are a command file like any other, and are recorded by reading it: there is one way from text to
statements. Organs that the paper names and that are not recorded yet are opened by name, with no more said about them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path  # msgspec reads the annotations when a record class is made
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, Struct

from archive.errors import InputError
from archive.intake import commands, regular
from archive.intake.extract import LIMITS, Limits, extract
from archive.intake.naming import organ_kind
from archive.intake.references import stream_of
from archive.intake.vorlage import wording as w
from archive.intake.vorlage.notation import Entry, Value, Written, written
from archive.intake.vorlage.paper import Consultation, Field, Paper, Party, Predecessor, read_paper
from archive.intake.vorlage.sections import Remark
from domain import vocabulary as v
from domain.dates import is_before

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from archive.batch import Batch
    from archive.intake.references import Directory

_PROPOSAL: Final = "@vorlage"
_ONLY_BODY: Final = "body:{}"
_QUOTE_MAX: Final = 2_000
_ADVISES: Final = frozenset({v.ConsultationRole.PRELIMINARY, v.ConsultationRole.HEARING, v.ConsultationRole.STATEMENT})
_DECLARED: Final = {
    v.Outcome.ADOPTED: v.Declared.PASSED,
    v.Outcome.ADOPTED_AMENDED: v.Declared.PASSED,
    v.Outcome.RECOMMENDED: v.Declared.PASSED,
    v.Outcome.RECOMMENDED_AMENDED: v.Declared.PASSED,
    v.Outcome.REJECTED: v.Declared.FAILED,
    v.Outcome.NOT_RECOMMENDED: v.Declared.FAILED,
}


class Draft(Struct, frozen=True, kw_only=True):
    """What was read from one document.

    Attributes:
        name: The document's base name.
        path: Where it lies.
        media_type: What it is.
        digest_hex: SHA-512 of its bytes.
        toml: The commands, as a file to be reviewed; `ratsbuch record` takes it together with the document.
        fields: What was read, with the literal words and their place.
        unread: What could not be read, and what whoever reviews has to know.
    """

    name: str
    path: Path
    media_type: str
    digest_hex: str
    toml: str
    fields: tuple[Field, ...]
    unread: tuple[Remark, ...]

    def batch(self, *, directory: Directory, new_id: Callable[[str], str]) -> Batch:
        """Give the commands as a batch, with the document itself.

        It goes by the document: the same document again records nothing, whatever else was recorded meanwhile.

        Args:
            directory: What is recorded already.
            new_id: Gives a fresh UUID for each stream and each id inside one, by its kind.

        Raises:
            InputError: The document changed since it was read, or a name in the commands matches nothing.
        """
        source = _source(self.path, LIMITS)
        if hashlib.sha512(source).hexdigest() != self.digest_hex:
            raise InputError(f"{self.name}: changed while it was read", hint="give the command again")
        batch = commands.read(
            self.toml.encode(),
            f"{self.name} as read",
            directory=directory,
            new_id=new_id,
            documents={self.name: self.path},
            suffix=".toml",
        )
        return msgspec.structs.replace(batch, digest=hashlib.sha256(source).digest(), name=self.name)


def read_vorlage(
    path: Path,
    *,
    directory: Directory,
    role: v.Role | None = None,
    body: str | None = None,
    limits: Limits = LIMITS,
) -> Draft:
    """Read a Beschlussvorlage.

    Args:
        path: The document: plain text (UTF-8), PDF or DOCX.
        directory: What is recorded already; organs and the body are looked up there.
        role: The role to record in; None leaves it to whoever records.
        body: A reference to the body; None where the register has only one.
        limits: How much of a document is read.

    Raises:
        InputError: It cannot be read as a document, has none of the labels of a Vorlage, or the body is not one that
            is recorded.
    """
    source = _source(path, limits)
    found = extract(source, path.name, limits=limits)
    paper = read_paper(found)
    if not any(field.name in _TELLING for field in paper.fields):
        raise InputError(
            f"{path.name}: found none of the labels of a Vorlage (Vorlagen-Nr., Gegenstand, Beschlussvorschlag ...)",
            hint="write a command file by hand: `ratsbuch template proposal-registered/1`",
        )
    digest = hashlib.sha512(source).hexdigest()
    drafting = _Drafting(paper, path.name, digest, directory=directory, role=role, body=body)
    text = drafting.text()
    return Draft(
        name=path.name,
        path=path,
        media_type=found.media_type,
        digest_hex=digest,
        toml=text,
        fields=paper.fields,
        unread=(*drafting.remarks, *paper.remarks),
    )


def role_for(asked: v.Role | None, *, enrolled: Collection[v.Role] | None = None) -> v.Role | None:
    """Give the role that a paper is recorded in: the one asked for, else the clerk's, who takes papers in.

    Args:
        asked: The role that was asked for; None for none.
        enrolled: The roles that the key may record in; None where nobody knows yet who will record.

    Returns:
        The role; None where nobody asked for one and the key is not a clerk's: then its only fitting one is taken.
    """
    if asked is not None:
        return asked
    return v.Role.CLERK if enrolled is None or v.Role.CLERK in enrolled else None


_TELLING: Final = frozenset({"reference", "subject", "operative_text"})


def _source(path: Path, limits: Limits) -> bytes:
    return regular.read(path, bytes_max=limits.file_bytes)


class _Drafting:
    """Writes the commands for one paper."""

    def __init__(
        self,
        paper: Paper,
        name: str,
        digest: str,
        *,
        directory: Directory,
        role: v.Role | None,
        body: str | None,
    ) -> None:
        self._paper = paper
        self._name = name
        self._digest = digest
        self._directory = directory
        self._role = role
        self.remarks: list[Remark] = []
        self._body = stream_of(body or _ONLY_BODY, directory=directory, kinds=("body",))
        self._body_written = body or _ONLY_BODY
        self._organs: dict[str, str | None] = {}
        self._opened: list[Written] = []
        self._day = paper.day if isinstance(paper.day, str) else None

    def text(self) -> str:
        """Give the command file."""
        proposal = self._proposal()
        rest = (
            *self._annexes(),
            *self._consultations(),
            *self._results(),
            *self._predecessors(),
        )
        visibility = self._visibility()
        self._note_duplicates()
        head: dict[str, Value] = {"id": f"vorlage/sha512/{self._digest}"}
        if self._role is not None:
            head["role"] = self._role.value
        head["visibility"] = visibility.value
        return written(self._comments(), head, (*self._opened, proposal, *rest))

    def _comments(self) -> tuple[str, ...]:
        return (
            f"Read from {self._name}; to be reviewed before it is recorded:",
            f"    ratsbuch record FILE.toml --document {self._name}",
            "",
            "Every source names the place in the document and its literal words. Nothing was filled in on a guess.",
            "What could not be read, or needs a second look:",
            *(
                f"- {remark.field}{f' ({remark.place})' if remark.place else ''}: {remark.text}"
                for remark in (*self.remarks, *self._paper.remarks)
            ),
        )

    # -- what all commands need -----------------------------------------------------------------------

    def _remark(self, field: str, place: str, text: str) -> None:
        self.remarks.append(Remark(field=field, place=place, text=text))

    def _sources(self, fields: Iterable[Field], *, grade: v.Grade = v.Grade.COPY) -> tuple[dict[str, Value], ...]:
        """Give what a command rests on: the document, each place in it, and the words that stand there."""
        sources: list[dict[str, Value]] = []
        for field in fields:
            source: dict[str, Value] = {"document": {"file": self._name}, "grade": grade.value}
            source["locator"] = f"{field.label} ({field.place})"
            if field.quote and len(field.quote) <= _QUOTE_MAX and field.name not in _UNQUOTED:
                source["quote"] = field.quote
            if source not in sources:
                sources.append(source)
        return tuple(sources) or ({"document": {"file": self._name}, "grade": grade.value},)

    def _occurred(self, certainty: v.Certainty) -> dict[str, Value]:
        if self._day is None:
            return {"certainty": v.Certainty.UNKNOWN.value}
        return {"at": self._day, "certainty": certainty.value}

    def _known(self) -> dict[str, Value]:
        return {"known": {"at": self._day, "certainty": v.Certainty.STATED.value}} if self._day else {}

    def _visibility(self) -> v.Visibility:
        """A paper is shown openly where one of its consultations is public; else the cautious answer is taken."""
        literal = (self._paper.kind_literal or "").lower()
        public = any(row.status.publicity is v.Publicity.PUBLIC for row in self._paper.consultations)
        if public and not literal.startswith("nicht"):
            return v.Visibility.PUBLIC
        self._remark(
            "Öffentlichkeit", "", "the paper names no public consultation: recorded as non_public until somebody knows"
        )
        return v.Visibility.NON_PUBLIC

    def _note_duplicates(self) -> None:
        reference = self._paper.reference
        if isinstance(reference, str):
            for stream in self._directory.find("proposal", {"reference": reference, "body": self._body}):
                self._remark(
                    "Vorlagen-Nr.",
                    "",
                    f"{reference} is recorded already ({stream}); if this is another version of it, record it as "
                    f"proposal-revised/1 there",
                )

    # -- organs ---------------------------------------------------------------------------------------

    def _organ(self, name: str) -> str | None:
        """Give a reference to an organ: recorded, or opened here by its name; None where several bear it."""
        if name in self._organs:
            return self._organs[name]
        found = self._directory.find("organ", {"name": name, "body": self._body})
        if len(found) == 1:
            only = self._directory.find("organ", {"name": name}) == found and '"' not in name and "\\" not in name
            self._organs[name] = f'organ:{{name="{name}"}}' if only else found[0]
        elif found:
            self._remark("Gremium", "", f"{name!r} is the name of {len(found)} organs; only the words are recorded")
            self._organs[name] = None
        else:
            alias = f"@gremium{len(self._opened) + 1}"
            self._organs[name] = f"organ:{alias}"
            self._opened.append(self._open_organ(name, alias))
        return self._organs[name]

    def _open_organ(self, name: str, alias: str) -> Written:
        self._remark("Gremium", "", f"{name!r} is not recorded yet and is opened by name; look whether it has another")
        fields = [row.field for row in self._paper.consultations if row.organ == name]
        return Written(
            comments=(f"Not recorded yet: {name}. Nothing is said about it but its name.",),
            head={"type": "organ-registered/1", "new": alias, "occurred": {"certainty": "unknown"}},
            sources=self._sources(fields),
            data={
                "body": Entry(self._body_written),
                "name": Entry(name),
                "kind": Entry(organ_kind(name).value),
            },
        )

    # -- the proposal ---------------------------------------------------------------------------------

    def _version(self) -> tuple[int, str | None]:
        """Give the number of the version: one more than the one that a consultation before its date must have had."""
        day = self._day
        earlier = [
            row for row in self._paper.consultations if isinstance(row.day, str) and day and is_before(row.day, day)
        ]
        if not earlier:
            return 1, None
        return 2, f"it is younger than the consultation of {earlier[0].day}, which had another version before it"

    def _proposal(self) -> Written:
        paper = self._paper
        version, why = self._version()
        data: dict[str, Entry] = {}
        if paper.day_literal is not None and self._day is not None:
            data["occurred_literal"] = Entry(paper.day_literal)
        data["body"] = Entry(self._body_written)
        data["body_basis"] = Entry("inferred", "no field of the paper names the body")
        data["kind"] = Entry(paper.kind.value)
        data["version"] = Entry(version, why)
        for name, value, comment in (
            ("kind_literal", paper.kind_literal or UNSET, None),
            ("reference", paper.reference, None),
            ("document_date", paper.day, None),
            ("document_date_literal", paper.day_literal or UNSET, None),
            ("subject", paper.subject, None),
            ("operative_text", paper.operative, None),
            ("reasons", paper.reasons, None),
            ("financial_impact", paper.financial, None),
            ("financial_impact_literal", paper.financial_literal or UNSET, None),
            ("product_account", paper.account, None),
            ("review_clause", paper.review or UNSET, None),
        ):
            if value is not UNSET:
                data[name] = Entry(value, comment)
        self._lists(data)
        self._dates(data)
        data["document"] = Entry({"file": self._name})
        kept = [field for field in paper.fields if field.name in _OF_PROPOSAL]
        return Written(
            head={"type": "proposal-registered/1", "new": _PROPOSAL, "occurred": self._occurred(v.Certainty.STATED)},
            sources=self._sources(kept),
            data=data,
        )

    def _lists(self, data: dict[str, Entry]) -> None:
        """Add submitters, legal basis, those consulted, and the names under the text."""
        paper = self._paper
        if paper.submitters is None:
            data["submitters"] = Entry(None)
        elif paper.submitters is not UNSET:
            data["submitters"] = Entry([_submitter(text) for text in paper.submitters])
        if paper.legal_basis is None:
            data["legal_basis"] = Entry(None)
        elif paper.legal_basis is not UNSET:
            as_of: dict[str, Value] = {"as_of": self._day} if self._day else {}
            bases: list[Value] = [
                {"kind": w.legal_kind(text).value, "literal": text, **as_of} for text in paper.legal_basis
            ]
            data["legal_basis"] = Entry(bases, "the kind is told by the name alone")
        if paper.consulted is None:
            data["consulted"] = Entry(None)
        elif paper.consulted is not UNSET:
            data["consulted"] = Entry([self._party(party) for party in paper.consulted])
        if paper.signatories is None:
            data["signatories"] = Entry(None)
        elif paper.signatories is not UNSET:
            names: list[Value] = []
            for signatory in paper.signatories:
                office: dict[str, Value] = {"office": signatory.office} if signatory.office else {}
                names.append({"form": "printed_name", "literal": signatory.literal, **office})
            data["signatories"] = Entry(names, "a printed name is no signature")

    def _party(self, party: Party) -> Value:
        organ = self._organ(self._paper.consultations[party.row].organ) if party.row is not None else None
        return _with({"literal": party.literal}, organ=organ)

    def _dates(self, data: dict[str, Entry]) -> None:
        """Add from when and how long it is to hold, and the vote table."""
        paper = self._paper
        if paper.effect is not None:
            data["effective_from"] = Entry(paper.effect.day)
            data["effective_from_literal"] = Entry(paper.effect.literal)
        if paper.validity is not None:
            term = paper.validity.term
            periods = (("duration", term.duration), ("ends", term.ends))
            validity: dict[str, Value] = {name: value for name, value in periods if value is not None}
            validity["stated_in"] = paper.validity.stated_in.value
            data["validity"] = Entry(validity)
            data["validity_literal"] = Entry(term.literal)
        if paper.votes is not UNSET:
            data["vote_form"] = Entry({**paper.votes}, "blank is not zero")
            data["vote_form_literal"] = Entry(paper.votes_literal or "")

    # -- annexes and the way through the organs ---------------------------------------------------------

    def _annexes(self) -> Iterator[Written]:
        version, _ = self._version()
        for annex in self._paper.annexes:
            data = {"label": Entry(annex.label), "held": Entry(value=False, comment="referred to, not enclosed")}
            data["document"] = Entry({"held": False, "title": annex.title or annex.label})
            if annex.part_of_decision:
                data["part_of_decision"] = Entry(value=True)
            data["version"] = Entry(version)
            yield Written(
                head={
                    "type": "document-attached/1",
                    "stream": f"proposal:{_PROPOSAL}",
                    "occurred": self._occurred(v.Certainty.INFERRED),
                },
                sources=self._sources([annex.field]),
                data=data,
            )

    def _consultations(self) -> Iterator[Written]:
        for order, row in enumerate(self._paper.consultations):
            data: dict[str, Entry] = {"consultation": Entry(f"@beratung{order + 1}")}
            organ = self._organ(row.organ)
            if organ is not None:
                data["organ"] = Entry(organ)
            data["organ_literal"] = Entry(row.organ)
            if row.day is not UNSET:
                data["planned_on"] = Entry(row.day)
            if row.day_literal is not None:
                data["planned_on_literal"] = Entry(row.day_literal)
            data["role"] = Entry(row.status.role.value)
            data["publicity"] = Entry(row.status.publicity.value)
            if row.status_literal is not None:
                data["status_literal"] = Entry(row.status_literal)
            data["order"] = Entry(order)
            if row.status.role in _ADVISES or row.status.role is v.ConsultationRole.DECISION:
                data["authoritative"] = Entry(row.status.role is v.ConsultationRole.DECISION)
            yield Written(
                head={
                    "type": "consultation-planned/1",
                    "stream": f"proposal:{_PROPOSAL}",
                    "occurred": self._occurred(v.Certainty.INFERRED),
                },
                sources=self._sources([row.field]),
                data=data,
            )

    def _results(self) -> Iterator[Written]:
        """Give what the paper tells of consultations that were held before: known from it alone (secondary)."""
        paper = self._paper
        told: list[tuple[int, w.Result, Field]] = [
            (party.row, party.result, party.field)
            for party in paper.consulted or ()
            if party.row is not None and party.result is not None
        ]
        told += [(i, row.result, row.field) for i, row in enumerate(paper.consultations) if row.result is not None]
        for row, result, field in told:
            yield from self._result(paper.consultations[row], row + 1, result, field)

    def _result(self, row: Consultation, number: int, result: w.Result, field: Field) -> Iterator[Written]:
        organ = self._organ(row.organ)
        if organ is None or not isinstance(row.day, str):
            self._remark(
                "Vorlage beraten mit",
                field.place,
                f"{result.literal!r}: no meeting to record it in (organ or day unknown)",
            )
            return
        sources = self._sources([field], grade=v.Grade.SECONDARY)
        held = self._directory.find("organ", {"name": row.organ, "body": self._body})
        meetings = self._directory.find("meeting", {"organ": held[0], "on": row.day}) if held else ()
        stream = meetings[0] if len(meetings) == 1 else f"meeting:@sitzung{number}"
        if len(meetings) > 1:
            self._remark("Vorlage beraten mit", field.place, f"{len(meetings)} meetings on {row.day}; opened another")
        if len(meetings) != 1:
            yield Written(
                comments=("Known from this paper only: no invitation, agenda or minutes.",),
                head={
                    "type": "meeting-convened/1",
                    "new": f"@sitzung{number}",
                    "occurred": {"not_after": row.day, "certainty": "unknown"},
                },
                sources=self._sources([row.field], grade=v.Grade.SECONDARY),
                data={"body": Entry(self._body_written), "organs": Entry([organ]), "starts_at": Entry(row.day)},
            )
        head: dict[str, Value] = {
            "stream": stream,
            "occurred": {"at": row.day, "certainty": "inferred"},
            **self._known(),
        }
        tally: dict[str, Value] = dict(result.counts)
        declared = _DECLARED.get(result.outcome)
        ballots: list[Value] = []
        if tally:
            data = {"ballot": Entry(f"@abstimmung{number}"), "target": Entry({"proposal": f"proposal:{_PROPOSAL}"})}
            data["method"] = Entry("not_stated")
            data["tally"] = Entry(tally, "only what is stated")
            if result.tally_literal:
                data["tally_literal"] = Entry(result.tally_literal)
            if declared is not None:
                data["declared"] = Entry(declared.value)
                data["declared_literal"] = Entry(result.literal)
            data["majority"] = Entry(result.majority.value)
            ballots.append(f"@abstimmung{number}")
            yield Written(head={"type": "ballot-held/1", **head}, sources=sources, data=data)
        data = {"proposal": Entry(f"proposal:{_PROPOSAL}"), "consultation": Entry(f"@beratung{number}")}
        data["outcome"] = Entry(result.outcome.value, "the word of the paper")
        data["outcome_literal"] = Entry(result.literal)
        data["majority"] = Entry(result.majority.value)
        if tally:
            data["tally"] = Entry(tally)
            data["ballots"] = Entry(ballots)
        yield Written(head={"type": "outcome-declared/1", **head}, sources=sources, data=data)

    # -- the predecessor ------------------------------------------------------------------------------

    def _predecessors(self) -> Iterator[Written]:
        """Give the resolution that is continued, as far as the reasons tell of it."""
        paper = self._paper
        if not paper.predecessors:
            if paper.continues is not None:
                self._remark("Vorgänger", paper.continues.place, "a Fortschreibung; the reasons name no resolution")
            return
        first, *others = paper.predecessors
        for other in others:
            self._remark(
                "Vorgänger", other.field.place, f"a resolution of {other.earlier.day} is mentioned; not recorded"
            )
        if paper.continues is None:
            self._remark(
                "Vorgänger",
                first.field.place,
                f"a resolution of {first.earlier.day} is mentioned; nothing says that this continues it; not recorded",
            )
            return
        organ = self._named_organ(first.earlier.organ)
        if organ is None:
            self._remark("Vorgänger", first.field.place, f"a resolution of {first.earlier.organ!r}, which is not known")
            return
        yield self._earlier(first, organ)
        links = [(paper.continues, v.Relation.CONTINUES, v.Basis.STATED, v.Certainty.STATED)]
        if paper.new_edition is not None:
            links.append((paper.new_edition, v.Relation.REPLACES, v.Basis.INFERRED, v.Certainty.INFERRED))
        for field, relation, basis, certainty in links:
            yield Written(
                head={
                    "type": "proposals-linked/1",
                    "stream": f"proposal:{_PROPOSAL}",
                    "occurred": self._occurred(certainty),
                },
                sources=self._sources([field]),
                data={
                    "other": Entry("resolution:@vorgaenger"),
                    "relation": Entry(relation.value),
                    "basis": Entry(basis.value),
                },
            )

    def _named_organ(self, word: str) -> str | None:
        """Give the organ that a word in the reasons means, which may stand in the genitive."""
        printed = [row.organ for row in self._paper.consultations]
        for name in w.nominative(word):
            if name in printed or self._directory.find("organ", {"name": name, "body": self._body}):
                return self._organ(name)
        return None

    def _earlier(self, found: Predecessor, organ: str) -> Written:
        earlier = found.earlier
        data: dict[str, Entry] = {"occurred_literal": Entry(earlier.day_literal)}
        if earlier.number is not None:
            data["number"] = Entry(earlier.number)
        data["sense"] = Entry("approving")
        data["made_by"] = Entry({"kind": "organ", "organ": organ})
        if earlier.trial is not None:
            data["conditions"] = Entry([{"kind": "trial", "duration": earlier.trial}])
            data["conditions_literal"] = Entry(earlier.trial_literal or "")
        if earlier.in_force is not None:
            data["effective_from"] = Entry({"at": earlier.in_force, "certainty": "stated"})
        return Written(
            comments=(
                "Known from the reasons of this paper only. Look whether it is recorded already, and then take",
                "this command out and name it below.",
            ),
            head={
                "type": "resolution-made/1",
                "new": "@vorgaenger",
                "occurred": {"at": earlier.day, "certainty": "stated"},
                **self._known(),
            },
            sources=self._sources([found.field], grade=v.Grade.SECONDARY),
            data=data,
        )


# Texts that stand beside their source word for word, and names: what may have to be erased stands in one place alone.
_UNQUOTED: Final = frozenset({"operative_text", "reasons", "signatories"})
# The fields that the event of the proposal itself rests on; the others have events of their own.
_OF_PROPOSAL: Final = frozenset(
    {
        *("kind", "reference", "document_date", "submitters", "subject", "legal_basis", "consulted"),
        *("financial_impact", "product_account", "operative_text", "reasons", "signatories", "vote_form"),
        *("effective_from", "validity", "review_clause"),
    }
)


def _submitter(text: str) -> Value:
    return _with({"literal": text}, office=text if w.is_office(text) else None)


def _with(table: dict[str, Value], **more: str | None) -> dict[str, Value]:
    """Give a table with further members, where there are any."""
    return table | {name: value for name, value in more.items() if value is not None}
