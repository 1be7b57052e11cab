"""One OParl object while it is written: what is said, what is withheld, and the events that it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from domain.values import WITHHELD, stated
from domain.vocabulary import ConsultationRole, Outcome, ProposalKind
from projections.export import german
from projections.export.oparl.addresses import VERSION
from projections.timetravel import moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

    from domain.stream import RecordedEvent
    from projections.export.oparl.public import Public

Tree = dict[str, Any]
PREFIX: Final = "ratsbuch:"
_DAY: Final = len("2021-12-08")
# These codes say that there is no word, so none is made of them.
_NO_WORD: Final = frozenset(
    {ConsultationRole.UNKNOWN, ConsultationRole.OTHER, Outcome.OTHER, ProposalKind.OTHER},
)


class Sheet:
    """An object.

    Args:
        kind: What OParl calls it.
        url: Its id.
        public: The public part, for corrections.
    """

    def __init__(self, kind: str, url: str, public: Public) -> None:
        self._tree: Tree = {"id": url, "type": VERSION + kind}
        self._public = public
        self._withheld: list[str] = []
        self._from_code: list[str] = []
        self._positions: set[int] = set()
        self._times: list[int] = []
        self._created: list[int] = []

    def say(self, name: str, value: object) -> None:
        """Say something that is stated; nothing where it is not, and where it is withheld that it is."""
        if value is WITHHELD:
            self._withheld.append(name)
        elif (found := stated(value)) is not None and found not in ((), [], {}):
            self._tree[name] = found

    def is_free(self, name: str) -> bool:
        """Say whether nothing was said under a name."""
        return name not in self._tree

    def more(self, name: str, value: object) -> None:
        """Say something that OParl has no field for."""
        self.say(PREFIX + name, value)

    def word(self, name: str, literal: object, code: StrEnum | None) -> None:
        """Say the source's word; where it has none, the German word of the code, and that it is one."""
        self.say(name, literal)
        if name not in self._tree and literal is not WITHHELD and code is not None and code not in _NO_WORD:
            self._tree[name] = german.code(code)
            self._from_code.append(name)

    def day(self, name: str, value: object, more: str) -> None:
        """Say a day; what is less exact, or more, has no place in OParl and stands apart as it is stated."""
        found = stated(value)
        is_day = isinstance(found, str) and len(found) == _DAY
        self.say(name, value if is_day or value is WITHHELD else None)
        self.more(more, None if is_day or value is WITHHELD else value)

    def instant(self, name: str, value: object, more: str) -> None:
        """Say a moment; what is less exact stands apart as it is stated."""
        found = stated(value)
        is_instant = isinstance(found, str) and len(found) > _DAY
        self.say(name, value if is_instant or value is WITHHELD else None)
        self.more(more, None if is_instant or value is WITHHELD else value)

    def rests_on(self, *records: RecordedEvent | None) -> None:
        """Name events that the object is told from; their corrections go with them."""
        for record in records:
            if record is not None:
                self._created.append(record.recorded_at)
                for one in (record, *self._public.corrections(record)):
                    self._positions.add(one.position)
                    self._times.append(one.recorded_at)

    def changed_at(self, moments: Iterable[int]) -> None:
        """Name moments at which the object changed by something that is no event of its own."""
        self._times += [seconds for seconds in moments if seconds]

    def tree(self) -> Tree:
        """Give the object."""
        if self._created:
            self._tree["created"] = moment(min(self._created))
        if self._times:
            self._tree["modified"] = moment(max(self._times))
        self.more("ereignisse", sorted(self._positions))
        self.more("vorenthalten", sorted(self._withheld))
        self.more("ausCode", sorted(self._from_code))
        return self._tree


def tombstone(kind: str, url: str, *, since: int, created: int | None = None) -> Tree:
    """Give what is left of an object that was deleted; when it was made is told where that is still known.

    Source: OParl specification 1.1, section 2.8.
    """
    tree: Tree = {"id": url, "type": VERSION + kind, "deleted": True, "modified": moment(since)}
    return tree if created is None else {**tree, "created": moment(created)}


def code(value: object) -> str | None:
    """Give a code as it is recorded."""
    found = stated(value)
    return None if found is None else str(found)
