"""What lies in a package, file by file: all of it follows from the excerpt, the terms and what was asked for."""

from __future__ import annotations

import base64
import functools
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct, structs

from archive.archive import ERASED_SIZE
from archive.disclosure import base64url_decode
from archive.errors import InputError, IntegrityError
from archive.excerpt import ExcerptSource
from archive.log.head import parse_head
from archive.log.note import parse_note
from archive.log.policy import parse_policy
from archive.log.proof import receipt
from archive.log.receipts import receipt_name
from archive.token import entry_of
from archive.verify import verify
from projections.export import pdf, view, xdomea
from projections.export.edition import EXAMPLE, PRODUCT
from projections.export.files import document_name
from projections.export.package.recipe import readme, script
from projections.export.pdf import ProofLines, ProofStep
from projections.export.xdomea import Missing, Order
from projections.export.xdomea.order import By, Version
from projections.export.xml import message
from projections.export.xml.evidence import evidence, tag
from projections.export.xml.parsing import local
from projections.export.xml.schema import SCHEMA_FILE, code_list_files, schema_bytes
from projections.verification import GERMAN, STEPS_GERMAN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml import etree

    from archive.excerpt import Excerpt
    from projections.export.edition import Edition
    from projections.export.package.bag import Bag

EXTRACT: Final = "xml/auszug.xml"
DOCUMENTS: Final = "dokumente"
XDOMEA: Final = "xdomea"
PDF: Final = "pdf"
VIEW: Final = "ansicht"
# What may be left out, by the word with which it is left out; the rest is always there.
OPTIONAL: Final = (PDF, VIEW, XDOMEA)
_PEM_LINE: Final = 64
_MEMORY: Final = 5


class Contents(Struct, frozen=True, kw_only=True):
    """What was asked to be in a package.

    Attributes:
        parts: Which of `OPTIONAL`.
        xdomea_version: The version of the container.
        by: What a Vorgang is.
    """

    parts: tuple[str, ...] = OPTIONAL
    xdomea_version: Version = "4.0.0"
    by: By = "proposal"

    @property
    def order(self) -> Order:
        """The order for the container."""
        return Order(version=self.xdomea_version, message="0503", by=self.by)


class Filled(Struct, frozen=True, kw_only=True):
    """What came of filling a package.

    Attributes:
        missing: Why there is no xdomea container; empty where there is one, or none was asked for.
        glyphs: Characters that the PDFs show by their numbers, by the name of the file.
    """

    missing: tuple[Missing, ...]
    glyphs: tuple[tuple[str, tuple[str, ...]], ...]


def proof_lines(edition: Edition, excerpt: Excerpt) -> ProofLines:
    """Give what a verification of the export rests on, as its evidence has it."""
    head = parse_head(parse_note(excerpt.checkpoints()[0].note).text)
    return ProofLines(
        size=head.size,
        root=base64.b64encode(head.root).decode(),
        anchor=edition.register.anchor_hex,
        origin=edition.register.origin,
    )


def proved(edition: Edition, excerpt: Excerpt) -> ProofLines:
    """Give the same with what a verification of the evidence found, step by step, in German."""
    lines = proof_lines(edition, excerpt)
    source = ExcerptSource(folder=excerpt.folder, name="", log_size=lines.size)
    try:
        # Whose register it is nobody can tell from the export alone; the reader is told so where it is checked.
        pin = parse_policy(f"# anchor {lines.anchor}\nquorum none\n".encode())
        report = verify(source, pin=pin)
    finally:
        source.close()
    steps = tuple(
        ProofStep(name=STEPS_GERMAN[step.step], outcome=GERMAN[step.verdict], note=f"{step.checked} geprüft")
        for step in report.steps
        if step.step != _MEMORY
    )
    return structs.replace(lines, steps=steps)


