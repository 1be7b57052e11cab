"""Sections 16 to 18 of `docs/format.md` say what the code does: examples, tables, limits and codes are held against it.

What the document describes in words (key ids, what is signed, the check group) is computed here as the words say, with
nothing of `archive.log`, and has to fit the examples.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import json
import re
import struct
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from support.document import blocks, codes, rows, section
from support.kept import kept_archive
from support.matrix import COLUMNS, ROWS
from vectors.make_format_doc import LOG_VECTORS, shortened

from archive import disclosure, token, trust
from archive.log import folder, line, merkle, note, opening, policy, proof, signing, tiles, witness, witness_server
from archive.log.checkpoint import log_keys
from archive.log.note import SignatureType
from archive.log.opening import State
from archive.log.policy import open_trusted, parse_policy
from archive.log.proof import parse_proof, verify_receipt
from archive.verify import (
    Report,
    RestsOn,
    Verdict,
    context,
    evidence,
    excerpts,
    logs,
    meaning,
    procedure,
    ranges,
    report,
    source,
    verified,
)
from domain.findings import CODES
from projections import check, verification
from projections.export import checking, containing, holding
from projections.export.package import bag
from projections.export.xml import parsing, reading

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).resolve().parents[3]
CHECKPOINT = (LOG_VECTORS / "checkpoint_70.txt").read_text(encoding="utf-8")
VKEYS = [(LOG_VECTORS / f"{name}.vkey").read_text().strip() for name in ("log", "log-mldsa44", "witness")]


@pytest.fixture(scope="module")
def document() -> str:
    return (ROOT / "docs" / "format.md").read_text(encoding="utf-8")


def computed(document: str, name: str) -> str:
    """Give a part that the script fills in."""
    return document.partition(f"<!-- begin {name} -->")[2].partition(f"<!-- end {name} -->")[0]


# -- 16: the log ------------------------------------------------------------------------------------


def test_files_of_a_log_are_those_that_an_archive_of_that_size_has(document: str, tmp_path: Path) -> None:
    kept = kept_archive(tmp_path)
    log = kept.folder / "log"
    there = {path.relative_to(log).as_posix() for path in log.rglob("*") if path.is_file()}

    (listed,) = blocks(computed(document, "tiles"))

    assert kept.sizes[-1] == 270
    # Partial tiles of older sizes, which had checkpoints too, stay beside them.
    older = {f"tile/{kind}/001.p/{size - 256}" for kind in ("0", "entries") for size in kept.sizes[1:-1]}
    assert there == {*listed.splitlines(), *older, folder.LOCK}


def test_example_of_a_checkpoint_is_the_vector(document: str) -> None:
    example, keys = blocks(computed(document, "checkpoint"))

    assert example == shortened(CHECKPOINT)
    assert keys == shortened("\n".join(VKEYS))


def test_key_ids_and_signatures_of_the_example_are_as_the_words_say(document: str) -> None:
    text, _, lines = CHECKPOINT.partition("\n\n")
    origin, size, root = text.split("\n")
    signed = f"{text}\n".encode()

    for vkey, signature_line, cells in zip(
        VKEYS, lines.splitlines(), [row for row in rows(document, "16.3") if row[0] in "567"], strict=True
    ):
        name, key_id, encoded = vkey.split("+", 2)
        kind, public = base64.b64decode(encoded)[:1], base64.b64decode(encoded)[1:]
        dash, line_name, blob = signature_line.split(" ")
        blob_id, rest = base64.b64decode(blob)[:4], base64.b64decode(blob)[4:]
        assert (dash, line_name, blob_id.hex()) == ("\N{EM DASH}", name, key_id)
        assert hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4] == blob_id
        time = rest[:8]
        seconds = int.from_bytes(time)
        match kind[0]:
            case 0x01:
                Ed25519PublicKey.from_public_bytes(public).verify(rest, signed)
            case 0x04:
                message = f"cosignature/v1\ntime {seconds}\n".encode() + signed
                Ed25519PublicKey.from_public_bytes(public).verify(rest[8:], message)
            case _:
                names = [struct.pack("B", len(each)) + each.encode() for each in (name, origin)]
                message = b"subtree/v1\n\0" + names[0] + time + names[1] + struct.pack(">QQ", 0, int(size))
                MLDSA44PublicKey.from_public_bytes(public).verify(rest[8:], message + base64.b64decode(root))
        shown = "none" if kind[0] == 0x01 else str(seconds)
        assert cells[1:] == [f"0x{kind[0]:02x}", f"`{key_id}`", shown]


def test_types_of_signatures_are_described_with_their_lengths(document: str) -> None:
    described = {int(row[0], 16): " ".join(row) for row in rows(document, "16.3") if re.fullmatch("0x0[0-9]", row[0])}

    assert set(described) == set(SignatureType)
    for kind in SignatureType:
        assert f"{kind.key_bytes:,} bytes" in described[kind]
        time = 0 if kind is SignatureType.ED25519 else 8
        assert f"{kind.signature_bytes - time:,} bytes" in described[kind]


LIMITS = {
    "a note": f"256 KiB ({note.NOTE_BYTES_MAX:,} bytes)",
    "signature lines of a note": f"{note.SIGNATURES_MAX}",
    "name of a key": f"{note.NAME_BYTES_MAX} bytes",
    "entry in a bundle that is read": f"{tiles.ENTRY_BYTES_MAX:,} bytes",
    "hashes of an inclusion proof": f"{merkle.PROOF_HASHES_MAX}",
    "hashes of a consistency proof to a witness": f"{witness.PROOF_LINES_MAX}",
    "a receipt": f"{proof.PROOF_BYTES_MAX:,} bytes",
    "a policy": f"1 MiB ({policy.POLICY_BYTES_MAX:,} bytes), {policy.ITEMS_MAX} logs, witnesses and groups each",
    "a line, as it is typed in": f"{line.TEXT_CHARACTERS_MAX:,} characters",
    "request to a witness": f"128 KiB ({witness.REQUEST_BYTES_MAX:,} bytes)",
    "answer of a witness": f"64 KiB ({witness.ANSWER_BYTES_MAX:,} bytes)",
}


def test_limits_of_the_log_are_those_of_the_code(document: str) -> None:
    table = section(document, "16.3").partition("| what | limit |")[2]
    described = dict(re.findall(r"^\| ([^|-]+?) \| ([^|]+?) \|$", table, re.MULTILINE))

    assert described == LIMITS


def test_files_that_are_published_besides_are_described(document: str) -> None:
    described = [codes(row[0])[0] for row in rows(document, "16.5") if row[0].startswith("`")]

    assert described == [folder.VKEY, folder.VKEY_MLDSA44]


def test_every_state_of_an_archive_is_described_and_no_other(document: str) -> None:
    described = [codes(row[0])[0] for row in rows(document, "16.6") if re.match("`[a-z]", row[0])]

    assert described == list(State)


def test_every_code_of_opening_is_described_and_no_other(document: str) -> None:
    described = [code for row in rows(document, "16.6") for code in codes(row[0]) if code.isupper()]
    code = inspect.getsource(opening) + inspect.getsource(signing)

    assert sorted(described) == sorted(set(re.findall(r'"([A-Z]+_[A-Z_]+)"', code)))


# -- 17: what is kept outside -----------------------------------------------------------------------


def check_group(values: list[int]) -> int:
    """Compute the check group as the document describes it."""
    state = 1
    for value in [*values, 0, 0, 0, 0, 0, 0]:
        off, state = state >> 25, (state & (2**25 - 1)) << 5 ^ value
        for bit, constant in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if off & 1 << bit:
                state ^= constant
    return state ^ 0x2BC830A3


def test_line_of_the_example_is_spelled_as_the_words_say(document: str) -> None:
    (example,) = blocks(computed(document, "line"))
    (alphabet,) = re.findall(r"^\*\*Alphabet\*\* of root and check: `([0-9A-Z]{32})`", document, re.MULTILINE)
    origin, size, root = CHECKPOINT.split("\n")[:3]

    word, register, stated, day, groups, check = re.split(r" / | (?=[0-9A-F]{8} )", example)

    assert (word, register, stated, day) == ("RATSBUCH", origin[:8].upper(), size, "2026-11-24")
    assert re.fullmatch(r"([0-9A-Z]{4} ){12}[0-9A-Z]{4}", groups)
    values = [alphabet.index(each) for each in groups.replace(" ", "")]
    number = 0
    for value in values:
        number = number * 32 + value
    assert number == int.from_bytes(base64.b64decode(root)) * 16
    told = [alphabet.index(each) for each in register + stated + day.replace("-", "")]
    expected = check_group([*told, *values])
    assert check == "".join(alphabet[expected >> 5 * place & 31] for place in reversed(range(6)))
    assert line.parse_line(example).root == base64.b64decode(root)


def test_example_of_a_receipt_verifies_and_is_named_as_described(document: str) -> None:
    data = (LOG_VECTORS / "receipt_41.tlog-proof").read_bytes()
    (example,) = blocks(computed(document, "receipt"))

    assert example == shortened(data.decode())
    assert verify_receipt(parse_proof(data), log_keys(VKEYS[0], VKEYS[1])).head.size == 70
    assert f"`<kind>-<uuid>-<seq>{proof.SUFFIX}`" in section(document, "17.3")


def test_example_of_a_policy_is_satisfied_by_the_example_of_a_checkpoint(document: str) -> None:
    data = (LOG_VECTORS / "policy").read_bytes()
    (example,) = blocks(computed(document, "policy"))

    assert example == shortened(data.decode())
    assert open_trusted(parse_policy(data), CHECKPOINT.encode()).witnesses == (("nachbar", 1_795_430_001),)
    assert f"# anchor {parse_policy(data).anchor_hex}\n" in example


def test_every_answer_of_a_witness_is_described(document: str) -> None:
    described = {int(row[0]) for row in rows(document, "17.4") if row[0].isdecimal()}
    code = inspect.getsource(witness_server)
    named = re.findall(r"(?:_RefusalError\(|__init__\()HTTPStatus\.(\w+)", code)

    assert described == {HTTPStatus.OK, *(HTTPStatus[name] for name in named)}


def test_memory_file_of_what_was_verified_is_described(document: str) -> None:
    described = section(document, "17.1")

    assert f"suffix `{verified.SUFFIX}`" in described
    assert f"full range of {procedure.RANGE_SIZE:,} rows" in described


# -- 18: the procedure ------------------------------------------------------------------------------


def findings(document: str) -> Iterator[tuple[set[int], str, str]]:
    """Give steps, code and verdict of every row; what a row's last cell names stands inside another's text."""
    for steps, names, verdict, _ in rows(document, "18.1"):
        if names.startswith("`"):
            for code in codes(names):
                yield {int(step) for step in steps.split(", ")}, code, verdict


def verifying() -> str:
    modules = (check, context, evidence, logs, meaning, procedure, ranges, report, source, verified, verification)
    exports = (excerpts, checking, holding, bag, parsing, reading)
    code = "".join(map(inspect.getsource, (*modules, *exports, trust, token, disclosure)))
    # The rules of a receiving tool have codes of their own, which stand in `docs/xdomea.md`.
    return code + inspect.getsource(containing).replace(repr_of_unsafe(), "")


def repr_of_unsafe() -> str:
    code = inspect.getsource(containing)
    return code[code.index("_UNSAFE: Final") : code.index("def is_container")]


def test_every_code_of_a_finding_is_described_once_and_no_other(document: str) -> None:
    described = [code for _, code, _ in findings(document)]
    inside = {"TOKEN_FIELD_MISSING", "DISCLOSURE_VALUE"}
    (invalid,) = [row[3] for row in rows(document, "18.1") if row[1] == "`EVENT_INVALID`"]

    assert set(codes(invalid)) == inside
    assert sorted([*described, *inside]) == sorted(set(re.findall(r'"([A-Z][A-Z0-9_]{4,})"', verifying())))


def test_verdicts_of_findings_are_those_of_the_code(document: str) -> None:
    code = verifying()
    there = dict.fromkeys(re.findall(r'\.failed\(\s*"([A-Z_]+)"', code), "failed")
    there |= {name: verdict.lower() for name, verdict in re.findall(r'"([A-Z_]+)",\s*Verdict\.([A-Z]+)', code)}
    there |= {
        name: verdict.lower() for name, verdict in re.findall(r'code="([A-Z_]+)",\s*verdict=Verdict\.(\w+)', code)
    }
    there |= {
        name: "failed" if certain == "True" else "indeterminate"
        for name, certain in re.findall(r'code="([A-Z_]+)",\s*certain=(\w+)', code)
    }
    described = {name: verdict for _, name, verdict in findings(document)}

    assert len(there) > 50
    assert {name: described[name] for name in there} == there
    # What the parsers refuse is a deviation.
    assert {described[name] for name in described.keys() - there.keys()} == {"failed"}


def test_steps_of_findings_are_those_in_which_tampering_shows_them(document: str) -> None:
    described = {code: steps for steps, code, _ in findings(document)}
    shown = {
        (step, code)
        for path in (ROOT / "tests" / "tamper").glob("*_fail/expected.json")
        for step, code in json.loads(path.read_text())
    }
    shown |= {
        (int(step), code)
        for row in ROWS
        for column in COLUMNS
        for step, code in (finding.split(" ") for finding in row.expected(column))
    }

    assert len(shown) > 40
    assert [(step, code) for step, code in sorted(shown) if step not in described[code]] == []


def test_steps_are_described_by_their_names(document: str) -> None:
    described = {int(row[0]): row[1] for row in rows(document, "18") if row[0].isdecimal() and len(row) == 3}

    assert described == report.STEPS


def test_verdicts_are_described_with_their_german_words(document: str) -> None:
    described = [(codes(row[0])[0], row[1], row[3]) for row in rows(document, "18") if len(row) == 4 and codes(row[0])]

    assert [verdict for verdict, _, _ in described if verdict in set(Verdict)] == list(Verdict)
    assert described[:3] == [
        ("passed", "unverändert nachgewiesen", "0"),
        ("indeterminate", "nicht nachweisbar (es fehlt ...)", "3"),
        ("failed", "Abweichung festgestellt", "4"),
    ]


@pytest.mark.parametrize(
    ("memory", "reach", "place"), [("none", 0, 0), ("own (size 4)", 0, 0), ("checkpoint (size 4)", 4, 1)]
)
def test_headlines_are_those_of_the_report(memory: str, reach: int, place: int, document: str) -> None:
    made = Report(
        verdict=Verdict.PASSED,
        target="",
        register=None,
        example=False,
        rests_on=RestsOn(memory=memory, time="own clock", reach=reach),
        events=4,
        size=4,
        root=None,
        anchor=None,
        steps=(),
    )
    table = section(document, "18").partition("| headline | German | when |\n|---|---|---|\n")[2]
    described = [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()[:2]]

    assert made.headline() == described[place]


@pytest.mark.parametrize("name", ["threat-model.md", "betriebshandbuch.md", "datenschutz.md", "cli.md"])
def test_other_documents_name_no_code_that_is_not_described(name: str, document: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    capitals = r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+|FORKED)`"
    variables = {"RATSBUCH_ARCHIVE", "RATSBUCH_PASSPHRASE_FILE", "NO_COLOR"}

    # Discrepancies in what was recorded have codes of their own, which the document of what is stored does not know.
    assert set(re.findall(capitals, text)) - set(re.findall(capitals, document)) - set(CODES) <= variables
