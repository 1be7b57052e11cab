"""Erasing: what goes is found nowhere any more, what stays verifies, and what cannot be reached is named."""

from __future__ import annotations

import base64
import re
import shutil
import sqlite3
from typing import TYPE_CHECKING, Final

import msgspec
import pytest
from msgspec import Raw
from support.archives import Busy, batch, document, held, pin_of, statement
from support.tampering import Tampering

from archive import erasure
from archive.archive import ERASED_SIZE, Archive
from archive.erasure import REMAINING, Erased, Erasures, erase, finish, parse_target
from archive.errors import InputError, IntegrityError, StorageError
from archive.genesis import enrolment_of, new_signer, stated_now
from archive.repair import repair
from archive.store import sqlite as store
from archive.verify import ArchiveSource, Verdict, verify
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.errors import ConflictError, RuleError
from domain.stream import canonical

if TYPE_CHECKING:
    from pathlib import Path

    from archive.batch import NewDocument
    from domain.values import ErasureTarget

GROUND: Final = "Art. 17 DSGVO"
NAME: Final = "Erika Mustermann-Beispiel"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for locks as good as not at all."""
    monkeypatch.setattr(store, "LOCK_TIMEOUT_SECONDS", 0.01)


def erased(busy: Busy, archive: Archive, *names: str, dry_run: bool = False) -> Erased:
    """Erase what is named."""
    targets = tuple(target for name in names for target in parse_target(name, archive))
    return erase(archive, targets, ground=GROUND, signer=busy.made.signer(), dry_run=dry_run)


def spellings(text: str) -> list[bytes]:
    """Give a text as it is, and as base64 and base64url have it, whatever stands before it."""
    plain = text.encode()
    found = [plain]
    for before in range(3):
        coded = base64.b64encode(bytes(before) + plain)
        whole = coded[-(-before * 8 // 6) : (before + len(plain)) * 8 // 6]
        found += [whole, whole.translate(bytes.maketrans(b"+/", b"-_"))]
    return found


def is_on_disk(busy: Busy, text: str) -> bool:
    """Say whether a text stands in any file of the archive, the database's side files included."""
    content = b"".join(path.read_bytes() for path in busy.made.folder.rglob("*") if path.is_file())
    return any(spelling in content for spelling in spellings(text))


def found(busy: Busy) -> list[tuple[str, str]]:
    """Verify; give code and verdict of all findings but those that there always are."""
    source = ArchiveSource(busy.made.folder)
    try:
        report = verify(source, pin=pin_of(busy.anchor))
    finally:
        source.close()
    return [(f.code, f.verdict) for s in report.steps for f in s.findings if f.code != "NO_CHECKPOINT_YET"]


def state_of(busy: Busy) -> list[str]:
    db = sqlite3.connect(busy.made.folder / "record.db")
    dump = list(db.iterdump())
    db.close()
    return dump


def notes(busy: Busy) -> list[tuple[str]]:
    """Give what erasures have still to do."""
    db = sqlite3.connect(busy.made.folder / "record.db")
    rows = db.execute("SELECT kind FROM erasing ORDER BY 1").fetchall()
    db.close()
    return rows


def record(busy: Busy, archive: Archive, *events: tuple[str, e.Event], documents: tuple[NewDocument, ...] = ()) -> None:
    """Record events that are not public."""
    said = (statement(stream, event, visibility=v.Visibility.NON_PUBLIC) for stream, event in events)
    archive.record(batch(*said, documents=documents), signer=busy.made.signer())


def attached(new: NewDocument) -> e.DocumentAttached:
    return e.DocumentAttached(label=new.path.name, held=True, document=held(new))


# -- what goes -----------------------------------------------------------------------------------


def test_one_disclosure_is_gone_and_the_others_stay(busy: Busy) -> None:
    text = "Der Kreistag beschließt den Nahverkehrsplan."
    with busy.made.open() as archive:
        assert is_on_disk(busy, text)
        result = erased(busy, archive, f"{busy.proposal}#1/data.operative_text")
        assert [(t.kind, t.event, t.path) for t in result.targets] == [
            ("disclosure", f"{busy.proposal}#1", "data.operative_text")
        ]
        assert result.recorded is not None
        assert [(r.type, r.position) for r in result.recorded.events] == [("content-erased/1", 17)]
        first = archive.history(busy.proposal)[0].event
        assert isinstance(first, e.ProposalRegistered)
        assert (first.operative_text, first.subject) == (x.WITHHELD, "Nahverkehrsplan – „Takt 2030“")
    assert not is_on_disk(busy, text)
    assert notes(busy) == []
    assert found(busy) == []


