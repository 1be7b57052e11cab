"""Two texts: what was changed, moved, put in and taken out, and that no text takes for ever."""

from __future__ import annotations

import random
import time

import pytest

from projections.compare.align import Budget, aligned
from projections.compare.shapes import Block, BlockKind, Op
from projections.compare.texts import compare, differing, new_text, old_text

PLAN = "1. Der Kreistag beschließt das Radverkehrskonzept (Anlage 1).\n"
TIME = "2. Die Verwaltung setzt es bis zum 31.12.2028 um.\n"
MONEY = "3. Je Haushaltsjahr sind dafür bis zu 400.000 Euro vorzusehen.\n"


def kinds(blocks: tuple[Block, ...]) -> list[tuple[str, int | None, int | None]]:
    return [(block.kind.value, block.old, block.new) for block in blocks]


def words(old: str, new: str) -> str:
    """Write the pieces of one paragraph with marks."""
    marks = {Op.EQUAL: "{}", Op.DELETE: "[-{}-]", Op.INSERT: "{{+{}+}}"}
    return "".join(marks[piece.op].format(piece.text) for piece in differing(old, new, Budget()))


def test_identical_texts_have_no_change() -> None:
    assert {block.kind for block in compare(PLAN + TIME, PLAN + TIME)} == {BlockKind.SAME}


def test_changed_date_is_changed_as_a_whole() -> None:
    assert words(TIME, TIME.replace("2028", "2026")) == (
        "2. Die Verwaltung setzt es bis zum [-31.12.2028-]{+31.12.2026+} um.\n"
    )


def test_sentence_put_in_is_marked_as_a_sentence() -> None:
    assert words("Sie setzt um.", "Sie setzt um. Sie berichtet.") == "Sie setzt um.{+ Sie berichtet.+}"


def test_amount_and_reference_are_changed_as_a_whole() -> None:
    assert words("bis 400.000 Euro nach § 3 Abs. 2", "bis 40.000 Euro nach § 3 Abs. 3") == (
        "bis [-400.000 Euro-]{+40.000 Euro+} nach [-§ 3 Abs. 2-]{+§ 3 Abs. 3+}"
    )


def test_moved_paragraph_is_moved_and_neither_taken_out_nor_put_in() -> None:
    blocks = compare(PLAN + TIME + MONEY, MONEY + PLAN + TIME)
    assert kinds(blocks) == [("moved", 3, 1), ("same", 1, 2), ("same", 2, 3)]


def test_paragraph_moved_and_changed_is_moved_with_its_changes() -> None:
    blocks = compare(PLAN + TIME + MONEY, MONEY.replace("400.000", "300.000") + PLAN + TIME)
    assert kinds(blocks)[0] == ("moved", 3, 1)
    assert [(p.op.value, p.text) for p in blocks[0].pieces if p.op is not Op.EQUAL] == [
        ("delete", "400.000 Euro"),
        ("insert", "300.000 Euro"),
    ]


def test_paragraphs_numbered_anew_are_changed_and_not_exchanged() -> None:
    blocks = compare(PLAN + TIME + MONEY, PLAN + "2. Der Landrat berichtet.\n" + "3" + TIME[1:] + "4" + MONEY[1:])
    assert kinds(blocks) == [("same", 1, 1), ("inserted", None, 2), ("changed", 2, 3), ("changed", 3, 4)]


def test_paragraph_without_common_words_is_taken_out_and_put_in() -> None:
    blocks = compare(PLAN + "Ganz anderes steht hier.\n", PLAN + "Nichts davon bleibt übrig!\n")
    assert sorted(block.kind.value for block in blocks) == ["deleted", "inserted", "same"]


def test_other_spacing_alone_is_no_change_of_words() -> None:
    blocks = compare("Ein  Satz.\nNoch einer.", "Ein Satz.\r\nNoch einer.")
    assert [block.kind for block in blocks] == [BlockKind.LAYOUT, BlockKind.SAME]


def test_empty_lines_belong_to_the_paragraph_before_them() -> None:
    blocks = compare("\n\neins\n\nzwei", "\n\neins\n\nzwei")
    assert [block.pieces[0].text for block in blocks] == ["\n\neins\n\n", "zwei"]


def test_paragraph_of_which_one_copy_was_added_is_put_in_once() -> None:
    blocks = compare("a a a\nb b b\n", "a a a\nb b b\na a a\n")
    assert kinds(blocks) == [("same", 1, 1), ("same", 2, 2), ("inserted", None, 3)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("a", "", []),
        ("abcabba", "cbabac", 4),
        ("abgdef", "gh", [(2, 0)]),
        ("xaxbxc", "aybycy", 3),
    ],
)
def test_alignment_is_a_longest_one(old: str, new: str, expected: object) -> None:
    pairs = aligned(old, new, Budget())
    assert all(old[i] == new[j] for i, j in pairs)
    assert (len(pairs) if isinstance(expected, int) else pairs) == expected


def test_spent_budget_gives_a_coarser_answer_and_no_wrong_one() -> None:
    chance = random.Random(7)
    old, new = ("".join(chance.choice(["a ", "b "]) for _ in range(400)) for _ in range(2))
    budget = Budget(50)
    blocks = compare(old, new, budget=budget)
    assert budget.left <= 0
    assert (old_text(blocks), new_text(blocks)) == (old, new)


MIB = 1 << 20


def _hostile() -> list[tuple[str, str, str]]:
    chance = random.Random(640)
    lines = [f"Absatz {number}" for number in range(100_000)]
    mixed = chance.sample(lines, len(lines))
    two = ["".join(chance.choice(["a ", "b "]) for _ in range(MIB // 2)) for _ in range(2)]
    rows = ["".join(chance.choice(["a\n", "b\n", "c\n"]) for _ in range(100_000)) for _ in range(2)]
    return [
        ("one word", "a" * MIB, "a" * MIB + "b"),
        ("one word many times", "wort " * (MIB // 5), "wort " * (MIB // 5 - 1000) + "ende"),
        ("two words", two[0], two[1]),
        ("equal paragraphs", "x\n" * 100_000, "x\n" * 50_000 + "y\n" * 50_000),
        ("paragraphs of two kinds", rows[0], rows[1]),
        ("paragraphs in another order", "\n".join(lines), "\n".join(mixed)),
        ("every paragraph changed", "\n".join(lines), "\n".join(f"{line} neu" for line in lines)),
        ("dots", "1." * (MIB // 2), "1." * (MIB // 2) + "2"),
        ("references", "§ 1, " * (MIB // 5), "§ 1, " * (MIB // 5) + "2"),
        ("spaces", " " * MIB, " " * MIB + "\n"),
        ("empty lines", "\n " * (MIB // 2), " \n" * (MIB // 2)),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), [case[1:] for case in _hostile()], ids=[case[0] for case in _hostile()])
def test_no_text_takes_for_ever(old: str, new: str) -> None:
    began = time.process_time()
    blocks = compare(old, new)
    # A few seconds on a slow machine; anything quadratic would take hours.
    assert time.process_time() - began < 60
    assert (old_text(blocks), new_text(blocks)) == (old, new)


def test_hostile_paragraphs_are_bounded_by_steps() -> None:
    chance = random.Random(640)
    old, new = ("".join(chance.choice(["a\n", "b\n"]) for _ in range(20_000)) for _ in range(2))
    budget = Budget(200_000)
    blocks = compare(old, new, budget=budget)
    # What one stretch may cost more than is left: the last row of its edit script, and one candidate a paragraph.
    assert budget.left > -200_000
    assert (old_text(blocks), new_text(blocks)) == (old, new)
