"""Reading command files: what a valid file becomes, and the whole message for each fault."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET, Raw
from support.directory import BODY, MemoryDirectory, counter, opened

from archive.batch import Batch, NewDocument
from archive.errors import InputError
from archive.intake.commands import ELSEWHERE, EVENTS_MAX, FILE_BYTES_MAX, read, read_path, read_unless_recorded
from archive.trust import TRUST_TYPES
from domain import events as e
from domain import vocabulary as v
from domain.values import AgendaItem, Authority, BallotTarget, Document, Source, When, stated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HEAD = 'format = "ratsbuch-commands/1"\nvisibility = "public"\n'
PROPOSAL = """
[[commands]]
type = "proposal-registered/1"
new = "@p"
occurred = { at = "2021-11-23", certainty = "stated" }
[commands.data]
body = "body:{name=Musterkreis}"
kind = "resolution_proposal"
version = 1
"""
CLOSED = """
[[commands]]
type = "meeting-closed/1"
stream = "meeting:0190c000-0000-7000-8000-000000000001"
occurred = { certainty = "unknown" }
[commands.data]
part = "public"
"""


def reading(
    source: str | bytes,
    *,
    suffix: str = ".toml",
    documents: Mapping[str, Path] | None = None,
    directory: MemoryDirectory | None = None,
) -> Batch:
    return read(
        source.encode() if isinstance(source, str) else source,
        f"file{suffix}",
        directory=directory or opened(),
        new_id=counter(),
        documents=documents or {},
        suffix=suffix,
    )


def refused(source: str | bytes, *, suffix: str = ".toml", documents: Mapping[str, Path] | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        reading(source, suffix=suffix, documents=documents)
    return caught.value


# -- what a valid file becomes --------------------------------------------------------------------


def test_command_becomes_a_statement_with_all_it_says() -> None:
    source = f"""{HEAD}
id = "file/1"
role = "archivist"
sources = [{{ citation = "Amtsblatt", grade = "copy" }}]
authority = {{ function = "executive" }}
{PROPOSAL}
reference = "0640"
product_account = {{ blank = true }}
[[commands]]
type = "meeting-closed/1"
stream = "meeting:0190c000-0000-7000-8000-000000000001"
visibility = "non_public"
role = "clerk"
expected_seq = 4
occurred = {{ at = 2021-12-08, until = "2021-12-09", certainty = "inferred" }}
known = {{ at = "2021-12-10T08:00:00+01:00", certainty = "stated" }}
sources = []
authority = {{}}
[commands.data]
part = "whole"
"""
    batch = reading(source)
    first, second = batch.commands
    assert (batch.id, batch.name, batch.signer) == ("file/1", "file.toml", None)
    assert batch.digest == hashlib.sha256(source.encode()).digest()
    assert first.role is v.Role.ARCHIVIST
    assert first.place == "file.toml: command 1 (line 9)"
    assert first.statement.stream == "proposal:0190b000-0000-7000-8000-000000000001"
    assert first.statement.event == e.ProposalRegistered(
        body=BODY,
        kind=v.ProposalKind.RESOLUTION_PROPOSAL,
        version=1,
        reference="0640",
        product_account=None,
    )
    assert first.statement.sources == (Source(citation="Amtsblatt", grade=v.Grade.COPY),)
    assert first.statement.authority == Authority(function=v.Function.EXECUTIVE)
    assert first.statement.visibility is v.Visibility.PUBLIC
    assert second.place == "file.toml: command 2 (line 20)"
    assert (second.role, second.expected_seq) == (v.Role.CLERK, 4)
    assert second.statement.visibility is v.Visibility.NON_PUBLIC
    assert second.statement.occurred == When(at="2021-12-08", until="2021-12-09", certainty=v.Certainty.INFERRED)
    assert second.statement.known == When(at="2021-12-10T08:00:00+01:00", certainty=v.Certainty.STATED)
    # An empty list and an empty table take the file's defaults away.
    assert second.statement.sources is UNSET
    assert second.statement.authority is UNSET


def test_left_blank_and_not_mentioned_are_kept_apart() -> None:
    batch = reading(HEAD + PROPOSAL + "subject = { blank = true }")
    event = batch.commands[0].statement.event
    assert isinstance(event, e.ProposalRegistered)
    assert event.subject is None
    assert event.reasons is UNSET


def test_json_and_json_lines_say_the_same_as_toml() -> None:
    command = {
        "type": "proposal-registered/1",
        "new": "@p",
        "occurred": {"at": "2021-11-23", "certainty": "stated"},
        "data": {"body": "body:{name=Musterkreis}", "kind": "resolution_proposal", "version": 1, "subject": None},
    }
    head = {"format": "ratsbuch-commands/1", "visibility": "public"}
    whole = json.dumps({**head, "commands": [command]}, indent=1)
    lines = f"{json.dumps(head)}\n\n{json.dumps(command)}\n"
    toml = HEAD + PROPOSAL + "subject = { blank = true }"
    statements = [
        reading(whole, suffix=".json").commands[0].statement,
        reading(lines, suffix=".jsonl").commands[0].statement,
        reading(toml).commands[0].statement,
        reading(whole, suffix="").commands[0].statement,
        reading(lines, suffix="").commands[0].statement,
        reading(toml, suffix="").commands[0].statement,
    ]
    assert all(statement == statements[0] for statement in statements)
    assert reading(lines, suffix=".jsonl").commands[0].place == "file.jsonl: command 1 (line 3)"
    assert reading(whole, suffix=".json").commands[0].place == "file.json: command 1"


def test_alias_defined_once_stands_for_the_same_id_in_the_whole_file() -> None:
    batch = reading(
        HEAD
        + PROPOSAL
        + """