def test_all_disclosures_of_an_event_go(busy: Busy) -> None:
    with busy.made.open() as archive:
        result = erased(busy, archive, f"{busy.proposal}#1", f"document:{busy.proposal}#1/data.document")
        paths = [(str(t.kind), t.path) for t in result.targets]
        assert paths == [
            ("document", "data.document"),
            ("disclosure", "data.document"),
            ("disclosure", "data.operative_text"),
            ("disclosure", "data.subject"),
            ("disclosure", "sources"),
        ]
        record_ = archive.history(busy.proposal)[0]
        assert record_.sources is x.WITHHELD
        assert archive.document(busy.small) is None
    assert not is_on_disk(busy, "Takt 2030")
    assert found(busy) == []


def test_all_of_a_person_goes_and_the_key_stays(busy: Busy) -> None:
    person = f"person:{busy.made.means.uuid4()}"
    with busy.made.open() as archive:
        record(
            busy,
            archive,
            (person, e.PersonKnown(name=NAME, born="1950-01-01")),
            (person, e.PersonKnown(name=NAME, office="Kreisrätin")),
        )
        assert is_on_disk(busy, NAME)
        erased(busy, archive, person)
        assert archive.find("person", {"name": NAME}) == ()
        assert [r.event.name for r in archive.history(person) if isinstance(r.event, e.PersonKnown)] == [
            x.WITHHELD,
            x.WITHHELD,
        ]
        assert archive.streams("person") == (person,)
    assert not is_on_disk(busy, NAME)
    assert found(busy) == []


