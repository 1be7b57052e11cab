"""The renderings of an edition, under names that every file system takes."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from domain.meeting import Meeting
from domain.proposal import Proposal
from domain.values import stated
from projections.deliberations import treatments
from projections.export.pdf.press import print_sheet
from projections.export.pdf.proof import proof as proof_sheet
from projections.export.pdf.reading import reading
from projections.export.pdf.shapes import Rendering, RenderingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projections.export.edition import Edition
    from projections.export.pdf.press import Sheet
    from projections.export.pdf.shapes import ProofLines

_KIND: Final = "proposal"
_MEETING: Final = "meeting"
_DAY_END: Final = len("sitzung-2021-12-08")
_SPELLED: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_SEPARATOR: Final = re.compile(r"[^a-z0-9]+")
_SLUG_LENGTH_MAX: Final = 60


def files(edition: Edition, *, proof: ProofLines | None = None) -> Iterator[Rendering]:
    """Give the renderings of what the edition is about; nothing where there is nothing to render.

    Of a Vorlage its versions, then its Nachweis. Of a Sitzung that is named the versions of each Vorlage that it dealt
    with and that the edition holds, then the Nachweis of the Sitzung.

    Args:
        edition: The edition.
        proof: What a verification of the export rests on; None where no checkpoint goes with it.

    Raises:
        StorageError: The extra `pdf` is not installed.
    """
    taken: set[str] = set()
    told = set(edition.subjects(_KIND))
    for stream in edition.subjects(_KIND):
        yield from _renderings(edition, stream, _free(_slug(edition, stream), stream, taken), proof)
    # In an export of everything each Vorlage is a subject, and says what the meetings did with it.
    for stream in () if edition.terms.whole else edition.subjects(_MEETING):
        teller = edition.teller(stream)
        state = teller.past.state(stream)
        if not isinstance(state, Meeting):
            continue
        for proposal, _ in treatments(state):
            if proposal not in told:
                told.add(proposal)
                yield from _readings(edition, proposal, _free(_slug(edition, proposal), proposal, taken))
        slug = _free(_spelled(f"sitzung-{stated(state.starts_at) or ''}"[:_DAY_END]), stream, taken)
        yield _print(proof_sheet(edition, teller, state, lines=proof), f"nachweis-{slug}", stream, RenderingKind.PROOF)


def of_proposal(edition: Edition, stream: str, *, proof: ProofLines | None = None) -> Iterator[Rendering]:
    """Give the renderings of one Vorlage of the edition; their names are unique among these alone.

    Raises:
        StorageError: The extra `pdf` is not installed.
    """
    yield from _renderings(edition, stream, _slug(edition, stream) or stream.partition(":")[2], proof)


def _free(slug: str, stream: str, taken: set[str]) -> str:
    """Give a name that is not taken: a number may be used by two bodies, and whoever comes later bears its UUID too."""
    free = "-".join(filter(None, (slug, stream.partition(":")[2]))) if not slug or slug in taken else slug
    taken.add(free)
    return free


def _renderings(edition: Edition, stream: str, slug: str, proof: ProofLines | None) -> Iterator[Rendering]:
    yield from _readings(edition, stream, slug)
    teller = edition.teller(stream)
    state = teller.past.state(stream)
    if isinstance(state, Proposal):
        yield _print(proof_sheet(edition, teller, state, lines=proof), f"nachweis-{slug}", stream, RenderingKind.PROOF)


def _readings(edition: Edition, stream: str, slug: str) -> Iterator[Rendering]:
    teller = edition.teller(stream)
    state = teller.past.state(stream)
    if not isinstance(state, Proposal):
        return  # blocked or erased, or not in the excerpt: there is nothing to tell
    used: Counter[str] = Counter()
    for version in state.versions:
        number = stated(version.number)
        name = f"lesefassung-{slug}-v{number if number is not None else 'x'}"
        used[name] += 1
        # The same number may have been recorded twice; neither takes the other's place.
        name = f"{name}-{used[name]}" if used[name] > 1 else name
        sheet = reading(edition, teller, state, version)
        yield _print(sheet, name, stream, RenderingKind.READING, version=number)


def _print(sheet: Sheet, name: str, stream: str, kind: RenderingKind, *, version: int | None = None) -> Rendering:
    printed = print_sheet(sheet)
    return Rendering(
        name=f"{name}.pdf",
        data=printed.data,
        title=sheet.title,
        stream=stream,
        kind=kind,
        missing_glyphs=printed.missing_glyphs,
        version=version,
    )


def _slug(edition: Edition, stream: str) -> str:
    state = edition.past(stream).state(stream)
    reference = stated(state.reference) if isinstance(state, Proposal) else None
    return _spelled(reference or "")


def _spelled(text: str) -> str:
    spelled = text.lower().translate(_SPELLED)
    return _SEPARATOR.sub("-", spelled)[:_SLUG_LENGTH_MAX].strip("-")
