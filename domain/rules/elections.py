"""Does the declared result of an election follow from the votes (de: Wahl)?

Three kinds: one seat by majority, in a first or a second round; several seats by a stated method; and the lot
between equals. Each voter is taken to have one vote; where the votes are more than those who could vote, nothing
follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, Struct

from domain import vocabulary as v
from domain.rules import shares
from domain.rules.checks import Check, Facts, Reason, UndecidedError, Work, cite, known, not_covered, shown
from domain.rules.counts import Counts, presence, read_counts
from domain.rules.seats import SEATS_MAX, allot

if TYPE_CHECKING:
    from domain.events import BallotHeld
    from domain.values import OptionCount, Rule, Tally

# Where the ballot was yes or no on one candidate, there are no options to name.
_ONLY = "the candidate"
_ELECTED = frozenset({v.Declared.ELECTED, v.Declared.NOT_ELECTED})


class _Field(Struct, frozen=True, kw_only=True):
    """Who stood, each with the counts as this one's supporters and all others."""

    counts: dict[str, Counts]
    facts: Facts

    def votes(self, key: str) -> int | None:
        return self.counts[key].yes


def is_election(ballot: BallotHeld) -> bool:
    """Say whether a ballot was an election: by its method, by how the seats were allotted, or by what was declared."""
    return (
        ballot.method is v.BallotMethod.ELECTION_BY_BALLOT_PAPER
        or isinstance(ballot.seats_method, v.SeatsMethod)
        or ballot.declared in _ELECTED
    )


def check_election(ballot: BallotHeld, facts: Facts, work: Work) -> Check:
    """Check an election.

    Raises:
        UndecidedError: Nothing follows.
    """
    options = shown(ballot.option_counts, "the votes for each are") or ()
    method = shown(ballot.seats_method, "how seats were allotted is")
    if len({option.key for option in options}) < len(options):
        raise UndecidedError(Reason.COUNTS_INCONSISTENT, "an option is counted twice")
    if method is not None and any(option.seats is not UNSET for option in options):
        return _check_seats(ballot, method, options, work)
    field = _field(ballot, options, facts, work)
    declared = shown(ballot.declared, "the declared result is")
    if declared is None:
        raise UndecidedError(Reason.NOT_DECLARED, "no declared result is stated")
    work.say(f"declared: {declared}")
    if declared not in _ELECTED:
        raise UndecidedError(Reason.NOT_COVERED, f"{declared} was declared of an election")
    return _conclude(_winners(ballot, field, work), declared, _named(options), work)


# -- one seat -------------------------------------------------------------------------------------


def _field(ballot: BallotHeld, options: tuple[OptionCount, ...], facts: Facts, work: Work) -> _Field:
    """Read the votes of each option, or the yes votes where one candidate was voted on with yes and no."""
    tally = shown(ballot.tally, "the counts are")
    if not options:
        if tally is None:
            raise UndecidedError(Reason.NO_COUNT, "no count of the votes is stated")
        return _Field(counts={_ONLY: read_counts(tally, facts, work)}, facts=facts)
    there = presence(tally, facts, work)
    total = sum(option.votes for option in options)
    work.say("votes: " + ", ".join(f"{option.key} {option.votes}" for option in options))
    # Where one candidate stands the others' votes are those against; where several stand, few papers offer a no.
    unsaid = tally is None or tally.no is UNSET
    others = 0 if unsaid and len(options) > 1 else known(UNSET if tally is None else tally.no)
    abstain, invalid = _beside(tally)
    counted = total + sum(n for n in (others, abstain, invalid) if n is not None)
    room = None if there.most_votes is None else there.most_votes - counted
    if room is not None and room < 0:
        sentence = f"{counted} votes were counted, but only {there.most_votes} could vote"
        raise UndecidedError(Reason.COUNTS_INCONSISTENT, sentence)
    if room == 0:  # nobody is left to have abstained or voted against
        others, abstain = others or 0, abstain or 0
    why = UndecidedError(Reason.COUNTS_INCOMPLETE, "the result depends on counts that are missing")
    counts = {
        option.key: Counts(
            yes=option.votes,
            no=None if others is None else others + total - option.votes,
            abstain=abstain,
            invalid=invalid,
            presence=there,
            room=room,
            why_missing=why if None in (others, abstain) else None,
        )
        for option in options
    }
    return _Field(counts=counts, facts=facts)


