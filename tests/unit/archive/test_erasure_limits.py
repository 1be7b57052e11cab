"""What an erasure may not reach: its own grounds, what is held, and what says whose signature counts."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from msgspec import structs
from support.archives import Busy, batch, busy_archive, pin_of, statement

from archive import directory
from archive.erasure import erase, parse_target
from archive.verify import ArchiveSource, Verdict, verify
from domain import events as e
from domain import vocabulary as v
from domain.errors import RuleError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Busy:
    return busy_archive(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def busy(whole: Busy, tmp_path: Path) -> Busy:
    return structs.replace(whole, made=whole.made.copy(tmp_path))


def run(busy: Busy, target: str, *, despite_hold: bool = False) -> None:
    with busy.made.open() as archive:
        targets = parse_target(target, archive)
        erase(archive, targets, ground="Art. 17 DSGVO", signer=busy.made.signer(), despite_hold=despite_hold)


def codes(busy: Busy) -> set[tuple[int, str, Verdict]]:
    source = ArchiveSource(busy.made.folder)
    try:
        report = verify(source, pin=pin_of(busy.anchor))
    finally:
        source.close()
    return {(s.step, f.code, f.verdict) for s in report.steps for f in s.findings}


def position_of(busy: Busy, event: type[e.Event]) -> int:
    with busy.made.open() as archive:
        return next(r.seq for r in archive.history(f"register:{busy.register}") if isinstance(r.event, event))


def test_ground_of_an_earlier_erasure_stays(busy: Busy) -> None:
    seq = position_of(busy, e.ContentErased)
    event = f"register:{busy.register}#{seq}"
    with pytest.raises(
        RuleError, match=f"found {event}/data.copies_remaining, expected no ground of an earlier erasure"
    ):
        run(busy, event)


def test_token_of_the_register_stays(busy: Busy) -> None:
    with pytest.raises(RuleError, match="expected none of the register's own"):
        run(busy, f"token:register:{busy.register}#2")


def test_erased_certificate_is_named_by_step_1(busy: Busy) -> None:
    run(busy, f"register:{busy.register}#2/data.certificate")
    assert (1, "CERTIFICATE_NOT_HELD", Verdict.PASSED) in codes(busy)


def test_what_is_under_a_hold_is_erased_only_where_the_law_goes_before_it(busy: Busy) -> None:
    custody = f"custody:{busy.made.means.uuid7()}"
    hold = busy.made.means.uuid7()
    with busy.made.open() as archive:
        archive.record(
            batch(
                statement(custody, e.Filed(objects=(busy.proposal,), file_reference="022.31/12")),
                statement(custody, e.HoldPlaced(hold=hold, ground="Klage anhängig")),
                role=v.Role.ARCHIVIST,
                name="akte",
            ),
            signer=busy.made.signer(),
        )
    target = f"{busy.proposal}#1/data.subject"
    with pytest.raises(RuleError, match=f"erase: {busy.proposal} is under a hold .*; nothing of it may be destroyed"):
        run(busy, target)
    run(busy, target, despite_hold=True)
    with busy.made.open() as archive:
        archive.record(
            batch(statement(custody, e.HoldLifted(hold=hold)), role=v.Role.ARCHIVIST, name="frei"),
            signer=busy.made.signer(),
        )
    run(busy, f"{busy.proposal}#1/data.operative_text")
    assert {code for code in codes(busy) if code[2] is Verdict.FAILED} == set()


def test_index_that_leads_astray_is_not_followed_and_is_named(busy: Busy) -> None:
    with sqlite3.connect(busy.made.folder / "record.db") as db:
        db.execute("UPDATE lookups SET stream=? WHERE kind='proposal' AND field='reference'", (busy.meeting,))
    db.close()
    with busy.made.open() as archive:
        assert archive.find("proposal", {"reference": "0012a"}) == ()
        streams = [(s, archive.history(s)) for kind in directory.KEYS for s in archive.streams(kind)]
        assert sorted(directory.differences(archive.connection, streams)) == sorted([busy.proposal, busy.meeting])
