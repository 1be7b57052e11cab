"""Verifying a container (xdomea): what a receiving tool checks, and the evidence that travels in it.

The message itself is not signed, because a receiving tool rewrites it; each Vorgang has its evidence beside it. So the
message is held against the evidence: it is made again from what the extracts in the container give together.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from msgspec import structs

from archive.errors import EvidenceError, InputError, IntegrityError
from archive.excerpt import Excerpt, Terms
from archive.verify import Report, RestsOn, Verdict
from archive.verify.report import STEPS, VIEWS, Ledger
from domain.vocabulary import AppraisalDecision
from projections.export import pdf, xdomea
from projections.export.exporting import opened
from projections.export.xdomea.cases import case_uuid
from projections.export.xdomea.order import Order
from projections.export.xml import reading
from projections.export.xml.message import InvalidDocumentError
from projections.export.xml.parsing import ROOT, StructureError
from projections.export.xml.schema import NAMESPACE, schema_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from projections.export.edition import Edition
    from projections.export.xdomea import Problem, ReadMessage
    from projections.export.xdomea.order import Version

STRUCTURE: Final = 0
# Root element and namespace stand at the beginning of every extract.
_HEAD_BYTES: Final = 2048
_ZIP_MAGIC: Final = b"PK\x03\x04"
_MARK: Final = f":{ROOT}".encode()
# What stands in the way of reading a container at all; with the other rules it is read, and each is named.
_UNSAFE: Final = frozenset(
    {
        "NAME_UNKNOWN",
        "CONTAINER_EMPTY",
        "ZIP_UNREADABLE",
        "ENTRY_IN_FOLDER",
        "ENTRY_NAME_ENCODING",
        "MESSAGE_MISSING",
        "MESSAGE_UNREADABLE",
        "CONTAINER_TOO_LARGE",
        "ENTRIES_TOO_MANY",
        "ENTRY_TOO_LARGE",
        "ENTRY_PACKED_TOO_TIGHT",
        "ENTRY_NAME_UNSAFE",
        "ENTRY_NAMED_TWICE",
        "ENTRY_NOT_PLAIN",
        "ENTRY_DAMAGED",
        "DTD_FOUND",
    }
)


def is_container(path: Path) -> bool:
    """Say whether a file is a ZIP file."""
    with path.open("rb") as handle:
        return handle.read(len(_ZIP_MAGIC)) == _ZIP_MAGIC


def is_extract(data: bytes) -> bool:
    """Say whether a file is an extract of ours."""
    head = data[:_HEAD_BYTES]
    return _MARK in head and NAMESPACE.encode() in head


def _files(path: Path) -> dict[str, bytes]:
    """Read the files of a container that has passed its checks of names, sizes and number."""
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def _is_safe(problems: Iterable[Problem]) -> bool:
    """Say whether a container was opened when it was checked, and can be read whole within bounds."""
    return not any(problem.code in _UNSAFE for problem in problems)


def extracts_in(paths: Iterable[Path], scratch: Path) -> dict[str, bytes]:
    """Give the extracts in some containers, by the record that each is about.

    What cannot be read is passed over here: the container is compared as a whole, too.
    """
    found: dict[str, bytes] = {}
    for path in paths:
        if not _is_safe(xdomea.check_container(path.name, path)):
            continue
        for name, data in sorted(_files(path).items()):
            if name.endswith(".xml") and is_extract(data):
                for subject in _subjects(data, scratch):
                    found.setdefault(subject, data)
    return found


def _subjects(data: bytes, scratch: Path) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        path = Path(folder) / "extract.xml"
        path.write_bytes(data)
        excerpt = Path(folder) / "excerpt"
        excerpt.mkdir()
        try:
            read = reading.read(path, excerpt, contents=lambda _: None)
        except (StructureError, InputError, IntegrityError):
            return ()
        read.excerpt.close()
        return read.terms.subjects


def verify_container(
    path: Path, scratch: Path, verify_extract: Callable[[Path, Path], Report], *, schemas: Path | None
) -> Report:
    """Verify a container.

    Args:
        path: The ZIP file.
        scratch: A folder for what is made.
        verify_extract: Verifies an extract by its path, in a folder of its own.
        schemas: The official schemas; None looks at none.
    """
    structure, views = Ledger(STRUCTURE), Ledger(VIEWS)
    problems = xdomea.check_container(path.name, path, schemas=schemas)
    structure.checked += 1
    for problem in problems:
        structure.failed(
            problem.code,
            place=problem.place or path.name,
            found=problem.text,
            expected=f"a container that keeps rule {problem.rule}",
        )
    if not _is_safe(problems):
        return _report(path, structure, views, ())
    files = _files(path)
    structure.checked += len(files)
    extracts = {name: data for name, data in sorted(files.items()) if name.endswith(".xml") and is_extract(data)}
    if not extracts:
        structure.failed(
            "EXTRACT_MISSING",
            place=path.name,
            found="no evidence file",
            expected="an extract (XRatsbuch) to each Vorgang of a handover; an offer (0501) carries none",
        )
        return _report(path, structure, views, ())
    reports = []
    for number, (name, data) in enumerate(extracts.items()):
        inner = scratch / f"extract-{number}.xml"
        inner.write_bytes(data)
        folder = scratch / f"extract-{number}"
        folder.mkdir()
        reports.append((name, verify_extract(inner, folder)))
    if all(report.verdict is not Verdict.FAILED for _, report in reports):
        try:
            _compare(path, files, extracts, scratch, views)
        except InputError as error:
            # The evidence is sound, and no such message follows from it.
            views.failed(
                "READABLE_PART_DIFFERS",
                place=path.name,
                found=f"a message that its evidence does not give: {error}",
                expected="an extract to each Vorgang, all of one register, checkpoint and terms",
            )
        except (IntegrityError, EvidenceError, InvalidDocumentError) as error:
            views.add(
                "READABLE_PART_NOT_COMPARABLE",
                Verdict.INDETERMINATE,
                place=path.name,
                found=str(error),
                expected="evidence from which the message can be made again",
            )
    return _report(path, structure, views, reports)


def _compare(path: Path, files: dict[str, bytes], extracts: dict[str, bytes], scratch: Path, views: Ledger) -> None:
    """Make the container again from what its extracts give together, and compare."""
    folder = scratch / "together"
    folder.mkdir()
    by_digest = {hashlib.sha512(data).hexdigest(): data for name, data in files.items() if name not in extracts}
    subjects: dict[str, bytes] = {}
    terms: Terms | None = None
    together: Excerpt | None = None
    stands = ("", "", 0)
    for number, data in enumerate(extracts.values()):
        inner = scratch / f"part-{number}"
        inner.mkdir()
        read = reading.read(_written(scratch / f"part-{number}.xml", data), inner, contents=lambda _: None)
        try:
            if together is None or terms is None:
                terms, together = read.terms, Excerpt.create(folder, register=read.register)
                stands = (read.register, read.anchor, read.size)
            if len(read.terms.subjects) != 1 or structs.replace(read.terms, subjects=terms.subjects) != terms:
                msg = "the extracts are not about one record each, on the same terms"
                raise InputError(msg)
            if (read.register, read.anchor, read.size) != stands:
                msg = "the extracts are of different registers or moments"
                raise InputError(msg)
            together.take(read.excerpt, by_digest)
            for subject in read.terms.subjects:
                subjects[subject] = data
        finally:
            read.excerpt.close()
    if together is None or terms is None:
        return
    together.settle()
    message = xdomea.read_message(files[f"{path.stem}.xml"], name=path.name)
    whole = structs.replace(terms, subjects=_in_order(message, terms, subjects, together), whole=False)
    try:
        with opened(together, whole) as edition:
            _compare_with(path, files, tuple(_made_again(edition, message, subjects)), views)
    finally:
        together.close()


def _in_order(message: ReadMessage, terms: Terms, subjects: Iterable[str], together: Excerpt) -> tuple[str, ...]:
    """Give the records in the order in which the message has them."""
    with together.open(terms) as archive:
        register = archive.register.id
    order = {one.uuid: number for number, one in enumerate(message.objects)}
    return tuple(sorted(subjects, key=lambda stream: order.get(case_uuid(register, stream), len(order))))


def _orders(message: ReadMessage, edition: Edition) -> Iterator[Order]:
    """Give the orders that a message may follow; what the office proposed stands in it and in no event."""
    first = next(iter(edition.terms.subjects), "")
    for proposed in (None, AppraisalDecision.ARCHIVE, AppraisalDecision.DISPOSE):
        yield Order(
            version=cast("Version", message.version),
            message="0503",
            by="meeting" if first.startswith("meeting:") else "proposal",
            proposed=proposed,
            process=message.process,
        )


def _made_again(
    edition: Edition, message: ReadMessage, subjects: Mapping[str, bytes]
) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Give the container as its evidence gives it, in the ways in which it may have been ordered."""
    renderings = [None, *([lambda stream: tuple(pdf.of_proposal(edition, stream))] if pdf.available() else [])]
    for order, rendered in itertools.product(_orders(message, edition), reversed(renderings)):
        for file in xdomea.containers(
            edition,
            order,
            evidence=lambda stream: subjects.get(stream, b""),
            schema=schema_bytes(),
            renderings=rendered,
        ):
            yield file.name, _files_of(file.data)


