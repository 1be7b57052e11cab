"""What of an event its recipient may see: all of it, some of its disclosures, or nothing but its log entry.

The token itself is public-safe by construction, so it is given whatever its visibility; what is not public are the
disclosures. A blocked event (de: gesperrt) is given as its log entry alone. Corrections are given as what they correct
is, because they say what stands there.

Personal are the fields that the catalogue marks so, and those that name parties where one of them is, or may be, a
person; whether a free text names a person no program can tell.
"""

from __future__ import annotations

import functools
import typing
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from archive.archive import ERASED_SIZE
from archive.disclosure import EMPTY_ROW, read, split
from archive.errors import InputError, IntegrityError
from archive.excerpt.terms import Audience, Reason, Terms
from archive.token import entry_of, match, open_event, parse
from domain import register
from domain.events import CATALOGUE, RecordCorrected
from domain.stream import RecordedEvent, pointer
from domain.values import Party, stated
from domain.vocabulary import Visibility

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from archive.disclosure import Disclosure
    from archive.store.sqlite import StoredRow
    from archive.token import Token
    from domain.events import Event, VisibilityChanged
    from domain.stream import Fact

SEES: Final = {
    Audience.ARCHIVE: frozenset({Visibility.PUBLIC, Visibility.NON_PUBLIC, Visibility.BLOCKED}),
    Audience.PARTICIPANT: frozenset({Visibility.PUBLIC, Visibility.NON_PUBLIC}),
    Audience.PUBLIC: frozenset({Visibility.PUBLIC}),
}
PERSONAL: Final = "personal"


class Omitted(Struct, frozen=True):
    """A disclosure that is left out: its digest as the token has it, and why."""

    digest: str
    reason: Reason


class Released(Struct, frozen=True, kw_only=True):
    """An event as its recipient gets it.

    Attributes:
        state: The token, or its log entry of 64 bytes.
        disclosed: The disclosures that are given, as a row holds them.
        entry_reason: Why there is only the entry; None where the token is given.
        omitted: The disclosures that are left out.
        record: The event as the recipient can read it; None where there is only the entry.
    """

    state: bytes
    disclosed: bytes
    entry_reason: Reason | None
    omitted: tuple[Omitted, ...]
    record: RecordedEvent | None


