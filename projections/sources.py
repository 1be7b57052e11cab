"""What did each source (de: Quelle) show, and when; and what did it change or drop after the decision?

By replay of the observations. What a field said before and says now is read from the two documents that were kept,
so that it stands there although the source no longer has it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from archive.intake.oparl.stating import look_of
from domain import vocabulary as v
from domain.meeting import Meeting
from domain.proposal import Proposal
from domain.source import Source
from domain.values import stated
from projections.source_findings import (
    after_decision,
    at_the_latest,
    earliest,
    lookup,
    results_lost,
    tree_of,
    with_results_lost,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archive.archive import Archive
    from archive.intake.oparl.canonical import Json, Tree
    from domain import events as e
    from domain.findings import Lookup
    from domain.stream import Fact

FORMAT: Final = "ratsbuch-sources/1"
_STAMPS: Final = frozenset({"modified", "created"})
_SHOWN_CHARACTERS_MAX: Final = 200
_LISTED_MAX: Final = 20  # entries of a list that a text names; JSON has them all


class Look(Struct, frozen=True, kw_only=True):
    """One look at a source: when, and how many of its objects were found new, changed, gone or marked deleted.

    Of a dump whose moment nobody stated (`is_dated` is false) `retrieved_at` is when it was read: it was made by then.
    """

    retrieved_at: str
    is_dated: bool
    changes: dict[str, int]


class System(Struct, frozen=True, kw_only=True):
    """What a source showed.

    Attributes:
        system: Its address; None where an observation names none.
        objects: How many objects were ever seen, by kind.
        gone: How many of them the last look found gone or marked deleted.
        looks: The looks that found something, oldest first.
    """

    system: str | None
    objects: dict[str, int]
    gone: int
    looks: tuple[Look, ...]


class Difference(Struct, frozen=True, kw_only=True):
    """A field before and after; None where it was not there.

    Of a list, `removed` and `added` name the entries that went and came.
    """

    field: str
    before: str | None
    after: str | None
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


class Change(Struct, frozen=True, kw_only=True):
    """Something that a source changed or dropped after the decision.

    Attributes:
        event: The observation that found it.
        record: The stream that the object is recorded in.
        title: What that is called.
        url: The object.
        decided: The day of the decision.
        earliest: When it can have come about at the earliest, which is the look before; None where that is not known.
        seen: When the change was seen, which is the latest that it can have come about.
        change: What was found.
        differences: What it said before and says now.
    """

    event: str
    record: str | None
    title: str
    url: str | None
    decided: str
    earliest: str | None
    seen: str
    change: str
    differences: tuple[Difference, ...]


class Sources(Struct, frozen=True, kw_only=True):
    """The answer to `sources`."""

    format: str
    systems: tuple[System, ...]


class ChangedSources(Struct, frozen=True, kw_only=True):
    """The answer to `sources --changed-after-decision`.

    Attributes:
        format: Name and version of this document.
        changed_after_decision: What changed after the decision for certain.
        cannot_be_told: What was seen changed after the decision, and may have changed before it.
    """

    format: str
    changed_after_decision: tuple[Change, ...]
    cannot_be_told: tuple[Change, ...]


def sources(archive: Archive) -> Sources:
    """Give what each source showed, and when."""
    kinds: dict[str | None, Counter[str]] = {}
    gone: Counter[str | None] = Counter()
    looks: dict[str | None, dict[tuple[str, bool], Counter[str]]] = {}
    for state in _states(archive):
        first = state.observations[0].event
        system = stated(first.system)
        kinds.setdefault(system, Counter())[stated(first.object_kind) or "other"] += 1
        gone[system] += state.is_gone
        for fact in state.observations:
            at, change = stated(fact.event.retrieved_at), stated(fact.event.change)
            if at is not None and change is not None:
                is_dated = look_of(fact.event, fact.record.occurred) is not None
                looks.setdefault(system, {}).setdefault((at, is_dated), Counter())[change] += 1
    systems = tuple(
        System(
            system=system,
            objects=dict(sorted(counts.items())),
            gone=gone[system],
            looks=tuple(
                Look(retrieved_at=at, is_dated=is_dated, changes=dict(sorted(found.items())))
                for (at, is_dated), found in sorted(
                    looks.get(system, {}).items(), key=lambda entry: (dt.datetime.fromisoformat(entry[0][0]), entry[0])
                )
            ),
        )
        for system, counts in sorted(kinds.items(), key=lambda entry: entry[0] or "")
    )
    return Sources(format=FORMAT, systems=systems)


def changed_after_decision(archive: Archive) -> ChangedSources:
    """Give what sources changed or dropped after the decision, in the order in which it was seen."""
    ask = lookup(archive)
    certain: list[Change] = []
    open_: list[Change] = []
    for state in _states(archive):
        for change, is_certain in _changes(archive, state, ask):
            (certain if is_certain else open_).append(change)
    for changes in (certain, open_):
        changes.sort(key=lambda c: (dt.datetime.fromisoformat(c.seen), c.title, c.record or ""))
    return ChangedSources(format=FORMAT, changed_after_decision=tuple(certain), cannot_be_told=tuple(open_))


def _states(archive: Archive) -> Iterator[Source]:
    for stream in archive.streams("source"):
        state = archive.stream(stream)
        if isinstance(state, Source) and state.observations:
            yield state


def _changes(archive: Archive, state: Source, ask: Lookup) -> Iterator[tuple[Change, bool]]:
    """Give what changed after the decision or may have, and whether it did for certain."""
    if len(state.observations) == 1:
        return
    possible = after_decision(at_the_latest(results_lost(archive, state)), ask)
    certain = {f.places[0] for f in after_decision(with_results_lost(archive, state, ask=ask), ask)}
    by_place = {finding.places[0]: finding for finding in possible}
    look: Fact[e.SourceObserved] | None = None
    before: Fact[e.SourceObserved] | None = None
    was_gone = False
    for fact in state.observations:
        finding = by_place.get(fact.id)
        if finding is not None:
            details = {detail.name: detail.value for detail in finding.details}
            record = stated(fact.event.recorded_in) or stated(state.recorded_in)
            change = Change(
                event=fact.id,
                record=record,
                title=_title(ask(record) if record is not None else None),
                url=stated(fact.event.url),
                decided=details["decided"],
                earliest=earliest(look, fact),
                seen=details["seen"],
                change=str(fact.event.change),
                differences=(
                    # An object that comes back as it was differs in nothing but that it is there.
                    *((Difference(field="id", before=None, after=stated(fact.event.url)),) if was_gone else ()),
                    *_differences(tree_of(archive, before), tree_of(archive, fact)),
                ),
            )
            yield change, fact.id in certain
        look = fact
        was_gone = fact.event.change is v.SourceChange.GONE
        if stated(fact.event.document) is not None:
            before = fact


def _title(state: object) -> str:
    if isinstance(state, Proposal):
        return " ".join(part for part in (stated(state.reference), stated(state.subject)) if part)
    if isinstance(state, Meeting) and state.convened is not None:
        day = stated(state.starts_at)
        parts = (stated(state.convened.event.name), day[:10] if day is not None else None)
        return ", ".join(part for part in parts if part)
    return ""


def _differences(before: Tree | None, after: Tree | None, prefix: str = "") -> Iterator[Difference]:
    old: Mapping[str, Json] = before or {}
    new: Mapping[str, Json] = after or {}
    for name in sorted((old.keys() | new.keys()) - _STAMPS):
        field, was, now = prefix + name, old.get(name), new.get(name)
        if (name in old) == (name in new) and _without_stamps(was) == _without_stamps(now):
            continue
        if isinstance(was, dict) and isinstance(now, dict) and was.get("id") == now.get("id"):
            yield from _differences(was, now, f"{field}/")
            continue
        entries_before, entries_after = _entries(was), _entries(now)
        if entries_before is None or entries_after is None:
            yield Difference(field=field, before=_shown(old, name), after=_shown(new, name))
            continue
        removed = {key: entry for key, entry in entries_before.items() if key not in entries_after}
        added = {key: entry for key, entry in entries_after.items() if key not in entries_before}
        pair = _same_without_id(removed, added)
        if pair is not None:
            yield from _differences(*pair, f"{field} [{_label(pair[1])}]/")
        elif removed or added:
            yield Difference(
                field=field,
                before=f"{len(entries_before)} entries" if name in old else None,
                after=f"{len(entries_after)} entries" if name in new else None,
                removed=_labels(removed, added),
                added=_labels(added, removed),
            )
        for key, entry in entries_before.items():
            other = entries_after.get(key)
            if isinstance(entry, dict) and isinstance(other, dict):
                yield from _differences(entry, other, f"{field} [{_label(other)}]/")


def _without_stamps(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _without_stamps(inner) for name, inner in value.items() if name not in _STAMPS}
    return [_without_stamps(inner) for inner in value] if isinstance(value, list) else value


def _entries(value: Json) -> dict[str, Json] | None:
    """Give a list's entries by their ids; an absent list has none."""
    if value is None:
        return {}
    if not isinstance(value, list):
        return None
    return {str(entry.get("id", entry)) if isinstance(entry, dict) else str(entry): entry for entry in value}


