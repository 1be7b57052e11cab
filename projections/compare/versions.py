"""The difference of two versions of a proposal: texts, other fields, the document and the annexes.

A version is named by its number, or by a day: then it is the one that held at the end of that day, of those that had
been stated by then for certain. What is not held, withheld, erased, left blank or not mentioned on either side is said
to be so, and not compared; where both sides rest on the same event, they are the same, readable or not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, Struct

from archive.errors import InputError
from archive.intake.references import shown
from domain import events as e
from domain import values as x
from domain.proposal import Proposal, Version
from domain.values import WITHHELD, stated
from projections import parts, proposals
from projections.changes import because_text
from projections.compare.align import Budget
from projections.compare.shapes import (
    AnnexChange,
    AnnexOutcome,
    Block,
    BlockKind,
    Change,
    Comparison,
    DocumentChange,
    FieldChange,
    Side,
)
from projections.compare.texts import compare
from projections.refs import resolve
from projections.related import blocked_about
from projections.shapes import DocumentLine, Knowledge, Known
from projections.teller import NOT_MENTIONED, Teller
from projections.timetravel import Horizon, Past, horizon
from projections.wording import code_text, counted, date_text, when_text

if TYPE_CHECKING:
    from archive.archive import Archive
    from domain.annex import Annex
    from projections.shapes import AnnexLine, ApartLine

# What is compared by words: texts, and lists with one item a line.
TEXTS: Final = (
    "subject",
    "operative_text",
    "reasons",
    "financial_impact",
    "legal_basis",
    "consulted",
    "product_account",
    "review_clause",
    "submitters",
    "signatories",
)
# What is one value.
VALUES: Final = ("kind", "reference", "document_date", "effective_from", "validity", "vote_form")
# The facts that make a version what it is.
_PLACED: Final = (e.ProposalRegistered, e.ProposalRevised, e.DocumentAttached, e.DocumentWithdrawn)
_DAY: Final = re.compile(r"\d{4,}-\d{1,2}-\d{1,2}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")
_LISTED_MAX: Final = 20
_HELD: Final = frozenset({Knowledge.STATED, Knowledge.INFERRED, Knowledge.STATED_AS_NONE})
_NOT_HELD: Final = Known(state=Knowledge.NOT_HELD)


class _Chosen(Struct, frozen=True):
    """A version that was asked for, in the state that it was found in; None where it is not held."""

    asked: str | None
    number: Known
    state: Proposal
    version: Version | None


def diff(
    archive: Archive,
    ref: str,
    old: str | None = None,
    new: str | None = None,
    *,
    as_of: str | None = None,
    as_recorded: str | None = None,
    with_blocked: bool = False,
) -> Comparison:
    """Compare two versions of a proposal.

    Args:
        archive: The archive.
        ref: A proposal: a stream, an event, a look-up, or a bare Vorlagen-Nr.
        old: Number of a version, or a day, `YYYY-MM-DD`; with None for both, the last two versions.
        new: The same for the other version; None for the one that holds.
        as_of: Only what had happened by the end of this day.
        as_recorded: Only what had been recorded by this moment.
        with_blocked: Read blocked events too (de: gesperrt), which are for archives.

    Raises:
        InputError: The reference matches nothing, several things or no proposal; there is no such version, none held
            on that day, or only one; or a date is none.
    """
    past = Past(archive, horizon(archive, as_of=as_of, as_recorded=as_recorded), with_blocked=with_blocked)
    teller = Teller(past)
    stream, state = proposal_of(teller, ref)
    before, after = _sides(teller, state, old, new)
    budget = Budget()
    fields = tuple(_field(teller, name, before, after, budget) for name in (*TEXTS, *VALUES))
    document = _document_change(teller, before, after)
    annexes = _annex_changes(teller, before, after)
    sides = (_side(teller, before), _side(teller, after))
    apart = apart_of(teller, stream)
    return Comparison(
        register=teller.register(),
        horizon=teller.horizon(),
        ref=ref,
        stream=stream,
        title=teller.title(stream),
        old=sides[0],
        new=sides[1],
        same_version=_is_same(before, after),
        fields=fields,
        document=document,
        annexes=annexes,
        coarse=budget.left <= 0,
        apart=(*apart, *_apart_of_days(teller, stream, (old, new), known={line.event for line in apart})),
        later=len(past.later(stream)),
        erasures=parts.erasures(past, stream),
        blocked=blocked_about(past, stream),
        visibility=parts.visibility_of_stream(past, stream),
        events=teller.events(),
    )


def proposal_of(teller: Teller, ref: str) -> tuple[str, Proposal]:
    """Give the proposal that a reference means, with its state at the reader's horizon.

    Raises:
        InputError: It means something that has no versions, or nothing of it counts.
    """
    past = teller.past
    stream = resolve(teller, ref).stream
    if not stream.startswith("proposal:"):
        raise InputError(
            f"found {shown(ref)}, which is {teller.title(stream)}; expected a proposal: nothing else has versions",
            hint=f"`ratsbuch history {stream}` shows every event of it",
        )
    state = past.state(stream)
    if isinstance(state, Proposal) and state.versions:
        return stream, state
    why = f"no version of {teller.title(stream)} is recorded"
    if past.horizon.as_of is not None and past.recorded(stream):
        first = _first(past, stream)
        why = f"as-of: found {past.horizon.as_of}, but {_none_held(teller, stream, past.horizon.as_of)}"
        raise InputError(why, hint=first)
    if past.blocked(stream):
        raise InputError(f"{why} that may be shown: blocked (gesperrt)", hint="--with-blocked reads it, for archives")
    raise InputError(why, hint="its token was erased" if past.erased_tokens(stream) else None)


# -- which versions -------------------------------------------------------------------------------


def _sides(teller: Teller, state: Proposal, old: str | None, new: str | None) -> tuple[_Chosen, _Chosen]:
    if old is None:
        return _last_two(teller, state)
    if new is None:
        return _chosen(teller, state, old), _as_chosen(teller, None, state, state.current)
    return _chosen(teller, state, old), _chosen(teller, state, new)


def _last_two(teller: Teller, state: Proposal) -> tuple[_Chosen, _Chosen]:
    """Give the version that holds and the one before it, which need not be held."""
    newest = state.current
    rest = [version for version in state.versions if version is not newest and isinstance(version.number, int)]
    before = max(rest, key=lambda version: stated(version.number) or 0, default=None)
    number = stated(newest.number) if newest is not None else None
    gap = number is not None and number > 1 and (before is None or (stated(before.number) or 0) < number - 1)
    if number is not None and gap:
        return _missing(None, number - 1, state), _as_chosen(teller, None, state, newest)
    if newest is None or before is None:
        reaches = teller.past.horizon
        by_then = " by then" if reaches.as_of is not None or reaches.position is not None else ""
        raise InputError(
            f"found one version of {teller.title(state.stream)}{by_then}, expected two to compare",
            hint=_listed(teller, state),
        )
    # Of two versions of one number the one recorded last holds; the other came before it.
    return _as_chosen(teller, None, state, before), _as_chosen(teller, None, state, newest)


def _chosen(teller: Teller, state: Proposal, asked: str) -> _Chosen:
    if _DAY.fullmatch(asked):
        return _on_day(teller, state.stream, asked)
    if not _NUMBER.fullmatch(asked):
        raise InputError(
            f"version: found {shown(asked)}, expected a number or a day, written YYYY-MM-DD",
            hint=_listed(teller, state),
        )
    number = int(asked)
    version = state.version(number)
    if version is not None:
        return _as_chosen(teller, asked, state, version)
    if number < max((one.number for one in state.versions if isinstance(one.number, int)), default=0):
        return _missing(asked, number, state)
    raise InputError(
        f"version: found {number}, but {teller.title(state.stream)} has no version of that number",
        hint=_listed(teller, state),
    )


def _on_day(teller: Teller, stream: str, day: str) -> _Chosen:
    past = teller.past
    try:
        msgspec.convert(day, x.Day)
    except msgspec.ValidationError as error:
        raise InputError(f"version: found {shown(day)}, expected a number or a day, written YYYY-MM-DD") from error
    limit = past.horizon.as_of  # what lies later than that stays out for every day
    found = Past(
        past.archive,
        Horizon(day if limit is None else min(day, limit), past.horizon.position, past.horizon.as_recorded),
        with_blocked=past.with_blocked,
    ).state(stream)
    if isinstance(found, Proposal) and found.current is not None:
        return _as_chosen(teller, day, found, found.current)
    raise InputError(f"version: found {day}, but {_none_held(teller, stream, day)}", hint=_first(past, stream))


def _none_held(teller: Teller, stream: str, day: str) -> str:
    return f"no version of {teller.title(stream)} is certain to have been there by the end of {date_text(day)}"


def _first(past: Past, stream: str) -> str | None:
    """Say when the first version came, as far as that is known."""
    state = past.whole_state(stream)
    first = state.versions[0] if isinstance(state, Proposal) and state.versions else None
    if first is None:
        return None
    number = stated(first.number)
    name = "the first version recorded" if number is None else f"the first version recorded is number {number}"
    return f"{name}: {when_text(first.told_by.record.occurred) or 'its date is not known'}"


def _listed(teller: Teller, state: Proposal) -> str:
    """Name the versions that there are, those included that are known of only by a later number."""
    lines = proposals.versions(teller, state)
    words = []
    for line in lines[:_LISTED_MAX]:
        number = line.number.text or f"number {line.number.state.value}"
        number = number if line.last is None else f"{number} to {line.last}"
        if line.state is Knowledge.NOT_HELD:
            words.append(f"{number} (not held)")
        else:
            words.append(f"{number} ({date_text(line.date.value) if isinstance(line.date.value, str) else 'no date'})")
    if len(lines) > _LISTED_MAX:
        words.append(f"and {len(lines) - _LISTED_MAX} more")
    return f"{counted(len(lines), 'version')}: {', '.join(words)}"


def _as_chosen(teller: Teller, asked: str | None, state: Proposal, version: Version | None) -> _Chosen:
    if version is None:
        return _Chosen(asked, _NOT_HELD, state, None)
    known = teller.known(version.number, version.told_by.record, "data.version")
    return _Chosen(asked, known, state, version)


def _missing(asked: str | None, number: int, state: Proposal) -> _Chosen:
    return _Chosen(asked, Known(state=Knowledge.INFERRED, value=number), state, None)


def _is_same(old: _Chosen, new: _Chosen) -> bool:
    if old.version is None or new.version is None:
        return old.version is new.version and old.number.value == new.number.value
    return old.version.told_by.id == new.version.told_by.id


def _side(teller: Teller, chosen: _Chosen) -> Side:
    version = chosen.version
    if version is None:
        return Side(asked=chosen.asked, number=chosen.number, state=Knowledge.NOT_HELD, date=NOT_MENTIONED)
    fact = version.told_by
    because = stated(getattr(fact.event, "because_of", UNSET))
    mode = stated(getattr(fact.event, "mode", UNSET))
    return Side(
        asked=chosen.asked,
        number=chosen.number,
        state=Knowledge.STATED,
        date=teller.field(fact, "document_date"),
        occurred=teller.occurred(fact.record),
        mode=code_text(mode) if mode is not None else None,
        because=because_text(teller, because) if isinstance(because, x.Because) else None,
        event=teller.use(fact.record),
    )


def apart_of(teller: Teller, stream: str) -> tuple[ApartLine, ...]:
    """Give the versions and annexes that are neither in nor out as of the reader's day."""
    seen = frozenset(record.id for record in teller.past.effective(stream) if isinstance(record.event, _PLACED))
    return parts.apart_lines(teller, (stream,), about=seen)


