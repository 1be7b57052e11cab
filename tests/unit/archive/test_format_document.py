"""`docs/format.md` says what the code does: example, rules, limits, tables and keys are held against it."""

from __future__ import annotations

import inspect
import re
import sqlite3
from pathlib import Path

import pytest
from support.document import rows, section
from support.vectors import SIGNERS, check, good
from vectors.make_format_doc import fill

from archive import archive, disclosure, documents, keys, settings, token, trust
from archive.intake import commands
from archive.store.sqlite import APPLICATION_ID, SCHEMA_VERSION, create_database
from archive.token import entry_of
from domain import text
from domain.events import BallotHeld, RegisterOpened
from domain.values import Tally
from domain.vocabulary import Role

pytestmark = pytest.mark.checkout

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "format.md"


@pytest.fixture(scope="module")
def document() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


def test_computed_parts_are_those_that_the_script_makes(document: str) -> None:
    assert fill(document) == document


def test_example_is_a_token_that_verifies_with_the_disclosures_shown(document: str) -> None:
    blocks = re.findall(r"^```\n(.*?)\n```$", section(document, "1"), re.DOTALL | re.MULTILINE)
    raw, row = (blocks[index].replace("\n", "").encode() for index in (0, 3))

    event = check(raw, row, SIGNERS["es256"]).event

    assert (raw, row) == good("example")
    assert isinstance(event, BallotHeld)
    assert event.tally == Tally(abstain=1, no=None, yes=23)
    assert event.tally_literal == "23 Ja-Stimmen, 1 Enthaltung"
    assert blocks[5].replace("\n", "") == entry_of(raw).hex()


def test_every_rule_is_described_and_no_other(document: str) -> None:
    code = inspect.getsource(token) + inspect.getsource(disclosure)

    described = [cells[0].strip("`") for cells in rows(document, "10") if cells[0].startswith("`")]

    assert sorted(described) == sorted(set(re.findall(r'"((?:TOKEN|DISCLOSURE)_[A-Z0-9_]+)"', code)))


def test_every_doubt_about_a_signer_is_described_and_no_other(document: str) -> None:
    described = {cells[0].strip("`") for cells in rows(document, "6.2") if cells[0].startswith("`")}

    assert described == set(re.findall(r'code="([A-Z_]+)"', inspect.getsource(trust)))


def test_every_role_is_described_and_no_other(document: str) -> None:
    described = [cells[0].strip("`") for cells in rows(document, "6.3") if cells[0].startswith("`")]

    assert sorted(described) == sorted(Role)


def test_events_of_the_root_key_are_those_that_are_named(document: str) -> None:
    assert set(re.findall(r"`([a-z-]+/1)`", section(document, "6.4"))) == trust.TRUST_TYPES


LIMITS = {
    "level of a value inside a disclosure": f"{disclosure.DEPTH_MAX}",
    "token": f"1 MiB ({token.TOKEN_SIZE_MAX:,} bytes)",
    "row of disclosures": f"4 MiB ({disclosure.ROW_SIZE_MAX:,} bytes)",
    "a document inside `record.db`": f"64 KiB ({documents.INLINE_SIZE_MAX:,} bytes); larger ones are files",
    "a document": f"4 GiB ({documents.DOCUMENT_SIZE_MAX:,} bytes)",
    "a command file": f"64 MiB ({commands.FILE_BYTES_MAX:,} bytes) and {commands.EVENTS_MAX:,} events",
    "a text (UTF-8)": f"64 KiB ({text.TEXT_BYTES_MAX:,} bytes); what is longer is a document",
    "clock behind the last recording": f"{archive.CLOCK_BEHIND_SECONDS_MAX} seconds",
    "a key or certificate file": f"64 KiB ({keys.KEY_SIZE_MAX:,} bytes)",
    "`ratsbuch.toml`": f"64 KiB ({settings.SIZE_MAX:,} bytes)",
    # These are held by vectors: size, header_long, sd_many, disclosure_not_canonical_deep, seq_*, header_iat_*.
    "encoded header": "1,024 characters",
    "digests in one `_sd`, paths in `hides`": "256",
    "integers": "-(2^53-1) to 2^53-1",
    "`iat`": "0 to 2^40",
    "`seq`": "1 to 2^31",
}


def test_limits_are_those_of_the_code(document: str) -> None:
    described = {cells[0]: cells[1] for cells in rows(document, "9") if cells[0] != "what"}

    assert described == LIMITS
    assert commands.EVENTS_MAX == archive.BATCH_COMMANDS_MAX


def test_tables_and_columns_of_the_record_are_described(document: str, tmp_path: Path) -> None:
    create_database(tmp_path / "record.db")
    connection = sqlite3.connect(tmp_path / "record.db")
    names = connection.execute("SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%'")
    there = {(table, column[1]) for (table,) in names for column in connection.execute(f"PRAGMA table_info({table})")}
    connection.close()

    described: set[tuple[str, str]] = set()
    table = ""
    for cells in rows(document, "11.2"):
        if cells[1].startswith("`"):
            table = cells[0].strip("`") or table
            described |= {(table, column) for column in re.findall(r"`([a-z_]+)`", cells[1])}
    assert described == there
    text_there = section(document, "11.2")
    assert f"`application_id` 0x{APPLICATION_ID:x} (`RBuc`), `user_version` {SCHEMA_VERSION}" in text_there


def test_keys_of_the_settings_file_are_described(document: str) -> None:
    described = [cells[0].strip("`") for cells in rows(document, "11.1") if cells[0].startswith("`")]

    assert described == list(settings.Settings.__struct_fields__)
    assert f"| `format` | `{settings.FORMAT}` |" in document


def test_costs_of_the_key_derivation_are_described(document: str) -> None:
    costs = f"N {keys.SCRYPT_N}, r {keys.SCRYPT_R}, p {keys.SCRYPT_P}, 32 bytes of key"

    assert costs in section(document, "12")
    for name in (keys.ROOT, keys.LOG_ED25519, keys.LOG_MLDSA44):
        assert f"`{name}.key.pem`" in section(document, "12")


def test_genesis_holds_what_is_described(document: str) -> None:
    described = (
        "format version, the register's stream, name, kind, whether it holds examples only, the origin of its log"
    )

    assert described in section(document, "6.1")
    assert {"format_version", "register", "name", "kind", "example", "origin"} <= set(RegisterOpened.__struct_fields__)
