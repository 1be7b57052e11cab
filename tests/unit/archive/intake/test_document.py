"""`docs/commands.md`: its examples are read, its tables are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.directory import counter, opened

from archive.directory import KEYS
from archive.intake.commands import COMMAND_FIELDS, MEDIA_TYPES, read
from domain.events import CATALOGUE

pytestmark = pytest.mark.checkout

DOCUMENT = Path(__file__).parents[4] / "docs" / "commands.md"


@pytest.fixture(scope="module")
def text() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


def test_examples_are_recorded_one_after_the_other(text: str, tmp_path: Path) -> None:
    paper = tmp_path / "vorlage-12.pdf"
    paper.write_bytes(b"%PDF-")
    directory, new_id = opened("Musterkreis"), counter()
    organ = """
format = "ratsbuch-commands/1"
[[commands]]
type = "organ-registered/1"
new = "@kreistag"
role = "clerk"
visibility = "public"
occurred = { certainty = "unknown" }
[commands.data]
body = "body:{}"
name = "Kreistag"
kind = "council"
"""
    examples = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert len(examples) == 2
    for source in (organ, *examples):
        batch = read(
            source.encode(),
            "f.toml",
            directory=directory,
            new_id=new_id,
            documents={paper.name: paper},
            suffix=".toml",
        )
        assert directory.record(batch)


def test_every_type_key_field_and_suffix_is_listed(text: str) -> None:
    table = text.partition("## Types")[2]
    assert set(re.findall(r"`([a-z-]+/\d+)`", table)) == set(CATALOGUE)
    opening = {name for name, row in CATALOGUE.items() if row.opens}
    assert set(re.findall(r"`([a-z-]+/\d+)` \(opens\)", table)) == opening
    for kind, keys in KEYS.items():
        assert f"| `{kind}` | {', '.join(f'`{key}`' for key in keys)} |" in text
    members = text.partition("| member of a command |")[2].partition("\n\n")[0]
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", members)) == set(COMMAND_FIELDS)
    assert ", ".join(MEDIA_TYPES) in text