def fill(
    bag: Bag,
    edition: Edition,
    excerpt: Excerpt,
    contents: Contents,
    *,
    extract_of: Callable[[str], bytes],
    with_documents: bool = True,
    renders: bool = True,
    progress: Callable[[int], None] | None = None,
) -> Filled:
    """Write every file of a package, but its manifests.

    Args:
        bag: Takes them.
        edition: What is told.
        excerpt: The evidence.
        contents: What was asked to be in it.
        extract_of: Gives the own XML about one record alone, as it travels in a container.
        with_documents: Whether documents are copied.
        renders: Whether PDFs are made, and the container that holds some.
        progress: Told how many pieces of the own XML have been written.

    Raises:
        StorageError: The extra `pdf` is not installed, or the disk does not take it.
    """
    with bag.place(EXTRACT).open("xb") as out:
        message.write(edition, excerpt, out, progress=progress)
    bag.placed(EXTRACT)
    bag.add(f"schemata/{SCHEMA_FILE}", schema_bytes())
    for name, data in code_list_files():
        bag.add(f"schemata/codelisten/{name}", data)
    register = edition.register.id
    for document in excerpt.documents():
        if document.included and with_documents:
            name = document_name(register, document.digest, media_type=document.media_type, title=document.title)
            path = edition.document_path(document.digest)
            content = edition.document(document.digest) if path is None else None
            if path is not None:
                if bag.copy(f"{DOCUMENTS}/{name}", path) != document.digest:
                    msg = f"document {document.digest[:16]}..: its bytes were changed"
                    raise IntegrityError(msg, hint="run `ratsbuch verify`; what is damaged is not handed out")
            elif content is not None:
                bag.add(f"{DOCUMENTS}/{name}", content)
    for name, data in log_files(edition, excerpt):
        bag.add(name, data)
    proof = proof_lines(edition, excerpt)
    glyphs = []
    if PDF in contents.parts and renders:
        for rendering in pdf.files(edition, proof=proved(edition, excerpt)):
            bag.add(f"{PDF}/{rendering.name}", rendering.data)
            if rendering.missing_glyphs:
                glyphs.append((f"{PDF}/{rendering.name}", rendering.missing_glyphs))
    if VIEW in contents.parts:
        for file in view.files(edition, proof=view_proof(edition, excerpt)):
            bag.add(f"{VIEW}/{file.name}", file.data)
    missing: tuple[Missing, ...] = ()
    # What is neither proposal nor meeting is no Vorgang, and goes without a container.
    if XDOMEA in contents.parts and xdomea.has_cases(edition, contents.order):
        missing = xdomea.missing(edition, contents.order)
        if not missing and (renders or PDF not in contents.parts):
            for file in xdomea.containers(
                edition,
                contents.order,
                evidence=extract_of,
                schema=schema_bytes(),
                renderings=functools.partial(_renderings, edition) if PDF in contents.parts else None,
            ):
                bag.add(f"{XDOMEA}/{file.name}", file.data)
    bag.tag("LIESMICH.txt", readme(edition, contents.parts, missing, proof).encode())
    bag.tag("verify.sh", script(), is_program=True)
    return Filled(missing=missing, glyphs=tuple(glyphs))


def _renderings(edition: Edition, stream: str) -> tuple[pdf.Rendering, ...]:
    return tuple(pdf.of_proposal(edition, stream))


def view_proof(edition: Edition, excerpt: Excerpt) -> view.Proof:
    """Give what the page says about its proof."""
    register = edition.register.id
    lines = proof_lines(edition, excerpt)
    return view.Proof(
        size=lines.size,
        checkpoint=excerpt.checkpoints()[0].note.decode(),
        documents=tuple(
            (
                document.digest,
                document_name(register, document.digest, media_type=document.media_type, title=document.title),
            )
            for document in excerpt.documents()
            if document.included
        ),
    )


