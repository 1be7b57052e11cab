"""Exports for tests: the demo register with a checkpoint over it, and excerpts of it on all terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archive.archive import Archive
from archive.excerpt import ExcerptSource, make_excerpt
from archive.log.head import parse_head
from archive.log.note import parse_note
from archive.log.signing import read_log_signer
from archive.verify import verify
from support.archives import pin_of
from support.demo import demo_archive

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from archive.excerpt import Excerpt, Terms
    from archive.verify import Evidence, Report
    from support.archives import Made

DAY = "2026-11-24"
VERSION = "0.1.0"


def checkpointed(made: Made) -> None:
    """Sign the checkpoint that a recording command would have ended with."""
    with made.open() as archive:
        archive.checkpoint(read_log_signer(made.key_folder(), archive.log_keys_at(archive.size)))


def demo_export_archive(folder: Path) -> Made:
    """Record the demo register and sign a checkpoint over it."""
    made = demo_archive(folder)
    checkpointed(made)
    return made


def excerpt_of(
    made: Made, folder: Path, terms: Terms, given: Iterable[str] = (), *, with_documents: bool = True
) -> Excerpt:
    """Make an excerpt in a folder of its own."""
    folder.mkdir()
    with Archive.open(made.folder, means=made.means) as archive:
        return make_excerpt(archive, folder, terms, given, with_documents=with_documents)


def size_of(excerpt: Excerpt) -> int:
    """Give how many events its newest checkpoint is over."""
    return int(parse_head(parse_note(excerpt.checkpoints()[0].note).text).size)


def verified(excerpt: Excerpt, *, anchor: str, evidence: tuple[Evidence, ...] = ()) -> Report:
    """Run steps 1 to 8 over an excerpt."""
    source = ExcerptSource(folder=excerpt.folder, name="the excerpt", log_size=size_of(excerpt))
    try:
        return verify(source, pin=pin_of(anchor), evidence=evidence)
    finally:
        source.close()
