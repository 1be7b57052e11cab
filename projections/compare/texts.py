"""Two texts, paragraph by paragraph and word by word.

1. Paragraphs that are alike but for spacing are aligned in order (`align`).
2. What is left and alike elsewhere belongs together: it was moved.
3. What is still left and has most of its words in common belongs together: it was changed, perhaps moved too.
4. Of all that belongs together, the longest row in one order in both texts stayed, the rest was moved.
5. Inside what belongs together, words are aligned.

Limits: a paragraph that was split or joined is shown as changed, with the rest as inserted or deleted; what was copied
is shown as inserted. Where the budget is spent, paragraphs are no longer searched for what became of them.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, deque
from typing import TYPE_CHECKING, Final, NamedTuple

from projections.compare.align import Budget, Pair, aligned, rising
from projections.compare.shapes import Block, BlockKind, Op, Piece
from projections.compare.words import units

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# A line with the empty lines behind it; empty lines at the beginning belong to the first.
_PARAGRAPH: Final = re.compile(r"(?:\A(?:[^\S\n]*+\n)++)?+[^\n]*+(?:\n(?:[^\S\n]*+\n)*+)?+")
# How much of two paragraphs must be common (Dice coefficient of their words by length) for one to be the other: in
# the place where it is looked for, anywhere else, and where there is but one for one.
_LIKE_HERE, _LIKE_ELSEWHERE, _LIKE_ALONE = 0.45, 0.6, 0.3
# A word that stands in more paragraphs than this says little about which is which.
_POPULAR_MAX: Final = 24
_CANDIDATES_MAX: Final = 4
_NEIGHBOURS: Final = (0, -1, 1)
_MARKS: Final = frozenset(".,;:!?")


def compare(old: str, new: str, *, budget: Budget | None = None) -> tuple[Block, ...]:
    """Give the paragraphs of two texts, in the order of the new one, those deleted where they stood.

    Args:
        old: The one text.
        new: The other text.
        budget: Steps to share with other comparisons.
    """
    budget = budget or Budget()
    a, b = paragraphs(old), paragraphs(new)
    pairs = related([_key(text) for text in a], [_key(text) for text in b], budget)
    stayed = set(rising([i for i, _ in pairs]))
    partner = {j: (i, place in stayed) for place, (i, j) in enumerate(pairs)}
    gone = deque(_left(len(a), (i for i, _ in pairs)))
    blocks: list[Block] = []

    def take_out(before: int) -> None:
        while gone and gone[0] < before:
            i = gone.popleft()
            blocks.append(_block(BlockKind.DELETED, i, None, (Piece(op=Op.DELETE, text=a[i]),)))

    for j, (text, until) in enumerate(zip(b, _next(partner, len(a), len(b)), strict=True)):
        # What was taken out stands before what was put in in its place.
        take_out(until)
        if j not in partner:
            blocks.append(_block(BlockKind.INSERTED, None, j, (Piece(op=Op.INSERT, text=text),)))
            continue
        i, is_there = partner[j]
        pieces = differing(a[i], text, budget)
        kind = _kind(pieces) if is_there else BlockKind.MOVED
        # That another paragraph follows now, or none any more, is no change of this one.
        if kind is BlockKind.LAYOUT and (i + 1 == len(a)) != (j + 1 == len(b)) and a[i].rstrip() == text.rstrip():
            kind = BlockKind.SAME
        blocks.append(_block(kind, i, j, pieces))
    take_out(len(a))
    return tuple(blocks)


def _next(partner: dict[int, tuple[int, bool]], old: int, new: int) -> list[int]:
    """Give for each place of the new text the place in the old one of what stayed there or next after it."""
    places, place = [old] * new, old
    for j in range(new - 1, -1, -1):
        i, stayed = partner.get(j, (old, False))
        places[j] = place = i if stayed else place
    return places


def old_text(blocks: Iterable[Block]) -> str:
    """Give the old text that blocks were made from."""
    found = {block.old: block for block in blocks if block.old is not None}
    return "".join(p.text for number in sorted(found) for p in found[number].pieces if p.op is not Op.INSERT)


def new_text(blocks: Iterable[Block]) -> str:
    """Give the new text that blocks were made from."""
    found = {block.new: block for block in blocks if block.new is not None}
    return "".join(p.text for number in sorted(found) for p in found[number].pieces if p.op is not Op.DELETE)


def paragraphs(text: str) -> list[str]:
    """Split a text into its paragraphs, one a line, each with the line breaks behind it."""
    return [match[0] for match in _PARAGRAPH.finditer(text) if match[0]]


def _key(text: str) -> str:
    return " ".join(text.split())


def _block(kind: BlockKind, old: int | None, new: int | None, pieces: tuple[Piece, ...]) -> Block:
    return Block(kind=kind, old=None if old is None else old + 1, new=None if new is None else new + 1, pieces=pieces)


def _kind(pieces: tuple[Piece, ...]) -> BlockKind:
    changed = [piece.text for piece in pieces if piece.op is not Op.EQUAL]
    if not changed:
        return BlockKind.SAME
    return BlockKind.CHANGED if any(map(str.strip, changed)) else BlockKind.LAYOUT


# -- words ----------------------------------------------------------------------------------------


def differing(old: str, new: str, budget: Budget) -> tuple[Piece, ...]:
    """Give two texts word by word in one row of pieces."""
    if old == new:
        return (Piece(op=Op.EQUAL, text=old),) if old else ()
    a, b = units(old), units(new)
    pieces = _Pieces()
    i = j = 0
    words, others = [word for word, _ in a], [word for word, _ in b]
    for x, y in _slid(aligned(words, others, budget), words, others):
        pieces.change("".join(map("".join, a[i:x])), "".join(map("".join, b[j:y])))
        word, before, after = a[x][0], a[x][1], b[y][1]
        pieces.keep(word)
        if before == after:
            pieces.keep(before)
        else:
            pieces.change(before, after)
        i, j = x + 1, y + 1
    pieces.change("".join(map("".join, a[i:])), "".join(map("".join, b[j:])))
    return pieces.done()


def _slid(pairs: list[Pair], old: list[str], new: list[str]) -> Iterator[Pair]:
    """Move what was put in or taken out behind the mark before it: `um. {+Sie.+}`, and not `um{+. Sie+}.`."""
    i = j = -1
    for x, y in pairs:
        if x == i + 1 and y > j + 1 and new[j + 1] == old[x] and old[x] in _MARKS:
            i, j = x, j + 1
        elif y == j + 1 and x > i + 1 and old[i + 1] == new[y] and new[y] in _MARKS:
            i, j = i + 1, y
        else:
            i, j = x, y
        yield i, j


class _Pieces:
    """Gathers pieces: what is deleted and inserted in one place stands in one piece each, the deleted first."""

    def __init__(self) -> None:
        self._done: list[tuple[Op, list[str]]] = []
        self._old: list[str] = []
        self._new: list[str] = []

    def keep(self, text: str) -> None:
        if text:
            self._flush()
            self._put(Op.EQUAL, text)

    def change(self, old: str, new: str) -> None:
        self._old.append(old)
        self._new.append(new)

    def done(self) -> tuple[Piece, ...]:
        self._flush()
        return tuple(Piece(op=op, text="".join(parts)) for op, parts in self._done)

    def _flush(self) -> None:
        old, new = "".join(self._old), "".join(self._new)
        self._old, self._new = [], []
        # The space that both sides begin and end with is theirs in common.
        lead = _spaces_in_common(old, new)
        tail = _spaces_in_common(reversed(old[lead:]), reversed(new[lead:]))
        self._put(Op.EQUAL, old[:lead])
        self._put(Op.DELETE, old[lead : len(old) - tail])
        self._put(Op.INSERT, new[lead : len(new) - tail])
        self._put(Op.EQUAL, old[len(old) - tail :])

    def _put(self, op: Op, text: str) -> None:
        if not text:
            return
        if self._done and self._done[-1][0] is op:
            self._done[-1][1].append(text)
        else:
            self._done.append((op, [text]))


def _spaces_in_common(old: Iterable[str], new: Iterable[str]) -> int:
    """Give how many characters of space two texts begin with in common."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other or not one.isspace():
            break
        count += 1
    return count