def info(edition: Edition, excerpt: Excerpt, contents: Contents, filled: Filled) -> dict[str, str]:
    """Give what stands in `bag-info.txt`, in order."""
    lines, terms = proof_lines(edition, excerpt), edition.terms
    parts = [part for part in contents.parts if part != XDOMEA or not filled.missing]
    found = {
        "Source-Organization": " ".join(edition.register.name.split()),
        "External-Identifier": f"urn:uuid:{message.message_uuid(edition, excerpt)}",
        "Bagging-Date": terms.day,
        "Bag-Software-Agent": f"{PRODUCT} {terms.version}",
        "Ratsbuch-Register": edition.register.id,
        "Ratsbuch-Anchor": lines.anchor,
        "Ratsbuch-Checkpoint-Size": str(lines.size),
        "Ratsbuch-Checkpoint-Root": lines.root,
        "Ratsbuch-Contents": " ".join(contents.parts) or "-",
        "Ratsbuch-Contents-There": " ".join(parts) or "-",
        "Ratsbuch-Xdomea": f"{contents.xdomea_version} {contents.by}",
    }
    if edition.is_example:
        found["Ratsbuch-Example"] = EXAMPLE
    return found


def contents_of(tags: dict[str, str]) -> Contents:
    """Read out of `bag-info.txt` what was asked to be in a package.

    Raises:
        InputError: It does not say so.
    """
    parts = tags.get("Ratsbuch-Contents", "").split()
    version, _, by = tags.get("Ratsbuch-Xdomea", "").partition(" ")
    if (
        not parts
        or (set(parts) - {*OPTIONAL, "-"})
        or version not in {"4.0.0", "3.1.0", "3.0.0"}
        or by not in {"proposal", "meeting"}
    ):
        msg = "bag-info.txt: does not say what was asked to be in the package"
        raise InputError(msg, hint="name a package as `ratsbuch export --format package` wrote it")
    return Contents(
        parts=tuple(part for part in parts if part != "-"),
        xdomea_version=cast("Version", version),
        by=cast("By", by),
    )


# -- the log and the keys -------------------------------------------------------------------------


def log_files(edition: Edition, excerpt: Excerpt) -> Iterator[tuple[str, bytes]]:
    """Give checkpoints, receipts, verifier keys, public keys and certificates as the files that other tools take."""
    newest = excerpt.checkpoints()[0]
    yield "protokoll/checkpoint", newest.note
    for older in excerpt.checkpoints()[1:]:
        yield f"protokoll/checkpoint-{older.size}", older.note
    for entry in excerpt.entries():
        if entry.proof:
            row = entry.row
            log_entry = row.state if len(row.state) == ERASED_SIZE else entry_of(row.state)
            name = receipt_name(row.stream, row.originator_version)
            yield f"protokoll/nachweise/{name}", receipt(log_entry, row.position - 1, entry.proof, newest.note)
    keys = 0
    for piece in evidence(edition.archive, excerpt):
        match local(piece):
            case "protokollschluessel":
                keys += 1
                suffix = "" if keys == 1 else f"-{keys}"
                yield f"protokoll/log{suffix}.vkey", _text(piece, "ed25519") + b"\n"
                yield f"protokoll/log-mldsa44{suffix}.vkey", _text(piece, "mldsa44") + b"\n"
            case "schluessel":
                name = _file_name(_text(piece, "kennung").decode())
                yield f"schluessel/{name}.pem", pem("PUBLIC KEY", _bytes(piece, "oeffentlicherSchluessel"))
                certificate = _bytes(piece, "zertifikat")
                if certificate:
                    yield f"zertifikate/{name}.pem", pem("CERTIFICATE", certificate)
            case _:
                pass


def _file_name(digest: str) -> str:
    """Give a file's name for a certificate's digest: in hex, because some file systems know no capitals."""
    return base64url_decode(digest.encode(), what="certificate digest").hex()


def _text(piece: etree._Element, name: str) -> bytes:
    return (piece.findtext(tag(name)) or "").encode()


def _bytes(piece: etree._Element, name: str) -> bytes:
    return base64.b64decode(b"".join(_text(piece, name).split()))


def pem(label: str, der: bytes) -> bytes:
    """Write DER as PEM.

    Source: RFC 7468, section 3.
    """
    text = base64.b64encode(der).decode()
    lines = [text[at : at + _PEM_LINE] for at in range(0, len(text), _PEM_LINE)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()
