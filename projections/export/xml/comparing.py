"""Holding a document against the one that its own evidence gives: the same pieces, or a deviation is named.

The two are compared as XML, not as bytes: how lines are broken and elements are indented says nothing, and a document
that another tool wrote again is still the same one. Everything else has to be equal: every element, attribute and text.
A comment or a processing instruction is surplus: readers see the one, and programs may follow the other.
"""

from __future__ import annotations

import filecmp
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from projections.export.xml.parsing import ROOT, STRAY, key_of, local, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml import etree

    from projections.export.xml.parsing import Piece

DIFFERENCES_MAX: Final = 100
_SHOWN: Final = 200
# Elements of the evidence whose text is base64: where its lines are broken says nothing.
_BASE64: Final = frozenset(
    {"wortlaut", "wert", "offenlegung", "protokolleintrag", "oeffentlicherSchluessel", "zertifikat"}
)


class Difference(Struct, frozen=True, kw_only=True):
    """A place where a document says something else than its evidence.

    Attributes:
        part: `nachweis`, `inhalt`, or empty for a head.
        place: The piece, and the path inside it.
        found: What it says.
        expected: What the evidence gives.
    """

    part: str
    place: str
    found: str
    expected: str


def differences(found: Path, expected: Path) -> Iterator[Difference]:
    """Give where a document differs from the one made from its evidence; at most some hundred places.

    Raises:
        StructureError: The document is not built as the schema says.
    """
    # As nearly always: nobody wrote it again. The one made here was held against the schema where it was written.
    if filecmp.cmp(found, expected, shallow=False):
        return
    count = 0
    strays: list[Difference] = []
    for theirs, ours in zip_longest(_without_strays(found, strays), pieces(expected, is_checked=False)):
        here = key_of(theirs.element) if theirs is not None else "nothing"
        wanted = key_of(ours.element) if ours is not None else "nothing"
        part = theirs.part if theirs is not None else ours.part if ours is not None else ""
        if here != wanted:
            # What follows is shifted against the other from here on, so that nothing more could be said of it.
            yield Difference(part=part, place=part or "head", found=here, expected=wanted)
            break
        if theirs is None or ours is None:
            break
        # Of the root more may have been read by now than its attributes.
        for place in _of_piece(theirs.element, ours.element, here, part):
            yield Difference(part=part, place=place[0], found=place[1], expected=place[2])
            count += 1
        if count >= DIFFERENCES_MAX:
            break
    yield from strays


def _without_strays(found: Path, strays: list[Difference]) -> Iterator[Piece]:
    """Give the pieces that are elements, and put what else stands between them into a list."""
    for piece in pieces(found):
        if piece.name != STRAY:
            yield piece
        elif len(strays) < DIFFERENCES_MAX:
            text = str(piece.element.text or "")
            strays.append(
                Difference(
                    part=piece.part,
                    place=piece.part or "head",
                    found=f"{_name(piece.element)} {_shown(text)}",
                    expected="nothing",
                )
            )


def _of_piece(found: etree._Element, expected: etree._Element, place: str, part: str) -> Iterator[tuple[str, str, str]]:
    """Give the first difference in each part of a piece, so that none hides behind another."""
    if place == ROOT:
        # Of the root more may have been read by now than its attributes.
        first = _of_attributes(found, expected, place)
    elif part == "inhalt" and found.tag == expected.tag and len(found) == len(expected):
        first = _of_attributes(found, expected, place)
        for one, other in zip(found, expected, strict=True):
            inner = _first_difference(one, other, f"{place}/{_name(one)}", is_signed=False)
            if inner is not None:
                yield inner
        own = _own_text(found, is_signed=False), _own_text(expected, is_signed=False)
        if own[0] != own[1]:
            yield place, _shown(own[0]), _shown(own[1])
    else:
        first = _first_difference(found, expected, place, is_signed=part == "nachweis")
    if first is not None:
        yield first


def _of_attributes(found: etree._Element, expected: etree._Element, place: str) -> tuple[str, str, str] | None:
    for name in sorted({*found.attrib, *expected.attrib}, key=str):
        here, wanted = found.get(name), expected.get(name)
        if here != wanted:
            return f"{place}/@{name}", _shown(here), _shown(wanted)
    return None


def _first_difference(
    found: etree._Element, expected: etree._Element, place: str, *, is_signed: bool
) -> tuple[str, str, str] | None:
    if found.tag != expected.tag:
        return place, _name(found), _name(expected)
    if dict(found.attrib) != dict(expected.attrib):
        return _of_attributes(found, expected, place)
    here_text, wanted_text = _own_text(found, is_signed=is_signed), _own_text(expected, is_signed=is_signed)
    if here_text != wanted_text:
        return place, _shown(here_text), _shown(wanted_text)
    for one, other in zip_longest(found, expected):
        if one is None or other is None:
            surplus = one if one is not None else other
            return (
                f"{place}/{_name(surplus)}" if surplus is not None else place,
                "nothing" if one is None else f"{_name(one)} {_shown(one.text)}",
                "nothing" if other is None else f"{_name(other)} {_shown(other.text)}",
            )
        inner = _first_difference(one, other, f"{place}/{_name(one)}", is_signed=is_signed)
        if inner is not None:
            return inner
    return None


def _name(element: etree._Element) -> str:
    return local(element) if isinstance(element.tag, str) else "a comment or processing instruction"


def _own_text(element: etree._Element, *, is_signed: bool) -> str:
    """Give the text that counts: all of it in a leaf, what is no white space elsewhere."""
    text = element.text or ""
    if not len(element):
        return "".join(text.split()) if is_signed and _name(element) in _BASE64 else text
    return "".join(text.split()) + "".join("".join((each.tail or "").split()) for each in element)


def _shown(text: str | None) -> str:
    if text is None:
        return "nothing"
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "..")
