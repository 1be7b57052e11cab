"""Versions side by side, with the words that were put in and taken out."""

from __future__ import annotations

import itertools
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain.values import WITHHELD
from projections import proposals
from projections.compare.align import Budget
from projections.compare.shapes import BlockKind, Op
from projections.compare.texts import compare
from projections.compare.versions import TEXTS, VALUES
from projections.export import german
from projections.export.view.desk import heading, section, tag
from projections.export.view.html import el, lines, text_of
from projections.export.view.values import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.proposal import Proposal, Version
    from projections.compare.shapes import Block, Piece
    from projections.export.view.desk import Desk
    from projections.export.view.html import Element

_HIDDEN: Final = "nur-vorlesen"
# More versions than these are compared one by one with `ratsbuch diff`.
_PAIRS_MAX: Final = 12


def differences(desk: Desk, state: Proposal, *, level: int) -> Element | None:
    """Compare each version with the one before it; None where there is only one."""
    held = sorted((one for one in state.versions if isinstance(one.number, int)), key=_number)
    pairs = list(itertools.pairwise(held))
    if not pairs:
        return None
    # One budget for the page: its cost is bounded however many versions there are.
    budget = Budget()
    told = [_pair(desk, old, new, budget, level=level + 1) for old, new in pairs[-_PAIRS_MAX:]]
    more = len(pairs) - len(told)
    return section(
        level,
        "Fassungen im Vergleich",
        el("p", f"{more} ältere Vergleiche sind hier weggelassen; der Nachweis enthält alle Fassungen.")
        if more
        else None,
        told,
    )


def _number(version: Version) -> int:
    return version.number if isinstance(version.number, int) else 0


def _pair(desk: Desk, old: Version, new: Version, budget: Budget, *, level: int) -> Element:
    names = (f"Fassung {_number(old)}", f"Fassung {_number(new)}")
    gap = _number(new) - _number(old) - 1
    told = [
        found for name in (*TEXTS, *VALUES) if (found := _field(desk, name, old, new, names, budget, level)) is not None
    ]
    return section(
        level,
        f"{names[0]} und {names[1]}",
        el(
            "p",
            tag("Lücke", "fehlt"),
            " Dazwischen liegt eine Fassung, die hier nicht vorliegt."
            if gap == 1
            else f" Dazwischen liegen {gap} Fassungen, die hier nicht vorliegen.",
        )
        if gap > 0
        else None,
        told or el("p", "Kein Feld ist verschieden."),
        el("p", "Nicht genannte Felder sind in beiden Fassungen gleich.") if told else None,
    )


def _field(
    desk: Desk, name: str, old: Version, new: Version, names: tuple[str, str], budget: Budget, level: int
) -> Element | None:
    before, after = getattr(old, name), getattr(new, name)
    # Where both rest on the same event they are the same, readable or not.
    if before == after and before is not WITHHELD:
        return None
    if before is WITHHELD and after is WITHHELD and old.origins.get(name) == new.origins.get(name):
        return None
    title = heading(level + 1, german.field(name))
    if name in VALUES and _is_there(before) and _is_there(after):
        sides = [_changed(_plain(desk, name, value), op) for value, op in ((before, Op.DELETE), (after, Op.INSERT))]
        return el("div", title, _row(names, el("p", sides[0]), el("p", sides[1]), note="geändert"))
    if _is_there(before) and _is_there(after):
        blocks = compare(_plain(desk, name, before), _plain(desk, name, after), budget=budget)
        if all(block.kind in {BlockKind.SAME, BlockKind.LAYOUT} for block in blocks):
            return el("div", title, el("p", "Nur Zeilenumbrüche oder Abstände sind verschieden."))
        return el("div", title, comparison(blocks, names))
    return el("div", title, _row(names, _side(desk, old, name, before), _side(desk, new, name, after)))


def _is_there(value: object) -> bool:
    return value is not UNSET and value is not WITHHELD and value is not None


def _plain(desk: Desk, name: str, value: object) -> str:
    """Give what is compared: a text as it is, a code or a date in words, of a list one item a line."""
    if isinstance(value, str) and not isinstance(value, StrEnum):
        return value if name in TEXTS or name == "reference" else german.date(value)
    items = value if isinstance(value, tuple) else (value,)
    return "\n".join(text_of(words(desk, item)) for item in items)


def _side(desk: Desk, version: Version, name: str, value: object) -> object:
    if value is UNSET or value is WITHHELD or value is None:
        return el("p", desk.known(proposals.version_field(desk.teller, version, name)))
    return el("p", words(desk, value))


# -- paragraphs -----------------------------------------------------------------------------------


def comparison(blocks: Iterable[Block], names: tuple[str, str]) -> Element:
    """Give paragraphs side by side: left as it was, right as it is; what stayed the same stands once."""
    return el("div", [_block(block, names) for block in blocks], class_="vergleich")


def _block(block: Block, names: tuple[str, str]) -> Element:
    note = "geändert"
    match block.kind:
        case BlockKind.SAME | BlockKind.LAYOUT:
            note = "unverändert" if block.kind is BlockKind.SAME else "nur Abstände verändert"
            text = "".join(piece.text for piece in block.pieces if piece.op is not Op.DELETE)
            return el("div", _label(note, "gleich"), _paragraph(text), class_="zeile gleich")
        case BlockKind.INSERTED:
            return _row(names, None, _paragraph_of(block.pieces, Op.INSERT), note="eingefügter Absatz")
        case BlockKind.DELETED:
            return _row(names, _paragraph_of(block.pieces, Op.DELETE), None, note="entfernter Absatz")
        case BlockKind.MOVED:
            note = f"verschoben: in {names[0]} Absatz {block.old}, in {names[1]} Absatz {block.new}"
        case BlockKind.CHANGED:
            pass
    return _row(names, _paragraph_of(block.pieces, Op.DELETE), _paragraph_of(block.pieces, Op.INSERT), note=note)


def _row(names: tuple[str, str], old: object, new: object, *, note: str | None = None) -> Element:
    sides = [
        el("div", _label(name, "fassung"), content if content is not None else el("p", "–", class_="leer"), class_=look)
        for name, content, look in ((names[0], old, "alt"), (names[1], new, "neu"))
    ]
    return el(
        "div", _label(note, "art") if note is not None else None, el("div", sides, class_="seiten"), class_="zeile"
    )


def _label(text: str, look: str) -> Element:
    return el("p", text, class_=f"etikett {look}")


def _paragraph(text: str) -> Element:
    return el("p", lines(text.strip("\n")))


def _paragraph_of(pieces: tuple[Piece, ...], op: Op) -> Element:
    """Give one side of a paragraph: what is in both, and what is only there."""
    found: list[object] = []
    # Line breaks at the end belong to the spacing of paragraphs.
    for place, piece in enumerate(pieces):
        text = piece.text.rstrip("\n") if place == len(pieces) - 1 else piece.text
        if piece.op is Op.EQUAL:
            found.append(lines(text))
        elif piece.op is op and text:
            found.append(_changed(text, op))
    return el("p", found)


def _changed(text: str, op: Op) -> Element:
    if op is Op.INSERT:
        return el("ins", el("span", "eingefügt: ", class_=_HIDDEN), lines(text), el("span", " (Ende)", class_=_HIDDEN))
    return el("del", el("span", "entfernt: ", class_=_HIDDEN), lines(text), el("span", " (Ende)", class_=_HIDDEN))