def _apart_of_days(
    teller: Teller, stream: str, asked: tuple[str | None, ...], *, known: set[str]
) -> tuple[ApartLine, ...]:
    """Give what cannot be told to have been there on the days asked for."""
    past = teller.past
    found: dict[str, ApartLine] = {}
    for day in asked:
        if day is not None and _DAY.fullmatch(day):
            then = Past(past.archive, Horizon(day, past.horizon.position), with_blocked=past.with_blocked)
            found.update({line.event: line for line in apart_of(Teller(then), stream) if line.event not in known})
    for record in past.effective(stream):
        if record.id in found:
            teller.use(record)
    return tuple(found.values())


# -- fields ---------------------------------------------------------------------------------------


def _field(teller: Teller, name: str, old: _Chosen, new: _Chosen, budget: Budget) -> FieldChange:
    before, after = _known(teller, old, name), _known(teller, new, name)
    change, blocks = _change(teller, name, (old, before), (new, after), budget)
    return FieldChange(name=name, change=change, old=before, new=after, blocks=blocks)


def _known(teller: Teller, chosen: _Chosen, name: str) -> Known:
    if chosen.version is None:
        return _NOT_HELD
    known = proposals.version_field(teller, chosen.version, name)
    form = chosen.version.vote_form
    if name == "vote_form" and isinstance(form, x.VoteForm):
        return msgspec.structs.replace(known, shown=_cells(form))
    return known