[[commands]]
type = "consultation-planned/1"
stream = "proposal:@p"
occurred = { certainty = "unknown" }
[commands.data]
consultation = "@k"
role = "decision"
publicity = "public"

[[commands]]
type = "meeting-convened/1"
new = "@m"
occurred = { certainty = "unknown" }
[commands.data]
body = "body:{}"
organs = []

[[commands]]
type = "agenda-set/1"
stream = "meeting:@m"
occurred = { certainty = "unknown" }
[commands.data]
version = 1
stage = "invitation"
part = "public"
[[commands.data.items]]
item = "@top"
number = "10.1"
order = 0
publicity = "public"
proposal = "proposal:@p"
consultation = "proposal:@p/consultation/1"

[[commands]]
type = "agenda-set/1"
stream = "meeting:@m"
occurred = { certainty = "unknown" }
[commands.data]
version = 2
stage = "opening"
part = "public"
items = [{ item = "@top", order = 0, publicity = "public" }, { item = "./item/10.1", order = 1, publicity = "public" }]
"""
    )
    proposal, consultation, meeting, item = (f"0190b000-0000-7000-8000-00000000000{n}" for n in (1, 2, 3, 4))
    planned, convened, agenda, again = (command.statement for command in batch.commands[1:])
    assert isinstance(planned.event, e.ConsultationPlanned)
    assert planned.event.consultation == consultation
    assert convened.stream == f"meeting:{meeting}"
    assert isinstance(agenda.event, e.AgendaSet)
    assert agenda.event.items == (
        AgendaItem(
            item=item,
            number="10.1",
            order=0,
            publicity=v.Publicity.PUBLIC,
            proposal=f"proposal:{proposal}",
            consultation=consultation,
        ),
    )
    assert isinstance(again.event, e.AgendaSet)
    assert [getattr(entry, "item", None) for entry in stated(again.event.items) or ()] == [item, item]


def test_corrected_value_is_kept_in_canonical_form_and_null_is_a_value() -> None:
    batch = reading(
        HEAD
        + """
