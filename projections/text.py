"""The human text of accounts and histories, and what every page is made of, for a terminal of a given width.

Words of the sources are German and stay as they are, and so do the names of a form's fields; messages are English
and stand here and in `projections.changes`. Nothing is computed: what is shown is what the shapes say. No
character of a source reaches a terminal that would move its cursor, hide itself or turn the text around.
"""

from __future__ import annotations

import re
import unicodedata
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from projections.shapes import (
    Account,
    ActLine,
    ApartLine,
    BallotLine,
    CheckLine,
    ConsultationLine,
    Dated,
    DocumentLine,
    Entry,
    ErasureLine,
    ExclusionLine,
    Field,
    History,
    HorizonLine,
    ItemLine,
    Knowledge,
    Known,
    OutcomeLine,
    Provenance,
    QuorumLine,
    RegisterLine,
    ResolutionLine,
    Source,
)
from projections.wording import (
    EXAMPLE,
    code_text,
    counted,
    cut,
    date_text,
    dated_text,
    day_text,
    range_text,
    visibility_text,
    without_example,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WIDTH: Final = 80

# What the forms call their fields.
FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "reference": "Vorlagen-Nr.",
        "kind": "Art",
        "document_date": "Datum",
        "subject": "Gegenstand",
        "submitters": "Einreicher",
        "body": "Körperschaft",
        "term": "Wahlperiode",
        "operative_text": "Beschlussvorschlag",
        "reasons": "Begründung",
        "legal_basis": "Rechtliche Grundlage",
        "consulted": "beraten mit",
        "financial_impact": "Finanz. Auswirkungen",
        "product_account": "Produktsachkonto",
        "signatories": "Unterzeichner",
        "effective_from": "Inkrafttreten",
        "validity": "Geltungsdauer",
        "review_clause": "Überprüfung",
        "organs": "Gremium",
        "number": "Sitzungs-Nr.",
        "name": "Bezeichnung",
        "starts_at": "Beginn",
        "ends_at": "Ende",
        "place": "Ort",
        "publicity": "Öffentlichkeit",
        "invited_on": "Einladung vom",
        "papers_sent_at": "Unterlagen versandt",
        "notice_rule": "Ladungsfrist",
        "announced": "bekannt gemacht",
        "entitled": "Stimmberechtigte",
        "yes": "dafür",
        "no": "dagegen",
        "abstain": "Enthaltungen",
    }
)
_LABEL_WIDTH: Final = 22
# Below this width a label has a line of its own: beside it there would be no room for a German word.
_NARROW_BELOW: Final = 60
_NARROW_INDENT: Final = 4
_DATE_FIELDS: Final = frozenset(
    {"document_date", "effective_from", "starts_at", "ends_at", "invited_on", "papers_sent_at"}
)
# Given in a line of their own, or with the title.
_HEAD_TWICE: Final = frozenset({"reference", "kind", "document_date", "subject"})
# Nobody misses these where a paper does not mention them; `--json` says it of every field.
_SILENT: Final = frozenset(
    {"term", "name", "ends_at", "papers_sent_at", "notice_rule", "announced", "review_clause", "validity"}
)
# More findings than these are named by their codes alone, so that an account stays on one screen.
FINDINGS_IN_WORDS: Final = 6
_UNNAMED: Final = "not mentioned"
_KEY: Final = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_STATES: Final[Mapping[Knowledge, str]] = MappingProxyType(
    {
        Knowledge.LEFT_BLANK: "left blank",
        Knowledge.NOT_MENTIONED: "not mentioned",
        Knowledge.WITHHELD: "withheld",
        Knowledge.ERASED: "erased",
        Knowledge.NOT_HELD: "not held",
    }
)
LEGEND: Final = "[n grade]: the event that says it, the grade of its source; `history` says more"


# -- characters and lines -------------------------------------------------------------------------


def escaped(text: str) -> str:
    """Make visible what a terminal would obey or hide: control, format and separator characters.

    Line feeds stay; a carriage return before one is dropped. Every other space, a tab too, is a plain one: what looks
    like a space must not be wider or narrower than the page reckons.
    """
    found = []
    for char in text.replace("\r\n", "\n"):
        category = unicodedata.category(char)
        if char == "\t" or category == "Zs":
            found.append(" ")
        elif char != "\n" and category in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
            found.append(f"<U+{ord(char):04X}>")
        else:
            found.append(char)
    return "".join(found)


def display_width(text: str) -> int:
    """Give the columns that a text takes: wide characters two, combining marks none."""
    columns = 0
    for char in text:
        if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me"}:
            continue
        columns += 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
    return columns