def _cells(form: x.VoteForm) -> str:
    """Write a printed vote table cell by cell; an empty cell is left blank, and no zero."""
    cells = ((name, getattr(form, name)) for name in proposals.VOTE_FORM)
    words = [
        f"{name.replace('_', ' ')} {'left blank' if value is None else value}"
        for name, value in cells
        if value is not UNSET
    ]
    return "; ".join(words) or "no cell mentioned"


def _change(
    teller: Teller, name: str, old: tuple[_Chosen, Known], new: tuple[_Chosen, Known], budget: Budget
) -> tuple[Change, tuple[Block, ...]]:
    """Say how a field differs; both sides are compared only where both are there."""
    before, after = old[1], new[1]
    if before.state not in _HELD or after.state not in _HELD:
        if before.state is Knowledge.NOT_HELD or after.state is Knowledge.NOT_HELD:
            return Change.NOT_COMPARABLE, ()
        if _origin(old[0], name) is not None and _origin(old[0], name) == _origin(new[0], name):
            return Change.SAME, ()
        is_same = before.state is after.state and before.state in {Knowledge.NOT_MENTIONED, Knowledge.LEFT_BLANK}
        return (Change.NEITHER if is_same else Change.NOT_COMPARABLE), ()
    blocks: tuple[Block, ...] = ()
    if name in TEXTS:
        blocks = compare(_text(teller, old[0], name), _text(teller, new[0], name), budget=budget)
    kinds = {block.kind for block in blocks}
    if kinds - {BlockKind.SAME, BlockKind.LAYOUT}:
        return Change.CHANGED, blocks
    if before.value != after.value and not (name in TEXTS and BlockKind.LAYOUT in kinds):
        return Change.CHANGED, blocks
    if _literal_withheld(old[0], name) != _literal_withheld(new[0], name):
        return Change.NOT_COMPARABLE, blocks
    if before.literal != after.literal:
        return Change.CHANGED, blocks
    return (Change.LAYOUT if BlockKind.LAYOUT in kinds else Change.SAME), blocks


