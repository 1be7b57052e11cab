"""What is recorded about a person (de: Auskunft nach Art. 15 DSGVO)?

Outside their own stream people are keys, so what is about one is what names the key, or an event that does: then the
correction, the note, the erasure and the release of such an event are about the person too. Their name may stand in
texts besides; that is looked for word by word and given apart, because others may bear it.

Of the others who are named in the same events nothing is told: a vote is given without those beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, Struct

from domain import events as e
from domain.events import CATALOGUE
from domain.text import strings
from domain.values import WITHHELD, stated
from projections.changes import summary
from projections.shapes import ErasureLine, Knowledge, Known, Shape
from projections.timetravel import moment
from projections.wording import code_text, cut, date_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from domain.stream import RecordedEvent
    from projections.teller import Teller

LAW: Final = (
    "Art. 15 DSGVO (Auskunft): everything that names the person by key, and where it is from. "
    "The article was not read for this program; whoever answers decides what is handed out."
)
NOT_CONTAINED: Final = (
    "texts inside documents: Vorlagen, annexes and minutes that are kept as files are not searched",
    "votes by groups: they do not say who of the group voted how; nor secret ballots, of which nobody recorded that",
    "what others did or said in the same events; `history` shows it (Art. 15(4) DSGVO: rights of others)",
    "spellings of the name other than those recorded, nicknames, initials",
    "backups, packages handed out, command files, the source system, and who read what: none of it is in the record",
    "purposes, recipients and periods (Art. 15(1)(a) to (d)): `docs/datenschutz.md` has the record to be filled in",
)
_EXCERPT: Final = 40  # characters on either side of a name
_SURNAME_MIN: Final = 3
_TITLES: Final = frozenset({"dr", "prof", "frau", "herr", "von", "van", "de", "zu"})
_IDENTIFIERS: Final = re.compile("[a-z]*:?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:#[0-9]+)?")


class Mention(Shape, frozen=True, kw_only=True):
    """Where and how an event is about the person.

    Attributes:
        category: `person`, `membership`, `vote`, `candidate`, `attendance`, `presiding`, `exclusion`, `motion`,
            `submitter`, `consulted`, `signature`, `objection`, `withdrawal`, `authority`, `key`, `source`,
            `correction`, `note`, `erasure`, `visibility`, `named`; in texts `full_name` or `surname`.
        path: The field.
        says: What stands there about the person; of a text, what stands around the name.
    """

    category: str
    path: str
    says: str


class RecorderLine(Shape, frozen=True, kw_only=True):
    """What the person recorded: how many events, in which roles, of which types, from when to when."""

    events: int
    roles: dict[str, int]
    types: dict[str, int]
    first_at: str
    last_at: str


class HiddenPlace(Shape, frozen=True, kw_only=True):
    """A field that may have named the person and cannot be shown: withheld, or erased by the event named."""

    event: str
    path: str
    state: Knowledge
    erased_by: str | None = None


class About(Shape, frozen=True, kw_only=True):
    """What is to be said besides the events.

    Attributes:
        person: The person's stream.
        names: Every name recorded, the newest first; empty where none is known, or it is gone.
        name_state: In what way the name is known.
        name_erased_by: The event that erased it.
        name_blocked: Whether the newest name stands in an event that is blocked (de: gesperrt) for this reader; the
            state is `withheld` then, unless an earlier name is shown.
        categories: How many mentions there are of each category.
        recorder: What the person recorded; None where that is nothing.
        erased: The events of the person's own stream whose tokens were erased.
        hidden: Fields for persons that were erased or are withheld, and, without path, tokens that were erased: whether
            they named this one is not known. Those of all times are given.
        law: What this answers.
        not_contained: What is in no part of it.
        blocked: How many blocked events were not looked through.
    """

    person: str
    names: tuple[str, ...]
    name_state: Knowledge
    name_erased_by: str | None
    categories: dict[str, int]
    recorder: RecorderLine | None
    erased: tuple[ErasureLine, ...]
    hidden: tuple[HiddenPlace, ...]
    law: str
    not_contained: tuple[str, ...]
    blocked: int
    name_blocked: bool = False


class AboutLine(Struct, frozen=True):
    """What one event says about the person, for certain and maybe."""

    mentions: tuple[Mention, ...] = ()
    maybe: tuple[Mention, ...] = ()


# What a person is in a field: by type and field, by field alone, by type alone.
_BY_FIELD: Final[Mapping[str, str]] = MappingProxyType(
    {
        "votes": "vote",
        "options": "candidate",
        "present": "attendance",
        "absent": "attendance",
        "presiding": "presiding",
        "secretary": "presiding",
        "moved_by": "motion",
        "submitters": "submitter",
        "consulted": "consulted",
        "signatories": "signature",
        "signatory": "signature",
        "raised_by": "objection",
        "withdrawn_by": "withdrawal",
        "authority": "authority",
    }
)
_BY_TYPE: Final[Mapping[type[e.Event], str]] = MappingProxyType(
    {
        e.MembershipChanged: "membership",
        e.AttendanceChanged: "attendance",
        e.MemberExcluded: "exclusion",
        e.SignerEnrolled: "key",
        e.SignerRevoked: "key",
        e.SourceObserved: "source",
        e.RecordCorrected: "correction",
        e.DiscrepancyNoted: "note",
        e.ContentErased: "erasure",
        e.VisibilityChanged: "visibility",
    }
)
# Whose whole line is about the person; of the others only what stands beside the key.
_WHOLE: Final = frozenset({"erasure", "visibility", "note", "source", "key"})
# Whose event is about the person alone; others whom it names, such as who declared somebody biased, are left out.
_OWN_FIELDS: Final = frozenset({"membership", "exclusion"})
_PLAIN_WORDS: Final = frozenset({"choice", "label", "literal", "office", "reason", "function", "form"})
_DATES: Final = frozenset({"begins", "ends", "signed_on"})


class Seeker:
    """Looks through events, in order of position, for what is about a person."""

    def __init__(self, teller: Teller, person: str) -> None:
        self._teller = teller
        self._key = person
        self._stream = f"person:{person}"
        self._ids: set[str] = set()
        self._names = self._known_names()
        self._patterns = tuple(_patterns(self._names))
        self._categories: Counter[str] = Counter()
        self._hidden: list[HiddenPlace] = []
        self._roles: Counter[str] = Counter()
        self._types: Counter[str] = Counter()
        self._recorded: list[int] = []

    def is_own(self, stream: str) -> bool:
        """Say whether a stream is that of the person."""
        return stream == self._stream

    def note_erased(self, event_id: str) -> None:
        """Remember a token that was erased: whether it named the person is not known any more."""
        stream, _, seq = event_id.partition("#")
        by = self._teller.past.erased_tokens(stream).get(int(seq))
        self._hidden.append(HiddenPlace(event=event_id, path="", state=Knowledge.ERASED, erased_by=by))

    def look_at(self, record: RecordedEvent, *, is_asked: bool = True) -> AboutLine:
        """Give what an event says about the person; counted is only what is asked for."""
        if is_asked and record.by.person == self._key:
            self._roles[record.by.role.value] += 1
            self._types[record.event.TYPE] += 1
            self._recorded = [*self._recorded[:1], record.recorded_at]
        mentions = tuple(self._mentions(record))
        if mentions:
            self._ids.add(record.id)
            if is_asked:
                self._categories.update(one.category for one in mentions)
        elif not self.is_own(record.stream):
            self._hidden += self._hidden_in(record)
        if self.is_own(record.stream):
            self._hidden += self._hidden_in(record)
            return AboutLine(mentions)
        return AboutLine(mentions, tuple(self._in_texts(record)))

    def about(self, *, blocked: int) -> About:
        """Give what is to be said besides the events looked at."""
        past = self._teller.past
        tokens = past.erased_tokens(self._stream)
        name = self._teller.person_name(self._key)
        if name.state is Knowledge.NOT_MENTIONED and tokens:
            name = Known(state=Knowledge.ERASED, erased_by=next(iter(tokens.values())))
        return About(
            person=self._stream,
            names=self._names,
            name_state=name.state,
            name_erased_by=name.erased_by,
            name_blocked=self._teller.is_name_blocked(self._key),
            categories=dict(sorted(self._categories.items())),
            recorder=self._recorder(),
            erased=tuple(
                ErasureLine(event=f"{self._stream}#{seq}", erased_by=one, erased_at=past.erased_at(one))
                for seq, one in sorted(tokens.items())
            ),
            hidden=tuple(self._hidden),
            law=LAW,
            not_contained=NOT_CONTAINED,
            blocked=blocked,
        )

    def _recorder(self) -> RecorderLine | None:
        if not self._recorded:
            return None
        return RecorderLine(
            events=sum(self._roles.values()),
            roles=dict(sorted(self._roles.items())),
            types=dict(sorted(self._types.items())),
            first_at=moment(self._recorded[0]),
            last_at=moment(self._recorded[-1]),
        )

    def _known_names(self) -> tuple[str, ...]:
        """Give the names that were ever recorded, as first stated and as corrected."""
        past = self._teller.past
        records = (*reversed(past.effective(self._stream)), *past.recorded(self._stream))
        names = (stated(one.event.name) for one in records if isinstance(one.event, e.PersonKnown))
        return tuple(dict.fromkeys(name for name in names if name is not None))

    # -- by key -----------------------------------------------------------------------------------

    def _mentions(self, record: RecordedEvent) -> Iterator[Mention]:
        if self.is_own(record.stream):
            category = _BY_TYPE.get(type(record.event), "person")
            yield Mention(category=category, path="", says=summary(self._teller, record))
            return
        seen: set[tuple[str, str]] = set()
        for path, parent, text in self._places(record):
            field = path.split("/")[1]
            category = _BY_FIELD.get(field) or _BY_TYPE.get(type(record.event), "named")
            says = self._says(record, category, path, parent, text)
            if (category, says) not in seen:
                seen.add((category, says))
                yield Mention(category=category, path=path, says=says)
        if not seen and isinstance(record.event, e.RecordCorrected):
            target = f"{record.stream}#{record.event.target}"
            if target in self._ids:
                yield Mention(category="correction", path="/target", says=f"of {target}, {record.event.path}")

    def _places(self, record: RecordedEvent) -> Iterator[tuple[str, object, str]]:
        """Give the places that name the person, or an event about them: path, what it stands in, the text."""
        for field in ("authority", "sources"):
            value = getattr(record, field)
            if isinstance(value, Struct | tuple):
                yield from self._inside(value, f"/{field}", value)
        for name in record.event.__struct_fields__:
            yield from self._inside(getattr(record.event, name), f"/{name}", record.event)

    def _inside(self, value: object, path: str, parent: object) -> Iterator[tuple[str, object, str]]:
        if isinstance(value, str):
            if value == self._key or value.partition("#")[0] == self._stream or value in self._ids:
                yield path, parent, value
        elif isinstance(value, Struct):
            for name in value.__struct_fields__:
                yield from self._inside(getattr(value, name), f"{path}/{name}", value)
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                yield from self._inside(item, f"{path}/{index}", item if isinstance(item, Struct) else parent)
        elif isinstance(value, msgspec.Raw):
            for inner, text in strings(value, path):
                if text == self._key or text.partition("#")[0] == self._stream:
                    yield inner, parent, text

    def _says(self, record: RecordedEvent, category: str, path: str, parent: object, text: str) -> str:
        if category == "correction" and isinstance(record.event, e.RecordCorrected):
            return f"of {record.stream}#{record.event.target}, {record.event.path}: {path.split('/')[1]} value"
        if category in {"erasure", "note"} and parent is not record.event:
            place = stated(getattr(parent, "path", UNSET))
            return f"{text} {place}" if place is not None else text
        if category in _WHOLE:
            return summary(self._teller, record)
        if parent is record.event and not (category in _OWN_FIELDS and path == "/person"):
            field = path.split("/")[1]
            change = getattr(record.event, "change", None)
            return code_text(change) if change is not None else code_text(field)
        field = path.split("/")[1]
        beside = self._beside(parent)
        return f"absent, {beside}".rstrip(", ") if field == "absent" else beside or code_text(field)

    def _beside(self, parent: object) -> str:
        """Give what stands beside the key in a record of its own, such as the choice of a vote."""
        if not isinstance(parent, Struct):
            return ""
        words = []
        for name in parent.__struct_fields__:
            value = stated(getattr(parent, name))
            if value is None or value == self._key or isinstance(value, Struct | tuple):
                continue
            if isinstance(value, str) and value.partition(":")[0] in {"organ", "group", "body"}:
                words.append(self._teller.name(value))
            elif isinstance(value, str) and _IDENTIFIERS.fullmatch(value):
                continue
            elif isinstance(value, bool):
                words.append(code_text(name) if value else f"not {code_text(name)}")
            elif name in _PLAIN_WORDS:
                words.append(cut(code_text(value), 80))
            else:
                shown = date_text(value) if name in _DATES and isinstance(value, str) else code_text(value)
                words.append(f"{code_text(name)} {shown}")
        return ", ".join(words)

    # -- what cannot be told ----------------------------------------------------------------------

    def _hidden_in(self, record: RecordedEvent) -> Iterator[HiddenPlace]:
        """Give the fields of an event that hold persons, or the person's own, and cannot be shown."""
        fields = CATALOGUE[record.event.TYPE].fields
        for name in record.event.__struct_fields__:
            holds_persons = fields[name] == "personal" or name in _BY_FIELD
            if getattr(record.event, name) is WITHHELD and holds_persons:
                by = self._teller.erased_by(record, f"data.{name}")
                state = Knowledge.ERASED if by else Knowledge.WITHHELD
                yield HiddenPlace(event=record.id, path=f"data.{name}", state=state, erased_by=by)

    # -- by name ----------------------------------------------------------------------------------

    def _in_texts(self, record: RecordedEvent) -> Iterator[Mention]:
        if not self._patterns:
            return
        for section in ("event", "sources"):
            prefix = "" if section == "event" else "/sources"
            for path, text in strings(getattr(record, section), prefix):
                if _IDENTIFIERS.fullmatch(text):
                    continue
                plain = unicodedata.normalize("NFC", text)
                for category, pattern in self._patterns:
                    match = pattern.search(plain)
                    if match is not None:
                        yield Mention(category=category, path=path, says=_around(plain, match))
                        break