def _beside(tally: Tally | None) -> tuple[int | None, int | None]:
    return (None, None) if tally is None else (known(tally.abstain), known(tally.invalid))


def _winners(ballot: BallotHeld, field: _Field, work: Work) -> set[str | None]:
    """Give everybody who can have won; None stands for nobody."""
    number = shown(ballot.round, "the round is")
    required = shown(ballot.required, "the majority required is")
    if required is not None and required.kind is v.MajorityRule.QUALIFIED:
        return _by_share(shares.stated_need(required, work), field, work)
    if number == 1:
        return _first_round(field, work)
    if number is not None:
        return _second_round(ballot, field, work)
    work.say("the round is not stated: both are looked at")
    winners = _first_round(field, work) | _second_round(ballot, field, work)
    if len(winners) > 1:
        raise UndecidedError(Reason.ROUND_UNKNOWN, "first and second round lead to different results")
    return winners


def _first_round(field: _Field, work: Work) -> set[str | None]:
    return _by_share(shares.need_of(work.need(v.RuleTopic.ELECTION_MAJORITY)), field, work)


def _by_share(need: shares.Need, field: _Field, work: Work) -> set[str | None]:
    """Give who reaches a share of the votes or of those present."""
    found: dict[str, frozenset[bool]] = {}
    for key, counts in field.counts.items():
        each = shares.results(need, counts, field.facts, work)
        found[key] = frozenset[bool]().union(*(one.possible for one in each))
        if len(found[key]) > 1:
            if len(each) > 1 and any(one.why is None for one in each):
                work.need(v.RuleTopic.ABSTENTIONS)  # of two ways one decides: the rule is what is missing
            raise next(one.why for one in each if one.why is not None)
    winners = [key for key, possible in found.items() if possible == {True}]
    if len(winners) > 1:
        raise UndecidedError(Reason.NOT_COVERED, "several reach the share, so it does not decide for one")
    return {winners[0] if winners else None}


def _second_round(ballot: BallotHeld, field: _Field, work: Work) -> set[str | None]:
    """Give who wins the second round; a rule for this number of candidates goes before the general one."""
    rules = work.rules(v.RuleTopic.ELECTION_SECOND_ROUND)
    alone = len(field.counts) == 1
    special = [rule for rule in rules if rule.number == len(field.counts)]
    rule = work.take(special or [r for r in rules if r.number is UNSET], v.RuleTopic.ELECTION_SECOND_ROUND)
    if rule.share is not UNSET:
        return _by_share(shares.need_of(rule), field, work)
    if rule.value is v.RuleValue.MOST_VOTES and not alone:
        return _most_votes(ballot, field, rule, work)
    if rule.value is v.RuleValue.MORE_YES_THAN_NO and alone:
        return _more_for_than_against(field, rule, work)
    raise not_covered(rule)


def _more_for_than_against(field: _Field, rule: Rule, work: Work) -> set[str | None]:
    ((key, counts),) = field.counts.items()
    ways = shares.abstentions(counts, work)
    margins = [counts.span(yes=1, no=-1, abstain=0 if way is v.RuleValue.IGNORED else -1) for way in ways]
    wins = {margin.can_exceed_zero for margin in margins}
    decided = [
        margin.can_exceed_zero is not margin.can_fall_below_zero and not margin.can_be_zero for margin in margins
    ]
    if not all(decided) or len(wins) > 1:
        if len(ways) > 1 and any(decided):
            work.need(v.RuleTopic.ABSTENTIONS)  # of two ways one decides: the rule is what is missing
        tie = UndecidedError(Reason.NOT_COVERED, "as many voted for the only candidate as against")
        raise counts.why_missing or tie
    work.say(f"for {counts.yes}, against {counts.no} ({cite(rule)})")
    return {key if wins == {True} else None}


def _most_votes(ballot: BallotHeld, field: _Field, rule: Rule, work: Work) -> set[str | None]:
    votes = {key: counts.yes or 0 for key, counts in field.counts.items()}
    most = max(votes.values())
    first = [key for key, n in votes.items() if n == most]
    if not most:
        raise UndecidedError(Reason.COUNTS_INCONSISTENT, "nobody has a vote")
    work.say(f"most votes: {' and '.join(first)} with {most} ({cite(rule)})")
    return {first[0] if len(first) == 1 else _drawn(ballot, first, work)}


