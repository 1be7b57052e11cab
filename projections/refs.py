"""What a reader means: a stream, an event, a look-up, or a bare number.

    proposal:0190…-…                      a stream
    proposal:0190…-…#3                    an event
    proposal:{reference=0640}             a look-up (`archive.intake.references`)
    0640, 5/2023                          a Vorlagen-Nr. or Beschluss-Nr.
    proposal …33fd0#3, 01a226dd…          a stream or event by the part of its key that a page shows, if only one fits

Nothing is guessed: what matches nothing or several things is refused, with what it may have meant. A number or name
that stands only in blocked events (de: gesperrt) matches nothing for a reader who does not see them: that there is such
a thing would be told by the answer. An id is no such secret, and what is behind it is said to be blocked.
"""

from __future__ import annotations

import difflib
import itertools
import re
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from archive.directory import NAMED_BY, keys_of
from archive.errors import InputError
from archive.intake.references import shown, stream_of
from domain import values as x
from domain.body import Body
from domain.events import PersonKnown, RecordCorrected
from domain.group import Group
from domain.meeting import Meeting
from domain.organ import Organ
from domain.person import Person
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.values import STREAM_KINDS, stated
from projections import searching
from projections.timetravel import NOW, Past, moment
from projections.wording import counted, cut, date_text, when_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from archive.archive import RegisterInfo
    from projections.projector import Views
    from projections.teller import Teller

_EVENT: Final = re.compile(r"(.+)#([1-9][0-9]{0,9})\Z", re.DOTALL)
_SHOWN_MAX: Final = 8
_NAMED: Final = ("body", "organ", "group", "person")
_NEAR_MIN: Final = 0.5
# As pages shorten keys, with the sign or with the dots that a keyboard has.
_SHORT: Final = re.compile(r"(?:([a-z]+)[ :]\s*)?([0-9a-f-]*)(?:…|\.{2,3})([0-9a-f-]*)\Z")
_SHORT_MIN: Final = 4
# Every text that a thing was ever called by; a correction's old and new one have a row each.
_WORDS: Final = {
    "proposal": (
        "SELECT stream, reference FROM versions WHERE reference IS NOT NULL "
        "UNION SELECT stream, subject FROM versions WHERE subject IS NOT NULL"
    ),
    "resolution": (
        "SELECT stream, number FROM resolutions WHERE number IS NOT NULL "
        "UNION SELECT stream, subject FROM resolutions WHERE subject IS NOT NULL"
    ),
    "meeting": "SELECT stream, number FROM meetings WHERE number IS NOT NULL",
}


class Meant(Struct, frozen=True):
    """What a reference means: a stream and, where an event was asked for, its id."""

    stream: str
    event: str | None


def resolve(teller: Teller, ref: str, *, views: Views | None = None) -> Meant:
    """Give what a reference means at the reader's horizon.

    Args:
        teller: Tells.
        ref: The reference.
        views: The views, up to date: with them only what may have been meant is read to name it.

    Raises:
        InputError: It matches nothing, or several things; the hint lists them.
    """
    past = teller.past
    event = _EVENT.match(ref)
    text = event[1] if event else ref
    stream = _stream(teller, text.strip(), views)
    if not past.exists(stream):
        raise _not_there(teller, ref, stream)
    if event is None:
        return Meant(stream, None)
    event_id = f"{stream}#{event[2]}"
    last = past.last_seq(stream)
    if int(event[2]) > last:
        raise InputError(f"found {shown(ref)}, but {teller.title(stream)} has {counted(last, 'event')}")
    return Meant(stream, event_id)


def _stream(teller: Teller, text: str, views: Views | None) -> str:
    if (short := short_key(text)) is not None:
        return _by_short_key(teller, text, short)
    kind, colon, _ = text.partition(":")
    if not (colon and kind in STREAM_KINDS):
        return _by_number(teller, text, views)
    noting = _Noting(teller.past, views)
    try:
        return stream_of(text, directory=noting)
    except InputError as error:
        if noting.found:
            raise InputError(error.message, hint=candidates(teller, noting.found)) from error
        if noting.asked:
            raise InputError(error.message, hint=near(teller, noting.asked, kind=kind, views=views)) from error
        raise


