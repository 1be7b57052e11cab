"""How seats follow from votes: d'Hondt, Sainte-Laguë, Hare-Niemeyer, and most votes; exact, and with ties kept open.

Where several are equally entitled to the last seats, the law asks for a lot; the allotment then says between whom.
"""

from __future__ import annotations

import heapq
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from domain.vocabulary import SeatsMethod

if TYPE_CHECKING:
    from collections.abc import Mapping

# No organ has more; a greater number is a mistake, and would only cost time.
SEATS_MAX: Final = 10_000


class Allotment(Struct, frozen=True, kw_only=True):
    """The seats of each option; `by_lot` more go to as many of `drawn`, one each, and only a lot says to whom."""

    certain: dict[str, int]
    by_lot: int = 0
    drawn: frozenset[str] = frozenset()

    def allows(self, seats: Mapping[str, int]) -> bool:
        """Say whether seats can have been allotted so, whatever the lot was."""
        more = {key: seats.get(key, 0) - certain for key, certain in self.certain.items()}
        return (
            seats.keys() <= self.certain.keys()
            and all(n == 0 or (n == 1 and key in self.drawn) for key, n in more.items())
            and sum(more.values()) == self.by_lot
        )


def allot(method: SeatsMethod, votes: Mapping[str, int], seats: int) -> Allotment | None:
    """Allot seats to options by their votes.

    Args:
        method: One of the four methods that can be computed.
        votes: The votes of each option, none below zero.
        seats: How many seats there are, from 1 to `SEATS_MAX`.

    Returns:
        The allotment; None where the method is another one, nobody has a vote, or there are not enough to take a seat.
    """
    voted = {key: n for key, n in votes.items() if n > 0}
    if not voted or not 1 <= seats <= SEATS_MAX:
        return None
    if method is SeatsMethod.DHONDT:
        return _by_divisors(votes, voted, seats, step=1)
    if method is SeatsMethod.SAINTE_LAGUE:
        return _by_divisors(votes, voted, seats, step=2)
    if method is SeatsMethod.HARE_NIEMEYER:
        return _by_remainders(votes, voted, seats)
    if method is SeatsMethod.MOST_VOTES and seats <= len(voted):
        return _closed(dict.fromkeys(votes, 0), {key: Fraction(n) for key, n in voted.items()}, seats)
    return None


def _by_divisors(votes: Mapping[str, int], voted: Mapping[str, int], seats: int, *, step: int) -> Allotment:
    """Give each seat to the highest quotient of votes by 1, 1 + step, 1 + 2 step and so on."""
    certain = dict.fromkeys(votes, 0)
    queue = [(-Fraction(n), key) for key, n in voted.items()]
    heapq.heapify(queue)
    left = seats
    while left:
        top = queue[0][0]
        level = []
        while queue and queue[0][0] == top:
            level.append(heapq.heappop(queue)[1])
        if len(level) > left:
            return Allotment(certain=certain, by_lot=left, drawn=frozenset(level))
        for key in level:
            certain[key] += 1
            heapq.heappush(queue, (-Fraction(voted[key], 1 + step * certain[key]), key))
        left -= len(level)
    return Allotment(certain=certain)


def _by_remainders(votes: Mapping[str, int], voted: Mapping[str, int], seats: int) -> Allotment:
    """Give each the whole part of its quota, and what is left to the greatest remainders."""
    total = sum(voted.values())
    certain = {key: n * seats // total for key, n in votes.items()}
    remainders = {key: Fraction(n * seats % total, total) for key, n in voted.items()}
    return _closed(certain, remainders, seats - sum(certain.values()))


def _closed(certain: dict[str, int], claims: Mapping[str, Fraction], left: int) -> Allotment:
    """Give one seat each to the `left` greatest claims; equals at the end are left to the lot."""
    if not left:
        return Allotment(certain=certain)
    last = sorted(claims.values(), reverse=True)[left - 1]
    above = [key for key, claim in claims.items() if claim > last]
    equal = frozenset(key for key, claim in claims.items() if claim == last)
    if len(above) + len(equal) == left:
        return Allotment(certain=certain | {key: certain[key] + 1 for key in (*above, *equal)})
    return Allotment(certain=certain | {key: certain[key] + 1 for key in above}, by_lot=left - len(above), drawn=equal)
