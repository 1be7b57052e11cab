"""The message in a container: its names, its schema, its codes, its records, and the files that it names."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from archive.errors import InputError
from projections.export.xdomea.checks_archive import DamagedError
from projections.export.xdomea.codes import DISPOSAL, FILE_FORMAT, MESSAGE_TYPE, OBJECT_TYPE, PROPOSAL, STEP_STATUS
from projections.export.xdomea.dialect import PREFIX
from projections.export.xdomea.naming import FILE, LOOSE, stem
from projections.export.xdomea.parsing import DtdError, parse
from projections.export.xdomea.problems import Problem, problem
from projections.export.xdomea.reading import APPRAISABLE, ReadFile, ReadMessage, message_of
from projections.export.xdomea.schemas import code_lists, schema_errors, validator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml.etree import _Element as Element

    from projections.export.xdomea.checks_archive import Container
    from projections.export.xdomea.naming import ContainerName

# What a receiving tool takes by default.
DEPTH_MAX: Final = 5
_OFFER, _HANDOVER = "0501", "0503"
_TIMES: Final = frozenset({"Erstellungszeitpunkt", "erstellungszeitpunkt", "DatumUhrzeit", "ZeitpunktLetzteAenderung"})
_ZONE: Final = re.compile(r"(?:Z|[+-][0-9]{2}:[0-9]{2})\Z")
# The elements of the codes that we write, where the message itself need not name the list.
_LISTS: Final = {
    "Nachrichtentyp": MESSAGE_TYPE.uri,
    "nachrichtentyp": MESSAGE_TYPE.uri,
    "Aussonderungsart": DISPOSAL.uri,
    "Bewertungsvorschlag": PROPOSAL.uri,
    "Status": STEP_STATUS.uri,
    "SGOTyp": OBJECT_TYPE.uri,
    "Name": FILE_FORMAT.uri,
}
_HASHES: Final = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_BEGINNINGS: Final = {
    "pdf": b"%PDF-",
    "docx": b"PK\x03\x04",
    "odt": b"PK\x03\x04",
    "xlsx": b"PK\x03\x04",
    "png": b"\x89PNG\r\n\x1a\n",
    "jpg": b"\xff\xd8\xff",
}
_MARKUP: Final = frozenset({"xml", "xsd"})
_TEXT: Final = "txt"


def check_message(
    name: str,
    known: ContainerName | None,
    container: Container,
    *,
    schemas: Path | None,
    authority: str | None,
    offered: ReadMessage | None,
) -> Iterator[Problem]:
    """Give what is wrong with the message in a container, and with the files that it names."""
    messages = sorted(one for one in container.names if LOOSE.search(f"{one.removesuffix('.xml')}.zip"))
    own = f"{name.rpartition('.')[0]}.xml"
    if own in container.names:
        messages = [own]
    elif known is not None or len(messages) != 1:
        yield problem("MESSAGE_MISSING", own, f"found {', '.join(messages) or 'no message'}")
        return
    try:
        data = container.message(messages[0])
        if data is None:
            yield problem("MESSAGE_UNREADABLE", messages[0], "larger than a message may be")
            return
        root = parse(data, messages[0])
        message = message_of(root, name=messages[0])
    except DamagedError as error:
        yield problem("ENTRY_DAMAGED", messages[0], str(error))
        return
    except DtdError as error:
        yield problem("DTD_FOUND", messages[0], error.message)
        return
    except InputError as error:
        yield problem("MESSAGE_UNREADABLE", messages[0], error.message)
        return
    yield from _names(name, known, root, message)
    yield from _against_schema(root, message, schemas)
    yield from _sender(message, authority)
    yield from _records(root, message, offered)
    yield from _times(root)
    yield from _versions(root)
    yield from _files(message, container, messages[0])


def _names(name: str, known: ContainerName | None, root: Element, message: ReadMessage) -> Iterator[Problem]:
    if root.prefix != PREFIX:
        yield problem("PREFIX_WRONG", "root", f"found {root.prefix}, expected {PREFIX}")
    found = LOOSE.search(name)
    process, number = (found[1], found[2]) if found is not None else ("", "")
    if known is not None:
        process, number = known.process, known.message
        expected = stem(message.version, known.process, known.message, known.number)
        if known.is_long is not message.version.startswith("3.") and number == message.number:
            yield problem("NAME_OF_OTHER_VERSION", name, f"expected {expected}.zip in xdomea {message.version}")
    # Case counts: the two are compared letter by letter.
    if process != message.process:
        yield problem("PROCESS_DIFFERS", "ProzessID", f"found {message.process}, expected {process} as in the name")
    if number != message.number:
        yield problem("MESSAGE_DIFFERS", "root", f"found {message.number}, expected {number} as in the name")


def _against_schema(root: Element, message: ReadMessage, schemas: Path | None) -> Iterator[Problem]:
    if schemas is None:
        return
    for text in schema_errors(validator(schemas, message.version), root):
        yield problem("XSD_INVALID", "message", text)
    lists = code_lists(schemas)
    for code in root.iter("code"):
        parent = code.getparent()
        name = parent.tag.rpartition("}")[2]
        uri = parent.get("listURI") or _LISTS.get(name)
        codes = lists.get(uri or "")
        if codes is not None and (code.text or "").strip() not in codes:
            yield problem(
                "CODE_UNKNOWN", f"{name}, line {code.sourceline}", f"found {code.text}, expected a code of {uri}"
            )


def _sender(message: ReadMessage, authority: str | None) -> Iterator[Problem]:
    if message.number not in {_OFFER, _HANDOVER}:
        return
    if message.authority is None:
        yield problem("AUTHORITY_MISSING", "Behördenkennung", "found none of the sender")
    elif authority is not None and message.authority != authority:
        yield problem("AUTHORITY_DIFFERS", "Behördenkennung", f"found {message.authority}, expected {authority}")


def _records(root: Element, message: ReadMessage, offered: ReadMessage | None) -> Iterator[Problem]:
    for one in message.objects:
        if one.depth > DEPTH_MAX:
            yield problem(
                "NESTING_TOO_DEEP", f"{one.kind} {one.uuid}", f"found depth {one.depth}, expected {DEPTH_MAX}"
            )
    for wrapped in root.findall(f"{{{root.nsmap[root.prefix]}}}Schriftgutobjekt"):
        for child in wrapped:
            if child.tag.rpartition("}")[2] == "Dokument":
                yield problem("DOCUMENT_AT_ROOT", f"line {child.sourceline}", "found a Dokument, expected a Vorgang")
    if message.number in {_OFFER, _HANDOVER}:
        for one in message.objects:
            if one.kind == "Vorgang" and not one.is_described:
                yield problem("METADATA_MISSING", f"Vorgang {one.uuid}", "found no metadata for the archive")
    if message.number == _OFFER and message.files:
        yield problem("OFFER_WITH_FILES", message.files[0].name, "found primary documents, expected none in an offer")
    if offered is not None:
        # The order of the offer: what lies above comes before what lies below.
        before = dict.fromkeys(_appraisable(offered))
        after = dict.fromkeys(_appraisable(message))
        for uuid in before:
            if uuid not in after:
                yield problem("RECORD_MISSING", uuid, "was offered and is not handed over")
        for uuid in after:
            if uuid not in before:
                yield problem("RECORD_SURPLUS", uuid, "is handed over and was not offered")


def _appraisable(message: ReadMessage) -> Iterator[str]:
    return (one.uuid for one in message.objects if one.kind in APPRAISABLE and not one.is_context)


def _times(root: Element) -> Iterator[Problem]:
    for element in root.iter():
        name = element.tag.rpartition("}")[2]
        if name in _TIMES and element.text and not _ZONE.search(element.text.strip()):
            yield problem("TIME_WITHOUT_ZONE", f"{name}, line {element.sourceline}", f"found {element.text}")


def _versions(root: Element) -> Iterator[Problem]:
    """Every version is one file: of two formats nobody could say which one the other was made from."""
    namespace = root.nsmap[root.prefix]
    for version in root.iter(f"{{{namespace}}}Version"):
        if version.getparent().tag == f"{{{namespace}}}Format" or not len(version):
            continue
        count = len(version.findall(f"{{{namespace}}}Format"))
        if count != 1:
            yield problem("VERSION_WITHOUT_ONE_FILE", f"line {version.sourceline}", f"found {count} files")


# -- files ----------------------------------------------------------------------------------------


def _files(message: ReadMessage, container: Container, own: str) -> Iterator[Problem]:
    named = Counter(one.name for one in message.files)
    for name, count in named.items():
        if count > 1:
            yield problem("FILE_NAMED_TWICE", name, f"found {count} times, expected once in a process")
    for name in sorted(container.names - set(named) - {own}):
        yield problem("FILE_UNNAMED", name, "no Primärdokument names it: it would be dropped")
    for one in message.files:
        found = FILE.match(one.name)
        if found is None or found[1].lower() == (one.document or "").lower():
            yield problem("FILE_NAME_WRONG", one.name, "expected a UUID of its own and an ending")
        if one.name not in container.names:
            yield problem("FILE_MISSING", one.name, "named in the message, and not in the container")
            continue
        yield from _file(one, container)


def _file(one: ReadFile, container: Container) -> Iterator[Problem]:
    algorithm = _HASHES.get(one.algorithm or "")
    hashed = hashlib.new(algorithm) if algorithm is not None else None
    suffix = one.name.rpartition(".")[2].lower()
    is_text = suffix == _TEXT
    beginning = b""
    try:
        for chunk in container.chunks(one.name):
            beginning = beginning or chunk
            # A NUL byte is in no text of any encoding but UTF-16 and its kind, which begin with a mark.
            is_text = is_text and (b"\x00" not in chunk or beginning.startswith((b"\xff\xfe", b"\xfe\xff")))
            if hashed is not None:
                hashed.update(chunk)
    except DamagedError as error:
        yield problem("ENTRY_DAMAGED", one.name, str(error))
        return
    if hashed is not None and hashed.hexdigest() != (one.hash or "").lower():
        yield problem("HASH_DIFFERS", one.name, f"found {hashed.hexdigest()}, expected {one.hash}")
    is_markup = beginning.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
    if (
        not beginning.startswith(_BEGINNINGS.get(suffix, b""))
        or (suffix in _MARKUP and not is_markup)
        or (suffix == _TEXT and not is_text)
    ):
        yield problem("FORMAT_DIFFERS", one.name, f"its bytes are no {suffix}")
