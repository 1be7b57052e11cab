"""What a paper says: the proposal, its versions, consultations, annexes and relations (OParl: Paper, Consultation)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET, Struct, UnsetType

from archive.intake.oparl import meetings
from archive.intake.oparl.stating import annexes, on
from domain import events as e
from domain import values as x
from domain import vocabulary as v

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from archive.intake.oparl.objects import Consultation, Paper
    from archive.intake.oparl.stating import Context
    from domain.stream import Statement

# The fields of a version that a source shows.
_FIELDS: Final = (
    "kind",
    "kind_literal",
    "reference",
    "document_date",
    "document_date_literal",
    "subject",
    "submitters",
)
# Those that can be said to be blank; the others stay as they were where the source drops them.
_BLANKABLE: Final = frozenset({"reference", "document_date", "subject", "submitters"})


class _Shown(Struct):
    """What the source showed of a proposal so far."""

    version: int = 0
    fields: dict[str, Any] = {}
    planned: dict[str, tuple[e.ConsultationPlanned, bool]] = {}
    links: set[tuple[str, str]] = set()


def _fold(statements: Sequence[Statement]) -> _Shown:
    """Put together what the source showed of a proposal; with each consultation, whether a paper embedded it."""
    shown = _Shown()
    for statement in statements:
        event = statement.event
        match event:
            case e.ProposalRegistered() | e.ProposalRevised():
                shown.version = event.version if isinstance(event.version, int) else shown.version
                for name in _FIELDS:
                    value = getattr(event, name)
                    if value is not UNSET:
                        shown.fields[name] = value
            case e.ConsultationPlanned():
                shown.planned[str(event.consultation)] = (event, _is_embedded(statement))
            case e.ConsultationDropped():
                shown.planned.pop(str(event.consultation), None)
            case e.ProposalsLinked():
                shown.links.add((str(event.other), str(event.note)))
            case _:
                pass
    return shown


def _is_embedded(statement: Statement) -> bool:
    sources = statement.sources
    return isinstance(sources, tuple) and any(isinstance(s.locator, str) and s.locator for s in sources)


def state(
    context: Context,
    paper: Paper,
    stream: str,
    *,
    parties: tuple[x.Party, ...],
    others: Sequence[Consultation],
    left: Iterable[str] = (),
) -> list[Statement]:
    """State what a paper says that was not said before.

    Args:
        context: The object.
        paper: What it says.
        stream: The proposal.
        parties: Who brought it in.
        others: Consultations of it that the source shows as objects of their own.
        left: The ids of those that only a paper named, and that this one does not name any more.
    """
    before = context.known.shown(stream) if context.is_known else ()
    shown = _fold(before)
    said: list[Statement] = []
    say = context.say
    fields = _fields_of(context, paper, parties)
    if shown.version == 0:
        registered = e.ProposalRegistered(body=context.body, version=1, **fields)
        said.append(say(stream, registered, "", occurred=on(paper.date, v.Certainty.INFERRED)))
    else:
        changed = _changed(shown.fields, fields)
        if changed:
            revised = e.ProposalRevised(
                version=_highest(context, stream) + 1,
                mode=v.RevisionMode.AS_SHOWN,
                base_version=shown.version,
                because_of=x.Because(cause=v.RevisionCause.UNKNOWN),
                **changed,
            )
            said.append(say(stream, revised, ""))
    embedded = {context.ids.inner("consultation", c.id): c for c in paper.consultations}
    wanted = embedded | {key: c for c in others if (key := context.ids.inner("consultation", c.id)) not in embedded}
    for order, (key, consultation) in enumerate(wanted.items()):
        plan = planned(context, consultation, order=order if key in embedded else UNSET)
        if key not in shown.planned or shown.planned[key][0] != plan:
            said.append(say(stream, plan, consultation.at))
            said += meetings.link(context, plan, stream, consultation.at)
    gone = {context.ids.inner("consultation", one) for one in left}
    for key, (_, was_embedded) in shown.planned.items():
        if key not in wanted and (was_embedded or key in gone):
            said.append(say(stream, e.ConsultationDropped(consultation=key), "/consultation"))
    # The main file too: which of the files is the paper itself is the source's word, and its place tells it.
    files = [*paper.files, *(file for c in paper.consultations for file in c.files)]
    said += annexes(context, stream, before, [(file, UNSET) for file in files])
    said += _links(context, paper, stream, shown.links)
    return said


def _fields_of(context: Context, paper: Paper, parties: tuple[x.Party, ...]) -> dict[str, Any]:
    kind = context.words.find("paper_kind", v.ProposalKind, paper.kind) if paper.kind else None
    fields = {
        "kind": kind or v.ProposalKind.OTHER,
        "kind_literal": paper.kind,
        "reference": None if paper.reference == "" else paper.reference,
        "document_date": paper.date,
        "document_date_literal": paper.date_literal,
        "subject": None if paper.name == "" else paper.name,
        "submitters": parties or UNSET,
    }
    return {name: value for name, value in fields.items() if value is not UNSET}


def submitters(statements: Sequence[Statement]) -> tuple[x.Party, ...]:
    """Give who brought a proposal in, as the source showed it last."""
    return _fold(statements).fields.get("submitters") or ()


def state_group(context: Context, stream: str, *, organ: str, group: str) -> list[Statement]:
    """State that a group brought a proposal in, which had been taken for an organ before the source showed what it is.

    Args:
        context: The organisation, which says so.
        stream: The proposal.
        organ: What it was named as.
        group: What it is.
    """
    shown = _fold(context.known.shown(stream))
    named: tuple[x.Party, ...] = shown.fields.get("submitters") or ()
    parties = tuple(x.Party(group=group) if party.organ == organ else party for party in named)
    if shown.version == 0 or parties == named:
        return []
    revised = e.ProposalRevised(
        version=_highest(context, stream) + 1,
        mode=v.RevisionMode.AS_SHOWN,
        base_version=shown.version,
        because_of=x.Because(cause=v.RevisionCause.UNKNOWN),
        reason="the source now shows that who brought it in is a group",
        submitters=parties,
    )
    return [context.say(stream, revised, "/organizationType")]


def _changed(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    changed = {name: value for name, value in now.items() if name not in before or before[name] != value}
    for name in _BLANKABLE & before.keys() - now.keys():
        if before[name] is not None:
            changed[name] = None
    return changed


def _highest(context: Context, stream: str) -> int:
    """Give the highest version that anybody recorded."""
    numbers = [
        s.event.version
        for s in context.known.statements(stream)
        if isinstance(s.event, e.ProposalRegistered | e.ProposalRevised)
    ]
    return max((n for n in numbers if isinstance(n, int)), default=0)


def planned(context: Context, consultation: Consultation, *, order: int | UnsetType) -> e.ConsultationPlanned:
    """Give a consultation as it is planned."""
    ids = context.ids
    role = v.ConsultationRole.UNKNOWN
    if consultation.role is not UNSET:
        role = context.words.find("role", v.ConsultationRole, consultation.role) or v.ConsultationRole.OTHER
    return e.ConsultationPlanned(
        consultation=ids.inner("consultation", consultation.id),
        organ=ids.stream("organ", consultation.organs[0]) if consultation.organs else UNSET,
        role=role,
        # OParl says nothing about it; the meeting does.
        publicity=v.Publicity.UNKNOWN,
        status_literal=consultation.role,
        order=order,
        authoritative=consultation.authoritative,
        meeting=ids.stream("meeting", consultation.meeting) if consultation.meeting else UNSET,
        item=ids.inner("item", consultation.item) if consultation.item else UNSET,
    )


def state_consultation(
    context: Context, consultation: Consultation, stream: str, *, is_gone: bool, embedded: Callable[[], Iterable[str]]
) -> list[Statement]:
    """State what a consultation says that is an object of its own.

    Args:
        context: The object.
        consultation: What it says.
        stream: The proposal, which is recorded.
        is_gone: Whether the source dropped it.
        embedded: Gives the ids of the consultations that the paper itself shows: what stands there counts.
    """
    shown = _fold(context.known.shown(stream))
    key = context.ids.inner("consultation", consultation.id)
    if shown.version == 0 or consultation.id in set(embedded()):
        return []
    if is_gone:
        dropped = e.ConsultationDropped(consultation=key)
        return [context.say(stream, dropped, "")] if key in shown.planned else []
    plan = planned(context, consultation, order=UNSET)
    if key in shown.planned and shown.planned[key][0] == plan:
        return []
    return [context.say(stream, plan, ""), *meetings.link(context, plan, stream, "")]


def _links(context: Context, paper: Paper, stream: str, known: set[tuple[str, str]]) -> list[Statement]:
    said: list[Statement] = []
    for field, key, at in paper.related:
        other = context.ids.stream("proposal", key)
        note = f"{field}, which this source uses inverted" if _is_inverted(context, field) else field
        if other != stream and (other, note) not in known:
            known.add((other, note))
            linked = e.ProposalsLinked(
                other=other, relation=v.Relation.BELONGS_TO, basis=v.Basis.SOURCE_FIELD, note=note
            )
            said.append(context.say(stream, linked, at))
    return said


def _is_inverted(context: Context, field: str) -> bool:
    return context.words.is_inverted and field != "relatedPaper"
