"""What a reader means: a stream, an event, a look-up, or a bare number.

    proposal:0190…-…                      a stream
    proposal:0190…-…#3                    an event
    proposal:{reference=0640}             a look-up (`archive.intake.references`)
    0640, 5/2023                          a Vorlagen-Nr. or Beschluss-Nr.

Nothing is guessed: what matches nothing or several things is refused, with what it may have meant.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import InputError
from archive.intake.references import shown, stream_of
from domain.meeting import Meeting
from domain.proposal import Proposal
from domain.resolution import Resolution
from domain.values import STREAM_KINDS, stated
from projections.timetravel import moment
from projections.wording import counted, cut, date_text, when_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from archive.archive import RegisterInfo
    from projections.teller import Teller
    from projections.timetravel import Past

_EVENT: Final = re.compile(r"(.+)#([1-9][0-9]{0,9})\Z", re.DOTALL)
_SHOWN_MAX: Final = 8
_NEAR_MIN: Final = 0.5


class Meant(Struct, frozen=True):
    """What a reference means: a stream and, where an event was asked for, its id."""

    stream: str
    event: str | None


def resolve(teller: Teller, ref: str) -> Meant:
    """Give what a reference means at the reader's horizon.

    Raises:
        InputError: It matches nothing, or several things; the hint lists them.
    """
    past = teller.past
    event = _EVENT.match(ref)
    text = event[1] if event else ref
    stream = _stream(teller, text.strip())
    if not past.exists(stream):
        raise _not_there(teller, ref, stream)
    if event is None:
        return Meant(stream, None)
    event_id = f"{stream}#{event[2]}"
    last = past.last_seq(stream)
    if int(event[2]) > last:
        raise InputError(f"found {shown(ref)}, but {teller.title(stream)} has {counted(last, 'event')}")
    return Meant(stream, event_id)


def _stream(teller: Teller, text: str) -> str:
    kind, colon, _ = text.partition(":")
    if not (colon and kind in STREAM_KINDS):
        return _by_number(teller, text)
    noting = _Noting(teller.past)
    try:
        return stream_of(text, directory=noting)
    except InputError as error:
        if noting.found:
            raise InputError(error.message, hint=candidates(teller, noting.found)) from error
        if noting.asked:
            raise InputError(error.message, hint=near(teller, noting.asked)) from error
        raise


class _Noting:
    """The archive as a directory that remembers what was looked up, so that candidates can be described."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self.found: tuple[str, ...] = ()
        self.asked = ""

    @property
    def register(self) -> RegisterInfo:
        """The register."""
        return self._past.archive.register

    def streams(self, kind: str, /) -> tuple[str, ...]:
        """Give the streams of a kind."""
        self.found = self._past.streams(kind)
        return self.found

    def find(self, kind: str, keys: Mapping[str, str], /) -> tuple[str, ...]:
        """Give the streams of a kind that fit the keys, as far as they had been recorded."""
        found = tuple(stream for stream in self._past.archive.find(kind, keys) if self._past.exists(stream))
        self.found = found or self.found
        self.asked = " ".join(keys.values())
        return found

    def inner(self, stream: str, kind: str, key: str, /) -> tuple[str, ...]:
        """Give the ids that a key means inside a stream."""
        return self._past.archive.inner(stream, kind, key)


def _by_number(teller: Teller, text: str) -> str:
    """Give the proposal or resolution that bears a number."""
    archive = teller.past.archive
    every = (*archive.find("proposal", {"reference": text}), *archive.find("resolution", {"number": text}))
    found = tuple(stream for stream in every if teller.past.exists(stream))
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"found {shown(text)}, which {len(found)} things bear as their number; expected one",
            hint=candidates(teller, found),
        )
    if every:
        raise _not_there(teller, text, every[0])
    raise InputError(
        f"found {shown(text)}, which is no Vorlagen-Nr. or Beschluss-Nr. on record, no stream, event or look-up",
        hint=near(teller, text),
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


def near(teller: Teller, text: str) -> str:
    """Describe what is most like a text: by number, or by the words of the subject."""
    scored: list[tuple[float, str]] = []
    words = text.casefold()
    for kind in ("proposal", "resolution", "meeting"):
        for stream in teller.past.streams(kind):
            best = max((_likeness(words, one.casefold()) for one in _texts(teller, stream)), default=0.0)
            if best >= _NEAR_MIN:
                scored.append((best, stream))
    if not scored:
        return "`ratsbuch list` shows what is recorded"
    scored.sort(key=lambda pair: -pair[0])
    return candidates(teller, (stream for _, stream in scored))


def _likeness(words: str, text: str) -> float:
    """Say how alike two texts are, from 0 to 1: a part of a subject is as good as a near number."""
    if len(words) > 2 and words in text:  # noqa: PLR2004  # two letters stand in every subject
        return 1.0
    return difflib.SequenceMatcher(None, words, text).ratio()


def _texts(teller: Teller, stream: str) -> tuple[str, ...]:
    state = teller.past.whole_state(stream)
    found: tuple[object, ...] = ()
    if isinstance(state, Proposal):
        found = (state.reference, state.subject)
    elif isinstance(state, Resolution):
        found = (state.number, state.subject)
    elif isinstance(state, Meeting) and state.convened is not None:
        found = (state.convened.event.number,)
    return tuple(text for text in found if isinstance(text, str))
