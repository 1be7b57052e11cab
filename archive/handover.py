"""What the commands about keeping and handing over record: one event a file, checked as a command file is.

The file is found by its reference, or opened; what an event needs and nobody states anew is taken from what the file
says already (who may see it, which archive). What a package is, is told by its digest: of a bag that of its tag
manifest, which names every other file of it.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Mapping  # msgspec reads the annotations when a record class is made
from pathlib import Path  # same
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from archive.errors import InputError, StorageError
from archive.intake import commands, regular
from archive.intake.references import shown, stream_of
from archive.intake.xdomea.asked import objects_of
from archive.log import files as disk
from domain import events as e
from domain.belonging import bodies_of
from domain.body import Body
from domain.custody import Custody, holds
from domain.stream import Fact, newest
from domain.values import WITHHELD, stated
from domain.vocabulary import Function, Grade, Visibility

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.archive import Archive
    from archive.batch import Batch
    from domain.stream import State

TAG_MANIFEST: Final = "tagmanifest-sha512.txt"
MANIFEST: Final = "manifest-sha512.txt"
BAG_INFO: Final = "bag-info.txt"
REGISTER_LINE: Final = "Ratsbuch-Register"
TAG_BYTES_MAX: Final = 4 * 2**20
MANIFEST_BYTES_MAX: Final = 256 * 2**20
_MANIFEST_LINE: Final = re.compile(r"([0-9A-Fa-f]{128})[ \t]+\*?(.+)\Z")
TYPES: Final = {
    "custody file": e.Filed.TYPE,
    "custody retain": e.RetentionSet.TYPE,
    "custody hold": e.HoldPlaced.TYPE,
    "custody release": e.HoldLifted.TYPE,
    "custody offer": e.Offered.TYPE,
    "custody appraise": e.Appraised.TYPE,
    "custody transfer": e.Transferred.TYPE,
    "custody receive": e.Received.TYPE,
    "custody destroy": e.Destroyed.TYPE,
}
# Whose statement it is, where it is not the office's own.
_AUTHORITIES: Final = {e.Appraised.TYPE: Function.ARCHIVE, e.Received.TYPE: Function.ARCHIVE}
_OF_FILE: Final = ("plan_unit", "responsible", "title", "opened_on", "closed_on", "retention_starts_on")
_SHOWN_MAX: Final = 5
_NAMES_ARCHIVE: Final = frozenset({e.Offered.TYPE, e.Appraised.TYPE, e.Transferred.TYPE, e.Received.TYPE})


class Act(Struct, frozen=True, kw_only=True):
    """A step of keeping or handing over, as it was given.

    Attributes:
        name: What to call it in messages: `custody offer`.
        type: The type of the event.
        files: The references of the files; the first is opened where an event that files knows none of it.
        objects: The records that it is about, as stream ids; none for all of the file.
        on: When it happened.
        data: The other fields of the event, by name, as a command file would have them.
        visibility: Who may see it; None for what holds for the file.
        source: A document that it rests on; a copy.
        protocol: The document that proves a destruction.
    """

    name: str
    type: str
    files: tuple[str, ...]
    objects: tuple[str, ...] = ()
    on: str
    data: Mapping[str, object]
    visibility: str | None = None
    source: Path | None = None
    protocol: Path | None = None


def batch(act: Act, *, archive: Archive) -> Batch:
    """Give what an act records.

    Raises:
        InputError: A file or record is not found, or a field is not valid.
    """
    given = [path for path in (act.source, act.protocol) if path is not None]
    documents = {path.name: path for path in given}
    if len(documents) != len({*given}):
        raise InputError(f"{act.name}: found two documents of the name {given[0].name}, expected different names")
    if act.objects and len(act.files) > 1:
        raise InputError(
            f"{act.name}: found records and {len(act.files)} files, expected the records of one file",
            hint="leave the records out to mean all of each file, or give the command once a file",
        )
    tree = {
        "format": commands.FORMAT,
        "commands": [_command(act, reference, archive) for reference in dict.fromkeys(act.files)],
    }
    read = commands.read(
        json.dumps(tree).encode(),
        act.name,
        directory=archive,
        new_id=archive.means.new_id,
        documents=documents,
        suffix=".json",
    )
    # A command is no file that could be given again: whoever gives it twice means it twice.
    return msgspec.structs.replace(read, id=None, digest=None)


def _command(act: Act, reference: str, archive: Archive) -> dict[str, object]:
    stream = _find(reference, archive, act)
    state = archive.stream(stream) if stream is not None else None
    file = state if isinstance(state, Custody) else None
    data = {name: value for name, value in act.data.items() if value is not None}
    objects = act.objects
    if act.type == e.Filed.TYPE:
        # A filing holds for itself: what the newest one does not say would be lost to whoever reads that one.
        data = _filed(file) | data | {"file_reference": _reference(reference, file)}
        objects = objects or tuple(sorted(file.objects)) if file is not None else objects
        if not objects:
            raise InputError(f"{act.name}: found no record to file, expected one at least, such as 0640")
    if objects:
        data["objects"] = list(objects)
    if act.type in _NAMES_ARCHIVE and "archive" not in data:
        data["archive"] = _archive_of(act, file, archive)
    if act.type == e.HoldPlaced.TYPE:
        data["hold"] = f"@hold-{act.files.index(reference) + 1}"
    if act.type == e.HoldLifted.TYPE and file is not None:
        data["hold"] = _hold(act, file, data.get("hold"))
    if act.protocol is not None:
        data["protocol"] = {"file": act.protocol.name, "title": act.protocol.name}
    command: dict[str, object] = {
        "type": act.type,
        **({"new": "@file"} if stream is None else {"stream": stream}),
        "visibility": act.visibility or _visibility(act, file),
        "occurred": {"at": act.on, "certainty": "stated"},
        "data": data,
    }
    if act.type in _AUTHORITIES:
        command["authority"] = {"function": _AUTHORITIES[act.type].value}
    if act.source is not None:
        document = {"file": act.source.name, "title": act.source.name}
        command["sources"] = [{"document": document, "grade": Grade.COPY.value}]
    return command


# -- the file ---------------------------------------------------------------------------------------


def _find(reference: str, archive: Archive, act: Act) -> str | None:
    """Give the file of a reference; None where it is to be opened.

    Raises:
        InputError: There is none, and the act does not file; or there are several.
    """
    if reference.startswith("custody:"):
        stream = stream_of(reference, directory=archive, kinds=("custody",))
        if not archive.exists(stream):
            raise InputError(
                f"{act.name}: file {shown(reference)}: there is no such file", hint="a file is opened by its reference"
            )
        return stream
    found = archive.find("custody", {"file_reference": reference})
    if len(found) > 1:
        raise InputError(
            f"{act.name}: file {shown(reference)}: matches {len(found)} files, expected one: {', '.join(found)}",
            hint="give the id of the one meant: --file custody:<uuid>",
        )
    if not found and act.type != e.Filed.TYPE:
        raise InputError(
            f"{act.name}: file {shown(reference)}: nothing was filed under it, expected the reference of a file",
            hint="`ratsbuch list --kind custody` shows the files, `ratsbuch custody file` opens one",
        )
    return found[0] if found else None


def _reference(reference: str, file: Custody | None) -> str:
    if file is None or not reference.startswith("custody:"):
        return reference
    named = [name for fact in file.filings if (name := stated(fact.event.file_reference)) is not None]
    return named[-1] if named else reference


def _filed(file: Custody | None) -> dict[str, object]:
    """Give what the filings of a file say about it."""
    facts = {name: newest(file.filings, name) for name in _OF_FILE} if file is not None else {}
    said = {name: getattr(fact.event, name) for name, fact in facts.items() if fact is not None}
    return {name: value for name, value in said.items() if stated(value) is not None}


def _visibility(act: Act, file: Custody | None) -> str:
    """Give who may see the file: its newest filing says so."""
    if file is None or not file.filings:
        raise InputError(
            f"{act.name}: found nothing about who may see it, expected --visibility when a file is opened",
            hint=f"one of {', '.join(v.value for v in Visibility)}",
        )
    return file.filings[-1].record.visibility.value


def _archive_of(act: Act, file: Custody | None, archive: Archive) -> str:
    """Give the archive of the records: the one that each was offered or handed to last, else that of its body.

    A name that is signed for another body would bind an archive that nobody asked, so nothing is guessed.

    Raises:
        InputError: There is none, or the records have several.
    """
    lookup = functools.cache(archive.stream)
    records = _records_of(act, file)
    asked = _asked(file)
    bodies: dict[str, str] = {}
    for record in records:
        if record not in asked:
            bodies.update(dict.fromkeys(_bodies_of(record, act, archive, lookup), record))
    if not records:
        bodies = dict.fromkeys(_only_body(act, f"what is in {', '.join(act.files)}", archive), "all of the file")
    named = {body: _archive_of_body(body, record, act, lookup) for body, record in bodies.items()}
    found = {*named.values(), *(asked[record] for record in records if record in asked)}
    if len(found) > 1:
        raise InputError(
            f"{act.name}: found {len(found)} archives of its records, expected one: "
            f"{', '.join(map(shown, sorted(found)[:_SHOWN_MAX]))}",
            hint="give the command once for the records of each, or name the archive with --archive",
        )
    return found.pop()


def _records_of(act: Act, file: Custody | None) -> tuple[str, ...]:
    """Give the records that a step is about."""
    named = dict.fromkeys(act.objects)
    if file is not None and (not named or file.stream in named):
        named.pop(file.stream, None)
        named.update(dict.fromkeys(sorted(file.objects)))
    return tuple(named)


def _asked(file: Custody | None) -> dict[str, str]:
    """Give the archive that each record of a file was offered or handed to last."""
    facts: tuple[Fact[e.Offered] | Fact[e.Transferred], ...] = ()
    if file is not None:
        facts = (*file.offers, *file.transfers)
    found: dict[str, str] = {}
    for fact in sorted(facts, key=lambda one: one.record.position):
        name = stated(fact.event.archive)
        if file is not None and name is not None and fact.event.objects is not WITHHELD:
            found.update(dict.fromkeys(objects_of(file, fact), name))
    return found


def _bodies_of(record: str, act: Act, archive: Archive, lookup: Callable[[str], State | None]) -> frozenset[str]:
    """Give the bodies of a record; where nothing says so, the only one that there is."""
    return bodies_of(record, lookup) or frozenset(_only_body(act, record, archive))


def _only_body(act: Act, what: str, archive: Archive) -> tuple[str, ...]:
    bodies = archive.streams("body")
    if len(bodies) != 1:
        raise InputError(
            f"{act.name}: {what}: found nothing about the body that it belongs to, and {len(bodies)} bodies, "
            "expected one, or --archive",
            hint="name the archive with --archive",
        )
    return bodies


def _archive_of_body(stream: str, record: str, act: Act, lookup: Callable[[str], State | None]) -> str:
    body = lookup(stream)
    found = stated(body.archive_of_record) if isinstance(body, Body) else None
    if found is None:
        name = stated(body.name) if isinstance(body, Body) else None
        raise InputError(
            f"{act.name}: {record} of {shown(name or stream)}: found 0 archives of record, expected one, or --archive",
            hint="name the archive with --archive, or record it for the body (body-changed/1, archive_of_record)",
        )
    return found


def _hold(act: Act, file: Custody, wanted: object) -> str:
    """Give the id of the hold that ends: the one of that number, or the only one in force."""
    every = holds(file)
    numbered = {number: hold for number, hold in enumerate(every, start=1) if hold.lifted is None}
    chosen = [numbered[int(str(wanted))]] if str(wanted).isdecimal() and int(str(wanted)) in numbered else []
    if wanted is None:
        chosen = list(numbered.values())
    if len(chosen) != 1:
        known = ", ".join(map(str, numbered)) or "none"
        raise InputError(
            f"{act.name}: {file.stream}: found {'no hold named' if wanted is None else shown(str(wanted))}, "
            f"expected the number of one in force: {known}",
            hint="holds count from 1, in the order in which they were placed; name one with --hold",
        )
    return str(chosen[0].placed.event.hold)


# -- the package ------------------------------------------------------------------------------------


def package_digest(path: Path, *, register: str) -> str:
    """Give the digest by which a package is known: of a bag its tag manifest's, of a file its own (SHA-512, hex).

    Args:
        path: The folder of a bag (BagIt 1.0), or a file such as a container or an XML document.
        register: UUID of the register; a bag says which one it is of.

    Raises:
        InputError: It is no bag with a tag manifest that fits what lies there, or one of another register.
    """
    if not path.is_dir():
        try:
            with regular.opened(path) as file:
                return hashlib.file_digest(file, "sha512").hexdigest()
        except OSError as error:
            raise InputError(f"{path.name}: cannot be read: {error.strerror}") from error
    manifest = _read(path, TAG_MANIFEST, bytes_max=TAG_BYTES_MAX)
    listed = _listed(manifest, path)
    for name, bytes_max in ((BAG_INFO, TAG_BYTES_MAX), (MANIFEST, MANIFEST_BYTES_MAX)):
        found = hashlib.sha512(_read(path, name, bytes_max=bytes_max)).hexdigest()
        if listed.get(name) != found:
            raise InputError(
                f"{path.name}: {name}: found SHA-512 {found[:16]}.., expected {str(listed.get(name))[:16]}.. as in "
                f"{TAG_MANIFEST}",
                hint="the package was changed after it was made; `ratsbuch verify` says more, or export it anew",
            )
    _check_register(_read(path, BAG_INFO, bytes_max=TAG_BYTES_MAX), path, register)
    return hashlib.sha512(manifest).hexdigest()


def _read(folder: Path, name: str, *, bytes_max: int) -> bytes:
    try:
        data = disk.read(folder / name, bytes_max=bytes_max, what=f"{folder.name}/{name}")
    except StorageError as error:
        raise InputError(error.message, hint=error.hint) from error
    if data is None:
        raise InputError(
            f"{folder.name}: found no {name}, expected a package: a bag with SHA-512 manifests (BagIt 1.0)",
            hint="`ratsbuch export --format package` makes one; of another folder make one file, and give that",
        )
    if len(data) > bytes_max:
        raise InputError(f"{folder.name}/{name}: found more than {bytes_max} bytes, expected a smaller manifest")
    return data


def _listed(manifest: bytes, folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(manifest.decode("utf-8", errors="replace").splitlines(), start=1):
        entry = _MANIFEST_LINE.match(line)
        if entry is None or entry[2] in found:
            raise InputError(
                f"{folder.name}/{TAG_MANIFEST}: line {number}: found {shown(line)}, expected a SHA-512 and a file name "
                "that stands there once"
            )
        found[entry[2]] = entry[1].lower()
    return found


def _check_register(info: bytes, folder: Path, register: str) -> None:
    lines = [line.partition(":") for line in info.decode("utf-8", errors="replace").splitlines()]
    named = [value.strip() for label, colon, value in lines if colon and label.strip() == REGISTER_LINE]
    if named != [register]:
        raise InputError(
            f"{folder.name}/{BAG_INFO}: found {', '.join(map(shown, named)) or 'nothing'} as {REGISTER_LINE}, "
            f"expected {shown(register)}",
            hint="it is the package of another register; record it there",
        )