@pytest.mark.parametrize("size", [40, 70_000], ids=["in the database", "in a file"])
def test_document_is_gone_wherever_it_is_named(busy: Busy, tmp_path: Path, size: int) -> None:
    new = document(tmp_path / "a.txt", (NAME * (size // len(NAME) + 1)).encode()[:size])
    other = f"proposal:{busy.made.means.uuid7()}"
    opening = e.ProposalRegistered(body=busy.body, kind=v.ProposalKind.MOTION, version=1, document=held(new))
    with busy.made.open() as archive:
        record(busy, archive, (busy.proposal, attached(new)), (other, opening), documents=(new,))
        result = erased(busy, archive, f"document:{busy.proposal}#5/data.document")
        assert sorted((t.event, str(t.path)) for t in result.targets) == sorted(
            [(f"{busy.proposal}#5", "data.document"), (f"{other}#1", "data.document")]
        )
        assert archive.document(new.digest_hex) is None
        # The digest is a disclosure of its own and was not named.
        assert archive.history(other)[0].event == opening
    assert not is_on_disk(busy, NAME)
    assert not (busy.made.folder / "documents" / new.digest_hex[:2] / new.digest_hex).exists()
    assert found(busy) == []


def test_erased_document_may_come_again_with_another_event(busy: Busy, tmp_path: Path) -> None:
    new = document(tmp_path / "a.txt", b"x" * 70_000)
    with busy.made.open() as archive:
        record(busy, archive, (busy.proposal, attached(new)), documents=(new,))
        erased(busy, archive, f"document:{busy.proposal}#5/data.document")
        assert found(busy) == []
        again = e.DocumentAttached(label="neu", held=True, document=held(new))
        record(busy, archive, (busy.proposal, again), documents=(new,))
        assert archive.document(new.digest_hex) == b"x" * 70_000
        assert found(busy) == []
        erased(busy, archive, f"document:{busy.proposal}#6/data.document")
        assert archive.document(new.digest_hex) is None
    assert found(busy) == []


def test_token_goes_down_to_its_log_entry_and_the_stream_goes_on(busy: Busy) -> None:
    with busy.made.open() as archive:
        erased(busy, archive, f"token:{busy.proposal}#3")
        assert [r.seq for r in archive.history(busy.proposal)] == [1, 2, 4]
        (row,) = archive.recorder.select_events(busy.proposal, gt=2, lte=3)
        assert len(row.state) == ERASED_SIZE
        record(busy, archive, (busy.proposal, e.ProposalWithdrawn(reason="erledigt")))
        assert archive.position_at(2**40) == archive.size
    assert found(busy) == []


def test_token_of_the_last_event_of_a_stream_can_go(busy: Busy) -> None:
    with busy.made.open() as archive:
        (recorded,) = archive.record(
            batch(statement(busy.proposal, e.ProposalWithdrawn(reason=NAME))), signer=busy.made.signer()
        ).events
        erased(busy, archive, f"token:{recorded.id}")
        record(busy, archive, (busy.proposal, e.ProposalWithdrawn(reason="erledigt")))
        again = archive.record(
            batch(statement(busy.proposal, e.ProposalWithdrawn(reason=NAME))), signer=busy.made.signer()
        )
        assert (again.already, again.events) == (True, (recorded,))
    assert not is_on_disk(busy, NAME)
    assert found(busy) == []


def test_token_that_the_event_right_after_it_corrects_can_go(busy: Busy) -> None:
    with busy.made.open() as archive:
        size = len(archive.history(busy.proposal))
        record(busy, archive, (busy.proposal, e.ProposalWithdrawn(reason="erledigd")))
        correction = e.RecordCorrected(
            target=size + 1,
            path="/data/reason",
            old=Raw(b'"erledigd"'),
            new=Raw(b'"erledigt"'),
            kind=v.CorrectionKind.CLERICAL,
            reason="Schreibfehler",
        )
        record(busy, archive, (busy.proposal, correction))
        erased(busy, archive, f"token:{busy.proposal}#{size + 1}")
    assert found(busy) == []


def test_things_may_be_named_twice_and_alone_and_with_their_token(busy: Busy) -> None:
    with busy.made.open() as archive:
        target = f"{busy.meeting}#2/data.declared"
        with pytest.raises(InputError, match="nothing there to erase"):
            parse_target(target, archive)
        erased(
            busy,
            archive,
            f"{busy.proposal}#3/data.operative_text",
            f"{busy.proposal}#3",
            f"token:{busy.proposal}#3",
            f"{busy.proposal}#3/data.operative_text",
        )
    assert found(busy) == []


def test_no_trace_is_left_where_the_database_moved_rows(busy: Busy, tmp_path: Path) -> None:
    """Small documents come in any order of their digests, so pages are split and their rows copied."""
    alive: list[tuple[str, bytes]] = []
    gone: list[tuple[str, bytes]] = []
    with busy.made.open() as archive:
        for turn in range(4):
            texts = [f"GEHEIM{turn}-{n:03d}|".encode() for n in range(60)]
            repeated = [text * (1, 20, 60, 110, 150)[n % 5] for n, text in enumerate(texts)]
            news = tuple(document(tmp_path / f"{turn}-{n}.txt", content) for n, content in enumerate(repeated))
            size = len(archive.history(busy.proposal))
            record(busy, archive, *((busy.proposal, attached(new)) for new in news), documents=news)
            names = [f"document:{busy.proposal}#{size + n}/data.document" for n in range(1, 61)]
            alive += zip(names, texts, strict=True)
            erased(busy, archive, *(name for name, _ in alive[::2]))
            gone, alive = gone + alive[::2], alive[1::2]
            content = (busy.made.folder / "record.db").read_bytes()
            assert [text for _, text in gone if text in content] == []
            assert [text for _, text in alive if text not in content] == []
    assert found(busy) == []


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "erase: found '', expected EVENT/PATH, EVENT, STREAM, document:EVENT/PATH or token:EVENT"),
        ("alles", "erase: found 'alles', expected EVENT/PATH, EVENT, STREAM, document:EVENT/PATH or token:EVENT"),
        ("{p}#0", "erase: found '{p}#0', expected EVENT/PATH, EVENT, STREAM, document:EVENT/PATH or token:EVENT"),
        ("{p}#9", "erase: {p}#9: there is no such event"),
        ("proposal:" + "0" * 36, "erase: proposal:" + "0" * 36 + ": there is no such stream"),
        ("{p}#1/data.colour", "erase: {p}#1/data.colour: nothing there to erase"),
        ("{p}#1/data.reasons", "erase: {p}#1/data.reasons: nothing there to erase"),
        ("token:{p}", "erase: token:{p}: expected token:EVENT"),
        ("token:{p}#1/data.subject", "erase: token:{p}#1/data.subject: expected token:EVENT"),
        ("document:{p}#1", "erase: document:{p}#1: expected document:EVENT/PATH"),
        ("document:{p}#1/data.subject", "erase: document:{p}#1/data.subject: nothing there to erase"),
        ("document:{m}#3/data.document", "erase: document:{m}#3/data.document: nothing there to erase"),
    ],
)
def test_name_of_nothing_that_could_go_is_refused(busy: Busy, name: str, message: str) -> None:
    def filled(text: str) -> str:
        return text.replace("{p}", busy.proposal).replace("{m}", busy.meeting)

    with busy.made.open() as archive, pytest.raises(InputError) as caught:
        parse_target(filled(name), archive)
    assert caught.value.message == filled(message)


def test_what_is_there_is_named_with_the_refusal(busy: Busy) -> None:
    with busy.made.open() as archive, pytest.raises(InputError) as caught:
        parse_target(f"{busy.proposal}#1/data.reasons", archive)
    assert caught.value.hint == "there are data.document, data.operative_text, data.subject, sources"


def test_second_erasure_of_the_same_is_refused(busy: Busy) -> None:
    with busy.made.open() as archive:
        targets = parse_target(f"{busy.proposal}#3/data.operative_text", archive)
        tokens = parse_target(f"token:{busy.proposal}#4", archive)
        documents = parse_target(f"document:{busy.proposal}#1/data.document", archive)
        for once in (targets, tokens, documents):
            erase(archive, once, ground=GROUND, signer=busy.made.signer())
        before = state_of(busy)
        gone = "it was erased before, or was never there"
        for twice, message in (
            (targets, f"erase: {busy.proposal}#3/data.operative_text: was erased before"),
            (tokens, f"erase: {busy.proposal}#4: was erased before"),
            (documents, f"erase: document {busy.small[:16]}.. is not in the archive: {gone}"),
        ):
            with pytest.raises(InputError) as caught:
                erase(archive, twice, ground=GROUND, signer=busy.made.signer())
            assert caught.value.message == message
        assert state_of(busy) == before
    assert found(busy) == []