def wrapped(text: str, width: int) -> list[str]:
    """Break a text into lines of at most that many columns, keeping its own line breaks.

    A word that is longer than a line is broken, so that nothing runs past the edge.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            for part in _broken(word, width):
                joined = f"{line} {part}" if line else part
                if display_width(joined) > width:
                    lines.append(line)
                    line = part
                else:
                    line = joined
        lines.append(line)
    return lines


def _broken(word: str, width: int) -> list[str]:
    if display_width(word) <= width:
        return [word]
    parts, part = [], ""
    for char in word:
        if display_width(part + char) > width:
            parts.append(part)
            part = ""
        part += char
    return [*parts, part]


def padded(text: str, width: int) -> str:
    """Fill a text up to a column; one that reaches it gets one space."""
    return text + " " * max(1, width - display_width(text))


class Page:
    """Lines of a page, with the marks that say where each is from at its right edge."""

    def __init__(self, width: int, events: Iterable[Provenance] = ()) -> None:
        self.width = width
        self.column = _LABEL_WIDTH if width >= _NARROW_BELOW else _NARROW_INDENT
        self._lines: list[str] = []
        self._events = {event.event: event for event in events}

    def text(self) -> str:
        """Give the page."""
        return "\n".join(line.rstrip() for line in self._lines)

    def blank(self) -> None:
        """Leave a line free."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def rule(self) -> None:
        """Draw a line."""
        self._lines.append("-" * self.width)

    def heading(self, text: str) -> None:
        """Begin a part."""
        self.blank()
        self.line(text.upper())

    def line(self, text: str, *, indent: int = 0, hang: int = 0, mark: str = "", label: str = "") -> None:
        """Add a text, wrapped; a label stands before it, a mark at the right edge of its last line.

        Args:
            text: What to say; may come from a source.
            indent: Columns to leave free.
            hang: More columns to leave free after the first line.
            mark: Stands at the right.
            label: Stands before the text, and the text beside it.
        """
        lead, after = " " * indent, " " * (indent + hang)
        if label:
            after = " " * (indent + self.column)
            if display_width(escaped(label)) < self.column:
                lead = padded(f"{lead}{escaped(label)}", indent + self.column)
            else:
                self.line(label, indent=indent, hang=2)
                if not text:
                    return
                lead = after
        first, *rest = self._fitted(escaped(text), lead, after)
        lines = [lead + first, *(after + line for line in rest)]
        if mark:
            last = lines[-1]
            free = self.width - display_width(last) - display_width(mark)
            if free >= 1:
                lines[-1] = last + " " * free + mark
            else:
                lines.append(" " * max(0, self.width - display_width(mark)) + mark)
        self._lines += lines

    def _fitted(self, text: str, lead: str, after: str) -> list[str]:
        room = self.width - max(display_width(lead), display_width(after))
        return wrapped(text, max(room, 10)) or [""]

    def mark(self, event: str | None) -> str:
        """Give the mark of an event: its position and the grade of its source."""
        told = self._events.get(event or "")
        if told is None:
            return ""
        grade = code_text(told.sources[0].grade) if told.sources else ""
        hidden = "" if told.visibility == "public" else visibility_text(told.visibility)
        corrected = "corrected" if told.corrected_by else ""
        return f"[{' '.join(part for part in (str(told.position), grade, hidden, corrected) if part)}]"


# -- values ---------------------------------------------------------------------------------------


def known_text(known: Known, *, date: bool = False) -> str:
    """Say a value and, unless it is simply stated, in what way it is known."""
    if known.state is Knowledge.ERASED and known.erased_by is not None:
        return f"erased (by {_short(known.erased_by)})"
    if known.state in _STATES:
        return _STATES[known.state]
    text = known.text or ""
    if isinstance(known.value, bool):
        text = "yes" if known.value else "no"
    if date and isinstance(known.value, str):
        text = date_text(known.value)
    if known.state is Knowledge.STATED_AS_NONE:
        return f"{known.literal or 'none'} (stated as none)"
    if known.state is Knowledge.INFERRED:
        return f"{text} (inferred)"
    return text


def _short(event: str) -> str:
    """Give an event id short enough for a line: kind, the end of the id, place."""
    stream, _, seq = event.partition("#")
    kind, _, key = stream.partition(":")
    return f"{kind} …{key[-6:]}#{seq}"


def _is_said(known: Known) -> bool:
    return known.state is not Knowledge.NOT_MENTIONED


def _counts(tally: Iterable[Field]) -> str:
    """Say counts, first those that are stated, then those that are not."""
    found = [f"{field.known.text} {code_text(field.name)}" for field in tally if field.known.value is not None]
    missing: dict[str, list[str]] = {}
    for field in tally:
        if field.known.value is None:
            missing.setdefault(known_text(field.known), []).append(code_text(field.name))
    return "; ".join([*([", ".join(found)] if found else []), *(f"{', '.join(n)} {s}" for s, n in missing.items())])


