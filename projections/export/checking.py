"""Verifying an export: how it is built, the procedure over its evidence, and every readable statement made again.

0. structure: manifests and names, the schema, terms that fit what is given
1 to 8. the procedure of the archive, over the excerpt that the evidence gives
9. views: everything that is written for people is made again from that excerpt, and compared

An export needs no archive. Nothing in it is believed: terms are what it says of itself, and decide only what is made
again; keys, roots and erasures come from its tokens.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from archive.disclosure import base64url_decode
from archive.errors import EvidenceError, InputError, IntegrityError, StorageError
from archive.excerpt import Audience, ExcerptSource, Terms
from archive.excerpt.making import ONLY_IN_PACKAGE
from archive.excerpt.omissions import unfit
from archive.log.head import parse_head
from archive.log.note import parse_note
from archive.verify import Report, RestsOn, Verdict, verify
from archive.verify.report import VIEWS, Ledger, with_steps
from projections.export import containing, pdf
from projections.export.exporting import one_of, opened
from projections.export.files import document_name
from projections.export.package import bag, contents
from projections.export.xml import comparing, message, reading
from projections.export.xml.layout import AFTER_ENTRIES, FINDINGS_LAST
from projections.export.xml.parsing import StructureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Executor

    from archive.excerpt import Excerpt
    from archive.log.policy import Policy
    from archive.verify import Evidence

STRUCTURE: Final = 0
# Registers, tokens, streams, disclosures and meaning: without one of them the events say nothing that could be told.
_NEEDED: Final = frozenset({1, 2, 3, 6, 8})
_BODY: Final = re.compile(rb'"(body:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})["#]')
_ZIP_MAGIC: Final = b"PK\x03\x04"
_UTF_16: Final = (b"\xff\xfe<", b"\xfe\xff\x00<")
_HEAD_BYTES: Final = 512
# What follows from facts by rules; another version of the program may have had other rules.
_DERIVED: Final = frozenset(child.name for children in (*AFTER_ENTRIES.values(), FINDINGS_LAST) for child in children)


class Form(StrEnum):
    """What kind of export something is."""

    PACKAGE = "package"
    XML = "xml"
    CONTAINER = "container"


def form_of(path: Path) -> Form | None:
    """Say what kind of export lies at a path; None where it is none, such as an archive.

    Raises:
        StorageError: It cannot be read.
    """
    if path.is_dir():
        return Form.PACKAGE if bag.is_bag(path) else None
    if not path.is_file():
        return None
    try:
        with path.open("rb") as handle:
            head = handle.read(_HEAD_BYTES)
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise StorageError(msg) from error
    if head.startswith(_ZIP_MAGIC):
        return Form.CONTAINER
    if head.startswith(_UTF_16):
        return Form.XML
    return Form.XML if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else None


class Verifier:
    """What the verifier of an export has, and how he works.

    Args:
        version: The version of this program.
        find_pin: Gives what is believed about the register that a source says it is.
        evidence: Gives what was kept outside, for a source.
        unreadable: Memory that is there and cannot be read: its place, and why.
        schemas: A folder with the official schemas of xdomea; None looks at no schema of others.
        executor: Checks parts in parallel.
    """

    def __init__(  # each is of its own kind
        self,
        *,
        version: str,
        find_pin: Callable[[ExcerptSource], Policy | None],
        evidence: Callable[[ExcerptSource, Policy | None], Sequence[Evidence]],
        unreadable: Callable[[ExcerptSource], Sequence[tuple[str, str]]] = lambda _: (),
        schemas: Path | None = None,
        executor: Executor | None = None,
    ) -> None:
        self._version = version
        self._find_pin = find_pin
        self._evidence = evidence
        self._unreadable = unreadable
        self._schemas = schemas
        self._executor = executor

    def verify(self, path: Path) -> Report:
        """Verify an export.

        Raises:
            InputError: It is none.
            StorageError: It cannot be read, or there is no room for what is made to compare with.
        """
        form = form_of(path)
        with tempfile.TemporaryDirectory(prefix="ratsbuch-verify-") as scratch:
            match form:
                case Form.PACKAGE:
                    return self._package(path, Path(scratch))
                case Form.XML:
                    return self._extract(path, Path(scratch))
                case Form.CONTAINER:
                    return self._container(path, Path(scratch))
        msg = f"{path}: found neither an archive nor an export"
        raise InputError(msg, hint="name an archive, a package, an XML file or a container")

    # -- the own XML ------------------------------------------------------------------------------

    def _extract(self, path: Path, scratch: Path) -> Report:
        structure, views = Ledger(STRUCTURE), Ledger(VIEWS)
        with _read(path, scratch, structure, contents_in=lambda _: None) as read:
            if read is None:
                return _unreadable(path, structure)
            report = self._procedure(read, str(path))
            if _is_comparable(report, views):
                self._compare_extract(read, path, scratch, views)
        return _together(report, structure, views)

    def _procedure(self, read: reading.Read, target: str) -> Report:
        source = ExcerptSource(folder=read.excerpt.folder, name=target, log_size=_size(read))
        try:
            pin = self._find_pin(source)
            return verify(
                source,
                pin=pin,
                evidence=self._evidence(source, pin),
                unreadable=self._unreadable(source),
                executor=self._executor,
            )
        finally:
            source.close()

    def _compare_extract(self, read: reading.Read, path: Path, scratch: Path, views: Ledger) -> None:
        again = scratch / "again.xml"
        try:
            with opened(read.excerpt, read.terms) as edition, again.open("xb") as out:
                message.write(edition, read.excerpt, out)
        except (IntegrityError, EvidenceError, InputError, message.InvalidDocumentError) as error:
            _not_comparable(views, error)
            return
        self._differences(path, again, read.terms, views)

    def _differences(self, path: Path, again: Path, terms: Terms, views: Ledger) -> None:
        views.checked += 1
        for difference in comparing.differences(path, again):
            # The part of the stream's element in which it is; facts bear other names there than what follows from them.
            part = (difference.place.split("/")[1:2] or [""])[0].partition(" ")[0]
            # What follows from facts by rules may be told otherwise by another version; facts may not.
            is_told_otherwise = terms.version != self._version and difference.part == "inhalt" and part in _DERIVED
            _deviation(
                views,
                "READABLE_PART_DIFFERS" if difference.part != "nachweis" else "EVIDENCE_PART_DIFFERS",
                is_pardoned=is_told_otherwise,
                place=difference.place,
                found=difference.found,
                expected=f"{difference.expected}, which is what the events give",
            )

    # -- the package ------------------------------------------------------------------------------

    def _package(self, path: Path, scratch: Path) -> Report:
        structure, views = Ledger(STRUCTURE), Ledger(VIEWS)
        for fault in bag.faults_of(path):
            structure.failed(fault.code, place=fault.place, found=fault.found, expected=fault.expected)
        files, _ = bag.listing(path)
        structure.checked += len(files)
        extract = path / bag.PAYLOAD / contents.EXTRACT
        if f"{bag.PAYLOAD}/{contents.EXTRACT}" not in files:
            structure.failed(
                "EXTRACT_MISSING", place=contents.EXTRACT, found="no file", expected="the extract with the evidence"
            )
            return _unreadable(path, structure)

        def held(name: str) -> Path | None:
            inside = f"{bag.PAYLOAD}/{contents.DOCUMENTS}/{name}"
            return path / inside if inside in files else None

        with _read(extract, scratch, structure, contents_in=held) as read:
            if read is None:
                return _unreadable(path, structure)
            for document in read.excerpt.documents():
                # What is in an extract alone for its being one, is in a package.
                if document.reason == ONLY_IN_PACKAGE:
                    structure.failed(
                        "DOCUMENT_LIST_DIFFERS",
                        place=f"document {document.digest[:16]}..",
                        found="listed as given in packages alone",
                        expected="the document: this is a package",
                    )
            report = self._procedure(read, str(path))
            if _is_comparable(report, views):
                try:
                    self._compare_package(read, path, files, scratch, structure, views)
                except (IntegrityError, EvidenceError, InputError, message.InvalidDocumentError) as error:
                    _not_comparable(views, error)
        return _together(report, structure, views)

    def _compare_package(  # what is compared with what, and where it is noted
        self,
        read: reading.Read,
        path: Path,
        files: dict[str, int],
        scratch: Path,
        structure: Ledger,
        views: Ledger,
    ) -> None:
        try:
            wanted = contents.contents_of(bag.info_of(path))
        except InputError as error:
            structure.failed("BAG_INVALID", place=bag.INFO, found=error.message, expected="as it was written")
            return
        is_blind = contents.PDF in wanted.parts and not pdf.available()
        if is_blind:
            views.add(
                "RENDERING_NOT_COMPARED",
                Verdict.INDETERMINATE,
                place=contents.PDF,
                found="no program that makes PDFs, which is needed to compare them",
                expected="the extra `pdf`: pip install 'ratsbuch[pdf]'",
            )
        again = scratch / "again"
        again.mkdir()
        made = bag.Bag(again)
        inside = f"{bag.PAYLOAD}/{contents.XDOMEA}/"
        extracts = containing.extracts_in((path / name for name in sorted(files) if name.startswith(inside)), scratch)
        with opened(read.excerpt, read.terms) as edition:
            filled = contents.fill(
                made,
                edition,
                read.excerpt,
                wanted,
                extract_of=lambda stream: extracts.get(stream, b""),
                # Documents are held against their digests in step 7.
                with_documents=False,
                renders=not is_blind,
            )
            made.seal(contents.info(edition, read.excerpt, wanted, filled))
        for stream, data in sorted(extracts.items()):
            self._inner_extract(read, stream, data, scratch, views)
        extract = f"{bag.PAYLOAD}/{contents.EXTRACT}"
        self._differences(path / extract, again / extract, read.terms, views)
        ours, _ = bag.listing(again)
        documents = f"{bag.PAYLOAD}/{contents.DOCUMENTS}/"
        register = read.register
        for document in read.excerpt.documents():
            if document.included:
                name = document_name(register, document.digest, media_type=document.media_type, title=document.title)
                ours[documents + name] = files.get(documents + name, -1)
        is_other_version = read.terms.version != self._version
        passed_over = {extract, bag.MANIFEST, bag.TAG_MANIFEST, bag.INFO}
        for name in sorted((files.keys() | ours.keys()) - passed_over):
            if is_blind and name in files and name not in ours and _is_rendering(name):
                continue
            if name.startswith(documents) and name in files and name in ours:
                continue
            self._compare_file(
                name, path, again, files, ours, views, is_other_version=is_other_version and _is_told(name)
            )
        self._compare_info(path, again, files, views, is_other_version=is_other_version)

    def _compare_file(  # a file, in the two bags
        self,
        name: str,
        path: Path,
        again: Path,
        files: dict[str, int],
        ours: dict[str, int],
        views: Ledger,
        *,
        is_other_version: bool,
    ) -> None:
        views.checked += 1
        if name not in files or name not in ours:
            _deviation(
                views,
                "FILE_MISSING" if name not in files else "FILE_FOREIGN",
                is_pardoned=is_other_version,
                place=name,
                found="no file" if name not in files else "a file",
                expected="the file that the evidence gives" if name not in files else "none: no evidence gives it",
            )
        elif files[name] != ours[name] or bag.file_digest(path / name) != bag.file_digest(again / name):
            _deviation(
                views,
                "FILE_DIFFERS",
                is_pardoned=is_other_version,
                place=name,
                found=f"SHA-512 {bag.file_digest(path / name)[:16]}..",
                expected=f"{bag.file_digest(again / name)[:16]}.., which is what the evidence gives",
            )

    def _compare_info(
        self, path: Path, again: Path, files: dict[str, int], views: Ledger, *, is_other_version: bool
    ) -> None:
        """Compare `bag-info.txt` byte for byte; how much payload there is, is held against the files that are there."""
        views.checked += 1
        payload = [size for name, size in files.items() if name.startswith(f"{bag.PAYLOAD}/")]
        expected = bag.with_oxum((again / bag.INFO).read_bytes(), sum(payload), len(payload))
        found = bag.read_small(path, bag.INFO, bytes_max=bag.INFO_BYTES_MAX) or b""
        if found == expected:
            return
        lines = itertools.zip_longest(found.decode("utf-8", "replace").split("\n"), expected.decode().split("\n"))
        here, wanted = next(pair for pair in lines if pair[0] != pair[1])
        _deviation(
            views,
            "READABLE_PART_DIFFERS",
            is_pardoned=is_other_version,
            place=bag.INFO,
            found=ascii(here)[:200] if here is not None else "no further line",
            expected=ascii(wanted)[:200] if wanted is not None else "no further line",
        )

    def _inner_extract(self, outer: reading.Read, stream: str, data: bytes, scratch: Path, views: Ledger) -> None:
        """Verify the extract about one record that travels in a container: by itself, and as a part of the whole."""
        path = scratch / "inner.xml"
        path.write_bytes(data)
        place = f"{contents.XDOMEA}: {stream}"
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            report = self._extract(path, Path(folder))
            for found, expected in _foreign(outer, path, Path(folder), stream):
                views.failed("READABLE_PART_DIFFERS", place=place, found=found, expected=expected)
        for step in report.steps:
            views.checked += 1
            for finding in step.findings:
                if finding.verdict is not Verdict.PASSED and finding.code != "ROOT_NOT_PINNED":
                    views.add(
                        finding.code,
                        finding.verdict,
                        place=f"{place}: {finding.place}",
                        found=finding.found,
                        expected=finding.expected,
                    )

    # -- the container ----------------------------------------------------------------------------

    def _container(self, path: Path, scratch: Path) -> Report:
        return containing.verify_container(path, scratch, self._extract, schemas=self._schemas)


def _foreign(outer: reading.Read, path: Path, scratch: Path, stream: str) -> Iterator[tuple[str, str]]:
    """Give what an extract inside a package has that the package's own evidence does not have."""
    folder = scratch / "foreign"
    folder.mkdir()
    try:
        inner = reading.read(path, folder, contents=lambda _: None)
    except (StructureError, InputError, IntegrityError) as error:
        yield f"an extract that cannot be read: {error}", "one like the package's own"
        return
    try:
        if inner.terms != one_of(outer.terms, stream):
            yield "an extract on other terms, or about something else", "the terms of the package, about this record"
        if (inner.register, inner.anchor, inner.size) != (outer.register, outer.anchor, outer.size):
            yield "an extract of another register, or of another moment", "the register and checkpoint of the package"
        if inner.excerpt.checkpoints()[:1] != outer.excerpt.checkpoints()[:1]:
            yield "another checkpoint", "the newest one of the package"
        theirs = {entry.row.position: entry for entry in inner.excerpt.entries()}
        for entry in outer.excerpt.entries():
            other = theirs.pop(entry.row.position, None)
            if other is not None and (other.row, other.reason, other.omitted) != (
                entry.row,
                entry.reason,
                entry.omitted,
            ):
                yield (
                    f"position {entry.row.position} otherwise than in the package",
                    "the same event, given the same way",
                )
        for position in theirs:
            yield f"position {position}, which the package does not have", "events of the package"
    finally:
        inner.excerpt.close()