def _drawn(ballot: BallotHeld, equal: list[str], work: Work) -> str:
    """Give whom the lot fell on among equals."""
    rule = work.need(v.RuleTopic.ELECTION_TIE)
    if rule.value is not v.RuleValue.LOT:
        raise not_covered(rule)
    lot = shown(ballot.lot, "the lot is")
    if lot is None:
        raise UndecidedError(Reason.LOT_UNKNOWN, f"the lot decides between {' and '.join(equal)}, and none is stated")
    if lot not in equal:
        raise UndecidedError(Reason.LOT_UNKNOWN, f"the lot stated ({lot}) names none of {' and '.join(equal)}")
    work.say(f"equal votes: the lot decides ({cite(rule)}), it fell on {lot}")
    return lot


def _named(options: tuple[OptionCount, ...]) -> str | None:
    """Give who took the seat, where the record says it of one."""
    seated = [option for option in options if known(option.seats)]
    if len(seated) > 1 or any((known(option.seats) or 0) > 1 for option in seated):
        raise UndecidedError(Reason.NOT_COVERED, "several seats, and how they were allotted is not stated")
    return seated[0].key if seated else None


def _conclude(winners: set[str | None], declared: v.Declared, named: str | None, work: Work) -> Check:
    (winner,) = winners
    follows = "nobody is elected" if winner is None else f"{winner} is elected"
    work.say(follows)
    said = f"{declared} was declared" if named is None else f"{declared} was declared, the seat given to {named}"
    if declared is v.Declared.NOT_ELECTED and named is not None:
        raise UndecidedError(Reason.NOT_COVERED, f"{said}: the record says two things")
    agrees = (declared is v.Declared.ELECTED) is (winner is not None) and named in (None, winner)
    if agrees:
        return work.agrees(f"{said}, and it follows from the votes")
    return work.contradicts(f"{said}, but from the votes follows: {follows}")


# -- several seats --------------------------------------------------------------------------------


def _check_seats(ballot: BallotHeld, method: v.SeatsMethod, options: tuple[OptionCount, ...], work: Work) -> Check:
    """Seats by a method that the record states; only a tie for the last seats needs a rule."""
    votes = {option.key: option.votes for option in options}
    seats = {option.key: n for option in options if (n := known(option.seats)) is not None}
    if len(seats) < len(votes):
        raise UndecidedError(Reason.COUNTS_INCOMPLETE, "the seats are not stated for every option")
    declared = shown(ballot.declared, "the declared result is")
    if declared not in {None, v.Declared.ELECTED}:
        raise UndecidedError(Reason.NOT_COVERED, f"{declared} was declared where seats were allotted")
    total = sum(seats.values())
    work.say("votes: " + ", ".join(f"{key} {n}" for key, n in votes.items()))
    if not 1 <= total <= SEATS_MAX:
        raise UndecidedError(Reason.COUNTS_INCONSISTENT, f"{total} seats are stated, expected 1 to {SEATS_MAX}")
    allotment = allot(method, votes, total)
    if allotment is None:
        raise UndecidedError(Reason.NOT_COVERED, f"{total} seats by {method} cannot be computed from these votes")
    work.say(f"{total} seats by {method}, as stated with the ballot: " + _listed(allotment.certain))
    drawn = " and ".join(sorted(allotment.drawn))
    if allotment.by_lot:
        work.say(f"{allotment.by_lot} more by lot between {drawn}")
    work.say("seats stated: " + _listed(seats))
    if not allotment.allows(seats):
        return work.contradicts("the seats stated do not follow from the votes")
    if allotment.by_lot:
        rule = work.need(v.RuleTopic.ELECTION_TIE)
        if rule.value is not v.RuleValue.LOT:
            raise not_covered(rule)
        if shown(ballot.lot, "the lot is") is None:
            raise UndecidedError(Reason.LOT_UNKNOWN, f"the lot decides between {drawn}, and none is stated")
        work.say(f"a lot is stated ({cite(rule)})")
    return work.agrees("the seats stated follow from the votes")


def _listed(seats: dict[str, int]) -> str:
    return ", ".join(f"{key} {n}" for key, n in seats.items())