[[commands]]
type = "record-corrected/1"
stream = "body:{}"
occurred = { certainty = "unknown" }
[commands.data]
target = 1
path = "/data/ids"
old = { blank = true }
new = [{ value = "1", scheme = "other" }, { blank = true, other = 2 }]
kind = "clerical"
reason = "Tippfehler"
"""
    )
    event = batch.commands[0].statement.event
    assert isinstance(event, e.RecordCorrected)
    assert isinstance(event.old, Raw)
    assert isinstance(event.new, Raw)
    assert bytes(event.old) == b"null"
    assert bytes(event.new) == b'[{"scheme":"other","value":"1"},{"blank":true,"other":2}]'


def test_document_handed_in_is_filled_in_by_its_base_name(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.bin"
    path.write_bytes(b"Vorlage")
    digest = hashlib.sha512(b"Vorlage").hexdigest()
    batch = reading(
        HEAD + PROPOSAL + 'document = { file = "Vorlage.PDF", title = "Vorlage", pages = 2 }',
        documents={"Vorlage.PDF": path, "unused.txt": tmp_path / "absent"},
    )
    event = batch.commands[0].statement.event
    assert isinstance(event, e.ProposalRegistered)
    assert event.document == Document(
        digest=digest, held=True, media_type="application/pdf", pages=2, size=7, title="Vorlage"
    )
    assert batch.documents == (NewDocument(digest_hex=digest, size=7, media_type="application/pdf", path=path),)


def test_document_named_twice_comes_once(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_bytes(b"x")
    batch = reading(
        HEAD
        + 'sources = [{ document = { file = "v.txt" }, grade = "copy" }]'
        + PROPOSAL
        + 'document = { file = "v.txt" }',
        documents={"v.txt": path},
    )
    assert [document.path for document in batch.documents] == [path]


def test_line_of_a_command_is_not_shifted_by_strings_and_comments() -> None:
    source = f'''{HEAD}
# [[commands]]
{PROPOSAL.strip()}
subject = "[[commands]]"
reasons = """
[[commands]]
"""
review_clause = \'\'\'
[[commands]]
\'\'\'
{CLOSED.strip()}
'''
    batch = reading(source)
    second = source.splitlines().index('type = "meeting-closed/1"')  # its header stands on the line before
    assert [command.place for command in batch.commands] == [
        "file.toml: command 1 (line 5)",
        f"file.toml: command 2 (line {second})",
    ]


def test_commands_written_inline_have_no_line() -> None:
    source = (
        HEAD
        + """commands = [{ type = "meeting-closed/1", stream = "meeting:0190c000-0000-7000-8000-000000000001",\
 occurred = { certainty = "unknown" }, data = { part = "public" } }]"""
    )
    assert reading(source).commands[0].place == "file.toml: command 1"


def test_byte_order_mark_is_passed_over() -> None:
    assert len(reading(b"\xef\xbb\xbf" + (HEAD + CLOSED).encode()).commands) == 1


def test_read_path_takes_the_notation_from_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "0640.toml"
    path.write_text(HEAD + CLOSED, encoding="utf-8")
    batch = read_path(path, directory=opened(), new_id=counter(), documents={})
    assert batch.name == "0640.toml"
    assert batch.commands[0].place == "0640.toml: command 1 (line 4)"


def asked(source: str, answer: str | None) -> tuple[Batch | str, list[Batch]]:
    """Read a file whose look-up matches nothing and whose document is not there, and take down what is asked."""
    asked_for: list[Batch] = []

    def recorded(batch: Batch) -> str | None:
        asked_for.append(batch)
        return answer

    result = read_unless_recorded(
        source.encode(), "f", recorded=recorded, directory=opened(), new_id=counter(), documents={}, suffix=".toml"
    )
    return result, asked_for


def test_file_that_was_recorded_before_is_told_without_anything_being_resolved() -> None:
    source = (
        HEAD + 'id = "file/1"' + PROPOSAL.replace("name=Musterkreis", "name=Nirgends") + 'document = { file = "a.txt" }'
    )
    result, batches = asked(source, "recorded before")
    digest = hashlib.sha256(source.encode()).digest()
    assert result == "recorded before"
    assert batches == [Batch(id="file/1", digest=digest, commands=(), name="f")]


def test_file_that_was_not_recorded_before_is_read() -> None:
    result, batches = asked(HEAD + CLOSED, None)
    assert isinstance(result, Batch)
    assert len(result.commands) == 1
    assert [(batch.id, batch.digest) for batch in batches] == [(None, result.digest)]
    with pytest.raises(InputError, match="matches nothing recorded"):
        asked(HEAD + PROPOSAL.replace("name=Musterkreis", "name=Nirgends"), None)


# -- faults of a whole file -----------------------------------------------------------------------


def test_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_path(tmp_path / "a.yaml", directory=opened(), new_id=counter(), documents={})
    assert caught.value.message == 'a.yaml: found the suffix ".yaml", expected one of .toml, .json, .jsonl'


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_path(tmp_path / "a.toml", directory=opened(), new_id=counter(), documents={})
    assert caught.value.message == "a.toml: cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("source", "suffix", "message"),
    [
        (b'format = "a"\n# f\xfcr', ".toml", "file.toml: line 2: found byte 0xfc, expected UTF-8"),
        ("a = ", ".toml", "file.toml: is not valid TOML: Invalid value (at end of document)"),
        (
            "{",
            ".json",
            "file.json: line 1, column 2: is not valid JSON: Expecting property name enclosed in double quotes",
        ),
        ('{"a": NaN}', ".json", "file.json: is not valid JSON: NaN is no number"),
        ('{"a": 1, "a": 2}', ".json", 'file.json: is not valid JSON: the name "a" stands twice in one object'),
        ("[]", ".json", "file.json: found a list, expected an object with format and commands"),
        ("{}", ".json", "file.json: commands: found nothing, expected a list of commands"),
        (HEAD, ".toml", "file.toml: commands: found nothing, expected a list of commands"),
        (HEAD + "commands = []", ".toml", "file.toml: commands: found none, expected at least one"),
        ('{"format": "ratsbuch-commands/1"}', ".jsonl", "file.jsonl: commands: found none, expected at least one"),
        ("[[commands]]", ".toml", 'file.toml: format: found nothing, expected "ratsbuch-commands/1"'),
        ('format = "x"\n[[commands]]', ".toml", 'file.toml: line 1: format: found "x", expected "ratsbuch-commands/1"'),
        (
            "",
            ".jsonl",
            (
                "file.jsonl: the file is empty, expected a command file, which begins with "
                '{"format": "ratsbuch-commands/1"'
            ),
        ),
        (
            '{"type": "meeting-closed/1"}',
            ".jsonl",
            (
                "file.jsonl: line 1: expected the head of the file, such as "
                '{"format": "ratsbuch-commands/1", "visibility": "public"}, then one command a line'
            ),
        ),
        (
            '{"format": "ratsbuch-commands/1"}\n\n{"a": }',
            ".jsonl",
            "file.jsonl: line 3, column 7: is not valid JSON: Expecting value",
        ),
        (
            '{"format": "ratsbuch-commands/1"}\n{"a": Infinity}',
            ".jsonl",
            "file.jsonl: line 2: is not valid JSON: Infinity is no number",
        ),
        (
            HEAD + 'txn = "a"' + CLOSED,
            ".toml",
            (
                "file.toml: line 3: txn: unknown field, expected for the file one of format, id, role, visibility, "
                "authority, sources"
            ),
        ),
        (
            HEAD + 'id = ""' + CLOSED,
            ".toml",
            'file.toml: line 3: id: found "", a text without a visible character, expected one that says something',
        ),
        (
            HEAD + 'role = "clark"' + CLOSED,
            ".toml",
            (
                'file.toml: line 3: role: found "clark", expected one of root, registrar, clerk, archivist, importer, '
                "legal"
            ),
        ),
    ],
)
def test_faulty_file_is_refused(source: str | bytes, suffix: str, message: str) -> None:
    assert refused(source, suffix=suffix).message == message


def test_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    error = refused(b" " * (FILE_BYTES_MAX + 1))
    assert error.message == "file.toml: found more than 67108864 bytes, expected at most 64 MiB"
    assert error.hint == "split it into several files, or hand in long texts as documents"


def test_too_many_commands_are_refused() -> None:
    message = "found 10001 commands, expected at most 10000 in a file"
    lines = '{"format": "ratsbuch-commands/1"}\n' + "{}\n" * (EVENTS_MAX + 1)
    whole = '{"format": "ratsbuch-commands/1", "commands": [' + ",".join(["{}"] * (EVENTS_MAX + 1)) + "]}"
    assert refused(lines, suffix=".jsonl").message == f"file.jsonl: {message}"
    assert refused(whole, suffix=".json").message == f"file.json: {message}"


@pytest.mark.parametrize("depth", [40, 20_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    json_source = '{"format": "ratsbuch-commands/1", "commands": [' + "[" * depth + "]" * depth + "]}"
    toml_source = HEAD + "commands = [" + "[" * depth + "]" * depth + "]"
    assert refused(json_source, suffix=".json").message == (
        "file.json: found values nested too deeply, expected at most 32 levels"
    )
    assert refused(toml_source).message == "file.toml: found values nested too deeply, expected at most 32 levels"


# -- faults of a command --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        (
            "",
            "type: missing, expected the name and version of an event type, such as proposal-registered/1",
            "`ratsbuch template --list` lists the types",
        ),
        (
            'type = "proposal-registred/1"',
            (
                'type: found "proposal-registred/1", expected the name and version of an event type, such as '
                "proposal-registered/1"
            ),
            'did you mean "proposal-registered/1"?',
        ),
        ('type = "meeting-closed/1"', "stream: missing, expected stream", None),
        (
            'type = "meeting-convened/1"\nnew = "@a"\nstream = "meeting:@a"',
            "new: found both new and stream, expected stream, or new to open one",
            None,
        ),
        ('type = "meeting-closed/1"\nnew = "@a"', "new: meeting-closed/1 opens no stream, expected stream", None),
        ('type = "meeting-convened/1"\nnew = 7', "new: found 7, expected an alias such as @p0640", None),
        (
            'type = "meeting-convened/1"\nnew = "p"',
            'new: found "p", expected an alias: @ and up to 64 of A-Z, a-z, 0-9, _ and -, such as @p0640',
            None,
        ),
        (
            'type = "meeting-closed/1"\nstream = 7',
            "stream: found 7, expected a stream, written register:<uuid>, register:@alias or register:{look-up}",
            None,
        ),
        (
            'type = "meeting-closed/1"\nstream = "meeting:@x"',
            'stream: found "@x", which nothing earlier in this file made; its aliases so far: none',
            None,
        ),
    ],
)
def test_fault_in_type_or_stream_is_named(line: str, message: str, hint: str | None) -> None:
    tail = "\noccurred = { certainty = 'unknown' }\ndata = { part = 'public', body = 'body:{}', organs = [] }"
    error = refused(f"{HEAD}[[commands]]\n{line}{tail}")
    lines = [text for text in error.message.split("\n") if " data." not in text]
    # What is missing has the line of the command, anything else that of its own field.
    place = 3 + next((n for n, text in enumerate(line.split("\n"), 1) if text.startswith(message.partition(":")[0])), 0)
    assert lines == [f"file.toml: command 1 (line {place}): {message}"]
    assert error.hint == hint or hint is None


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        (
            'knd = "x"',
            (
                "data.knd: unknown field, expected for this table one of 29, such as kind "
                "(`ratsbuch template proposal-registered/1` shows all)"
            ),
            'did you mean "kind"?',
        ),
        (
            "reference = 640",
            "data.reference: found 640, expected text",
            None,
        ),
        (
            "vote_form = 1",
            "data.vote_form: found 1, expected a table with abstain, entitled, no, yes",
            None,
        ),
        (
            "vote_form = { yes = -1 }",
            "data.vote_form.yes: found -1, expected a count from 0 to 1000000",
            None,
        ),
        (
            "vote_form = { yes = 1.0 }",
            "data.vote_form.yes: found 1.0, expected a count from 0 to 1000000",
            None,
        ),
        (
            "vote_form = { yes = true }",
            "data.vote_form.yes: found true, expected a count from 0 to 1000000",
            None,
        ),
        (
            "vote_form = { yess = 1 }",
            "data.vote_form.yess: unknown field, expected for this table one of abstain, entitled, no, yes",
            'did you mean "yes"?',
        ),
        (
            "submitters = { office = 'A' }",
            (
                "data.submitters: found a table, expected a list; in it a table with body, group, literal, office, "
                "organ, person"
            ),
            None,
        ),
        (
            "submitters = [1]",
            "data.submitters[0]: found 1, expected a table with body, group, literal, office, organ, person",
            None,
        ),
        (
            'financial_impact = "keine"',
            'data.financial_impact: found "keine", expected one of none, stated',
            None,
        ),
        (
            'financial_impact = "non"',
            'data.financial_impact: found "non", expected one of none, stated',
            'did you mean "none"?',
        ),
        (
            'legal_basis = [{ kind = "statute" }]',
            "data.legal_basis[0].literal: missing, expected text",
            None,
        ),
        (
            "kind_literal = { blank = true }",
            "data.kind_literal: found null (left blank), expected text",
            "leave a field out where the source does not mention it",
        ),
        (
            'document_date = "23.11.2021"',
            (
                'data.document_date: found "23.11.2021", expected a date: YYYY, YYYY-MM, YYYY-MM-DD or an instant with '
                "offset (RFC 3339)"
            ),
            "write 2021-11-23, and the words of the source in the literal",
        ),
        (
            'document_date = "2021-02-29"',
            (
                'data.document_date: found "2021-02-29", expected a date: YYYY, YYYY-MM, YYYY-MM-DD or an instant with '
                "offset (RFC 3339)"
            ),
            None,
        ),
        (
            'document_date = "2021-12-08T17:00"',
            (
                'data.document_date: found "2021-12-08T17:00", expected a date: YYYY, YYYY-MM, YYYY-MM-DD or an '
                "instant with offset (RFC 3339)"
            ),
            (
                "state the offset that held there: 2021-12-08T17:00:00+01:00 in winter, 2021-12-08T17:00:00+02:00 in "
                "summer (Germany)"
            ),
        ),
        (
            "document_date = 2021-12-08T17:00:00",
            (
                "data.document_date: found the TOML date-time 2021-12-08T17:00:00, expected a date: YYYY, YYYY-MM, "
                "YYYY-MM-DD or an instant with offset (RFC 3339)"
            ),
            'write it in quotes, an instant with its offset: "2021-12-08T17:00:00+01:00"',
        ),
        (
            'subject = "a\\u0007b"',
            "data.subject: found the character U+0007 at 2, expected none that no export could carry",
            None,
        ),
        (
            'subject = "' + "ä" * 32_769 + '"',
            "data.subject: found a text of 65538 bytes, expected at most 65536; a longer one is a document",
            None,
        ),
        (
            'document = { file = "a.pdf" }',
            'data.document.file: found "a.pdf", expected the base name of a document handed in (none)',
            "--document a.pdf",
        ),
        (
            'document = { file = "../../a.pdf", held = true }',
            "data.document.file: found beside held, expected one or the other: file fills them in",
            None,
        ),
        (
            "document = { file = 7 }",
            "data.document.file: found 7, expected the base name of a document handed in (none)",
            "--document FILE",
        ),
        (
            'term = "x"',
            'data.term: found "x", expected <kind>:<uuid>, <kind>:@alias or <kind>:{look-up}',
            None,
        ),
        (
            'term = "@x"',
            'data.term: found "@x", which nothing earlier in this file made; its aliases so far: @p',
            None,
        ),
        (
            'term = "@p"',
            'data.term: found "@p", which stands for a proposal, expected a term',
            None,
        ),
    ],
)
def test_fault_in_a_field_is_named(line: str, message: str, hint: str | None) -> None:
    error = refused(f"{HEAD}{PROPOSAL}{line}")
    assert error.message.startswith(f"file.toml: command 1 (line 12): {message}")
    assert "\n" not in error.message
    assert error.message.endswith(message)
    assert error.hint == hint


def test_code_of_another_list_is_named_with_all_that_are_allowed() -> None:
    source = f"""{HEAD}{PROPOSAL}