def _compare_with(
    path: Path, files: dict[str, bytes], again: Sequence[tuple[str, dict[str, bytes]]], views: Ledger
) -> None:
    views.checked += len(files)
    # What comes closest to it is what it is held against.
    name, ours = min(again, key=lambda one: sum(files.get(n) != one[1].get(n) for n in files.keys() | one[1].keys()))
    if name != path.name:
        views.failed("READABLE_PART_DIFFERS", place=path.name, found="this name", expected=name)
    for each in sorted(files.keys() | ours.keys()):
        if files.get(each) == ours.get(each):
            continue
        if each.endswith(".pdf") and not pdf.available() and each not in ours:
            views.add(
                "RENDERING_NOT_COMPARED",
                Verdict.INDETERMINATE,
                place=f"{path.name}: {each}",
                found="no program that makes PDFs, which is needed to compare them",
                expected="the extra `pdf`: pip install 'ratsbuch[pdf]'",
            )
            continue
        views.failed(
            "FILE_DIFFERS" if each in files and each in ours else "FILE_FOREIGN" if each in files else "FILE_MISSING",
            place=f"{path.name}: {each}",
            found="no file" if each not in files else f"SHA-512 {hashlib.sha512(files[each]).hexdigest()[:16]}..",
            expected="none: no evidence gives it" if each not in ours else "the file that the evidence gives",
        )


