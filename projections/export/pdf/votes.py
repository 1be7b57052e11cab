"""The ballots of a Nachweis: what was counted and declared, whether it adds up, and where no ballot is told, why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from archive.excerpt import Audience
from domain import vocabulary as v
from domain.meeting import Meeting
from domain.rules import Reason, Rests, Subject, Verdict
from projections import meetings, proposals
from projections.ballot_checks import check_of_outcome
from projections.deliberations import Deliberations
from projections.export import gaps, german
from projections.export.pdf import words
from projections.export.pdf.reading import counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.proposal import Proposal
    from projections.export.edition import Edition
    from projections.export.gaps import Silence
    from projections.export.pdf.glyphs import Tree
    from projections.shapes import BallotLine, CheckLine, ConsultationLine, Field, MotionLine, OutcomeLine
    from projections.teller import Teller

_COUNTS: Final = {"yes": "dafür", "no": "dagegen", "abstain": "Enthaltungen"}
_EITHER: Final = gaps.BALLOTS | gaps.OUTCOMES


def of_proposal(edition: Edition, teller: Teller, state: Proposal, silence: Silence) -> dict[str, Tree]:
    """Give the ballots on a Vorlage, consultation by consultation."""
    consultations = proposals.consultations(teller, state, Deliberations(teller.past))
    held: list[Tree] = [
        _ballot(_organ(teller, line), line.motions, one) for line in consultations for one in line.ballots
    ]
    without: list[Tree] = [
        _without_ballot(
            teller, _organ(teller, line), line.outcomes, is_silent=silence.of_consultation(line, gaps.BALLOTS)
        )
        for line in consultations
        if line.outcomes and not line.ballots
    ]
    return _told(edition, held, without, is_silent=silence.of_meetings(_EITHER))


def of_meeting(edition: Edition, teller: Teller, state: Meeting) -> dict[str, Tree]:
    """Give the ballots of a Sitzung, item by item."""
    organ = ", ".join(german.title(teller, one) for one in state.organs) or "Gremium nicht bekannt"
    held: list[Tree] = []
    without: list[Tree] = []
    is_silent = gaps.could_say(edition, teller.past, state.stream, gaps.BALLOTS)
    for line in meetings.agenda(teller, state):
        about = german.title(teller, line.proposal) if line.proposal is not None else line.title.text
        held += [_ballot(organ, line.motions, one, about=about) for one in line.ballots]
        if line.outcomes and not line.ballots:
            without.append(_without_ballot(teller, organ, line.outcomes, is_silent=is_silent, about=about))
    is_silent = gaps.could_say(edition, teller.past, state.stream, _EITHER)
    return _told(edition, held, without, is_silent=is_silent)


def _told(edition: Edition, held: list[Tree], without: list[Tree], *, is_silent: bool) -> dict[str, Tree]:
    return {
        "abstimmungen": held,
        "ohne_abstimmung": without,
        "keine_abstimmung": _none(edition, is_any=bool(held or without), is_silent=is_silent),
    }


def _none(edition: Edition, *, is_any: bool, is_silent: bool) -> str | None:
    """Say that no ballot is recorded only where nothing that is not given could say otherwise."""
    if is_silent:
        return f"{'Weitere ' if is_any else ''}Abstimmungen oder Ergebnisse: {german.NOT_GIVEN}."
    if is_any:
        return None
    if edition.terms.audience is Audience.ARCHIVE:
        return "Es ist keine Abstimmung eingetragen."
    # What hangs together with it by withheld statements alone is not in the excerpt, so nobody knows.
    return "In diesem Auszug steht keine Abstimmung."


def _ballot(organ: str, motions: Iterable[MotionLine], ballot: BallotLine, *, about: str | None = None) -> Tree:
    return {
        "gremium": organ,
        "datum": german.when(ballot.occurred),
        "frage": words.said(ballot.question),
        "gegenstand": _target(motions, ballot, about),
        "art": words.said(ballot.method, words.code_of(v.BallotMethod)),
        "verkuendet": words.said(ballot.declared, words.code_of(v.Declared)),
        "mehrheit": words.said(ballot.majority, words.code_of(v.Majority)),
        "zahlen": [[_count_label(one), _count(one), _share(one)] for one in ballot.tally],
        "hoechst": max((share for one in ballot.tally if (share := _share(one)) is not None), default=0),
        "wahl": [[one.label or one.key, one.votes, one.chosen] for one in ballot.options],
        "stimmen": _votes(ballot),
        "rechenprobe": [_check(one) for one in ballot.checks],
    }


def _target(motions: Iterable[MotionLine], ballot: BallotLine, about: str | None) -> Tree:
    """Say on what was voted: a version, or a motion with whoever moved it; of a meeting's ballots on which Vorlage."""
    moved = next((one for one in motions if one.id == ballot.target_motion), None)
    if moved is not None:
        note = "; ".join(filter(None, (moved.moved_by.text, about)))
        return words.said(moved.kind, words.code_of(v.MotionKind), note=note or None)
    return words.said(ballot.target_version, lambda known: f"Fassung {known.value}", note=about)