def _document(document: DocumentLine) -> str:
    if document.state is Knowledge.STATED:
        return f"held: {document.title}" if document.title else "held"
    if document.state is Knowledge.ERASED and document.erased_by is not None:
        return f"erased (by {_short(document.erased_by)})"
    word = _STATES.get(document.state, code_text(document.state))
    return f"{word}: {document.title}" if document.title else word


def _held(document: DocumentLine) -> str:
    """Say whether a document is held, without its title."""
    return "held" if document.state is Knowledge.STATED else _document(document)


def _check(check: CheckLine) -> str:
    verdict = code_text(check.verdict)
    subject = "" if check.subject == "ballot" else f" ({code_text(check.subject)})"
    return f"{verdict}{subject}: {check.sentence}"


# -- the frame ------------------------------------------------------------------------------------


def frame(page: Page, register: RegisterLine, horizon: HorizonLine) -> None:
    """Say whose record it is, and up to where was read."""
    name = register.name
    if register.example and not name.startswith(EXAMPLE):
        name = f"{EXAMPLE}: {name}"
    seen = [f"events 1 to {horizon.position} of {horizon.size}"]
    if horizon.as_recorded is not None:
        seen.insert(0, f"as recorded by {horizon.as_recorded}")
    if horizon.as_of is not None:
        seen.insert(0, f"as of {date_text(horizon.as_of)}")
    page.line(name, mark=", ".join(seen))
    page.rule()


# -- account --------------------------------------------------------------------------------------


def account_text(account: Account, *, width: int = WIDTH) -> str:
    """Give an account on one page; texts that are no part of a decision only with their length."""
    page = Page(width, account.events)
    frame(page, account.register, account.horizon)
    _title(page, account)
    if account.focus is not None:
        page.line(f"asked for: event {account.focus.partition('#')[2]}", mark=page.mark(account.focus))
    gone(page, account.erasures, account.blocked)
    _head(page, account)
    _versions(page, account)
    _body(page, account)
    if account.kind == "meeting":
        _quorum(page, account.quorum)
    _consultations(page, account)
    _agenda(page, account)
    _minutes(page, account)
    _acts(page, account)
    for resolution in account.resolutions:
        _resolution(page, resolution, alone=account.kind == "resolution", within=account.kind == "proposal")
    _ending(page, account)
    _links(page, account)
    for section in account.sections:
        page.heading(section.name)
        for line in section.lines:
            page.line(known_text(line), indent=2, hang=2, mark=page.mark(line.event))
    _findings(page, account)
    _apart(page, account)
    page.blank()
    page.line(LEGEND)
    return page.text()


def gone(page: Page, erasures: Iterable[ErasureLine], blocked: int) -> None:
    """Say what is not shown: tokens erased, by what and when, and blocked events, of which only the number is told."""
    by: dict[tuple[str, str], list[str]] = {}
    for one in erasures:
        by.setdefault((one.erased_by, one.erased_at), []).append(one.event)
    for (erasure, at), events in by.items():
        page.line(f"{counted(len(events), 'event')}, token erased by {_short(erasure)} on {day_text(at)}", hang=2)
    blocked_line(page, blocked)


def blocked_line(page: Page, count: int) -> None:
    """Say how many blocked events are not shown."""
    if count:
        page.line(f"{counted(count, 'blocked event')} not shown (gesperrt)", hang=2)


def marked(text: str, visibility: str | None) -> str:
    """Add to a heading who may see it, unless everybody may."""
    return text if visibility in {None, "public"} else f"{text} ({visibility_text(str(visibility))})"


def standing_words(state: str, basis: Knowledge, readings: int = 0) -> str:
    """Say where a thing stands, and that nobody stated it or that the record allows more than that."""
    doubts = ["inferred"] if basis is Knowledge.INFERRED else []
    doubts += [f"{readings} readings"] if readings > 1 else []
    return f"{code_text(state)} ({'; '.join(doubts)})" if doubts else code_text(state)


def _field(account: Account, name: str) -> Known | None:
    return next((field.known for field in account.head if field.name == name), None)


def _title(page: Page, account: Account) -> None:
    kind, date = _field(account, "kind"), _field(account, "document_date")
    words = account.title
    if account.kind == "proposal" and account.head:
        reference = _field(account, "reference")
        if reference is None or reference.state is Knowledge.NOT_MENTIONED:
            words = "Vorlage ohne Nummer"
        else:
            words = f"Vorlage{'' if reference.value is not None else ', number'} {known_text(reference)}"
        if kind is not None and (kind.literal or kind.value):
            words += f" ({kind.literal or kind.text})"
        if date is not None:
            undated = "undated" if date.state is Knowledge.NOT_MENTIONED else f"date {known_text(date)}"
            words += f" of {known_text(date, date=True)}" if date.value is not None else f", {undated}"
    event = next((field.known.event for field in account.head if field.known.event is not None), None)
    page.line(marked(words, account.visibility), mark=page.mark(event))
    subject = _field(account, "subject")
    if subject is not None:
        page.line(known_text(subject))
    if account.is_empty:
        page.line("nothing of it is recorded to have happened by then")
    if account.opened_later:
        page.line("brought in later than that, though something is recorded to have been done with it by then", hang=2)
    if account.state is not None:
        readings = len(account.resolutions[0].readings) if account.kind == "resolution" else 0
        page.line(f"state: {standing_words(account.state, account.state_basis, readings)}{_last_outcome(account)}")


