"""Making an export: from what was asked for to files under their final name, or nothing.

Everything is written beside its place and renamed there when it is whole and on disk. What is interrupted leaves a
folder that says in its name that it is unfinished, and nothing under the final one.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, cast

import msgspec
from msgspec import Struct, structs

from archive.archive import ERASED_SIZE
from archive.disclosure import base64url_decode, split
from archive.documents import sync_folder
from archive.errors import InputError, StorageError
from archive.excerpt import Audience, Terms, make_excerpt, release_of
from archive.intake.references import shown
from projections.export import oparl, pdf, xdomea
from projections.export.edition import Edition
from projections.export.files import slug
from projections.export.package import bag, contents
from projections.export.xdomea.cases import cases
from projections.export.xml import message
from projections.export.xml.schema import schema_bytes
from projections.neighbours import neighbours
from projections.projector import Views
from projections.refs import resolve
from projections.teller import Teller
from projections.timetravel import Horizon, Past

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from archive.archive import Archive
    from archive.excerpt import Excerpt
    from archive.store.sqlite import StoredRow

Format = Literal["xml", "xdomea", "pdf", "oparl", "package"]
KINDS: Final = ("proposal", "meeting", "resolution", "review", "custody")
# Above this an excerpt is read through views of its own instead of being held in memory.
EVENTS_IN_MEMORY_MAX: Final = 20_000
UNFINISHED: Final = ".unfinished"
_HUBS: Final = ("body:", "organ:", "group:")
_STREAM: Final = re.compile(rb"[a-z]{1,20}:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UUID: Final = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Wanted(Struct, frozen=True, kw_only=True):
    """What is to be exported, and how.

    Attributes:
        format: In which format.
        refs: What it is about; empty for the whole register.
        audience: For whom.
        ground: On what ground.
        with_blocked: Whether blocked events are given in whole.
        contents: What is to be in a package.
        order: The order for xdomea.
        base_url: Where the OParl objects will be served.
    """

    format: Format
    refs: tuple[str, ...] = ()
    audience: Audience = Audience.ARCHIVE
    ground: str | None = None
    with_blocked: bool = False
    contents: contents.Contents = contents.Contents()
    order: xdomea.Order = xdomea.Order()
    base_url: str | None = None


def wanted(  # one option each
    form: str,
    *,
    refs: tuple[str, ...],
    audience: str,
    ground: str | None,
    with_blocked: bool,
    left_out: tuple[str, ...],
    order: Mapping[str, str | None],
    base_url: str | None,
) -> Wanted:
    """Put options that were typed together.

    Raises:
        InputError: One is none.
    """
    try:
        ordered = msgspec.convert({k: v for k, v in order.items() if v is not None}, xdomea.Order)
        return Wanted(
            format=msgspec.convert(form, Format),
            refs=refs,
            audience=Audience(audience),
            ground=ground,
            with_blocked=with_blocked,
            contents=contents.Contents(
                parts=tuple(part for part in contents.OPTIONAL if part not in left_out),
                xdomea_version=ordered.version,
                by=ordered.by,
            ),
            order=ordered,
            base_url=base_url,
        )
    except msgspec.ValidationError as error:
        msg = f"export: {error}"
        raise InputError(msg, hint="see `ratsbuch export --help`") from error


class Exported(Struct, frozen=True, kw_only=True):
    """What was exported.

    Attributes:
        path: The file or folder.
        files: How many files.
        size: How many events the checkpoint in it is over.
        events: How many of them it gives.
        withheld: How many disclosures, events and documents are left out.
        digest: What stands for it when it is handed over: SHA-512 of the file, or of the package's tag manifest.
        missing: Mandatory data of xdomea that are not recorded; the package has no container then.
        glyphs: Characters that the PDFs show by their numbers, by file.
    """

    path: Path
    files: int
    size: int
    events: int
    withheld: dict[str, int]
    digest: str | None
    missing: tuple[xdomea.Missing, ...] = ()
    glyphs: tuple[tuple[str, tuple[str, ...]], ...] = ()


def export(
    archive: Archive,
    views: Views,
    wanted: Wanted,
    target: Path | None,
    *,
    day: str,
    version: str,
    progress: Callable[[str, int, int | None], None] | None = None,
) -> Exported:
    """Make an export; the archive is only read.

    Args:
        archive: The archive.
        views: Its views, up to date.
        wanted: What is to be exported.
        target: The final name; None for one made of what is exported, in the current folder.
        day: The day on whose visibility it rests.
        version: The version of Ratsbuch.
        progress: Told what is being done, and how much of it.

    Raises:
        InputError: A reference matches nothing or several things, or the terms do not fit.
        EvidenceError: No checkpoint is over what is asked for.
        IntegrityError: Something that would go out is damaged.
        StorageError: The target exists, or the disk does not take it; nothing lies under the final name.
    """
    _refuse_terms(wanted)
    subjects = tuple(dict.fromkeys(_subject(archive, ref, wanted) for ref in wanted.refs))
    terms = Terms(
        # OParl asks of every event itself who may see it, and it publishes persons in office: a rendering, no handover.
        audience=Audience.ARCHIVE if wanted.format == "oparl" else wanted.audience,
        ground=wanted.ground,
        with_blocked=wanted.with_blocked,
        whole=not subjects,
        subjects=subjects,
        day=day,
        version=version,
    )
    if wanted.format == "xdomea" and subjects:
        # Each record that becomes a Vorgang is a subject, so that the evidence in it alone gives the container again.
        about = tuple(case.stream for case in cases(Edition(archive, terms, views=views), wanted.order))
        terms = structs.replace(terms, subjects=about or subjects)
    told = progress or (lambda *_: None)
    place = target if target is not None else Path(_default_name(archive, subjects, wanted))
    _refuse_taken(place)
    with tempfile.TemporaryDirectory(prefix="ratsbuch-export-") as scratch:
        maker = _Maker(archive, views, wanted, terms, Path(scratch), told)
        with (
            maker.edition(terms, "excerpt", with_documents=wanted.format in {"package", "xdomea", "oparl"}) as made,
            _released(place, is_folder=wanted.format != "xml") as part,
        ):
            return maker.write(part, place, *made)


def _refuse_terms(wanted: Wanted) -> None:
    if wanted.with_blocked and wanted.audience is not Audience.ARCHIVE:
        msg = f"--with-blocked: found the audience {wanted.audience}, expected archive"
        raise InputError(msg, hint="what is blocked (gesperrt) is for archives alone")
    if wanted.audience is Audience.PARTICIPANT and wanted.ground is None:
        msg = "--audience participant: found no ground, expected --on-ground TEXT"
        raise InputError(msg, hint='name what entitles them, such as --on-ground "§ 29 VwVfG"')
    if wanted.ground is not None and not wanted.ground.strip():
        msg = "--on-ground: found nothing, expected the ground in words"
        raise InputError(msg)
    if wanted.format == "oparl" and not wanted.base_url:
        msg = "--format oparl: found no --base-url, expected the address under which the folder will be served"
        raise InputError(msg, hint="the objects name themselves by it, such as --base-url https://ris.example/oparl")
    if wanted.format == "oparl" and wanted.audience is not Audience.PUBLIC:
        msg = f"--format oparl: found the audience {wanted.audience}, expected public"
        raise InputError(msg, hint="OParl is what a city publishes: give --audience public")


def _subject(archive: Archive, ref: str, wanted: Wanted) -> str:
    past = Past(archive, Horizon(None, None), with_blocked=wanted.with_blocked)
    meant = resolve(Teller(past), ref)
    if meant.stream.partition(":")[0] not in KINDS:
        msg = f"found {shown(ref)}, expected a proposal, meeting, resolution, review or file"
        raise InputError(msg, hint="what belongs to it (bodies, organs, persons) goes with it")
    return meant.stream


def _default_name(archive: Archive, subjects: Sequence[str], wanted: Wanted) -> str:
    """Give a name for an export; a number may be withheld from all but archives, so theirs alone has it."""
    if not subjects:
        name = f"ratsbuch-{archive.register.id[:8]}"
    else:
        title = Teller(Past(archive, Horizon(None, None))).title(subjects[0]).partition(":")[0]
        kind, _, key = subjects[0].partition(":")
        called = slug(title) if wanted.audience is Audience.ARCHIVE else f"{kind}-{key}"
        name = f"ratsbuch-{called}" + ("" if len(subjects) == 1 else f"-und-{len(subjects) - 1}-weitere")
    return {"xml": f"{name}.xml", "package": name}.get(wanted.format, f"{name}-{wanted.format}")


def _refuse_taken(place: Path) -> None:
    if place.exists() or place.is_symlink():
        msg = f"{place}: exists already"
        raise StorageError(msg, hint="nothing is overwritten; name another target with -o")
    if not place.absolute().parent.is_dir():
        msg = f"{place}: its folder does not exist"
        raise StorageError(msg, hint="make the folder first, or name another target with -o")


@contextlib.contextmanager
def _released(place: Path, *, is_folder: bool) -> Iterator[Path]:
    """Give where to write, and put what was written under its final name when all went well."""
    parent = place.absolute().parent
    try:
        made = Path(tempfile.mkdtemp(prefix=f".{place.name[:80]}.", suffix=UNFINISHED, dir=parent))
    except OSError as error:
        msg = f"{parent}: cannot be written to: {error.strerror}"
        raise StorageError(msg, hint="name another target with -o") from error
    part = made / place.name
    try:
        if is_folder:
            part.mkdir()
        try:
            yield part
            if is_folder:
                for folder, _, _ in os.walk(part):
                    sync_folder(Path(folder))
            # Another export may have taken the name meanwhile, and a rename would replace an empty folder or a file.
            _refuse_taken(place)
            part.rename(place)
            sync_folder(parent)
        except OSError as error:
            msg = f"{place}: cannot be written: {error.strerror}"
            raise StorageError(msg, hint="nothing lies there; make room, or name another target with -o") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


class _Maker:
    """Makes excerpts and writes what is told of them."""

    def __init__(
        self,
        archive: Archive,
        views: Views,
        wanted: Wanted,
        terms: Terms,
        scratch: Path,
        told: Callable[[str, int, int | None], None],
    ) -> None:
        self._archive = archive
        self._views = views
        self._wanted = wanted
        self._terms = terms
        self._scratch = scratch
        self._told = told

    @contextlib.contextmanager
    def edition(self, terms: Terms, name: str, *, with_documents: bool) -> Iterator[tuple[Edition, Excerpt]]:
        """Make an excerpt on some terms, and give it opened."""
        folder = self._scratch / name
        folder.mkdir()
        given = () if terms.whole else given_with(self._archive, self._views, terms)
        excerpt = make_excerpt(
            self._archive,
            folder,
            terms,
            given,
            with_documents=with_documents,
            progress=lambda done, total: self._told("events", done, total),
        )
        try:
            with opened(excerpt, terms) as edition:
                yield edition, excerpt
        finally:
            excerpt.close()

    def write(self, part: Path, place: Path, edition: Edition, excerpt: Excerpt) -> Exported:
        """Write the export, and say what it is."""
        wanted = self._wanted
        digest: str | None = None
        missing: tuple[xdomea.Missing, ...] = ()
        glyphs: tuple[tuple[str, tuple[str, ...]], ...] = ()
        told = lambda done: self._told("elements", done, None)  # noqa: E731
        files = 0
        match wanted.format:
            case "xml":
                with part.open("xb") as out:
                    message.write(edition, excerpt, out, progress=told)
                    out.flush()
                    os.fsync(out.fileno())
                files, digest = 1, bag.file_digest(part)
            case "package":
                made = bag.Bag(part)
                filled = contents.fill(
                    made, edition, excerpt, wanted.contents, extract_of=self.extract_of, progress=told
                )
                made.seal(contents.info(edition, excerpt, wanted.contents, filled))
                missing, glyphs, digest = filled.missing, filled.glyphs, bag.digest_of_package(part)
                files = sum(1 for path in part.rglob("*") if path.is_file())
            case "pdf":
                rendered = [
                    (_write(part, rendering.name, rendering.data), rendering)
                    for rendering in pdf.files(edition, proof=contents.proved(edition, excerpt))
                ]
                files = len(rendered)
                if not rendered:
                    msg = "pdf: found nothing to render, expected a proposal, or a meeting that dealt with one"
                    raise InputError(msg, hint="name a proposal, or give --format package")
                glyphs = tuple((r.name, r.missing_glyphs) for _, r in rendered if r.missing_glyphs)
            case "xdomea":
                containers = xdomea.containers(
                    edition,
                    wanted.order,
                    evidence=self.extract_of,
                    schema=schema_bytes(),
                    renderings=lambda stream: tuple(pdf.of_proposal(edition, stream)) if pdf.available() else (),
                )
                files = sum(_write(part, file.name, file.data) for file in containers)
            case "oparl":
                files = sum(
                    _write(part, file.name, file.data)
                    for file in oparl.files(edition, wanted.base_url or "", checkpoint=excerpt.checkpoints()[0].note)
                )
        size = excerpt.checkpoints()[0].size
        return Exported(
            path=place,
            files=files,
            size=size,
            events=sum(1 for _ in excerpt.entries()),
            withheld=dict(excerpt.counts()),
            digest=digest,
            missing=missing,
            glyphs=glyphs,
        )

    def extract_of(self, stream: str) -> bytes:
        """Give the own XML about one record alone, on the same terms."""
        terms = one_of(self._terms, stream)
        path = self._scratch / "extract.xml"
        with (
            self.edition(terms, f"extract-{stream.replace(':', '-')}", with_documents=False) as (edition, excerpt),
            path.open("wb") as out,
        ):
            message.write(edition, excerpt, out)
        data = path.read_bytes()
        shutil.rmtree(self._scratch / f"extract-{stream.replace(':', '-')}")
        return data


def one_of(terms: Terms, stream: str) -> Terms:
    """Give the same terms for one record alone."""
    return Terms(
        audience=terms.audience,
        ground=terms.ground,
        with_blocked=terms.with_blocked,
        whole=False,
        subjects=(stream,),
        day=terms.day,
        version=terms.version,
    )


@contextlib.contextmanager
def opened(excerpt: Excerpt, terms: Terms) -> Iterator[Edition]:
    """Open an excerpt as an edition; a large one with views of its own."""
    with excerpt.open(terms) as archive, contextlib.ExitStack() as stack:
        views: Views | None = None
        if archive.size > EVENTS_IN_MEMORY_MAX:
            views = stack.enter_context(Views(archive))
            views.update()
        yield Edition(archive, terms, views=views, size=excerpt.checkpoints()[0].size)


def given_with(archive: Archive, views: Views, terms: Terms) -> frozenset[str]:
    """Give the streams that go with what an export is about.

    Persons go to an archive alone: which of them are there would say who voted.
    """
    # Each subject's alone, so that the extracts about single records together are the extract about all of them.
    given = frozenset(stream for subject in terms.subjects for stream in neighbours(archive, views, (subject,)))
    if terms.audience is Audience.ARCHIVE:
        return given | _persons_in(archive, given)
    return told_together(archive, terms, frozenset(s for s in given if not s.startswith("person:")))


def told_together(archive: Archive, terms: Terms, given: frozenset[str]) -> frozenset[str]:
    """Give the streams that hang together with the subjects by what the recipient may read.

    What is linked by a withheld statement alone would tell by being there that there is such a statement.
    """
    release = release_of(archive, terms)
    links: dict[str, set[str]] = {stream: set() for stream in given}
    rows = sorted(
        (cast("StoredRow", row) for stream in given for row in archive.recorder.select_events(stream)),
        key=lambda row: row.position,
    )
    for row in rows:
        released = release.of(row)
        if released.record is None:
            continue
        for part in (released.state.split(b".")[1], *split(released.disclosed)):
            for name in map(bytes.decode, _STREAM.findall(base64url_decode(part, what="an event"))):
                if name in links and name != row.stream:
                    links[row.stream].add(name)
                    if not row.stream.startswith(_HUBS):
                        links[name].add(row.stream)
    found: set[str] = set()
    waiting = [subject for subject in terms.subjects if subject in links]
    while waiting:
        stream = waiting.pop()
        if stream in found:
            continue
        found.add(stream)
        # Everything hangs together with everything by way of bodies and organs.
        if not stream.startswith(_HUBS):
            waiting.extend(links[stream])
        else:
            waiting.extend(name for name in links[stream] if name.startswith(_HUBS))
    return frozenset(found)


def _persons_in(archive: Archive, given: Iterable[str]) -> frozenset[str]:
    """Give the streams of the persons whose keys stand anywhere in the events of some streams."""
    known = {stream.partition(":")[2].encode(): stream for stream in archive.streams("person")}
    found: set[str] = set()
    for stream in given:
        for row in cast("Sequence[StoredRow]", archive.recorder.select_events(stream)):
            parts = row.state.split(b".")[1:2] if len(row.state) != ERASED_SIZE else []
            parts += split(row.disclosed)
            for part in parts:
                text = base64url_decode(part, what=f"{stream}: an event")
                found.update(known[key] for key in _UUID.findall(text) if key in known)
    return frozenset(found)


def _write(folder: Path, name: str, data: bytes) -> int:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    return 1