def _patterns(names: tuple[str, ...]) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Give what the names look like in a text: the whole name in either order first, the surname alone second.

    A genitive s counts. Titles and forms of address are no part of a name here.
    """
    whole: dict[str, None] = {}
    surnames: dict[str, None] = {}
    for name in names:
        before, comma, after = unicodedata.normalize("NFC", name).partition(",")
        words = [word for part in (after, before) if comma or part for word in part.split()]
        words = [word for word in words if word.rstrip(".").casefold() not in _TITLES and not word.endswith(".")]
        if not words:
            continue
        surname = words[-1]
        if len(words) > 1:
            forward = r"\s+".join(map(re.escape, words))
            backward = rf"{re.escape(surname)},?\s+" + r"\s+".join(map(re.escape, words[:-1]))
            whole |= dict.fromkeys((forward, backward))
        if len(surname) >= _SURNAME_MIN:
            surnames[re.escape(surname)] = None
    for category, found in (("full_name", whole), ("surname", surnames)):
        if found:
            yield category, re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?:['’]?s|['’])?(?!\w)", re.IGNORECASE)


def _around(text: str, match: re.Match[str]) -> str:
    start, end = max(0, match.start() - _EXCERPT), min(len(text), match.end() + _EXCERPT)
    excerpt = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{excerpt}{'…' if end < len(text) else ''}"