def _same_without_id(removed: Mapping[str, Json], added: Mapping[str, Json]) -> tuple[Tree, Tree] | None:
    """Give the only entry that differs, before and after, where it has no id by which it would be another one."""
    if len(removed) != 1 or len(added) != 1:
        return None
    (was,), (now,) = removed.values(), added.values()
    if not isinstance(was, dict) or not isinstance(now, dict) or "id" in was or "id" in now:
        return None
    return was, now


def _labels(entries: Mapping[str, Json], others: Mapping[str, Json]) -> tuple[str, ...]:
    """Name entries; those that would be called like one of the others get their id too."""
    taken = {_label(entry) for entry in others.values()}
    named = ((_label(entry), key) for key, entry in entries.items())
    return tuple(_cut(f"{label} ({key})") if label in taken else label for label, key in named)


def _label(value: Json) -> str:
    if isinstance(value, dict):
        parts = [value.get(name) for name in ("number", "reference", "name", "role")]
        words = [part for part in parts if isinstance(part, str) and part]
        return _cut(" ".join(words) or str(value.get("id", "")))
    return _cut(str(value))


def _shown(tree: Mapping[str, Json], name: str) -> str | None:
    if name not in tree:
        return None
    value = tree[name]
    if isinstance(value, str):
        return _cut(value)
    if isinstance(value, dict):
        return _label(value)
    return _cut(msgspec.json.encode(value).decode())


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS_MAX else text[: _SHOWN_CHARACTERS_MAX - 1] + "…"