def _last_outcome(account: Account) -> str:
    found = [(line, one) for line in account.consultations for one in line.outcomes]
    if not found:
        return ""
    line, last = max(found, key=lambda pair: str(pair[0].met_on.value or ""))
    day = f" {day_text(line.met_on.value)}" if isinstance(line.met_on.value, str) else ""
    # Nobody said when the outcome came about: the day is that for which the meeting was called.
    day += " (inferred)" if day and last.occurred.at is None else ""
    return f" ({known_text(last.outcome)},{day} {known_text(line.organ)})"


def _head(page: Page, account: Account) -> None:
    if account.kind != "proposal":
        for field in account.head:
            _labelled(page, field)
        return
    words = [
        f"{FIELDS[field.name]} {without_example(known_text(field.known))}"
        for field in account.head
        if field.name not in _HEAD_TWICE and (field.name not in _SILENT or _is_said(field.known))
    ]
    page.line("; ".join(words), hang=2)


def _labelled(page: Page, field: Field, *, indent: int = 0) -> None:
    if field.name in _SILENT and not _is_said(field.known):
        return
    text = known_text(field.known, date=field.name in _DATE_FIELDS)
    if field.known.literal is not None and field.known.state is Knowledge.STATED and field.name == "financial_impact":
        text = f"{text}: {field.known.literal}"
    page.line(text, label=FIELDS.get(field.name, code_text(field.name)), indent=indent)


def _versions(page: Page, account: Account) -> None:
    if not account.versions and not account.annexes:
        return
    newest = account.versions[-1].number.value if account.versions else None
    for version in account.versions:
        if version.state is Knowledge.NOT_HELD:
            many = version.last is not None
            label = f"versions {version.number.text} to {version.last}" if many else f"version {version.number.text}"
            page.line("not held; known of only by the number of a later one", label=label)
            continue
        label = f"version {known_text(version.number)}"
        parts = [
            known_text(version.date, date=True) if _is_said(version.date) else "date not mentioned",
            f"revision ({version.mode})" if version.mode is not None else "",
            f"document {_held(version.document)}" if version.document is not None else "no document recorded",
            version.because or "",
        ]
        parts += [f"{FIELDS.get(field.name, field.name)} {known_text(field.known)}" for field in version.hidden]
        page.line(", ".join(part for part in parts if part), label=label, mark=page.mark(version.event))
    for annex in account.annexes:
        parts = [_document(annex.document)]
        if annex.part_of_decision.value is True:
            parts.append("part of the decision")
        if _is_said(annex.version) and annex.version.value != newest:
            parts.append(f"version {known_text(annex.version)}")
        if annex.withdrawn_by is not None:
            parts.append(f"withdrawn {page.mark(annex.withdrawn_by)}")
        page.line(", ".join(parts), label=known_text(annex.label), mark=page.mark(annex.event))


def _body(page: Page, account: Account) -> None:
    if not account.body:
        return
    fields = {field.name: field.known for field in account.body}
    text = fields.get("operative_text")
    if text is not None:
        page.line("Beschlussvorschlag:")
        page.line(known_text(text), indent=2, mark=page.mark(text.event))
    blank, absent = [], []
    for field in account.body:
        if field.name == "operative_text":
            continue
        if field.known.state is Knowledge.LEFT_BLANK:
            blank.append(FIELDS[field.name])
        elif field.known.state is Knowledge.NOT_MENTIONED:
            absent += [] if field.name in _SILENT else [FIELDS[field.name]]
        elif field.name == "reasons" and isinstance(field.known.value, str):
            size = len(field.known.value)
            page.line(f"{size} characters, given by --json; no part of the decision", label=FIELDS["reasons"])
        else:
            _labelled(page, field)
    if account.vote_form and all(cell.known.state is Knowledge.LEFT_BLANK for cell in account.vote_form):
        literal = account.vote_form_literal or ", ".join(FIELDS[cell.name] for cell in account.vote_form)
        blank.append(f"Abstimmungsergebnis ({literal})")
    elif account.vote_form:
        cells = "; ".join(f"{FIELDS[cell.name]} {known_text(cell.known)}" for cell in account.vote_form)
        page.line(cells, label="Abstimmungsergebnis")
    for state, names in ((Knowledge.LEFT_BLANK, blank), (Knowledge.NOT_MENTIONED, absent)):
        if names:
            page.line("; ".join(names), label=_STATES[state])