def _deviation(views: Ledger, code: str, *, is_pardoned: bool, place: str, found: str, expected: str) -> None:
    """Note what is told otherwise than here; by another version it may have been told so, and nobody can say."""
    if is_pardoned:
        views.add("MADE_BY_ANOTHER_VERSION", Verdict.INDETERMINATE, place=place, found=found, expected=expected)
    else:
        views.failed(code, place=place, found=found, expected=expected)


def _is_rendering(name: str) -> bool:
    """Say whether a file is one that holds what was rendered as PDF."""
    pdfs, containers = (f"{bag.PAYLOAD}/{part}/" for part in (contents.PDF, contents.XDOMEA))
    return (name.startswith(pdfs) and name.endswith(".pdf")) or (name.startswith(containers) and name.endswith(".zip"))


def _is_told(name: str) -> bool:
    """Say whether a file is told, or lists words, so that another version may have told it otherwise.

    What is copied out of the evidence (checkpoints, keys, receipts, documents) is the same in every version.
    """
    told = tuple(f"{bag.PAYLOAD}/{part}/" for part in (contents.PDF, contents.VIEW, contents.XDOMEA, "schemata"))
    return name.startswith(told) or name in {"LIESMICH.txt", "verify.sh"}


@contextlib.contextmanager
def _read(
    path: Path, scratch: Path, structure: Ledger, *, contents_in: Callable[[str], Path | None]
) -> Iterator[reading.Read | None]:
    """Read a document, noting what is wrong with how it is built; None where it cannot be read."""
    folder = scratch / "excerpt"
    folder.mkdir()
    structure.checked += 1
    try:
        read = reading.read(path, folder, contents=contents_in)
    except StructureError as error:
        structure.failed(error.code, place=error.place, found=error.found, expected=error.expected)
        yield None
        return
    _check_terms(read, structure)
    try:
        yield read
    except StructureError as error:
        structure.failed(error.code, place=error.place, found=error.found, expected=error.expected)
        # What was found up to there stands in the report that the caller gives.
    finally:
        read.excerpt.close()


