"""Fill the parts of `docs/format.md` that are computed: the examples, and the tables of types, records and codes.

They stand between `<!-- begin NAME -->` and `<!-- end NAME -->`; everything else of the document is written by hand.
Running it again changes nothing.
"""

from __future__ import annotations

import base64
import enum
import hashlib
import inspect as python_inspect
import json
import re
import sys
import types
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from msgspec import Meta, Raw, Struct, UnsetType

TESTS: Final = Path(__file__).resolve().parents[1]
if str(TESTS) not in sys.path:  # run as a script
    sys.path.insert(0, str(TESTS))

from archive.log import checkpoint, note, proof, tiles  # noqa: E402
from archive.log.head import parse_head  # noqa: E402
from archive.log.line import Line, format_line  # noqa: E402
from domain import events, values, vocabulary  # noqa: E402
from domain.events import CATALOGUE  # noqa: E402
from domain.stream import ENVELOPE  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT: Final = TESTS.parent / "docs" / "format.md"
VECTORS: Final = TESTS / "vectors" / "token"
LOG_VECTORS: Final = TESTS / "vectors" / "log"
# The size whose files are listed: one full tile, a partial one, and a level above.
TILES_OF: Final = 270
LINE_DAY: Final = "2026-11-24"
_ALIASES: Final = {
    id(meta): name
    for module in (events, values)
    for name, alias in vars(module).items()
    if typing.get_origin(alias) is Annotated and name not in {"Plain", "Text", "Personal"}
    for meta in typing.get_args(alias)[1:]
}
_LITERALS: Final = ("known_literal", "occurred_literal")


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def folded(text: str) -> str:
    """Give a text in lines of 110 characters, as the document shows what has none."""
    return "\n".join(text[i : i + 110] for i in range(0, len(text), 110))


def example() -> str:
    """Give the example: the token, what is in it, its disclosures, its log entry."""
    token = (VECTORS / "good" / "example.jws").read_text(encoding="ascii")
    row = (VECTORS / "good" / "example.disclosures").read_text(encoding="ascii")
    header, payload, _ = token.split(".")
    disclosed = []
    for text in row[1:-1].split("~"):
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        disclosed.append(f"{digest}  {decode(text).decode()}")
    parts = (
        ("The token, 3 parts joined by dots (folded here):", folded(token)),
        ("The header:", decode(header).decode()),
        (
            "The payload (laid out here; in the token it has no space):",
            json.dumps(json.loads(decode(payload)), ensure_ascii=False, indent=2),
        ),
        ("The row of disclosures beside it (folded here):", folded(row)),
        ("Each disclosure, decoded, after its digest:", "\n".join(disclosed)),
        ("The log entry, in hex (folded here):", folded(hashlib.sha512(token.encode()).hexdigest())),
    )
    return "\n\n".join(f"{title}\n\n```\n{text}\n```" for title, text in parts)


# -- the log --------------------------------------------------------------------------------------


def block(title: str, text: str) -> str:
    """Give a text that is shown as it stands, after a sentence about it."""
    return f"{title}\n\n```\n{text}\n```"


def shortened(text: str) -> str:
    """Give a text with its long lines cut in the middle; nobody reads the base64 of an ML-DSA-44 signature."""
    lines = (
        line if len(line) <= 200 else f"{line[:100]}...{line[-20:]}   ({len(line):,} characters)"
        for line in text.splitlines()
    )
    return "\n".join(lines)


def log_file(name: str) -> bytes:
    """Give a file of the vectors of the log."""
    return (LOG_VECTORS / name).read_bytes()


def tile_table() -> str:
    """Give the files of a log."""
    paths = "\n".join(tile.path for tile in tiles.tiles_of(TILES_OF))
    return f"```\n{paths}\ncheckpoint\n```"