# -- consultations --------------------------------------------------------------------------------


def _consultations(page: Page, account: Account) -> None:
    if not account.consultations:
        return
    page.heading("Beratungsfolge")
    for number, line in enumerate(account.consultations, start=1):
        _consultation(page, number, line, account.horizon.as_of)


def _no_meeting(line: ConsultationLine, as_of: str | None) -> str:
    if as_of is None:
        return "no meeting recorded"
    if line.uncertain is not None:
        return "meeting: not certain by then (see neither in nor out, below)"
    return f"no meeting recorded by {date_text(as_of)}"


def _consultation(page: Page, number: int, line: ConsultationLine, as_of: str | None) -> None:
    date = line.met_on if line.met_on.value is not None else line.planned_on
    day = day_text(date.value) if isinstance(date.value, str) else f"date {known_text(date)}"
    status = line.status.value or ", ".join(known_text(one) for one in (line.publicity, line.role) if _is_said(one))
    if line.event is None:
        status = "no plan recorded"
    planned = line.planned_on.value
    moved = isinstance(planned, str) and isinstance(date.value, str) and planned[:10] != date.value[:10]
    parts = [f"{number} {day} {known_text(line.organ)}", str(status)]
    if moved:
        parts.append(f"planned for {day_text(str(planned))}")
    if line.dropped_by is not None:
        parts.append(f"dropped {page.mark(line.dropped_by)}")
    page.line(", ".join(parts), hang=4, mark=page.mark(line.event))
    if line.meeting is None:
        page.line(_no_meeting(line, as_of), indent=4, hang=2)
        return
    _text_before(page, line)
    _deliberated(page, line)
    for one in line.quorum:
        _quorum_line(page, one, indent=4)
    for exclusion in line.excluded:
        _exclusion(page, exclusion, indent=4)
    missing = [
        name for name, there in (("quorum", line.quorum), ("minutes", line.minutes.value is not None)) if not there
    ]
    if missing:
        page.line(f"{' and '.join(missing)} not held", indent=4, hang=2)
    if line.minutes.value is not None:
        page.line(f"minutes: {known_text(line.minutes)}", indent=4, hang=2, mark=page.mark(line.minutes.event))


def _text_before(page: Page, line: ConsultationLine) -> None:
    """Say which version lay before the organ."""
    if line.text.state is Knowledge.NOT_HELD:
        text = "text before it: not held; no version recorded is dated by then"
    elif line.text.value is None:
        text = f"text before it: {known_text(line.text)}"
    else:
        text = f"text before it: version {known_text(line.text)}"
    page.line(text, indent=4, hang=2, mark=page.mark(line.text.event))


def _deliberated(page: Page, line: ConsultationLine) -> None:
    for motion in line.motions:
        words = f"motion ({known_text(motion.kind)}) of {known_text(motion.moved_by)}: {known_text(motion.text)}"
        page.line(words, indent=4, hang=2, mark=page.mark(motion.event))
    for outcome in line.outcomes:
        _outcome(page, outcome, indent=4, counted_in_ballot=bool(line.ballots))
    for ballot in line.ballots:
        _ballot(page, ballot, indent=4)
    if line.checks_missing is not None:
        page.line(f"Rechenprobe: {_check(line.checks_missing)}", indent=4, hang=2)


def _outcome(page: Page, outcome: OutcomeLine, *, indent: int, counted_in_ballot: bool) -> None:
    words = [f"outcome: {known_text(outcome.outcome)}"]
    if outcome.outcome.literal:
        words.append(f'"{outcome.outcome.literal}"')
    elif outcome.majority.value is not None and outcome.majority.value != "not_stated":
        words.append(known_text(outcome.majority))
    tally = _counts(outcome.tally)
    if not counted_in_ballot:
        words.append(tally if any(field.known.value is not None for field in outcome.tally) else "no count mentioned")
    words += [f"{code_text(field.name)}: {known_text(field.known)}" for field in outcome.details]
    page.line(", ".join(words), indent=indent, hang=2, mark=page.mark(outcome.event))


