"""What had happened by a day, and what had been recorded by a moment."""

from __future__ import annotations

import re

import pytest
from msgspec import UNSET, Raw, UnsetType
from support.council import key, on, statement, stream
from support.memory import RECORDED_AT, MemoryArchive

from archive.errors import InputError
from domain import events as e
from domain import vocabulary as v
from domain.proposal import Proposal
from domain.stream import canonical
from domain.values import WITHHELD, When
from projections.timetravel import NOW, Horizon, Past, Placement, horizon, moment, placement

S = v.Certainty.STATED
U = v.Certainty.UNKNOWN
P = stream("proposal")


def registered(reference: str | UnsetType = UNSET) -> e.ProposalRegistered:
    kind = v.ProposalKind.RESOLUTION_PROPOSAL
    return e.ProposalRegistered(body=stream("body"), kind=kind, version=1, subject="Radwege", reference=reference)


def corrected(path: str, old: object, new: object, *, target: int = 1) -> e.RecordCorrected:
    return e.RecordCorrected(
        target=target,
        path=path,
        old=UNSET if old is UNSET else Raw(canonical(old)),
        new=Raw(canonical(new)),
        kind=v.CorrectionKind.CLERICAL,
        reason="Schreibfehler",
    )


# -- what was asked for ---------------------------------------------------------------------------


@pytest.fixture
def archive() -> MemoryArchive:
    made = MemoryArchive()
    made.add(statement(P, registered(), occurred=on("2021-11-23")))
    made.add(statement(P, e.ConsultationDropped(consultation=key(4))))
    return made


def test_without_dates_everything_is_read(archive: MemoryArchive) -> None:
    assert horizon(archive.archive()) == NOW


@pytest.mark.parametrize("seconds", [0, 59])
def test_moment_finds_the_highest_position_recorded_by_then(archive: MemoryArchive, seconds: int) -> None:
    asked = moment(RECORDED_AT + 60 + seconds)
    assert horizon(archive.archive(), as_recorded=asked) == Horizon(None, 1, asked)


def test_day_with_offset_means_its_end_there() -> None:
    archive = MemoryArchive()
    archive.add(statement(P, registered(), occurred=on("2021-11-23")))
    recorded = archive.records[0].recorded_at  # 2026-11-23T10:34:20Z
    assert moment(recorded) == "2026-11-23T10:34:20Z"
    with pytest.raises(InputError, match="nothing was recorded by then"):
        horizon(archive.archive(), as_recorded="2026-11-23+14:00")  # ended at 10:00 UTC
    assert horizon(archive.archive(), as_recorded="2026-11-23+13:00").position == 1  # ended at 11:00 UTC


def test_day_without_offset_is_refused_for_recording_times(archive: MemoryArchive) -> None:
    with pytest.raises(InputError) as caught:
        horizon(archive.archive(), as_recorded="2026-11-23")
    assert caught.value.message == (
        'as-recorded: found "2026-11-23", expected a moment with its offset, such as 2021-12-09T12:00:00+01:00, '
        "or a day with it: 2021-12-09+01:00"
    )
    assert caught.value.hint == (
        "for the end of that day in Germany write 2026-11-23+01:00 in winter, 2026-11-23+02:00 in summer"
    )


@pytest.mark.parametrize(
    "text",
    ["", "gestern", "2026-02-30+01:00", "2026-11-23T10:00:00", "2026-11-23T10:00", "0000-01-01T00:00:00Z", "2026"],
)
def test_what_is_no_moment_is_refused(archive: MemoryArchive, text: str) -> None:
    with pytest.raises(InputError, match=re.escape(f'as-recorded: found "{text}", expected a moment')):
        horizon(archive.archive(), as_recorded=text)


def test_moment_before_the_first_event_is_refused_and_names_the_opening(archive: MemoryArchive) -> None:
    with pytest.raises(InputError) as caught:
        horizon(archive.archive(), as_recorded="2020-01-01T00:00:00Z")
    assert caught.value.message == 'as-recorded: found "2020-01-01T00:00:00Z", but nothing was recorded by then'
    assert caught.value.hint == "the register was opened at 2026-11-23T10:33:20Z"


@pytest.mark.parametrize(
    "text", ["9999-12-31T00:00:00Z", "2026-12-05T00:00:00Z", "2026-12-05+00:00", "2026-12-05-02:00"]
)
def test_moment_to_come_is_refused(archive: MemoryArchive, text: str) -> None:
    archive.means.clock.now = RECORDED_AT + 1_000_000 - 1_201  # type: ignore[attr-defined]  # the clock of tests
    assert moment(int(archive.means.clock())) == "2026-12-04T23:59:59Z"
    with pytest.raises(InputError) as caught:
        horizon(archive.archive(), as_recorded=text)
    assert caught.value.message == f'as-recorded: found "{text}", expected a moment that has passed'
    assert caught.value.hint == ("it is 2026-12-04T23:59:59Z now; without --as-recorded all that is recorded is read")


def test_day_that_has_begun_and_moment_that_a_recorder_was_ahead_by_have_passed(archive: MemoryArchive) -> None:
    assert moment(int(archive.means.clock())) == "2026-12-05T00:20:00Z"
    for text in ("2026-12-05T00:20:00Z", "2026-12-05+00:00", "2026-12-05+01:00"):
        assert horizon(archive.archive(), as_recorded=text).position == 2
    archive.means.clock.now = RECORDED_AT - 1_000_000  # type: ignore[attr-defined]  # the clock of tests
    assert horizon(archive.archive(), as_recorded=moment(RECORDED_AT + 120)).position == 2
    assert horizon(archive.archive(), as_recorded=moment(RECORDED_AT + 119)).position == 1