class ShortKey(Struct, frozen=True):
    """A key as pages shorten it: its beginning, its end, and the kind of stream where that stands before it."""

    kind: str | None
    begins: str
    ends: str

    def fits(self, key: str) -> bool:
        """Say whether a key may be meant."""
        return key.startswith(self.begins) and key.endswith(self.ends)


def short_key(text: str) -> ShortKey | None:
    """Read a shortened key; None where a text is none, or says too little of one."""
    found = _SHORT.match(text)
    if found is None or len(found[2]) + len(found[3]) < _SHORT_MIN or found[1] not in {None, *STREAM_KINDS}:
        return None
    return ShortKey(*found.groups())


def streams_of_short_key(past: Past, short: ShortKey) -> tuple[str, ...]:
    """Give the streams that a shortened key may mean at a reader's horizon."""
    kinds = STREAM_KINDS if short.kind is None else (short.kind,)
    every = (stream for kind in kinds for stream in past.archive.streams(kind))
    return tuple(stream for stream in every if short.fits(stream.partition(":")[2]) and past.exists(stream))


def _by_short_key(teller: Teller, text: str, short: ShortKey) -> str:
    found = streams_of_short_key(teller.past, short)
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"found {shown(text)}, which is the shortened key of {len(found)} things; expected one",
            hint=candidates(teller, found),
        )
    raise InputError(
        f"found {shown(text)}, but no key on record is shortened so", hint="`ratsbuch list` shows what is recorded"
    )


class _Noting:
    """The archive as a directory that remembers what was looked up, so that candidates can be described."""

    def __init__(self, past: Past, views: Views | None) -> None:
        self._past = past
        self._views = views
        self.found: tuple[str, ...] = ()
        self.asked = ""

    @property
    def register(self) -> RegisterInfo:
        """The register."""
        return self._past.archive.register

    def streams(self, kind: str, /) -> tuple[str, ...]:
        """Give the streams of a kind."""
        # Only this kind is read, however much else there is.
        every = self._past.archive.streams(kind)
        self.found = tuple(stream for stream in every if self._past.recorded(stream))
        return self.found

    def find(self, kind: str, keys: Mapping[str, str], /) -> tuple[str, ...]:
        """Give the streams of a kind that fit the keys, as far as they had been recorded."""
        if "on" in keys:
            self._check_day(keys["on"])
        fitting = lookup(self._past, kind, keys, views=self._views)
        found = tuple(stream for stream in fitting if self._past.exists(stream))
        self.found = found or self.found
        self.asked = keys.get("name") or " ".join(keys.values())
        return found

    def _check_day(self, text: str) -> None:
        """Refuse what is no date: that nothing is recorded of the 30th of February says nothing about the record."""
        try:
            msgspec.convert(text, x.Date)
        except msgspec.ValidationError as error:
            self.found, self.asked = (), ""
            raise InputError(f"on: found {shown(text)}, expected a date: YYYY, YYYY-MM or YYYY-MM-DD") from error

    def inner(self, stream: str, kind: str, key: str, /) -> tuple[str, ...]:
        """Give the ids that a key means inside a stream."""
        return self._past.archive.inner(stream, kind, key)


def lookup(past: Past, kind: str, keys: Mapping[str, str], *, views: Views | None = None) -> tuple[str, ...]:
    """Give the streams of a kind that fit the keys by events that this reader may see.

    What they had been recorded as by the position looked at comes first; where nothing fitted then, a number that was
    recorded later finds its stream all the same.
    """
    return lookup_then(past, kind, keys, views=views) or _lookup_now(past, kind, keys)


