"""Exports for tests: the demo register with a checkpoint over it, and excerpts of it on all terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from archive.archive import Archive
from archive.excerpt import ExcerptSource, make_excerpt
from archive.log.head import parse_head
from archive.log.note import parse_note
from archive.log.signing import read_log_signer
from archive.verify import Verdict, verify
from projections.export.checking import Verifier
from projections.export.exporting import Wanted, export
from projections.export.package.bag import file_digest
from projections.export.package.contents import Contents
from projections.projector import Views
from support.archives import pin_of
from support.demo import demo_archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from archive.excerpt import Excerpt, Terms
    from archive.verify import Evidence, Report
    from projections.export.exporting import Exported, Format
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


# -- whole exports --------------------------------------------------------------------------------


def exported(made: Made, target: Path, *refs: str, form: Format = "xml", **wanted: object) -> Exported:
    """Export records, or the whole register where none is named."""
    given = {"contents": Contents(parts=()), **wanted}
    with made.open() as archive, Views(archive) as views:
        views.update()
        return export(
            archive,
            views,
            Wanted(format=form, refs=refs, **given),  # type: ignore[arg-type]  # what a test gives
            target,
            day=DAY,
            version=VERSION,
        )


def checked(path: Path, anchor: str | None, *evidence: Evidence, version: str = VERSION) -> Report:
    """Verify an export as somebody does who has the anchor, and what he kept."""
    pin = None if anchor is None else pin_of(anchor)
    return Verifier(version=version, find_pin=lambda _: pin, evidence=lambda _, __: evidence).verify(path)


def findings(report: Report) -> set[tuple[int, str]]:
    """Give step and code of everything in a report that speaks against what was verified, or does not prove it."""
    return {
        (step.step, finding.code)
        for step in report.steps
        for finding in step.findings
        if finding.verdict is not Verdict.PASSED
    }


def reseal(package: Path) -> None:
    """Make the manifests of a package anew, as somebody does who changed something in it."""
    files = sorted(path for path in package.rglob("*") if path.is_file())
    names = {path.relative_to(package).as_posix(): path for path in files}
    payload = {name: path for name, path in names.items() if name.startswith("data/")}
    octets = sum(path.stat().st_size for path in payload.values())
    info = package / "bag-info.txt"
    lines = [line for line in info.read_text().splitlines() if not line.startswith("Payload-Oxum")]
    info.write_text("\n".join([*lines, f"Payload-Oxum: {octets}.{len(payload)}", ""]))
    _manifest(package / "manifest-sha512.txt", payload)
    tags = {name: path for name, path in names.items() if name not in payload and name != "tagmanifest-sha512.txt"}
    _manifest(package / "tagmanifest-sha512.txt", tags)


def _manifest(path: Path, files: Mapping[str, Path]) -> None:
    path.write_text("".join(f"{file_digest(file)}  {name}\n" for name, file in sorted(files.items())))


def replace(path: Path, old: str, new: str, *, count: int = 1) -> None:
    """Put another text into a file; a change that changes nothing is a fault of the test."""
    text = path.read_text()
    assert old in text, old
    path.write_text(text.replace(old, new, count))


def parsed(path: Path) -> etree._ElementTree:
    """Read a document as any parser does."""
    return etree.parse(str(path), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def write_tree(tree: etree._ElementTree, path: Path) -> None:
    """Write a document as another tool does."""
    tree.write(str(path), encoding="utf-8", xml_declaration=True)