def checkpoint_example() -> str:
    """Give a checkpoint of a log and a witness, and what is in its lines."""
    data = log_file("checkpoint_70.txt")
    keys = [
        note.parse_vkey(log_file(name).decode().strip()) for name in ("log.vkey", "log-mldsa44.vkey", "witness.vkey")
    ]
    verified = checkpoint.open_checkpoint(data, keys, require=keys).verified
    rows = ["| line | type | key id | time |", "|---|---|---|---|"]
    rows += [
        f"| {number} | {each.key.type:#04x} | `{each.key.id.hex()}` | {each.timestamp or 'none'} |"
        for number, each in enumerate(verified, start=5)
    ]
    title = "`checkpoint_70.txt` of the vectors, its long line cut in the middle here:"
    keys_title = "The verifier keys of these lines, the second cut in the middle:"
    vkeys = block(keys_title, shortened("\n".join(key.vkey for key in keys)))
    return "\n\n".join((block(title, shortened(data.decode())), "\n".join(rows), vkeys))


def line_example() -> str:
    """Give the line of that checkpoint."""
    head = parse_head(note.parse_note(log_file("checkpoint_70.txt")).text)
    line = format_line(Line(register=head.origin[:8], size=head.size, day=LINE_DAY, root=head.root))
    return block("The line of the checkpoint of 16.3:", line)


def receipt_example() -> str:
    """Give a receipt."""
    data = log_file("receipt_41.tlog-proof")
    read = proof.parse_proof(data)
    title = f"`receipt_41.tlog-proof`, for the event at position {read.index + 1}; long lines cut in the middle here:"
    return block(title, shortened(data.decode()))


def policy_example() -> str:
    """Give a policy."""
    return block(
        "`policy` of the vectors, its long line cut in the middle here:", shortened(log_file("policy").decode())
    )


# -- tables ---------------------------------------------------------------------------------------


def shown(hint: object) -> str:
    """Give the type of a field in the notation of the tables."""
    alias = None
    while typing.get_origin(hint) is Annotated:
        hint, *extra = typing.get_args(hint)
        alias = next((_ALIASES[id(meta)] for meta in extra if id(meta) in _ALIASES), alias)
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        parts = [part for part in typing.get_args(hint) if part is not UnsetType]
        return " or ".join("null" if part is type(None) else shown(part) for part in parts)
    if typing.get_origin(hint) is tuple:
        return f"list of {shown(typing.get_args(hint)[0])}"
    if alias is not None:
        return alias
    basic = {str: "text", int: "integer", bool: "boolean", Raw: "JSON"}
    cls = typing.cast("type", hint)
    return basic.get(cls) or cls.__name__


def members(hints: dict[str, Any]) -> str:
    """Give fields with their types; an asterisk marks those that are always there."""
    star = {True: "", False: "\\*"}
    return ", ".join(f"`{name}`{star[_optional(hint)]} {shown(hint)}" for name, hint in sorted(hints.items()))


def _optional(hint: object) -> bool:
    return UnsetType in typing.get_args(hint)


def catalogue() -> str:
    """Give the table of types."""
    lines = ["| type | stream | recorded by | plain | text and personal |", "|---|---|---|---|---|"]
    for name, row in CATALOGUE.items():
        hints = typing.get_type_hints(row.cls, include_extras=True)
        plain = {n: hints[n] for n, kind in row.fields.items() if kind == "plain"}
        hidden = {n: hints[n] for n, kind in row.fields.items() if kind != "plain" and n not in _LITERALS}
        streams = "any" if row.streams == values.STREAM_KINDS else ", ".join(row.streams)
        opens = " (opens it; may stand again)" if row.repeats else " (opens it)" if row.opens else ""
        lines.append(f"| `{name}` | {streams}{opens} | {_roles(row)} | {members(plain)} | {members(hidden)} |")
    return "\n".join(lines)


def _roles(row: events.EventType) -> str:
    by_roles: dict[str, list[str]] = {}
    for stream, roles in row.roles.items():
        by_roles.setdefault(", ".join(sorted(roles)), []).append(stream)
    if len(by_roles) == 1:
        return next(iter(by_roles))
    rarest_last = sorted(by_roles.items(), key=lambda item: -len(item[1]))
    return "; ".join(
        roles if index == 0 else f"in {', '.join(streams)}: {roles}"
        for index, (roles, streams) in enumerate(rarest_last)
    )