# -- what belongs together ------------------------------------------------------------------------


def related(old: Sequence[str], new: Sequence[str], budget: Budget) -> list[Pair]:
    """Give pairs of indexes of what is the same or was changed, in the order of the new one; moved ones too."""
    pairs = aligned(old, new, budget)
    spots = _Spots(pairs, len(old), len(new))
    pairs += _alike(old, new, pairs)
    pairs += _similar(old, new, pairs, spots, budget)
    return sorted(pairs, key=lambda pair: pair[1])


class _Spots:
    """Which place of the old sequence answers to a place of the new one, by what is aligned around it."""

    def __init__(self, pairs: Sequence[Pair], old: int, new: int) -> None:
        self.gap_of_old = [0] * old
        self.gap_of_new = [0] * new
        self.gaps: list[tuple[int, int, int, int]] = []
        edges = [(-1, -1), *pairs, (old, new)]
        for (i, j), (k, m) in itertools.pairwise(edges):
            gap = len(self.gaps)
            self.gap_of_old[i + 1 : k] = [gap] * (k - i - 1)
            self.gap_of_new[j + 1 : m] = [gap] * (m - j - 1)
            self.gaps.append((i + 1, k, j + 1, m))

    def here(self, i: int, j: int) -> bool:
        """Say whether both lie between the same neighbours."""
        return self.gap_of_old[i] == self.gap_of_new[j]

    def alone(self, i: int, j: int) -> bool:
        """Say whether the one stands where the other stood, and nothing else does."""
        i0, i1, j0, j1 = self.gaps[self.gap_of_new[j]]
        return self.here(i, j) and i1 - i0 == j1 - j0 == 1

    def near(self, j: int) -> Iterator[int]:
        """Give the places that are the likely ones."""
        i0, i1, j0, j1 = self.gaps[self.gap_of_new[j]]
        for base in dict.fromkeys((i0 + j - j0, i1 - (j1 - j))):
            yield from (base + step for step in _NEIGHBOURS if i0 <= base + step < i1)


