"""What an export is good for to whoever kept it: saying what was changed since, and giving back what was lost."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from support.archives import document, held, pin_of, statement
from support.excerpts import Register
from support.exports import exported, findings

from archive.archive import ERASED_SIZE
from archive.erasure import erase, parse_target
from archive.errors import InputError, IntegrityError
from archive.excerpt import Audience
from archive.log.memory import Memory
from archive.repair import repair_from
from archive.verify import ArchiveSource, Verdict, verify
from domain import events as e
from projections.export import holding
from projections.forgery import rewrite

if TYPE_CHECKING:
    from pathlib import Path

    from archive.repair import Repaired
    from archive.verify import Report


@pytest.fixture
def register(tmp_path: Path) -> Register:
    """Two proposals, one with a document that is kept as a file, under a checkpoint."""
    register = Register(tmp_path / "register")
    new = document(tmp_path / "large.txt", b"Anlage\n" * 20_000)
    attached = e.DocumentAttached(label="Anlage 1", held=True, document=held(new))
    register.registered().record(statement(register.proposal, attached), documents=(new,))
    return register.revised().registered(register.new("proposal"), reference="0013", subject="Radwege").sealed()


def against(register: Register, *exports: Path) -> Report:
    source = ArchiveSource(register.made.folder)
    try:
        report = verify(source, pin=pin_of(register.anchor))
        return holding.held_against(report, source, exports)
    finally:
        source.close()


def execute(register: Register, *statements: str) -> None:
    """Do what only somebody does who takes the triggers out of the way."""
    with sqlite3.connect(register.made.folder / "record.db") as db:
        triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type='trigger'").fetchall()
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        for each in statements:
            db.execute(each)
        for _, sql in triggers:
            db.execute(sql)
    db.close()


# -- holding the register against it --------------------------------------------------------------


@pytest.mark.parametrize("form", ["xml", "package"])
def test_a_register_that_is_as_it_was_has_nothing_against_it(form: str, register: Register, tmp_path: Path) -> None:
    path = exported(register.made, tmp_path / "kept", "0012", form=form).path  # type: ignore[arg-type]  # one of them
    report = against(register, path)
    assert (report.verdict, findings(report)) == (Verdict.PASSED, set())
    assert next(step.checked for step in report.steps if step.step == 5) >= 7


def rewritten(register: Register, tmp_path: Path, words: dict[str, str]) -> None:
    memory = Memory(tmp_path / "memory")
    rewrite(register.made.folder, words, keys=register.made.key_folder(), memory=memory, means=register.made.means)


@pytest.mark.parametrize("audience", [Audience.ARCHIVE, Audience.PUBLIC])
def test_after_an_administrators_rewrite_it_names_the_event_and_both_values(
    audience: Audience, register: Register, tmp_path: Path
) -> None:
    path = exported(register.made, tmp_path / "kept.xml", "0012", audience=audience).path
    rewritten(register, tmp_path, {"Nahverkehrsplan": "Fernverkehrsplan"})
    alone = against(register)
    assert alone.verdict is Verdict.PASSED
    report = against(register, path)
    assert report.verdict is Verdict.FAILED
    changed = [f for s in report.steps for f in s.findings if f.code == "EVENT_DIFFERS"]
    (one,) = [f for f in changed if f.place.endswith("data.subject")]
    assert one.place == f"position 5 ({register.proposal}#1): data.subject"
    assert (one.found, one.expected) == ("Fernverkehrsplan", "Nahverkehrsplan, as in kept.xml")
    # Every later token of the stream was signed anew, and says the same as before.
    assert {f.place.partition(" (")[0] for f in changed} == {"position 5", "position 6", "position 7"}


def test_what_is_withheld_in_the_export_is_not_told_of(register: Register, tmp_path: Path) -> None:
    path = exported(register.made, tmp_path / "kept.xml", "0012", audience=Audience.PUBLIC).path
    rewritten(register, tmp_path, {"Erika Musterfrau": "Erika Mustermann"})
    found = [f for s in against(register, path).steps for f in s.findings if f.code == "EVENT_DIFFERS"]
    assert found
    assert "Muster" not in "".join(f.place + f.found + f.expected for f in found)


def test_an_event_that_is_gone_is_named(register: Register, tmp_path: Path) -> None:
    path = exported(register.made, tmp_path / "kept.xml", "0012").path
    execute(register, "DELETE FROM stored_events WHERE rowid=7")
    assert (5, "EVENT_MISSING") in findings(against(register, path))


def test_an_erasure_since_is_no_difference(register: Register, tmp_path: Path) -> None:
    path = exported(register.made, tmp_path / "kept.xml", "0012").path
    with register.made.open() as archive:
        targets = (
            *parse_target(f"{register.proposal}#1/data.subject", archive),
            *parse_target(f"token:{register.proposal}#3", archive),
        )
        erase(archive, targets, ground="Art. 17 DSGVO", signer=register.made.signer(), archive_consented=True)
    register.sealed()
    assert findings(against(register, path)) == set()


def test_an_export_that_does_not_verify_itself_counts_for_nothing(register: Register, tmp_path: Path) -> None:
    path = exported(register.made, tmp_path / "kept.xml", "0012").path
    text = path.read_text()
    at = text.index("<xrb:pfadHashwert>") + len("<xrb:pfadHashwert>")
    path.write_text(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :])
    assert findings(against(register, path)) == {(5, "EVIDENCE_INVALID")}


def test_an_export_of_another_register_says_nothing_of_this_one(register: Register, tmp_path: Path) -> None:
    other = Register(tmp_path / "other", seed=2).registered().sealed()
    path = exported(other.made, tmp_path / "other.xml", "0012").path
    assert (5, "EVENT_DIFFERS") not in findings(against(register, path))


@pytest.mark.parametrize("content", [b"", b"<a/>", b"PK\x03\x04", b"\x00" * 100])
def test_what_is_no_export_is_refused(content: bytes, register: Register, tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(InputError):
        against(register, path)
    folder = tmp_path / "bag"
    (folder / "data").mkdir(parents=True)
    with pytest.raises(InputError):
        against(register, folder)


# -- putting back ---------------------------------------------------------------------------------


def repaired(register: Register, path: Path) -> Repaired:
    with holding.excerpt_in(path) as excerpt:
        return repair_from(register.made.folder, excerpt, means=register.made.means, pin=pin_of(register.anchor))


def rows(register: Register) -> list[tuple[object, ...]]:
    with sqlite3.connect(register.made.folder / "record.db") as db:
        found = db.execute(
            "SELECT e.rowid, e.originator_id, e.originator_version, e.topic, e.state, d.disclosed "
            "FROM stored_events e LEFT JOIN disclosures d ON d.position=e.rowid ORDER BY 1"
        ).fetchall()
    db.close()
    return found


LOSSES = (
    ("DELETE FROM stored_events WHERE rowid IN (6, 7)", "DELETE FROM disclosures WHERE position IN (6, 7)"),
    ("DELETE FROM stored_events WHERE rowid=5", "DELETE FROM disclosures WHERE position=5"),
    ("DELETE FROM disclosures WHERE position=5",),
)


@pytest.mark.parametrize("lost", LOSSES)
@pytest.mark.parametrize("form", ["xml", "package"])
def test_what_was_deleted_comes_back_verbatim(
    lost: tuple[str, ...], form: str, register: Register, tmp_path: Path
) -> None:
    path = exported(register.made, tmp_path / "kept", "0012", form=form).path  # type: ignore[arg-type]  # one of them
    before = rows(register)
    execute(register, *lost)
    assert rows(register) != before
    done = repaired(register, path)
    assert rows(register) == before
    assert done.events + done.disclosures > 0
    assert findings(against(register, path)) == set()


def test_a_document_comes_back_from_a_package(register: Register, tmp_path: Path) -> None:
    path = exported(register.made, tmp_path / "kept", "0012", form="package").path
    (lost,) = [p for p in (register.made.folder / "documents").rglob("*") if p.is_file()]
    content = lost.read_bytes()
    lost.unlink()
    assert repaired(register, path).documents == 1
    assert lost.read_bytes() == content


def test_a_public_export_brings_back_what_it_has_and_takes_nothing_away(register: Register, tmp_path: Path) -> None:
    path = exported(register.made, tmp_path / "kept.xml", "0012", audience=Audience.PUBLIC).path
    with sqlite3.connect(register.made.folder / "record.db") as db:
        ((disclosed,),) = db.execute("SELECT disclosed FROM disclosures WHERE position=5").fetchall()
    db.close()
    texts = [text for text in disclosed.split("~") if text]
    given = {text for text in texts if text in _disclosures(path)}
    assert 0 < len(given) < len(texts)
    gone = next(text for text in texts if text in given)
    execute(register, "UPDATE disclosures SET disclosed=replace(disclosed, '" + gone + "~', '') WHERE position=5")  # noqa: S608  # names of ours
    repaired(register, path)
    with sqlite3.connect(register.made.folder / "record.db") as db:
        ((after,),) = db.execute("SELECT disclosed FROM disclosures WHERE position=5").fetchall()
    db.close()
    assert sorted(after.split("~")) == sorted(disclosed.split("~"))


def _disclosures(path: Path) -> set[str]:
    with holding.excerpt_in(path) as excerpt:
        return {
            text for row in excerpt.rows(after=0, until=2**40) for text in row.disclosed.decode().split("~") if text
        }


@pytest.mark.parametrize("lost", ["rowid IN (5, 6, 8)", "rowid >= 7", "rowid IN (7, 8)"])
def test_where_an_export_does_not_have_all_that_is_missing_nothing_is_done(
    lost: str, register: Register, tmp_path: Path
) -> None:
    # Of the events that are lost the one at 8 is not in it.
    path = exported(register.made, tmp_path / "kept.xml", "0012").path
    register.revised(version=3).sealed()
    execute(register, "DELETE FROM stored_events WHERE " + lost)  # noqa: S608  # names of ours
    before = rows(register)
    with pytest.raises(IntegrityError):
        repaired(register, path)
    assert rows(register) == before


def test_from_a_fork_nothing_is_done(register: Register, tmp_path: Path) -> None:
    fork = Register.__new__(Register)
    fork.__dict__.update(register.__dict__)
    (tmp_path / "fork").mkdir()
    fork.made = register.made.copy(tmp_path / "fork")
    rewritten(fork, tmp_path, {"Nahverkehrsplan": "Fernverkehrsplan"})
    path = exported(fork.made, tmp_path / "fork.xml", "0012").path
    execute(register, "DELETE FROM stored_events WHERE rowid=7", "DELETE FROM disclosures WHERE position=7")
    before = rows(register)
    with pytest.raises(IntegrityError):
        repaired(register, path)
    assert rows(register) == before


def test_from_an_export_that_was_changed_nothing_is_done(register: Register, tmp_path: Path) -> None:
    path = exported(register.made, tmp_path / "kept.xml", "0012").path
    execute(register, "DELETE FROM stored_events WHERE rowid=7", "DELETE FROM disclosures WHERE position=7")
    before = rows(register)
    text = path.read_text()
    at = text.rindex("<xrb:offenlegung>", 0, text.index("</xrb:nachweis>")) + 60
    path.write_text(text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :])
    with pytest.raises(IntegrityError):
        repaired(register, path)
    assert rows(register) == before


def test_what_was_erased_here_does_not_come_back(register: Register, tmp_path: Path) -> None:
    path = exported(register.made, tmp_path / "kept.xml", "0012").path
    with register.made.open() as archive:
        targets = parse_target(f"token:{register.proposal}#3", archive)
        erase(archive, targets, ground="Art. 17 DSGVO", signer=register.made.signer(), archive_consented=True)
    register.sealed()
    repaired(register, path)
    ((state,),) = [(row[4],) for row in rows(register) if row[0] == 7]
    assert isinstance(state, bytes)
    assert len(state) == ERASED_SIZE


def test_a_container_is_no_such_export(register: Register, tmp_path: Path) -> None:
    path = tmp_path / "container.zip"
    path.write_bytes(b"PK\x03\x04" + b"\x00" * 40)
    with pytest.raises(InputError, match="extract"):
        repaired(register, path)
