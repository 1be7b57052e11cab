"""The audit trail: who recorded what, when, from which source, in which role, by which key (de: Erfassungsnachweis).

It is read from the tokens in order of position, as they were recorded: a correction is an entry of its own. With
`about`, only what is about one person (`projections.audit_about`), with what cannot be told.

Reading checks the form of every token and verifies no signature: which key is named here is what the token says, and
`verify` says whether that key made the signature.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import msgspec

from archive.archive import ERASED_SIZE, read_row
from archive.errors import InputError
from archive.intake.references import nearest, shown
from archive.token import read_header
from domain import values as x
from domain.dates import first_day, last_day
from domain.events import CATALOGUE
from domain.values import stated
from projections.audit_about import About, AboutLine, Mention, Seeker
from projections.changes import LABELS
from projections.filters import person_named
from projections.findings_walk import Walk
from projections.shapes import Dated, HorizonLine, Knowledge, RegisterLine, Shape
from projections.teller import Teller
from projections.timetravel import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.archive import Archive
    from archive.store.sqlite import StoredRow
    from domain.stream import RecordedEvent

FORMAT: Final = "ratsbuch-audit/1"
_DAY_LENGTH: Final = len("2021-12-08")


class SourceLine(Shape, frozen=True, kw_only=True):
    """What an event rests on: the grade, and what is named."""

    grade: str
    citation: str | None = None
    document: str | None = None
    locator: str | None = None
    whereabouts: str | None = None


class AuditLine(Shape, frozen=True, kw_only=True):
    """One event of the trail; of an erased token only what its row says.

    Attributes:
        position: Its place in the register.
        event: `stream#seq`.
        type: Its type.
        label: The type in German.
        title: What its stream is called.
        occurred: When it happened, as was recorded; None for an erased token.
        recorded_at: When it was recorded, UTC, by the recorder's own clock.
        recorded_by: Who recorded it: the name, or the person key.
        person: The person key of that; the register's id for the root key.
        role: In which role.
        key: SHA-256 of the certificate that the token names, base64url, as `keys list` shows it.
        txn: The command file that it came with.
        sources: What it rests on.
        sources_state: `stated`, `not_mentioned`, `withheld` or `erased`.
        visibility: Who may see it, after all changes recorded.
        mentions: Where and how it is about the person asked for.
        erased_by: The event that erased the token.
    """

    position: int
    event: str
    type: str
    label: str
    title: str
    occurred: Dated | None = None
    recorded_at: str | None = None
    recorded_by: str | None = None
    person: str | None = None
    role: str | None = None
    key: str | None = None
    txn: str | None = None
    sources: tuple[SourceLine, ...] = ()
    sources_state: Knowledge = Knowledge.NOT_MENTIONED
    visibility: str | None = None
    mentions: tuple[Mention, ...] = ()
    erased_by: str | None = None


class AuditFilters(Shape, frozen=True, kw_only=True):
    """What was asked for; `by` and `about` as they were given, with the person keys that they mean."""

    by: str | None = None
    by_person: str | None = None
    about: str | None = None
    about_person: str | None = None
    date_from: str | None = None
    date_to: str | None = None
    type: str | None = None


class Audit(Shape, frozen=True, kw_only=True):
    """The trail, in order of recording.

    Attributes:
        entries: The events; with `about`, those that name the person by key.
        maybe: Events whose texts hold the person's name, and that may be about somebody of the same name.
        about: What else is to be said where somebody asks about a person.
        blocked: How many blocked events of the register are not shown.
    """

    format: str = FORMAT
    register: RegisterLine
    horizon: HorizonLine
    filters: AuditFilters
    entries: tuple[AuditLine, ...]
    maybe: tuple[AuditLine, ...] = ()
    about: About | None = None
    blocked: int = 0


def audit(
    archive: Archive,
    *,
    by: str | None = None,
    about: str | None = None,
    date_from: str | None = None,
    date_to: str | None = None,
    type_name: str | None = None,
    with_blocked: bool = False,
) -> Audit:
    """Give who recorded what, when, from which source, in which role and by which key.

    Args:
        archive: The archive.
        by: Only what this person recorded: a person key, a stream, a look-up, a name or an office.
        about: Only what is about this person, named likewise.
        date_from: Only what was recorded at this moment or on this day (UTC) or later.
        date_to: Only what was recorded at this moment or on this day (UTC) or earlier.
        type_name: Only events of this type, with or without its version.
        with_blocked: Give blocked events too (de: gesperrt); else they are only counted.

    Raises:
        InputError: An unknown person or type, a name that several bear, or a date that is none.
    """
    limits = (_limit("from", date_from, first=True), _limit("to", date_to, first=False))
    if None not in (date_from, date_to) and limits[0] > limits[1]:
        raise InputError(f"from: found {date_from}, which is after the end of the time asked for, {date_to}")
    types = _types(type_name) if type_name is not None else None
    walk = Walk(archive, with_blocked=with_blocked)
    teller = Teller(walk)
    by_person = person_named(teller, by, what="by") if by is not None else None
    about_person = person_named(teller, about, what="about") if about is not None else None
    seeker = Seeker(teller, about_person) if about_person is not None else None
    entries: list[AuditLine] = []
    maybe: list[AuditLine] = []
    blocked = 0
    trail = _Trail(teller)
    for row, record in _rows(archive):
        if record is not None and not with_blocked and trail.is_blocked(record):
            blocked += 1
            continue
        is_asked = (
            (types is None or row.topic in types)
            and (by_person is None or (record is not None and record.by.person == by_person))
            and _is_between(record, *limits)
        )
        if seeker is None:
            if is_asked:
                entries.append(trail.line(row, record, ()))
            continue
        # All is looked at: what an erasure or a correction is about shows only to who has seen what it names.
        found = seeker.look_at(record, is_asked=is_asked) if record is not None else AboutLine()
        if record is None and not seeker.is_own(row.stream):
            seeker.note_erased(f"{row.stream}#{row.originator_version}")
        elif is_asked and (found.mentions or record is None):
            entries.append(trail.line(row, record, found.mentions))
        if is_asked and found.maybe:
            maybe.append(trail.line(row, record, found.maybe))
    return Audit(
        register=teller.register(),
        horizon=teller.horizon(),
        filters=AuditFilters(
            by=by,
            by_person=by_person,
            about=about,
            about_person=about_person,
            date_from=date_from,
            date_to=date_to,
            type=type_name,
        ),
        entries=tuple(entries),
        maybe=tuple(maybe),
        about=seeker.about(blocked=blocked) if seeker is not None else None,
        blocked=blocked,
    )


# -- what was asked for ---------------------------------------------------------------------------


def _types(text: str) -> tuple[str, ...]:
    """Give the types of that name, all versions where none is named.

    Raises:
        InputError: There is none.
    """
    found = tuple(name for name in CATALOGUE if text in (name, name.partition("/")[0]))
    if not found:
        raise InputError(
            f"type: found {shown(text)}, expected one of {', '.join(CATALOGUE)}",
            hint=nearest(text, tuple(CATALOGUE)) or nearest(text, tuple(name.partition("/")[0] for name in CATALOGUE)),
        )
    return found


def _limit(name: str, text: str | None, *, first: bool) -> float:
    """Give the moment from or up to which was asked for, in seconds since 1970; a day is one of UTC."""
    if text is None:
        return float("-inf") if first else float("inf")
    try:
        msgspec.convert(text, x.Date)
        if len(text) > _DAY_LENGTH:
            return dt.datetime.fromisoformat(text).timestamp()
        day = first_day(text) if first else last_day(text)
        moment_ = dt.datetime.combine(day, dt.time.min if first else dt.time.max, tzinfo=dt.UTC)
        return moment_.timestamp()
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        raise InputError(
            f"{name}: found {shown(text)}, expected a date (YYYY, YYYY-MM or YYYY-MM-DD, of UTC) or a moment with its "
            f"offset, such as 2021-12-09T12:00:00+01:00"
        ) from error


def _is_between(record: RecordedEvent | None, first: float, last: float) -> bool:
    """Say whether an event was recorded in the time asked for; when an erased token was is not known any more."""
    if record is None:
        return first == float("-inf") and last == float("inf")
    return first <= record.recorded_at <= last


# -- the trail ------------------------------------------------------------------------------------


def _rows(archive: Archive) -> Iterator[tuple[StoredRow, RecordedEvent | None]]:
    """Give each row with its event, in order of position; erased tokens without."""
    for row in archive.recorder.rows():
        yield row, None if len(row.state) == ERASED_SIZE else read_row(row)


class _Trail:
    """Tells the lines of the trail."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._walk = teller.past

    def is_blocked(self, record: RecordedEvent) -> bool:
        """Say whether an event is left out: it is blocked, or the correction of one that is."""
        return record.seq in self._walk.blocked(record.stream)

    def line(self, row: StoredRow, record: RecordedEvent | None, mentions: tuple[Mention, ...]) -> AuditLine:
        """Tell an event."""
        teller, event_id = self._teller, f"{row.stream}#{row.originator_version}"
        title = teller.title(row.stream)
        label = LABELS.get(row.topic, row.topic)
        if record is None:
            by = self._walk.erased_tokens(row.stream).get(row.originator_version)
            return AuditLine(
                position=row.position, event=event_id, type=row.topic, label=label, title=title, erased_by=by
            )
        return AuditLine(
            position=row.position,
            event=event_id,
            type=row.topic,
            label=label,
            title=title,
            occurred=teller.occurred(record),
            recorded_at=moment(record.recorded_at),
            recorded_by=self._recorder(record),
            person=record.by.person,
            role=record.by.role.value,
            key=read_header(row.state.partition(b".")[0]).certificate_digest,
            txn=record.txn,
            sources=self._sources(record),
            sources_state=self._sources_state(record),
            visibility=self._walk.visibility(record).value,
            mentions=mentions,
        )

    def _recorder(self, record: RecordedEvent) -> str:
        if record.by.person == self._walk.archive.register.id:
            return "root key"
        return self._teller.person(record.by.person)

    def _sources(self, record: RecordedEvent) -> tuple[SourceLine, ...]:
        sources = record.sources if isinstance(record.sources, tuple) else ()
        return tuple(
            SourceLine(
                grade=source.grade.value,
                citation=stated(source.citation),
                document=stated(document.title) if (document := stated(source.document)) is not None else None,
                locator=stated(source.locator),
                whereabouts=stated(source.whereabouts),
            )
            for source in sources
        )

    def _sources_state(self, record: RecordedEvent) -> Knowledge:
        if isinstance(record.sources, tuple):
            return Knowledge.STATED if record.sources else Knowledge.NOT_MENTIONED
        if record.sources is x.WITHHELD:
            return Knowledge.ERASED if self._teller.erased_by(record, "sources") else Knowledge.WITHHELD
        return Knowledge.NOT_MENTIONED
