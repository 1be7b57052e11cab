"""What each recipient gets of an event: all of it, some of its disclosures, or its log entry alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.excerpts import Register, given, omitted, terms, texts
from support.exports import excerpt_of, verified

from archive.archive import ERASED_SIZE
from archive.erasure import erase, parse_target
from archive.excerpt import Audience
from archive.verify import Verdict
from domain import values as x
from domain.values import WITHHELD
from domain.vocabulary import SignatureForm, Visibility

if TYPE_CHECKING:
    from pathlib import Path

    from archive.excerpt import Excerpt, Terms
    from domain.stream import RecordedEvent

PUBLIC, NON_PUBLIC, BLOCKED = Visibility.PUBLIC, Visibility.NON_PUBLIC, Visibility.BLOCKED
EVERY: list[dict[str, Any]] = [
    {"audience": Audience.PUBLIC},
    {"audience": Audience.PARTICIPANT, "ground": "§ 29 VwVfG"},
    {"audience": Audience.ARCHIVE},
    {"audience": Audience.ARCHIVE, "with_blocked": True},
]


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return Register(tmp_path / "register")


def said(record: RecordedEvent, name: str) -> object:
    """Give a field of an event, whatever type it is."""
    return getattr(record.event, name)


def made(register: Register, tmp_path: Path, on: Terms | None = None, **more: Any) -> Excerpt:  # noqa: ANN401  # what a test gives
    """Make an excerpt about the proposal, and see that it verifies."""
    wanted = on or terms(register.proposal, **more)
    excerpt = excerpt_of(register.made, tmp_path / "excerpt", wanted, (register.proposal,))
    assert verified(excerpt, anchor=register.anchor).verdict is Verdict.PASSED
    return excerpt


@pytest.mark.parametrize("audience", list(Audience))
def test_of_a_public_event_only_an_archive_gets_what_is_personal(
    audience: Audience, register: Register, tmp_path: Path
) -> None:
    register.registered().sealed()
    excerpt = made(register, tmp_path, audience=audience)
    (event,) = given(excerpt, register.proposal)
    assert event is not None
    assert said(event, "subject") == "Nahverkehrsplan"
    is_given = audience is Audience.ARCHIVE
    assert (said(event, "signatories") is not WITHHELD) is is_given
    assert ("Musterfrau" in texts(excerpt)) is is_given
    assert [reason for position, reason in omitted(excerpt) if position == event.position] == (
        [] if is_given else ["personal"]
    )


def test_of_an_event_that_is_not_public_the_public_gets_digests_alone(register: Register, tmp_path: Path) -> None:
    register.registered(visibility=NON_PUBLIC).sealed()
    excerpt = made(register, tmp_path, audience=Audience.PUBLIC)
    (event,) = given(excerpt, register.proposal)
    assert event is not None
    assert said(event, "subject") is WITHHELD
    assert {reason for position, reason in omitted(excerpt) if position == event.position} == {"non_public"}
    assert "Nahverkehrsplan" not in texts(excerpt)


def test_a_participant_gets_what_is_not_public_without_persons(register: Register, tmp_path: Path) -> None:
    register.registered(visibility=NON_PUBLIC).sealed()
    excerpt = made(register, tmp_path, audience=Audience.PARTICIPANT, ground="§ 29 VwVfG")
    (event,) = given(excerpt, register.proposal)
    assert event is not None
    assert said(event, "subject") == "Nahverkehrsplan"
    assert said(event, "signatories") is WITHHELD


@pytest.mark.parametrize("more", EVERY)
def test_of_a_blocked_event_there_is_the_log_entry_alone_unless_an_archive_asks(
    more: dict[str, Any], register: Register, tmp_path: Path
) -> None:
    register.registered().revised(visibility=BLOCKED).revised(version=3).sealed()
    excerpt = made(register, tmp_path, **more)
    first, second, third = given(excerpt, register.proposal)
    assert first is not None
    assert third is not None
    assert (second is not None) is ("with_blocked" in more)
    (entry,) = [
        one for one in excerpt.entries() if one.row.stream == register.proposal and one.row.originator_version == 2
    ]
    assert (len(entry.row.state) == ERASED_SIZE) is ("with_blocked" not in more)
    assert entry.reason == (None if "with_blocked" in more else "blocked")
    assert ("Fassung 2" in texts(excerpt)) is ("with_blocked" in more)


def test_a_correction_of_a_blocked_event_is_not_given_either(register: Register, tmp_path: Path) -> None:
    register.registered().revised(visibility=BLOCKED)
    register.corrected(2, "/data/operative_text", '"Fassung 2"', '"Fassung zwei"').sealed()
    excerpt = made(register, tmp_path)
    assert given(excerpt, register.proposal)[1:] == [None, None]
    assert "Fassung zwei" not in texts(excerpt)
    assert excerpt.counts()["events"] == 2


@pytest.mark.parametrize(
    ("path", "old", "new", "is_personal"),
    [
        ("/data/subject", '"Nahverkehrsplan"', '"Nahverkehrsplan II"', False),
        ("/data/signatories/0/literal", '"Erika Musterfrau"', '"Erika Mustermann"', True),
    ],
)
def test_a_correction_is_as_personal_as_what_it_corrects(
    path: str, old: str, new: str, register: Register, tmp_path: Path, *, is_personal: bool
) -> None:
    register.registered().corrected(1, path, old, new).sealed()
    excerpt = made(register, tmp_path, audience=Audience.PUBLIC)
    correction = given(excerpt, register.proposal)[1]
    assert correction is not None
    assert (said(correction, "new") is WITHHELD) is is_personal
    assert (new.strip('"') in texts(excerpt)) is not is_personal


@pytest.mark.parametrize(
    ("recorded", "was", "becomes", "until", "day", "is_seen"),
    [
        (NON_PUBLIC, NON_PUBLIC, PUBLIC, None, "2026-11-24", True),
        (NON_PUBLIC, NON_PUBLIC, PUBLIC, "2026-12-31", "2026-12-31", True),
        (NON_PUBLIC, NON_PUBLIC, PUBLIC, "2026-12-31", "2027-01-01", False),
        (PUBLIC, PUBLIC, NON_PUBLIC, None, "2026-11-24", False),
        (PUBLIC, PUBLIC, NON_PUBLIC, "2026-12-31", "2027-01-01", True),
        (PUBLIC, PUBLIC, BLOCKED, None, "2026-11-24", None),
        (PUBLIC, PUBLIC, BLOCKED, "2026-12-31", "2027-01-01", True),
    ],
)
@pytest.mark.parametrize("by", ["stream", "event"])
def test_visibility_is_that_of_the_day_after_all_changes(
    recorded: Visibility,
    was: Visibility,
    becomes: Visibility,
    until: str | None,
    day: str,
    by: str,
    register: Register,
    tmp_path: Path,
    *,
    is_seen: bool | None,
) -> None:
    register.registered(visibility=recorded)
    target = register.proposal if by == "stream" else f"{register.proposal}#1"
    register.moved(target, was, becomes, until=until).sealed()
    (event,) = given(made(register, tmp_path, audience=Audience.PUBLIC, day=day), register.proposal)
    if is_seen is None:
        assert event is None
        return
    assert event is not None
    assert (said(event, "subject") == "Nahverkehrsplan") is is_seen


def test_what_was_erased_stays_erased_and_is_listed(register: Register, tmp_path: Path) -> None:
    register.registered().revised()
    with register.made.open() as archive:
        targets = (
            *parse_target(f"{register.proposal}#1/data.subject", archive),
            *parse_target(f"token:{register.proposal}#2", archive),
        )
        erase(archive, targets, ground="Art. 17 DSGVO", signer=register.made.signer(), archive_consented=True)
    register.sealed()
    excerpt = made(register, tmp_path)
    first, second = given(excerpt, register.proposal)
    assert first is not None
    assert second is None
    assert [e.reason for e in excerpt.entries() if e.reason is not None] == ["erased"]


def test_a_correction_of_an_event_whose_token_was_erased_is_judged_by_the_type_that_its_row_still_has(
    register: Register, tmp_path: Path
) -> None:
    signatories = (x.Signatory(form=SignatureForm.INK, literal="Erika Musterfrau"),)
    register.registered().revised(signatories=signatories).revised(version=3)
    register.corrected(2, "/data/signatories/0/literal", '"Erika Musterfrau"', '"Erika Mustermann"')
    register.corrected(2, "/data/operative_text", '"Fassung 2"', '"Fassung zwei"')
    with register.made.open() as archive:
        targets = parse_target(f"token:{register.proposal}#2", archive)
        erase(archive, targets, ground="Art. 17 DSGVO", signer=register.made.signer(), archive_consented=True)
    register.sealed()
    excerpt = made(register, tmp_path, audience=Audience.PUBLIC)
    assert "Mustermann" not in texts(excerpt)
    assert "Fassung zwei" in texts(excerpt)