def lookup_then(past: Past, kind: str, keys: Mapping[str, str], *, views: Views | None = None) -> tuple[str, ...]:
    """Give the streams of a kind that fit the keys as they had been recorded by the position looked at."""
    until = past.horizon.position
    if until is None:
        return _lookup_now(past, kind, keys)
    values: list[tuple[str, ...]] = []
    for key, value in keys.items():
        named = NAMED_BY.get(key)
        if named is None or value.startswith(f"{named[0]}:"):
            values.append((value,))
        else:
            values.append((*lookup(past, named[0], {named[1]: value}, views=views), value))
    found: dict[str, None] = {}
    for one in itertools.product(*values):
        found |= dict.fromkeys(past.archive.find(kind, dict(zip(keys, one, strict=True))))
    # The index has what stands there now: what was corrected since may have had other keys.
    found |= dict.fromkeys(_corrected_since(past, kind, until, views))
    wanted = [{(key, value) for value in some} for key, some in zip(keys, values, strict=True)]
    return tuple(sorted(stream for stream in found if _fits(past, kind, stream, wanted)))


def _corrected_since(past: Past, kind: str, position: int, views: Views | None) -> Iterator[str]:
    """Give the streams of a kind in which a correction was recorded after a position, however often."""
    if views is not None:
        # Of the views all corrections are taken: what the stream was by then is read from its events.
        rows = views.connection.execute("SELECT DISTINCT stream FROM corrections WHERE stream GLOB ?", (f"{kind}:*",))
        return (stream for (stream,) in rows.fetchall())
    later = past.archive.events_between(after=position)
    return (one.stream for one in later if isinstance(one.event, RecordCorrected) and one.stream.startswith(f"{kind}:"))


def _lookup_now(past: Past, kind: str, keys: Mapping[str, str]) -> tuple[str, ...]:
    """Give the streams of a kind that fit the keys as they are recorded now."""
    found = past.archive.find(kind, keys)
    if past.with_blocked or not found:
        return found
    seen = past if past.horizon.position is None else Past(past.archive, NOW)
    wanted = []
    for key, value in keys.items():
        named = NAMED_BY.get(key)
        if named is None or value.startswith(f"{named[0]}:"):
            wanted.append({(key, value)})
        else:
            wanted.append({(key, stream) for stream in _lookup_now(seen, named[0], {named[1]: value})} | {(key, value)})
    return tuple(stream for stream in found if _fits(seen, kind, stream, wanted))


def _fits(seen: Past, kind: str, stream: str, wanted: Iterable[set[tuple[str, str]]]) -> bool:
    """Say whether a stream has one of each key by events that are shown."""
    records = seen.effective(stream)
    have = set(keys_of(records))
    if kind == "person":
        known = (record.event for record in records if isinstance(record.event, PersonKnown))
        have |= {("name", name) for event in known for name in (event.name, event.office) if isinstance(name, str)}
    return all(have & any_of for any_of in wanted)


def _by_number(teller: Teller, text: str, views: Views | None) -> str:
    """Give the proposal or resolution that bears a number."""
    past = teller.past
    named = (("proposal", {"reference": text}), ("resolution", {"number": text}))
    every = tuple(stream for kind, keys in named for stream in lookup_then(past, kind, keys, views=views))
    # Only a number that nothing bore then is taken for one that was recorded later.
    every = every or tuple(stream for kind, keys in named for stream in _lookup_now(past, kind, keys))
    found = tuple(stream for stream in every if past.exists(stream))
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"found {shown(text)}, which {len(found)} things bear as their number; expected one",
            hint=candidates(teller, found),
        )
    if every:
        raise _not_there(teller, text, every[0])
    record = "on record"
    if blocked := past.blocked_count() if views is None else searching.blocked_count(views, past):
        record = f"that you may see on record ({counted(blocked, 'blocked event')} not shown (gesperrt))"
    raise InputError(
        f"found {shown(text)}, which is no Vorlagen-Nr. or Beschluss-Nr. {record}, no stream, event or look-up",
        hint=near(teller, text, views=views),
    )


