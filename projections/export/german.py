"""German words for people, for every format that is written for them: one word a code, an event, a field, a finding.

Everything is a pure function of what it is given. What has no word is a fault of the tables, not of the record: it
raises `LookupError`, and a test asks for every code, field and finding that there is.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from domain.body import Body
from domain.custody import Custody
from domain.group import Group
from domain.meeting import Meeting
from domain.organ import Organ
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.source import Source
from domain.values import WITHHELD, When, stated
from domain.vocabulary import Certainty
from projections.changes import LABELS
from projections.export.german_codes import CODES
from projections.export.german_fields import FIELDS, FINDINGS
from projections.shapes import Dated, Knowledge
from projections.wording import KINDS, without_example

if TYPE_CHECKING:
    from projections.teller import Teller
    from projections.timetravel import Past

# In the place of what an event may have said that this reader was not given.
NOT_GIVEN: Final = "nicht gegeben (vorenthalten oder gelöscht)"
NO_FINDINGS_OF: Final = "Keine Befunde ermittelt sind zu folgenden Teilen, weil nicht alle ihre Einträge gegeben sind"
NOTED: Final = "Von einer Person festgestellte Unstimmigkeit."
_YEAR, _MONTH, _DAY = 4, 7, 10  # lengths of the three forms; anything longer is an instant
_ZULU: Final = "Z"
_OFFSET: Final = 6


# -- words ----------------------------------------------------------------------------------------


def code(value: StrEnum | str, *, of: type[StrEnum] | None = None) -> str:
    """Give the German word of a code.

    Args:
        value: The code, best as a member of its list.
        of: The list, where the code is given as text. Without it the word must be the same in all lists.

    Raises:
        LookupError: No list has it, or the lists have different words for it.
    """
    if of is not None:
        return CODES[of][value]
    if isinstance(value, StrEnum):
        return CODES[type(value)][value.value]
    found = {words[value] for words in CODES.values() if value in words}
    if len(found) != 1:
        msg = f"code {value!r}: found {len(found)} German words, expected one; say of which list it is"
        raise LookupError(msg)
    return found.pop()


def event(type_name: str) -> str:
    """Give what a type of event is called, by its stored name such as `ballot-held/1`."""
    return LABELS[type_name]


def field(name: str) -> str:
    """Give what a field is called, by its name in the catalogue or in a nested record."""
    known = FIELDS.get(name)
    if known is not None:
        return known
    # What has words of its own for its code or date bears them beside it; some of them are named only by that.
    base = name.removesuffix("_literal")
    return f"{FIELDS[base]} im Wortlaut"


def kind(stream_kind: str) -> str:
    """Give what a kind of stream is called: Vorlage, Sitzung, Beschluss."""
    return KINDS[stream_kind]


def finding(finding_code: str) -> str:
    """Say in one sentence what a finding's code means; a code of nobody's but a person's own has one sentence too."""
    return FINDINGS.get(finding_code, NOTED)


# -- dates ----------------------------------------------------------------------------------------


def date(value: str) -> str:
    """Write a date of any precision: 2021, 12.2021, 08.12.2021, or 08.12.2021, 17:00 Uhr (+01:00)."""
    if len(value) == _YEAR:
        return value
    if len(value) == _MONTH:
        return f"{value[5:]}.{value[:4]}"
    day = f"{value[8:10]}.{value[5:7]}.{value[:4]}"
    if len(value) == _DAY:
        return day
    offset = "UTC" if value.endswith(_ZULU) else value[-_OFFSET:]
    time = value[11:].removesuffix(_ZULU) if value.endswith(_ZULU) else value[11:-_OFFSET]
    return f"{day}, {time.removesuffix(':00')} Uhr ({offset})"


def when(value: When | Dated | object) -> str:
    """Write when something happened, with its certainty; a date that is not in the reader's hands is said to be so."""
    if isinstance(value, Dated):
        if value.certainty in {Knowledge.WITHHELD, Knowledge.ERASED}:
            return f"Datum {code(value.certainty, of=Knowledge)}"
        return _when(Certainty(value.certainty), value.at, value.until, value.not_before, value.not_after)
    if isinstance(value, When):
        members = (stated(value.at), stated(value.until), stated(value.not_before), stated(value.not_after))
        return _when(value.certainty, *members)
    return "Datum vorenthalten" if value is WITHHELD else "Datum nicht erwähnt"