def _origin(chosen: _Chosen, name: str) -> str | None:
    return chosen.version.origins.get(name) if chosen.version is not None else None


def _literal_withheld(chosen: _Chosen, name: str) -> str | None:
    """Give the event whose words for a field cannot be read; None where they can, or there are none."""
    literal = f"{name}_literal"
    hidden = getattr(chosen.version, literal, UNSET) is WITHHELD
    return _origin(chosen, literal) if hidden else None


def _text(teller: Teller, chosen: _Chosen, name: str) -> str:
    """Give a field as a text: lists one item a line, codes in the words of the source where there are any."""
    version = chosen.version
    value = getattr(version, name, UNSET)
    if isinstance(value, str) and name != "financial_impact":
        return value
    if version is not None and isinstance(value, tuple):
        single = (msgspec.structs.replace(version, **{name: (one,)}) for one in value)
        return "\n".join(proposals.version_field(teller, one, name).text or "" for one in single)
    known = _known(teller, chosen, name)
    return known.literal or known.text or code_text(str(known.value))


# -- documents ------------------------------------------------------------------------------------


def _document_change(teller: Teller, old: _Chosen, new: _Chosen) -> DocumentChange:
    before, after = _document(teller, old), _document(teller, new)
    is_same_event = _origin(old, "document") is not None and _origin(old, "document") == _origin(new, "document")
    if is_same_event:
        change = Change.SAME
    elif old.version is None or new.version is None:
        change = Change.NOT_COMPARABLE
    elif before.digest is not None and after.digest is not None:
        change = Change.SAME if before.digest == after.digest else Change.CHANGED
    elif before.state is after.state is Knowledge.NOT_MENTIONED:
        change = Change.NEITHER
    else:
        change = Change.NOT_COMPARABLE
    return DocumentChange(change=change, old=before, new=after)


