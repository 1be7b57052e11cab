"""What an export is good for to whoever kept it: holding the register against it, and putting back what was lost.

A checkpoint proves that something changed and not where. An export has the events themselves, so it names the event and
the field. It counts only if it proves by itself that its events stand in the log of this register.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import structs

from archive.archive import ERASED_SIZE
from archive.errors import InputError
from archive.excerpt import ExcerptSource
from archive.log.head import parse_head
from archive.log.note import parse_note
from archive.token import entry_of
from archive.verify import Verdict, verify
from archive.verify.context import open_row
from archive.verify.report import Finding
from domain.values import WITHHELD
from projections.export import containing
from projections.export.package import bag, contents
from projections.export.xml import reading
from projections.export.xml.parsing import StructureError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from archive.store.sqlite import StoredRow
    from archive.verify import ArchiveSource, Report

MEMORY: Final = 5
_DIFFERENCES_MAX: Final = 100
_SHOWN: Final = 120
_BEFORE: Final = 50


@contextlib.contextmanager
def excerpt_in(path: Path) -> Iterator[ExcerptSource]:
    """Give the evidence of an export as a source, for as long as it is needed.

    Raises:
        InputError: It is no export that can be read, or a container, whose records have an extract each.
    """
    with tempfile.TemporaryDirectory(prefix="ratsbuch-export-") as scratch:
        read = _read(path, Path(scratch))
        source = ExcerptSource(folder=read.excerpt.folder, name=str(path), log_size=_newest(read))
        try:
            yield source
        finally:
            source.close()
            read.excerpt.close()


def _read(path: Path, scratch: Path) -> reading.Read:
    documents: Path | None = None
    extract = path
    if path.is_dir():
        extract = path / bag.PAYLOAD / contents.EXTRACT
        documents = path / bag.PAYLOAD / contents.DOCUMENTS
        names = bag.listing(path)[0]
        if f"{bag.PAYLOAD}/{contents.EXTRACT}" not in names:
            msg = f"{path}: found no {contents.EXTRACT}"
            raise InputError(msg, hint="name a package as `ratsbuch export --format package` wrote it")
    folder = scratch / "excerpt"
    folder.mkdir()

    def held(name: str) -> Path | None:
        inside = f"{bag.PAYLOAD}/{contents.DOCUMENTS}/{name}"
        return documents / name if documents is not None and inside in names else None

    if path.is_file() and containing.is_container(path):
        msg = f"{path}: a container holds an extract to each record"
        raise InputError(msg, hint="unpack it and name the extract (XML), or name a package")
    try:
        return reading.read(extract, folder, contents=held)
    except StructureError as error:
        msg = f"{path}: {error.message}"
        raise InputError(msg, hint="run `ratsbuch verify` on it") from error


def _newest(read: reading.Read) -> int:
    return int(parse_head(parse_note(read.excerpt.checkpoints()[0].note).text).size)


def checkpoint_of(path: Path) -> bytes:
    """Give the newest checkpoint in an export.

    Raises:
        InputError: It is no export that can be read.
    """
    with tempfile.TemporaryDirectory(prefix="ratsbuch-export-") as scratch:
        read = _read(path, Path(scratch))
        try:
            return read.excerpt.checkpoints()[0].note
        finally:
            read.excerpt.close()


def held_against(report: Report, source: ArchiveSource, exports: Sequence[Path]) -> Report:
    """Give a report about an archive with what exports of it show added to step 5.

    Raises:
        InputError: One is no export that can be read.
    """
    findings: list[Finding] = []
    checked = 0
    for path in exports:
        with excerpt_in(path) as excerpt:
            if report.anchor is not None and excerpt.anchor() != report.anchor:
                findings.append(
                    Finding(
                        code="EVIDENCE_OF_ANOTHER_LOG",
                        verdict=Verdict.INDETERMINATE,
                        place=str(path),
                        found=f"an export with the anchor {excerpt.anchor()}",
                        expected=f"{report.anchor}: an export of this register, unaltered",
                    )
                )
                continue
            own = verify(excerpt, pin=None)
            wrong = next((f for s in own.steps for f in s.findings if f.verdict is Verdict.FAILED), None)
            if wrong is not None:
                findings.append(
                    Finding(
                        code="EVIDENCE_INVALID",
                        verdict=Verdict.FAILED,
                        place=f"{path}: {wrong.place}",
                        found=f"{wrong.code}: {wrong.found}",
                        expected="an export that verifies by itself",
                    )
                )
                continue
            found: list[Finding] = []
            for row in excerpt.rows(after=0, until=2**62):
                checked += 1
                if len(found) < _DIFFERENCES_MAX:
                    found += _differences(row, _row_at(source, row.position), path)
            # What was said otherwise comes first; what only rests on it, or was signed anew for it, after that.
            findings += sorted(found, key=_weight)
    steps = tuple(
        structs.replace(
            step,
            checked=step.checked + checked,
            findings=(*step.findings, *findings),
            verdict=Verdict.worst((step.verdict, *(f.verdict for f in findings))),
        )
        if step.step == MEMORY
        else step
        for step in report.steps
    )
    return structs.replace(report, steps=steps, verdict=Verdict.worst(step.verdict for step in steps))


def _weight(finding: Finding) -> int:
    field = finding.place.rpartition(": ")[2]
    return 0 if field.startswith("data.") and not finding.found.startswith("{") else 1 if ": " in finding.place else 2


def _row_at(source: ArchiveSource, position: int) -> StoredRow | None:
    return next(iter(source.rows(after=position - 1, until=position)), None)


def _entry(row: StoredRow) -> bytes:
    return row.state if len(row.state) == ERASED_SIZE else entry_of(row.state)


def _differences(kept: StoredRow, found: StoredRow | None, path: Path) -> Iterator[Finding]:
    """Name what an event says otherwise than the one that was handed out."""
    where = f"position {kept.position} ({kept.stream}#{kept.originator_version})"
    if found is None:
        yield _finding("EVENT_MISSING", where, "no event", f"the one that {path.name} has")
        return
    if _entry(kept) == _entry(found):
        return
    if ERASED_SIZE in (len(kept.state), len(found.state)):
        yield _finding("EVENT_DIFFERS", where, "another event", f"the one whose log entry {path.name} has")
        return
    fields = list(_fields(kept, found))
    if not fields:
        yield _finding("EVENT_DIFFERS", where, "another token", f"the one that {path.name} has, which says the same")
    for name, here, wanted in fields:
        yield _finding("EVENT_DIFFERS", f"{where}: {name}", here, f"{wanted}, as in {path.name}")


def _finding(code: str, place: str, found: str, expected: str) -> Finding:
    return Finding(code=code, verdict=Verdict.FAILED, place=place, found=found, expected=expected)


def _fields(kept: StoredRow, found: StoredRow) -> Iterator[tuple[str, str, str]]:
    """Give the fields that differ, with what stands there and what was handed out; withheld ones are passed over."""
    try:
        before, now = open_row(kept), open_row(found)
    except InputError:
        return
    for name in ("occurred", "known", "authority", "sources", "visibility", "by"):
        yield from _difference(name, getattr(now, name), getattr(before, name))
    if type(before.event) is not type(now.event):
        yield "type", now.event.TYPE, before.event.TYPE
        return
    for name in before.event.__struct_fields__:
        yield from _difference(f"data.{name}", getattr(now.event, name), getattr(before.event, name))


def _difference(name: str, here: object, wanted: object) -> Iterator[tuple[str, str, str]]:
    if here != wanted and here is not WITHHELD and wanted is not WITHHELD:
        one, other = _text(here), _text(wanted)
        # From a little before the first letter that differs, so that the word stands there, however long the text is.
        same = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
        start = max(0, same - _BEFORE) if max(len(one), len(other)) > _SHOWN else 0
        yield name, _cut(one, start), _cut(other, start)


def _text(value: object) -> str:
    if value is msgspec.UNSET:
        return "not mentioned"
    if value is None:
        return "left blank"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _cut(text: str, start: int) -> str:
    end = start + _SHOWN
    return f"{'..' if start else ''}{text[start:end]}{'..' if len(text) > end else ''}"
