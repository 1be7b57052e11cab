"""Law: whatever can be stated can be written as a command, and reads back as the same statement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Raw
from support.directory import counter, opened
from support.strategies import statements

from archive.intake.commands import ELSEWHERE, read
from domain.errors import RuleError
from domain.text import decide_text
from domain.values import Authority

if TYPE_CHECKING:
    from domain.stream import Statement


def plain(value: object) -> Any:  # noqa: ANN401  # any JSON value
    """Give what JSON can write of a record; a raw value is written as what it is."""
    if isinstance(value, Raw):
        return msgspec.json.decode(value)
    if isinstance(value, msgspec.Struct):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        return {name: plain(item) for name, item in fields.items() if item is not UNSET}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value


def command(statement: Statement) -> dict[str, Any]:
    envelope = plain(statement)
    data = envelope.pop("event")
    return {"type": statement.event.TYPE, **envelope, "data": data}


def can_be_written(statement: Statement) -> bool:
    """Leave out what no record or no command file may hold, and what would take a default of the file away."""
    if statement.event.TYPE in ELSEWHERE:
        return False
    try:
        decide_text(statement)
    except RuleError:
        return False
    return statement.sources != () and statement.authority != Authority()


@given(st.lists(statements().filter(can_be_written), min_size=1, max_size=3))
def test_statement_written_as_a_command_reads_back_equal(stated: list[Statement]) -> None:
    head = {"format": "ratsbuch-commands/1"}
    whole = json.dumps({**head, "commands": [command(s) for s in stated]}, ensure_ascii=False)
    lines = "\n".join(json.dumps(row) for row in (head, *map(command, stated)))
    for source, suffix in ((whole, ".json"), (lines, ".jsonl"), (lines, "")):
        batch = read(source.encode(), "f", directory=opened(), new_id=counter(), documents={}, suffix=suffix)
        assert [c.statement for c in batch.commands] == stated
        assert all(c.role is None and c.expected_seq is None for c in batch.commands)
