"""An excerpt as what is verified: every omission has to be listed, and every event proved."""

from __future__ import annotations

import base64
import hashlib
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest
from support.archives import pin_of
from support.excerpts import Register, terms
from support.exports import excerpt_of

from archive.excerpt import Audience, ExcerptSource
from archive.token import entry_of
from archive.verify import Verdict, verify
from domain.vocabulary import Visibility

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIZE = 9


class Changed:
    """An excerpt on the disk, changed by whoever makes exports with a program of his own."""

    def __init__(self, folder: Path, proposal: str) -> None:
        self.proposal = proposal
        self.record = sqlite3.connect(folder / "record.db", isolation_level=None)
        self.kept = sqlite3.connect(folder / "excerpt.db", isolation_level=None)
        for (name,) in self.record.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            self.record.execute(f"DROP TRIGGER {name}")

    def close(self) -> None:
        self.record.close()
        self.kept.close()

    def position(self, seq: int, stream: str | None = None) -> int:
        statement = "SELECT rowid FROM stored_events WHERE originator_id=? AND originator_version=?"
        return int(self.record.execute(statement, (stream or self.proposal, seq)).fetchone()[0])

    def entry_alone(self, position: int, *, reason: str | None) -> None:
        (state,) = self.record.execute("SELECT state FROM stored_events WHERE rowid=?", (position,)).fetchone()
        self.record.execute("UPDATE stored_events SET state=?, topic='' WHERE rowid=?", (entry_of(state), position))
        self.record.execute("DELETE FROM disclosures WHERE position=?", (position,))
        if reason is not None:
            self.kept.execute("INSERT INTO entries VALUES (?,?)", (position, reason))


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Register:
    """Four versions of a proposal, one of them not public; two checkpoints."""
    register = Register(tmp_path_factory.mktemp("register") / "r")
    register.registered().revised().sealed()
    register.revised(version=3, visibility=Visibility.NON_PUBLIC).registered(register.new("proposal"), reference="0013")
    return register.revised(version=4).sealed()


