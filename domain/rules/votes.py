"""Do the votes recorded by name or by group add up to the counts?

Arithmetic alone: no rule is needed, and none is named. A list may be shorter than the count, because often only
those are named who asked for it; only a roll-call names everybody.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import UNSET

from domain import vocabulary as v
from domain.rules.checks import Check, Reason, RulesInForce, Subject, UndecidedError, Work, known, shown

if TYPE_CHECKING:
    from domain.events import BallotHeld
    from domain.values import Vote

_FIELDS = {
    v.Choice.YES: "yes",
    v.Choice.NO: "no",
    v.Choice.ABSTAIN: "abstain",
    v.Choice.INVALID: "invalid",
    v.Choice.NOT_CAST: "not_cast",
    v.Choice.EXCLUDED: "excluded",
}
# Those who did not vote need not be named in a roll-call.
_NO_VOTE = frozenset({"not_cast", "excluded"})


def check_votes(ballot: BallotHeld) -> Check:
    """Check whether the recorded votes add up to the counts of the ballot.

    Args:
        ballot: The ballot as recorded, corrections applied.
    """
    work = Work(Subject.VOTES, RulesInForce())
    try:
        return _check(ballot, work)
    except UndecidedError as why:
        return work.undecided(why)


def _check(ballot: BallotHeld, work: Work) -> Check:
    votes = shown(ballot.votes, "the votes are")
    if not votes:
        raise UndecidedError(Reason.NO_COUNT, "no votes are recorded by name or by group")
    unknown_size = _consistent(votes)
    counts = _counts(ballot)
    if not counts:
        raise UndecidedError(Reason.NO_COUNT, "no count is stated that the votes could be compared with")
    sums = Counter[str]()
    for vote in votes:
        sums[_key(vote)] += _size(vote)
    short = []
    for name, count in counts.items():
        # A choice that nobody is recorded with is compared too: a count of 3 with no such vote is three short.
        work.say(f"{name}: {sums[name]} recorded, {count} counted")
        if sums[name] > count:
            return work.contradicts(f"{sums[name]} are recorded with {name}, but {count} were counted")
        if sums[name] < count:
            short.append(name)
    if not short:
        if unknown_size:
            raise UndecidedError(Reason.VOTES_INCOMPLETE, "a group's vote does not say how many voted")
        return work.agrees("the recorded votes add up to the counts")
    voted = [name for name in short if name not in _NO_VOTE]
    if ballot.method is v.BallotMethod.ROLL_CALL and voted and not unknown_size:
        sentence = f"a roll-call names everybody who votes, but fewer are recorded than counted: {', '.join(voted)}"
        return work.contradicts(sentence)
    raise UndecidedError(Reason.VOTES_INCOMPLETE, f"fewer are recorded than counted: {', '.join(short)}")


def _consistent(votes: tuple[Vote, ...]) -> bool:
    """Refuse to add up what may count a vote twice; say whether the size of a group's vote is unknown."""
    persons = Counter(vote.person for vote in votes if vote.person is not UNSET)
    if any(n > 1 for n in persons.values()):
        raise UndecidedError(Reason.VOTES_INCONSISTENT, "a person is recorded twice")
    by_name = {vote.group for vote in votes if vote.person is not UNSET and vote.group is not UNSET}
    if any(vote.person is UNSET and vote.group in by_name for vote in votes):
        raise UndecidedError(Reason.VOTES_INCONSISTENT, "a group is recorded as such and by its members")
    return any(vote.person is UNSET and vote.count is UNSET for vote in votes)


def _counts(ballot: BallotHeld) -> dict[str, int]:
    """Give the counts that are stated: by choice, and by option where options could be chosen."""
    tally = shown(ballot.tally, "the counts are")
    counts = {}
    if tally is not None:
        fields = ((name, known(getattr(tally, name))) for name in _FIELDS.values())
        counts = {name: count for name, count in fields if count is not None}
    for option in shown(ballot.option_counts, "the votes for each are") or ():
        counts[f"option {option.key}"] = option.votes
    return counts


def _key(vote: Vote) -> str:
    return _FIELDS.get(vote.choice, vote.choice) if vote.option is UNSET else f"option {vote.option}"


def _size(vote: Vote) -> int:
    """Give how many voted so; a group of unknown size is at least one."""
    return 1 if vote.person is not UNSET or not isinstance(vote.count, int) else vote.count