[[commands]]
type = "consultation-planned/1"
stream = "proposal:@p"
occurred = {{ certainty = "unknown" }}
[commands.data]
consultation = "@k"
role = "entscheidend"
publicity = "public"
"""
    error = refused(source)
    assert error.message == (
        'file.toml: command 2 (line 19): data.role: found "entscheidend", expected one of hearing, preliminary, '
        "deliberation, decision, information, statement, executive_approval, reserved_decision, unknown, other"
    )


@pytest.mark.parametrize(
    ("old", "message"),
    [
        ("1.5", "data.old: found 1.5, expected text, a whole number, true, false, a list or a table"),
        ("[1, { a = 9007199254740992 }]", "data.old: found 9007199254740992, expected a number within 2^53-1"),
        ('{ "ä" = 1 }', 'data.old: found the name "ä", expected ASCII'),
        ('["\\u0000"]', "data.old: found the character U+0000 at 1, expected none that no export could carry"),
        (
            "2021-12-08T17:00:00",
            (
                "data.old: found the TOML date-time 2021-12-08T17:00:00, expected text, a whole number, true, false, "
                "a list or a table"
            ),
        ),
    ],
)
def test_corrected_value_without_canonical_form_is_refused(old: str, message: str) -> None:
    error = refused(
        f"""{HEAD}