def _ballot(page: Page, ballot: BallotLine, *, indent: int) -> None:
    title = "ballot" if ballot.round is None else f"ballot, round {ballot.round}"
    words = [f"{title}: {_counts(ballot.tally)}"]
    if ballot.declared.value is not None:
        words.append(f"declared {known_text(ballot.declared)}")
    if ballot.lot is not None:
        words.append(f"lot: {_option(ballot, ballot.lot)}")
    if ballot.target_version.value is not None:
        words.append(f"on version {known_text(ballot.target_version)}")
    elif ballot.target_motion is not None:
        words.append("on the motion")
    if ballot.chair_voted.value is False:
        words.append("the chair did not vote")
    page.line("; ".join(words), indent=indent, hang=2, mark=page.mark(ballot.event))
    if ballot.options:
        options = "; ".join(
            f"{_option(ballot, one.key)} {one.votes if one.votes is not None else 'votes not stated'}"
            f"{' (chosen)' if one.chosen else ''}"
            for one in ballot.options
        )
        page.line(options, indent=indent + 2, hang=2)
    if ballot.votes:
        votes = [
            " ".join([vote.who, *([] if vote.count is None else [str(vote.count)]), code_text(vote.choice)])
            for vote in ballot.votes
        ]
        page.line(f"by name: {'; '.join(votes)}", indent=indent + 2, hang=2)
    elif ballot.votes_state in {Knowledge.WITHHELD, Knowledge.ERASED}:
        page.line(f"votes by name: {code_text(ballot.votes_state)}", indent=indent + 2)
    for number, check in enumerate(ballot.checks):
        # The first is that of the result; of the others only what does not fit is worth a line.
        if number == 0 or check.verdict == "contradicts":
            page.line(f"Rechenprobe: {_check(check)}", indent=indent, hang=2)
            if check.verdict != "not_decidable":
                for line in check.computation:
                    page.line(line, indent=indent + 4, hang=2)


def _option(ballot: BallotLine, key: str) -> str:
    return next((one.label or key for one in ballot.options if one.key == key), key)


def _exclusion(page: Page, exclusion: ExclusionLine, *, indent: int) -> None:
    words = [f"excluded for bias: {known_text(exclusion.person)}"]
    words += [known_text(one) for one in (exclusion.legal_basis, exclusion.reason) if _is_said(one)]
    page.line(", ".join(words), indent=indent, hang=2, mark=page.mark(exclusion.event))


def _quorum(page: Page, lines: Iterable[QuorumLine]) -> None:
    page.heading("Beschlussfähigkeit")
    lines = tuple(lines)
    if not lines:
        page.line("not held: no opening of the meeting is recorded", indent=2)
    for line in lines:
        _quorum_line(page, line, indent=2)


def _quorum_line(page: Page, line: QuorumLine, *, indent: int) -> None:
    counts = ", ".join(
        f"{code_text(field.name.removesuffix('_count'))} {known_text(field.known)}" for field in line.counts
    )
    words = f"quorum ({line.part}): {known_text(line.quorum)}" + (f"; {counts}" if counts else "")
    page.line(words, indent=indent, hang=2, mark=page.mark(line.event))
    page.line(f"Rechenprobe: {_check(line.check)}", indent=indent + 2, hang=2)


# -- meetings -------------------------------------------------------------------------------------


def _agenda(page: Page, account: Account) -> None:
    if not account.agenda:
        return
    page.heading("Tagesordnung")
    for item in account.agenda:
        _item(page, item)


def _item(page: Page, item: ItemLine) -> None:
    number = f"TOP {known_text(item.number)}" if item.number.value is not None else "without an agenda item"
    title = known_text(item.title) if _is_said(item.title) else item.proposal_title or "no title"
    held = known_text(item.publicity_held) if _is_said(item.publicity_held) else known_text(item.publicity_set)
    if item.id is None:
        held = ""
    gone = ", taken off the agenda" if item.id is not None and not item.on_agenda else ""
    mark = page.mark(item.title.event or item.number.event)
    page.line(f"{number}  {title}{f' ({held}{gone})' if held else ''}", indent=2, hang=4, mark=mark)
    if item.proposal_title is not None and _is_said(item.title):
        version = f", version {known_text(item.version)}" if _is_said(item.version) else ""
        page.line(f"{item.proposal_title}{version}", indent=6, hang=2)
    for paper in item.papers:
        page.line(f"paper: {paper}", indent=6, hang=2)
    for line in item.attendance:
        page.line(known_text(line), indent=6, hang=2, mark=page.mark(line.event))
    for exclusion in item.excluded:
        _exclusion(page, exclusion, indent=6)
    for motion in item.motions:
        words = f"motion ({known_text(motion.kind)}) of {known_text(motion.moved_by)}: {known_text(motion.text)}"
        page.line(words, indent=6, hang=2, mark=page.mark(motion.event))
    for ballot in item.ballots:
        _ballot(page, ballot, indent=6)
    for outcome in item.outcomes:
        _outcome(page, outcome, indent=6, counted_in_ballot=bool(item.ballots))


def _minutes(page: Page, account: Account) -> None:
    if account.kind != "meeting":
        return
    page.heading("Niederschrift")
    if not account.minutes:
        page.line("not held: no minutes are recorded", indent=2)
    for one in account.minutes:
        page.line(f"version {one.version} ({one.kind}, {one.part}): {_document(one.document)}", indent=2, hang=2)
        for act in one.acts:
            page.line(known_text(act), indent=4, hang=2, mark=page.mark(act.event))


