"""What lists and views over a whole register are narrowed to: codes, days, organs, persons."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import structs

from archive.errors import InputError
from archive.intake.references import nearest, shown
from domain import values as x
from domain.dates import first_day, last_day
from domain.events import SignerEnrolled
from domain.organ import Organ
from domain.person import Person
from domain.values import stated
from projections.refs import candidates, lookup, resolve, short_key, streams_of_short_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.teller import Teller

_KEY: Final = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NEAR_MIN: Final = 0.5
_ALL_PERSONS: Final = "`ratsbuch list --kind person` shows the persons, `ratsbuch keys list` who may record"


def check_code(value: str, allowed: Sequence[str], *, what: str) -> None:
    """Refuse a code that is none of those allowed.

    Raises:
        InputError: It is none; the hint names the nearest.
    """
    if value not in allowed:
        raise InputError(
            f"{what}: found {shown(value)}, expected one of {', '.join(allowed) or 'none recorded'}",
            hint=nearest(value, allowed),
        )


def check_dates(*, date_from: str | None, date_to: str | None) -> None:
    """Refuse what is no date, and an end before its beginning.

    Raises:
        InputError: One of the two is no date, or they leave no day between them.
    """
    for name, date in (("from", date_from), ("to", date_to)):
        try:
            msgspec.convert(date, x.Date | None)
        except msgspec.ValidationError as error:
            raise InputError(
                f"{name}: found {shown(str(date))}, expected a date: YYYY, YYYY-MM or YYYY-MM-DD"
            ) from error
    if date_from is not None and date_to is not None and last_day(date_to) < first_day(date_from):
        raise InputError(f"from: found {date_from}, which is after the end of the time asked for, {date_to}")


def is_within(date: str | None, date_from: str | None, date_to: str | None) -> bool | None:
    """Say whether a date lies between two days; None where that cannot be told."""
    if date_from is None and date_to is None:
        return True
    if date is None:
        return None
    first, last = first_day(date), last_day(date)
    low = first_day(date_from) if date_from is not None else first
    high = last_day(date_to) if date_to is not None else last
    if last < low or first > high:
        return False
    return True if first >= low and last <= high else None


# -- organs ---------------------------------------------------------------------------------------


def organs_named(teller: Teller, text: str) -> frozenset[str]:
    """Give the organs that a name, an id or a look-up means; organs of several bodies may bear the same name.

    A name may be given with that of the body, as lists show it: `Kreistag (Musterkreis)`. A former name counts where
    this reader may see the event that gave it.

    Raises:
        InputError: It means none; the message names those recorded.
    """
    if text.startswith("organ:"):
        return frozenset({resolve(teller, text).stream})
    past = teller.past
    every = past.streams("organ")
    found = frozenset(stream for stream in lookup(past, "organ", {"name": text}) if past.exists(stream))
    found = found or frozenset(stream for stream in every if teller.name(stream) == text)
    if not found:
        names = tuple(sorted({teller.name(stream) for stream in every}))
        states = (teller.past.whole_state(stream) for stream in every)
        bare = tuple(sorted({name for one in states if isinstance(one, Organ) and (name := stated(one.name))}))
        raise InputError(
            f"organ: found {shown(text)}, expected one of {', '.join(names) or 'none recorded'}",
            hint=" ".join(filter(None, (nearest(text, bare), "`ratsbuch list --kind organ` shows all"))),
        )
    return found


# -- persons --------------------------------------------------------------------------------------


def person_named(teller: Teller, text: str, *, what: str) -> str:
    """Give the key of the person that a key, a stream, a look-up, a name or an office means.

    Nothing is guessed: a name counts where it is the whole of one, whatever its capitals.

    Raises:
        InputError: It means nobody or several; the hint lists those whom it may mean.
    """
    past = teller.past
    bare = text.removeprefix("person:")
    if _KEY.fullmatch(bare):
        if past.exists(f"person:{bare}") or bare in _enrolled(teller) or bare == past.archive.register.id:
            return bare
        raise InputError(
            f"{what}: found {shown(text)}, but no person of this key is recorded",
            hint=_ALL_PERSONS,
        )
    if (short := short_key(text)) is not None and short.kind in {None, "person"}:
        keys = {
            stream.partition(":")[2] for stream in streams_of_short_key(past, structs.replace(short, kind="person"))
        }
        keys |= {key for key in (*_enrolled(teller), past.archive.register.id) if short.fits(key)}
        if len(keys) == 1:
            return keys.pop()
        several = (
            f"is the shortened key of {len(keys)} persons; expected one" if keys else "shortens no key of a person"
        )
        raise InputError(
            f"{what}: found {shown(text)}, which {several}",
            hint=candidates(teller, sorted(f"person:{key}" for key in keys)) if keys else _ALL_PERSONS,
        )
    if text.startswith("person:"):
        return resolve(teller, text).stream.partition(":")[2]
    words = folded(text)
    every = past.streams("person")
    found = tuple(stream for stream in every if words in {folded(one) for one in names_of(teller, stream)})
    if len(found) == 1:
        return found[0].partition(":")[2]
    if found:
        raise InputError(
            f"{what}: found {shown(text)}, which {len(found)} persons are called; expected one",
            hint=candidates(teller, found),
        )
    near = _near(teller, every, words)
    raise InputError(
        f"{what}: found {shown(text)}, which is the name or office of no person on record",
        hint=candidates(teller, near)
        if near
        else "`ratsbuch list --kind person` shows the persons; a name that was erased is found no more, its key is",
    )


def _enrolled(teller: Teller) -> frozenset[str]:
    """Give the holders of keys: whoever records need not be known as a person."""
    past = teller.past
    register = past.recorded(f"register:{past.archive.register.id}")
    holders = (stated(record.event.person) for record in register if isinstance(record.event, SignerEnrolled))
    return frozenset(holder for holder in holders if holder is not None)


def names_of(teller: Teller, stream: str) -> tuple[str, ...]:
    """Give every name and office that a person was ever recorded under, the newest first."""
    state = teller.past.whole_state(stream)
    if not isinstance(state, Person):
        return ()
    found = [text for fact in reversed(state.known) for text in (stated(fact.event.name), stated(fact.event.office))]
    return tuple(dict.fromkeys(text for text in found if text is not None))


def _near(teller: Teller, every: Sequence[str], words: str) -> tuple[str, ...]:
    """Give the persons whom a text may mean: a word of it is one of theirs, or it is nearly the same."""
    asked = set(words.split())
    scored: list[tuple[float, str]] = []
    for stream in every:
        names = [folded(name) for name in names_of(teller, stream)]
        best = max((_likeness(asked, words, name) for name in names), default=0.0)
        if best >= _NEAR_MIN:
            scored.append((best, stream))
    return tuple(stream for _, stream in sorted(scored, key=lambda pair: -pair[0]))


def _likeness(asked: set[str], words: str, name: str) -> float:
    return 1.0 if asked & set(name.split()) else difflib.SequenceMatcher(None, words, name).ratio()


def folded(text: str) -> str:
    """Give a text as it is compared: composed, without capitals, with single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