def _without_ballot(
    teller: Teller, organ: str, outcomes: Sequence[OutcomeLine], *, is_silent: bool, about: str | None = None
) -> Tree:
    """Tell an outcome of which no ballot is told; where one may stand in what is not given, say so."""
    said = [words.said(one.outcome, words.code_of(v.Outcome), note=counts(one.tally)) for one in outcomes]
    checks = [_check(one) for one in outcome_checks(teller, outcomes)]
    if is_silent:
        checks = [{**one, "grund": f"Die Abstimmung ist {german.NOT_GIVEN}."} for one in checks[:1]]
    return {
        "gremium": organ,
        "datum": german.when(outcomes[0].occurred),
        "zu": about,
        "nicht_gegeben": german.NOT_GIVEN if is_silent else None,
        "ergebnis": list(said),
        "rechenprobe": list(checks),
    }


def outcome_checks(teller: Teller, outcomes: Iterable[OutcomeLine]) -> list[CheckLine]:
    """Check outcomes of which no ballot is told, by the counts that stand with them."""
    found = []
    for line in outcomes:
        meeting = teller.past.state(line.event.partition("#")[0])
        assert isinstance(meeting, Meeting)  # noqa: S101  # for the type checker: only meetings declare outcomes
        fact = next(one for one in meeting.outcomes if one.id == line.event)
        found.append(check_of_outcome(teller.past, meeting, fact))
    return list(dict.fromkeys(found))


def _organ(teller: Teller, line: ConsultationLine) -> str:
    organ = line.organ.value
    return words.title(teller, organ) if isinstance(organ, str) else f"Gremium {german.nothing(line.organ.state)}"


def _count_label(one: Field) -> str:
    return _COUNTS.get(one.name) or german.field(one.name)


def _count(one: Field) -> Tree:
    if one.name == "rest_as":
        return words.said(one.known, words.code_of(v.Choice))
    return words.said(one.known)


def _share(one: Field) -> int | None:
    """Give what a bar shows: a count of yes, no or abstentions; None where none is stated."""
    count = one.known.value
    return count if one.name in _COUNTS and isinstance(count, int) else None


def _votes(ballot: BallotLine) -> list[Tree]:
    return [[one.who, german.code(one.choice, of=v.Choice), one.count] for one in ballot.votes]


def _check(line: CheckLine) -> dict[str, Tree]:
    return {
        "was": german.code(line.subject, of=Subject),
        "ergebnis": german.code(line.verdict, of=Verdict),
        "zeichen": line.verdict,
        "grund": german.code(line.reason, of=Reason),
        "regeln": [f"{one.citation} ({german.code(one.rests, of=Rests)})" for one in line.rules],
    }