# -- resolutions and reviews ----------------------------------------------------------------------


def _resolution(page: Page, line: ResolutionLine, *, alone: bool, within: bool) -> None:
    number = f" {known_text(line.number)}" if line.number.value is not None else ""
    page.blank()
    head = f"BESCHLUSS{number} of {dated_text(line.made_on)}, {known_text(line.organ)}: {known_text(line.sense)}"
    page.line(head, hang=2, mark=page.mark(line.event))
    unnumbered = "" if number else f"; Beschluss-Nr. {known_text(line.number)}"
    if not within and line.proposal_title is not None:
        version = f", version {known_text(line.version)}" if _is_said(line.version) else ""
        page.line(f"decides {line.proposal_title}{version}", indent=2, hang=2)
    if line.text.value is not None:
        page.line(f"{known_text(line.text)}{unnumbered}", indent=4)
    elif line.presumed_as.value is not None:
        presumed = f"presumed to be that of version {line.presumed_as.text}"
        page.line(f"wording {known_text(line.text)}, {presumed}{unnumbered}", indent=2)
    else:
        page.line(f"wording {known_text(line.text)}{unnumbered}", indent=2)
    if line.conditions.literal is not None:
        page.line(f"condition: {line.conditions.literal}", indent=2, hang=2)
    for title in line.re_decides_titles:
        page.line(f"decides anew: {title}", indent=2, hang=2)
    for step in line.timeline:
        if step.kind in {"made", "begins"} and not (step.kind == "begins" and not _has_status(line)):
            continue
        basis = "" if step.basis == "stated" else f" ({code_text(step.basis)})"
        words = f"{step.says} {step_date(step.date)}{basis}"
        page.line(words, indent=2, hang=2, mark=page.mark(step.event))
    for one in (*line.published, *line.implementation):
        page.line(known_text(one), indent=2, hang=2, mark=page.mark(one.event))
    if line.engrossed:
        page.line(f"engrossed (ausgefertigt) {' '.join(page.mark(one) for one in line.engrossed)}", indent=2)
    for annex in line.annexes:
        page.line(f"{known_text(annex.label)}: {_document(annex.document)}", indent=2, mark=page.mark(annex.event))
    for act in line.acts if alone else ():
        _act(page, act)
    if alone and line.followed_by is not None:
        page.line(followed_words(line), indent=2, hang=2, mark=page.mark(line.followed_event))
    if line.readings:
        day = date_text(line.readings_on or "")
        page.line(f"what the record allows for {day}: {counted(len(line.readings), 'reading')}", indent=2)
        for index, reading in enumerate(line.readings, start=1):
            page.line(f"{index}. {reading}", indent=4, hang=3)


def followed_words(line: ResolutionLine) -> str:
    """Say what the next decision on record is; one after the day asked for has no part in what held on that day."""
    after = f" (after {date_text(line.followed_after)})" if line.followed_after is not None else ""
    return f"next decision on record{after}: {line.followed_by}"


def _has_status(line: ResolutionLine) -> bool:
    return any(step.status == "in_force" for step in line.timeline)


def step_date(date: Dated) -> str:
    """Say when a step of a timeline was; of a time within which it was, both ends."""
    when = range_text(at=date.at, until=date.until, not_before=date.not_before, not_after=date.not_after)
    return when or "on a day not stated"


def _act(page: Page, act: ActLine) -> None:
    page.line(f"{dated_text(act.occurred)}: {act.says}", indent=2, hang=2, mark=page.mark(act.event))
    if _is_said(act.text):
        page.line(known_text(act.text), indent=6)


def _acts(page: Page, account: Account) -> None:
    if not account.acts:
        return
    page.heading("Rechtskontrolle")
    for act in account.acts:
        _act(page, act)


def _ending(page: Page, account: Account) -> None:
    """Say what the last acts on record are, where a review is about resolutions; no winner is named."""
    acts = {act.event: act for line in account.resolutions for act in line.acts}
    if account.kind not in {"proposal", "review"} or not (acts or account.acts):
        return
    page.heading("what is last on record")
    made = max(account.resolutions, key=lambda line: line.made_on.at or "", default=None)
    if made is not None:
        page.line(
            f"of the organ: {known_text(made.organ)}, {dated_text(made.made_on)}, {known_text(made.sense)}",
            indent=2,
            hang=2,
            mark=page.mark(made.event),
        )
    last = (*account.acts, *acts.values())[-1]
    page.line(f"of the review: {dated_text(last.occurred)}, {last.says}", indent=2, hang=2, mark=page.mark(last.event))
    if _is_said(last.text):
        page.line(known_text(last.text), indent=6)
    page.line("What followed is not held. No act is weighed against another.", indent=2)


def _links(page: Page, account: Account) -> None:
    if not account.links:
        return
    for link in account.links:
        words = f"{link.other_title} {link.relation} this" if link.incoming else f"{link.relation} {link.other_title}"
        page.line(f"{words} ({link.basis})", hang=2, mark=page.mark(link.event))


