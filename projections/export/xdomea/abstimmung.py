"""Ballots and what came of them in words: who or what could be chosen, what was counted, what was declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain import vocabulary as v
from domain.values import WITHHELD, stated
from projections.export import german
from projections.export.xdomea.values import joined, missed, person, quoted, said, tally, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain import events as e
    from domain import values as x
    from domain.stream import Fact
    from projections.teller import Teller

_ELECTIONS: Final = frozenset({v.Declared.ELECTED, v.Declared.NOT_ELECTED})


def outcome_line(teller: Teller, fact: Fact[e.OutcomeDeclared]) -> str:
    """Give what came of a deliberation."""
    event, record = fact.event, fact.record
    postponed, settled = stated(event.postponed_to), stated(event.settled_by)
    referred = stated(event.referred_to)
    return joined(
        f"Beratungsergebnis: {told(teller, record, 'outcome')}",
        said(teller, record, "majority"),
        tally(teller, record),
        quoted(said(teller, record, "outcome_literal")),
        f"verwiesen an {german.title(teller, referred)}" if referred is not None else None,
        f"verschoben auf {german.date(postponed)}" if postponed is not None else None,
        f"erledigt durch {german.title(teller, settled)}" if settled is not None else None,
        _labelled("empfohlener Wortlaut", quoted(said(teller, record, "recommended_text"))),
    )


def ballot_lines(teller: Teller, fact: Fact[e.BallotHeld]) -> Iterator[str]:
    """Give a ballot: the question, the counts and what was declared; then what could be chosen, and who voted how."""
    event, record = fact.event, fact.record
    yield joined(
        "Wahl" if _is_election(event) else "Abstimmung",
        quoted(said(teller, record, "question")),
        _target(teller, stated(event.target)),
        said(teller, record, "method"),
        quoted(said(teller, record, "method_literal")),
        _labelled("Durchgang", said(teller, record, "round")),
        tally(teller, record),
        quoted(said(teller, record, "tally_literal")),
        _labelled("festgestellt", said(teller, record, "declared")),
        said(teller, record, "majority"),
        quoted(said(teller, record, "declared_literal")),
    )
    for line in (*_options(teller, fact), *_votes(teller, fact)):
        yield f"    {line}"


def _is_election(event: e.BallotHeld) -> bool:
    return event.method is v.BallotMethod.ELECTION_BY_BALLOT_PAPER or event.declared in _ELECTIONS


def _labelled(label: str, text: str | None) -> str | None:
    return f"{label}: {text}" if text else None


def _target(teller: Teller, target: x.BallotTarget | None) -> str | None:
    """Give what was voted on."""
    if target is None:
        return None
    proposal, version, point = stated(target.proposal), stated(target.version), stated(target.point)
    return joined(
        f"über {german.title(teller, proposal)}" if proposal is not None else None,
        "über einen Antrag" if stated(target.motion) is not None else None,
        f"Fassung {version}" if version is not None else None,
        f"Punkt {point}" if point is not None else None,
    )


def _options(teller: Teller, fact: Fact[e.BallotHeld]) -> Iterator[str]:
    """Give who or what could be chosen, with the votes; what is known of an option only by its key is given by it."""
    event, record = fact.event, fact.record
    if event.options is WITHHELD:
        yield f"Wer zur Wahl stand: {missed(teller, record, 'options')}"
    options = {option.key: option for option in stated(event.options) or ()}
    counts = {count.key: count for count in stated(event.option_counts) or ()}
    chosen, lot = stated(event.chosen) or (), stated(event.lot)
    for key in dict.fromkeys((*options, *counts, *chosen, *([lot] if lot is not None else []))):
        count = counts.get(key)
        seats = stated(count.seats) if count is not None else None
        yield joined(
            joined(f"Vorschlag {key}", _option(teller, options.get(key)), by=": "),
            f"Stimmen: {count.votes}" if count is not None else None,
            f"Sitze: {seats}" if seats is not None else None,
            "gewählt" if key in chosen else None,
            "durch Los" if key == lot else None,
        )


def _option(teller: Teller, option: x.Option | None) -> str | None:
    if option is None:
        return None
    who, group = stated(option.person), stated(option.group)
    return joined(
        person(teller, who) if who is not None else None,
        german.title(teller, group) if group is not None else None,
        quoted(stated(option.label)),
    )


def _votes(teller: Teller, fact: Fact[e.BallotHeld]) -> Iterator[str]:
    """Give who voted how; that votes are not in the reader's hands is said."""
    event, record = fact.event, fact.record
    if event.votes is WITHHELD:
        yield f"Einzelne Stimmen: {missed(teller, record, 'votes')}"
    for vote in stated(event.votes) or ():
        who, group = stated(vote.person), stated(vote.group)
        option, count = stated(vote.option), stated(vote.count)
        voter = joined(
            person(teller, who) if who is not None else None,
            german.title(teller, group) if group is not None else None,
        )
        yield joined(
            f"{voter or 'ohne Namen'}: {german.code(vote.choice)}",
            f"für Vorschlag {option}" if option is not None else None,
            f"Stimmen: {count}" if count is not None else None,
        )
