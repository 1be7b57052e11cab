"""Laws of comparing: the pieces give both texts again, the same text has no change, a page holds what it holds."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.memory import MemoryArchive
from support.strategies import histories, withheld

from archive.errors import InputError
from projections.compare.align import Budget, aligned
from projections.compare.origins import provenance
from projections.compare.printing import broken, comparison_text, marked, provenance_text
from projections.compare.sentences import sentences
from projections.compare.shapes import BlockKind, Change, Op
from projections.compare.texts import compare, differing, new_text, old_text, paragraphs
from projections.compare.versions import diff
from projections.compare.words import tokens, units
from projections.shapes import Knowledge
from projections.text import display_width

if TYPE_CHECKING:
    from projections.compare.shapes import Comparison

PHRASES = (
    *("Der Kreistag beschließt", "die Verwaltung", "bis zum", "31.12.2028", "8. Dezember 2021", "400.000 Euro"),
    *(
        "§ 48 Abs. 2 SächsLKrO",
        "§§ 187 Abs. 2, 188 BGB",
        "z. B.",
        "Abs. 2",
        "1.",
        "a)",
        "-",
        "[-",
        "+}",
        "u\u0308",
        "\u00ad",
    ),
    *(".", ",", ":", " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u00a0", "\u2028", "Bau-", "12/2023", "\U0001f5f3"),
)
TEXTS = st.lists(st.sampled_from(PHRASES) | st.text(max_size=4), max_size=24).map("".join) | st.text(max_size=60)


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, str]:
    """Give a text and what became of it: paragraphs moved, taken out, put in, words changed."""
    lines = draw(st.lists(TEXTS, max_size=8))
    kept = draw(st.permutations(lines)) if draw(st.booleans()) else list(lines)
    found: list[str] = []
    for line in kept:
        what = draw(st.sampled_from(("keep", "keep", "drop", "add", "change")))
        found += [draw(TEXTS)] if what == "add" else []
        found += [line.replace(" ", draw(st.sampled_from((" ", " neu ", ""))), 1) if what == "change" else line]
        if what == "drop":
            found.pop()
    joint = draw(st.sampled_from(("\n", "\n\n", "\r\n")))
    return joint.join(lines), joint.join(found)


@given(edited() | st.tuples(TEXTS, TEXTS), st.integers(0, 2000))
def test_pieces_give_both_texts_byte_for_byte(pair: tuple[str, str], steps: int) -> None:
    old, new = pair
    for budget in (Budget(), Budget(steps)):
        blocks = compare(old, new, budget=budget)
        assert old_text(blocks) == old
        assert new_text(blocks) == new
        olds, news = ([number for number in (getattr(b, side) for b in blocks) if number] for side in ("old", "new"))
        assert sorted(olds) == list(range(1, len(paragraphs(old)) + 1))
        assert news == list(range(1, len(paragraphs(new)) + 1))
        for block in blocks:
            assert all(piece.text for piece in block.pieces)
            assert all(one.op is not other.op for one, other in itertools.pairwise(block.pieces))


@given(TEXTS)
def test_identical_texts_have_no_change(text: str) -> None:
    assert {block.kind for block in compare(text, text)} <= {BlockKind.SAME}


@given(edited())
def test_texts_without_change_are_identical(pair: tuple[str, str]) -> None:
    old, new = pair
    is_same = {block.kind for block in compare(old, new)} <= {BlockKind.SAME}
    assert is_same == (old == new)


@given(TEXTS, TEXTS)
def test_words_give_both_texts(old: str, new: str) -> None:
    pieces = differing(old, new, Budget())
    assert "".join(piece.text for piece in pieces if piece.op is not Op.INSERT) == old
    assert "".join(piece.text for piece in pieces if piece.op is not Op.DELETE) == new


@given(TEXTS | st.text())
def test_words_paragraphs_and_sentences_give_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text
    assert "".join(map("".join, units(text))) == text
    assert "".join(paragraphs(text)) == text
    assert "".join(sentences(text)) == text


@given(st.text("abc", max_size=30), st.text("abc", max_size=30), st.integers(1, 10_000))
def test_alignment_rises_and_pairs_what_is_equal(old: str, new: str, steps: int) -> None:
    pairs = aligned(old, new, Budget(steps))
    assert all(old[i] == new[j] for i, j in pairs)
    assert all(i < k and j < m for (i, j), (k, m) in itertools.pairwise(pairs))


@given(edited(), st.integers(12, 80))
def test_marks_are_closed_in_every_line_and_fit_it(pair: tuple[str, str], width: int) -> None:
    for block in compare(*pair):
        for line in broken(marked(block.pieces), width):
            depth = 0
            for char in line:
                depth += {"\ue000": 1, "\ue002": 1, "\ue001": -1, "\ue003": -1}.get(char, 0)
                assert depth in {0, 1}
            assert depth == 0
            assert display_width(line) + sum(map(line.count, "\ue000\ue001\ue002\ue003")) <= width


# -- whole registers ------------------------------------------------------------------------------


@st.composite
def registers(draw: st.DrawFn) -> MemoryArchive:
    """Give a register with one proposal, of which this reader may lack disclosures."""
    records = draw(histories("proposal", max_size=6))
    holes = draw(st.booleans())
    placed = [replace(record, recorded_at=1_795_430_000 + n) for n, record in enumerate(records)]
    return MemoryArchive([draw(withheld(record)) for record in placed] if holes else placed)


def _page(text: str) -> None:
    assert max(map(display_width, text.split("\n"))) <= 80
    assert [char for char in text if char != "\n" and not char.isprintable()] == [], repr(text)


@settings(suppress_health_check=[HealthCheck.filter_too_much])  # what the refusing rules refuse is drawn anew
@given(registers(), st.none() | st.dates().map(lambda day: day.isoformat()), st.booleans())
def test_every_proposal_can_be_compared_and_told_of_or_is_refused(
    archive: MemoryArchive,
    as_of: str | None,
    with_blocked: bool,  # noqa: FBT001  # drawn
) -> None:
    stream = archive.records[0].stream
    reader = archive.archive()
    try:
        told = provenance(reader, stream, as_of=as_of, with_blocked=with_blocked)
    except InputError:
        pass
    else:
        _page(provenance_text(told))
        assert msgspec.json.decode(msgspec.json.encode(told))["stream"] == stream
        if told.text.state is Knowledge.STATED:
            assert [one.text for one in told.sentences] == [
                s.strip() for s in sentences(str(told.text.value)) if s.strip()
            ]
        else:
            assert told.sentences == ()
        origins = {origin.event for origin in told.origins}
        events = {one.event for one in told.events}
        for line in told.sentences:
            assert line.steps
            assert {step.event for step in line.steps} <= origins <= events
    compared: Comparison
    try:
        compared = diff(reader, stream, as_of=as_of, with_blocked=with_blocked)
    except InputError:
        assume(False)  # noqa: FBT003  # hypothesis
    _page(comparison_text(compared))
    held = {Knowledge.STATED, Knowledge.INFERRED, Knowledge.STATED_AS_NONE}
    for field in compared.fields:
        # What is not there is never compared, and nothing is said of its words.
        if not {field.old.state, field.new.state} <= held:
            assert field.blocks == ()
            assert field.change in {Change.NOT_COMPARABLE, Change.NEITHER, Change.SAME}
