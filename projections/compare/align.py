"""Which items of one sequence are those of another, in order: patience anchors, then the shortest edit script.

1. What is alike at both ends is taken.
2. Items that stand once in both sequences and in the same order in both (the longest such row) are anchors, and the
   stretches between them are looked at by themselves: unlike the longest match, rare items do not tie a heading of
   one place to that of another.
3. Where there are no anchors, the shortest edit script decides (E. Myers, An O(ND) Difference Algorithm and Its
   Variations, Algorithmica 1, 1986).

`difflib` is not used: what it does with many equal items is cubic, and a text may be made of those. Every step is
paid from a `Budget`; once that is spent, what is left is not aligned, which is a coarser answer and no wrong one. The
budget counts steps and looks at no clock: the same texts give the same answer on every machine.
"""

from __future__ import annotations

import itertools
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

Pair = tuple[int, int]

# Two seconds or so of one core.
STEPS_MAX: Final = 3_000_000
# Up to this many differences a stretch without anchors is aligned at once; memory grows with the square.
DISTANCE_MAX: Final = 1_000
# So often a stretch is searched for anchors again; each time costs its length.
_DEPTH_MAX: Final = 16


class Budget:
    """How many steps a comparison may still take."""

    def __init__(self, steps: int = STEPS_MAX) -> None:
        self.left = steps

    def spend(self, steps: int) -> bool:
        """Take steps; False once there are none left."""
        self.left -= steps
        return self.left > 0


def aligned(old: Sequence[Hashable], new: Sequence[Hashable], budget: Budget) -> list[Pair]:
    """Give pairs of indexes of equal items, rising in both."""
    codes: dict[Hashable, int] = {}
    a = [codes.setdefault(item, len(codes)) for item in old]
    b = [codes.setdefault(item, len(codes)) for item in new]
    pairs: list[Pair] = []
    stack = [(0, len(a), 0, len(b), 0)]
    while stack:
        a0, a1, b0, b1, depth = stack.pop()
        while a0 < a1 and b0 < b1 and a[a0] == b[b0]:
            pairs.append((a0, b0))
            a0, b0 = a0 + 1, b0 + 1
        while a0 < a1 and b0 < b1 and a[a1 - 1] == b[b1 - 1]:
            a1, b1 = a1 - 1, b1 - 1
            pairs.append((a1, b1))
        if a0 == a1 or b0 == b1:
            continue
        anchors = _anchors(a[a0:a1], b[b0:b1]) if depth < _DEPTH_MAX else []
        if anchors:
            pairs += ((a0 + i, b0 + j) for i, j in anchors)
            edges = [(-1, -1), *anchors, (a1 - a0, b1 - b0)]
            stack += (
                (a0 + i + 1, a0 + k, b0 + j + 1, b0 + m, depth + 1) for (i, j), (k, m) in itertools.pairwise(edges)
            )
            continue
        found, (i, j) = _shortest(a[a0:a1], b[b0:b1], budget)
        pairs += ((a0 + x, b0 + y) for x, y in found)
        if budget.left > 0 and (i or j):
            stack.append((a0 + i, a1, b0 + j, b1, _DEPTH_MAX))
    return sorted(pairs)


def rising(values: Sequence[int]) -> list[int]:
    """Give the places of a longest rising row of values."""
    tails: list[int] = []
    places: list[int] = []
    before: list[int] = []
    for place, value in enumerate(values):
        at = bisect_left(tails, value)
        before.append(places[at - 1] if at else -1)
        if at == len(tails):
            tails.append(value)
            places.append(place)
        else:
            tails[at], places[at] = value, place
    row: list[int] = []
    last = places[-1] if places else -1
    while last >= 0:
        row.append(last)
        last = before[last]
    return row[::-1]


def _anchors(a: list[int], b: list[int]) -> list[Pair]:
    """Give the items that stand once in each, in the longest row that has one order in both."""
    here, there = _once(a), _once(b)
    common = [(i, there[item]) for item, i in here.items() if item in there]
    return [common[place] for place in rising([j for _, j in common])]


def _once(items: list[int]) -> dict[int, int]:
    places: dict[int, int] = {}
    for place, item in enumerate(items):
        places[item] = -1 if item in places else place
    return {item: place for item, place in places.items() if place >= 0}


def _shortest(a: list[int], b: list[int], budget: Budget) -> tuple[list[Pair], Pair]:
    """Give the pairs of a shortest edit script, and up to where it goes: to the end unless it costs too much.

    `reach[k]` is how far `a` is used up on diagonal k (index in `a` less index in `b`), after a number of edits.
    """
    n, m = len(a), len(b)
    middle = DISTANCE_MAX + 1
    reach = array("i", (-1,)) * (2 * middle + 2)
    reach[middle + 1] = 0
    rows: list[array[int]] = []
    for edits in range(min(n + m, DISTANCE_MAX) + 1):
        rows.append(reach[middle - edits - 1 : middle + edits + 2])
        steps = 0
        for k in range(-edits, edits + 1, 2):
            if k < -m or k > n:  # beside the grid: no way to the end comes from there
                continue
            down = k == -edits or (k != edits and reach[middle + k - 1] < reach[middle + k + 1])
            x = reach[middle + k + 1] if down else reach[middle + k - 1] + 1
            start = x
            while x < n and x - k < m and a[x] == b[x - k]:
                x += 1
            reach[middle + k] = x
            steps += 1 + x - start
            if x >= n and x - k >= m:
                return _walked(rows, x, x - k), (0, 0)
        if not budget.spend(steps):
            return [], (0, 0)
    # Too many differences to see the end: what reaches farthest is kept, and the rest begins there.
    ends = ((reach[middle + k], reach[middle + k] - k) for k in range(-edits, edits + 1, 2) if -m <= k <= n)
    x, y = max((end for end in ends if end[0] <= n and 0 <= end[1] <= m), key=sum, default=(0, 0))
    return _walked(rows, x, y), (x, y)


def _walked(rows: list[array[int]], x: int, y: int) -> list[Pair]:
    """Walk back along the rows; every diagonal step is a pair."""
    pairs: list[Pair] = []
    for edits in range(len(rows) - 1, -1, -1):
        row, k = rows[edits], x - y
        at = k + edits + 1  # each row begins one diagonal below its first
        down = k == -edits or (k != edits and row[at - 1] < row[at + 1])
        before = row[at + 1] if down else row[at - 1]
        start = (before if down else before + 1) if edits else 0
        while x > start:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        if edits:
            x, y = (x, y - 1) if down else (x - 1, y)
    return pairs
