"""What `diff` says: which versions, what changed, and what is not there and therefore not compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from support.council import UNKNOWN, on, statement, stream
from support.memory import MemoryArchive

from archive.errors import InputError
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.values import WITHHELD
from projections.compare.printing import coloured, comparison_text
from projections.compare.shapes import AnnexOutcome, BlockKind, Change, Comparison, FieldChange
from projections.compare.versions import diff
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from domain.values import When

P, B, M = stream("proposal"), stream("body"), stream("meeting")
A_DIGEST, B_DIGEST = "a" * 128, "b" * 128


def registered(**fields: object) -> e.ProposalRegistered:
    given = {"body": B, "kind": v.ProposalKind.RESOLUTION_PROPOSAL, "reference": "0012", "version": 1, **fields}
    return e.ProposalRegistered(**given)  # type: ignore[arg-type]  # what a test gives


def revised(**fields: object) -> e.ProposalRevised:
    given = {"version": 2, "mode": v.RevisionMode.PAGES, **fields}
    return e.ProposalRevised(**given)  # type: ignore[arg-type]  # what a test gives


def recorded(*events: tuple[e.Event, When | str], visibility: v.Visibility = v.Visibility.PUBLIC) -> MemoryArchive:
    archive = MemoryArchive()
    for event, at in events:
        occurred = on(at) if isinstance(at, str) else at
        archive.add(statement(P, event, occurred=occurred, visibility=visibility))
    return archive


def two(first: dict[str, object], second: dict[str, object]) -> MemoryArchive:
    return recorded((registered(**first), "2023-02-13"), (revised(**second), "2023-03-10"))


def field(found: Comparison, name: str) -> FieldChange:
    return next(one for one in found.fields if one.name == name)


# -- which versions -------------------------------------------------------------------------------


def test_last_two_versions_are_compared_unless_others_are_named() -> None:
    archive = recorded(
        (registered(subject="eins"), "2023-01-01"),
        (revised(version=2, subject="zwei"), "2023-02-01"),
        (revised(version=3, subject="drei"), "2023-03-01"),
    ).archive()
    found = diff(archive, P)
    assert (found.old.number.value, found.new.number.value) == (2, 3)
    found = diff(archive, P, "1")
    assert (found.old.number.value, found.new.number.value) == (1, 3)
    found = diff(archive, P, "3", "1")
    assert (field(found, "subject").old.value, field(found, "subject").new.value) == ("drei", "eins")


def test_day_means_the_version_that_held_at_its_end() -> None:
    archive = two({"subject": "eins"}, {"subject": "zwei"}).archive()
    found = diff(archive, P, "2023-03-09", "2023-03-10")
    assert (found.old.number.value, found.new.number.value) == (1, 2)
    assert (found.old.asked, found.new.asked) == ("2023-03-09", "2023-03-10")
    assert diff(archive, P, "2023-03-10", "2023-12-31").same_version


def test_version_of_unknown_date_holds_on_no_day_and_is_named() -> None:
    archive = recorded((registered(subject="eins"), "2023-02-13"), (revised(subject="zwei"), UNKNOWN)).archive()
    found = diff(archive, P, "2023-12-31", "2")
    assert found.old.number.value == 1
    assert [(line.event, line.why) for line in found.apart] == [(f"{P}#2", "undated")]
    assert "its date is not known" in " ".join(comparison_text(found).split())


def test_what_came_after_as_of_is_on_no_side() -> None:
    archive = two({"subject": "eins"}, {"subject": "zwei"}).archive()
    with pytest.raises(InputError, match=r"found one version of .* by then, expected two"):
        diff(archive, P, as_of="2023-03-01")
    assert diff(archive, P, "2023-02-20", "2023-12-31", as_of="2023-03-01").same_version


@pytest.mark.parametrize(
    ("asked", "says", "hint"),
    [
        ("7", "found 7, but Vorlage 0012: eins has no version of that number", "2 versions: 1 (no date), 2 (no date)"),
        ("0", 'found "0", expected a number or a day', "2 versions"),
        ("zwei", 'found "zwei", expected a number or a day', "2 versions"),
        ("2023-02-30", 'found "2023-02-30", expected a number or a day', ""),
        ("2023-2-3", 'found "2023-2-3", expected a number or a day', ""),
        ("2023-02-12", "certain to have been there by the end of 12.02.2023", "number 1: 13.02.2023"),
    ],
)
def test_version_that_is_not_there_is_refused_with_those_that_are(asked: str, says: str, hint: str) -> None:
    archive = two({"subject": "eins"}, {}).archive()
    with pytest.raises(InputError) as caught:
        diff(archive, P, asked, "2")
    assert says in caught.value.message
    assert hint in (caught.value.hint or "")


def test_one_version_cannot_be_compared() -> None:
    with pytest.raises(InputError) as caught:
        diff(recorded((registered(), "2023-02-13")).archive(), P)
    assert caught.value.message == "found one version of Vorlage 0012, expected two to compare"


def test_thing_without_versions_is_refused() -> None:
    archive = MemoryArchive()
    archive.add(statement(M, e.MeetingConvened(body=B, organs=(), number="1/2023"), occurred=on("2023-01-01")))
    with pytest.raises(InputError, match="expected a proposal: nothing else has versions") as caught:
        diff(archive.archive(), M)
    assert "ratsbuch history" in str(caught.value.hint)


def test_version_known_of_by_a_later_number_is_not_held_and_not_compared() -> None:
    archive = recorded((registered(version=2, subject="zwei"), "2023-03-10")).archive()
    found = diff(archive, P)
    assert (found.old.number.value, found.old.state) == (1, Knowledge.NOT_HELD)
    assert {one.change for one in found.fields} == {Change.NOT_COMPARABLE}
    assert field(found, "subject").new.value == "zwei"
    assert found.annexes == ()
    text = comparison_text(found)
    assert "version 1, not held" in text
    assert "Version 1 is not held: nothing of it can be compared" in text
    assert "{+" not in text.replace("{+put in+}", "")
    assert diff(archive, P, "1", "2").old.state is Knowledge.NOT_HELD


# -- what is not there ----------------------------------------------------------------------------


def test_field_that_one_version_does_not_mention_is_not_compared_as_empty() -> None:
    found = diff(two({"reasons": "Weil."}, {"mode": v.RevisionMode.FULL, "subject": "zwei"}).archive(), P)
    reasons = field(found, "reasons")
    assert (reasons.change, reasons.blocks) == (Change.NOT_COMPARABLE, ())
    assert (reasons.old.value, reasons.new.state) == ("Weil.", Knowledge.NOT_MENTIONED)
    text = " ".join(comparison_text(found).split())
    assert "not comparable Gegenstand: old not mentioned, new zwei" in text
    assert "Begründung: old Weil., new not mentioned" in text


def test_blank_is_not_compared_as_empty_and_two_blanks_are_no_change() -> None:
    found = diff(
        two({"product_account": None, "subject": None}, {"product_account": None, "subject": "x"}).archive(), P
    )
    assert field(found, "product_account").change is Change.NEITHER
    assert field(found, "subject").change is Change.NOT_COMPARABLE


def test_withheld_text_is_not_compared_unless_both_versions_rest_on_the_same_event() -> None:
    archive = two({"reasons": "geheim", "subject": "auch geheim"}, {"subject": "anders geheim"})
    archive.records[0] = replace(
        archive.records[0], event=replace(archive.records[0].event, reasons=WITHHELD, subject=WITHHELD)
    )
    archive.records[1] = replace(archive.records[1], event=replace(archive.records[1].event, subject=WITHHELD))
    found = diff(archive.archive(), P)
    assert field(found, "reasons").change is Change.SAME
    assert field(found, "subject").change is Change.NOT_COMPARABLE
    assert "Begründung (withheld)" in " ".join(comparison_text(found).split())


def test_stated_as_none_is_a_value_and_is_compared() -> None:
    none, stated = v.FinancialImpact.NONE, v.FinancialImpact.STATED
    found = diff(
        two(
            {"financial_impact": none, "financial_impact_literal": "keine"},
            {"financial_impact": stated, "financial_impact_literal": "bis zu 400.000 Euro"},
        ).archive(),
        P,
    )
    impact = field(found, "financial_impact")
    assert impact.change is Change.CHANGED
    assert impact.old.state is Knowledge.STATED_AS_NONE
    assert "[-keine-]\n  {+bis zu 400.000 Euro+}" in comparison_text(found)


# -- what changed ---------------------------------------------------------------------------------


def test_text_is_compared_by_paragraph_and_word() -> None:
    found = diff(
        two(
            {"operative_text": "1. Der Plan gilt.\n2. Er endet am 31.12.2028."},
            {"operative_text": "1. Der Plan gilt.\n2. Er endet am 31.12.2026."},
        ).archive(),
        P,
    )
    blocks = field(found, "operative_text").blocks
    assert [block.kind for block in blocks] == [BlockKind.SAME, BlockKind.CHANGED]
    assert "2. Er endet am [-31.12.2028-]{+31.12.2026+}." in comparison_text(found)


def test_lists_are_compared_item_by_item() -> None:
    law = x.LegalBasis(kind=v.LegalBasisKind.STATUTE, literal="§ 48 Abs. 2 SächsLKrO")
    other = x.LegalBasis(kind=v.LegalBasisKind.BY_LAW, literal="§ 3 Hauptsatzung")
    found = diff(two({"legal_basis": (law,)}, {"legal_basis": (law, other)}).archive(), P)
    assert [block.kind for block in field(found, "legal_basis").blocks] == [BlockKind.SAME, BlockKind.INSERTED]
    assert "{+§ 3 Hauptsatzung (Satzung)+}" in comparison_text(found)


def test_dates_and_other_values_are_given_side_by_side() -> None:
    found = diff(two({"effective_from": "2022-01-01"}, {"effective_from": "2022-02-01"}).archive(), P)
    assert field(found, "effective_from").change is Change.CHANGED
    lines = [" ".join(line.split()) for line in comparison_text(found).splitlines()]
    at = lines.index("INKRAFTTRETEN")
    assert [line.partition(" [")[0] for line in lines[at + 1 : at + 3]] == ["old 01.01.2022", "new 01.02.2022"]


def test_empty_cell_of_the_vote_form_is_no_zero() -> None:
    found = diff(two({"vote_form": x.VoteForm(yes=None)}, {"vote_form": x.VoteForm(yes=0)}).archive(), P)
    form = field(found, "vote_form")
    assert (form.change, form.old.shown, form.new.shown) == (Change.CHANGED, "yes left blank", "yes 0")


def document(digest: str | None, *, held: bool = True) -> x.Document:
    return x.Document(digest=digest, held=held) if digest is not None else x.Document(held=held, title="Anlage")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (A_DIGEST, A_DIGEST, Change.SAME),
        (A_DIGEST, B_DIGEST, Change.CHANGED),
        (A_DIGEST, None, Change.NOT_COMPARABLE),
    ],
)
def test_documents_are_compared_by_digest(old: str | None, new: str | None, expected: Change) -> None:
    found = diff(two({"document": document(old)}, {"document": document(new, held=False)}).archive(), P)
    assert found.document.change is expected


def attached(label: str, digest: str | None, *, version: int | None = None) -> e.DocumentAttached:
    held = digest is not None
    event = e.DocumentAttached(label=label, held=held, document=document(digest, held=held))
    return event if version is None else replace(event, version=version)


def test_annexes_are_unchanged_exchanged_added_gone_or_not_comparable() -> None:
    archive = recorded(
        (registered(), "2023-02-13"),
        *((attached(label, A_DIGEST), "2023-02-13") for label in ("gleich", "getauscht", "weg")),
        (attached("ungewiss", None, version=1), "2023-02-13"),
        (attached("spät", A_DIGEST, version=2), "2023-02-14"),
        (e.DocumentWithdrawn(label="weg"), "2023-03-09"),
        (revised(), "2023-03-10"),
        (attached("getauscht", B_DIGEST), "2023-03-10"),
        (attached("ungewiss", B_DIGEST, version=2), "2023-03-10"),
        (attached("neu", B_DIGEST), "2023-03-10"),
    ).archive()
    found = {str((one.new or one.old).label.value): one for one in diff(archive, P).annexes if one.new or one.old}  # type: ignore[union-attr]  # one is there
    assert {label: one.change for label, one in found.items()} == {
        "gleich": AnnexOutcome.SAME,
        "getauscht": AnnexOutcome.EXCHANGED,
        "ungewiss": AnnexOutcome.NOT_COMPARABLE,
        "spät": AnnexOutcome.ADDED,
        "neu": AnnexOutcome.ADDED,
    }
    assert found["spät"].basis is Knowledge.STATED
    assert found["neu"].basis is Knowledge.INFERRED
    text = comparison_text(diff(archive, P))
    assert "exchanged: another content" in text
    assert "content not comparable: old not held" in " ".join(text.split())


def test_annex_taken_back_after_a_version_is_gone_in_the_next() -> None:
    archive = recorded(
        (registered(), "2023-02-13"),
        (attached("weg", A_DIGEST), "2023-02-13"),
        (revised(), "2023-03-10"),
        (e.DocumentWithdrawn(label="weg"), "2023-03-10"),
    ).archive()
    (annex,) = diff(archive, P).annexes
    assert annex.change is AnnexOutcome.GONE
    assert "no longer attached; was held" in comparison_text(diff(archive, P))


def test_blocked_version_is_not_shown_and_may_be_the_one_not_held() -> None:
    archive = two({"subject": "geheim"}, {"subject": "offen"})
    archive.records[0] = replace(archive.records[0], visibility=v.Visibility.BLOCKED)
    found = diff(archive.archive(), P)
    assert (found.old.state, found.blocked) == (Knowledge.NOT_HELD, 1)
    text = comparison_text(found)
    assert "geheim" not in text
    assert "1 blocked event not shown (gesperrt); a version not held may be one" in text
    assert "[-geheim-]\n  {+offen+}" in comparison_text(diff(archive.archive(), P, with_blocked=True))


# -- as text --------------------------------------------------------------------------------------


def test_colours_stand_outside_of_the_marks_and_end_with_the_line() -> None:
    assert coloured("a [-b-]{+c+}") == "a \x1b[31m[-b-]\x1b[0m\x1b[32m{+c+}\x1b[0m"
    long = "wort " * 40
    text = comparison_text(diff(two({"subject": "kurz"}, {"subject": long}).archive(), P), colour=True)
    for line in text.splitlines():
        assert line.count("\x1b[31m") + line.count("\x1b[32m") == line.count("\x1b[0m")


def test_text_that_looks_like_a_mark_is_none() -> None:
    text = comparison_text(diff(two({"subject": "alt [-x-]"}, {"subject": "alt [-y-]"}).archive(), P))
    assert "<U+005B>-" in text
    assert "alt [-x" not in text
