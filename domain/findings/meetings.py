"""What does not fit together in a meeting: counts, declarations, presence, what an organ was to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain import vocabulary as v
from domain.findings.codes import Finding, found
from domain.findings.lookup import Lookup, ask
from domain.findings.proposals import ADVISING, DECIDING, is_public, names_paper, printed_results
from domain.meeting import Meeting, agenda, minutes
from domain.organ import Organ
from domain.proposal import Consultation, Proposal
from domain.values import Tally, Vote, stated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain.events import BallotHeld, OutcomeDeclared
    from domain.stream import Fact

_ADOPTED: Final = frozenset({v.Outcome.ADOPTED, v.Outcome.ADOPTED_AMENDED, v.Outcome.PARTLY_ADOPTED})
_REJECTED: Final = frozenset({v.Outcome.REJECTED, v.Outcome.REJECTED_TIE})
_NOTED: Final = frozenset({v.Outcome.NOTED, v.Outcome.NOTED_AGREED})
_ADOPTED_WORDS: Final = re.compile("angenommen|beschlossen", re.IGNORECASE)
_CONTRADICTS: Final = "OUTCOME_CONTRADICTS_TALLY"
_CAST: Final = frozenset({v.Choice.YES, v.Choice.NO, v.Choice.ABSTAIN})
_BY_NAME: Final = frozenset({v.BallotMethod.ROLL_CALL, v.BallotMethod.ELECTRONIC})


def of_meeting(state: Meeting, lookup: Lookup) -> Iterator[Finding]:
    """Give the findings of a meeting."""
    excluded = _excluded(state)
    ballots: dict[object, Fact[BallotHeld]] = {fact.event.ballot: fact for fact in state.ballots}
    of_outcomes = [(outcome, tuple(_outcome(outcome, ballots))) for outcome in state.outcomes]
    repeated = {place for outcome, some in of_outcomes for place in _repeated(outcome, some, ballots)}
    for ballot in state.ballots:
        yield from _count(ballot.id, stated(ballot.event.tally))
        yield from (one for one in _declaration(ballot) if one.code != _CONTRADICTS or ballot.id not in repeated)
        yield from _names(ballot)
        yield from _bias(ballot, excluded)
    for outcome, some in of_outcomes:
        yield from _count(outcome.id, stated(outcome.event.tally))
        yield from some
        yield from _consulted(state, outcome, lookup)
    yield from _quorum(state)
    yield from _agenda_versions(state, lookup)
    for version in minutes(state):
        if version.filed and version.filed[-1].event.held is False:
            yield found(
                "MINUTES_NOT_HELD",
                version.filed[-1].id,
                text=f"version {version.version} of the minutes ({version.kind}, part {version.part}) is not held",
            )


# -- counts ---------------------------------------------------------------------------------------


def _count(place: str, tally: Tally | None) -> Iterator[Finding]:
    if tally is None:
        return
    counted = sum(stated(count) or 0 for count in (tally.yes, tally.no, tally.abstain, tally.invalid))
    for name in ("entitled", "present"):
        limit = stated(getattr(tally, name))
        if limit is not None and counted > limit:
            yield found(
                "TALLY_EXCEEDS_ENTITLED",
                place,
                text=f"{counted} votes were counted, and {limit} members were {name}",
                counted=counted,
                **{name: limit},
            )


def _yes_no(tally: Tally | None) -> tuple[int, int] | None:
    """Give yes and no where both are stated and nobody is counted only as "the rest"."""
    if tally is None or tally.rest_as is not UNSET:
        return None
    yes, no = stated(tally.yes), stated(tally.no)
    return (yes, no) if yes is not None and no is not None else None


def _is_same_count(one: Tally | None, other: Tally | None) -> bool:
    counts = _yes_no(one)
    return counts is not None and counts == _yes_no(other)


def _declaration(ballot: Fact[BallotHeld]) -> Iterator[Finding]:
    event = ballot.event
    tally = stated(event.tally)
    if event.majority is v.Majority.UNANIMOUS:
        yield from _unanimous((ballot.id,), tally)
    counts, declared = _yes_no(tally), stated(event.declared)
    if counts is None or declared is None:
        return
    yes, no = counts
    # More no than yes carries nothing under any rule. More yes than no may fail where more was needed, so that
    # is said only where the ballot itself states that a simple majority was enough.
    required = stated(event.required)
    simple = required is not None and required.kind is v.MajorityRule.SIMPLE
    contradicts = (
        (declared is v.Declared.PASSED and yes < no)
        or (declared is v.Declared.FAILED and yes > no and simple)
        or (declared is v.Declared.TIE and yes != no)
    )
    if contradicts:
        yield found(
            _CONTRADICTS,
            ballot.id,
            text=f"{yes} yes and {no} no were counted, and {declared} was declared",
            yes=yes,
            no=no,
            declared=declared,
        )


def _unanimous(places: tuple[str, ...], tally: Tally | None) -> Iterator[Finding]:
    against = stated(tally.no) if tally is not None else None
    if against:
        yield found(
            "UNANIMOUS_WITH_NO_VOTES",
            *places,
            text=f"the result was called unanimous, and {against} voted no",
            no=against,
        )


def _outcome(outcome: Fact[OutcomeDeclared], ballots: dict[object, Fact[BallotHeld]]) -> Iterator[Finding]:
    event = outcome.event
    named = stated(event.ballots) or ()
    ballot = ballots.get(named[0]) if len(named) == 1 else None
    tally = stated(event.tally) or (stated(ballot.event.tally) if ballot is not None else None)
    places: tuple[str, ...] = (outcome.id,)
    if ballot is not None and (event.tally is UNSET or _is_same_count(tally, stated(ballot.event.tally))):
        places = (outcome.id, ballot.id)
    if event.majority is v.Majority.UNANIMOUS:
        yield from _unanimous(places, tally)
    counts, result = _yes_no(tally), stated(event.outcome)
    if counts is None:
        return
    yes, no = counts
    required = stated(ballot.event.required) if ballot is not None else None
    simple = required is not None and required.kind is v.MajorityRule.SIMPLE
    contradicts = (result in _ADOPTED and yes < no) or (result in _REJECTED and yes > no and simple)
    if contradicts:
        yield found(
            _CONTRADICTS,
            *places,
            text=f"{yes} yes and {no} no were counted, and the outcome was declared as {result}",
            yes=yes,
            no=no,
            declared=result,
        )


def _repeated(
    outcome: Fact[OutcomeDeclared], findings: tuple[Finding, ...], ballots: dict[object, Fact[BallotHeld]]
) -> Iterator[str]:
    """Give the ballots of which an outcome says what they say themselves: one contradiction is one finding."""
    places = {place for finding in findings if finding.code == _CONTRADICTS for place in finding.places}
    for ballot in ballots.values():
        declared, result = stated(ballot.event.declared), stated(outcome.event.outcome)
        same = _ADOPTED if declared is v.Declared.PASSED else _REJECTED if declared is v.Declared.FAILED else ()
        if ballot.id in places and result in same:
            yield ballot.id


# -- names ----------------------------------------------------------------------------------------


def _names(ballot: Fact[BallotHeld]) -> Iterator[Finding]:
    event = ballot.event
    dropped = stated(event.votes_dropped)
    if dropped:
        yield found(
            "SECRET_BALLOT_VOTES_DROPPED",
            ballot.id,
            text=f"the source showed {dropped} votes by name for this ballot; none was taken over",
            dropped=dropped,
        )
    votes, tally = stated(event.votes), stated(event.tally)
    yield from _several(ballot.id, votes or ())
    if not votes or tally is None:
        return
    persons = [vote for vote in votes if stated(vote.person) is not None]
    groups = [vote for vote in votes if stated(vote.person) is None]
    complete = event.method in _BY_NAME
    for kind, listed in (("persons", persons), ("groups", groups)):
        # A group without a number says how it voted, not with how many.
        if listed and (kind == "persons" or all(stated(vote.count) is not None for vote in listed)):
            yield from _sums(ballot.id, kind, listed, tally, complete=complete)


def _several(place: str, votes: Iterable[Vote]) -> Iterator[Finding]:
    """Tell of each person that is listed with different choices; the same one again may be cumulated votes."""
    choices: dict[tuple[str, str | None], list[str]] = {}
    for vote in votes:
        person = stated(vote.person)
        if person is not None:
            listed = choices.setdefault((person, stated(vote.option)), [])
            if vote.choice not in listed:
                listed.append(vote.choice)
    for listed in choices.values():
        if len(listed) > 1:
            said = ", ".join(listed)
            yield found("PERSON_WITH_SEVERAL_CHOICES", place, text=f"one person is listed with {said}", choices=said)


def _sums(place: str, kind: str, votes: list[Vote], tally: Tally, *, complete: bool) -> Iterator[Finding]:
    for choice in (v.Choice.YES, v.Choice.NO, v.Choice.ABSTAIN):
        counted = stated(getattr(tally, choice.value))
        listed = sum(stated(vote.count) or 1 for vote in votes if vote.choice is choice)
        # Outside a roll-call single members may have had their vote put down: fewer names than votes is normal.
        if counted is not None and (listed > counted or (complete and listed != counted)):
            yield found(
                "PERSONAL_VOTES_CONTRADICT_TALLY",
                place,
                text=f"the {kind} listed give {listed} {choice}, and {counted} were counted",
                choice=choice,
                listed=listed,
                counted=counted,
            )


def _excluded(state: Meeting) -> dict[str, dict[str, str]]:
    """Give, for each item, the persons excluded from it and the event that says so."""
    found_: dict[str, dict[str, str]] = {}
    for fact in state.exclusions:
        item, person = stated(fact.event.item), stated(fact.event.person)
        if item is not None and person is not None:
            found_.setdefault(item, {})[person] = fact.id
    return found_


def _bias(ballot: Fact[BallotHeld], excluded: dict[str, dict[str, str]]) -> Iterator[Finding]:
    persons = excluded.get(stated(ballot.event.item) or "", {})
    for vote in stated(ballot.event.votes) or () if persons else ():
        if vote.choice in _CAST and vote.person in persons:
            yield found(
                "EXCLUDED_MEMBER_VOTED",
                ballot.id,
                persons[str(vote.person)],
                text="a member excluded from the item is listed with a vote on it",
            )


# -- the organ and its task -----------------------------------------------------------------------


def _quorum(state: Meeting) -> Iterator[Finding]:
    acts = [*(fact.id for fact in state.ballots), *(fact.id for fact in state.outcomes)]
    if not acts:
        return
    for fact in state.openings:
        if fact.event.quorum is v.QuorumState.NOT_ESTABLISHED:
            yield found(
                "QUORUM_NOT_ESTABLISHED", fact.id, acts[0], text="the quorum was not established at the opening"
            )
        elif fact.event.quorum is UNSET:
            yield found("QUORUM_NOT_ESTABLISHED", fact.id, acts[0], text="the opening says nothing of the quorum")


def _agenda_versions(state: Meeting, lookup: Lookup) -> Iterator[Finding]:
    for fact in (agenda(state, part) for part in v.Part):
        if fact is None:
            continue
        for entry in stated(fact.event.items) or ():
            number = stated(entry.version)
            proposal = ask(lookup, stated(entry.proposal), Proposal) if number is not None else None
            if number is not None and proposal is not None and proposal.version(number) is None:
                yield found(
                    "VERSION_NOT_HELD",
                    fact.id,
                    text=f"the agenda names version {number} of a proposal of which that version is not recorded",
                    proposal=entry.proposal,
                    missing=number,
                )


def _consulted(state: Meeting, outcome: Fact[OutcomeDeclared], lookup: Lookup) -> Iterator[Finding]:
    event = outcome.event
    proposal = ask(lookup, stated(event.proposal), Proposal)
    key = stated(event.consultation)
    consultation = proposal.consultation(key) if proposal is not None and key is not None else None
    role = stated(consultation.plan.role) if consultation is not None else None
    places = (outcome.id, consultation.plans[-1].id) if consultation is not None else (outcome.id,)
    yield from _advice(outcome, places, role=role, only_advises=_only_advises(state, lookup))
    result = stated(event.outcome)
    if (role in DECIDING and result in _NOTED) or (
        role is v.ConsultationRole.INFORMATION and result in _ADOPTED | _REJECTED
    ):
        yield found(
            "ROLE_OUTCOME_MISMATCH",
            *places,
            text=f"the organ was to act as {role}, and the outcome is {result}",
            role=role,
            outcome=result,
        )
    if proposal is not None and _is_hidden(state, event, consultation) and not any(printed_results(proposal)):
        yield from _told_by_paper(outcome, places, proposal)


def _only_advises(state: Meeting, lookup: Lookup) -> bool:
    organs = [ask(lookup, organ, Organ) for organ in state.organs]
    return bool(organs) and all(organ is not None and organ.only_advises for organ in organs)


def _advice(
    outcome: Fact[OutcomeDeclared], places: tuple[str, ...], *, role: v.ConsultationRole | None, only_advises: bool
) -> Iterator[Finding]:
    literal = stated(outcome.event.outcome_literal)
    said_adopted = stated(outcome.event.outcome) in _ADOPTED or (
        literal is not None and _ADOPTED_WORDS.search(literal) is not None
    )
    if said_adopted and (role in ADVISING or (role is None and only_advises)):
        yield found(
            "ADVISORY_BODY_SAID_ADOPTED",
            *places,
            text="a consultation that only advises is said to have adopted the proposal: that is a recommendation",
            role=role,
        )


def _is_hidden(state: Meeting, event: OutcomeDeclared, consultation: Consultation | None) -> bool:
    """Whether the deliberation was not public: as planned, as called, or as the meeting was."""
    if consultation is not None and stated(consultation.plan.publicity) is v.Publicity.NON_PUBLIC:
        return True
    item = stated(event.item)
    calls = [fact.event.publicity for fact in state.calls if item is not None and fact.event.item == item]
    if calls:
        return calls[-1] is v.Publicity.NON_PUBLIC
    return state.convened is not None and state.convened.event.publicity is v.Publicity.NON_PUBLIC


def _told_by_paper(outcome: Fact[OutcomeDeclared], places: tuple[str, ...], proposal: Proposal) -> Iterator[Finding]:
    sources: Iterable[object] = outcome.record.sources if isinstance(outcome.record.sources, tuple) else ()
    paper = [version for version in proposal.versions if is_public(version)]
    if paper and any(
        names_paper(getattr(source, "citation", None), getattr(source, "document", None), proposal)
        for source in sources
    ):
        yield found(
            "NON_PUBLIC_RESULT_IN_PUBLIC_PAPER",
            *places,
            paper[-1].told_by.id,
            text="the result of a consultation that was not public is known from the public paper",
            proposal=proposal.stream,
        )