def _is_comparable(report: Report, views: Ledger) -> bool:
    """Say whether what is written for people can be made again: not out of events that are none."""
    failed = next((step for step in report.steps if step.step in _NEEDED and step.verdict is Verdict.FAILED), None)
    if failed is not None:
        views.add(
            "READABLE_PART_NOT_COMPARABLE",
            Verdict.INDETERMINATE,
            place="inhalt",
            found=f"events that do not pass step {failed.step}",
            expected="evidence from which it can be made again",
        )
    return failed is None


def _check_terms(read: reading.Read, structure: Ledger) -> None:
    """Hold what the terms say is given against what is there."""
    _check_omissions(read, structure)
    ends = dict(read.excerpt.ends())
    for subject in read.terms.subjects:
        structure.checked += 1
        if subject not in ends:
            structure.failed(
                "SUBJECT_MISSING", place=subject, found="no event of it", expected="what the extract says it is about"
            )
    # The register's own bodies go with every export. One may be named that was never registered; where not all events
    # are given nobody can tell that from one that was left out.
    bodies = set() if read.terms.whole else {name for name in _bodies(read.excerpt) if name not in ends}
    for body in sorted(bodies):
        structure.add(
            "STREAM_MISSING",
            Verdict.INDETERMINATE,
            place=body,
            found="no event of it",
            expected="every body that is named, if it was registered",
        )
    if read.terms.whole is bool(read.terms.subjects):
        structure.failed(
            "TERMS_INVALID",
            place="auszug",
            found="the whole register and subjects" if read.terms.whole else "neither the whole register nor subjects",
            expected="one of the two",
        )
    if read.terms.with_blocked and read.terms.audience is not Audience.ARCHIVE:
        structure.failed(
            "TERMS_INVALID", place="auszug", found="blocked events, and not for an archive", expected="one of the two"
        )
    if read.terms.audience is Audience.PARTICIPANT and not (read.terms.ground or "").strip():
        structure.failed("TERMS_INVALID", place="auszug", found="no ground", expected="what entitles a participant")
    given, size = sum(1 for _ in read.excerpt.entries()), _size(read)
    if read.terms.whole and given != size:
        structure.failed(
            "NOT_WHOLE",
            place="auszug",
            found=f"{given} events, said to be the whole register",
            expected=f"all {size} that the checkpoint is over",
        )