[[commands]]
type = "record-corrected/1"
stream = "body:{{}}"
occurred = {{ certainty = "unknown" }}
[commands.data]
target = 1
path = "/data/name"
old = {old}
kind = "clerical"
reason = "r"
"""
    )
    assert error.message == f"file.toml: command 1 (line 11): {message}"


def test_lone_surrogate_in_json_is_refused() -> None:
    source = (
        '{"format": "ratsbuch-commands/1", "visibility": "public"}\n{"type": "meeting-cancelled/1", '
        '"stream": "meeting:0190c000-0000-7000-8000-000000000001", "occurred": {"certainty": "unknown"}, '
        '"data": {"reason": "\\ud800"}}'
    )
    assert refused(source, suffix=".jsonl").message == (
        "file.jsonl: command 1 (line 2): data.reason: found the character U+D800 at 1, "
        "expected none that no export could carry"
    )


def test_visibility_has_to_be_stated() -> None:
    error = refused('format = "ratsbuch-commands/1"' + CLOSED)
    assert (
        error.message
        == "file.toml: command 1 (line 2): visibility: missing, expected one of public, non_public, blocked"
    )


def test_command_that_is_no_table_is_refused() -> None:
    error = refused('{"format": "ratsbuch-commands/1"}\n7', suffix=".jsonl")
    assert error.message == (
        "file.jsonl: command 1 (line 2): found 7, expected a table with type, new, stream, visibility, occurred, "
        "known, authority, sources, expected_seq, role, data"
    )


def test_list_of_wrong_length_is_refused() -> None:
    error = refused(
        HEAD
        + """