class Release:
    """Decides event by event, in the order of positions.

    Args:
        terms: On what terms.
        changes: All changes of visibility ever recorded, by what they name.
        type_of: Gives the type of an event by stream and place; asked for what a correction corrects.
    """

    def __init__(
        self,
        terms: Terms,
        changes: Mapping[str, tuple[Fact[VisibilityChanged], ...]],
        type_of: Callable[[str, int], str | None],
    ) -> None:
        self._terms = terms
        self._changes = changes
        self._type_of = type_of
        self._gone: set[tuple[str, int]] = set()
        self._unseen: set[tuple[str, int]] = set()

    def of(self, row: StoredRow) -> Released:
        """Give what of an event is released.

        Raises:
            IntegrityError: The row is not what was recorded; what is damaged is not handed out.
        """
        if len(row.state) == ERASED_SIZE:
            return Released(state=row.state, disclosed=EMPTY_ROW, entry_reason=Reason.ERASED, omitted=(), record=None)
        try:
            token = parse(row.state, type_name=row.topic)
            disclosures = tuple(map(read, split(row.disclosed)))
            paths = match(token, disclosures)
            whole = open_event(token, disclosures, position=row.position)
        except InputError as error:
            msg = f"position {row.position}: {error.message}"
            raise IntegrityError(msg, hint="run `ratsbuch verify`; what is damaged is not handed out") from error
        visibility = register.visibility_of(whole, self._changes, on=self._terms.day)
        # Without the register's own tokens nobody could tell whose signature counts, so they are given in any case.
        is_own = row.stream.startswith("register:")
        if visibility is Visibility.BLOCKED and not self._terms.with_blocked and not is_own:
            self._gone.add((row.stream, row.originator_version))
        event = whole.event
        if (row.stream, row.originator_version) in self._gone or (
            isinstance(event, RecordCorrected) and (row.stream, event.target) in self._gone
        ):
            return Released(
                state=entry_of(row.state),
                disclosed=EMPTY_ROW,
                entry_reason=Reason.BLOCKED,
                omitted=(),
                record=None,
            )
        is_seen = visibility in SEES[self._terms.audience] and (
            visibility is not Visibility.BLOCKED or self._terms.with_blocked
        )
        if isinstance(event, RecordCorrected) and (row.stream, event.target) in self._unseen:
            is_seen = False  # it would say what stands there
        if not is_seen:
            self._unseen.add((row.stream, row.originator_version))
        kept: list[Disclosure] = []
        omitted: list[Omitted] = []
        for path, disclosure in sorted(paths.items()):
            reason = self._reason(token, whole, path, is_seen=is_seen)
            if reason is None:
                kept.append(disclosure)
            else:
                omitted.append(Omitted(disclosure.digest, reason))
        if not omitted:
            return Released(state=row.state, disclosed=row.disclosed, entry_reason=None, omitted=(), record=whole)
        # In the order in which the row has them, so that what is given is the row with parts left out.
        given = {disclosure.encoded for disclosure in kept}
        return Released(
            state=row.state,
            disclosed=b"~" + b"".join(text + b"~" for text in split(row.disclosed) if text in given),
            entry_reason=None,
            omitted=tuple(sorted(omitted, key=lambda one: one.digest)),
            record=open_event(token, kept, position=row.position),
        )

    def is_seen(self, record: RecordedEvent) -> bool:
        """Say whether the recipient may see the text of an event that was decided on before."""
        return (record.stream, record.seq) not in self._unseen

    def _reason(self, token: Token, record: RecordedEvent, path: str, *, is_seen: bool) -> Reason | None:
        """Say why a disclosure is left out; None where it is given."""
        if not is_seen:
            return Reason.NON_PUBLIC
        if self._terms.audience is Audience.ARCHIVE or not self._is_personal(token.payload.type, record, path):
            return None
        return Reason.PERSONAL

    def _is_personal(self, type_name: str, record: RecordedEvent, path: str) -> bool:
        section, _, name = path.partition(".")
        if section != "data":
            return False
        event = record.event
        if isinstance(event, RecordCorrected) and name in {"old", "new"}:
            return self._is_correction_personal(record.stream, event)
        return CATALOGUE[type_name].fields[name] == PERSONAL or names_person(getattr(event, name))

    def _is_correction_personal(self, stream: str, event: RecordCorrected) -> bool:
        """Say whether a correction says what a personal field says; what cannot be told counts as personal."""
        if not isinstance(event.path, str) or not isinstance(event.target, int):
            return True
        section, *rest = pointer(event.path)
        if section != "data" or not rest:
            return False
        type_name = self._type_of(stream, event.target)
        # Of an event whose token was erased nobody knows the type any more.
        known = None if type_name is None else CATALOGUE.get(type_name)
        return known is None or known.fields.get(rest[0], PERSONAL) == PERSONAL or rest[0] in party_fields(known.cls)


def names_person(value: object) -> bool:
    """Say whether parties are named and one of them is a person, or only a literal, which may be anybody's name."""
    return isinstance(value, tuple) and any(
        isinstance(party, Party)
        and (
            isinstance(party.person, str) or not any(map(stated, (party.group, party.organ, party.body, party.office)))
        )
        for party in value
    )


@functools.cache
def party_fields(cls: type[Event]) -> frozenset[str]:
    """Give the fields of a type that name parties."""
    hints = typing.get_type_hints(cls)
    return frozenset(field.name for field in msgspec.structs.fields(cls) if "Party" in repr(hints[field.name]))