def test_tokens_of_the_register_stay(busy: Busy) -> None:
    with busy.made.open() as archive:
        before = state_of(busy)
        with pytest.raises(RuleError, match="token"):
            erased(busy, archive, f"token:register:{busy.register}#2")
        assert state_of(busy) == before


def test_certificate_of_a_signer_can_go_and_the_signatures_still_count(busy: Busy) -> None:
    with busy.made.open() as archive:
        erased(busy, archive, f"register:{busy.register}#3/data.certificate")
    assert found(busy) == [("CERTIFICATE_NOT_HELD", Verdict.PASSED)]


def test_whoever_is_no_registrar_erases_nothing(busy: Busy) -> None:
    with busy.made.open() as archive:
        targets = parse_target(f"{busy.proposal}#1/data.subject", archive)
        before = state_of(busy)
        with pytest.raises(RuleError, match=f"{busy.clerk} is not enrolled as registrar, but as clerk"):
            erase(archive, targets, ground=GROUND, signer=busy.made.signer(busy.clerk))
        assert state_of(busy) == before
        assert archive.document(busy.small) is not None


def test_erasure_that_fails_half_way_leaves_everything(busy: Busy) -> None:
    with busy.made.open() as archive:
        targets = parse_target(f"{busy.proposal}#1/data.subject", archive)
        wrong = x.ErasureTarget(
            kind=v.ErasureKind.DISCLOSURE, event=f"{busy.proposal}#2", path="data.label", digest="A" * 43
        )
        absent = x.ErasureTarget(kind=v.ErasureKind.TOKEN, event=f"{busy.proposal}#99")
        before = state_of(busy)
        for bad, message in (
            (wrong, f"erase: {busy.proposal}#2/data.label: was erased before"),
            (absent, f"erase: {busy.proposal}#99: there is no such event"),
        ):
            with pytest.raises(InputError) as caught:
                erase(archive, (*targets, bad), ground=GROUND, signer=busy.made.signer())
            assert caught.value.message == message
            assert state_of(busy) == before
        assert erase(archive, targets, ground=GROUND, signer=busy.made.signer()).recorded is not None


def test_rehearsal_names_everything_and_removes_nothing(busy: Busy) -> None:
    with busy.made.open() as archive:
        before = state_of(busy)
        names = (f"{busy.proposal}#2", f"document:{busy.proposal}#2/data.document", f"token:{busy.proposal}#3")
        rehearsed = erased(busy, archive, *names, dry_run=True)
        assert rehearsed.recorded is None
        assert state_of(busy) == before
        assert archive.document(busy.large) is not None
        done = erased(busy, archive, *names)
        assert (done.targets, done.remaining) == (rehearsed.targets, rehearsed.remaining)
    assert found(busy) == []


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("{p}#2/data.document", "{p}#2/data.document"),
        ("{p}#2", "{p}#2/data.document"),
        ("token:{p}#2", "{p}#2/data.document"),
    ],
)
def test_document_is_never_left_without_anything_that_names_it(busy: Busy, name: str, place: str) -> None:
    name, place = name.replace("{p}", busy.proposal), place.replace("{p}", busy.proposal)
    with busy.made.open() as archive:
        before = state_of(busy)
        with pytest.raises(RuleError) as caught:
            erased(busy, archive, name)
        said = f"nothing would name document {busy.large[:16]}.. any more, so nobody could erase it later"
        assert caught.value.message == f"erase: {said}"
        assert caught.value.hint == f"name document:{place} too, or first record an event that names the document"
        assert state_of(busy) == before
        # One of the two ways out: an event that names it.
        named = e.DocumentAttached(label="Anlage", held=True, document=x.Document(digest=busy.large, held=True))
        record(busy, archive, (busy.proposal, named))
        erased(busy, archive, name)
        assert archive.document(busy.large) is not None
        # The other: with the document.
        erased(busy, archive, f"{busy.proposal}#5", f"document:{busy.proposal}#5/data.document")
        assert archive.document(busy.large) is None
    assert found(busy) == []


def test_sources_that_name_a_document_take_it_along_or_stay(busy: Busy, tmp_path: Path) -> None:
    new = document(tmp_path / "n.txt", b"Niederschrift")
    source = x.Source(grade=v.Grade.COPY, quote=NAME, document=held(new))
    said = statement(busy.proposal, e.ProposalWithdrawn(reason="erledigt"), sources=(source,))
    with busy.made.open() as archive:
        archive.record(batch(said, documents=(new,)), signer=busy.made.signer())
        with pytest.raises(RuleError, match="any more, so nobody could erase it later"):
            erased(busy, archive, f"{busy.proposal}#5/sources")
        erased(busy, archive, f"{busy.proposal}#5/sources", f"document:{busy.proposal}#5/sources/0/document")
        assert archive.document(new.digest_hex) is None
    assert not is_on_disk(busy, NAME)
    assert found(busy) == []