[[commands]]
type = "filed/1"
new = "@a"
occurred = { certainty = "unknown" }
[commands.data]
file_reference = "1"
objects = []
"""
    )
    assert error.message == (
        "file.toml: command 1 (line 10): data.objects: found a list of 0, expected at least 1 and at most 1000"
    )


def test_alias_stands_for_one_stream_only() -> None:
    error = refused(HEAD + PROPOSAL + PROPOSAL)
    assert error.message == (
        'file.toml: command 2 (line 15): new: found "@p", which stands for '
        "proposal:0190b000-0000-7000-8000-000000000001 already"
    )
    assert error.hint == "choose another alias; each opens one stream"


def test_document_of_an_unknown_suffix_has_to_state_its_media_type(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(b"x")
    error = refused(HEAD + PROPOSAL + 'document = { file = "a.dat" }', documents={"a.dat": path})
    assert error.message == (
        'file.toml: command 1 (line 12): data.document.file: found the suffix ".dat", expected one of .csv, .docx, '
        ".html, .jpg, .json, .odt, .pdf, .png, .tif, .tiff, .txt, .xml, .zip"
    )
    assert error.hint == "or state media_type beside file"
    batch = reading(
        HEAD + PROPOSAL + 'document = { file = "a.dat", media_type = "application/x-own" }', documents={"a.dat": path}
    )
    assert batch.documents[0].media_type == "application/x-own"


def test_document_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    error = refused(HEAD + PROPOSAL + 'document = { file = "a.txt" }', documents={"a.txt": tmp_path / "a.txt"})
    assert error.message == (
        'file.toml: command 1 (line 12): data.document.file: "a.txt" cannot be read: No such file or directory'
    )


def test_path_in_a_file_name_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x")
    error = refused(HEAD + PROPOSAL + f'document = {{ file = "{path}" }}', documents={"b.txt": path})
    assert "expected the base name of a document handed in (b.txt)" in error.message
    assert error.hint == "--document a.txt"


def test_all_faults_of_a_file_are_named_and_the_rest_is_counted() -> None:
    bad = CLOSED.replace('"public"', '"pubic"')
    error = refused(HEAD + PROPOSAL.replace("version = 1", "version = 0") + bad)
    first, second = error.message.split("\n")
    assert first == "file.toml: command 1 (line 11): data.version: found 0, expected a number from 1 to 1000000"
    assert second == (
        'file.toml: command 2 (line 18): data.part: found "pubic", expected one of public, non_public, whole '
        '(did you mean "public"?)'
    )
    assert error.hint is None
    many = refused(HEAD + bad * 25).message.split("\n")
    assert len(many) == 21
    assert many[-1] == "file.toml: and 5 more"


def test_alias_of_a_faulty_command_is_known_to_those_after_it() -> None:
    source = (
        HEAD
        + PROPOSAL.replace("version = 1", "version = 0")
        + CLOSED.replace('"meeting:0190c000-0000-7000-8000-000000000001"', '"proposal:@p"')
    )
    assert refused(source).message.count("\n") == 0


def test_found_text_is_shown_short_and_harmless() -> None:
    error = refused(HEAD + PROPOSAL + 'financial_impact = "\\u202e' + "x" * 100 + '"')
    assert 'found "\\u202e' + "x" * 76 + '...", expected' in error.message


def test_target_of_a_ballot_is_resolved_in_nested_tables() -> None:
    batch = reading(
        HEAD
        + PROPOSAL
        + """