def _left(size: int, taken: Iterable[int]) -> list[int]:
    gone = set(taken)
    return [index for index in range(size) if index not in gone]


def _alike(old: Sequence[str], new: Sequence[str], pairs: Sequence[Pair]) -> list[Pair]:
    """Pair what is left and the same, the first with the first."""
    places: dict[str, deque[int]] = {}
    for i in _left(len(old), (i for i, _ in pairs)):
        if old[i]:
            places.setdefault(old[i], deque()).append(i)
    return [(places[new[j]].popleft(), j) for j in _left(len(new), (j for _, j in pairs)) if places.get(new[j])]


class _Scored(NamedTuple):
    """A pair with how alike it is; the best one sorts first."""

    loss: float
    distance: int
    pair: Pair


def _similar(
    old: Sequence[str], new: Sequence[str], pairs: Sequence[Pair], spots: _Spots, budget: Budget
) -> list[Pair]:
    """Pair what is left and has most of its words in common, the most alike first."""
    left_old, left_new = _left(len(old), (i for i, _ in pairs)), _left(len(new), (j for _, j in pairs))
    if not left_old or not left_new:
        return []
    bags = {i: _Bag(old[i]) for i in left_old}
    index: dict[str, list[int]] = {}
    for i, bag in bags.items():
        for word in bag.counts:
            index.setdefault(word, []).append(i)
    scored: list[_Scored] = []
    for j in left_new:
        bag = _Bag(new[j])
        if not budget.spend(len(bag.counts) + 1):
            break
        for i in _candidates(bag, bags, index, spots.near(j), budget):
            like = bag.likeness(bags[i])
            least = _LIKE_ALONE if spots.alone(i, j) else _LIKE_HERE if spots.here(i, j) else _LIKE_ELSEWHERE
            if like >= least:
                scored.append(_Scored(1 - like, abs(i - j), (i, j)))
    found: dict[int, int] = {}
    taken: set[int] = set()
    for one in sorted(scored):
        i, j = one.pair
        if i not in taken and j not in found:
            found[j] = i
            taken.add(i)
    return [(i, j) for j, i in found.items()]


class _Bag:
    """The words of a paragraph, each as often as it stands there."""

    def __init__(self, text: str) -> None:
        self.counts = Counter(word for word, _ in units(text) if word)
        self.weight = sum(len(word) * count for word, count in self.counts.items())

    def likeness(self, other: _Bag) -> float:
        """Give how much is common to both, from 0 to 1: Dice's coefficient of the words, each by its length."""
        fewer, more = sorted((self.counts, other.counts), key=len)
        shared = sum(len(word) * min(count, more[word]) for word, count in fewer.items() if word in more)
        total = self.weight + other.weight
        return 2 * shared / total if total else 0.0


def _candidates(
    bag: _Bag, bags: dict[int, _Bag], index: dict[str, list[int]], near: Iterable[int], budget: Budget
) -> list[int]:
    """Give the paragraphs that share the most rare words, and those in the likely places."""
    shared: Counter[int] = Counter()
    for word in bag.counts:
        places = index.get(word, ())
        if 0 < len(places) <= _POPULAR_MAX and budget.spend(len(places)):
            for i in places:
                shared[i] += len(word)
    best = sorted(shared.items(), key=lambda item: (-item[1], item[0]))[:_CANDIDATES_MAX]
    found = dict.fromkeys([*(i for i, _ in best), *(i for i in near if i in bags)])
    return [i for i in found if budget.spend(min(len(bag.counts), len(bags[i].counts)))]
