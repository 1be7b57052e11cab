"""Who is named in the facts that `release` gives, and what follows for them of closure periods.

Whether a record is about a person by its purpose or main content cannot be told from keys. Where death or birth is
recorded the day is computed, as information; else it is said that it cannot be determined. Nobody is named whose name
is withheld or erased. Names inside texts and documents are not looked for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import UNSET, Struct

from domain.events import CATALOGUE
from domain.person import Person
from domain.text import strings
from domain.values import WITHHELD, Signatory, stated
from projections.release_closure import BIRTH, DEATH, period_line
from projections.release_shapes import NOT_DETERMINABLE, PeriodLine, PersonLine
from projections.shapes import Knowledge, Known
from projections.teller import NOT_MENTIONED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain.stream import RecordedEvent
    from projections.teller import Teller
    from projections.timetravel import Past

_KEY: Final = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Fields that hold persons among others, and are no personal data as a whole.
_HOLD_PERSONS: Final = frozenset({"moved_by", "submitters", "consulted", "raised_by", "withdrawn_by"})
_DAY: Final = len("2021-12-08")


def persons(teller: Teller, records: Iterable[RecordedEvent], *, has_provision: bool) -> tuple[PersonLine, ...]:
    """Give who is named in facts, in order of the first that names them.

    Args:
        teller: Tells.
        records: The facts, in order of recording.
        has_provision: Whether a provision on personal records is on record for the body.
    """
    past = teller.past
    by_key: dict[str, list[RecordedEvent]] = {}
    by_name: dict[str, list[RecordedEvent]] = {}
    for record in records:
        for key in dict.fromkeys(_keys(past, record)):
            by_key.setdefault(key, []).append(record)
        for name in dict.fromkeys(_printed(record)):
            by_name.setdefault(name, []).append(record)
    found = [_of_key(teller, key, named, has_provision=has_provision) for key, named in by_key.items()]
    known = {line.name for line in found}
    found += [_of_name(teller, name, named) for name, named in by_name.items() if name not in known]
    return tuple(found)


def hidden_fields(records: Iterable[RecordedEvent]) -> int:
    """Give how many fields that may name persons are withheld or erased."""
    return sum(
        getattr(record.event, name) is WITHHELD and (kind == "personal" or name in _HOLD_PERSONS)
        for record in records
        for name, kind in CATALOGUE[record.event.TYPE].fields.items()
    )


# -- who is named ---------------------------------------------------------------------------------


def _keys(past: Past, record: RecordedEvent) -> Iterator[str]:
    """Give the person keys that a fact holds: in fields for persons, and wherever a key is one on record."""
    kind, _, own = record.stream.partition(":")
    if kind == "person":
        yield own
    fields = CATALOGUE[record.event.TYPE].fields
    values = [(fields[name] == "personal", name) for name in record.event.__struct_fields__]
    for is_personal, name in values:
        for path, text in strings(getattr(record.event, name), f"/{name}"):
            if text.startswith("person:"):
                yield text.partition(":")[2].partition("#")[0]
            elif _KEY.fullmatch(text) and (is_personal or path.endswith("/person") or past.exists(f"person:{text}")):
                yield text
    for path, text in strings(record.authority, "/authority"):
        if path.endswith("/person"):
            yield text


def _printed(record: RecordedEvent) -> Iterator[str]:
    """Give the names that stand under documents, where nobody said whose they are."""
    for name, kind in CATALOGUE[record.event.TYPE].fields.items():
        value = getattr(record.event, name)
        if kind != "personal":
            continue
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Signatory) and stated(one.person) is None and (literal := stated(one.literal)):
                yield literal


# -- what follows ---------------------------------------------------------------------------------


class _Life(Struct, frozen=True, kw_only=True):
    """Birth, death and office of a person, as last recorded."""

    born: Known = NOT_MENTIONED
    died: Known = NOT_MENTIONED
    office_holder: Known = NOT_MENTIONED


def _of_key(teller: Teller, key: str, named: list[RecordedEvent], *, has_provision: bool) -> PersonLine:
    state = teller.past.whole_state(f"person:{key}")
    name = state.name if isinstance(state, Person) else UNSET
    life, name_state = _Life(), Knowledge.NOT_MENTIONED
    if isinstance(state, Person) and state.known:
        record = state.known[-1].record
        name_state = teller.field(record, "name").state
        life = _Life(
            born=teller.field(record, "born"),
            died=teller.field(record, "died"),
            office_holder=teller.field(record, "office_holder"),
        )
    if name_state is Knowledge.NOT_MENTIONED and teller.past.erased_tokens(f"person:{key}"):
        name_state = Knowledge.ERASED
    elif name_state is Knowledge.NOT_MENTIONED and teller.past.blocked(f"person:{key}"):
        name_state = Knowledge.WITHHELD
    period = _period(life) if has_provision else None
    is_hidden = name_state in {Knowledge.WITHHELD, Knowledge.ERASED}
    return PersonLine(
        person=None if is_hidden else f"person:{key}",
        name=name if isinstance(name, str) else None,
        name_state=name_state,
        born=life.born,
        died=life.died,
        office_holder=life.office_holder,
        period=period,
        says=NOT_DETERMINABLE if period is None or period.on is None else f"personenbezogen: {period.says}",
        visibilities=_visibilities(teller, named),
        events=tuple(teller.use(record) for record in named),
    )


def _of_name(teller: Teller, name: str, named: list[RecordedEvent]) -> PersonLine:
    return PersonLine(
        person=None,
        name=name,
        name_state=Knowledge.STATED,
        born=NOT_MENTIONED,
        died=NOT_MENTIONED,
        office_holder=NOT_MENTIONED,
        period=None,
        says=NOT_DETERMINABLE,
        visibilities=_visibilities(teller, named),
        events=tuple(teller.use(record) for record in named),
    )


def _visibilities(teller: Teller, named: Iterable[RecordedEvent]) -> tuple[str, ...]:
    return tuple(sorted({teller.past.visibility(record).value for record in named}))


def _period(life: _Life) -> PeriodLine | None:
    """Give the period that a recorded death starts, else that from a birth; None where neither is recorded.

    The one from the birth counts only where the year of death can hardly be found out, and that from the origin only
    where neither year can: no record says so, hence the second is not computed at all.
    """
    for kind, says, years, citation, known in (
        ("death", "10 years after death", 10, DEATH, life.died),
        ("birth", "100 years after birth, death not recorded", 100, BIRTH, life.born),
    ):
        if isinstance(known.value, str):
            since = known.value if len(known.value) >= _DAY else None
            why = f"the {kind} is recorded without its day" if since is None else "the day lies beyond the calendar"
            return period_line(kind, says, years, citation, since=since, why_not=why)
        if known.state in {Knowledge.WITHHELD, Knowledge.ERASED}:
            return None
    return None