[[commands]]
type = "ballot-held/1"
stream = "meeting:0190c000-0000-7000-8000-000000000001"
occurred = { certainty = "unknown" }
[commands.data]
ballot = "@b"
method = "not_stated"
target = { proposal = "proposal:@p", version = 2 }
"""
    )
    event = batch.commands[1].statement.event
    assert isinstance(event, e.BallotHeld)
    assert event.target == BallotTarget(proposal="proposal:0190b000-0000-7000-8000-000000000001", version=2)


def test_hint_of_each_of_several_faults_stands_in_its_own_line() -> None:
    error = refused(HEAD + PROPOSAL + 'subjet = "a"\nfinancial_impact = "non"\npages = 3')
    assert error.message.split("\n") == [
        (
            "file.toml: command 1 (line 12): data.subjet: unknown field, expected for this table one of 29, such as "
            'subject (`ratsbuch template proposal-registered/1` shows all) (did you mean "subject"?)'
        ),
        (
            "file.toml: command 1 (line 14): data.pages: unknown field, expected for this table one of 29 "
            "(`ratsbuch template proposal-registered/1` shows all)"
        ),
        (
            'file.toml: command 1 (line 13): data.financial_impact: found "non", expected one of none, stated '
            '(did you mean "none"?)'
        ),
    ]
    assert error.hint is None


# -- lines ----------------------------------------------------------------------------------------

AGENDA = """
[[commands]]
type = "agenda-set/1"
stream = "meeting:0190c000-0000-7000-8000-000000000001"
occurred = { certainty = "unknown" }
sources = [
    { citation = "A", grade = "copy" },
    # a comment with [[commands]]
    { citation = "B", grade = "cpy" },
]
[commands.data]
version = 1
stage = "invitation"
part = "public"
[[commands.data.items]]
item = "@a"
order = 0
publicity = "public"
[[commands.data.items]]
item = "@b"
order = -1
"""


def test_fault_names_the_line_of_its_field_and_what_is_missing_that_of_its_table() -> None:
    source = HEAD + CLOSED + AGENDA
    lines = source.split("\n")
    cpy, order = (1 + next(n for n, line in enumerate(lines) if part in line) for part in ('"cpy"', "order = -1"))
    last_item = len(lines) - 1 - lines[::-1].index("[[commands.data.items]]") + 1
    starts = [f"file.toml: command 2 (line {line}): " for line in (cpy, last_item, order)]
    places = ["sources[1].grade: ", "data.items[1].publicity: missing, ", "data.items[1].order: found -1, "]
    found = refused(source).message.split("\n")
    assert [line[: len(start) + len(place)] for line, start, place in zip(found, starts, places, strict=True)] == [
        start + place for start, place in zip(starts, places, strict=True)
    ]


def test_fault_in_json_names_the_line_of_its_field() -> None:
    command = {
        "type": "meeting-closed/1",
        "stream": "meeting:0190c000-0000-7000-8000-000000000001",
        "occurred": {"at": "2021", "certainty": "stted"},
        "data": {"part": "public"},
    }
    head = {"format": "ratsbuch-commands/1", "visibility": "public"}
    source = json.dumps({**head, "commands": [command]}, indent=1)
    line = 1 + next(n for n, text in enumerate(source.split("\n")) if "stted" in text)
    assert refused(source, suffix=".json").message == (
        f'file.json: command 1 (line {line}): occurred.certainty: found "stted", expected one of stated, inferred, '
        "unknown"
    )


# -- nothing, and dates that are none -------------------------------------------------------------


@pytest.mark.parametrize("nothing", ["", "   ", "\\t\\n", "\\u00a0\\u200b"])
@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("subject", "write { blank = true } (in JSON null) where the form has the field and it was left blank"),
        ("kind_literal", "leave a field out where the source does not mention it"),
    ],
)
def test_text_without_a_visible_character_is_no_value(field: str, nothing: str, hint: str) -> None:
    error = refused(f'{HEAD}{PROPOSAL}{field} = "{nothing}"')
    shown = nothing.encode().decode("unicode_escape").replace("\t", "\\u0009").replace("\n", "\\u000a")
    shown = shown.replace("\xa0", "\\u00a0").replace("\u200b", "\\u200b")
    assert error.message == (
        f'file.toml: command 1 (line 12): data.{field}: found "{shown}", a text without a visible character, '
        "expected one that says something"
    )
    assert error.hint == hint


def test_corrected_value_without_a_visible_character_is_refused() -> None:
    source = f"""{HEAD}
