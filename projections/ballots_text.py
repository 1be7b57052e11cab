"""The human text of `ballots`: counts, what was declared, and what follows from the counts, with the provision."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from projections.pages import (
    MARKS,
    check_words,
    counts,
    dates_filter,
    headline,
    hidden_mark,
    not_shown,
    organ_filter,
)
from projections.shapes import Knowledge
from projections.text import WIDTH, Page, frame, known_text
from projections.wording import code_text, counted, date_text, dated_text, day_text

if TYPE_CHECKING:
    from projections.ballots_shapes import BallotEntry, Ballots, ChoiceLine, OutcomeEntry, PlaceLine
    from projections.shapes import BallotLine, CheckLine, Known

_SUBJECTS: Final = {
    "ballot": "Rechenprobe",
    "unanimity": "called unanimous",
    "votes": "votes by name and count",
    "chair_vote": "the chair's vote",
    "quorum": "quorum (Beschlussfähigkeit)",
}
# Longer lists of names are given by choice, so that a roll-call of a large council stays readable.
_NAMES_INLINE: Final = 12


def ballots_text(found: Ballots, *, width: int = WIDTH) -> str:
    """Give the ballots, one block each, below their meeting."""
    page = Page(width, found.events)
    frame(page, found.register, found.horizon)
    filters = found.filters
    narrowed = [
        f"of {filters.title}" if filters.title is not None else None,
        organ_filter(filters.organ, filters.organs),
        dates_filter(filters.date_from, filters.date_to),
        f"check {code_text(filters.check)}" if filters.check is not None else None,
    ]
    headline(page, counted(len(found.ballots), "ballot"), found.bodies, narrowed)
    _summary(page, found)
    not_shown(page, found.erased, found.blocked)
    before = None
    for entry in found.ballots:
        before = _meeting(page, entry.place, before)
        _ballot(page, entry)
    if found.without_ballot:
        page.heading(f"no ballot recorded ({len(found.without_ballot)})")
        before = None
        for one in found.without_ballot:
            before = _meeting(page, one.place, before)
            _outcome(page, one)
    _apart(page, found)
    page.blank()
    page.line(MARKS)
    return page.text()


def _summary(page: Page, found: Ballots) -> None:
    """Say how many came to which verdict, and why nothing follows where nothing does."""
    totals = Counter[str]()
    for line in found.counts:
        totals[line.verdict] += line.ballots
    words = []
    for verdict, total in totals.items():
        why = [
            f"{line.ballots} {code_text(line.reason)}"
            for line in found.counts
            if line.verdict == verdict == "not_decidable"
        ]
        words.append(" ".join([str(total), code_text(verdict), *([f"({', '.join(why)})"] if why else [])]))
    if words:
        page.line(f"Rechenprobe: {'; '.join(words)}", hang=2)


def _meeting(page: Page, place: PlaceLine, before: str | None) -> str:
    if place.meeting != before:
        page.blank()
        day = day_text(place.met_on) if place.met_on is not None else "undated"
        number = f" {known_text(place.meeting_number)}" if place.meeting_number.value is not None else ""
        page.line(
            f"{day}  {', '.join(place.organs) or f'organ {code_text(place.organs_state)}'}, Sitzung{number}", hang=4
        )
    return place.meeting


def _where(place: PlaceLine) -> str:
    number = f"TOP {known_text(place.item_number)}: " if place.item_number.value is not None else ""
    title = known_text(place.item_title) if place.item_title.value is not None else place.proposal_title
    nothing = "an item that no agenda on record names" if place.item is not None else "no item or proposal named"
    return f"{number}{title or nothing}"


def _ballot(page: Page, entry: BallotEntry) -> None:
    line = entry.ballot
    page.line(f"{_where(entry.place)}{hidden_mark(entry.visibility)}", indent=2, hang=4, mark=page.mark(line.event))
    if line.question.state is not Knowledge.NOT_MENTIONED:
        page.line(f"„{known_text(line.question)}“", indent=6, hang=2)
    words = [known_text(line.method)] if line.method.value not in {None, "not_stated"} else ["method not stated"]
    words += [f"round {line.round}"] if line.round is not None else []
    words += [f"on version {known_text(line.target_version)}"] if line.target_version.value is not None else []
    words += ["on the motion"] if line.target_motion is not None else []
    page.line(", ".join(words), indent=6, hang=2)
    page.line(counts(line.tally), indent=6, hang=2)
    if line.options:
        page.line("; ".join(_options(line)), indent=6, hang=2)
    if line.lot is not None:
        page.line(f"lot: {_name(line, line.lot)}", indent=6)
    _votes(page, line, entry.sums)
    page.line(_declared(line, entry.outcomes), indent=6, hang=2)
    for check in line.checks:
        _check(page, check)
    page.blank()


def _options(line: BallotLine) -> list[str]:
    return [
        f"{one.label or one.key} {one.votes if one.votes is not None else 'votes not stated'}"
        f"{' (chosen)' if one.chosen else ''}"
        for one in line.options
    ]


def _name(line: BallotLine, key: str) -> str:
    return next((one.label or key for one in line.options if one.key == key), key)


def _declared(line: BallotLine, outcomes: tuple[Known, ...]) -> str:
    declared = known_text(line.declared)
    literal = f' "{line.declared.literal}"' if line.declared.literal else ""
    majority = known_text(line.majority) if line.majority.value not in {None, "not_stated"} else ""
    came = [f"outcome {known_text(one)}" for one in outcomes]
    return ", ".join(filter(None, [f"declared: {declared}{literal}", majority, *came]))


def _votes(page: Page, line: BallotLine, sums: tuple[ChoiceLine, ...]) -> None:
    if line.votes_state in {Knowledge.WITHHELD, Knowledge.ERASED}:
        page.line(f"votes by name: {code_text(line.votes_state)}", indent=6)
    if not line.votes:
        return
    if len(line.votes) <= _NAMES_INLINE:
        words = [
            " ".join([vote.who, *([] if vote.count is None else [str(vote.count)]), code_text(vote.choice)])
            for vote in line.votes
        ]
        page.line(f"by name: {'; '.join(words)}", indent=6, hang=2)
    else:
        # In the order of the counts, then whatever else somebody chose.
        for choice in dict.fromkeys([*(one.choice for one in sums), *(vote.choice for vote in line.votes)]):
            names = [
                " ".join([vote.who, *([] if vote.count is None else [str(vote.count)])])
                for vote in line.votes
                if vote.choice == choice
            ]
            if names:
                page.line(f"{code_text(choice)} ({len(names)} named): {'; '.join(names)}", indent=6, hang=2)
    added = [
        f"{one.recorded if one.recorded is not None else 'not known how many'} {code_text(one.choice)}"
        f"{f' ({one.counted} counted)' if one.counted is not None and one.counted != one.recorded else ''}"
        for one in sums
    ]
    page.line(f"added up: {', '.join(added)}", indent=6, hang=2)


def _check(page: Page, check: CheckLine) -> None:
    page.line(f"{_SUBJECTS.get(check.subject, code_text(check.subject))}: {check_words(check)}", indent=6, hang=2)
    for line in dict.fromkeys(check.computation):
        page.line(line, indent=10, hang=2)
    told = " ".join(check.computation)
    for rule in check.rules:
        if rule.rests == "unread" or rule.citation not in told:
            read = "" if rule.rests != "unread" else " (source not read)"
            page.line(f"{code_text(rule.topic)}: {rule.citation}{read}", indent=10, hang=2)


def _outcome(page: Page, entry: OutcomeEntry) -> None:
    line = entry.outcome
    page.line(f"{_where(entry.place)}{hidden_mark(entry.visibility)}", indent=2, hang=4, mark=page.mark(line.event))
    literal = f' "{line.outcome.literal}"' if line.outcome.literal else ""
    said = f", {counts(line.tally)}" if any(field.known.value is not None for field in line.tally) else ""
    page.line(f"outcome {known_text(line.outcome)}{literal}{said}", indent=6, hang=2)
    _check(page, entry.check)


def _apart(page: Page, found: Ballots) -> None:
    if found.unplaced:
        page.heading("cannot be placed: undated, or not exact enough for the question")
        for title in found.unplaced:
            page.line(title, indent=2, hang=2)
    if found.apart and found.horizon.as_of is not None:
        page.heading(f"neither in nor out as of {date_text(found.horizon.as_of)}")
        for line in found.apart:
            page.line(f"{dated_text(line.occurred)}: {line.summary}", indent=2, hang=2, mark=page.mark(line.event))
