"""The OParl export in tests: councils in memory, folders on loopback, and the types of the specification."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, cast

from archive.excerpt import Terms
from domain import values as x
from projections.export.edition import Edition
from projections.export.oparl import files
from support.memory import RECORDED_AT, MemoryArchive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.archive import Archive
    from domain.stream import RecordedEvent

BASE: Final = "https://ris.example.org/oparl"
DAY: Final = "2026-12-24"
Tree = dict[str, Any]

# -- the specification ----------------------------------------------------------------------------

# What each type of OParl 1.1 has: `date`, `time`, `url` and `text` are strings, `*` a list, `>` an embedded object,
# `!` what has to be there. Source: github.com/OParl/spec, schema/*.json at 16af8d71716f03138d7feb15d90da748324b3bc6
# (JSON schemas of version 1.1), fields that neither this export nor a city's system uses left out.
_EVERY: Final = "created time; modified time; deleted flag; id! url; type! url; license text; keyword *text; web url"
_FIELDS: Final = {
    "System": "oparlVersion! url; body! url; name text",
    "Body": "system url; name! text; shortName text; classification text; ags text; rgs text; organization! url; "
    "person! url; meeting! url; paper! url; legislativeTerm! *>LegislativeTerm; agendaItem url; consultation url; "
    "file url; locationList url; legislativeTermList url; membership url",
    "LegislativeTerm": "body url; name text; startDate date; endDate date",
    "Organization": "body url; name text; shortName text; membership *url; meeting url; organizationType text; "
    "classification text; startDate date; endDate date; location >Location",
    "Person": "body url; name text; status *text; membership *>Membership",
    "Membership": "person url; organization url; role text; votingRight flag; startDate date; endDate date; "
    "onBehalfOf url",
    "Meeting": "name text; cancelled flag; start time; end time; location >Location; organization *url; "
    "invitation >File; resultsProtocol >File; verbatimProtocol >File; auxiliaryFile *>File; agendaItem *>AgendaItem",
    "AgendaItem": "meeting url; number text; order! number; name text; public flag; consultation url; result text; "
    "resolutionText text; resolutionFile >File; auxiliaryFile *>File; start time; end time",
    "Paper": "body url; name text; reference text; date date; paperType text; relatedPaper *url; mainFile >File; "
    "auxiliaryFile *>File; location *>Location; originatorPerson *url; originatorOrganization *url; "
    "underDirectionOf *url; consultation *>Consultation",
    "Consultation": "paper url; agendaItem url; meeting url; organization *url; authoritative flag; role text",
    "File": "name text; fileName text; mimeType text; date date; size number; sha512Checksum text; accessUrl! url; "
    "downloadUrl url; meeting *url; agendaItem *url; paper *url",
    "Location": "description text; geojson >; streetAddress text; postalCode text; subLocality text; locality text; "
    "room text; meetings *url",
}
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_OF_TOMBSTONE: Final = {"id", "type", "deleted", "modified", "created"}
TYPE: Final = "https://schema.oparl.org/1.1/"


def _table(text: str) -> dict[str, tuple[str, bool]]:
    pairs = (part.strip().rsplit(" ", 1) for part in f"{text}; {_EVERY}".split(";"))
    return {name.rstrip("!"): (wanted, name.endswith("!")) for name, wanted in pairs}


SCHEMA: Final = {kind: _table(text) for kind, text in _FIELDS.items()}


def faults(tree: Tree) -> list[str]:
    """Name what of an object, and of what it embeds, is not as the specification has it."""
    kind = str(tree.get("type")).removeprefix(TYPE)
    if kind not in SCHEMA:
        return [f"type {tree.get('type')}"]
    if tree.get("deleted") is True and {name for name in tree if ":" not in name} <= _OF_TOMBSTONE:
        return [] if {"id", "modified"} <= tree.keys() else [f"{kind}: tombstone without id or modified"]
    table = SCHEMA[kind]
    found = [f"{kind}: lacks {name}" for name, (_, needed) in table.items() if needed and name not in tree]
    for name, value in tree.items():
        if ":" in name:
            continue
        if name not in table:
            found.append(f"{kind}: {name} is unknown")
            continue
        wanted = table[name][0]
        many = wanted.startswith("*")
        if many != isinstance(value, list):
            found.append(f"{kind}.{name}: list or not")
            continue
        for one in value if many else [value]:
            found += _fault_of(f"{kind}.{name}", one, wanted.lstrip("*"))
    return found


def _fault_of(place: str, value: object, wanted: str) -> list[str]:
    if wanted.startswith(">"):
        if not isinstance(value, dict):
            return [f"{place}: not embedded"]
        inner = wanted[1:]
        wrong = inner and value.get("type") != TYPE + inner
        return [f"{place}: embeds {value.get('type')}"] if wrong else faults(value) if inner else []
    fits = {
        "flag": lambda: isinstance(value, bool),
        "number": lambda: isinstance(value, int) and not isinstance(value, bool),
        "text": lambda: isinstance(value, str),
        "url": lambda: isinstance(value, str) and value.startswith(("http://", "https://")),
        "date": lambda: isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-",
        "time": lambda: isinstance(value, str) and _MOMENT.fullmatch(value) is not None,
    }
    return [] if fits[wanted]() else [f"{place}: {value!r} is no {wanted}"]


# -- councils that are exported -------------------------------------------------------------------


class Council(MemoryArchive):
    """A register in memory that can be exported, with documents."""

    def __init__(self, *, example: bool = False) -> None:
        super().__init__(example=example)
        self.held: dict[str, bytes] = {}
        self._by_stream: dict[str, list[RecordedEvent]] | None = None

    def hold(self, content: bytes, *, media_type: str = "text/plain", title: str = "Anlage") -> x.Document:
        """Take a document in."""
        digest = hashlib.sha512(content).hexdigest()
        self.held[digest] = content
        return x.Document(digest=digest, held=True, media_type=media_type, size=len(content), title=title)

    def by_stream(self) -> None:
        """Look streams up in a table from now on; nothing is added after that."""
        self._by_stream = {}
        for record in self.records:
            self._by_stream.setdefault(record.stream, []).append(record)

    def history(self, stream: str, *, until: int | None = None) -> tuple[RecordedEvent, ...]:
        if self._by_stream is None:
            return super().history(stream, until=until)
        return tuple(self._by_stream.get(stream, ()))

    def document(self, digest: str) -> bytes | None:
        return self.held.get(digest)

    def newest_checkpoint(self) -> bytes | None:
        return None


class MemoryEdition(Edition):
    """An edition of one."""

    @property
    def recorded_until(self) -> int:
        return RECORDED_AT + 60 * self.archive.size


def edition(council: Council, *, day: str = DAY, subjects: tuple[str, ...] = ()) -> Edition:
    """Give an edition of everything, or of some streams; nothing is taken out of it beforehand."""
    terms = Terms(day=day, version="0.1.0", whole=not subjects, subjects=subjects)
    return MemoryEdition(cast("Archive", council), terms)


class Exported:
    """An export, by file names."""

    def __init__(self, made: Edition, base_url: str = BASE, *, checkpoint: bytes | None = None) -> None:
        self.base = base_url
        self.files: dict[str, bytes] = {}
        for file in files(made, base_url, checkpoint=checkpoint):
            assert file.name not in self.files, f"{file.name} comes twice"
            self.files[file.name] = file.data

    @property
    def trees(self) -> dict[str, Tree]:
        """The objects and pages."""
        return {name: json.loads(data) for name, data in self.files.items() if name.endswith(".json")}

    def objects(self, kind: str) -> list[Tree]:
        """Give the objects of a kind, as they stand alone, in the order of the files."""
        return [tree for tree in self.trees.values() if tree.get("type") == TYPE + kind]

    def one(self, kind: str) -> Tree:
        """Give the only object of a kind."""
        (found,) = self.objects(kind)
        return found

    def text(self) -> str:
        """Give all there is as one text."""
        return "\n".join(data.decode(errors="replace") for data in self.files.values())


# -- on loopback ----------------------------------------------------------------------------------


class Folder:
    """A web server that knows nothing but files."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []


@contextlib.contextmanager
def served() -> Iterator[Folder]:
    """Serve a folder; its files may come later than its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0].removeprefix("/oparl/")
            folder.asked.append(path)
            body = folder.files.get(path)
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    folder = Folder(f"http://127.0.0.1:{server.server_port}/oparl")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield folder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
