"""What can be seen in single events of any stream: texts, ends before beginnings, names of what is not there."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from domain import events as e
from domain.dates import is_before
from domain.findings.codes import Finding, found
from domain.text import REPLACEMENT, controls, is_nfc, outside_din_91379, strings
from domain.values import STREAM_KINDS, Validity, When, stated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from domain.annex import Annex
    from domain.stream import RecordedEvent

_TRUNCATED_AT: Final = 250
_REFERENCE: Final = re.compile(f"((?:{'|'.join(STREAM_KINDS)}):[0-9a-f-]{{36}})(?:#([1-9][0-9]*))?")
_TITLES: Final = frozenset({"name", "subject", "title"})
# The fields that hold names in the sense of DIN 91379; its types are meant for names, and a text that quotes with
# typographic marks and dashes, as printed papers do, is no fault.
_NAMED: Final = (e.BodyRegistered, e.BodyChanged, e.OrganRegistered, e.OrganChanged, e.GroupRegistered, e.GroupChanged)
_NAME_PATHS: Final = re.compile("/name|/signator(?:y|ies/[0-9]+)/literal")

_SPANS: Final[Mapping[type[e.Event], tuple[tuple[str, str], ...]]] = MappingProxyType(
    {
        e.RuleSetAdopted: (("valid_from", "valid_until"),),
        e.TermOpened: (("begins", "ends"),),
        e.MembershipChanged: (("begins", "ends"),),
        e.PersonKnown: (("born", "died"),),
        e.MeetingConvened: (("starts_at", "ends_at"),),
        e.MeetingMoved: (("starts_at", "ends_at"),),
        e.ResolutionMade: (("effective_from", "effective_until"),),
        e.Filed: (("opened_on", "closed_on"),),
        e.RetentionSet: (("starts_on", "ends_on"),),
    }
)


def of_annexes(annexes: Iterable[Annex]) -> Iterator[Finding]:
    """Give the annexes that are referred to, not held, and not taken back."""
    for annex in annexes:
        if annex.is_held is False and annex.withdrawn is None:
            yield found(
                "ANNEX_NOT_HELD",
                annex.attached.id,
                text="an annex is referred to, and it was not there when that was recorded",
                part_of_decision=stated(annex.attached.event.part_of_decision),
            )


def of_events(records: Iterable[RecordedEvent], exists: Callable[[str], bool]) -> Iterator[Finding]:
    """Give the findings that a single event shows.

    Args:
        records: The events of a stream, corrections applied. What a correction quotes is not looked at: the words
            it put right are no longer there, and those it brought in stand in the event it corrected.
        exists: Whether a stream is recorded.
    """
    for record in records:
        if not isinstance(record.event, e.RecordCorrected):
            yield from _spans(record)
            yield from _texts(record, exists)


def _spans(record: RecordedEvent) -> Iterator[Finding]:
    event = record.event
    spans: list[tuple[str, object, object]] = [
        (f"/data/{end}", getattr(event, begin), getattr(event, end)) for begin, end in _SPANS.get(type(event), ())
    ]
    validity = getattr(event, "validity", None)
    if isinstance(validity, Validity):
        spans.append(("/data/validity/ends", validity.begins, validity.ends))
    for path, begins, ends in spans:
        begin, end = _date(begins), _date(ends)
        if begin is not None and end is not None and is_before(end, begin):
            yield found(
                "END_BEFORE_START",
                record.id,
                text=f"{path} is {end}, and the beginning is {begin}",
                path=path,
                begins=begin,
                ends=end,
            )


def _date(value: object) -> str | None:
    if isinstance(value, When):
        value = value.at
    return value if isinstance(value, str) else None


def _texts(record: RecordedEvent, exists: Callable[[str], bool]) -> Iterator[Finding]:
    places: dict[str, list[str]] = {}
    characters: dict[str, set[str]] = {}
    missing: dict[str, str] = {}
    for section in ("event", "sources", "authority"):
        for path, text in strings(getattr(record, section), "/data" if section == "event" else f"/{section}"):
            for code, named in _odd(record.event, path, text):
                places.setdefault(code, []).append(path)
                characters.setdefault(code, set()).update(named)
            reference = _REFERENCE.fullmatch(text)
            if reference is not None and reference[1] != record.stream and not exists(reference[1]):
                missing.setdefault(text, path)
    for code, paths in places.items():
        shown = ", ".join(sorted(characters[code])) or None
        yield found(
            code,
            record.id,
            text=_SAYS[code] + " " + ", ".join(paths[:10]) + (f" ({shown})" if shown else ""),
            paths=", ".join(paths[:10]),
            characters=shown,
        )
    for reference_, path in missing.items():
        yield found(
            "DANGLING_REFERENCE",
            record.id,
            text=f"{path} names {reference_}, which is not recorded",
            path=path,
            names=reference_,
        )


_SAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "NON_NFC": "text not in the composed normal form at",
        "CONTROL_CHAR": "characters that do not show at",
        "REPLACED_CHARACTER": "U+FFFD stands for a lost character at",
        "CHARACTER_OUTSIDE_DIN_91379": "characters unknown to DIN 91379 in the name at",
        "TRUNCATED_TEXT": f"text of exactly {_TRUNCATED_AT} characters that ends in a word at",
    }
)


def _odd(event: e.Event, path: str, text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give what is odd about one text, with the characters that make it so."""
    title = path.rpartition("/")[2] in _TITLES
    if title and len(text) == _TRUNCATED_AT and text[-1].isalnum():
        yield "TRUNCATED_TEXT", ()
    if text.isascii() and text.isprintable():
        return
    if not is_nfc(text):
        yield "NON_NFC", ()
    shown_wrong = controls(text, title=title)
    if shown_wrong:
        yield "CONTROL_CHAR", shown_wrong
    if REPLACEMENT in text:
        yield "REPLACED_CHARACTER", ()
    is_name = isinstance(event, (*_NAMED, e.PersonKnown)) or "/signator" in path
    outside = outside_din_91379(text) if is_name and _NAME_PATHS.search(path) else ()
    if outside:
        yield "CHARACTER_OUTSIDE_DIN_91379", outside
