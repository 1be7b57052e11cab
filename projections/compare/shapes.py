"""What a comparison and a provenance give, as they stand in JSON.

Names are a contract: they are added, never changed. Nothing in here is computed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from projections.shapes import (
    AnnexLine,
    ApartLine,
    BallotLine,
    Dated,
    DocumentLine,
    ErasureLine,
    HorizonLine,
    Knowledge,
    Known,
    MotionLine,
    Provenance,
    RegisterLine,
    Shape,
)

DIFF_FORMAT: Final = "ratsbuch-diff/1"
PROVENANCE_FORMAT: Final = "ratsbuch-provenance/1"


# -- texts ----------------------------------------------------------------------------------------


class Op(StrEnum):
    """What became of a piece of text."""

    EQUAL = "equal"
    DELETE = "delete"
    INSERT = "insert"


class Piece(Shape, frozen=True, kw_only=True):
    """A piece of text that stands in both versions, or in one of them."""

    op: Op
    text: str


class BlockKind(StrEnum):
    """What became of a paragraph. In one that was moved, words may have changed too; `layout` is spacing alone.

    One that is the last of its text only on one side is `same`, although a line break stands behind it on the other.
    """

    SAME = "same"
    LAYOUT = "layout"
    CHANGED = "changed"
    MOVED = "moved"
    INSERTED = "inserted"
    DELETED = "deleted"


class Block(Shape, frozen=True, kw_only=True):
    """A paragraph in one or both of two texts.

    The blocks in the order of `old`, their pieces without those inserted, give the old text byte for byte; in the
    order of `new`, without those deleted, the new one.

    Attributes:
        kind: What became of it.
        old: Its number in the old text, from 1; None where it is not there.
        new: Its number in the new text, from 1; None where it is not there.
        pieces: Its text, with the line breaks behind it.
    """

    kind: BlockKind
    old: int | None
    new: int | None
    pieces: tuple[Piece, ...]


# -- diff -----------------------------------------------------------------------------------------


class Change(StrEnum):
    """How a field of one version relates to that of another.

    `not_comparable` is said where one side is not there: what is withheld, erased, left blank or not mentioned is no
    empty text. `neither` is said where both are not there in the same way: then nothing was changed on record.
    """

    SAME = "same"
    LAYOUT = "layout"
    CHANGED = "changed"
    NOT_COMPARABLE = "not_comparable"
    NEITHER = "neither"


class Side(Shape, frozen=True, kw_only=True):
    """One of the two versions compared.

    Attributes:
        asked: What was asked for: a number, a day, or None for the default.
        number: Its number.
        state: `stated`, or `not_held` for one that is only known of by the number of a later one.
        date: The date of its document, as this version itself states it.
        occurred: When it happened; None where it is not held.
        mode: How it was revised.
        because: Because of what.
        event: The event that stated it.
    """

    asked: str | None
    number: Known
    state: Knowledge
    date: Known
    occurred: Dated | None = None
    mode: str | None = None
    because: str | None = None
    event: str | None = None


class FieldChange(Shape, frozen=True, kw_only=True):
    """A field of both versions; `blocks` are its paragraphs, where it is a text or a list and both sides are there."""

    name: str
    change: Change
    old: Known
    new: Known
    blocks: tuple[Block, ...] = ()


class DocumentChange(Shape, frozen=True, kw_only=True):
    """The document of a version; `same` and `changed` go by the digest, so that only content counts."""

    change: Change
    old: DocumentLine
    new: DocumentLine


class AnnexOutcome(StrEnum):
    """What became of an annex between two versions.

    `exchanged`: another content under the same label or the same id of the source. `not_comparable`: there with both,
    but the content of one is not known by a digest. `added` and `gone` go by the events that attach and withdraw.
    """

    SAME = "same"
    EXCHANGED = "exchanged"
    ADDED = "added"
    GONE = "gone"
    NOT_COMPARABLE = "not_comparable"


class AnnexChange(Shape, frozen=True, kw_only=True):
    """An annex with the two versions.

    Attributes:
        change: What became of it.
        old: As it was attached with the old version; None where it was not.
        new: As it was attached with the new version; None where it was not.
        basis: `stated` where the annex names its version, else `inferred` from the order of recording.
    """

    change: AnnexOutcome
    old: AnnexLine | None
    new: AnnexLine | None
    basis: Knowledge


class Comparison(Shape, frozen=True, kw_only=True):
    """Two versions of a proposal, field by field.

    Attributes:
        ref: What was asked for.
        stream: What that is.
        title: What it is called.
        old: The one version.
        new: The other version; the order is that in which they were asked for.
        same_version: Whether both are the same version.
        fields: Every field that either side mentions, or might.
        document: The document of the version itself.
        annexes: The annexes; empty where one side is not held.
        coarse: Whether the texts were too long to be aligned to the last word.
        apart: Versions and annexes of which it cannot be told whether they were there on the days asked for.
        later: How many facts of the proposal happened later than `--as-of`.
        erasures: Events of it whose tokens were erased.
        blocked: How many blocked events of it are not shown.
        visibility: Who may see its first event.
        events: Where every value is from.
    """

    format: str = DIFF_FORMAT
    register: RegisterLine
    horizon: HorizonLine
    ref: str
    stream: str
    title: str
    old: Side
    new: Side
    same_version: bool
    fields: tuple[FieldChange, ...]
    document: DocumentChange
    annexes: tuple[AnnexChange, ...]
    coarse: bool
    apart: tuple[ApartLine, ...]
    later: int
    erasures: tuple[ErasureLine, ...]
    blocked: int
    visibility: str | None
    events: tuple[Provenance, ...]


# -- provenance -----------------------------------------------------------------------------------


class BecauseLine(Shape, frozen=True, kw_only=True):
    """Why a version was made (de: Anlass): on a motion, after a ballot, by the administration.

    Attributes:
        cause: The code.
        says: The same in words.
        meeting: The meeting's stream.
        meeting_title: What that is called, or why there is nothing to show of it.
        met_on: When it began.
        motion_id: The motion that the version names.
        motion: That motion; None where it is not among what is recorded and shown of the meeting.
        ballot_id: The ballot that the version names.
        ballot: That ballot; None as for the motion.
    """

    cause: Known
    says: str
    meeting: str | None = None
    meeting_title: str | None = None
    met_on: str | None = None
    motion_id: str | None = None
    motion: MotionLine | None = None
    ballot_id: str | None = None
    ballot: BallotLine | None = None


class OriginLine(Shape, frozen=True, kw_only=True):
    """A version that brought or took words.

    Attributes:
        number: Its number.
        event: The event that stated it.
        position: Place of that in the register.
        date: The date of its document.
        occurred: When it happened.
        mode: How it was revised; None where it was brought in.
        reason: Why, in its own words.
        because: On what motion or ballot, or by the administration; None where nothing is mentioned.
        person: The key of the person who recorded it.
        recorded_by: The name behind that key, as far as it is known.
        role: In which role.
        recorded_at: When it was recorded, UTC.
        stated_by: Who could state it, in words; None where that is not mentioned.
    """

    number: Known
    event: str
    position: int
    date: Known
    occurred: Dated
    mode: str | None
    reason: Known
    because: BecauseLine | None
    person: str
    recorded_by: str
    role: str
    recorded_at: str
    stated_by: str | None


class Missing(Shape, frozen=True, kw_only=True):
    """Versions whose Beschlussvorschlag is not there to be read, and why.

    `last` is the highest number where the line stands for several, and `event` the event that stated the version.
    """

    number: Known
    why: Knowledge
    last: int | None = None
    event: str | None = None
    erased_by: str | None = None


class StepKind(StrEnum):
    """Whether a version brought a sentence, or changed words of one that was there."""

    BROUGHT = "brought"
    CHANGED = "changed"


class Step(Shape, frozen=True, kw_only=True):
    """What a version did to a sentence.

    Attributes:
        kind: Whether it brought or changed it.
        event: The event of the version (`SentenceProvenance.origins`).
        pieces: The sentence with what was changed.
        or_before: Versions in between that cannot be read, one of which may have done it.
        corrected_by: Events that put the text of the version right, where the recorded words were others.
    """

    kind: StepKind
    event: str
    pieces: tuple[Piece, ...]
    or_before: tuple[Missing, ...] = ()
    corrected_by: tuple[str, ...] = ()


class SentenceLine(Shape, frozen=True, kw_only=True):
    """A sentence of the version that holds, with how it came to be, oldest step first.

    Attributes:
        number: Its place, from 1.
        text: The sentence.
        steps: Which versions brought and changed it.
    """

    number: int
    text: str
    steps: tuple[Step, ...]


class RemovedLine(Shape, frozen=True, kw_only=True):
    """A sentence that stood in an earlier version and was taken out.

    Attributes:
        text: The sentence as it stood last.
        steps: Which versions brought and changed it.
        removed_by: The event of the version in which it no longer stands.
        or_before: Versions in between that cannot be read, one of which may have taken it out.
    """

    text: str
    steps: tuple[Step, ...]
    removed_by: str
    or_before: tuple[Missing, ...] = ()


class SentenceProvenance(Shape, frozen=True, kw_only=True):
    """Where each sentence of the Beschlussvorschlag comes from.

    Attributes:
        ref: What was asked for.
        stream: What that is.
        title: What it is called.
        version: The version that holds.
        text: Its Beschlussvorschlag, or why there is none to read; then `sentences` is empty.
        sentences: Its sentences; joined with what stands between them they are the text.
        removed: Sentences that stood in earlier versions and were taken out.
        origins: The versions that brought, changed or took words, in order of number.
        missing: Versions that could not be read.
        coarse: Whether the texts were too long to be aligned in full.
        apart: Versions of which it cannot be told whether they were there on the day asked for.
        later: How many facts of the proposal happened later than that day.
        erasures: Events of it whose tokens were erased.
        blocked: How many blocked events of it are not shown.
        visibility: Who may see its first event.
        events: Where every value is from.
    """

    format: str = PROVENANCE_FORMAT
    register: RegisterLine
    horizon: HorizonLine
    ref: str
    stream: str
    title: str
    version: Known
    text: Known
    sentences: tuple[SentenceLine, ...]
    removed: tuple[RemovedLine, ...]
    origins: tuple[OriginLine, ...]
    missing: tuple[Missing, ...]
    coarse: bool
    apart: tuple[ApartLine, ...]
    later: int
    erasures: tuple[ErasureLine, ...]
    blocked: int
    visibility: str | None
    events: tuple[Provenance, ...]