def _bodies(excerpt: Excerpt) -> frozenset[str]:
    """Give the bodies that the tokens of an excerpt name in the clear."""
    found: set[str] = set()
    for entry in excerpt.entries():
        _, dot, rest = entry.row.state.partition(b".")
        if dot:
            with contextlib.suppress(InputError):
                found.update(map(bytes.decode, _BODY.findall(base64url_decode(rest.partition(b".")[0], what="event"))))
    return frozenset(found)


def _check_omissions(read: reading.Read, structure: Ledger) -> None:
    """Hold what is left out against what the terms let be left out."""
    for position, found, expected in unfit(read.excerpt, read.terms):
        structure.failed("OMISSION_NOT_IN_TERMS", place=f"position {position}", found=found, expected=expected)


def _size(read: reading.Read) -> int:
    """Give how many events the newest checkpoint says it is over; as stated where it cannot be read."""
    for checkpoint in read.excerpt.checkpoints():
        with contextlib.suppress(InputError):
            return parse_head(parse_note(checkpoint.note).text).size
    return read.size


def _not_comparable(views: Ledger, error: Exception) -> None:
    views.add(
        "READABLE_PART_NOT_COMPARABLE",
        Verdict.INDETERMINATE,
        place="inhalt",
        found=str(error),
        expected="evidence from which it can be made again",
    )


def _unreadable(path: Path, structure: Ledger) -> Report:
    step = structure.result()
    return Report(
        verdict=Verdict.worst((step.verdict, Verdict.FAILED)),
        target=str(path),
        register=None,
        example=False,
        rests_on=RestsOn(memory="none", time="own clock"),
        events=0,
        size=0,
        root=None,
        anchor=None,
        steps=(step,),
    )


def _together(report: Report, structure: Ledger, views: Ledger) -> Report:
    whole = with_steps(report, (structure.result(), views.result()))
    return Report(
        verdict=whole.verdict,
        target=whole.target,
        register=whole.register,
        example=whole.example,
        rests_on=whole.rests_on,
        events=whole.events,
        size=whole.size,
        root=whole.root,
        anchor=whole.anchor,
        steps=tuple(sorted(whole.steps, key=lambda step: step.step)),
    )