def _document(teller: Teller, chosen: _Chosen) -> DocumentLine:
    version = chosen.version
    if version is None:
        return DocumentLine(state=Knowledge.NOT_HELD)
    record = teller.past.record(version.origins.get("document", ""))
    if record is None:
        return DocumentLine(state=Knowledge.NOT_MENTIONED)
    return teller.document(version.document, record, "data.document")


def _annex_changes(teller: Teller, old: _Chosen, new: _Chosen) -> tuple[AnnexChange, ...]:
    if old.version is None or new.version is None:
        return ()
    before, after = _annexes(old), _annexes(new)
    found: list[AnnexChange] = []
    for key in dict.fromkeys((*before, *after)):
        one, other = before.get(key), after.get(key)
        lines = parts.annexes(teller, [annex for annex in (one, other) if annex is not None])
        was, now = lines[0] if one is not None else None, lines[-1] if other is not None else None
        named = all(stated(annex.attached.event.version) is not None for annex in (one, other) if annex is not None)
        found.append(
            AnnexChange(
                change=_outcome(one, other, was, now),
                old=was,
                new=now,
                basis=Knowledge.STATED if named else Knowledge.INFERRED,
            )
        )
    return tuple(found)


def _outcome(old: Annex | None, new: Annex | None, was: AnnexLine | None, now: AnnexLine | None) -> AnnexOutcome:
    if old is None or new is None or was is None or now is None:
        return AnnexOutcome.ADDED if old is None else AnnexOutcome.GONE
    if old.attached.id == new.attached.id:
        return AnnexOutcome.SAME
    if was.document.digest is None or now.document.digest is None:
        return AnnexOutcome.NOT_COMPARABLE
    return AnnexOutcome.SAME if was.document.digest == now.document.digest else AnnexOutcome.EXCHANGED


def _annexes(chosen: _Chosen) -> dict[str, Annex]:
    """Give the annexes that belong to a version, the newest of each label or id of the source.

    An annex that names its version belongs to that and to those after it, any other to the version that was the
    newest when it was recorded, and to those after it; until it is taken back.
    """
    version = chosen.version
    if version is None:
        return {}
    number, ends = stated(version.number), _next_seq(chosen.state, version)
    found: dict[str, Annex] = {}
    for annex in chosen.state.annexes:
        event, seq = annex.attached.event, annex.attached.record.seq
        of = stated(event.version)
        is_there = of <= number if of is not None and number is not None else seq < ends
        if not is_there or (annex.withdrawn is not None and annex.withdrawn.record.seq < ends):
            continue
        found[stated(event.source_id) or stated(event.label) or annex.attached.id] = annex
    return found


def _next_seq(state: Proposal, version: Version) -> float:
    """Give the place in the stream at which the next version was recorded."""
    own = version.told_by.record.seq
    later = (one.told_by.record.seq for one in state.versions if one.told_by.record.seq > own)
    return min(later, default=float("inf"))
