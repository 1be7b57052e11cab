"""What an export was, for whoever made it: on a terminal, and as the document of `export --json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from projections.export.exporting import Exported, Wanted

FORMAT: Final = "ratsbuch-export/1"
_KINDS: Final = {
    "package": "package (BagIt 1.0)",
    "xml": "XML (XRatsbuch)",
    "xdomea": "xdomea",
    "pdf": "PDF/A-2a (rendering)",
    "oparl": "OParl 1.1 (rendering)",
}


class MissingLine(Struct, frozen=True, kw_only=True):
    """Something mandatory in xdomea that is not recorded."""

    stream: str
    title: str
    element: str
    found: str
    supplied_by: str


class ExportDocument(Struct, frozen=True, kw_only=True):
    """The document of `export --json`; `digest` is what `custody transfer` records, null for renderings."""

    format: str
    kind: str
    path: str
    audience: str
    ground: str | None
    files: int
    events: int
    size: int
    withheld: dict[str, int]
    digest: str | None
    missing: tuple[MissingLine, ...]
    missing_glyphs: dict[str, tuple[str, ...]]


def document(done: Exported, wanted: Wanted) -> ExportDocument:
    """Give what was exported as it stands in JSON."""
    return ExportDocument(
        format=FORMAT,
        kind=wanted.format,
        path=str(done.path),
        audience=wanted.audience.value,
        ground=wanted.ground,
        files=done.files,
        events=done.events,
        size=done.size,
        withheld=done.withheld,
        digest=done.digest,
        missing=tuple(
            MissingLine(
                stream=one.stream, title=one.title, element=one.element, found=one.found, supplied_by=one.supplied_by
            )
            for one in done.missing
        ),
        missing_glyphs=dict(done.glyphs),
    )


def text(told: ExportDocument) -> str:
    """Give what was exported in words."""
    return "\n".join(_lines(told))


def _lines(told: ExportDocument) -> Iterator[str]:
    files = "1 file" if told.files == 1 else f"{told.files} files"
    yield f"exported   {told.path}: {_KINDS[told.kind]}, {files}"
    ground = "" if told.ground is None else f", on the ground: {told.ground}"
    yield f"audience   {told.audience}{ground}"
    if told.digest is None:
        if told.kind == "xdomea":
            yield f"events     under the checkpoint over {told.size}; each Vorgang has its evidence beside it"
            yield f"check it   ratsbuch verify {told.path}/*.zip"
            return
        yield f"rests on   the checkpoint over {told.size} events; a rendering proves nothing by itself"
        return
    yield f"events     {told.events} of {told.size}, under the checkpoint over {told.size}"
    left = ", ".join(f"{count} {what}" for what, count in told.withheld.items() if count)
    yield f"left out   {left or 'nothing'}{', each listed' if left else ''}"
    yield f"digest     {told.digest[:64]}"
    yield f"           {told.digest[64:]}"
    yield f"check it   ratsbuch verify {told.path}"


def notes(done: Exported) -> Iterator[str]:
    """Give what its maker has to know besides."""
    for one in done.missing:
        yield f"no xdomea container: {one.title}: {one.element}: {one.found}; supplied by {one.supplied_by}"
    for name, characters in done.glyphs:
        yield f"{name}: shown by their numbers, because no font has them: {', '.join(characters)}"
