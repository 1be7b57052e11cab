"""A proposal: what it is, its text, its way through the organs, versions, annexes, and what does not fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from archive.excerpt import Audience
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.proposal import Proposal
from domain.values import WITHHELD, stated
from projections import life, parts, proposals
from projections.changes import LABELS
from projections.export import gaps, german
from projections.export.view import ballots
from projections.export.view.desk import anchor, definitions, heading, not_given, nothing, place, section, tag
from projections.export.view.differences import differences
from projections.export.view.events import content
from projections.export.view.findings import findings
from projections.export.view.html import el, joined, paragraphs
from projections.export.view.values import COUNT_WORDS, validity, words
from projections.shapes import Knowledge, Known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.export.gaps import Silence
    from projections.export.view.desk import Desk
    from projections.export.view.html import Element
    from projections.shapes import AnnexLine, ConsultationLine, Field, VersionLine

_LONG: Final = ("operative_text", "reasons")
_THERE: Final = frozenset({Knowledge.STATED, Knowledge.INFERRED})


def proposal(desk: Desk, stream: str, *, level: int) -> Element:
    """Tell of a proposal."""
    state = desk.past.state(stream)
    if not isinstance(state, Proposal):
        return el("article", heading(level, desk.title(stream)), _nothing_left(), id=anchor(stream))
    standing = life.standing_of_proposal(state, desk.deliberations)
    last = life.last_outcome(stream, desk.deliberations)
    outcome = german.code(last.fact.event.outcome) if last and isinstance(last.fact.event.outcome, v.Outcome) else None
    lines = proposals.consultations(desk.teller, state, desk.deliberations)
    return el(
        "article",
        el(
            "div",
            heading(level, desk.title(stream)),
            el(
                "p",
                "Stand: ",
                tag(german.code(standing.state), "stand"),
                [" ", tag("erschlossen")] if standing.basis is Knowledge.INFERRED else None,
                [", letztes Beratungsergebnis: ", el("strong", outcome), _where(desk, last)]
                if outcome is not None
                else None,
                ". Der Eintrag der Vorlage ist ",
                german.code(v.Visibility(parts.visibility_of_stream(desk.past, stream) or v.Visibility.NON_PUBLIC)),
                ".",
                class_="lage",
            ),
            el(
                "p",
                "Lesefassung aus Einträgen, nicht die Vorlage selbst: ",
                el("a", "was diese Seite ist und was sie beweist", href="#was-ist-das"),
                ", ",
                el("a", "wie man sie prüft", href="#pruefen"),
                ".",
                class_="neben",
            ),
            class_="kopf",
        ),
        _head(desk, state),
        _texts(desk, state, level=level + 1),
        _way(desk, state, lines, level=level + 1),
        _versions(desk, state, level=level + 1),
        differences(desk, state, level=level + 1),
        _annexes(desk, state, level=level + 1),
        _ties(desk, state, level=level + 1),
        findings(desk, stream, level=level + 1),
        id=anchor(stream),
    )


def _where(desk: Desk, last: life.LastOutcome | None) -> object:
    """Say which organ came to the last outcome, and when."""
    if last is None:
        return None
    organs = ", ".join(map(desk.title, desk.deliberations.organs(last.treatment.meeting)))
    day = desk.deliberations.met_on(last.treatment)
    told = joined([organs, desk.date(day[:10]) if day is not None else None])
    return [" (", told, ")"] if told else None


def _nothing_left() -> Element:
    return el("p", "Zu dieser Sache enthält der Auszug keinen lesbaren Eintrag: Er ist gesperrt, gelöscht oder fehlt.")


# -- what it says ---------------------------------------------------------------------------------


def _head(desk: Desk, state: Proposal) -> Element | None:
    rows = []
    for field in proposals.head(desk.teller, state):
        if field.name == "subject":
            continue
        rows.append((german.field(field.name), _of_version(desk, state, field)))
    return definitions(rows, class_="angaben")


def _of_version(desk: Desk, state: Proposal, field: Field) -> object:
    """Tell a field of the newest version by its recorded value, so that its words are German."""
    raw = getattr(state.current, field.name, None) if state.current is not None else None
    name, known = field.name, field.known
    if _is_silent(desk, state, known):
        return not_given()
    if isinstance(raw, tuple):
        return desk.known(known, lambda _: words(desk, raw))
    match name:
        case "kind":
            return desk.known(known, lambda value: german.code(v.ProposalKind(str(value))))
        case "document_date" | "effective_from":
            return desk.known(known, desk.date)
        case "validity":
            return desk.known(known, lambda _: validity(raw))
        case "financial_impact":
            return _impact(desk, known)
        case "body" if isinstance(known.value, str):
            return desk.known(known, lambda value: desk.title(str(value)))
    return desk.known(known)


def _is_silent(desk: Desk, state: Proposal, known: Known) -> bool:
    """Say whether what no version told states may stand in one that is not given."""
    return known.state is Knowledge.NOT_MENTIONED and desk.silence(state).of_itself(gaps.VERSIONS)


def _impact(desk: Desk, known: Known) -> object:
    """Tell financial effects: that there are none is a statement, and its own words say what there is."""
    if known.state is Knowledge.STATED_AS_NONE:
        return joined(
            [german.nothing(known.state), desk.quote(known.literal) if known.literal else None, desk.mark(known.event)],
            " ",
        )
    return desk.known(known, lambda value: german.code(v.FinancialImpact(str(value))))


def _texts(desk: Desk, state: Proposal, *, level: int) -> list[Element]:
    told, rows = [], []
    for field in proposals.body(desk.teller, state):
        if field.name in _LONG:
            told.append(_text(desk, state, field, level=level))
        else:
            rows.append((german.field(field.name), _of_version(desk, state, field)))
    return [
        *told,
        section(level, "Weitere Angaben der Vorlage", definitions(rows, class_="angaben"), _form(desk, state)),
    ]


def _text(desk: Desk, state: Proposal, field: Field, *, level: int) -> Element:
    known = field.known
    has_text = known.state in _THERE and isinstance(known.value, str)
    nothing_said = not_given() if _is_silent(desk, state, known) else desk.known(known, mark=False)
    body = paragraphs(str(known.value)) if has_text else [el("p", nothing_said)]
    title = [german.field(field.name), " ", desk.mark(known.event)]
    return section(level, title, el("div", body, class_="text"), look="langtext")


def _form(desk: Desk, state: Proposal) -> Element | None:
    """Give the printed vote table; an empty cell stays empty in words, and is no zero."""
    cells, literal = proposals.vote_form(desk.teller, state)
    if not cells:
        return None
    return el(
        "div",
        el(
            "table",
            el("caption", "Abstimmungstabelle auf der Vorlage"),
            el("thead", el("tr", el("th", "Feld", scope="col"), el("th", "Eintragung", scope="col"))),
            el(
                "tbody",
                [
                    el(
                        "tr",
                        el("th", COUNT_WORDS[cell.name].capitalize(), scope="row"),
                        el("td", desk.known(cell.known, mark=False)),
                    )
                    for cell in cells
                ],
            ),
        ),
        el("p", "Überschriften im Wortlaut: ", desk.quote(literal)) if literal is not None else None,
    )


# -- its way through the organs -------------------------------------------------------------------


def _way(desk: Desk, state: Proposal, lines: Sequence[ConsultationLine], *, level: int) -> Element:
    silence = desk.silence(state)
    if not lines:
        is_silent = silence.of_itself(gaps.PLANS) or silence.of_meetings(gaps.BALLOTS | gaps.OUTCOMES)
        way = german.NOT_GIVEN if is_silent else "nicht eingetragen"
        return section(level, "Beratungsfolge", el("p", f"Eine Beratungsfolge ist {way}."))
    steps = [el("li", _step(desk, line, silence, level=level + 1)) for line in lines]
    return section(level, "Beratungsfolge", el("ol", steps, class_="zeitleiste"), key=place(desk, "beratungsfolge"))


def _step(desk: Desk, line: ConsultationLine, silence: Silence, *, level: int) -> list[object]:
    is_closed = line.publicity.value == v.Publicity.NON_PUBLIC
    organ = _organ(desk, line)
    rows: list[tuple[str, object]] = [
        ("Vorgesehen", _planned(desk, line)),
        ("Stattgefunden", _held(desk, line, silence)),
    ]
    if line.meeting is not None:
        rows.append(("Dem Gremium lag vor", _before(desk, line)))
    if line.dropped_by is not None:
        rows.append(("Entfallen", desk.event(line.dropped_by)))
    told: list[object] = [
        heading(level, organ, " ", tag("nichtöffentlich", "zu") if is_closed else None),
        definitions(rows),
    ]
    if line.meeting is None and is_closed:
        stub = (
            "Nichtöffentliche Beratung: Was dort geschah, ist in diesem Auszug nicht enthalten oder nicht eingetragen."
        )
        told.append(el("p", stub, class_="hinweis"))
    told += [ballots.exclusion(desk, one) for one in line.excluded]
    told += [ballots.motion(desk, one) for one in line.motions]
    numbers = range(1, len(line.ballots) + 1) if len(line.ballots) > 1 else [0] * len(line.ballots)
    for number, one in zip(numbers, line.ballots, strict=True):
        told.append(ballots.ballot(desk, one, number, level=level + 1))
    told += [ballots.outcome(desk, one, with_tally=not line.ballots) for one in line.outcomes]
    told.append(_missing(line, silence))
    return told


def _missing(line: ConsultationLine, silence: Silence) -> Element | None:
    """Say what is not told of a deliberation: nobody recorded it, or what may say it is not given."""
    if line.outcomes and not line.ballots:
        if silence.of_consultation(line, gaps.BALLOTS):
            return el("p", f"Die Abstimmung ist {german.NOT_GIVEN}.", class_="hinweis")
        if any(isinstance(one.known.value, int) for outcome in line.outcomes for one in outcome.tally):
            words_of = "Eine Abstimmung ist nicht eingetragen; die Stimmenzahlen stehen bei dem Ergebnis."
            return el("p", words_of, class_="hinweis")
        return el(
            "p",
            "Eine Abstimmung mit Stimmenzahlen ist nicht festgestellt: Eingetragen ist nur das Ergebnis. ",
            "Eine Rechenprobe ist deshalb nicht möglich.",
            class_="hinweis",
        )
    if line.outcomes or line.dropped_by is not None:
        return None
    if silence.of_consultation(line, gaps.OUTCOMES):
        return el("p", f"Das Beratungsergebnis ist {german.NOT_GIVEN}.", class_="hinweis")
    if line.meeting is not None and not line.ballots:
        return el("p", "Ein Beratungsergebnis ist nicht festgestellt.", class_="hinweis")
    return None


def _organ(desk: Desk, line: ConsultationLine) -> object:
    """Name the organ; by the words of the source where the export holds nothing of it."""
    value = line.organ.value
    if isinstance(value, str) and ":" in value:
        literal = line.organ.literal
        return literal if literal is not None and not desk.past.exists(value) else desk.title(value)
    plan = desk.past.record(line.event) if line.event is not None else None
    event = plan.event if plan is not None else None
    is_withheld = isinstance(event, e.ConsultationPlanned) and event.organ is WITHHELD
    return line.organ.text or ["Gremium ", nothing(Knowledge.WITHHELD if is_withheld else line.organ.state)]


def _planned(desk: Desk, line: ConsultationLine) -> object:
    if line.event is None:
        return "nicht: Diese Beratung stand in keiner Beratungsfolge"
    role = desk.known(line.role, lambda value: german.code(v.ConsultationRole(str(value))), literal=False, mark=False)
    publicity = desk.known(
        line.publicity, lambda value: german.code(v.Publicity(str(value))), literal=False, mark=False
    )
    when = desk.known(line.planned_on, desk.date, literal=False, mark=False)
    told: list[object] = [joined([["für den ", when] if line.planned_on.value else ["Tag ", when], role, publicity])]
    words_of_source = line.status.text
    if words_of_source is not None:
        told += [" ", desk.quote(words_of_source)]
    return [*told, " ", desk.mark(line.event)]


def _held(desk: Desk, line: ConsultationLine, silence: Silence) -> object:
    if line.meeting is None:
        if silence.of_consultation(line, gaps.OUTCOMES):
            return not_given()
        is_all = desk.edition.terms.audience is Audience.ARCHIVE
        return f"eine Sitzung ist hierzu nicht {'eingetragen' if is_all else 'im Auszug'}"
    day = desk.known(line.met_on, desk.date, literal=False) if line.met_on.value is not None else ["Tag nicht bekannt"]
    return [day, ", ", desk.link(line.meeting)]


def _before(desk: Desk, line: ConsultationLine) -> object:
    if line.text.value is not None:
        return ["Fassung ", desk.known(line.text)]
    if line.text.state is Knowledge.NOT_HELD:
        return "eine Fassung, die hier nicht vorliegt: Jede vorliegende ist jünger als die Sitzung"
    return desk.known(line.text)


# -- versions and annexes -------------------------------------------------------------------------


def _versions(desk: Desk, state: Proposal, *, level: int) -> Element:
    items = [el("li", _version(desk, line)) for line in proposals.versions(desk.teller, state)]
    return section(level, "Fassungen", el("ul", items, class_="karten"), key=place(desk, "fassungen"))


def _version(desk: Desk, line: VersionLine) -> list[object]:
    number = str(line.number.value) if line.number.value is not None else german.nothing(line.number.state)
    if line.state is Knowledge.NOT_HELD:
        several = f"Fassungen {number} bis {line.last}" if line.last is not None else f"Fassung {number}"
        note = "Sie ist nur bekannt, weil eine spätere eine höhere Nummer trägt."
        return [el("p", el("strong", several), " ", tag("liegt nicht vor", "fehlt")), el("p", note)]
    record = desk.past.record(line.event) if line.event is not None else None
    event = record.event if record is not None else None
    told: list[object] = [
        el(
            "p",
            el("strong", f"Fassung {number}"),
            " vom ",
            desk.known(line.date, desk.date, literal=False, mark=False),
            " ",
            desk.mark(line.event),
        )
    ]
    if isinstance(event, e.ProposalRevised):
        rows: list[tuple[str, object]] = []
        if isinstance(event.mode, v.RevisionMode):
            rows.append(("Art", german.code(event.mode)))
        because = stated(event.because_of)
        if because is not None:
            rows.append(("Anlass", _because(desk, because)))
        if line.reason is not None and line.reason.state is not Knowledge.NOT_MENTIONED:
            rows.append(("Grund", desk.known(line.reason, mark=False)))
        told.append(definitions(rows))
    for state in dict.fromkeys(field.known.state for field in line.hidden):
        names = [german.field(field.name) for field in line.hidden if field.known.state is state]
        told.append(el("p", nothing(state), ": ", ", ".join(names)))
    told.append(desk.document(line.document) if line.document is not None else el("p", "Dokument: nicht erwähnt"))
    return told


def _because(desk: Desk, because: x.Because) -> object:
    meeting = stated(because.meeting)
    where = [" in: ", desk.link(meeting)] if meeting is not None else None
    return [german.code(because.cause), where]


def _annexes(desk: Desk, state: Proposal, *, level: int) -> Element:
    found = parts.annexes(desk.teller, state.annexes)
    if not found:
        way = german.NOT_GIVEN if desk.silence(state).of_itself(gaps.ANNEXES) else "nicht eingetragen"
        return section(level, "Anlagen", el("p", f"Anlagen sind {way}."))
    return section(
        level,
        "Anlagen",
        el("ul", [el("li", annex(desk, line)) for line in found], class_="karten"),
        key=place(desk, "anlagen"),
    )


def annex(desk: Desk, line: AnnexLine) -> list[object]:
    """Tell of an annex, held or not."""
    facts: list[object] = []
    if line.part_of_decision.value is not None:
        facts.append("Teil des Beschlusses" if line.part_of_decision.value else "nicht Teil des Beschlusses")
    if line.version.value is not None:
        facts.append(f"zu Fassung {line.version.value}")
    if line.withdrawn_by is not None:
        facts.append(["zurückgenommen durch ", desk.event(line.withdrawn_by)])
    return [
        el("p", el("strong", desk.known(line.label, mark=False)), " ", desk.mark(line.event)),
        desk.document(line.document),
        el("p", joined(facts)) if facts else None,
    ]


# -- what it is tied to ---------------------------------------------------------------------------


def _ties(desk: Desk, state: Proposal, *, level: int) -> list[Element]:
    found = []
    if state.endorsements or state.withdrawals:
        events = [*(fact.id for fact in state.endorsements), *(fact.id for fact in state.withdrawals)]
        items = [el("li", _fact(desk, event)) for event in events]
        found.append(section(level, "Mitzeichnungen und Rücknahmen", el("ul", items)))
    links = proposals.links(desk.teller, state.stream)
    if links:
        items = []
        for line in links:
            record = desk.past.record(line.event)
            event = record.event if record is not None else None
            if not isinstance(event, e.ProposalsLinked):
                continue
            relation, basis = words(desk, event.relation), words(desk, event.basis)
            other = desk.link(line.other) if ":" in line.other else nothing(Knowledge.WITHHELD)
            pair = (
                [other, " ", relation, " diese Vorlage"] if line.incoming else ["Diese Vorlage ", relation, ": ", other]
            )
            note = (
                [" – ", desk.known(line.note, mark=False)] if line.note.state is not Knowledge.NOT_MENTIONED else None
            )
            items.append(el("li", pair, " (", basis, ")", note, " ", desk.mark(line.event)))
        found.append(section(level, "Bezüge", el("ul", items)))
    return found


def _fact(desk: Desk, event_id: str) -> list[object]:
    record = desk.past.record(event_id)
    if record is None:
        return []
    told = [[label, ": ", value] for label, value in content(desk, record)]
    when = desk.dated(desk.teller.occurred(record))
    return [when, " ", LABELS[record.event.TYPE], ": ", joined(told, "; "), " ", desk.mark(event_id)]
