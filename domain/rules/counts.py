"""Counts of a ballot as far as they are stated, and what follows for every count that is not.

A missing count can be anything that still fits into the room: the votes that those present and entitled can have
cast besides those counted. All conditions of majority are linear in the counts, so it is enough to look at the
corners: no missing vote at all, or all of them on one choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, Struct

from domain import vocabulary as v
from domain.rules.checks import Facts, Reason, UndecidedError, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.rules.checks import Work
    from domain.values import Tally

_WORDS = {"yes": "yes", "no": "no", "abstain": "abstentions", "invalid": "invalid", "not_cast": "not cast"}
# Those whom a rest clause can speak of. "The rest was absent" says nothing of votes, and is not covered.
_REST = {
    v.Choice.YES: "yes",
    v.Choice.NO: "no",
    v.Choice.ABSTAIN: "abstain",
    v.Choice.INVALID: "invalid",
    v.Choice.NOT_CAST: "not_cast",
}


class Presence(Struct, frozen=True, kw_only=True):
    """How many were there; `entitled` counts only those who were present too."""

    present: int | None
    entitled: int | None

    @property
    def most_votes(self) -> int | None:
        """The number of votes that cannot be exceeded; None where nothing bounds it."""
        return self.present if self.entitled is None else self.entitled


class Counts(Struct, frozen=True, kw_only=True):
    """The counts of a ballot; None is a count that is missing.

    Attributes:
        room: How many votes the missing counts can hold together; None where nothing bounds them.
        why_missing: What is said where the missing counts matter.
    """

    yes: int | None
    no: int | None
    abstain: int | None
    invalid: int | None
    presence: Presence
    room: int | None
    why_missing: UndecidedError | None

    @property
    def counted(self) -> int:
        """The votes that are counted for certain."""
        return sum(n for n in (self.yes, self.no, self.abstain, self.invalid) if n is not None)

    def span(self, *, yes: int, no: int, abstain: int, constant: int = 0) -> Span:
        """Give the least and the greatest value of a sum of the counts, each taken so many times."""
        total, missing = constant, []
        for count, times in ((self.yes, yes), (self.no, no), (self.abstain, abstain), (self.invalid, 0)):
            if count is None:
                missing.append(times)
            else:
                total += count * times
        return Span.of(total, missing, self.room)


class Span(Struct, frozen=True, kw_only=True):
    """The least and the greatest value that a number can have; None is without bound."""

    least: int | None
    greatest: int | None

    @classmethod
    def of(cls, total: int, missing: Sequence[int], room: int | None) -> Span:
        """Give the span of a total to which up to `room` missing votes add as many times as listed."""
        down, up = min(missing, default=0), max(missing, default=0)
        if room is None:
            return cls(least=None if down < 0 else total, greatest=None if up > 0 else total)
        return cls(least=total + room * min(down, 0), greatest=total + room * max(up, 0))

    def __add__(self, other: Span) -> Span:
        """Add two numbers that vary apart from each other."""
        return Span(least=_sum(self.least, other.least), greatest=_sum(self.greatest, other.greatest))

    @property
    def can_exceed_zero(self) -> bool:
        """Whether the number can be above zero."""
        return self.greatest is None or self.greatest > 0

    @property
    def can_fall_below_zero(self) -> bool:
        """Whether the number can be below zero."""
        return self.least is None or self.least < 0

    @property
    def can_be_zero(self) -> bool:
        """Whether zero lies between the ends."""
        return (self.least is None or self.least <= 0) and (self.greatest is None or self.greatest >= 0)


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def presence(tally: Tally | None, facts: Facts, work: Work) -> Presence:
    """Give how many were there: what the ballot itself states goes before what is known of the meeting."""
    entitled = known(tally.entitled) if tally is not None else None
    present = known(tally.present) if tally is not None else None
    entitled = known(facts.entitled) if entitled is None else entitled
    present = known(facts.present) if present is None else present
    if entitled is not None and present is not None and entitled > present:
        # The column "Stimmberechtigte" may count all who are entitled, there or not.
        work.say(f"entitled {entitled} are more than the {present} present: taken as entitled in all, present or not")
        entitled = None
    excluded = known(facts.excluded) if tally is None or known(tally.excluded) is None else known(tally.excluded)
    if entitled is None and excluded == 0:
        entitled = present
    return Presence(present=present, entitled=entitled)


def read_counts(tally: Tally, facts: Facts, work: Work) -> Counts:
    """Read the counts of a ballot, with the rest clause resolved as far as it can be.

    Raises:
        UndecidedError: Nothing was counted, or the counts cannot be right.
    """
    there = presence(tally, facts, work)
    values = {name: known(getattr(tally, name)) for name in _WORDS}
    blank = [word for name, word in _WORDS.items() if getattr(tally, name) is None]
    rest_as = tally.rest_as
    if rest_as is UNSET and values["yes"] is values["no"] is values["abstain"] is None:
        if blank:
            raise UndecidedError(Reason.BLANK_COUNT, f"the form was left blank: {', '.join(blank)}")
        raise UndecidedError(Reason.NO_COUNT, "no count of the votes is stated")
    work.say("counted: " + ", ".join(_told(name, getattr(tally, name)) for name in _WORDS if _is_told(tally, name)))
    why: UndecidedError | None = None
    if isinstance(rest_as, v.Choice):
        values, why = _with_rest(values, tally, there, work)
    missing = [name for name in ("yes", "no", "abstain") if values[name] is None]
    if why is None and missing:
        names = " and ".join(f"{_WORDS[name]} ({_nothing(getattr(tally, name))})" for name in missing)
        why = UndecidedError(Reason.COUNTS_INCOMPLETE, f"the result depends on counts that are missing: {names}")
    counted = sum(n for name, n in values.items() if n is not None and name != "not_cast")
    room = None if there.most_votes is None else there.most_votes - counted
    if room is not None and room < 0:
        sentence = f"{counted} votes were counted, but only {there.most_votes} could vote"
        raise UndecidedError(Reason.COUNTS_INCONSISTENT, sentence)
    if missing and room == 0:
        work.say(f"all {there.most_votes} who could vote are counted")
        values, why = values | dict.fromkeys(missing, 0), None
    elif missing and room is not None:
        work.say(f"at most {room} votes are not counted (of {there.most_votes} who could vote)")
    return Counts(
        yes=values["yes"],
        no=values["no"],
        abstain=values["abstain"],
        invalid=values["invalid"],
        presence=there,
        room=room,
        why_missing=why,
    )


def _with_rest(
    values: dict[str, int | None], tally: Tally, there: Presence, work: Work
) -> tuple[dict[str, int | None], UndecidedError | None]:
    """Give those not counted to the choice that the rest clause names ("ansonsten Zustimmung")."""
    rest_as = tally.rest_as
    if not isinstance(rest_as, v.Choice) or rest_as not in _REST:
        raise UndecidedError(Reason.NOT_COVERED, f"a rest that is {rest_as} says nothing of the votes")
    field = _REST[rest_as]
    # A rest clause speaks of all who are not counted, so what it does not mention is none. A blank is not covered.
    others = {name: 0 if getattr(tally, name) is UNSET else values[name] for name in _WORDS if name != field}
    voters = there.entitled
    if voters is None and there.present is not None and not known(tally.excluded):
        voters = there.present
    stated = values[field]
    if voters is None or None in others.values():
        what = "how many could vote is not stated" if voters is None else "a count beside it was left blank"
        why = UndecidedError(Reason.REST_UNKNOWN, f"the rest ({_WORDS[field]}) cannot be computed: {what}")
        return others | {field: stated}, why
    rest = voters - sum(n for n in others.values() if n is not None)
    if rest < 0 or stated not in (None, rest):
        sentence = f"the rest of {voters} who could vote would be {rest} ({_WORDS[field]}): the counts cannot be right"
        raise UndecidedError(Reason.COUNTS_INCONSISTENT, sentence)
    work.say(f"the rest of {voters} who could vote: {_WORDS[field]} {rest}")
    return others | {field: rest}, None


def _is_told(tally: Tally, name: str) -> bool:
    return getattr(tally, name) is not UNSET


def _told(name: str, value: int | None) -> str:
    return f"{_WORDS[name]} left blank" if value is None else f"{_WORDS[name]} {value}"


def _nothing(value: object) -> str:
    return "left blank" if value is None else "not stated"
