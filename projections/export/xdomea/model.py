"""What a message tells, before it is written in the words of one version of xdomea."""

from __future__ import annotations

from collections.abc import Callable  # msgspec reads the annotations when a record class is made

from msgspec import Struct

from domain.vocabulary import AppraisalDecision
from projections.export.xdomea.codes import Code


class PrimaryFile(Struct, frozen=True, kw_only=True):
    """A file that goes into the container.

    Attributes:
        name: Its name there; the UUID in it is its own.
        original: What it was called before.
        code: The code of its format.
        load: Gives its bytes; asked more than once, so that not all files of a container are held at the same time.
    """

    name: str
    original: str | None
    code: Code
    load: Callable[[], bytes]


class PaperVersion(Struct, frozen=True):
    """A version of a document: exactly one file (de: Version)."""

    number: str
    file: PrimaryFile


class Trace(Struct, frozen=True, kw_only=True):
    """One event, as a line for people (de: HistorienProtokollInformation); the evidence is elsewhere.

    Attributes:
        actor: Who recorded it.
        recorded_at: When, UTC.
        action: What kind of event it is.
        note: Which event it is.
        field: What a correction put right.
        old: What stood there.
        new: What stands there now.
    """

    actor: str
    recorded_at: str
    action: str
    note: str
    field: str | None = None
    old: str | None = None
    new: str | None = None


class Paper(Struct, frozen=True, kw_only=True):
    """A document (de: Dokument), whether there is a file of it or not.

    Attributes:
        uuid: The same in every message.
        subject: Betreff.
        kind: Typ.
        mark: Kennzeichen.
        note: Bemerkung.
        dated: Datum des Schreibens, a day: the one that the document bears, and no other.
        versions: Its versions of which there is a file.
        annexes: Its annexes (de: Anlagen), with the number that each bears.
        traces: Its own events, where it is a record of its own.
    """

    uuid: str
    subject: str
    kind: str
    mark: str | None = None
    note: str | None = None
    dated: str | None = None
    versions: tuple[PaperVersion, ...] = ()
    annexes: tuple[tuple[str | None, Paper], ...] = ()
    traces: tuple[Trace, ...] = ()


class Step(Struct, frozen=True, kw_only=True):
    """A consultation as a step of the Geschäftsgang (de: Beteiligungsschritt).

    Attributes:
        number: Its number.
        status: Whether it lies ahead, is open, done, or fell away.
        organ: The organ.
        ordered_on: The day on which it was planned, or on which that was recorded.
        what: What the organ is to do.
        due_on: The day for which it was planned.
        note: What else is to be said.
        done_on: The day on which the organ dealt with it; None where it is not known to the day.
        result: What came of it; without a day it stands in the note.
        remark: What kind of day that is, where no source states it.
        version: The version that lay before the organ.
    """

    number: str
    status: Code
    organ: str
    ordered_on: str
    what: str
    due_on: str | None
    note: str | None
    done_on: str | None
    result: str | None
    remark: str | None
    version: str | None


class Link(Struct, frozen=True, kw_only=True):
    """A reference to another Vorgang, in this message or not (de: Verweis)."""

    uuid: str
    mark: str | None
    note: str


class Filing(Struct, frozen=True, kw_only=True):
    """How a record was filed, as far as that is recorded; `custody` is the file's stream."""

    custody: str
    reference: str | None
    plan_unit: str | None
    title: str | None
    responsible: str | None
    opened_on: str | None
    closed_on: str | None
    retention_years: int | None = None
    permanent: bool = False
    retention_ends_on: str | None = None
    appraised: AppraisalDecision | None = None
    offer: str | None = None


class Case(Struct, frozen=True, kw_only=True):
    """A record that becomes a Vorgang.

    Attributes:
        stream: The proposal or meeting.
        uuid: The same in every message.
        title: What it is called.
        body: The body before which it came; None where that is not known.
        filing: How it was filed; None where it was not.
    """

    stream: str
    uuid: str
    title: str
    body: str | None
    filing: Filing | None


class Folder(Struct, frozen=True, kw_only=True):
    """What a Vorgang holds.

    Attributes:
        subject: Betreff.
        mark: Kennzeichen.
        kind: Typ.
        note: Bemerkung.
        papers: Its documents.
        steps: Its Geschäftsgang.
        route: The UUID of the Geschäftsgang.
        links: Other Vorgänge.
        traces: Its events.
    """

    subject: str
    mark: str | None
    kind: str
    note: str | None
    papers: tuple[Paper, ...]
    steps: tuple[Step, ...]
    route: str
    links: tuple[Link, ...]
    traces: tuple[Trace, ...]


class Party(Struct, frozen=True, kw_only=True):
    """Sender or receiver; `authority` is the Behördenkennung, prefix and key."""

    name: str
    authority: tuple[str, str] | None = None


class Head(Struct, frozen=True, kw_only=True):
    """What stands at the head of a message.

    Attributes:
        process: UUID of the process.
        made_at: When it was made, RFC 3339.
        sender: Who hands over.
        receiver: The archive.
        note: Hinweis.
        product_version: The version of Ratsbuch.
        is_test: Whether it is an example.
        number: Its running number in the process.
        count: How many there are.
    """

    process: str
    made_at: str
    sender: Party
    receiver: Party
    note: str
    product_version: str
    is_test: bool
    number: int
    count: int
