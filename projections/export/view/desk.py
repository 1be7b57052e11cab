"""What the parts of a page share: who tells, what stands on the page, and how to point to it."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from projections.deliberations import Deliberations
from projections.export import german
from projections.export.files import document_name
from projections.export.gaps import Silence
from projections.export.view.html import el, joined, text_of
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.proposal import Proposal
    from domain.stream import RecordedEvent
    from projections.export.edition import Edition
    from projections.export.view.html import Element
    from projections.shapes import Dated, DocumentLine, Known

# What a stream is called in an address.
WORDS: Final = {
    "proposal": "vorlage",
    "meeting": "sitzung",
    "resolution": "beschluss",
    "review": "rechtskontrolle",
}
_THERE: Final = frozenset({Knowledge.STATED, Knowledge.INFERRED, Knowledge.STATED_AS_NONE})
_DATE: Final = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?)?)?\Z")
_KIB: Final = 1024


class Proof(Struct, frozen=True, kw_only=True):
    """What a package adds to the page about its proof.

    Attributes:
        size: How many events the newest checkpoint covers.
        checkpoint: The signed note of that checkpoint.
        documents: The names under `dokumente/` by digest, where they are other than `document_name` gives.
    """

    size: int | None = None
    checkpoint: str | None = None
    documents: tuple[tuple[str, str], ...] = ()


class Desk:
    """Where one page is made.

    Args:
        edition: What is told.
        proof: What the package adds.
        subjects: The streams that the page is about.
        pages: The page of each stream that has one.
        page: The name of this one.
    """

    def __init__(
        self, edition: Edition, proof: Proof, subjects: tuple[str, ...], *, pages: Mapping[str, str], page: str
    ) -> None:
        self.edition = edition
        self.proof = proof
        self.subjects = subjects
        self.pages = pages
        self.page = page
        self.teller = edition.teller(*subjects)
        self.past = self.teller.past
        self.anchors: set[str] = set()
        self.entries: Mapping[str, int] = {}
        self._names = dict(proof.documents)
        self._charts = 0

    @functools.cached_property
    def deliberations(self) -> Deliberations:
        """What meetings did with the proposals."""
        return Deliberations(self.past)

    def silence(self, state: Proposal) -> Silence:
        """Give what is not told of a proposal because it is not given."""
        return Silence(self.edition, state, self.deliberations)

    # -- pointing ---------------------------------------------------------------------------------

    def link(self, stream: str, text: str | None = None) -> object:
        """Point to where a stream stands; only name it where it stands nowhere in this export."""
        words = text if text is not None else self.title(stream)
        key = anchor(stream)
        if key in self.anchors:
            return el("a", words, href=f"#{key}")
        page = self.pages.get(stream)
        if page is None:
            return words
        return el("a", words, href=page if page != self.page else f"{page}#{key}")

    def event(self, event_id: str | None) -> object:
        """Point to an event in the history of the page."""
        if event_id is None:
            return None
        position = self.entries.get(event_id)
        if position is None:
            return el("span", f"Eintrag {event_id.rpartition('#')[2]} ({self.title(event_id.partition('#')[0])})")
        return el("a", f"Eintrag {position}", href=f"#eintrag-{position}", class_="eintrag")

    def mark(self, event_id: str | None) -> object:
        """Point to an event behind a value; nothing where it is not in the history of the page."""
        if event_id is None or event_id not in self.entries:
            return None
        position = self.entries[event_id]
        return el("a", f"E\u00a0{position}", href=f"#eintrag-{position}", class_="beleg", title=f"Eintrag {position}")

    def chart_key(self) -> str:
        """Give what the ids of the next chart begin with."""
        self._charts += 1
        return f"diagramm-{self._charts}"

    # -- names ------------------------------------------------------------------------------------

    def title(self, stream: str) -> str:
        """Give what a stream is called."""
        return german.title(self.teller, stream)

    def person(self, key: str) -> str:
        """Give the name behind a person key, or say why there is none."""
        known = self.teller.person_name(key)
        if known.text is not None:
            return known.text
        if key == self.edition.register.id:
            return "Wurzelschlüssel des Ratsbuchs"
        return f"Person {key} (Name {german.nameless(self.teller, key)})"

    # -- values -----------------------------------------------------------------------------------

    def known(
        self,
        known: Known,
        say: Callable[[object], object] | None = None,
        *,
        literal: bool = True,
        mark: bool = True,
    ) -> list[object]:
        """Tell a value with the way in which it is known.

        Args:
            known: The value.
            say: Gives its words; None for the value itself.
            literal: Whether the words of the source stand beside it, where they are others.
            mark: Whether the event that states it is pointed to.
        """
        found: list[object] = []
        if known.state in _THERE and known.value is not None:
            words = say(known.value) if say is not None else known.text
            found.append(words)
            if known.literal is not None and literal and known.literal != text_of(words):
                found.append(self.quote(known.literal))
            if known.state is Knowledge.INFERRED:
                found.append(tag("erschlossen"))
        else:
            found.append(nothing(known.state))
            if known.literal is not None and literal:
                found.append(self.quote(known.literal))
            if known.erased_by is not None:
                found.append(joined(["gelöscht durch", self.event(known.erased_by)], " "))
        if mark:
            found.append(self.mark(known.event))
        return joined(found, " ")

    @staticmethod
    def quote(text: str) -> Element:
        """Give words of a source beside a value."""
        return el("span", f"„{text}“", class_="wortlaut")

    @staticmethod
    def date(value: object) -> object:
        """Give a date for people and for machines."""
        text = str(value)
        return el("time", german.date(text), datetime=text) if _DATE.match(text) else text

    def dated(self, dated: Dated) -> list[object]:
        """Give when something happened, with what is not certain about it."""
        found: list[object] = []
        if dated.at is not None:
            found.append(self.date(dated.at))
            if dated.until is not None:
                found += ["bis", self.date(dated.until)]
        if dated.not_before is not None:
            found += ["nicht vor dem", self.date(dated.not_before)]
        if dated.not_after is not None:
            found += ["nicht nach dem", self.date(dated.not_after)]
        if dated.certainty == "inferred":
            found.append(tag("erschlossen"))
        elif not found:
            words = {"withheld": "vorenthalten", "erased": "gelöscht"}.get(dated.certainty, "unbekannt")
            found.append(el("span", f"Datum {words}", class_="nichts"))
        if dated.literal is not None:
            found.append(self.quote(dated.literal))
        return joined(found, " ")

    def moment(self, record: RecordedEvent) -> object:
        """Give when an event was recorded."""
        return self.date(self.teller.provenance(record).recorded_at)

    # -- documents --------------------------------------------------------------------------------

    def document(self, line: DocumentLine) -> Element:
        """Tell of a document: whether it is held, its digest, and where it lies in the package."""
        title = line.title or "ohne Titel"
        digest, href = line.digest, None
        if line.state is Knowledge.STATED and digest is not None and self.edition.document(digest) is not None:
            name = self._names.get(digest) or document_name(
                self.edition.register.id, digest, media_type=line.media_type, title=line.title
            )
            href = f"../dokumente/{name}"
        facts: list[object] = [el("a", title, href=href) if href is not None else title]
        if line.state is Knowledge.STATED:
            facts.append(
                tag("liegt bei") if href is not None else tag("liegt dem Register vor, ist hier nicht beigefügt")
            )
        elif line.state is Knowledge.NOT_HELD:
            facts.append(tag("liegt nicht vor", "fehlt"))
        else:
            facts.append(nothing(line.state))
        if line.erased_by is not None:
            facts.append(joined(["gelöscht durch", self.event(line.erased_by)], " "))
        if line.media_type is not None:
            facts.append(el("span", line.media_type, class_="neben"))
        if line.size is not None:
            facts.append(el("span", size_text(line.size), class_="neben"))
        return el(
            "div",
            el("p", joined(facts, " · ")),
            el("p", el("span", "SHA-512: ", class_="neben"), el("code", digest)) if digest is not None else None,
            class_="dokument",
        )


def anchor(stream: str) -> str:
    """Give where a stream stands on its page."""
    kind, _, key = stream.partition(":")
    return f"{WORDS.get(kind, kind)}-{key}"


def tag(text: str, look: str = "") -> Element:
    """Give a short word that qualifies what it stands beside."""
    return el("span", text, class_=f"marke {look}".strip())


def nothing(state: Knowledge) -> Element:
    """Say in what way something is not known; never with an empty place."""
    return el("span", german.nothing(state), class_="nichts")


def not_given() -> Element:
    """Say that what may have said something is not in this reader's hands."""
    return el("span", german.NOT_GIVEN, class_="nichts")


def size_text(size: int) -> str:
    """Write a size as German texts do, in whole numbers."""
    if size < _KIB:
        return f"{size} Byte"
    if size < _KIB * _KIB:
        return f"{-(-size // _KIB)} KiB"
    return f"{-(-size // (_KIB * _KIB))} MiB"


def definitions(rows: list[tuple[str, object]], **attributes: str | None) -> Element | None:
    """Give a list of terms with what is said to each; None where there is none."""
    if not rows:
        return None
    pairs = [el("div", el("dt", label), el("dd", content)) for label, content in rows]
    return el("dl", pairs, **attributes)


def section(level: int, title: object, *content: object, key: str | None = None, look: str | None = None) -> Element:
    """Give a section with its heading."""
    return el("section", heading(level, title), *content, id=key, class_=look)


def heading(level: int, *content: object, **attributes: str | None) -> Element:
    """Give a heading; there are no more than six levels."""
    return el(f"h{min(level, 6)}", *content, **attributes)


def place(desk: Desk, name: str) -> str | None:
    """Give a place that the head of the page points to; on a page of several subjects there is no one such place."""
    return name if len(desk.subjects) == 1 else None