def _when(
    certainty: Certainty, at: str | None, until: str | None, not_before: str | None, not_after: str | None
) -> str:
    parts = []
    if at is not None:
        parts.append(date(at) if until is None else f"{date(at)} bis {date(until)}")
    elif until is not None:
        parts.append(f"bis {date(until)}")
    if not_before is not None:
        parts.append(f"frühestens {date(not_before)}")
    if not_after is not None:
        parts.append(f"spätestens {date(not_after)}")
    if not parts:
        return "Datum unbekannt" if certainty is Certainty.UNKNOWN else "ohne Datum"
    text = ", ".join(parts)
    return text if certainty is Certainty.STATED else f"{text} ({code(certainty)})"


def nothing(knowledge: Knowledge) -> str:
    """Say in what way a value is known or not: nicht erwähnt, leer gelassen, vorenthalten, gelöscht."""
    return code(knowledge)


# -- titles ---------------------------------------------------------------------------------------


def title(teller: Teller, stream: str) -> str:
    """Give what a stream is called in German: kind, number, day and subject, as far as known."""
    past, (kind_name, _, key) = teller.past, stream.partition(":")
    label = kind(kind_name)
    match past.whole_state(stream):
        case Proposal() as state:
            return _with(_numbered(label, state.reference), _about(state.subject))
        case Meeting() as state:
            return _meeting_title(teller, state, label)
        case Resolution() as state:
            made = state.made.record.occurred if state.made is not None else None
            day = f" vom {when(made)}" if isinstance(made, When) and stated(made.at) is not None else ""
            return _with(f"{_numbered(label, state.number)}{day}", _decided(teller, state))
        case Body() | Organ() | Group() as state:
            name = stated(state.name)
            return without_example(name) if name is not None else f"{label} {key}"
        case Custody() as state:
            reference = stated(state.filings[-1].event.file_reference) if state.filings else None
            return f"{label} {reference or key}"
        case Source() as state:
            return f"{label} {stated(state.url) or key}"
        case None:
            return f"{label} {key} ({_why_nothing(past, stream)})"
        case _:
            return _other_title(teller, stream, label)


def _why_nothing(past: Past, stream: str) -> str:
    if past.blocked(stream):
        return "gesperrt"
    if past.erased_tokens(stream):
        return "gelöscht"
    return "nicht gegeben" if past.archive.positions(stream) else "nicht im Auszug"


def _other_title(teller: Teller, stream: str, label: str) -> str:
    kind_name, _, key = stream.partition(":")
    if kind_name == "register":
        return without_example(teller.past.archive.register.name)
    if kind_name == "person":
        known = teller.person_name(key)
        return known.text if known.text is not None else f"{label} {key} (Name {nameless(teller, key)})"
    return f"{label} {key}"


def nameless(teller: Teller, key: str) -> str:
    """Say in what way the name behind a person key is not known; where nothing of the person is given, just that."""
    known = teller.person_name(key)
    is_given = bool(teller.past.archive.positions(f"person:{key}"))
    return nothing(known.state) if is_given or known.state is not Knowledge.NOT_MENTIONED else "nicht im Auszug"


def _meeting_title(teller: Teller, state: Meeting, label: str) -> str:
    number = stated(state.convened.event.number) if state.convened is not None else None
    starts = stated(state.starts_at)
    day = f" vom {date(starts[:_DAY])}" if starts is not None else ""
    organs = ", ".join(title(teller, organ) for organ in state.organs)
    return f"{label}{f' {number}' if number else ''}{day}{f', {organs}' if organs else ''}"


def _numbered(label: str, number: object) -> str:
    if isinstance(number, str):
        return f"{label} {number}"
    return f"{label} (Nummer vorenthalten)" if number is WITHHELD else f"{label} ohne Nummer"


def _about(subject: object) -> str | None:
    if isinstance(subject, str):
        return " ".join(subject.split())
    return "Gegenstand vorenthalten" if subject is WITHHELD else None


def _decided(teller: Teller, state: Resolution) -> str | None:
    """Give what a resolution is about: its own subject, else that of the proposal it decides."""
    about, proposal = _about(state.subject), stated(state.proposal)
    if about is not None or proposal is None:
        return about
    decided = teller.past.whole_state(proposal)
    return _about(decided.subject) if isinstance(decided, Proposal) else None


def _with(head: str, about: str | None) -> str:
    return f"{head}: {about}" if about else head