def records() -> str:
    """Give the table of the records that fields hold, and that occur in the envelope."""
    found: dict[str, type[Struct]] = {}

    def walk(hint: object) -> None:
        for part in typing.get_args(hint):
            walk(part)
        if isinstance(hint, type) and issubclass(hint, Struct) and hint.__name__ not in found:
            found[hint.__name__] = hint
            for inner in typing.get_type_hints(hint, include_extras=True).values():
                walk(inner)

    for hint in (values.Recorder, *ENVELOPE.values()):
        walk(hint)
    for row in CATALOGUE.values():
        for hint in typing.get_type_hints(row.cls, include_extras=True).values():
            walk(hint)
    lines = ["| record | members |", "|---|---|"]
    for name, cls in sorted(found.items()):
        lines.append(f"| {name} | {members(typing.get_type_hints(cls, include_extras=True))} |")
    return "\n".join(lines)


def forms() -> str:
    """Give the table of the forms that texts and numbers may be bound to."""
    lines = ["| form | what stands there |", "|---|---|"]
    for name, (meta, base) in sorted(_forms()):
        lines.append(f"| {name} | {_form(meta, base)} |")
    return "\n".join(lines)


def _forms() -> Iterator[tuple[str, tuple[Meta, type]]]:
    for module in (events, values):
        for name, alias in vars(module).items():
            if typing.get_origin(alias) is Annotated and id(typing.get_args(alias)[1]) in _ALIASES:
                base, meta = typing.get_args(alias)[:2]
                yield name, (meta, base)


def _form(meta: Meta, base: object) -> str:
    extra = meta.extra or {}
    refs = extra.get("refs")
    if refs is not None:
        streams = [ref for ref in refs if ref in values.STREAM_KINDS]
        if refs == ("person",) or not streams:
            return "`<uuid>`" + (f", the {extra['inner']} inside its stream" if "inner" in extra else ", a person key")
        named = (
            "`<kind>:<uuid>`"
            if tuple(streams) == values.STREAM_KINDS
            else " or ".join(f"`{k}:<uuid>`" for k in streams)
        )
        if "#" not in refs:
            return named
        return f"{named}, or with `#<seq>`" if "a stream, or" in extra["expects"] else "`<kind>:<uuid>#<seq>`"
    if typing.get_origin(base) is tuple:
        return f"list of {shown(typing.get_args(base)[0])}, {meta.min_length} to {meta.max_length} of them"
    return str(extra["expects"])


def codes() -> str:
    """Give the table of code lists."""
    lines = ["| list | codes |", "|---|---|"]
    for name, cls in sorted(vars(vocabulary).items()):
        if python_inspect.isclass(cls) and issubclass(cls, enum.StrEnum) and cls is not enum.StrEnum:
            lines.append(f"| {name} | {', '.join(f'`{code}`' for code in cls)} |")
    return "\n".join(lines)


def fill(text: str) -> str:
    """Give the document with its computed parts made anew."""
    for name, part in (
        ("example", example),
        ("catalogue", catalogue),
        ("records", records),
        ("forms", forms),
        ("codes", codes),
        ("tiles", tile_table),
        ("checkpoint", checkpoint_example),
        ("line", line_example),
        ("receipt", receipt_example),
        ("policy", policy_example),
    ):
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"{DOCUMENT.name}: expected one part {name}")
        pattern = re.compile(re.escape(begin) + ".*" + re.escape(end), re.DOTALL)
        # No pattern of `re` may be seen in what is filled in.
        text = pattern.sub(f"{begin}\n\n{part()}\n\n{end}".replace("\\", r"\\"), text)
    return text


if __name__ == "__main__":
    DOCUMENT.write_text(fill(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