def test_document_named_anew_while_the_erasure_was_prepared_is_a_conflict(
    busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = erasure._with_other_mentions
    named = e.DocumentAttached(label="Anlage", held=True, document=x.Document(digest=busy.large, held=True))
    with busy.made.open() as archive, busy.made.open() as other:

        def late(archive_: Archive, targets: tuple[ErasureTarget, ...]) -> tuple[ErasureTarget, ...]:
            found_ = real(archive_, targets)
            record(busy, other, (busy.proposal, named))
            return found_

        monkeypatch.setattr(erasure, "_with_other_mentions", late)
        with pytest.raises(ConflictError) as caught:
            erased(busy, archive, f"document:{busy.proposal}#2/data.document")
        named_too = f"{busy.proposal}#5/data.document names document {busy.large[:16]}.. too"
        assert caught.value.message == f"erase: {named_too}, and was recorded in between"
        monkeypatch.undo()
        assert archive.document(busy.large) is not None
        erased(busy, archive, f"document:{busy.proposal}#2/data.document")
    assert found(busy) == []


# -- what remains --------------------------------------------------------------------------------


# -- documents that only a correction names ---------------------------------------------------------


def whole(new: NewDocument, _: Archive, __: Busy) -> tuple[int, str, object, object]:
    """Say of a field that named no document that it names one."""
    return 3, "/data/document", msgspec.UNSET, held(new)


def listed(new: NewDocument, _: Archive, busy: Busy) -> tuple[int, str, object, object]:
    """Name it as the source of a statement, after one that names none."""
    quoted = x.Source(grade=v.Grade.COPY, quote="Nahverkehrsplan")
    return 1, "/sources", (quoted,), (quoted, x.Source(grade=v.Grade.COPY, document=held(new)))


def one_word(new: NewDocument, _: Archive, busy: Busy) -> tuple[int, str, object, object]:
    """Let a field name another document by its digest alone."""
    return 1, "/data/document/digest", busy.small, new.digest_hex


def gone_target(new: NewDocument, archive: Archive, busy: Busy) -> tuple[int, str, object, object]:
    """Correct the digest's whole field; what is corrected is erased afterwards."""
    old = archive.history(busy.proposal)[0].event
    assert isinstance(old, e.ProposalRegistered)
    return 1, "/data/document", old.document, held(new)


WAYS: Final = {"whole": whole, "listed": listed, "one word": one_word, "target erased": gone_target}
PLACES: Final = {"listed": "data.new/1/document"}


@pytest.fixture(params=sorted(WAYS))
def corrected(request: pytest.FixtureRequest, busy: Busy, tmp_path: Path) -> tuple[Busy, NewDocument, str]:
    """A register with a document that nothing but the new value of a correction names, and the place that names it."""
    way = str(request.param)
    new = document(tmp_path / "nachgereicht.txt", b"Nachgereicht von Erika Beispiel\n")
    with busy.made.open() as archive:
        seq = len(archive.history(busy.proposal)) + 1
        record(
            busy,
            archive,
            (busy.proposal, e.ProposalRevised(version=3, mode=v.RevisionMode.FULL, operative_text="Text.")),
        )
        target, path, old, said = WAYS[way](new, archive, busy)
        correction = e.RecordCorrected(
            target=seq if way == "whole" else target,
            path=path,
            old=old if old is msgspec.UNSET else Raw(canonical(old)),
            new=Raw(canonical(said)),
            kind=v.CorrectionKind.CLERICAL,
            reason="nachgereicht",
        )
        record(busy, archive, (busy.proposal, correction), documents=(new,))
        if way == "target erased":
            erased(busy, archive, f"document:{busy.proposal}#1/data.document", f"{busy.proposal}#1/data.document")
    return busy, new, f"{busy.proposal}#{seq + 1}/{PLACES.get(way, 'data.new')}"


def test_document_that_only_a_correction_names_is_missed(corrected: tuple[Busy, NewDocument, str]) -> None:
    busy, new, _ = corrected
    assert found(busy) == []
    tampering = Tampering(busy)
    tampering.db.execute("DELETE FROM documents WHERE digest=?", (new.digest_hex,))
    tampering.close()
    assert found(busy) == [("DOCUMENT_MISSING", Verdict.FAILED)]


def test_correction_cannot_say_that_a_document_is_held_which_is_not(busy: Busy, tmp_path: Path) -> None:
    new = document(tmp_path / "nie.txt", b"nie abgegeben\n")
    old = x.Document(held=False, title="Niederschrift")
    correction = e.RecordCorrected(
        target=3,
        path="/data/document",
        old=Raw(canonical(old)),
        new=Raw(canonical(held(new))),
        kind=v.CorrectionKind.CLERICAL,
        reason="nachgereicht",
    )
    with busy.made.open() as archive:
        meeting = archive.streams("meeting")[0]
        with pytest.raises(InputError, match=r"data\.new: document .* but the archive does not have it"):
            record(busy, archive, (meeting, correction))


def test_erased_document_that_a_correction_named_does_not_come_back_from_a_replica(
    corrected: tuple[Busy, NewDocument, str], tmp_path: Path
) -> None:
    busy, new, place = corrected
    with busy.made.open() as archive:
        erased(busy, archive, f"document:{place}")
    replica = tmp_path / "replica"
    shutil.copytree(busy.made.folder, replica)
    # One that knows of the erasure and has not done it, such as one that was interrupted.
    with sqlite3.connect(replica / "record.db") as db:
        content = b"Nachgereicht von Erika Beispiel\n"
        db.execute("INSERT INTO documents VALUES (?,?,?)", (new.digest_hex, len(content), content))
    db.close()
    with pytest.raises(IntegrityError, match=r"the replica does not verify: .*ERASED_STILL_THERE"):
        repair(busy.made.folder, replica, means=busy.made.means, pin=pin_of(busy.anchor))
    assert not is_on_disk(busy, "Nachgereicht von Erika Beispiel")
    assert found(busy) == []


def test_views_go_with_what_is_erased(busy: Busy) -> None:
    """They repeat what they are made from; so nothing of them stays, not what an interrupted rebuild left either."""
    text = "Der Kreistag beschließt den Nahverkehrsplan."
    for name in ("views.db", "views.db-journal", "views.db.new-4711"):
        (busy.made.folder / name).write_text(text)
    with busy.made.open() as archive:
        erased(busy, archive, f"{busy.proposal}#1/data.operative_text")
    assert not is_on_disk(busy, text)


def test_document_that_only_a_correction_names_can_be_erased(corrected: tuple[Busy, NewDocument, str]) -> None:
    busy, _, place = corrected
    with busy.made.open() as archive:
        result = erased(busy, archive, f"document:{place}")
        assert [f"{t.event}/{t.path}" for t in result.targets] == [place]
        assert not is_on_disk(busy, "Nachgereicht von Erika Beispiel")
    assert found(busy) == []


def test_correction_that_alone_names_a_document_does_not_go_before_it(corrected: tuple[Busy, NewDocument, str]) -> None:
    busy, _, place = corrected
    event = place.partition("/")[0]
    with busy.made.open() as archive:
        with pytest.raises(RuleError, match="nothing would name document"):
            erased(busy, archive, f"{event}/data.new")
        erased(busy, archive, f"document:{place}", f"{event}/data.new")
    assert found(busy) == []


# -- after the register was closed ------------------------------------------------------------------


@pytest.fixture
def closed(busy: Busy) -> Busy:
    with busy.made.open() as archive:
        closing = stated_now(f"register:{busy.register}", e.RegisterClosed(), seconds=busy.made.means.clock())
        archive.append([(closing, v.Role.ROOT, busy.made.root(busy.register))])
    return busy


def test_erasing_goes_on_after_the_register_was_closed(closed: Busy) -> None:
    text = "Der Kreistag beschließt den Nahverkehrsplan."
    with closed.made.open() as archive:
        erased(closed, archive, f"{closed.proposal}#1/data.operative_text")
    assert not is_on_disk(closed, text)
    assert found(closed) == []


def test_hold_that_stands_in_the_way_is_lifted_and_a_thief_revoked_after_the_closing(busy: Busy) -> None:
    custody, hold = f"custody:{busy.made.means.uuid7()}", busy.made.means.uuid7()
    filed = e.Filed(file_reference="022.3", objects=(busy.proposal,))
    placed = e.HoldPlaced(hold=hold, ground="Klage anhängig")
    with busy.made.open() as archive:
        archive.record(
            batch(statement(custody, filed), statement(custody, placed), role=v.Role.ARCHIVIST, name="akte"),
            signer=busy.made.signer(),
        )
        closing = stated_now(f"register:{busy.register}", e.RegisterClosed(), seconds=busy.made.means.clock())
        root = busy.made.root(busy.register)
        archive.append([(closing, v.Role.ROOT, root)])
        with pytest.raises(RuleError, match="is under a hold"):
            erased(busy, archive, f"{busy.proposal}#1/data.operative_text")
        lifted = e.HoldLifted(hold=hold, reason="erledigt")
        freed = batch(statement(custody, lifted), role=v.Role.ARCHIVIST, name="frei")
        archive.record(freed, signer=busy.made.signer())
        erased(busy, archive, f"{busy.proposal}#1/data.operative_text")
        key = next(s for s in archive.trust.signers() if s.person == busy.clerk)
        gone = e.SignerRevoked(
            person=key.person, certificate_digest=key.certificate_digest, reason=v.RevocationReason.KEY_COMPROMISED
        )
        stream = f"register:{busy.register}"
        archive.append([(stated_now(stream, gone, seconds=busy.made.means.clock()), v.Role.ROOT, root)])
        with pytest.raises(RuleError, match="the register was closed by"):
            record(busy, archive, (busy.proposal, e.ProposalWithdrawn()))
    assert found(busy) == []


# -- more than one event can name -------------------------------------------------------------------


def test_more_targets_than_a_token_holds_are_refused_with_how_many_fit(busy: Busy) -> None:
    stream = f"proposal:{busy.made.means.uuid7()}"
    many = tuple(
        x.ErasureTarget(
            kind=v.ErasureKind.DISCLOSURE, event=f"{stream}#{n}", path="data.operative_text", digest="A" * 43
        )
        for n in range(1, 8_001)
    )
    with busy.made.open() as archive:
        size = archive.size
        with pytest.raises(InputError) as caught:
            erase(archive, many, ground=GROUND, signer=busy.made.signer())
        assert archive.size == size
        head, _, tail = caught.value.message.partition(" at most ")
        assert head == "erase: found 8000 targets, expected"
        said = re.fullmatch(r"(\d+) of these in one erasure: a token has at most 1048576 bytes", tail)
        assert said is not None
        fits = int(said[1])
        assert (
            caught.value.hint
            == f"nothing was erased; name what goes in several commands, of at most {fits} targets each"
        )
        # As many do fit: what is wrong with them now is that they are not there.
        with pytest.raises(InputError, match="there is no such event"):
            erase(archive, many[:fits], ground=GROUND, signer=busy.made.signer())
        # And not many more would.
        with pytest.raises(InputError, match="expected at most"):
            erase(archive, many[: fits * 102 // 100], ground=GROUND, signer=busy.made.signer())


def test_corrections_of_an_erased_field_are_named_until_they_go_too(busy: Busy) -> None:
    corrected = e.RecordCorrected(
        target=3,
        path="/data/operative_text",
        old=Raw('"Der Kreistag beschließt."'.encode()),
        new=Raw(f'"Der Kreistag beschließt auf Antrag von {NAME}."'.encode()),
        kind=v.CorrectionKind.FACTUAL,
        reason="Hörfehler",
    )
    with busy.made.open() as archive:
        archive.record(batch(statement(busy.proposal, corrected)), signer=busy.made.signer())
        field = f"{busy.proposal}#3/data.operative_text"
        both = [f"{busy.proposal}#5/data.{name}" for name in ("old", "new")]
        first = erased(busy, archive, field, dry_run=True)
        assert first.remaining == (
            *REMAINING,
            *(f"the correction of an erased field in this archive: {name}" for name in both),
        )
        assert erased(busy, archive, field, both[0]).remaining[-1].endswith(both[1])
        assert is_on_disk(busy, NAME)
        assert archive.stream(busy.proposal) is not None
        assert erased(busy, archive, both[1]).remaining == REMAINING
        assert archive.stream(busy.proposal) is not None
    assert not is_on_disk(busy, NAME)
    assert not is_on_disk(busy, "beschließt.")
    assert found(busy) == []


def test_only_handovers_of_what_is_concerned_are_named(busy: Busy) -> None:
    def file_of(reference: str, *objects: str) -> tuple[str, e.Filed]:
        return f"custody:{busy.made.means.uuid7()}", e.Filed(file_reference=reference, objects=objects)

    concerned, whole, foreign = (
        file_of("1", busy.proposal, busy.meeting),
        file_of("2", busy.proposal),
        file_of("3", busy.meeting),
    )
    with busy.made.open() as archive:
        archive.record(
            batch(
                *(statement(*each) for each in (concerned, whole, foreign)),
                statement(concerned[0], e.Transferred(archive="Kreisarchiv A", objects=(busy.meeting,))),
                statement(concerned[0], e.Transferred(archive="Kreisarchiv B", objects=(busy.proposal,))),
                statement(whole[0], e.Transferred(archive="Staatsarchiv")),
                statement(foreign[0], e.Transferred(archive="Stadtarchiv")),
                role=v.Role.ARCHIVIST,
            ),
            signer=busy.made.signer(),
        )
        remaining = erased(busy, archive, f"{busy.proposal}#1/data.subject").remaining
        assert remaining == (
            *REMAINING,
            f"what was handed over to Kreisarchiv B ({concerned[0]}#3)",
            f"what was handed over to Staatsarchiv ({whole[0]}#2)",
        )
        event = archive.history(f"register:{busy.register}")[-1].event
        assert isinstance(event, e.ContentErased)
        assert event.copies_remaining == remaining
    assert found(busy) == []


# -- interrupted ---------------------------------------------------------------------------------


def test_reader_in_the_way_is_named_and_the_rest_is_done_later(busy: Busy) -> None:
    reader = sqlite3.connect(busy.made.folder / "record.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM stored_events").fetchone()
    with busy.made.open() as archive:
        with pytest.raises(StorageError) as caught:
            erased(busy, archive, f"{busy.proposal}#1/data.subject")
        gone = "the erased content is gone from the record"
        assert caught.value.message == f"{busy.made.folder}: {gone}, but a reader keeps the write-ahead log open"
        assert caught.value.hint == "end other Ratsbuch processes and run `ratsbuch doctor`, which empties it"
        assert archive.size == 17, "the erasure itself stands"
        reader.close()
        assert finish(archive) == ()
    assert not is_on_disk(busy, "Takt 2030")
    assert notes(busy) == []
    assert found(busy) == []


@pytest.mark.parametrize("where", ["files", "traces"])
def test_interruption_after_the_commit_is_taken_up_later(
    busy: Busy, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    if where == "files":
        monkeypatch.setattr(erasure, "_remove_files", interrupted)
    else:
        monkeypatch.setattr(store.Datastore, "rebuild", interrupted)
    path = busy.made.folder / "documents" / busy.large[:2] / busy.large
    with busy.made.open() as archive, pytest.raises(KeyboardInterrupt):
        erased(busy, archive, f"document:{busy.proposal}#2/data.document")
    monkeypatch.undo()
    assert path.exists() is (where == "files")
    assert ("traces",) in notes(busy)
    assert [code for code, _ in found(busy)] == (["FILE_SURPLUS"] if where == "files" else [])
    with busy.made.open() as archive:
        assert finish(archive) == ((busy.large,) if where == "files" else ())
        assert finish(archive) == ()
    assert not path.exists()
    assert notes(busy) == []
    assert found(busy) == []


def test_file_that_cannot_be_deleted_is_named_and_the_erasure_stands(
    busy: Busy, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = busy.made.folder / "documents" / busy.large[:2] / busy.large

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with busy.made.open() as archive:
        with monkeypatch.context() as patch:
            patch.setattr(type(path), "unlink", denied)
            with pytest.raises(StorageError) as caught:
                erased(busy, archive, f"document:{busy.proposal}#2/data.document")
        unable = f"document {busy.large[:16]}..: its file cannot be deleted: Permission denied"
        assert caught.value.message == f"{busy.made.folder}: the erasure is recorded, but not finished: {unable}"
        assert caught.value.hint == "when that is settled, `ratsbuch doctor` finishes it"
        assert archive.size == 17
        assert path.exists()
        assert finish(archive) == (busy.large,)
    assert found(busy) == []


def test_file_recorded_anew_before_it_was_deleted_stays(
    busy: Busy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = document(tmp_path / "large.txt", b"Anlage\n" * 20_000)
    with busy.made.open() as archive:
        with monkeypatch.context() as patch:
            patch.setattr(archive.documents, "remove_file", _raising(StorageError("fort")))
            with pytest.raises(StorageError, match="the erasure is recorded, but not finished: fort"):
                erased(busy, archive, f"document:{busy.proposal}#2/data.document")
        record(busy, archive, (busy.proposal, attached(new)), documents=(new,))
        assert finish(archive) == ()
        assert archive.document(busy.large) == b"Anlage\n" * 20_000
    assert notes(busy) == []
    assert found(busy) == []


def _raising(error: BaseException) -> object:
    def call(*_: object) -> None:
        raise error

    return call


def test_row_that_is_damaged_stops_the_erasure(busy: Busy) -> None:
    tampering = Tampering(busy)
    (position,) = tampering.db.execute(
        "SELECT rowid FROM stored_events WHERE originator_id=? AND originator_version=1", (busy.proposal,)
    ).fetchone()
    tampering.set_disclosed(position, "~e30~")
    tampering.close()
    with busy.made.open() as archive, pytest.raises(IntegrityError, match=rf"\Aposition {position}: DISCLOSURE_"):
        parse_target(f"{busy.proposal}#1", archive)


def test_erasures_are_told_from_losses_by_what_they_name() -> None:
    names = Erasures()
    assert names.disclosures("proposal:a#1") == frozenset()
    assert not names.has_document("proposal:a#1", "data.document")
    assert not names.has_token("proposal:a#1", after=1)


def test_registrar_enrolled_later_may_erase(busy: Busy) -> None:
    root = busy.made.root(busy.register)
    signer = new_signer(
        person=busy.made.means.uuid4(), algorithm=v.SignatureAlgorithm.ES256, means=busy.made.means, issuer=root
    )
    with busy.made.open() as archive:
        enrolled = stated_now(
            f"register:{busy.register}",
            enrolment_of(signer, roles=(v.Role.REGISTRAR,)),
            seconds=busy.made.means.clock(),
        )
        archive.append([(enrolled, v.Role.ROOT, root)])
        erase(archive, parse_target(f"{busy.proposal}#1/data.subject", archive), ground=GROUND, signer=signer)
    assert found(busy) == []
