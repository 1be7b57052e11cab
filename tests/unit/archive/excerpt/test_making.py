"""Making an excerpt: which streams, which proofs and checkpoints, which documents, and what is refused."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import Raw
from support.archives import document, held, statement
from support.excerpts import Register, given, terms, texts
from support.exports import excerpt_of, verified

from archive.erasure import erase, parse_target
from archive.errors import EvidenceError, IntegrityError
from archive.excerpt import Audience
from archive.log import merkle
from archive.log.head import parse_head
from archive.log.note import parse_note
from archive.token import entry_of
from archive.verify import Verdict
from domain import events as e
from domain import values as x
from domain.vocabulary import CorrectionKind, Visibility

if TYPE_CHECKING:
    from pathlib import Path

    from archive.excerpt import Excerpt


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return Register(tmp_path / "register")


def made(register: Register, folder: Path, **more: Any) -> Excerpt:  # noqa: ANN401  # what a test gives
    """Make an excerpt about the proposal."""
    return excerpt_of(register.made, folder, terms(register.proposal, **more), (register.proposal,))


def passes(register: Register, excerpt: Excerpt) -> None:
    report = verified(excerpt, anchor=register.anchor)
    assert [f for s in report.steps for f in s.findings if f.verdict is not Verdict.PASSED] == []


def test_the_registers_own_stream_the_bodies_and_what_is_asked_for_are_given_and_no_other(
    register: Register, tmp_path: Path
) -> None:
    other = register.new("proposal")
    register.registered().registered(other, reference="0013").sealed()
    excerpt = made(register, tmp_path / "excerpt")
    assert [stream.partition(":")[0] for stream, _ in excerpt.ends()] == ["body", "proposal", "register"]
    assert dict(excerpt.ends())[register.proposal] == 1
    assert given(excerpt, other) == []
    passes(register, excerpt)


def test_the_whole_register_needs_no_proofs(register: Register, tmp_path: Path) -> None:
    register.registered().sealed()
    excerpt = excerpt_of(register.made, tmp_path / "excerpt", terms())
    assert [entry.row.position for entry in excerpt.entries()] == [1, 2, 3, 4, 5]
    assert all(entry.proof == () for entry in excerpt.entries())
    passes(register, excerpt)


def test_each_event_has_a_proof_and_each_covering_checkpoint_its_own(register: Register, tmp_path: Path) -> None:
    other = register.new("proposal")
    register.registered().sealed()
    register.registered(other, reference="0013").sealed()
    register.revised().sealed()
    register.registered(register.new("proposal"), reference="0014").sealed()
    excerpt = made(register, tmp_path / "excerpt")
    newest, *older = excerpt.checkpoints()
    # The second is first over no event that is given.
    assert (newest.size, [one.size for one in older]) == (8, [7, 5])
    head = parse_head(parse_note(newest.note).text)
    for entry in excerpt.entries():
        leaf = merkle.leaf_hash(entry_of(entry.row.state))
        merkle.verify_inclusion(entry.row.position - 1, head.size, leaf, entry.proof, head.root)
    for one in older:
        old = parse_head(parse_note(one.note).text)
        merkle.verify_consistency(old.size, head.size, one.hashes, old.root, head.root)
    assert newest.hashes == ()
    passes(register, excerpt)


@pytest.mark.parametrize("damage", ["none", "deleted", "flipped"])
def test_proofs_come_from_the_events_where_the_tiles_are_damaged(
    damage: str, register: Register, tmp_path: Path
) -> None:
    register.registered().sealed()
    register.revised().sealed()
    good = [entry.proof for entry in made(register, tmp_path / "good").entries()]
    tiles = [path for path in (register.made.folder / "log" / "tile").rglob("*") if path.is_file()]
    assert tiles
    for path in tiles if damage != "none" else ():
        path.chmod(0o644)
        if damage == "deleted":
            path.unlink()
        else:
            path.write_bytes(bytes(byte ^ 1 for byte in path.read_bytes()))
    excerpt = made(register, tmp_path / "excerpt")
    assert [entry.proof for entry in excerpt.entries()] == good
    passes(register, excerpt)


# -- what is refused ------------------------------------------------------------------------------


def test_without_a_checkpoint_nothing_goes_out(register: Register, tmp_path: Path) -> None:
    register.registered()
    # `init` signs none here.
    with pytest.raises(EvidenceError, match="no checkpoint"):
        made(register, tmp_path / "excerpt")


def test_what_reaches_beyond_the_checkpoint_is_refused(register: Register, tmp_path: Path) -> None:
    register.registered().sealed().revised()
    with pytest.raises(EvidenceError, match=f"{register.proposal}: its newest event lies above position 5"):
        made(register, tmp_path / "excerpt")
    with pytest.raises(EvidenceError):
        excerpt_of(register.made, tmp_path / "whole", terms())


def test_what_others_recorded_since_does_not_stand_in_the_way(register: Register, tmp_path: Path) -> None:
    register.registered().sealed().registered(register.new("proposal"), reference="0013")
    passes(register, made(register, tmp_path / "excerpt"))


def test_an_erasure_above_the_checkpoint_has_to_be_covered_first(register: Register, tmp_path: Path) -> None:
    register.registered().sealed()
    with register.made.open() as archive:
        targets = parse_target(f"{register.proposal}#1/data.subject", archive)
        erase(archive, targets, ground="Art. 17 DSGVO", signer=register.made.signer())
    with pytest.raises(EvidenceError, match=f"register:{register.id}"):
        made(register, tmp_path / "excerpt")
    register.sealed()
    passes(register, made(register, tmp_path / "again"))


def test_a_change_of_visibility_above_the_checkpoint_has_to_be_covered_first(
    register: Register, tmp_path: Path
) -> None:
    register.registered().sealed().moved(register.proposal, Visibility.PUBLIC, Visibility.BLOCKED)
    with pytest.raises(EvidenceError, match=f"register:{register.id}"):
        made(register, tmp_path / "excerpt")


def test_what_is_damaged_is_not_handed_out(register: Register, tmp_path: Path) -> None:
    register.registered().sealed()
    with sqlite3.connect(register.made.folder / "record.db") as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute(
            "UPDATE disclosures SET disclosed = replace(disclosed, substr(disclosed, 2, 3), 'AAA') WHERE position=5"
        )
    db.close()
    with pytest.raises(IntegrityError, match="position 5"):
        made(register, tmp_path / "excerpt")


# -- documents ------------------------------------------------------------------------------------


def with_document(register: Register, tmp_path: Path, *, visibility: Visibility, size: int = 20) -> str:
    new = document(tmp_path / f"{size}.txt", b"x" * size)
    attached = e.DocumentAttached(label="Anlage 1", held=True, document=held(new))
    register.registered()
    register.record(statement(register.proposal, attached, visibility=visibility), documents=(new,))
    register.sealed()
    return new.digest_hex


@pytest.mark.parametrize("size", [20, 70_000])
def test_a_document_that_is_named_to_the_reader_is_given(size: int, register: Register, tmp_path: Path) -> None:
    digest = with_document(register, tmp_path, visibility=Visibility.PUBLIC, size=size)
    excerpt = made(register, tmp_path / "excerpt", audience=Audience.PUBLIC)
    (kept,) = excerpt.documents()
    assert (kept.digest, kept.size, kept.media_type, kept.included, kept.reason) == (
        digest,
        size,
        "text/plain",
        True,
        None,
    )
    with excerpt.open(terms(register.proposal)) as archive:
        assert archive.document(digest) == b"x" * size
    passes(register, excerpt)


def test_a_document_of_an_event_that_is_not_public_is_not_even_named(register: Register, tmp_path: Path) -> None:
    digest = with_document(register, tmp_path, visibility=Visibility.NON_PUBLIC)
    excerpt = made(register, tmp_path / "excerpt", audience=Audience.PUBLIC)
    assert list(excerpt.documents()) == []
    assert digest not in texts(excerpt)
    passes(register, excerpt)


def test_an_extract_lists_documents_and_gives_none(register: Register, tmp_path: Path) -> None:
    with_document(register, tmp_path, visibility=Visibility.PUBLIC)
    excerpt = excerpt_of(
        register.made, tmp_path / "excerpt", terms(register.proposal), (register.proposal,), with_documents=False
    )
    assert [(d.included, d.reason) for d in excerpt.documents()] == [(False, "only_in_package")]
    passes(register, excerpt)


def test_a_document_that_was_lost_is_listed_as_lost_and_not_proved(register: Register, tmp_path: Path) -> None:
    digest = with_document(register, tmp_path, visibility=Visibility.PUBLIC, size=70_000)
    (register.made.folder / "documents" / digest[:2] / digest).unlink()
    excerpt = made(register, tmp_path / "excerpt")
    assert [(d.included, d.reason) for d in excerpt.documents()] == [(False, "not_held")]
    report = verified(excerpt, anchor=register.anchor)
    assert {(s.step, f.code) for s in report.steps for f in s.findings if f.verdict is Verdict.INDETERMINATE} == {
        (7, "DOCUMENT_NOT_GIVEN")
    }


def test_a_public_correction_does_not_tell_what_it_corrects_of_a_document(register: Register, tmp_path: Path) -> None:
    new = document(tmp_path / "d.txt", b"geheim")
    named = x.Document(digest=new.digest_hex, held=False, media_type="text/plain")
    attached = e.DocumentAttached(label="Anlage 1", held=False, document=named)
    register.registered()
    register.record(statement(register.proposal, attached, visibility=Visibility.NON_PUBLIC))
    event = e.RecordCorrected(
        target=2,
        path="/data/document/held",
        old=Raw(b"false"),
        new=Raw(b"true"),
        kind=CorrectionKind.CLERICAL,
        reason="liegt vor",
    )
    register.record(statement(register.proposal, event), documents=(new,)).sealed()
    assert [d.digest for d in made(register, tmp_path / "archive").documents()] == [new.digest_hex]
    excerpt = made(register, tmp_path / "excerpt", audience=Audience.PUBLIC)
    assert list(excerpt.documents()) == []
    assert new.digest_hex not in texts(excerpt)