def _findings(page: Page, account: Account) -> None:
    if not account.findings:
        return
    page.heading(f"Befunde ({len(account.findings)})")
    if len({finding.code for finding in account.findings}) > FINDINGS_IN_WORDS:
        page.line(", ".join(dict.fromkeys(finding.code for finding in account.findings)), indent=2)
        return
    same = [(finding.label, finding.status, finding.code) for finding in account.findings]
    for label, status, code in dict.fromkeys(same):
        times = same.count((label, status, code))
        words = [label, *([f"({status})"] if status != "open" else []), *([f"({times} times)"] if times > 1 else [])]
        page.line(" ".join(words), hang=2, mark=code)


def _apart(page: Page, account: Account | History) -> None:
    as_of = account.horizon.as_of
    if as_of is None:
        return
    if account.apart:
        page.heading(f"neither in nor out as of {date_text(as_of)}")
        for line in account.apart:
            page.line(apart_words(line), indent=2, hang=2, mark=page.mark(line.event))
    page.blank()
    later = counted(account.later, "fact") if account.later else "No fact"
    page.line(f"{later} recorded here happened later than {date_text(as_of)}.")
    if isinstance(account, Account) and account.later_first is not None:
        page.line(f"first: {account.later_first}", indent=2, hang=2)


def apart_words(line: ApartLine) -> str:
    """Say what a fact is that is neither in nor out, and why it is not."""
    why = "its date is unknown" if line.why == "undated" else "the day asked for lies within its date"
    return f"{dated_text(line.occurred)}: {line.summary} ({why})"


# -- history --------------------------------------------------------------------------------------


def history_text(history: History, *, width: int = WIDTH) -> str:
    """Give a history, one block an event, in order of recording."""
    told = [entry.told for entry in history.entries if entry.told is not None]
    page = Page(width, told)
    frame(page, history.register, history.horizon)
    page.line(marked(history.title, history.visibility))
    page.line(f"{history.stream}, {counted(len(history.entries), 'event')} with those of other streams")
    blocked_line(page, history.blocked)
    for entry in history.entries:
        _entry(page, entry)
    _apart(page, history)
    return page.text()


def _entry(page: Page, entry: Entry) -> None:
    page.blank()
    told = entry.told
    focus = "> " if entry.focus else ""
    if told is None:
        by = f" by {_short(entry.erased_by)}" if entry.erased_by is not None else ""
        on = f" on {day_text(entry.erased_at)}" if entry.erased_at is not None else ""
        page.line(f"{focus}event {entry.seq}: {entry.label}: erased down to its log entry{by}{on}", hang=4)
        return
    where = "" if entry.relation == "own" else f" ({entry.relation})"
    hidden = "" if told.visibility == "public" else f", {visibility_text(told.visibility)}"
    page.line(
        f"{focus}{told.position}  {dated_text(told.occurred)}  {entry.label}{where}{hidden}",
        hang=4,
        mark=f"{told.type} #{entry.seq}",
    )
    page.line(entry.summary, indent=4)
    if entry.correction is not None:
        page.line(f"in {_short(entry.correction.target)} {entry.correction.path}", indent=4, hang=2)
        page.line(known_text(entry.correction.old), indent=4, label="alt")
        page.line(known_text(entry.correction.new), indent=4, label="neu")
    for one in entry.hidden:
        by = f" by {_short(one.erased_by)}" if one.erased_by is not None else ""
        page.line(f"{one.path}: {code_text(one.state)}{by}", indent=4, hang=2)
    if told.corrected_by:
        page.line(f"berichtigt durch {', '.join(map(_short, told.corrected_by))}", indent=4, hang=2)
    page.line(_witnesses(told), indent=4, hang=2)


def _witnesses(told: Provenance) -> str:
    """Say who recorded an event, who could state it, and on what it rests."""
    recorder = f"{told.recorded_by[:8]}…" if _KEY.fullmatch(told.recorded_by) else told.recorded_by
    recorded = f"erfasst {date_text(told.recorded_at)} von {recorder} ({code_text(told.role)})"
    stated = f"ausgesagt von {told.stated_by or _UNNAMED}"
    if told.sources:
        sources = "; ".join(_source(source) for source in told.sources)
    else:
        sources = _UNNAMED if told.sources_state is Knowledge.NOT_MENTIONED else code_text(told.sources_state)
    return f"{recorded} / {stated} / Quelle {sources}"


def _source(source: Source) -> str:
    named = ", ".join(part for part in (source.citation, source.document, source.locator, source.whereabouts) if part)
    quote = f", „{cut(source.quote, 60)}“" if source.quote else ""
    return f"{code_text(source.grade)}: {named or _UNNAMED}{quote}"