@pytest.fixture(scope="module")
def public(register: Register, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the public gets of it."""
    folder = tmp_path_factory.mktemp("public") / "excerpt"
    on = terms(register.proposal, audience=Audience.PUBLIC)
    excerpt_of(register.made, folder, on, (register.proposal,)).close()
    return folder


def seen(folder: Path, register: Register) -> set[tuple[int, str]]:
    source = ExcerptSource(folder=folder, name="it", log_size=SIZE)
    try:
        report = verify(source, pin=pin_of(register.anchor))
    finally:
        source.close()
    return {(s.step, f.code) for s in report.steps for f in s.findings if f.verdict is not Verdict.PASSED}


def test_as_it_was_made_it_passes_and_says_what_is_left_out(public: Path, register: Register) -> None:
    source = ExcerptSource(folder=public, name="it", log_size=SIZE)
    report = verify(source, pin=pin_of(register.anchor))
    source.close()
    assert report.verdict is Verdict.PASSED
    (said,) = [f for s in report.steps for f in s.findings if f.code == "WITHHELD"]
    # Of the signer the certificate, of the first version the signatories, of the one that is not public all there is.
    hidden = [p for (p,) in sqlite3.connect(public / "excerpt.db").execute("SELECT position FROM omitted ORDER BY 1")]
    assert sorted(set(hidden)) == [2, 5, 7]
    assert said.found.startswith(f"{len(hidden)} disclosures, 0 events and 0 documents")


def disclosure_removed(changed: Changed) -> None:
    changed.record.execute("DELETE FROM disclosures WHERE position=?", (changed.position(2),))


def listing_removed(changed: Changed) -> None:
    changed.kept.execute("DELETE FROM omitted WHERE position=?", (changed.position(3),))


def foreign_digest_listed(changed: Changed) -> None:
    changed.kept.execute("INSERT INTO omitted VALUES (?,?,'personal')", (changed.position(2), "A" * 43))


def given_and_listed(changed: Changed) -> None:
    position = changed.position(2)
    (text,) = changed.record.execute("SELECT disclosed FROM disclosures WHERE position=?", (position,)).fetchone()
    digest = hashlib.sha256(text.split("~")[1].encode()).digest()
    name = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    changed.kept.execute("INSERT INTO omitted VALUES (?,?,'personal')", (position, name))


def middle_dropped(changed: Changed) -> None:
    changed.record.execute("DELETE FROM stored_events WHERE rowid=?", (changed.position(2),))


def end_dropped(changed: Changed) -> None:
    changed.record.execute("DELETE FROM stored_events WHERE rowid=?", (changed.position(4),))


def stream_dropped(changed: Changed) -> None:
    changed.record.execute("DELETE FROM stored_events WHERE originator_id=?", (changed.proposal,))


def end_not_stated(changed: Changed) -> None:
    changed.kept.execute("DELETE FROM ends WHERE stream=?", (changed.proposal,))


def proofs_exchanged(changed: Changed) -> None:
    one, other = changed.position(1), changed.position(2)
    for before, after in ((one, -1), (other, one), (-1, other)):
        changed.kept.execute("UPDATE proofs SET position=? WHERE position=?", (after, before))


def proof_missing(changed: Changed) -> None:
    changed.kept.execute("DELETE FROM proofs WHERE position=?", (changed.position(2),))


def old_proof_dropped(changed: Changed) -> None:
    changed.kept.execute("UPDATE checkpoints SET hashes=x'' WHERE size < ?", (SIZE,))


def old_proof_flipped(changed: Changed) -> None:
    (hashes,) = changed.kept.execute("SELECT hashes FROM checkpoints WHERE size < ?", (SIZE,)).fetchone()
    changed.kept.execute("UPDATE checkpoints SET hashes=? WHERE size < ?", (bytes([hashes[0] ^ 1]) + hashes[1:], SIZE))


def entry_not_listed(changed: Changed) -> None:
    changed.entry_alone(changed.position(2), reason=None)


def entry_listed_as_erased(changed: Changed) -> None:
    changed.entry_alone(changed.position(2), reason="erased")


def register_withheld(changed: Changed) -> None:
    changed.entry_alone(2, reason="blocked")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (disclosure_removed, (6, "DISCLOSURE_MISSING")),
        (listing_removed, (6, "DISCLOSURE_MISSING")),
        (foreign_digest_listed, (6, "OMISSION_DIFFERS")),
        (given_and_listed, (6, "OMISSION_DIFFERS")),
        (middle_dropped, (3, "SEQ_GAP")),
        (end_dropped, (3, "STREAM_END_DIFFERS")),
        (stream_dropped, (3, "STREAM_END_DIFFERS")),
        (end_not_stated, (3, "STREAM_END_DIFFERS")),
        (proofs_exchanged, (4, "INCLUSION_INVALID")),
        (proof_missing, (4, "INCLUSION_INVALID")),
        (old_proof_dropped, (4, "CONSISTENCY_INVALID")),
        (old_proof_flipped, (4, "CONSISTENCY_INVALID")),
        (entry_not_listed, (2, "TOKEN_MISSING")),
        (entry_listed_as_erased, (2, "TOKEN_MISSING")),
        (register_withheld, (2, "TOKEN_MISSING")),
    ],
)
def test_every_omission_has_to_be_listed_and_every_event_proved(
    change: Callable[[Changed], None], expected: tuple[int, str], public: Path, register: Register, tmp_path: Path
) -> None:
    folder = shutil.copytree(public, tmp_path / "excerpt")
    changed = Changed(folder, register.proposal)
    change(changed)
    changed.close()
    assert expected in seen(folder, register)


def test_where_all_is_there_a_proof_that_is_given_is_looked_at_all_the_same(register: Register, tmp_path: Path) -> None:
    folder = tmp_path / "excerpt"
    excerpt_of(register.made, folder, terms()).close()
    assert seen(folder, register) == set()
    changed = Changed(folder, register.proposal)
    changed.kept.execute("INSERT INTO proofs VALUES (2, ?)", (b"x" * 64,))
    changed.close()
    assert (4, "INCLUSION_INVALID") in seen(folder, register)