def _not_there(teller: Teller, ref: str, stream: str) -> InputError:
    """Say that something is recorded, but was not by then; or not at all."""
    first = next(iter(teller.past.archive.history(stream)), None)
    if first is None and teller.past.is_erased_ever(stream):
        return InputError(
            f"found {shown(ref)}, but nothing was recorded of it by then", hint="its token was erased since"
        )
    if first is None:
        return InputError(f"found {shown(ref)}, but nothing is recorded of it", hint="`ratsbuch list` shows what is")
    return InputError(
        f"found {shown(ref)}, but nothing was recorded of it by then",
        hint=f"its first event was recorded at {moment(first.recorded_at)}, at position {first.position}",
    )


# -- what it may have meant -----------------------------------------------------------------------


def candidates(teller: Teller, streams: Iterable[str]) -> str:
    """Describe streams one a line, by title, date and id."""
    every = tuple(dict.fromkeys(streams))
    lines = [f"{stream}  {cut(_described(teller, stream), 90)}" for stream in every[:_SHOWN_MAX]]
    if len(every) > _SHOWN_MAX:
        lines.append(f"and {len(every) - _SHOWN_MAX} more")
    return "\n".join(["one of these may be meant:", *lines])


def _described(teller: Teller, stream: str) -> str:
    state, title = teller.past.whole_state(stream), teller.title(stream)
    if not isinstance(state, Proposal):
        return title
    date = stated(state.current.document_date) if state.current is not None else None
    occurred = when_text(state.registered.record.occurred) if state.registered is not None else ""
    return f"{title} ({date_text(date) if date else occurred or 'no date'})"


def near(teller: Teller, text: str, *, kind: str | None = None, views: Views | None = None) -> str:
    """Describe what is most like a text: by number, by the words of the subject, or by name.

    Args:
        teller: Tells.
        text: What was asked for.
        kind: The kind of stream that was asked for; what goes by names is only like others of its kind.
        views: The views, up to date: with them only what has texts that are alike is read.
    """
    scored: list[tuple[float, str]] = []
    words = text.casefold()
    for looked_at in (kind,) if kind in _NAMED else ("proposal", "resolution", "meeting"):
        for stream in _alike(teller.past, words, looked_at, views):
            best = max((_likeness(words, one.casefold()) for one in _texts(teller, stream)), default=0.0)
            if best >= _NEAR_MIN:
                scored.append((best, stream))
    if not scored:
        return "`ratsbuch list` shows what is recorded"
    scored.sort(key=lambda pair: -pair[0])
    return candidates(teller, (stream for _, stream in scored))


def _alike(past: Past, words: str, kind: str, views: Views | None) -> Iterator[str]:
    """Give the streams of a kind that may be like a text, in the order of their first events.

    The views have the texts of every moment and for every reader, so what they call unlike is so for this one.
    """
    every: Iterable[str] = past.archive.streams(kind)
    if views is not None and kind in _WORDS:
        rows = views.connection.execute(_WORDS[kind])
        like = {stream for stream, text in rows if _likeness(words, text.casefold()) >= _NEAR_MIN}
        every = (stream for stream in every if stream in like)
    return (stream for stream in every if past.recorded(stream))


def _likeness(words: str, text: str) -> float:
    """Say how alike two texts are, from 0 to 1: a part of a subject is as good as a near number.

    What is less alike than matters is not worked out to the end.
    """
    if len(words) > 2 and words in text:  # noqa: PLR2004  # two letters stand in every subject
        return 1.0
    matcher = difflib.SequenceMatcher(None, words, text)
    if matcher.real_quick_ratio() < _NEAR_MIN or matcher.quick_ratio() < _NEAR_MIN:
        return 0.0
    return matcher.ratio()


def _texts(teller: Teller, stream: str) -> tuple[str, ...]:
    state = teller.past.whole_state(stream)
    found: tuple[object, ...] = ()
    if isinstance(state, Proposal):
        found = (state.reference, state.subject)
    elif isinstance(state, Resolution):
        found = (state.number, state.subject)
    elif isinstance(state, Meeting) and state.convened is not None:
        found = (state.convened.event.number,)
    elif isinstance(state, Body | Organ | Group | Person):
        found = (state.name,)
    return tuple(text for text in found if isinstance(text, str))
