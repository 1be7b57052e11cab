"""Ballots: the sentence, the chart, the table with the same numbers, who voted how, and the check beside it all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain import events as e
from domain import vocabulary as v
from domain.rules import Reason, Rests, Subject, Verdict
from domain.values import stated
from projections.export import german
from projections.export.view.chart import Bar, chart
from projections.export.view.desk import definitions, heading, nothing, section, tag
from projections.export.view.html import el, joined
from projections.export.view.values import COUNT_WORDS, choice, counted, party, voter
from projections.shapes import Knowledge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from projections.export.view.desk import Desk
    from projections.export.view.html import Element
    from projections.shapes import BallotLine, CheckLine, ExclusionLine, Field, MotionLine, OutcomeLine, QuorumLine

_VOTES: Final = ("yes", "no", "abstain", "invalid", "not_cast")
_LOOKS: Final = {"yes": "ja", "no": "nein"}
_TURNED: Final = {"passed": "abgelehnt", "failed": "angenommen"}
# What a reason means for one check, where the general word would say it of another.
_REASONS: Final = {
    (Subject.QUORUM, Reason.NOT_DECLARED): "Zur Beschlussfähigkeit ist nichts angegeben.",
    (Subject.UNANIMITY, Reason.NO_COUNT): "Die Zahl der Gegenstimmen ist nicht angegeben.",
    (Subject.VOTES, Reason.FOLLOWS): "Die einzelnen Stimmen ergeben die gezählten Summen.",
    (Subject.UNANIMITY, Reason.FOLLOWS): "Einstimmig genannt, und niemand hat dagegen gestimmt.",
    (Subject.CHAIR_VOTE, Reason.FOLLOWS): "Der Vorsitz hat sich an die Regel gehalten.",
    (Subject.QUORUM, Reason.FOLLOWS): "Was festgestellt wurde, folgt aus der Zahl der Anwesenden.",
}
_LOOK_OF: Final = {Verdict.AGREES: "gut", Verdict.CONTRADICTS: "schlecht", Verdict.NOT_DECIDABLE: "offen"}


# -- ballots --------------------------------------------------------------------------------------


def ballot(desk: Desk, line: BallotLine, number: int, *, level: int) -> Element:
    """Tell of a ballot."""
    record = desk.past.record(line.event)
    event = record.event if record is not None else None
    title = f"{number}. Abstimmung" if number else "Abstimmung"
    rows: list[tuple[str, object]] = []
    if line.question.state is not Knowledge.NOT_MENTIONED:
        rows.append(("Frage", desk.known(line.question, mark=False)))
    rows += _target(desk, line)
    rows.append(("Art", desk.known(line.method, lambda value: german.code(v.BallotMethod(str(value))), mark=False)))
    rows.append(("Zeitpunkt", desk.dated(line.occurred)))
    rows.append(("Verkündet", _declared(desk, line)))
    if line.round is not None:
        rows.append(("Wahlgang", str(line.round)))
    if line.lot is not None:
        rows.append(("Losentscheid", f"für {line.lot}"))
    return el(
        "section",
        heading(level, title, " ", desk.mark(line.event)),
        el("p", sentence(line.tally), class_="ergebnis") if not line.options else None,
        _counts(desk, line),
        _options(desk, line),
        definitions(rows),
        _votes(desk, event, line),
        checks(line.checks, declared=_code_of(line), event=event),
        class_="abstimmung",
    )


def sentence(tally: Sequence[Field]) -> str:
    """Give the counts as they are spoken: 24 dafür, 23 dagegen; what is not known is said to be so."""
    known = {field.name: field.known for field in tally}
    parts, gaps = [], []
    for name in _VOTES:
        found = known.get(name)
        if found is None:
            continue
        if isinstance(found.value, int) and found.state is Knowledge.STATED:
            parts.append(counted(name, found.value))
        else:
            gaps.append((COUNT_WORDS[name], german.nothing(found.state)))
    if not parts:
        ways = sorted({way for _, way in gaps})
        return f"Stimmenzahlen sind nicht festgestellt ({', '.join(ways) or 'nicht erwähnt'})."
    said = ", ".join(parts)
    if not gaps:
        return f"{said}."
    return f"{said}; nicht festgestellt: {', '.join(f'{word} ({way})' for word, way in gaps)}."


def _counts(desk: Desk, line: BallotLine) -> list[Element | None]:
    if not line.tally:
        return []
    known = {field.name: field.known for field in line.tally}
    counts = {name: one.value for name, one in known.items() if isinstance(one.value, int)}
    drawn = None
    if {"yes", "no"} <= set(counts):
        bars = [
            Bar(label=COUNT_WORDS[name], count=counts[name], look=_LOOKS.get(name, "sonst"))
            for name in _VOTES
            if name in counts
        ]
        drawn = chart(bars, key=desk.chart_key(), title="Stimmen als Balkendiagramm", description=sentence(line.tally))
    rows = [
        el("tr", el("th", COUNT_WORDS[name].capitalize(), scope="row"), el("td", desk.known(one, mark=False)))
        for name, one in known.items()
        if name in COUNT_WORDS
    ]
    rest = known.get("rest_as")
    if rest is not None and rest.value is not None:
        cell = desk.known(rest, lambda value: choice(str(value)), mark=False)
        rows.append(el("tr", el("th", "Alle übrigen", scope="row"), el("td", cell)))
    words = el("p", "Im Wortlaut: ", desk.quote(line.tally_literal)) if line.tally_literal is not None else None
    table = el(
        "table",
        el("caption", "Stimmenzahlen"),
        el("thead", el("tr", el("th", "Angabe", scope="col"), el("th", "Zahl", scope="col"))),
        el("tbody", rows),
        class_="zahlen",
    )
    return [el("div", drawn, table, class_="stimmen"), words]


def _options(desk: Desk, line: BallotLine) -> Element | None:
    if not line.options:
        return None
    bars = [
        Bar(label=one.label or one.key, count=one.votes, look="ja") for one in line.options if one.votes is not None
    ]
    told = "; ".join(f"{bar.label}: {bar.count} Stimmen" for bar in bars)
    rows = [
        el(
            "tr",
            el("th", f"{one.label or 'ohne Bezeichnung'} ({one.key})", scope="row"),
            el("td", str(one.votes) if one.votes is not None else nothing(Knowledge.NOT_MENTIONED)),
            el("td", "ja" if one.chosen else "–"),
        )
        for one in line.options
    ]
    head = [el("th", word, scope="col") for word in ("Vorschlag", "Stimmen", "Gewählt")]
    drawn = None
    if bars:
        drawn = chart(bars, key=desk.chart_key(), title="Stimmen je Vorschlag", description=f"{told}.")
    table = el("table", el("caption", "Stimmen je Vorschlag"), el("thead", el("tr", head)), el("tbody", rows))
    return el("div", drawn, table, class_="stimmen")


def _target(desk: Desk, line: BallotLine) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    if line.target is not None:
        version = line.target_version
        what: list[object] = [desk.link(line.target)]
        if version.state is not Knowledge.NOT_MENTIONED:
            what += [", Fassung ", desk.known(version, mark=False)]
        rows.append(("Gegenstand", what))
    if line.target_motion is not None:
        rows.append(("Gegenstand", "der Antrag, der unter diesem Punkt gestellt wurde"))
    return rows


def _declared(desk: Desk, line: BallotLine) -> object:
    parts = [desk.known(line.declared, lambda value: german.code(v.Declared(str(value))), mark=False)]
    if line.majority.value is not None:
        parts.append([german.code(v.Majority(str(line.majority.value)))])
    return joined(parts)


def _code_of(line: BallotLine) -> str | None:
    return str(line.declared.value) if line.declared.value is not None else None


def _votes(desk: Desk, event: object, line: BallotLine) -> Element | None:
    """Give who voted how; where the votes cannot be shown, say so."""
    if line.votes_state in {Knowledge.WITHHELD, Knowledge.ERASED}:
        return el("p", "Einzelne Stimmen: ", nothing(line.votes_state), ".")
    votes = (stated(event.votes) or ()) if isinstance(event, e.BallotHeld) else ()
    if not votes:
        return None
    has_counts = any(isinstance(one.count, int) for one in votes)
    has_options = any(isinstance(one.option, str) for one in votes)
    head = ["Wer", "Stimme", *(["Vorschlag"] if has_options else [])]
    head += ["Anzahl"] if has_counts else []
    rows = []
    for one in votes:
        cells: list[object] = [german.code(one.choice)]
        cells += [stated(one.option) or "–"] if has_options else []
        count = stated(one.count)
        cells += [str(count) if count is not None else "–"] if has_counts else []
        rows.append(el("tr", el("th", voter(desk, one), scope="row"), [el("td", cell) for cell in cells]))
    return el(
        "table",
        el("caption", "Stimmen nach Namen oder Fraktionen"),
        el("thead", el("tr", [el("th", word, scope="col") for word in head])),
        el("tbody", rows),
    )


# -- checks ---------------------------------------------------------------------------------------


def checks(found: Iterable[CheckLine], *, declared: str | None = None, event: object = None) -> Element | None:
    """Tell what follows from the numbers by the rules that held (de: Rechenprobe), with their provisions."""
    items = [el("li", check(one, declared=declared, event=event)) for one in found]
    if not items:
        return None
    return el("div", el("p", el("strong", "Rechenprobe")), el("ul", items, class_="proben"), class_="rechenprobe")


def check(line: CheckLine, *, declared: str | None = None, event: object = None) -> list[object]:
    """Tell one check: what was checked, what came out and why, and on which rules it rests."""
    subject, verdict = Subject(line.subject), Verdict(line.verdict)
    parts: list[object] = [
        german.code(subject),
        ": ",
        tag(german.code(verdict), _LOOK_OF[verdict]),
        " ",
        _REASONS.get((subject, Reason(line.reason))) or german.code(Reason(line.reason)),
    ]
    if subject is Subject.BALLOT:
        told = _ballot_words(verdict, declared, event)
        parts += [" ", told] if told else []
    if line.rules:
        rules = [
            f"{rule.citation} ({german.code(v.RuleTopic(rule.topic))}, {german.code(Rests(rule.rests))})"
            for rule in line.rules
        ]
        parts += [" Maßstab: ", "; ".join(rules), "."]
    return parts


def _ballot_words(verdict: Verdict, declared: str | None, event: object) -> str | None:
    """Say the two numbers that decide, and what was declared."""
    tally = stated(event.tally) if isinstance(event, e.BallotHeld) else None
    yes, no = (stated(tally.yes), stated(tally.no)) if tally is not None else (None, None)
    if verdict is Verdict.NOT_DECIDABLE or declared is None or yes is None or no is None:
        return None
    sign = ">" if yes > no else "<" if yes < no else "="
    word = german.code(v.Declared(declared))
    told = f"Gezählt: {yes} dafür {sign} {no} dagegen; verkündet: {word}"
    turned = _TURNED.get(declared)
    if verdict is Verdict.CONTRADICTS and turned is not None:
        return f"{told}; nach der Regel folgt: {turned}."
    return f"{told}."


# -- what stands around ballots -------------------------------------------------------------------


def outcome(desk: Desk, line: OutcomeLine, *, with_tally: bool) -> Element:
    """Tell what came of a deliberation (de: Beratungsergebnis)."""
    parts: list[object] = [
        el("strong", "Beratungsergebnis: "),
        desk.known(line.outcome, lambda value: german.code(v.Outcome(str(value))), mark=False),
    ]
    if line.majority.value is not None:
        parts += [", ", german.code(v.Majority(str(line.majority.value)))]
    if with_tally and line.tally:
        parts += [". ", sentence(line.tally)]
    rows: list[tuple[str, object]] = []
    for field in line.details:
        told = desk.known(field.known, _DETAILS.get(field.name, _bare)(desk), mark=False)
        rows.append((german.field(field.name), el("div", told, class_="text")))
    return el("div", el("p", parts, " ", desk.mark(line.event)), definitions(rows), class_="beratungsergebnis")


def _bare(_: Desk) -> Callable[[object], object]:
    return str


# How the details of an outcome are told.
_DETAILS: Final[Mapping[str, Callable[[Desk], Callable[[object], object]]]] = {
    "referred_to": lambda desk: lambda value: desk.link(str(value)),
    "settled_by": lambda desk: lambda value: desk.link(str(value)),
    "postponed_to": lambda desk: desk.date,
}


def motion(desk: Desk, line: MotionLine) -> Element:
    """Tell of a motion."""
    record = desk.past.record(line.event)
    event = record.event if record is not None else None
    moved = stated(event.moved_by) if isinstance(event, e.MotionMoved) else None
    who = (
        joined((party(desk, one) for one in moved), "; ")
        if moved is not None
        else desk.known(line.moved_by, mark=False)
    )
    return el(
        "div",
        el(
            "p",
            el(
                "strong",
                desk.known(line.kind, lambda value: german.code(v.MotionKind(str(value))), literal=False, mark=False),
            ),
            " von ",
            who,
            " ",
            desk.mark(line.event),
        ),
        el("blockquote", desk.known(line.text, mark=False)),
        class_="antrag",
    )


def exclusion(desk: Desk, line: ExclusionLine) -> Element:
    """Tell of a member who was excluded for bias."""
    parts: list[object] = [
        "Von der Mitwirkung ausgeschlossen (Befangenheit): ",
        desk.known(line.person, lambda key: desk.person(str(key)), mark=False),
    ]
    for known in (line.legal_basis, line.reason):
        if known.state is not Knowledge.NOT_MENTIONED:
            parts += ["; ", desk.known(known, mark=False)]
    return el("p", parts, ". ", desk.mark(line.event))


def quorum(desk: Desk, line: QuorumLine, *, level: int) -> Element:
    """Tell what was said of the quorum at an opening, and whether it follows."""
    record = desk.past.record(line.event)
    part = record.event.part if record is not None and isinstance(record.event, e.MeetingOpened) else None
    where = f" ({german.code(part)})" if isinstance(part, v.Part) else ""
    rows: list[tuple[str, object]] = [
        ("Festgestellt", desk.known(line.quorum, lambda value: german.code(v.QuorumState(str(value))), mark=False))
    ]
    if line.presiding.state is not Knowledge.NOT_MENTIONED:
        rows.append(("Vorsitz", desk.known(line.presiding, lambda key: desk.person(str(key)), mark=False)))
    rows += [(german.field(field.name), desk.known(field.known, mark=False)) for field in line.counts]
    return section(
        level, ["Beschlussfähigkeit", where, " ", desk.mark(line.event)], definitions(rows), checks((line.check,))
    )
