"""The human text of comparisons and provenances, for a terminal of a given width.

What was taken out stands in `[-...-]`, what was put in in `{+...+}`, so that it can be read without colours; these are
added only where the caller asks for them. Where a text of the record looks like such a mark, its bracket is written
as its number. Nothing is computed here: what is shown is what the shapes say.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from projections.compare.shapes import (
    AnnexChange,
    AnnexOutcome,
    Block,
    BlockKind,
    Change,
    Comparison,
    FieldChange,
    Missing,
    Op,
    OriginLine,
    Piece,
    SentenceProvenance,
    Side,
    Step,
    StepKind,
)
from projections.shapes import AnnexLine, BallotLine, DocumentLine, ErasureLine, Knowledge, Known
from projections.text import FIELDS, WIDTH, Page, display_width, escaped, frame, known_text
from projections.wording import (
    code_text,
    counted,
    cut,
    date_text,
    dated_text,
    day_text,
    visibility_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from projections.shapes import ApartLine

# While lines are broken, a mark is one character that no escaped text can hold.
_MARKS: Final = MappingProxyType({"\ue000": "[-", "\ue001": "-]", "\ue002": "{+", "\ue003": "+}"})
_OPEN: Final = MappingProxyType({Op.DELETE: ("\ue000", "\ue001"), Op.INSERT: ("\ue002", "\ue003")})
_CLOSING: Final = MappingProxyType({"\ue000": "\ue001", "\ue002": "\ue003"})
_LOOKALIKE: Final = re.compile(r"\[(?=-)|(?<=-)\]|\{(?=\+)|(?<=\+)\}")
# A mark is not looked for inside a source's text: there it is written as a number.
_IN_COLOUR: Final = re.compile(r"\[-|-\]|\{\+|\+\}")
_RED, _GREEN, _PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[0m"
_SGR: Final = MappingProxyType({"[-": _RED, "{+": _GREEN})
# So many words of what did not change are given beside what did.
_CONTEXT_WORDS: Final = 12
_CUT: Final = 160
_BESIDE: Final = "…"
LEGEND: Final = "[-taken out-] {+put in+}; [n grade]: the event that says it, and its source"


# -- marks ----------------------------------------------------------------------------------------


def marked(pieces: Iterable[Piece]) -> str:
    """Give pieces as one text with one-character marks; space stands outside of them, and long rests are cut."""
    every = list(pieces)
    found = []
    for place, piece in enumerate(every):
        text = _LOOKALIKE.sub(lambda match: f"<U+{ord(match[0]):04X}>", escaped(piece.text))
        if piece.op is Op.EQUAL:
            found.append(_beside(text, first=place == 0, last=place == len(every) - 1))
            continue
        body = text.strip()
        lead = text[: len(text) - len(text.lstrip())]
        if not body:  # spacing alone: what holds now is what is shown
            found.append(text if piece.op is Op.INSERT else "")
            continue
        opened, closed = _OPEN[piece.op]
        found.append(f"{lead}{opened}{' '.join(body.split())}{closed}{text[len(lead) + len(body) :]}")
    return "".join(found)


def _beside(text: str, *, first: bool, last: bool) -> str:
    """Shorten what did not change: what is far from a change is left out."""
    words = re.findall(r"\s*\S+\s*", text)
    room = _CONTEXT_WORDS * (1 if first or last else 2)
    if first and last:
        return cut(text, _CUT)
    if len(words) <= room + 2:
        return text
    if first:
        return f"{_BESIDE} {''.join(words[-_CONTEXT_WORDS:]).lstrip()}"
    if last:
        return f"{''.join(words[:_CONTEXT_WORDS]).rstrip()} {_BESIDE}"
    return f"{''.join(words[:_CONTEXT_WORDS]).rstrip()} {_BESIDE} {''.join(words[-_CONTEXT_WORDS:]).lstrip()}"


def _columns(text: str) -> int:
    return display_width(text) + sum(map(text.count, _MARKS))


def broken(text: str, width: int) -> list[str]:
    """Break a text with one-character marks into lines, a change that goes over several marked in each of them."""
    lines: list[str] = []
    line, opened = "", ""
    for word in text.split():
        # A line that is broken inside a change ends with its mark.
        for part in _parted(word, max(width - 8, 4)):
            joined = f"{line} {part}" if line else part
            still = _still_open(opened, part)
            if line and line != opened and _columns(joined) + (2 if still else 0) > width:
                lines.append(line + (_CLOSING[opened] if opened else ""))
                joined = f"{opened}{part}"
            line, opened = joined, still
    return [*lines, line] if line or not lines else lines


def _still_open(opened: str, part: str) -> str:
    """Give the mark that is open behind a part; marks do not nest."""
    for char in part:
        if char in _CLOSING:
            opened = char
        elif char in _MARKS:
            opened = ""
    return opened


def _parted(word: str, width: int) -> Iterator[str]:
    """Break a word that is longer than a line."""
    part, columns = "", 0
    for char in word:
        wide = _columns(char)
        if columns + wide > width and part:
            yield part
            part, columns = "", 0
        part, columns = part + char, columns + wide
    yield part


def _written(line: str) -> str:
    return "".join(_MARKS.get(char, char) for char in line)


def coloured(text: str) -> str:
    """Add colours to marked changes, and take them away at the end of each line."""
    lines = []
    for line in text.split("\n"):
        found = _IN_COLOUR.sub(
            lambda match: f"{_SGR[match[0]]}{match[0]}" if match[0] in _SGR else f"{match[0]}{_PLAIN}", line
        )
        lines.append(found)
    return "\n".join(lines)


def _changes(page: Page, pieces: Iterable[Piece], *, indent: int, lead: str = "", mark: str = "") -> None:
    """Add changed text to a page, line by line; `lead` stands before the first, and the others under it."""
    room = max(page.width - indent - display_width(lead), 10)
    lines = broken(marked(pieces), room)
    for place, line in enumerate(lines):
        text, end = _written(line), mark if place == len(lines) - 1 else ""
        page.line(f"{lead}{text}" if not place else text, indent=indent if not place else indent + len(lead), mark=end)


# -- the frame ------------------------------------------------------------------------------------


def _title(page: Page, title: str, visibility: str | None) -> None:
    page.line(title if visibility in {None, "public"} else f"{title} ({visibility_text(str(visibility))})", hang=2)


def _not_shown(page: Page, erasures: tuple[ErasureLine, ...], blocked: int) -> None:
    if erasures:
        page.line(f"{counted(len(erasures), 'event')} of it: token erased; a version not held may be one", hang=2)
    if blocked:
        page.line(f"{counted(blocked, 'blocked event')} not shown (gesperrt); a version not held may be one", hang=2)


def _apart(page: Page, apart: tuple[ApartLine, ...], later: int, as_of: str | None) -> None:
    if apart:
        page.heading("cannot be placed in time")
        for line in apart:
            why = "its date is not known" if line.why == "undated" else "the day asked for lies within its date"
            page.line(
                f"{dated_text(line.occurred)}: {line.summary} ({why})", indent=2, hang=2, mark=page.mark(line.event)
            )
    if as_of is not None and later:
        page.blank()
        page.line(f"{counted(later, 'fact')} recorded here happened later than {date_text(as_of)}.", hang=2)


# -- diff -----------------------------------------------------------------------------------------


def comparison_text(comparison: Comparison, *, width: int = WIDTH, colour: bool = False) -> str:
    """Give a comparison on a page: first the versions, then what changed, then what did not, then what is not there.

    Args:
        comparison: The comparison.
        width: Columns of the page.
        colour: Whether to add colours, for a terminal.
    """
    page = Page(width, comparison.events)
    frame(page, comparison.register, comparison.horizon)
    _title(page, comparison.title, comparison.visibility)
    _side(page, "old", comparison.old)
    _side(page, "new", comparison.new)
    _not_shown(page, comparison.erasures, comparison.blocked)
    if comparison.same_version:
        page.line("Both are the same version.")
    absent = [side for side in (comparison.old, comparison.new) if side.state is Knowledge.NOT_HELD]
    if absent and not comparison.same_version:
        numbers = " and ".join(str(side.number.text) for side in absent)
        page.line(f"Version {numbers} is not held: nothing of it can be compared, and nothing is said of it.", hang=2)
    for field in comparison.fields:
        _field(page, field, (comparison.old, comparison.new))
    if not absent:
        _rest(page, comparison)
        _papers(page, comparison)
    if comparison.coarse:
        page.blank()
        page.line("The texts were too long to be aligned to the last word; all that differs is shown.", hang=2)
    _apart(page, comparison.apart, comparison.later, comparison.horizon.as_of)
    page.blank()
    page.line(LEGEND)
    return coloured(page.text()) if colour else page.text()


def _side(page: Page, label: str, side: Side) -> None:
    asked = f" (as of {date_text(side.asked)})" if side.asked is not None and "-" in side.asked else ""
    if side.state is Knowledge.NOT_HELD:
        page.line(f"version {side.number.text}{asked}, not held", label=label)
        return
    words = [f"version {known_text(side.number)}{asked}"]
    if side.date.value is not None:
        words[0] += f" of {known_text(side.date, date=True)}"
    elif side.occurred is not None:
        words.append(f"date {known_text(side.date)}, happened {dated_text(side.occurred)}")
    if side.mode is not None:
        words.append(f"revision ({side.mode})")
    if side.because is not None:
        words.append(side.because)
    page.line(", ".join(words), label=label, mark=page.mark(side.event))


def _name(name: str) -> str:
    return {"vote_form": "Abstimmungsergebnis"}.get(name, FIELDS.get(name, code_text(name)))


def _field(page: Page, field: FieldChange, sides: tuple[Side, Side]) -> None:
    if field.change not in {Change.CHANGED, Change.LAYOUT}:
        return
    page.heading(_name(field.name))
    if field.change is Change.LAYOUT:
        page.line("only the spacing changed", indent=2)
        return
    if not any(block.kind is not BlockKind.SAME for block in field.blocks):
        _values(page, field)
        return
    alone = all((block.old or 1) == 1 == (block.new or 1) for block in field.blocks)
    same: list[Block] = []
    for block in field.blocks:
        if block.kind is BlockKind.SAME:
            same.append(block)
            continue
        _unchanged(page, same)
        same = []
        _block(page, block, alone=alone)
    _unchanged(page, same)
    # What a version took over from an earlier one rests on another event than the version itself.
    marks = [
        f"{label} {mark}"
        for label, known, side in (("old", field.old, sides[0]), ("new", field.new, sides[1]))
        if known.event != side.event and (mark := page.mark(known.event))
    ]
    if marks:
        page.line("", mark=", ".join(marks))


def _values(page: Page, field: FieldChange) -> None:
    is_date = field.name in {"document_date", "effective_from"}
    for label, known in (("old", field.old), ("new", field.new)):
        words = known_text(known, date=is_date)
        if known.literal is not None and known.literal != words:
            words += f' ("{known.literal}")'
        page.line(words, label=label, indent=2, mark=page.mark(known.event))


def _unchanged(page: Page, same: list[Block]) -> None:
    if not same:
        return
    first, last = same[0].new, same[-1].new
    many = f"paragraphs {first} to {last}" if len(same) > 1 else f"paragraph {first}"
    page.line(f"({many} unchanged)", indent=2)


def _block(page: Page, block: Block, *, alone: bool) -> None:
    match block.kind:
        case BlockKind.MOVED:
            page.line(f"paragraph {block.old} moved, now paragraph {block.new}:", indent=2)
        case BlockKind.LAYOUT:
            page.line(f"(paragraph {block.new}: only the spacing changed)", indent=2)
            return
        case _ if alone:
            _changes(page, block.pieces, indent=2)
            return
        case BlockKind.INSERTED:
            page.line(f"paragraph {block.new}, put in:", indent=2)
        case BlockKind.DELETED:
            page.line(f"paragraph {block.old}, taken out:", indent=2)
        case _:
            number = block.new if block.old == block.new else f"{block.new} (was {block.old})"
            page.line(f"paragraph {number}, changed:", indent=2)
    _changes(page, block.pieces, indent=4)


def _rest(page: Page, comparison: Comparison) -> None:
    """Say what did not change, what neither version has, and what cannot be compared."""
    page.blank()
    groups = {change: [f for f in comparison.fields if f.change is change] for change in Change}
    if groups[Change.SAME]:
        names = [
            _name(f.name) + ("" if f.old.text is not None else f" ({known_text(f.old)})") for f in groups[Change.SAME]
        ]
        page.line("; ".join(names), label="unchanged")
    for state in (Knowledge.LEFT_BLANK, Knowledge.NOT_MENTIONED):
        fields = [_name(f.name) for f in groups[Change.NEITHER] if f.old.state is state]
        if fields:
            page.line("; ".join(fields), label=f"both {code_text(state)}")
    for field in groups[Change.NOT_COMPARABLE]:
        sides = f"old {_there(field.old)}, new {_there(field.new)}"
        page.line(f"{_name(field.name)}: {sides}", label="not comparable", mark=page.mark(field.new.event))


def _there(known: Known) -> str:
    """Say of a value that is not compared only whether it is there."""
    if known.text is None:
        return known_text(known)
    return f"{known_text(known)}" if len(known.text) <= 40 else f"given ({len(known.text)} characters)"  # noqa: PLR2004


def _papers(page: Page, comparison: Comparison) -> None:
    document = comparison.document
    if document.change is not Change.NEITHER or comparison.annexes:
        page.heading("Dokument und Anlagen")
    if document.change is not Change.NEITHER:
        words = {
            Change.SAME: f"the same, {_held(document.new)}",
            Change.CHANGED: f"another content; old {_held(document.old)}; new {_held(document.new)}",
        }.get(document.change, f"not comparable: old {_held(document.old)}, new {_held(document.new)}")
        page.line(words, label="Dokument", indent=2)
    for annex in comparison.annexes:
        _annex(page, annex)


def _held(document: DocumentLine) -> str:
    state = "held" if document.state is Knowledge.STATED else code_text(document.state)
    return f"{state}{f' ({document.title})' if document.title else ''}"


def _annex(page: Page, change: AnnexChange) -> None:
    one = change.new or change.old
    if one is None:
        return
    inferred = " (by the order of recording)" if change.basis is Knowledge.INFERRED else ""
    page.line(f"{_annex_words(change)}{inferred}", label=known_text(one.label), indent=2, mark=page.mark(one.event))


def _annex_words(change: AnnexChange) -> str:
    old, new = change.old, change.new
    if old is None or new is None:
        return f"added, {_annex_held(new)}" if old is None else f"no longer attached; was {_annex_held(old)}"
    match change.change:
        case AnnexOutcome.SAME:
            return f"unchanged, {_annex_held(new)}"
        case AnnexOutcome.EXCHANGED:
            return f"exchanged: another content; old {_annex_held(old)}; new {_annex_held(new)}"
        case _:
            return f"attached anew, content not comparable: old {_annex_held(old)}, new {_annex_held(new)}"


def _annex_held(annex: AnnexLine | None) -> str:
    return _held(annex.document) if annex is not None else "not mentioned"


# -- provenance -----------------------------------------------------------------------------------


def provenance_text(found: SentenceProvenance, *, width: int = WIDTH, colour: bool = False) -> str:
    """Give a provenance on a page: the sentences, those taken out, and the versions that they come from.

    Args:
        found: The provenance.
        width: Columns of the page.
        colour: Whether to add colours, for a terminal.
    """
    page = Page(width, found.events)
    frame(page, found.register, found.horizon)
    _title(page, found.title, found.visibility)
    _not_shown(page, found.erasures, found.blocked)
    names = {origin.event: origin for origin in found.origins}
    page.heading(f"Beschlussvorschlag, version {known_text(found.version)}")
    if not found.sentences:
        page.line(f"{known_text(found.text)}: there is no sentence to be told of", indent=2)
    for line in found.sentences:
        _sentence(page, line.text, line.steps, names, number=line.number)
    if found.removed:
        page.heading("taken out")
    for gone in found.removed:
        page.line(f"[-{_plain(gone.text)}-]", indent=2)
        by = f"{_version(names, gone.removed_by)}{_or_before(gone.or_before)}"
        page.line(f"taken out by {by}", indent=4, hang=2, mark=page.mark(gone.removed_by))
        for step in gone.steps:
            _step(page, step, names)
    for origin in found.origins:
        _origin(page, origin)
    _missing(page, found.missing)
    if found.coarse:
        page.line("The texts were too long to be aligned in full.", hang=2)
    _apart(page, found.apart, found.later, found.horizon.as_of)
    page.blank()
    page.line(LEGEND)
    return coloured(page.text()) if colour else page.text()


def _plain(text: str) -> str:
    return " ".join(_LOOKALIKE.sub(lambda match: f"<U+{ord(match[0]):04X}>", text).split())


def _sentence(page: Page, text: str, steps: tuple[Step, ...], names: dict[str, OriginLine], *, number: int) -> None:
    last = steps[-1] if steps else None
    lead = f"({number}) "
    if last is not None and last.kind is StepKind.CHANGED:
        _changes(page, last.pieces, indent=0, lead=lead)
    else:
        page.line(f"{lead}{_plain(text)}", hang=len(lead))
    for step in reversed(steps):
        _step(page, step, names)


def _step(page: Page, step: Step, names: dict[str, OriginLine]) -> None:
    word = "brought by" if step.kind is StepKind.BROUGHT else "changed by"
    by = ", put right on record since" if step.corrected_by else ""
    text = f"{word} {_version(names, step.event)}{_or_before(step.or_before)}{by}"
    page.line(text, indent=4, hang=2, mark=page.mark(step.event))


def _version(names: dict[str, OriginLine], event: str) -> str:
    origin = names.get(event)
    if origin is None:
        return event
    date = f" of {known_text(origin.date, date=True)}" if origin.date.value is not None else ""
    return f"version {known_text(origin.number)}{date}{_motive(origin)}"


def _motive(origin: OriginLine) -> str:
    """Give in a few words on whose motion a version was made."""
    because = origin.because
    if because is None:
        return ""
    if because.motion is not None:
        return f", on the motion of {known_text(because.motion.moved_by)}"
    return {"motion": ", on a motion", "ballot": ", after a ballot", "administration": ", by the administration"}.get(
        str(because.cause.value), ""
    )


def _numbers(missing: Missing) -> str:
    number = known_text(missing.number) if missing.event is not None else str(missing.number.text)
    return f"version {number}" if missing.last is None else f"versions {number} to {missing.last}"


def _or_before(missing: tuple[Missing, ...]) -> str:
    if not missing:
        return ""
    return f", or by {', '.join(f'{_numbers(one)} ({code_text(one.why)})' for one in missing)}"


def _missing(page: Page, missing: tuple[Missing, ...]) -> None:
    if not missing:
        return
    page.heading("not to be read")
    for one in missing:
        by = f" by {one.erased_by}" if one.erased_by is not None else ""
        words = f"{_numbers(one)}: Beschlussvorschlag {code_text(one.why)}{by}"
        page.line(words, indent=2, hang=2, mark=page.mark(one.event))


def _origin(page: Page, origin: OriginLine) -> None:
    date = known_text(origin.date, date=True) if origin.date.value is not None else dated_text(origin.occurred)
    page.heading(f"version {known_text(origin.number)}, {date}")
    how = f"revision ({origin.mode})" if origin.mode is not None else "brought in"
    page.line(f"{how}, happened {dated_text(origin.occurred)}", indent=2, hang=2, mark=page.mark(origin.event))
    if origin.reason.state is not Knowledge.NOT_MENTIONED:
        page.line(f"reason: {known_text(origin.reason)}", indent=2, hang=2)
    _because(page, origin)
    page.line(f"stated by {origin.stated_by or 'nobody mentioned'}", indent=2, hang=2)
    name = f"{origin.recorded_by}, " if origin.recorded_by != origin.person else ""
    recorded = f"recorded {date_text(origin.recorded_at)} by {name}person {origin.person} ({code_text(origin.role)})"
    page.line(recorded, indent=2, hang=2)
    page.line(f"event {origin.event}, position {origin.position}", indent=2, hang=2)


def _because(page: Page, origin: OriginLine) -> None:
    because = origin.because
    if because is None:
        if origin.mode is not None:
            page.line("because of: not mentioned", indent=2)
        return
    page.line(because.says, indent=2, hang=2)
    if because.motion is not None:
        motion = because.motion
        words = f"motion ({known_text(motion.kind)}) of {known_text(motion.moved_by)}: {known_text(motion.text)}"
        page.line(words, indent=4, hang=2, mark=page.mark(motion.event))
    elif because.motion_id is not None:
        page.line("motion: not held, or not shown", indent=4)
    if because.ballot is not None:
        page.line(_ballot(because.ballot), indent=4, hang=2, mark=page.mark(because.ballot.event))
    elif because.ballot_id is not None:
        page.line("ballot: not held, or not shown", indent=4)


def _ballot(ballot: BallotLine) -> str:
    counts = [f"{field.known.text} {code_text(field.name)}" for field in ballot.tally if field.known.value is not None]
    day = f" of {day_text(ballot.occurred.at)}" if ballot.occurred.at is not None else ""
    declared = f"; declared {known_text(ballot.declared)}" if ballot.declared.value is not None else ""
    return f"ballot{day}: {', '.join(counts) or 'no count mentioned'}{declared}"