def _files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _report(path: Path, structure: Ledger, views: Ledger, reports: tuple[()] | list[tuple[str, Report]]) -> Report:
    """Put the reports about the extracts together; each finding says in which it was made."""
    ledgers = {number: Ledger(number) for number in STEPS}
    ledgers[STRUCTURE], ledgers[VIEWS] = structure, views
    for name, report in reports:
        for step in report.steps:
            ledger = ledgers[step.step]
            ledger.checked += step.checked
            for finding in step.findings:
                ledger.add(
                    finding.code,
                    finding.verdict,
                    place=f"{name}: {finding.place}",
                    found=finding.found,
                    expected=finding.expected,
                )
    looked_at = [STRUCTURE] if not reports else sorted(STEPS)
    steps = tuple(ledgers[number].result() for number in looked_at)
    first = reports[0][1] if reports else None
    verdict = Verdict.worst(step.verdict for step in steps)
    return Report(
        verdict=verdict if reports else Verdict.worst((verdict, Verdict.INDETERMINATE)),
        target=str(path),
        register=None if first is None else first.register,
        example=first is not None and first.example,
        rests_on=RestsOn(memory="none", time="own clock") if first is None else first.rests_on,
        events=sum(report.events for _, report in reports),
        size=0 if first is None else first.size,
        root=None if first is None else first.root,
        anchor=None if first is None else first.anchor,
        steps=steps,
    )