# -- as text --------------------------------------------------------------------------------------


def sources_text(answer: Sources) -> str:
    """Write the answer for people."""
    lines: list[str] = []
    for system in answer.systems:
        lines.append(system.system or "a source without address")
        lines += [f"  {count:>7}  {kind}" for kind, count in system.objects.items()]
        if system.gone:
            lines.append(f"  {system.gone:>7}  of them gone or marked deleted at the last look")
        lines += [
            f"  {look.retrieved_at}  {'' if look.is_dated else 'at the latest: '}"
            + ", ".join(f"{count} {change}" for change, count in look.changes.items())
            for look in system.looks
        ]
    return "\n".join(lines) or "no source was looked at yet"


def changes_text(answer: ChangedSources) -> str:
    """Write the answer for people."""
    lines: list[str] = []
    for change in answer.changed_after_decision:
        lines.append(f"{change.seen}  {change.change}, after the decision of {change.decided[:10]}: {change.title}")
        lines += _told(change)
    if answer.cannot_be_told:
        lines.append("it cannot be told whether these came before or after the decision:")
    for change in answer.cannot_be_told:
        since = f"not before {change.earliest}" if change.earliest is not None else "nobody knows since when"
        lines.append(f"{change.seen}  {change.change}, {since}; decision of {change.decided[:10]}: {change.title}")
        lines += _told(change)
    return "\n".join(lines) or "no source changed or dropped anything after its decision"


def _told(change: Change) -> list[str]:
    lines = [f"  {change.record or change.url}, {change.event}"]
    # A place in a list moves with every entry before it: that is one line a list, after what says more.
    moved: dict[str, list[Difference]] = {}
    for one in change.differences:
        if one.field.endswith("]/order"):
            moved.setdefault(one.field.partition(" [")[0], []).append(one)
    differences = [one for one in change.differences if not one.field.endswith("]/order")]
    if len(differences) > _LISTED_MAX:
        lines.append(f"  {len(differences)} fields, the first {_LISTED_MAX} are:")
    for one in differences[:_LISTED_MAX]:
        lines.append(f"  {one.field}: {_told_of(one)}")
        lines += _listed("-", one.removed)
        lines += _listed("+", one.added)
    for name, places in moved.items():
        first = f"{places[0].field}: {_told_of(places[0])}"
        lines.append(f"  {first}" if len(places) == 1 else f"  {name}: {len(places)} entries moved, such as {first}")
    return lines


def _told_of(one: Difference) -> str:
    if one.before == one.after and one.removed:
        return f"{len(one.removed)} of {one.before} replaced"
    return f"{_said(one.before)} -> {_said(one.after)}"


def _listed(sign: str, entries: tuple[str, ...]) -> list[str]:
    more = [f"    {sign} and {len(entries) - _LISTED_MAX} more"] if len(entries) > _LISTED_MAX else []
    return [f"    {sign} {entry}" for entry in entries[:_LISTED_MAX]] + more


def _said(value: str | None) -> str:
    return "not there" if value is None else value