[[commands]]
type = "record-corrected/1"
stream = "body:{{}}"
occurred = {{ certainty = "unknown" }}
[commands.data]
target = 1
path = "/data/name"
new = " "
kind = "clerical"
reason = "r"
"""
    assert refused(source).message == (
        'file.toml: command 1 (line 11): data.new: found " ", a text without a visible character, expected one that '
        "says something"
    )


def test_dates_that_contradict_each_other_are_refused_with_the_line_of_one_of_them() -> None:
    source = (HEAD + CLOSED).replace(
        'occurred = { certainty = "unknown" }',
        'occurred.not_before = "2030"\noccurred.not_after = "1990"\noccurred.certainty = "unknown"',
    )
    assert refused(source).message == (
        "file.toml: command 1 (line 8): occurred.not_after: found 1990, which is before not_before (2030)"
    )


def test_year_0_is_no_date() -> None:
    source = (HEAD + CLOSED).replace('certainty = "unknown"', 'at = "0000", certainty = "unknown"')
    assert refused(source).message == (
        'file.toml: command 1 (line 7): occurred.at: found "0000", expected a date: YYYY, YYYY-MM, YYYY-MM-DD or an '
        "instant with offset (RFC 3339)"
    )


@pytest.mark.parametrize(
    ("date", "hint"),
    [
        (
            "2026-11-02T25:00:00+01:00",
            "there is no such day or time: hours go from 00 to 23, minutes and seconds from 00 to 59",
        ),
        (
            "2026-02-30T10:00:00",
            "there is no such day or time: hours go from 00 to 23, minutes and seconds from 00 to 59",
        ),
        (
            "2026-03-29T02:30:00",
            "there was no such time in Germany: the clocks went from 02:00 to 03:00; state the day alone",
        ),
        (
            "2026-11-02 10:00+01:00",
            "write it with T and seconds, and an offset of at most 23:59, such as 2026-11-02T10:00:00+01:00",
        ),
        (
            "2026-03-29T03:00",
            (
                "state the offset that held there: 2026-03-29T03:00:00+01:00 in winter, 2026-03-29T03:00:00+02:00 in "
                "summer (Germany)"
            ),
        ),
        (
            "2026-03-22T02:30",
            (
                "state the offset that held there: 2026-03-22T02:30:00+01:00 in winter, 2026-03-22T02:30:00+02:00 in "
                "summer (Germany)"
            ),
        ),
    ],
)
def test_hint_fits_what_is_wrong_with_an_instant(date: str, hint: str) -> None:
    assert refused(HEAD + PROPOSAL + f'document_date = "{date}"').hint == hint


# -- files that say nothing, and types that no file records ---------------------------------------


@pytest.mark.parametrize("source", ["", " \n\n", "\ufeff", "# a comment alone\n"])
def test_empty_file_is_called_empty(source: str) -> None:
    error = refused(source)
    assert error.message == (
        'file.toml: the file is empty, expected a command file, which begins with format = "ratsbuch-commands/1"'
    )
    assert error.hint == (
        "`ratsbuch template TYPE` prints a command to fill in, and docs/commands.md describes the file"
    )


def test_file_without_commands_says_how_one_begins() -> None:
    error = refused(HEAD)
    assert error.message == "file.toml: commands: found nothing, expected a list of commands"
    assert error.hint == "each command begins with a line [[commands]]"


@pytest.mark.parametrize("name", ELSEWHERE)
def test_type_that_another_command_records_is_refused_with_that_command(name: str) -> None:
    error = refused(f'{HEAD}[[commands]]\ntype = "{name}"\n')
    assert error.message == f"file.toml: command 1 (line 4): type: found {name}, which no command file can record"
    assert error.hint == ELSEWHERE[name]


def test_erasure_and_every_type_about_the_keys_is_recorded_elsewhere() -> None:
    assert set(ELSEWHERE) == {"content-erased/1", *TRUST_TYPES}
    assert ELSEWHERE["content-erased/1"] == "use `ratsbuch erase`, which removes what the event names"


def test_code_of_a_long_list_names_the_similar_ones_and_where_all_stand() -> None:
    source = f"""{HEAD}
[[commands]]
type = "outcome-declared/1"
stream = "meeting:0190c000-0000-7000-8000-000000000001"
occurred = {{ certainty = "unknown" }}
[commands.data]
item = "0190c000-0000-7000-8000-000000000002"
outcome = "adoptd"
"""
    message = refused(source).message
    assert message.startswith(
        'file.toml: command 1 (line 10): data.outcome: found "adoptd", expected one of 26, such as adopted, '
    )
    assert message.endswith(" (`ratsbuch template outcome-declared/1` shows all)")
    assert len(message) < 250


def test_name_that_stands_twice_among_many_is_found_in_one_pass() -> None:
    names = "".join(f'"n{n}": 1, ' for n in range(200_000))
    assert refused("{" + names + '"z": 1, "z": 2}', suffix=".json").message == (
        'file.json: is not valid JSON: the name "z" stands twice in one object'
    )