@pytest.mark.parametrize("text", ["2021", "2021-11", "2021-02-29", "23.11.2021", "2021-11-23T00:00:00Z", ""])
def test_what_is_no_day_is_refused_as_of(archive: MemoryArchive, text: str) -> None:
    with pytest.raises(InputError) as caught:
        horizon(archive.archive(), as_of=text)
    assert caught.value.message == f'as-of: found "{text}", expected a day, written YYYY-MM-DD'


# -- where a fact stands --------------------------------------------------------------------------

DAY = "2021-12-08"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (When(at="2021-12-08", certainty=S), Placement.BY_THEN),
        (When(at="2021-12-08T23:59:00+01:00", certainty=S), Placement.BY_THEN),
        (When(at="2021-12-09", certainty=S), Placement.LATER),
        (When(at="2021-12-08", certainty=v.Certainty.INFERRED), Placement.BY_THEN),
        (When(at="2021-11", certainty=S), Placement.BY_THEN),
        (When(at="2021-12", certainty=S), Placement.STRADDLES),
        (When(at="2021", certainty=S), Placement.STRADDLES),
        (When(at="2022", certainty=S), Placement.LATER),
        (When(at="2021-12-08", until="2021-12-09", certainty=S), Placement.STRADDLES),
        (When(at="2021-12-07", until="2021-12-08", certainty=S), Placement.BY_THEN),
        (When(not_after="2021-12-08", certainty=U), Placement.BY_THEN),
        (When(not_after="2021-12-09", certainty=U), Placement.STRADDLES),
        (When(not_before="2021-12-08", certainty=U), Placement.STRADDLES),
        (When(not_before="2021-12-09", certainty=U), Placement.LATER),
        (When(not_before="2019", not_after="2021-11-23", certainty=S), Placement.BY_THEN),
        (When(not_before="2019", not_after="2022", certainty=S), Placement.STRADDLES),
        (When(certainty=U), Placement.UNDATED),
        (WITHHELD, Placement.UNDATED),
    ],
)
def test_placement(when: object, expected: Placement) -> None:
    assert placement(when, DAY) is expected


def test_facts_are_in_out_or_apart_and_nowhere_else() -> None:
    archive = MemoryArchive()
    archive.add(statement(P, registered(), occurred=on("2021-11-23")))
    for occurred in (on("2022-01-01"), on("2021"), When(certainty=U)):
        archive.add(statement(P, e.ConsultationDropped(consultation=key(5)), occurred=occurred))
    past = Past(archive.archive(), Horizon(DAY, None))
    assert [record.seq for record in past.history(P)] == [1]
    assert [record.seq for record in past.later(P)] == [2]
    assert [(one.record.seq, one.placement) for one in past.apart(P)] == [
        (3, Placement.STRADDLES),
        (4, Placement.UNDATED),
    ]


def test_corrected_fact_counts_with_its_corrected_date_and_content() -> None:
    archive = MemoryArchive()
    archive.add(statement(P, registered("0640"), occurred=on("2022-11-23")))
    archive.add(statement(P, corrected("/occurred/at", "2022-11-23", "2021-11-23"), occurred=on("2023-01-01")))
    archive.add(statement(P, corrected("/data/reference", "0640", "0641"), occurred=on("2023-01-01")))
    state = Past(archive.archive(), Horizon(DAY, None)).state(P)
    assert isinstance(state, Proposal)
    assert state.reference == "0641"


def test_correction_recorded_later_does_not_count_as_recorded() -> None:
    archive = MemoryArchive()
    archive.add(statement(P, registered("0640"), occurred=on("2021-11-23")))
    archive.add(statement(P, corrected("/data/reference", "0640", "0641"), occurred=on("2021-11-24")))
    before = Past(archive.archive(), Horizon(None, 1)).state(P)
    after = Past(archive.archive(), Horizon(None, 2)).state(P)
    assert isinstance(before, Proposal)
    assert isinstance(after, Proposal)
    assert (before.reference, after.reference) == ("0640", "0641")


def test_both_axes_together_use_the_date_as_it_was_recorded_then() -> None:
    archive = MemoryArchive()
    archive.add(statement(P, registered(), occurred=on("2021-12-09")))
    archive.add(statement(P, corrected("/occurred/at", "2021-12-09", "2021-12-07")))
    assert Past(archive.archive(), Horizon(DAY, 1)).state(P) is None
    assert Past(archive.archive(), Horizon(DAY, 2)).state(P) is not None


def test_day_of_the_reader_is_the_one_asked_for_then_that_of_the_moment_then_today() -> None:
    archive = MemoryArchive()
    assert Past(archive.archive(), Horizon("2021-12-08", 1, "2026-11-24Z")).day == "2021-12-08"
    assert Past(archive.archive(), Horizon(None, 1, "2026-11-24Z")).day == "2026-11-24"
    assert Past(archive.archive()).day == "2026-12-05"


def test_release_that_came_later_than_the_day_asked_for_does_not_count() -> None:
    archive = MemoryArchive()
    record = archive.add(statement(P, registered(), occurred=on("2023-03-01"), visibility=v.Visibility.NON_PUBLIC))
    released = e.VisibilityChanged(
        target=P, was=v.Visibility.NON_PUBLIC, becomes=v.Visibility.PUBLIC, legal_basis="§ 9 Hauptsatzung"
    )
    archive.add(statement(f"register:{key(9_999)}", released, occurred=on("2023-05-24")), role=v.Role.REGISTRAR)
    for day, expected in (
        ("2023-05-23", v.Visibility.NON_PUBLIC),
        ("2023-05-24", v.Visibility.PUBLIC),
        (None, v.Visibility.PUBLIC),
    ):
        assert Past(archive.archive(), Horizon(day, None)).visibility(record) is expected
