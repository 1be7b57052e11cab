"""The parts that accounts of different things share: ballots, outcomes, quorum, annexes, acts, findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from domain import events as e
from domain.findings import CODES, Finding, of_register, of_stream
from domain.meeting import Meeting, minutes
from domain.proposal import Proposal
from domain.values import WITHHELD, When, stated
from domain.vocabulary import Certainty, DiscrepancyStatus
from projections.ballot_checks import check_of_opening, checks_of
from projections.changes import LABELS, summary
from projections.shapes import (
    ActLine,
    AnnexLine,
    ApartLine,
    BallotLine,
    DocumentLine,
    ErasureLine,
    ExclusionLine,
    Field,
    FindingLine,
    Knowledge,
    Known,
    MinutesLine,
    MotionLine,
    OptionLine,
    OutcomeLine,
    QuorumLine,
    VoteLine,
)
from projections.teller import NOT_MENTIONED
from projections.wording import code_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from domain import values as x
    from domain.annex import Annex
    from domain.review import Act, Review
    from domain.stream import Fact
    from projections.teller import Teller, Told
    from projections.timetravel import Past

_OUTCOME_DETAILS: Final = ("recommended_text", "referred_to", "postponed_to", "settled_by")
_OPENING_COUNTS: Final = ("members_by_law", "members_in_office", "present_count", "entitled_count")


def event_line(teller: Teller, fact: Told) -> Known:
    """Give a whole event as one line."""
    return Known(state=Knowledge.STATED, value=summary(teller, fact.record), event=teller.use(fact.record))


def visibility_of_stream(past: Past, stream: str) -> str | None:
    """Give who may see the first event of a stream that is shown; None where there is none."""
    first = next(iter(past.effective(stream)), None)
    return past.visibility(first).value if first is not None else None


def met(teller: Teller, meeting: Meeting, facts: Iterable[Fact[e.OutcomeDeclared] | Fact[e.BallotHeld]]) -> Known:
    """Tell the day of a meeting, see `Deliberations.met_on`: as it was called, else that of what happened there."""
    whole = teller.past.whole_state(meeting.stream)
    called = whole if isinstance(whole, Meeting) else meeting
    moved = next((fact for fact in reversed(called.moves) if fact.event.starts_at is not UNSET), None)
    fact = moved if moved is not None else called.convened
    starts = teller.field(fact, "starts_at") if fact is not None else teller.absent(meeting.stream)
    if starts.value is not None:
        return starts
    for one in facts:
        occurred = one.record.occurred
        if isinstance(occurred, When) and stated(occurred.at) is not None:
            is_inferred = occurred.certainty != Certainty.STATED
            return teller.known(occurred.at, one.record, "occurred", inferred=is_inferred)
    return starts


def erasures(past: Past, stream: str) -> tuple[ErasureLine, ...]:
    """Give the events of a stream whose tokens were erased, with what erased them and when."""
    return tuple(
        ErasureLine(event=f"{stream}#{seq}", erased_by=by, erased_at=past.erased_at(by))
        for seq, by in sorted(past.erased_tokens(stream).items())
    )


# -- ballots and outcomes -------------------------------------------------------------------------


def ballot(teller: Teller, meeting: Meeting, fact: Fact[e.BallotHeld]) -> BallotLine:
    """Give a ballot with its checks."""
    event, record = fact.event, fact.record
    target = stated(event.target)
    return BallotLine(
        id=str(event.ballot),
        occurred=teller.occurred(record),
        question=teller.field(fact, "question"),
        method=teller.field(fact, "method", say=code_text),
        target=stated(target.proposal) if target is not None else None,
        target_version=(teller.known(target.version, record, "data.target") if target is not None else NOT_MENTIONED),
        target_motion=stated(target.motion) if target is not None else None,
        chair_voted=teller.field(fact, "chair_voted"),
        tally=teller.tally(event.tally, record),
        tally_literal=stated(event.tally_literal),
        declared=teller.field(fact, "declared", say=code_text),
        majority=teller.field(fact, "majority", say=code_text),
        votes=tuple(_vote(teller, vote) for vote in stated(event.votes) or ()),
        votes_state=teller.field(fact, "votes").state,
        options=_options(teller, event),
        round=stated(event.round),
        lot=stated(event.lot),
        checks=checks_of(teller.past, meeting, fact),
        event=teller.use(record),
    )


def _vote(teller: Teller, vote: x.Vote) -> VoteLine:
    person, group = stated(vote.person), stated(vote.group)
    who = [teller.person(person)] if person is not None else []
    who += [teller.name(group)] if group is not None else []
    return VoteLine(who=", ".join(who) or "not named", choice=vote.choice.value, count=stated(vote.count))


def _options(teller: Teller, event: e.BallotHeld) -> tuple[OptionLine, ...]:
    options = {option.key: option for option in stated(event.options) or ()}
    votes = {count.key: count.votes for count in stated(event.option_counts) or ()}
    chosen = stated(event.chosen) or ()
    found = []
    for key in dict.fromkeys((*options, *votes, *chosen)):
        option = options.get(key)
        names = []
        if option is not None:
            names = [teller.person(option.person)] if isinstance(option.person, str) else []
            names += [teller.name(option.group)] if isinstance(option.group, str) else []
            names += [option.label] if isinstance(option.label, str) else []
        found.append(OptionLine(key=key, label=", ".join(names) or None, votes=votes.get(key), chosen=key in chosen))
    return tuple(found)


def outcome(teller: Teller, fact: Fact[e.OutcomeDeclared]) -> OutcomeLine:
    """Give what came of a deliberation."""
    say = {"referred_to": _namer(teller.name), "settled_by": _namer(teller.title)}
    details = []
    for name in _OUTCOME_DETAILS:
        known = teller.field(fact, name, say=say.get(name))
        if known.state is not Knowledge.NOT_MENTIONED:
            details.append(Field(name=name, known=known))
    return OutcomeLine(
        outcome=teller.field(fact, "outcome", say=code_text),
        majority=teller.field(fact, "majority", say=code_text),
        tally=teller.tally(fact.event.tally, fact.record),
        occurred=teller.occurred(fact.record),
        details=tuple(details),
        event=teller.use(fact.record),
    )


def motion(teller: Teller, fact: Fact[e.MotionMoved]) -> MotionLine:
    """Give a motion."""
    return MotionLine(
        id=str(fact.event.motion),
        kind=teller.field(fact, "kind", say=code_text),
        moved_by=teller.field(fact, "moved_by", say=teller.parties),
        text=teller.field(fact, "text"),
        event=teller.use(fact.record),
    )


def exclusion(teller: Teller, fact: Fact[e.MemberExcluded]) -> ExclusionLine:
    """Give an exclusion for bias."""
    return ExclusionLine(
        person=teller.field(fact, "person", say=_namer(teller.person)),
        legal_basis=teller.field(fact, "legal_basis"),
        reason=teller.field(fact, "reason"),
        event=teller.use(fact.record),
    )


def quorum(teller: Teller, meeting: Meeting) -> tuple[QuorumLine, ...]:
    """Give what was said of the quorum at each opening."""
    return tuple(
        QuorumLine(
            part=code_text(fact.event.part),
            quorum=teller.field(fact, "quorum", say=code_text),
            presiding=teller.field(fact, "presiding", say=_namer(teller.person)),
            counts=tuple(
                Field(name=name, known=known)
                for name in _OPENING_COUNTS
                if (known := teller.field(fact, name)).state is not Knowledge.NOT_MENTIONED
            ),
            check=check_of_opening(teller.past, meeting, fact),
            event=teller.use(fact.record),
        )
        for fact in meeting.openings
    )


def _namer(name: Callable[[str], str]) -> Callable[[object], str | None]:
    """Give what says the name behind an id."""
    return lambda key: name(key) if isinstance(key, str) else None


# -- papers ---------------------------------------------------------------------------------------


def annexes(teller: Teller, found: Iterable[Annex]) -> tuple[AnnexLine, ...]:
    """Give annexes, held or not, those taken back included."""
    return tuple(
        AnnexLine(
            label=teller.field(annex.attached, "label"),
            document=teller.document(
                annex.attached.event.document, annex.attached.record, "data.document", held=annex.attached.event.held
            ),
            part_of_decision=teller.field(annex.attached, "part_of_decision"),
            version=teller.field(annex.attached, "version"),
            withdrawn_by=teller.use(annex.withdrawn.record) if annex.withdrawn is not None else None,
            event=teller.use(annex.attached.record),
        )
        for annex in found
    )


def minutes_lines(teller: Teller, meeting: Meeting) -> tuple[MinutesLine, ...]:
    """Give the versions of the minutes with all that was done to each."""
    lines = []
    for one in minutes(meeting):
        newest = one.filed[-1] if one.filed else None
        document = (
            teller.document(newest.event.document, newest.record, "data.document", held=newest.event.held)
            if newest is not None
            else DocumentLine(state=Knowledge.NOT_HELD)
        )
        every: tuple[Told, ...] = (*one.filed, *one.presented, *one.objections, *one.signed)
        acts = sorted(every, key=lambda fact: fact.record.position)
        lines.append(
            MinutesLine(
                kind=code_text(one.kind),
                part=code_text(one.part),
                version=str(one.version) if one.version is not WITHHELD else "withheld",
                document=document,
                acts=tuple(_act_of_minutes(teller, fact) for fact in acts),
            )
        )
    return tuple(lines)


def _act_of_minutes(teller: Teller, fact: Told) -> Known:
    text = f"{LABELS[fact.record.event.TYPE]}: {summary(teller, fact.record)}"
    return Known(state=Knowledge.STATED, value=text, event=teller.use(fact.record))


# -- reviews --------------------------------------------------------------------------------------


def acts(teller: Teller, reviews: Iterable[Review], *, about: str | None = None) -> tuple[ActLine, ...]:
    """Give the acts of reviews in order of date, those without one in order of recording.

    Args:
        teller: Tells.
        reviews: The reviews.
        about: Only acts that name this resolution.
    """
    every: list[Act] = [act for review in reviews for act in review.acts]
    found = [act for act in every if about is None or about in (stated(act.event.resolutions) or ())]
    return tuple(
        ActLine(
            type=fact.event.TYPE,
            says=f"{LABELS[fact.event.TYPE]}: {summary(teller, fact.record)}",
            text=_act_text(teller, fact),
            occurred=teller.occurred(fact.record),
            resolutions=stated(fact.event.resolutions) or (),
            event=teller.use(fact.record),
        )
        for fact in sorted(found, key=lambda fact: fact.record.position)
    )


def _act_text(teller: Teller, fact: Act) -> Known:
    told = (teller.field(fact, name) for name in ("effect", "text", "reasons") if hasattr(fact.event, name))
    return next((known for known in told if known.state is not Knowledge.NOT_MENTIONED), NOT_MENTIONED)


# -- findings -------------------------------------------------------------------------------------


def findings(teller: Teller, streams: Iterable[str], *, about: frozenset[str] | None = None) -> tuple[FindingLine, ...]:
    """Give the findings of streams that have come to pass by the reader's day.

    Args:
        teller: Tells.
        streams: The streams.
        about: Only findings that rest on one of these events; None for all.
    """
    past = teller.past
    streams = tuple(dict.fromkeys(streams))
    found = _computed(past, streams)
    if past.blocked_count():
        # What only seems to be missing because it is blocked is no finding.
        with_all = {(one.code, one.places) for one in _computed(past.unblocked(), streams)}
        found = [one for one in found if (one.code, one.places) in with_all]
    return tuple(
        _finding(teller, one)
        for one in found
        if (about is None or about & set(one.places)) and (one.since is None or one.since <= past.day)
    )


def _computed(past: Past, streams: Iterable[str]) -> list[Finding]:
    found: list[Finding] = []
    for stream in streams:
        state = past.state(stream)
        if state is None:
            continue
        found += of_stream(state, past.history(stream), past.state, exists=past.exists)
        if isinstance(state, Proposal):
            found += [one for one in of_register(past.states("proposal", Proposal)) if _is_of(one, stream)]
    return found


def _is_of(finding: Finding, stream: str) -> bool:
    return any(place.startswith(f"{stream}#") for place in finding.places)


def _finding(teller: Teller, finding: Finding) -> FindingLine:
    code = CODES.get(finding.code)
    note = teller.past.record(finding.explained_by) if finding.explained_by is not None else None
    assessment = stated(note.event.assessment) if note and isinstance(note.event, e.DiscrepancyNoted) else None
    for place in finding.places:
        record = teller.past.record(place)
        if record is not None:
            teller.use(record)
    return FindingLine(
        code=finding.code,
        label=code.label if code is not None else "von einer Person festgestellt",
        text=finding.text,
        events=finding.places,
        status=(finding.status or DiscrepancyStatus.OPEN).value,
        explained_by=finding.explained_by,
        assessment=assessment,
    )


# -- by when it happened --------------------------------------------------------------------------


def apart_lines(
    teller: Teller, streams: Iterable[str], *, about: frozenset[str] | None = None
) -> tuple[ApartLine, ...]:
    """Give the facts that are neither in nor out as of the day asked for."""
    return tuple(
        ApartLine(
            event=teller.use(apart.record),
            why=apart.placement.value,
            occurred=teller.occurred(apart.record),
            summary=f"{LABELS[apart.record.event.TYPE]}: {summary(teller, apart.record)}",
        )
        for stream in dict.fromkeys(streams)
        for apart in teller.past.apart(stream)
        if about is None or apart.record.id in about
    )
